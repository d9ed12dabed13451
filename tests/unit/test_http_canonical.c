/* One spelling of what is asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http/canonical.h"

static const char *spelled(const char *target, qn_canonical_form form)
{
    static char out[16384];
    size_t n;
    if (!qn_canonical_write(out, &n, sizeof out - 1, qn_str_of(target), form)) return "none";
    out[n] = '\0';
    return out;
}

static void a_target_has_one_spelling(void **state)
{
    (void)state;
    static const struct {
        const char *target, *key, *link;
    } cases[] = {
        { "/v1/articles", "/v1/articles", "/v1/articles" },
        { "/", "/", "/" },
        { "/v1/articles?", "/v1/articles", "/v1/articles" },
        { "/v1/articles?&&", "/v1/articles", "/v1/articles" },
        { "/a?sort=title&limit=5", "/a?limit=5&sort=title", "/a?limit=5&sort=title" },
        { "/a?limit=5&sort=title", "/a?limit=5&sort=title", "/a?limit=5&sort=title" },
        { "/a?&sort=title&&limit=5&", "/a?limit=5&sort=title", "/a?limit=5&sort=title" },
        { "/a?after=x&sort=y&limit=5", "/a?limit=5&sort=y&after=x", "/a?limit=5&sort=y&after=x" },
        { "/a?%61fter=x&limit=5", "/a?limit=5&after=x", "/a?limit=5&after=x" },
        { "/a?limit=5&before=x&z=1", "/a?limit=5&z=1&before=x", "/a?limit=5&z=1&before=x" },
        { "/a?locale", "/a?locale=", "/a?locale=" },
        { "/a?locale=", "/a?locale=", "/a?locale=" },
        { "/a?=x", "/a?=x", "/a?=x" },
        { "/a?b=2&b=1&a=3", "/a?a=3&b=2&b=1", "/a?a=3&b=2&b=1" },
        { "/a?b=&a", "/a?a=&b=", "/a?a=&b=" },
        { "/a?ab=1&a=2", "/a?a=2&ab=1", "/a?a=2&ab=1" },
        { "/a?filter[tags]=x,y", "/a?filter[tags]=x,y", "/a?filter%5Btags%5D=x%2Cy" },
        { "/a?filter%5btags%5D=x%2cy", "/a?filter[tags]=x,y", "/a?filter%5Btags%5D=x%2Cy" },
        { "/a?%66ilter[t%61gs]=%78", "/a?filter[tags]=x", "/a?filter%5Btags%5D=x" },
        { "/a?q=a+b%20c%2Bd", "/a?q=a%20b%20c%2Bd", "/a?q=a%20b%20c%2Bd" },
        { "/a?q=%26%3D%23%25", "/a?q=%26%3D%23%25", "/a?q=%26%3D%23%25" },
        { "/a?q=a=b", "/a?q=a%3Db", "/a?q=a%3Db" },
        { "/a?q=%c3%A4", "/a?q=%C3%A4", "/a?q=%C3%A4" },
        { "/%61%2fb%C3%a4", "/a%2Fb%C3%A4", "/a%2Fb%C3%A4" },
        { "/a+b", "/a+b", "/a+b" },
        { "/a?x=1?2", "/a?x=1?2", "/a?x=1%3F2" },
        { "/a%", "none", "none" },
        { "/a%4", "none", "none" },
        { "/a?q=%zz", "none", "none" },
        { "/a?%=1&b=2", "none", "none" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(spelled(cases[i].target, QN_CANONICAL_KEY), cases[i].key);
        assert_string_equal(spelled(cases[i].target, QN_CANONICAL_LINK), cases[i].link);
    }
}

static void what_is_written_once_stays(void **state)
{
    (void)state;
    static const char *const pieces[] = { "a", "b", "ab",  "=",   "&", "%41", "%5b",    "[", "]",
                                          ",", "+", "%20", "%26", "~", "?",   "%C3%A4", "/", "|", "after=", "&before", "%61fter" };
    uint32_t seed = 7;
    for (int round = 0; round < 20000; round++) {
        char target[512] = "/a?", key[2048], link[2048];
        for (int i = 0, n = (int)(seed >> 16) % 24; i < n; i++) {
            seed = seed * 1103515245 + 12345;
            strcat(target, pieces[(seed >> 16) % (sizeof pieces / sizeof *pieces)]);
        }
        seed = seed * 1103515245 + 12345;
        strcpy(key, spelled(target, QN_CANONICAL_KEY));
        strcpy(link, spelled(target, QN_CANONICAL_LINK));
        assert_string_not_equal(key, "none");
        assert_string_equal(spelled(key, QN_CANONICAL_KEY), key);
        assert_string_equal(spelled(link, QN_CANONICAL_LINK), link);
        /* Either form means the same as the other. */
        assert_string_equal(spelled(link, QN_CANONICAL_KEY), key);
        assert_string_equal(spelled(key, QN_CANONICAL_LINK), link);
    }
}

static void it_keeps_to_its_bounds(void **state)
{
    (void)state;
    static const char target[] = "/a?q=\xc3\xa4&b=1"; /* no byte of it may be lost */
    char *out;
    size_t n;
    for (size_t cap = 0; cap < sizeof target - 1; cap++) {
        assert_non_null(out = malloc(cap ? cap : 1));
        assert_false(qn_canonical_write(out, &n, cap, QN_STR("/a?q=%C3%A4&b"), QN_CANONICAL_KEY) && n > cap);
        free(out);
    }
    size_t most = qn_canonical_most(sizeof target - 1);
    assert_non_null(out = malloc(most));
    assert_true(qn_canonical_write(out, &n, most, qn_str_of(target), QN_CANONICAL_LINK));
    free(out);
    char many[QN_CANONICAL_PARAMETERS * 4 + 16] = "/a?";
    for (int i = 0; i < QN_CANONICAL_PARAMETERS; i++) strcat(many, "%61&");
    assert_string_not_equal(spelled(many, QN_CANONICAL_KEY), "none");
    assert_string_equal(spelled(strcat(many, "b"), QN_CANONICAL_KEY), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_has_one_spelling),
        cmocka_unit_test(what_is_written_once_stays),
        cmocka_unit_test(it_keeps_to_its_bounds),
    };
    return cmocka_run_group_tests_name("http: one spelling of a target", tests, NULL, NULL);
}
