/**
 * quotes: who said what in an article.
 *
 * Found in each save and stored beside the revision; GET /v1/articles/{id}/quotes shows them, POST /v1/quotes/extract
 * finds those of any text. How they are found is extract/'s to know.
 */
#include <stdlib.h>
#include <string.h>

#include <quoin.h>

#include "story.h"

const qn_api *qn;

static qn_plugin *self;
static qn_counter *extracted;

/* ---- in each save
 * ------------------------------------------------------------------------------------------------------ */

static int derive_quotes(qn_call *call, const qn_json *entry, qn_json **value, void *ctx)
{
    (void)ctx;
    return quotes_of_article(value, call, entry);
}

/* ---- GET /v1/articles/{id}/quotes
 * --------------------------------------------------------------------------------------- */

static void got_article(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    (void)ctx;
    qn_str moved = entry && err ? qn->entry_moved_to(entry) : (qn_str){ 0 };
    if (moved.n) {
        qn->reply_header(req, "Location", qn->print(req, "/v1/articles/%.*s/quotes", QN_FMT(moved)));
        qn->reply(req, 308, "text/plain; charset=utf-8", QN_STR(""));
        return;
    }
    qn_json *quotes = err ? NULL : qn->entry_derived(entry, "quotes");
    if (!err && !quotes) err = quotes_of_article(&quotes, req, qn->entry_json(entry));
    if (err)
        qn->fail_err(req, err);
    else
        qn->reply_data(req, 200, quotes);
}

static void get_quotes(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_str version = qn->query(req, "version"), locale = qn->query(req, "locale");
    if (version.p && (version.n != 5 || memcmp(version.p, "draft", 5))) {
        qn->fault(req, "?version", "enum",
                  "\"draft\" is the only value: without the parameter you get what is published");
        qn->fail(req, 400, "bad-request", "the parameter version is \"draft\", or absent");
        return;
    }
    int err = qn->content_get(req,
                              QN_GET_ENTRY(.view = version.p ? QN_DRAFT_VIEW : QN_LIVE_VIEW, .type = "article",
                                           .ref = qn->param(req, "id"),
                                           .locale = locale.p ? qn->copy(req, locale) : NULL, .derived = "quotes"),
                              got_article, NULL);
    if (err) qn->fail_err(req, err);
}

/* ---- POST /v1/quotes/extract
 * ----------------------------------------------------------------------------------------------- */

enum { LOCALE_MAX = 35 /* RFC 5646, 4.4.1 */, NAME_SHOWN = 100 };

/* Heap: the call may end while a thread is at it. */
typedef struct {
    int err;
    struct qn_quotes *found;
    size_t n;
    char locale[LOCALE_MAX + 1];
    char text[];
} job;

static void extract(void *ctx)
{
    job *j = ctx;
    struct qn_quotes_block block = { .text = j->text, .len = j->n };
    struct qn_quotes_options options = { .size = sizeof options, .language = j->locale[0] ? j->locale : NULL };
    j->err = qn_quotes_extract(&j->found, &block, 1, &options);
}

static void show(qn_call *req, int err, void *ctx)
{
    job *j = ctx;
    if (!err && j->err)
        qn->fail_err(req, j->err == QN_QUOTES_ETOOBIG ? QN_ELIMIT : QN_ENOMEM);
    else if (!err)
        qn->reply_data(req, 200, quotes_of_text(req, j->found));
    if (!err) qn->count(extracted, 1);
    qn_quotes_destroy(&j->found);
    free(j);
}

/* A member's name as a JSON Pointer. */
static const char *pointer_to(qn_call *req, const char *name)
{
    size_t n = 0, most = strlen(name) < NAME_SHOWN ? strlen(name) : NAME_SHOWN;
    while (most < strlen(name) && most > 0 && ((unsigned char)name[most] & 0xc0) == 0x80) most--;
    char *p = qn->alloc(req, 2 * most + 2);
    if (!p) return "";
    p[n++] = '/';
    for (size_t i = 0; i < most; i++) {
        if (name[i] != '~' && name[i] != '/') {
            p[n++] = name[i];
            continue;
        }
        p[n++] = '~';
        p[n++] = name[i] == '~' ? '0' : '1';
    }
    return p;
}

static int is_locale(qn_str s)
{
    if (s.n == 0 || s.n > LOCALE_MAX) return 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c == '-' && i > 0)))
            return 0;
    }
    return 1;
}

