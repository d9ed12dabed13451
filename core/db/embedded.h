/**
 * The embedded PostgreSQL: a private server in <data_dir>/pg, Unix socket only, made, started, adopted and stopped by
 * the master. Blocking parts are for the master and the command line only ([init]).
 */
#ifndef QN_DB_EMBEDDED_H
#define QN_DB_EMBEDDED_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

typedef struct qn_embedded qn_embedded;

typedef struct {
    const char *data_dir; /**< [database] data_dir, already made and owned by uid */
    uid_t uid;            /**< user that everything below root runs as; geteuid() when not root */
    gid_t gid;
    unsigned max_connections; /**< what all processes of this node need together; 0: 100 */
} qn_embedded_options;

/** Finds the server's programs (never by PATH alone), checks their versions, runs initdb when <data_dir>/pg is not
 * there (made beside and renamed, so a half-made one never counts) with the owner `quoin_owner` and the database
 * `quoin`, and opens the socket's folder. Ends an orphan of this data_dir, never another's; holds <data_dir>/pg.lock
 * against a second one of us. Does not start. Returns owned. QN_EINVAL, QN_EIO with a message that names data_dir and
 * what would be right. */
int qn_embedded_open(qn_embedded **out, const qn_embedded_options *o, qn_errmsg *e);
/** Opens for a client only (the command line beside a running server): nothing is made or started. QN_ENOTFOUND: no
 * server runs here. */
int qn_embedded_attach(qn_embedded **out, const char *data_dir, qn_errmsg *e);

/** Forks the postmaster (uid and gid dropped, PR_SET_PDEATHSIG SIGINT, own process group). The caller reaps it, and
 * lives on in the thread that called: the death signal comes with the end of that thread. Waits for backends that a
 * killed postmaster left. */
int qn_embedded_start(qn_embedded *em, pid_t *pid, qn_errmsg *e);
/** 1 ready to take connections, 0 not yet, negative: gone. Reads postmaster.pid; does not wait. */
int qn_embedded_ready(qn_embedded *em);
/** What the server wrote into <data_dir>/pg.log since its start, the last lines of it: for the message when it is gone.
 */
void qn_embedded_last_words(qn_embedded *em, qn_errmsg *e);
/** The last line since its start in which it says why it gives up ("FATAL:  could not …"); empty without one. */
void qn_embedded_why(qn_embedded *em, qn_errmsg *e);
/** SIGINT (fast) or, with `immediate`, SIGQUIT to the postmaster; the caller reaps. */
void qn_embedded_stop(qn_embedded *em, bool immediate);
/** libpq keywords for `role` ("quoin_owner", "quoin") and database "quoin" through an inherited folder descriptor
 *  (host=/proc/self/fd/N): no path is too long. Borrows until close; valid in forked children and after exec. NULL: no
 * memory. */
const char *qn_embedded_conninfo(qn_embedded *em, const char *role);
void qn_embedded_close(qn_embedded **em);

#endif
