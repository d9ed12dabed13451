/* Hooks before something. The title says what is to happen. */
#include <quoin.h>

#include <string.h>

static const qn_api *qn;

static int title_is(const qn_json *entry, const char *text)
{
    qn_str t = qn->json_text(qn->json_get(entry, "title"));
    return t.p && strstr(t.p, text) != NULL;
}

static void worked(void *ctx)
{
    (void)ctx;
}

static void done(qn_call *call, int err, void *entry)
{
    if (err) return;
    if (title_is(entry, "later-no"))
        qn->fail(call, 422, "validation", "no, later");
    else
        qn->json_set_str(entry, "section", QN_STR("later"));
    qn->resume(call, title_is(entry, "later-ill") ? QN_EIO : QN_OK);
}

static int before_save(qn_call *call, qn_json *entry, void *ctx)
{
    (void)ctx;
    if (title_is(entry, "shout")) qn->json_set_str(entry, "title", QN_STR("SHOUTED"));
    if (title_is(entry, "spoil")) qn->json_set_int(entry, "title", 7);
    if (title_is(entry, "veto")) {
        qn->fault(call, "/title", "vetoed", "this title is vetoed");
        qn->fail(call, 422, "house-style", "the house says no");
    }
    if (title_is(entry, "ill")) return QN_EIO;
    if (!title_is(entry, "later")) return QN_DONE;
    int err = qn->work(call, worked, done, entry);
    return err ? err : QN_LATER;
}

static int second(qn_call *call, qn_json *entry, void *ctx)
{
    (void)call;
    (void)ctx;
    if (title_is(entry, "SHOUTED")) qn->json_set_str(entry, "summary", QN_STR("after the first"));
    return QN_DONE;
}

static int before_publish(qn_call *call, qn_json *entry, void *ctx)
{
    (void)ctx;
    if (title_is(entry, "unready")) qn->fail(call, 409, "conflict", "it is not ready");
    return QN_DONE;
}

static int before_delete(qn_call *call, qn_json *entry, void *ctx)
{
    (void)ctx;
    if (title_is(entry, "keep")) qn->fail(call, 403, "forbidden", "%s stays", qn->copy(call, qn->caller_name(call)));
    return QN_DONE;
}

static int before_render(qn_call *call, qn_json *entry, void *ctx)
{
    (void)ctx;
    if (title_is(entry, "paid") && qn->caller_id(call).p == NULL)
        qn->json_set_str(entry, "summary", QN_STR("subscribe"));
    if (title_is(entry, "secret")) qn->fail(call, 402, "paid", "it costs");
    return QN_DONE;
}

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    int err =
        qn->hook_before(self, QN_HOOK_BEFORE(.point = QN_BEFORE_SAVE, .type = "article", .priority = 10, .fn = second));
    if (!err) err = qn->hook_before(self, QN_HOOK_BEFORE(.point = QN_BEFORE_SAVE, .fn = before_save));
    if (!err)
        err =
            qn->hook_before(self, QN_HOOK_BEFORE(.point = QN_BEFORE_PUBLISH, .type = "article", .fn = before_publish));
    if (!err)
        err = qn->hook_before(self, QN_HOOK_BEFORE(.point = QN_BEFORE_DELETE, .type = "article", .fn = before_delete));
    if (!err)
        err = qn->hook_before(self, QN_HOOK_BEFORE(.point = QN_BEFORE_RENDER, .type = "article", .fn = before_render));
    return err;
}

QN_PLUGIN(.name = "guards", .version = "1.0.0", .summary = "Hooks before something.", .needs = QN_CAP_HOOKS,
          .init = init);