/* Looks at all of the body, and says all that is wrong with it. 0: nothing is. */
static int check_body(qn_call *req, const qn_json *body)
{
    void *it = NULL;
    const char *name;
    qn_json *member;
    int wrong = 0;
    if (qn->json_kind(body) != QN_JSON_OBJECT) {
        qn->fault(req, "", "type", "an object is wanted");
        return 1;
    }
    while (qn->json_next(body, &it, &name, &member)) {
        const char *why = NULL, *code = "type";
        if (!strcmp(name, "text"))
            why = qn->json_kind(member) == QN_JSON_STRING ? NULL : "a string is wanted";
        else if (!strcmp(name, "locale"))
            why = qn->json_kind(member) == QN_JSON_STRING && is_locale(qn->json_text(member))
                      ? NULL
                      : "a language tag is wanted, such as \"en\"";
        else
            why = "there is no such member here; there are text and locale", code = "unknown_member";
        if (!why) continue;
        qn->fault(req, pointer_to(req, name), code, "%s", why);
        wrong++;
    }
    if (!qn->json_get(body, "text")) {
        qn->fault(req, "/text", "required", "is missing, has to be given");
        wrong++;
    }
    return wrong;
}

static void post_extract(qn_call *req, void *ctx)
{
    (void)ctx;
    const qn_json *body = qn->body_json(req);
    if (!body) return;
    if (check_body(req, body)) {
        qn->fail(req, 400, "bad-request", "the body is {\"text\":…} with, where you like, \"locale\"");
        return;
    }
    qn_str text = qn->json_text(qn->json_get(body, "text")), locale = qn->json_text(qn->json_get(body, "locale"));
    job *j = calloc(1, sizeof *j + text.n);
    if (!j) {
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    memcpy(j->text, text.p, text.n);
    j->n = text.n;
    if (locale.n) memcpy(j->locale, locale.p, locale.n);
    int err = qn->work(req, extract, show, j);
    if (!err) return;
    free(j);
    qn->fail_err(req, err);
}

/* ---- the plugin
 * -------------------------------------------------------------------------------------------------------------- */

static const qn_option options[] = {
    { .name = "public",
      .kind = QN_OPTION_BOOL,
      .def = "on",
      .help = "Whether anybody may POST to /v1/quotes/extract; off: only with a credential." },
    { .name = "max_body_bytes",
      .kind = QN_OPTION_BYTES,
      .def = "256k",
      .min = 1024,
      .max = 16 << 20,
      .unit = "bytes",
      .help = "The longest body of such a POST." },
    { 0 },
};

static int init(qn_plugin *plugin, const qn_api *api)
{
    qn = api;
    self = plugin;
    extracted = qn->counter(self, "extracted", "Texts posted to /v1/quotes/extract.");
    int err = qn->derive(self, QN_DERIVE(.type = "article", .field = "quotes", .fn = derive_quotes));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/articles/{id}/quotes",
                                       .params = "version locale", .fn = get_quotes));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_POST, .pattern = "/v1/quotes/extract",
                                       .accepts = "application/json", .fn = post_extract,
                                       .auth = qn->option_bool(self, "public") ? QN_AUTH_PUBLIC : QN_AUTH_CREDENTIAL,
                                       .max_body_bytes = (uint64_t)qn->option_int(self, "max_body_bytes")));
    return err;
}

/* One sentence, one quotation. */
static int selftest(qn_plugin *plugin, const qn_api *api)
{
    static const char text[] = "\"Violence in war is a political instrument,\" Tim Sweijs said.";
    struct qn_quotes_block block = { .text = text, .len = sizeof text - 1 };
    struct qn_quotes *found = NULL;
    int err = qn_quotes_extract(&found, &block, 1, NULL);
    int good = !err && qn_quotes_count(found) == 1 && !strcmp(qn_quotes_at(found, 0)->name.text, "Tim Sweijs");
    qn_quotes_destroy(&found);
    return good ? QN_OK : api->refuse(plugin, "in a sentence with one quotation, that one was not found");
}

QN_PLUGIN(.name = "quotes", .version = "1.0.0", .summary = "Who said what: quotations of articles with their speakers.",
          .needs = QN_CAP_ROUTES | QN_CAP_CONTENT | QN_CAP_DERIVE, .options = options, .init = init,
          .selftest = selftest);
