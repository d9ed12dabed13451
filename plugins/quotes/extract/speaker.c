/*
 * Whom the words for a speaker name: "Smith's spokesman, Tim Reed", "Secretary of State John Kerry", "who", "her".
 */
#include "qx.h"

/* "der Anwalt der Familie": the last chunk of what belongs to a German noun. */
static uint32_t office_end(const struct qx_doc *d, uint32_t np, uint32_t last)
{
    if (!(d->lex->grammar & QX_G_VERB_SECOND)) return np;
    for (uint32_t n = 0; n < 3; n++) {
        const struct qx_chunk *c = &d->chunk[np + 1];
        if (np + 1 < last && c->type == QX_C_NP && (c->flags & QX_N_DET) && !(c->flags & (QX_N_PERSON | QX_N_TIME)))
            np++;
        else if (np + 2 < last && c->type == QX_C_PREP && c[1].type == QX_C_NP && !(c[1].flags & QX_N_PERSON))
            np += 2;
        else
            break;
    }
    return np;
}

/* "Smith's spokesman, Tim Reed": the name stands behind a comma. */
static uint32_t apposition(const struct qx_doc *d, uint32_t np)
{
    uint32_t last = d->sent[d->chunk[np].sent].last, tok, n;
    uint16_t office = d->chunk[np].flags;
    const struct qx_chunk *c = &d->chunk[office_end(d, np, last)];
    np = (uint32_t)(c - d->chunk);
    if (np + 2 >= last || !(office & QX_N_ROLE) || (office & (QX_N_PLURAL | QX_N_PRON)) || c[1].type != QX_C_COMMA ||
        c[2].type != QX_C_NP || c[2].ref == QX_NONE || (c[2].flags & (QX_N_DET | QX_N_GEN)))
        return QX_NONE;
    bool ends = np + 3 >= last || c[3].type == QX_C_COMMA || c[3].type == QX_C_STOP || c[3].type == QX_C_LPAR;
    return ends && qx_persons_name_in(d, c[2].first, c[2].last, &tok, &n) && n > 1 ? c[2].ref : QX_NONE;
}

/* "RNC Director": what looks like a name ends in an office. */
static bool office_name(const struct qx_doc *d, const struct qx_chunk *c)
{
    return (c->flags & QX_N_NAME) && c->last > c->first + 1 && c->head == c->last - 1 &&
           (d->tok[c->head].lex & QX_F(TITLE)) && (d->tok[c->head].lex & QX_F(ROLE)) &&
           !(d->tok[c->first].lex & QX_F(GIVEN));
}

/* "Secretary of State John F. Kerry": the name stands behind the office. */
static uint32_t office_holder(const struct qx_doc *d, uint32_t np)
{
    const struct qx_chunk *c = &d->chunk[np];
    bool title = d->tok[c->last - 1].pos == QX_P_TITLE || office_name(d, c);
    bool role = (c->flags & QX_N_ROLE) && !(c->flags & (QX_N_DET | QX_N_PLURAL));
    uint32_t apposed = apposition(d, np);
    if (apposed != QX_NONE) return apposed;
    if (np + 2 >= d->sent[c->sent].last || !((c->flags & (QX_N_ROLE | QX_N_ORG)) || title) || c[2].type != QX_C_NP ||
        (c[1].type != QX_C_PREP && !(c[1].type == QX_C_CONJ && (title || role))))
        return QX_NONE;
    uint32_t tok, n;
    if (c[2].ref == QX_NONE || (c[2].flags & QX_N_HASGEN) || !qx_persons_name_in(d, c[2].first, c[2].last, &tok, &n))
        return QX_NONE;
    bool titled = tok > c[2].first && d->tok[tok - 1].pos == QX_P_TITLE; /* "of the House Rep. Paul Ryan" */
    if (c[1].type == QX_C_CONJ) return n > 1 && tok > c[2].first ? c[2].ref : QX_NONE;
    if (c[2].flags & QX_N_DET) return n > 1 && titled ? c[2].ref : QX_NONE;
    uint64_t before = d->tok[c[2].first].lex;
    bool other =
        (before & QX_F(TITLE)) || ((before & QX_F(ROLE)) && !(before & QX_F(PLURAL))); /* but "of Staff Jo Smith" */
    return n > 1 && tok > c[2].first && !other ? c[2].ref : QX_NONE;
}

void qx_speaker_name(struct qx_doc *d, struct qx_quote *q)
{
    uint32_t tok, n;
    if (q->subj == QX_NONE) return;
    const struct qx_chunk *c = &d->chunk[q->subj];
    if (q->gen_first != QX_NONE && (q->gen_first < c->first || q->gen_first >= c->last)) {
        q->person = c->ref; /* "who" is what stands before it */
    } else if (q->gen_first != QX_NONE && c->owner != QX_NONE && d->tok[q->gen_first].pos == QX_P_POSS) {
        q->person = c->owner;
    } else if (q->gen_first != QX_NONE) {
        if (qx_persons_name_in(d, q->gen_first, q->gen_last, &tok, &n))
            q->person = qx_persons_lookup(d, tok, n, QN_QUOTES_GENDER_OPEN);
    } else {
        q->person = c->ref;
        if ((q->person == QX_NONE || office_name(d, c)) && !(c->flags & (QX_N_PLURAL | QX_N_PRON))) {
            uint32_t holder = office_holder(d, q->subj);
            if (holder != QX_NONE) q->person = holder;
        }
        q->open = (c->flags & QX_N_PRON) && (c->flags & QX_N_DET);
    }
    if (q->person != QX_NONE) d->person[q->person].quotes++;
}
