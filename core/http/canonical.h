/**
 * One spelling of a request's target, so that requests which mean the same are the same. [any thread]
 *
 * The parameters of the query stand in the order of their names (those of one name in the order given, `after` and
 * `before` behind all others), each with its `=`, without empty ones between them; nothing is percent-encoded that need not be (RFC 3986 6.2.2).
 */
#ifndef QN_HTTP_CANONICAL_H
#define QN_HTTP_CANONICAL_H

#include <stdbool.h>

#include "base/str.h"

typedef enum {
    QN_CANONICAL_KEY, /**< for comparing: as most clients write it, `filter[tags]=a,b` */
    QN_CANONICAL_LINK /**< for sending: in the query all but unreserved characters are encoded */
} qn_canonical_form;

/** More are not put in order. */
enum { QN_CANONICAL_PARAMETERS = 32 };

/** Bytes that suffice for a target of n. */
static inline size_t qn_canonical_most(size_t n)
{
    return 3 * n + 2;
}

/** Writes `target` (path, query) in its one spelling to out[cap], without a NUL. False: it does not fit, an escape in
 * it is bad, or it has more than QN_CANONICAL_PARAMETERS; what stands in `out` is undefined then. No allocation. */
bool qn_canonical_write(char *out, size_t *n, size_t cap, qn_str target, qn_canonical_form form);

/** A parameter of this name, as it came, says where a page begins: `after` or `before`. */
bool qn_canonical_is_cursor(qn_str name);

#endif
