/* A batch of an import to the database and back. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "content/bulk_impl.h"

enum {
    TRIES = 3,     /* a statement that lost against another one */
    TYPE_TRIES = 3 /* a type that moved while lines were checked against it */
};

static const qn_stmt stmt_import = {
    "entries_import",
    "SELECT * FROM entries_import($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
    "$17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)"
};

static void came(void *ctx, const qn_db_result *r);

/* ---- parameters -------------------------------------------------------------------------------------------------- */

/* Columns of arrays under way: memory of its own, for one statement. */
typedef struct {
    qn_bulk_batch *t;
    qn_arena *arena;
    qn_params p;
    const qn_scope *scope;
    const char **cell; /* of one column */
    size_t *number;    /* of each line of the batch: its place in the statement from 1, 0: not in it */
    size_t step, nsteps, ref, nrefs, nlines;
} columns;

static const char *print_int(columns *c, int64_t n)
{
    const char *s = qn_arena_printf(c->arena, "%lld", (long long)n);
    if (!s) c->p.failed = true;
    return s;
}

static const char *print_time(columns *c, int64_t us)
{
    const char *s = us == INT64_MIN ? NULL : qn_time_text(c->arena, us);
    if (!s && us != INT64_MIN) c->p.failed = true;
    return s;
}

enum { LINE_ID, LINE_STATUS, LINE_CREATED, LINE_PUBLISHED, LINE_FIRST, LINE_LAST, LINE_COLUMNS };

static const char *line_cell(columns *c, const qn_bulk_line *l, int column)
{
    switch (column) {
    case LINE_ID:
        return l->id;
    case LINE_STATUS:
        return l->status;
    case LINE_CREATED:
        return print_time(c, l->created_us);
    case LINE_PUBLISHED:
        return print_time(c, l->published_us);
    case LINE_FIRST:
        return print_int(c, (int64_t)(l->step - c->step) + 1);
    default:
        return print_int(c, (int64_t)(l->step - c->step + l->nsteps));
    }
}

enum {
    STEP_LINE,
    STEP_KIND,
    STEP_AT,
    STEP_UPDATED,
    STEP_TYPE,
    STEP_TYPE_VERSION,
    STEP_LOCALE,
    STEP_SLUG,
    STEP_TITLE,
    STEP_DOC,
    STEP_SCALARS,
    STEP_TAGS,
    STEP_COLUMNS
};

static const char *step_cell(columns *c, const qn_bulk_step *s, int column)
{
    const qn_type *type = c->t->lines[s->line].type;
    switch (column) {
    case STEP_LINE:
        return print_int(c, (int64_t)c->number[s->line]);
    case STEP_KIND:
        return s->kind;
    case STEP_AT:
        return print_time(c, s->at_us);
    case STEP_UPDATED:
        return print_time(c, s->updated_us);
    case STEP_TYPE:
        return type->name;
    case STEP_TYPE_VERSION:
        return print_int(c, type->version);
    case STEP_LOCALE:
        return s->locale;
    case STEP_SLUG:
        return s->slug;
    case STEP_TITLE:
        return s->title;
    case STEP_DOC:
        return s->doc;
    case STEP_SCALARS:
        return s->scalars;
    default:
        return s->tags;
    }
}

enum { REF_STEP, REF_FIELD, REF_ORD, REF_TARGET, REF_TO, REF_COLUMNS };

static const char *ref_cell(columns *c, const qn_bulk_ref *r, int column)
{
    switch (column) {
    case REF_STEP:
        return print_int(c, (int64_t)(r->step - c->step) + 1);
    case REF_FIELD:
        return r->field;
    case REF_ORD:
        return print_int(c, r->ord);
    case REF_TARGET:
        return r->target;
    default:
        return r->to;
    }
}

