/**
 * What the files of the import share. Nobody else includes this.
 *
 *   bulk.c       bytes to lines, lines to batches, one of which is on its way while the next one fills
 *   bulk_line.c  a line to an entry with its snapshots
 *   bulk_send.c  a batch to the database and back
 */
#ifndef QN_CONTENT_BULK_IMPL_H
#define QN_CONTENT_BULK_IMPL_H

#include "base/uuid.h"
#include "content/bulk.h"
#include "content/store_impl.h"

/** A reference of a snapshot. */
typedef struct {
    size_t step;
    const char *field, *target, *to, *pointer;
    int ord;
} qn_bulk_ref;

/** A snapshot: text that is ready for the database. */
typedef struct {
    size_t line;               /**< its place in the batch */
    const char *kind;          /**< "live", "later", "head" */
    int64_t at_us, updated_us; /**< INT64_MIN: none */
    const char *locale, *slug, *title, *doc, *scalars, *tags;
    size_t ref, nrefs;
} qn_bulk_step;

/** A line with what is known of it. */
typedef struct {
    qn_bulk_result r;
    size_t at, bytes; /**< where it stands in the batch's text */
    bool sound;       /**< to be sent: it has snapshots */
    const qn_type *type;
    const qn_scope *scope;
    char id[QN_UUID_BYTES];
    const char *status;
    int64_t created_us, updated_us, published_us; /**< INT64_MIN: none */
    size_t step, nsteps;
} qn_bulk_line;

typedef struct {
    const qn_type *type;
    const qn_scope *scope;
} qn_bulk_right;

/** Lines that go together. Everything of it is memory of its arena, but `text`. */
typedef struct {
    qn_bulk *bulk;
    qn_arena *arena;
    qn_types *types; /**< that its lines were checked against; a reference of its own */
    qn_buf text;     /**< its lines as they came: a type that moves has them checked again */
    qn_bulk_line *lines;
    qn_bulk_step *steps;
    qn_bulk_ref *refs;
    qn_bulk_right *rights;
    size_t nlines, nsteps, nrefs, nrights;
    size_t lines_cap, steps_cap, refs_cap, rights_cap;
    /* the statement under way: lines from `from` up to `to` */
    size_t from, to;
    int tries, type_tries;
    bool failed; /**< out of memory */
} qn_bulk_batch;

struct qn_bulk {
    qn_bulk_options o;
    qn_buf partial; /**< a line that is not complete */
    bool too_long;  /**< the rest of it is passed over */
    bool ended, waiting, finished;
    uint64_t line;                   /**< number of the last one */
    qn_arena *scratch;               /**< of one line's check */
    qn_bulk_batch *filling, *flying; /**< or NULL */
    int err;
};

/** An empty batch. NULL when out of memory. */
qn_bulk_batch *qn_bulk_batch_new(qn_bulk *b);
void qn_bulk_batch_free(qn_bulk_batch **t);
/** Room for one more item in an array of the batch's arena. NULL when out of memory; then `failed`. */
void *qn_bulk_push(qn_bulk_batch *t, void **items, size_t *n, size_t *cap, size_t item_bytes);

/** Adds the line `text` to the batch: its result where it cannot be taken, else what is to be sent. */
void qn_bulk_add(qn_bulk_batch *t, uint64_t number, qn_str text);
/** Adds a line that was longer than it may be. */
void qn_bulk_add_long(qn_bulk_batch *t, uint64_t number);

/** Sends `flying`. True: every line of it has its result already; else qn_bulk_landed is called when they have. */
bool qn_bulk_send(qn_bulk *b);
/** By a callback, as its last act. */
void qn_bulk_landed(qn_bulk *b);

#endif
