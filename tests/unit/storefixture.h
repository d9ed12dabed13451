/**
 * A store over a real PostgreSQL for a test program, and calls that wait for their answer.
 */
#ifndef QN_TESTS_STOREFIXTURE_H
#define QN_TESTS_STOREFIXTURE_H

#include "pgfixture.h"

#include "base/config.h"
#include "base/json.h"
#include "content/store.h"
#include "db/migrate.h"

#define EDITOR "0197aaaa-0000-7000-8000-00000000000e"
#define AUTHOR "0197aaaa-0000-7000-8000-00000000000a"
#define WRITER "0197aaaa-0000-7000-8000-00000000000b" /* another author */

typedef struct {
    pgfixture pg;
    qn_loop *loop;
    qn_config *config;
    qn_db *db;
    qn_shm *shm;
    qn_store *store;
    qn_timer *give_up;
    qn_arena *arenas[65536]; /* of calls; their answers live in them until the test ends */
    size_t narenas;
    bool overdue;
} storefixture;

static storefixture fx;

/* ---- up and down ------------------------------------------------------------------------------------------------- */

static inline void fx_overdue(void *ctx)
{
    (void)ctx;
    fx.overdue = true;
}

static inline void fx_until(const bool *done)
{
    fx.overdue = false;
    qn_timer_start(fx.give_up, 60000);
    while (!*done && !fx.overdue) event_base_loop(qn_loop_base(fx.loop), EVLOOP_ONCE);
    qn_timer_stop(fx.give_up);
    if (fx.overdue) fail_msg("an answer did not come");
}

static inline int fx_up(void **state)
{
    static const char *const none[] = { NULL };
    qn_errmsg e = { "" };
    (void)state;
    pgfixture_up(&fx.pg);
    if (qn_migrate(qn_embedded_conninfo(fx.pg.em, "quoin_owner"), "quoin", NULL, &e)) fail_msg("migrate: %s", e.text);
    qn_config_sources src = { .environ = none };
    if (qn_config_load(&fx.config, &src, &e)) fail_msg("config: %s", e.text);
    assert_int_equal(qn_loop_new(&fx.loop), 0);
    assert_int_equal(qn_timer_new(&fx.give_up, fx.loop, fx_overdue, NULL), 0);
    assert_int_equal(qn_shm_new(&fx.shm), 0);
    qn_db_options d = { .loop = fx.loop,
                        .config = fx.config,
                        .conninfo = qn_embedded_conninfo(fx.pg.em, "quoin"),
                        .write_connections = 4,
                        .application = "test" };
    assert_int_equal(qn_db_new(&fx.db, &d), 0);
    qn_store_options o = { .loop = fx.loop, .db = fx.db, .shm = fx.shm };
    assert_int_equal(qn_store_new(&fx.store, &o), 0);
    for (int i = 0; i < 3000 && (!qn_store_types(fx.store) || !qn_db_ready(fx.db)); i++) {
        qn_timer_start(fx.give_up, 10);
        event_base_loop(qn_loop_base(fx.loop), EVLOOP_ONCE);
    }
    assert_non_null(qn_store_types(fx.store));
    return 0;
}

static inline void fx_drop_arenas(void)
{
    while (fx.narenas) qn_arena_free(&fx.arenas[--fx.narenas]);
}

static inline int fx_down(void **state)
{
    (void)state;
    fx_drop_arenas();
    qn_store_free(&fx.store);
    qn_db_free(&fx.db);
    qn_timer_free(&fx.give_up);
    qn_loop_free(&fx.loop);
    qn_shm_free(&fx.shm);
    qn_config_free(&fx.config);
    pgfixture_down(&fx.pg);
    return 0;
}

/** One statement as the owner, who may see and do everything; the first value of its answer. */
static inline const char *fx_sql(const char *sql)
{
    PGconn *c = PQconnectdb(qn_embedded_conninfo(fx.pg.em, "quoin_owner"));
    static char *value;
    if (PQstatus(c) != CONNECTION_OK) fail_msg("connect: %s", PQerrorMessage(c));
    PQsetNoticeReceiver(c, pgfixture_quiet, NULL);
    PQclear(PQexec(c, "SET search_path = quoin; SET TimeZone = 'UTC'; SET jit = off"));
    PGresult *r = PQexec(c, sql);
    ExecStatusType st = PQresultStatus(r);
    if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK) fail_msg("%s: %s", sql, PQresultErrorMessage(r));
    free(value);
    value = strdup(PQntuples(r) ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    PQfinish(c);
    return value ? value : "";
}

