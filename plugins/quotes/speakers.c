/* Speakers: who they are, what they said, and what an editor knows better: another name, or that two are one. */
#include <string.h>

#include "quotes.h"

enum { NAME_MAX_POINTS = 200, SLUG_BYTES = 200 };

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* What is live of a speaker; see put_source() of search.c for "offset 0". */
#define LIVE_QUOTES                                                                                                    \
    " plugin_quotes.quote q cross join lateral (select from quoin.publication p where p.entry = q.entry"               \
    " and p.locale = q.locale and p.publish_at = q.publish_at and p.publish_at <= now() and p.until > now() offset 0)" \
    " p where q.speaker = s.id and q.status <> 'rejected'"
#define TIME_SHOWN(of) "to_char(" of " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

/* What a speaker is shown as. The role is that of the last article that gives one, where no editor gave another. */
#define SPEAKER                                                                                                        \
    " json_build_object('slug', s.slug, 'name', s.name, 'role', coalesce(s.role, (select q.role from" LIVE_QUOTES      \
    " and q.role is not null order by q.at desc, q.entry desc, q.back desc limit 1)), 'count', c.n, "                  \
    "'first_at', " TIME_SHOWN("c.first") ", 'last_at', " TIME_SHOWN("c.last") ")"
#define COUNTED                                                                                                        \
    " cross join lateral (select count(*) as n, min(q.at) as first, max(q.at) as last from" LIVE_QUOTES ") c"

/* Pages by slug. $1: those of whom nothing is live, too; $2 the cursor; $3 limit; $4 a search. */
#define KNOWN " ($1::bool or (select true from" LIVE_QUOTES " limit 1))" /* a look at each, not a table of all */
#define SEARCHED                                                                                                       \
    " and s.id in (select a.speaker from plugin_quotes.alias a where a.words @@ plugin_quotes.name_asked($4))"
#define PAGE(FOUND, PAST, BACK, ORDER)                                                                                 \
    "select coalesce(json_agg(y.item order by y.rn), '[]'), coalesce(bool_or(y.total > $3::int), false), $2::text is " \
    "not null"                                                                                                         \
    " and exists (select from plugin_quotes.speaker s where " BACK " and" KNOWN FOUND                                  \
    " limit 1), min(y.slug), max(y.slug), quoin.valid_ms()"                                                            \
    " from (select" SPEAKER " as item, s.slug, s.rn, s.total from (select s.*, row_number() over () as rn,"            \
    " count(*) over () as total from (select s.* from plugin_quotes.speaker s where " PAST " and" KNOWN FOUND          \
    " order by s.slug " ORDER " limit $3::int + 1) s) s" COUNTED " where s.rn <= $3::int) y"
#define AFTER(FOUND)  PAGE(FOUND, "s.slug > coalesce($2, '')", "s.slug <= $2", "asc")
#define BEFORE(FOUND) PAGE(FOUND, "s.slug < $2", "s.slug >= $2", "desc")

static const char *const page_sql[2][2] = { { AFTER(""), BEFORE("") }, { AFTER(SEARCHED), BEFORE(SEARCHED) } };

/* One speaker behind a slug, a former one too; what is only an editor's to know when $2. */
static const char one_sql[] =
    "select" SPEAKER
    ", s.slug, s.rev, quoin.valid_ms(), (select json_agg(a.name order by a.name) from plugin_quotes.alias a"
    " where a.speaker = s.id) from plugin_quotes.speaker s" COUNTED
    " where s.id = (select x.speaker from plugin_quotes.speaker_slug x where x.slug = $1) and"
    "($2::bool or c.n > 0)";

static const char rename_sql[] = "select code, slug, rev, other from plugin_quotes.rename($1, $2, $3, $4, $5::bool, $6,"
                                 " $7::uuid, $8, $9::int)";
static const char merge_sql[] = "select code, slug, rev from plugin_quotes.merge($1, $2, $3::uuid, $4)";

/* ---- a page of them --------------------------------------------------------------------------------------------- */

typedef struct {
    page_query page;
    qn_str search;
} listing;

static const char cursor_of[] = "speakers";

static qn_str cursor_at(qn_call *req, const qn_rows *rows, int col)
{
    qn_str key = qn->rows_value(rows, 0, col);
    return qn->cursor(req, cursor_of, &key, 1);
}

