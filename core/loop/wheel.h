/**
 * Deadlines of many connections: a wheel of coarse slots. Setting, moving and clearing one is O(1) and touches no heap,
 * unlike a timer of the loop for each: a connection's deadline moves several times a request. [loop]
 */
#ifndef QN_LOOP_WHEEL_H
#define QN_LOOP_WHEEL_H

#include "loop/loop.h"

enum { QN_WHEEL_TICK_MS = 100, QN_WHEEL_SLOTS = 1024 };

typedef struct qn_wheel qn_wheel;

/** Lies in what it times; zeroed before the first use. */
typedef struct qn_wheel_entry {
    struct qn_wheel_entry *next, **back; /**< back: what points at this one; NULL: in no slot */
    int64_t at_ms;                       /**< qn_mono_ms() of the deadline */
    int64_t slot_ms; /**< when the slot it lies in is looked at; not after at_ms by more than a tick */
} qn_wheel_entry;

/** `fn(ctx, entry)` for each entry whose time has come; it is out of the wheel by then. Returns owned. QN_ENOMEM. */
int qn_wheel_new(qn_wheel **out, qn_loop *l, void (*fn)(void *ctx, qn_wheel_entry *e), void *ctx);
/** Entries still in it are forgotten. */
void qn_wheel_free(qn_wheel **w);
/** (Re)sets the deadline; called late by up to two ticks, never early. */
void qn_wheel_set(qn_wheel *w, qn_wheel_entry *e, int64_t at_ms);
void qn_wheel_clear(qn_wheel *w, qn_wheel_entry *e);

#endif
