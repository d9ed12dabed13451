/**
 * The listening sockets of [server] listen: bound once by the master, shared by every worker. [init]
 */
#ifndef QN_PROCESS_SOCKETS_H
#define QN_PROCESS_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum { QN_HOST_BYTES = 256, QN_SOCKETS_MAX = 64 };

/** One item of [server] listen. */
typedef struct {
    bool is_unix;
    char host[QN_HOST_BYTES]; /**< address or name without brackets; or the path of a Unix socket as it was given */
    int port;                 /**< 0: a free one */
} qn_address;

/** Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `unix:/path`. QN_EINVAL with what would be right. */
int qn_address_parse(qn_address *out, const char *text, qn_errmsg *e);

typedef struct qn_sockets qn_sockets;

/** Binds and listens on all of `items`, non-blocking, or on none. A Unix socket that nobody answers on is replaced.
 * Returns owned. QN_EINVAL, QN_EIO, QN_ENOMEM with a message that names the option and the address. */
int qn_sockets_open(qn_sockets **out, const char *const *items, size_t n, qn_errmsg *e);
const int *qn_sockets_fds(const qn_sockets *s, size_t *n); /**< borrows */
/** The address in use, as `listen` takes it, with the real port; borrows. */
const char *qn_sockets_name(const qn_sockets *s, size_t i);
/** Closes them here. `remove`: the files of Unix sockets go too, where they are still ours. NULL is accepted. */
void qn_sockets_close(qn_sockets **s, bool remove);

#endif
