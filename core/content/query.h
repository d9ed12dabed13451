/**
 * What every parameter of a request's query is asked, whoever serves the route. Pure.
 */
#ifndef QN_CONTENT_QUERY_H
#define QN_CONTENT_QUERY_H

#include "base/fault.h"
#include "http/http.h"

/** The i-th parameter of `query` is given once, and is a locale where it is named so; else adds what is wrong at
 * `where`
 * ("?name"), as faults of shape. */
void qn_query_check(qn_faults *f, const qn_pair *query, size_t i, const char *where);

#endif
