/* Cursors: what is written is read back, and nothing else is. */
#include "unit.h"

#include <string.h>

#include "content/cursor.h"

static const char spec[] = "article:live:-published_at,-id";

static void a_cursor_comes_back_as_it_was_written_in_characters_of_urls(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(0);
    const qn_str keys[] = { QN_STR("\xd0\x96 \"quoted\" \\ %"), { 0 }, QN_STR("") };
    qn_str got[3], c = qn_cursor_write(a, spec, keys, 3);
    for (size_t i = 0; i < c.n; i++)
        assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", c.p[i]));
    assert_int_equal(qn_cursor_read(got, 3, a, spec, c), QN_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(qn_str_eq(got[i], keys[i]));
        assert_int_equal(got[i].p == NULL, keys[i].p == NULL);
    }
    qn_arena_free(&a);
}

static void one_of_another_list_or_order_is_told_from_one_that_is_not_ours(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(0);
    const qn_str keys[] = { QN_STR("k") };
    qn_str got[2], c = qn_cursor_write(a, spec, keys, 1);
    assert_int_equal(qn_cursor_read(got, 1, a, "article:live:title,id", c), QN_ESTATE);
    assert_int_equal(qn_cursor_read(got, 2, a, spec, c), QN_EINVAL);
    assert_int_equal(qn_cursor_read(got, 1, a, spec, (qn_str){ 0 }), QN_EINVAL);
    qn_arena_free(&a);
}

/* Every single character of a good one changed to every other: read or refused, never more than that. */
static void a_changed_cursor_is_read_or_refused_and_leaves_the_keys_alone_when_refused(void **state)
{
    (void)state;
    qn_arena *a = qn_arena_new(0);
    const qn_str keys[] = { QN_STR("2026-11-22T10:00:00.000000Z"), QN_STR("01970000-0000-7000-8000-000000000001") };
    qn_str c = qn_cursor_write(a, spec, keys, 2);
    char text[512];
    int refused = 0;
    for (size_t i = 0; i < c.n; i++)
        for (int ch = 1; ch < 256; ch += 3) {
            memcpy(text, c.p, c.n);
            text[i] = (char)ch;
            qn_str got[2] = { { 0 }, { 0 } };
            int err = qn_cursor_read(got, 2, a, spec, (qn_str){ text, c.n });
            assert_true(err == QN_OK || err == QN_EINVAL || err == QN_ESTATE);
            if (err) assert_null(got[0].p);
            refused += err != QN_OK;
        }
    assert_true(refused > 0);
    for (size_t n = 0; n < c.n; n++) {
        qn_str got[2];
        assert_int_not_equal(qn_cursor_read(got, 2, a, spec, (qn_str){ c.p, n }), QN_OK);
    }
    qn_arena_free(&a);
}

static void a_huge_one_is_refused_before_it_is_looked_at(void **state)
{
    (void)state;
    static char text[QN_CURSOR_MAX_BYTES + 1];
    qn_arena *a = qn_arena_new(0);
    qn_str got[1];
    memset(text, 'W', sizeof text);
    assert_int_equal(qn_cursor_read(got, 1, a, spec, (qn_str){ text, sizeof text }), QN_EINVAL);
    assert_true(qn_arena_bytes(a) < 64 * 1024);
    qn_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_comes_back_as_it_was_written_in_characters_of_urls),
        cmocka_unit_test(one_of_another_list_or_order_is_told_from_one_that_is_not_ours),
        cmocka_unit_test(a_changed_cursor_is_read_or_refused_and_leaves_the_keys_alone_when_refused),
        cmocka_unit_test(a_huge_one_is_refused_before_it_is_looked_at),
    };
    return cmocka_run_group_tests_name("cursors", tests, NULL, NULL);
}