/* The types of the lines and their versions. */
static void add_types(columns *c)
{
    const qn_type *seen[QN_TYPES_MAX];
    const char *names[QN_TYPES_MAX], *versions[QN_TYPES_MAX];
    size_t n = 0;
    for (size_t i = c->t->from; i < c->t->to; i++) {
        size_t k = 0;
        if (!c->number[i]) continue;
        while (k < n && seen[k] != c->t->lines[i].type) k++;
        if (k < n || n == QN_TYPES_MAX) continue;
        seen[n] = c->t->lines[i].type;
        names[n] = seen[n]->name;
        versions[n] = print_int(c, seen[n]->version);
        n++;
    }
    qn_params_texts(&c->p, names, n);
    qn_params_texts(&c->p, versions, n);
}

static void add_columns(columns *c)
{
    const qn_bulk_batch *t = c->t;
    for (int column = 0; column < LINE_COLUMNS; column++) {
        size_t n = 0;
        for (size_t i = t->from; i < t->to; i++)
            if (c->number[i]) c->cell[n++] = line_cell(c, &t->lines[i], column);
        qn_params_texts(&c->p, c->cell, n);
    }
    for (int column = 0; column < STEP_COLUMNS; column++) {
        for (size_t i = 0; i < c->nsteps; i++) c->cell[i] = step_cell(c, &t->steps[c->step + i], column);
        qn_params_texts(&c->p, c->cell, c->nsteps);
    }
    for (int column = 0; column < REF_COLUMNS; column++) {
        for (size_t i = 0; i < c->nrefs; i++) c->cell[i] = ref_cell(c, &t->refs[c->ref + i], column);
        qn_params_texts(&c->p, c->cell, c->nrefs);
    }
}

/* Two lines may be told of as one caller's. */
static bool same_rights(const qn_scope *a, const qn_scope *b)
{
    if (a == b) return true;
    size_t i = 0;
    while (a->all && b->all && a->all[i] && b->all[i] && !strcmp(a->all[i], b->all[i])) i++;
    return (!a->all || !a->all[i]) && (!b->all || !b->all[i]);
}

/* Which of the lines from `from` to `to` go, with their snapshots and references: those lie one behind the other. Lines
 * of types on which the caller has other rights go later. */
static int select_lines(columns *c)
{
    qn_bulk_batch *t = c->t;
    c->number = qn_arena_calloc(c->arena, t->nlines, sizeof *c->number);
    if (!c->number) return QN_ENOMEM;
    for (size_t i = t->from; i < t->to; i++) {
        const qn_bulk_line *l = &t->lines[i];
        if (!l->sound) continue;
        if (c->nlines && !same_rights(c->scope, l->scope)) {
            t->to = i;
            break;
        }
        if (!c->nlines) {
            c->scope = l->scope;
            c->step = l->step;
            c->ref = t->steps[l->step].ref;
        }
        c->number[i] = ++c->nlines;
        c->nsteps += l->nsteps;
        for (size_t k = 0; k < l->nsteps; k++) c->nrefs += t->steps[l->step + k].nrefs;
    }
    size_t most = c->nlines > c->nsteps ? c->nlines : c->nsteps;
    if (c->nrefs > most) most = c->nrefs;
    c->cell = qn_arena_calloc(c->arena, most + 1, sizeof *c->cell);
    return c->cell ? QN_OK : QN_ENOMEM;
}

static int send_columns(columns *c)
{
    qn_bulk_batch *t = c->t;
    const qn_bulk *b = t->bulk;
    c->p.arena = c->arena;
    qn_params_bool(&c->p, b->o.dry_run);
    qn_params_z(&c->p, c->scope->user);
    qn_params_z(&c->p, "imported");
    qn_params_names(&c->p, c->scope->all);
    add_types(c);
    add_columns(c);
    if (c->p.failed) return QN_ENOMEM;
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = &stmt_import, .params = c->p.v, .nparams = c->p.n };
    return qn_db_call(b->o.store->db, t->arena, &q, came, t);
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

static void refuse_range(qn_bulk_batch *t, int err, bool maybe_done)
{
    for (size_t i = t->from; i < t->to; i++) {
        if (!t->lines[i].sound) continue;
        t->lines[i].r.err = err;
        t->lines[i].r.maybe_done = maybe_done;
    }
}