static void got_page(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    const listing *l = ctx;
    if (!db_came(req, err)) return;
    qn_json *found = qn->json_parse(req, qn->rows_value(rows, 0, 0)), *items = qn->json_array(req);
    size_t n = qn->json_count(found);
    int reverse = l->page.before.p != NULL, more = is_text(qn->rows_value(rows, 0, 1), "t"),
        other = is_text(qn->rows_value(rows, 0, 2), "t");
    qn_str next = { 0 }, prev = { 0 };
    for (size_t i = 0; i < n; i++) qn->json_add(items, qn->json_at(found, reverse ? n - 1 - i : i));
    if (n && (reverse ? other : more)) next = cursor_at(req, rows, 4);
    if (n && (reverse ? more : other)) prev = cursor_at(req, rows, 3);
    keep_listed(req, qn->rows_int(rows, 0, 5, -1));
    qn->reply_page(req, found ? items : NULL, l->page.limit, next, prev);
}

static int may_read(qn_call *req)
{
    if (qn->may(req, "article", "read") != QN_MAY_NOT) return 1;
    fail_denied(req, "read articles");
    return 0;
}

static void get_speakers(qn_call *req, void *ctx)
{
    (void)ctx;
    faults f = { 0 };
    listing *l = qn->alloc(req, sizeof *l);
    qn_str key = { 0 };
    if (!may_read(req)) return;
    if (!l) {
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    read_page_query(&l->page, &f, req);
    l->search = read_search(&f, req);
    qn_str text = l->page.after.p ? l->page.after : l->page.before;
    if (text.p && (qn->cursor_keys(&key, 1, req, cursor_of, text) || !key.p || key.n > SLUG_BYTES)) {
        qn->fault(req, l->page.after.p ? "?after" : "?before", "cursor",
                  "this is not a cursor of this list; take it from a page's links as it is");
        f.shape++;
    }
    if (refused(req, &f, "a page of speakers is asked for with other parameters; see errors")) return;
    qn_str params[] = { is_editor(req) ? QN_STR("t") : QN_STR("f"), key, qn_text(qn->print(req, "%u", l->page.limit)),
                        l->search };
    ask_db(req, QN_DB_READ, page_sql[l->search.p != NULL][l->page.before.p != NULL], params, l->search.p ? 4 : 3,
           got_page, l);
}

/* ---- one of them ------------------------------------------------------------------------------------------------ */

/* What follows when the speaker of the path is known, under its present slug. */
typedef struct {
    void (*then)(qn_call *req, const qn_rows *rows);
    const char *below; /* the path behind the slug: "/quotes" */
    const char *params;
} look;

static void got_one(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    const look *l = ctx;
    qn_str slug = qn->param(req, "slug");
    if (!db_came(req, err)) return;
    qn_str present = qn->rows_value(rows, 0, 1);
    if (!present.n)
        qn->fail(req, 404, "not-found", "there is no speaker of that slug");
    else if (present.n != slug.n || memcmp(present.p, slug.p, slug.n))
        reply_moved(req, qn->print(req, "/v1/speakers/%.*s%s", QN_FMT(present), l->below), l->params);
    else
        l->then(req, rows);
}

/* Slugs have few characters: what is none of them is nobody's. */
static int is_slug(qn_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              (s.p[i] == '-' && i > 0 && i + 1 < s.n && s.p[i - 1] != '-')))
            return 0;
    return s.n > 0 && s.n <= SLUG_BYTES;
}

static void find(qn_call *req, const look *l)
{
    qn_str slug = qn->param(req, "slug");
    if (!may_read(req)) return;
    if (!is_slug(slug)) {
        qn->fail(req, 404, "not-found", "there is no speaker of that slug");
        return;
    }
    qn_str params[] = { slug, is_editor(req) ? QN_STR("t") : QN_STR("f") };
    ask_db(req, QN_DB_READ, one_sql, params, 2, got_one, (void *)(uintptr_t)l);
}

/* With the names that lead to the speaker: for editors, who may have merged them. */
static qn_json *speaker_of(qn_call *req, const qn_rows *rows)
{
    qn_json *speaker = qn->json_parse(req, qn->rows_value(rows, 0, 0));
    if (is_editor(req)) qn->json_set(speaker, "names", qn->json_parse(req, qn->rows_value(rows, 0, 4)));
    return speaker;
}

