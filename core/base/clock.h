/**
 * Time: a monotonic clock for durations, the wall clock for what people read, RFC 3339 and HTTP dates.
 */
#ifndef QN_BASE_CLOCK_H
#define QN_BASE_CLOCK_H

#include "base/str.h"

int64_t qn_mono_ms(void);  /**< CLOCK_MONOTONIC, milliseconds */
int64_t qn_mono_us(void);  /**< the same, microseconds */
int64_t qn_wall_us(void);  /**< CLOCK_REALTIME, microseconds since the epoch */

enum { QN_RFC3339_BYTES = 25, QN_HTTP_DATE_BYTES = 30 };
/** `2026-11-22T10:00:00.000Z`: milliseconds cut, never rounded. NUL-terminated. Years 0001–9999. */
void qn_rfc3339(char out[QN_RFC3339_BYTES], int64_t wall_us);
/** Microseconds since the epoch from RFC 3339 5.6 date-time (any offset, up to 9 fraction digits, cut to 6), or from a
 *  bare date `2026-11-22` (midnight UTC). Calendar-checked; leap second 60 counts as 59.999999. QN_EINVAL. */
int qn_rfc3339_parse(int64_t *wall_us, qn_str s);
/** IMF-fixdate (RFC 9110 5.6.7). */
void qn_http_date(char out[QN_HTTP_DATE_BYTES], int64_t wall_s);
/** Any of the three forms of RFC 9110 5.6.7. QN_EINVAL. */
int qn_http_date_parse(int64_t *wall_s, qn_str s);

#endif
