/**
 * Shared memory of one server: a slot a process (who is alive, how loaded), node-wide counters, and the epochs that
 * tell every worker that something changed. Anonymous, mapped by the master before it forks; nothing in it is a
 * pointer.
 */
#ifndef QN_LOOP_SHM_H
#define QN_LOOP_SHM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { QN_SLOTS = 320, QN_EPOCHS = 65536, QN_SLOT_NOTE_BYTES = 128, QN_TOLD = 4096, QN_MARKS = 64 };

typedef enum { QN_PROC_NONE, QN_PROC_SETUP, QN_PROC_LISTENER, QN_PROC_JOBS, QN_PROC_WORKER } qn_proc_kind;
typedef enum { QN_PROC_STARTING, QN_PROC_READY, QN_PROC_DRAINING, QN_PROC_ENDED } qn_proc_state;

/** One process's slot. Written by its process, read by all; the master clears it when the process was reaped. */
typedef struct {
    _Alignas(64) _Atomic int32_t pid;
    _Atomic int32_t kind;  /**< qn_proc_kind */
    _Atomic int32_t index; /**< worker number from 1 */
    _Atomic int32_t generation;
    _Atomic int32_t state;         /**< qn_proc_state */
    _Atomic int32_t connections;   /**< open client connections (accept balance) */
    _Atomic int64_t heartbeat_ms;  /**< qn_mono_ms() of the last beat; about four a second */
    _Atomic uint64_t requests;     /**< answered since the start */
    char note[QN_SLOT_NOTE_BYTES]; /**< what it is inside of (plugin, hook, request id); read after a crash */
} qn_slot;

/** What belongs to the node as a whole. */
typedef struct {
    _Atomic int64_t listener_beat_ms; /**< qn_mono_ms() of the listener's last successful read of the outbox */
    _Atomic uint64_t event_xid;       /**< what transactions below it did, it has told */
    _Atomic int64_t event_seq;        /**< events told; where it and event_xid stand still there is nothing new */
    _Atomic uint64_t types_epoch;     /**< moves when any type changed */
    _Atomic uint64_t access_epoch;    /**< moves when a token or role changed */
    _Atomic int32_t db_state;         /**< of the embedded server, by the master: 0 unknown, 1 up, 2 down */
    _Atomic uint64_t stamp;           /**< of changes: the newest epoch */
    _Atomic uint64_t floor;           /**< every name has at least this epoch */
    _Atomic uint64_t writes;          /**< acknowledged by this node's workers since the start */
    _Atomic int32_t wake_pending;     /**< the listener was woken and has not looked yet */
    _Atomic uint64_t logs;            /**< moves when the database's log is another one: numbers of transactions that
                                         were seen before mean nothing in it */
} qn_node;

/** Positions of the primary's log: see loop/mark.h. */
typedef struct {
    _Atomic uint64_t stamp, lsn;
} qn_mark_slot;
typedef struct {
    _Atomic uint64_t turn; /**< odd: is being written */
    _Atomic uint64_t n;    /**< marks since the log was named; the last QN_MARKS of them stand in the ring */
    _Atomic uint64_t system;
    _Atomic uint32_t timeline;
    _Atomic int64_t clock_us;                /**< the primary's when the newest mark was made */
    _Atomic int64_t ahead_least, ahead_most; /**< its clock is ahead of qn_mono_us() by something between */
    qn_mark_slot ring[QN_MARKS];
} qn_marks;

typedef struct {
    uint32_t magic;
    int32_t wake_fd; /**< eventfd that wakes the listener, of the same number in every child; the listener reads it */
    qn_node node;
    qn_marks marks;
    qn_slot slots[QN_SLOTS];
    _Atomic uint64_t epochs[QN_EPOCHS];
    _Atomic uint64_t told[QN_TOLD]; /**< transactions, each at its number modulo QN_TOLD */
} qn_shm;

/** Maps a zeroed one and opens its wake_fd. Returns owned. QN_EIO. [init] */
int qn_shm_new(qn_shm **out);
/** Unmaps it here and closes wake_fd; other processes keep theirs. NULL is accepted. */
void qn_shm_free(qn_shm **s);

/** Takes a free slot for the coming child. NULL when all are taken. Master only. */
qn_slot *qn_shm_slot_take(qn_shm *s, qn_proc_kind kind, int index, int generation);
void qn_shm_slot_release(qn_slot *slot);

/** Epoch of a name ("entry:…", "type:article", "tag:kyiv"): the node's stamp of changes as it was when the name last
 * changed. Names share places by hash, which may only make too many things stale, never too few. Call after the change
 * is committed. */
void qn_epoch_bump(qn_shm *s, qn_str name);
/** The same of every name there is. */
void qn_epoch_bump_all(qn_shm *s);
uint64_t qn_epoch_get(const qn_shm *s, qn_str name);
/** The epoch that no name is below. */
uint64_t qn_epoch_floor(const qn_shm *s);
/** The stamp now. What is read from the database after this call holds every change whose epoch is at most it. */
uint64_t qn_epoch_now(const qn_shm *s);
/** A name's place, to be kept instead of the name, and the epoch there. */
uint32_t qn_epoch_place(qn_str name);
uint64_t qn_epoch_at(const qn_shm *s, uint32_t place);

/** A write was acknowledged: wakes this node's listener, which sends the node's one NOTIFY for all that gathered. Costs
 * a system call only for the first of them since qn_shm_wrote_take. */
void qn_shm_wrote(qn_shm *s);
/** By the listener, when it was woken. */
void qn_shm_woken(qn_shm *s);
/** By the listener, before it tells of them: what is written from now on wakes it again. Returns the count of writes so
 * far. */
uint64_t qn_shm_wrote_take(qn_shm *s);

/** A worker has moved the epochs of all that transaction `xid` changed: the listener need not move them once more when
 * it reads of it, which would drop what was made meanwhile. Of the last QN_TOLD or so it is remembered. */
void qn_shm_tell(qn_shm *s, uint64_t xid);
/** Whether that was said. Never wrongly true; false means only that nobody knows. */
bool qn_shm_told(const qn_shm *s, uint64_t xid);
/** Forgets all of that: other transactions get these numbers. */
void qn_shm_tell_anew(qn_shm *s);

/** The fewest connections that a READY worker of `generation` holds; INT32_MAX when there is none. */
int32_t qn_shm_least_connections(const qn_shm *s, int generation);

#endif
