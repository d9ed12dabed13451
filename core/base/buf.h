/**
 * A growing byte buffer on the heap. Not thread-safe.
 */
#ifndef QN_BASE_BUF_H
#define QN_BASE_BUF_H

#include "base/arena.h"
#include "base/str.h"

typedef struct {
    char *p;     /**< owned; NUL-terminated beyond n once anything was appended */
    size_t n;    /**< bytes in use */
    size_t cap;  /**< bytes allocated */
    size_t max;  /**< refuse to grow past this; 0: no bound */
    bool failed; /**< an append failed (memory or bound); later appends do nothing, check once at the end */
} qn_buf;

void qn_buf_init(qn_buf *b, size_t max_bytes);
/** An empty one without a bound, which is freed with the arena. Borrows from it. NULL: no memory. */
qn_buf *qn_buf_new(qn_arena *arena);
void qn_buf_free(qn_buf *b);   /**< frees and clears; NULL and a cleared one are accepted */
void qn_buf_clear(qn_buf *b);  /**< empties, keeps the memory, clears `failed` */
int qn_buf_reserve(qn_buf *b, size_t extra); /**< room for `extra` more bytes; QN_ENOMEM or QN_ELIMIT */
int qn_buf_add(qn_buf *b, const void *p, size_t n);
int qn_buf_adds(qn_buf *b, qn_str s);
int qn_buf_addz(qn_buf *b, const char *cstr);
int qn_buf_addc(qn_buf *b, char c);
int qn_buf_printf(qn_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Appends `s` as a JSON string with its quotes (RFC 8259 7), escaping only what must be. `s` is valid UTF-8. */
int qn_buf_json_str(qn_buf *b, qn_str s);
void qn_buf_drop(qn_buf *b, size_t n); /**< removes `n` bytes (<= b->n) from the front */
qn_str qn_buf_str(const qn_buf *b);    /**< borrows */

#endif
