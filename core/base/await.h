/**
 * Who waits for something that is read once for all of them: the types, the roles. [loop]
 */
#ifndef QN_BASE_AWAIT_H
#define QN_BASE_AWAIT_H

#include "base/arena.h"

/** One who waits; a list of them is a pointer to the first, NULL where nobody does. */
typedef struct qn_awaiting qn_awaiting;

/** Has `fn(ctx, err)` called by the next qn_await_release of that list, unless `arena` ends first. QN_ENOMEM: it will
 * not be. */
int qn_await(qn_awaiting **list, qn_arena *arena, void (*fn)(void *ctx, int err), void *ctx);
/** Calls those who wait now, which may end others that do; who begins to wait meanwhile waits for the next time. The
 * list must be there until this returns. */
void qn_await_release(qn_awaiting **list, int err);
/** Forgets them: nobody is called. */
void qn_await_forget(qn_awaiting **list);

#endif
