/**
 * The response cache of one worker: finished answers by key, bounded by bytes. [loop]
 *
 * An answer is kept with what it depends on and for how long the clock alone leaves it true. It is served only while
 * none of its dependencies' epochs moved after the moment at which its query was about to be sent (so a fill that raced
 * with a change is born stale), its time has not passed, and the listener is heard. What is evicted is chosen by SIEVE
 * (Zhang et al., NSDI '24).
 *
 * Who asks for what is just being made waits for it (one flight a key).
 */
#ifndef QN_HTTP_CACHE_H
#define QN_HTTP_CACHE_H

#include "base/str.h"
#include "http/compress.h"
#include "loop/shm.h"

typedef struct qn_cache qn_cache;
typedef struct qn_cached qn_cached;
typedef struct qn_flight qn_flight;

enum { QN_CACHE_DEPS_MAX = 1024, QN_CACHE_KEY_MAX_BYTES = 16384 };

typedef struct {
    qn_shm *shm;
    size_t max_bytes;    /**< of everything that it holds */
    int64_t distrust_ms; /**< the listener's last beat may be this old */
    int64_t stale_ms;    /**< and, while the database is away, this old */
} qn_cache_options;

/** Returns owned. QN_ENOMEM. */
int qn_cache_new(qn_cache **out, const qn_cache_options *o);
/** Entries that are still referenced live on. No flight may be under way. */
void qn_cache_free(qn_cache **c);

typedef struct {
    uint64_t hits, misses, fills, evictions, stale;
    size_t bytes, entries;
} qn_cache_stats;
void qn_cache_stats_read(const qn_cache *c, qn_cache_stats *out);

/* ---- entries
 * --------------------------------------------------------------------------------------------------------- */

/** What an answer consists of. To qn_cache_put: borrowed for the call. In a qn_cached: lives as long as it is
 * referenced. */
typedef struct {
    int status;
    qn_str content_type; /**< NUL-terminated in a qn_cached; absent: no body */
    qn_str headers;      /**< finished lines, but those below and those of the connection */
    qn_str etag, last_modified, vary;
    qn_str body[QN_CODINGS]; /**< absent: not made yet; identity is always there */
    const void *route;       /**< that it came by; borrows, and outlives the cache */
    bool codes;              /**< its coded forms are worth it; said by the cache */
    size_t id_at, id_n; /**< where the body names its request, for another one's id to stand there; id_n 0: nowhere */
} qn_cached_answer;

/** Answers by reference count. */
qn_cached *qn_cached_ref(qn_cached *e);
void qn_cached_unref(qn_cached **e);
const qn_cached_answer *qn_cached_answer_of(const qn_cached *e);
/** For the Age header: seconds by which the clock has shortened what a cache in front may make of it. Not those since it
 * was made: that it is still right was looked at just now, and an Age of more than QN_SHARED_MAX_AGE_S would keep it out of
 * every cache. */
int64_t qn_cached_age_s(const qn_cached *e, int64_t now_ms);
/** A coding of its body is being made: true for the first who asks; then qn_cached_add_coding or _give_up. */
bool qn_cached_claim_coding(qn_cached *e, qn_coding coding);
/** Copies a coded body in. QN_ENOMEM: then nobody has it. */
int qn_cached_add_coding(qn_cache *c, qn_cached *e, qn_coding coding, qn_str body);
void qn_cached_give_up_coding(qn_cached *e, qn_coding coding);

/** The moment to capture before a query is sent: the node's stamp of changes, and the monotonic clock. */
typedef struct {
    uint64_t stamp;
    int64_t at_ms;
} qn_cache_moment;
qn_cache_moment qn_cache_now(const qn_cache *c);
/** What of its head is the same for all who get this coding of it, the blank line included: absent until it was kept.
 */
qn_str qn_cached_head(const qn_cached *e, qn_coding coding);
/** Copies such a head in; without memory there is none. */
void qn_cached_keep_head(qn_cache *c, qn_cached *e, qn_coding coding, qn_str head);

typedef enum {
    QN_CACHE_MISS,
    QN_CACHE_HIT,
    QN_CACHE_DISTRUSTED /**< true as far as is known, but the listener is not heard: ask, and serve it only if the
                           database is away */
} qn_cache_found;

/** Looks `key` up; `*e` borrowed, valid until the next call of the cache, with HIT and DISTRUSTED. What is known to be
 * no longer true is dropped. No allocation. */
qn_cache_found qn_cache_get(qn_cached **e, qn_cache *c, qn_str key, int64_t now_ms);
/** The same for what can be served as it is: NULL where _get has to decide. Counts hits only. */
qn_cached *qn_cache_peek(qn_cache *c, qn_str key, int64_t now_ms);

/** One of these names has changed since then: what was made of them would not be kept. */
bool qn_cache_moved_on(const qn_cache *c, const qn_str *deps, size_t ndeps, qn_cache_moment since);
/** One of the things that `e` is made of has changed, perhaps before `asked`: who asked then must not be given it. */
bool qn_cache_is_behind(const qn_cache *c, const qn_cached *e, qn_cache_moment asked);
/** Keeps an answer. `deps` are names of epochs, `valid_ms` counts from `since` (negative: for ever). Returns an entry
 * with a reference for the caller in `*out` also where it is not kept (too large, or born stale): it may be given to
 * those who waited. QN_ENOMEM, QN_ELIMIT (key or dependencies out of bounds). */
int qn_cache_put(qn_cached **out, qn_cache *c, qn_str key, const qn_cached_answer *a, const qn_str *deps, size_t ndeps,
                 int64_t valid_ms, qn_cache_moment since);

/* ---- flights
 * --------------------------------------------------------------------------------------------------------- */

/** One who waits. Embed it; zero it first. */
typedef struct qn_waiter qn_waiter;
struct qn_waiter {
    qn_flight *flight; /* NULL: waits for nothing */
    qn_waiter *next, **back;
    /** With `e`: the answer (borrowed). Without: there is none to share; `lead`: ask yourself and share what comes (you
     * lead the flight now), else ask for yourself. */
    void (*fn)(qn_waiter *w, qn_cached *e, bool lead);
};

/** Begins a flight for `key`, or waits for the one under way. True: the caller leads and must end it by qn_flight_end
 * or _abandon. NULL in
 *  `*out` with true: no memory for one, just ask. */
bool qn_cache_fly(qn_flight **out, qn_cache *c, qn_str key, qn_waiter *w);
/** The leader has the answer, or (`e` NULL) one that is not to be shared. Everybody who waits is called; `*f` is
 * cleared. */
void qn_flight_end(qn_flight **f, qn_cached *e);
/** The leader is gone before the answer: the first who waits leads on. */
void qn_flight_abandon(qn_flight **f);
/** No longer waits. */
void qn_waiter_leave(qn_waiter *w);

#endif
