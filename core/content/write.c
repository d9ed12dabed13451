/* Creating and changing an entry. */
#include <string.h>

#include "base/json.h"
#include "base/uuid.h"
#include "content/conflicts.h"
#include "content/store_impl.h"

enum {
    TYPE_TRIES = 3,  /* the type moved while a draft was checked against it */
    RACE_TRIES = 200 /* somebody else's change came first, and the caller wants to write over whatever is there */
};

static const qn_stmt stmt_create = {
    "entry_create",
    "SELECT * FROM entry_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
};
/* Creates that wait together. Those that it leaves out are asked for one by one. */
static const qn_stmt stmt_create_each = { "entry_create_each",
                                          "SELECT (e.a).*, e.place FROM entry_create_each($1, $2, $3, $4, $5, $6, $7, "
                                          "$8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) e" };
static const qn_stmt stmt_create_each_derived = {
    "entry_create_each_derived",
    "WITH w AS MATERIALIZED (SELECT (e.a).*, e.place FROM"
    " entry_create_each($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) e),"
    " d AS MATERIALIZED (SELECT derived_put(w.id, w.version, f.rows::json) FROM w"
    " JOIN unnest($20::text[]) WITH ORDINALITY f(rows, place) ON f.place = w.place)"
    " SELECT w.* FROM w, (SELECT count(*) AS n FROM d) d WHERE d.n >= 0"
};
/* The same with computed fields, in the one statement and so in the one transaction: they are stored when the write is
 * done, or not at all. */
#define WITH_DERIVED(call)                                                                                             \
    "WITH w AS MATERIALIZED (SELECT * FROM " call "),"                                                                 \
    " d AS MATERIALIZED (SELECT derived_put(w.id, w.version, $20::json) AS n FROM w WHERE w.code = 'ok')"              \
    " SELECT w.* FROM w LEFT JOIN d ON true WHERE coalesce(d.n, 0) >= 0"
static const qn_stmt stmt_create_derived = {
    "entry_create_derived",
    WITH_DERIVED(
        "entry_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)")
};
static const qn_stmt stmt_change_derived = {
    "entry_change_derived",
    WITH_DERIVED(
        "entry_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)")
};
static const qn_stmt stmt_edit = { "entry_edit",
                                   "SELECT * FROM entry_edit($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" };
static const qn_stmt stmt_change = {
    "entry_change",
    "SELECT * FROM entry_change($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)"
};

typedef struct write_job {
    qn_job j; /* first: a job is one of these */
    const json_t *input;
    const char *note;
    bool import;
    qn_draft_mode mode;
    qn_draft draft;
    int expect; /* the version that the caller has seen, or 0 */
    int from;   /* the version that the change was made from */
    qn_str ref;
    const char *locale;
    qn_arena *last_step;              /* of the try before: a callback may still stand on it */
    void (*again)(qn_job *j);         /* the whole call once more */
    int (*send)(struct write_job *w); /* the write itself, when the guard let it pass */
    const json_t *current;            /* of a change: the draft that it starts from; of the step */
    json_t *asked;                    /* what the guard was asked about, and may have changed */
    int type_tries, race_tries;
} write_job;

/* ---- both -------------------------------------------------------------------------------------------------------- */

static void add_draft(qn_params *p, const qn_draft *d, bool suffix)
{
    qn_params_z(p, d->slug);
    qn_params_bool(p, suffix);
    qn_params_z(p, d->title);
    qn_params_json(p, d->fields);
    qn_params_json(p, d->scalars);
    qn_params_texts(p, d->tags, d->ntags);
}

