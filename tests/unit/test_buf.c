#include "unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"

static void what_is_added_stands_in_order_and_ends_with_a_nul(void **state)
{
    (void)state;
    qn_buf b;
    qn_buf_init(&b, 0);
    assert_null(qn_buf_str(&b).p);
    assert_int_equal(qn_buf_add(&b, "a\0b", 3), 0);
    assert_int_equal(qn_buf_adds(&b, QN_STR("c")), 0);
    assert_int_equal(qn_buf_addz(&b, "de"), 0);
    assert_int_equal(qn_buf_addc(&b, 'f'), 0);
    assert_int_equal(qn_buf_printf(&b, "%d", 42), 0);
    assert_int_equal(qn_buf_adds(&b, (qn_str){ NULL, 0 }), 0);
    assert_int_equal(b.n, 9);
    assert_memory_equal(b.p, "a\0bcdef42", 10);
    qn_buf_free(&b);
    assert_null(b.p);
    qn_buf_free(&b);
    qn_buf_free(NULL);
}

static void it_grows_over_many_sizes(void **state)
{
    (void)state;
    qn_buf b;
    qn_buf_init(&b, 0);
    for (int i = 0; i < 5000; i++) assert_int_equal(qn_buf_printf(&b, "%d,", i), 0);
    assert_true(qn_str_ends(qn_buf_str(&b), QN_STR("4998,4999,")));
    assert_int_equal(qn_buf_printf(&b, "%3000s", "wide"), 0);
    assert_true(qn_str_ends(qn_buf_str(&b), QN_STR("  wide")));
    assert_int_equal(strlen(b.p), b.n);
    qn_buf_free(&b);
}

static void past_its_bound_it_fails_and_stays_failed_until_cleared(void **state)
{
    (void)state;
    qn_buf b;
    qn_buf_init(&b, 10);
    assert_int_equal(qn_buf_addz(&b, "0123456789"), 0);
    assert_int_equal(qn_buf_reserve(&b, 1), QN_ELIMIT);
    assert_false(b.failed);
    assert_int_equal(qn_buf_addc(&b, 'x'), QN_ELIMIT);
    assert_true(b.failed);
    assert_int_equal(qn_buf_add(&b, "", 0), QN_ELIMIT);
    assert_int_equal(qn_buf_printf(&b, "%300s", "y"), QN_ELIMIT);
    assert_string_equal(b.p, "0123456789");
    qn_buf_clear(&b);
    assert_false(b.failed);
    assert_string_equal(b.p, "");
    assert_int_equal(qn_buf_addz(&b, "again"), 0);
    assert_int_equal(qn_buf_reserve(&b, SIZE_MAX), QN_ELIMIT);
    qn_buf_free(&b);
    assert_int_equal(b.max, 10);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    qn_buf b;
    qn_buf_init(&b, 0);
    assert_int_equal(qn_buf_addc(&b, 'x'), 0);
    assert_int_equal(qn_buf_reserve(&b, SIZE_MAX), QN_ENOMEM);
    assert_int_equal(qn_buf_reserve(&b, SIZE_MAX - 1), QN_ENOMEM);
    qn_buf_free(&b);
}

static void dropping_takes_from_the_front(void **state)
{
    (void)state;
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_buf_drop(&b, 0);
    qn_buf_addz(&b, "head|tail");
    qn_buf_drop(&b, 5);
    assert_string_equal(b.p, "tail");
    qn_buf_drop(&b, 4);
    assert_int_equal(b.n, 0);
    assert_string_equal(b.p, "");
    qn_buf_free(&b);
}

static void a_json_string_escapes_only_what_must_be(void **state)
{
    (void)state;
    static const struct {
        qn_str in;
        const char *out;
    } cases[] = {
        { { "", 0 }, "\"\"" },
        { { NULL, 0 }, "\"\"" },
        { { "plain / \x7F gr\xC3\xBC\xC3\x9F", 16 }, "\"plain / \x7F gr\xC3\xBC\xC3\x9F\"" },
        { { "\"\\", 2 }, "\"\\\"\\\\\"" },
        { { "a\b\f\n\r\tz", 7 }, "\"a\\b\\f\\n\\r\\tz\"" },
        { { "\0\x01\x1F", 3 }, "\"\\u0000\\u0001\\u001f\"" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_buf b;
        qn_buf_init(&b, 0);
        assert_int_equal(qn_buf_json_str(&b, cases[i].in), 0);
        assert_string_equal(b.p, cases[i].out);
        qn_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_stands_in_order_and_ends_with_a_nul),
        cmocka_unit_test(it_grows_over_many_sizes),
        cmocka_unit_test(past_its_bound_it_fails_and_stays_failed_until_cleared),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(dropping_takes_from_the_front),
        cmocka_unit_test(a_json_string_escapes_only_what_must_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
