#include "content.h"

#include <dirent.h>

#include "content/blocks.h"
#include "content/wire.h"

#define DATA    "tests/unit/data/wire"
#define SAMPLES "config/samples"
#define SEED    "../shared/seeds/russia-kyiv-attacks-putin-gain.txt"

static json_t *read_file(bench *b, const char *path)
{
    size_t n;
    char *text = slurp(path, &n);
    json_t *entry = NULL;
    if (!text) return NULL;
    if (qn_wire_parse(&entry, (qn_str){ text, n }, &b->faults)) fail_msg("%s: %s", path, told(&b->faults));
    free(text);
    return entry;
}

/* "title/summary/slug: h Heading, t text…" of what a text becomes; "-" for what is not there. */
static const char *summed_up(bench *b, const json_t *entry)
{
    const char *summary = json_string_value(json_object_get(entry, "summary")),
               *slug = json_string_value(json_object_get(entry, "slug"));
    const char *all = qn_arena_printf(b->arena, "%s/%s/%s:", json_string_value(json_object_get(entry, "title")),
                                      summary ? summary : "-", slug ? slug : "-");
    const json_t *body = json_object_get(entry, "body");
    for (size_t i = 0; i < json_array_size(body); i++) {
        const json_t *block = json_array_get(body, i);
        all = qn_arena_printf(b->arena, "%s%s%c %s", all, i ? ", " : " ",
                              *json_string_value(json_object_get(block, "type")),
                              json_string_value(json_object_get(block, "text")));
    }
    return all;
}

static void the_layout_is_read_with_all_its_quirks(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "T\n\nS.\nthe-slug\n\nHead\n\nPara.", "T/S./the-slug: h Head, t Para." },
        { "T\n\nS.\n\nthe-slug\n\nHead\n\nPara.", "T/S./the-slug: h Head, t Para." },
        { "T\n\nthe-slug\n\nHead\n\nPara.", "T/-/the-slug: h Head, t Para." },
        { "T\nthe-slug\nPara.", "T/-/the-slug: t Para." },
        { "T\nS.\nthe-slug\nPara.", "T/S./the-slug: t Para." },
        { "T\n\nS.\n\nHead\n\nPara.", "T/S./-: h Head, t Para." },
        { "T\n\nHead\n\nPara.", "T/-/-: h Head, t Para." },
        { "T\n\nA short summary\n\nHead\n\nPara.", "T/A short summary/-: h Head, t Para." },
        { "T\n\nA short summary\n\nslug\n\nPara.", "T/A short summary/slug: t Para." },
        { "T\n\nS.", "T/S./-:" },
        { "T", "T/-/-:" },
        { "\n\n  T  \n", "T/-/-:" },
        { "T\n\nS.\ns\n\nA\n\nB.\n\nC.\n\nD\n\nE.", "T/S./s: h A, t B., t C., h D, t E." },
        { "T\n\nS.\ns\n\nFirst.\n\nA\n\nB.", "T/S./s: t First., h A, t B." },
        { "T\n\nS.\ns\n\nA\n\nB.\n\nlast short line", "T/S./s: h A, t B., t last short line" },
        { "T\n\nS.\ns\n\nA\n\nB.\n\nlast short line\n\nYou Might Also Like", "T/S./s: h A, t B., t last short line" },
        { "T\n\nS.\ns\n\nA\nB.", "T/S./s: t A\nB." },
        { "T\n\nS.\ns\n\nA!\n\nB?\n\nC…\n\nD:\n\nE;\n\nF\"\n\nG”\n\nH»\n\nI'\n\nJ。\n\nK؟\n\nend", /* none of them a
                                                                                                      heading */
          "T/S./s: t A!, t B?, t C…, t D:, t E;, t F\", t G”, t H», t I', t J。, t K؟, t end" },
        { "T\n\nS.\ns\n\nHe left (at once.)\n\nB.", "T/S./s: t He left (at once.), t B." },
        { "T\n\nS.\ns\n\nA (part two)\n\nB.", "T/S./s: h A (part two), t B." },
        { "T\n\nS.\ns\n\n- a\n\n• b\n\n— c\n\nD.", "T/S./s: t - a, t • b, t — c, t D." },
        { "T\n\nS.\ns\n\n* * *\n\nB.", "T/S./s: t * * *, t B." },
        { "T\n\nS.\ns\n\n    indented\n   wrapped  \n\n\n \t \n\nB.", "T/S./s: t indented\nwrapped, t B." },
        { "T\n\nS.\ns\n\nB.\n\nYou might also like:\n\nOther\n\nThing.", "T/S./s: t B." },
        { "T\n\nS.\ns\n\nB.\nYOU  MIGHT ALSO LIKE…\nOther", "T/S./s: t B." },
        { "T\n\nS.\ns\n\nB.\n\n\xE2\x80\x9CYou Might Also Like\xE2\x80\x9D", "T/S./s: t B." },
        { "T\n\nS.\ns\n\nYou might also like it here, she said.\n\nYou mightalso like\n\nB.",
          "T/S./s: t You might also like it here, she said., h You mightalso like, t B." },
        { "You Might Also Like\n\nS.", "You Might Also Like/S./-:" },
        { "T\n\nS.\ns\n\n2. October it is.\n\n1. a\n2. b\n\n2.5 percent.",
          "T/S./s: t 2\\. October it is., t 1. a\n2. b, t 2.5 percent." },
        { "T\n\nlong wrapped\nword\nof a summary.\n\nNot-A-Slug\n\nB.",
          "T/long wrapped\nword\nof a summary./-: h Not-A-Slug, t B." },
        { "T\n\n\xC2\xA0S.\xC2\xA0\ns\n\xC2\xA0\n\xE3\x80\x80\nB.", "T/S./s: t B." },
    };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *entry = NULL;
        if (qn_wire_parse(&entry, qn_str_of(cases[i].in), &b->faults))
            fail_msg("%s: %s", cases[i].in, told(&b->faults));
        const char *is = summed_up(b, entry);
        if (strcmp(is, cases[i].out) != 0) fail_msg("\n%s\nis     %s\nwanted %s", cases[i].in, is, cases[i].out);
        json_decref(entry);
    }
}