static void add_edges(qn_params *p, const qn_draft *d)
{
    const char **text = qn_arena_calloc(p->arena, d->nedges ? d->nedges : 1, sizeof *text);
    if (!text) {
        p->failed = true;
        return;
    }
    for (size_t i = 0; i < d->nedges; i++) text[i] = d->edges[i].field;
    qn_params_texts(p, text, d->nedges);
    for (size_t i = 0; i < d->nedges; i++) {
        text[i] = qn_arena_printf(p->arena, "%d", d->edges[i].ord);
        if (!text[i]) p->failed = true;
    }
    qn_params_texts(p, text, d->nedges);
    for (size_t i = 0; i < d->nedges; i++) text[i] = d->edges[i].target;
    qn_params_texts(p, text, d->nedges);
    for (size_t i = 0; i < d->nedges; i++) text[i] = d->edges[i].to;
    qn_params_texts(p, text, d->nedges);
}

/* Whether the value at an edge's place is an array, so that its faults name the element. */
static bool is_list(const json_t *fields, const char *place)
{
    const json_t *v = fields;
    qn_str rest = qn_str_of(place);
    char key[256];
    while (rest.p && v) {
        qn_str token = qn_str_cut(&rest, '/');
        uint64_t i;
        if (token.n >= sizeof key) return false;
        memcpy(key, token.p, token.n);
        key[token.n] = '\0';
        if (json_is_array(v))
            v = qn_str_u64(&i, token, 0, SIZE_MAX) ? NULL : json_array_get(v, (size_t)i);
        else
            v = json_object_get(v, key);
    }
    return json_is_array(v);
}

const char *qn_edge_pointer(qn_arena *a, const qn_draft *d, const qn_edge *e)
{
    return is_list(d->fields, e->field) ? qn_arena_printf(a, "/%s/%d", e->field, e->ord)
                                        : qn_arena_printf(a, "/%s", e->field);
}

/* The edges of these places (from 1) lead nowhere: a fault each. */
static void add_missing(write_job *w, qn_str places)
{
    qn_str *items;
    size_t n;
    if (qn_array_read(&items, &n, w->j.arena, places)) return;
    for (size_t i = 0; i < n; i++) {
        uint64_t at;
        if (qn_str_u64(&at, items[i], 1, w->draft.nedges)) continue;
        const qn_edge *e = &w->draft.edges[at - 1];
        const char *pointer = qn_edge_pointer(w->j.arena, &w->draft, e);
        if (!pointer) continue;
        qn_fault_add(&w->j.faults, false, pointer, "not_found", "there is no %s of the id %s", e->to ? e->to : "entry",
                     e->target);
    }
}

static void types_came(void *ctx, const qn_db_result *r)
{
    write_job *w = ctx;
    bool retry;
    int err = r->err ? qn_store_dberr(r, &qn_stmt_types, &retry) : qn_store_types_take(w->j.s, r);
    if (!err) err = qn_job_types(&w->j);
    if (err)
        qn_job_end(&w->j, err);
    else
        w->again(&w->j);
}

/* The type moved since the draft was checked: reads the types anew, then the whole call once more. */
static void with_new_types(write_job *w)
{
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &qn_stmt_types };
    int err = ++w->type_tries < TYPE_TRIES ? qn_db_call(w->j.s->db, w->j.step, &q, types_came, w) : QN_EBUSY;
    if (err) qn_job_end(&w->j, err);
}

static void drop_steps(void *ctx)
{
    write_job *w = ctx;
    if (w->j.step != w->j.arena) qn_arena_free(&w->j.step);
    qn_arena_free(&w->last_step);
}

/* Memory for one try, since a contested change makes many. */
static int new_step(write_job *w)
{
    qn_arena *a = qn_arena_new(0);
    if (!a) return QN_ENOMEM;
    qn_arena_share(a, w->j.arena);
    qn_arena_free(&w->last_step);
    if (w->j.step != w->j.arena) w->last_step = w->j.step;
    w->j.step = a;
    return QN_OK;
}

static write_job *new_write(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_answer_fn fn,
                            void *ctx)
{
    write_job *w = qn_job_new(sizeof *w, s, a, scope, type, fn, ctx);
    if (w) w->j.of_a_draft = true;
    return w && qn_arena_defer(a, drop_steps, w) == QN_OK ? w : NULL;
}

