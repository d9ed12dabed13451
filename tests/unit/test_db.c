#include "pgfixture.h"

#include "base/config.h"
#include "db/db.h"
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

static void on_give_up(void *ctx)
{
    bench *b = ctx;
    b->overdue = true;
    qn_loop_stop(b->loop);
}

static void up_with(bench *b, const char *conninfo, unsigned writes, const char *const *sets, size_t nsets)
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

static void down(bench *b)
{
    qn_db_free(&b->db);
    qn_timer_free(&b->give_up);
    qn_loop_free(&b->loop);
    qn_config_free(&b->config);
}

static void run_loop(bench *b)
{
    b->overdue = false;
    qn_timer_start(b->give_up, 30000);
    assert_int_equal(qn_loop_run(b->loop), 0);
    qn_timer_stop(b->give_up);
    if (b->overdue) fail_msg("%d answers did not come", b->waiting);
}

static void answered(bench *b)
{
    if (--b->waiting == 0) qn_loop_stop(b->loop);
}

static void on_answer(void *ctx, const qn_db_result *r)
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
static int ask(bench *b, answer *a, qn_lane lane, const qn_stmt *stmt, const char *sql, const char *param,
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

static void wait_all(bench *b)
{
    if (b->waiting) run_loop(b);
}

static void done(answer *a, size_t n)
{
    for (size_t i = 0; i < n; i++) qn_arena_free(&a[i].arena);
}

/* One call and its answer. */
static answer ask_now(bench *b, qn_lane lane, const char *sql, const char *param)
{
    answer a = { .err = 1 };
    assert_int_equal(ask(b, &a, lane, NULL, sql, param, 0), 0);
    wait_all(b);
    done(&a, 1);
    return a;
}

static void until_ready(bench *b)
{
    qn_timer_start(b->give_up, 30000);
    while (!qn_db_ready(b->db) && !b->overdue) event_base_loop(qn_loop_base(b->loop), EVLOOP_ONCE);
    qn_timer_stop(b->give_up);
    assert_false(b->overdue);
}

static void up(bench *b)
{
    up_with(b, qn_embedded_conninfo(pg.em, "quoin"), 2, NULL, 0);
    until_ready(b);
}

static void is_value(const answer *a, const char *value)
{
    if (a->err) fail_msg("error %d %s", a->err, a->sqlstate);
    assert_int_equal(a->calls, 1);
    assert_string_equal(a->value, value);
}

/* Asks until there is an answer: while the server goes down and comes up again, there may be some that say so. */
static void works_again(bench *b, qn_lane lane)
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

static const qn_stmt word = { "word", "SELECT w FROM words WHERE id = $1::int" };
static const qn_stmt divide = { "divide", "SELECT 100 / $1::int" };

/* ---- answers ----------------------------------------------------------------------------------------------------- */

enum { MANY = 300 };

static void every_pipelined_read_gets_its_own_answer(void **state)
{
    (void)state;
    bench b;
    up(&b);
    static answer a[MANY];
    memset(a, 0, sizeof a);
    for (int i = 0; i < MANY; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i + 1);
        assert_int_equal(ask(&b, &a[i], QN_LANE_READ, &word, NULL, id, 0), 0);
    }
    wait_all(&b);
    for (int i = 0; i < MANY; i++) {
        char w[32];
        snprintf(w, sizeof w, "word %d", i + 1);
        is_value(&a[i], w);
    }
    done(a, MANY);
    down(&b);
}

static void a_failing_read_harms_no_neighbour(void **state)
{
    (void)state;
    bench b;
    up(&b);
    static answer a[MANY];
    memset(a, 0, sizeof a);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(ask(&b, &a[i], QN_LANE_READ, &divide, NULL, i % 7 == 3 ? "0" : "5", 0), 0);
    wait_all(&b);
    for (int i = 0; i < MANY; i++) {
        if (i % 7 == 3)
            assert_string_equal(a[i].sqlstate, "22012");
        else
            is_value(&a[i], "20");
        assert_int_equal(a[i].calls, 1);
    }
    done(a, MANY);
    down(&b);
}

