#include "base/str.h"

#include <string.h>

#include "base/err.h"

qn_str qn_str_of(const char *cstr)
{
    return cstr ? (qn_str){ cstr, strlen(cstr) } : (qn_str){ NULL, 0 };
}

bool qn_str_eq(qn_str a, qn_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool qn_str_eqz(qn_str a, const char *b)
{
    return qn_str_eq(a, qn_str_of(b));
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool qn_str_eq_ci(qn_str a, qn_str b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i])) return false;
    return true;
}

bool qn_str_starts(qn_str s, qn_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool qn_str_ends(qn_str s, qn_str suffix)
{
    return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

qn_str qn_str_trim(qn_str s)
{
    while (s.n && is_blank(s.p[s.n - 1])) s.n--;
    while (s.n && is_blank(s.p[0])) s.p++, s.n--;
    return s;
}

qn_str qn_str_cut(qn_str *s, char sep)
{
    qn_str whole = *s;
    const char *at = whole.n ? memchr(whole.p, sep, whole.n) : NULL;
    if (!at) {
        *s = (qn_str){ NULL, 0 };
        return whole;
    }
    size_t before = (size_t)(at - whole.p);
    *s = (qn_str){ at + 1, whole.n - before - 1 };
    return (qn_str){ whole.p, before };
}

char *qn_str_dup(qn_arena *a, qn_str s)
{
    return qn_arena_strndup(a, s.p, s.n);
}

/* Digits only. QN_EINVAL: not digits; QN_ELIMIT: past `max`. */
static int digits(uint64_t *out, qn_str s, uint64_t max)
{
    if (s.n == 0) return QN_EINVAL;
    uint64_t v = 0;
    bool past = false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return QN_EINVAL;
        uint64_t d = (uint64_t)(s.p[i] - '0');
        if (v > UINT64_MAX / 10 || v * 10 > UINT64_MAX - d) past = true;
        if (!past) v = v * 10 + d;
    }
    if (past || v > max) return QN_ELIMIT;
    *out = v;
    return 0;
}

int qn_str_u64(uint64_t *out, qn_str s, uint64_t min, uint64_t max)
{
    uint64_t v;
    int rc = digits(&v, s, max);
    if (rc) return rc;
    if (v < min) return QN_ELIMIT;
    *out = v;
    return 0;
}

int qn_str_i64(int64_t *out, qn_str s)
{
    bool negative = s.n && s.p[0] == '-';
    if (negative) s.p++, s.n--;
    uint64_t v;
    if (digits(&v, s, (uint64_t)INT64_MAX + negative)) return QN_EINVAL;
    if (!negative)
        *out = (int64_t)v;
    else
        *out = v ? -(int64_t)(v - 1) - 1 : 0; /* -INT64_MIN does not fit, so not by way of it */
    return 0;
}

bool qn_is_slug(qn_str s)
{
    if (s.n == 0 || s.n > 200) return false;
    bool dash_before = true; /* no dash at the start, none doubled, none at the end */
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '-') {
            if (dash_before) return false;
            dash_before = true;
        } else {
            if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) return false;
            dash_before = false;
        }
    }
    return !dash_before;
}

bool qn_str_eq_secret(qn_str a, qn_str b)
{
    if (a.n != b.n) return false;
    volatile unsigned char diff = 0; /* volatile: no early way out, whatever the optimiser thinks */
    for (size_t i = 0; i < a.n; i++) diff = (unsigned char)(diff | (unsigned char)(a.p[i] ^ b.p[i]));
    return diff == 0;
}