static void begin(qn_job *j, qn_lane lane, const qn_stmt *stmt,
                  void (*row)(qn_job *j, const qn_db_result *r, qn_str code))
{
    j->lane = lane;
    j->stmt = stmt;
    j->row = row;
    j->db_tries = 0;
    j->joined = NULL;
    j->params = (qn_params){ .arena = j->step };
}

static void refuse_here(write_job *w, const qn_db_result *r, qn_str code)
{
    if (qn_str_eqz(code, "type")) {
        with_new_types(w);
        return;
    }
    if (qn_str_eqz(code, "refs")) add_missing(w, qn_db_value(r, 0, QN_COL_MISSING));
    qn_job_written_row(&w->j, r, code);
}

/* ---- the guard
 * ---------------------------------------------------------------------------------------------------------- */

static void decref(void *v)
{
    json_decref(v);
}

/* The members of a draft as clients know them. Arena memory of the step. */
static json_t *entry_of(const write_job *w)
{
    const qn_draft *d = &w->draft;
    json_t *tags = json_array(), *fields = json_deep_copy(d->fields);
    for (size_t i = 0; i < d->ntags; i++) json_array_append_new(tags, json_string(d->tags[i]));
    json_t *e = json_pack("{s:s%,s:s,s:s,s:o}", "id", w->j.answer.id.p, w->j.answer.id.n, "slug", d->slug, "locale",
                          d->locale, "tags", tags);
    bool good = e && fields && json_object_update(e, fields) == 0 && qn_arena_defer(w->j.step, decref, e) == QN_OK;
    json_decref(fields);
    if (good) return e;
    json_decref(e);
    return NULL;
}

/* Computed fields of the draft as the last parameter, where there are any. */
static int add_derived(write_job *w, const qn_stmt *with, const qn_stmt *joined)
{
    const qn_guard *g = w->j.s->guard;
    qn_str text;
    if (!g || !g->derives(g->ctx, w->j.type->name)) return QN_OK;
    json_t *entry = w->asked ? w->asked : entry_of(w);
    if (!entry) return QN_ENOMEM;
    json_t *rows = g->derive(g->ctx, w->j.arena, &w->j.scope->who, w->j.type->name, entry);
    if (!rows) return QN_OK;
    int err = qn_store_print(&text, w->j.step, rows);
    json_decref(rows);
    if (err) return err;
    w->j.stmt = with;
    w->j.joined = joined;
    qn_params_str(&w->j.params, text);
    return QN_OK;
}

/* What a guard has made of the draft is input like any other. */
static int check_again(write_job *w)
{
    json_t *was = entry_of(w);
    if (!was) return QN_ENOMEM;
    if (json_equal(was, w->asked)) return QN_OK;
    json_t *input = json_copy(w->asked);
    if (!input || qn_arena_defer(w->j.step, decref, input)) {
        json_decref(input);
        return QN_ENOMEM;
    }
    json_object_del(input, "id");
    if (w->draft.slug_made && json_equal(json_object_get(was, "slug"), json_object_get(input, "slug")))
        json_object_del(input, "slug");
    int err = qn_draft_check(&w->draft, w->j.step, w->j.types, w->j.type,
                             w->current ? QN_DRAFT_REPLACE : QN_DRAFT_CREATE, input, w->current, &w->j.faults);
    w->asked = err ? NULL : entry_of(w);
    return err;
}

static void let_pass(void *ctx, const qn_refusal *no)
{
    write_job *w = ctx;
    if (no) {
        qn_job_refuse(&w->j, no);
        return;
    }
    int err = check_again(w);
    if (!err) err = w->send(w);
    if (err) qn_job_end(&w->j, err);
}

