/* The quotations of one article, with what editors said about them: GET of all, GET and PATCH of one. */
#include <string.h>

#include "quotes.h"
#include "story.h"

enum {
    NAME_MAX_POINTS = 200,
    CUE_MAX_POINTS = 100,
    KEYED_MAX = 200 /* quotations that are well under a millisecond */
};

#define KINDS    "direct partial indirect"
#define STATUSES "auto confirmed rejected"

static const char all_sql[] = "select coalesce(json_agg(x.quote order by x.ord), '[]')"
                              " from plugin_quotes.shown($1::uuid, $2::json, $3, null) x";
static const char one_sql[] = "select quote, source, rev, decision, name, role, id"
                              " from plugin_quotes.shown($1::uuid, $2::json, 'all', $3)";
static const char decide_sql[] = "select code, rev from plugin_quotes.decide($1::uuid, $2, $3, $4, $5, $6::int, $7, "
                                 "$8::jsonb, $9::uuid, $10, $11::int)";
static const char history_sql[] = "select coalesce(json_agg(json_build_object('at', plugin_quotes.shown_at(x.at), "
                                  "'by', json_build_object('id', x.actor, 'name', x.actor_name),"
                                  " 'before', x.before, 'after', x.after) order by x.n desc), '[]')"
                                  " from (select * from plugin_quotes.audit a where a.entry = $1::uuid and a.subject = "
                                  "$2 order by a.n desc limit 50) x";

/* A request about quotations of an article; arena. */
typedef struct {
    qn_str entry;          /* its id */
    const qn_json *quotes; /* of the version that is looked at */
    int64_t version, valid_ms;
    int draft;             /* it is the draft */
    int64_t draft_version; /* 0: not read */
    const char *status;    /* of those wanted; NULL: all but the rejected */
    qn_str qid;
    qn_json *body;  /* of PATCH */
    int editor;     /* reads the draft, and so what was rejected and who said so */
    qn_json *shown; /* the one quotation as it is */
    const char *source;
    int64_t rev;
    qn_str name, role;
} look;

/* ---- the article ------------------------------------------------------------------------------------------------ */

/* The draft or what is live, with what was computed of it. */
static int read_article(qn_call *req, int draft, void (*fn)(qn_call *req, int err, const qn_entry *entry, void *ctx),
                        look *l)
{
    qn_str locale = qn->query(req, "locale");
    l->draft = draft;
    return qn->content_get(req,
                           QN_GET_ENTRY(.view = draft ? QN_DRAFT_VIEW : QN_LIVE_VIEW, .type = "article",
                                        .ref = qn->param(req, "id"), .locale = locale.p ? qn->copy(req, locale) : NULL,
                                        .derived = "quotes"),
                           fn, l);
}

/* What came, into `l`. */
static int take_article(look *l, qn_call *req, const qn_entry *entry)
{
    qn_json *quotes = qn->entry_derived(entry, "quotes");
    int err = quotes ? QN_OK : quotes_of_article(&quotes, req, qn->entry_json(entry));
    l->entry = qn->entry_id(entry);
    l->version = qn->entry_version(entry);
    l->valid_ms = qn->entry_valid_ms(entry);
    l->quotes = quotes;
    return err;
}

/* The article went to another slug: 308. */
static int has_moved(qn_call *req, int err, const qn_entry *entry, const look *l)
{
    qn_str moved = entry && err ? qn->entry_moved_to(entry) : (qn_str){ 0 };
    if (!moved.n) return 0;
    reply_moved(req,
                l->qid.n ? qn->print(req, "/v1/articles/%.*s/quotes/%s", QN_FMT(moved), encoded(req, l->qid))
                         : qn->print(req, "/v1/articles/%.*s/quotes", QN_FMT(moved)),
                "version locale status");
    return 1;
}

