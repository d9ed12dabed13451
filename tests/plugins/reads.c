/* Content, computed fields, services. */
#include <quoin.h>

static const qn_api *qn;

static void got(qn_call *req, int err, const qn_entry *e, void *ctx)
{
    (void)ctx;
    if (err == QN_ENOTFOUND && e) {
        qn->fail(req, 410, "gone", "it is %s now", qn->copy(req, qn->entry_moved_to(e)));
        return;
    }
    if (err) {
        qn->fail_err(req, err);
        return;
    }
    qn_json *a = qn->json_object(req);
    qn->json_set(a, "title", qn->json_get(qn->entry_json(e), "title"));
    qn->json_set(a, "length", qn->entry_derived(e, "length"));
    qn->json_set_str(a, "id", qn->entry_id(e));
    qn->json_set_str(a, "etag", qn->entry_etag(e));
    qn->json_set_int(a, "version", qn->entry_version(e));
    qn->json_set_int(a, "valid_ms", qn->entry_valid_ms(e));
    qn->reply_data(req, 200, a);
}

static void get(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_content_view view = qn->query(req, "draft").p ? QN_DRAFT_VIEW : QN_LIVE_VIEW;
    int err = qn->content_get(
        req, QN_GET_ENTRY(.type = "article", .ref = qn->param(req, "id"), .view = view, .derived = "length"), got,
        NULL);
    if (err) qn->fail_err(req, err);
}

static void listed(qn_call *req, int err, const qn_entries *page, void *ctx)
{
    (void)ctx;
    if (err) {
        qn->fail_err(req, err);
        return;
    }
    qn_json *a = qn->json_object(req), *titles = qn->json_array(req), *all = qn->entries_json(page);
    for (size_t i = 0; i < qn->json_count(all); i++) qn->json_add(titles, qn->json_get(qn->json_at(all, i), "title"));
    qn->json_set(a, "titles", titles);
    qn->json_set_str(a, "next", qn->entries_next(page));
    qn->json_set_str(a, "prev", qn->entries_prev(page));
    qn->reply_data(req, 200, a);
}

static void list(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_json *filter = qn->json_object(req), *in = qn->json_object(req), *tags = qn->json_array(req);
    qn->json_add(tags, qn->json_str(req, qn->query(req, "tag")));
    qn->json_set(in, "_in", tags);
    qn->json_set(filter, "tags", in);
    int err = qn->content_list(req,
                               QN_LIST_ENTRIES(.type = "article", .filter = filter, .sort = "title", .limit = 2,
                                               .after = qn->query(req, "after")),
                               listed, NULL);
    if (err) qn->fail_err(req, err);
}

/* The title's length in bytes; "broken" has none. */
static int length(qn_call *call, const qn_json *entry, qn_json **value, void *ctx)
{
    (void)ctx;
    qn_str title = qn->json_text(qn->json_get(entry, "title"));
    if (title.n == 6 && title.p[0] == 'b') return QN_EINVAL;
    *value = qn->json_int(call, (int64_t)title.n);
    return QN_OK;
}

/* ---- a service of its own, which it asks itself -- */

static void later_got(qn_call *call, int err, const qn_entry *e, void *ctx)
{
    (void)ctx;
    if (err == QN_ECANCELED) return;
    if (err)
        qn->resume(call, err);
    else
        qn->service_reply(call, qn->json_get(qn->entry_json(e), "title"));
}

static int title_of(qn_call *call, const qn_json *args, void *ctx)
{
    (void)ctx;
    qn_str ref = qn->json_text(qn->json_get(args, "ref"));
    if (!ref.n) return QN_EINVAL;
    if (ref.n == 3) { /* at once */
        qn->service_reply(call, qn->json_str(call, QN_STR("at once")));
        return QN_DONE;
    }
    int err = qn->content_get(call, QN_GET_ENTRY(.type = "article", .ref = ref), later_got, NULL);
    return err ? err : QN_LATER;
}

static void told(qn_call *req, int err, const qn_json *result, void *ctx)
{
    (void)ctx;
    if (err)
        qn->fail_err(req, err);
    else
        qn->reply_data(req, 200, result);
}

static void ask(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_json *args = qn->json_object(req);
    qn->json_set_str(args, "ref", qn->query(req, "ref"));
    int err = qn->ask(req, qn->copy(req, qn->param(req, "service")), args, told, NULL);
    if (err) qn->fail_err(req, err);
}

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    int err =
        qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/reads/get/{id}", .fn = get, .params = "draft"));
    if (!err)
        err = qn->route(self,
                        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/reads/list", .fn = list, .params = "tag after"));
    if (!err)
        err = qn->route(self,
                        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/reads/ask/{service}", .fn = ask, .params = "ref"));
    if (!err) err = qn->derive(self, QN_DERIVE(.type = "article", .field = "length", .fn = length));
    if (!err) err = qn->offer(self, QN_SERVICE(.name = "reads.title", .fn = title_of));
    return err;
}

QN_PLUGIN(.name = "reads", .version = "1.0.0", .summary = "Content, computed fields, services.",
          .needs = QN_CAP_ROUTES | QN_CAP_CONTENT | QN_CAP_DERIVE | QN_CAP_SERVICES, .init = init);
