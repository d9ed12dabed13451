/* The jobs process: what is done beside requests. One of all nodes' jobs processes is the runner, by an advisory lock
 * of its session; the others stand by and ask again. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/session.h"
#include "process/child.h"

enum {
    ASK_MS = 2000,        /* for the lock, while another node has it; and whether ours is still held */
    TRIM_AGAIN_MS = 1000, /* while there is more than one batch of it */
    TRIM_BATCH = 5000,    /* keeps each transaction short */
    KEEP_DAYS = 30,       /* how long a reader may be away and still resume */
    POOL_THREADS = 1,     /* for what plugins do off the loop */
    POOL_QUEUED_MAX = 64
};

/* "QNJOBS" as a number: no other program's lock. */
#define RUNNER_LOCK "89392519760467"

/* What is removed when it is old, a batch at a time. */
enum { EVENTS, ANSWERS, TRIMS };
static const struct {
    const char *sql, *what;
    int every_ms;
} trims[TRIMS] = {
    [EVENTS] = { "select quoin.event_trim(30, 5000)", "events older than 30 days", 3600 * 1000 },
    [ANSWERS] = { "select quoin.idempotency_trim(5000)", "answers kept for Idempotency-Key, older than 24 hours",
                  300 * 1000 },
};
_Static_assert(KEEP_DAYS == 30 && TRIM_BATCH == 5000, "as the statements say");

typedef struct {
    qn_child_loop loop;
    qn_session *session;
    qn_timer *timer;
    bool is_runner;
    int64_t trim_ms[TRIMS]; /* when what is old is to be removed next, by kind; 0: at once */
    int trim;               /* the kind that is being removed */
    /* what plugins work with; NULL without plugins */
    qn_pool *pool;
    qn_db *db;
    qn_store *store;
    qn_access *access;
    qn_host *host;
} jobs;

static void on_trimmed(void *ctx, int err, const PGresult *res)
{
    jobs *j = ctx;
    long n = err == QN_OK && PQntuples(res) == 1 ? strtol(PQgetvalue(res, 0, 0), NULL, 10) : 0;
    bool more = n == TRIM_BATCH;
    if (err)
        qn_warn("%s could not be removed: %s", trims[j->trim].what, res ? PQresultErrorMessage(res) : qn_strerror(err));
    if (n) qn_info("removed %ld %s", n, trims[j->trim].what);
    j->trim_ms[j->trim] = qn_mono_ms() + (more ? TRIM_AGAIN_MS : trims[j->trim].every_ms);
    qn_timer_start(j->timer, more ? TRIM_AGAIN_MS : 0);
}

static void on_lock(void *ctx, int err, const PGresult *res)
{
    jobs *j = ctx;
    j->is_runner = err == QN_OK && PQntuples(res) == 1 && PQgetvalue(res, 0, 0)[0] == 't';
    if (j->is_runner) qn_debug("this node runs the jobs");
    if (j->is_runner && j->host && qn_host_run_afters(j->host)) qn_error("hooks after something: out of memory");
    qn_timer_start(j->timer, j->is_runner ? 0 : ASK_MS);
}

/* The session stands, and with it the lock. A server that hangs, or is gone, says nothing: then another one may have
 * given the lock to another node, and this one must hear of it. */
static void on_looked(void *ctx, int err, const PGresult *res)
{
    jobs *j = ctx;
    (void)err, (void)res;
    qn_timer_start(j->timer, ASK_MS);
}

/* One statement at a time, each of which sets the timer again when it has been answered. */
static void work(void *ctx)
{
    static const char lock_sql[] = "select pg_try_advisory_lock(" RUNNER_LOCK ")";
    static const char look_sql[] = "select";
    jobs *j = ctx;
    int r = QN_OK, due = 0;
    while (due < TRIMS && qn_mono_ms() < j->trim_ms[due]) due++;
    if (due < TRIMS) j->trim = due;
    if (!j->is_runner)
        r = qn_session_query(j->session, lock_sql, 0, NULL, on_lock, j);
    else if (due < TRIMS)
        r = qn_session_query(j->session, trims[due].sql, 0, NULL, on_trimmed, j);
    else
        r = qn_session_query(j->session, look_sql, 0, NULL, on_looked, j);
    if (r) qn_timer_start(j->timer, ASK_MS);
}

static void on_up(void *ctx)
{
    jobs *j = ctx;
    j->is_runner = false;
    qn_timer_start(j->timer, 0);
}

/* The lock went with the session. */
static void on_down(void *ctx, const char *why)
{
    jobs *j = ctx;
    j->is_runner = false;
    if (j->host) qn_host_stop_afters(j->host);
    qn_warn("the database is away: %s", why);
}

static void on_stop(void *ctx)
{
    jobs *j = ctx;
    qn_loop_stop(j->loop.loop);
}

static int open_jobs(jobs *j, const qn_child *c)
{
    qn_session_options o = {
        .conninfo = c->conninfo, .application = "quoin jobs", .on_up = on_up, .on_down = on_down, .ctx = j
    };
    int r = qn_child_loop_open(&j->loop, c, on_stop, NULL, j);
    if (r) return r;
    o.loop = j->loop.loop;
    o.connect_timeout_ms = (int)qn_config_int(c->config, "database", "connect_timeout_ms");
    o.timeout_ms = (int)qn_config_int(c->config, "database", "slow_timeout_ms");
    r = qn_timer_new(&j->timer, o.loop, work, j);
    return r ? r : qn_session_new(&j->session, &o);
}

/* Lanes of its own, only where there are plugins. */
static int open_plugins(jobs *j, const qn_child *c, qn_errmsg *e)
{
    if (!qn_plugins_usable(c->plugins)) return QN_OK;
    qn_db_options db = { .loop = j->loop.loop,
                         .config = c->config,
                         .conninfo = c->conninfo,
                         .write_connections = 1,
                         .application = "quoin jobs plugins" };
    int r = qn_db_new(&j->db, &db);
    qn_store_options store = { .loop = j->loop.loop, .db = j->db, .shm = c->shm };
    qn_access_options access = { .loop = j->loop.loop, .db = j->db, .shm = c->shm };
    if (!r) r = qn_pool_new(&j->pool, j->loop.loop, POOL_THREADS, POOL_QUEUED_MAX);
    if (!r) r = qn_store_new(&j->store, &store);
    if (!r) r = qn_access_new(&j->access, &access);
    qn_host_env env = { .loop = j->loop.loop,
                        .pool = j->pool,
                        .db = j->db,
                        .store = j->store,
                        .access = j->access,
                        .config = c->config,
                        .shm = c->shm,
                        .slot = c->slot };
    return r ? r : qn_host_new(&j->host, c->plugins, &env, e);
}

static void close_plugins(jobs *j)
{
    qn_host_free(&j->host);
    qn_access_free(&j->access);
    qn_store_free(&j->store);
    qn_db_free(&j->db);
    qn_pool_free(&j->pool);
}

int qn_jobs_main(const qn_child *c)
{
    qn_errmsg e = { "" };
    jobs j = { 0 };
    int r = qn_child_begin(c, &e);
    if (!r) r = open_jobs(&j, c);
    if (!r) r = open_plugins(&j, c, &e);
    if (!r) {
        qn_child_ready(c);
        r = qn_loop_run(j.loop.loop);
    }
    if (r) qn_error("the jobs process cannot work: %s", *e.text ? e.text : qn_strerror(r));
    qn_session_free(&j.session);
    close_plugins(&j);
    qn_timer_free(&j.timer);
    qn_child_loop_close(&j.loop);
    return r ? 1 : 0;
}
