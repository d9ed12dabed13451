/**
 * Slices of bytes, and what can be asked of UTF-8. A qn_str never owns what it points at.
 */
#ifndef QN_BASE_STR_H
#define QN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

typedef struct {
    const char *p; /**< borrows; not NUL-terminated unless a function says so. NULL with n 0: absent */
    size_t n;      /**< bytes */
} qn_str;

/** A slice of a string literal. */
#define QN_STR(lit) ((qn_str){ "" lit, sizeof(lit) - 1 })
/** For printf: `"%.*s", QN_FMT(s)`. */
#define QN_FMT(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), ((s).p ? (s).p : "")

qn_str qn_str_of(const char *cstr); /**< borrows; NULL gives the absent slice */
bool qn_str_eq(qn_str a, qn_str b);
bool qn_str_eqz(qn_str a, const char *b);
bool qn_str_eq_ci(qn_str a, qn_str b); /**< ASCII letters without case */
bool qn_str_starts(qn_str s, qn_str prefix);
bool qn_str_ends(qn_str s, qn_str suffix);
qn_str qn_str_trim(qn_str s); /**< without ASCII space, tab, CR, LF at both ends */
/** Cut `*s` at the first `sep`: returns what stands before it, leaves what stands after (absent slice at the end). */
qn_str qn_str_cut(qn_str *s, char sep);
/** NUL-terminated copy; arena memory. NULL when out of memory. */
char *qn_str_dup(qn_arena *a, qn_str s);
/** Decimal digits only, no sign, in [min, max]. QN_EINVAL or QN_ELIMIT. */
int qn_str_u64(uint64_t *out, qn_str s, uint64_t min, uint64_t max);
/** Optional '-', decimal digits, fits int64. QN_EINVAL. */
int qn_str_i64(int64_t *out, qn_str s);

/** Offset of the first byte that is not valid UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF);
 *  `s.n` when all of it is valid. */
size_t qn_utf8_check(qn_str s);
/** Code points in valid UTF-8. */
size_t qn_utf8_length(qn_str s);
/** Decodes one code point of valid UTF-8 at `*i` (< s.n) and moves `*i` past it. */
uint32_t qn_utf8_next(qn_str s, size_t *i);

/** Percent-decodes (RFC 3986 2.1) into arena memory, NUL-terminated beyond out->n. `plus_is_space` for queries.
 *  QN_EINVAL: a bad escape, an encoded NUL or bytes that are not UTF-8. */
int qn_percent_decode(qn_str *out, qn_arena *a, qn_str in, bool plus_is_space);
/** Percent-encodes all but the unreserved characters (RFC 3986 2.3); arena memory. */
qn_str qn_percent_encode(qn_arena *a, qn_str in);

/** `s` is a slug: ^[a-z0-9]+(-[a-z0-9]+)*$, at most 200 bytes. */
bool qn_is_slug(qn_str s);

/** Equal in constant time for equal lengths (for secrets). */
bool qn_str_eq_secret(qn_str a, qn_str b);

#endif
