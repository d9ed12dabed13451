#include "content/importer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "content/import_load.h"
#include "content/wire.h"

enum { START_MS = 10000, TICK_MS = 5 };
static const int64_t apart_us = 3LL * 3600 * 1000000;

static const char *const privileges[] = { "publish", "unpublish", NULL };
static const char *const no_privileges[] = { NULL };

/* The command line stands for the operator: every right that an import takes. */
static const qn_scope operator_scope = { .live = true,
                                         .drafts = QN_REACH_ALL,
                                         .create = true,
                                         .change = QN_REACH_ALL,
                                         .import = true,
                                         .all = privileges,
                                         .own = no_privileges };

typedef struct {
    const qn_import_docs *d;
    const qn_import_options *o;
    void (*report)(void *ctx, const qn_import_report *r);
    void *ctx;
    size_t *failed;
    qn_errmsg *e;
    qn_loop *loop;
    qn_db *db;
    qn_store *store;
    qn_timer *timer;
    qn_arena *arena;
    const qn_type *type;
    qn_types *types;
    json_t *input;
    size_t next; /* text under way */
    int64_t began_ms, now_us;
    int err;
} run;

static void step(void *ctx);

static void stop(run *r, int err)
{
    r->err = err;
    qn_loop_stop(r->loop);
}

/* A text that is through makes room for the next one. */
static void done(run *r, const qn_import_report *report)
{
    if (report->err) ++*r->failed;
    r->report(r->ctx, report);
    r->next++;
    qn_timer_start(r->timer, 0);
}

static void told(run *r, const qn_answer *a)
{
    qn_import_report report = { .name = r->d->items[r->next].name, .err = a->err, .faults = a->faults };
    report.id = qn_str_dup(r->arena, a->err == QN_EEXIST ? a->taken_by : a->id);
    report.slug = qn_str_dup(r->arena, a->slug);
    done(r, &report);
}

static void published(void *ctx, const qn_answer *a)
{
    told(ctx, a);
}

static void created(void *ctx, const qn_answer *a)
{
    run *r = ctx;
    if (a->err || !r->o->publish) {
        told(r, a);
        return;
    }
    int64_t at = r->now_us - apart_us * (int64_t)(r->d->n - 1 - r->next);
    int err = qn_store_transition(r->store, r->arena, &operator_scope, r->type, a->id, NULL, "publish", at, NULL, 0,
                                  published, r);
    if (err) stop(r, qn_fail(r->e, err, "publishing: %s", qn_strerror(err)));
}

/* Tags and section stand beside the texts, by slug. */
static void add_extras(run *r)
{
    const char *slug = json_string_value(json_object_get(r->input, "slug"));
    const json_t *extra = slug ? json_object_get(r->d->extras, slug) : NULL;
    if (extra) json_object_update(r->input, (json_t *)(uintptr_t)extra);
}

static void take(run *r)
{
    const qn_import_doc *doc = &r->d->items[r->next];
    json_decref(r->input);
    r->input = NULL;
    qn_arena_reset(r->arena);
    qn_faults *faults = qn_arena_calloc(r->arena, 1, sizeof *faults);
    if (!faults) {
        stop(r, QN_ENOMEM);
        return;
    }
    faults->arena = r->arena;
    int err = qn_wire_parse(&r->input, (qn_str){ doc->text, doc->n }, faults);
    if (err == QN_EINVAL) {
        done(r, &(qn_import_report){ .name = doc->name, .err = err, .faults = faults });
        return;
    }
    if (!err) {
        add_extras(r);
        err = qn_store_create(r->store, r->arena, &operator_scope, r->type, r->input, true, "imported", created, r);
    }
    if (err) stop(r, qn_fail(r->e, err, "%s: %s", doc->name, qn_strerror(err)));
}

static void step(void *ctx)
{
    run *r = ctx;
    if (!r->types) {
        qn_types *types = qn_store_types(r->store);
        if (!types) {
            if (qn_mono_ms() - r->began_ms > START_MS)
                stop(r, qn_fail(r->e, QN_EUNAVAIL, "the database does not answer"));
            else
                qn_timer_start(r->timer, TICK_MS);
            return;
        }
        r->types = qn_types_ref(types);
        r->type = qn_types_by_name(r->types, qn_str_of(r->o->type));
        if (!r->type) {
            stop(r, qn_fail(r->e, QN_ENOTFOUND, "there is no type \"%s\"", r->o->type));
            return;
        }
    }
    if (r->next == r->d->n)
        stop(r, QN_OK);
    else
        take(r);
}

static int start(run *r)
{
    r->arena = qn_arena_new(0);
    int err = r->arena ? qn_loop_new(&r->loop) : QN_ENOMEM;
    if (err) return err;
    qn_db_options db = { .loop = r->loop,
                         .config = r->o->config,
                         .conninfo = r->o->conninfo,
                         .write_connections = 1,
                         .application = "quoin import" };
    err = qn_db_new(&r->db, &db);
    if (err) return err;
    qn_store_options store = { .loop = r->loop, .db = r->db };
    err = qn_store_new(&r->store, &store);
    if (!err) err = qn_timer_new(&r->timer, r->loop, step, r);
    return err;
}

int qn_import_run(const qn_import_docs *d, const qn_import_options *o,
                  void (*report)(void *ctx, const qn_import_report *r), void *ctx, size_t *failed, qn_errmsg *e)
{
    run r = { .d = d,
              .o = o,
              .report = report,
              .ctx = ctx,
              .failed = failed,
              .e = e,
              .began_ms = qn_mono_ms(),
              .now_us = qn_wall_us() };
    *failed = 0;
    qn_fail(e, QN_OK, "%s", "out of memory");
    int err = start(&r);
    if (!err) {
        qn_timer_start(r.timer, 0);
        err = qn_loop_run(r.loop);
        if (!err) err = r.err;
    }
    json_decref(r.input);
    qn_types_unref(&r.types);
    qn_timer_free(&r.timer);
    qn_arena_free(&r.arena);
    qn_store_free(&r.store);
    qn_db_free(&r.db);
    qn_loop_free(&r.loop);
    return err;
}
