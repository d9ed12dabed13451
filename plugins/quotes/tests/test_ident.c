/* Names of quotations, and the marks of quote blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../ident.h"

static const char *name_of(const char *block, const char *words, uint32_t before)
{
    static char out[4][IDENT_SIZE];
    static int turn;
    char *o = out[turn++ & 3];
    ident_write(o, block, strlen(block), words, strlen(words), before);
    return o;
}

/* Editors' verdicts are kept under these for ever: a change of the function would lose them. */
static void names_are_those_that_they_always_were(void **state)
{
    (void)state;
    assert_string_equal(name_of("b2", "war and terror.", 0), "q6d7f3daf5a6050f6");
    assert_string_equal(name_of("b4", "Staying home would have meant death,", 0), "q619d01c0206fdaa5");
}

static void other_blocks_words_and_occurrences_have_other_names(void **state)
{
    (void)state;
    assert_string_not_equal(name_of("b1", "yes", 0), name_of("b2", "yes", 0));
    assert_string_not_equal(name_of("b1", "yes", 0), name_of("b1", "no", 0));
    assert_string_not_equal(name_of("b1", "yes", 0), name_of("b1", "yes", 1));
    assert_string_not_equal(name_of("b1", "2yes", 0), name_of("b12", "yes", 0));
}

static const struct {
    const char *text, *words;
} trims[] = {
    { "Plain.", "Plain." },
    { "  \"Marked,\" \n", "Marked," },
    { "“Curly.”", "Curly." },
    { "„Deutsch.“", "Deutsch." },
    { "« Français »", " Français " },
    { "\"One\" and \"two\"", "One\" and \"two" },
    { "\"", "\"" },
    { "\"\"", "" },
    { "", "" },
    { " \t\n", "" },
    { "“open only", "“open only" },
};

static void a_quote_block_loses_one_pair_of_marks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trims / sizeof *trims; i++) {
        size_t begin, end;
        ident_trim(&begin, &end, trims[i].text, strlen(trims[i].text));
        if (end - begin != strlen(trims[i].words) || memcmp(trims[i].text + begin, trims[i].words, end - begin))
            fail_msg("%s: \"%.*s\"", trims[i].text, (int)(end - begin), trims[i].text + begin);
    }
}

static void points_are_code_points(void **state)
{
    (void)state;
    assert_int_equal(ident_points("abc", 3), 3);
    assert_int_equal(ident_points("Київ", strlen("Київ")), 4);
    assert_int_equal(ident_points("a😀", strlen("a😀")), 2);
    assert_int_equal(ident_points("", 0), 0);
}

static const struct {
    const char *name, *full;
    int is;
} names[] = {
    { "Sweijs", "Tim Sweijs", 1 }, { "Tim Sweijs", "Tim Sweijs", 1 }, { "ijs", "Tim Sweijs", 0 },
    { "Tim", "Tim Sweijs", 0 },    { "", "Tim Sweijs", 0 },           { "A Tim Sweijs", "Tim Sweijs", 0 },
};

static void a_surname_is_short_for_the_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (ident_is_short_for(names[i].name, strlen(names[i].name), names[i].full, strlen(names[i].full)) !=
            names[i].is)
            fail_msg("%s of %s", names[i].name, names[i].full);
}

static void the_same_words_are_counted_in_each_block_anew(void **state)
{
    (void)state;
    struct ident_seen items[64] = { { 0 } };
    char words[24];
    assert_int_equal(ident_room(20), 64);
    ident_counter c = { .items = items, .mask = 63, .round = 1 };
    for (int block = 0; block < 100; block++) {
        for (uint32_t times = 0; times < 3; times++)
            for (int i = 0; i < 20; i++) {
                int n = snprintf(words, sizeof words, "words %d", i);
                assert_int_equal(ident_count(&c, words, (size_t)n), times);
            }
        ident_anew(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_those_that_they_always_were),
        cmocka_unit_test(other_blocks_words_and_occurrences_have_other_names),
        cmocka_unit_test(a_quote_block_loses_one_pair_of_marks),
        cmocka_unit_test(points_are_code_points),
        cmocka_unit_test(the_same_words_are_counted_in_each_block_anew),
        cmocka_unit_test(a_surname_is_short_for_the_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
