/**
 * A worker's HTTP server: accepts on the master's sockets, reads, routes, answers. [loop]
 */
#ifndef QN_HTTP_SERVER_H
#define QN_HTTP_SERVER_H

#include "base/config.h"
#include "http/http.h"
#include "loop/loop.h"
#include "loop/pool.h"
#include "loop/shm.h"

typedef struct qn_server qn_server;

typedef struct {
    qn_loop *loop;
    qn_pool *pool; /**< for big compressions */
    const qn_router *router;
    const qn_config *config; /**< [server] and [log] access */
    const int *listen_fds;   /**< non-blocking, listening; borrows */
    size_t nlisten;
    qn_shm *shm;    /**< NULL in tests */
    qn_slot *slot;  /**< of this worker; NULL in tests */
    unsigned spare; /**< descriptors that are not for clients' connections (loop/accept.h) */
    /** The name of a caller's rights as qn_req_from_cache takes it, where it is known without asking anybody; absent
     * slice otherwise. With it a kept answer is found before its request is routed. Borrows until the next call. May be
     * NULL */
    qn_str (*rights)(void *ctx, qn_req *req);
    void *rights_ctx;
} qn_server_options;

/** Starts accepting. Returns owned. */
int qn_server_new(qn_server **out, const qn_server_options *o);
/** Stops accepting; idle connections are closed at once, busy ones after their answer (`Connection: close`). `done`
 * when the last one is gone or after [server] drain_timeout_ms. */
void qn_server_drain(qn_server *s, void (*done)(void *ctx), void *ctx);
/** Closes every connection. The pool may be freed before or after. */
void qn_server_free(qn_server **s);
/** Opens [log] access anew where it is a file (SIGUSR1). */
void qn_server_reopen_log(qn_server *s);

#endif
