/**
 * The inside of the HTTP server: what connection, request and response share. Internal to http/.
 *
 * A connection works on one request at a time; what a client pipelines behind it waits in the connection (up to a
 * bound, then in the kernel), so answers are in order by themselves. A request's struct and memory come from a small
 * stock and go back to it, so that serving costs no allocation and an idle connection holds nothing but its own struct.
 */
#ifndef QN_HTTP_CONN_H
#define QN_HTTP_CONN_H

#include <event2/event_struct.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "http/cache.h"
#include "http/compress.h"
#include "http/encoder.h"
#include "http/http.h"
#include "http/parser.h"
#include "http/proxy.h"
#include "http/server.h"
#include "http/trace.h"
#include "loop/accept.h"
#include "loop/wheel.h"

enum {
    QN_MAX_PARAMS = 8, /**< path parameters of a route */
    QN_REQ_ID_BYTES = 65,
    QN_CALLER_BYTES = 64,  /* of a caller's name in the log; the rest is cut */
    QN_STORE_BYTES = 2048, /**< of a head, to begin with */
    QN_STOCK = 64,         /**< requests kept for reuse */
    QN_SCRATCH_BYTES = 65536
};

typedef struct qn_conn qn_conn;
typedef struct qn_addr qn_addr;
typedef struct qn_addr_table qn_addr_table;
typedef struct qn_access_log qn_access_log;

/** [server] of the ini, in the units of their names. */
typedef struct {
    qn_http_limits parse;
    uint64_t max_body_bytes;
    int header_ms, body_ms, request_ms, write_ms, idle_ms, drain_ms;
    uint64_t body_min_bytes_per_s, write_min_bytes_per_s;
    unsigned max_connections, max_per_address, max_requests; /**< 0: no bound */
    unsigned max_pipelined;   /**< answered in a row before other connections get their turn */
    size_t max_pending_bytes; /**< read ahead of the request being answered */
    int send_buffer_bytes;
    size_t max_bodies_bytes; /**< of bodies in memory at once, all connections together */
} qn_server_limits;

typedef struct {
    qn_str name, value;
} qn_param;

/** The body of a request, handed to its handler as it comes. */
typedef struct {
    const qn_body_sink *sink; /* NULL: not asked for yet, or given up */
    void *ctx;
    int64_t paused_ms; /* since when */
    bool on, paused;
    bool whole, told; /* all of it was read; and the handler knows */
} qn_stream_in;

/** An answer that is written as it is made. */
typedef struct {
    void (*more)(qn_req *req, void *ctx);
    void *ctx;
    qn_buf next, now;      /* gathered; being written */
    size_t next_at;        /* of `next`, what is encoded already */
    qn_encoder *encoder;   /* NULL: as it is */
    uint64_t blocked_from; /* sent_bytes when the socket took no more */
    char size_line[18];
    bool on, chunked, begun, blocked, ended, finished, aborted;
    bool fed, hungry; /* some of the body is being written; all of it was, and `more` is due */
} qn_stream_out;

/** Some bytes of a file, and what is sent before them. */
typedef struct {
    qn_str lead;
    uint64_t at, n;
} qn_file_part;

/** A file that is the body of an answer. */
typedef struct {
    int fd;
    qn_file_part *parts, whole;
    size_t nparts, at;
} qn_file;

struct qn_req {
    qn_req *next; /* in the stock */
    qn_server *srv;
    qn_conn *conn; /* NULL: the connection has gone, a compression is still running */

    /* the question */
    qn_parser parser;
    qn_http_field *fields;
    char *store;
    uint32_t store_cap;
    qn_arena *arena; /* kept with its first block */
    char id[QN_REQ_ID_BYTES];
    qn_method method;
    const qn_route *route;
    unsigned allow; /* methods of the path, for 405 and OPTIONS */
    int verdict;    /* status that is answered once the body was read and dropped; 0: the handler's turn */
    const char *verdict_detail;
    qn_fault fault; /* with a verdict of 400, when code is set */
    qn_str path, media_type;
    qn_ip client;       /* behind the proxies that are trusted */
    qn_str proto, host; /* as they say; absent: as the request says */
    qn_addr *addr; /* of that client, counted for as long as the request lasts; NULL: the connection is what counts */
    qn_param params[QN_MAX_PARAMS];
    unsigned nparams;
    qn_pair *query;
    size_t nquery;
    qn_buf body;
    bool drop_body, expects;
    char caller[QN_CALLER_BYTES];
    qn_trace trace;
    bool traced;                                   /* the client's trace: its answer says so */
    int64_t first_us, handler_us, reply_us, db_us; /* 0 (db_us: -1): not yet */
    int64_t deadline_ms;
    qn_str retry_key;

