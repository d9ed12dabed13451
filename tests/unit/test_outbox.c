/* Reading the outbox against a real PostgreSQL: in order, complete, resumable. */
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/migrate.h"
#include "events/outbox.h"
#include "pgfixture.h"

enum { SEEN_MAX = 8192, WRITERS = 8, WRITES = 250 };

static pgfixture pg;

/* ---- a reader under test ---------------------------------------------------------------------------------------- */

typedef struct {
    qn_loop *loop;
    qn_session *session;
    qn_outbox_reader reader;
    char kinds[SEEN_MAX][24];
    size_t n;
    qn_position last;
    bool disordered;
    int err;
    bool held, notified;
    unsigned downs;
    char first_tags[64], first_entry[40], first_type[16];
} rig;

static void on_up(void *ctx)
{
    qn_loop_stop(((rig *)ctx)->loop);
}

static void on_down(void *ctx, const char *why)
{
    (void)why;
    ((rig *)ctx)->downs++;
}

static void on_notify(void *ctx, const char *channel)
{
    rig *r = ctx;
    r->notified = strcmp(channel, "quoin_event") == 0;
    qn_loop_stop(r->loop);
}

static void copy(char *to, size_t n, qn_str s)
{
    snprintf(to, n, "%.*s", QN_FMT(s));
}

static void on_event(void *ctx, const qn_event *e)
{
    rig *r = ctx;
    assert_true(r->n < SEEN_MAX);
    bool after = e->at.xid > r->last.xid || (e->at.xid == r->last.xid && e->at.seq > r->last.seq);
    if (!after) r->disordered = true;
    r->last = e->at;
    if (r->n == 0) {
        copy(r->first_tags, sizeof r->first_tags, e->tags);
        copy(r->first_entry, sizeof r->first_entry, e->entry);
        copy(r->first_type, sizeof r->first_type, e->type);
    }
    copy(r->kinds[r->n++], sizeof r->kinds[0], e->kind);
}

static void on_read(void *ctx, int err, bool held)
{
    rig *r = ctx;
    r->err = err;
    r->held = held;
    qn_loop_stop(r->loop);
}

static void on_now(void *ctx, int err, qn_position p)
{
    rig *r = ctx;
    r->err = err;
    r->reader.at = r->last = p;
    qn_loop_stop(r->loop);
}

static void read_all(rig *r)
{
    r->err = 1;
    assert_int_equal(qn_outbox_read(&r->reader), QN_OK);
    qn_loop_run(r->loop);
    assert_int_equal(r->err, QN_OK);
}

static int setup(void **state)
{
    rig *r = calloc(1, sizeof *r);
    if (!r || qn_loop_new(&r->loop)) return -1;
    qn_session_options o = { .loop = r->loop,
                             .conninfo = qn_embedded_conninfo(pg.em, "quoin"),
                             .application = "test",
                             .ctx = r,
                             .connect_timeout_ms = 5000,
                             .timeout_ms = 30000,
                             .on_up = on_up,
                             .on_down = on_down,
                             .on_notify = on_notify };
    if (qn_session_new(&r->session, &o)) return -1;
    qn_loop_run(r->loop);
    if (!qn_session_up(r->session)) return -1;
    r->reader = (qn_outbox_reader){ .session = r->session, .on_event = on_event, .on_read = on_read, .ctx = r };
    qn_outbox_now_call call = { on_now, r };
    if (qn_outbox_now(r->session, &call)) return -1;
    qn_loop_run(r->loop);
    *state = r;
    return r->err;
}

static int teardown(void **state)
{
    rig *r = *state;
    qn_session_free(&r->session);
    qn_loop_free(&r->loop);
    free(r);
    return 0;
}

/* ---- writers ---------------------------------------------------------------------------------------------------- */

static PGconn *writer(void)
{
    PGconn *c = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin"));
    assert_int_equal(PQstatus(c), CONNECTION_OK);
    return c;
}

static void run(PGconn *c, const char *sql)
{
    PGresult *res = PQexec(c, sql);
    ExecStatusType st = PQresultStatus(res);
    if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) fail_msg("%s: %s", sql, PQerrorMessage(c));
    PQclear(res);
}

static void add(PGconn *c, const char *kind)
{
    char sql[128];
    snprintf(sql, sizeof sql, "insert into quoin.event (kind) values ('%s')", kind);
    run(c, sql);
}

