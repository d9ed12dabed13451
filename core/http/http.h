/**
 * Requests and answers as handlers see them. One loop, one thread: everything here is [loop].
 *
 * A handler is called once with a whole request. It answers once, now or later, by qn_reply*(). Between the two the request may
 * end early (the client went away, the deadline passed): then its arena is freed and with it what was deferred there, so a handler
 * hangs whatever waits for an outside answer on the arena (qn_arena_defer) and never touches a request after that.
 */
#ifndef QN_HTTP_HTTP_H
#define QN_HTTP_HTTP_H

#include <stdbool.h>
#include <sys/uio.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/fault.h"
#include "base/str.h"

typedef enum {
    QN_GET = 1, QN_HEAD = 2, QN_POST = 4, QN_PUT = 8, QN_PATCH = 16, QN_DELETE = 32, QN_OPTIONS = 64
} qn_method;

typedef struct qn_req qn_req;
typedef void (*qn_handler)(qn_req *req, void *ctx);

/** One route. Literal segments win over parameters, whatever the order of registration. */
typedef struct {
    unsigned methods;       /**< of qn_method, or-ed; HEAD comes with GET, OPTIONS with any */
    const char *pattern;    /**< "/v1/{collection}/{id}/revisions/{n}"; "{path...}" at the end takes one segment or more, with the
                                 slashes between them (none that was encoded); borrows, static */
    qn_handler fn;
    void *ctx;
    const char *accepts;    /**< media types of the body, comma-separated, static: "application/json,text/plain"; "*": any, or none;
                                 NULL: takes no body (one that comes is read and dropped) */
    size_t max_body_bytes;  /**< 0: [server] max_body_bytes */
    int timeout_ms;         /**< 0: [server] request_timeout_ms */
    const char *streams;    /**< of `accepts`, the media types whose body is streamed: the handler is called when the head is there
                                 (see qn_req_body_stream); "*": any; NULL: none. max_body_bytes does not bound such a body */
} qn_route;

typedef struct qn_router qn_router;
int qn_router_new(qn_router **out);
void qn_router_free(qn_router **r);
/** QN_EEXIST when method and pattern are taken (parameter names do not part patterns), QN_EINVAL for a bad pattern. */
int qn_router_add(qn_router *r, const qn_route *route);
/** Takes `p` (malloc'ed): freed with the router. For the ctx of routes. QN_ENOMEM. */
int qn_router_own(qn_router *r, void *p);
/** Lets a parameter of this name match only values that `fn` knows; others count as a path that is not there (404, for every method). */
void qn_router_guard(qn_router *r, const char *param, bool (*fn)(void *ctx, qn_str value), void *ctx);

/* ---- the request ----------------------------------------------------------------------------------------------- */

qn_arena *qn_req_arena(qn_req *req);
const char *qn_req_id(const qn_req *req);      /**< X-Request-Id taken ([A-Za-z0-9._-]{1,64}) or made */
qn_method qn_req_method(const qn_req *req);
qn_str qn_req_path(const qn_req *req);         /**< decoded, without the query */
qn_str qn_req_target(const qn_req *req);       /**< as it came */
/** The target in its one spelling (http/canonical.h), to be sent; arena memory. As it came where it has none. */
qn_str qn_req_link(qn_req *req);
/** A path parameter, percent-decoded; absent slice when the route has none of that name. */
qn_str qn_req_param(const qn_req *req, const char *name);
/** A header's value by lower-case name, surrounding blanks off; several lines of a list header are joined by ", ".
 *  Absent slice: not there. */
qn_str qn_req_header(qn_req *req, const char *name);
/** Query parameters in order, decoded and checked: UTF-8, no NUL. */
typedef struct {
    qn_str name, value;
} qn_pair;
const qn_pair *qn_req_query(qn_req *req, size_t *n);
qn_str qn_req_body(const qn_req *req);
/** Address of the client, or "unix"; behind trusted proxies ([server] trusted_proxies) the one that they name. */
qn_str qn_req_peer(const qn_req *req);
/** "http" or "https" and the host (with its port where one is given; n 0: HTTP/1.0 without one), as the client wrote them: trusted
 *  proxies say so. */
