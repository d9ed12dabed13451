/**
 * What the tests of content/ share: values written with ' for ", faults told in one string.
 */
#ifndef QN_TESTS_CONTENT_H
#define QN_TESTS_CONTENT_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/json.h"
#include "content/type.h"

/** Parses `text`, in which ' stands for ". Returns owned. */
__attribute__((unused)) static json_t *js(const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; *c; c++)
        if (*c == '\'') *c = '"';
    json_t *v = NULL;
    qn_json_fault fault;
    if (qn_json_parse(&v, qn_str_of(copy), &(qn_json_limits){ .max_depth = 500 }, &fault))
        fail_msg("%s: %s at %zu", copy, fault.detail, fault.offset);
    free(copy);
    return v;
}

/** Asserts that `v` is written as `expected` (with ' for "), members in this order. */
#define assert_json(v, expected) assert_json_at(v, expected, __FILE__, __LINE__)
__attribute__((unused)) static void assert_json_at(const json_t *v, const char *expected, const char *file, int line)
{
    json_t *e = js(expected);
    qn_buf is, wanted;
    qn_buf_init(&is, 0);
    qn_buf_init(&wanted, 0);
    qn_json_write(&is, v, false);
    qn_json_write(&wanted, e, false);
    if (strcmp(is.p, wanted.p) != 0) {
        print_error("is     %s\nwanted %s\n", is.p, wanted.p);
        _fail(file, line);
    }
    qn_buf_free(&is);
    qn_buf_free(&wanted);
    json_decref(e);
}

/** "pointer code" of each fault, parted by ", "; "400 " before all when one is of shape. Arena memory of the faults. */
__attribute__((unused)) static const char *told(const qn_faults *f)
{
    const char *all = f->shape ? "400" : "";
    for (size_t i = 0; i < f->n; i++)
        all = qn_arena_printf(f->arena, "%s%s%s %s", all,
                              i          ? ", "
                              : f->shape ? " "
                                         : "",
                              f->items[i].pointer, f->items[i].code);
    return all;
}

/** The one type of this definition (with ' for "). Returns owned in *types. */
__attribute__((unused)) static const qn_type *type_of(qn_types **types, const char *fields)
{
    char text[4096];
    qn_errmsg e;
    snprintf(text, sizeof text, "{'name':'thing','collection':'things','version':1,'fields':%s}", fields);
    for (char *c = text; *c; c++)
        if (*c == '\'') *c = '"';
    qn_str definition = qn_str_of(text);
    if (qn_types_new(types, &definition, 1, &e)) fail_msg("%s", e.text);
    return qn_types_at(*types, 0);
}

/** A whole file; returns owned, NUL-terminated beyond *n. NULL when it is not there. */
__attribute__((unused)) static char *slurp(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    qn_buf b;
    char part[4096];
    qn_buf_init(&b, 0);
    for (size_t got; (got = fread(part, 1, sizeof part, f)) > 0;) qn_buf_add(&b, part, got);
    fclose(f);
    *n = b.n;
    return b.p ? b.p : calloc(1, 1);
}

/** One arena and one list of faults a test. */
typedef struct {
    qn_arena *arena;
    qn_faults faults;
} bench;

__attribute__((unused)) static int bench_up(void **state)
{
    bench *b = calloc(1, sizeof *b);
    b->arena = b->faults.arena = qn_arena_new(0);
    *state = b;
    return 0;
}

__attribute__((unused)) static int bench_down(void **state)
{
    bench *b = *state;
    qn_arena_free(&b->arena);
    free(b);
    return 0;
}

__attribute__((unused)) static void bench_clear(bench *b)
{
    qn_arena_reset(b->arena);
    b->faults = (qn_faults){ .arena = b->arena };
}

#define QN_BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, bench_up, bench_down)

#endif