static void a_statement_that_cannot_be_prepared_harms_no_neighbour(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[40] = { { .err = 1 } };
    for (int i = 0; i < 40; i++)
        assert_int_equal(ask(&b, &a[i], QN_LANE_READ, NULL, i % 5 == 2 ? "SELECT nowhere" : "SELECT 7", NULL, 0), 0);
    wait_all(&b);
    for (int i = 0; i < 40; i++) {
        if (i % 5 == 2)
            assert_string_equal(a[i].sqlstate, "42703");
        else
            is_value(&a[i], "7");
    }
    done(a, 40);
    down(&b);
}

static void values_come_as_they_are(void **state)
{
    (void)state;
    static const struct {
        qn_lane lane;
        const char *sql, *param, *value;
    } cases[] = {
        { QN_LANE_READ, "SELECT $1::text", "Grüße, ' \" \\ $1", "Grüße, ' \" \\ $1" },
        { QN_LANE_SLOW, "SELECT $1::text", "", "" },
        { QN_LANE_WRITE, "INSERT INTO words VALUES (9000, $1) RETURNING w", "written", "written" },
        { QN_LANE_WRITE, "DELETE FROM words WHERE id = $1::int RETURNING id", "9000", "9000" },
        { QN_LANE_READ, "SELECT current_setting('search_path')", NULL, "quoin" },
        { QN_LANE_READ, "SELECT '2026-01-02 03:04:05+02'::timestamptz::text", NULL, "2026-01-02 01:04:05+00" },
        { QN_LANE_SLOW, "SELECT current_setting('application_name')", NULL, "test" },
        { QN_LANE_READ, "SELECT current_setting('statement_timeout')", NULL, "2s" },
        { QN_LANE_SLOW, "SELECT current_setting('statement_timeout')", NULL, "10s" },
    };
    bench b;
    up(&b);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        answer a = ask_now(&b, cases[i].lane, cases[i].sql, cases[i].param);
        is_value(&a, cases[i].value);
    }
    down(&b);
}

static void on_null(void *ctx, const qn_db_result *r)
{
    bench *b = ctx;
    assert_int_equal(r->err, 0);
    assert_null(qn_db_value(r, 0, 0).p);
    assert_null(qn_db_value(r, 1, 0).p);
    assert_null(qn_db_value(r, 0, 9).p);
    assert_int_equal(qn_db_int(r, 0, 0, -5), -5);
    assert_int_equal(qn_db_int(r, 0, 1, -5), 42);
    assert_true(qn_db_bool(r, 0, 2));
    assert_false(qn_db_bool(r, 0, 0));
    answered(b);
}

static void null_is_not_the_empty_text(void **state)
{
    (void)state;
    bench b;
    up(&b);
    qn_arena *arena = qn_arena_new(0);
    qn_str p[] = { { NULL, 0 }, QN_STR("42") };
    qn_db_query q = { .lane = QN_LANE_READ, .sql = "SELECT $1::text, $2::int, true", .params = p, .nparams = 2 };
    assert_int_equal(qn_db_call(b.db, arena, &q, on_null, &b), 0);
    b.waiting = 1;
    wait_all(&b);
    qn_arena_free(&arena);
    down(&b);
}

static void on_large(void *ctx, const qn_db_result *r)
{
    bench *b = ctx;
    assert_int_equal(r->err, 0);
    assert_int_equal(qn_db_value(r, 0, 0).n, 8 * 1024 * 1024);
    answered(b);
}

static void more_than_a_socket_takes_goes_through(void **state)
{
    (void)state;
    bench b;
    up(&b);
    size_t n = 8 * 1024 * 1024;
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, 'x', n);
    qn_str p = { text, n };
    qn_arena *arena = qn_arena_new(0);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
        qn_db_query q = {
            .lane = (qn_lane)lane, .sql = "SELECT $1::text", .params = &p, .nparams = 1, .timeout_ms = 20000
        };
        for (int i = 0; i < 2; i++) {
            assert_int_equal(qn_db_call(b.db, arena, &q, on_large, &b), 0);
            b.waiting++;
        }
    }
    wait_all(&b);
    qn_arena_free(&arena);
    free(text);
    down(&b);
}

