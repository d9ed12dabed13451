#include "content/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_POINTS = 60, NEAREST_MOST = 64, SHOWN_NAMES = 30 };

int qn_check_init(qn_check *c, qn_faults *faults, const char *pointer)
{
    *c = (qn_check){ .arena = faults->arena, .faults = faults };
    qn_buf_init(&c->pointer, 0);
    return qn_buf_addz(&c->pointer, pointer);
}

void qn_check_done(qn_check *c)
{
    qn_buf_free(&c->pointer);
}

int qn_check_down(size_t *mark, qn_check *c, qn_str token)
{
    size_t here = c->pointer.n;
    int rc = qn_json_pointer_add(&c->pointer, token);
    if (rc == 0) *mark = here;
    return rc;
}

int qn_check_down_at(size_t *mark, qn_check *c, size_t index)
{
    char token[24];
    snprintf(token, sizeof token, "%zu", index);
    return qn_check_down(mark, c, qn_str_of(token));
}

void qn_check_up(qn_check *c, size_t mark)
{
    c->pointer.n = mark;
    if (c->pointer.p) c->pointer.p[mark] = '\0';
}

/* Further faults are only counted: a hostile input must not have each of thousands told well. */
static bool full(const qn_check *c)
{
    return c->faults->n >= QN_FAULTS_MAX;
}

void qn_check_fault(qn_check *c, bool shape, const char *code, const char *fmt, ...)
{
    const char *detail = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (!full(c)) detail = qn_arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    qn_fault_add(c->faults, shape, c->pointer.n ? c->pointer.p : "", code, "%s", detail ? detail : "");
}

void qn_check_ill_typed(qn_check *c, const json_t *value, const char *wanted)
{
    qn_check_fault(c, true, "type", "is %s, has to be %s", qn_show(c->arena, value), wanted);
}

const char *qn_show_str(qn_arena *a, qn_str s)
{
    size_t i = 0;
    for (int points = 0; i < s.n && points < SHOWN_POINTS; points++) qn_utf8_next(s, &i);
    const char *text = qn_arena_printf(a, "\"%.*s%s\"", (int)i, s.n ? s.p : "", i < s.n ? "…" : "");
    return text ? text : "a string";
}

const char *qn_show(qn_arena *a, const json_t *value)
{
    const char *text = NULL;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return qn_show_str(a, qn_json_str_of(value));
    case JSON_INTEGER:
        text = qn_arena_printf(a, "%lld", (long long)json_integer_value(value));
        return text ? text : "a number";
    case JSON_REAL:
        text = qn_arena_printf(a, "%.15g", json_real_value(value));
        return text ? text : "a number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    case JSON_NULL:
        return "null";
    }
    return "something else";
}

/* Edits from one to the other: insertions, deletions, replacements, and two neighbours swapped (optimal string
 * alignment). */
static size_t distance(qn_str a, qn_str b)
{
    size_t row[3][NEAREST_MOST + 1];
    for (size_t j = 0; j <= b.n; j++) row[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *now = row[i % 3], *above = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t least = above[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (above[j] + 1 < least) least = above[j] + 1;
            if (now[j - 1] + 1 < least) least = now[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && before[j - 2] + 1 < least)
                least = before[j - 2] + 1;
            now[j] = least;
        }
    }
    return row[a.n % 3][b.n];
}

const char *qn_nearest(qn_str name, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t least = name.n / 4 + 1; /* one slip in a short name, more in a long one */
    if (name.n == 0 || name.n > NEAREST_MOST) return NULL;
    for (size_t i = 0; i < n; i++) {
        qn_str candidate = qn_str_of(candidates[i]);
        if (candidate.n > NEAREST_MOST) continue;
        size_t d = distance(name, candidate);
        if (d > least || d >= candidate.n || (best && d == least)) continue;
        least = d;
        best = candidates[i];
    }
    return best;
}

static bool is_among(qn_str name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (qn_str_eqz(name, names[i])) return true;
    return false;
}

int qn_check_unknown(qn_check *c, qn_str name, const char *const *names, size_t n)
{
    const char *near = full(c) ? NULL : qn_nearest(name, names, n), *all = "";
    size_t mark;
    for (size_t i = 0; i < n && i < SHOWN_NAMES && !near && !full(c); i++) {
        const char *longer = qn_arena_printf(c->arena, "%s%s%s", all, i ? ", " : "", names[i]);
        if (longer) all = longer;
    }
    if (qn_check_down(&mark, c, name)) return QN_ENOMEM;
    if (near)
        qn_check_fault(c, true, "unknown_member", "there is no member %s here; is \"%s\" meant?",
                       qn_show_str(c->arena, name), near);
    else
        qn_check_fault(c, true, "unknown_member", "there is no member %s here; there are %s%s",
                       qn_show_str(c->arena, name), n ? all : "none", n > SHOWN_NAMES ? "…" : "");
    qn_check_up(c, mark);
    return 0;
}

int qn_check_members(qn_check *c, const json_t *object, const char *const *names, size_t n)
{
    int rc = 0;
    QN_JSON_EACH(it, object)
    {
        qn_str name = { json_object_iter_key(it), json_object_iter_key_len(it) };
        if (!rc && !is_among(name, names, n)) rc = qn_check_unknown(c, name, names, n);
    }
    return rc;
}

qn_str qn_json_str_of(const json_t *string)
{
    if (!json_is_string(string)) return (qn_str){ NULL, 0 };
    return (qn_str){ json_string_value(string), json_string_length(string) };
}

json_t *qn_json_of_str(qn_str s)
{
    return json_stringn_nocheck(s.n ? s.p : "", s.n);
}

int qn_json_set(json_t *object, const char *key, json_t *value)
{
    return value && json_object_set_new_nocheck(object, key, value) == 0 ? 0 : QN_ENOMEM;
}

int qn_json_append(json_t *array, json_t *value)
{
    return value && json_array_append_new(array, value) == 0 ? 0 : QN_ENOMEM;
}
