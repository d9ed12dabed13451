/* What a piece of work asks of the database as one transaction. */
#include "dbfixture.h"

#include "db/tx.h"

static const qn_stmt first = { "tx_first", "SELECT $1::text" };
static const qn_stmt broken = { "tx_broken", "SELECT 1 / length($1)" };

/* One piece of work. */
typedef struct {
    bench *b;
    qn_arena *arena;
    qn_tx *tx;
    qn_str param;
    bool refuse;
    int opened, open_err, after;
    int ended, end_err;
    bool end_maybe;
} work;

static void on_opened(void *ctx, const qn_db_result *r)
{
    work *w = ctx;
    w->opened++;
    w->open_err = r->err;
    if (!r->err) assert_true(qn_str_eq(qn_db_value(r, 0, 0), w->param));
    if (w->refuse) qn_tx_refuse(w->tx);
    if (w->refuse || w->b->waiting == 0) qn_loop_stop(w->b->loop);
}

static void begin_with(work *w, bench *b, const qn_stmt *stmt, const char *param)
{
    *w = (work){ .b = b, .arena = qn_arena_new(0), .param = qn_str_of(param) };
    qn_tx_options o = { .db = b->db, .stmt = stmt, .params = &w->param, .nparams = 1, .opened = on_opened, .ctx = w };
    assert_int_equal(qn_tx_new(&w->tx, w->arena, &o), 0);
}

static void begin(work *w, bench *b)
{
    begin_with(w, b, &first, "here");
}

static void end(work *w)
{
    qn_arena_free(&w->arena);
}

/* A call of the work. */
static int asks(work *w, answer *a, qn_lane lane, const char *sql, const char *param)
{
    memset(a, 0, sizeof *a);
    a->arena = w->arena;
    return ask(w->b, a, lane, NULL, sql, param, 0);
}

static answer asks_now(work *w, qn_lane lane, const char *sql, const char *param)
{
    answer a;
    assert_int_equal(asks(w, &a, lane, sql, param), 0);
    wait_all(w->b);
    return a;
}

static void on_end(void *ctx, int err, bool maybe_done)
{
    work *w = ctx;
    w->ended++;
    w->end_err = err;
    w->end_maybe = maybe_done;
    answered(w->b);
}

static void commit(work *w)
{
    assert_int_equal(qn_tx_commit(w->tx, on_end, w), 0);
    w->b->waiting++;
    wait_all(w->b);
    assert_int_equal(w->ended, 1);
}

static void note(void *arg)
{
    ++*(int *)arg;
}

static const char *words(bench *b, const char *like)
{
    static char n[64];
    answer a = ask_now(b, QN_LANE_READ, "SELECT count(*) FROM words WHERE w LIKE $1", like);
    assert_int_equal(a.err, 0);
    snprintf(n, sizeof n, "%s", a.value);
    return n;
}

#define ADD "INSERT INTO words VALUES (nextval('more')::int, $1) RETURNING w"

static void what_is_written_is_there_when_it_is_committed_and_not_before(void **state)
{
    (void)state;
    bench b;
    work w;
    up(&b);
    begin(&w, &b);
    assert_false(qn_tx_has_begun(w.tx));
    answer a = asks_now(&w, QN_LANE_READ, "SELECT 1", NULL);
    is_value(&a, "1");
    assert_int_equal(w.opened, 0); /* a read begins nothing */
    for (int i = 0; i < 3; i++) {
        a = asks_now(&w, QN_LANE_WRITE, ADD, "committed");
        is_value(&a, "committed");
        assert_int_equal(w.opened, 1);
    }
    qn_tx_after(w.arena, note, &w.after);
    for (int lane = QN_LANE_READ; lane <= QN_LANE_WRITE; lane++) {
        a = asks_now(&w, (qn_lane)lane, "SELECT count(*) FROM words WHERE w = $1", "committed");
        is_value(&a, "3"); /* the work itself sees them */
    }
    assert_string_equal(words(&b, "committed"), "0");
    assert_true(qn_tx_is_sound(w.tx));
    assert_int_equal(w.after, 0);
    commit(&w);
    assert_int_equal(w.end_err, 0);
    assert_int_equal(w.after, 1);
    assert_string_equal(words(&b, "committed"), "3");
    a = asks_now(&w, QN_LANE_WRITE, ADD, "committed"); /* no part of it any more */
    is_value(&a, "committed");
    end(&w);
    assert_string_equal(words(&b, "committed"), "4");
    down(&b);
}

