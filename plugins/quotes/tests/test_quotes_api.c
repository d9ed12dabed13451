/* The interface: blocks, offsets, options, the table of people, refusals; and the seed article, where it is there. */
#include "../extract/quotes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct qn_quotes *extract(const char *const *texts, size_t n, const struct qn_quotes_options *options)
{
    struct qn_quotes_block blocks[16];
    struct qn_quotes *found = NULL;
    assert_true(n <= 16);
    for (size_t i = 0; i < n; i++) blocks[i] = (struct qn_quotes_block){ .text = texts[i], .len = strlen(texts[i]) };
    assert_int_equal(qn_quotes_extract(&found, blocks, n, options), 0);
    assert_non_null(found);
    return found;
}

static const struct qn_quotes_options marks_only = { .size = sizeof marks_only,
                                                     .language = "en",
                                                     .flags = QN_QUOTES_NO_INDIRECT };

static void speakers_are_remembered_from_block_to_block(void **state)
{
    (void)state;
    const char *texts[] = { "John Smith opened the door.", "\"We will win,\" Smith said." };
    struct qn_quotes *found = extract(texts, 2, &marks_only);
    assert_int_equal(qn_quotes_count(found), 1);
    const struct qn_quote *q = qn_quotes_at(found, 0);
    assert_string_equal(q->name.text, "John Smith");
    assert_string_equal(q->as_written.text, "Smith");
    assert_int_equal(q->span.block, 1);
    assert_int_equal(q->span.start, 1);
    assert_int_equal(q->span.end, 13);
    assert_int_equal(q->content.start, 1);
    assert_int_equal(q->content.end, 13);
    assert_int_equal(q->speaker.block, 1);
    assert_int_equal(q->speaker.start, 15);
    assert_int_equal(q->cue_span.start, 21);
    assert_int_equal(q->paragraph, 1);
    qn_quotes_destroy(&found);
    assert_null(found);
}

static void a_speaker_may_stand_in_another_block(void **state)
{
    (void)state;
    const char *texts[] = { "Then John Smith took the floor and said:", "\"We will win.\"" };
    struct qn_quotes *found = extract(texts, 2, &marks_only);
    assert_int_equal(qn_quotes_count(found), 1);
    const struct qn_quote *q = qn_quotes_at(found, 0);
    assert_string_equal(q->name.text, "John Smith");
    assert_int_equal(q->span.block, 1);
    assert_int_equal(q->speaker.block, 0);
    assert_int_equal(q->speaker.start, 5);
    qn_quotes_destroy(&found);
}

static void quotations_never_cross_blocks(void **state)
{
    (void)state;
    const char *texts[] = { "John Smith said \"we will", "win\" and left." };
    struct qn_quotes *found = extract(texts, 2, &marks_only);
    for (size_t i = 0; i < qn_quotes_count(found); i++) assert_true(qn_quotes_at(found, i)->span.end <= 24);
    qn_quotes_destroy(&found);
}

static void offsets_are_code_points(void **state)
{
    (void)state;
    const char *texts[] = { "\xf0\x9f\x98\x80\xc3\xa9 \xe2\x80\x9cNa\xc3\xafve,\xe2\x80\x9d said John Smith." };
    struct qn_quotes *found = extract(texts, 1, &marks_only);
    assert_int_equal(qn_quotes_count(found), 1);
    assert_int_equal(qn_quotes_at(found, 0)->span.start, 4);
    assert_int_equal(qn_quotes_at(found, 0)->span.end, 10);
    qn_quotes_destroy(&found);
}

static void invalid_bytes_count_one_each(void **state)
{
    (void)state;
    const char *texts[] = { "\xff\xfe\x80 \"We will win,\" said John Smith." };
    struct qn_quotes *found = extract(texts, 1, &marks_only);
    assert_int_equal(qn_quotes_count(found), 1);
    assert_int_equal(qn_quotes_at(found, 0)->span.start, 5);
    qn_quotes_destroy(&found);
}

