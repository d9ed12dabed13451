/**
 * A list's query parameters to what content takes. Private to api/.
 */
#ifndef QN_API_QUERY_H
#define QN_API_QUERY_H

#include "api/call.h"

enum { QN_QUERY_CONDITIONS = 100, QN_QUERY_SORTS = 4 };

/** Reads limit, after, before, sort, version, locale and filter[…]. Arena memory. QN_EINVAL with all faults added,
 * QN_ENOMEM. */
int qn_query_read(qn_list_query *q, qn_call *c, qn_faults *faults);

#endif
