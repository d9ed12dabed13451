/* One entry: what readers get, the working copy, a revision. */
#include "base/uuid.h"
#include "content/store_impl.h"

/* What the public gets, by slug and by id: an index, a page, and the text as it stands there, with the references put
 * in that are live now.
 *
 * Each statement answers several readers at once: setting its plan up costs the server more than a row does (measured:
 * 48 µs for one, 11 for each of 16). A statement for each case rather than parameters that may be NULL: with those the
 * server may plan anew at each call, which costs more than the read (269 µs against 35). */
#define LIVE(ref, moved, source, tail, preceded)                                                                       \
    "SELECT 'ok', s.doc, s.entry, s.slug, s.version, coalesce(s.etag, etag_live(s.version, s.doc)),"                   \
    " floor(date_part('epoch', s.modified))::bigint, ms_until(s.changes), " moved                                      \
    ", NULL, NULL, NULL, NULL, NULL, NULL, s.ref_target, s.preceded, u.n"                                              \
    " FROM unnest($2::" ref "[]) WITH ORDINALITY u(ref, n) CROSS JOIN LATERAL (SELECT " QN_LIVE_DOC                    \
    " AS doc, p.entry,"                                                                                                \
    " p.slug, p.version, p.etag, greatest(p.publish_at, r.changed) AS modified,"                                       \
    " least(p.until, r.changes, CASE WHEN " preceded " THEN next_change() END) AS changes, " preceded " AS preceded,"  \
    " p.ref_target FROM " source " " QN_LIVE_REFERENCES                                                                \
    " WHERE p.type = $1 AND p.publish_at <= now() AND p.until > now() AND " tail " LIMIT 1) s"
#define BY_SLUG(tail, preceded)                                                                                        \
    LIVE("text", "CASE WHEN s.slug <> u.ref THEN s.slug END",                                                          \
         "slug c JOIN published p ON p.entry = c.entry AND p.locale = c.locale",                                       \
         "c.type = $1 AND c.slug = u.ref AND c.since <= now()" tail, preceded)
#define BY_ID(tail) LIVE("uuid", "NULL", "published p", "p.entry = u.ref" tail, "false")

/* A slug without a locale leads to the default one's entry, else to the first: whatever goes live may come before one
 * that is not the default's. When that is, is asked of a function, which costs the others nothing. */
#define IS_PRECEDED(locale_) locale_ " <> default_locale()"

const qn_stmt qn_stmt_live[2][2] = {
    { { "live_by_slug", BY_SLUG(" ORDER BY c.locale <> default_locale(), c.locale", IS_PRECEDED("c.locale")) },
      { "live_by_slug_locale", BY_SLUG(" AND c.locale = $3", "false") } },
    { { "live_by_id", BY_ID(" ORDER BY p.locale <> default_locale(), p.locale") },
      { "live_by_id_locale", BY_ID(" AND p.locale = $3") } },
};

/* Where nothing is live: when something will be. */
#define NEXT(from)                                                                                                     \
    "SELECT 'notfound', NULL, NULL, NULL, NULL, NULL, NULL, ms_until(min(n.publish_at)), NULL, NULL, NULL, NULL, "     \
    "NULL, NULL,"                                                                                                      \
    " NULL, NULL FROM " from " AND n.type = $1 AND n.publish_at > now()"
static const qn_stmt next_live[2] = {
    { "next_by_slug",
      NEXT("slug c JOIN published n ON n.entry = c.entry AND n.slug = c.slug WHERE c.type = $1 AND c.slug = $2") },
    { "next_by_id", NEXT("published n WHERE n.entry = $2") },
};

