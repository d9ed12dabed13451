#include "unit.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

static void slices_compare_by_bytes(void **state)
{
    (void)state;
    static const struct {
        qn_str a, b;
        bool same, same_ci, starts, ends;
    } cases[] = {
        { { "quoin", 5 }, { "quoin", 5 }, true, true, true, true },
        { { "Quoin", 5 }, { "qUOIN", 5 }, false, true, false, false },
        { { "quoin", 5 }, { "quo", 3 }, false, false, true, false },
        { { "quoin", 5 }, { "oin", 3 }, false, false, false, true },
        { { "quo", 3 }, { "quoin", 5 }, false, false, false, false },
        { { "a\0b", 3 }, { "a\0c", 3 }, false, false, false, false },
        { { "a", 1 }, { NULL, 0 }, false, false, true, true },
        { { NULL, 0 }, { NULL, 0 }, true, true, true, true },
        { { NULL, 0 }, { "", 0 }, true, true, true, true },
        { { "[", 1 }, { "{", 1 }, false, false, false, false },               /* differ by 0x20, no letters */
        { { "\xC3\x84", 2 }, { "\xC3\xA4", 2 }, false, false, false, false }, /* Ä, ä: ASCII only */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(qn_str_eq(cases[i].a, cases[i].b), cases[i].same);
        assert_int_equal(qn_str_eq_secret(cases[i].a, cases[i].b), cases[i].same);
        assert_int_equal(qn_str_eq_ci(cases[i].a, cases[i].b), cases[i].same_ci);
        assert_int_equal(qn_str_starts(cases[i].a, cases[i].b), cases[i].starts);
        assert_int_equal(qn_str_ends(cases[i].a, cases[i].b), cases[i].ends);
    }
    assert_true(qn_str_eqz(QN_STR("lead"), "lead"));
    assert_false(qn_str_eqz(QN_STR("lead"), "leads"));
    assert_null(qn_str_of(NULL).p);
}

static void trimming_takes_ascii_blanks_only(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = { { " \t a b\r\n", "a b" }, { "", "" }, { "  ", "" }, { "x", "x" }, { "\xC2\xA0x", "\xC2\xA0x" } };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_true(qn_str_eqz(qn_str_trim(qn_str_of(cases[i].in)), cases[i].out));
}

static void cutting_gives_every_part_and_then_the_absent_slice(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *parts[5];
    } cases[] = {
        { "a,b,c", { "a", "b", "c" } }, { "a,", { "a", "" } }, { ",", { "", "" } }, { "a", { "a" } }, { "", { "" } }
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_str rest = qn_str_of(cases[i].in);
        size_t n = 0;
        for (; rest.p; n++) {
            assert_non_null(cases[i].parts[n]);
            assert_true(qn_str_eqz(qn_str_cut(&rest, ','), cases[i].parts[n]));
        }
        assert_null(cases[i].parts[n]);
    }
}