static void line_ends_and_a_byte_order_mark_make_no_difference(void **state)
{
    bench *b = *state;
    static const char text[] = "T\n\nS.\nthe-slug\n\nHead\n\nPara one\ntwo.\n\nEnd.\n";
    json_t *plain = NULL;
    assert_int_equal(qn_wire_parse(&plain, qn_str_of(text), &b->faults), 0);
    static const char *const ends[] = { "\r\n", "\r", " \n", "\t\r\n" };
    for (size_t i = 0; i < COUNT(ends); i++) {
        qn_buf other;
        json_t *entry = NULL;
        qn_buf_init(&other, 0);
        qn_buf_addz(&other, "\xEF\xBB\xBF");
        for (const char *c = text; *c; c++) *c == '\n' ? qn_buf_addz(&other, ends[i]) : qn_buf_addc(&other, *c);
        assert_int_equal(qn_wire_parse(&entry, qn_buf_str(&other), &b->faults), 0);
        assert_true(json_equal(entry, plain));
        json_decref(entry);
        qn_buf_free(&other);
    }
    json_decref(plain);
}

static void a_heading_has_at_most_120_characters(void **state)
{
    bench *b = *state;
    for (int n = 120; n <= 121; n++) {
        qn_buf text;
        json_t *entry = NULL;
        qn_buf_init(&text, 0);
        qn_buf_addz(&text, "T\n\nS.\ns\n\n");
        for (int i = 0; i < n; i++) qn_buf_addz(&text, "ж");
        qn_buf_addz(&text, "\n\nB.");
        assert_int_equal(qn_wire_parse(&entry, qn_buf_str(&text), &b->faults), 0);
        assert_string_equal(
            json_string_value(json_object_get(json_array_get(json_object_get(entry, "body"), 0), "type")),
            n == 120 ? "heading" : "text");
        json_decref(entry);
        qn_buf_free(&text);
    }
}

