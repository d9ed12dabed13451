#include "http/range.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits off the front of `*s`; more than fits is as good as the largest number. False: there are none. */
static bool take_number(uint64_t *out, qn_str *s)
{
    uint64_t v = 0;
    size_t i = 0;
    for (; i < s->n && is_digit(s->p[i]); i++) {
        uint64_t digit = (uint64_t)(s->p[i] - '0');
        v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
    }
    *s = (qn_str){ s->p + i, s->n - i };
    *out = v;
    return i > 0;
}

/* One range-spec (RFC 9110 14.1.1): first-last, first- or -suffix. `out->n` 0: it lies outside. QN_EINVAL. */
static int read_spec(qn_range *out, qn_str s, uint64_t size)
{
    uint64_t first = 0, last = UINT64_MAX;
    *out = (qn_range){ 0, 0 };
    bool from = take_number(&first, &s);
    if (!s.n || s.p[0] != '-') return QN_EINVAL;
    s = (qn_str){ s.p + 1, s.n - 1 };
    bool to = take_number(&last, &s);
    if (s.n || (!from && !to) || (from && to && last < first)) return QN_EINVAL;
    if (!from) {
        uint64_t n = last < size ? last : size;
        *out = (qn_range){ size - n, n };
    } else if (first < size) {
        if (!to || last >= size) last = size - 1;
        *out = (qn_range){ first, last - first + 1 };
    }
    return QN_OK;
}

static bool are_near(qn_range a, qn_range b)
{
    if (b.at < a.at) return are_near(b, a);
    return b.at - a.at <= a.n || b.at - a.at - a.n < QN_RANGE_GAP_BYTES;
}

static qn_range join(qn_range a, qn_range b)
{
    uint64_t end = a.at + a.n > b.at + b.n ? a.at + a.n : b.at + b.n;
    uint64_t at = a.at < b.at ? a.at : b.at;
    return (qn_range){ at, end - at };
}

/* Puts `r` among those before it. What it touches becomes one with it, in the place of the first of them; so that what
 * is sent is never more than the whole and the heads of its parts. */
static int add(qn_range *list, int n, qn_range r)
{
    int to = 0, at = -1;
    for (int i = 0; i < n; i++) {
        if (!are_near(list[i], r)) {
            list[to++] = list[i];
            continue;
        }
        r = join(list[i], r);
        if (at < 0) at = to++;
    }
    list[at < 0 ? to++ : at] = r;
    return to;
}

/* A range that has grown by joining may touch others that it did not touch before. */
static int settle(qn_range *list, int n)
{
    for (int before = n + 1; n < before;) {
        qn_range all[QN_RANGES_MAX];
        before = n;
        memcpy(all, list, sizeof *all * (size_t)n);
        n = 0;
        for (int i = 0; i < before; i++) n = add(list, n, all[i]);
    }
    return n;
}

int qn_ranges_read(qn_range out[QN_RANGES_MAX], qn_str header, uint64_t size)
{
    qn_range list[QN_RANGES_MAX];
    int asked = 0, n = 0;
    qn_str rest = header, unit = qn_str_cut(&rest, '=');
    if (!rest.p || !qn_str_eq_ci(unit, QN_STR("bytes"))) return 0;
    while (rest.p) {
        qn_str spec = qn_str_trim(qn_str_cut(&rest, ','));
        if (!spec.n) continue; /* an empty element of a list (RFC 9110 5.6.1) */
        if (asked == QN_RANGES_MAX || read_spec(&list[n], spec, size)) return 0;
        asked++;
        if (list[n].n) n++;
    }
    if (!asked || !size) return 0; /* nothing of nothing cannot be named by Content-Range */
    if (!n) return QN_ENOTFOUND;
    n = settle(list, n);
    memcpy(out, list, sizeof *list * (size_t)n);
    return n;
}
