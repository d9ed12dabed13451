/* A call about one entry: its statement, the row that comes back, the answer. */
#include <stdio.h>
#include <string.h>

#include "content/store_impl.h"
#include "db/tx.h"

/* A statement that lost against another one (deadlock, serialization, a plan that changed) is sent again so many times.
 */
enum { DB_TRIES = 3 };

/* ---- making and ending ------------------------------------------------------------------------------------------- */

static void drop_types(void *job)
{
    qn_types_unref(&((qn_job *)job)->types);
}

void *qn_job_new(size_t bytes, qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_answer_fn fn,
                 void *ctx)
{
    qn_job *j = qn_arena_alloc(a, bytes);
    if (!j || qn_arena_defer(a, drop_types, j)) return NULL;
    j->s = s;
    j->arena = j->step = j->params.arena = j->faults.arena = a;
    j->scope = scope;
    j->type = type;
    j->fn = fn;
    j->ctx = ctx;
    j->row = qn_job_answer_row;
    return j;
}

int qn_job_types(qn_job *j)
{
    qn_types *now = qn_store_types(j->s);
    if (!now) return QN_EUNAVAIL;
    const qn_type *t = qn_types_by_name(now, qn_str_of(j->type->name));
    if (!t) return QN_ENOTFOUND;
    now = qn_types_ref(now);
    qn_types_unref(&j->types);
    j->types = now;
    j->type = t;
    return QN_OK;
}

void qn_job_end(qn_job *j, int err)
{
    j->answer.err = err;
    if (j->faults.n) j->answer.faults = &j->faults;
    j->fn(j->ctx, &j->answer);
}

/* ---- the statement ----------------------------------------------------------------------------------------------- */

int qn_store_dberr(const qn_db_result *r, const qn_stmt *stmt, bool *retry)
{
    const char *s = r->sqlstate;
    *retry = false;
    if (r->err != QN_EDB) return r->err;
    if (!strcmp(s, "40001") || !strcmp(s, "40P01")) {
        *retry = true;
        return QN_EBUSY;
    }
    if (!strcmp(s, "57014") || !strcmp(s, "55P03")) return QN_ETIMEOUT; /* canceled; lock_timeout */
    if (!strncmp(s, "57P", 3) || !strcmp(s, "25006") || !strcmp(s, "53300"))
        return QN_EUNAVAIL; /* going down; a standby; full */
    if (strcmp(s, "23505") != 0) qn_db_log(stmt ? stmt->name : "of a list", r);
    return !strncmp(s, "53", 2) ? QN_EUNAVAIL : QN_EDB; /* no room on its disk or in its memory, for now */
}

void qn_apart_add(bool *apart, uint64_t *known, const qn_db_result *r)
{
    if (!*apart || r->known < *known) *known = r->known;
    *apart = true;
}

static void came(void *ctx, const qn_db_result *r)
{
    qn_job *j = ctx;
    if (r->apart) qn_apart_add(&j->answer.apart, &j->answer.known, r);
    if (!r->err && r->rows == 1) {
        j->row(j, r, qn_db_value(r, 0, QN_COL_CODE));
        return;
    }
    if (!r->err && r->rows == 0) {
        j->answer.valid_ms = -1;
        if (j->none)
            j->none(j);
        else
            qn_job_end(j, QN_ENOTFOUND);
        return;
    }
    bool retry = false;
    int err = r->err ? qn_store_dberr(r, j->stmt, &retry) : QN_EDB;
    if (retry && ++j->db_tries < DB_TRIES) {
        qn_job_go_on(j);
        return;
    }
    if (err == QN_EDB && r->constraint && !strcmp(r->constraint, "entry_pkey")) {
        /* Two creates of one id at the same moment: the function saw neither. */
        j->answer.taken = "id";
        j->answer.taken_by = j->answer.id;
        err = QN_EEXIST;
    }
    j->answer.maybe_done = r->maybe_done;
    qn_job_end(j, err);
}

int qn_job_send(qn_job *j)
{
    if (j->params.failed) return QN_ENOMEM;
    qn_db_query q = { .lane = j->lane,
                      .stmt = j->stmt,
                      .params = j->params.v,
                      .nparams = j->params.n,
                      .each = j->each,
                      .joined = j->joined,
                      .standby = j->standby };
    return qn_db_call(j->s->db, j->step, &q, came, j);
}