/* ---- tests ------------------------------------------------------------------------------------------------------ */

static void a_token_is_read_back_as_it_was_printed(void **state)
{
    (void)state;
    static const qn_position cases[] = { { 0, 0 }, { 1, 2 }, { UINT64_MAX, INT64_MAX } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[QN_POSITION_BYTES];
        qn_position p;
        qn_position_print(text, cases[i]);
        assert_int_equal(qn_position_parse(&p, qn_str_of(text)), QN_OK);
        assert_true(p.xid == cases[i].xid && p.seq == cases[i].seq);
    }
}

static void what_is_no_token_of_ours_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = { "",
                                         "-",
                                         "1",
                                         "1-",
                                         "-1",
                                         "1-2-3",
                                         "01-2",
                                         "1-02",
                                         "1-x",
                                         " 1-2",
                                         "1- 2",
                                         "1-9223372036854775808",
                                         "18446744073709551616-1",
                                         "+1-2" };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_position p;
        if (qn_position_parse(&p, qn_str_of(cases[i])) != QN_EINVAL) fail_msg("taken: %s", cases[i]);
    }
}

static void tags_come_off_one_by_one(void **state)
{
    (void)state;
    qn_str tags = QN_STR("kyiv,,war");
    assert_true(qn_str_eqz(qn_event_next_tag(&tags), "kyiv"));
    assert_true(qn_str_eqz(qn_event_next_tag(&tags), "war"));
    assert_int_equal(qn_event_next_tag(&tags).n, 0);
}

static void an_event_arrives_with_what_it_tells_of(void **state)
{
    rig *r = *state;
    PGconn *c = writer();
    run(c, "insert into quoin.event (kind, entry, type, locale, tags) values ('entry.saved', "
           "'01970000-0000-7000-8000-000000000001',"
           " 'article', 'en', '{kyiv,war}')");
    PQfinish(c);
    read_all(r);
    assert_int_equal(r->n, 1);
    assert_string_equal(r->kinds[0], "entry.saved");
    assert_string_equal(r->first_entry, "01970000-0000-7000-8000-000000000001");
    assert_string_equal(r->first_type, "article");
    assert_string_equal(r->first_tags, "kyiv,war");
    assert_false(r->held);
}

static void nothing_is_read_twice(void **state)
{
    rig *r = *state;
    PGconn *c = writer();
    add(c, "a");
    read_all(r);
    read_all(r);
    add(c, "b");
    read_all(r);
    PQfinish(c);
    assert_int_equal(r->n, 2);
    assert_string_equal(r->kinds[1], "b");
}

/* What a reader at `seq > last` loses: the first to write is the last to commit. */
static void a_transaction_that_commits_late_is_waited_for(void **state)
{
    rig *r = *state;
    PGconn *slow = writer(), *fast = writer();
    run(slow, "begin");
    add(slow, "first");
    add(fast, "second");
    read_all(r);
    assert_int_equal(r->n, 0); /* the second is committed, but the first may still come before it */
    assert_true(r->held);
    run(slow, "commit");
    read_all(r);
    PQfinish(slow);
    PQfinish(fast);
    assert_int_equal(r->n, 2);
    assert_string_equal(r->kinds[0], "first");
    assert_string_equal(r->kinds[1], "second");
    assert_false(r->held);
}

static void more_than_one_page_is_read_at_once(void **state)
{
    rig *r = *state;
    PGconn *c = writer();
    run(c, "insert into quoin.event (kind) select 'n' || g from generate_series(1, 25) g");
    PQfinish(c);
    r->reader.batch = 10;
    read_all(r);
    assert_int_equal(r->n, 25);
    assert_string_equal(r->kinds[24], "n25");
}

static void a_reader_resumes_where_another_one_stood(void **state)
{
    rig *r = *state;
    PGconn *c = writer();
    add(c, "a");
    read_all(r);
    qn_position stood = r->reader.at;
    add(c, "b");
    add(c, "c");
    read_all(r);
    r->n = 0;
    r->reader.at = r->last = stood;
    read_all(r);
    PQfinish(c);
    assert_int_equal(r->n, 2);
    assert_string_equal(r->kinds[0], "b");
}