static void what_is_not_committed_was_never_there(void **state)
{
    (void)state;
    bench b;
    up(&b);
    for (int leave = 0; leave < 2; leave++) {
        work w;
        begin(&w, &b);
        answer a = asks_now(&w, QN_LANE_WRITE, ADD, "left");
        is_value(&a, "left");
        qn_tx_after(w.arena, note, &w.after);
        if (leave) {
            qn_tx_leave(w.tx);
            a = asks_now(&w, QN_LANE_READ, "SELECT count(*) FROM words WHERE w = $1", "left");
            is_value(&a, "0");
            assert_int_equal(qn_tx_commit(w.tx, on_end, &w), QN_EUNAVAIL);
        }
        end(&w);
        assert_int_equal(w.after, 0);
    }
    assert_string_equal(words(&b, "left"), "0");
    for (int i = 0; i < 8; i++) { /* its connection is everybody's again, with nothing open on it */
        answer a = ask_now(&b, QN_LANE_WRITE, ADD, "right");
        is_value(&a, "right");
    }
    assert_string_equal(words(&b, "right"), "8");
    down(&b);
}

static void a_statement_that_fails_harms_no_other(void **state)
{
    (void)state;
    bench b;
    work w;
    up(&b);
    begin(&w, &b);
    for (int i = 0; i < 3; i++) {
        answer a = asks_now(&w, QN_LANE_WRITE, ADD, "good");
        is_value(&a, "good");
        a = asks_now(&w, QN_LANE_WRITE, "INSERT INTO words VALUES (1, $1)", "bad");
        assert_int_equal(a.err, QN_EDB);
        assert_string_equal(a.sqlstate, "23505");
        a = asks_now(&w, QN_LANE_READ, "SELECT 1 / length($1)", "");
        assert_string_equal(a.sqlstate, "22012");
        a = asks_now(&w, QN_LANE_READ, "SELECT no_such_column", NULL); /* not even prepared */
        assert_string_equal(a.sqlstate, "42703");
    }
    commit(&w);
    assert_int_equal(w.end_err, 0);
    end(&w);
    assert_string_equal(words(&b, "good"), "3");
    assert_string_equal(words(&b, "bad"), "0");
    down(&b);
}

static void it_may_be_begun_without_a_write(void **state)
{
    (void)state;
    bench b;
    work w;
    up(&b);
    begin(&w, &b);
    assert_int_equal(qn_tx_open(w.tx), 0);
    run_loop(&b);
    assert_int_equal(w.opened, 1);
    assert_int_equal(qn_tx_open(w.tx), QN_ESTATE);
    commit(&w);
    assert_int_equal(w.end_err, 0);
    end(&w);
    down(&b);
}

static void one_that_is_refused_answers_nobody(void **state)
{
    (void)state;
    bench b;
    work w;
    answer a;
    up(&b);
    begin(&w, &b);
    w.refuse = true;
    assert_int_equal(asks(&w, &a, QN_LANE_WRITE, ADD, "refused"), 0);
    run_loop(&b);
    b.waiting = 0;
    assert_int_equal(w.opened, 1);
    assert_int_equal(a.calls, 0);
    assert_int_equal(asks(&w, &a, QN_LANE_WRITE, ADD, "refused"), QN_EUNAVAIL);
    assert_int_equal(asks(&w, &a, QN_LANE_READ, "SELECT 1", NULL), QN_EUNAVAIL);
    end(&w);
    assert_int_equal(a.calls, 0);
    assert_string_equal(words(&b, "refused"), "0");
    down(&b);
}

static void one_that_cannot_be_begun_is_an_error_of_what_waits_for_it(void **state)
{
    (void)state;
    bench b;
    work w;
    answer a[2];
    up(&b);
    begin_with(&w, &b, &broken, "");
    for (int i = 0; i < 2; i++) assert_int_equal(asks(&w, &a[i], QN_LANE_WRITE, ADD, "unbegun"), 0);
    wait_all(&b);
    assert_int_equal(w.open_err, QN_EDB);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(a[i].err, QN_EUNAVAIL);
        assert_false(a[i].maybe_done);
    }
    end(&w);
    assert_string_equal(words(&b, "unbegun"), "0");
    down(&b);
}

