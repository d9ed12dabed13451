/**
 * Makes each allocation fail in turn. The test's program is linked with --wrap=malloc,--wrap=realloc (see the
 * Makefile), so that what core/ allocates passes here; jansson is told by json_set_alloc_funcs.
 */
#ifndef QN_TESTS_OOM_H
#define QN_TESTS_OOM_H

#include <stdbool.h>
#include <stdlib.h>

static long oom_left = -1; /**< allocations that still succeed; -1: all of them */
static bool oom_hit;       /**< one was refused */

void *__real_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_realloc(void *p, size_t n);

static bool oom_refuses(void)
{
    if (oom_left < 0) return false;
    if (oom_left > 0) {
        oom_left--;
        return false;
    }
    oom_hit = true;
    return true;
}

void *__wrap_malloc(size_t n)
{
    return oom_refuses() ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
    return oom_refuses() ? NULL : __real_realloc(p, n);
}

/** Starts a run in which the allocation after `successes` of them, and every later one, fails. */
static void oom_start(long successes)
{
    oom_left = successes;
    oom_hit = false;
}

/** Ends it; true when an allocation was refused. */
static bool oom_end(void)
{
    oom_left = -1;
    return oom_hit;
}

#endif
