/* The master's children: spawned, watched, reaped and brought back. Times are given, not waited for. */
#include "unit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "process/family.h"

/* What a child does instead of its work. */
typedef enum { HANG, HANG_ON, END } play;

typedef struct {
    qn_family f;
    qn_shm *shm;
    play play;
} rig;

enum { T0 = 1000000 };

static void in_child(void *ctx)
{
    rig *r = ctx;
    if (r->play == END) _exit(3);
    if (r->play == HANG_ON) signal(SIGABRT, SIG_IGN);
    for (;;) pause();
}

static int setup(void **state)
{
    rig *r = calloc(1, sizeof *r);
    if (!r || qn_shm_new(&r->shm)) return -1;
    qn_log_setup((qn_log_options){ .level = QN_LOG_ERROR + 1 });
    r->f.common.shm = r->shm;
    r->f.in_child = in_child;
    r->f.ctx = r;
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig *r = *state;
    qn_family_signal(&r->f, QN_PROC_NONE, SIGKILL, true);
    for (size_t i = 0; i < r->f.n; i++)
        if (r->f.members[i].pid) waitpid(r->f.members[i].pid, NULL, 0);
    qn_shm_free(&r->shm);
    free(r);
    return 0;
}

static qn_member *spawn_one(rig *r, qn_proc_kind kind)
{
    qn_member *m = qn_family_add(&r->f, kind, 1);
    qn_family_spawn(&r->f, T0);
    assert_true(m->pid > 0);
    return m;
}

static int wait_end(const qn_member *m)
{
    int status;
    assert_int_equal(waitpid(m->pid, &status, 0), m->pid);
    return status;
}

static void be_ready(rig *r, qn_member *m, int64_t now)
{
    atomic_store(&m->slot->state, QN_PROC_READY);
    qn_family_watch(&r->f, now);
    assert_true(m->was_ready);
}

/* Ends it and tells the family, `ms` after it was spawned. */
static void die(rig *r, qn_member *m, int64_t now)
{
    assert_int_equal(kill(m->pid, SIGKILL), 0);
    pid_t pid = m->pid;
    int status = wait_end(m);
    assert_true(qn_family_reaped(&r->f, pid, status, now));
}

static void a_child_has_a_slot_that_names_it(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    assert_string_equal(m->label, "worker 1");
    assert_int_equal(atomic_load(&m->slot->pid), m->pid);
    assert_int_equal(atomic_load(&m->slot->kind), QN_PROC_WORKER);
}

static void the_slot_of_a_dead_child_is_empty(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    qn_slot *slot = m->slot;
    atomic_store(&slot->connections, 77);
    die(r, m, T0 + 1);
    assert_int_equal(atomic_load(&slot->kind), QN_PROC_NONE);
    assert_int_equal(atomic_load(&slot->connections), 0);
    assert_int_equal(qn_family_running(&r->f, QN_PROC_NONE), 0);
}

static void a_stranger_s_pid_is_none_of_ours(void **state)
{
    rig *r = *state;
    spawn_one(r, QN_PROC_WORKER);
    assert_false(qn_family_reaped(&r->f, getpid(), 0, T0));
}

static void who_dies_fast_comes_back_later_each_time(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_JOBS);
    int64_t now = T0, last = 0;
    for (int i = 0; i < 4; i++) {
        die(r, m, now);
        int64_t delay = m->due_ms - now;
        assert_true(delay > last);
        last = delay;
        qn_family_spawn(&r->f, m->due_ms - 1);
        assert_int_equal(m->pid, 0);
        assert_true(qn_family_next(&r->f, now, now + 100000) <= m->due_ms);
        now = m->due_ms;
        qn_family_spawn(&r->f, now);
        assert_true(m->pid > 0);
    }
}

static void who_lived_well_comes_back_at_once(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_JOBS);
    die(r, m, T0);
    qn_family_spawn(&r->f, m->due_ms);
    int64_t born = m->due_ms;
    be_ready(r, m, born);
    die(r, m, born + QN_LIVED_WELL_MS);
    assert_int_equal(m->due_ms, born + QN_LIVED_WELL_MS);
}

/* A worker that waits for a database all its life is not to blame for it. */
static void so_does_who_lived_long_without_ever_being_ready(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    die(r, m, T0 + QN_LIVED_WELL_MS);
    assert_int_equal(m->due_ms, T0 + QN_LIVED_WELL_MS);
    assert_int_equal(r->f.early_deaths, 0);
}

static void who_was_let_go_does_not_come_back(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_JOBS);
    pid_t pid = m->pid;
    qn_family_signal(&r->f, QN_PROC_JOBS, SIGTERM, true);
    int status = wait_end(m);
    assert_int_equal(WTERMSIG(status), SIGTERM);
    qn_family_reaped(&r->f, pid, status, T0);
    qn_family_spawn(&r->f, T0 + 100000);
    assert_int_equal(m->pid, 0);
}

