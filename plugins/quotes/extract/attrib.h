/* What attrib.c and attrib_left.c share: a quotation that is looked for somebody to have said it. */
#ifndef QX_ATTRIB_H
#define QX_ATTRIB_H

#include "qx.h"

#define FRAMES_MAX 40u /* frames of a sentence looked at: keeps endless sentences linear */

struct att {
    struct qx_doc *d;
    uint32_t q;      /* chunk of the quotation */
    uint32_t lo, hi; /* chunks of its sentence */
    uint32_t f0, f1; /* frames of its sentence */
    int score;       /* how well the frame to its left fits */
    struct qx_quote *out;
    bool bullet; /* nothing before it but the sign of a list */
};

static inline bool any_speaker(const struct qx_chunk *c)
{
    return c->type == QX_C_NP && !(c->flags & (QX_N_TIME | QX_N_NUM));
}

static inline bool as_or_wie(const struct qx_doc *d, uint32_t tok)
{
    const char *w = d->text + d->tok[tok].off;
    return (d->tok[tok].len == 2 && memcmp(w, "as", 2) == 0) || (d->tok[tok].len == 3 && memcmp(w, "wie", 3) == 0);
}

/* attrib_left.c: gives the quotation its frame, or QX_NONE, its speaker and the rule by which it was found. */
void qx_found(struct att *a, uint32_t frame, uint32_t subj, enum qx_rule rule);

/* The first frame behind the quotation, by halving. */
static inline uint32_t qx_frames_behind(const struct att *a)
{
    uint32_t lo = a->f0, hi = a->f1;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (a->d->frame[mid].chunk < a->q)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Nothing but objects and phrases between a cue and its quotation. */
static inline bool qx_beside(const struct qx_doc *d, uint32_t from, uint32_t to)
{
    if (to - from > 6) return false;
    for (uint32_t i = from; i < to; i++) {
        uint8_t t = d->chunk[i].type;
        if (t == QX_C_VG || t == QX_C_SPAN || t == QX_C_STOP || t == QX_C_SEMI || t == QX_C_CONJ || t == QX_C_REL)
            return false;
        if (t == QX_C_COLON) return true;
    }
    return true;
}

/* The frame in front of the quotation that fits best; a->score says how well. */
bool qx_frame_left(struct att *a);

#endif