/* ---- writes ------------------------------------------------------------------------------------------------------ */

static void a_write_is_answered_by_its_commit(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a = ask_now(&b, QN_LANE_WRITE, "INSERT INTO later VALUES (1) RETURNING id", NULL);
    is_value(&a, "1");
    a = ask_now(&b, QN_LANE_WRITE, "INSERT INTO later VALUES (1) RETURNING id",
                NULL); /* its constraint is looked at by the commit */
    assert_int_equal(a.err, QN_EDB);
    assert_string_equal(a.sqlstate, "23505");
    assert_string_equal(a.constraint, "later_once");
    assert_false(a.maybe_done);
    a = ask_now(&b, QN_LANE_WRITE, "SELECT count(*) FROM later", NULL);
    is_value(&a, "1");
    down(&b);
}

static void a_write_on_a_server_turned_read_only_was_not_done_and_finds_the_next(void **state)
{
    (void)state;
    bench b;
    pgfixture_sql(&pg, "quoin_owner", "ALTER ROLE quoin SET default_transaction_read_only = on");
    up(&b);
    answer a = ask_now(&b, QN_LANE_WRITE, "INSERT INTO words VALUES (9002, 'no')", NULL);
    pgfixture_sql(&pg, "quoin_owner", "ALTER ROLE quoin RESET default_transaction_read_only");
    assert_int_equal(a.err, QN_EUNAVAIL);
    assert_false(a.maybe_done);
    for (int i = 0; i < 100 && a.err; i++) a = ask_now(&b, QN_LANE_WRITE, "SELECT 5", NULL);
    for (int i = 0; i < 2; i++) { /* the other connection is of the old kind still */
        a = ask_now(&b, QN_LANE_WRITE, "DELETE FROM words WHERE id = 9002", NULL);
        if (a.err) assert_int_equal(a.err, QN_EUNAVAIL);
    }
    works_again(&b, QN_LANE_WRITE);
    down(&b);
}

static void reading_lanes_cannot_write(void **state)
{
    (void)state;
    bench b;
    up(&b);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_SLOW; lane++) {
        answer a = ask_now(&b, (qn_lane)lane, "INSERT INTO words VALUES (9001, 'no')", NULL);
        assert_string_equal(a.sqlstate, "25006");
    }
    down(&b);
}

/* ---- deadlines and limits ---------------------------------------------------------------------------------------- */

static void a_deadline_passes_and_the_lane_goes_on(void **state)
{
    (void)state;
    bench b;
    up(&b);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
        answer a[3] = { { .err = 1 } };
        assert_int_equal(ask(&b, &a[0], (qn_lane)lane, NULL, "SELECT pg_sleep(1)", NULL, 100), 0);
        wait_all(&b);
        assert_int_equal(a[0].err, QN_ETIMEOUT);
        assert_int_equal(ask(&b, &a[1], (qn_lane)lane, NULL, "SELECT 1", NULL, 0), 0);
        assert_int_equal(ask(&b, &a[2], (qn_lane)lane, NULL, "SELECT 1", NULL, 0), 0);
        wait_all(&b);
        is_value(&a[1], "1");
        is_value(&a[2], "1");
        assert_int_equal(a[0].calls, 1);
        done(a, 3);
    }
    down(&b);
}

static void the_server_gives_up_what_its_caller_gave_up(void **state)
{
    (void)state;
    static const char *const sets[] = { "database.slow_timeout_ms=600000", "database.write_timeout_ms=600000" };
    bench b;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 2, sets, 2);
    until_ready(&b);
    for (int lane = QN_LANE_SLOW; lane <= QN_LANE_WRITE; lane++) {
        answer a = { .err = 1 };
        assert_int_equal(ask(&b, &a, (qn_lane)lane, NULL, "SELECT pg_sleep(3600)", NULL, 200), 0);
        wait_all(&b);
        assert_int_equal(a.err, QN_ETIMEOUT);
        done(&a, 1);
        for (int i = 0; i < 1000; i++) {
            a = ask_now(&b, QN_LANE_READ,
                        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%sleep(3600)'",
                        NULL);
            if (!strcmp(a.value, "0")) break;
            usleep(10000);
        }
        is_value(&a, "0");
        a = ask_now(&b, (qn_lane)lane, "SELECT current_setting('statement_timeout')", NULL); /* the lane's own again */
        is_value(&a, "10min");
    }
    down(&b);
}

