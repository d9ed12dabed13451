#include "content/page.h"

#include <string.h>

enum { DB_TRIES = 3 };

qn_page_job *qn_page_new(qn_store *s, qn_arena *a, qn_page_fn fn, void *ctx)
{
    qn_page_job *j = qn_arena_alloc(a, sizeof *j);
    if (!j) return NULL;
    j->s = s;
    j->arena = j->faults.arena = j->params.arena = a;
    j->lane = QN_LANE_SLOW;
    j->fn = fn;
    j->ctx = ctx;
    j->page.valid_ms = -1;
    return j;
}

void qn_page_end(qn_page_job *j, int err)
{
    j->page.err = err;
    if (j->faults.n) j->page.faults = &j->faults;
    j->fn(j->ctx, &j->page);
}

static void bad_cursor(qn_page_job *j, const char *detail)
{
    qn_fault_add(&j->faults, true, j->reverse ? "?before" : "?after", "cursor", "%s", detail);
}

int qn_page_bad_cursor(qn_page_job *j)
{
    bad_cursor(j, "this is not a cursor of ours; take it from a page's links as it is");
    return QN_EINVAL;
}

int qn_page_cursor(qn_page_job *j, qn_str after, qn_str before)
{
    j->cursor = after.p || before.p;
    j->reverse = before.p;
    if (!j->cursor) return QN_OK;
    int err = qn_cursor_read(j->keys, j->nkeys, j->arena, j->spec, after.p ? after : before);
    if (err == QN_EINVAL) return qn_page_bad_cursor(j);
    if (err == QN_ESTATE) {
        bad_cursor(j, "this cursor is of another list or of another order; begin without it");
        err = QN_EINVAL;
    }
    return err;
}

/* Cursors of a page whose walk came across `more` in its direction, and that has `other` ones behind it. */
static void add_cursors(qn_page_job *j, const qn_str *first, const qn_str *last, bool more, bool other)
{
    qn_page *p = &j->page;
    if (j->reverse ? other : more) p->next = qn_cursor_write(j->arena, j->spec, last, j->nkeys);
    if (j->reverse ? more : other) p->prev = qn_cursor_write(j->arena, j->spec, first, j->nkeys);
}

/* The rows in the order of the page. They come in the order of the walk, though nothing promises it. */
static void order_rows(int *row, const qn_page_job *j, const qn_db_result *r)
{
    for (int i = 0; i < r->rows; i++) {
        int64_t place = qn_db_int(r, i, QN_ROWS_PLACE, 0);
        int at = i;
        for (; at > 0 && qn_db_int(r, row[at - 1], QN_ROWS_PLACE, 0) > place; at--) row[at] = row[at - 1];
        row[at] = i;
    }
    for (int i = 0, k = r->rows - 1; j->reverse && i < k; i++, k--) {
        int other = row[i];
        row[i] = row[k];
        row[k] = other;
    }
}

/* The items as one array. */
static int join_items(qn_str *out, qn_arena *a, const qn_db_result *r, const int *row)
{
    size_t n = 1;
    for (int i = 0; i < r->rows; i++) n += qn_db_value(r, i, QN_ROWS_ITEM).n + 1;
    char *text = qn_arena_alloc_raw(a, n + 1), *at = text;
    if (!text) return QN_ENOMEM;
    *at++ = '[';
    for (int i = 0; i < r->rows; i++) {
        qn_str item = qn_db_value(r, row[i], QN_ROWS_ITEM);
        if (i) *at++ = ',';
        memcpy(at, item.p ? item.p : "", item.n);
        at += item.n;
    }
    *at++ = ']';
    *at = '\0';
    *out = (qn_str){ text, (size_t)(at - text) };
    return QN_OK;
}

static bool is_among(const qn_str *all, size_t n, qn_str one)
{
    for (size_t i = 0; i < n; i++)
        if (qn_str_eq(all[i], one)) return true;
    return false;
}

/* What the items refer to, each once. Where that is too much, the page depends on everything. */
static int take_reads(qn_page_job *j, const qn_db_result *r)
{
    qn_page *p = &j->page;
    if (!p->ntags) return QN_OK;
    qn_str *reads = qn_arena_calloc(j->arena, QN_ROWS_READS_MAX, sizeof *reads), *ids;
    size_t n;
    if (!reads) return QN_ENOMEM;
    p->reads = reads;
    for (int i = 0; i < r->rows; i++) {
        if (qn_array_read(&ids, &n, j->arena, qn_db_value(r, i, QN_ROWS_READS))) return QN_ENOMEM;
        for (size_t k = 0; k < n; k++) {
            if (is_among(reads, p->nreads, ids[k])) continue;
            if (p->nreads == QN_ROWS_READS_MAX) {
                p->ntags = p->nreads = 0;
                return QN_OK;
            }
            reads[p->nreads++] = ids[k];
        }
    }
    return QN_OK;
}

