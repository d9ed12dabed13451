/* What is related to an article: GET /v1/articles/{id}/related, and the service recommend.related. */
#include <math.h>
#include <string.h>

#include "recommend.h"

enum {
    SPARE = 10,        /* found beyond what is asked for: some may be live no more */
    LIMIT = 5,         /* where nothing is said */
    REASONS_TEXT = 80, /* bytes of one */
    KEYS_MOST = 25,    /* entries that an answer names as what it depends on; those of more go by their type */
    ASKED_TWICE = 2
};

/* One question, in the arena of its call. */
typedef struct {
    bool is_service, with_keys;
    int64_t limit;
    int64_t valid_ms; /* of what was read; negative: for ever */
    int rounds;
    qn_related_article article;
    qn_str locale;
    qn_related_text picks[PICKS_MAX]; /* ids, in the editor's order */
    size_t npicks;
    qn_related_hit hits[ANSWER_MAX + PICKS_MAX + SPARE];
    size_t nhits;
} question;

static qn_counter *answered;

static void fail(qn_call *call, const question *q, int err)
{
    if (err == QN_ECANCELED) return;
    if (q->is_service)
        qn->resume(call, err);
    else
        qn->fail_err(call, err);
}

/* ---- the answer -------------------------------------------------------------------------------------------------- */

/* The live article of that id among those that were read. */
static const qn_json *live(const qn_json *entries, qn_related_text id)
{
    for (size_t i = 0; i < qn->json_count(entries); i++) {
        const qn_json *entry = qn->json_at(entries, i);
        qn_str s = qn->json_text(qn->json_get(entry, "id"));
        if (s.n == id.n && !memcmp(s.p, id.p, id.n)) return entry;
    }
    return NULL;
}

static qn_json *reasons_of(qn_call *call, const qn_related_hit *hit)
{
    qn_json *reasons = qn->json_array(call);
    for (size_t i = 0; i < hit->nreasons; i++) {
        qn_related_text t = hit->reasons[i].text;
        if (t.n > REASONS_TEXT) continue;
        const char *text =
            qn->print(call, "%s:%.*s", hit->reasons[i].kind == QN_RELATED_TAG ? "tag" : "word", (int)t.n, t.p);
        qn->json_add(reasons, qn->json_str(call, qn_text(text)));
    }
    return reasons;
}

static int add(qn_json *answer, qn_call *call, const qn_json *entry, const qn_related_hit *hit, bool picked)
{
    static const char *const shown[] = { "id", "slug", "title", "published_at" };
    qn_json *o = qn->json_object(call);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        qn_json *member = qn->json_get(entry, shown[i]);
        if (qn->json_set(o, shown[i], member ? qn->json_copy(call, member) : qn->json_null(call))) return QN_ENOMEM;
    }
    if (qn->json_set_real(o, "score", round(hit->score * 10000) / 10000)) return QN_ENOMEM;
    if (qn->json_set(o, "reasons", reasons_of(call, hit))) return QN_ENOMEM;
    if (qn->json_set_bool(o, "picked", picked)) return QN_ENOMEM;
    return qn->json_add(answer, o);
}

static bool is_pick(const question *q, const char *id)
{
    for (size_t i = 0; i < q->npicks; i++)
        if (strlen(id) == q->picks[i].n && !memcmp(id, q->picks[i].p, q->picks[i].n)) return true;
    return false;
}

static int add_picks(qn_json *answer, qn_call *call, question *q, const qn_json *entries)
{
    for (size_t i = 0; i < q->npicks && (int64_t)qn->json_count(answer) < q->limit; i++) {
        qn_related_hit hit;
        const qn_json *entry = live(entries, q->picks[i]);
        if (!entry || !qn->json_truth(qn->json_get(entry, "show_in_related"), 1)) continue;
        if (qn_related_compare(&hit, related_index, &q->article, q->picks[i]) || add(answer, call, entry, &hit, true))
            return QN_ENOMEM;
    }
    return QN_OK;
}

static int add_hits(qn_json *answer, qn_call *call, const question *q, const qn_json *entries)
{
    for (size_t i = 0; i < q->nhits && (int64_t)qn->json_count(answer) < q->limit; i++) {
        const qn_related_hit *hit = &q->hits[i];
        const qn_json *entry = live(entries, (qn_related_text){ hit->id, strlen(hit->id) });
        if (!entry || is_pick(q, hit->id) || !qn->json_truth(qn->json_get(entry, "show_in_related"), 1)) continue;
        if (add(answer, call, entry, hit, false)) return QN_ENOMEM;
    }
    return QN_OK;
}