static void a_full_queue_refuses_at_once(void **state)
{
    (void)state;
    static const char *const sets[] = { "database.queue_limit=5", "database.slow_connections=1" };
    bench b;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 1, sets, 2);
    until_ready(&b);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
        answer a[6] = { { .err = 1 } };
        for (int i = 0; i < 5; i++) assert_int_equal(ask(&b, &a[i], (qn_lane)lane, NULL, "SELECT 1", NULL, 0), 0);
        assert_int_equal(ask(&b, &a[5], (qn_lane)lane, NULL, "SELECT 1", NULL, 0), QN_EBUSY);
        wait_all(&b);
        assert_int_equal(a[5].calls, 0);
        for (int i = 0; i < 5; i++) is_value(&a[i], "1");
        done(a, 6);
    }
    down(&b);
}

static void what_waits_too_long_in_the_queue_is_told_so(void **state)
{
    (void)state;
    static const char *const sets[] = { "database.slow_connections=1" };
    bench b;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 1, sets, 1);
    until_ready(&b);
    for (int lane = QN_LANE_SLOW; lane <= QN_LANE_WRITE; lane++) {
        answer a[2] = { { .err = 1 } };
        assert_int_equal(ask(&b, &a[0], (qn_lane)lane, NULL, "SELECT pg_sleep(1)", NULL, 0), 0);
        assert_int_equal(ask(&b, &a[1], (qn_lane)lane, NULL, "SELECT 1", NULL, 100), 0);
        wait_all(&b);
        assert_int_equal(a[0].err, 0);
        assert_int_equal(a[1].err, QN_ETIMEOUT);
        assert_false(a[1].maybe_done); /* never sent */
        assert_true(a[1].at < a[0].at);
        done(a, 2);
    }
    down(&b);
}

static void slow_statements_do_not_delay_keyed_reads(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer slow[4] = { { .err = 1 } }, fast[50] = { { .err = 1 } };
    for (int i = 0; i < 4; i++)
        assert_int_equal(ask(&b, &slow[i], QN_LANE_SLOW, NULL, "SELECT pg_sleep(0.3)", NULL, 0), 0);
    for (int i = 0; i < 50; i++) assert_int_equal(ask(&b, &fast[i], QN_LANE_READ, &word, NULL, "3", 0), 0);
    wait_all(&b);
    for (int s = 0; s < 4; s++)
        for (int i = 0; i < 50; i++) assert_true(fast[i].at < slow[s].at);
    done(slow, 4);
    done(fast, 50);
    down(&b);
}

static void what_cannot_be_a_call_is_refused(void **state)
{
    (void)state;
    static const qn_stmt bad_name = { "a\"b", "SELECT 1" };
    bench b;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 0, NULL, 0);
    until_ready(&b);
    qn_arena *arena = qn_arena_new(0);
    qn_db_query q = { .lane = QN_LANE_READ };
    assert_int_equal(qn_db_call(b.db, arena, &q, on_null, &b), QN_EINVAL);
    q.stmt = &bad_name;
    assert_int_equal(qn_db_call(b.db, arena, &q, on_null, &b), QN_EINVAL);
    q = (qn_db_query){ .lane = QN_LANE_READ, .sql = "SELECT 1", .nparams = 65536 };
    assert_int_equal(qn_db_call(b.db, arena, &q, on_null, &b), QN_EINVAL);
    q = (qn_db_query){ .lane = QN_LANE_WRITE, .sql = "SELECT 1" }; /* this process has no such lane */
    assert_int_equal(qn_db_call(b.db, arena, &q, on_null, &b), QN_ESTATE);
    qn_arena_free(&arena);
    down(&b);
}

