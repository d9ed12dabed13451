/* JSON for plugins: handles of the host's jansson. */
#include <math.h>
#include <string.h>

#include "plugin/host.h"

/* ---- making ----------------------------------------------------------------------------------------------------- */

static qn_json *own(qn_call *handle, json_t *v)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (c) return qn_value_own(c, v);
    json_decref(v);
    return NULL;
}

static qn_json *make_object(qn_call *c)
{
    return own(c, json_object());
}

static qn_json *make_array(qn_call *c)
{
    return own(c, json_array());
}

static json_t *string_of(qn_str s)
{
    if (!s.p) return json_null();
    return qn_utf8_check(s) == s.n ? json_stringn_nocheck(s.p, s.n) : NULL;
}

static qn_json *make_str(qn_call *c, qn_str text)
{
    return own(c, string_of(text));
}

static qn_json *make_int(qn_call *c, int64_t number)
{
    return own(c, json_integer(number));
}

static qn_json *make_real(qn_call *c, double number)
{
    return own(c, isfinite(number) ? json_real(number) : NULL);
}

static qn_json *make_bool(qn_call *c, int truth)
{
    return own(c, json_boolean(truth));
}

static qn_json *make_null(qn_call *c)
{
    return own(c, json_null());
}

static qn_json *copy(qn_call *c, const qn_json *value)
{
    return own(c, value ? json_deep_copy(qn_value(value)) : NULL);
}

static qn_json *parse(qn_call *c, qn_str text)
{
    json_t *v = NULL;
    qn_json_limits limits = { 0 };
    qn_json_fault fault;
    if (!text.p || qn_json_parse(&v, text, &limits, &fault)) return NULL;
    return own(c, v);
}

static qn_str write_text(qn_call *handle, const qn_json *value)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || !value) return (qn_str){ 0 };
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_str out = { 0 };
    if (qn_json_write(&b, qn_value(value), false) == QN_OK) {
        char *text = qn_arena_strndup(c->arena, b.p, b.n);
        if (text) out = (qn_str){ text, b.n };
    }
    qn_buf_free(&b);
    return out;
}

/* ---- changing --------------------------------------------------------------------------------------------------- */

static int set_new(qn_json *object, const char *key, json_t *v)
{
    bool fits = v && object && key && json_is_object(qn_value(object)) && qn_utf8_check(qn_str_of(key)) == strlen(key);
    if (fits) return json_object_set_new_nocheck(qn_value(object), key, v) ? QN_ENOMEM : QN_OK;
    json_decref(v);
    return QN_EINVAL;
}

static int set(qn_json *object, const char *key, qn_json *value)
{
    if (value == object) return QN_EINVAL;
    return set_new(object, key, json_incref(qn_value(value)));
}

static int add(qn_json *array, qn_json *value)
{
    if (!value || value == array || !json_is_array(qn_value(array))) return QN_EINVAL;
    return json_array_append(qn_value(array), qn_value(value)) ? QN_ENOMEM : QN_OK;
}

static int set_str(qn_json *object, const char *key, qn_str text)
{
    return set_new(object, key, string_of(text));
}

static int set_int(qn_json *object, const char *key, int64_t number)
{
    return set_new(object, key, json_integer(number));
}

static int set_real(qn_json *object, const char *key, double number)
{
    return set_new(object, key, isfinite(number) ? json_real(number) : NULL);
}

static int set_bool(qn_json *object, const char *key, int truth)
{
    return set_new(object, key, json_boolean(truth));
}

