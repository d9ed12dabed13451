/* What the lanes lose and find again: prepared statements, connections, the server. */
#include "dbfixture.h"
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
    assert_int_equal(qn_db_call(b.db, arena, &q, on_answer, &a[0]), QN_EUNAVAIL); /* known to be away: at once */
    qn_arena_free(&arena);
    assert_false(qn_db_ready(b.db));
    pgfixture_start(&pg);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) works_again(&b, (qn_lane)lane);
    down(&b);
}

static void calls_wait_for_a_server_that_is_back_soon(void **state)
{
    (void)state;
    enum { SOON_MS = 1000 }; /* of the 1.5 s that calls wait; a machine that is busy may need more */
    bench b;
    answer a[3];
    int64_t took_ms = SOON_MS + 1;
    for (int tries = 0; tries < 5 && took_ms > SOON_MS; tries++) {
        memset(a, 0, sizeof a);
        up(&b);
        pgfixture_stop(&pg);
        int64_t begun = qn_mono_ms();
        for (int i = 0; i < 3; i++) assert_int_equal(ask(&b, &a[i], (qn_lane)i, NULL, "SELECT 6", NULL, 0), 0);
        event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
        pgfixture_start(&pg);
        took_ms = qn_mono_ms() - begun;
        wait_all(&b);
        if (took_ms <= SOON_MS) break;
        done(a, 3);
        down(&b);
    }
    if (took_ms > SOON_MS) fail_msg("the server took %lld ms to start, five times", (long long)took_ms);
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
    int timed_out = 0;
    for (int i = 0; i < 8; i++) timed_out += a[i].err == QN_ETIMEOUT;
    done(a, 8);
    answer later = { .err = QN_ETIMEOUT };
    for (int i = 0; i < 100 && later.err; i++) later = ask_now(&b, QN_LANE_READ, "SELECT 5", NULL);
    for (int i = 0; i < n; i++) kill(stopped[i], SIGCONT); /* else the server could not be stopped either */
    is_value(&later, "5");
    assert_int_equal(timed_out, 8);
    down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
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
