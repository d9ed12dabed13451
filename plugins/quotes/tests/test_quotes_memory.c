/*
 * Each allocation of a call made to fail in turn: the call says so, leaves the result alone and loses nothing. And how
 * often a call asks for memory: a few times, however long the text is. malloc is replaced in this program, which the
 * address sanitizer does itself: under it there is nothing to test here.
 */
#include "../extract/quotes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__)
#define REPLACED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REPLACED 0
#endif
#endif
#ifndef REPLACED
#define REPLACED 1
#endif

static long fail_at = -1; /* the allocation that fails, counted down; -1: none */
static long live;         /* allocations less frees while counting */
static long asked;        /* allocations and reallocations while counting */
static int counting;

#if REPLACED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static int fails(void)
{
    asked += counting;
    return counting && fail_at >= 0 && fail_at-- == 0;
}

void *malloc(size_t n)
{
    void *p = fails() ? NULL : __libc_malloc(n);
    live += counting && p != NULL;
    return p;
}

void *calloc(size_t n, size_t size)
{
    void *p = fails() ? NULL : __libc_calloc(n, size);
    live += counting && p != NULL;
    return p;
}

void *realloc(void *p, size_t n)
{
    void *q = fails() ? NULL : __libc_realloc(p, n);
    live += counting && p == NULL && q != NULL;
    return q;
}

void free(void *p)
{
    live -= counting && p != NULL;
    __libc_free(p);
}
#endif

/* The allocations of a call, each of which failed in turn. */
static long each_fails(const char *text, size_t len)
{
    struct qn_quotes_block b = { .text = text, .len = len };
    long at = 0, refused = 0;
    for (;; at++) {
        struct qn_quotes *found = NULL;
        live = 0;
        fail_at = at;
        counting = 1;
        int rc = qn_quotes_extract(&found, &b, 1, NULL);
        int done = fail_at >= 0;
        fail_at = -1;
        qn_quotes_destroy(&found);
        counting = 0;
        assert_int_equal(live, 0);
        if (done) {
            assert_int_equal(rc, 0);
            break;
        }
        assert_true(rc == QN_QUOTES_ENOMEM || rc == 0); /* qsort does without the memory it would like */
        refused += rc != 0;
    }
    assert_true(refused >= at - 2);
    return at;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    if (!REPLACED) skip();
    static char text[20000];
    const char *piece =
        "\"We will win,\" said Dr. John Smith, a doctor. Mary Jones called it \"a disaster\" and said nobody cared.\n";
    size_t len = 0, n = strlen(piece);
    for (; len + n < sizeof text; len += n) memcpy(text + len, piece, n);
    assert_in_range(each_fails(text, len), 3, 12);
}

/* More tokens, paragraphs, people and quotations to a byte than any news has: what the arenas have no room for. */
static void each_allocation_may_fail_where_a_text_outgrows_what_was_thought_enough(void **state)
{
    (void)state;
    if (!REPLACED) skip();
    static char text[20000];
    size_t len = 0;
    for (unsigned k = 0; len + 32 < sizeof text; k++)
        len += (size_t)snprintf(text + len, 32, "\"a\" Ann %c%c%c said\n\"b\"\n.\n.\n", 'A' + (int)(k % 26),
                                'a' + (int)(k / 26 % 26), 'a' + (int)(k / 676));
    assert_in_range(each_fails(text, len), 8, 100);
}

/* How often a call asks for memory, for its work and for its result. */
static long allocations(const char *text, size_t len)
{
    struct qn_quotes_block b = { .text = text, .len = len };
    struct qn_quotes *found = NULL;
    asked = live = 0;
    counting = 1;
    int rc = qn_quotes_extract(&found, &b, 1, NULL);
    counting = 0;
    assert_int_equal(rc, 0);
    if (strstr(text, "said") != NULL) assert_true(qn_quotes_count(found) >= len / 200);
    counting = 1;
    qn_quotes_destroy(&found);
    counting = 0;
    assert_int_equal(live, 0);
    return asked;
}

static void a_call_asks_for_memory_as_often_for_a_megabyte_as_for_a_paragraph(void **state)
{
    (void)state;
    if (!REPLACED) skip();
    static const char *const pieces[] = {
        "The harbour was quiet on Monday, and the ships that had waited for a week lay at their berths, none of them "
        "lit.\n",
        "\"We will win,\" said Dr. John Smith, a doctor who lives near the harbour and has seen three strikes there.\n"
        "Mary Jones, who heads the union of the dockers, called it \"a disaster\" and said that nobody had asked "
        "her.\n",
    };
    const size_t sizes[] = { 10 * 1000, 100 * 1000, 1000 * 1000 };
    for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++) {
        size_t n = strlen(pieces[k]);
        char *text = malloc(sizes[2] + n + 1);
        long first = 0;
        assert_non_null(text);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            size_t len = 0;
            for (; len < sizes[i]; len += n) memcpy(text + len, pieces[k], n);
            text[len] = '\0';
            long times = allocations(text, len);
            if (i == 0) first = times;
            assert_int_equal(times, first);
        }
        assert_in_range(first, 3, 5); /* the text, what is made of it, the result; and what sorts it may want */
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(each_allocation_may_fail_where_a_text_outgrows_what_was_thought_enough),
        cmocka_unit_test(a_call_asks_for_memory_as_often_for_a_megabyte_as_for_a_paragraph)
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
