/*
 * Which marked words are a whole statement, and which are a part of one: by the cue, the signs before them, and how
 * they begin and end.
 */
#include "qx.h"

#define REGION_MAX 200u /* chunks looked at */

/* Nothing but where, when and to whom between a cue and the marks. */
static bool cue_to_marks(const struct qx_doc *d, const struct qx_frame *f, uint32_t c)
{
    uint32_t i = f->dir == 1 && f->subj > f->chunk && f->subj < c ? f->subj + 1 : f->chunk + 1;
    if (f->chunk >= c) return false;
    for (; i < c; i++) {
        uint8_t t = d->chunk[i].type;
        if (t == QX_C_VG || t == QX_C_SUB || t == QX_C_REL || t == QX_C_SPAN) return false;
    }
    return true;
}

/* Words of the writer in the same sentence before the marks, which somebody's cue after them covers too. */
static bool words_before(const struct qx_doc *d, uint32_t lo, uint32_t c)
{
    for (uint32_t i = lo, n = 0; i < c && n < REGION_MAX; i++, n++)
        if (d->chunk[i].type == QX_C_NP || d->chunk[i].type == QX_C_VG) return true;
    return false;
}

/* English: "chanted “Build it” and “Build it now”": one statement, which the marks only interrupt. */
static bool goes_on_in_marks(const struct qx_doc *d, const struct qx_quote *q, uint32_t c)
{
    if (!(d->lex->grammar & QX_G_ENGLISH) || c + 2 >= d->sent[d->chunk[c].sent].last ||
        d->chunk[c + 1].type != QX_C_CONJ || d->chunk[c + 2].type != QX_C_SPAN)
        return false;
    uint32_t next = d->span[d->chunk[c + 2].ref].quote;
    return next != QX_NONE && d->quote[next].frame == q->frame;
}

/* English: "“They hurt” but “help us later,” he said": what begins in marks goes on in the writer's words. */
static bool goes_on_without(const struct qx_doc *d, const struct qx_quote *q, const struct qx_frame *f, uint32_t c)
{
    uint32_t begin = f->subj < f->chunk ? f->subj : f->chunk;
    if (!(d->lex->grammar & QX_G_ENGLISH) || q->rule != QX_R_LATER || f->kind == QX_FR_ACCORDING || begin < c + 3)
        return false;
    const struct qx_chunk *next = &d->chunk[c + 1];
    return next->type == QX_C_PREP || (next->type == QX_C_CONJ && d->chunk[c + 2].type != QX_C_SPAN) ||
           (next->type == QX_C_VG && (next->flags & QX_V_FINITE));
}

void qx_kind_decide(const struct qx_doc *d, struct qx_quote *q)
{
    uint32_t c = d->span[q->span].chunk, lo = d->sent[d->chunk[c].sent].first;
    uint16_t f = d->chunk[c].flags;
    const struct qx_chunk *before = c > lo ? &d->chunk[c - 1] : NULL;
    const struct qx_frame *fr =
        q->frame == QX_NONE || d->frame[q->frame].sent != d->chunk[c].sent ? NULL : &d->frame[q->frame];
    bool long_one = d->span[q->span].close - d->span[q->span].open > 6, whole_one = false;

    if (fr != NULL && (fr->chunk < c ? goes_on_in_marks(d, q, c) : goes_on_without(d, q, fr, c))) {
        q->kind = QN_QUOTES_PARTIAL;
        return;
    }
    bool bullet = c == lo + 1 && before->type == QX_C_OTHER && d->tok[before->first].pos != QX_P_LPAR;
    if (before == NULL || bullet || (q->rule == QX_R_CARRIED && !words_before(d, lo, c)))
        whole_one = true;
    else if (before->type == QX_C_COLON || (q->rule == QX_R_COLON && (f & (QX_Q_STOP | QX_Q_EXCL))))
        whole_one = true;
    else if (fr != NULL && fr->chunk > c)
        whole_one = d->tok[before->first].pos == QX_P_LPAR ||
                    (!words_before(d, lo, c) && before->type != QX_C_SUB && before->type != QX_C_PREP) ||
                    (before->type == QX_C_DASH && (f & QX_Q_CAP));
    else if (fr != NULL && cue_to_marks(d, fr, c))
        whole_one = (before->type == QX_C_COMMA &&
                     ((f & (QX_Q_CAP | QX_Q_STOP | QX_Q_EXCL)) || !(d->lex->grammar & QX_G_VERB_SECOND))) ||
                    before->type == QX_C_DASH || ((f & QX_Q_CAP) && (fr->chunk + 1 == c || long_one));
    else
        whole_one = (f & QX_Q_CAP) && (before->type == QX_C_DASH || (before->type == QX_C_COMMA && long_one));
    q->kind = whole_one ? QN_QUOTES_DIRECT : QN_QUOTES_PARTIAL;
}
