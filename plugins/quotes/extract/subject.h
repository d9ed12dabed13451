/* What the subjects of English and of German verbs share. */
#ifndef QX_SUBJECT_H
#define QX_SUBJECT_H

#include "qx.h"

/* How far a search goes, so that endless sentences cost no more than many short ones. */
#define STEPS_MAX 40u

static inline bool speaker_like(const struct qx_chunk *c)
{
    return c->type == QX_C_NP && !(c->flags & (QX_N_TIME | QX_N_NUM | QX_N_GEN));
}

static inline bool fence(const struct qx_chunk *c)
{
    return c->type == QX_C_SPAN || c->type == QX_C_SEMI || c->type == QX_C_COLON || c->type == QX_C_STOP ||
           c->type == QX_C_OTHER;
}

static inline bool somebody(const struct qx_chunk *c)
{
    return (c->flags & (QX_N_PERSON | QX_N_PRON | QX_N_ROLE | QX_N_ORG)) != 0;
}

static inline bool ends_in(const struct qx_doc *d, uint32_t tok, const char *end)
{
    size_t n = strlen(end);
    const struct qx_tok *t = &d->tok[tok];
    return t->len > n && memcmp(d->text + t->off + t->len - n, end, n) == 0;
}

/* subject.c: who does what the verb before chunk i says, rather somebody; back over the asides before a comma to what
 * they say more about. Both: a noun phrase not before chunk lo, or QX_NONE. */
uint32_t qx_subject_same(const struct qx_doc *d, uint32_t i, uint32_t lo);
uint32_t qx_subject_across(const struct qx_doc *d, uint32_t comma, uint32_t lo);

/* subject_german.c: in a clause whose verb is second or last; *after where the subject stands behind it. */
uint32_t qx_subject_german(const struct qx_doc *d, uint32_t vg, bool *after);

#endif
