/**
 * Purging the caches in front: each address of [cache] purge_urls is told, by a PURGE with a Surrogate-Key header, what
 * changed. It hears of it twice: at once, and again after the staleness bound, because an answer that another node or a
 * request under way made of what was there before may have come in behind the first one.
 *
 * One request is under way to each address; what comes meanwhile gathers and goes out together, each key once. What an
 * address does not take is tried again, later and later; past a bound what waits for it becomes one purge of
 * everything. Nobody ever waits for a cache. [loop]
 */
#ifndef QN_EVENTS_PURGE_H
#define QN_EVENTS_PURGE_H

#include <stdbool.h>

#include "base/str.h"
#include "loop/loop.h"

typedef struct qn_purger qn_purger;

enum {
    QN_PURGE_KEYS_BYTES = 4096, /**< of one Surrogate-Key header: Varnish takes lines of 8 KB */
    QN_PURGE_BATCHES = 64,      /**< that may wait for one address, and as many to be said again */
    QN_PURGE_AGAIN_MS = 1500    /**< a worker trusts what it keeps for 1,000 ms after the last it heard */
};

typedef struct {
    qn_loop *loop;
    const char *const *urls; /**< http:// or https://; borrowed for the call */
    size_t nurls;
    int again_ms; /**< 0: QN_PURGE_AGAIN_MS */
} qn_purge_options;

/** Returns owned; `*out` stays NULL where there are no addresses, and all the others take that. QN_ENOMEM, QN_EIO. */
int qn_purger_new(qn_purger **out, const qn_purge_options *o);
void qn_purger_free(qn_purger **p);

/** What has changed: a name as it stands in Surrogate-Key ("entry:…", "type:…"). Goes out with the next
 * qn_purger_send. One that could not stand in the header is left out. */
void qn_purger_add(qn_purger *p, const char *kind, qn_str name);
/** All that there is. */
void qn_purger_everything(qn_purger *p);
void qn_purger_send(qn_purger *p);
/** Nothing waits to be said for the first time. */
bool qn_purger_idle(const qn_purger *p);

#endif