static void whole_numbers_keep_to_their_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        uint64_t min, max;
        int rc;
        uint64_t out;
    } cases[] = {
        { "0", 0, 9, 0, 0 },
        { "007", 0, 9, 0, 7 },
        { "18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX },
        { "18446744073709551616", 0, UINT64_MAX, QN_ELIMIT, 0 },
        { "99999999999999999999999", 0, UINT64_MAX, QN_ELIMIT, 0 },
        { "10", 0, 9, QN_ELIMIT, 0 },
        { "1", 2, 9, QN_ELIMIT, 0 },
        { "", 0, 9, QN_EINVAL, 0 },
        { "+1", 0, 9, QN_EINVAL, 0 },
        { "-1", 0, 9, QN_EINVAL, 0 },
        { " 1", 0, 9, QN_EINVAL, 0 },
        { "1x", 0, 9, QN_EINVAL, 0 },
        { "0x1", 0, 9, QN_EINVAL, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t out = 77;
        assert_int_equal(qn_str_u64(&out, qn_str_of(cases[i].in), cases[i].min, cases[i].max), cases[i].rc);
        assert_true(out == (cases[i].rc ? 77 : cases[i].out));
    }
}

static void signed_numbers_fit_64_bits(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        int rc;
        int64_t out;
    } cases[] = {
        { "0", 0, 0 },
        { "-0", 0, 0 },
        { "-1", 0, -1 },
        { "9223372036854775807", 0, INT64_MAX },
        { "-9223372036854775808", 0, INT64_MIN },
        { "9223372036854775808", QN_EINVAL, 0 },
        { "-9223372036854775809", QN_EINVAL, 0 },
        { "-", QN_EINVAL, 0 },
        { "--1", QN_EINVAL, 0 },
        { "+1", QN_EINVAL, 0 },
        { "1.0", QN_EINVAL, 0 },
        { "", QN_EINVAL, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t out = 77;
        assert_int_equal(qn_str_i64(&out, qn_str_of(cases[i].in)), cases[i].rc);
        assert_true(out == (cases[i].rc ? 77 : cases[i].out));
    }
}

static void utf8_is_checked_to_the_letter_of_rfc_3629(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t n, good;
    } cases[] = {
        { "", 0, 0 },
        { "plain text of some length", 25, 25 },
        { "gr\xC3\xBC\xC3\x9F", 6, 6 },
        { "\xF0\x9F\x97\x9E", 4, 4 },
        { "\xF4\x8F\xBF\xBF", 4, 4 },         /* U+10FFFF */
        { "\xF4\x90\x80\x80", 4, 0 },         /* past it */
        { "\xED\x9F\xBF\xEE\x80\x80", 6, 6 }, /* around the surrogates */
        { "\xED\xA0\x80", 3, 0 },             /* U+D800 */
        { "\xC0\x80", 2, 0 },                 /* overlong NUL */
        { "\xC1\xBF", 2, 0 },
        { "\xE0\x9F\xBF", 3, 0 }, /* overlong */
        { "\xE0\xA0\x80", 3, 3 },
        { "\xF0\x8F\xBF\xBF", 4, 0 }, /* overlong */
        { "\xF5\x80\x80\x80", 4, 0 },
        { "abc\x80", 4, 3 },
        { "12345678\xC3", 9, 8 }, /* cut */
        { "1234567\xC3\xA4 more\xFF", 15, 14 },
        { "\xE2\x82", 2, 0 },
        { "\xE2\x82x", 3, 0 },
        { "a\0b", 3, 3 },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(qn_utf8_check((qn_str){ cases[i].in, cases[i].n }), cases[i].good);
}

static void code_points_are_counted_and_decoded(void **state)
{
    (void)state;
    static const uint32_t points[] = { 'a', 0x7F, 0x80, 0x7FF, 0x800, 0xFFFD, 0x10000, 0x10FFFF };
    qn_str s = QN_STR("a\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBD\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
    assert_int_equal(qn_utf8_length(s), COUNT(points));
    size_t i = 0;
    for (size_t k = 0; k < COUNT(points); k++) assert_int_equal(qn_utf8_next(s, &i), points[k]);
    assert_int_equal(i, s.n);
}

static void percent_escapes_are_decoded_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        bool query;
        const char *out; /* NULL: refused */
    } cases[] = {
        { "a%20b", false, "a b" },    { "a+b", false, "a+b" },
        { "a+b", true, "a b" },       { "%c3%A4", false, "\xC3\xA4" },
        { "%2B", true, "+" },         { "", false, "" },
        { "%", false, NULL },         { "%4", false, NULL },
        { "%4g", false, NULL },       { "%00", false, NULL },
        { "%ff", false, NULL },       { "%c3", false, NULL },
        { "%ed%a0%80", false, NULL }, { "%2525", false, "%25" },
    };
    qn_arena *a = qn_arena_new(0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_str out = QN_STR("untouched");
        int rc = qn_percent_decode(&out, a, qn_str_of(cases[i].in), cases[i].query);
        assert_int_equal(rc, cases[i].out ? 0 : QN_EINVAL);
        assert_string_equal(out.p, cases[i].out ? cases[i].out : "untouched");
    }
    qn_str out;
    assert_int_equal(qn_percent_decode(&out, a, (qn_str){ "a\0b", 3 }, false), QN_EINVAL);
    qn_arena_free(&a);
}

static void percent_encoding_keeps_the_unreserved(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(0);
    qn_str in = QN_STR("Az09-._~ /?\xC3\xA4%");
    qn_str out = qn_percent_encode(a, in), back;
    assert_true(qn_str_eqz(out, "Az09-._~%20%2F%3F%C3%A4%25"));
    assert_int_equal(qn_percent_decode(&back, a, out, false), 0);
    assert_true(qn_str_eq(back, in));
    qn_arena_free(&a);
}

static void a_slug_is_words_of_small_letters_joined_by_single_dashes(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        bool good;
    } cases[] = { { "a", true },    { "russia-kyiv-2", true }, { "2026", true },  { "", false },
                  { "-a", false },  { "a-", false },           { "a--b", false }, { "A", false },
                  { "a b", false }, { "\xC3\xA4", false },     { "a_b", false } };
    for (size_t i = 0; i < COUNT(cases); i++) assert_int_equal(qn_is_slug(qn_str_of(cases[i].s)), cases[i].good);
    char most[201];
    memset(most, 'a', sizeof most);
    assert_true(qn_is_slug((qn_str){ most, 200 }));
    assert_false(qn_is_slug((qn_str){ most, 201 }));
}

static void every_error_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(qn_strerror(0), "ok");
    for (int e = -1; e >= QN_ESTATE; e--) assert_string_not_equal(qn_strerror(e), "unknown error");
    assert_string_equal(qn_strerror(QN_ENOTFOUND), "not found");
    assert_string_equal(qn_strerror(QN_ESTATE - 1), "unknown error");
    assert_string_equal(qn_strerror(1), "unknown error");
    qn_errmsg e;
    assert_int_equal(qn_fail(&e, QN_EBUSY, "%s is full", "lane 1"), QN_EBUSY);
    assert_string_equal(e.text, "lane 1 is full");
    assert_int_equal(qn_fail(NULL, QN_EIO, "%d", 1), QN_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_by_bytes),
        cmocka_unit_test(trimming_takes_ascii_blanks_only),
        cmocka_unit_test(cutting_gives_every_part_and_then_the_absent_slice),
        cmocka_unit_test(whole_numbers_keep_to_their_bounds),
        cmocka_unit_test(signed_numbers_fit_64_bits),
        cmocka_unit_test(utf8_is_checked_to_the_letter_of_rfc_3629),
        cmocka_unit_test(code_points_are_counted_and_decoded),
        cmocka_unit_test(percent_escapes_are_decoded_strictly),
        cmocka_unit_test(percent_encoding_keeps_the_unreserved),
        cmocka_unit_test(a_slug_is_words_of_small_letters_joined_by_single_dashes),
        cmocka_unit_test(every_error_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
