/**
 * Arena: memory that is given back all at once. A request's memory is its arena.
 *
 * Model: nginx's pool, lwan's arena. Not thread-safe: one owner at a time.
 */
#ifndef QN_BASE_ARENA_H
#define QN_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct qn_arena qn_arena;

/** Returns owned: a new arena whose first block has `first_bytes` (0: 4096). NULL when out of memory. */
qn_arena *qn_arena_new(size_t first_bytes);

/** Runs the deferred calls (last in, first out), frees every block and clears `*a`. NULL is accepted. */
void qn_arena_free(qn_arena **a);

/** Runs the deferred calls and empties the arena, keeping its first block for the next use. */
void qn_arena_reset(qn_arena *a);

/** `n` bytes aligned for any type, zeroed; arena memory. NULL when out of memory or past the arena's limit. */
void *qn_arena_alloc(qn_arena *a, size_t n);

/** `count` * `size` bytes, zeroed, with the product checked; arena memory. */
void *qn_arena_calloc(qn_arena *a, size_t count, size_t size);

/** As qn_arena_alloc, not zeroed. */
void *qn_arena_alloc_raw(qn_arena *a, size_t n);

/** A NUL-terminated copy of `n` bytes of `s`; arena memory. */
char *qn_arena_strndup(qn_arena *a, const char *s, size_t n);
char *qn_arena_strdup(qn_arena *a, const char *s);

/** printf into the arena; arena memory, NUL-terminated. NULL when out of memory. */
char *qn_arena_printf(qn_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *qn_arena_vprintf(qn_arena *a, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));

/** Calls `fn(arg)` when the arena is reset or freed. Returns 0 or QN_ENOMEM (then `fn` was not kept). */
int qn_arena_defer(qn_arena *a, void (*fn)(void *arg), void *arg);

/** Time that is spent for whoever the arena belongs to, microseconds, is added up in `*spent_us` (borrows; negative: none yet). */
void qn_arena_meter(qn_arena *a, int64_t *spent_us);
void qn_arena_charge(qn_arena *a, int64_t us); /**< nothing without a meter */

/** What the work that an arena is for belongs to, as others below know it (db/tx.h); NULL: nothing. Forgotten by reset. */
void qn_arena_set_owner(qn_arena *a, void *owner);
void *qn_arena_owner(const qn_arena *a);

/** `a` is for a part of the work that `whole` is for: it has its meter and its owner. */
void qn_arena_share(qn_arena *a, const qn_arena *whole);

/** Bytes held from the heap at present. */
size_t qn_arena_bytes(const qn_arena *a);

/** Refuse to grow past `max_bytes` (0: no bound, the default). */
void qn_arena_limit(qn_arena *a, size_t max_bytes);

#endif
