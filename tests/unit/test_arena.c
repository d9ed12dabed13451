#include "unit.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

static void memory_is_zeroed_aligned_and_its_own(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(64);
    unsigned char *p[200];
    for (size_t i = 0; i < 200; i++) {
        p[i] = qn_arena_alloc(a, i);
        assert_non_null(p[i]);
        assert_int_equal((uintptr_t)p[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++) assert_int_equal(p[i][k], 0);
        memset(p[i], (int)i, i);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t k = 0; k < i; k++) assert_int_equal(p[i][k], i);
    qn_arena_free(&a);
    assert_null(a);
    qn_arena_free(&a);
    qn_arena_free(NULL);
}

static void a_large_piece_gets_a_block_of_its_size(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(0);
    size_t before = qn_arena_bytes(a);
    char *big = qn_arena_alloc(a, 1 << 20);
    assert_non_null(big);
    big[(1 << 20) - 1] = 'x';
    assert_in_range(qn_arena_bytes(a) - before, 1 << 20, (1 << 20) + 4096);
    qn_arena_free(&a);
}

static void reset_keeps_the_first_block_and_forgets_the_rest(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(1024);
    size_t first = qn_arena_bytes(a);
    void *p = qn_arena_alloc(a, 100);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) assert_non_null(qn_arena_alloc(a, 1000));
        assert_true(qn_arena_bytes(a) > first);
        qn_arena_reset(a);
        assert_int_equal(qn_arena_bytes(a), first);
        assert_ptr_equal(qn_arena_alloc(a, 100), p);
    }
    qn_arena_free(&a);
}

static char called[8];

static void note(void *arg)
{
    strcat(called, arg);
}

static void deferred_calls_run_last_in_first_out_once(void **state)
{
    (void)state;
    char one[] = "1", two[] = "2", three[] = "3";
    qn_arena *a = qn_arena_new(0);
    called[0] = '\0';
    assert_int_equal(qn_arena_defer(a, note, one), 0);
    assert_int_equal(qn_arena_defer(a, note, two), 0);
    qn_arena_reset(a);
    assert_string_equal(called, "21");
    assert_int_equal(qn_arena_defer(a, note, three), 0);
    qn_arena_free(&a);
    assert_string_equal(called, "213");
}

static qn_arena *again_in;

static void defer_again(void *arg)
{
    strcat(called, "a");
    assert_int_equal(qn_arena_defer(again_in, note, arg), 0);
}

static void a_deferred_call_may_defer_another(void **state)
{
    (void)state;
    char b[] = "b";
    qn_arena *a = again_in = qn_arena_new(0);
    called[0] = '\0';
    assert_int_equal(qn_arena_defer(a, defer_again, b), 0);
    qn_arena_free(&a);
    assert_string_equal(called, "ab");
}

static void the_limit_is_never_passed_and_can_be_used_up(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(256);
    size_t limit = qn_arena_bytes(a) + 10000, got = 0;
    qn_arena_limit(a, limit);
    while (qn_arena_alloc(a, 64)) got += 64;
    assert_true(qn_arena_bytes(a) <= limit);
    assert_in_range(got, 8000, limit);
    assert_null(qn_arena_alloc(a, 1 << 20));
    assert_null(qn_arena_strndup(a, called, 4000));
    while (qn_arena_alloc(a, 1)) {
    }
    assert_int_equal(qn_arena_defer(a, note, NULL), QN_ENOMEM);
    qn_arena_limit(a, 0);
    assert_non_null(qn_arena_alloc(a, 1 << 20));
    qn_arena_free(&a);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(0);
    assert_null(qn_arena_alloc(a, SIZE_MAX));
    assert_null(qn_arena_alloc(a, SIZE_MAX - 8));
    assert_null(qn_arena_calloc(a, SIZE_MAX / 2, 3));
    assert_null(qn_arena_strndup(a, "", SIZE_MAX));
    assert_null(qn_arena_new(SIZE_MAX));
    assert_non_null(qn_arena_calloc(a, 0, 8));
    assert_non_null(qn_arena_calloc(a, 8, 0));
    qn_arena_free(&a);
}

static void texts_are_copied_and_printed(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(0);
    char from[] = "galley";
    char *copy = qn_arena_strdup(a, from), *part = qn_arena_strndup(a, from, 3);
    from[0] = 'v';
    assert_string_equal(copy, "galley");
    assert_string_equal(part, "gal");
    assert_string_equal(qn_arena_printf(a, "%s-%05d", part, 42), "gal-00042");
    char *longer = qn_arena_printf(a, "%9000s|", "x");
    assert_int_equal(strlen(longer), 9001);
    qn_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_its_own),
        cmocka_unit_test(a_large_piece_gets_a_block_of_its_size),
        cmocka_unit_test(reset_keeps_the_first_block_and_forgets_the_rest),
        cmocka_unit_test(deferred_calls_run_last_in_first_out_once),
        cmocka_unit_test(a_deferred_call_may_defer_another),
        cmocka_unit_test(the_limit_is_never_passed_and_can_be_used_up),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(texts_are_copied_and_printed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
