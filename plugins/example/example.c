/**
 * example: how long an article takes to read.
 *
 * The template for a plugin of one's own (`quoin plugin new NAME` copies it): a computed field, a route, a hook, an
 * option, a counter.
 */
#include <quoin.h>

#include "words.h"

static const qn_api *qn;
static qn_counter *answers;
static long per_minute;

/* ---- the computed field ----------------------------------------------------------------------------------------- */

/* Words of everything in `value` that is called "text", however deep: paragraphs, headings, quotations, items of lists.
 */
static size_t words_in(const qn_json *value)
{
    size_t words = 0;
    void *it = NULL;
    const char *key;
    qn_json *member;
    for (size_t i = 0; qn->json_kind(value) == QN_JSON_ARRAY && i < qn->json_count(value); i++)
        words += words_in(qn->json_at(value, i));
    while (qn->json_next(value, &it, &key, &member)) words += words_in(member);
    qn_str text = qn->json_text(qn->json_get(value, "text"));
    return words + words_count(text.p ? text.p : "", text.n);
}

/* In each save; what it gives is stored beside the revision. */
static int derive_reading(qn_call *call, const qn_json *entry, qn_json **value, void *ctx)
{
    (void)ctx;
    qn_json *reading = qn->json_object(call);
    if (qn->json_set_int(reading, "words", (int64_t)words_in(qn->json_get(entry, "body")))) return QN_ENOMEM;
    *value = reading;
    return QN_OK;
}

/* ---- GET /v1/articles/{id}/reading ------------------------------------------------------------------------------ */

static void got_article(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    (void)ctx;
    if (err) {
        qn->fail_err(req, err); /* 404 for what is not there, or not for this caller */
        return;
    }
    int64_t words = qn->json_integer(qn->json_get(qn->entry_derived(entry, "reading"), "words"), 0);
    qn_json *answer = qn->json_object(req);
    qn->json_set_int(answer, "words", words);
    qn->json_set_int(answer, "minutes", words_minutes((size_t)words, per_minute));
    qn->count(answers, 1);
    qn->reply_data(req, 200, answer);
}

static void get_reading(qn_call *req, void *ctx)
{
    (void)ctx;
    int err = qn->content_get(req, QN_GET_ENTRY(.type = "article", .ref = qn->param(req, "id"), .derived = "reading"),
                              got_article, NULL);
    if (err) qn->fail_err(req, err);
}

/* ---- before an article is published ----------------------------------------------------------------------------- */

static int not_without_words(qn_call *call, qn_json *entry, void *ctx)
{
    (void)ctx;
    if (words_in(qn->json_get(entry, "body")) > 0) return QN_DONE;
    qn->fault(call, "/body", "required", "an article without a word is not published");
    qn->fail(call, 422, "validation", "an article without a word is not published");
    return QN_DONE;
}

/* ---- the plugin ------------------------------------------------------------------------------------------------- */

static const qn_option options[] = {
    { .name = "words_per_minute",
      .kind = QN_OPTION_INT,
      .def = "200",
      .min = 50,
      .max = 1000,
      .unit = "words",
      .help = "How fast people read." },
    { 0 },
};

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    per_minute = (long)qn->option_int(self, "words_per_minute");
    answers = qn->counter(self, "answers", "Questions for the reading time that were answered.");
    int err = qn->derive(self, QN_DERIVE(.type = "article", .field = "reading", .fn = derive_reading));
    if (!err)
        err = qn->hook_before(self,
                              QN_HOOK_BEFORE(.point = QN_BEFORE_PUBLISH, .type = "article", .fn = not_without_words));
    if (!err)
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/articles/{id}/reading", .fn = get_reading));
    return err;
}

static int selftest(qn_plugin *self, const qn_api *api)
{
    return words_count("Two words.", 10) == 2 ? QN_OK : api->refuse(self, "\"Two words.\" are not two words");
}

QN_PLUGIN(.name = "example", .version = "1.0.0", .summary = "How long an article takes to read.",
          .needs = QN_CAP_ROUTES | QN_CAP_CONTENT | QN_CAP_DERIVE | QN_CAP_HOOKS, .options = options, .init = init,
          .selftest = selftest);
