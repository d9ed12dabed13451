/**
 * What the files behind store.h share. Nobody else includes this.
 */
#ifndef QN_CONTENT_STORE_IMPL_H
#define QN_CONTENT_STORE_IMPL_H

#include "base/await.h"
#include "base/buf.h"
#include "content/store.h"

struct qn_store {
    qn_loop *loop;
    qn_db *db;
    qn_shm *shm;           /**< or NULL */
    const qn_guard *guard; /**< or NULL */
    qn_types *types;       /**< or NULL before they were read */
    uint64_t types_epoch;  /**< of shm when they were asked for */
    uint64_t loaded_epoch; /**< the same of `types` */
    qn_awaiting *waiting;  /**< for the present types */
    bool loading;
    bool said;            /**< that they cannot be read */
    qn_arena *load_arena; /**< of the question under way */
    qn_timer *load_timer; /**< asks again */
};

/** The types in order of name, one row `{"name","collection","version","fields"}` each. */
extern const qn_stmt qn_stmt_types;
/** What the public gets of one entry, by [id][with a locale]: parameters type, slug or id, locale. */
extern const qn_stmt qn_stmt_live[2][2];
/** Takes what qn_stmt_types gave as the present set. QN_EDB (logged) when it cannot be. */
int qn_store_types_take(qn_store *s, const qn_db_result *r);

/** The text of `p`, a row of published, at this moment, where `r` is what its references say. Most often all of them
 * are live, and the text is a concatenation; else a function cuts out those that are not. */
#define QN_LIVE_DOC                                                                                                    \
    "coalesce(p.doc, CASE WHEN r.live = cardinality(p.ref_target)"                                                     \
    " THEN published_whole(p.parts, p.gap_many, p.ref_gap, p.ref_target) END,"                                         \
    " published_cut(p.parts, p.gap_many, p.ref_gap, p.ref_target))"
/** How many of them are live, when one of them last changed and when one will next. (An entry is never live twice.) */
#define QN_LIVE_REFERENCES                                                                                             \
    "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE q.publish_at <= now() AND q.until > now()) AS live,"            \
    " max(CASE WHEN q.until <= now() THEN q.until WHEN q.publish_at <= now() THEN q.publish_at END) AS changed,"       \
    " min(CASE WHEN q.publish_at > now() THEN q.publish_at WHEN q.until > now() THEN q.until END) AS changes"          \
    " FROM unnest(p.ref_target) t(id) JOIN published q ON q.entry = t.id) r"

/* ---- parameters of a statement ----------------------------------------------------------------------------------- */

enum { QN_PARAMS_MAX = 320 };

/** Gathers parameters in order; zero it, set the arena, look at `failed` once at the end. */
typedef struct {
    qn_arena *arena;
    qn_str *v; /**< arena */
    int n, cap;
    bool failed; /**< out of memory, or too many */
} qn_params;

void qn_params_str(qn_params *p, qn_str s);    /**< borrows; absent slice: NULL */
void qn_params_z(qn_params *p, const char *s); /**< borrows; NULL: SQL's NULL */
void qn_params_int(qn_params *p, int64_t i);
void qn_params_bool(qn_params *p, bool b);
void qn_params_time(qn_params *p, int64_t wall_us); /**< INT64_MIN: NULL */
/** A time with its microseconds as the database reads it; arena memory, NULL when out of memory. */
const char *qn_time_text(qn_arena *a, int64_t wall_us);
void qn_params_json(qn_params *p, const json_t *v);
/** An array of texts; NULL items are NULL elements. */
void qn_params_texts(qn_params *p, const char *const *items, size_t n);
/** The same from a NULL-terminated list, which may be NULL. */
void qn_params_names(qn_params *p, const char *const *items);
/** Two parameters, the id and the slug that `ref` may be, one of them NULL; QN_ENOTFOUND when it can be neither. */
int qn_params_ref(qn_params *p, qn_str ref);
/** A locale or NULL; QN_ENOTFOUND when no entry can have it. */
int qn_params_locale(qn_params *p, const char *locale);

/** `{a,b}` as PostgreSQL shows an array of ids, slugs or numbers: its items, arena memory. QN_ENOMEM. */
int qn_array_read(qn_str **items, size_t *n, qn_arena *arena, qn_str text);

