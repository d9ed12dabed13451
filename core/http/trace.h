/**
 * W3C Trace Context: a traceparent header is taken, and what goes on from here names this request as its parent.
 * Internal to http/.
 */
#ifndef QN_HTTP_TRACE_H
#define QN_HTTP_TRACE_H

#include <stdbool.h>

#include "base/str.h"

enum { QN_TRACEPARENT_BYTES = 56, QN_TRACE_ID_BYTES = 33 };

typedef struct {
    char trace_id[QN_TRACE_ID_BYTES]; /**< 32 lower-case hexadecimal digits; empty: none yet */
    char span_id[17];                 /**< this request's */
    char flags[3];
} qn_trace;

/** Goes on with the trace of a traceparent header. False (and `*out` untouched) when it is none that is valid. */
bool qn_trace_take(qn_trace *out, qn_str header, uint64_t random);
/** A trace that begins here, not sampled. */
void qn_trace_begin(qn_trace *out, const uint64_t random[3]);
/** "00-<trace>-<span>-<flags>" */
void qn_trace_text(char out[QN_TRACEPARENT_BYTES], const qn_trace *t);

#endif