/* Transactions of one to three events that stay open for a moment, in another order than they began. */
static void write_many(int who)
{
    PGconn *c = writer();
    unsigned seed = (unsigned)who;
    for (int i = 0; i < WRITES; i++) {
        char sql[160];
        snprintf(sql, sizeof sql, "insert into quoin.event (kind) values ('w%d-%d')", who, i);
        run(c, "begin");
        run(c, sql);
        if (rand_r(&seed) % 4 == 0) usleep((unsigned)rand_r(&seed) % 3000);
        run(c, rand_r(&seed) % 16 ? "select 1" : "select pg_sleep(0.005)");
        run(c, "commit");
    }
    PQfinish(c);
}

static void eight_writers_lose_nothing(void **state)
{
    rig *r = *state;
    pid_t pids[WRITERS];
    static bool seen[WRITERS][WRITES];
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < WRITERS; i++) {
        pids[i] = fork();
        assert_true(pids[i] >= 0);
        if (pids[i] == 0) {
            write_many(i);
            _exit(0);
        }
    }
    for (int left = WRITERS; left > 0;) {
        int status;
        read_all(r);
        for (int i = 0; i < WRITERS; i++) {
            if (pids[i] == 0 || waitpid(pids[i], &status, WNOHANG) == 0) continue;
            assert_int_equal(status, 0);
            pids[i] = 0;
            left--;
        }
    }
    read_all(r);
    assert_false(r->disordered);
    assert_int_equal(r->n, WRITERS * WRITES);
    for (size_t i = 0; i < r->n; i++) {
        int who, which;
        assert_int_equal(sscanf(r->kinds[i], "w%d-%d", &who, &which), 2);
        assert_false(seen[who][which]);
        seen[who][which] = true;
    }
}

static void old_events_are_trimmed_and_new_ones_kept(void **state)
{
    rig *r = *state;
    qn_position from = r->reader.at;
    PGconn *c = writer();
    run(c, "insert into quoin.event (kind, at) select 'old', now() - interval '31 days' from generate_series(1, 3)");
    add(c, "new");
    (void)pgfixture_sql(&pg, "quoin_owner",
                        "update quoin.event set at = now() - interval '40 days' where kind <> 'new'");
    assert_true(strtol(pgfixture_sql(&pg, "quoin", "select quoin.event_trim(30, 2)"), NULL, 10) == 2);
    (void)pgfixture_sql(&pg, "quoin", "select quoin.event_trim(30, 100000)");
    PQfinish(c);
    r->reader.at = from;
    r->last = from;
    read_all(r);
    assert_int_equal(r->n, 1);
    assert_string_equal(r->kinds[0], "new");
}

static void on_done(void *ctx, int err, const PGresult *res)
{
    (void)res;
    rig *r = ctx;
    r->err = err;
    if (err) qn_loop_stop(r->loop);
}

static void a_notification_is_heard(void **state)
{
    rig *r = *state;
    assert_int_equal(qn_session_query(r->session, "listen quoin_event", 0, NULL, on_done, r), QN_OK);
    assert_int_equal(qn_session_query(r->session, "select 1", 0, NULL, on_done, r), QN_EBUSY);
    PGconn *c = writer();
    /* Again and again, as LISTEN may not have arrived when the first is sent. */
    for (int i = 0; i < 100 && !r->notified; i++) {
        run(c, "notify quoin_event");
        event_base_loop(qn_loop_base(r->loop), EVLOOP_NONBLOCK);
        usleep(10000);
    }
    PQfinish(c);
    assert_true(r->notified);
}

static void a_session_that_is_lost_says_so_and_comes_back(void **state)
{
    rig *r = *state;
    r->err = QN_OK;
    assert_int_equal(qn_session_query(r->session, "select pg_terminate_backend(pg_backend_pid())", 0, NULL, on_done, r),
                     QN_OK);
    qn_loop_run(r->loop); /* stopped by the answer, */
    assert_int_equal(r->err, QN_EUNAVAIL);
    while (!qn_session_up(r->session)) qn_loop_run(r->loop); /* and by being up again */
    assert_int_equal(r->downs, 1);
    read_all(r);
}

static void a_statement_past_its_time_is_given_up(void **state)
{
    rig *r = *state;
    qn_session *s = NULL;
    qn_session_options o = { .loop = r->loop,
                             .conninfo = qn_embedded_conninfo(pg.em, "quoin"),
                             .application = "test",
                             .ctx = r,
                             .connect_timeout_ms = 5000,
                             .timeout_ms = 50,
                             .on_up = on_up,
                             .on_down = on_down };
    assert_int_equal(qn_session_new(&s, &o), QN_OK);
    qn_loop_run(r->loop);
    assert_int_equal(qn_session_query(s, "select pg_sleep(20)", 0, NULL, on_done, r), QN_OK);
    qn_loop_run(r->loop);
    assert_int_equal(r->err, QN_ETIMEOUT);
    assert_false(qn_session_up(s));
    qn_session_free(&s);
}