qn_str qn_req_scheme(const qn_req *req);
qn_str qn_req_host(const qn_req *req);
/** Milliseconds until the request's deadline; 0 when it passed. */
int64_t qn_req_left_ms(const qn_req *req);
/** The traceparent header for what this request asks of others (W3C Trace Context): its trace goes on, or begins here. Arena; NULL: no
 *  memory. */
const char *qn_req_traceparent(qn_req *req);
/** The key of a POST with Idempotency-Key, without quotation marks (see qn_retry_key); absent slice: there is none. Other methods do not
 *  come here with one. */
qn_str qn_req_retry_key(const qn_req *req);
/** Names the caller in the access log; copied, cut after 63 bytes. */
void qn_req_log_caller(qn_req *req, const char *caller);
/** Adds to the database time of the access log, microseconds. What qn_db_call does for the request's arena is added by itself. */
void qn_req_log_db_us(qn_req *req, int64_t us);

/* ---- a body that is streamed ----------------------------------------------------------------------------------- */

/*
 * Where the route says so (qn_route.streams) the handler is called before the body was read, and takes it piece by piece.
 * Nothing is read before it asks, nothing while it pauses: the client waits then, and no more than a socket's buffer is kept. All
 * calls are [loop] and never from inside of one another or of the handler. Trailers are checked and dropped. `Expect:
 * 100-continue` is answered when the body is asked for.
 *
 * The request's deadline moves on with each piece. The client has [server] body_timeout_ms and its least rate while the body is
 * waited for, the handler its timeout while it pauses and after the end. An error in the body, or a body too slow, is answered
 * for the handler: its request ends (the arena's defers run) and nothing is called any more.
 *
 * The arena lives as long as the request: what is needed for one piece only belongs into an arena of one's own.
 *
 * The answer begins when the body has ended, because most clients do not read before they have sent all (and the other way
 * round both sides would wait for ever). A handler that answers earlier refuses the rest: the connection ends with the answer.
 */
typedef struct {
    void (*piece)(qn_req *req, void *ctx, qn_str data); /**< called with some bytes (at least one; borrows until it returns) */
    void (*end)(qn_req *req, void *ctx);                /**< called once, when the body is complete */
} qn_body_sink;

/** The body of this request is streamed: the handler has to ask for it, and qn_req_body has nothing. */
bool qn_req_body_streams(const qn_req *req);
/** Asks for the body, in the handler or later; `sink` borrows, static. Once. */
void qn_req_body_stream(qn_req *req, const qn_body_sink *sink, void *ctx);
/** No piece after this one, and no end, until qn_req_body_resume. From inside of `piece` or at any other time. */
void qn_req_body_pause(qn_req *req);
void qn_req_body_resume(qn_req *req);

/* ---- the answer ------------------------------------------------------------------------------------------------ */

/** A header of the answer; name and value are copied into the arena. Control characters are refused (asserted in debug, dropped
 *  else). Content-Length, Connection, Date, Transfer-Encoding, Content-Encoding and X-Request-Id are the connection's own. */
