/* The index: what is found, in what order, why, and that it stays what it was told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../index/index.h"

enum { MOST = 60 };

#define DAY_US (INT64_C(24) * 3600 * 1000000)

static qn_related_text text(const char *s)
{
    return (qn_related_text){ s ? s : "", s ? strlen(s) : 0 };
}

/* One article, as a line of a table. */
typedef struct {
    const char *id, *tags[6];
    int day; /* of its publication */
    bool hidden;
    const char *locale, *title;
} line;

static void with(qn_related *x, const line *l, int (*fn)(qn_related *x, const qn_related_article *a, void *out),
                 void *out)
{
    qn_related_text tags[6];
    qn_related_article a = { .id = text(l->id),
                             .locale = text(l->locale ? l->locale : "en"),
                             .published_us = l->day * DAY_US,
                             .hidden = l->hidden,
                             .tags = tags,
                             .title = text(l->title) };
    while (a.ntags < 6 && l->tags[a.ntags]) {
        tags[a.ntags] = text(l->tags[a.ntags]);
        a.ntags++;
    }
    assert_int_equal(fn(x, &a, out), 0);
}

static int put_one(qn_related *x, const qn_related_article *a, void *out)
{
    (void)out;
    return qn_related_put(x, a);
}

static void put(qn_related *x, const line *l)
{
    with(x, l, put_one, NULL);
}

typedef struct {
    qn_related_hit hits[MOST];
    size_t n, limit;
} found;

static int find_one(qn_related *x, const qn_related_article *a, void *out)
{
    found *f = out;
    return qn_related_find(f->hits, &f->n, x, a, f->limit);
}

static found find(qn_related *x, const line *l, size_t limit)
{
    found f = { .limit = limit };
    with(x, l, find_one, &f);
    for (size_t i = 0; i < f.n; i++) {
        assert_true(f.hits[i].score > 0 && f.hits[i].score <= 1);
        if (i) assert_true(f.hits[i].score <= f.hits[i - 1].score);
    }
    return f;
}

/* The ids with blanks between. */
static const char *ids(const found *f)
{
    static char out[MOST * 8];
    out[0] = 0;
    for (size_t i = 0; i < f->n; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", i ? " " : "", f->hits[i].id);
    return out;
}

static qn_related *filled(const line *lines)
{
    qn_related *x = qn_related_new(NULL);
    assert_non_null(x);
    for (; lines->id; lines++) put(x, lines);
    return x;
}

static const struct {
    const char *name;
    line lines[8]; /* the first one asks */
    const char *wanted;
} orders[] = {
    { "the rarer tag counts for more",
      { { "q", { "rare", "common" }, 0 },
        { "c", { "common" }, 0 },
        { "r", { "rare" }, 0 },
        { "o", { "common" }, 0 },
        { "p", { "common" }, 0 } },
      "r c o p" },
    { "two shared tags are more than one",
      { { "q", { "a", "b" }, 0 }, { "one", { "a" }, 0 }, { "two", { "b", "a" }, 0 } },
      "two one" },
    { "of those with the same tags the nearer in time comes first",
      { { "q", { "a" }, 900 }, { "old", { "a" }, 10 }, { "new", { "a" }, 899 }, { "mid", { "a" }, 500 } },
      "new mid old" },
    { "tags that are not shared take away from likeness",
      { { "q", { "a" }, 0 }, { "wide", { "a", "b", "c", "d" }, 0 }, { "close", { "a" }, 0 } },
      "close wide" },
    { "nothing shared is not related", { { "q", { "a" }, 0 }, { "x", { "b" }, 0 }, { "y", { NULL }, 0 } }, "" },
    { "an article without tags has none", { { "q", { NULL }, 0 }, { "x", { "b" }, 0 } }, "" },
    { "what is hidden is not found, but may ask",
      { { "q", { "a" }, 0, true }, { "x", { "a" }, 0, true }, { "y", { "a" }, 0 } },
      "y" },
    { "other locales are others", { { "q", { "a" }, 0 }, { "x", { "a" }, 0, false, "uk" }, { "y", { "a" }, 0 } }, "y" },
    { "a tag named twice counts once",
      { { "q", { "a", "a", "b" }, 0 },
        { "x", { "a", "a" }, 0 },
        { "y", { "b" }, 0 },
        { "z", { "a" }, 1 },
        { "w", { "b" }, 1 } },
      "x y w z" },
    { "of equals the newer one comes first", { { "q", { "a" }, 5 }, { "x", { "a" }, 4 }, { "y", { "a" }, 6 } }, "y x" },
};

static void orders_are_as_wanted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        qn_related *x = filled(orders[i].lines);
        found f = find(x, &orders[i].lines[0], MOST);
        if (strcmp(ids(&f), orders[i].wanted))
            fail_msg("%s: \"%s\", not \"%s\"", orders[i].name, ids(&f), orders[i].wanted);
        qn_related_free(&x);
        assert_null(x);
    }
}