/** Where an edge of the draft stands, as a JSON Pointer; arena memory, NULL when out of memory. */
const char *qn_edge_pointer(qn_arena *a, const qn_draft *d, const qn_edge *e);

/* ---- a call about one entry -------------------------------------------------------------------------------------- */

/** What a database error means to a caller: QN_EUNAVAIL, QN_ETIMEOUT or QN_EDB (logged). `retry`: the same statement
 * may succeed now. */
int qn_store_dberr(const qn_db_result *r, const qn_stmt *stmt, bool *retry);

/** Notes that a part of an answer came so (r->apart). */
void qn_apart_add(bool *apart, uint64_t *known, const qn_db_result *r);

typedef struct qn_job qn_job;
struct qn_job {
    qn_store *s;
    qn_arena *arena;
    const qn_scope *scope;
    const qn_type *type;
    qn_types *types; /**< the set that `type` is of; a reference of its own */
    qn_answer answer;
    qn_faults faults;
    qn_answer_fn fn;
    void *ctx;
    /* the statement under way */
    qn_arena *step; /**< its memory; `arena` itself, or an arena that ends before it */
    qn_lane lane;
    const qn_stmt *stmt;
    int each;              /**< of qn_db_query, */
    const qn_stmt *joined; /**< and this too, */
    bool standby;          /**< and this */
    qn_params params;
    void (*row)(qn_job *j, const qn_db_result *r, qn_str code); /**< gets the row of type entry_answer */
    void (*none)(qn_job *j);                                    /**< no row came; NULL: that is "not found" */
    int db_tries;
    bool of_a_draft;             /**< it writes what no kept answer shows */
    const qn_db_result *written; /**< by it; borrows */
};

/** The columns of entry_answer (sql/), in their order. */
enum {
    QN_COL_CODE,
    QN_COL_DOC,
    QN_COL_ID,
    QN_COL_SLUG,
    QN_COL_VERSION,
    QN_COL_ETAG,
    QN_COL_MODIFIED,
    QN_COL_VALID,
    QN_COL_MOVED,
    QN_COL_TAKEN,
    QN_COL_TAKEN_BY,
    QN_COL_ALLOWED,
    QN_COL_MISSING,
    QN_COL_TOUCHED,
    QN_COL_BASE,
    QN_COL_READS,
    QN_COL_XID,                  /**< of the transaction; only of writes of what readers see */
    QN_COL_PRECEDED = QN_COL_XID /**< only of reads of that */
};

/** Makes a job of at least sizeof(qn_job) zeroed bytes. Arena. NULL when out of memory. */
void *qn_job_new(size_t bytes, qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_answer_fn fn,
                 void *ctx);
/** Takes the present set of types. QN_EUNAVAIL before one was read, QN_ENOTFOUND when the type is gone. */
int qn_job_types(qn_job *j);
/** Sends the job's statement; its row goes to `row`, an error to the caller. As qn_db_call. */
int qn_job_send(qn_job *j);
/** The same inside a callback: what fails at once becomes the answer. */
void qn_job_go_on(qn_job *j);
/** Fills the answer from the row and returns what the code means; QN_EINVAL without faults for 'refs', QN_ESTALE,
 * QN_ECANCELED for 'type'. */
int qn_job_take(qn_job *j, const qn_db_result *r, qn_str code);
/** A `row` that answers with what qn_job_take says. */
void qn_job_answer_row(qn_job *j, const qn_db_result *r, qn_str code);
/** The same for writes: what is acknowledged is told to this node first. */
void qn_job_written_row(qn_job *j, const qn_db_result *r, qn_str code);
/** Answers; the job and its arena may be gone afterwards. */
void qn_job_end(qn_job *j, int err);
/** Answers with a guard's no. */
void qn_job_refuse(qn_job *j, const qn_refusal *no);
/** A `row` that readers get: as qn_job_answer_row, after the guard has looked at it. */
void qn_job_render_row(qn_job *j, const qn_db_result *r, qn_str code);

/** A value that the database gave as text, freed with `a`. QN_EDB when it is none, QN_ENOMEM. */
int qn_store_parse(json_t **out, qn_arena *a, qn_str text);
/** `v` as text, and a strong entity tag of it: "p<version>-…" for an entry, else of the text alone. Arena. QN_ENOMEM.
 */
int qn_store_print(qn_str *out, qn_arena *a, const json_t *v);

#endif