void qn_res_header(qn_req *req, const char *name, qn_str value);
/** Takes back what was said of this header (any case of letters), so that another value can take its place. */
void qn_res_unset(qn_req *req, const char *name);
void qn_res_headerf(qn_req *req, const char *name, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/** What the answer is made of was read from a standby while the primary is away; all changes of this node up to the stamp
 *  `known` are in it. Nobody keeps such an answer, and it says so; where something that it depends on (qn_res_cacheable;
 *  without that, anything) is known to have changed since, it is 503 instead. Before qn_reply, each time that it is so. */
void qn_res_apart(qn_req *req, uint64_t known);

/** Sends `status` with `nparts` pieces of body whose memory lives as long as the request (arena, or freed by a defer on it).
 *  Compresses by Accept-Encoding where the type and size deserve it, with Vary and, where an ETag header was set, its coding
 *  suffix ("…-gz"). Answers 304 and 412 itself for a GET or HEAD with status 200 and ETag or Last-Modified set
 *  (RFC 9110 13.2.2), and 206 and 416 for a GET with Range where the tag is a strong one. `content_type` NULL: no body. */
void qn_reply(qn_req *req, int status, const char *content_type, const struct iovec *parts, size_t nparts);
/** The same with one piece that is JSON. */
void qn_reply_json(qn_req *req, int status, qn_str body);

/** An answer as its handler has given it. Borrows until it is sent. */
typedef struct {
    int status;
    const char *content_type; /**< or NULL */
    qn_str headers;           /**< "Name: value\r\n", each, but for the three below */
    qn_str etag, last_modified, vary; /**< absent slices: not set */
    const struct iovec *parts; /**< of the body, as it is before a content coding */
    size_t nparts;
    bool is_file; /**< the body is a file, and not in `parts` */
} qn_held;
/** Has the answer that comes next looked at before it is sent, once. True: it is held; what comes next is qn_res_let_go, or
 *  qn_res_withdraw and another answer. The request may end meanwhile. */
void qn_req_hold(qn_req *req, bool (*fn)(qn_req *req, void *ctx, const qn_held *answer), void *ctx);
/** Sends the answer that was held. */
void qn_res_let_go(qn_req *req);
/** Takes the answer that was set back, so that another one can be given in its place. */
void qn_res_withdraw(qn_req *req);
/** What was set with qn_res_header; not for ETag, Last-Modified and Vary. Borrows until another one is set. Absent slice: nothing was. */
qn_str qn_res_value(const qn_req *req, const char *name);

/** Answers with a regular file, from page cache to socket where it is not a text that is worth a coding. Takes `fd`, whatever comes
 *  of it. The tag, Last-Modified and Accept-Ranges are set here; conditions, ranges and HEAD are answered as with qn_reply. A file that
 *  is changed in place while it is sent may arrive mixed, and one that becomes shorter ends the connection: put a new one in its
 *  place by rename(2). QN_EINVAL: it is no regular file; QN_EIO, QN_ENOMEM; then nothing was answered. */
int qn_reply_file(qn_req *req, int fd, const char *content_type);
/** The media type that the ending of a file's name stands for; application/octet-stream where it is not known. */
const char *qn_media_type_of(qn_str name);

/** Writes `{"data":items,"meta":{"limit","count"},"links":{"self","next","prev"}}` and sets the Link header that says the
 *  same (RFC 8288): links are the request's own target with `after` or `before` as that parameter. `items` is a JSON array of
 *  `n`; an absent cursor makes no link. QN_ENOMEM. */
int qn_res_page(qn_buf *body, qn_req *req, qn_str items, size_t n, unsigned limit, qn_str next, qn_str prev);
/** The same in pieces, for items that are not to be copied: this, the items, and what follows them. */
#define QN_RES_PAGE_HEAD QN_STR("{\"data\":")
int qn_res_page_tail(qn_buf *tail, qn_req *req, size_t n, unsigned limit, qn_str next, qn_str prev);

/* ---- an answer that is streamed -------------------------------------------------------------------------------- */

enum { QN_STREAM_BYTES = 64 * 1024 /**< what may be written before a handler has to wait for the client */ };

/** Begins an answer whose body is written bit by bit: chunked, or up to the end of the connection for HTTP/1.0. `more(req, ctx)` is
 *  called [loop] each time the client's socket has taken all that was written, the first time soon after this call; never from
 *  inside of it. A handler that has nothing to write then (it waits for the database) writes when it has; `more` comes again when
 *  that was taken. Compressed by Accept-Encoding as it is written, with all of it on its
 *  way before `more` is called; no conditions. The handler's timeout runs anew with each write, and the client has [server]
 *  write_timeout_ms and a least rate. A client that goes away ends the request (the arena's defers run).
 *  QN_ESTATE: no body is wanted (HEAD) or the answer became another one (406, out of memory): it is on its way, do not write. */
int qn_reply_begin(qn_req *req, int status, const char *content_type, void (*more)(qn_req *req, void *ctx), void *ctx);
/** Copies `data` behind what was written. False: QN_STREAM_BYTES or more wait for the client by now: write no more before `more`
 *  is called. (What is written all the same is kept too: the bound is the handler's to hold, so that it may end what it has begun.) */
bool qn_reply_write(qn_req *req, qn_str data);
/** The body is complete. Nothing of the request may be used after this. */
void qn_reply_end(qn_req *req);
/** It cannot be completed: the connection ends in a way that tells the client so. Nothing of the request may be used after this. */
void qn_reply_abort(qn_req *req);

/* ---- the response cache --------------------------------------------------------------------------------------------- */

enum { QN_SHARED_MAX_AGE_S = 60 /**< the most that a cache in front is told to keep an answer without asking */ };

/** Answers a GET or HEAD from the cache, or waits for another request that is making the same answer. `rights`: names what the caller may
 *  see; callers of the same name share answers. True: nothing is left to do now; `again(req, ctx)` may be called later, when there turned
 *  out to be nothing to share, and goes on as after false. False: go on, and say qn_res_cacheable where the answer may be kept. Call it
 *  before the first query is sent, at most once. */
bool qn_req_from_cache(qn_req *req, qn_str rights, qn_handler again, void *ctx);
/** The answer that is about to be given depends on the epochs of these names (qn_epoch_bump) and is left true by the clock for `valid_ms`
 *  milliseconds from qn_req_from_cache on (negative: for ever). Borrows until the answer. False: one of them has changed since
 *  qn_req_from_cache, so that this answer is right for those who asked for it and nobody may keep it, a cache in front neither. */
bool qn_res_cacheable(qn_req *req, int64_t valid_ms, const qn_str *deps, size_t ndeps);

/* ---- problems ------------------------------------------------------------------------------------------------------- */

/** The problem document (RFC 9457). */
typedef struct {
    int status;
    const char *type;        /**< short name: "/problems/<type>"; NULL: by status */
    const char *title;       /**< NULL: by type */
    const char *detail;      /**< for people */
    const qn_fault *errors;
    size_t nerrors;
    const char *extra;       /**< more members as JSON text without braces: "\"current_version\":3"; NULL: none */
} qn_problem;
void qn_reply_problem(qn_req *req, const qn_problem *p);
/** Appends the document, an object, for answers that hold several. */
void qn_problem_write(qn_buf *b, const qn_req *req, const qn_problem *p);
/** A problem with no errors list. */
void qn_fail_req(qn_req *req, int status, const char *type, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/** Title and text of a problem type for GET /problems/{name}; false for one that is not known. */
bool qn_problem_text(const char *name, const char **title, const char **text);

/** `etag` (with its quotes) is in the list of an If-Match or If-None-Match header `header` ("*" matches anything); any
 *  content-coding's form of it counts. `weak`: weak comparison (RFC 9110 8.8.3.2). */
bool qn_etag_match(qn_str header, qn_str etag, bool weak);
enum { QN_RETRY_KEY_MOST = 255 };
/** The key in an Idempotency-Key header: from 1 to 255 visible ASCII characters without `"`, `,`, `;` and `\`, or the same as a string in
 *  quotation marks, in which any printable ASCII may stand (RFC 8941 3.3.3). NULL, with `*key` in arena memory or borrowed; else what is
 *  wrong with it, for people; an empty text: out of memory. */
const char *qn_retry_key(qn_str *key, qn_arena *arena, qn_str header);

/** Next entity tag of the list `*rest`, without quotes and coding suffix, moving `*rest` past it; absent slice at the end.
 *  `*weak` says whether it had W/. */
qn_str qn_etag_next(qn_str *rest, bool *weak);

#endif
