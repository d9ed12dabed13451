/**
 * A few threads for what would block the loop: password hashing, big compressions.
 */
#ifndef QN_LOOP_POOL_H
#define QN_LOOP_POOL_H

#include "loop/loop.h"

typedef struct qn_pool qn_pool;
typedef struct qn_task qn_task;

/** `threads` are started at the first submit (a forked child must not inherit them). Returns owned. */
int qn_pool_new(qn_pool **out, qn_loop *l, unsigned threads, unsigned max_queued);
/** Waits for running tasks, drops queued ones: each one's `done` comes before this returns, theirs with canceled = true.
 * Nothing is accepted from then on. [loop] */
void qn_pool_stop(qn_pool *p);
/** The same, and its end. */
void qn_pool_free(qn_pool **p);

/** `work(ctx)` on a thread, then `done(ctx, canceled)` on the loop: exactly one `done` per accepted task. `out` may be NULL.
 *  QN_EBUSY when the queue is full, QN_ENOMEM. [loop] */
int qn_pool_submit(qn_task **out, qn_pool *p, void (*work)(void *ctx), void (*done)(void *ctx, bool canceled), void *ctx);
/** The task's `done` comes with canceled = true; work that has begun is let finish first. [loop] */
void qn_task_cancel(qn_task *t);

#endif
