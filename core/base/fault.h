/**
 * Faults of an input, gathered so that all of them can be told at once.
 */
#ifndef QN_BASE_FAULT_H
#define QN_BASE_FAULT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

enum { QN_FAULTS_MAX = 100 }; /**< further ones are counted, not kept */

/** One fault of an input. */
typedef struct {
    const char *pointer;  /**< JSON Pointer (RFC 6901) into the body, "?name" of a query parameter, or a header's name */
    const char *code;     /**< stable, for programs: "required", "unknown_member", "type", "range"… */
    const char *detail;   /**< for people: what is there and what would be right */
} qn_fault;

/** A list of faults; zero it, set the arena. */
typedef struct {
    qn_arena *arena;
    qn_fault *items;
    size_t n, cap;
    size_t dropped;  /**< faults past QN_FAULTS_MAX */
    bool shape;      /**< at least one is of the input's shape (unknown or ill-typed member): 400 rather than 422 */
} qn_faults;

/** Adds one; `pointer` and the printed detail are copied into the arena. */
void qn_fault_add(qn_faults *f, bool shape, const char *pointer, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