/** Nothing stays of the tests before. */
static inline int fx_empty(void **state)
{
    (void)state;
    fx_drop_arenas();
    (void)fx_sql("TRUNCATE entry, revision, derived, published, slug, tag, entry_tag, reference, event");
    return 0;
}

static inline qn_arena *fx_arena(void)
{
    assert_true(fx.narenas < sizeof fx.arenas / sizeof *fx.arenas);
    qn_arena *a = qn_arena_new(0);
    assert_non_null(a);
    fx.arenas[fx.narenas++] = a;
    return a;
}

/* ---- who --------------------------------------------------------------------------------------------------------- */

static const char *const fx_moves[] = { "publish", "unpublish", NULL };
static const qn_scope fx_public = { .live = true };
static const qn_scope fx_editor = { .user = EDITOR,
                                    .live = true,
                                    .drafts = QN_REACH_ALL,
                                    .create = true,
                                    .change = QN_REACH_ALL,
                                    .remove = QN_REACH_ALL,
                                    .import = true,
                                    .all = fx_moves };
static const qn_scope fx_admin = { .user = EDITOR,
                                   .live = true,
                                   .drafts = QN_REACH_ALL,
                                   .create = true,
                                   .change = QN_REACH_ALL,
                                   .remove = QN_REACH_ALL,
                                   .purge = true,
                                   .import = true,
                                   .all = fx_moves };
static const qn_scope fx_author = {
    .user = AUTHOR, .live = true, .drafts = QN_REACH_OWN, .create = true, .change = QN_REACH_OWN, .remove = QN_REACH_OWN
};
static const qn_scope fx_writer = {
    .user = WRITER, .live = true, .drafts = QN_REACH_OWN, .create = true, .change = QN_REACH_OWN, .remove = QN_REACH_OWN
};

