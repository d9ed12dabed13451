/*
 * Each allocation of a call made to fail in turn: the call says so, leaves the result alone and loses nothing. malloc
 * is replaced in this program, which the address sanitizer does itself: under it there is nothing to test here.
 */
#include "../extract/quotes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
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
static int counting;

#if REPLACED
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

static int fails(void)
{
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

static void each_allocation_may_fail(void **state)
{
    (void)state;
    if (!REPLACED) skip();
    static char text[20000];
    const char *piece =
        "\"We will win,\" said Dr. John Smith, a doctor. Mary Jones called it \"a disaster\" and said nobody cared.\n";
    size_t len = 0, n = strlen(piece);
    for (; len + n < sizeof text; len += n) memcpy(text + len, piece, n);
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
    assert_true(at > 10 && at < 1000 && refused >= at - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_allocation_may_fail) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
