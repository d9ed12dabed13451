/**
 * UUIDv7 (RFC 9562 5.7): time-ordered ids, monotonic within a process.
 */
#ifndef QN_BASE_UUID_H
#define QN_BASE_UUID_H

#include "base/str.h"

enum { QN_UUID_BYTES = 37 }; /**< 36 characters and the NUL */

/** A new id from the wall clock, a 12-bit counter in the same millisecond and getrandom(2) (safe after fork). */
void qn_uuid7(char out[QN_UUID_BYTES]);
/** `s` is a UUID in the 8-4-4-4-12 form, any version, either case. */
bool qn_is_uuid(qn_str s);

#endif