static void show(qn_call *req, const qn_rows *rows)
{
    if (qn->method(req) == QN_GET) keep_listed(req, qn->rows_int(rows, 0, 3, -1));
    reply_etag(req, qn->rows_int(rows, 0, 2, 1));
    qn->reply_data(req, 200, speaker_of(req, rows));
}

static void show_quotes(qn_call *req, const qn_rows *rows)
{
    (void)rows;
    reply_quotes(req, qn->param(req, "slug"));
}

#define QUOTES_PARAMS "limit after before sort locale kind status search filter[tag] filter[from] filter[to]"

static void get_speaker_quotes(qn_call *req, void *ctx)
{
    static const look l = { show_quotes, "/quotes", QUOTES_PARAMS };
    (void)ctx;
    find(req, &l);
}

/* ---- changing --------------------------------------------------------------------------------------------------- */

/* Speakers belong to no entry: they are for those who may change every article. */
static int may_change(qn_call *req)
{
    if (qn->may(req, "article", "change") == QN_MAY_ALL) return 1;
    fail_denied(req, "change speakers");
    return 0;
}

static void reply_changed(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    (void)ctx;
    if (!db_came(req, err)) return;
    if (qn->rows_count(rows) == 1)
        show(req, rows);
    else /* merged into another one in the moment since */
        qn->fail(req, 409, "conflict", "the speaker was merged into another one just now");
}

static void read_anew(qn_call *req, const qn_rows *rows)
{
    qn_str params[] = { qn->rows_value(rows, 0, 1), QN_STR("t") };
    ask_db(req, QN_DB_READ, one_sql, params, 2, reply_changed, NULL);
}

static qn_str revision_wanted(qn_call *req, int64_t rev)
{
    int64_t expect = if_match(req, rev, 0);
    return expect < 0 ? (qn_str){ 0 } : qn_text(qn->print(req, "%lld", (long long)expect));
}

static void fail_taken(qn_call *req, const char *member, qn_str other)
{
    qn->fault(req, qn->print(req, "/%s", member), "taken",
              "the speaker %.*s has it: POST /v1/speakers/…/merge makes two of them one", QN_FMT(other));
    qn->fail(req, 409, "taken", "the %s is taken by the speaker %.*s", member, QN_FMT(other));
}

static void renamed(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    (void)ctx;
    if (!db_came(req, err)) return;
    qn_str code = qn->rows_value(rows, 0, 0);
    qn->touch(req, "");
    if (is_text(code, "stale"))
        fail_stale(req, qn->rows_int(rows, 0, 2, 0));
    else if (is_text(code, "notfound"))
        qn->fail(req, 404, "not-found", "there is no speaker of that slug");
    else if (is_text(code, "name") || is_text(code, "slug"))
        fail_taken(req, is_text(code, "name") ? "name" : "slug", qn->rows_value(rows, 0, 3));
    else
        read_anew(req, rows);
}

static void check_rename(faults *f, qn_call *req, const qn_json *body)
{
    const qn_json *name = qn->json_get(body, "name"), *slug = qn->json_get(body, "slug"),
                  *role = qn->json_get(body, "role");
    if (qn->json_kind(body) != QN_JSON_OBJECT) {
        qn->fault(req, "", "type", "an object is wanted");
        f->shape++;
        return;
    }
    only_members(f, req, body, "", "name slug role");
    if (name) a_text(f, req, name, "/name", NAME_MAX_POINTS);
    if (role && qn->json_kind(role) != QN_JSON_NULL) a_text(f, req, role, "/role", NAME_MAX_POINTS);
    if (slug && qn->json_kind(slug) != QN_JSON_STRING) {
        qn->fault(req, "/slug", "type", "a string is wanted");
        f->shape++;
    } else if (slug && !is_slug(qn->json_text(slug))) {
        qn->fault(req, "/slug", "format", "small letters, digits and single dashes are wanted, at most %d", SLUG_BYTES);
        f->rule++;
    }
}

