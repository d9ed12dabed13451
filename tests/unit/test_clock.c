#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"

#define S INT64_C(1000000)

static void the_clocks_tell_the_time(void **state)
{
    (void)state;
    int64_t ms = qn_mono_ms(), us = qn_mono_us();
    assert_true(us / 1000 - ms >= 0 && us / 1000 - ms < 5000);
    struct timespec pause = { .tv_nsec = 2000000 };
    nanosleep(&pause, NULL);
    assert_true(qn_mono_us() - us >= 2000);
    int64_t wall = qn_wall_us() - (int64_t)time(NULL) * S;
    assert_true(wall > -2 * S && wall < 5 * S);
}

static void times_are_shown_with_milliseconds_cut(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        { 0, "1970-01-01T00:00:00.000Z" },
        { 999, "1970-01-01T00:00:00.000Z" },
        { 1999, "1970-01-01T00:00:00.001Z" },
        { 1795341600999999, "2026-11-22T10:00:00.999Z" },
        { -1, "1969-12-31T23:59:59.999Z" },
        { -1 * S, "1969-12-31T23:59:59.000Z" },
        { INT64_C(951782400) * S, "2000-02-29T00:00:00.000Z" },
        { INT64_C(4107542399) * S, "2100-02-28T23:59:59.000Z" },
        { INT64_C(-62135596800) * S, "0001-01-01T00:00:00.000Z" },
        { INT64_C(253402300799) * S + 999999, "9999-12-31T23:59:59.999Z" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[QN_RFC3339_BYTES];
        qn_rfc3339(out, cases[i].us);
        assert_string_equal(out, cases[i].text);
    }
    char out[QN_RFC3339_BYTES];
    qn_rfc3339(out, INT64_MAX); /* past the years that can be written: the last of them, never a longer text */
    assert_int_equal(strlen(out), 24);
    qn_rfc3339(out, INT64_MIN);
    assert_int_equal(strlen(out), 24);
}

static void rfc_3339_is_read_in_all_its_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        { "2026-11-22T10:00:00Z", 1795341600 * S },
        { "2026-11-22t10:00:00z", 1795341600 * S },
        { "2026-11-22T10:00:00.5Z", 1795341600 * S + 500000 },
        { "2026-11-22T10:00:00.123456789Z", 1795341600 * S + 123456 },
        { "2026-11-22T10:00:00.9999999Z", 1795341600 * S + 999999 },
        { "2026-11-22T12:30:00+02:30", 1795341600 * S },
        { "2026-11-21T10:01:00-23:59", 1795341600 * S },
        { "2026-11-22T10:00:00-00:00", 1795341600 * S },
        { "2026-11-22", 1795305600 * S },
        { "2024-02-29", INT64_C(1709164800) * S },
        { "2016-12-31T23:59:60Z", INT64_C(1483228800) * S - 1 },
        { "2017-01-01T01:59:60+02:00", INT64_C(1483228800) * S - 1 },
        { "0001-01-01T00:00:00Z", INT64_C(-62135596800) * S },
        { "9999-12-31T23:59:59.999999Z", INT64_C(253402300800) * S - 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t us = 0;
        assert_int_equal(qn_rfc3339_parse(&us, qn_str_of(cases[i].text)), 0);
        assert_true(us == cases[i].us);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "2026",
        "2026-11-22T",
        "2026-11-22T10:00Z",
        "2026-11-22T10:00:00",
        "2026-11-22 10:00:00Z",
        "2026-11-22T10:00:00.Z",
        "2026-11-22T10:00:00.1234567890Z",
        "2026-11-22T10:00:00,5Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T10:60:00Z",
        "2026-11-22T10:00:61Z",
        "2026-11-22T10:00:60Z",
        "2026-11-22T23:59:60Z",
        "2026-11-22T10:00:00+24:00",
        "2026-11-22T10:00:00+0200",
        "2026-11-22T10:00:00+02",
        "2026-11-22T10:00:00Z ",
        " 2026-11-22T10:00:00Z",
        "2026-02-29",
        "2100-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-04-31",
        "0000-01-01",
        "26-01-01",
        "2026-1-1",
        "20261122",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "-001-01-01",
        "now",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t us = 77;
        if (qn_rfc3339_parse(&us, qn_str_of(cases[i])) != QN_EINVAL) fail_msg("accepted: %s", cases[i]);
        assert_true(us == 77);
    }
}

