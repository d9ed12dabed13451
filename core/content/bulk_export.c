/* Entries to lines, page by page. */
#include <string.h>

#include "base/uuid.h"
#include "content/bulk.h"
#include "content/store_impl.h"

/* How many entries are looked at for a page: about as many as the last one had room for. */
enum { FIRST_ROWS = 32, MOST_ROWS = 1000 };

static const qn_stmt stmt_page = { "export_page", "SELECT id, line FROM export_page($1, $2, $3, $4)" };

struct qn_export {
    qn_store *s;
    const char *const *types;
    qn_arena *page; /* of the page under way */
    char after[QN_UUID_BYTES];
    size_t bytes, rows;
    int tries;
    qn_export_fn fn;
    void *ctx;
};

static void drop(void *ctx)
{
    qn_export *x = ctx;
    qn_arena_free(&x->page);
}

int qn_export_new(qn_export **out, qn_store *s, qn_arena *a, const char *const *types)
{
    qn_export *x = qn_arena_calloc(a, 1, sizeof *x);
    if (!x || qn_arena_defer(a, drop, x)) return QN_ENOMEM;
    x->s = s;
    x->types = types;
    x->rows = FIRST_ROWS;
    *out = x;
    return QN_OK;
}

static int ask(qn_export *x);

static void came(void *ctx, const qn_db_result *r)
{
    qn_export *x = ctx;
    qn_export_page p = { .err = QN_OK, .n = (size_t)r->rows };
    bool retry = false;
    if (r->err) {
        p.err = qn_store_dberr(r, &stmt_page, &retry);
        p.n = 0;
        if (retry && ++x->tries < 3 && ask(x) == QN_OK) return;
        x->fn(x->ctx, &p);
        return;
    }
    qn_str *lines = qn_arena_calloc(x->page, p.n + 1, sizeof *lines);
    if (!lines) {
        p = (qn_export_page){ .err = QN_ENOMEM };
        x->fn(x->ctx, &p);
        return;
    }
    for (size_t i = 0; i < p.n; i++) lines[i] = qn_db_value(r, (int)i, 1);
    if (p.n) memcpy(x->after, qn_db_value(r, (int)p.n - 1, 0).p, QN_UUID_BYTES);
    x->rows = p.n == x->rows ? x->rows * 2 : p.n + p.n / 4 + 8;
    if (x->rows > MOST_ROWS) x->rows = MOST_ROWS;
    p.lines = lines;
    p.last = p.n == 0;
    x->fn(x->ctx, &p);
}

static int ask(qn_export *x)
{
    size_t n = 0;
    while (x->types[n]) n++;
    qn_params params = { .arena = x->page };
    qn_params_texts(&params, x->types, n);
    qn_params_z(&params, x->after[0] ? x->after : NULL);
    qn_params_int(&params, (int64_t)x->rows);
    qn_params_int(&params, (int64_t)x->bytes);
    if (params.failed) return QN_ENOMEM;
    qn_db_query q = { .lane = QN_LANE_SLOW, .stmt = &stmt_page, .params = params.v, .nparams = params.n };
    return qn_db_call(x->s->db, x->page, &q, came, x);
}

int qn_export_next(qn_export *x, size_t bytes, qn_export_fn fn, void *ctx)
{
    /* The page before is let go of only now: its reader may have stood on it. */
    qn_arena_free(&x->page);
    x->page = qn_arena_new(0);
    if (!x->page) return QN_ENOMEM;
    x->bytes = bytes;
    x->fn = fn;
    x->ctx = ctx;
    x->tries = 0;
    return ask(x);
}
