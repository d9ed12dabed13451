/* The three lanes: answers, writes, deadlines and limits, requests that end early. */
#include "dbfixture.h"

/* ---- answers ----------------------------------------------------------------------------------------------------- */


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
    };
    if (getenv("QN_TEST_ONLY")) cmocka_set_test_filter(getenv("QN_TEST_ONLY"));
    return cmocka_run_group_tests(tests, start, stop);
}
