/**
 * Entries in PostgreSQL: the calls that the REST layer makes, each with exactly one answer unless its arena ends first.
 * [loop]
 *
 * The rules of the life cycle are SQL functions in sql/; this is their C side: types, drafts, edges and filters in,
 * finished JSON out.
 */
#ifndef QN_CONTENT_STORE_H
#define QN_CONTENT_STORE_H

#include "content/draft.h"
#include "content/guard.h"
#include "db/db.h"
#include "loop/shm.h"

/** How far a right reaches. */
typedef enum { QN_REACH_NONE, QN_REACH_OWN, QN_REACH_ALL } qn_reach;

/** A caller's rights on one type, compiled from policies by access/. Immutable while a call is under way. */
typedef struct {
    const char *user; /**< id of the person, or NULL for the public */
    bool live;        /**< read what is live */
    qn_reach drafts;  /**< read working copies and history */
    bool create;
    qn_reach change, remove;
    bool purge;
    bool import;                /**< may set ids on import */
    bool types;                 /**< make types */
    const char *const *all;     /**< names of transition privileges held on every entry ("publish"), NULL-terminated */
    const char *const *own;     /**< and on one's own entries only */
    bool current;               /**< what it reads is the primary's: the caller may know of what this node does not yet */
    qn_guarded who;             /**< for the guard */
} qn_scope;

typedef struct qn_store qn_store;

typedef struct {
    qn_loop *loop;
    qn_db *db;
    qn_shm *shm; /**< epochs bumped at once after an acknowledged write, the listener woken; may be NULL */
} qn_store_options;

/** Begins to read the types; reads them again when shm's types_epoch moved. Returns owned. */
int qn_store_new(qn_store **out, const qn_store_options *o);
void qn_store_free(qn_store **s);
/** Has `g` asked from now on (borrowed as long as the store lives; NULL: nobody). */
void qn_store_guard(qn_store *s, const qn_guard *g);
/** Somebody stands at `point` for entries of this type. */
bool qn_store_guarded(const qn_store *s, qn_guard_point point, const qn_type *type);
/** The present set of types (borrows; take a reference to keep it), or NULL before they were read. */
qn_types *qn_store_types(qn_store *s);

/** No worker of this node has told of a newer set than the present one. */
bool qn_store_types_current(qn_store *s);
/** Calls `fn(ctx, QN_OK)` once the present set is what the node's workers told of last: at once where it is, else after
 * it was read again, unless `a` ends first; with QN_EUNAVAIL where it cannot be read now. A type that a colleague has
 * just acknowledged is in it; before any were read, who asks waits for the first. QN_ENOMEM: `fn` is not called. */
int qn_store_types_wait(qn_store *s, qn_arena *a, void (*fn)(void *ctx, int err), void *ctx);

typedef struct {
    int err; /**< QN_OK; QN_EINVAL with `faults`; QN_EEXIST; QN_ELIMIT: there are QN_TYPES_MAX; else the database's */
    const qn_type *type; /**< as it was made */
    const qn_faults *faults;
    qn_str taken_name;       /**< with QN_EEXIST: the type of that name, absent slice: none */
    qn_str taken_collection; /**< and the type whose collection it is */
    bool maybe_done;
} qn_type_answer;
typedef void (*qn_type_answer_fn)(void *ctx, const qn_type_answer *a);
/** Makes a type of its definition (see qn_type_check_new). As the calls below. */
int qn_store_type_create(qn_store *s, qn_arena *a, const char *user, const json_t *definition, qn_type_answer_fn fn,
                         void *ctx);

typedef enum { QN_VIEW_LIVE, QN_VIEW_DRAFT } qn_view;

/** The answer to a call about one entry. Everything lives as long as the call's arena. */
typedef struct {
    int err; /**< QN_OK or: QN_ENOTFOUND, QN_EDENIED (the caller may know of it, not do that), QN_ESTALE (version guard
                  lost), QN_EEXIST (slug or id taken), QN_EINVAL (`faults`), QN_ESTATE (transition or deletion not open
                  now), QN_EBUSY, QN_EUNAVAIL, QN_ETIMEOUT, QN_EDB, QN_ENOMEM */
    qn_str json; /**< the entry, an object */
    qn_str id, slug;
    int version;         /**< present one; also with QN_ESTALE */
    qn_str etag;         /**< with its quotes: draft "d<version>", live "p<version>-<hash of the composed answer>" */
    int64_t modified_s;  /**< Last-Modified, seconds since the epoch */
    int64_t valid_ms;    /**< live: how long the clock alone leaves this answer true; -1: for ever */
    const qn_str *reads; /**< ids of the entries whose life this answer depends on beside its own (its references) */
    size_t nreads;
    bool preceded; /**< live: found by a slug without a locale, and not in the default one: any entry of the type that
                      goes live may come before it */
    qn_str moved_to;        /**< with QN_OK and an empty json: a former slug, this is the present one (308) */
    const char **conflicts; /**< with QN_ESTALE: JSON Pointers of what both sides changed */
    size_t nconflicts;
    const qn_faults *faults;
    const char *allowed;   /**< with QN_ESTATE: JSON array text of the actions open from here */
    qn_str taken_by;       /**< with QN_EEXIST: id of the entry that has it */
    const char *taken;     /**< and "slug" or "id" */
    const char *detail;    /**< a sentence for people, or NULL */
    const qn_refusal *refusal; /**< with QN_EDENIED: a guard said no, and this is what is told; or NULL */
    bool maybe_done;       /**< with QN_EUNAVAIL or QN_ETIMEOUT: the write may have happened */
    bool apart;            /**< live: read from a standby while the primary is away: see qn_res_apart, */
    uint64_t known;        /**< which gets this */
} qn_answer;