static void every_day_of_ten_thousand_years_comes_back(void **state)
{
    (void)state;
    int64_t expected = INT64_C(-62135596800);
    int days = 0;
    for (; expected < INT64_C(253402300800); expected += 86400, days++) {
        char text[QN_RFC3339_BYTES];
        int64_t us;
        qn_rfc3339(text, expected * S);
        if (qn_rfc3339_parse(&us, (qn_str){ text, 24 }) || us != expected * S) fail_msg("lost: %s", text);
    }
    assert_int_equal(days, 3652059);
}

static void http_dates_are_written_fixed_and_read_in_three_forms(void **state)
{
    (void)state;
    char out[QN_HTTP_DATE_BYTES];
    static const char *const forms[] = { "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                         "Sun Nov  6 08:49:37 1994" };
    for (size_t i = 0; i < COUNT(forms); i++) {
        int64_t s = 0;
        assert_int_equal(qn_http_date_parse(&s, qn_str_of(forms[i])), 0);
        assert_int_equal(s, 784111777);
        qn_http_date(out, s);
        assert_string_equal(out, forms[0]);
    }
    static const struct {
        int64_t s;
        const char *text;
    } cases[] = { { 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
                  { -1, "Wed, 31 Dec 1969 23:59:59 GMT" },
                  { 1795341600, "Sun, 22 Nov 2026 10:00:00 GMT" },
                  { 951825600, "Tue, 29 Feb 2000 12:00:00 GMT" } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t s = 77;
        qn_http_date(out, cases[i].s);
        assert_string_equal(out, cases[i].text);
        assert_int_equal(qn_http_date_parse(&s, qn_str_of(out)), 0);
        assert_true(s == cases[i].s);
    }
    qn_http_date(out, INT64_MAX);
    assert_int_equal(strlen(out), 29);
}

static void two_digit_years_are_never_far_in_the_future(void **state)
{
    (void)state;
    time_t now = time(NULL);
    int year = gmtime(&now)->tm_year + 1900;
    for (int ahead = 49; ahead <= 51; ahead += 2) {
        char text[64];
        int64_t s;
        snprintf(text, sizeof text, "Monday, 01-Jan-%02d 00:00:00 GMT", (year + ahead) % 100);
        assert_int_equal(qn_http_date_parse(&s, qn_str_of(text)), 0);
        time_t t = (time_t)s;
        assert_int_equal(gmtime(&t)->tm_year + 1900, ahead <= 50 ? year + ahead : year + ahead - 100);
    }
}

static void what_is_no_http_date_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "sun, 06 nov 1994 08:49:37 GMT",
        "Sun 06 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "1994-11-06T08:49:37Z",
        "784111777",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t s = 77;
        if (qn_http_date_parse(&s, qn_str_of(cases[i])) != QN_EINVAL) fail_msg("accepted: %s", cases[i]);
        assert_int_equal(s, 77);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clocks_tell_the_time),
        cmocka_unit_test(times_are_shown_with_milliseconds_cut),
        cmocka_unit_test(rfc_3339_is_read_in_all_its_forms),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(every_day_of_ten_thousand_years_comes_back),
        cmocka_unit_test(http_dates_are_written_fixed_and_read_in_three_forms),
        cmocka_unit_test(two_digit_years_are_never_far_in_the_future),
        cmocka_unit_test(what_is_no_http_date_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