static void a_uri_keeps_its_own_options(void **state)
{
    (void)state;
    char uri[512];
    bench b;
    const char *dir = strstr(qn_embedded_conninfo(pg.em, "quoin"), "/fd/") + 4;
    snprintf(uri, sizeof uri,
             "postgresql://quoin@/quoin?host=%%2Fproc%%2Fself%%2Ffd%%2F%d&options=-c%%20geqo%%3Doff"
             "&target_session_attrs=read-write&application_name=other",
             atoi(dir));
    up_with(&b, uri, 1, NULL, 0);
    until_ready(&b); /* read-write to libpq means a session that may write, which those of two lanes may not */
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
        answer a = ask_now(&b, (qn_lane)lane,
                           "SELECT concat_ws(' ', current_setting('geqo'), current_setting('search_path'),"
                           " current_setting('application_name'))",
                           NULL);
        is_value(&a, "off quoin test");
    }
    down(&b);
}

static void a_connection_string_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const none[] = { NULL };
    qn_config_sources src = { .environ = none };
    qn_config *config = NULL;
    qn_loop *loop = NULL;
    qn_db *db = NULL;
    assert_int_equal(qn_config_load(&config, &src, NULL), 0);
    assert_int_equal(qn_loop_new(&loop), 0);
    qn_log_setup((qn_log_options){ .level = QN_LOG_ERROR + 1 });
    qn_db_options o = { .loop = loop, .config = config, .conninfo = "nonsense without end", .write_connections = 1 };
    assert_int_equal(qn_db_new(&db, &o), QN_EINVAL);
    qn_log_setup((qn_log_options){ .level = QN_LOG_ERROR });
    assert_null(db);
    qn_loop_free(&loop);
    qn_config_free(&config);
}

/* ---- requests that end early ------------------------------------------------------------------------------------- */

static void an_arena_that_ends_early_hears_nothing_more(void **state)
{
    (void)state;
    bench b;
    up(&b);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
        answer a[12] = { { .err = 1 } };
        for (int i = 0; i < 12; i++)
            assert_int_equal(ask(&b, &a[i], (qn_lane)lane, NULL, "SELECT pg_sleep(0.02)", NULL, 0), 0);
        done(a, 3); /* still in the queue */
        b.waiting -= 3;
        event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
        done(a + 3, 3); /* those that fit are on their way */
        b.waiting -= 3;
        wait_all(&b);
        for (int i = 0; i < 12; i++) assert_int_equal(a[i].calls, i < 6 ? 0 : 1);
        done(a, 12);
        answer after = ask_now(&b, (qn_lane)lane, "SELECT 5", NULL);
        is_value(&after, "5");
    }
    down(&b);
}

static void end_both(void *arg)
{
    answer *a = arg;
    done(a, 2);
    a->b->waiting--; /* the second will not be answered */
}

static void a_callback_may_end_its_own_arena_and_anothers(void **state)
{
    (void)state;
    bench b;
    up(&b);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
        answer a[2] = { { .then = end_both }, { .err = 1 } };
        a[0].arg = a;
        assert_int_equal(ask(&b, &a[0], (qn_lane)lane, NULL, "SELECT 1", NULL, 0), 0);
        assert_int_equal(ask(&b, &a[1], (qn_lane)lane, NULL, "SELECT pg_sleep(0.05)", NULL, 0), 0);
        wait_all(&b);
        assert_int_equal(a[0].calls, 1);
        answer after = ask_now(&b, (qn_lane)lane, "SELECT 5", NULL);
        is_value(&after, "5");
        assert_int_equal(a[1].calls, 0);
    }
    down(&b);
}

static void freeing_the_lanes_calls_nobody_back(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[30] = { { .err = 1 } };
    for (int i = 0; i < 15; i++)
        assert_int_equal(ask(&b, &a[i], (qn_lane)(i % 3), NULL, "SELECT pg_sleep(0.1)", NULL, 0), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    for (int i = 15; i < 30; i++) assert_int_equal(ask(&b, &a[i], (qn_lane)(i % 3), NULL, "SELECT 1", NULL, 0), 0);
    qn_db_free(&b.db);
    for (int i = 0; i < 30; i++) assert_int_equal(a[i].calls, 0);
    done(a, 30);
    down(&b);
}

static void freeing_them_while_they_connect_leaves_nothing(void **state)
{
    (void)state;
    for (int rounds = 0; rounds < 6; rounds++) {
        bench b;
        answer a = { .err = 1 };
        up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 2, NULL, 0);
        assert_int_equal(ask(&b, &a, QN_LANE_READ, NULL, "SELECT 1", NULL, 0), 0);
        for (int i = 0; i < rounds; i++) event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
        down(&b);
        done(&a, 1);
    }
}

