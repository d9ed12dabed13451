/* Its own tables: migrations, queries, hooks after something that write, a subscription that counts. */
#include <quoin.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const qn_api *qn;
static qn_plugin *me;

static const qn_sql_step steps[] = {
    { "0001_seen", "create table seen (n bigint generated always as identity, entry uuid not null, kind int not null, "
                   "version int not null, draft text)" },
    { "0002_index",
      "create index on seen (entry); create function twice(x int) returns int language sql as 'select x * 2'" },
    { 0 },
};

/* ---- queries -- */

static void rows(qn_call *req, int err, const qn_rows *r, void *ctx)
{
    (void)ctx;
    if (err == QN_EDB) {
        qn->fail(req, 409, "conflict", "SQLSTATE %s", qn->rows_sqlstate(r));
        return;
    }
    if (err) {
        qn->fail_err(req, err);
        return;
    }
    qn_json *all = qn->json_array(req);
    for (int32_t i = 0; i < qn->rows_count(r); i++) {
        qn_json *o = qn->json_object(req);
        qn->json_set_int(o, "kind", qn->rows_int(r, i, 0, -1));
        qn->json_set_int(o, "version", qn->rows_int(r, i, 1, -1));
        qn->json_set_str(o, "draft", qn->rows_value(r, i, 2));
        qn->json_add(all, o);
    }
    qn->reply_data(req, 200, all);
}

static void seen(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_str params[] = { qn->param(req, "id") };
    int err = qn->db_query(
        req,
        QN_QUERY(.kind = QN_DB_KEYED,
                 .sql = "select kind, version, draft from plugin_tables.seen where entry = $1::uuid order by n",
                 .params = params, .nparams = 1),
        rows, NULL);
    if (err) qn->fail_err(req, err);
}

static void fault(qn_call *req, void *ctx)
{
    (void)ctx;
    int err = qn->db_query(req, QN_QUERY(.sql = "select 1 / 0"), rows, NULL);
    if (err) qn->fail_err(req, err);
}

/* ---- after something -- */

static void written(qn_call *call, int err, const qn_rows *r, void *ctx)
{
    (void)r;
    (void)ctx;
    qn->resume(call, err);
}

static void draft_came(qn_call *call, int err, const qn_entry *e, void *ctx)
{
    const qn_change *c = ctx;
    if (err == QN_ECANCELED) return;
    char kind[12], version[24];
    char *k = qn->print(call, "%u", c->kind), *v = qn->print(call, "%lld", (long long)c->version);
    (void)kind;
    (void)version;
    qn_str params[] = { c->entry, qn_text(k), qn_text(v), qn->json_text(qn->json_get(qn->entry_json(e), "title")) };
    err = qn->db_query(
        call,
        QN_QUERY(.kind = QN_DB_WRITE,
                 .sql = "insert into plugin_tables.seen (entry, kind, version, draft) values ($1, $2, $3, $4)",
                 .params = params, .nparams = 4),
        written, NULL);
    if (err) qn->resume(call, err);
}

static int tries; /* of entries whose title says that it fails */

static void look_at_title(qn_call *call, int err, const qn_entry *e, void *ctx)
{
    qn_str title = qn->json_text(qn->json_get(qn->entry_json(e), "title"));
    const qn_change *c = ctx;
    bool bad = !err && title.p && strstr(title.p, "never-published") && c->kind == QN_PUBLISHED;
    if (bad || (!err && title.p && strstr(title.p, "fails-once") && tries++ == 0)) {
        qn->resume(call, QN_EIO);
        return;
    }
    draft_came(call, err, e, ctx);
}

static int after(qn_call *call, const qn_change *change, void *ctx)
{
    (void)ctx;
    qn_change *c = qn->alloc(call, sizeof *c);
    if (!c) return QN_ENOMEM;
    *c = *change;
    c->entry = qn_text(qn->copy(call, change->entry));
    int err = qn->content_get(call, QN_GET_ENTRY(.type = "article", .ref = c->entry, .view = QN_DRAFT_VIEW),
                              look_at_title, c);
    return err ? err : QN_LATER;
}

/* Hears of publications alone, and fails. */
static int fails(qn_call *call, const qn_change *change, void *ctx)
{
    (void)call, (void)change, (void)ctx;
    return QN_EIO;
}

/* ---- a subscription -- */

static struct {
    char id[40];
    int live;
} known[256];
static size_t nknown;
static int syncs;

static void note(qn_str id, int live)
{
    for (size_t i = 0; i < nknown; i++)
        if (id.n == strlen(known[i].id) && !memcmp(known[i].id, id.p, id.n)) {
            known[i].live = live;
            return;
        }
    if (nknown == sizeof known / sizeof *known || id.n >= sizeof known[0].id) return;
    memcpy(known[nknown].id, id.p, id.n);
    known[nknown].id[id.n] = '\0';
    known[nknown++].live = live;
}

