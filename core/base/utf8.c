#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* Length of the valid sequence at p (n bytes left, n > 0), 0 when there is none. The table of RFC 3629 section 4. */
static size_t sequence(const unsigned char *p, size_t n)
{
    unsigned char c = p[0], lo = 0x80, hi = 0xBF;
    size_t len;
    if (c < 0x80) return 1;
    if (c < 0xC2) return 0; /* a continuation, or an overlong form */
    if (c < 0xE0) {
        len = 2;
    } else if (c < 0xF0) {
        len = 3;
        if (c == 0xE0) lo = 0xA0;
        if (c == 0xED) hi = 0x9F; /* no surrogates */
    } else if (c < 0xF5) {
        len = 4;
        if (c == 0xF0) lo = 0x90;
        if (c == 0xF4) hi = 0x8F; /* up to U+10FFFF */
    } else {
        return 0;
    }
    if (n < len || p[1] < lo || p[1] > hi) return 0;
    for (size_t i = 2; i < len; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    return len;
}

size_t qn_utf8_check(qn_str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t i = 0;
    while (i < s.n) {
        uint64_t eight;
        if (s.n - i >= sizeof eight) { /* most text is mostly ASCII */
            memcpy(&eight, p + i, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                i += sizeof eight;
                continue;
            }
        }
        size_t len = sequence(p + i, s.n - i);
        if (!len) return i;
        i += len;
    }
    return s.n;
}

size_t qn_utf8_length(qn_str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; i++) count += ((unsigned char)s.p[i] & 0xC0) != 0x80;
    return count;
}

uint32_t qn_utf8_next(qn_str s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.p + *i;
    size_t left = s.n - *i;
    uint32_t c = p[0];
    size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (len > left) len = left; /* never past the end, valid or not */
    if (len == 2)
        c &= 0x1F;
    else if (len == 3)
        c &= 0x0F;
    else if (len == 4)
        c &= 0x07;
    for (size_t k = 1; k < len; k++) c = c << 6 | (p[k] & 0x3Fu);
    *i += len;
    return c;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int qn_percent_decode(qn_str *out, qn_arena *a, qn_str in, bool plus_is_space)
{
    char *to = qn_arena_alloc_raw(a, in.n + 1);
    if (!to) return QN_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '%') {
            int high = i + 2 < in.n ? hex(in.p[i + 1]) : -1;
            int low = i + 2 < in.n ? hex(in.p[i + 2]) : -1;
            if (high < 0 || low < 0) return QN_EINVAL;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0') return QN_EINVAL;
        to[n++] = c;
    }
    to[n] = '\0';
    qn_str decoded = { to, n };
    if (qn_utf8_check(decoded) != n) return QN_EINVAL;
    *out = decoded;
    return 0;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

qn_str qn_percent_encode(qn_arena *a, qn_str in)
{
    static const char digit[] = "0123456789ABCDEF";
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) n += is_unreserved((unsigned char)in.p[i]) ? 1 : 3;
    char *to = qn_arena_alloc_raw(a, n + 1);
    if (!to) return (qn_str){ NULL, 0 };
    char *w = to;
    for (size_t i = 0; i < in.n; i++) {
        unsigned char c = (unsigned char)in.p[i];
        if (is_unreserved(c)) {
            *w++ = (char)c;
        } else {
            *w++ = '%';
            *w++ = digit[c >> 4];
            *w++ = digit[c & 15];
        }
    }
    *w = '\0';
    return (qn_str){ to, n };
}
