#include <string.h>

#include "html.h"

/* A page in the making: the article, then its authors and what is related side by side. Arena memory: once a callback
 * brings QN_ECANCELED it may be gone. */
typedef struct {
    const qn_json *entry;
    qn_str id;
    int64_t valid_ms;
    html_article article;
    const html_teaser *related;
    size_t nrelated;
    const char *related_keys; /* what they depend on; NULL: there are none */
    bool lacks;               /* they could not be had */
    int waiting;              /* for how many answers, and for the function that asks */
    int err;
} making;

enum { AUTHORS_MOST = 100 /* as the type has it */ };

/* What the page was made of; NULL: it is not to be given again, since something failed. Of an author who is not live
 * nothing is told here, not even that they are meant, so authors go by their type. */
static const char *keys_of(qn_call *req, const making *m)
{
    const char *related = m->related_keys;
    if (m->lacks) return NULL;
    return html.qn->print(req, "entry:%.*s type:author%s%s", QN_FMT(m->id), related ? " " : "", related ? related : "");
}

static void render(qn_call *req, making *m)
{
    html_body body;
    html_buf *page = html_page(req);
    if (!page) return;
    html_article_open(&body, page, &html.site, &m->article);
    html_body_of(&body, html.qn->json_get(m->entry, "body"));
    html_article_close(&body, &html.site, &m->article, m->related, m->nrelated);
    html_answer(req, page, m->valid_ms, keys_of(req, m));
}

static void arrived(qn_call *req, making *m)
{
    if (--m->waiting) return;
    if (m->err)
        html_failed(req, m->err);
    else
        render(req, m);
}

static void bound(making *m, int64_t valid_ms)
{
    if (valid_ms >= 0 && (m->valid_ms < 0 || valid_ms < m->valid_ms)) m->valid_ms = valid_ms;
}

/* ---- authors ----------------------------------------------------------------------------------------------------- */

static html_str name_of(const qn_json *authors, qn_str id)
{
    for (size_t i = 0; i < html.qn->json_count(authors); i++) {
        const qn_json *author = html.qn->json_at(authors, i);
        html_str has = html_member(author, "id");
        if (has.n == id.n && memcmp(has.p, id.p, id.n) == 0) return html_member(author, "name");
    }
    return (html_str){ 0 };
}

/* In the byline's order; who is not live is not named. */
static void got_authors(qn_call *req, int err, const qn_entries *page, void *ctx)
{
    const qn_api *qn = html.qn;
    making *m = ctx;
    if (err == QN_ECANCELED) return;
    if (err) {
        m->err = err;
        arrived(req, m);
        return;
    }
    const qn_json *ids = qn->json_get(m->entry, "authors"), *authors = qn->entries_json(page);
    size_t n = qn->json_count(ids), kept = 0;
    html_str *names = qn->alloc(req, n * sizeof *names);
    for (size_t i = 0; names && i < n; i++) {
        names[kept] = name_of(authors, qn->json_text(qn->json_at(ids, i)));
        if (names[kept].n) kept++;
    }
    m->article.authors = names;
    m->article.nauthors = kept;
    bound(m, qn->entries_valid_ms(page));
    arrived(req, m);
}

static void ask_authors(qn_call *req, making *m)
{
    const qn_api *qn = html.qn;
    const qn_json *ids = qn->json_get(m->entry, "authors");
    if (qn->json_kind(ids) != QN_JSON_ARRAY || !qn->json_count(ids)) return;
    qn_json *filter = qn->json_object(req), *in = qn->json_object(req);
    if (qn->json_set(in, "_in", qn->json_copy(req, ids)) || qn->json_set(filter, "id", in)) {
        m->err = QN_ENOMEM;
        return;
    }
    m->waiting++;
    int err = qn->content_list(req, QN_LIST_ENTRIES(.type = "author", .filter = filter, .limit = AUTHORS_MOST),
                               got_authors, m);
    if (err) {
        m->waiting--;
        m->err = err;
    }
}

/* ---- related ----------------------------------------------------------------------------------------------------- */

/* A page without recommendations is still the page. */
static void got_related(qn_call *req, int err, const qn_json *result, void *ctx)
{
    making *m = ctx;
    html_teaser *items = NULL;
    if (err == QN_ECANCELED) return;
    m->lacks = err != 0;
    if (err) {
        html.qn->log(html.self, QN_LOG_WARN, req, "recommend.related failed (%d): the page goes without", err);
    } else {
        qn_str keys = html.qn->json_text(html.qn->json_get(result, "depends"));
        m->nrelated = html_teasers_of(&items, req, html.qn->json_get(result, "items"));
        bound(m, html.qn->json_integer(html.qn->json_get(result, "valid_ms"), 0));
        m->related_keys = html.qn->print(req, "%.*s", QN_FMT(keys));
    }
    if (m->nrelated > html.related) m->nrelated = html.related;
    m->related = items;
    arrived(req, m);
}

static void ask_related(qn_call *req, making *m)
{
    const qn_api *qn = html.qn;
    qn_json *args = html.related ? qn->json_object(req) : NULL;
    if (!args) return;
    qn->json_set_str(args, "type", QN_STR("article"));
    qn->json_set_str(args, "id", m->id);
    if (m->article.as.locale.n) qn->json_set_str(args, "locale", html_to(m->article.as.locale));
    qn->json_set_int(args, "limit", html.related);
    qn->json_set_bool(args, "keys", true);
    m->waiting++;
    if (qn->ask(req, "recommend.related", args, got_related, m)) m->waiting--; /* nobody offers it */
}

/* ---- the article ------------------------------------------------------------------------------------------------- */

static bool is_other(qn_str asked, html_str slug)
{
    return slug.n && (asked.n != slug.n || memcmp(asked.p, slug.p, slug.n) != 0);
}

static void got_article(qn_call *req, int err, const qn_entry *entry, void *ctx)
{
    const qn_api *qn = html.qn;
    making *m = ctx;
    if (err == QN_ECANCELED) return;
    qn_str moved = entry ? qn->entry_moved_to(entry) : (qn_str){ 0 };
    if (moved.n) {
        html_moved(req, moved, qn->query(req, "locale"));
        return;
    }
    if (err) {
        html_failed(req, err);
        return;
    }
    m->entry = qn->entry_json(entry);
    m->id = qn->entry_id(entry);
    m->valid_ms = qn->entry_valid_ms(entry);
    if (!m->entry || !html_article_of(&m->article, req, m->entry)) {
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    if (is_other(qn->param(req, "slug"), m->article.as.slug)) { /* asked for by its id */
        html_moved(req, html_to(m->article.as.slug), html_to(m->article.as.locale));
        return;
    }
    m->waiting = 1;
    ask_authors(req, m);
    ask_related(req, m);
    arrived(req, m);
}

void html_route_article(qn_call *req, void *ctx)
{
    const qn_api *qn = html.qn;
    qn_str locale = { 0 };
    (void)ctx;
    if (!html_locale(&locale, req)) return;
    making *m = qn->alloc(req, sizeof *m);
    if (!m) {
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    int err = qn->content_get(
        req, QN_GET_ENTRY(.view = QN_LIVE_VIEW, .type = "article", .ref = qn->param(req, "slug"), .locale = locale.p),
        got_article, m);
    if (err == QN_EINVAL)
        html_not_found(req); /* nothing that could be looked for */
    else if (err)
        html_failed(req, err);
}