/* ---- calls ------------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_answer a;
    int calls;
    bool done;
} fx_answer;

static inline void fx_got(void *ctx, const qn_answer *a)
{
    fx_answer *f = ctx;
    f->a = *a;
    f->calls++;
    f->done = true;
}

static inline const qn_type *fx_type(const char *name)
{
    const qn_type *t = qn_types_by_name(qn_store_types(fx.store), qn_str_of(name));
    assert_non_null(t);
    return t;
}

static inline void fx_json_free(void *v)
{
    json_decref(v);
}

static inline json_t *fx_json(const char *text)
{
    json_t *v = NULL;
    qn_json_fault f;
    if (qn_json_parse(&v, qn_str_of(text), NULL, &f)) fail_msg("%s at %s: %s", f.detail, f.pointer, text);
    assert_int_equal(qn_arena_defer(fx_arena(), fx_json_free, v), 0);
    return v;
}

static inline qn_answer fx_wait(fx_answer *f, int sent)
{
    if (sent) return (qn_answer){ .err = sent };
    fx_until(&f->done);
    assert_int_equal(f->calls, 1);
    return f->a;
}

static inline qn_answer fx_create_as(const qn_scope *who, const char *type, const char *input, bool import)
{
    fx_answer f = { .done = false };
    return fx_wait(&f,
                   qn_store_create(fx.store, fx_arena(), who, fx_type(type), fx_json(input), import, NULL, fx_got, &f));
}

static inline qn_answer fx_create(const char *type, const char *input)
{
    qn_answer a = fx_create_as(&fx_editor, type, input, false);
    if (a.err) fail_msg("create %s: %s %s", input, qn_strerror(a.err), a.faults ? a.faults->items[0].detail : "");
    return a;
}

static inline qn_answer fx_get_as(const qn_scope *who, const char *type, qn_str ref, const char *locale, qn_view view)
{
    fx_answer f = { .done = false };
    return fx_wait(&f, qn_store_get(fx.store, fx_arena(), who, fx_type(type), ref, locale, view, fx_got, &f));
}

static inline qn_answer fx_live(const char *ref)
{
    return fx_get_as(&fx_public, "article", qn_str_of(ref), NULL, QN_VIEW_LIVE);
}

static inline qn_answer fx_draft(const char *ref)
{
    return fx_get_as(&fx_editor, "article", qn_str_of(ref), NULL, QN_VIEW_DRAFT);
}

static inline qn_answer fx_change_as(const qn_scope *who, const char *ref, qn_draft_mode mode, const char *input,
                                     int expect)
{
    fx_answer f = { .done = false };
    return fx_wait(&f, qn_store_change(fx.store, fx_arena(), who, fx_type("article"), qn_str_of(ref), NULL, mode,
                                       fx_json(input), expect, fx_got, &f));
}

static inline qn_answer fx_patch(const char *ref, const char *input, int expect)
{
    return fx_change_as(&fx_editor, ref, QN_DRAFT_PATCH, input, expect);
}

static inline qn_answer fx_move_as(const qn_scope *who, const char *ref, const char *action, int64_t at_us, int expect)
{
    fx_answer f = { .done = false };
    return fx_wait(&f, qn_store_transition(fx.store, fx_arena(), who, fx_type("article"), qn_str_of(ref), NULL, action,
                                           at_us, NULL, expect, fx_got, &f));
}

static inline qn_answer fx_publish(const char *ref)
{
    return fx_move_as(&fx_editor, ref, "publish", INT64_MIN, 0);
}

static inline qn_answer fx_unpublish(const char *ref)
{
    return fx_move_as(&fx_editor, ref, "unpublish", INT64_MIN, 0);
}

static inline qn_answer fx_delete_as(const qn_scope *who, const char *ref, int expect, bool purge)
{
    fx_answer f = { .done = false };
    return fx_wait(&f, qn_store_delete(fx.store, fx_arena(), who, fx_type("article"), qn_str_of(ref), NULL, expect,
                                       purge, fx_got, &f));
}

static inline qn_answer fx_revision_as(const qn_scope *who, const char *ref, int n)
{
    fx_answer f = { .done = false };
    return fx_wait(
        &f, qn_store_revision(fx.store, fx_arena(), who, fx_type("article"), qn_str_of(ref), NULL, n, fx_got, &f));
}

typedef struct {
    qn_page p;
    int calls;
    bool done;
} fx_page;

static inline void fx_paged(void *ctx, const qn_page *p)
{
    fx_page *f = ctx;
    f->p = *p;
    f->calls++;
    f->done = true;
}

static inline qn_page fx_wait_page(fx_page *f, int sent)
{
    if (sent) return (qn_page){ .err = sent };
    fx_until(&f->done);
    assert_int_equal(f->calls, 1);
    return f->p;
}

static inline qn_page fx_list_as(const qn_scope *who, const char *type, const qn_list_query *q)
{
    fx_page f = { .done = false };
    return fx_wait_page(&f, qn_store_list(fx.store, fx_arena(), who, fx_type(type), q, fx_paged, &f));
}

/* ---- what is in them --------------------------------------------------------------------------------------------- */

/** A member of an object by its place ("/tags/0"), as JSON text or as the string itself; "" where there is none. */
static inline const char *fx_at(qn_str json, const char *pointer)
{
    json_t *v = NULL;
    qn_json_fault f;
    if (qn_json_parse(&v, json, NULL, &f)) fail_msg("not JSON: %s in %.*s", f.detail, QN_FMT(json));
    assert_int_equal(qn_arena_defer(fx_arena(), fx_json_free, v), 0);
    qn_str rest = qn_str_of(pointer);
    qn_str_cut(&rest, '/');
    const json_t *at = v;
    while (rest.p && at) {
        char key[128];
        qn_str token = qn_str_cut(&rest, '/');
        snprintf(key, sizeof key, "%.*s", QN_FMT(token));
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(key)) : json_object_get(at, key);
    }
    if (!at) return "";
    if (json_is_string(at)) return json_string_value(at);
    qn_buf b;
    qn_buf_init(&b, 0);
    assert_int_equal(qn_json_write(&b, at, false), 0);
    const char *text = qn_arena_strndup(fx_arena(), b.p, b.n);
    qn_buf_free(&b);
    return text;
}

static inline bool fx_has(qn_str s, const char *part)
{
    return s.n && memmem(s.p, s.n, part, strlen(part)) != NULL;
}

/** NUL-terminated copy. */
static inline const char *fx_z(qn_str s)
{
    return qn_str_dup(fx_arena(), s);
}

#define assert_ok(answer) assert_int_equal((answer).err, QN_OK)

#endif