typedef void (*qn_answer_fn)(void *ctx, const qn_answer *a);

/** `ref` below is an id or a slug (a present one of the view, or a former one for LIVE). All return 0 or QN_EBUSY,
 * QN_EUNAVAIL, QN_ENOMEM at once; then `fn` is not called. Otherwise `fn` is called exactly once, perhaps before the
 * call returns. */
int qn_store_get(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref, const char *locale,
                 qn_view view, qn_answer_fn fn, void *ctx);
/** Creates a draft. `import`: a made slug that is taken is QN_EEXIST instead of getting a suffix. `note` may be NULL.
 */
int qn_store_create(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, const json_t *input,
                    bool import, const char *note, qn_answer_fn fn, void *ctx);
/** PATCH or PUT. `expect`: the version that the caller has seen, 0: whatever is there (If-Match: *), negative: one that
 *  never was (stale in any case). */
int qn_store_change(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                    const char *locale, qn_draft_mode mode, const json_t *input, int expect, qn_answer_fn fn,
                    void *ctx);
/** `at_us`: microseconds since the epoch, INT64_MIN: none given. `expect` 0: not given. */
int qn_store_transition(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                        const char *locale, const char *action, int64_t at_us, const char *note, int expect,
                        qn_answer_fn fn, void *ctx);
/** To the trash; answer without json. QN_ESTATE while it is live. `purge` erases it with its revisions. */
int qn_store_delete(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                    const char *locale, int expect, bool purge, qn_answer_fn fn, void *ctx);
/** One revision `n` of the history as an object `{"version","action","created_at","created_by","note","entry":{…}}` in
 * `json`. */
int qn_store_revision(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                      const char *locale, int n, qn_answer_fn fn, void *ctx);

/* ---- lists ------------------------------------------------------------------------------------------------------- */

/** One condition of the filter tree. */
typedef enum { QN_OP_EQ, QN_OP_IN } qn_op;
typedef enum { QN_NODE_AND, QN_NODE_OR, QN_NODE_NOT, QN_NODE_COND } qn_node_kind;
typedef struct qn_filter qn_filter;
struct qn_filter {
    qn_node_kind kind;
    qn_filter *children; /**< of AND, OR, NOT */
    size_t nchildren;
    const char *field; /**< of a condition: a system member (id slug locale tags …) or a field of the type */
    qn_op op;
    const qn_str *values; /**< as the client gave them: text */
    size_t nvalues;
    const char *origin; /**< where it stands, for faults: "?filter[tags][_in]" */
};

typedef struct {
    const char *field; /**< "published_at", "created_at", "title" */
    bool descending;
} qn_sort;

typedef struct {
    qn_view view;
    const char *locale;      /**< NULL: any */
    const qn_filter *filter; /**< NULL: none */
    const qn_sort *sort;
    size_t nsort;         /**< 0: -published_at for LIVE, -created_at for DRAFT */
    unsigned limit;       /**< 1–200 */
    qn_str after, before; /**< cursors of ours, at most one given; absent slice: none */
} qn_list_query;

typedef struct {
    int err;      /**< as in qn_answer */
    qn_str items; /**< a JSON array */
    size_t n;
    qn_str next, prev; /**< cursors (URL-safe characters), absent slice: there is none */
    int64_t valid_ms;
    int64_t modified_s; /**< newest of the page; 0 when empty */
    bool apart;         /**< as in qn_answer */
    uint64_t known;
    /** Of a list of what is live that is about tags: nothing else changes it than what has one of these before or after,
     * and what its items refer to. `ntags` 0: any entry of the type may. */
    const qn_str *tags, *reads;
    size_t ntags, nreads;
    const qn_faults
        *faults; /**< with QN_EINVAL: bad cursor, unknown field, ill-typed value; pointers like "?filter[x]" */
} qn_page;
typedef void (*qn_page_fn)(void *ctx, const qn_page *p);

/** A page of entries by keyset. An unknown or unfilterable field, a value that its kind cannot have, a bad cursor or
 * one of another sort order are QN_EINVAL (all of them at once). */
int qn_store_list(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, const qn_list_query *q,
                  qn_page_fn fn, void *ctx);
/** The history of one entry, newest first: objects as of qn_store_revision without "entry". err QN_ENOTFOUND. */
int qn_store_revisions(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                       const char *locale, unsigned limit, qn_str after, qn_str before, qn_page_fn fn, void *ctx);
/** Tags by slug: `{"slug","name","kind","count"}`, counting what is live; with `drafts` those of working copies too. */
int qn_store_tags(qn_store *s, qn_arena *a, bool drafts, unsigned limit, qn_str after, qn_str before, qn_page_fn fn,
                  void *ctx);

#endif