/* ---- prepared statements ----------------------------------------------------------------------------------------- */

static const qn_stmt all_of_it = { "all_of_it", "SELECT * FROM shape" };
static const qn_stmt take_all = { "take_all", "UPDATE shape SET a = a RETURNING *" };

static void a_changed_table_is_prepared_anew(void **state)
{
    (void)state;
    bench b;
    up(&b);
    pgfixture_sql(&pg, "quoin_owner",
                  "DROP TABLE IF EXISTS quoin.shape; CREATE TABLE quoin.shape AS SELECT 1 AS a;"
                  "GRANT SELECT, UPDATE ON quoin.shape TO quoin");
    for (int cols = 1; cols <= 3; cols++) {
        for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
            answer a[20] = { { .err = 1 } };
            for (int i = 0; i < 20; i++)
                assert_int_equal(
                    ask(&b, &a[i], (qn_lane)lane, lane == QN_LANE_WRITE ? &take_all : &all_of_it, NULL, NULL, 0), 0);
            wait_all(&b);
            for (int i = 0; i < 20; i++) {
                is_value(&a[i], "1");
                assert_int_equal(a[i].cols, cols);
            }
            done(a, 20);
        }
        char sql[64];
        snprintf(sql, sizeof sql, "ALTER TABLE quoin.shape ADD more_%d int", cols);
        pgfixture_sql(&pg, "quoin_owner", sql);
    }
    down(&b);
}

static void a_statement_that_vanished_is_prepared_anew(void **state)
{
    (void)state;
    bench b;
    up(&b);
    for (int i = 0; i < 6; i++) {
        answer a[2] = { { .err = 1 } };
        assert_int_equal(ask(&b, &a[0], QN_LANE_WRITE, &word, NULL, "4", 0), 0);
        assert_int_equal(ask(&b, &a[1], QN_LANE_WRITE, NULL, "DEALLOCATE ALL", NULL, 0),
                         0); /* as a pooler does between us */
        wait_all(&b);
        is_value(&a[0], "word 4");
        done(a, 2);
    }
    down(&b);
}

static void made_up_statements_are_kept_within_bounds(void **state)
{
    (void)state;
    static const char *const sets[] = { "database.slow_connections=1" };
    bench b;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 1, sets, 1);
    until_ready(&b);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_SLOW; lane++) {
        for (int round = 0; round < 2; round++) {
            static answer a[MANY];
            memset(a, 0, sizeof a);
            for (int i = 0; i < MANY; i++) {
                char sql[64];
                snprintf(sql, sizeof sql, "SELECT %d", i);
                assert_int_equal(ask(&b, &a[i], (qn_lane)lane, NULL, sql, NULL, 0), 0);
            }
            wait_all(&b);
            for (int i = 0; i < MANY; i++) {
                char value[16];
                snprintf(value, sizeof value, "%d", i);
                is_value(&a[i], value);
            }
            done(a, MANY);
        }
        answer kept = ask_now(&b, (qn_lane)lane, "SELECT count(*) FROM pg_prepared_statements", NULL);
        assert_int_equal(kept.err, 0);
        assert_in_range(atoi(kept.value), 100, 128);
    }
    down(&b);
}

/* ---- losing the database ----------------------------------------------------------------------------------------- */

