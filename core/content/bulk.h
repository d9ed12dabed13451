/**
 * Many entries at once: lines of NDJSON become entries, and entries lines. [loop]
 *
 * A line is an entry as POST takes it, or as an export gives it: with `type`, `id`, `status`, `published_at`,
 * `created_at`, `updated_at`, and with `_published` and `_scheduled`, what readers see or will see where that is not
 * the draft. A line that cannot be taken is told of and harms no other. References may lead to what is not there yet:
 * they are kept and told of.
 */
#ifndef QN_CONTENT_BULK_H
#define QN_CONTENT_BULK_H

#include "content/store.h"

/** What became of one line; borrows until the call returns. */
typedef struct {
    uint64_t line;    /**< from 1 */
    int err;          /**< QN_OK; QN_EINVAL: `faults`; QN_EEXIST: `taken`; QN_EDENIED: `detail`; QN_ELIMIT: longer than
                         a line may be; else the database's */
    const char *id;   /**< with QN_OK: of the entry */
    const char *type; /**< its name, NULL where it is not known */
    const qn_faults *faults;
    bool malformed;             /**< with QN_EINVAL: it is not JSON */
    const char *taken;          /**< "slug" or "id" */
    const char *taken_by;       /**< the entry that has it */
    const char *collection;     /**< of the line's type, NULL where it is not known */
    const char *const *missing; /**< with QN_OK: pointers of the references whose targets are not there */
    size_t nmissing;
    bool maybe_done;
    const char *detail;
} qn_bulk_result;

typedef struct {
    qn_store *store;
    const char *type; /**< name of the type that every line is of; NULL: each line says it */
    bool dry_run;     /**< everything is checked, nothing is kept; what two lines both claim is seen where they come
                         close to each other */
    size_t max_line_bytes;
    /** The caller's rights on a type; arena memory, NULL when out of memory. */
    const qn_scope *(*scope)(void *ctx, qn_arena *arena, const qn_type *type);
    /** Called once for each line, in order. */
    void (*result)(void *ctx, const qn_bulk_result *r);
    /** Called when there is room again after qn_bulk_feed gave false. */
    void (*room)(void *ctx);
    /** Called once after qn_bulk_end, when every line has its result; the last thing that happens. QN_ENOMEM: not every
     * line was looked at. */
    void (*done)(void *ctx, int err);
    void *ctx;
} qn_bulk_options;

typedef struct qn_bulk qn_bulk;
/** Begins an import that ends with `a`. QN_ENOMEM. */
int qn_bulk_new(qn_bulk **out, qn_arena *a, const qn_bulk_options *o);
/** Takes all of `bytes`. False: give no more before `room` was called. */
bool qn_bulk_feed(qn_bulk *b, qn_str bytes);
/** There is no more; the last line needs no line end. */
void qn_bulk_end(qn_bulk *b);

/* ---- export ------------------------------------------------------------------------------------------------------ */

typedef struct {
    int err;             /**< QN_OK, QN_EUNAVAIL, QN_ETIMEOUT, QN_EDB */
    size_t n;            /**< lines */
    const qn_str *lines; /**< without their line ends */
    bool last;           /**< there is nothing behind them */
} qn_export_page;
typedef void (*qn_export_fn)(void *ctx, const qn_export_page *p);

typedef struct qn_export qn_export;
/** Begins to export the entries of these types (names, NULL-terminated, borrowed) in order of their ids; ends with `a`.
 * QN_ENOMEM. */
int qn_export_new(qn_export **out, qn_store *s, qn_arena *a, const char *const *types);
/** Asks for the next lines: about `bytes` of them; `fn` is called once, later, and what it is given lives until it
 * returns. One call at a time. As qn_db_call. */
int qn_export_next(qn_export *x, size_t bytes, qn_export_fn fn, void *ctx);

#endif
