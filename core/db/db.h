/**
 * PostgreSQL without waiting: three lanes of libpq connections on the loop. [loop]
 *
 * READ: keyed reads, prepared, pipelined; a few of one loop round share a Sync, those of one statement that say so (see
 * `each`) even an execution, and what the server skips because of a neighbour's error is sent again by itself, so each
 * succeeds or fails alone. SLOW: what may take long, one statement
 * in flight a connection. Sessions of both are read-only. WRITE: writes, about four connections on a node; one is
 * answered when its commit is; those that say so (see `joined`) are one execution, and one commit, when they wait
 * together.
 *
 * A lost connection is made anew with a growing delay. A read that was in flight is tried once more where its deadline
 * allows, then QN_EUNAVAIL; a write that was sent and whose answer was lost is QN_EUNAVAIL with `maybe_done`. While the
 * database is away calls wait for it, never longer than 1.5 s (or connect_timeout_ms, where that is less), and are
 * refused at once after that.
 *
 * With a standby's conninfo there are READ and SLOW lanes to it as well, for calls that say so (`standby`); what fails
 * there is asked of the primary (db/standby.c).
 */
#ifndef QN_DB_DB_H
#define QN_DB_DB_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/str.h"
#include "loop/loop.h"
#include "loop/shm.h"

typedef enum { QN_LANE_READ, QN_LANE_SLOW, QN_LANE_WRITE } qn_lane;

typedef struct qn_db qn_db;

/** Measured (an entry by its slug, 3 KB): alone 48 µs of the server's time, among 16 others 11. */
enum { QN_DB_EACH_PARAMS = 8, QN_DB_EACH_MAX = 16 };

/** Writes to an execution: what a group waits for must not become long. */
enum { QN_DB_JOINED_PARAMS = 24, QN_DB_JOINED_MAX = 8 };

/** Connections of the read lane. Measured (2 cores, 64 reads in flight): one did 160,000 reads a second, two 210,000,
 * four no more; and a read that waits for a lock holds up only its half. */
enum { QN_DB_READ_CONNECTIONS = 2 };

typedef struct {
    qn_loop *loop;
    const qn_config *config;    /**< [database] */
    const char *conninfo;       /**< libpq URI or keywords of the runtime role; for the embedded server what
                                   qn_embedded_conninfo gives */
    unsigned write_connections; /**< this process's share of the node's; 0: no write lane */
    const char *application;    /**< application_name: "quoin worker 1" */
    /** A write has come to an end of which its caller does not hear: it has gone, or was told that nobody knows. May be
     * NULL */
    void (*on_unheard)(void *ctx);
    void *ctx;
    const char *standby; /**< libpq URI of standbys; or NULL */
    qn_shm *shm;         /**< with `standby`: what the node knows of, and the listener's marks */
} qn_db_options;

/** Begins to connect; calls are queued meanwhile. Nothing waits, not for the look-up of a host's name
 * either (db/lookup.h). Returns owned. QN_EINVAL: `conninfo` cannot be parsed; QN_ENOMEM. */
int qn_db_new(qn_db **out, const qn_db_options *o);
/** Drops everything in flight without calling back. Not from within a callback. */
void qn_db_free(qn_db **db);
/** A connection of every lane is up. */
bool qn_db_ready(const qn_db *db);

/** A statement with a static lifetime: prepared on a connection at its first use there, by name. */
typedef struct {
    const char *name; /**< unique in the program */
    const char *sql;
} qn_stmt;

typedef struct {
    qn_lane lane;
    const qn_stmt *stmt;  /**< or NULL and `sql` */
    const char *sql;      /**< made by the filter compiler from fixed pieces, never from input; copied */
    const qn_str *params; /**< text values without NUL; an absent slice (p NULL) is SQL NULL; copied */
    int nparams;
    int timeout_ms; /**< 0: the lane's own */
    bool generic;   /**< one plan is right for all values, so that the server need not weigh planning for each. All
                       statements of the READ lane are such */
    const qn_stmt
        *joined;        /**< of the WRITE lane, with `stmt`: the form of the same that calls which wait together go
                    out as, one execution and one fsync. It takes of each parameter an array of texts, an element a
                    call, and gives each call its rows, the place of its element (from 1) in their last column. A call
                    for which it gives no row is sent again by itself as `stmt`, and so is each where one fails or the
                    commit does. For writes that wait for nobody; at most QN_DB_JOINED_PARAMS parameters. NULL: none */
    int each;           /**< number, from 1, of the parameter of which the statement takes an array: calls that wait
                           together and differ in nothing else are sent as one, each with its own element. A row's last column is
                           the           place of its element in the array, from 1; a call sees its own rows, without that column, in the
                           order in which they came. Not for writes; at most QN_DB_EACH_PARAMS parameters. 0: none */
    bool standby;       /**< a standby may answer that has replayed all that this node knows of; and, while the primary is
                           away, any. Not for writes */
    unsigned each_most; /**< at most so many together; 0: QN_DB_EACH_MAX. Alike for calls of one text */
} qn_db_query;

typedef struct {
    int err;                /**< QN_OK, QN_EUNAVAIL, QN_ETIMEOUT, QN_EDB */
    bool maybe_done;        /**< a write was sent and nobody knows: only with QN_EUNAVAIL and QN_ETIMEOUT */
    char sqlstate[6];       /**< with QN_EDB */
    const char *message;    /**< with an error; for the log, never shown to clients */
    const char *constraint; /**< name of the constraint with QN_EDB, or NULL */
    int rows, cols;
    const PGresult *res;  /**< text format; lives until the arena of the call ends; NULL where calls went together */
    const qn_str *values; /**< of those that did: the values, row after row */
    int64_t db_us;        /**< from sent to answered */
    bool apart;           /**< of a standby while the primary is away: nobody knows what it lacks of others' changes, */
    uint64_t known;       /**< but this node's up to this stamp (qn_epoch_now) are in it */
} qn_db_result;

typedef void (*qn_db_fn)(void *ctx, const qn_db_result *r);

/** Sends `q` (or queues it), then calls `fn(ctx, result)` exactly once, later, unless `arena` ends first: then the
 * answer is dropped (never cancelled at the server in the pipelined lane). The result and its values live as long as
 * the arena. Returns QN_EBUSY at once when the lane's queue is full (answer 503 with Retry-After), QN_EUNAVAIL when the
 * database has been away for too long, QN_ESTATE where the process has no such lane, QN_EINVAL for a query that cannot
 * be one, QN_ENOMEM; then `fn` is not called. */
int qn_db_call(qn_db *db, qn_arena *arena, const qn_db_query *q, qn_db_fn fn, void *ctx);

/** Where the server refused it: says so in the log. */
void qn_db_log(const char *stmt, const qn_db_result *r);

/** The error of `r`, but QN_EUNAVAIL for one that lies in the state of the server and not in the statement, so that
 * another attempt may not have it (SQLSTATE classes 40, 53 and 57). */
int qn_db_error(const qn_db_result *r);

/** The value at row, col; absent slice for SQL NULL. Borrows from the result; NUL-terminated. */
qn_str qn_db_value(const qn_db_result *r, int row, int col);
int64_t qn_db_int(const qn_db_result *r, int row, int col, int64_t if_null);
bool qn_db_bool(const qn_db_result *r, int row, int col);

#endif
