/**
 * quotes: who said what in an article.
 *
 * Found in each save and stored beside the revision; POST /v1/quotes/extract finds those of any text. How they are
 * found is extract/'s to know; how they are kept, searched and corrected is told in quotes.h.
 */
#include <stdlib.h>
#include <string.h>

#include "quotes.h"
#include "sql.inc"
#include "story.h"

const qn_api *qn;
qn_plugin *self;

static qn_counter *extracted;

/* ---- in each save
 * ------------------------------------------------------------------------------------------------------ */

static int derive_quotes(qn_call *call, const qn_json *entry, qn_json **value, void *ctx)
{
    (void)ctx;
    return quotes_of_article(value, call, entry);
}

/* ---- POST /v1/quotes/extract
 * ----------------------------------------------------------------------------------------------- */

enum { LOCALE_MAX = 35 /* RFC 5646, 4.4.1 */ };

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

/* A short text may hold more quotations than an answer should: then it says how many there are. */
static void reply_found(qn_call *req, const struct qn_quotes *found)
{
    qn_json *answer = qn->json_object(req), *meta = qn->json_object(req), *quotes = quotes_of_text(req, found);
    size_t count = qn_quotes_count(found);
    if (count <= QUOTES_MOST) {
        qn->reply_data(req, 200, quotes);
        return;
    }
    qn->json_set_int(meta, "count", (int64_t)qn->json_count(quotes));
    qn->json_set_int(meta, "found", (int64_t)count);
    qn->json_set(answer, "data", quotes);
    qn->json_set(answer, "meta", meta);
    qn->reply_json(req, 200, quotes ? answer : NULL);
}

static void show(qn_call *req, int err, void *ctx)
{
    job *j = ctx;
    if (!err && j->err)
        qn->fail_err(req, j->err == QN_QUOTES_ETOOBIG ? QN_ELIMIT : QN_ENOMEM);
    else if (!err)
        reply_found(req, j->found);
    if (!err) qn->count(extracted, 1);
    qn_quotes_destroy(&j->found);
    free(j);
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
        qn->fault(req, pointer_to(req, "", name), code, "%s", why);
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

static const qn_sql_step tables[] = {
    { "0001_tables", sql_0001_tables },
    { 0 },
};

static int init(qn_plugin *plugin, const qn_api *api)
{
    qn = api;
    self = plugin;
    extracted = qn->counter(self, "extracted", "Texts posted to /v1/quotes/extract.");
    if (!QN_HAS(api, touch))
        return qn->refuse(self, "needs the plugin interface 1.1, this server has %u.%u: take a newer server",
                          (unsigned)api->abi_major, (unsigned)api->abi_minor);
    int err = qn->derive(self, QN_DERIVE(.type = "article", .field = "quotes", .fn = derive_quotes));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_POST, .pattern = "/v1/quotes/extract",
                                       .accepts = "application/json", .fn = post_extract,
                                       .auth = qn->option_bool(self, "public") ? QN_AUTH_PUBLIC : QN_AUTH_CREDENTIAL,
                                       .max_body_bytes = (uint64_t)qn->option_int(self, "max_body_bytes")));
    if (!err) err = offer_article_quotes();
    if (!err) err = offer_search();
    if (!err) err = offer_speakers();
    if (!err) err = keep_tables();
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

QN_PLUGIN(.name = "quotes", .version = QUOTES_VERSION,
          .summary = "Who said what: quotations of articles with their speakers.",
          .needs = QN_CAP_ROUTES | QN_CAP_CONTENT | QN_CAP_DERIVE | QN_CAP_HOOKS | QN_CAP_DB, .options = options,
          .migrations = tables, .init = init, .selftest = selftest);
