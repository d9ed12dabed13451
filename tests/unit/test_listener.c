/* The listener against a real PostgreSQL: what it hears moves the epochs, what its node writes it tells once. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/migrate.h"
#include "loop/mark.h"
#include "pgfixture.h"
#include "process/child.h"

enum { PATIENCE_MS = 10000 };

static pgfixture pg;
static qn_config *config, *with_standbys;

typedef struct {
    qn_shm *shm;
    qn_slot *slot;
    pid_t pid;
    PGconn *c;
} rig;

static void start_listener(rig *r)
{
    static const qn_user oneself;
    static sigset_t none;
    qn_child child = { .kind = QN_PROC_LISTENER,
                       .label = "listener",
                       .master = getpid(),
                       .user = &oneself,
                       .mask = &none,
                       .config = config,
                       .shm = r->shm,
                       .conninfo = qn_embedded_conninfo(pg.em, "quoin") };
    r->slot = child.slot = qn_shm_slot_take(r->shm, QN_PROC_LISTENER, 0, 1);
    fflush(NULL);
    r->pid = fork();
    assert_true(r->pid >= 0);
    if (r->pid == 0) _exit(qn_listener_main(&child));
}

static int end_listener(rig *r, int sig)
{
    int status;
    assert_int_equal(kill(r->pid, sig), 0);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    qn_shm_slot_release(r->slot);
    return status;
}

static void run(rig *r, const char *sql)
{
    PGresult *res = PQexec(r->c, sql);
    ExecStatusType st = PQresultStatus(res);
    if (st != PGRES_COMMAND_OK && st != PGRES_TUPLES_OK) fail_msg("%s: %s", sql, PQerrorMessage(r->c));
    PQclear(res);
}

static void wait_read(rig *r)
{
    int64_t now = qn_mono_ms(), until = now + PATIENCE_MS;
    while (atomic_load(&r->shm->node.listener_beat_ms) < now) {
        if (qn_mono_ms() > until) fail_msg("the listener does not read");
        usleep(1000);
    }
}

static void wait_epoch(rig *r, const char *name, uint64_t before)
{
    int64_t until = qn_mono_ms() + PATIENCE_MS;
    while (qn_epoch_get(r->shm, qn_str_of(name)) == before) {
        if (qn_mono_ms() > until) fail_msg("the epoch of %s does not move", name);
        usleep(1000);
    }
}

static int setup(void **state)
{
    rig *r = calloc(1, sizeof *r);
    if (!r || qn_shm_new(&r->shm)) return -1;
    r->c = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin"));
    if (PQstatus(r->c) != CONNECTION_OK) return -1;
    start_listener(r);
    wait_read(r);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig *r = *state;
    int status = end_listener(r, SIGTERM);
    PQfinish(r->c);
    qn_shm_free(&r->shm);
    free(r);
    return status;
}

static void an_event_moves_the_epochs_of_what_it_names(void **state)
{
    rig *r = *state;
    static const char *const names[] = { "entry:01970000-0000-7000-8000-00000000000a", "type:article", "tag:kyiv",
                                         "tag:war" };
    uint64_t before[COUNT(names)], other = qn_epoch_get(r->shm, QN_STR("tag:peace"));
    for (size_t i = 0; i < COUNT(names); i++) before[i] = qn_epoch_get(r->shm, qn_str_of(names[i]));
    run(r, "insert into quoin.event (kind, entry, type, locale, tags) values ('entry.saved', "
           "'01970000-0000-7000-8000-00000000000a',"
           " 'article', 'en', '{kyiv,war}')");
    for (size_t i = 0; i < COUNT(names); i++) wait_epoch(r, names[i], before[i]);
    assert_int_equal(qn_epoch_get(r->shm, QN_STR("tag:peace")), other);
}

static void what_a_worker_told_itself_is_not_told_again(void **state)
{
    rig *r = *state;
    uint64_t before = qn_epoch_get(r->shm, QN_STR("tag:own")), last = qn_epoch_get(r->shm, QN_STR("tag:behind"));
    PGresult *res =
        PQexec(r->c, "begin; insert into quoin.event (kind, tags) values ('entry.published', '{own}') returning xid");
    uint64_t xid = strtoull(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    qn_shm_tell(r->shm, xid);
    run(r, "commit");
    run(r, "insert into quoin.event (kind, tags) values ('entry.published', '{behind}')");
    wait_epoch(r, "tag:behind", last);
    assert_int_equal(qn_epoch_get(r->shm, QN_STR("tag:own")), before);
    run(r, "insert into quoin.event (kind, tags) values ('entry.published', '{own}')"); /* by whoever else */
    wait_epoch(r, "tag:own", before);
    assert_true(qn_shm_told(r->shm, xid));
    assert_false(qn_shm_told(r->shm, xid + 1));
    assert_false(qn_shm_told(r->shm, 0));
    qn_shm_tell(r->shm, xid + QN_TOLD); /* takes its place */
    assert_false(qn_shm_told(r->shm, xid));
}

