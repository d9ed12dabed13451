/* What happens to an entry as a whole: its transitions, and its end. Before a publication and before the end the guard
 * is asked, about the very draft that is then published or deleted. */
#include "content/store_impl.h"

enum { RACE_TRIES = 20 /* the draft moved while the guard looked at it */ };

static const qn_stmt stmt_transition = {
    "entry_transition",
    "SELECT t.*, pg_current_xact_id() FROM entry_transition($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) t"
};
static const qn_stmt stmt_delete = {
    "entry_delete",
    "SELECT t.*, pg_current_xact_id() FROM entry_delete($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) t"
};
static const qn_stmt stmt_publishes = { "transition_publishes",
                                        "SELECT FROM transition WHERE action = $1 AND effect = 'publish' LIMIT 1" };

typedef struct move_job {
    qn_job j; /* first: a job is one of these */
    qn_guard_point point;
    qn_str ref;
    const char *locale, *action, *note;
    int64_t at_us;
    int expect; /* as the caller gave it */
    int seen;   /* the version that the guard was asked about, 0: it was not */
    bool purge;
    int tries;
    qn_scope system; /* reads the draft, whoever asks */
    json_t *entry;
    int (*send)(struct move_job *m);
} move_job;

static move_job *new_move(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_answer_fn fn,
                          void *ctx)
{
    move_job *m = qn_job_new(sizeof *m, s, a, scope, type, fn, ctx);
    if (m) m->j.lane = QN_LANE_WRITE;
    return m;
}

static int add_path(move_job *m)
{
    m->j.params = (qn_params){ .arena = m->j.arena };
    qn_params_z(&m->j.params, m->j.type->name);
    int err = qn_params_ref(&m->j.params, m->ref);
    return err ? err : qn_params_locale(&m->j.params, m->locale);
}

static int send_or_refuse(qn_job *j, int err)
{
    qn_params_names(&j->params, j->scope->all);
    qn_params_names(&j->params, j->scope->own);
    if (!err) return qn_job_send(j);
    qn_job_end(j, err);
    return QN_OK;
}

/* ---- past the guard --------------------------------------------------------------------------------------------- */

static void go_on(move_job *m, int err)
{
    if (!err) err = m->send(m);
    if (err) qn_job_end(&m->j, err);
}

static void let_pass(void *ctx, const qn_refusal *no)
{
    move_job *m = ctx;
    if (no)
        qn_job_refuse(&m->j, no);
    else
        go_on(m, QN_OK);
}

/* What is not there, or not to be had, gets the answer that the statement itself has for it. */
static void draft_came(void *ctx, const qn_answer *a)
{
    move_job *m = ctx;
    const qn_guard *g = m->j.s->guard;
    int err = a->err == QN_ENOTFOUND || a->err == QN_EDENIED ? QN_OK : a->err;
    if (a->err) {
        go_on(m, err);
        return;
    }
    err = qn_store_parse(&m->entry, m->j.arena, a->json);
    if (err) {
        qn_job_end(&m->j, err);
        return;
    }
    m->seen = a->version;
    g->ask(g->ctx, m->point, m->j.arena, &m->j.scope->who, m->j.type->name, m->entry, let_pass, m);
}

static int ask_guard(move_job *m)
{
    m->system = (qn_scope){ .live = true, .drafts = QN_REACH_ALL, .who = { .raw = true } };
    return qn_store_get(m->j.s, m->j.arena, &m->system, m->j.type, m->ref, m->locale, QN_VIEW_DRAFT, draft_came, m);
}

static void publishes_came(void *ctx, const qn_db_result *r)
{
    move_job *m = ctx;
    bool retry;
    int err = r->err ? qn_store_dberr(r, &stmt_publishes, &retry) : r->rows ? ask_guard(m) : m->send(m);
    if (err) qn_job_end(&m->j, err);
}

/* The draft that was looked at is the one that moves; where the caller did not name a version, a newer one is looked at
 * as well. */
static void moved(qn_job *j, const qn_db_result *r, qn_str code)
{
    move_job *m = (move_job *)j;
    bool again = m->seen && !m->expect && qn_str_eqz(code, "stale") && ++m->tries < RACE_TRIES;
    int err = again ? ask_guard(m) : QN_OK;
    if (!again)
        qn_job_written_row(j, r, code);
    else if (err)
        qn_job_end(j, err);
}

/* ---- the calls -------------------------------------------------------------------------------------------------- */

static int send_transition(move_job *m)
{
    qn_job *j = &m->j;
    const qn_scope *scope = j->scope;
    j->stmt = &stmt_transition;
    j->row = moved;
    int err = add_path(m);
    qn_params_z(&j->params, m->action);
    qn_params_time(&j->params, m->at_us);
    qn_params_z(&j->params, m->note);
    qn_params_int(&j->params, m->expect ? m->expect : m->seen);
    qn_params_z(&j->params, scope->user);
    qn_params_bool(&j->params, scope->live);
    qn_params_int(&j->params, scope->drafts);
    return send_or_refuse(j, err);
}

int qn_store_transition(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                        const char *locale, const char *action, int64_t at_us, const char *note, int expect,
                        qn_answer_fn fn, void *ctx)
{
    move_job *m = new_move(s, a, scope, type, fn, ctx);
    if (!m) return QN_ENOMEM;
    m->point = QN_GUARD_PUBLISH;
    m->ref = ref;
    m->locale = locale;
    m->action = action;
    m->at_us = at_us;
    m->note = note;
    m->expect = expect;
    m->send = send_transition;
    bool may = (scope->all && *scope->all) || (scope->own && *scope->own); /* else the statement says no */
    if (!may || !qn_store_guarded(s, m->point, type)) return m->send(m);
    const qn_str param = qn_str_of(action);
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &stmt_publishes, .params = &param, .nparams = 1 };
    return qn_db_call(s->db, a, &q, publishes_came, m);
}

static int send_delete(move_job *m)
{
    qn_job *j = &m->j;
    const qn_scope *scope = j->scope;
    j->stmt = &stmt_delete;
    j->row = moved;
    int err = add_path(m);
    qn_params_int(&j->params, m->expect ? m->expect : m->seen);
    qn_params_bool(&j->params, m->purge);
    qn_params_bool(&j->params, scope->purge);
    qn_params_z(&j->params, scope->user);
    qn_params_bool(&j->params, scope->live);
    qn_params_int(&j->params, scope->drafts);
    qn_params_int(&j->params, scope->remove);
    return send_or_refuse(j, err);
}

int qn_store_delete(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                    const char *locale, int expect, bool purge, qn_answer_fn fn, void *ctx)
{
    move_job *m = new_move(s, a, scope, type, fn, ctx);
    if (!m) return QN_ENOMEM;
    m->point = QN_GUARD_DELETE;
    m->ref = ref;
    m->locale = locale;
    m->expect = expect;
    m->purge = purge;
    m->send = send_delete;
    bool may = scope->remove != QN_REACH_NONE;
    return may && qn_store_guarded(s, m->point, type) ? ask_guard(m) : m->send(m);
}