    /* the answer */
    bool (*hold)(qn_req *req, void *ctx, const qn_held *answer); /* NULL: nobody looks at it */
    void *hold_ctx;
    int status;
    qn_buf headers, head; /* the handler's lines; the whole head */
    qn_str etag, last_modified, vary;
    const char *content_type;
    qn_coding coding;
    bool varies;       /* by Accept-Encoding */
    struct iovec *iov; /* [0] is for the head */
    size_t niov, iov_at;
    struct iovec fixed[4];
    uint64_t body_bytes, sent_bytes, head_bytes;
    bool answered, close, replying;
    qn_file *file;              /* sent behind the iov; arena */
    struct qn_squeeze *squeeze; /* a compression on the pool */
    qn_stream_in in;
    qn_stream_out out;

    /* the response cache (cached.c) */
    qn_str cache_key;      /* absent: not for the cache */
    qn_cache_moment since; /* before the first query */
    qn_waiter waiter;
    qn_flight *flight;     /* led by this request */
    qn_cached *cached;     /* what is sent, or was made of it; referenced */
    qn_cached *distrusted; /* what may be sent if the database is away, or is sent with its own id; referenced */
    qn_handler again;
    void *again_ctx;
    const qn_str *deps; /* of qn_res_cacheable */
    size_t ndeps;
    int64_t valid_ms;
    bool keep;      /* qn_res_cacheable was said */
    qn_cached *hit; /* was found before routing and is the answer; referenced */
    bool usual;     /* the head is the one that all get with this coding */
    bool stale;     /* it is sent because the database is away */
    bool apart;     /* qn_res_apart was said, */
    uint64_t known; /* with this */
    int64_t age_s;
};

typedef enum {
    QN_CONN_IDLE,
    QN_CONN_HEAD,
    QN_CONN_BODY,
    QN_CONN_HANDLE,
    QN_CONN_WRITE,
    QN_CONN_STREAM,
    QN_CONN_LINGER
} qn_conn_state;
typedef enum { QN_WATCH_NONE, QN_WATCH_READ, QN_WATCH_WRITE, QN_WATCH_CLOSED } qn_conn_watch;

struct qn_conn {
    qn_server *srv;
    qn_conn *next, **back;             /* all of the server's */
    qn_conn *ready_next, **ready_back; /* those with something to do; ready_back NULL: not among them */
    qn_req *req;
    char *pend; /* what was read behind the present request */
    uint32_t pend_n, pend_cap;
    int fd;
    uint8_t state, watch;
    bool trusted;                    /* the peer is a proxy that is believed */
    bool eof, hup, dead, in_handler; /* hup: its end was seen, but there is more to read before it */
    unsigned served;
    uint32_t lingered_bytes;
    int64_t since_ms; /* when the present state was entered */
    qn_wheel_entry timer;
    qn_addr *addr;
    qn_ip peer;
    struct event ev;
};

struct qn_server {
    qn_server_options o;
    qn_server_limits limits;
    qn_acceptor *acceptor;
    qn_wheel *wheel;
    qn_conn *conns, *ready, *yielded; /* yielded: had their turn and have more to do */
    struct event *ready_ev, *yield_ev;
    unsigned nconns;
    qn_addr_table *addrs;
    qn_proxies *proxies; /* NULL: none is trusted */
    qn_req *stock;
    unsigned stocked, orphans; /* orphans: requests that outlived their connection */
    qn_compressor *compressor;
    qn_access_log *access_log;
    qn_cache *cache; /* NULL: off */
    bool draining, freed;
    size_t body_bytes; /* of bodies in memory, all connections together */
    qn_timer *drain_timer;
    void (*drained)(void *ctx);
    void *drained_ctx;
    char id_prefix[20];
    uint64_t id_next;
    uint64_t random; /* the state of a generator of span ids; nothing secret */
    int64_t now_us; /* when the present event was taken up: a reading of the clock costs as much as finding an answer */
    int64_t date_until_us; /* by the same clock */
    qn_buf date;           /* the whole line */
    char scratch[QN_SCRATCH_BYTES];
};