/* The references that an answer names, as pointers. `base`: the first one of the statement. */
static const char *const *pointers_of(qn_bulk_batch *t, size_t base, qn_str places, size_t *n)
{
    qn_str *items;
    size_t count, at = 0;
    uint64_t place;
    if (!places.p || qn_array_read(&items, &count, t->arena, places)) return NULL;
    const char **all = qn_arena_calloc(t->arena, count + 1, sizeof *all);
    if (!all) return NULL;
    for (size_t i = 0; i < count; i++)
        if (!qn_str_u64(&place, items[i], 1, t->nrefs - base)) all[at++] = t->refs[base + place - 1].pointer;
    *n = at;
    return all;
}

static void refuse_refs(qn_bulk_batch *t, qn_bulk_line *l, size_t base, qn_str places)
{
    size_t n = 0;
    const char *const *all = pointers_of(t, base, places, &n);
    qn_faults *faults = qn_arena_calloc(t->arena, 1, sizeof *faults);
    l->r.err = all && faults ? QN_EINVAL : QN_ENOMEM;
    if (l->r.err == QN_ENOMEM) return;
    faults->arena = t->arena;
    for (size_t i = 0; i < n; i++)
        qn_fault_add(faults, false, all[i], "not_found", "what has that id is of another type than may stand here");
    l->r.faults = faults;
}

static void refuse_status(qn_bulk_batch *t, qn_bulk_line *l)
{
    qn_faults *faults = qn_arena_calloc(t->arena, 1, sizeof *faults);
    l->r.err = faults ? QN_EINVAL : QN_ENOMEM;
    if (!faults) return;
    faults->arena = t->arena;
    qn_fault_add(faults, false, "/status", "enum", "there is no status \"%s\"", l->status);
    l->r.faults = faults;
}

static void take_answer(qn_bulk_batch *t, qn_bulk_line *l, size_t base, const qn_db_result *r, int row)
{
    qn_str code = qn_db_value(r, row, 1), by = qn_db_value(r, row, 2), places = qn_db_value(r, row, 3);
    l->r.id = l->id;
    if (qn_str_eqz(code, "ok")) {
        l->r.missing = pointers_of(t, base, places, &l->r.nmissing);
    } else if (qn_str_eqz(code, "id") || qn_str_eqz(code, "slug")) {
        l->r.err = QN_EEXIST;
        l->r.taken = code.n == 2 ? "id" : "slug";
        l->r.taken_by = by.p;
    } else if (qn_str_eqz(code, "refs")) {
        refuse_refs(t, l, base, places);
    } else if (qn_str_eqz(code, "status")) {
        refuse_status(t, l);
    } else {
        l->r.err = QN_EDENIED;
        l->r.detail = "an entry of this status is not yours to import";
    }
}

/* Tells this node at once what was written; the rest hears of it from the outbox. */
static void tell(const qn_bulk_batch *t, const qn_bulk_line *l)
{
    qn_shm *shm = t->bulk->o.store->shm;
    char name[256];
    if (!shm || t->bulk->o.dry_run || l->r.err) return;
    snprintf(name, sizeof name, "entry:%s", l->id);
    qn_epoch_bump(shm, qn_str_of(name));
    snprintf(name, sizeof name, "type:%s", l->type->name);
    qn_epoch_bump(shm, qn_str_of(name));
    for (size_t i = 0; i < l->nsteps; i++) {
        qn_str tags = qn_str_of(t->steps[l->step + i].tags);
        while (tags.n) {
            snprintf(name, sizeof name, "tag:%.*s", QN_FMT(qn_str_cut(&tags, ',')));
            qn_epoch_bump(shm, qn_str_of(name));
        }
    }
}

static void take_answers(qn_bulk_batch *t, const qn_db_result *r)
{
    int row = 0;
    size_t base = 0;
    bool first = true;
    for (size_t i = t->from; i < t->to; i++) {
        qn_bulk_line *l = &t->lines[i];
        if (!l->sound) continue;
        if (first) base = t->steps[l->step].ref;
        first = false;
        if (row < r->rows)
            take_answer(t, l, base, r, row++);
        else
            l->r.err = QN_EDB;
        tell(t, l);
    }
    if (t->bulk->o.store->shm && !t->bulk->o.dry_run) qn_shm_wrote(t->bulk->o.store->shm);
}

