/**
 * One PostgreSQL session of its own, on the loop: for what belongs to a session and not to a pool (LISTEN, advisory
 * locks). It connects, comes back with a growing delay when it is lost, and runs one statement at a time. [loop]
 */
#ifndef QN_DB_SESSION_H
#define QN_DB_SESSION_H

#include <libpq-fe.h>

#include "loop/loop.h"

typedef struct qn_session qn_session;

typedef struct {
    qn_loop *loop;
    const char *conninfo;    /**< URI or keywords; borrows */
    const char *application; /**< application_name; borrows */
    int connect_timeout_ms;
    int timeout_ms; /**< for a statement; past it the session is given up and made anew */
    /** Connected, also again: what belonged to the session before (LISTEN, locks) is gone. */
    void (*on_up)(void *ctx);
    /** Was lost, or could not be made; comes once until it is up again. A statement in flight was answered before. */
    void (*on_down)(void *ctx, const char *why);
    void (*on_notify)(void *ctx, const char *channel); /**< may be NULL */
    void *ctx;
} qn_session_options;

/** Begins to connect. Returns owned. QN_ENOMEM. */
int qn_session_new(qn_session **out, const qn_session_options *o);
/** Not from within a callback. Drops a statement in flight without calling back. NULL is accepted. */
void qn_session_free(qn_session **s);
bool qn_session_up(const qn_session *s);

/** `err` QN_OK with `res` (lives until the callback returns), QN_EDB with `res` (an error), QN_EUNAVAIL or QN_ETIMEOUT
 * with NULL. */
typedef void (*qn_session_fn)(void *ctx, int err, const PGresult *res);

/** Runs one statement with text parameters (NULL: SQL NULL), then calls `fn` exactly once, later. QN_EUNAVAIL: not up;
 * QN_EBUSY: one is in flight; then `fn` is not called. */
int qn_session_query(qn_session *s, const char *sql, int nparams, const char *const *params, qn_session_fn fn,
                     void *ctx);

/** QN_EINVAL with a message that names the `option` of [database]: `conninfo` is none that libpq understands.
 * QN_ENOMEM. */
int qn_conninfo_check(const char *conninfo, const char *option, qn_errmsg *e);
/** `conninfo` as whoever writes needs it: of several hosts that of the primary, and who waits for a connection does not
 * wait for ever for one of them that takes it and says nothing, where it does not say itself which one
 * (target_session_attrs) and how long (connect_timeout). Returns owned; one that cannot be parsed as it is.
 * QN_ENOMEM. */
int qn_conninfo_of_primary(char **out, const char *conninfo);
/** The user that `conninfo` connects as, libpq's default where it names none. Returns owned. QN_EINVAL, QN_ENOMEM. */
int qn_conninfo_user(char **out, const char *conninfo, qn_errmsg *e);

#endif
