/**
 * The lanes against a real server: one of it for the program, a loop and lanes for each test, calls and what they were
 * answered.
 */
#ifndef QN_TESTS_DBFIXTURE_H
#define QN_TESTS_DBFIXTURE_H

#include "pgfixture.h"

#include "base/config.h"
#include "db/db.h"
#include "db/db_priv.h"
#include "db/migrate.h"
#include "loop/loop.h"

extern char **environ;

/* One server for the program; each test has a loop and lanes of its own. */
static pgfixture pg;

typedef struct {
    qn_loop *loop;
    qn_config *config;
    qn_db *db;
    qn_timer *give_up;
    int waiting;  /* answers that the loop still runs for */
    int sequence; /* of answers */
    bool overdue;
} bench;

/* What one call was answered. */
typedef struct {
    bench *b;
    qn_arena *arena;
    int calls, err, at;
    bool maybe_done;
    char sqlstate[6], constraint[64], value[64];
    int cols;
    void (*then)(void *arg);
    void *arg;
} answer;

static inline void on_give_up(void *ctx)
{
    bench *b = ctx;
    b->overdue = true;
    qn_loop_stop(b->loop);
}

static inline void up_with(bench *b, const char *conninfo, unsigned writes, const char *const *sets, size_t nsets)
{
    static const char *const none[] = { NULL };
    qn_errmsg e = { "" };
    *b = (bench){ .waiting = 0 };
    qn_config_sources src = { .sets = sets, .nsets = nsets, .environ = none };
    if (qn_config_load(&b->config, &src, &e)) fail_msg("config: %s", e.text);
    assert_int_equal(qn_loop_new(&b->loop), 0);
    assert_int_equal(qn_timer_new(&b->give_up, b->loop, on_give_up, b), 0);
    qn_db_options o = {
        .loop = b->loop, .config = b->config, .conninfo = conninfo, .write_connections = writes, .application = "test"
    };
    assert_int_equal(qn_db_new(&b->db, &o), 0);
}

static inline void down(bench *b)
{
    qn_db_free(&b->db);
    qn_timer_free(&b->give_up);
    qn_loop_free(&b->loop);
    qn_config_free(&b->config);
}

static inline void run_loop(bench *b)
{
    b->overdue = false;
    qn_timer_start(b->give_up, 30000);
    assert_int_equal(qn_loop_run(b->loop), 0);
    qn_timer_stop(b->give_up);
    if (b->overdue) fail_msg("%d answers did not come", b->waiting);
}

static inline void answered(bench *b)
{
    if (--b->waiting == 0) qn_loop_stop(b->loop);
}

static inline void on_answer(void *ctx, const qn_db_result *r)
{
    answer *a = ctx;
    qn_str v = qn_db_value(r, 0, 0);
    a->calls++;
    a->err = r->err;
    a->maybe_done = r->maybe_done;
    a->at = ++a->b->sequence;
    a->cols = r->cols;
    memcpy(a->sqlstate, r->sqlstate, sizeof a->sqlstate);
    snprintf(a->constraint, sizeof a->constraint, "%s", r->constraint ? r->constraint : "");
    snprintf(a->value, sizeof a->value, "%.*s", QN_FMT(v));
    if (a->then) a->then(a->arg);
    answered(a->b);
}

/* Makes the call; its answer is waited for by `wait_all`. */
static inline int ask(bench *b, answer *a, qn_lane lane, const qn_stmt *stmt, const char *sql, const char *param,
                      int timeout_ms)
{
    if (!a->arena) a->arena = qn_arena_new(0);
    assert_non_null(a->arena);
    a->b = b;
    qn_str p = qn_str_of(param);
    qn_db_query q = {
        .lane = lane, .stmt = stmt, .sql = sql, .params = &p, .nparams = param ? 1 : 0, .timeout_ms = timeout_ms
    };
    int rc = qn_db_call(b->db, a->arena, &q, on_answer, a);
    if (rc == 0) b->waiting++;
    return rc;
}

static inline void wait_all(bench *b)
{
    if (b->waiting) run_loop(b);
}

static inline void done(answer *a, size_t n)
{
    for (size_t i = 0; i < n; i++) qn_arena_free(&a[i].arena);
}

/* One call and its answer. */
static inline answer ask_now(bench *b, qn_lane lane, const char *sql, const char *param)
{
    answer a = { .err = 1 };
    assert_int_equal(ask(b, &a, lane, NULL, sql, param, 0), 0);
    wait_all(b);
    done(&a, 1);
    return a;
}

/* Every connection stands: one that comes up later takes what another one lost, and may be lost as well. */
static inline bool all_stand(const bench *b)
{
    unsigned n = 0;
    for (int k = QN_LANE_READ; k <= QN_LANE_WRITE; k++) n += b->db->lanes[k].n;
    return b->db->up == n && qn_db_ready(b->db);
}

static inline void until_ready(bench *b)
{
    qn_timer_start(b->give_up, 30000);
    while (!all_stand(b) && !b->overdue) event_base_loop(qn_loop_base(b->loop), EVLOOP_ONCE);
    qn_timer_stop(b->give_up);
    assert_false(b->overdue);
}

static inline void up(bench *b)
{
    up_with(b, qn_embedded_conninfo(pg.em, "quoin"), 2, NULL, 0);
    until_ready(b);
}

static inline void is_value(const answer *a, const char *value)
{
    if (a->err) fail_msg("error %d %s", a->err, a->sqlstate);
    assert_int_equal(a->calls, 1);
    assert_string_equal(a->value, value);
}

/* Asks until there is an answer: while the server goes down and comes up again, there may be some that say so. */
static inline void works_again(bench *b, qn_lane lane)
{
    answer a = { .err = QN_EUNAVAIL };
    int64_t until = qn_mono_ms() + 30000;
    while (a.err && qn_mono_ms() < until) {
        memset(&a, 0, sizeof a);
        a.err = ask(b, &a, lane, NULL, "SELECT 5", NULL, 0);
        if (a.err)
            event_base_loop(qn_loop_base(b->loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
        else
            wait_all(b);
        done(&a, 1);
    }
    is_value(&a, "5");
}

enum { MANY = 300 }; /* calls at a time */

static const qn_stmt word = { "word", "SELECT w FROM words WHERE id = $1::int" };
static const qn_stmt divide = { "divide", "SELECT 100 / $1::int" };

static inline int start(void **state)
{
    (void)state;
    static const char sql[] =
        "CREATE TABLE words (id int PRIMARY KEY, w text);"
        "INSERT INTO words SELECT g, 'word ' || g FROM generate_series(1, 1000) g;"
        "CREATE TABLE later (id int, CONSTRAINT later_once UNIQUE (id) DEFERRABLE INITIALLY DEFERRED);"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON words, later TO quoin;";
    const qn_migration m = { "0001_test.sql", (const unsigned char *)sql, sizeof sql - 1 };
    qn_errmsg e = { "" };
    pgfixture_up(&pg);
    if (qn_migrate_files(qn_embedded_conninfo(pg.em, "quoin_owner"), NULL, &m, 1, NULL, &e)) fail_msg("%s", e.text);
    if (!getenv("QN_TEST_LOG")) qn_log_setup((qn_log_options){ .level = QN_LOG_ERROR });
    return 0;
}

static inline int stop(void **state)
{
    (void)state;
    pgfixture_down(&pg);
    return 0;
}

#endif
