/* Files as answers: from the folder that the option names. */
#include <quoin.h>

static const qn_api *qn;
static qn_plugin *me;

static void tell(qn_call *req, int err)
{
    qn_json *a = qn->json_object(req);
    qn->json_set_int(a, "err", err);
    qn->reply_header(req, "X-Once", "second");
    qn->reply_data(req, 200, a);
}

static void file(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_str path = qn->param(req, "path"), type = qn->query(req, "type");
    qn->reply_header(req, "X-Once", "first");
    qn->reply_header(req, "Link", "<a>; rel=a");
    qn->reply_header(req, "Link", "<b>; rel=b");
    int err = qn->reply_file(
        req, QN_FILE(.dir = qn->option_text(me, "dir"), .path = path, .content_type = type.p ? type.p : NULL));
    if (err) tell(req, err);
}

/* Everything that cannot be; then an answer. */
static void wrong(qn_call *req, void *ctx)
{
    (void)ctx;
    int got[] = { qn->reply_file(req, NULL), qn->reply_file(req, &(qn_file_spec){ .size = 4 }),
                  qn->reply_file(req, QN_FILE(.dir = NULL, .path = QN_STR("a.css"))),
                  qn->reply_file(req, QN_FILE(.dir = "/nowhere/at/all", .path = QN_STR("a.css"))),
                  qn->reply_file(req, QN_FILE(.dir = qn->option_text(me, "dir"), .path = QN_STR("../a.css"))),
                  qn->reply_file(req, QN_FILE(.dir = qn->option_text(me, "dir"), .path = { NULL, 0 })) };
    qn_json *a = qn->json_array(req);
    for (unsigned i = 0; i < sizeof got / sizeof *got; i++) qn->json_add(a, qn->json_int(req, got[i]));
    qn->reply_data(req, 200, a);
    if (qn->reply_file(req, QN_FILE(.dir = "/", .path = QN_STR("etc/hostname"))) != QN_ESTATE)
        qn->log(me, QN_LOG_ERROR, NULL, "a second answer was taken");
}

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    me = self;
    if (!QN_HAS(qn, reply_file)) return qn->refuse(self, "the host cannot send files");
    int err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/files/{path...}", .fn = file, .params = "type"));
    return err ? err : qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/files-wrong", .fn = wrong));
}

static const qn_option options[] = {
    { .name = "dir", .kind = QN_OPTION_TEXT, .def = "/nowhere", .max = 1000, .help = "Where the files are." },
    { 0 },
};

QN_PLUGIN(.name = "files", .version = "1.0.0", .summary = "Sends files.", .needs = QN_CAP_ROUTES, .options = options,
          .init = init);
