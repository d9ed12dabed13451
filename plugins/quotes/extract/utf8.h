/* Decoding that never fails: a byte that begins no valid sequence is a code point of its own. */
#ifndef QX_UTF8_H
#define QX_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The code point at p (p < end) and its bytes in *n; invalid bytes give U+FFFD, one each. */
static inline uint32_t qx_utf8_next(const char *p, const char *end, unsigned *n)
{
    const unsigned char *s = (const unsigned char *)p;
    size_t left = (size_t)(end - p);
    uint32_t c = s[0];

    *n = 1;
    if (c < 0x80) return c;
    if (c >= 0xc2 && c < 0xe0 && left > 1 && (s[1] & 0xc0) == 0x80) {
        *n = 2;
        return (c & 0x1f) << 6 | (s[1] & 0x3fu);
    }
    if (c >= 0xe0 && c < 0xf0 && left > 2 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
        uint32_t v = (c & 0x0f) << 12 | (s[1] & 0x3fu) << 6 | (s[2] & 0x3fu);
        if (v >= 0x800 && (v < 0xd800 || v > 0xdfff)) {
            *n = 3;
            return v;
        }
    }
    if (c >= 0xf0 && c < 0xf5 && left > 3 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80 && (s[3] & 0xc0) == 0x80) {
        uint32_t v = (c & 0x07) << 18 | (s[1] & 0x3fu) << 12 | (s[2] & 0x3fu) << 6 | (s[3] & 0x3fu);
        if (v >= 0x10000 && v <= 0x10ffff) {
            *n = 4;
            return v;
        }
    }
    return 0xfffd;
}

/* A letter of a script that has words with letters: everything from Latin-1 to the Indic and East Asian scripts that is
 * no mark. */
static inline int qx_is_letter(uint32_t c)
{
    if (c < 0x80) return (c | 32u) - 'a' < 26u;
    if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;
    if (c < 0x2000) return c != 0xd7 && c != 0xf7;
    if (c < 0x2c00) return c >= 0x2c00 || (c >= 0x2071 && c <= 0x209c && c != 0x207d) || (c >= 0x2100 && c < 0x2190);
    if (c < 0x3000) return c < 0x2e00 || c >= 0x2e80;
    if (c < 0x3040) return c == 0x3005 || c == 0x3006 || c == 0x3007;
    return c < 0xfe00 || (c >= 0xff10 && c != 0xfffd);
}

/* Small letters of Latin-1, Latin Extended-A, Greek and Cyrillic: what the word lists are written in. */
static inline uint32_t qx_lower(uint32_t c)
{
    if (c < 0x80) return c - 'A' < 26u ? c + 32 : c;
    if (c >= 0xc0 && c <= 0xde) return c == 0xd7 ? c : c + 32;
    if (c >= 0x100 && c <= 0x17f) {
        if (c == 0x130 || c == 0x131 || c == 0x138 || c == 0x149 || c == 0x17f) return c;
        if (c == 0x178) return 0xff;
        int odd_is_capital = (c >= 0x139 && c <= 0x148) || c >= 0x179;
        return (c & 1u) == (odd_is_capital ? 1u : 0u) ? c + 1 : c;
    }
    if (c >= 0x391 && c <= 0x3a9) return c + 32;
    if (c >= 0x410 && c <= 0x42f) return c + 32;
    if (c >= 0x400 && c <= 0x40f) return c + 80;
    return c;
}

static inline unsigned qx_utf8_put(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

#endif