/* ---- a watcher -------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_loop *loop;
    unsigned n;
    int err;
} heard;

static void hear(void *ctx, const qn_event *e)
{
    (void)e;
    ((heard *)ctx)->n++;
}

static void on_heard(void *ctx, int err, bool lost)
{
    heard *h = ctx;
    h->err = err;
    assert_false(lost);
    qn_loop_stop(h->loop);
}

static void on_set(void *ctx, int err, const PGresult *res)
{
    (void)res;
    heard *h = ctx;
    h->err = err;
    qn_loop_stop(h->loop);
}

static long rows_read_without_an_index(void)
{
    return strtol(
        pgfixture_sql(&pg, "quoin_owner", "select seq_tup_read from pg_stat_user_tables where relname = 'event'"), NULL,
        10);
}

/* What was counted last says that few transactions made all events; then the planner would rather read all of them. */
static void a_watcher_reads_by_the_key_whatever_was_counted(void **state)
{
    rig *r = *state;
    heard h = { .loop = r->loop };
    qn_outbox_watcher w = { .session = r->session, .on_event = hear, .on_read = on_heard, .ctx = &h };
    PGconn *c = writer();
    run(c, "insert into quoin.event (kind) select 'old' from generate_series(1, 2000)");
    (void)pgfixture_sql(&pg, "quoin_owner", "analyze quoin.event");
    (void)pgfixture_sql(&pg, "quoin_owner", "alter table quoin.event set (autovacuum_enabled = off)");
    run(c, "insert into quoin.event (kind) select 'new' from generate_series(1, 4000)");
    assert_int_equal(qn_outbox_by_key(r->session, on_set, &h), QN_OK);
    qn_loop_run(r->loop);
    assert_int_equal(h.err, QN_OK);
    w.from = (uint64_t)strtoll(pgfixture_sql(&pg, "quoin_owner", "select pg_snapshot_xmin(pg_current_snapshot())"),
                               NULL, 10);

    long before = rows_read_without_an_index();
    for (int i = 0; i < 20; i++) {
        add(c, "one");
        assert_int_equal(qn_outbox_watch(&w), QN_OK);
        qn_loop_run(r->loop);
        assert_int_equal(h.err, QN_OK);
    }
    qn_session_query(r->session, "select pg_stat_force_next_flush()", 0, NULL, on_set, &h);
    qn_loop_run(r->loop);
    qn_session_query(r->session, "select 1", 0, NULL, on_set, &h); /* counted when a statement ends */
    qn_loop_run(r->loop);
    PQfinish(c);
    qn_outbox_watch_reset(&w);
    (void)pgfixture_sql(&pg, "quoin_owner", "alter table quoin.event reset (autovacuum_enabled)");
    assert_int_equal(h.n, 20);
    assert_int_equal(rows_read_without_an_index() - before, 0);
}

static int up(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    pgfixture_up(&pg);
    if (qn_migrate(qn_embedded_conninfo(pg.em, "quoin_owner"), NULL, NULL, &e)) fail_msg("%s", e.text);
    return 0;
}

static int down(void **state)
{
    (void)state;
    pgfixture_down(&pg);
    return 0;
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_read_back_as_it_was_printed),
        cmocka_unit_test(what_is_no_token_of_ours_is_refused),
        cmocka_unit_test(tags_come_off_one_by_one),
        T(an_event_arrives_with_what_it_tells_of),
        T(nothing_is_read_twice),
        T(a_transaction_that_commits_late_is_waited_for),
        T(more_than_one_page_is_read_at_once),
        T(a_reader_resumes_where_another_one_stood),
        T(eight_writers_lose_nothing),
        T(old_events_are_trimmed_and_new_ones_kept),
        T(a_notification_is_heard),
        T(a_session_that_is_lost_says_so_and_comes_back),
        T(a_statement_past_its_time_is_given_up),
        T(a_watcher_reads_by_the_key_whatever_was_counted),
    };
    return cmocka_run_group_tests(tests, up, down);
}