static void bound(question *q, int64_t valid_ms)
{
    if (valid_ms >= 0 && (q->valid_ms < 0 || valid_ms < q->valid_ms)) q->valid_ms = valid_ms;
}

/* What it was made of, as keep() takes it. A pick that nobody sees yet is not known of here: that it is live now the
 * index hears, as of any other article. */
static const char *keys_of(qn_call *call, const question *q, const qn_json *answer)
{
    size_t n = qn->json_count(answer);
    const char *keys = qn->print(call, "plugin:recommend entry:%.*s", (int)q->article.id.n, q->article.id.p);
    if (n > KEYS_MOST) return qn->print(call, "plugin:recommend type:article");
    for (size_t i = 0; keys && i < n; i++)
        keys =
            qn->print(call, "%s entry:%.*s", keys, QN_FMT(qn->json_text(qn->json_get(qn->json_at(answer, i), "id"))));
    return keys;
}

static void reply_with_keys(qn_call *call, const question *q, qn_json *answer)
{
    qn_json *o = qn->json_object(call);
    const char *keys = keys_of(call, q, answer);
    if (!keys || qn->json_set(o, "items", answer) || qn->json_set_str(o, "depends", qn_text(keys)) ||
        qn->json_set_int(o, "valid_ms", q->valid_ms))
        fail(call, q, QN_ENOMEM);
    else
        qn->service_reply(call, o);
}

static void answer_with(qn_call *call, const question *q, qn_json *answer)
{
    qn->count(answered, 1);
    if (q->with_keys) {
        reply_with_keys(call, q, answer);
    } else if (q->is_service) {
        qn->service_reply(call, answer);
    } else {
        const char *keys = keys_of(call, q, answer);
        if (keys) (void)qn->keep(call, q->valid_ms, keys);
        qn->reply_data(call, 200, answer);
    }
}

/* ---- looking ----------------------------------------------------------------------------------------------------- */

static int look(qn_call *call, question *q);

/* The index may be a moment behind: what readers do not see any more goes out of it. Returns whether anything did. */
static bool forget_dead(qn_call *call, const question *q, const qn_json *entries)
{
    bool any = false;
    qn_str role = qn->caller_role(call);
    if (role.n != 6 || memcmp(role.p, "public", 6)) return false;
    for (size_t i = 0; i < q->nhits; i++) {
        qn_related_text id = { q->hits[i].id, strlen(q->hits[i].id) };
        if (live(entries, id)) continue;
        qn_related_remove(related_index, id);
        any = true;
    }
    return any;
}

static void got_candidates(qn_call *call, int err, const qn_entries *page, void *ctx)
{
    question *q = ctx;
    if (err) {
        fail(call, q, err);
        return;
    }
    const qn_json *entries = qn->entries_json(page);
    bound(q, qn->entries_valid_ms(page));
    qn_json *answer = qn->json_array(call);
    err = answer ? add_picks(answer, call, q, entries) : QN_ENOMEM;
    if (!err) err = add_hits(answer, call, q, entries);
    bool full = (int64_t)qn->json_count(answer) == q->limit;
    if (!err && forget_dead(call, q, entries) && !full && q->rounds < ASKED_TWICE) {
        err = look(call, q);
        if (!err) return;
    }
    if (err)
        fail(call, q, err);
    else
        answer_with(call, q, answer);
}

/* Asks the index, then the database which of those are live, and what they are called now. 0: an answer is on its way.
 */
static int look(qn_call *call, question *q)
{
    qn_json *ids = qn->json_array(call), *in = qn->json_object(call), *filter = qn->json_object(call);
    size_t limit = (size_t)q->limit + q->npicks + SPARE;
    q->rounds++;
    bound(q, settles_ms()); /* before it is asked: what moves from here on is told of, or settles later than this */
    if (qn_related_find(q->hits, &q->nhits, related_index, &q->article, limit)) return QN_ENOMEM;
    for (size_t i = 0; i < q->nhits; i++) {
        /* Borrowed from the index, which may change before the answer is there. */
        const char *id = qn->copy(call, qn_text(q->hits[i].id));
        if (!id) return QN_ENOMEM;
        q->hits[i].id = id;
        if (!is_pick(q, id) && qn->json_add(ids, qn->json_str(call, qn_text(id)))) return QN_ENOMEM;
    }
    for (size_t i = 0; i < q->npicks; i++)
        if (qn->json_add(ids, qn->json_str(call, (qn_str){ q->picks[i].p, q->picks[i].n }))) return QN_ENOMEM;
    uint32_t n = (uint32_t)qn->json_count(ids);
    if (n == 0) {
        answer_with(call, q, qn->json_array(call));
        return QN_OK;
    }
    if (qn->json_set(in, "_in", ids) || qn->json_set(filter, "id", in)) return QN_ENOMEM;
    const char *locale = q->locale.n ? qn->copy(call, q->locale) : NULL;
    return qn->content_list(call, QN_LIST_ENTRIES(.type = "article", .locale = locale, .filter = filter, .limit = n),
                            got_candidates, q);
}

