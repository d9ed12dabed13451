#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "base/fault.h"

static void faults_are_copied_and_kept_in_order(void **state)
{
    (void)state;
    qn_faults f = { .arena = qn_arena_new(0) };
    char pointer[] = "/body/2/text";
    qn_fault_add(&f, false, pointer, "required", "%s is missing, %d bytes at most", "text", 200);
    memset(pointer, 'x', sizeof pointer - 1);
    qn_fault_add(&f, false, "?limit", "range", "from 1 to 200");
    assert_int_equal(f.n, 2);
    assert_string_equal(f.items[0].pointer, "/body/2/text");
    assert_string_equal(f.items[0].code, "required");
    assert_string_equal(f.items[0].detail, "text is missing, 200 bytes at most");
    assert_string_equal(f.items[1].pointer, "?limit");
    assert_false(f.shape);
    qn_arena_free(&f.arena);
}

static void one_fault_of_shape_makes_the_list_one_of_shape(void **state)
{
    (void)state;
    qn_faults f = { .arena = qn_arena_new(0) };
    qn_fault_add(&f, true, "/titel", "unknown_member", "no such member");
    qn_fault_add(&f, false, "/slug", "pattern", "no slug");
    assert_true(f.shape);
    qn_arena_free(&f.arena);
}

static void past_the_bound_they_are_counted_only(void **state)
{
    (void)state;
    qn_faults f = { .arena = qn_arena_new(0) };
    for (int i = 0; i < QN_FAULTS_MAX + 7; i++) qn_fault_add(&f, false, "/x", "range", "%d", i);
    assert_int_equal(f.n, QN_FAULTS_MAX);
    assert_int_equal(f.dropped, 7);
    char last[8];
    snprintf(last, sizeof last, "%d", QN_FAULTS_MAX - 1);
    assert_string_equal(f.items[QN_FAULTS_MAX - 1].detail, last);
    qn_arena_free(&f.arena);
}

static void without_memory_a_fault_is_still_counted(void **state)
{
    (void)state;
    qn_faults f = { .arena = qn_arena_new(64) };
    qn_arena_limit(f.arena, 1);
    for (int i = 0; i < 50; i++) qn_fault_add(&f, true, "/some/long/pointer", "range", "%040d", i);
    assert_int_equal(f.n + f.dropped, 50);
    assert_true(f.shape);
    qn_arena_free(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_are_copied_and_kept_in_order),
        cmocka_unit_test(one_fault_of_shape_makes_the_list_one_of_shape),
        cmocka_unit_test(past_the_bound_they_are_counted_only),
        cmocka_unit_test(without_memory_a_fault_is_still_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