static void a_commit_that_fails_is_told(void **state)
{
    (void)state;
    bench b;
    work w;
    up(&b);
    begin(&w, &b);
    for (int i = 0; i < 2; i++) {
        answer a = asks_now(&w, QN_LANE_WRITE, "INSERT INTO later VALUES (7) RETURNING id", NULL);
        is_value(&a, "7"); /* the constraint is looked at when it is committed */
    }
    qn_tx_after(w.arena, note, &w.after);
    commit(&w);
    assert_int_equal(w.end_err, QN_EDB);
    assert_false(w.end_maybe);
    assert_int_equal(w.after, 0);
    end(&w);
    answer a = ask_now(&b, QN_LANE_WRITE, "SELECT count(*) FROM later", NULL);
    is_value(&a, "0");
    down(&b);
}

static void end_sessions(void)
{
    pgfixture_sql(&pg, "quoin_owner",
                  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'quoin'");
}

static void a_lost_connection_takes_all_of_it_along(void **state)
{
    (void)state;
    bench b;
    work w;
    answer a;
    up(&b);
    begin(&w, &b);
    a = asks_now(&w, QN_LANE_WRITE, ADD, "lost");
    is_value(&a, "lost");
    end_sessions();
    assert_int_equal(asks(&w, &a, QN_LANE_WRITE, ADD, "lost"), 0);
    wait_all(&b);
    assert_int_equal(a.err, QN_EUNAVAIL);
    assert_false(a.maybe_done); /* nothing was committed, so nothing was done */
    assert_false(qn_tx_is_sound(w.tx));
    assert_int_equal(asks(&w, &a, QN_LANE_WRITE, ADD, "lost"), QN_EUNAVAIL);
    assert_int_equal(qn_tx_commit(w.tx, on_end, &w), QN_EUNAVAIL);
    end(&w);
    works_again(&b, QN_LANE_WRITE);
    works_again(&b, QN_LANE_READ);
    assert_string_equal(words(&b, "lost"), "0");
    down(&b);
}

static void what_was_given_up_in_it_is_not_committed(void **state)
{
    (void)state;
    bench b;
    work w;
    answer a = { .err = 1 };
    up(&b);
    begin(&w, &b);
    answer good = asks_now(&w, QN_LANE_WRITE, ADD, "doubted");
    is_value(&good, "doubted");
    a.arena = w.arena;
    assert_int_equal(ask(&b, &a, QN_LANE_WRITE, NULL, "SELECT pg_sleep(0.5)::text", NULL, 50), 0);
    wait_all(&b);
    assert_int_equal(a.err, QN_ETIMEOUT);
    assert_false(a.maybe_done);
    assert_false(qn_tx_is_sound(w.tx));
    end(&w);
    assert_string_equal(words(&b, "doubted"), "0");
    works_again(&b, QN_LANE_WRITE);
    down(&b);
}

static void an_arena_that_ends_while_it_is_committed_does_not_stop_it(void **state)
{
    (void)state;
    bench b;
    work w;
    up(&b);
    begin(&w, &b);
    answer a = asks_now(&w, QN_LANE_WRITE, ADD, "gone on");
    is_value(&a, "gone on");
    assert_int_equal(qn_tx_commit(w.tx, on_end, &w), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK); /* it is sent */
    end(&w);
    assert_int_equal(w.ended, 0);
    for (int i = 0; i < 500 && strcmp(words(&b, "gone on"), "1") != 0; i++) usleep(2000);
    assert_string_equal(words(&b, "gone on"), "1");
    down(&b);
}

static void works_do_not_mix_and_leave_a_connection_to_others(void **state)
{
    (void)state;
    enum { WORKS = 6 };
    bench b;
    work w[WORKS];
    answer a[WORKS];
    up(&b); /* two connections that write */
    for (int i = 0; i < WORKS; i++) {
        begin(&w[i], &b);
        assert_int_equal(asks(&w[i], &a[i], QN_LANE_WRITE, ADD, "mixed"), 0);
    }
    for (int i = 0; i < WORKS; i++) {
        while (!a[i].calls) event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE);
        is_value(&a[i], "mixed");
        for (int k = i + 1; k < WORKS; k++) assert_int_equal(a[k].calls, 0); /* one after the other */
        int waited = b.waiting;
        answer other = { .err = 1 };
        assert_int_equal(ask(&b, &other, QN_LANE_WRITE, NULL, ADD, "other", 0), 0);
        while (!other.calls) event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE);
        is_value(&other, "other");
        assert_int_equal(b.waiting, waited);
        done(&other, 1);
        if (i % 2) {
            assert_int_equal(qn_tx_commit(w[i].tx, on_end, &w[i]), 0);
            b.waiting++;
            while (!w[i].ended) event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE);
            assert_int_equal(w[i].end_err, 0);
        }
        end(&w[i]);
    }
    assert_int_equal(b.waiting, 0);
    assert_string_equal(words(&b, "mixed"), "3");
    assert_string_equal(words(&b, "other"), "6");
    down(&b);
}