static int take_rows(qn_page_job *j, const qn_db_result *r)
{
    qn_page *p = &j->page;
    p->items = QN_STR("[]");
    p->valid_ms = qn_db_int(r, 0, QN_ROWS_VALID, -1);
    if (!qn_db_value(r, 0, QN_ROWS_ITEM).p) return r->rows == 1 ? QN_OK : QN_EDB;
    int *row = qn_arena_calloc(j->arena, (size_t)r->rows, sizeof *row);
    if (!row) return QN_ENOMEM;
    order_rows(row, j, r);
    int err = join_items(&p->items, j->arena, r, row);
    if (!err) err = take_reads(j, r);
    if (err) return err;
    p->n = (size_t)r->rows;
    qn_str first[QN_CURSOR_KEYS], last[QN_CURSOR_KEYS];
    for (int i = 0; i < r->rows; i++) {
        int64_t modified_s = qn_db_int(r, i, QN_ROWS_MODIFIED, 0);
        if (modified_s > p->modified_s) p->modified_s = modified_s;
    }
    for (size_t i = 0; i < j->nkeys; i++) {
        first[i] = qn_db_value(r, row[0], QN_ROWS_KEYS + (int)i);
        last[i] = qn_db_value(r, row[r->rows - 1], QN_ROWS_KEYS + (int)i);
    }
    add_cursors(j, first, last, qn_db_int(r, 0, QN_ROWS_TOTAL, 0) > (int64_t)j->limit, qn_db_bool(r, 0, QN_ROWS_OTHER));
    return QN_OK;
}

static void take(qn_page_job *j, const qn_db_result *r)
{
    qn_page *p = &j->page;
    p->items = qn_db_value(r, 0, QN_PAGE_ITEMS);
    p->n = (size_t)qn_db_int(r, 0, QN_PAGE_COUNT, 0);
    p->modified_s = qn_db_int(r, 0, QN_PAGE_MODIFIED, 0);
    p->valid_ms = qn_db_int(r, 0, QN_PAGE_VALID, -1);
    bool more = qn_db_bool(r, 0, QN_PAGE_MORE), other = qn_db_bool(r, 0, QN_PAGE_OTHER);
    if (!p->n) return;
    qn_str first[QN_CURSOR_KEYS], last[QN_CURSOR_KEYS];
    for (size_t i = 0; i < j->nkeys; i++) {
        first[i] = qn_db_value(r, 0, QN_PAGE_KEYS + (int)i);
        last[i] = qn_db_value(r, 0, QN_PAGE_KEYS + (int)(j->nkeys + i));
    }
    add_cursors(j, first, last, more, other);
}

static void came(void *ctx, const qn_db_result *r);

static int send_page(qn_page_job *j)
{
    if (j->params.failed) return QN_ENOMEM;
    qn_db_query q = { .lane = j->lane,
                      .stmt = j->stmt,
                      .sql = j->sql,
                      .params = j->params.v,
                      .nparams = j->params.n,
                      .generic = j->generic,
                      .each = j->each,
                      .each_most = j->each_most,
                      .standby = j->standby };
    return qn_db_call(j->s->db, j->arena, &q, came, j);
}

static void came(void *ctx, const qn_db_result *r)
{
    qn_page_job *j = ctx;
    bool retry = false;
    if (r->apart) qn_apart_add(&j->page.apart, &j->page.known, r);
    int err = r->err ? qn_store_dberr(r, j->stmt, &retry) : r->rows == 1 || (j->limit && r->rows > 0) ? QN_OK : QN_EDB;
    if (retry && ++j->db_tries < DB_TRIES) {
        err = send_page(j);
        if (!err) return;
    }
    if (!err && j->limit) {
        err = take_rows(j, r);
    } else if (!err) {
        qn_str state = qn_db_value(r, 0, QN_PAGE_STATE);
        if (state.p)
            err = qn_str_eqz(state, "denied") ? QN_EDENIED : QN_ENOTFOUND;
        else
            take(j, r);
    }
    bool guarded =
        !err && j->page.n && j->scope && !j->scope->who.raw && qn_store_guarded(j->s, QN_GUARD_RENDER, j->type);
    if (guarded)
        qn_page_render(j, j->scope, j->type);
    else
        qn_page_end(j, err);
}

int qn_page_send(qn_page_job *j, int err)
{
    if (!err) return send_page(j);
    if (err != QN_EINVAL && err != QN_EDENIED && err != QN_ENOTFOUND) return err;
    qn_page_end(j, err);
    return QN_OK;
}