static void people_are_one_entry_each(void **state)
{
    (void)state;
    const char *texts[] = { "Defense analyst Tim Brown came. \"Yes,\" Brown said.",
                            "\"No,\" Mr. Brown said. Mary Jones, a doctor in Ohio, left." };
    struct qn_quotes *found = extract(texts, 2, &marks_only);
    assert_int_equal(qn_quotes_person_count(found), 2);
    const struct qn_quotes_person *p = qn_quotes_person_at(found, 0);
    assert_string_equal(p->name.text, "Tim Brown");
    assert_string_equal(p->role.text, "Defense analyst");
    assert_int_equal(p->gender, QN_QUOTES_GENDER_MALE);
    assert_int_equal(p->quotes, 2);
    assert_int_equal(p->mentions, 3);
    assert_string_equal(qn_quotes_person_at(found, 1)->role.text, "doctor in Ohio");
    assert_int_equal(qn_quotes_person_at(found, 1)->gender, QN_QUOTES_GENDER_FEMALE);
    assert_null(qn_quotes_person_at(found, 2));
    assert_string_equal(qn_quotes_at(found, 0)->role.text, "Defense analyst");
    assert_int_equal(qn_quotes_at(found, 1)->person, 0);
    qn_quotes_destroy(&found);
}

static void a_heading_does_not_make_names_of_its_words(void **state)
{
    (void)state;
    struct qn_quotes_block blocks[] = {
        { .text = "Critical Need For Air Defense", .len = 29, .flags = QN_QUOTES_HEADING },
        { .text = "\"We will win,\" said John Smith.", .len = 31 },
    };
    struct qn_quotes *found = NULL;
    assert_int_equal(qn_quotes_extract(&found, blocks, 2, &marks_only), 0);
    assert_int_equal(qn_quotes_person_count(found), 1);
    qn_quotes_destroy(&found);
}

static void wrapped_lines_are_one_paragraph_where_the_caller_says_so(void **state)
{
    (void)state;
    const char *texts[] = { "\"We will win and nobody\nwill stop us,\" said John Smith.\n\n\"Yes,\" said Mary Jones." };
    struct qn_quotes_options o = marks_only;
    o.paragraphs = QN_QUOTES_PARAGRAPHS_BLANK;
    struct qn_quotes *found = extract(texts, 1, &o);
    assert_int_equal(qn_quotes_count(found), 2);
    assert_string_equal(qn_quotes_at(found, 0)->text.text, "We will win and nobody\nwill stop us,");
    assert_int_equal(qn_quotes_at(found, 0)->paragraph, 0);
    assert_int_equal(qn_quotes_at(found, 1)->paragraph, 1);
    qn_quotes_destroy(&found);
}

static void nothing_in_is_nothing_out(void **state)
{
    (void)state;
    struct qn_quotes *found = NULL;
    struct qn_quotes_block empty[] = { { .text = NULL, .len = 0 }, { .text = "", .len = 0 } };
    assert_int_equal(qn_quotes_extract(&found, NULL, 0, NULL), 0);
    assert_int_equal(qn_quotes_count(found), 0);
    qn_quotes_destroy(&found);
    assert_int_equal(qn_quotes_extract(&found, empty, 2, NULL), 0);
    assert_int_equal(qn_quotes_count(found), 0);
    assert_null(qn_quotes_at(found, 0));
    qn_quotes_destroy(&found);
    qn_quotes_destroy(&found);
    qn_quotes_destroy(NULL);
}

static void wrong_calls_are_refused_and_leave_the_result_alone(void **state)
{
    (void)state;
    struct qn_quotes *found = NULL;
    struct qn_quotes_block b = { .text = "x", .len = 1 }, none = { .text = NULL, .len = 5 },
                           big = { .text = "x", .len = QN_QUOTES_MAX_BYTES + 1 };
    struct qn_quotes_options o = { .size = 1 };
    assert_int_equal(qn_quotes_extract(NULL, &b, 1, NULL), QN_QUOTES_EINVAL);
    assert_int_equal(qn_quotes_extract(&found, NULL, 1, NULL), QN_QUOTES_EINVAL);
    assert_int_equal(qn_quotes_extract(&found, &none, 1, NULL), QN_QUOTES_EINVAL);
    assert_int_equal(qn_quotes_extract(&found, &b, 1, &o), QN_QUOTES_EINVAL);
    o = (struct qn_quotes_options){ .size = sizeof o, .flags = 1u << 20 };
    assert_int_equal(qn_quotes_extract(&found, &b, 1, &o), QN_QUOTES_EINVAL);
    assert_int_equal(qn_quotes_extract(&found, &big, 1, NULL), QN_QUOTES_ETOOBIG);
    assert_int_equal(qn_quotes_extract(&found, &b, QN_QUOTES_MAX_BLOCKS + 1, NULL), QN_QUOTES_ETOOBIG);
    assert_null(found);
}

