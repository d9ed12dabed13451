/**
 * JSON in, strictly: what jansson leaves open is closed here (duplicate keys, NUL, depth, size, numbers that do not fit,
 * trailing bytes, invalid UTF-8), and every fault has a position and a JSON Pointer (RFC 6901).
 */
#ifndef QN_BASE_JSON_H
#define QN_BASE_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "base/err.h"

typedef struct {
    size_t max_bytes;  /**< 0: no bound */
    unsigned max_depth; /**< 0: 64 */
} qn_json_limits;

typedef struct {
    const char *code;   /**< static: "malformed", "duplicate_key", "depth", "number_range", "nul", "utf8", "surrogate", "size" */
    char detail[256];   /**< for people */
    char pointer[256];  /**< JSON Pointer of the value at fault, as far as known; cut when longer */
    size_t line, column, offset; /**< line and column count from 1; offset in bytes */
} qn_json_fault;

/** Parses exactly one JSON value (RFC 8259). Integers must fit int64, reals a finite double. Linear time, `text` need not be
 *  NUL-terminated. Returns owned in `*out`. QN_EINVAL with `*fault` filled; QN_ENOMEM. */
int qn_json_parse(json_t **out, qn_str text, const qn_json_limits *limits, qn_json_fault *fault);

/** Appends `v` compactly, keys in insertion order unless `sort_keys`. QN_ENOMEM. */
int qn_json_write(qn_buf *out, const json_t *v, bool sort_keys);

/** Appends one reference token to a JSON Pointer in `b`, escaping ~ and /. */
int qn_json_pointer_add(qn_buf *b, qn_str token);

/** RFC 7396 merge of `patch` into a copy of `target` (NULL: absent). Returns owned; NULL when out of memory. */
json_t *qn_json_merge_patch(const json_t *target, const json_t *patch);

#endif
