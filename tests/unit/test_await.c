/* Who waits for what is read once for all. */
#include "base/await.h"

#include <string.h>

#include "base/err.h"
#include "unit.h"

static qn_awaiting *list;
static qn_arena *arenas[3];
static char order[16];

static int setup(void **state)
{
    (void)state;
    list = NULL;
    order[0] = '\0';
    for (int i = 0; i < 3; i++) arenas[i] = qn_arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) qn_arena_free(&arenas[i]);
    return 0;
}

static void note(void *ctx, int err)
{
    strcat(order, err ? "!" : ctx);
}

static void wait_again(void *ctx, int err)
{
    (void)err;
    strcat(order, "r");
    assert_int_equal(qn_await(&list, arenas[0], note, ctx), QN_OK);
}

static void end_the_others(void *ctx, int err)
{
    (void)err;
    strcat(order, ctx);
    qn_arena_free(&arenas[0]);
    qn_arena_free(&arenas[2]);
}

static void all_who_wait_are_called_once(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) assert_int_equal(qn_await(&list, arenas[i], note, "x"), QN_OK);
    qn_await_release(&list, QN_OK);
    assert_string_equal(order, "xxx");
    qn_await_release(&list, QN_OK);
    assert_string_equal(order, "xxx");
    assert_int_equal(qn_await(&list, arenas[0], note, "x"), QN_OK);
    qn_await_release(&list, QN_EUNAVAIL);
    assert_string_equal(order, "xxx!");
}

static void whose_arena_has_ended_is_not_called(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) assert_int_equal(qn_await(&list, arenas[i], note, "x"), QN_OK);
    qn_arena_free(&arenas[1]);
    qn_await_release(&list, QN_OK);
    assert_string_equal(order, "xx");
}

static void one_may_end_the_others_when_it_is_called(void **state)
{
    (void)state;
    assert_int_equal(qn_await(&list, arenas[0], note, "x"), QN_OK);
    assert_int_equal(qn_await(&list, arenas[2], note, "x"), QN_OK);
    assert_int_equal(qn_await(&list, arenas[1], end_the_others, "e"), QN_OK);
    qn_await_release(&list, QN_OK);
    assert_string_equal(order, "e");
    assert_null(list);
}

static void who_begins_to_wait_meanwhile_waits_for_the_next_time(void **state)
{
    (void)state;
    assert_int_equal(qn_await(&list, arenas[1], wait_again, "n"), QN_OK);
    qn_await_release(&list, QN_OK);
    assert_string_equal(order, "r");
    qn_await_release(&list, QN_OK);
    assert_string_equal(order, "rn");
}

static void who_is_forgotten_is_not_called(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) assert_int_equal(qn_await(&list, arenas[i], note, "x"), QN_OK);
    qn_await_forget(&list);
    assert_null(list);
    qn_await_release(&list, QN_OK);
    assert_string_equal(order, "");
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(all_who_wait_are_called_once),
        T(whose_arena_has_ended_is_not_called),
        T(one_may_end_the_others_when_it_is_called),
        T(who_begins_to_wait_meanwhile_waits_for_the_next_time),
        T(who_is_forgotten_is_not_called),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