/* conn.c */
void qn_conn_open(qn_server *s, int fd, const struct sockaddr *peer, socklen_t peer_bytes);
/** The answer of the request is complete: it is written at once or, outside of the handler, in this round of the loop.
 */
void qn_conn_answered(qn_conn *c);
void qn_conn_enter(qn_conn *c, qn_conn_state state, int64_t timeout_ms);
/** The deadline of a transfer of which `bytes` have passed: a whole at its least rate, never a pause over the timeout.
 */
void qn_conn_progress(qn_conn *c, uint64_t bytes, uint64_t min_per_s, int timeout_ms);
int qn_conn_handler_ms(const qn_conn *c);
/** The handler has its time from now on. */
void qn_conn_await_handler(qn_conn *c);
void qn_conn_write_out(qn_conn *c);
/** All of the answer was taken. */
void qn_conn_after_answer(qn_conn *c);
/** As make_ready, but after the loop has looked at the other sockets. */
void qn_conn_yield(qn_conn *c);
/** Something has to be done with `c` in this round of the loop. */
void qn_conn_make_ready(qn_conn *c);
void qn_conn_on_deadline(void *ctx, qn_wheel_entry *e);
void qn_conn_on_ready(evutil_socket_t fd, short what, void *arg);
void qn_conn_on_yield(evutil_socket_t fd, short what, void *arg);
/** Closes those that wait for a request, marks the others. */
void qn_conn_drain(qn_conn *c);
void qn_conn_destroy(qn_conn *c);
/** What the loop saw on its socket. */
void qn_conn_event(qn_conn *c, short what);

/* conn_stream.c */
/** Calls the handler with the head alone; it asks for the body. */
void qn_conn_begin_stream(qn_conn *c);
void qn_conn_on_piece(qn_conn *c, qn_str data);
void qn_conn_on_whole(qn_conn *c);
/** The client has ended its side, and what it sent is certainly less than the whole body. (An end that stands behind
 * more than the socket takes while a handler pauses is not heard of: TCP says nothing before there is room.) */
bool qn_conn_is_cut_off(qn_conn *c);
/** A streamed body has ended: its handler hears so once it wants to. */
void qn_conn_tell_end(qn_conn *c);
/** The handler wants no more of the body for now; wants it again. */
void qn_conn_paused(qn_conn *c);
void qn_conn_resumed(qn_conn *c);
/** The handler has written to a streamed answer, or ended it. */
void qn_conn_streamed(qn_conn *c);
/** Writes of a streamed answer what there is, and asks its handler for more. */
void qn_conn_pump(qn_conn *c);

/* server.c */
unsigned qn_server_connections(const qn_server *s);
void qn_server_conn_gone(qn_server *s);
void qn_server_orphan_gone(qn_server *s);

/* io.c */
/** Writes of the answer what the socket takes. 0, or negative errno. */
int qn_io_flush(qn_conn *c, bool *blocked);
void qn_io_watch(qn_conn *c, qn_conn_watch w);
int qn_io_stash(qn_conn *c, const char *p, size_t n);
void qn_io_continue(qn_conn *c);
bool qn_io_was_reset(const qn_conn *c);
void qn_io_abort(qn_conn *c);

/* request.c */
int qn_req_take(qn_req **out, qn_server *s); /**< from the stock, or new */
void qn_req_end(qn_req **req);               /**< runs what was deferred, gives the memory back */
void qn_req_free_stock(qn_server *s);
void qn_req_on_head(qn_req *req);  /**< method, route, verdict */
void qn_req_on_error(qn_req *req); /**< id and method, as far as they are known */
void qn_req_expire(qn_req *req);   /**< its time is over: runs what was deferred, keeps what an answer needs */
bool qn_req_media_taken(const qn_req *req);
bool qn_req_media_in(const qn_req *req, const char *types); /**< its media type is in this list; "*": any, or none */
void qn_req_make_id(qn_req *req);
int qn_req_grow_store(qn_req *req);

