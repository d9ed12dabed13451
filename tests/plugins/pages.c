/* What came with 1.1: pages with cursors, slugs, computed fields by version, reading everything anew beside hooks after
 * something. */
#include <quoin.h>

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 10, STEPS = 3 };

static const qn_api *qn;

static const qn_sql_step steps[] = {
    { "0001_step", "create table step (n bigint generated always as identity, what text not null)" },
    { 0 },
};

/* ---- pages: the numbers from 0 to 9 -- */

static qn_str cursor_of(qn_call *req, int64_t number)
{
    qn_str keys[] = { qn_text(qn->print(req, "%lld", (long long)number)), { 0 } };
    return qn->cursor(req, "numbers", keys, 2);
}

static void numbers(qn_call *req, void *ctx)
{
    (void)ctx;
    int64_t limit, first = 0;
    qn_str after = qn->query(req, "after"), before = qn->query(req, "before"), keys[2];
    if (qn->query_int(&limit, req, "limit", 1, NUMBERS, 4)) return;
    if (after.p || before.p) {
        if (qn->cursor_keys(keys, 2, req, "numbers", after.p ? after : before) || !keys[0].p || keys[1].p) {
            qn->fail(req, 400, "bad-request", "no cursor of this list");
            return;
        }
        first = after.p ? atoi(keys[0].p) + 1 : atoi(keys[0].p) - limit;
        if (first < 0) first = 0;
    }
    qn_json *items = qn->json_array(req);
    int64_t end = first + limit < NUMBERS ? first + limit : NUMBERS;
    for (int64_t i = first; i < end; i++) qn->json_add(items, qn->json_int(req, i));
    qn_str none = { 0 };
    qn->reply_page(req, items, (uint32_t)limit, end < NUMBERS ? cursor_of(req, end - 1) : none,
                   first > 0 ? cursor_of(req, first) : none);
}

static void no_page(qn_call *req, void *ctx)
{
    (void)ctx;
    qn->reply_page(req, qn->json_object(req), 1, (qn_str){ 0 }, (qn_str){ 0 });
}

static void slug(qn_call *req, void *ctx)
{
    (void)ctx;
    qn->reply_data(req, 200, qn->json_str(req, qn_text(qn->slug(req, qn->query(req, "text")))));
}

/* ---- answers that are kept -- */

static void kept(qn_call *req, void *ctx)
{
    static int64_t calls;
    (void)ctx;
    qn_str on = qn->query(req, "on"), ms = qn->query(req, "ms");
    qn_json *a = qn->json_object(req);
    qn->json_set_int(a, "calls", ++calls);
    qn->json_set_int(a, "keep", qn->keep(req, ms.p ? atoi(ms.p) : -1, on.p ? qn->copy(req, on) : NULL));
    qn->reply_data(req, 200, a);
}

static void touch(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_json *a = qn->json_object(req);
    qn->json_set_int(a, "touch", qn->touch(req, qn->copy(req, qn->query(req, "what"))));
    qn->reply_data(req, 200, a);
}

/* ---- computed fields of a version -- */

static int words(qn_call *call, const qn_json *entry, qn_json **value, void *ctx)
{
    (void)ctx;
    *value = qn->json_int(call, (int64_t)qn->json_text(qn->json_get(entry, "title")).n);
    return 0;
}

static void got_derived(qn_call *req, int err, const qn_json *values, void *ctx)
{
    (void)ctx;
    if (err)
        qn->fail_err(req, err);
    else
        qn->reply_data(req, 200, values);
}

static void derived(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_str version = qn->param(req, "version");
    int err =
        qn->content_derived(req, "article", qn->param(req, "id"), atoi(version.p), "title_bytes", got_derived, NULL);
    if (err == QN_EINVAL)
        qn->fail(req, 400, "bad-request", "QN_EINVAL");
    else if (err)
        qn->fail_err(req, err);
}

/* ---- everything anew -- */

static int step;

static void noted(qn_call *call, int err, const qn_rows *rows, void *ctx)
{
    (void)rows;
    qn->resume(call, err ? err : *(const int *)ctx);
}