static void setup_runs_once(void **state)
{
    rig *r = *state;
    r->play = END;
    qn_member *m = spawn_one(r, QN_PROC_SETUP);
    pid_t pid = m->pid;
    int status = wait_end(m);
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_true(qn_family_reaped(&r->f, pid, status, T0));
    qn_family_spawn(&r->f, T0 + 100000);
    assert_int_equal(m->pid, 0);
}

static void a_family_is_ready_when_each_of_it_is(void **state)
{
    rig *r = *state;
    qn_member *a = spawn_one(r, QN_PROC_WORKER), *b = spawn_one(r, QN_PROC_LISTENER);
    assert_false(qn_family_ready(&r->f));
    be_ready(r, a, T0);
    assert_false(qn_family_ready(&r->f));
    be_ready(r, b, T0);
    assert_true(qn_family_ready(&r->f));
    die(r, a, T0 + 1);
    assert_false(qn_family_ready(&r->f));
}

static void deaths_before_the_first_readiness_are_counted(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    die(r, m, T0);
    assert_int_equal(r->f.early_deaths, 1);
    r->f.ever_ready = true;
    qn_family_spawn(&r->f, m->due_ms);
    die(r, m, m->due_ms);
    assert_int_equal(r->f.early_deaths, 1);
}

/* Looks once a second, as the master does, until `until`. */
static void watch_until(rig *r, int64_t from, int64_t until)
{
    for (int64_t t = from; t < until; t += 1000) qn_family_watch(&r->f, t);
    qn_family_watch(&r->f, until);
}

static void who_gives_no_sign_of_life_is_aborted(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    watch_until(r, T0, T0 + QN_STALL_MS - 1);
    assert_int_equal(m->aborted_ms, 0);
    qn_family_watch(&r->f, T0 + QN_STALL_MS);
    assert_int_equal(WTERMSIG(wait_end(m)), SIGABRT);
    m->pid = 0;
}

static void who_beats_is_left_alone(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    watch_until(r, T0, T0 + QN_STALL_MS - 1);
    atomic_store(&m->slot->heartbeat_ms, T0 + QN_STALL_MS - 1);
    watch_until(r, T0 + QN_STALL_MS, T0 + 2 * QN_STALL_MS - 2);
    assert_int_equal(m->aborted_ms, 0);
}

static void whom_an_abort_does_not_end_is_killed(void **state)
{
    rig *r = *state;
    r->play = HANG_ON;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    watch_until(r, T0, T0 + QN_STALL_MS);
    assert_true(m->aborted_ms != 0);
    watch_until(r, T0 + QN_STALL_MS, T0 + QN_STALL_MS + QN_ABORT_GRACE_MS + 1);
    int sig = WTERMSIG(wait_end(m));
    assert_true(sig == SIGKILL || sig == SIGABRT); /* it may not have got to ignore that one */
    m->pid = 0;
}

static void after_a_stop_of_the_whole_tree_everybody_gets_time_to_beat(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_WORKER);
    qn_family_watch(&r->f, T0);
    qn_family_watch(&r->f, T0 + 3600 * 1000); /* the master itself has not looked for an hour */
    assert_int_equal(m->aborted_ms, 0);
    watch_until(r, T0 + 3601 * 1000, T0 + 3600 * 1000 + QN_STALL_MS);
    assert_true(m->aborted_ms != 0);
}

static void setup_may_take_as_long_as_it_takes(void **state)
{
    rig *r = *state;
    qn_member *m = spawn_one(r, QN_PROC_SETUP);
    watch_until(r, T0, T0 + 10 * QN_STALL_MS);
    assert_int_equal(m->aborted_ms, 0);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_child_has_a_slot_that_names_it),
        T(the_slot_of_a_dead_child_is_empty),
        T(a_stranger_s_pid_is_none_of_ours),
        T(who_dies_fast_comes_back_later_each_time),
        T(who_lived_well_comes_back_at_once),
        T(so_does_who_lived_long_without_ever_being_ready),
        T(who_was_let_go_does_not_come_back),
        T(setup_runs_once),
        T(a_family_is_ready_when_each_of_it_is),
        T(deaths_before_the_first_readiness_are_counted),
        T(who_gives_no_sign_of_life_is_aborted),
        T(who_beats_is_left_alone),
        T(whom_an_abort_does_not_end_is_killed),
        T(after_a_stop_of_the_whole_tree_everybody_gets_time_to_beat),
        T(setup_may_take_as_long_as_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
