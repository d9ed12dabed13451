#include "content.h"

#include <pthread.h>

#include "content/wire.h"

static void any_script_becomes_a_slug(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "Kyiv rebuilds", "kyiv-rebuilds" },
        { "Kyiv's  Night:\tWhat Now?", "kyivs-night-what-now" },
        { "Kyiv\xE2\x80\x99s", "kyivs" },
        { "\xE2\x80\x98Quoted\xE2\x80\x99 \xE2\x80\x9Cwords\xE2\x80\x9D", "quoted-words" },
        { "--A--b--", "a-b" },
        { "already-a-slug", "already-a-slug" },
        { "100% of 3.5", "100-of-3-5" },
        { "Über die Straße", "uber-die-strasse" },
        { "Grüße aus Łódź, Ærø & Þingvellir", "grusse-aus-lodz-aero-thingvellir" },
        { "Київ і Харків", "kiiv-i-harkiv" },
        { "Русь", "rus" },
        { "Η Αθήνα σήμερα", "e-athena-semera" },
        { "北京 天气", "bei-jing-tian-qi" },
        { "東京タワー", "dong-jingtawa" },
        { "서울", "seoul" },
        { "e\xCC\x81te\xCC\x81", "ete" },
        { "İstanbul", "istanbul" },
        { "ＦＵＬＬ width", "full-width" },
        { "", "entry" },
        { "!!! \xF0\x9F\x98\x80 …", "entry" },
        { "\xF0\x9F\x98\x80 fine", "fine" },
    };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *slug = qn_slug_make(b->arena, qn_str_of(cases[i].in));
        if (strcmp(slug, cases[i].out) != 0) fail_msg("%s: %s, wanted %s", cases[i].in, slug, cases[i].out);
    }
}

static void whatever_comes_in_a_slug_comes_out(void **state)
{
    static const char *const texts[] = { "مدينة القدس",
                                         "שלום עולם",
                                         "สวัสดี",
                                         "नमस्ते दुनिया",
                                         "ⅷ ½ ①",
                                         "\xEF\xB7\xBA",
                                         "ﷺ ﷽",
                                         "ꙮ",
                                         "a\xC2\xAD"
                                         "b",
                                         "\xE2\x80\xAEgpj" };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *slug = qn_slug_make(b->arena, qn_str_of(texts[i]));
        if (!qn_is_slug(qn_str_of(slug)) || strlen(slug) > 80) fail_msg("%s: %s", texts[i], slug);
    }
    for (uint32_t c = 1; c < 0x11000; c++) { /* each letter for itself */
        char text[5];
        size_t n = 0;
        if (c >= 0xD800 && c < 0xE000) continue;
        if (c < 0x80) {
            text[n++] = (char)c;
        } else if (c < 0x800) {
            text[n++] = (char)(0xC0 | c >> 6);
            text[n++] = (char)(0x80 | (c & 63));
        } else if (c < 0x10000) {
            text[n++] = (char)(0xE0 | c >> 12);
            text[n++] = (char)(0x80 | (c >> 6 & 63));
            text[n++] = (char)(0x80 | (c & 63));
        } else {
            text[n++] = (char)(0xF0 | c >> 18);
            text[n++] = (char)(0x80 | (c >> 12 & 63));
            text[n++] = (char)(0x80 | (c >> 6 & 63));
            text[n++] = (char)(0x80 | (c & 63));
        }
        const char *slug = qn_slug_make(b->arena, (qn_str){ text, n });
        if (!qn_is_slug(qn_str_of(slug)) || strlen(slug) > 80) fail_msg("U+%04X: %s", c, slug);
        if (c % 256 == 0) bench_clear(b);
    }
}

static void a_long_one_is_cut_at_a_word(void **state)
{
    bench *b = *state;
    char text[4000] = "";
    for (int i = 0; i < 200; i++) strcat(text, "seven12 ");
    const char *slug = qn_slug_make(b->arena, qn_str_of(text));
    assert_int_equal(strlen(slug), 79);
    assert_string_equal(slug + 72, "seven12");
    memset(text, 'x', 300);
    text[300] = '\0';
    assert_int_equal(strlen(qn_slug_make(b->arena, qn_str_of(text))), 80);
    text[80] = ' ';
    assert_int_equal(strlen(qn_slug_make(b->arena, qn_str_of(text))), 80);
    text[79] = ' ';
    assert_int_equal(strlen(qn_slug_make(b->arena, qn_str_of(text))), 79);
}

static void a_megabyte_is_no_more_work_than_its_first_words(void **state)
{
    bench *b = *state;
    enum { N = 350000 };
    char *text = malloc(3 * N);
    for (int i = 0; i < N; i++) memcpy(text + 3 * i, "\xEF\xB7\xBA", 3); /* each becomes a phrase */
    const char *slug = qn_slug_make(b->arena, (qn_str){ text, 3 * N });
    assert_true(qn_is_slug(qn_str_of(slug)));
    free(text);
}

static void it_never_looks_like_an_id(void **state)
{
    bench *b = *state;
    assert_string_equal(qn_slug_make(b->arena, QN_STR("0197A3C0-1234-7abc-8def-0123456789ab")),
                        "entry-0197a3c0-1234-7abc-8def-0123456789ab");
}

static void *make_some(void *arg)
{
    bool *right = arg;
    qn_arena *a = qn_arena_new(0);
    *right = true;
    for (int i = 0; i < 50; i++) {
        *right = *right && strcmp(qn_slug_make(a, QN_STR("Київ")), "kiiv") == 0;
        qn_arena_reset(a);
    }
    qn_arena_free(&a);
    return NULL;
}

static void threads_may_make_them_at_the_same_time(void **state)
{
    (void)state;
    pthread_t threads[4];
    bool right[4];
    for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, make_some, &right[i]), 0);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < 4; i++) assert_true(right[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        QN_BENCH_TEST(any_script_becomes_a_slug),   QN_BENCH_TEST(whatever_comes_in_a_slug_comes_out),
        QN_BENCH_TEST(a_long_one_is_cut_at_a_word), QN_BENCH_TEST(a_megabyte_is_no_more_work_than_its_first_words),
        QN_BENCH_TEST(it_never_looks_like_an_id),   QN_BENCH_TEST(threads_may_make_them_at_the_same_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
