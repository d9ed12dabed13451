/* One entry: what readers get, the working copy, a revision. */
#include "base/uuid.h"
#include "content/store_impl.h"

/* What the public gets, by slug and by id: an index, a page, and the text as it stands there. Where it has references they are put in now
 * (the lateral is not run for others). One row in the form of entry_answer wherever there is such a slug or id, also when nothing is live:
 * then it says when that will change by itself. */
#define LIVE_COLUMNS \
    "SELECT CASE WHEN p.entry IS NULL THEN 'notfound' ELSE 'ok' END," \
    " CASE WHEN p.slug = coalesce($3, p.slug) THEN coalesce(p.doc, r.doc) END, p.entry, p.slug, p.version," \
    " coalesce(p.etag, etag_live(p.version, r.doc))," \
    " floor(extract(epoch FROM greatest(p.publish_at, r.changed)))::bigint," \
    " ms_until(CASE WHEN p.entry IS NOT NULL THEN least(p.until, r.changes) ELSE (SELECT min(n.publish_at) FROM published n" \
    "  WHERE n.entry = c.entry AND n.publish_at > now()) END)," \
    " CASE WHEN p.slug <> $3 THEN p.slug END, NULL, NULL, NULL, NULL, NULL, NULL, p.ref_target"
#define LIVE_ROW \
    " LEFT JOIN published p ON p.entry = c.entry AND p.type = $1 AND p.publish_at <= now() AND p.until > now()"
#define LIVE_REFS \
    " LEFT JOIN LATERAL (SELECT f.doc, f.changed, f.changes FROM published_read(p.parts, p.gap_many, p.ref_gap, p.ref_target) f WHERE p.parts IS NOT NULL) r ON true"

const qn_stmt qn_stmt_live_by_slug = {
    "live_by_slug",
    LIVE_COLUMNS " FROM slug c" LIVE_ROW " AND p.locale = c.locale AND c.since <= now()" LIVE_REFS
    " WHERE c.type = $1 AND $2::uuid IS NULL AND c.slug = $3::text AND ($4::text IS NULL OR c.locale = $4)"
    " ORDER BY p.entry IS NULL, c.locale <> default_locale(), c.locale LIMIT 1"
};

const qn_stmt qn_stmt_live_by_id = {
    "live_by_id",
    LIVE_COLUMNS " FROM (SELECT $2::uuid AS entry) c" LIVE_ROW " AND ($4::text IS NULL OR p.locale = $4)" LIVE_REFS
    " WHERE $3::text IS NULL ORDER BY p.locale <> default_locale(), p.locale LIMIT 1"
};

static const qn_stmt live_for_role = { "live_for_role", "SELECT * FROM entry_read_live($1, $2, $3, $4, $5, $6, $7)" };
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

static void live(qn_job *j, qn_str ref)
{
    j->stmt = j->scope->user ? &live_for_role : qn_is_uuid(ref) ? &qn_stmt_live_by_id : &qn_stmt_live_by_slug;
    if (!j->scope->user) return;
    qn_params_z(&j->params, j->scope->user);
    add_privileges(j);
}

int qn_store_get(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref, const char *locale, qn_view view,
                 qn_answer_fn fn, void *ctx)
{
    qn_job *j = qn_job_new(sizeof *j, s, a, scope, type, fn, ctx);
    if (!j) return QN_ENOMEM;
    j->lane = QN_LANE_READ;
    int err = add_path(j, ref, locale);
    if (view == QN_VIEW_LIVE) {
        if (!scope->live) err = QN_ENOTFOUND;
        live(j, ref);
        return send_or_refuse(j, err);
    }
    if (scope->drafts == QN_REACH_NONE) err = QN_ENOTFOUND;
    j->stmt = &draft;
    qn_params_z(&j->params, scope->user);
    qn_params_int(&j->params, scope->drafts);
    add_privileges(j);
    return send_or_refuse(j, err);
}

int qn_store_revision(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref, const char *locale, int n,
                      qn_answer_fn fn, void *ctx)
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