/* Else none of those that have begun could end, and all would be begun for nothing. */
static void one_that_is_open_goes_on_while_the_queue_is_full_of_others(void **state)
{
    (void)state;
    enum { WAITING = 20 };
    static const char *const sets[] = { "database.queue_limit=16" };
    bench b;
    work w, others[WAITING];
    answer a[WAITING];
    int refused = 0;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 2, sets, 1);
    until_ready(&b);
    begin(&w, &b);
    answer mine = asks_now(&w, QN_LANE_WRITE, ADD, "full");
    is_value(&mine, "full");
    for (int i = 0; i < WAITING; i++) { /* one connection is left to those that are none */
        begin(&others[i], &b);
        refused += asks(&others[i], &a[i], QN_LANE_WRITE, ADD, "waits") == QN_EBUSY;
    }
    assert_true(refused > 0);
    int waited = b.waiting;
    assert_int_equal(asks(&w, &mine, QN_LANE_WRITE, ADD, "full"), 0);
    while (!mine.calls) event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE);
    is_value(&mine, "full");
    assert_int_equal(b.waiting, waited);
    assert_int_equal(qn_tx_commit(w.tx, on_end, &w), 0);
    b.waiting++;
    while (!w.ended) event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE);
    assert_int_equal(w.end_err, 0);
    end(&w);
    for (int i = 0; i < WAITING; i++) end(&others[i]);
    b.waiting = 0;
    assert_string_equal(words(&b, "full"), "2");
    down(&b);
}

/* As behind a pooler, or after a migration: what was prepared on the connection is gone, and nobody has said so. */
static void statements_that_the_server_has_forgotten_are_prepared_again_in_it(void **state)
{
    (void)state;
    bench b;
    work w;
    up_with(&b, qn_embedded_conninfo(pg.em, "quoin"), 1, NULL, 0);
    until_ready(&b);
    for (int i = 0; i < 3; i++) {
        begin(&w, &b);
        answer a = asks_now(&w, QN_LANE_WRITE, ADD, "forgotten");
        is_value(&a, "forgotten");
        a = asks_now(&w, QN_LANE_WRITE, "DEALLOCATE ALL", NULL);
        assert_int_equal(a.err, 0);
        a = asks_now(&w, QN_LANE_WRITE, ADD, "forgotten");
        is_value(&a, "forgotten");
        commit(&w);
        assert_int_equal(w.end_err, 0);
        end(&w);
        a = ask_now(&b, QN_LANE_WRITE, "DEALLOCATE ALL", NULL); /* what begins and ends one, too */
        assert_int_equal(a.err, 0);
    }
    assert_string_equal(words(&b, "forgotten"), "6");
    down(&b);
}

static int start_tx(void **state)
{
    int rc = start(state);
    pgfixture_sql(&pg, "quoin_owner",
                  "CREATE SEQUENCE quoin.more START 100000; GRANT USAGE ON SEQUENCE quoin.more TO quoin");
    return rc;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_there_when_it_is_committed_and_not_before),
        cmocka_unit_test(what_is_not_committed_was_never_there),
        cmocka_unit_test(a_statement_that_fails_harms_no_other),
        cmocka_unit_test(it_may_be_begun_without_a_write),
        cmocka_unit_test(one_that_is_refused_answers_nobody),
        cmocka_unit_test(one_that_cannot_be_begun_is_an_error_of_what_waits_for_it),
        cmocka_unit_test(a_commit_that_fails_is_told),
        cmocka_unit_test(a_lost_connection_takes_all_of_it_along),
        cmocka_unit_test(what_was_given_up_in_it_is_not_committed),
        cmocka_unit_test(an_arena_that_ends_while_it_is_committed_does_not_stop_it),
        cmocka_unit_test(works_do_not_mix_and_leave_a_connection_to_others),
        cmocka_unit_test(one_that_is_open_goes_on_while_the_queue_is_full_of_others),
        cmocka_unit_test(statements_that_the_server_has_forgotten_are_prepared_again_in_it),
    };
    return cmocka_run_group_tests(tests, start_tx, stop);
}