static void what_cannot_be_read_is_told_with_its_line(void **state)
{
    bench *b = *state;
    static const struct {
        qn_str in;
        const char *says;
    } cases[] = {
        { { "", 0 }, "/line/1 required" },
        { { "\n \r\n\t", 5 }, "/line/1 required" },
        { { "\xEF\xBB\xBF", 3 }, "/line/1 required" },
        { { "T\n\ncaf\xE9", 7 }, "400 /line/3 utf8" },
        { { "T\r\n\r\n\r\xC3(", 8 }, "400 /line/4 utf8" },
        { { "T\nx\0y", 5 }, "400 /line/2 nul" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *entry = NULL;
        assert_int_equal(qn_wire_parse(&entry, cases[i].in, &b->faults), QN_EINVAL);
        assert_null(entry);
        assert_string_equal(told(&b->faults), cases[i].says);
        bench_clear(b);
    }
}

static void what_is_too_long_is_refused(void **state)
{
    bench *b = *state;
    json_t *entry = NULL;
    qn_buf text;
    qn_buf_init(&text, 0);
    qn_buf_addz(&text, "T\n\nS.\ns\n\n");
    for (int i = 0; i <= QN_BLOCK_TEXT_MAX_BYTES; i++) qn_buf_addc(&text, 'a');
    assert_int_equal(qn_wire_parse(&entry, qn_buf_str(&text), &b->faults), QN_EINVAL);
    assert_string_equal(told(&b->faults), "/line/6 max");
    bench_clear(b);
    text.n = 9;
    for (int i = 0; i <= QN_BLOCKS_MAX; i++) qn_buf_addz(&text, "a.\n\n");
    assert_int_equal(qn_wire_parse(&entry, qn_buf_str(&text), &b->faults), QN_EINVAL);
    assert_string_equal(told(&b->faults), "/line/10006 max");
    bench_clear(b);
    while (text.n <= 1024 * 1024) qn_buf_addz(&text, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
    assert_int_equal(qn_wire_parse(&entry, qn_buf_str(&text), &b->faults), QN_EINVAL);
    assert_string_equal(told(&b->faults), "/line/1 max");
    qn_buf_free(&text);
}

/* Every NAME.txt beside a NAME.json. */
static void texts_of_other_subjects_and_scripts_are_read(void **state)
{
    bench *b = *state;
    DIR *dir = opendir(DATA);
    int seen = 0;
    assert_non_null(dir);
    for (struct dirent *d; (d = readdir(dir)) != NULL;) {
        char path[400];
        size_t len = strlen(d->d_name), n;
        if (len < 5 || strcmp(d->d_name + len - 4, ".txt") != 0) continue;
        snprintf(path, sizeof path, DATA "/%s", d->d_name);
        json_t *is = read_file(b, path), *wanted = NULL;
        snprintf(path, sizeof path, DATA "/%.*s.json", (int)len - 4, d->d_name);
        char *text = slurp(path, &n);
        assert_int_equal(qn_json_parse(&wanted, (qn_str){ text, n }, NULL, NULL), 0);
        if (!json_equal(is, wanted)) {
            char *shown = json_dumps(is, JSON_INDENT(1));
            print_error("%s is read as\n%s\n", d->d_name, shown);
            free(shown);
            fail();
        }
        free(text);
        json_decref(is);
        json_decref(wanted);
        seen++;
    }
    closedir(dir);
    assert_true(seen >= 4);
}

static void the_seed_is_five_headings_each_with_its_paragraph(void **state)
{
    bench *b = *state;
    json_t *entry = read_file(b, SEED);
    if (!entry) {
        print_message("no %s: skipped\n", SEED);
        skip();
    }
    const json_t *body = json_object_get(entry, "body");
    assert_string_equal(json_string_value(json_object_get(entry, "title")),
                        "Russia's Intensified Kyiv Attacks: What Does Putin Gain?");
    assert_string_equal(json_string_value(json_object_get(entry, "slug")), "russia-kyiv-attacks-putin-gain");
    assert_non_null(strstr(json_string_value(json_object_get(entry, "summary")), "550 drones/missiles"));
    assert_null(strstr(json_string_value(json_object_get(entry, "summary")), "russia-kyiv"));
    assert_int_equal(json_array_size(body), 10);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(body, i), "type")),
                            i % 2 ? "text" : "heading");
    assert_string_equal(json_string_value(json_object_get(json_array_get(body, 8), "text")),
                        "Critical Need for Air Defense");
    json_decref(entry);
}