void qn_job_go_on(qn_job *j)
{
    int err = qn_job_send(j);
    if (err) qn_job_end(j, err);
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

static int err_of(qn_str code)
{
    static const struct {
        const char *code;
        int err;
    } table[] = { { "ok", QN_OK },        { "notfound", QN_ENOTFOUND }, { "denied", QN_EDENIED },
                  { "stale", QN_ESTALE }, { "type", QN_ECANCELED },     { "exists", QN_EEXIST },
                  { "refs", QN_EINVAL },  { "state", QN_ESTATE },       { "action", QN_EINVAL },
                  { "at", QN_EINVAL } };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (qn_str_eqz(code, table[i].code)) return table[i].err;
    return QN_EDB;
}

/* A copy that outlives the result of a step. */
static qn_str keep(qn_job *j, const qn_db_result *r, int col)
{
    qn_str v = qn_db_value(r, 0, col);
    if (!v.p || j->step == j->arena) return v;
    char *copy = qn_str_dup(j->arena, v);
    return copy ? (qn_str){ copy, v.n } : (qn_str){ 0 };
}

int qn_job_take(qn_job *j, const qn_db_result *r, qn_str code)
{
    qn_answer *a = &j->answer;
    a->json = keep(j, r, QN_COL_DOC);
    if (qn_db_value(r, 0, QN_COL_ID).p) a->id = keep(j, r, QN_COL_ID);
    a->slug = keep(j, r, QN_COL_SLUG);
    a->version = (int)qn_db_int(r, 0, QN_COL_VERSION, 0);
    a->etag = keep(j, r, QN_COL_ETAG);
    a->modified_s = qn_db_int(r, 0, QN_COL_MODIFIED, 0);
    a->valid_ms = qn_db_int(r, 0, QN_COL_VALID, -1);
    a->preceded = qn_db_bool(r, 0, QN_COL_PRECEDED); /* a transaction's number is no truth value */
    a->moved_to = keep(j, r, QN_COL_MOVED);
    if (a->moved_to.p) a->json = a->etag = (qn_str){ 0 };
    qn_str taken = qn_db_value(r, 0, QN_COL_TAKEN);
    a->taken = qn_str_eqz(taken, "id") ? "id" : taken.p ? "slug" : NULL;
    a->taken_by = keep(j, r, QN_COL_TAKEN_BY);
    a->allowed = keep(j, r, QN_COL_ALLOWED).p;
    qn_str *reads;
    if (qn_array_read(&reads, &a->nreads, j->arena, keep(j, r, QN_COL_READS))) return QN_ENOMEM;
    a->reads = reads;
    if (qn_str_eqz(code, "action"))
        qn_fault_add(&j->faults, false, "/action", "unknown_action", "there is no such transition; there are %s",
                     a->allowed ? a->allowed : "none");
    if (qn_str_eqz(code, "at"))
        qn_fault_add(&j->faults, false, "/at", "not_taken", "this transition happens at once, it takes no time");
    return err_of(code);
}

void qn_job_refuse(qn_job *j, const qn_refusal *no)
{
    j->answer.json = (qn_str){ 0 };
    j->answer.refusal = no;
    qn_job_end(j, QN_EDENIED);
}

void qn_job_answer_row(qn_job *j, const qn_db_result *r, qn_str code)
{
    qn_job_end(j, qn_job_take(j, r, code));
}

static void move_epochs(qn_job *j)
{
    const qn_db_result *r = j->written;
    qn_str *tags;
    size_t n;
    char name[256];
    qn_shm *shm = j->s->shm;
    snprintf(name, sizeof name, "entry:%.*s", QN_FMT(j->answer.id));
    qn_epoch_bump(shm, qn_str_of(name));
    snprintf(name, sizeof name, "type:%s", j->type->name);
    qn_epoch_bump(shm, qn_str_of(name));
    if (qn_array_read(&tags, &n, j->arena, qn_db_value(r, 0, QN_COL_TOUCHED))) n = 0;
    for (size_t i = 0; i < n; i++) {
        snprintf(name, sizeof name, "tag:%.*s", QN_FMT(tags[i]));
        qn_epoch_bump(shm, qn_str_of(name));
    }
    uint64_t xid; /* behind them: whoever reads it finds them moved */
    if (qn_str_u64(&xid, qn_db_value(r, 0, QN_COL_XID), 1, UINT64_MAX) == QN_OK) qn_shm_tell(shm, xid);
}

/* Tells this node at once what a write touched; the rest hears of it from the outbox. */
static void tell(void *job)
{
    qn_job *j = job;
    if (!j->of_a_draft) move_epochs(j);
    qn_shm_wrote(j->s->shm);
}

void qn_job_written_row(qn_job *j, const qn_db_result *r, qn_str code)
{
    int err = qn_job_take(j, r, code);
    j->written = r;
    if (!err && j->s->shm) qn_tx_after(j->arena, tell, j);
    qn_job_end(j, err);
}