static void a_lost_read_is_asked_again_and_a_lost_write_is_reported(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[3] = { { .err = 1 } };
    assert_int_equal(ask(&b, &a[0], QN_LANE_READ, NULL, "SELECT pg_sleep(0.2)::text || 'read'", NULL, 0), 0);
    assert_int_equal(ask(&b, &a[1], QN_LANE_SLOW, NULL, "SELECT pg_sleep(0.2)::text || 'slow'", NULL, 0), 0);
    assert_int_equal(ask(&b, &a[2], QN_LANE_WRITE, NULL, "SELECT pg_sleep(5)", NULL, 0), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    for (int i = 0; i < 500; i++) { /* all three have begun */
        if (atoi(pgfixture_sql(&pg, "quoin_owner",
                               "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND usename = 'quoin'")) ==
            3)
            break;
        usleep(2000);
    }
    pgfixture_sql(&pg, "quoin_owner",
                  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'quoin'");
    wait_all(&b);
    is_value(&a[0], "read");
    is_value(&a[1], "slow");
    assert_int_equal(a[2].err, QN_EUNAVAIL);
    assert_true(a[2].maybe_done);
    done(a, 3);
    down(&b);
}

static void a_killed_backend_is_recovered_from(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a = { .err = 1 };
    assert_int_equal(ask(&b, &a, QN_LANE_WRITE, NULL, "SELECT pg_sleep(30)", NULL, 0), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    int pid = 0;
    for (int i = 0; i < 500 && !pid; i++) {
        pid = atoi(pgfixture_sql(&pg, "quoin_owner",
                                 "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND usename = 'quoin'"));
        if (!pid) usleep(2000);
    }
    assert_true(pid > 0);
    assert_int_equal(kill(pid, SIGKILL), 0); /* the postmaster ends all the others too, and recovers */
    wait_all(&b);
    assert_int_equal(a.err, QN_EUNAVAIL);
    assert_true(a.maybe_done);
    done(&a, 1);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) works_again(&b, (qn_lane)lane);
    down(&b);
}

static void a_killed_server_is_unavailable_until_it_is_back(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[6] = { { .err = 1 } };
    kill(pg.pid, SIGKILL);
    pgfixture_wait(&pg);
    for (int i = 0; i < 6; i++) assert_int_equal(ask(&b, &a[i], (qn_lane)(i % 3), NULL, "SELECT 1", NULL, 0), 0);
    wait_all(&b);
    for (int i = 0; i < 6; i++) assert_int_equal(a[i].err, QN_EUNAVAIL);
    done(a, 6);
    qn_arena *arena = qn_arena_new(0);
    qn_db_query q = { .lane = QN_LANE_READ, .sql = "SELECT 1" };
    assert_int_equal(qn_db_call(b.db, arena, &q, on_null, &b), QN_EUNAVAIL); /* known to be away: at once */
    qn_arena_free(&arena);
    assert_false(qn_db_ready(b.db));
    pgfixture_start(&pg);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) works_again(&b, (qn_lane)lane);
    down(&b);
}

static void calls_wait_for_a_server_that_is_back_soon(void **state)
{
    (void)state;
    bench b;
    up(&b);
    pgfixture_stop(&pg);
    answer a[3] = { { .err = 1 } };
    for (int i = 0; i < 3; i++) assert_int_equal(ask(&b, &a[i], (qn_lane)i, NULL, "SELECT 6", NULL, 0), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    pgfixture_start(&pg);
    wait_all(&b);
    is_value(&a[0], "6"); /* sent or not, a read is asked again */
    is_value(&a[1], "6");
    if (a[2].err)
        assert_true(a[2].maybe_done); /* the write may have met the dead connection */
    else
        is_value(&a[2], "6");
    done(a, 3);
    down(&b);
}

static void no_server_at_all_is_unavailable(void **state)
{
    (void)state;
    static const char *const sets[] = { "database.connect_timeout_ms=100" };
    bench b;
    up_with(&b, "host=/nonexistent dbname=quoin", 1, sets, 1);
    answer a[3] = { { .err = 1 } };
    for (int i = 0; i < 3; i++) assert_int_equal(ask(&b, &a[i], (qn_lane)i, NULL, "SELECT 6", NULL, 0), 0);
    wait_all(&b);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(a[i].err, QN_EUNAVAIL);
        assert_false(a[i].maybe_done);
    }
    done(a, 3);
    down(&b);
}

static void a_silent_connection_is_given_up(void **state)
{
    (void)state;
    static const char *const sets[] = { "database.read_timeout_ms=200" };
    bench b;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 1, sets, 1);
    until_ready(&b);
    int pids[2];
    for (int i = 0; i < 2; i++) {
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT min(pid) FROM pg_stat_activity WHERE usename = 'quoin' AND pid > %d",
                 i ? pids[0] : 0);
        pids[i] = atoi(pgfixture_sql(&pg, "quoin_owner", sql));
    }
    int stopped[8], n = 0;
    for (int pid = pids[0]; pid && n < 8;) { /* all of them: whichever lane they are of */
        stopped[n++] = pid;
        char sql[128];
        snprintf(sql, sizeof sql, "SELECT min(pid) FROM pg_stat_activity WHERE usename = 'quoin' AND pid > %d", pid);
        pid = atoi(pgfixture_sql(&pg, "quoin_owner", sql));
    }
    for (int i = 0; i < n; i++) assert_int_equal(kill(stopped[i], SIGSTOP), 0);
    answer a[8] = { { .err = 1 } };
    for (int i = 0; i < 8; i++) assert_int_equal(ask(&b, &a[i], QN_LANE_READ, NULL, "SELECT 1", NULL, 0), 0);
    wait_all(&b);
    for (int i = 0; i < 8; i++) assert_int_equal(a[i].err, QN_ETIMEOUT);
    done(a, 8);
    answer later = { .err = QN_ETIMEOUT };
    for (int i = 0; i < 100 && later.err; i++) later = ask_now(&b, QN_LANE_READ, "SELECT 5", NULL);
    is_value(&later, "5");
    for (int i = 0; i < n; i++) kill(stopped[i], SIGCONT);
    down(&b);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int start(void **state)
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

