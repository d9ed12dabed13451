/* A worker: one thread, one loop, its own database lanes; takes connections from the shared sockets and answers them.
 */
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"
#include "process/child.h"
#include "process/turns.h"

enum {
    POOL_THREADS = 2, /* password hashing and big compressions: rare, and the loops need the CPUs */
    POOL_QUEUED_MAX = 256,
    READY_POLL_MS = 2,
    LATE_POLL_MS = 50,
    MMAP_FROM_BYTES = 1024 * 1024,
    KEPT_BYTES = 4 * 1024 * 1024,
    SPARE_DESCRIPTORS = 16, /* for files that are sent, logs and scratch files, beside those of the database */
    OPEN_AT_LATEST_MS = 1500 /* without a database a worker answers too: 503. Before, calls wait for one (db/db.h) */
};

typedef struct {
    qn_child_loop loop;
    const qn_child *child;
    qn_pool *pool;
    qn_db *db;
    qn_router *router;
    qn_store *store;
    qn_access *access;
    qn_api api;
    qn_host *host;
    qn_server *server;
    qn_timer *ready;
    qn_turns turns;
    int64_t started_ms;
    int err; /* why it ended by itself */
    char application[32];
} worker;

static void on_drained(void *ctx)
{
    worker *w = ctx;
    qn_loop_stop(w->loop.loop);
}

static void on_stop(void *ctx)
{
    worker *w = ctx;
    qn_timer_stop(w->ready);
    if (w->server)
        qn_server_drain(w->server, on_drained, w);
    else
        qn_loop_stop(w->loop.loop);
    /* When the last worker has let go of a socket, whoever connects is refused at once instead of waiting for nobody.
     */
    for (size_t i = 0; i < w->child->nlisten; i++) close(w->child->listen_fds[i]);
}

static void on_reopen(void *ctx)
{
    worker *w = ctx;
    if (w->server) qn_server_reopen_log(w->server);
}

static int open_server(worker *w)
{
    const qn_child *c = w->child;
    qn_connections_plan plan;
    qn_connections_count(&plan, c->config);
    qn_server_options o = { .loop = w->loop.loop,
                            .pool = w->pool,
                            .router = w->router,
                            .config = c->config,
                            .listen_fds = c->listen_fds,
                            .nlisten = c->nlisten,
                            .shm = c->shm,
                            .slot = c->slot,
                            .spare = plan.read + plan.slow + plan.write + plan.standby / plan.workers +
                                     SPARE_DESCRIPTORS,
                            .rights = qn_api_rights,
                            .rights_ctx = &w->api };
    return qn_server_new(&w->server, &o);
}

/* Connections are taken, and READY is said, when the lanes stand and types and roles were read: the first request finds
 * them. Until then the other workers serve, or the connection waits in the socket's queue; but who asks is not left
 * waiting for a database that is away. READY is said only when it can serve, however late. */
static void look_ready(void *ctx)
{
    worker *w = ctx;
    bool ready = qn_db_ready(w->db) && qn_store_types(w->store) && qn_access_ready(w->access) && qn_host_ready(w->host);
    bool late = qn_mono_ms() - w->started_ms >= OPEN_AT_LATEST_MS;
    if ((ready || late) && !w->server) w->err = open_server(w);
    if (w->err)
        qn_loop_stop(w->loop.loop);
    else if (ready)
        qn_child_ready(w->child);
    else
        qn_timer_start(w->ready, late ? LATE_POLL_MS : READY_POLL_MS);
}

/* A write that nobody waited for may have been done all the same: the listener looks. */
static void on_unheard(void *ctx)
{
    worker *w = ctx;
    qn_shm_wrote(w->child->shm);
}

static int open_db(worker *w)
{
    const qn_child *c = w->child;
    qn_connections_plan plan;
    const char *standby = qn_config_str(c->config, "database", "read_url");
    qn_connections_count(&plan, c->config);
    snprintf(w->application, sizeof w->application, "quoin worker %d", c->index);
    qn_db_options o = { .loop = w->loop.loop,
                        .config = c->config,
                        .conninfo = c->conninfo,
                        .write_connections = plan.write,
                        .application = w->application,
                        .on_unheard = on_unheard,
                        .ctx = w,
                        .standby = *standby ? standby : NULL,
                        .shm = c->shm };
    return qn_db_new(&w->db, &o);
}

static int open_api(worker *w)
{
    const qn_child *c = w->child;
    qn_store_options store = { .loop = w->loop.loop, .db = w->db, .shm = c->shm };
    qn_access_options access = { .loop = w->loop.loop, .db = w->db, .shm = c->shm };
    int r = qn_store_new(&w->store, &store);
    if (!r) r = qn_access_new(&w->access, &access);
    if (!r) r = qn_router_new(&w->router);
    w->api = (qn_api){ .config = c->config, .db = w->db, .store = w->store, .access = w->access, .shm = c->shm, .data_dir = c->data_dir, .plugins = c->plugins };
    return r ? r : qn_api_routes(w->router, &w->api);
}

/* After the core's routes: what it has, no plugin takes. */
static int open_host(worker *w, qn_errmsg *e)
{
    const qn_child *c = w->child;
    qn_host_env env = { .loop = w->loop.loop, .pool = w->pool, .db = w->db, .store = w->store, .access = w->access, .config = c->config,
                        .shm = c->shm, .slot = c->slot, .router = w->router, .subscribes = true };
    return qn_host_new(&w->host, c->plugins, &env, e);
}

static int open_worker(worker *w, qn_errmsg *e)
{
    int r = qn_child_loop_open(&w->loop, w->child, on_stop, on_reopen, w);
    if (!r) r = qn_pool_new(&w->pool, w->loop.loop, POOL_THREADS, POOL_QUEUED_MAX);
    if (!r) r = open_db(w);
    if (!r) r = open_api(w);
    if (!r) r = open_host(w, e);
    if (!r) r = qn_turns_open(&w->turns, w->loop.loop);
    if (!r) r = qn_timer_new(&w->ready, w->loop.loop, look_ready, w);
    if (!r) qn_timer_start(w->ready, READY_POLL_MS);
    return r;
}

/* What asks before what answers: nobody is called back once its owner has gone. */
static void close_worker(worker *w)
{
    qn_timer_free(&w->ready);
    qn_turns_close(&w->turns);
    qn_server_free(&w->server);
    qn_host_free(&w->host);
    qn_router_free(&w->router);
    qn_access_free(&w->access);
    qn_store_free(&w->store);
    qn_db_free(&w->db);
    qn_pool_free(&w->pool);
    qn_child_loop_close(&w->loop);
}

/* A page of 64 KB is copied on its way. Left to itself malloc gives such memory back to the kernel and fetches it again, page by
 * page, for each (measured: two brk and a third of the worker's time). What is kept instead has a bound. */
static void keep_some_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, MMAP_FROM_BYTES);
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

int qn_worker_main(const qn_child *c)
{
    keep_some_memory();
    qn_errmsg e = { "" };
    worker w = { .child = c, .started_ms = qn_mono_ms() };
    int r = qn_child_begin(c, &e);
    if (!r) r = open_worker(&w, &e);
    if (!r) r = qn_loop_run(w.loop.loop);
    if (!r) r = w.err;
    if (r) qn_error("the worker cannot work: %s", *e.text ? e.text : qn_strerror(r));
    close_worker(&w);
    return r ? 1 : 0;
}
