/* What may stand in Idempotency-Key. */
#include "unit.h"

#include <string.h>

#include "http/http.h"

static void keys_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *header, *key;
    } cases[] = {
        { "8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324" },
        { "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324" },
        { "a", "a" },
        { " a ", "a" },
        { "!#$%&'()*+-./:<=>?@[]^_`{|}~", "!#$%&'()*+-./:<=>?@[]^_`{|}~" },
        { "\"a b, c; d\"", "a b, c; d" },
        { "\"\\\"\\\\\"", "\"\\" },
        { "\" \"", " " },
        { "", NULL },
        { "   ", NULL },
        { "\"\"", NULL },
        { "\"", NULL },
        { "\"a", NULL },
        { "a\"", NULL },
        { "\"a\"b", NULL },
        { "\"a\";q=1", NULL },
        { "\"a\", \"b\"", NULL },
        { "a, b", NULL },
        { "a,b", NULL },
        { "a;b", NULL },
        { "a b", NULL },
        { "a\tb", NULL },
        { "\"a\tb\"", NULL },
        { "a\\b", NULL },
        { "\"a\\b\"", NULL },
        { "\"a\\", NULL },
        { "\"a\\\"", NULL },
        { "\xd0\xba", NULL },
        { "\"\xd0\xba\"", NULL },
        { "a\x7f", NULL },
    };
    qn_arena *arena = qn_arena_new(0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qn_str key = QN_STR("untouched");
        const char *why = qn_retry_key(&key, arena, qn_str_of(cases[i].header));
        if (!why != !!cases[i].key) fail_msg("%s: %s", cases[i].header, why ? why : "was taken");
        if (why) assert_non_null(strstr(why, "255"));
        if (!qn_str_eqz(key, why ? "untouched" : cases[i].key)) fail_msg("%s: %.*s", cases[i].header, QN_FMT(key));
    }
    qn_arena_free(&arena);
}

static void a_key_has_at_most_255_characters(void **state)
{
    (void)state;
    char text[300];
    qn_arena *arena = qn_arena_new(0);
    for (size_t n = 250; n < 260; n++) {
        for (int quoted = 0; quoted < 2; quoted++) {
            qn_str key;
            memset(text, 'x', sizeof text);
            if (quoted) text[0] = text[n + 1] = '"';
            const char *why = qn_retry_key(&key, arena, (qn_str){ text, quoted ? n + 2 : n });
            assert_int_equal(!why, n <= QN_RETRY_KEY_MOST);
            if (!why) assert_int_equal(key.n, n);
        }
    }
    qn_arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read),
        cmocka_unit_test(a_key_has_at_most_255_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