static int remove_key(qn_json *object, const char *key)
{
    if (!key || !json_is_object(qn_value(object))) return QN_EINVAL;
    return json_object_del(qn_value(object), key) ? QN_ENOTFOUND : QN_OK;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static qn_json_kind kind(const qn_json *value)
{
    if (!value) return QN_JSON_NONE;
    switch (json_typeof(qn_value(value))) {
    case JSON_NULL:
        return QN_JSON_NULL;
    case JSON_TRUE:
    case JSON_FALSE:
        return QN_JSON_BOOL;
    case JSON_INTEGER:
        return QN_JSON_INT;
    case JSON_REAL:
        return QN_JSON_REAL;
    case JSON_STRING:
        return QN_JSON_STRING;
    case JSON_ARRAY:
        return QN_JSON_ARRAY;
    case JSON_OBJECT:
        return QN_JSON_OBJECT;
    }
    return QN_JSON_NONE;
}

static size_t count(const qn_json *value)
{
    const json_t *v = qn_value(value);
    return json_is_object(v) ? json_object_size(v) : json_is_array(v) ? json_array_size(v) : 0;
}

static qn_json *get(const qn_json *object, const char *key)
{
    return key ? (qn_json *)json_object_get(qn_value(object), key) : NULL;
}

static qn_json *at(const qn_json *array, size_t i)
{
    return (qn_json *)json_array_get(qn_value(array), i);
}

/* A key of a pointer with ~0 and ~1 undone, against one of an object (RFC 6901 4). */
static bool is_key(qn_str token, const char *key)
{
    for (size_t i = 0; i < token.n; i++, key++) {
        char c = token.p[i];
        if (c == '~' && i + 1 < token.n) c = token.p[++i] == '0' ? '~' : '/';
        if (!*key || *key != c) return false;
    }
    return !*key;
}

static json_t *step(json_t *v, qn_str token)
{
    const char *key;
    json_t *member;
    uint64_t i;
    if (json_is_array(v)) {
        bool leading_zero = token.n > 1 && token.p[0] == '0';
        return leading_zero || qn_str_u64(&i, token, 0, SIZE_MAX) ? NULL : json_array_get(v, (size_t)i);
    }
    json_object_foreach(v, key, member) if (is_key(token, key)) return member;
    return NULL;
}

static qn_json *find(const qn_json *value, const char *pointer)
{
    json_t *v = qn_value(value);
    if (!pointer || (*pointer && *pointer != '/')) return NULL;
    qn_str rest = qn_str_of(*pointer ? pointer + 1 : NULL);
    while (v && rest.p) v = step(v, qn_str_cut(&rest, '/'));
    return (qn_json *)v;
}

static int next(const qn_json *object, void **it, const char **key, qn_json **value)
{
    json_t *o = qn_value(object);
    if (!it || !json_is_object(o)) return 0;
    *it = *it ? json_object_iter_next(o, *it) : json_object_iter(o);
    if (!*it) return 0;
    if (key) *key = json_object_iter_key(*it);
    if (value) *value = (qn_json *)json_object_iter_value(*it);
    return 1;
}

static qn_str text(const qn_json *value)
{
    const json_t *v = qn_value(value);
    return json_is_string(v) ? (qn_str){ json_string_value(v), json_string_length(v) } : (qn_str){ 0 };
}

static int64_t integer(const qn_json *value, int64_t other)
{
    const json_t *v = qn_value(value);
    return json_is_integer(v) ? json_integer_value(v) : other;
}

static double number(const qn_json *value, double other)
{
    const json_t *v = qn_value(value);
    return json_is_number(v) ? json_number_value(v) : other;
}

static int truth(const qn_json *value, int other)
{
    const json_t *v = qn_value(value);
    return json_is_boolean(v) ? json_is_true(v) : other;
}

void qn_fill_json(qn_api *t)
{
    t->json_object = make_object;
    t->json_array = make_array;
    t->json_str = make_str;
    t->json_int = make_int;
    t->json_real = make_real;
    t->json_bool = make_bool;
    t->json_null = make_null;
    t->json_copy = copy;
    t->json_parse = parse;
    t->json_write = write_text;
    t->json_set = set;
    t->json_add = add;
    t->json_set_str = set_str;
    t->json_set_int = set_int;
    t->json_set_real = set_real;
    t->json_set_bool = set_bool;
    t->json_remove = remove_key;
    t->json_kind = kind;
    t->json_count = count;
    t->json_get = get;
    t->json_at = at;
    t->json_find = find;
    t->json_next = next;
    t->json_text = text;
    t->json_integer = integer;
    t->json_number = number;
    t->json_truth = truth;
}
