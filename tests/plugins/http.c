/* Requests and answers: each route uses one part of the table, and answers with what it got. */
#include <quoin.h>

#include <stdlib.h>
#include <string.h>

static const qn_api *qn;
static qn_plugin *me;
static qn_counter *ended;
static qn_call *kept; /* a call that was kept too long */

static void echo(qn_call *req, void *ctx)
{
    (void)ctx;
    int64_t n;
    if (qn->query_int(&n, req, "n", 1, 9, 5)) return;
    qn_json *a = qn->json_object(req);
    qn->json_set_str(a, "name", qn->param(req, "name"));
    qn->json_set_str(a, "q", qn->query(req, "q"));
    qn->json_set_int(a, "n", n);
    qn->json_set_int(a, "method", qn->method(req));
    qn->json_set_str(a, "path", qn->path(req));
    qn->json_set_str(a, "header", qn->header(req, "x-test"));
    qn->json_set_str(a, "caller", qn->caller_name(req));
    qn->json_set_str(a, "role", qn->caller_role(req));
    qn->json_set_bool(a, "person", qn->caller_id(req).p != NULL);
    qn->json_set_bool(a, "in_time", qn->left_ms(req) > 0);
    qn->json_set_str(a, "id", qn_text(qn->request_id(req)));
    qn->json_set_int(a, "may", qn->may(req, "article", "publish"));
    qn->reply_data(req, 200, a);
}

static void body(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_json *in = qn->body_json(req);
    if (!in) return;
    if (qn->json_kind(qn->json_get(in, "title")) != QN_JSON_STRING)
        qn->fault(req, "/title", "required", "a title is needed, not %d", 7);
    if (qn->json_number(qn->json_get(in, "weight"), -1) < 0) qn->fault(req, "/weight", "range", "a weight is needed");
    if (!qn->json_text(qn->json_get(in, "title")).p) {
        qn->fail(req, 422, "validation", "two things are wrong with %s", "it");
        return;
    }
    qn_json *out = qn->json_copy(req, in);
    qn->json_set(out, "first", qn->json_find(in, "/list/0/a~1b"));
    qn->json_remove(out, "weight");
    qn_json *keys = qn->json_array(req), *value;
    const char *key;
    for (void *it = NULL; qn->json_next(in, &it, &key, &value);) qn->json_add(keys, qn->json_str(req, qn_text(key)));
    qn->json_set(out, "keys", keys);
    qn->json_set_str(out, "again", qn->json_write(req, qn->json_parse(req, QN_STR("{\"a\":[1,2.5,true,null]}"))));
    qn->json_set_bool(out, "strict",
                      qn->json_parse(req, QN_STR("{\"a\":1,\"a\":2}")) == NULL &&
                          qn->json_real(req, 1e308 * 10) == NULL);
    qn->reply_json(req, 201, out);
}

static void on_end(void *arg)
{
    qn->count(ended, *(int *)arg > 0);
    free(arg);
}

static void page(qn_call *req, void *ctx)
{
    (void)ctx;
    int *one = malloc(sizeof *one);
    if (!one || qn->defer(req, on_end, one)) {
        free(one);
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    *one = 1;
    qn->reply_header(req, "X-Made-By", "a plugin");
    if (qn->reply_header(req, "Content-Length", "3") == QN_OK || qn->reply_header(req, "X-A\r\nX-B", "1") == QN_OK)
        abort();
    qn->reply_header(req, "X-Split", "a\r\nX-Smuggled: 1");
    char *text = qn->print(req, "<!doctype html><title>%s</title>", qn->copy(req, qn->param(req, "name")));
    qn->reply(req, 200, "text/html; charset=utf-8", qn_text(text));
    qn->reply(req, 200, "text/plain", QN_STR("twice")); /* does nothing */
}

static void member(qn_call *req, void *ctx)
{
    (void)ctx;
    qn->reply_data(req, 200, qn->json_str(req, qn->caller_name(req)));
}

static void error(qn_call *req, void *ctx)
{
    (void)ctx;
    int64_t code;
    if (qn->query_int(&code, req, "code", -20, -1, -1)) return;
    qn->fail_err(req, (int)code);
}

static void nothing(qn_call *req, void *ctx)
{
    (void)ctx;
    qn->reply_data(req, 200, NULL);
}

static void never(qn_call *req, void *ctx)
{
    (void)ctx;
    kept = req;
}

static void late(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_json *a = qn->json_object(req);
    qn->json_set_int(a, "reply", kept ? qn->reply(kept, 200, NULL, QN_STR("")) : 1);
    qn->json_set_bool(a, "alloc", qn->alloc(kept, 8) == NULL);
    qn->json_set_bool(a, "json", qn->json_object(kept) == NULL);
    qn->json_set_bool(a, "param", qn->param(kept, "name").p == NULL);
    qn->json_set_int(a, "left", qn->left_ms(kept));
    qn->reply_data(req, 200, a);
}

/* ---- off the loop -- */

typedef struct {
    uint64_t n, sum;
} sum;

static void add_up(void *ctx)
{
    sum *s = ctx;
    for (uint64_t i = 1; i <= s->n; i++) s->sum += i;
    qn->count(ended, 0);
}

static void added_up(qn_call *req, int err, void *ctx)
{
    sum *s = ctx;
    qn_json *a = qn->json_object(req);
    qn->json_set_int(a, "sum", (int64_t)s->sum);
    if (!err) qn->reply_data(req, 200, a);
    free(s);
}

static void work(qn_call *req, void *ctx)
{
    (void)ctx;
    sum *s = calloc(1, sizeof *s);
    if (s) s->n = 1000;
    int err = s ? qn->work(req, add_up, added_up, s) : QN_ENOMEM;
    if (!err) return;
    free(s);
    qn->fail_err(req, err);
}

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    me = self;
    ended = qn->counter(self, "ended", "Calls that ended.");
    qn->log(self, QN_LOG_DEBUG, NULL, "begins %d", 1);
    const qn_route_spec *routes[] = {
        QN_ROUTE(.methods = QN_GET | QN_DELETE, .pattern = "/v1/http/echo/{name}", .fn = echo, .params = "q n"),
        QN_ROUTE(.methods = QN_POST, .pattern = "/v1/http/body", .fn = body, .accepts = "application/json",
                 .max_body_bytes = 1000),
        QN_ROUTE(.methods = QN_GET, .pattern = "/http/{name}", .fn = page),
        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/http/member", .fn = member, .auth = QN_AUTH_CREDENTIAL),
        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/http/error", .fn = error, .params = "code"),
        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/http/nothing", .fn = nothing),
        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/http/never", .fn = never, .timeout_ms = 200),
        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/http/late", .fn = late),
        QN_ROUTE(.methods = QN_GET, .pattern = "/v1/http/work", .fn = work),
    };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        int err = qn->route(self, routes[i]);
        if (err) return err;
    }
    /* What is wrong is refused, and nothing has happened. */
    if (qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "no-slash", .fn = echo)) != QN_EINVAL)
        return qn->refuse(self, "a bad pattern is taken");
    if (qn->route(self, routes[0]) != QN_EEXIST) return qn->refuse(self, "a route is taken twice");
    if (qn->offer(self, QN_SERVICE(.name = "http.x", .fn = NULL)) != QN_EDENIED)
        return qn->refuse(self, "a capability is not looked at");
    return QN_OK;
}

QN_PLUGIN(.name = "http", .version = "1.0.0", .summary = "Requests and answers.", .needs = QN_CAP_ROUTES, .init = init);
