/**
 * Cursors: the place between two rows of a sorted list, as text for clients. Pure.
 */
#ifndef QN_CONTENT_CURSOR_H
#define QN_CONTENT_CURSOR_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { QN_CURSOR_MAX_BYTES = 4096, QN_CURSOR_KEYS = 8 };

/** Writes the keys of a row (absent slice: NULL) with the list that they are of (`spec`: what is listed and in which
 * order). Characters of URLs; arena memory. Absent slice when out of memory. */
qn_str qn_cursor_write(qn_arena *arena, const char *spec, const qn_str *keys, size_t n);

/** Reads one back: exactly `n` keys of the list `spec`. Arena memory. QN_EINVAL: not one of ours; QN_ESTATE: one of
 * another list or order; QN_ENOMEM. */
int qn_cursor_read(qn_str *keys, size_t n, qn_arena *arena, const char *spec, qn_str cursor);

#endif