static void reasons_are_the_shared_tags_rarest_first(void **state)
{
    (void)state;
    qn_related *x = filled((const line[]){ { "a", { "often", "seldom", "own" }, 0 },
                                           { "b", { "often" }, 0 },
                                           { "c", { "often" }, 0 },
                                           { "d", { "x" }, 0 },
                                           { 0 } });
    found f = find(x, &(const line){ "q", { "often", "seldom" }, 0 }, 1);
    assert_int_equal(f.n, 1);
    assert_int_equal(f.hits[0].nreasons, 2);
    assert_memory_equal(f.hits[0].reasons[0].text.p, "seldom", 6);
    assert_memory_equal(f.hits[0].reasons[1].text.p, "often", 5);
    assert_int_equal(f.hits[0].reasons[0].kind, QN_RELATED_TAG);
    qn_related_free(&x);
}

static void whole_likeness_at_the_same_time_is_1(void **state)
{
    (void)state;
    qn_related *x = filled((const line[]){ { "a", { "k", "l" }, 3 }, { "b", { "m" }, 3 }, { 0 } });
    found f = find(x, &(const line){ "q", { "l", "k" }, 3 }, 5);
    assert_int_equal(f.n, 1);
    assert_true(f.hits[0].score > 0.9999);
    qn_related_free(&x);
}

static void what_is_put_again_is_what_it_was_put_last(void **state)
{
    (void)state;
    qn_related *x = filled((const line[]){ { "a", { "k" }, 3 }, { "b", { "m" }, 3 }, { 0 } });
    put(x, &(const line){ "a", { "m" }, 9 });
    put(x, &(const line){ "a", { "m" }, 1 });
    assert_int_equal(qn_related_count(x), 2);
    found f = find(x, &(const line){ "q", { "k" }, 3 }, 5);
    assert_string_equal(ids(&f), "");
    f = find(x, &(const line){ "q", { "m" }, 3 }, 5);
    assert_string_equal(ids(&f), "b a");
    qn_related_free(&x);
}

static void what_is_taken_out_is_found_no_more(void **state)
{
    (void)state;
    qn_related *x = filled((const line[]){ { "a", { "k" }, 3 }, { "b", { "k" }, 3 }, { 0 } });
    qn_related_remove(x, text("a"));
    qn_related_remove(x, text("a"));
    qn_related_remove(x, text("never"));
    found f = find(x, &(const line){ "q", { "k" }, 3 }, 5);
    assert_string_equal(ids(&f), "b");
    assert_int_equal(qn_related_count(x), 1);
    qn_related_free(&x);
}

static void reading_anew_takes_out_what_was_not_read(void **state)
{
    (void)state;
    qn_related *x = filled((const line[]){ { "a", { "k" }, 3 }, { "b", { "k" }, 3 }, { "c", { "k" }, 3 }, { 0 } });
    qn_related_sweep_begin(x);
    put(x, &(const line){ "b", { "k" }, 3 });
    put(x, &(const line){ "d", { "k" }, 3 });
    qn_related_sweep_end(x);
    found f = find(x, &(const line){ "q", { "k" }, 3 }, 5);
    assert_int_equal(f.n, 2);
    assert_int_equal(qn_related_count(x), 2);
    qn_related_free(&x);
}

static void a_chosen_one_is_weighed_like_a_found_one(void **state)
{
    (void)state;
    qn_related *x = filled((const line[]){ { "a", { "k" }, 3 }, { "b", { "m" }, 3 }, { 0 } });
    qn_related_text k = text("k");
    qn_related_article q = {
        .id = text("q"), .locale = text("en"), .published_us = 3 * DAY_US, .tags = &k, .ntags = 1
    };
    qn_related_hit hit;
    assert_int_equal(qn_related_compare(&hit, x, &q, text("a")), 0);
    assert_true(hit.score > 0.99 && hit.nreasons == 1);
    assert_int_equal(qn_related_compare(&hit, x, &q, text("b")), 0);
    assert_true(hit.score == 0 && hit.nreasons == 0);
    assert_int_equal(qn_related_compare(&hit, x, &q, text("nobody")), 0);
    assert_true(hit.score == 0 && hit.nreasons == 0);
    qn_related_free(&x);
}

