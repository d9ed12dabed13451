/*
 * Whom the words for a speaker name: "Smith's spokesman, Tim Reed", "Secretary of State John Kerry", "who", "her".
 */
#include "qx.h"

#define OFFICES_MAX 64u /* people asked whether they are "the mayor" */

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
    bool whose = d->tok[d->chunk[np].first].pos == QX_P_POSS || (office & QX_N_HASGEN); /* "her brother, Ibrahim" */
    return ends && qx_persons_name_in(d, c[2].first, c[2].last, &tok, &n) && (n > 1 || whose) ? c[2].ref : QX_NONE;
}

/* "calculations by Ann Berg", "a letter written by Ann Berg": who made it. */
static uint32_t maker(const struct qx_doc *d, uint32_t np)
{
    uint32_t last = d->sent[d->chunk[np].sent].last, i = np + 1, tok, n;
    const struct qx_chunk *c = &d->chunk[np];
    if ((c->flags & (QX_N_ROLE | QX_N_PERSON | QX_N_NAME)) || (d->lex->grammar & QX_G_VERB_SECOND)) return QX_NONE;
    i += i < last && d->chunk[i].type == QX_C_VG && d->chunk[i].last == d->chunk[i].first + 1;
    if (i + 1 >= last || d->chunk[i].type != QX_C_PREP || !qx_word_is(d, d->chunk[i].first, "by")) return QX_NONE;
    c = &d->chunk[i + 1];
    if (c->type != QX_C_NP || c->ref == QX_NONE || (c->flags & (QX_N_GEN | QX_N_HASGEN))) return QX_NONE;
    return qx_persons_name_in(d, c->first, c->last, &tok, &n) ? c->ref : QX_NONE;
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

/* "King said": where nobody is the king, it is Stephen King. */
static uint32_t bare_title(const struct qx_doc *d, const struct qx_chunk *c)
{
    const struct qx_tok *t = &d->tok[c->first];
    if (c->last != c->first + 1 || t->pos != QX_P_TITLE || !(t->shape & QX_S_CAP)) return QX_NONE;
    uint32_t p = qx_persons_lookup(d, c->first, 1, QN_QUOTES_GENDER_OPEN);
    return p != QX_NONE && d->person[p].words > 1 && d->person[p].family_hash == t->hash ? p : QX_NONE;
}

/* "former", "vice": another office than the word alone. */
static bool tells_apart(const struct qx_tok *t)
{
    return t->pos != QX_P_NAME && !(t->lex & (QX_F(NATION) | QX_F(PLACE))) && t->pos != QX_P_DET;
}

/* "senator" and "Sen." */
static bool same_office(const struct qx_doc *d, const struct qx_tok *full, const struct qx_tok *t)
{
    if (full->hash == t->hash) return true;
    uint32_t n = t->len;
    n -= n > 0 && d->text[t->off + n - 1] == '.';
    if (!(t->shape & QX_S_DOT) || n < 3 || n >= full->len) return false;
    for (uint32_t i = 0; i < n; i++)
        if ((d->text[t->off + i] | 32) != (d->text[full->off + i] | 32)) return false;
    return true;
}

/* Whether the words of an office, up to "of", are those of what is called "the Texas senator". */
static bool is_called(const struct qx_doc *d, const struct qx_chunk *c, uint32_t first, uint32_t last)
{
    uint64_t seen = 0;
    for (uint32_t i = first; i < last && d->tok[i].pos != QX_P_PREP; i++) {
        bool in = false;
        for (uint32_t k = c->first + 1; k < c->last; k++)
            if (same_office(d, &d->tok[k], &d->tok[i])) {
                seen |= UINT64_C(1) << (k - c->first);
                in = true;
            }
        if (!in && tells_apart(&d->tok[i])) return false;
    }
    for (uint32_t k = c->first + 1; k < c->last; k++)
        if (!(seen >> (k - c->first) & 1)) return false;
    return true;
}

/* "the mayor said": of those named before, the only one whose office it is. */
static uint32_t in_office(const struct qx_doc *d, uint32_t np)
{
    const struct qx_chunk *c = &d->chunk[np];
    uint32_t who = QX_NONE;
    const uint16_t flags = QX_N_ROLE | QX_N_DET | QX_N_PLURAL | QX_N_NAME | QX_N_GEN | QX_N_HASGEN | QX_N_NUM;
    if ((c->flags & flags) != (QX_N_ROLE | QX_N_DET) || c->last - c->first < 2 || c->last - c->first > 5 ||
        d->tok[c->first].len != 3 || (d->text[d->tok[c->first].off + 1] | 32) != 'h')
        return QX_NONE;
    if (np + 1 < d->sent[c->sent].last && c[1].type == QX_C_PREP) return QX_NONE;
    for (uint32_t i = 0; i < d->nperson && i < OFFICES_MAX; i++) {
        const struct qx_person *p = &d->person[i];
        if (p->role_tok == QX_NONE || !is_called(d, c, p->role_tok, p->role_tok + p->role_ntok)) continue;
        if (who != QX_NONE || p->first_at > c->first) return QX_NONE;
        who = i;
    }
    return who;
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
        q->person = c->ref != QX_NONE ? c->ref : bare_title(d, c);
        if ((q->person == QX_NONE || office_name(d, c)) && !(c->flags & (QX_N_PLURAL | QX_N_PRON))) {
            uint32_t holder = office_holder(d, q->subj);
            if (holder == QX_NONE) holder = in_office(d, q->subj);
            if (holder != QX_NONE) q->person = holder;
        }
        if (q->person == QX_NONE) q->person = maker(d, q->subj);
        q->open = (c->flags & QX_N_PRON) && (c->flags & QX_N_DET);
    }
    if (q->person != QX_NONE) d->person[q->person].quotes++;
}
