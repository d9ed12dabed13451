/**
 * Classes of bytes for the parser, and the loop that copies a line. Internal to http/.
 */
#ifndef QN_HTTP_SCAN_H
#define QN_HTTP_SCAN_H

#include "http/parser.h"

/** Copies from `in` to `to` up to `n` bytes, stopping before the first control character (HTAB is none). Returns how
 * many. */
size_t qn_scan_copy(char *to, const char *in, size_t n);
bool qn_scan_is_control(char c); /**< C0 but HTAB, and DEL */
/** May stand in a request target: visible ASCII but '#'. More than RFC 3986 allows: curl and browsers send `[`, `{`,
 * `"` and `|` in queries as they are, and nothing hangs on these characters. */
bool qn_scan_is_target(char c);
/** The byte in lower case when it may stand in a token, else 0. */
char qn_scan_lower_token(char c);

/** Framing and data of a chunked body (RFC 9112 7.1), trailers checked and dropped. Sets status and detail with
 * QN_HE_ERROR. */
qn_http_event qn_chunked_next(qn_parser *p, const char **in, const char *end, qn_str *data);

#endif
