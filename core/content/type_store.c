/* Making a type. */
#include <stdio.h>

#include "base/json.h"
#include "content/store_impl.h"
#include "db/tx.h"

static const qn_stmt stmt_create = { "type_create",
                                     "SELECT * FROM type_create($1, $2, ($3::jsonb) -> 'fields', $4, $5)" };

typedef struct {
    qn_store *s;
    qn_arena *arena;
    qn_type type;
    qn_type_answer answer;
    qn_type_answer_fn fn;
    void *ctx;
} type_job;

static void clear(void *job)
{
    qn_type_clear(&((type_job *)job)->type);
}

/* Every worker of the node reads its types again before it answers anything that depends on them. */
static void tell(void *job)
{
    const type_job *j = job;
    char name[64];
    snprintf(name, sizeof name, "type:%s", j->type.name);
    atomic_fetch_add(&j->s->shm->node.types_epoch, 1);
    qn_epoch_bump(j->s->shm, qn_str_of(name));
    qn_epoch_bump(j->s->shm, QN_STR("types"));
    qn_shm_wrote(j->s->shm);
}

static void came(void *ctx, const qn_db_result *r)
{
    type_job *j = ctx;
    qn_type_answer *a = &j->answer;
    bool retry;
    qn_str code = r->err ? (qn_str){ 0 } : qn_db_value(r, 0, 0);
    a->maybe_done = r->maybe_done;
    a->taken_name = qn_db_value(r, 0, 1);
    a->taken_collection = qn_db_value(r, 0, 2);
    if (r->err)
        a->err = qn_store_dberr(r, &stmt_create, &retry);
    else if (qn_str_eqz(code, "ok"))
        a->err = QN_OK;
    else if (qn_str_eqz(code, "full"))
        a->err = QN_ELIMIT;
    else
        a->err = QN_EEXIST;
    if (!a->err && j->s->shm) qn_tx_after(j->arena, tell, j);
    j->fn(j->ctx, a);
}

int qn_store_type_create(qn_store *s, qn_arena *a, const char *user, const json_t *definition, qn_type_answer_fn fn,
                         void *ctx)
{
    type_job *j = qn_arena_calloc(a, 1, sizeof *j);
    qn_faults *faults = qn_arena_calloc(a, 1, sizeof *faults);
    if (!j || !faults || qn_arena_defer(a, clear, j)) return QN_ENOMEM;
    *j = (type_job){ .s = s, .arena = a, .fn = fn, .ctx = ctx, .answer = { .type = &j->type } };
    faults->arena = a;
    int err = qn_type_check_new(&j->type, definition, faults);
    if (err == QN_EINVAL) {
        j->answer.err = err;
        j->answer.faults = faults;
        fn(ctx, &j->answer);
        return QN_OK;
    }
    if (err) return err;
    qn_params p = { .arena = a };
    qn_params_z(&p, j->type.name);
    qn_params_z(&p, j->type.collection);
    qn_params_z(&p, j->type.json);
    qn_params_int(&p, QN_TYPES_MAX);
    qn_params_z(&p, user);
    if (p.failed) return QN_ENOMEM;
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = &stmt_create, .params = p.v, .nparams = p.n };
    return qn_db_call(s->db, a, &q, came, j);
}