/* ---- what comes back --------------------------------------------------------------------------------------------- */

/* Sends the lines from `from` to `to`. True: there is nothing to wait for. */
static bool send_range(qn_bulk_batch *t)
{
    columns c = { .t = t, .arena = qn_arena_new(0) };
    int err = c.arena ? select_lines(&c) : QN_ENOMEM;
    bool none = !err && !c.nlines;
    if (!err && !none) err = send_columns(&c);
    qn_arena_free(&c.arena); /* the call has copied what it needs */
    if (err) refuse_range(t, err, false);
    return err || none;
}

/* The next lines that wait for their turn. True: there are none. */
static bool send_rest(qn_bulk_batch *t)
{
    while (t->to < t->nlines) {
        t->from = t->to;
        t->to = t->nlines;
        t->tries = 0;
        if (!send_range(t)) return false;
    }
    return true;
}

bool qn_bulk_send(qn_bulk *b)
{
    b->flying->from = b->flying->to = 0;
    return send_rest(b->flying);
}

/* A type moved: its lines are checked again, against the present types. */
static void check_again(qn_bulk_batch *was)
{
    qn_bulk *b = was->bulk;
    qn_bulk_batch *t = qn_bulk_batch_new(b);
    if (!t) {
        refuse_range(was, QN_ENOMEM, false);
        qn_bulk_landed(b);
        return;
    }
    t->type_tries = was->type_tries;
    for (size_t i = 0; i < was->nlines; i++) {
        const qn_bulk_line *l = &was->lines[i];
        if (l->r.err == QN_ELIMIT)
            qn_bulk_add_long(t, l->r.line);
        else
            qn_bulk_add(t, l->r.line, (qn_str){ was->text.p + l->at, l->bytes });
    }
    b->flying = t;
    bool landed = qn_bulk_send(b);
    qn_bulk_batch_free(&was);
    if (landed) qn_bulk_landed(b);
}

static void types_came(void *ctx, const qn_db_result *r)
{
    qn_bulk_batch *t = ctx;
    bool retry;
    int err = r->err ? qn_store_dberr(r, &qn_stmt_types, &retry) : qn_store_types_take(t->bulk->o.store, r);
    if (!err) {
        check_again(t);
        return;
    }
    refuse_range(t, err, false);
    if (send_rest(t)) qn_bulk_landed(t->bulk);
}

/* True: the answer of the types is waited for. */
static bool ask_types(qn_bulk_batch *t)
{
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &qn_stmt_types };
    /* Only while nothing of the batch has been done: what is checked again is sent again. */
    if (t->from > 0 || ++t->type_tries >= TYPE_TRIES) return false;
    return qn_db_call(t->bulk->o.store->db, t->arena, &q, types_came, t) == QN_OK;
}

/* What the statement cannot say of a single line: once more, in halves, or as it is. True: an answer is waited for. */
static bool after_error(qn_bulk_batch *t, const qn_db_result *r)
{
    bool retry;
    int err = qn_store_dberr(r, &stmt_import, &retry);
    bool race =
        err == QN_EDB && !strcmp(r->sqlstate, "23505"); /* an id that came at the same moment: seen the next time */
    if ((retry || race) && ++t->tries < TRIES && !send_range(t)) return true;
    if ((err == QN_EDB || retry) && t->to - t->from > 1) {
        t->to = t->from + (t->to - t->from) / 2;
        t->tries = 0;
        if (!send_range(t)) return true;
    } else {
        refuse_range(t, err, r->maybe_done);
    }
    return !send_rest(t);
}

static void came(void *ctx, const qn_db_result *r)
{
    qn_bulk_batch *t = ctx;
    if (r->err) {
        if (after_error(t, r)) return;
    } else if (r->rows > 0 && qn_str_eqz(qn_db_value(r, 0, 1), "type")) {
        if (ask_types(t)) return;
        refuse_range(t, QN_EBUSY, false);
        if (!send_rest(t)) return;
    } else {
        take_answers(t, r);
        if (!send_rest(t)) return;
    }
    qn_bulk_landed(t->bulk);
}
