/*
 * Statements that only a colon gives to somebody: "Lynch: No outside influence on inquiry" over a story, and the turns
 * of a transcript, "MODERATOR: Why not? …". In the text itself a colon behind a name says too little.
 */
#include "qx.h"

#define TURN_MAX  200u /* chunks of a turn looked at */
#define WORDS_MIN 4u   /* of a statement without a verb */

static bool somebody(const struct qx_chunk *c)
{
    return c->type == QX_C_NP && !(c->flags & (QX_N_PRON | QX_N_GEN | QX_N_NUM | QX_N_TIME | QX_N_DET)) &&
           (c->flags & (QX_N_PERSON | QX_N_ORG | QX_N_DOC | QX_N_ROLE));
}

static bool all_capitals(const struct qx_doc *d, const struct qx_chunk *c)
{
    for (uint32_t i = c->first; i < c->last; i++)
        if (!(d->tok[i].shape & QX_S_ALLCAP)) return false;
    return true;
}

/* How far from the beginning of its sentence the colon may be. */
#define COLON_AT 4u

/* Whether there is one: nearly always none, and then nothing else need be asked. */
static bool colon_near(const struct qx_doc *d, uint32_t i)
{
    bool any = false;
    if (i + COLON_AT >= d->nchunk) return true;
    for (uint32_t k = i + 1; k <= i + COLON_AT; k++) any |= d->chunk[k].type == QX_C_COLON;
    return any;
}

/* The chunk of the speaker of a paragraph that begins with somebody and a colon, or QX_NONE. */
static uint32_t speaker_of(const struct qx_doc *d, uint32_t s, bool *turn)
{
    const struct qx_sent *sent = &d->sent[s];
    uint32_t i = sent->first;
    if (!colon_near(d, i)) return QX_NONE;
    if (s > 0 && d->sent[s - 1].para == sent->para) return QX_NONE;
    if (i + 3 < sent->last && d->chunk[i + 1].type == QX_C_DASH && all_capitals(d, &d->chunk[i]))
        i += 2; /* "EXCLUSIVE - Smith: …" */
    const struct qx_chunk *c = &d->chunk[i];
    if (i + 2 >= sent->last || !somebody(c)) return QX_NONE;
    uint32_t colon = i + 1 + (c[1].type == QX_C_LPAR);
    if (colon + 1 >= sent->last || d->chunk[colon].type != QX_C_COLON) return QX_NONE;
    *turn = all_capitals(d, c) && (c->flags & (QX_N_PERSON | QX_N_ORG));
    return *turn || sent->heading || sent->para == 0 ? i : QX_NONE;
}

/* Gives the words to the marked ones in them; true where there are some. */
static bool marked(struct qx_doc *d, uint32_t from, uint32_t to)
{
    bool any = false;
    for (uint32_t i = from; i < to && i < from + TURN_MAX; i++) {
        if (d->chunk[i].type != QX_C_SPAN || d->span[d->chunk[i].ref].quote == QX_NONE) continue;
        struct qx_quote *q = &d->quote[d->span[d->chunk[i].ref].quote];
        any = true;
        if (i == from && i + 2 >= to) continue; /* nothing but marked words */
        q->kind = QN_QUOTES_PARTIAL;
        q->cfirst = d->chunk[from].first;
        q->clast = d->chunk[to - 1].last;
    }
    return any;
}

int qx_turn_find(struct qx_doc *d, uint32_t s, uint32_t *end)
{
    bool turn = false, verb = false;
    uint32_t who = speaker_of(d, s, &turn);
    if (who == QX_NONE) return 0;
    uint32_t from = who + 1, e = s + 1;
    while (d->chunk[from].type != QX_C_COLON) from++;
    from++;
    while (turn && e < d->nsent && d->sent[e].para == d->sent[s].para) e++;
    uint32_t to = d->sent[e - 1].last;
    while (to > from && d->chunk[to - 1].type == QX_C_STOP) to--;
    for (uint32_t i = from; i < to && i < from + TURN_MAX && !verb; i++) verb = d->chunk[i].type == QX_C_VG;
    if (to == from || (!verb && (turn || d->chunk[to - 1].last - d->chunk[from].first < WORDS_MIN))) return 0;
    if (marked(d, from, to)) return 0;
    *end = e;
    if (d->flags & QN_QUOTES_NO_INDIRECT) return 0;
    if (!QX_ROOM(d, quote)) return QN_QUOTES_ENOMEM;
    d->quote[d->nquote++] = (struct qx_quote){
        .first = d->chunk[from].first,
        .last = d->chunk[to - 1].last,
        .cfirst = d->chunk[from].first,
        .clast = d->chunk[to - 1].last,
        .span = QX_NONE,
        .frame = QX_NONE,
        .subj = who,
        .gen_first = QX_NONE,
        .gen_last = QX_NONE,
        .person = d->chunk[who].ref,
        .para = d->sent[s].para,
        .kind = QN_QUOTES_INDIRECT,
        .rule = turn ? QX_R_TURN : QX_R_HEADLINE,
    };
    return 0;
}
