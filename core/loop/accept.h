/**
 * Accepting on sockets that several processes share, evenly: one accept per wake-up, and a process steps back while it
 * holds clearly more connections than the least loaded one. (Measured with two workers: evconnlistener gave 65/0, 64/1
 * and 45/20 connections, this 33/32.) [loop]
 */
#ifndef QN_LOOP_ACCEPT_H
#define QN_LOOP_ACCEPT_H

#include <sys/socket.h>

#include "loop/loop.h"
#include "loop/shm.h"

typedef struct qn_acceptor qn_acceptor;

typedef struct {
    qn_loop *loop;
    const int *fds; /**< listening, non-blocking; borrows */
    size_t nfds;
    const qn_shm *shm;   /**< NULL: no balance */
    const qn_slot *slot; /**< this process's; NULL: no balance */
    unsigned spare;      /**< descriptors that connections leave for what this process needs beside them: a lost
                            connection to the database gives its own back, and must find another one. At most half of
                            what the process may have are kept */
    /** A new connection: non-blocking, close-on-exec; takes `fd`. */
    void (*fn)(void *ctx, int fd, const struct sockaddr *peer, socklen_t peer_bytes);
    void *ctx;
} qn_acceptor_options;

/** Starts accepting. Returns owned. QN_ENOMEM. */
int qn_acceptor_new(qn_acceptor **out, const qn_acceptor_options *o);
/** A connection of this process has gone: where it stepped back it may have the fewest now, and does not wait for the
 * others. (Without this two workers stepped back for one another, and did not keep up with 1,500 short connections a
 * second.) `a` may be NULL. */
void qn_acceptor_lighter(qn_acceptor *a);
/** Stops; the sockets stay open. */
void qn_acceptor_free(qn_acceptor **a);

#endif
