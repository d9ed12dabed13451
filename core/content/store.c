/* The store itself: the present types, and how they are read again. */
#include <stdlib.h>

#include "base/json.h"
#include "base/log.h"
#include "content/store_impl.h"

/* How long after a failure the types are asked for again. */
enum { LOAD_RETRY_MS = 250 };

const qn_stmt qn_stmt_types = {
    "types",
    "SELECT json_build_object('name', name, 'collection', collection, 'version', version, 'fields', fields)::text"
    " FROM type ORDER BY name"
};

/* Once until it is over: it is tried four times a second. */
static void say(qn_store *s, const char *why)
{
    if (!s->said) qn_error("the types of the database cannot be used: %s", why);
    s->said = true;
}

int qn_store_types_take(qn_store *s, const qn_db_result *r)
{
    qn_types *types = NULL;
    qn_errmsg e = { "" };
    if (r->rows <= 0) {
        say(s, "there is no type in the database");
        return QN_EDB;
    }
    qn_str *rows = calloc((size_t)r->rows, sizeof *rows);
    if (!rows) return QN_ENOMEM;
    for (int i = 0; i < r->rows; i++) rows[i] = qn_db_value(r, i, 0);
    int err = qn_types_new(&types, rows, (size_t)r->rows, &e);
    free(rows);
    if (err) {
        say(s, e.text[0] ? e.text : qn_strerror(err));
        return err == QN_ENOMEM ? err : QN_EDB;
    }
    qn_types_unref(&s->types);
    s->types = types;
    s->said = false;
    return QN_OK;
}

/* ---- reading them ------------------------------------------------------------------------------------------------ */

static void loaded(void *ctx, const qn_db_result *r)
{
    qn_store *s = ctx;
    int err = r->err ? r->err : qn_store_types_take(s, r);
    if (r->err == QN_EDB)
        say(s, r->message ? r->message : "error");
    else if (err)
        qn_debug("types not read: %s", r->message ? r->message : qn_strerror(err));
    else
        s->loaded_epoch = s->types_epoch;
    s->loading = false;
    /* The arena is not freed here: the caller still stands on it. The next load does, or the end. */
    if (err)
        qn_timer_start(s->load_timer, LOAD_RETRY_MS);
    else if (!qn_store_types_current(s))
        qn_timer_start(s->load_timer, 0);
    if (err || qn_store_types_current(s)) qn_await_release(&s->waiting, err ? QN_EUNAVAIL : QN_OK);
}

static void load(qn_store *s)
{
    if (s->loading) return;
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &qn_stmt_types };
    qn_arena_free(&s->load_arena);
    s->load_arena = qn_arena_new(0);
    if (s->shm) s->types_epoch = atomic_load(&s->shm->node.types_epoch);
    s->loading = s->load_arena && qn_db_call(s->db, s->load_arena, &q, loaded, s) == QN_OK;
    if (!s->loading) qn_timer_start(s->load_timer, LOAD_RETRY_MS);
}

static void on_load_timer(void *ctx)
{
    qn_store *s = ctx;
    load(s);
    if (!s->loading) qn_await_release(&s->waiting, QN_EUNAVAIL);
}

int qn_store_new(qn_store **out, const qn_store_options *o)
{
    qn_store *s = calloc(1, sizeof *s);
    if (!s) return QN_ENOMEM;
    s->loop = o->loop;
    s->db = o->db;
    s->shm = o->shm;
    int err = qn_timer_new(&s->load_timer, o->loop, on_load_timer, s);
    if (err) {
        free(s);
        return err;
    }
    load(s);
    *out = s;
    return QN_OK;
}

void qn_store_free(qn_store **s)
{
    if (!s || !*s) return;
    qn_await_forget(&(*s)->waiting);
    qn_timer_free(&(*s)->load_timer);
    qn_arena_free(&(*s)->load_arena);
    qn_types_unref(&(*s)->types);
    free(*s);
    *s = NULL;
}

void qn_store_guard(qn_store *s, const qn_guard *g)
{
    s->guard = g;
}

bool qn_store_guarded(const qn_store *s, qn_guard_point point, const qn_type *type)
{
    return s->guard && s->guard->wants(s->guard->ctx, point, type->name);
}

static void decref(void *v)
{
    json_decref(v);
}

int qn_store_parse(json_t **out, qn_arena *a, qn_str text)
{
    qn_json_fault fault;
    int err = qn_json_parse(out, text, &(qn_json_limits){ .max_depth = 256 }, &fault);
    if (err) return err == QN_EINVAL ? QN_EDB : err;
    if (!qn_arena_defer(a, decref, *out)) return QN_OK;
    json_decref(*out);
    return QN_ENOMEM;
}

int qn_store_print(qn_str *out, qn_arena *a, const json_t *v)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    int err = qn_json_write(&b, v, false);
    char *text = err ? NULL : qn_arena_strndup(a, b.p, b.n);
    if (text) *out = (qn_str){ text, b.n };
    qn_buf_free(&b);
    return text ? QN_OK : QN_ENOMEM;
}

qn_types *qn_store_types(qn_store *s)
{
    if (s->shm && s->types && s->types_epoch != atomic_load(&s->shm->node.types_epoch)) load(s);
    return s->types;
}

bool qn_store_types_current(qn_store *s)
{
    return !s->shm || s->loaded_epoch == atomic_load(&s->shm->node.types_epoch);
}

int qn_store_types_wait(qn_store *s, qn_arena *a, void (*fn)(void *ctx, int err), void *ctx)
{
    if (s->types && qn_store_types_current(s)) {
        fn(ctx, QN_OK);
        return QN_OK;
    }
    load(s);
    if (!s->loading) { /* it could not even be asked */
        fn(ctx, QN_EUNAVAIL);
        return QN_OK;
    }
    return qn_await(&s->waiting, a, fn, ctx);
}
