/* Calls that a standby may answer, against a real primary and a real streaming standby: which one answers, by its
 * pg_is_in_recovery(). */
#include "dbfixture.h"

#include <sys/prctl.h>

#include "base/buf.h"
#include "db/logname.h"
#include "db/pgserver.h"

#define AT_STANDBY "SELECT pg_is_in_recovery()::text"

static struct {
    pgfixture pg;
    qn_pgserver_programs programs;
    char dir[128], conninfo[192];
    pid_t pid;
    qn_log_name log;
} at;

/* ---- the two servers --------------------------------------------------------------------------------------------- */

static const char *in(const char *conninfo, const char *sql)
{
    static char value[256];
    PGconn *c = PQconnectdb(conninfo);
    PGresult *r = PQexec(c, sql);
    bool good = PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK;
    snprintf(value, sizeof value, "%s", good && PQntuples(r) ? PQgetvalue(r, 0, 0) : good ? "" : PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
    return value;
}

static const char *primary(const char *sql)
{
    return in(qn_embedded_conninfo(at.pg.em, "quoin_owner"), sql);
}

static void copy_primary(void)
{
    qn_spawn_user user = { at.pg.uid, at.pg.gid };
    qn_errmsg e = { "" };
    char program[sizeof at.programs.bindir + 16], source[160];
    qn_buf said;
    if (qn_pgserver_find(&at.programs, &user, 0, &e)) fail_msg("%s", e.text);
    snprintf(program, sizeof program, "%s/pg_basebackup", at.programs.bindir);
    snprintf(source, sizeof source, "host=%s/pg user=quoin_owner", at.pg.data_dir);
    snprintf(at.dir, sizeof at.dir, "%s/standby", at.pg.data_dir);
    const char *const argv[] = { program, "-d", source, "-D", at.dir, "-R", "-X", "stream", "-c", "fast", NULL };
    qn_buf_init(&said, 0);
    int status = qn_spawn_run(&user, argv, NULL, &said, 60000);
    if (status) fail_msg("pg_basebackup: %d %.*s", status, QN_FMT(qn_buf_str(&said)));
    qn_buf_free(&said);
    snprintf(source, sizeof source, "%s/.s.PGSQL.5432.lock", at.dir); /* the primary's socket lies in its folder */
    (void)unlink(source);
}

static void start_standby(void)
{
    qn_spawn_user user = { at.pg.uid, at.pg.gid };
    char program[sizeof at.programs.bindir + 16];
    pid_t parent = getpid();
    snprintf(program, sizeof program, "%s/postgres", at.programs.bindir);
    snprintf(at.conninfo, sizeof at.conninfo, "host=%s user=quoin dbname=quoin", at.dir);
    at.pid = fork();
    assert_true(at.pid >= 0);
    if (at.pid == 0) {
        if (!qn_spawn_become(&user, SIGINT, parent) || chdir(at.dir)) _exit(1);
        if (!freopen("standby.log", "a", stderr)) _exit(1);
        execl(program, program, "-D", ".", "-k", ".", (char *)NULL);
        _exit(1);
    }
    int64_t until = qn_mono_ms() + 30000;
    while (strcmp(in(at.conninfo, "SELECT 1"), "1") != 0) {
        if (qn_mono_ms() > until) fail_msg("the standby does not start: see %s/standby.log", at.dir);
        usleep(5000);
    }
}

static void stop_standby(void)
{
    int status;
    if (!at.pid) return;
    kill(at.pid, SIGINT);
    while (waitpid(at.pid, &status, 0) < 0 && errno == EINTR) continue;
    at.pid = 0;
}

static int start_both(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    bool recovering;
    pgfixture_up(&at.pg);
    if (qn_migrate(qn_embedded_conninfo(at.pg.em, "quoin_owner"), NULL, NULL, &e)) fail_msg("%s", e.text);
    PGconn *c = PQconnectdb(qn_embedded_conninfo(at.pg.em, "quoin"));
    PGresult *r = PQexec(c, "SELECT " QN_LOG_NAME_COLUMNS);
    assert_int_equal(qn_log_name_read(&at.log, &recovering, r, 0), QN_OK);
    assert_false(recovering);
    PQclear(r);
    PQfinish(c);
    copy_primary();
    start_standby();
    return 0;
}

static int stop_both(void **state)
{
    (void)state;
    stop_standby();
    pgfixture_down(&at.pg);
    return 0;
}

/* ---- a worker's lanes -------------------------------------------------------------------------------------------- */

static bench b;
static qn_shm *shm;

static void beat(void)
{
    atomic_store(&shm->node.listener_beat_ms, qn_mono_ms());
}

static uint64_t position(void)
{
    return strtoull(primary("SELECT pg_current_wal_flush_lsn() - '0/0'::pg_lsn"), NULL, 10);
}

static void clocks(int64_t ahead_us)
{
    int64_t now = qn_mono_us();
    qn_mark_clock(shm, qn_wall_us() + ahead_us, now - 1000, now);
}

static void open_lanes_to(const char *standby)
{
    static const char *const none[] = { NULL };
    qn_errmsg e = { "" };
    b = (bench){ .waiting = 0 };
    qn_config_sources src = { .environ = none };
    if (qn_config_load(&b.config, &src, &e)) fail_msg("config: %s", e.text);
    assert_int_equal(qn_loop_new(&b.loop), 0);
    assert_int_equal(qn_timer_new(&b.give_up, b.loop, on_give_up, &b), 0);
    assert_int_equal(qn_shm_new(&shm), 0);
    qn_mark_log(shm, at.log);
    qn_epoch_bump(shm, QN_STR("entry:1"));
    qn_mark_put(shm, qn_epoch_now(shm), position(), qn_wall_us());
    clocks(0);
    beat();
    qn_db_options o = { .loop = b.loop,
                        .config = b.config,
                        .conninfo = qn_embedded_conninfo(at.pg.em, "quoin"),
                        .write_connections = 1,
                        .application = "test",
                        .standby = standby,
                        .shm = shm };
    assert_int_equal(qn_db_new(&b.db, &o), 0);
    until_ready(&b);
}

static int setup(void **state)
{
    (void)state;
    open_lanes_to(at.conninfo);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    down(&b);
    qn_shm_free(&shm);
    return 0;
}

typedef struct {
    answer a;
    bool apart;
    uint64_t known;
} reply;

static void on_reply(void *ctx, const qn_db_result *r)
{
    reply *p = ctx;
    p->apart = r->apart;
    p->known = r->known;
    on_answer(&p->a, r);
}

static int send_read(reply *p, qn_lane lane, const char *sql)
{
    *p = (reply){ .a = { .b = &b, .arena = qn_arena_new(0) } };
    qn_db_query q = { .lane = lane, .sql = sql, .standby = true };
    int rc = qn_db_call(b.db, p->a.arena, &q, on_reply, p);
    if (!rc) b.waiting++;
    return rc;
}

static reply read_now(qn_lane lane, const char *sql)
{
    reply p;
    int rc = send_read(&p, lane, sql);
    if (rc) p.a.err = rc;
    wait_all(&b);
    done(&p.a, 1);
    return p;
}

static void answered_by(qn_lane lane, const char *recovering)
{
    reply p = read_now(lane, AT_STANDBY);
    is_value(&p.a, recovering);
}

static void wait_standby(qn_lane lane)
{
    int64_t until = qn_mono_ms() + 20000;
    for (;;) {
        beat();
        reply p = read_now(lane, AT_STANDBY);
        assert_int_equal(p.a.err, 0);
        if (!strcmp(p.a.value, "true")) return;
        if (qn_mono_ms() > until) fail_msg("the standby is not asked");
    }
}

/* The primary answers, a good while through. */
static void stays_at_primary(qn_lane lane)
{
    int64_t until = qn_mono_ms() + 400;
    while (qn_mono_ms() < until) {
        beat();
        answered_by(lane, "false");
    }
}

static void in_both_lanes(void (*fn)(qn_lane lane))
{
    fn(QN_LANE_READ);
    fn(QN_LANE_SLOW);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void a_standby_that_has_what_is_known_answers(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    for (int i = 0; i < 20; i++) answered_by(i % 2 ? QN_LANE_READ : QN_LANE_SLOW, "true");
    answer a = ask_now(&b, QN_LANE_READ, AT_STANDBY, NULL); /* of which nobody said that it may */
    is_value(&a, "false");
}

static void after_a_change_it_answers_once_it_has_replayed_that(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    qn_epoch_bump(shm, QN_STR("entry:1")); /* acknowledged, not yet marked */
    in_both_lanes(stays_at_primary);
    qn_mark_put(shm, qn_epoch_now(shm), position(), qn_wall_us());
    in_both_lanes(wait_standby);
}

static void what_it_has_not_replayed_the_primary_answers(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    qn_epoch_bump(shm, QN_STR("entry:1"));
    qn_mark_put(shm, qn_epoch_now(shm), position() + 100000000, qn_wall_us());
    in_both_lanes(stays_at_primary);
}

static void its_clock_must_have_come_as_far_as_the_primary_s(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    qn_epoch_bump(shm, QN_STR("entry:1"));
    qn_mark_put(shm, qn_epoch_now(shm), position(), qn_wall_us() + 1500000);
    in_both_lanes(stays_at_primary);
    in_both_lanes(wait_standby);
}

static void one_whose_clock_shows_another_time_is_not_used(void **state)
{
    (void)state;
    static const int64_t ahead_us[] = { 3600 * INT64_C(1000000), -3600 * INT64_C(1000000) };
    for (size_t i = 0; i < sizeof ahead_us / sizeof *ahead_us; i++) {
        clocks(0);
        in_both_lanes(wait_standby);
        clocks(ahead_us[i]);
        qn_epoch_bump(shm, QN_STR("entry:1"));
        (void)primary("CREATE TABLE moved (); DROP TABLE moved"); /* so that it is asked */
        qn_mark_put(shm, qn_epoch_now(shm), position(), 0);
        in_both_lanes(stays_at_primary);
    }
}

static void positions_of_another_timeline_or_cluster_mean_nothing(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    qn_mark_log(shm, (qn_log_name){ at.log.system, at.log.timeline + 1 });
    qn_mark_put(shm, qn_epoch_now(shm), 1, 0);
    in_both_lanes(stays_at_primary);
    qn_mark_log(shm, (qn_log_name){ at.log.system + 1, at.log.timeline });
    qn_mark_put(shm, qn_epoch_now(shm), 1, 0);
    in_both_lanes(stays_at_primary);
}

static void without_a_listener_that_is_heard_the_primary_answers(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    atomic_store(&shm->node.listener_beat_ms, qn_mono_ms() - 5000);
    for (int i = 0; i < 10; i++) answered_by(i % 2 ? QN_LANE_READ : QN_LANE_SLOW, "false");
}

static void what_fails_there_is_asked_of_the_primary(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    static const char only_primary[] = "SELECT (pg_current_wal_lsn() IS NOT NULL)::text";
    reply many[32];
    for (int k = 0; k < 3; k++) {
        beat();
        for (int i = 0; i < 32; i++)
            assert_int_equal(
                send_read(&many[i], i % 3 ? QN_LANE_READ : QN_LANE_SLOW, i % 4 ? AT_STANDBY : only_primary), 0);
        wait_all(&b);
        for (int i = 0; i < 32; i++) {
            assert_int_equal(many[i].a.err, 0);
            assert_int_equal(many[i].a.calls, 1);
            if (i % 4 == 0) assert_string_equal(many[i].a.value, "true");
            done(&many[i].a, 1);
        }
    }
    reply bad = read_now(QN_LANE_READ, "SELECT nowhere"); /* as it does there */
    assert_int_equal(bad.a.err, QN_EDB);
    assert_string_equal(bad.a.sqlstate, "42703");
}

static void one_that_is_slow_leaves_time_for_the_primary(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    /* Longer than its part of the read lane's 2 s; the primary answers at once. */
    reply p =
        read_now(QN_LANE_READ, "SELECT CASE WHEN pg_is_in_recovery() THEN pg_sleep(1.5)::text ELSE 'primary' END");
    is_value(&p.a, "primary");
    wait_standby(QN_LANE_READ); /* when it has answered that it is still there */
}

static void a_call_whose_arena_ends_on_the_way_is_dropped(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    reply p[8];
    for (int i = 0; i < 8; i++)
        assert_int_equal(send_read(&p[i], i % 2 ? QN_LANE_READ : QN_LANE_SLOW, "SELECT pg_sleep(0.1)"), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_NONBLOCK);
    for (int i = 0; i < 8; i++) qn_arena_free(&p[i].a.arena);
    b.waiting = 0;
    beat();
    assert_int_equal(read_now(QN_LANE_READ, AT_STANDBY).a.err, 0);
}

static void a_primary_or_nobody_is_no_standby(void **state)
{
    (void)state;
    char itself[160];
    snprintf(itself, sizeof itself, "host=%s/pg user=quoin dbname=quoin", at.pg.data_dir);
    const char *const cases[] = { itself, "host=/nowhere dbname=quoin user=quoin" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        open_lanes_to(cases[i]);
        in_both_lanes(stays_at_primary);
        (void)teardown(NULL);
    }
}

static void its_end_loses_no_call_and_it_is_taken_again(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    reply p[20];
    for (int i = 0; i < 20; i++)
        assert_int_equal(send_read(&p[i], i % 2 ? QN_LANE_READ : QN_LANE_SLOW,
                                   "SELECT CASE WHEN pg_is_in_recovery() THEN pg_sleep(0.3)::text ELSE 'primary' END"),
                         0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_NONBLOCK);
    stop_standby();
    wait_all(&b);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(p[i].a.err, 0);
        done(&p[i].a, 1);
    }
    in_both_lanes(stays_at_primary);
    start_standby();
    in_both_lanes(wait_standby);
}

/* The last test: it ends the primary. */
static void while_the_primary_is_away_it_answers_and_says_what_it_knows(void **state)
{
    (void)state;
    in_both_lanes(wait_standby);
    uint64_t known = qn_epoch_now(shm);
    qn_epoch_bump(shm, QN_STR("entry:1"));
    qn_mark_put(shm, qn_epoch_now(shm), position() + 100000000, 0); /* what it will never get */
    beat();
    pgfixture_stop(&at.pg);
    for (int k = QN_LANE_READ; k <= QN_LANE_SLOW; k++) {
        reply p = { .apart = false };
        for (int64_t until = qn_mono_ms() + 20000; !p.apart && qn_mono_ms() < until;) {
            p = read_now((qn_lane)k, AT_STANDBY);
            if (p.a.err != QN_EUNAVAIL) assert_int_equal(p.a.err, 0);
        }
        assert_true(p.apart);
        is_value(&p.a, "true");
        assert_int_equal(p.known, known);
        assert_int_equal(read_now((qn_lane)k, "SELECT nowhere").a.err, QN_EUNAVAIL);
    }
    answer a = { .err = 0 };
    assert_int_equal(ask(&b, &a, QN_LANE_READ, NULL, "SELECT 1", NULL, 0), QN_EUNAVAIL);
    done(&a, 1);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_standby_that_has_what_is_known_answers),
        T(after_a_change_it_answers_once_it_has_replayed_that),
        T(what_it_has_not_replayed_the_primary_answers),
        T(its_clock_must_have_come_as_far_as_the_primary_s),
        T(one_whose_clock_shows_another_time_is_not_used),
        T(positions_of_another_timeline_or_cluster_mean_nothing),
        T(without_a_listener_that_is_heard_the_primary_answers),
        T(what_fails_there_is_asked_of_the_primary),
        T(one_that_is_slow_leaves_time_for_the_primary),
        T(a_call_whose_arena_ends_on_the_way_is_dropped),
        cmocka_unit_test(a_primary_or_nobody_is_no_standby),
        T(its_end_loses_no_call_and_it_is_taken_again),
        T(while_the_primary_is_away_it_answers_and_says_what_it_knows),
    };
    return cmocka_run_group_tests(tests, start_both, stop_both);
}
