/* Times as the API writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../recommend.h"

static const struct {
    const char *text;
    int64_t us;
} cases[] = {
    { "1970-01-01T00:00:00.000Z", 0 },
    { "1970-01-01T00:00:01Z", 1000000 },
    { "2000-02-29T12:00:00.250Z", INT64_C(951825600250000) },
    { "2026-11-22T10:00:00.123456Z", INT64_C(1795341600123456) },
    { "1969-12-31T23:59:59.000Z", -1000000 },
    { "", 0 },
    { "2026", 0 },
    { "2026-13-01T00:00:00Z", 0 },
    { "2026-1x-01T00:00:00Z", 0 },
};

static void times_are_microseconds_and_what_is_none_is_0(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t us = read_time((qn_related_text){ cases[i].text, strlen(cases[i].text) });
        if (us != cases[i].us) fail_msg("%s: %lld, not %lld", cases[i].text, (long long)us, (long long)cases[i].us);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(times_are_microseconds_and_what_is_none_is_0) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
