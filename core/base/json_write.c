#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 1024 }; /* deeper can only be a value that holds itself */

static int write_value(qn_buf *out, const json_t *v, bool sort_keys, unsigned depth);

static json_t *borrowed(const json_t *v)
{
    return (json_t *)(uintptr_t)v; /* read only: jansson's iterators do not take const */
}

/* The shortest of 15, 16 or 17 digits that comes back as the same double: 0.1 stays 0.1. */
static int write_real(qn_buf *out, double d)
{
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, d);
        if (strtod(text, NULL) == d) break;
    }
    for (char *c = text; *c; c++)
        if (*c == ',') *c = '.'; /* whatever the locale writes */
    int rc = qn_buf_addz(out, text);
    if (!rc && !strpbrk(text, ".e")) rc = qn_buf_addz(out, ".0"); /* stays a real when it is read again */
    return rc;
}

typedef struct {
    const char *key;
    size_t n;
    const json_t *value;
} member;

static int by_key(const void *a, const void *b)
{
    const member *x = a, *y = b;
    int order = memcmp(x->key, y->key, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static int write_member(qn_buf *out, const member *m, bool first, bool sort_keys, unsigned depth)
{
    int rc = first ? 0 : qn_buf_addc(out, ',');
    if (!rc) rc = qn_buf_json_str(out, (qn_str){ m->key, m->n });
    if (!rc) rc = qn_buf_addc(out, ':');
    if (!rc) rc = write_value(out, m->value, sort_keys, depth);
    return rc;
}

static member member_at(void *iter)
{
    return (member){ json_object_iter_key(iter), json_object_iter_key_len(iter), json_object_iter_value(iter) };
}

static int write_sorted(qn_buf *out, json_t *object, unsigned depth)
{
    size_t n = json_object_size(object), i = 0;
    member *all = malloc((n ? n : 1) * sizeof *all);
    if (!all) return QN_ENOMEM;
    for (void *it = json_object_iter(object); it; it = json_object_iter_next(object, it)) all[i++] = member_at(it);
    qsort(all, n, sizeof *all, by_key);
    int rc = 0;
    for (i = 0; i < n && !rc; i++) rc = write_member(out, &all[i], i == 0, true, depth);
    free(all);
    return rc;
}

static int write_object(qn_buf *out, json_t *object, bool sort_keys, unsigned depth)
{
    int rc = qn_buf_addc(out, '{');
    bool first = true;
    if (!rc && sort_keys) rc = write_sorted(out, object, depth);
    for (void *it = sort_keys ? NULL : json_object_iter(object); it && !rc; it = json_object_iter_next(object, it)) {
        member m = member_at(it);
        rc = write_member(out, &m, first, false, depth);
        first = false;
    }
    return rc ? rc : qn_buf_addc(out, '}');
}

static int write_array(qn_buf *out, const json_t *array, bool sort_keys, unsigned depth)
{
    int rc = qn_buf_addc(out, '[');
    for (size_t i = 0; i < json_array_size(array) && !rc; i++) {
        if (i) rc = qn_buf_addc(out, ',');
        if (!rc) rc = write_value(out, json_array_get(array, i), sort_keys, depth);
    }
    return rc ? rc : qn_buf_addc(out, ']');
}

static int write_value(qn_buf *out, const json_t *v, bool sort_keys, unsigned depth)
{
    if (depth > DEPTH_MOST) return QN_EINVAL;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return write_object(out, borrowed(v), sort_keys, depth + 1);
    case JSON_ARRAY:
        return write_array(out, v, sort_keys, depth + 1);
    case JSON_STRING:
        return qn_buf_json_str(out, (qn_str){ json_string_value(v), json_string_length(v) });
    case JSON_INTEGER:
        return qn_buf_printf(out, "%lld", (long long)json_integer_value(v));
    case JSON_REAL:
        return write_real(out, json_real_value(v));
    case JSON_TRUE:
        return qn_buf_addz(out, "true");
    case JSON_FALSE:
        return qn_buf_addz(out, "false");
    case JSON_NULL:
        return qn_buf_addz(out, "null");
    }
    return QN_EINVAL;
}

int qn_json_write(qn_buf *out, const json_t *v, bool sort_keys)
{
    return write_value(out, v, sort_keys, 0);
}

int qn_json_pointer_add(qn_buf *b, qn_str token)
{
    int rc = qn_buf_addc(b, '/');
    size_t from = 0;
    for (size_t i = 0; i < token.n && !rc; i++) {
        if (token.p[i] != '~' && token.p[i] != '/') continue;
        rc = qn_buf_add(b, token.p + from, i - from);
        if (!rc) rc = qn_buf_addz(b, token.p[i] == '~' ? "~0" : "~1");
        from = i + 1;
    }
    if (!rc && from < token.n) rc = qn_buf_add(b, token.p + from, token.n - from);
    return rc;
}

/* ---- merge patch (RFC 7396) -------------------------------------------------------------------------------------- */

static int merge_into(json_t *object, const json_t *patch);

/* What the member becomes: its present value merged with `patch`. Returns owned; NULL when out of memory. */
static json_t *merged_member(json_t *present, const json_t *patch)
{
    if (!json_is_object(patch)) return json_deep_copy(patch);
    json_t *v = json_is_object(present) ? json_incref(present) : json_object();
    if (v && merge_into(v, patch)) {
        json_decref(v);
        return NULL;
    }
    return v;
}

/* Changes `object`, which nobody else sees. */
static int merge_into(json_t *object, const json_t *patch)
{
    json_t *from = borrowed(patch);
    for (void *it = json_object_iter(from); it; it = json_object_iter_next(from, it)) {
        const char *key = json_object_iter_key(it);
        size_t n = json_object_iter_key_len(it);
        json_t *value = json_object_iter_value(it);
        if (json_is_null(value)) {
            json_object_deln(object, key, n);
            continue;
        }
        json_t *v = merged_member(json_object_getn(object, key, n), value);
        if (!v || json_object_setn_new_nocheck(object, key, n, v)) return QN_ENOMEM;
    }
    return 0;
}

json_t *qn_json_merge_patch(const json_t *target, const json_t *patch)
{
    if (!json_is_object(patch)) return json_deep_copy(patch);
    json_t *result = json_is_object(target) ? json_deep_copy(target) : json_object();
    if (result && merge_into(result, patch)) {
        json_decref(result);
        return NULL;
    }
    return result;
}
