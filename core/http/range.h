/**
 * Byte ranges (RFC 9110 14): what a Range header asks of a representation. Pure.
 */
#ifndef QN_HTTP_RANGE_H
#define QN_HTTP_RANGE_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/** Some bytes of a representation: from `at`, `n` of them, never none. */
typedef struct {
    uint64_t at, n;
} qn_range;

enum {
    QN_RANGES_MAX = 16,     /**< in one header; whoever asks for more gets the whole (RFC 9110 14.2, 17.15) */
    QN_RANGE_GAP_BYTES = 80 /**< ranges this near one another become one: the head of a part costs as much */
};

/** The ranges that are to be sent, in the order in which they were asked for, apart from one another: their number.
 * 0: the header is to be ignored, the whole is the answer (another unit, not readable, too many ranges, or nothing to
 * part). QN_ENOTFOUND: none of them lies inside (416). */
int qn_ranges_read(qn_range out[QN_RANGES_MAX], qn_str header, uint64_t size);

#endif
