/* Queries of plugins, on the host's lanes. */
#include <stdio.h>
#include <string.h>

#include "plugin/host.h"

enum { PARAMS_MAX = 64, STATEMENTS_MAX = 256 };

typedef void (*rows_fn)(qn_call *call, int err, const qn_rows *rows, void *ctx);

struct qn_rows {
    qn_pcall *call;
    const qn_db_result *r; /* NULL: canceled */
};

typedef struct {
    qn_wait wait; /* first */
    rows_fn fn;
    void *ctx;
    qn_rows rows;
    bool over;
} query;

/* The text of a statement that was seen before has its name already. A list is enough: a plugin has a few dozen. */
typedef struct statement statement;
struct statement {
    statement *next;
    const qn_plugin *plugin;
    qn_stmt stmt;
};
static statement *statements;
static unsigned nstatements;

static const qn_stmt *named(qn_plugin *p, const char *sql)
{
    for (const statement *s = statements; s; s = s->next)
        if (s->plugin == p && !strcmp(s->stmt.sql, sql)) return &s->stmt;
    if (nstatements == STATEMENTS_MAX) return NULL;
    statement *s = qn_arena_calloc(p->host->arena, 1, sizeof *s);
    if (!s) return NULL;
    s->plugin = p;
    s->stmt.name = qn_arena_printf(p->host->arena, "p_%s_%u", p->name, nstatements);
    s->stmt.sql = qn_arena_strdup(p->host->arena, sql);
    if (!s->stmt.name || !s->stmt.sql) return NULL;
    if (++nstatements == STATEMENTS_MAX)
        qn_warn("plugin %s: %d different statements so far: is a text put together from input? Further ones are not "
                "prepared",
                p->name, STATEMENTS_MAX);
    s->next = statements;
    statements = s;
    return &s->stmt;
}

void qn_statements_forget(void)
{
    statements = NULL;
    nstatements = 0;
}

static void answered(void *ctx, const qn_db_result *r)
{
    query *q = ctx;
    if (q->over) return; /* the call ended before its arena did */
    qn_pcall *c = q->wait.call;
    qn_frame f;
    qn_wait_done(&q->wait);
    q->rows.r = r;
    if (r->err)
        qn_log(QN_LOG_WARN, c->request, "plugin %s: %s: the database: %s", c->plugin->name, c->reg->place,
               r->message ? r->message : qn_strerror(r->err));
    if (c->req) qn_req_log_db_us(c->req, r->db_us);
    if (!qn_reenter(&f, c)) return;
    q->fn(qn_pcall_handle(c), r->err, &q->rows, q->ctx);
    qn_leave(&f);
}

static void canceled(qn_wait *w)
{
    query *q = (query *)w;
    qn_frame f;
    q->over = true;
    if (!qn_enter(&f, w->call->plugin, w->call->reg->place, w->call->request)) return;
    q->fn(qn_pcall_handle(w->call), QN_ECANCELED, &q->rows, q->ctx);
    qn_leave(&f);
}

static int db_query(qn_call *handle, const qn_query_spec *theirs, rows_fn fn, void *ctx)
{
    qn_query_spec spec;
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || !c->plugin->host->env.db) return QN_ESTATE;
    if (!(c->plugin->desc.needs & QN_CAP_DB)) {
        qn_warn("plugin %s: a query in %s is refused: `needs` in QN_PLUGIN(…) lacks QN_CAP_DB", c->plugin->name,
                c->reg->place);
        return QN_EDENIED;
    }
    if (!QN_SPEC_TAKE(spec, theirs, timeout_ms) || !fn || !spec.sql || spec.nparams < 0 || spec.nparams > PARAMS_MAX ||
        spec.timeout_ms < 0)
        return QN_EINVAL;
    static const qn_lane lanes[] = {
        [QN_DB_READ] = QN_LANE_SLOW, [QN_DB_KEYED] = QN_LANE_READ, [QN_DB_WRITE] = QN_LANE_WRITE
    };
    if ((unsigned)spec.kind >= sizeof lanes / sizeof *lanes) return QN_EINVAL;
    for (int32_t i = 0; i < spec.nparams; i++)
        if (spec.params[i].p && memchr(spec.params[i].p, '\0', spec.params[i].n)) return QN_EINVAL;
    query *q = qn_arena_calloc(c->arena, 1, sizeof *q);
    if (!q) return QN_ENOMEM;
    q->fn = fn;
    q->ctx = ctx;
    q->rows.call = c;
    const qn_stmt *stmt = named(c->plugin, spec.sql);
    qn_db_query d = { .lane = lanes[spec.kind],
                      .stmt = stmt,
                      .sql = stmt ? NULL : spec.sql,
                      .params = spec.params,
                      .nparams = spec.nparams,
                      .timeout_ms = spec.timeout_ms };
    qn_wait_add(&q->wait, c, canceled);
    int rc = qn_db_call(c->plugin->host->env.db, c->arena, &d, answered, q);
    if (rc) qn_wait_done(&q->wait);
    return rc;
}

static int32_t rows_count(const qn_rows *rows)
{
    return rows && rows->r ? rows->r->rows : 0;
}

static bool has(const qn_rows *rows, int32_t row, int32_t col)
{
    return rows && rows->r && rows->r->res && row >= 0 && col >= 0 && row < rows->r->rows && col < rows->r->cols;
}

static qn_str rows_value(const qn_rows *rows, int32_t row, int32_t col)
{
    return has(rows, row, col) ? qn_db_value(rows->r, row, col) : (qn_str){ 0 };
}

static int64_t rows_int(const qn_rows *rows, int32_t row, int32_t col, int64_t if_null)
{
    int64_t n;
    return qn_str_i64(&n, rows_value(rows, row, col)) ? if_null : n;
}

static const char *rows_sqlstate(const qn_rows *rows)
{
    return rows && rows->r && rows->r->err == QN_EDB ? rows->r->sqlstate : "";
}

void qn_fill_db(qn_api *t)
{
    t->db_query = db_query;
    t->rows_count = rows_count;
    t->rows_value = rows_value;
    t->rows_int = rows_int;
    t->rows_sqlstate = rows_sqlstate;
}
