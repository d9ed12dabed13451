#include "unit.h"

#include <string.h>

#include "http/trace.h"

#define TRACE  "0af7651916cd43dd8448eb211c80319c"
#define PARENT "b7ad6b7169203331"

static void a_valid_traceparent_goes_on_with_a_new_span(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "00-" TRACE "-" PARENT "-01", "00-" TRACE "-0000000000000abc-01" },
        { "00-" TRACE "-" PARENT "-00", "00-" TRACE "-0000000000000abc-00" },
        { "00-" TRACE "-" PARENT "-ff", "00-" TRACE "-0000000000000abc-01" }, /* unknown flags are not passed on */
        { "00-" TRACE "-" PARENT "-fe", "00-" TRACE "-0000000000000abc-00" },
        { "cc-" TRACE "-" PARENT "-01", "00-" TRACE "-0000000000000abc-01" }, /* a version to come */
        { "cc-" TRACE "-" PARENT "-01-what-the-future", "00-" TRACE "-0000000000000abc-01" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_trace t;
        char text[QN_TRACEPARENT_BYTES];
        assert_true(qn_trace_take(&t, qn_str_of(cases[i][0]), 0xabc));
        qn_trace_text(text, &t);
        assert_string_equal(text, cases[i][1]);
    }
}

/* The cases of the W3C's own test suite for headers that start a new trace. */
static void what_is_no_valid_traceparent_is_not_taken(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "00",
        "00-" TRACE "-" PARENT,
        "00-" TRACE "-" PARENT "-1",
        "00-" TRACE "-" PARENT "-01-",
        "00-" TRACE "-" PARENT "-01-what",
        "00-" TRACE "-" PARENT "-01.",
        "cc-" TRACE "-" PARENT "-01.what",
        "ff-" TRACE "-" PARENT "-01",
        ".0-" TRACE "-" PARENT "-01",
        "0.-" TRACE "-" PARENT "-01",
        "0-" TRACE "-" PARENT "-010",
        "00-00000000000000000000000000000000-" PARENT "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" PARENT "-01",
        "00-.af7651916cd43dd8448eb211c80319c-" PARENT "-01",
        "00-" TRACE "-.7ad6b7169203331-01",
        "00-" TRACE "-" PARENT "-.0",
        "00-" TRACE "_" PARENT "-01",
        "00-" TRACE "-" PARENT "-01, 00-" TRACE "-" PARENT "-01",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_trace t = { .flags = "xx" };
        if (qn_trace_take(&t, qn_str_of(cases[i]), 1)) fail_msg("%s is taken", cases[i]);
        assert_string_equal(t.flags, "xx");
    }
}

static void a_trace_that_begins_here_is_valid(void **state)
{
    (void)state;
    static const uint64_t randoms[][3] = { { 0, 0, 0 }, { 1, 2, 3 }, { UINT64_MAX, UINT64_MAX, UINT64_MAX } };
    for (size_t i = 0; i < COUNT(randoms); i++) {
        qn_trace t, next;
        char text[QN_TRACEPARENT_BYTES];
        qn_trace_begin(&t, randoms[i]);
        qn_trace_text(text, &t);
        assert_true(qn_trace_take(&next, qn_str_of(text), 5));
        assert_string_equal(next.trace_id, t.trace_id);
        assert_string_equal(next.flags, "00");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_traceparent_goes_on_with_a_new_span),
        cmocka_unit_test(what_is_no_valid_traceparent_is_not_taken),
        cmocka_unit_test(a_trace_that_begins_here_is_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