/* Sends the draft on, past the guard where somebody stands there. An error is the answer. */
static int pass(write_job *w)
{
    const qn_guard *g = w->j.s->guard;
    w->asked = NULL;
    if (!qn_store_guarded(w->j.s, QN_GUARD_SAVE, w->j.type)) return w->send(w);
    w->asked = entry_of(w);
    if (!w->asked) return QN_ENOMEM;
    g->ask(g->ctx, QN_GUARD_SAVE, w->j.arena, &w->j.scope->who, w->j.type->name, w->asked, let_pass, w);
    return QN_OK;
}

/* ---- create
 * ------------------------------------------------------------------------------------------------------------- */

static void create_row(qn_job *j, const qn_db_result *r, qn_str code)
{
    refuse_here((write_job *)j, r, code);
}

/* Checks the draft and sends it; an error is the answer. */
static int create_try(write_job *w)
{
    qn_job *j = &w->j;
    char *id = qn_arena_alloc(j->arena, QN_UUID_BYTES);
    int err = id ? new_step(w) : QN_ENOMEM;
    if (!err) err = qn_draft_check(&w->draft, j->step, j->types, j->type, QN_DRAFT_CREATE, w->input, NULL, &j->faults);
    if (err) return err;
    const qn_draft *d = &w->draft;
    if (d->id && !(w->import && j->scope->import)) {
        qn_fault_add(&j->faults, true, "/id", "read_only", "ids are given by the server; only an import may bring one");
        return QN_EINVAL;
    }
    if (d->id)
        memcpy(id, d->id, QN_UUID_BYTES);
    else
        qn_uuid7(id);
    j->answer.id = qn_str_of(id);
    return pass(w);
}

static int create_send(write_job *w)
{
    qn_job *j = &w->j;
    const qn_draft *d = &w->draft;
    begin(j, QN_LANE_WRITE, &stmt_create, create_row);
    j->joined =
        &stmt_create_each; /* it waits for nobody but who makes the same slug or the same new tag at the same moment */
    qn_params *p = &j->params;
    qn_params_str(p, j->answer.id);
    qn_params_z(p, j->type->name);
    qn_params_int(p, j->type->version);
    qn_params_z(p, d->locale);
    add_draft(p, d, d->slug_made && !w->import);
    add_edges(p, d);
    qn_params_z(p, j->scope->user);
    qn_params_z(p, w->import ? "import" : "create");
    qn_params_z(p, w->note);
    qn_params_names(p, j->scope->all);
    qn_params_names(p, j->scope->own);
    int err = add_derived(w, &stmt_create_derived, &stmt_create_each_derived);
    return err ? err : qn_job_send(j);
}

static void create_again(qn_job *j)
{
    int err = create_try((write_job *)j);
    if (err) qn_job_end(j, err);
}

int qn_store_create(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, const json_t *input,
                    bool import, const char *note, qn_answer_fn fn, void *ctx)
{
    write_job *w = new_write(s, a, scope, type, fn, ctx);
    if (!w) return QN_ENOMEM;
    w->input = input;
    w->import = import;
    w->note = note;
    w->again = create_again;
    w->send = create_send;
    int err = qn_job_types(&w->j);
    if (!err) err = scope->create || (import && scope->import) ? create_try(w) : QN_EDENIED;
    if (err != QN_EINVAL && err != QN_ENOTFOUND && err != QN_EDENIED) return err;
    qn_job_end(&w->j, err);
    return QN_OK;
}

/* ---- change ------------------------------------------------------------------------------------------------------ */

static int change_read(write_job *w);

static void change_again(qn_job *j)
{
    int err = change_read((write_job *)j);
    if (err) qn_job_end(j, err);
}

/* The write's answer. Somebody else's change in between starts all over: it ends as stale with its conflicts, or is
 * made on the new draft. */
static void changed(qn_job *j, const qn_db_result *r, qn_str code)
{
    write_job *w = (write_job *)j;
    if (!qn_str_eqz(code, "stale"))
        refuse_here(w, r, code);
    else if (++w->race_tries < RACE_TRIES)
        change_again(j);
    else
        qn_job_end(j, QN_EBUSY);
}

