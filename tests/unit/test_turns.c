#include "unit.h"

#include <sched.h>

#include "process/turns.h"

static void test_becomes_a_batch_when_interrupted_often_until_the_next_round(void **state)
{
    (void)state;
    qn_turns t = { 0 };
    assert_false(qn_turns_next(&t, QN_TURNS_LOOKS + 1, 0));
    assert_false(qn_turns_next(&t, QN_TURNS_LOOKS + 2, QN_TURNS_INTERRUPTED - 1));
    /* a batch is hardly interrupted: that alone does not end it */
    for (int i = 3; i < QN_TURNS_LOOKS; i++) assert_true(qn_turns_next(&t, QN_TURNS_LOOKS + i, i == 3 ? QN_TURNS_INTERRUPTED : 0));
    assert_false(qn_turns_next(&t, 2 * QN_TURNS_LOOKS, QN_TURNS_INTERRUPTED));
    assert_true(qn_turns_next(&t, 2 * QN_TURNS_LOOKS + 1, QN_TURNS_INTERRUPTED));
}

static qn_loop *loop;

static void stop(void *ctx)
{
    (void)ctx;
    qn_loop_stop(loop);
}

static void run(int64_t ms)
{
    qn_timer *t = NULL;
    assert_int_equal(qn_timer_new(&t, loop, stop, NULL), QN_OK);
    qn_timer_start(t, ms);
    assert_int_equal(qn_loop_run(loop), QN_OK);
    qn_timer_free(&t);
}

/* Counted as interrupted beforehand: how often a test is interrupted is its host's affair. */
static void test_the_kernel_is_told(void **state)
{
    (void)state;
    qn_turns t;
    assert_int_equal(qn_loop_new(&loop), QN_OK);
    assert_int_equal(qn_turns_open(&t, loop), QN_OK);
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
    for (int i = 0; i <= QN_TURNS_LOOKS && !t.batch; i++) { /* one of these looks begins a round */
        t.interrupted -= QN_TURNS_INTERRUPTED;
        run(QN_TURNS_LOOK_MS);
    }
    assert_int_equal(sched_getscheduler(0), SCHED_BATCH);
    for (int i = 0; i <= QN_TURNS_LOOKS && t.batch; i++) run(QN_TURNS_LOOK_MS);
    assert_int_equal(sched_getscheduler(0), SCHED_OTHER);
    qn_turns_close(&t);
    qn_loop_free(&loop);
}

static void test_the_operators_policy_stays(void **state)
{
    (void)state;
    qn_turns t;
    assert_int_equal(qn_loop_new(&loop), QN_OK);
    assert_int_equal(sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){ 0 }), 0);
    assert_int_equal(qn_turns_open(&t, loop), QN_OK);
    assert_null(t.look);
    qn_turns_close(&t);
    qn_loop_free(&loop);
    assert_int_equal(sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 }), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_becomes_a_batch_when_interrupted_often_until_the_next_round),
        cmocka_unit_test(test_the_kernel_is_told),
        cmocka_unit_test(test_the_operators_policy_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