static void page(qn_call *call, int err, const qn_entries *p, void *ctx)
{
    (void)ctx;
    qn_json *all = qn->entries_json(p);
    for (size_t i = 0; i < qn->json_count(all); i++) note(qn->json_text(qn->json_get(qn->json_at(all, i), "id")), 1);
    qn_str next = err ? (qn_str){ 0 } : qn->entries_next(p);
    if (!err && next.p) {
        err = qn->content_list(call, QN_LIST_ENTRIES(.type = "article", .limit = 200, .after = next), page, NULL);
        if (!err) return;
    }
    if (err != QN_ECANCELED) qn->resume(call, err);
}

static void live_came(qn_call *call, int err, const qn_entry *e, void *ctx)
{
    qn_str id = { ctx, strlen(ctx) };
    (void)e;
    if (err == QN_ECANCELED) return;
    if (err == QN_OK || err == QN_ENOTFOUND) note(id, err == QN_OK);
    qn->resume(call, err == QN_ENOTFOUND ? QN_OK : err);
}

static int changed(qn_call *call, const qn_change *change, void *ctx)
{
    (void)ctx;
    int err;
    if (change->kind == QN_SYNC) {
        if (qn->option_bool(me, "blind")) return QN_EIO;
        nknown = 0;
        syncs++;
        err = qn->content_list(call, QN_LIST_ENTRIES(.type = "article", .limit = 200), page, NULL);
    } else {
        char *id = qn->copy(call, change->entry);
        err = qn->content_get(call, QN_GET_ENTRY(.type = "article", .ref = qn_text(id)), live_came, id);
    }
    return err ? err : QN_LATER;
}

static void index_has(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_json *a = qn->json_object(req);
    char *id = qn->copy(req, qn->param(req, "id"));
    int live = 0;
    for (size_t i = 0; i < nknown; i++)
        if (!strcmp(known[i].id, id)) live = known[i].live;
    qn->json_set_bool(a, "live", live);
    qn->json_set_int(a, "syncs", syncs);
    qn->reply_header(req, "Cache-Control", "no-store");
    qn->reply_data(req, 200, a);
}

/* ---- options -- */

static const qn_option options[] = {
    { .name = "on", .kind = QN_OPTION_BOOL, .def = "off", .help = "A switch." },
    { .name = "bytes", .kind = QN_OPTION_BYTES, .def = "2k", .max = 1 << 20, .help = "Bytes." },
    { .name = "text", .kind = QN_OPTION_TEXT, .def = "", .help = "A text." },
    { .name = "colour", .kind = QN_OPTION_ENUM, .def = "red", .values = "red|green", .help = "A colour." },
    { .name = "list", .kind = QN_OPTION_LIST, .def = "a, b", .max = 4, .help = "A list." },
    { .name = "blind", .kind = QN_OPTION_BOOL, .def = "off", .help = "Its subscription fails at each QN_SYNC." },
    { 0 },
};

static void show_options(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_json *a = qn->json_object(req), *l = qn->json_array(req);
    qn->json_set_bool(a, "on", qn->option_bool(me, "on"));
    qn->json_set_int(a, "bytes", qn->option_int(me, "bytes"));
    qn->json_set_str(a, "text", qn_text(qn->option_text(me, "text")));
    qn->json_set_str(a, "colour", qn_text(qn->option_text(me, "colour")));
    const char *item;
    for (size_t i = 0; (item = qn->option_item(me, "list", i)); i++) qn->json_add(l, qn->json_str(req, qn_text(item)));
    qn->json_set(a, "list", l);
    qn->json_set_bool(a, "unknown", qn->option_int(me, "nope") == 0 && *qn->option_text(me, "bytes") == '\0');
    qn->reply_data(req, 200, a);
}

static int check(qn_plugin *self, const qn_api *api)
{
    if (!strcmp(api->option_text(self, "text"), "wrong"))
        return api->refuse(self, "[plugin.tables] text = wrong: take another");
    return QN_OK;
}

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    me = self;
    int err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/tables/seen/{id}", .fn = seen));
    if (!err) err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/tables/fault", .fn = fault));
    if (!err) err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/tables/options", .fn = show_options));
    if (!err) err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/tables/index/{id}", .fn = index_has));
    if (!err)
        err = qn->hook_after(self, QN_HOOK_AFTER(.on = QN_SAVED | QN_PUBLISHED | QN_UNPUBLISHED, .name = "seen",
                                                 .type = "article", .fn = after));
    if (!err)
        err = qn->hook_after(
            self, QN_HOOK_AFTER(.on = QN_PUBLISHED, .name = "publications", .type = "author", .fn = fails));
    if (!err)
        err = qn->subscribe(
            self, QN_SUBSCRIBE(.on = QN_PUBLISHED | QN_UNPUBLISHED | QN_DELETED, .type = "article", .fn = changed));
    return err;
}

QN_PLUGIN(.name = "tables", .version = "1.0.0", .summary = "Its own tables.",
          .needs = QN_CAP_ROUTES | QN_CAP_DB | QN_CAP_HOOKS | QN_CAP_EVENTS | QN_CAP_CONTENT, .options = options,
          .migrations = steps, .check = check, .init = init);
