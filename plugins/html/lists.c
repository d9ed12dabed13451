#include "html.h"

enum {
    TAG_NAMED = 100 /* bytes of a tag by which a page can be kept: longer ones, which nobody has, go by their type */
};

/* The front page and the pages of tags: one list each, by cursor. Arena memory. */
typedef struct {
    qn_str tag; /* absent: the front page */
    qn_str locale;
    bool paged; /* a cursor was given */
} listing;

static void got_page(qn_call *req, int err, const qn_entries *page, void *ctx)
{
    const qn_api *qn = html.qn;
    listing *l = ctx;
    html_teaser *items = NULL;
    if (err == QN_ECANCELED) return;
    if (err == QN_EINVAL && l->paged) {
        html_bad_request(req, "The place in the list that it names is none. Begin with the first page.");
        return;
    }
    if (err) {
        html_failed(req, err);
        return;
    }
    html_list list = { .n = html_teasers_of(&items, req, qn->entries_json(page)),
                       .newer = html_of(qn->entries_prev(page)),
                       .older = html_of(qn->entries_next(page)),
                       .locale = html_of(l->locale) };
    list.items = items;
    if (l->tag.p && !list.n && !l->paged) {
        html_not_found(req);
        return;
    }
    html_buf *b = html_page(req);
    if (!b) return;
    if (l->tag.p)
        html_tag(b, &html.site, html_of(l->tag), &list);
    else if (l->paged)
        html_archive(b, &html.site, &list);
    else
        html_front(b, &html.site, &list);
    /* nothing of their authors is shown */
    html_answer(req, b, qn->entries_valid_ms(page),
                l->tag.p && l->tag.n <= TAG_NAMED ? qn->print(req, "tag:%.*s", QN_FMT(l->tag)) : "type:article");
}

static void ask_page(qn_call *req, qn_str tag, uint32_t limit)
{
    const qn_api *qn = html.qn;
    qn_str after = qn->query(req, "after"), before = qn->query(req, "before"), locale = { 0 };
    if (!html_locale(&locale, req)) return;
    if ((after.p && before.p) || (after.p && !after.n) || (before.p && !before.n)) {
        html_bad_request(req, "Give one place in the list, as \"after\" or as \"before\".");
        return;
    }
    listing *l = qn->alloc(req, sizeof *l);
    qn_json *filter = tag.p ? qn->json_object(req) : NULL;
    if (!l || (tag.p && qn->json_set_str(filter, "tags", tag))) {
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    *l = (listing){ .tag = tag, .locale = locale, .paged = after.p || before.p };
    int err =
        qn->content_list(req,
                         QN_LIST_ENTRIES(.type = "article", .locale = locale.p, .filter = filter,
                                         .sort = "-published_at", .limit = limit, .after = after, .before = before),
                         got_page, l);
    if (err == QN_EINVAL && l->paged)
        html_bad_request(req, "The place in the list that it names is none. Begin with the first page.");
    else if (err)
        html_failed(req, err);
}

void html_route_front(qn_call *req, void *ctx)
{
    (void)ctx;
    ask_page(req, (qn_str){ 0 }, html.front_stories);
}

void html_route_tag(qn_call *req, void *ctx)
{
    qn_str slug = html.qn->param(req, "slug");
    (void)ctx;
    if (html_is_slug(slug))
        ask_page(req, slug, html.tag_stories);
    else
        html_not_found(req);
}
