/**
 * The event loop: libevent's, with the few things that Quoin needs of it behind short names.
 */
#ifndef QN_LOOP_LOOP_H
#define QN_LOOP_LOOP_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

typedef struct qn_loop qn_loop;
typedef struct qn_timer qn_timer;
typedef void (*qn_timer_fn)(void *ctx);

/** Returns owned. QN_ENOMEM, QN_EIO. [init] */
int qn_loop_new(qn_loop **out);
void qn_loop_free(qn_loop **l);
struct event_base *qn_loop_base(qn_loop *l); /**< borrows */
/** Runs until qn_loop_stop. [loop] */
int qn_loop_run(qn_loop *l);
void qn_loop_stop(qn_loop *l);

/** A timer that is not running yet. Returns owned; free it before the loop. */
int qn_timer_new(qn_timer **out, qn_loop *l, qn_timer_fn fn, void *ctx);
/** (Re)starts it: `fn` once after `ms` milliseconds. [loop] */
void qn_timer_start(qn_timer *t, int64_t ms);
void qn_timer_stop(qn_timer *t);
void qn_timer_free(qn_timer **t);

/** `fn(ctx)` once, in this round of the loop, after the present callback returned. QN_ENOMEM. [loop] */
int qn_loop_defer(qn_loop *l, qn_timer_fn fn, void *ctx);

#endif
