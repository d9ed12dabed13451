#include "http/canonical.h"

#include <string.h>

enum { PARAMETERS_MAX = QN_CANONICAL_PARAMETERS, END = -1, BAD = -2 };

typedef struct {
    qn_str name, value; /* as they came */
} parameter;

typedef struct {
    char *p;
    size_t n, cap;
    bool failed;
} writer;

static bool is_unreserved(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/* What stands in a query of the key form as it is: what some clients write plainly and means nothing there. */
static bool is_plain(int c)
{
    return is_unreserved(c) || (c && c < 128 && strchr("[],:/@!$'()*;?|", c));
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : BAD;
}

/* The next byte that `s` means, END or BAD. */
static int next(qn_str *s, bool plus_is_space)
{
    if (!s->n) return END;
    int c = (unsigned char)*s->p, used = 1;
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
        if (s->n < 3 || hex(s->p[1]) < 0 || hex(s->p[2]) < 0) return BAD;
        c = hex(s->p[1]) * 16 + hex(s->p[2]);
        used = 3;
    }
    *s = (qn_str){ s->p + used, s->n - (size_t)used };
    return c;
}

static void put(writer *w, char c)
{
    if (w->n == w->cap) w->failed = true;
    if (!w->failed) w->p[w->n++] = c;
}

static void put_encoded(writer *w, int c)
{
    static const char digits[] = "0123456789ABCDEF";
    put(w, '%');
    put(w, digits[c >> 4 & 15]);
    put(w, digits[c & 15]);
}

/* An escape in a path may be what keeps a delimiter from being one: only needless ones go. */
static void put_path(writer *w, qn_str path)
{
    while (path.n && !w->failed) {
        bool escaped = *path.p == '%';
        int c = next(&path, false);
        if (c < 0)
            w->failed = true;
        else if (escaped && !is_unreserved(c))
            put_encoded(w, c);
        else
            put(w, (char)c);
    }
}

static void put_part(writer *w, qn_str part, qn_canonical_form form)
{
    for (int c; !w->failed && (c = next(&part, true)) != END;) {
        if (c == BAD)
            w->failed = true;
        else if (form == QN_CANONICAL_KEY ? is_plain(c) : is_unreserved(c))
            put(w, (char)c);
        else
            put_encoded(w, c);
    }
}

static bool means(qn_str part, const char *text)
{
    while (*text)
        if (next(&part, true) != *text++) return false;
    return !part.n;
}

/* Where a page begins comes last: so links stay what they were before it was added. */
bool qn_canonical_is_cursor(qn_str name)
{
    return means(name, "after") || means(name, "before");
}

static int compare(qn_str a, qn_str b)
{
    int cursors = qn_canonical_is_cursor(a) - qn_canonical_is_cursor(b);
    if (cursors) return cursors;
    for (;;) {
        int x = next(&a, true), y = next(&b, true);
        if (x != y || x < 0) return x - y;
    }
}

/* The parameters of a query in the order of their names; more than there is room for: PARAMETERS_MAX + 1. */
static size_t sort(parameter *all, qn_str query)
{
    size_t n = 0;
    while (query.n) {
        qn_str value = qn_str_cut(&query, '&');
        if (!value.n) continue;
        if (n == PARAMETERS_MAX) return PARAMETERS_MAX + 1;
        qn_str name = qn_str_cut(&value, '=');
        size_t at = n++;
        for (; at && compare(all[at - 1].name, name) > 0; at--) all[at] = all[at - 1];
        all[at] = (parameter){ name, value };
    }
    return n;
}

/* Most are in that form already, and one look tells: no escapes, each name with its value, names in order. */
static bool is_canonical_key(qn_str target)
{
    const char *query = memchr(target.p, '?', target.n), *end = target.p + target.n;
    if (memchr(target.p, '%', query ? (size_t)(query - target.p) : target.n)) return false;
    if (!query) return true;
    qn_str before = { 0 };
    for (const char *p = query + 1;; p++) {
        qn_str name = { p, 0 };
        while (p < end && is_plain((unsigned char)*p)) p++;
        name.n = (size_t)(p - name.p);
        if (p == end || *p++ != '=' || (before.p && compare(before, name) > 0)) return false;
        while (p < end && is_plain((unsigned char)*p)) p++;
        if (p == end) return true;
        if (*p != '&') return false;
        before = name;
    }
}

bool qn_canonical_write(char *out, size_t *n, size_t cap, qn_str target, qn_canonical_form form)
{
    parameter all[PARAMETERS_MAX];
    writer w = { .p = out, .cap = cap };
    if (form == QN_CANONICAL_KEY && target.n <= cap && is_canonical_key(target)) {
        memcpy(out, target.p, target.n);
        *n = target.n;
        return true;
    }
    put_path(&w, qn_str_cut(&target, '?'));
    size_t count = sort(all, target);
    if (count > PARAMETERS_MAX) return false;
    for (size_t i = 0; i < count; i++) {
        put(&w, i ? '&' : '?');
        put_part(&w, all[i].name, form);
        put(&w, '=');
        put_part(&w, all[i].value, form);
    }
    *n = w.n;
    return !w.failed;
}
