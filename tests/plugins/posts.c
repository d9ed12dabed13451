/* A POST that writes several times, reads what it wrote, and answers as it was told to. */
#include <quoin.h>

#include <stdbool.h>
#include <string.h>

static const qn_api *qn;
static int begun; /* how often the route was called in this process */

static const qn_sql_step steps[] = {
    { "0001_row",
      "create table row (n bigint generated always as identity, word text not null check (word <> 'bad'))" },
    { 0 },
};

typedef struct {
    qn_json *body;
    size_t at; /* of its rows */
} post;

static void finish(qn_call *req, const qn_json *body, int64_t seen)
{
    int64_t status = (int64_t)qn->json_number(qn->json_get(body, "status"), 201);
    qn_str file = qn->json_text(qn->json_get(body, "file"));
    qn_json *o = qn->json_object(req);
    char *pad = qn->alloc(req, 3 << 20);
    int64_t n = (int64_t)qn->json_number(qn->json_get(body, "bytes"), 0);
    if (!pad || n >= 3 << 20) return;
    if (qn->json_number(qn->json_get(body, "cookie"), 0) > 0) qn->reply_header(req, "Set-Cookie", "secret=1");
    if (qn->json_number(qn->json_get(body, "touch"), 0) > 0) qn->touch(req, NULL);
    if (qn->json_number(qn->json_get(body, "latin1"), 0) > 0) qn->reply_header(req, "X-Word", "caf\xe9");
    qn->reply_header(req, "Location", "/v1/posts/made");
    if (file.p) {
        qn->reply_file(req, QN_FILE(.dir = "/", .path = file, .content_type = "application/octet-stream"));
        return;
    }
    if (status >= 400) {
        qn->fail(req, (int)status, NULL, "as it was told to");
        return;
    }
    memset(pad, 'x', (size_t)n);
    qn->json_set_int(o, "seen", seen);
    qn->json_set_int(o, "begun", begun);
    qn->json_set_str(o, "pad", (qn_str){ pad, (size_t)n });
    qn->reply_data(req, (int)status, o);
}

static void read_back(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    const post *p = ctx;
    if (err == QN_ECANCELED) return;
    if (err)
        qn->fail_err(req, err);
    else
        finish(req, p->body, qn->rows_int(rows, 0, 0, -1));
}

static void next(qn_call *req, post *p);

/* A row that cannot be is passed over. */
static void written(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    (void)rows;
    if (err == QN_ECANCELED) return;
    if (err && err != QN_EDB)
        qn->fail_err(req, err);
    else
        next(req, ctx);
}

static void next(qn_call *req, post *p)
{
    const qn_json *all = qn->json_get(p->body, "rows");
    qn_str word = qn->json_text(qn->json_at(all, p->at));
    int err;
    if (word.p) {
        p->at++;
        err = qn->db_query(req,
                           QN_QUERY(.kind = QN_DB_WRITE, .sql = "insert into plugin_posts.row (word) values ($1)",
                                    .params = &word, .nparams = 1),
                           written, p);
    } else {
        word = qn->json_text(qn->json_at(all, 0));
        err = qn->db_query(
            req,
            QN_QUERY(.sql = "select count(*) from plugin_posts.row where word = $1", .params = &word, .nparams = 1),
            read_back, p);
    }
    if (err) qn->fail_err(req, err);
}

static void unheard(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    (void)req, (void)err, (void)rows, (void)ctx;
}

/* Without waiting for any of it. */
static void write_all(qn_call *req, const qn_json *body)
{
    const qn_json *all = qn->json_get(body, "rows");
    for (size_t i = 0; i < qn->json_count(all); i++) {
        qn_str word = qn->json_text(qn->json_at(all, i));
        (void)qn->db_query(req,
                           QN_QUERY(.kind = QN_DB_WRITE, .sql = "insert into plugin_posts.row (word) values ($1)",
                                    .params = &word, .nparams = 1),
                           unheard, NULL);
    }
}

static void posted(qn_call *req, void *ctx)
{
    (void)ctx;
    post *p = qn->alloc(req, sizeof *p);
    begun++;
    if (!p) return;
    p->body = qn->body_json(req);
    if (!p->body) return;
    bool early = qn->json_number(qn->json_get(p->body, "early"), 0) > 0;
    if (early) write_all(req, p->body);
    if (!early && qn->json_count(qn->json_get(p->body, "rows")))
        next(req, p);
    else
        finish(req, p->body, 0);
}

static void counted(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    (void)ctx;
    if (err == QN_ECANCELED) return;
    if (err) {
        qn->fail_err(req, err);
        return;
    }
    qn_json *o = qn->json_object(req);
    qn->json_set_int(o, "rows", qn->rows_int(rows, 0, 0, -1));
    qn->keep(req, -1, "plugin:posts");
    qn->reply_data(req, 200, o);
}

/* How many rows there are, which is kept. */
static void shown(qn_call *req, void *ctx)
{
    (void)ctx;
    int err = qn->db_query(req, QN_QUERY(.sql = "select count(*) from plugin_posts.row"), counted, NULL);
    if (err) qn->fail_err(req, err);
}

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    int err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/posts", .fn = shown, .kept = 1));
    if (err) return err;
    return qn->route(self,
                     QN_ROUTE(.methods = QN_POST, .pattern = "/v1/posts", .fn = posted, .accepts = "application/json"));
}

QN_PLUGIN(.name = "posts", .version = "1.0.0", .summary = "A POST that writes.", .needs = QN_CAP_ROUTES | QN_CAP_DB,
          .migrations = steps, .init = init);
