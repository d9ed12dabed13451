/* Dies in whatever way it is asked to: in a route, a hook, a computed field, on a thread, in check, init and stop. */
#include <quoin.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const qn_api *qn;

static void die(const char *how)
{
    volatile uintptr_t nowhere = 16; /* not NULL, which a sanitizer would catch before the machine does */
    if (!strcmp(how, "segv")) *(volatile int *)nowhere = 1;
    if (!strcmp(how, "abort")) abort();
    if (!strcmp(how, "exit")) _Exit(7);
    for (volatile int spin = !strcmp(how, "spin"); spin;) continue;
}

static void on_thread(void *how)
{
    die(how);
}

static void was_on_thread(qn_call *req, int err, void *how)
{
    (void)err;
    free(how);
    qn->reply(req, 204, NULL, (qn_str){ 0 });
}

static void route(qn_call *req, void *ctx)
{
    (void)ctx;
    char *how = qn->copy(req, qn->param(req, "how"));
    if (!strcmp(how, "thread")) {
        char *mine = strdup("segv");
        if (!mine || qn->work(req, on_thread, was_on_thread, mine)) abort();
        return;
    }
    die(how);
    qn->reply_data(req, 200, qn->json_str(req, qn_text(how)));
}

static int hook(qn_call *call, qn_json *entry, void *ctx)
{
    (void)ctx;
    qn_str title = qn->json_text(qn->json_get(entry, "title"));
    if (title.n > 5 && !memcmp(title.p, "hook ", 5)) die(qn->copy(call, (qn_str){ title.p + 5, title.n - 5 }));
    return QN_DONE;
}

static int derive(qn_call *call, const qn_json *entry, qn_json **value, void *ctx)
{
    (void)ctx;
    qn_str title = qn->json_text(qn->json_get(entry, "title"));
    if (title.n > 7 && !memcmp(title.p, "derive ", 7)) die(qn->copy(call, (qn_str){ title.p + 7, title.n - 7 }));
    *value = qn->json_bool(call, 1);
    return QN_OK;
}

static const qn_option options[] = {
    { .name = "in_init",
      .kind = QN_OPTION_ENUM,
      .def = "live",
      .values = "live|segv|abort|spin|exit|refuse",
      .help = "What happens in init." },
    { .name = "moody", .kind = QN_OPTION_TEXT, .def = "", .help = "A file; init fails at its end while it is there." },
    { 0 },
};

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    const char *how = qn->option_text(self, "in_init");
    if (!strcmp(how, "refuse")) return qn->refuse(self, "it was asked to refuse");
    die(how);
    int err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/crash/{how}", .fn = route));
    if (!err) err = qn->hook_before(self, QN_HOOK_BEFORE(.point = QN_BEFORE_SAVE, .type = "article", .fn = hook));
    if (!err) err = qn->derive(self, QN_DERIVE(.type = "article", .field = "alive", .fn = derive));
    const char *moody = qn->option_text(self, "moody");
    if (!err && *moody && access(moody, F_OK) == 0) return qn->refuse(self, "it is not in the mood");
    return err;
}

QN_PLUGIN(.name = "crash", .version = "1.0.0", .summary = "Dies.",
          .needs = QN_CAP_ROUTES | QN_CAP_HOOKS | QN_CAP_DERIVE, .options = options, .init = init);