/* hold.c */
/** The answer is set. True: somebody holds it. */
bool qn_res_is_held(qn_req *req);
/** The request is over: nobody looks. */
void qn_res_unhold(qn_req *req);

/* retry_key.c */
/** Reads Idempotency-Key where there may be one: a key, or a fault and what is answered to it. */
void qn_req_take_retry_key(qn_req *req);

/* stream.c */
bool qn_req_body_waits(const qn_req *req); /**< it is streamed, and nothing of it is to be read at present */
/** Puts what was written into the iov once that is free. True: some of the body is in it now. */
bool qn_stream_load(qn_req *req);
size_t qn_stream_waiting(const qn_req *req); /**< bytes that were written and are not loaded */
void qn_stream_free(qn_req *req);

/* response.c */
void qn_res_reset(qn_req *req);
void qn_res_verdict(qn_req *req); /**< answers req->verdict */
void qn_res_finish(qn_req *req);  /**< builds the head; the body is in iov[1…] */
void qn_res_orphan(qn_req *req);
bool qn_res_has_no_body(int status);
const char *qn_status_text(int status);

/** Decides on coding and conditions and sends; what the answer consists of is set. */
void qn_res_deliver(qn_req *req);
/** Begins a head with what differs from answer to answer. */
void qn_res_begin_head(qn_req *req);
/** The head is in iov[0] …, the body behind it. */
void qn_res_send(qn_req *req);
int qn_res_set_body(qn_req *req, const struct iovec *parts, size_t nparts);

/* partial.c */
/** Answers a GET for ranges with 206 or 416 where that is what it has to get; `body_bytes` is the size of the whole. */
bool qn_partial_reply(qn_req *req);
bool qn_req_takes_plain(qn_req *req); /**< Accept-Encoding does not exclude identity */

/* file.c */
/** Writes of the file what the socket takes, and not so much that others wait for it. 0, or negative errno. */
int qn_file_flush(qn_conn *c, bool *blocked);

/* cached.c */
/** Finds a kept answer before routing: sets `hit`. */
void qn_cached_find(qn_req *req);
/** Answers with what was found. */
void qn_cached_reply(qn_req *req);
int qn_cache_open(qn_cache **out, const qn_server_options *o);
/** Marks an answer of `status` that was read from a standby (qn_res_apart). True: it is known to be out of date, and
 * another one took its place. */
bool qn_apart_settle(qn_req *req, int status);
/** The handler has answered: keeps it where it may be kept, and tells those who wait. True: what was kept before takes
 * its place. */
bool qn_cached_on_reply(qn_req *req);

/* conditional.c */
/** 304, 412 or 0 for an answer with these validators (RFC 9110 13.2.2). */
int qn_conditional(qn_req *req, qn_str etag, qn_str last_modified);

/* router.c */
typedef struct {
    const qn_route *route; /* NULL: see allow */
    unsigned allow;        /* methods of the path; 0: no such path */
    qn_param params[QN_MAX_PARAMS];
    unsigned nparams;
} qn_match;
/** 0, QN_EINVAL for a bad escape in the path, QN_ENOMEM. Parameters are decoded into `a`. */
int qn_router_match(qn_match *m, const qn_router *r, qn_arena *a, qn_method method, qn_str raw_path);
unsigned qn_router_methods(const qn_router *r); /**< of all routes, for OPTIONS * */
/** "GET, HEAD, OPTIONS" */
void qn_allow_text(char out[64], unsigned methods);

/* limits.c */
void qn_server_limits_read(qn_server_limits *l, const qn_config *c);

/* address.c */
int qn_addr_table_new(qn_addr_table **out);
void qn_addr_table_free(qn_addr_table **t);
/** Counts one more from this address; NULL when `max` are counted already. */
qn_addr *qn_addr_take(qn_addr_table *t, const qn_ip *ip, unsigned max);
void qn_addr_give(qn_addr_table *t, qn_addr *a);

/* access_log.c */
/** `*out` stays NULL where [log] access is off. */
int qn_access_log_new(qn_access_log **out, const qn_config *c);
void qn_access_log_free(qn_access_log **l);
void qn_access_log_reopen(qn_access_log *l);
/** `aborted`: the client went away, or was given up, before it had the whole answer. */
void qn_access_log_write(qn_access_log *l, const qn_req *req, bool aborted);

#endif
