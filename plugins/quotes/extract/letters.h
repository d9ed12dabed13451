/*
 * Sixteen bytes of text at a time: the letters that begin there, and how a word ends, without a question for each byte.
 * Reads sixteen bytes from where it is told, and four before the end of a word: the text has as many around it.
 */
#ifndef QX_LETTERS_H
#define QX_LETTERS_H

#include "lexicon.h"

/* Endings that pos.c asks for. */
enum { QX_ENDS_LY = 1, QX_ENDS_ED = 2, QX_ENDS_ING = 4 };

/* The first letters of what begins at p: how many of sixteen bytes, in small letters with zeros behind them, and which
 * of them were capitals. */
struct qx_letters {
    uint64_t low, high;
    unsigned n, capitals;
};

#if defined __SSE2__ && !defined QX_PORTABLE
#include <emmintrin.h>

static inline struct qx_letters qx_letters_at(const char *p)
{
    static const uint8_t keep[32] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
    __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p), small = _mm_or_si128(x, _mm_set1_epi8(0x20));
    /* bytes have a sign here: 'a' … 'z' are moved to the lowest */
    __m128i is = _mm_cmplt_epi8(_mm_add_epi8(small, _mm_set1_epi8(0x80 - 'a')), _mm_set1_epi8(-128 + 26));
    unsigned n = (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(is));
    unsigned bit5 = (unsigned)_mm_movemask_epi8(_mm_slli_epi16(x, 2));
    small = _mm_and_si128(small, _mm_loadu_si128((const __m128i *)(const void *)(keep + 16 - n)));
    return (struct qx_letters){ .low = (uint64_t)_mm_cvtsi128_si64(small),
                                .high = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(small, small)),
                                .n = n,
                                .capitals = ~bit5 & ((1u << n) - 1) };
}

/* The endings of a word up to end: sums of QX_ENDS_. */
static inline uint32_t qx_endings_at(const char *end)
{
    uint32_t tail;
    memcpy(&tail, end - 4, sizeof tail);
    __m128i x = _mm_set1_epi32((int)tail);
    const __m128i keep = _mm_setr_epi32(-0x10000, -0x10000, -0x100, 0),
                  all = _mm_setr_epi8(0, 0, 'l', 'y', 0, 0, 'e', 'd', 0, 'i', 'n', 'g', 1, 1, 1, 1);
    return (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_and_si128(x, keep), all)));
}
#else
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Of eight bytes: 0x80 where a letter is. */
static inline uint64_t letters_in(uint64_t x)
{
    uint64_t small = (x & EACH(0x7f)) | EACH(0x20);
    uint64_t from_a = small + EACH(0x80 - 'a'), past_z = small + EACH(0x7f - 'z');
    return from_a & ~past_z & ~x & EACH(0x80);
}

/* One bit for each byte that has its highest. */
static inline unsigned high_bits(uint64_t x)
{
    return (unsigned)((x >> 7 & EACH(1)) * UINT64_C(0x0102040810204080) >> 56);
}

static inline struct qx_letters qx_letters_at(const char *p)
{
    uint64_t x = qx_load8(p), y = qx_load8(p + 8);
    unsigned is = high_bits(letters_in(x)) | high_bits(letters_in(y)) << 8, n = (unsigned)__builtin_ctz(~is);
    uint64_t keep_x = n >= 8 ? ~UINT64_C(0) : (UINT64_C(1) << n * 8) - 1;
    uint64_t keep_y = n >= 16 ? ~UINT64_C(0) : n <= 8 ? 0 : (UINT64_C(1) << (n - 8) * 8) - 1;
    unsigned bit5 = high_bits(x << 2) | high_bits(y << 2) << 8;
    return (struct qx_letters){
        .low = (x | EACH(0x20)) & keep_x, .high = (y | EACH(0x20)) & keep_y, .n = n, .capitals = ~bit5 & ((1u << n) - 1)
    };
}
#undef EACH

static inline uint32_t qx_endings_at(const char *end)
{
    return (memcmp(end - 2, "ly", 2) == 0) * QX_ENDS_LY + (memcmp(end - 2, "ed", 2) == 0) * QX_ENDS_ED +
           (memcmp(end - 3, "ing", 3) == 0) * QX_ENDS_ING;
}
#endif

#endif