/* entry_read_live, with the same of a slug. */
#define IS_PRECEDED_FOR_ROLE "a.code = 'ok' AND $2 IS NULL AND $4 IS NULL AND " IS_PRECEDED("e.locale")
static const qn_stmt live_for_role = {
    "live_for_role",
    "SELECT a.code, a.doc, a.id, a.slug, a.version, a.etag, a.modified_s,"
    " least(a.valid_ms, CASE WHEN e.id IS NOT NULL THEN ms_until(next_change()) END), a.moved_to, a.taken, a.taken_by,"
    " a.allowed, a.missing, a.touched, a.base, a.reads, e.id IS NOT NULL"
    " FROM entry_read_live($1, $2, $3, $4, $5, $6, $7) a"
    " LEFT JOIN entry e ON e.id = a.id AND " IS_PRECEDED_FOR_ROLE
};
static const qn_stmt draft = { "draft", "SELECT * FROM entry_read_draft($1, $2, $3, $4, $5, $6, $7, $8)" };
static const qn_stmt revision = { "revision", "SELECT * FROM entry_revision($1, $2, $3, $4, $5, $6, $7, $8)" };

/* No row at all is "not found" here. */
static int add_path(qn_job *j, qn_str ref, const char *locale)
{
    qn_params_z(&j->params, j->type->name);
    int err = qn_params_ref(&j->params, ref);
    return err ? err : qn_params_locale(&j->params, locale);
}

static void add_privileges(qn_job *j)
{
    qn_params_names(&j->params, j->scope->all);
    qn_params_names(&j->params, j->scope->own);
}

/* Sends, or answers at once that there is nothing. */
static int send_or_refuse(qn_job *j, int err)
{
    if (!err) return qn_job_send(j);
    j->answer.valid_ms = -1;
    qn_job_end(j, err);
    return QN_OK;
}

static void ask_for_next(qn_job *j)
{
    j->none = NULL;
    j->each = 0;
    j->stmt = &next_live[j->stmt == &qn_stmt_live[1][0] || j->stmt == &qn_stmt_live[1][1]];
    j->params.n = 2;
    qn_job_go_on(j);
}

/* For the public: the bare path. */
static int get_public(qn_job *j, qn_str ref, const char *locale)
{
    bool id = qn_is_uuid(ref);
    if (!j->scope->live || (!id && !qn_is_slug(ref))) return send_or_refuse(j, QN_ENOTFOUND);
    j->stmt = &qn_stmt_live[id][locale != NULL];
    j->standby = !j->scope->current;
    j->each = 2;
    j->none = ask_for_next;
    j->row = qn_job_render_row;
    qn_params_z(&j->params, j->type->name);
    qn_params_str(&j->params, ref);
    return send_or_refuse(j, locale ? qn_params_locale(&j->params, locale) : QN_OK);
}

int qn_store_get(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref, const char *locale,
                 qn_view view, qn_answer_fn fn, void *ctx)
{
    qn_job *j = qn_job_new(sizeof *j, s, a, scope, type, fn, ctx);
    if (!j) return QN_ENOMEM;
    j->lane = QN_LANE_READ;
    if (view == QN_VIEW_LIVE && !scope->user) return get_public(j, ref, locale);
    int err = add_path(j, ref, locale);
    qn_params_z(&j->params, scope->user);
    if (view == QN_VIEW_LIVE) {
        j->row = qn_job_render_row;
        if (!scope->live) err = QN_ENOTFOUND;
        j->stmt = &live_for_role;
        j->standby = !scope->current;
    } else {
        if (scope->drafts == QN_REACH_NONE) err = QN_ENOTFOUND;
        j->stmt = &draft;
        qn_params_int(&j->params, scope->drafts);
    }
    add_privileges(j);
    return send_or_refuse(j, err);
}

int qn_store_revision(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                      const char *locale, int n, qn_answer_fn fn, void *ctx)
{
    qn_job *j = qn_job_new(sizeof *j, s, a, scope, type, fn, ctx);
    if (!j) return QN_ENOMEM;
    j->lane = QN_LANE_READ;
    j->stmt = &revision;
    int err = add_path(j, ref, locale);
    qn_params_int(&j->params, n);
    qn_params_z(&j->params, scope->user);
    qn_params_bool(&j->params, scope->live);
    qn_params_int(&j->params, scope->drafts);
    return send_or_refuse(j, err);
}
