#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/config_priv.h"

void qn_opt_describe(char *to, size_t room, const qn_opt *o)
{
    switch (o->kind) {
    case QN_OPT_BOOL:
        snprintf(to, room, "on or off");
        break;
    case QN_OPT_INT:
        snprintf(to, room, "a whole number from %" PRId64 " to %" PRId64, o->min, o->max);
        break;
    case QN_OPT_AUTO_INT:
        snprintf(to, room, "auto or a whole number from %" PRId64 " to %" PRId64, o->min, o->max);
        break;
    case QN_OPT_BYTES:
        snprintf(to, room, "a whole number from %" PRId64 " to %" PRId64 ", k, m or g after it for 1024 times as many",
                 o->min, o->max);
        break;
    case QN_OPT_STRING:
        snprintf(to, room, "text");
        break;
    case QN_OPT_ENUM:
        snprintf(to, room, "one of %s", o->values);
        break;
    case QN_OPT_LIST:
        snprintf(to, room, "a list of %" PRId64 " to %" PRId64 " items, separated by commas", o->min, o->max);
        break;
    }
}

static bool is_one_of(const char *values, qn_str s)
{
    qn_str rest = qn_str_of(values);
    while (rest.p)
        if (qn_str_eq(qn_str_cut(&rest, '|'), s)) return true;
    return false;
}

static bool parse_bool(int64_t *out, qn_str s)
{
    *out = is_one_of("on|true|yes|1", s);
    return *out || is_one_of("off|false|no|0", s);
}

static bool parse_int(int64_t *out, const qn_opt *o, qn_str s)
{
    return qn_str_i64(out, s) == 0 && *out >= o->min && *out <= o->max;
}

static bool parse_bytes(int64_t *out, const qn_opt *o, qn_str s)
{
    static const char units[] = "kmg";
    int64_t scale = 1, number;
    const char *unit = s.n ? strchr(units, s.p[s.n - 1] | 0x20) : NULL;
    if (unit && *unit) {
        scale = INT64_C(1024) << (10 * (unit - units));
        s.n--;
    }
    if (qn_str_i64(&number, qn_str_trim(s)) || number < 0 || number > INT64_MAX / scale) return false;
    *out = number * scale;
    return *out >= o->min && *out <= o->max;
}

static bool parse_auto(int64_t *out, const qn_opt *o, qn_str s)
{
    *out = 0;
    return qn_str_eqz(s, "auto") || qn_str_eqz(s, "0") || parse_int(out, o, s);
}

static int describe(qn_errmsg *why, const qn_opt *o)
{
    qn_opt_describe(why->text, sizeof why->text, o);
    return QN_EINVAL;
}

static int parse_list(qn_opt_value *v, qn_arena *a, const qn_opt *o, qn_errmsg *why)
{
    qn_str rest = qn_str_of(v->text);
    size_t most = 1;
    for (size_t i = 0; i < rest.n; i++) most += rest.p[i] == ',';
    v->items = qn_arena_calloc(a, most, sizeof *v->items);
    if (!v->items) return QN_ENOMEM;
    while (rest.p) {
        qn_str item = qn_str_trim(qn_str_cut(&rest, ','));
        if (item.n == 0) continue;
        char *copy = qn_str_dup(a, item);
        if (!copy) return QN_ENOMEM;
        const char *right = o->check ? o->check(copy) : NULL;
        if (right) return qn_fail(why, QN_EINVAL, "%s", right);
        v->items[v->nitems++] = copy;
    }
    return (int64_t)v->nitems < o->min || (int64_t)v->nitems > o->max ? describe(why, o) : 0;
}

static bool is_clean(qn_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7F) return false;
    return qn_utf8_check(s) == s.n;
}

int qn_opt_parse(qn_opt_value *v, qn_arena *a, const qn_opt *o, const char *text, qn_errmsg *why)
{
    qn_str s = qn_str_trim(qn_str_of(text));
    const char *right = NULL;
    bool good = true;
    v->text = qn_str_dup(a, s);
    if (!v->text) return QN_ENOMEM;
    if (!is_clean(s)) return qn_fail(why, QN_EINVAL, "UTF-8 text without control characters");
    switch (o->kind) {
    case QN_OPT_BOOL:
        good = parse_bool(&v->number, s);
        break;
    case QN_OPT_INT:
        good = parse_int(&v->number, o, s);
        break;
    case QN_OPT_AUTO_INT:
        good = parse_auto(&v->number, o, s);
        break;
    case QN_OPT_BYTES:
        good = parse_bytes(&v->number, o, s);
        break;
    case QN_OPT_ENUM:
        good = is_one_of(o->values, s);
        break;
    case QN_OPT_STRING:
        right = o->check ? o->check(v->text) : NULL;
        break;
    case QN_OPT_LIST:
        return parse_list(v, a, o, why);
    }
    if (right) return qn_fail(why, QN_EINVAL, "%s", right);
    return good ? 0 : describe(why, o);
}
