/**
 * The HTTP/1.1 request parser: bytes in, events out. Pure: it allocates nothing, does no I/O, knows no clock, and gives
 * the same events however the bytes are split. Strict where leniency is how requests are smuggled (RFC 9112 11.2): CRLF
 * only, token names, no folding, exactly one valid Host, one all-digit Content-Length, `Transfer-Encoding: chunked`
 * alone, on 1.1 only, never beside a length.
 *
 * The caller lends memory for the head (`store`, which the events' slices point into) and for the fields. When the
 * store is full it is asked for more (QN_HE_ROOM) up to the limits.
 */
#ifndef QN_HTTP_PARSER_H
#define QN_HTTP_PARSER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/** Bytes and numbers that a head and the framing of a body may have. */
typedef struct {
    uint32_t max_target_bytes; /**< of a target up to its question mark, and as many behind it: 414 */
    uint32_t max_cursor_bytes; /**< of `after=…` or `before=…` as the last parameter of a query, beside that: what is
                                  answered to a query has links that can be requested, however long it is */
    uint32_t max_header_bytes;    /**< all field lines with their CRLF: 431; trailers get as much again: 431 */
    uint32_t max_headers;         /**< field lines: 431; trailers as many again */
    uint32_t max_chunk_ext_bytes; /**< chunk extensions of one body together: 400 */
} qn_http_limits;

/** Bytes of the longest target, its question mark included. */
#define QN_TARGET_MOST(limits) (2 * (limits)->max_target_bytes + 2 + (limits)->max_cursor_bytes)

/** A request with this target (path and query) is not too long. Pure. */
bool qn_target_fits(qn_str target, const qn_http_limits *limits);

typedef enum {
    QN_HE_MORE, /**< all of the input was used */
    QN_HE_ROOM, /**< the store is full: lend a larger one (qn_parser_store) and call again */
    QN_HE_HEAD, /**< the head is complete and right; what stands in it can be read */
    QN_HE_BODY, /**< a piece of the body, inside the input */
    QN_HE_DONE, /**< the request is complete; the input goes on behind it */
    QN_HE_ERROR /**< `status` and `detail` say what; nothing more can be read from this connection */
} qn_http_event;

/** Where something lies in the store. */
typedef struct {
    uint32_t at, n;
} qn_span;

/** One field line. The name is in lower case, the value without the blanks around it. */
typedef struct {
    qn_span value;
    uint32_t name_at;
    uint16_t name_n;
} qn_http_field;

typedef enum { QN_EXPECT_NONE, QN_EXPECT_CONTINUE, QN_EXPECT_OTHER } qn_http_expect;

typedef struct {
    /* lent by the caller */
    const qn_http_limits *limits;
    char *store;
    uint32_t store_cap;
    qn_http_field *fields; /* limits->max_headers of them */

    /* with QN_HE_HEAD */
    uint32_t nfields;
    uint64_t names;         /* qn_http_name_bit of each field's name: what is certainly not there costs no search */
    qn_span method, target; /* as they came */
    qn_span path, query;    /* raw; query without '?', `has_query` parts "/a?" from "/a"; an empty path means "/" */
    qn_span authority;      /* of an absolute target, else of Host; n 0: HTTP/1.0 without one */
    uint8_t minor;          /* of the version: 0, or 1 for 1.1 and above */
    bool has_query, star;   /* star: the target is "*" */
    bool connect;           /* method CONNECT, the target is not a path */
    bool keep_alive;        /* the client wants (or does not mind) another request on the connection */
    bool has_body, chunked;
    qn_http_expect expect;
    uint64_t length; /* Content-Length; 0 when there is none */

    /* with QN_HE_ERROR */
    int status;         /* 400, 413, 414, 431, 501, 505 */
    const char *detail; /* static, for people */

    /* the parser's own */
    uint64_t body_max, left, body_seen;
    uint32_t store_n, line_at, head_at;
    uint32_t ext_bytes, trailer_bytes, trailers, chunk_digits, empty_lines;
    qn_span host, length_value, coding;
    uint8_t state, chunk_state, host_count, length_count, coding_count;
    bool cr, close_token, keep_token;
} qn_parser;

/** Ready for the first request of a connection. */
void qn_parser_init(qn_parser *p, const qn_http_limits *limits, char *store, uint32_t store_cap, qn_http_field *fields);
/** Lends a larger store that begins with what the former one holds (p->store_n bytes). */
void qn_parser_store(qn_parser *p, char *store, uint32_t store_cap);
/** The bytes of a body that will be taken: to be set after QN_HE_HEAD; a larger one is QN_HE_ERROR with 413. */
void qn_parser_body_max(qn_parser *p, uint64_t max_bytes);
/** Reads from `*in` up to `end`, moves `*in` past what was used. `*data` is set with QN_HE_BODY (borrows from the
 * input). */
qn_http_event qn_parser_next(qn_parser *p, const char **in, const char *end, qn_str *data);

static inline qn_str qn_parser_str(const qn_parser *p, qn_span s)
{
    return (qn_str){ p->store + s.at, s.n };
}

/** One of 64 bits for a field's name (in lower case, not empty). The factors were sought so that no name that is looked
 * for in every request (conditions, Range, Idempotency-Key, traceparent, those of proxies) shares its bit with one that
 * browsers and curl send. */
static inline uint64_t qn_http_name_bit(qn_str name)
{
    return UINT64_C(1) << (((unsigned char)name.p[0] * 11U + (unsigned char)name.p[name.n - 1] * 24U + name.n) & 63U);
}

/** A byte of any token (RFC 9110 5.6.2). */
bool qn_is_tchar(unsigned char c);
/** `s` is uri-host [":" port] (RFC 9110 7.2): a registered name, an IPv4 address or an IP literal; a port of at most
 * 65535. */
bool qn_is_host(qn_str s);

#endif