/* What a first start imports: each with its slug for a name, and a line of tags. */
static void the_sample_articles_are_whole(void **state)
{
    bench *b = *state;
    size_t n, seen = 0;
    char *tags = slurp(SAMPLES "/tags.tsv", &n), line[300], path[600];
    DIR *dir = opendir(SAMPLES);
    assert_non_null(tags);
    assert_non_null(dir);
    for (struct dirent *d; (d = readdir(dir)) != NULL;) {
        size_t len = strlen(d->d_name);
        if (len < 5 || strcmp(d->d_name + len - 4, ".txt") != 0) continue;
        snprintf(path, sizeof path, SAMPLES "/%s", d->d_name);
        json_t *entry = read_file(b, path), *checked = NULL;
        const char *slug = json_string_value(json_object_get(entry, "slug"));
        assert_non_null(slug);
        assert_int_equal(strlen(slug), len - 4);
        assert_memory_equal(slug, d->d_name, len - 4);
        assert_true(json_is_string(json_object_get(entry, "summary")));
        assert_true(json_array_size(json_object_get(entry, "body")) >= 8);
        assert_int_equal(qn_blocks_check(&checked, json_object_get(entry, "body"), NULL, "", &b->faults), 0);
        snprintf(line, sizeof line, "%s\t", slug);
        assert_non_null(strstr(tags, line));
        json_decref(checked);
        json_decref(entry);
        seen++;
    }
    closedir(dir);
    free(tags);
    assert_int_equal(seen, 12);
}

static void every_cut_of_a_text_is_read_or_refused(void **state)
{
    bench *b = *state;
    size_t n;
    char *text = slurp(DATA "/uk-harvest.txt", &n);
    assert_non_null(text);
    for (size_t cut = 0; cut < n; cut++) {
        char *exact = malloc(cut + 1);
        json_t *entry = NULL, *checked = NULL;
        memcpy(exact, text, cut);
        if (qn_wire_parse(&entry, (qn_str){ exact, cut }, &b->faults) == 0)
            assert_int_equal(qn_blocks_check(&checked, json_object_get(entry, "body"), NULL, "", &b->faults), 0);
        json_decref(entry);
        json_decref(checked);
        free(exact);
        bench_clear(b);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        QN_BENCH_TEST(the_layout_is_read_with_all_its_quirks),
        QN_BENCH_TEST(line_ends_and_a_byte_order_mark_make_no_difference),
        QN_BENCH_TEST(a_heading_has_at_most_120_characters),
        QN_BENCH_TEST(what_cannot_be_read_is_told_with_its_line),
        QN_BENCH_TEST(what_is_too_long_is_refused),
        QN_BENCH_TEST(texts_of_other_subjects_and_scripts_are_read),
        QN_BENCH_TEST(the_seed_is_five_headings_each_with_its_paragraph),
        QN_BENCH_TEST(the_sample_articles_are_whole),
        QN_BENCH_TEST(every_cut_of_a_text_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