static void ids_that_are_none_are_refused(void **state)
{
    char name[QN_RELATED_ID_MAX + 2];
    (void)state;
    memset(name, 'x', sizeof name);
    qn_related *x = qn_related_new(NULL);
    qn_related_article a = { .id = { name, sizeof name - 1 } };
    assert_int_equal(qn_related_put(x, &a), QN_RELATED_EINVAL);
    a.id.n = 0;
    assert_int_equal(qn_related_put(x, &a), QN_RELATED_EINVAL);
    assert_int_equal(qn_related_count(x), 0);
    qn_related_free(&x);
}

/* Sixty articles of which each has words of its own; those with the numbers 7 and 8 are about one thing. */
static void fill_with_words(qn_related *x, int articles)
{
    for (int i = 0; i < articles; i++) {
        char id[16], title[80];
        snprintf(id, sizeof id, "n%d", i);
        snprintf(title, sizeof title, "council meets %s word%c%c again",
                 i == 7   ? "Harbour"
                 : i == 8 ? "harbour"
                          : "nowhere",
                 'a' + i / 26, 'a' + i % 26);
        put(x, &(const line){ id, { i == 8 ? NULL : "tag" }, i, false, NULL, title });
    }
}

static void words_tell_in_a_house_of_some_size(void **state)
{
    (void)state;
    qn_related *x = qn_related_new(NULL);
    fill_with_words(x, 60);
    found f = find(x, &(const line){ "n8", { NULL }, 8, false, NULL, "council meets harbour worDai again" }, 5);
    assert_string_equal(ids(&f), "n7");
    assert_int_equal(f.hits[0].reasons[0].kind, QN_RELATED_WORD);
    assert_memory_equal(f.hits[0].reasons[0].text.p, "harbour", 7);
    qn_related_free(&x);
}

static void words_do_not_tell_in_a_small_one(void **state)
{
    (void)state;
    qn_related *x = qn_related_new(NULL);
    fill_with_words(x, 20);
    found f = find(x, &(const line){ "n8", { NULL }, 8, false, NULL, "council meets harbour again" }, 5);
    assert_int_equal(f.n, 0);
    qn_related_free(&x);
}

static void words_are_the_same_in_capitals_of_any_script(void **state)
{
    static const char *const pairs[][2] = {
        { "Café", "CAFÉ" }, { "Київ", "КИЇВ" }, { "Αθήνα", "ΑΘήΝΑ" }, { "Łódź", "łóDŹ" }, { "東京都", "東京都" }
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        qn_related *x = qn_related_new(NULL);
        fill_with_words(x, 60);
        put(x, &(const line){ "m", { NULL }, 8, false, NULL, pairs[i][0] });
        found f = find(x, &(const line){ "q", { NULL }, 8, false, NULL, pairs[i][1] }, 5);
        if (strcmp(ids(&f), "m")) fail_msg("%s and %s are not the same: \"%s\"", pairs[i][0], pairs[i][1], ids(&f));
        qn_related_free(&x);
    }
}

static void any_bytes_are_taken(void **state)
{
    static const struct {
        const char *p;
        size_t n;
    } bytes[] = { { "\xff\xfe\xf8", 3 }, { "\xe2\x82", 2 },     { "a\0b", 3 },
                  { "\xf0\x9f", 2 },     { "\xed\xa0\x80", 3 }, { "", 0 } };
    (void)state;
    qn_related *x = qn_related_new(NULL);
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        char *exact = malloc(bytes[i].n + 1); /* so that a look past the end is seen */
        memcpy(exact, bytes[i].p, bytes[i].n);
        exact = realloc(exact, bytes[i].n ? bytes[i].n : 1);
        qn_related_text t = { exact, bytes[i].n };
        qn_related_article a = {
            .id = text("a"), .tags = &t, .ntags = 1, .title = t, .summary = t, .body = &t, .nbody = 1
        };
        assert_int_equal(qn_related_put(x, &a), 0);
        free(exact);
    }
    assert_int_equal(qn_related_count(x), 1);
    qn_related_free(&x);
}