static int check_version(faults *f, qn_call *req)
{
    qn_str version = qn->query(req, "version");
    if (version.p && !is_text(version, "draft")) {
        qn->fault(req, "?version", "enum",
                  "\"draft\" is the only value: without the parameter you get what is published");
        f->shape++;
    }
    return version.p != NULL;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* Of what is live: the article, and what editors say of quotations and speakers. */
static void keep(qn_call *req, const look *l)
{
    if (!l->draft) qn->keep(req, l->valid_ms, qn->print(req, "entry:%.*s plugin:quotes", QN_FMT(l->entry)));
}

static void got_all(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    if (!db_came(req, err)) return;
    keep(req, ctx);
    qn->reply_data(req, 200, qn->json_parse(req, qn->rows_value(rows, 0, 0)));
}

static void got_article(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    look *l = ctx;
    if (has_moved(req, err, entry, l)) return;
    if (!err) err = take_article(l, req, entry);
    if (err) {
        qn->fail_err(req, err);
        return;
    }
    int hidden = l->status && (!strcmp(l->status, "all") || !strcmp(l->status, "rejected"));
    if (hidden && !may_on(req, "draft", qn->entry_json(entry))) {
        fail_denied(req, "see what was rejected");
        return;
    }
    qn_str params[] = { l->entry, qn->json_write(req, l->quotes), qn_text(l->status) };
    ask_db(req, qn->json_count(l->quotes) > KEYED_MAX ? QN_DB_READ : QN_DB_KEYED, all_sql, params, 3, got_all, l);
}

static void get_quotes(qn_call *req, void *ctx)
{
    (void)ctx;
    faults f = { 0 };
    look *l = qn->alloc(req, sizeof *l);
    qn_str status = qn->query(req, "status");
    int draft = check_version(&f, req);
    if (status.p && !is_word(STATUSES " all", status)) {
        qn->fault(req, "?status", "enum", "one of %s is wanted", STATUSES " all");
        f.shape++;
    }
    if (refused(req, &f, "the parameters are version=draft, locale and status, each where you like")) return;
    if (l && status.p) l->status = qn->copy(req, status);
    int err = l ? read_article(req, draft, got_article, l) : QN_ENOMEM;
    if (err) qn->fail_err(req, err);
}

/* ---- one of them ------------------------------------------------------------------------------------------------ */

/* What one_sql gave; false: there is no such quotation in what was looked at. */
static int take_one(look *l, qn_call *req, const qn_rows *rows)
{
    if (qn->rows_count(rows) < 1) return 0;
    qn_str source = qn->rows_value(rows, 0, 1);
    l->shown = qn->json_parse(req, qn->rows_value(rows, 0, 0));
    l->source = source.p ? qn->copy(req, source) : NULL;
    l->rev = qn->rows_int(rows, 0, 2, 0);
    l->name = qn_text(qn->copy(req, qn->rows_value(rows, 0, 4)));
    l->role = qn_text(qn->copy(req, qn->rows_value(rows, 0, 5)));
    return 1;
}

static void ask_one(qn_call *req, look *l, void (*fn)(qn_call *req, int err, const qn_rows *rows, void *ctx))
{
    qn_str params[] = { l->entry, qn->json_write(req, l->quotes), l->qid };
    ask_db(req, qn->json_count(l->quotes) > KEYED_MAX ? QN_DB_READ : QN_DB_KEYED, one_sql, params, 3, fn, l);
}

static void not_there(qn_call *req, const look *l)
{
    qn->fail(req, 404, "not-found", "the article has no quotation %.*s", QN_FMT(l->qid));
}

typedef struct {
    look *l;
    qn_str decision;
} told;

static void got_history(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    const told *t = ctx;
    if (!db_came(req, err)) return;
    qn_json *quote = t->l->shown;
    qn->json_set(quote, "decision", t->decision.n ? qn->json_parse(req, t->decision) : qn->json_null(req));
    qn->json_set(quote, "history", qn->json_parse(req, qn->rows_value(rows, 0, 0)));
    reply_etag(req, t->l->rev);
    qn->reply_data(req, 200, quote);
}

/* With who said what about it, and when: for those who may read the draft. */
static void reply_with_history(qn_call *req, look *l, const qn_rows *rows)
{
    told *t = qn->alloc(req, sizeof *t);
    if (!t) {
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    *t = (told){ l, qn_text(qn->copy(req, qn->rows_value(rows, 0, 3))) };
    qn_str params[] = { l->entry, l->qid };
    ask_db(req, QN_DB_KEYED, history_sql, params, 2, got_history, t);
}

static void got_one(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    look *l = ctx;
    if (!db_came(req, err)) return;
    if (!take_one(l, req, rows)) {
        not_there(req, l);
        return;
    }
    if (l->editor) {
        reply_with_history(req, l, rows);
    } else if (is_text(qn->json_text(qn->json_get(l->shown, "status")), "rejected")) {
        not_there(req, l);
    } else {
        keep(req, l);
        reply_etag(req, l->rev);
        qn->reply_data(req, 200, l->shown);
    }
}

static void got_article_of_one(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    look *l = ctx;
    if (has_moved(req, err, entry, l)) return;
    if (!err) err = take_article(l, req, entry);
    if (err) {
        qn->fail_err(req, err);
        return;
    }
    l->editor = may_on(req, "draft", qn->entry_json(entry));
    ask_one(req, l, got_one);
}

static void get_one(qn_call *req)
{
    faults f = { 0 };
    look *l = qn->alloc(req, sizeof *l);
    int draft = check_version(&f, req);
    if (refused(req, &f, "the parameters are version=draft and locale, where you like")) return;
    if (l) l->qid = qn->param(req, "qid");
    int err = l ? read_article(req, draft, got_article_of_one, l) : QN_ENOMEM;
    if (err) qn->fail_err(req, err);
}

/* ---- PATCH: what the body says ---------------------------------------------------------------------------------- */

static void check_word(faults *f, qn_call *req, const qn_json *body, const char *name, const char *words)
{
    const qn_json *v = qn->json_get(body, name);
    if (!v) return;
    const char *pointer = pointer_to(req, "", name);
    if (qn->json_kind(v) != QN_JSON_STRING) {
        qn->fault(req, pointer, "type", "a string is wanted: one of %s", words);
        f->shape++;
    } else if (!is_word(words, qn->json_text(v))) {
        qn->fault(req, pointer, "enum", "one of %s is wanted", words);
        f->rule++;
    }
}

static int is_null(const qn_json *v)
{
    return qn->json_kind(v) == QN_JSON_NULL;
}

static void check_speaker(faults *f, qn_call *req, const qn_json *speaker)
{
    if (!speaker || is_null(speaker)) return;
    if (qn->json_kind(speaker) != QN_JSON_OBJECT) {
        qn->fault(req, "/speaker", "type", "an object with name and role is wanted, or null: nobody is named");
        f->shape++;
        return;
    }
    only_members(f, req, speaker, "/speaker", "name role");
    const qn_json *name = qn->json_get(speaker, "name"), *role = qn->json_get(speaker, "role");
    if (name) a_text(f, req, name, "/speaker/name", NAME_MAX_POINTS);
    if (role && !is_null(role)) a_text(f, req, role, "/speaker/role", NAME_MAX_POINTS);
}

static void check_patch(faults *f, qn_call *req, const qn_json *body)
{
    static const char *const corrections[] = { "kind", "cue", "speaker" };
    if (qn->json_kind(body) != QN_JSON_OBJECT) {
        qn->fault(req, "", "type", "an object is wanted");
        f->shape++;
        return;
    }
    only_members(f, req, body, "", "status kind cue speaker");
    check_word(f, req, body, "status", STATUSES);
    check_word(f, req, body, "kind", KINDS);
    const qn_json *cue = qn->json_get(body, "cue");
    if (cue && !is_null(cue)) a_text(f, req, cue, "/cue", CUE_MAX_POINTS);
    check_speaker(f, req, qn->json_get(body, "speaker"));
    if (!is_text(qn->json_text(qn->json_get(body, "status")), "auto")) return;
    for (size_t i = 0; i < sizeof corrections / sizeof *corrections; i++) {
        if (!qn->json_get(body, corrections[i])) continue;
        qn->fault(req, pointer_to(req, "", corrections[i]), "conflict",
                  "with the status auto the quotation is what was extracted, without corrections");
        f->rule++;
    }
}

/* The speaker that a correction leaves: its members in place of the present ones. NULL: no name at all. */
static qn_json *speaker_left(qn_call *req, const look *l, const qn_json *given)
{
    const qn_json *role = qn->json_get(given, "role"), *name = qn->json_get(given, "name");
    faults none = { 0 };
    qn_str n = name ? a_text(&none, req, name, "/speaker/name", NAME_MAX_POINTS) : l->name;
    qn_str r = role && !is_null(role) ? a_text(&none, req, role, "/speaker/role", NAME_MAX_POINTS) : l->role;
    if (!n.n) return NULL;
    qn_json *o = qn->json_object(req);
    qn->json_set_str(o, "name", n);
    qn->json_set(o, "role", (role && is_null(role)) || !r.n ? qn->json_null(req) : qn->json_str(req, r));
    qn->json_set_str(o, "slug", qn_text(qn->slug(req, n)));
    return o;
}

/* The corrections as they are kept; absent: there are none. False: the request has been answered. */
static int corrections_of(qn_str *out, qn_call *req, const look *l)
{
    const qn_json *kind = qn->json_get(l->body, "kind"), *cue = qn->json_get(l->body, "cue"),
                  *speaker = qn->json_get(l->body, "speaker");
    qn_json *patch = qn->json_object(req);
    faults none = { 0 };
    if (kind) qn->json_set_str(patch, "kind", qn->json_text(kind));
    if (cue && is_null(cue)) qn->json_set(patch, "cue", qn->json_null(req));
    if (cue && !is_null(cue)) qn->json_set_str(patch, "cue", a_text(&none, req, cue, "/cue", CUE_MAX_POINTS));
    if (speaker && is_null(speaker)) qn->json_set(patch, "speaker", qn->json_null(req));
    if (speaker && !is_null(speaker)) {
        qn_json *left = speaker_left(req, l, speaker);
        if (!left) {
            qn->fault(req, "/speaker/name", "required", "nobody is named so far: a name has to be given");
            qn->fail(req, 422, "validation", "a speaker has a name");
            return 0;
        }
        qn->json_set(patch, "speaker", left);
    }
    *out = qn->json_count(patch) ? qn->json_write(req, patch) : (qn_str){ 0 };
    return 1;
}

/* ---- PATCH: what is done ---------------------------------------------------------------------------------------- */

static void patched(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    look *l = ctx;
    if (!db_came(req, err)) return;
    if (take_one(l, req, rows))
        reply_with_history(req, l, rows);
    else
        not_there(req, l);
}

static void decided(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    look *l = ctx;
    if (!db_came(req, err)) return;
    qn->touch(req, "");
    if (is_text(qn->rows_value(rows, 0, 0), "stale"))
        fail_stale(req, qn->rows_int(rows, 0, 1, 0));
    else
        ask_one(req, l, patched);
}

static void decide(qn_call *req, look *l)
{
    qn_str patch, caller = qn->caller_id(req), status = qn->json_text(qn->json_get(l->body, "status"));
    int64_t expect = if_match(req, l->rev, l->draft_version);
    if (expect == NO_REV) {
        fail_stale(req, l->rev);
        return;
    }
    if (!corrections_of(&patch, req, l)) return;
    qn_str params[] = { l->entry,
                        qn_text(l->source),
                        l->qid,
                        qn->json_text(qn->json_get(l->shown, "block")),
                        qn->json_text(qn->json_get(l->shown, "text")),
                        qn_text(qn->print(req, "%lld", (long long)l->version)),
                        status,
                        patch,
                        caller,
                        qn->caller_name(req),
                        expect < 0 ? (qn_str){ 0 } : qn_text(qn->print(req, "%lld", (long long)expect)) };
    ask_db(req, QN_DB_WRITE, decide_sql, params, 11, decided, l);
}

static void got_live(qn_call *req, int err, const qn_entry *entry, void *ctx);

static void got_present(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    look *l = ctx;
    if (!db_came(req, err)) return;
    if (take_one(l, req, rows)) {
        decide(req, l);
        return;
    }
    if (!l->draft) {
        not_there(req, l);
        return;
    }
    /* Not in the draft any more: perhaps in what is live. */
    err = read_article(req, 0, got_live, l);
    if (err) qn->fail_err(req, err);
}

static void got_live(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    look *l = ctx;
    if (!err) err = take_article(l, req, entry);
    if (err == QN_ENOTFOUND)
        not_there(req, l);
    else if (err)
        qn->fail_err(req, err);
    else
        ask_one(req, l, got_present);
}

/* The draft is not the caller's to see: they may know of the article all the same. */
static void got_for_refusal(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    if (has_moved(req, err, entry, ctx)) return;
    if (err)
        qn->fail_err(req, err);
    else
        fail_denied(req, "change this article");
}

static void got_draft(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    look *l = ctx;
    if (err == QN_ENOTFOUND && !entry) {
        err = read_article(req, 0, got_for_refusal, l);
        if (!err) return;
    }
    if (has_moved(req, err, entry, l)) return;
    if (!err && !may_on(req, "change", qn->entry_json(entry))) {
        fail_denied(req, "change this article");
        return;
    }
    if (!err) err = take_article(l, req, entry);
    if (err) {
        qn->fail_err(req, err);
        return;
    }
    l->draft_version = l->version;
    ask_one(req, l, got_present);
}

static void patch_one(qn_call *req)
{
    faults f = { 0 };
    if (qn->may(req, "article", "change") == QN_MAY_NOT) {
        fail_denied(req, "change articles");
        return;
    }
    look *l = qn->alloc(req, sizeof *l);
    qn_json *body = qn->body_json(req);
    if (!body) return;
    check_patch(&f, req, body);
    if (refused(req, &f, "the body has a status (auto, confirmed, rejected), or corrections: kind, cue, speaker"))
        return;
    if (l) {
        l->body = body;
        l->qid = qn->param(req, "qid");
    }
    int err = l ? read_article(req, 1, got_draft, l) : QN_ENOMEM;
    if (err) qn->fail_err(req, err);
}

/* ---- routes ----------------------------------------------------------------------------------------------------- */

static void one(qn_call *req, void *ctx)
{
    (void)ctx;
    if (qn->method(req) == QN_PATCH)
        patch_one(req);
    else
        get_one(req);
}

int offer_article_quotes(void)
{
    int err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/articles/{id}/quotes",
                                       .params = "version locale status", .fn = get_quotes, .kept = 1));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/articles/{id}/quotes/{qid}",
                                       .params = "version locale", .fn = one, .kept = 1));
    if (!err)
        err = qn->route(self,
                        QN_ROUTE(.methods = QN_PATCH, .pattern = "/v1/articles/{id}/quotes/{qid}", .params = "locale",
                                 .fn = one, .accepts = "application/merge-patch+json,application/json",
                                 .max_body_bytes = 16384));
    return err;
}
