/**
 * The master's children: spawned, watched, reaped, brought back. Internal to process/. Times are qn_mono_ms().
 */
#ifndef QN_PROCESS_FAMILY_H
#define QN_PROCESS_FAMILY_H

#include "process/child.h"

enum {
    QN_RESPAWN_MIN_MS = 10, /**< the first delay after a fast death; doubles */
    QN_RESPAWN_MAX_MS = 5000,
    QN_LIVED_WELL_MS = 10000, /**< a child that lived longer is brought back at once */
    QN_STALL_MS = 15000,      /**< without a beat for so long it is aborted */
    QN_ABORT_GRACE_MS = 5000, /**< and killed when even that did not end it */
    QN_FAST_DEATHS_MAX = 5,   /**< before the server was ever ready: give up */
    QN_FAMILY_MAX = 260
};

/** How long to wait before what died for the `deaths`th time in a row (from 1) is started again. */
int64_t qn_respawn_delay_ms(unsigned deaths);

typedef struct {
    qn_proc_kind kind;
    int index;
    char label[24];
    pid_t pid; /**< 0: not running */
    qn_slot *slot;
    int64_t born_ms, due_ms; /**< due: when it is to be spawned while not running */
    int64_t aborted_ms;      /**< 0: not */
    unsigned deaths;         /**< fast ones in a row */
    bool was_ready;          /**< this process said READY */
    bool wanted;             /**< brought back when it ends */
} qn_member;

typedef struct {
    qn_child common; /**< what every child gets; kind, index, label and slot are filled in at the spawn */
    qn_member members[QN_FAMILY_MAX];
    size_t n;
    void (*in_child)(void *ctx); /**< lets go of what is the master's alone, right after the fork */
    void *ctx;
    unsigned early_deaths; /**< fast deaths before everybody was ready for the first time */
    bool ever_ready;
    int64_t looked_ms; /**< when the beats were looked at */
    int64_t trust_ms;  /**< before that moment an old beat proves nothing: the master itself was stopped */
} qn_family;

/** Adds a child that is due at once. NULL when there is no room. */
qn_member *qn_family_add(qn_family *f, qn_proc_kind kind, int index);
/** Spawns whoever is due. */
void qn_family_spawn(qn_family *f, int64_t now);
/** `pid` ended with `status`; logs it, frees its slot and sets when it is due again. False: none of ours. */
bool qn_family_reaped(qn_family *f, pid_t pid, int status, int64_t now);
/** Looks at states and beats; a stalled one is aborted. */
void qn_family_watch(qn_family *f, int64_t now);
/** Everybody wanted is READY. */
bool qn_family_ready(const qn_family *f);
/** How many of `kind` run (QN_PROC_NONE: of any). */
unsigned qn_family_running(const qn_family *f, qn_proc_kind kind);
/** Signals all that run of `kind` (QN_PROC_NONE: all); `let_go`: they are not brought back. */
void qn_family_signal(qn_family *f, qn_proc_kind kind, int sig, bool let_go);
/** The next moment at which something is to be done, at most `until`. */
int64_t qn_family_next(const qn_family *f, int64_t now, int64_t until);

#endif
