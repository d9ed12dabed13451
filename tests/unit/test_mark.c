/* What the listener marks of the primary's log, and what workers make of it. */
#include "unit.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loop/mark.h"

static const qn_log_name here = { .system = 7, .timeline = 1 }, promoted = { .system = 7, .timeline = 2 };

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

static void nothing_is_known_before_the_first_mark(void **state)
{
    qn_mark m;
    assert_false(qn_mark_newest(&m, *state));
    qn_mark_log(*state, here);
    assert_false(qn_mark_newest(&m, *state));
    assert_int_equal(qn_mark_stamp_at(*state, UINT64_MAX), 0);
}

static void the_newest_mark_is_told_with_its_log_and_clock(void **state)
{
    qn_mark m;
    qn_mark_log(*state, here);
    qn_mark_put(*state, 3, 100, 5000);
    qn_mark_put(*state, 8, 250, 6000);
    qn_mark_clock(*state, 9000, 1000, 1500);
    assert_true(qn_mark_newest(&m, *state));
    assert_int_equal(m.log.system, 7);
    assert_int_equal(m.log.timeline, 1);
    assert_int_equal(m.stamp, 8);
    assert_int_equal(m.lsn, 250);
    assert_int_equal(m.clock_us, 6000);
    assert_int_equal(m.ahead_least_us, 7500);
    assert_int_equal(m.ahead_most_us, 8000);
}

static void a_position_stands_for_the_newest_stamp_before_it(void **state)
{
    static const struct {
        uint64_t lsn, stamp;
    } cases[] = { { 99, 0 }, { 100, 3 }, { 249, 3 }, { 250, 8 }, { 1000, 8 } };
    qn_mark_log(*state, here);
    qn_mark_put(*state, 3, 100, 0);
    qn_mark_put(*state, 8, 250, 0);
    for (size_t i = 0; i < COUNT(cases); i++) assert_int_equal(qn_mark_stamp_at(*state, cases[i].lsn), cases[i].stamp);
}

static void of_many_marks_the_last_ones_are_remembered(void **state)
{
    qn_mark m;
    qn_mark_log(*state, here);
    for (uint64_t i = 1; i <= 1000; i++) qn_mark_put(*state, i, i * 10, 0);
    assert_true(qn_mark_newest(&m, *state));
    assert_int_equal(m.stamp, 1000);
    assert_int_equal(qn_mark_stamp_at(*state, 9995), 999);
    assert_int_equal(qn_mark_stamp_at(*state, (1000 - QN_MARKS + 1) * 10), 1000 - QN_MARKS + 1);
    assert_int_equal(qn_mark_stamp_at(*state, (1000 - QN_MARKS) * 10), 0);
}

static void in_another_log_nothing_of_the_first_counts(void **state)
{
    qn_mark m;
    qn_mark_log(*state, here);
    qn_mark_put(*state, 3, 100, 0);
    qn_mark_log(*state, here); /* the same server again */
    assert_true(qn_mark_newest(&m, *state));
    qn_mark_log(*state, promoted);
    assert_false(qn_mark_newest(&m, *state));
    assert_int_equal(qn_mark_stamp_at(*state, UINT64_MAX), 0);
    qn_mark_put(*state, 4, 50, 0);
    assert_true(qn_mark_newest(&m, *state));
    assert_int_equal(m.log.timeline, 2);
}

static void a_listener_that_was_killed_while_it_wrote_leaves_nothing_known_until_the_next_one_writes(void **state)
{
    qn_mark m;
    qn_shm *s = *state;
    qn_mark_log(s, here);
    qn_mark_put(s, 3, 100, 0);
    atomic_fetch_add(&s->marks.turn, 1); /* it had begun */
    assert_false(qn_mark_newest(&m, s));
    assert_int_equal(qn_mark_stamp_at(s, 100), 0);
    qn_mark_log(s, here);
    assert_true(qn_mark_newest(&m, s));
    assert_int_equal(qn_mark_stamp_at(s, 100), 3);
}

static void who_reads_while_another_process_writes_sees_whole_marks_only(void **state)
{
    enum { MANY = 200000 };
    qn_shm *s = *state;
    qn_mark m = { .stamp = 0 };
    int status;
    qn_mark_log(s, here);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        for (uint64_t i = 1; i <= MANY; i++) qn_mark_put(s, i, i * 10, (int64_t)i);
        _exit(0);
    }
    while (m.stamp < MANY) {
        if (!qn_mark_newest(&m, s)) continue;
        assert_int_equal(m.lsn, m.stamp * 10);
        assert_int_equal(m.clock_us, m.stamp);
        assert_true(qn_mark_stamp_at(s, m.lsn) <= m.stamp);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(nothing_is_known_before_the_first_mark),
        T(the_newest_mark_is_told_with_its_log_and_clock),
        T(a_position_stands_for_the_newest_stamp_before_it),
        T(of_many_marks_the_last_ones_are_remembered),
        T(in_another_log_nothing_of_the_first_counts),
        T(a_listener_that_was_killed_while_it_wrote_leaves_nothing_known_until_the_next_one_writes),
        T(who_reads_while_another_process_writes_sees_whole_marks_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
