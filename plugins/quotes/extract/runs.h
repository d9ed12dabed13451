/*
 * What the last words of a phrase are, sixteen at a time: names stand in runs whose length no processor foretells, so
 * that a loop over them costs more in wrong guesses than in work.
 */
#ifndef QX_RUNS_H
#define QX_RUNS_H

#include "qx.h"

#define QX_RUN 16u

#if defined __SSE2__ && !defined QX_PORTABLE
#include <emmintrin.h>

/* Of the tokens before token last, sixteen of them, one bit for each that is p: the last of them is the highest.
 * [any thread] */
static inline unsigned qx_run(const struct qx_doc *d, uint32_t last, enum qx_pos p)
{
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)(d->pos + last));
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(x, _mm_set1_epi8((char)p)));
}
#else
static inline unsigned qx_run(const struct qx_doc *d, uint32_t last, enum qx_pos p)
{
    unsigned bits = 0;
    for (unsigned i = 0; i < QX_RUN; i++) bits |= (unsigned)(d->pos[last + i] == p) << i;
    return bits;
}
#endif

/* The lowest of the ones that stand without a gap below bit high, which is one. */
static inline unsigned qx_run_begins(unsigned bits, unsigned high)
{
    unsigned gaps = ~bits & ((1u << high) - 1);
    return gaps == 0 ? 0 : 32 - (unsigned)__builtin_clz(gaps);
}

#endif