static void the_result_does_not_need_the_text_any_more(void **state)
{
    (void)state;
    char text[] = "\"We will win,\" said John Smith.";
    struct qn_quotes_block b = { .text = text, .len = strlen(text) };
    struct qn_quotes *found = NULL;
    assert_int_equal(qn_quotes_extract(&found, &b, 1, &marks_only), 0);
    memset(text, 'x', sizeof text);
    assert_string_equal(qn_quotes_at(found, 0)->name.text, "John Smith");
    qn_quotes_destroy(&found);
}

static void a_clear_quotation_is_surer_than_a_carried_one(void **state)
{
    (void)state;
    const char *texts[] = { "\"We will win,\" said John Smith.",
                            "The house is old. It has a \"certain kind of charm\" about it." };
    struct qn_quotes *found = extract(texts, 2, &marks_only);
    assert_true(qn_quotes_count(found) >= 1);
    assert_true(qn_quotes_at(found, 0)->confidence > 0.9);
    for (size_t i = 1; i < qn_quotes_count(found); i++)
        assert_true(qn_quotes_at(found, i)->confidence < qn_quotes_at(found, 0)->confidence);
    qn_quotes_destroy(&found);
}

static void the_seed_article_gives_its_four_quotations(void **state)
{
    (void)state;
    static const struct {
        const char *words, *name, *as_written;
        enum qn_quotes_kind kind;
    } want[] = {
        { "war and terror.", "Volodymyr Zelensky", NULL, QN_QUOTES_PARTIAL },
        { "Staying home would have meant death,", "Alja", NULL, QN_QUOTES_DIRECT },
        { "Violence in war is a political instrument,", "Tim Sweijs", "Sweijs", QN_QUOTES_DIRECT },
        { "disappointing,", "Trump", NULL, QN_QUOTES_PARTIAL },
    };
    static char text[16384];
    const char *path = getenv("QUOTES_SEED");
    FILE *f = fopen(path ? path : "../shared/seeds/russia-kyiv-attacks-putin-gain.txt", "r");
    if (f == NULL) skip();
    struct qn_quotes_block b = { .text = text, .len = fread(text, 1, sizeof text, f) };
    (void)fclose(f);
    struct qn_quotes *found = NULL;
    assert_int_equal(qn_quotes_extract(&found, &b, 1, &marks_only), 0);
    assert_int_equal(qn_quotes_count(found), 4);
    for (size_t i = 0; i < 4; i++) {
        const struct qn_quote *q = qn_quotes_at(found, i);
        assert_string_equal(q->text.text, want[i].words);
        assert_string_equal(q->name.text, want[i].name);
        if (want[i].as_written != NULL) assert_string_equal(q->as_written.text, want[i].as_written);
        assert_int_equal(q->kind, want[i].kind);
    }
    qn_quotes_destroy(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speakers_are_remembered_from_block_to_block),
        cmocka_unit_test(a_speaker_may_stand_in_another_block),
        cmocka_unit_test(quotations_never_cross_blocks),
        cmocka_unit_test(offsets_are_code_points),
        cmocka_unit_test(invalid_bytes_count_one_each),
        cmocka_unit_test(people_are_one_entry_each),
        cmocka_unit_test(a_heading_does_not_make_names_of_its_words),
        cmocka_unit_test(wrapped_lines_are_one_paragraph_where_the_caller_says_so),
        cmocka_unit_test(nothing_in_is_nothing_out),
        cmocka_unit_test(wrong_calls_are_refused_and_leave_the_result_alone),
        cmocka_unit_test(the_result_does_not_need_the_text_any_more),
        cmocka_unit_test(a_clear_quotation_is_surer_than_a_carried_one),
        cmocka_unit_test(the_seed_article_gives_its_four_quotations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