static void what_happens_to_a_working_copy_moves_no_epoch(void **state)
{
    rig *r = *state;
    static const char *const names[] = { "entry:01970000-0000-7000-8000-00000000000b", "type:article", "tag:draft" };
    uint64_t before[COUNT(names)], last = qn_epoch_get(r->shm, QN_STR("tag:last"));
    for (size_t i = 0; i < COUNT(names); i++) before[i] = qn_epoch_get(r->shm, qn_str_of(names[i]));
    run(r, "insert into quoin.event (kind, entry, type, tags) select k, '01970000-0000-7000-8000-00000000000b', "
           "'article', '{draft}' from unnest(array['entry.created', 'entry.changed']) k");
    run(r, "insert into quoin.event (kind, tags) values ('entry.published', '{last}')");
    wait_epoch(r, "tag:last", last);
    for (size_t i = 0; i < COUNT(names); i++) assert_int_equal(qn_epoch_get(r->shm, qn_str_of(names[i])), before[i]);
}

static void changed_types_and_rights_have_counters_of_their_own(void **state)
{
    rig *r = *state;
    uint64_t types = atomic_load(&r->shm->node.types_epoch), access = atomic_load(&r->shm->node.access_epoch);
    run(r, "insert into quoin.event (kind, tags) values ('access.changed', '{a}'), ('type.changed', '{b}'), "
           "('entry.saved', '{done}')");
    wait_epoch(r, "tag:done", 0);
    assert_int_equal(atomic_load(&r->shm->node.types_epoch), types + 1);
    assert_int_equal(atomic_load(&r->shm->node.access_epoch), access + 1);
}

/* Notifications that arrive until nothing has for a while. */
static int count_notifications(rig *r)
{
    int n = 0;
    for (int64_t quiet = qn_mono_ms() + 400; qn_mono_ms() < quiet;) {
        PQconsumeInput(r->c);
        for (PGnotify *x; (x = PQnotifies(r->c)); PQfreemem(x)) {
            assert_string_equal(x->extra, "");
            n++;
            quiet = qn_mono_ms() + 400;
        }
        usleep(2000);
    }
    return n;
}

static void many_writes_are_told_in_few_notifications(void **state)
{
    rig *r = *state;
    run(r, "listen quoin_event");
    for (int i = 0; i < 1000; i++) qn_shm_wrote(r->shm);
    int n = count_notifications(r);
    assert_true(n >= 1 && n < 100);
}

static void without_a_write_nothing_is_told(void **state)
{
    rig *r = *state;
    run(r, "listen quoin_event");
    run(r, "insert into quoin.event (kind) values ('entry.saved')"); /* by another node */
    assert_int_equal(count_notifications(r), 0);
}

static void a_write_just_before_the_end_is_still_told(void **state)
{
    rig *r = *state;
    run(r, "listen quoin_event");
    qn_shm_wrote(r->shm);
    assert_int_equal(end_listener(r, SIGTERM), 0);
    assert_true(count_notifications(r) >= 1);
    start_listener(r);
    wait_read(r);
}

static void what_happened_while_it_was_dead_is_read_by_the_next_one(void **state)
{
    rig *r = *state;
    run(r, "insert into quoin.event (kind, tags) values ('entry.saved', '{seen}')");
    wait_epoch(r, "tag:seen", 0);
    end_listener(r, SIGKILL);
    uint64_t seen = qn_epoch_get(r->shm, QN_STR("tag:seen"));
    run(r, "insert into quoin.event (kind, tags) values ('entry.saved', '{missed}')");
    start_listener(r);
    wait_epoch(r, "tag:missed", 0);
    assert_int_equal(qn_epoch_get(r->shm, QN_STR("tag:seen")), seen);
}

