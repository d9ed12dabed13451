#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"
#include "content/store_impl.h"

void qn_params_str(qn_params *p, qn_str s)
{
    if (p->failed) return;
    if (p->n == p->cap) {
        int cap = p->cap ? p->cap * 2 : 24;
        qn_str *v = cap <= QN_PARAMS_MAX * 2 ? qn_arena_calloc(p->arena, (size_t)cap, sizeof *v) : NULL;
        if (!v) {
            p->failed = true;
            return;
        }
        if (p->n) memcpy(v, p->v, (size_t)p->n * sizeof *v);
        p->v = v;
        p->cap = cap;
    }
    p->v[p->n++] = s;
}

void qn_params_z(qn_params *p, const char *s)
{
    qn_params_str(p, qn_str_of(s));
}

void qn_params_int(qn_params *p, int64_t i)
{
    char *s = qn_arena_printf(p->arena, "%lld", (long long)i);
    if (!s) p->failed = true;
    qn_params_z(p, s);
}

void qn_params_bool(qn_params *p, bool b)
{
    qn_params_z(p, b ? "t" : "f");
}

const char *qn_time_text(qn_arena *a, int64_t wall_us)
{
    char ms[QN_RFC3339_BYTES];
    qn_rfc3339(ms, wall_us);
    int us = (int)(wall_us % 1000);
    return qn_arena_printf(a, "%.23s%03dZ", ms, us < 0 ? us + 1000 : us);
}

void qn_params_time(qn_params *p, int64_t wall_us)
{
    const char *s = wall_us == INT64_MIN ? NULL : qn_time_text(p->arena, wall_us);
    if (!s && wall_us != INT64_MIN) p->failed = true;
    qn_params_z(p, s);
}

/* A heap buffer's text as a parameter: copied into the arena. */
static void add_buf(qn_params *p, qn_buf *b)
{
    char *s = b->failed ? NULL : qn_arena_strndup(p->arena, b->p ? b->p : "", b->n);
    if (!s) p->failed = true;
    qn_params_str(p, (qn_str){ s, b->n });
    qn_buf_free(b);
}

void qn_params_json(qn_params *p, const json_t *v)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    if (qn_json_write(&b, v, false)) p->failed = true;
    add_buf(p, &b);
}

void qn_params_texts(qn_params *p, const char *const *items, size_t n)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_buf_addc(&b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i) qn_buf_addc(&b, ',');
        if (!items[i]) {
            qn_buf_addz(&b, "NULL");
            continue;
        }
        qn_buf_addc(&b, '"');
        for (const char *c = items[i]; *c; c++) {
            if (*c == '"' || *c == '\\') qn_buf_addc(&b, '\\');
            qn_buf_addc(&b, *c);
        }
        qn_buf_addc(&b, '"');
    }
    qn_buf_addc(&b, '}');
    add_buf(p, &b);
}

void qn_params_names(qn_params *p, const char *const *items)
{
    size_t n = 0;
    while (items && items[n]) n++;
    qn_params_texts(p, items, n);
}

int qn_params_ref(qn_params *p, qn_str ref)
{
    bool id = qn_is_uuid(ref), slug = !id && qn_is_slug(ref);
    qn_params_str(p, id ? ref : (qn_str){ 0 });
    qn_params_str(p, slug ? ref : (qn_str){ 0 });
    return id || slug ? QN_OK : QN_ENOTFOUND;
}

int qn_params_locale(qn_params *p, const char *locale)
{
    qn_params_z(p, locale);
    return !locale || qn_is_locale(qn_str_of(locale)) ? QN_OK : QN_ENOTFOUND;
}

int qn_array_read(qn_str **items, size_t *n, qn_arena *arena, qn_str text)
{
    size_t count = 1, i = 0;
    if (text.n <= 2) {
        *items = NULL;
        *n = 0;
        return QN_OK;
    }
    qn_str rest = { text.p + 1, text.n - 2 };
    for (size_t k = 0; k < rest.n; k++) count += rest.p[k] == ',';
    qn_str *v = qn_arena_calloc(arena, count, sizeof *v);
    if (!v) return QN_ENOMEM;
    do {
        qn_str item = qn_str_cut(&rest, ',');
        /* A tag "null" is shown in quotes, and nothing else that is asked for here. */
        if (item.n >= 2 && item.p[0] == '"') item = (qn_str){ item.p + 1, item.n - 2 };
        v[i++] = item;
    } while (rest.p);
    *items = v;
    *n = i;
    return QN_OK;
}
