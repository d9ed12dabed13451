/**
 * What the listener knows of the primary's log: "whoever has replayed it up to `lsn` holds every change whose epoch is
 * at most `stamp`". By these marks a worker tells whether a standby's answer may be older than what this node knows of.
 *
 * One process writes (the listener); all read, without waiting: where a mark is just being written they are told that
 * nothing is known, and ask the primary.
 */
#ifndef QN_LOOP_MARK_H
#define QN_LOOP_MARK_H

#include "loop/shm.h"

/** Which log it is: positions of another cluster's, or of another timeline's, mean nothing. */
typedef struct {
    uint64_t system;   /**< of cluster and database: a hash of what names them, never 0 */
    uint32_t timeline; /**< moves with each promotion */
} qn_log_name;

typedef struct {
    qn_log_name log;
    uint64_t stamp; /**< of qn_epoch_now */
    uint64_t lsn;   /**< bytes of the log from its beginning */
    int64_t
        clock_us; /**< the primary's wall clock after all of these changes: what is live is told by the clock as well */
    int64_t ahead_least_us,
        ahead_most_us; /**< that clock is ahead of qn_mono_us() by something between these, as of late */
} qn_mark;

/** The listener is connected to the primary of this log. What was marked in another one is forgotten. */
void qn_mark_log(qn_shm *s, qn_log_name log);
/** It was connected to that one before. False: to another, or to none. By the listener. */
bool qn_mark_is_log(const qn_shm *s, qn_log_name log);
/** Adds a mark of this log: every change with an epoch of at most `stamp` was on disk before its position `lsn`, and
 * made before `clock_us`. */
void qn_mark_put(qn_shm *s, uint64_t stamp, uint64_t lsn, int64_t clock_us);
/** The primary's clock showed `clock_us` at some moment between these two of qn_mono_us(). */
void qn_mark_clock(qn_shm *s, int64_t clock_us, int64_t from_us, int64_t to_us);
/** The newest one. False: there is none, or it is just being written. */
bool qn_mark_newest(qn_mark *out, const qn_shm *s);
/** The newest stamp of which everything stands before `lsn` in this log, as far as is remembered; 0: nothing is known.
 */
uint64_t qn_mark_stamp_at(const qn_shm *s, uint64_t lsn);

#endif