/* ---- against a model --------------------------------------------------------------------------------------------- */

enum { MODEL = 200, STEPS = 20000, KINDS = 12 };

typedef struct {
    bool there;
    int day, tags;
} model_article;

static unsigned draw(unsigned n)
{
    static uint64_t state = 42;
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(state >> 33) % n;
}

static line model_line(char *id, const model_article *m, int i)
{
    static const char *const names[KINDS] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l" };
    snprintf(id, 16, "m%d", i);
    line l = { .id = id, .day = m->day };
    for (int k = 0, n = 0; k < KINDS && n < 6; k++)
        if (m->tags >> k & 1) l.tags[n++] = names[k];
    return l;
}

static int shared_first_six(int a, int b)
{
    int kept = 0, n = 0;
    for (int k = 0; k < KINDS && n < 6; k++)
        if (a >> k & 1) kept |= 1 << k, n++;
    int other = 0;
    n = 0;
    for (int k = 0; k < KINDS && n < 6; k++)
        if (b >> k & 1) other |= 1 << k, n++;
    return kept & other;
}

static void after_many_changes_it_finds_just_what_shares_a_tag(void **state)
{
    static model_article model[MODEL];
    char id[16];
    (void)state;
    qn_related_options o = qn_related_defaults;
    o.words = 0;
    qn_related *x = qn_related_new(&o);
    static qn_related_hit hits[MODEL];
    for (int step = 0; step < STEPS; step++) {
        int i = (int)draw(MODEL);
        if (draw(3) == 0) {
            model[i].there = false;
            snprintf(id, sizeof id, "m%d", i);
            qn_related_remove(x, text(id));
        } else {
            model[i] = (model_article){ true, (int)draw(50), (int)draw(1 << KINDS) };
            line l = model_line(id, &model[i], i);
            put(x, &l);
        }
        if (step % 100) continue;
        size_t n, wanted = 0, there = 0;
        qn_related_text k = text("c");
        qn_related_article q = { .id = text("q"), .locale = text("en"), .tags = &k, .ntags = 1 };
        assert_int_equal(qn_related_find(hits, &n, x, &q, MODEL), 0);
        for (int m = 0; m < MODEL; m++) {
            there += model[m].there;
            wanted += model[m].there && shared_first_six(model[m].tags, 1 << 2);
        }
        assert_int_equal(n, wanted);
        assert_int_equal(qn_related_count(x), there);
    }
    qn_related_free(&x);
}

static void of_a_frequent_tag_the_newest_and_the_nearest_are_found(void **state)
{
    char id[16];
    (void)state;
    qn_related_options o = qn_related_defaults;
    o.scan = 20;
    o.words = 0;
    qn_related *x = qn_related_new(&o);
    for (int i = 0; i < 500; i++) {
        snprintf(id, sizeof id, "m%d", (i * 37) % 500); /* in any order */
        put(x, &(const line){ id, { "t" }, (i * 37) % 500 });
    }
    found f = find(x, &(const line){ "q", { "t" }, 100 }, 50);
    assert_int_equal(f.n, 20);
    int near = 0, newest = 0;
    for (size_t i = 0; i < f.n; i++) {
        int day = atoi(f.hits[i].id + 1);
        near += day >= 95 && day < 105;
        newest += day >= 490;
    }
    assert_int_equal(near, 10);
    assert_int_equal(newest, 10);
    qn_related_free(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_are_as_wanted),
        cmocka_unit_test(reasons_are_the_shared_tags_rarest_first),
        cmocka_unit_test(whole_likeness_at_the_same_time_is_1),
        cmocka_unit_test(what_is_put_again_is_what_it_was_put_last),
        cmocka_unit_test(what_is_taken_out_is_found_no_more),
        cmocka_unit_test(reading_anew_takes_out_what_was_not_read),
        cmocka_unit_test(a_chosen_one_is_weighed_like_a_found_one),
        cmocka_unit_test(ids_that_are_none_are_refused),
        cmocka_unit_test(words_tell_in_a_house_of_some_size),
        cmocka_unit_test(words_do_not_tell_in_a_small_one),
        cmocka_unit_test(words_are_the_same_in_capitals_of_any_script),
        cmocka_unit_test(any_bytes_are_taken),
        cmocka_unit_test(after_many_changes_it_finds_just_what_shares_a_tag),
        cmocka_unit_test(of_a_frequent_tag_the_newest_and_the_nearest_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
