/*
 * German tells on in the subjunctive what somebody said in the sentence before: "Er habe nichts gewusst."
 */
#include "qx.h"

#include <string.h>

#define REGION_MAX 200u /* chunks of a sentence looked at */
#define FRAMES_MAX 64u  /* cues of a sentence looked at */

static const struct qx_chunk *at(const struct qx_doc *d, uint32_t i)
{
    return &d->chunk[i];
}

static bool animate(const struct qx_chunk *s)
{
    return (s->flags & (QX_N_PRON | QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_DOC)) != 0;
}

/* "sei", "habe", "werde": German tells on in the subjunctive what somebody said in the sentence before. */
static bool told_on(const struct qx_doc *d, uint32_t s)
{
    for (uint32_t i = d->sent[s].first, n = 0; i < d->sent[s].last && n < REGION_MAX; i++, n++) {
        const struct qx_chunk *c = at(d, i);
        if (c->type == QX_C_SPAN) return false;
        for (uint32_t t = c->first; c->type == QX_C_VG && t < c->last; t++)
            if (d->tok[t].lex & QX_F(KONJ)) return true;
    }
    return false;
}

/* "Er habe nichts gewusst": only what is told of somebody's words is put so, unlike "er hätte". */
static bool surely_told(const struct qx_doc *d, uint32_t s)
{
    static const char *const all[] = { "sei",   "seien", "habe", "werde", "könne", "müsse", "solle",
                                       "wolle", "dürfe", "gebe", "komme", "gehe",  "stehe", "liege" };
    for (uint32_t i = d->sent[s].first, n = 0; i < d->sent[s].last && n < REGION_MAX; i++, n++) {
        const struct qx_chunk *c = at(d, i);
        if (c->type == QX_C_SPAN || c->type == QX_C_SUB || c->type == QX_C_COMMA) return false;
        if (c->type == QX_C_NP && (d->tok[c->head].lex & QX_F(FIRST))) return false; /* "ich habe" */
        for (uint32_t t = c->first; c->type == QX_C_VG && t < c->last; t++)
            for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
                if (qx_word_is_small(d, t, all[k])) return true;
    }
    return false;
}

/* In the same paragraph, or in the next one where that begins with nothing but what is told: "Er habe …". */
static bool goes_on(const struct qx_doc *d, uint32_t s, uint32_t para)
{
    return d->sent[s].para == para || (d->sent[s].para == para + 1 && !d->sent[s].heading && surely_told(d, s));
}

/* A sentence of told speech, by the speaker of the statement before it. */
static int tell_on(struct qx_doc *d, uint32_t s, uint32_t before)
{
    const struct qx_quote *p = &d->quote[before];
    if ((d->flags & QN_QUOTES_NO_INDIRECT) || p->subj == QX_NONE || !goes_on(d, s, p->para) || !told_on(d, s)) return 0;
    struct qx_quote q = *p;
    q.first = q.cfirst = at(d, d->sent[s].first)->first;
    q.last = q.clast = at(d, d->sent[s].last - 1)->last;
    q.span = QX_NONE;
    q.kind = QN_QUOTES_INDIRECT;
    q.rule = QX_R_CARRIED;
    q.clause = QX_CL_OTHER;
    if (!QX_ROOM(d, quote)) return QN_QUOTES_ENOMEM;
    d->quote[d->nquote++] = q;
    return 0;
}

/* Who the sentence is about: who speaks in it, or who does what its first verb says. */
static uint32_t about(const struct qx_doc *d, uint32_t s, uint32_t *frame)
{
    *frame = QX_NONE;
    for (uint32_t f = d->sent_frame[s + 1], n = 0; f > d->sent_frame[s] && n < FRAMES_MAX; n++) {
        const struct qx_frame *fr = &d->frame[--f];
        if (fr->subj == QX_NONE || !fr->strong || !(fr->lex & QX_F(SAY)) || !animate(at(d, fr->subj))) continue;
        *frame = f;
        return fr->subj;
    }
    for (uint32_t i = d->sent[s].first, n = 0; i < d->sent[s].last && n < REGION_MAX; i++, n++)
        if (at(d, i)->type == QX_C_VG && at(d, i)->ref != QX_NONE)
            return at(d, at(d, i)->ref)->flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG) ? at(d, i)->ref : QX_NONE;
    return QX_NONE;
}

/* "Karl Berg sprach in Ulm. Er habe nichts gewusst.": told of whom the sentence before is about. */
static int tell_of(struct qx_doc *d, uint32_t s)
{
    uint32_t frame, subj;
    if ((d->flags & QN_QUOTES_NO_INDIRECT) || d->sent[s - 1].para != d->sent[s].para || !surely_told(d, s)) return 0;
    for (uint32_t f = d->sent_frame[s], n = 0; f < d->sent_frame[s + 1] && n < FRAMES_MAX; f++, n++)
        if (d->frame[f].subj != QX_NONE && (d->frame[f].lex & QX_F(ATTRIB))) return 0;
    if ((subj = about(d, s - 1, &frame)) == QX_NONE) return 0;
    if (!QX_ROOM(d, quote)) return QN_QUOTES_ENOMEM;
    struct qx_quote *q = &d->quote[d->nquote++];
    *q = (struct qx_quote){
        .first = at(d, d->sent[s].first)->first,
        .last = at(d, d->sent[s].last - 1)->last,
        .span = QX_NONE,
        .frame = frame,
        .subj = subj,
        .gen_first = QX_NONE,
        .gen_last = QX_NONE,
        .person = QX_NONE,
        .para = d->sent[s].para,
        .kind = QN_QUOTES_INDIRECT,
        .rule = QX_R_CARRIED,
        .clause = QX_CL_OTHER,
    };
    q->cfirst = q->first;
    q->clast = q->last;
    qx_speaker_name(d, q);
    return 0;
}

/* The last quotation in marks of a sentence. */
static uint32_t last_marked(const struct qx_doc *d, uint32_t s)
{
    if (!d->sent[s].marks) return QX_NONE;
    for (uint32_t i = d->sent[s].last, n = 0; i-- > d->sent[s].first && n < REGION_MAX; n++)
        if (at(d, i)->type == QX_C_SPAN) return d->span[at(d, i)->ref].quote;
    return QX_NONE;
}

int qx_told_on(struct qx_doc *d, uint32_t s)
{
    if (s == 0 || !(d->lex->grammar & QX_G_VERB_SECOND)) return 0;
    uint32_t last = d->nquote;
    if (last > 0 && d->quote[last - 1].kind == QN_QUOTES_INDIRECT &&
        d->quote[last - 1].first >= at(d, d->sent[s - 1].first)->first)
        return tell_on(d, s, last - 1); /* the statement before: of the sentence before, or told on there */
    uint32_t marked = last_marked(d, s - 1);
    return marked == QX_NONE ? tell_of(d, s) : tell_on(d, s, marked);
}