static void a_lost_connection_loses_no_event(void **state)
{
    rig *r = *state;
    (void)pgfixture_sql(
        &pg, "quoin_owner",
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'quoin listener'");
    run(r, "insert into quoin.event (kind, tags) values ('entry.saved', '{later}')");
    wait_epoch(r, "tag:later", 0);
}

/* The newest mark that covers what is known at this moment. */
static qn_mark wait_mark(rig *r)
{
    qn_mark m = { .stamp = 0 };
    int64_t until = qn_mono_ms() + PATIENCE_MS;
    uint64_t known = qn_epoch_now(r->shm);
    while (!qn_mark_newest(&m, r->shm) || m.stamp < known) {
        if (qn_mono_ms() > until) fail_msg("it is not marked");
        usleep(1000);
    }
    return m;
}

static uint64_t position(rig *r)
{
    PGresult *res = PQexec(r->c, "select pg_current_wal_flush_lsn() - '0/0'::pg_lsn");
    assert_int_equal(PQresultStatus(res), PGRES_TUPLES_OK);
    uint64_t lsn = strtoull(PQgetvalue(res, 0, 0), NULL, 10);
    PQclear(res);
    return lsn;
}

static void without_standbys_it_marks_nothing(void **state)
{
    rig *r = *state;
    qn_mark m;
    run(r, "insert into quoin.event (kind, tags) values ('entry.saved', '{nobody}')");
    wait_epoch(r, "tag:nobody", 0);
    wait_read(r);
    assert_false(qn_mark_newest(&m, r->shm));
}

static void with_standbys_it_marks_where_in_the_log_what_is_known_stands(void **state)
{
    rig *r = *state;
    qn_config *before = config;
    end_listener(r, SIGTERM);
    config = with_standbys;
    start_listener(r);
    config = before;
    qn_mark first = wait_mark(r);
    assert_true(first.log.system != 0);
    assert_int_equal(first.log.timeline, 1);

    uint64_t from = position(r);
    run(r, "insert into quoin.event (kind, tags) values ('entry.saved', '{marked}')");
    wait_epoch(r, "tag:marked", 0);
    qn_mark heard = wait_mark(r);
    assert_true(heard.stamp > first.stamp);
    assert_true(heard.lsn > from && heard.lsn <= position(r)); /* the commit stands in between */
    int64_t skew_us = qn_wall_us() - qn_mono_us();
    assert_true(heard.ahead_least_us <= skew_us + 1000000 && heard.ahead_most_us >= skew_us - 1000000);

    /* Nothing is new: no mark is made. */
    wait_read(r);
    wait_read(r);
    assert_int_equal(wait_mark(r).lsn, heard.lsn);

    /* A worker has moved an epoch: its change stands before the next mark. */
    from = position(r);
    run(r, "insert into quoin.event (kind) values ('entry.created')");
    qn_epoch_bump(r->shm, QN_STR("entry:mine"));
    qn_shm_wrote(r->shm);
    assert_true(wait_mark(r).lsn > from);
}

static int up(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    const char *const env[] = { NULL };
    qn_config_sources src = { .environ = env };
    pgfixture_up(&pg);
    if (qn_migrate(qn_embedded_conninfo(pg.em, "quoin_owner"), NULL, NULL, &e)) fail_msg("%s", e.text);
    if (qn_config_load(&config, &src, &e)) fail_msg("%s", e.text);
    const char *const sets[] = { "database.read_url=postgresql://standby.example.org/quoin" };
    src = (qn_config_sources){ .sets = sets, .nsets = COUNT(sets), .environ = env };
    if (qn_config_load(&with_standbys, &src, &e)) fail_msg("%s", e.text);
    return 0;
}

static int down(void **state)
{
    (void)state;
    qn_config_free(&config);
    qn_config_free(&with_standbys);
    pgfixture_down(&pg);
    return 0;
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(an_event_moves_the_epochs_of_what_it_names),
        T(what_happens_to_a_working_copy_moves_no_epoch),
        T(what_a_worker_told_itself_is_not_told_again),
        T(an_event_moves_the_epochs_of_what_it_names),
        T(changed_types_and_rights_have_counters_of_their_own),
        T(many_writes_are_told_in_few_notifications),
        T(without_a_write_nothing_is_told),
        T(a_write_just_before_the_end_is_still_told),
        T(what_happened_while_it_was_dead_is_read_by_the_next_one),
        T(a_lost_connection_loses_no_event),
        T(without_standbys_it_marks_nothing),
        T(with_standbys_it_marks_where_in_the_log_what_is_known_stands),
    };
    return cmocka_run_group_tests(tests, up, down);
}