static int change_write(write_job *w, const json_t *current)
{
    qn_job *j = &w->j;
    qn_draft *d = &w->draft;
    int err = qn_draft_check(d, j->step, j->types, j->type, w->mode, w->input, current, &j->faults);
    if (err) return err;
    const char *locale = json_string_value(json_object_get(current, "locale"));
    if (locale && d->locale && strcmp(locale, d->locale) != 0) {
        qn_fault_add(&j->faults, true, "/locale", "read_only", "an entry keeps its locale, \"%s\"", locale);
        return QN_EINVAL;
    }
    w->current = current;
    return pass(w);
}

static int change_send(write_job *w)
{
    qn_job *j = &w->j;
    const qn_draft *d = &w->draft;
    begin(j, QN_LANE_WRITE, &stmt_change, changed);
    qn_params *p = &j->params;
    qn_params_str(p, j->answer.id);
    qn_params_int(p, w->from);
    qn_params_z(p, j->type->name);
    qn_params_int(p, j->type->version);
    add_draft(p, d, d->slug_made);
    add_edges(p, d);
    qn_params_z(p, j->scope->user);
    qn_params_int(p, j->scope->change);
    qn_params_z(p, w->note);
    qn_params_names(p, j->scope->all);
    qn_params_names(p, j->scope->own);
    int err = add_derived(w, &stmt_change_derived, NULL);
    return err ? err : qn_job_send(j);
}

/* What the change starts from has come. */
static void change_row(qn_job *j, const qn_db_result *r, qn_str code)
{
    write_job *w = (write_job *)j;
    json_t *current = NULL, *base = NULL;
    int err = qn_job_take(j, r, code);
    if (err != QN_OK && err != QN_ESTALE) {
        qn_job_end(j, err);
        return;
    }
    qn_str base_text = qn_db_value(r, 0, QN_COL_BASE);
    int failed = qn_store_parse(&current, j->step, qn_db_value(r, 0, QN_COL_DOC));
    if (!failed && base_text.p) failed = qn_store_parse(&base, j->step, base_text);
    j->answer.json = (qn_str){ 0 };
    w->from = j->answer.version;
    if (failed) {
        err = failed;
    } else if (err == QN_OK) {
        err = change_write(w, current);
        if (!err) return;
    } else if (base) {
        qn_conflicts what = {
            .types = j->types, .type = j->type, .mode = w->mode, .input = w->input, .base = base, .current = current
        };
        j->answer.conflicts = qn_conflicts_find(&j->answer.nconflicts, j->arena, &what);
    }
    qn_job_end(j, err);
}

static int change_read(write_job *w)
{
    qn_job *j = &w->j;
    int err = new_step(w);
    if (err) return err;
    begin(j, QN_LANE_READ, &stmt_edit, change_row);
    qn_params *p = &j->params;
    qn_params_z(p, j->type->name);
    err = qn_params_ref(p, w->ref);
    if (!err) err = qn_params_locale(p, w->locale);
    qn_params_int(p, w->expect);
    qn_params_z(p, j->scope->user);
    qn_params_bool(p, j->scope->live);
    qn_params_int(p, j->scope->drafts);
    qn_params_int(p, j->scope->change);
    qn_params_names(p, j->scope->all);
    qn_params_names(p, j->scope->own);
    return err ? err : qn_job_send(j);
}

int qn_store_change(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                    const char *locale, qn_draft_mode mode, const json_t *input, int expect, qn_answer_fn fn, void *ctx)
{
    write_job *w = new_write(s, a, scope, type, fn, ctx);
    if (!w) return QN_ENOMEM;
    w->input = input;
    w->mode = mode;
    w->expect = expect;
    w->ref = ref;
    w->locale = locale;
    w->again = change_again;
    w->send = change_send;
    int err = qn_job_types(&w->j);
    if (!err) err = change_read(w);
    if (err != QN_ENOTFOUND) return err;
    qn_job_end(&w->j, err);
    return QN_OK;
}