static int note(qn_call *call, const char *what, int result)
{
    int *kept = qn->alloc(call, sizeof *kept);
    if (!kept) return QN_ENOMEM;
    *kept = result;
    qn_str param = qn_text(what);
    int err = qn->db_query(call,
                           QN_QUERY(.kind = QN_DB_WRITE, .sql = "insert into plugin_pages.step (what) values ($1)",
                                    .params = &param, .nparams = 1),
                           noted, kept);
    return err ? err : QN_LATER;
}

/* Three steps, of which the second one fails once. */
static int after(qn_call *call, const qn_change *change, void *ctx)
{
    static int failed;
    (void)ctx;
    if (change->kind != QN_SYNC) return note(call, "change", QN_AGAIN); /* which is none here: it comes again */
    if (change->entry.p) return QN_EINVAL;
    if (step == 1 && !failed++) return QN_EIO;
    if (++step < STEPS) return note(call, "step", QN_AGAIN);
    step = 0;
    return note(call, "done", QN_DONE);
}

static void got_steps(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    (void)ctx;
    if (err)
        qn->fail_err(req, err);
    else
        qn->reply_data(req, 200, qn->json_parse(req, qn->rows_value(rows, 0, 0)));
}

static void get_steps(qn_call *req, void *ctx)
{
    (void)ctx;
    int err =
        qn->db_query(req, QN_QUERY(.sql = "select coalesce(json_agg(what order by n), '[]') from plugin_pages.step"),
                     got_steps, NULL);
    if (err) qn->fail_err(req, err);
}

/* What queries may rely on: the number of live articles with a tag, by both views. */
static void get_live(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_str tag = qn->query(req, "tag");
    int err = qn->db_query(
        req,
        QN_QUERY(.sql = "select coalesce(json_agg(json_build_array(p.title, p.slug, p.version, p.locale) order by "
                        "p.title), '[]')"
                        " from quoin.publication_tag t join quoin.publication p on p.entry = t.entry and p.locale = "
                        "t.locale"
                        " and p.publish_at = t.publish_at and p.published_at = t.published_at and p.until = t.until"
                        " where t.tag = $1 and t.type = 'article' and p.publish_at <= now() and p.until > now()",
                 .params = &tag, .nparams = 1),
        got_steps, NULL);
    if (err) qn->fail_err(req, err);
}

static int init(qn_plugin *self, const qn_api *api)
{
    static const struct {
        const char *pattern, *params;
        void (*fn)(qn_call *req, void *ctx);
    } routes[] = { { "/v1/pages/numbers", "limit after before", numbers },
                   { "/v1/pages/none", NULL, no_page },
                   { "/v1/pages/slug", "text", slug },
                   { "/v1/pages/steps", NULL, get_steps },
                   { "/v1/pages/live", "tag", get_live },
                   { "/v1/pages/derived/{id}/{version}", NULL, derived } };
    qn = api;
    int err = qn->derive(self, QN_DERIVE(.type = "article", .field = "title_bytes", .fn = words));
    for (size_t i = 0; i < sizeof routes / sizeof *routes && !err; i++)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = routes[i].pattern, .params = routes[i].params,
                                       .fn = routes[i].fn));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/pages/kept", .params = "on ms version",
                                       .fn = kept, .kept = 1));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/pages/not-kept", .params = "on", .fn = kept));
    if (!err)
        err =
            qn->route(self, QN_ROUTE(.methods = QN_POST, .pattern = "/v1/pages/touch", .params = "what", .fn = touch));
    if (!err)
        err = qn->hook_after(
            self, QN_HOOK_AFTER(.on = QN_PUBLISHED | QN_SYNC, .name = "steps", .type = "article", .fn = after));
    return err;
}

QN_PLUGIN(.name = "pages", .version = "1.0.0", .summary = "What came with 1.1.",
          .needs = QN_CAP_ROUTES | QN_CAP_DB | QN_CAP_HOOKS | QN_CAP_CONTENT | QN_CAP_DERIVE, .migrations = steps,
          .init = init);