static void read_picks(question *q, const qn_json *entry)
{
    const qn_json *picks = qn->json_get(entry, "related");
    for (size_t i = 0; i < qn->json_count(picks) && q->npicks < PICKS_MAX; i++) {
        qn_str s = qn->json_text(qn->json_at(picks, i));
        qn_related_text id = { s.p, s.n }, own = q->article.id;
        bool again = id.n == own.n && !memcmp(id.p, own.p, id.n);
        for (size_t k = 0; k < q->npicks && !again; k++)
            again = id.n == q->picks[k].n && !memcmp(id.p, q->picks[k].p, id.n);
        if (id.n && !again) q->picks[q->npicks++] = id;
    }
}

static void got_article(qn_call *call, int err, const qn_entry *entry, void *ctx)
{
    question *q = ctx;
    qn_str moved = entry && err ? qn->entry_moved_to(entry) : (qn_str){ 0 };
    if (moved.n && !q->is_service) {
        const char *to = qn->print(call, "/v1/articles/%.*s/related?limit=%lld", QN_FMT(moved), (long long)q->limit);
        qn->reply_header(call, "Location", to);
        qn->reply(call, 308, "text/plain; charset=utf-8", QN_STR(""));
        return;
    }
    const qn_json *json = err ? NULL : qn->entry_json(entry);
    if (!err) err = read_article(&q->article, call, json);
    if (!err) {
        q->locale = (qn_str){ q->article.locale.p, q->article.locale.n };
        read_picks(q, json);
        bound(q, qn->entry_valid_ms(entry));
        err = look(call, q);
    }
    if (err) fail(call, q, err);
}

static question *question_of(qn_call *call, int64_t limit, bool is_service)
{
    question *q = qn->alloc(call, sizeof *q);
    if (q) *q = (question){ .is_service = is_service, .limit = limit, .valid_ms = -1 };
    return q;
}

/* ---- who asks ---------------------------------------------------------------------------------------------------- */

static void get_related(qn_call *req, void *ctx)
{
    int64_t limit, most = qn->option_int(self, "max");
    (void)ctx;
    if (qn->query_int(&limit, req, "limit", 1, most, most < LIMIT ? most : LIMIT)) return;
    qn_str locale = qn->query(req, "locale");
    question *q = question_of(req, limit, false);
    int err = q ? qn->content_get(req,
                                  QN_GET_ENTRY(.type = "article", .ref = qn->param(req, "id"),
                                               .locale = locale.p ? qn->copy(req, locale) : NULL),
                                  got_article, q)
                : QN_ENOMEM;
    if (err) qn->fail_err(req, err);
}

/* {"id":id or slug,"locale":…,"limit":5}, also "type":"article"; with "keys":true what it depends on comes too. */
static int serve_related(qn_call *call, const qn_json *args, void *ctx)
{
    (void)ctx;
    qn_str id = qn->json_text(qn->json_get(args, "id")), type = qn->json_text(qn->json_get(args, "type")),
           locale = qn->json_text(qn->json_get(args, "locale"));
    int64_t limit = qn->json_integer(qn->json_get(args, "limit"), LIMIT), most = qn->option_int(self, "max");
    if (!id.n || limit < 1 || (type.p && (type.n != 7 || memcmp(type.p, "article", 7)))) return QN_EINVAL;
    question *q = question_of(call, limit < most ? limit : most, true);
    if (!q) return QN_ENOMEM;
    q->with_keys = qn->json_truth(qn->json_get(args, "keys"), 0) > 0;
    int err = qn->content_get(
        call, QN_GET_ENTRY(.type = "article", .ref = id, .locale = locale.n ? qn->copy(call, locale) : NULL),
        got_article, q);
    return err ? err : QN_LATER;
}

int offer_related(void)
{
    answered = qn->counter(self, "answers", "Questions for related articles that were answered.");
    int err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/articles/{id}/related",
                                       .params = "limit locale", .fn = get_related, .kept = 1));
    if (!err) err = qn->offer(self, QN_SERVICE(.name = "recommend.related", .fn = serve_related));
    return err;
}
