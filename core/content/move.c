/* What happens to an entry as a whole: its transitions, and its end. */
#include "content/store_impl.h"

static const qn_stmt stmt_transition = {
    "entry_transition", "SELECT * FROM entry_transition($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
};
static const qn_stmt stmt_delete = {
    "entry_delete", "SELECT * FROM entry_delete($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
};

static qn_job *new_move(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_answer_fn fn,
                        void *ctx)
{
    qn_job *j = qn_job_new(sizeof *j, s, a, scope, type, fn, ctx);
    if (!j) return NULL;
    j->lane = QN_LANE_WRITE;
    j->row = qn_job_written_row;
    return j;
}

static int add_path(qn_job *j, qn_str ref, const char *locale)
{
    qn_params_z(&j->params, j->type->name);
    int err = qn_params_ref(&j->params, ref);
    return err ? err : qn_params_locale(&j->params, locale);
}

static int send_or_refuse(qn_job *j, int err)
{
    qn_params_names(&j->params, j->scope->all);
    qn_params_names(&j->params, j->scope->own);
    if (!err) return qn_job_send(j);
    qn_job_end(j, err);
    return QN_OK;
}

int qn_store_transition(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                        const char *locale, const char *action, int64_t at_us, const char *note, int expect,
                        qn_answer_fn fn, void *ctx)
{
    qn_job *j = new_move(s, a, scope, type, fn, ctx);
    if (!j) return QN_ENOMEM;
    j->stmt = &stmt_transition;
    int err = add_path(j, ref, locale);
    qn_params_z(&j->params, action);
    qn_params_time(&j->params, at_us);
    qn_params_z(&j->params, note);
    qn_params_int(&j->params, expect);
    qn_params_z(&j->params, scope->user);
    qn_params_bool(&j->params, scope->live);
    qn_params_int(&j->params, scope->drafts);
    return send_or_refuse(j, err);
}

int qn_store_delete(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                    const char *locale, int expect, bool purge, qn_answer_fn fn, void *ctx)
{
    qn_job *j = new_move(s, a, scope, type, fn, ctx);
    if (!j) return QN_ENOMEM;
    j->stmt = &stmt_delete;
    int err = add_path(j, ref, locale);
    qn_params_int(&j->params, expect);
    qn_params_bool(&j->params, purge);
    qn_params_bool(&j->params, scope->purge);
    qn_params_z(&j->params, scope->user);
    qn_params_bool(&j->params, scope->live);
    qn_params_int(&j->params, scope->drafts);
    qn_params_int(&j->params, scope->remove);
    return send_or_refuse(j, err);
}
