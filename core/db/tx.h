/**
 * One transaction for all that a piece of work asks of the database, however many calls it makes and whoever makes
 * them: they are known by their arena. [loop]
 *
 * It begins with the first call that writes. From then on a connection of the write lane is its own, and reads of the
 * work go there too, so that they see what was written. A statement that fails has done nothing and harms no other; all
 * else is committed together, or not at all: when the arena ends first, when the connection is lost, when nobody says
 * qn_tx_commit.
 */
#ifndef QN_DB_TX_H
#define QN_DB_TX_H

#include "db/db.h"

typedef struct qn_tx qn_tx;

typedef struct {
    qn_db *db;
    /** The first statement, before any of the work's own. Borrows all of it until the arena ends. */
    const qn_stmt *stmt;
    const qn_str *params;
    int nparams;
    /** Has its answer: the work goes on, unless qn_tx_refuse is called here. With an error all that waits for it gets
     * that error. Called once, unless the arena ends first. */
    void (*opened)(void *ctx, const qn_db_result *r);
    void *ctx;
} qn_tx_options;

/** `maybe_done`: it was to be committed and nobody knows whether it was; only with an error. */
typedef void (*qn_tx_end_fn)(void *ctx, int err, bool maybe_done);

/** What is asked for `arena`, and for arenas that share with it from now on (qn_arena_share), is one transaction.
 * Nothing is sent before the first write. Arena memory. QN_ENOMEM. */
int qn_tx_new(qn_tx **out, qn_arena *arena, const qn_tx_options *o);
/** Begins it without a write, for those that shall follow. As qn_db_call. */
int qn_tx_open(qn_tx *tx);
/** Something was to be written, or it was opened: there is something to commit, or was. */
bool qn_tx_has_begun(const qn_tx *tx);
/** Its first statement is on its way. */
bool qn_tx_is_opening(const qn_tx *tx);
/** It is open, and all that was written can still be committed. */
bool qn_tx_is_sound(const qn_tx *tx);
/** Commits it, then calls `fn`, unless the arena ends first: then it is committed all the same. Calls that are made
 * from now on are no part of it. QN_EUNAVAIL: it cannot be (see qn_tx_is_sound); then `fn` is not called. */
int qn_tx_commit(qn_tx *tx, qn_tx_end_fn fn, void *ctx);
/** Nothing of it was done, and calls that are made from now on are no part of it. Those that wait are not answered. */
void qn_tx_leave(qn_tx *tx);
/** The same in `opened`, but that calls are refused from now on (QN_EUNAVAIL). */
void qn_tx_refuse(qn_tx *tx);

/** Calls `fn(arg)` when what the work of `arena` has written so far is there for others: now where it is no part of a
 * transaction, else once that is committed; never when it is not, or when the arena ends before that is known (see
 * on_unheard of qn_db_options). */
void qn_tx_after(qn_arena *arena, void (*fn)(void *arg), void *arg);
/** The epoch of `name` (copied; no line break in it) moves when what the work of `arena` has written is committed and
 * nobody hears of it. Nothing where it is no part of a transaction,
 * and for names past the first hundred. */
void qn_tx_touched(const qn_arena *arena, const char *name);

#endif
