/**
 * A check under way: where it stands, what it found. Shared by the files of content/ that check input. Pure.
 */
#ifndef QN_CONTENT_CHECK_H
#define QN_CONTENT_CHECK_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/json.h"

typedef struct {
    qn_arena *arena;   /**< borrows; for what is shown in faults */
    qn_faults *faults; /**< borrows */
    qn_buf pointer;    /**< JSON Pointer of the value being checked; owned */
} qn_check;

/** `pointer` is where the check begins ("" for the whole body). QN_ENOMEM. */
int qn_check_init(qn_check *c, qn_faults *faults, const char *pointer);
void qn_check_done(qn_check *c);

/** Goes one step down; `*mark` is what qn_check_up takes to come back. QN_ENOMEM. */
int qn_check_down(size_t *mark, qn_check *c, qn_str token);
int qn_check_down_at(size_t *mark, qn_check *c, size_t index);
void qn_check_up(qn_check *c, size_t mark);

/** Adds a fault of the value being checked. */
void qn_check_fault(qn_check *c, bool shape, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/** The fault of an ill-typed value: `wanted` is "a string", "an array of ids"… */
void qn_check_ill_typed(qn_check *c, const json_t *value, const char *wanted);

/** The fault of a member `name` that is not among `names`: tells which it may have been meant to be. QN_ENOMEM. */
int qn_check_unknown(qn_check *c, qn_str name, const char *const *names, size_t n);
/** That fault for every member of `object` that is not among `names`. QN_ENOMEM. */
int qn_check_members(qn_check *c, const json_t *object, const char *const *names, size_t n);

/** `value` as people read it in a sentence, at most about 60 characters: "\"abc…\"", "12", "an array". Arena memory or
 * static. */
const char *qn_show(qn_arena *a, const json_t *value);
const char *qn_show_str(qn_arena *a, qn_str s);

/** The candidate that `name` may have been meant to be (a slip or two away), or NULL. Borrows of `candidates`. */
const char *qn_nearest(qn_str name, const char *const *candidates, size_t n);

/* ---- jansson, with lengths -------------------------------------------------------------------------------------- */

qn_str qn_json_str_of(const json_t *string); /**< borrows; absent slice when it is not a string */
json_t *qn_json_of_str(qn_str s);            /**< returns owned; NULL when out of memory. `s` is valid UTF-8 */
/** Takes `value` (NULL: out of memory before). QN_ENOMEM. */
int qn_json_set(json_t *object, const char *key, json_t *value);
int qn_json_append(json_t *array, json_t *value);

/** For walking: jansson's iterators do not take const. Nothing is changed through it. */
#define QN_JSON_EACH(it, object)                                                                                       \
    for (void *it = json_object_iter((json_t *)(uintptr_t)(object)); it;                                               \
         it = json_object_iter_next((json_t *)(uintptr_t)(object), it))

#endif
