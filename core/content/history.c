/* The lists beside entries: an entry's history, and the tags. */
#include "content/page.h"

static const qn_stmt stmt_revisions = {
    "revisions",
    "WITH e AS MATERIALIZED (SELECT x.id, reaches($7, $5, x.created_by) AS may FROM entry x"
    "  WHERE x.id = entry_locate($1, $2, $3, $4, $5, $7, $6)),"
    " k AS (SELECT * FROM (SELECT r AS r, r.version FROM e JOIN revision r ON r.entry = e.id"
    "   WHERE e.may AND $9::int IS NULL AND r.version < coalesce($8, 2147483647) ORDER BY r.version DESC LIMIT $10 + "
    "1) f"
    "  UNION ALL SELECT * FROM (SELECT r AS r, r.version FROM e JOIN revision r ON r.entry = e.id"
    "   WHERE e.may AND r.version > $9::int ORDER BY r.version LIMIT $10 + 1) b),"
    " n AS (SELECT k.*, row_number() OVER (ORDER BY CASE WHEN $9::int IS NULL THEN -version ELSE version END) AS rn,"
    "  count(*) OVER () AS total FROM k),"
    " y AS (SELECT string_agg(revision_head(r) || '}', ',' ORDER BY version DESC) AS items, count(*) AS n, max(total) "
    "AS total,"
    "  max(version) AS newest, min(version) AS oldest, max((r).created_at) AS modified FROM n WHERE rn <= $10)"
    " SELECT (SELECT CASE WHEN count(*) = 0 THEN 'notfound' WHEN NOT bool_and(may) THEN 'denied' END FROM e),"
    " '[' || coalesce(items, '') || ']', n, coalesce(total > $10, false),"
    " CASE WHEN $8::int IS NOT NULL THEN EXISTS (SELECT FROM e JOIN revision r ON r.entry = e.id WHERE r.version >= $8)"
    "  WHEN $9::int IS NOT NULL THEN EXISTS (SELECT FROM e JOIN revision r ON r.entry = e.id WHERE r.version <= $9) "
    "ELSE false END,"
    " floor(extract(epoch FROM modified))::bigint, NULL, newest, oldest FROM y"
};

/* Counts what readers see of each tag; `$1`: those of working copies stand in the list too, and count. */
static const qn_stmt stmt_tags = {
    "tags",
    "WITH k AS (SELECT * FROM (SELECT g.slug, g.name, g.kind FROM tag g WHERE $3::text IS NULL AND g.slug > "
    "coalesce($2, '')"
    "   AND ($1::bool OR EXISTS (SELECT FROM entry_tag t WHERE t.view = 'l' AND t.tag = g.slug AND t.publish_at <= "
    "now() AND t.until > now()))"
    "   ORDER BY g.slug LIMIT $4 + 1) f"
    "  UNION ALL SELECT * FROM (SELECT g.slug, g.name, g.kind FROM tag g WHERE g.slug < $3::text"
    "   AND ($1::bool OR EXISTS (SELECT FROM entry_tag t WHERE t.view = 'l' AND t.tag = g.slug AND t.publish_at <= "
    "now() AND t.until > now()))"
    "   ORDER BY g.slug DESC LIMIT $4 + 1) b),"
    " n AS (SELECT k.*, CASE WHEN $3::text IS NULL THEN row_number() OVER (ORDER BY slug) ELSE row_number() OVER "
    "(ORDER BY slug DESC) END AS rn,"
    "  count(*) OVER () AS total FROM k),"
    " c AS (SELECT n.*, CASE WHEN $1::bool"
    "   THEN (SELECT count(DISTINCT t.entry) FROM entry_tag t WHERE t.view IN ('d', 'l') AND t.tag = n.slug AND "
    "t.publish_at <= now() AND t.until > now())"
    "   ELSE (SELECT count(*) FROM entry_tag t WHERE t.view = 'l' AND t.tag = n.slug AND t.publish_at <= now() AND "
    "t.until > now()) END AS used"
    "  FROM n WHERE rn <= $4),"
    " y AS (SELECT string_agg('{\"slug\":\"' || slug || '\",\"name\":' || to_json(name)::text || ',\"kind\":\"' || "
    "kind || '\",\"count\":' || used || '}',"
    "  ',' ORDER BY slug) AS items, count(*) AS n, max(total) AS total, min(slug) AS first, max(slug) AS last FROM c)"
    " SELECT NULL, '[' || coalesce(items, '') || ']', n, coalesce(total > $4, false),"
    " EXISTS (SELECT FROM tag g WHERE ($2::text IS NOT NULL OR $3::text IS NOT NULL)"
    "  AND g.slug <= coalesce($2, g.slug) AND g.slug >= coalesce($3, g.slug)"
    "  AND ($1::bool OR EXISTS (SELECT FROM entry_tag t WHERE t.view = 'l' AND t.tag = g.slug AND t.publish_at <= "
    "now() AND t.until > now()))),"
    " NULL, ms_until(next_change()), first, last FROM y"
};

int qn_store_revisions(qn_store *s, qn_arena *a, const qn_scope *scope, const qn_type *type, qn_str ref,
                       const char *locale, unsigned limit, qn_str after, qn_str before, qn_page_fn fn, void *ctx)
{
    uint64_t version;
    qn_page_job *j = qn_page_new(s, a, fn, ctx);
    if (!j) return QN_ENOMEM;
    j->stmt = &stmt_revisions;
    j->spec = "revisions";
    j->nkeys = 1;
    qn_params *p = &j->params;
    qn_params_z(p, type->name);
    int found = qn_params_ref(p, ref);
    if (!found)
        found = qn_params_locale(p, locale);
    else
        qn_params_z(p, NULL);
    qn_params_z(p, scope->user);
    qn_params_bool(p, scope->live);
    qn_params_int(p, scope->drafts);
    int err = qn_page_cursor(j, after, before);
    if (!err && j->cursor && qn_str_u64(&version, j->keys[0], 1, INT32_MAX)) err = qn_page_bad_cursor(j);
    qn_params_str(p, j->cursor && !j->reverse ? j->keys[0] : (qn_str){ 0 });
    qn_params_str(p, j->cursor && j->reverse ? j->keys[0] : (qn_str){ 0 });
    qn_params_int(p, limit);
    return qn_page_send(j, err ? err : found);
}

int qn_store_tags(qn_store *s, qn_arena *a, bool drafts, unsigned limit, qn_str after, qn_str before, qn_page_fn fn,
                  void *ctx)
{
    qn_page_job *j = qn_page_new(s, a, fn, ctx);
    if (!j) return QN_ENOMEM;
    j->stmt = &stmt_tags;
    j->standby = !drafts;
    j->spec = "tags";
    j->nkeys = 1;
    int err = qn_page_cursor(j, after, before);
    if (!err && j->cursor && !qn_is_slug(j->keys[0])) err = qn_page_bad_cursor(j);
    qn_params *p = &j->params;
    qn_params_bool(p, drafts);
    qn_params_str(p, j->cursor && !j->reverse ? j->keys[0] : (qn_str){ 0 });
    qn_params_str(p, j->cursor && j->reverse ? j->keys[0] : (qn_str){ 0 });
    qn_params_int(p, limit);
    return qn_page_send(j, err);
}
