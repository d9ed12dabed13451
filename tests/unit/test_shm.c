/* Shared memory: slots, epochs and the listener's wake-up, across processes. */
#include "unit.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/shm.h"

static int setup(void **state)
{
    qn_shm *s;
    if (qn_shm_new(&s)) return -1;
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    qn_shm *s = *state;
    qn_shm_free(&s);
    return s != NULL;
}

static qn_slot *ready_worker(qn_shm *s, int index, int generation, int32_t connections)
{
    qn_slot *slot = qn_shm_slot_take(s, QN_PROC_WORKER, index, generation);
    assert_non_null(slot);
    atomic_store(&slot->state, QN_PROC_READY);
    atomic_store(&slot->connections, connections);
    return slot;
}

static void run_in_child(void (*fn)(qn_shm *s), qn_shm *s)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        fn(s);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static bool is_woken(qn_shm *s)
{
    struct pollfd p = { .fd = s->wake_fd, .events = POLLIN };
    return poll(&p, 1, 0) == 1;
}

static void a_slot_taken_names_its_process(void **state)
{
    qn_slot *slot = qn_shm_slot_take(*state, QN_PROC_WORKER, 3, 7);
    assert_non_null(slot);
    assert_int_equal(atomic_load(&slot->kind), QN_PROC_WORKER);
    assert_int_equal(atomic_load(&slot->index), 3);
    assert_int_equal(atomic_load(&slot->generation), 7);
    assert_int_equal(atomic_load(&slot->state), QN_PROC_STARTING);
}

static void two_processes_never_share_a_slot(void **state)
{
    qn_slot *a = qn_shm_slot_take(*state, QN_PROC_WORKER, 1, 1), *b = qn_shm_slot_take(*state, QN_PROC_WORKER, 2, 1);
    assert_ptr_not_equal(a, b);
}

static void a_released_slot_is_empty_and_taken_again(void **state)
{
    qn_slot *a = ready_worker(*state, 1, 1, 12);
    snprintf(a->note, sizeof a->note, "quotes before_save");
    qn_shm_slot_release(a);
    assert_int_equal(atomic_load(&a->connections), 0);
    qn_slot *b = qn_shm_slot_take(*state, QN_PROC_JOBS, 0, 1);
    assert_ptr_equal(a, b);
    assert_string_equal(b->note, "");
    assert_int_equal(atomic_load(&b->state), QN_PROC_STARTING);
}

static void when_all_slots_are_taken_there_is_none(void **state)
{
    qn_slot *last = NULL;
    for (int i = 0; i < QN_SLOTS; i++) last = qn_shm_slot_take(*state, QN_PROC_WORKER, i + 1, 1);
    assert_non_null(last);
    assert_null(qn_shm_slot_take(*state, QN_PROC_WORKER, QN_SLOTS + 1, 1));
    qn_shm_slot_release(last);
    assert_ptr_equal(qn_shm_slot_take(*state, QN_PROC_WORKER, QN_SLOTS, 1), last);
}

static void the_least_loaded_is_a_ready_worker_of_the_generation(void **state)
{
    qn_shm *s = *state;
    assert_int_equal(qn_shm_least_connections(s, 2), INT32_MAX);
    ready_worker(s, 1, 2, 9);
    ready_worker(s, 2, 2, 5);
    ready_worker(s, 1, 1, 0); /* an older generation */
    qn_slot *draining = ready_worker(s, 3, 2, 1);
    atomic_store(&draining->state, QN_PROC_DRAINING);
    qn_shm_slot_take(s, QN_PROC_WORKER, 4, 2); /* still starting */
    qn_slot *jobs = qn_shm_slot_take(s, QN_PROC_JOBS, 0, 2);
    atomic_store(&jobs->state, QN_PROC_READY);
    assert_int_equal(qn_shm_least_connections(s, 2), 5);
}

static void a_dead_worker_s_connections_are_forgotten_with_its_slot(void **state)
{
    qn_shm *s = *state;
    qn_slot *dead = ready_worker(s, 1, 1, 0);
    ready_worker(s, 2, 1, 40);
    qn_shm_slot_release(dead);
    assert_int_equal(qn_shm_least_connections(s, 1), 40);
}

static void bump_article(qn_shm *s)
{
    qn_epoch_bump(s, QN_STR("type:article"));
}

static void an_epoch_bumped_in_one_process_moves_in_another(void **state)
{
    uint64_t before = qn_epoch_get(*state, QN_STR("type:article"));
    run_in_child(bump_article, *state);
    assert_int_equal(qn_epoch_get(*state, QN_STR("type:article")), before + 1);
}

static void names_that_differ_little_have_epochs_of_their_own(void **state)
{
    qn_shm *s = *state;
    unsigned shared = 0;
    char name[32];
    for (int i = 0; i < 1000; i++) {
        int n = snprintf(name, sizeof name, "tag:%d", i);
        qn_str key = { name, (size_t)n };
        if (qn_epoch_get(s, key)) shared++;
        qn_epoch_bump(s, key);
    }
    /* 1000 names on 65536 counters: about 8 pairs meet by the birthday bound; a weak hash would show hundreds. */
    assert_true(shared < 40);
}

static void a_write_wakes_the_listener_once_until_it_takes_them(void **state)
{
    qn_shm *s = *state;
    assert_false(is_woken(s));
    run_in_child(qn_shm_wrote, s);
    run_in_child(qn_shm_wrote, s);
    assert_true(is_woken(s));
    qn_shm_woken(s);
    qn_shm_wrote(s); /* it knows that there is something */
    assert_false(is_woken(s));
    assert_int_equal(qn_shm_wrote_take(s), 3);
    assert_false(is_woken(s));
    qn_shm_wrote(s);
    assert_true(is_woken(s));
    qn_shm_woken(s);
    assert_int_equal(qn_shm_wrote_take(s), 4);
}

static void looking_without_a_write_does_not_block(void **state)
{
    qn_shm_woken(*state);
    assert_int_equal(qn_shm_wrote_take(*state), 0);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_slot_taken_names_its_process),
        T(two_processes_never_share_a_slot),
        T(a_released_slot_is_empty_and_taken_again),
        T(when_all_slots_are_taken_there_is_none),
        T(the_least_loaded_is_a_ready_worker_of_the_generation),
        T(a_dead_worker_s_connections_are_forgotten_with_its_slot),
        T(an_epoch_bumped_in_one_process_moves_in_another),
        T(names_that_differ_little_have_epochs_of_their_own),
        T(a_write_wakes_the_listener_once_until_it_takes_them),
        T(looking_without_a_write_does_not_block),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