/* The speaker is there, under this slug: the body is about it. */
static void do_rename(qn_call *req, const qn_rows *rows)
{
    faults f = { 0 };
    qn_json *body = qn->body_json(req);
    if (!body) return;
    check_rename(&f, req, body);
    if (refused(req, &f, "the body has a name, a slug, a role, each where you like")) return;
    int64_t rev = qn->rows_int(rows, 0, 2, 0);
    if (if_match(req, rev, 0) == NO_REV) {
        fail_stale(req, rev);
        return;
    }
    const qn_json *name = qn->json_get(body, "name"), *role = qn->json_get(body, "role");
    qn_str n = name ? a_text(&f, req, name, "/name", NAME_MAX_POINTS) : (qn_str){ 0 };
    qn_str r =
        role && qn->json_kind(role) == QN_JSON_STRING ? a_text(&f, req, role, "/role", NAME_MAX_POINTS) : (qn_str){ 0 };
    qn_str params[] = { qn->param(req, "slug"),
                        n,
                        qn->json_text(qn->json_get(body, "slug")),
                        n.p ? qn_text(qn->slug(req, n)) : (qn_str){ 0 },
                        role ? QN_STR("t") : QN_STR("f"),
                        r,
                        qn->caller_id(req),
                        qn->caller_name(req),
                        revision_wanted(req, rev) };
    ask_db(req, QN_DB_WRITE, rename_sql, params, 9, renamed, NULL);
}

static void speaker(qn_call *req, void *ctx)
{
    static const look shown = { show, "", NULL }, changed = { do_rename, "", NULL };
    (void)ctx;
    if (qn->method(req) != QN_PATCH)
        find(req, &shown);
    else if (may_change(req))
        find(req, &changed);
}

/* ---- merging ---------------------------------------------------------------------------------------------------- */

static void merged(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    (void)ctx;
    if (!db_came(req, err)) return;
    qn_str code = qn->rows_value(rows, 0, 0);
    qn->touch(req, "");
    if (is_text(code, "ok")) {
        read_anew(req, rows);
    } else if (is_text(code, "into")) {
        qn->fault(req, "/into", "reference", "there is no speaker of that slug");
        qn->fail(req, 422, "validation", "into is the slug of a speaker");
    } else if (is_text(code, "self")) {
        qn->fault(req, "/into", "conflict", "this is the speaker itself");
        qn->fail(req, 409, "conflict", "a speaker cannot be merged into itself");
    } else {
        qn->fail(req, 404, "not-found", "there is no speaker of that slug");
    }
}

/* A slug that was merged before is no 308 here: the same request again is the same answer. */
static void post_merge(qn_call *req, void *ctx)
{
    faults f = { 0 };
    (void)ctx;
    if (!may_change(req)) return;
    qn_json *body = qn->body_json(req);
    if (!body) return;
    const qn_json *into = qn->json_get(body, "into");
    if (qn->json_kind(body) != QN_JSON_OBJECT) {
        qn->fault(req, "", "type", "an object is wanted");
        f.shape++;
    } else {
        only_members(&f, req, body, "", "into");
        if (qn->json_kind(into) != QN_JSON_STRING) {
            qn->fault(req, "/into", into ? "type" : "required", "the slug of the speaker that stays is wanted");
            f.shape++;
        }
    }
    if (refused(req, &f, "the body is {\"into\":\"the slug of the speaker that stays\"}")) return;
    qn_str params[] = { qn->param(req, "slug"), qn->json_text(into), qn->caller_id(req), qn->caller_name(req) };
    ask_db(req, QN_DB_WRITE, merge_sql, params, 4, merged, NULL);
}

/* ---- routes ----------------------------------------------------------------------------------------------------- */

int offer_speakers(void)
{
    enum { BODY_BYTES = 16384 };
    int err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/speakers",
                                       .params = "limit after before search", .fn = get_speakers, .kept = 1));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/speakers/{slug}", .fn = speaker, .kept = 1));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_PATCH, .pattern = "/v1/speakers/{slug}", .fn = speaker,
                                       .accepts = "application/merge-patch+json,application/json",
                                       .max_body_bytes = BODY_BYTES));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/speakers/{slug}/quotes",
                                       .params = QUOTES_PARAMS, .fn = get_speaker_quotes, .kept = 1));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_POST, .pattern = "/v1/speakers/{slug}/merge", .fn = post_merge,
                                       .accepts = "application/json", .max_body_bytes = BODY_BYTES));
    return err;
}