static int stop(void **state)
{
    (void)state;
    pgfixture_down(&pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pipelined_read_gets_its_own_answer),
        cmocka_unit_test(a_failing_read_harms_no_neighbour),
        cmocka_unit_test(a_statement_that_cannot_be_prepared_harms_no_neighbour),
        cmocka_unit_test(values_come_as_they_are),
        cmocka_unit_test(null_is_not_the_empty_text),
        cmocka_unit_test(more_than_a_socket_takes_goes_through),
        cmocka_unit_test(a_write_is_answered_by_its_commit),
        cmocka_unit_test(a_write_on_a_server_turned_read_only_was_not_done_and_finds_the_next),
        cmocka_unit_test(reading_lanes_cannot_write),
        cmocka_unit_test(a_deadline_passes_and_the_lane_goes_on),
        cmocka_unit_test(the_server_gives_up_what_its_caller_gave_up),
        cmocka_unit_test(a_full_queue_refuses_at_once),
        cmocka_unit_test(what_waits_too_long_in_the_queue_is_told_so),
        cmocka_unit_test(slow_statements_do_not_delay_keyed_reads),
        cmocka_unit_test(what_cannot_be_a_call_is_refused),
        cmocka_unit_test(a_uri_keeps_its_own_options),
        cmocka_unit_test(a_connection_string_that_is_none_is_refused),
        cmocka_unit_test(an_arena_that_ends_early_hears_nothing_more),
        cmocka_unit_test(a_callback_may_end_its_own_arena_and_anothers),
        cmocka_unit_test(freeing_the_lanes_calls_nobody_back),
        cmocka_unit_test(freeing_them_while_they_connect_leaves_nothing),
        cmocka_unit_test(a_changed_table_is_prepared_anew),
        cmocka_unit_test(a_statement_that_vanished_is_prepared_anew),
        cmocka_unit_test(made_up_statements_are_kept_within_bounds),
        cmocka_unit_test(a_lost_read_is_asked_again_and_a_lost_write_is_reported),
        cmocka_unit_test(a_killed_backend_is_recovered_from),
        cmocka_unit_test(a_killed_server_is_unavailable_until_it_is_back),
        cmocka_unit_test(calls_wait_for_a_server_that_is_back_soon),
        cmocka_unit_test(no_server_at_all_is_unavailable),
        cmocka_unit_test(a_silent_connection_is_given_up),
    };
    if (getenv("QN_TEST_ONLY")) cmocka_set_test_filter(getenv("QN_TEST_ONLY"));
    return cmocka_run_group_tests(tests, start, stop);
}
