/**
 * POST with Idempotency-Key: done once, however often it is sent (draft-ietf-httpapi-idempotency-key-header; Stripe's
 * API is the model for what it leaves open). [loop]
 *
 * Whatever the work writes goes into one transaction with the answer (db/tx.h): it begins with the first write, takes
 * the key, and is committed when the answer has been stored; only then is the answer sent. So there is no moment at
 * which one is there without the other, and what dies in between leaves nothing that stands in the way of the next
 * attempt. The same request gets the answer again for a day.
 *
 * Kept is what the work has decided: success, and of refusals those of the state of things (404, 409, 410, 412) where
 * something was to be written. Other refusals come before any work, or have done nothing: those are found out anew.
 */
#ifndef QN_ACCESS_RETRY_H
#define QN_ACCESS_RETRY_H

#include "access/access.h"
#include "http/http.h"

/** One request with a key. */
typedef struct qn_retry qn_retry;

typedef struct {
    qn_handler go_on;            /**< begins the work */
    void (*given_up)(void *ctx); /**< may be NULL: the work has begun, is answered for, and must not answer any more */
    void *ctx;
} qn_retry_work;

/** Goes on with the work where it has to be done: at once where the request has no key. Else it is answered here: with
 * what it was answered before (Idempotent-Replayed: true); 409 while it is being worked on, and where the answer was
 * not kept; 422 where the key was another request's. `*out` NULL without a key; arena memory of the request. `out` may
 * be NULL. */
void qn_retry_begin(qn_retry **out, qn_access *a, qn_req *req, const qn_caller *caller, const qn_retry_work *work);

/* Work that is more than one transaction, with a body that is streamed: the key is taken before it begins and is its
 * own until it ends. What it has done by then stays done. */

/** Takes the key, then calls `fn(ctx)`; else answers as qn_retry_begin. At once with `r` NULL. */
void qn_retry_stream(qn_retry *r, void (*fn)(void *ctx), void *ctx);
/** It is over: remembers `made` (NULL: nothing, so that it may be done again), then calls `fn(ctx)`. At once with `r`
 * NULL. A request that ends without this may be done again too. */
void qn_retry_end(qn_retry *r, const char *made, void (*fn)(void *ctx), void *ctx);

/* ---- by access.c ------------------------------------------------------------------------------------------------- */

typedef struct qn_retries qn_retries;
int qn_retries_new(qn_retries **out, qn_db *db);
void qn_retries_free(qn_retries **r);
/** Of this process. */
qn_retries *qn_access_retries(qn_access *a);

#endif
