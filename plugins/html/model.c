#include <string.h>

#include "html.h"
#include "render/escape.h"

html_str html_of(qn_str s)
{
    return (html_str){ s.p, s.p ? s.n : 0 };
}

qn_str html_to(html_str s)
{
    return (qn_str){ s.p, s.n };
}

html_str html_member(const qn_json *object, const char *key)
{
    return html_of(html.qn->json_text(html.qn->json_get(object, key)));
}

html_teaser html_teaser_of(const qn_json *e)
{
    return (html_teaser){ .slug = html_member(e, "slug"),
                          .locale = html_member(e, "locale"),
                          .title = html_member(e, "title"),
                          .summary = html_member(e, "summary"),
                          .section = html_member(e, "section"),
                          .published_at = html_member(e, "published_at") };
}

size_t html_teasers_of(html_teaser **out, qn_call *req, const qn_json *array)
{
    const qn_api *qn = html.qn;
    size_t n = qn->json_count(array), kept = 0;
    if (qn->json_kind(array) != QN_JSON_ARRAY || !n) return 0;
    html_teaser *all = qn->alloc(req, n * sizeof *all);
    for (size_t i = 0; all && i < n; i++) {
        all[kept] = html_teaser_of(qn->json_at(array, i));
        if (all[kept].slug.n) kept++;
    }
    *out = all;
    return all ? kept : 0;
}

static bool texts_of(const html_str **out, size_t *count, qn_call *req, const qn_json *array)
{
    const qn_api *qn = html.qn;
    size_t n = qn->json_kind(array) == QN_JSON_ARRAY ? qn->json_count(array) : 0, kept = 0;
    if (!n) return true;
    html_str *all = qn->alloc(req, n * sizeof *all);
    if (!all) return false;
    for (size_t i = 0; i < n; i++) {
        all[kept] = html_of(qn->json_text(qn->json_at(array, i)));
        if (all[kept].n) kept++;
    }
    *out = all;
    *count = kept;
    return true;
}

static bool is_type(const qn_json *block, const char *type)
{
    return html_eq(html_member(block, "type"), type);
}

static html_str first_image(const qn_json *blocks)
{
    for (size_t i = 0; i < html.qn->json_count(blocks); i++) {
        const qn_json *block = html.qn->json_at(blocks, i);
        if (is_type(block, "image")) return html_member(block, "url");
    }
    return (html_str){ 0 };
}

bool html_article_of(html_article *a, qn_call *req, const qn_json *e)
{
    const qn_json *seo = html.qn->json_get(e, "seo");
    *a = (html_article){ .as = html_teaser_of(e),
                         .seo_title = html_member(seo, "title"),
                         .seo_description = html_member(seo, "description"),
                         .canonical = html_member(seo, "canonical"),
                         .image = first_image(html.qn->json_get(e, "body")) };
    return texts_of(&a->tags, &a->ntags, req, html.qn->json_get(e, "tags"));
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

static void heading(html_body *d, const qn_json *b)
{
    html_heading(d, html_member(b, "id"), (int)html.qn->json_integer(html.qn->json_get(b, "level"), 2),
                 html_member(b, "text"));
}

static void text(html_body *d, const qn_json *b)
{
    html_text_block(d, html_member(b, "text"));
}

static void quote(html_body *d, const qn_json *b)
{
    html_quote(d, html_member(b, "id"), html_member(b, "text"), html_member(b, "attribution"), html_member(b, "role"),
               html_member(b, "source"));
}

static void image(html_body *d, const qn_json *b)
{
    html_image(d, html_member(b, "url"), html_member(b, "alt"), html_member(b, "caption"), html_member(b, "credit"));
}

static void list(html_body *d, const qn_json *b)
{
    const qn_api *qn = html.qn;
    const qn_json *items = qn->json_get(b, "items");
    bool ordered = qn->json_truth(qn->json_get(b, "ordered"), 0) != 0;
    html_list_open(d, ordered);
    for (size_t i = 0; i < qn->json_count(items); i++) html_list_item(d, html_of(qn->json_text(qn->json_at(items, i))));
    html_list_close(d, ordered);
}

static void row(html_body *d, const qn_json *cells, bool head)
{
    html_row_open(d, head);
    for (size_t i = 0; i < html.qn->json_count(cells); i++)
        html_cell(d, html_of(html.qn->json_text(html.qn->json_at(cells, i))), head);
    html_row_close(d, head);
}

static void table(html_body *d, const qn_json *b)
{
    const qn_api *qn = html.qn;
    const qn_json *header = qn->json_get(b, "header"), *rows = qn->json_get(b, "rows");
    html_table_open(d);
    if (qn->json_count(header)) row(d, header, true);
    html_rows_open(d);
    for (size_t i = 0; i < qn->json_count(rows); i++) row(d, qn->json_at(rows, i), false);
    html_rows_close(d);
    html_table_close(d);
}

static void embed(html_body *d, const qn_json *b)
{
    html_embed(d, html_member(b, "url"), html_member(b, "title"));
}

static void correction(html_body *d, const qn_json *b)
{
    html_correction(d, html_member(b, "id"), html_member(b, "text"), html_member(b, "at"));
}

void html_body_of(html_body *body, const qn_json *blocks)
{
    static const struct {
        const char *type;
        void (*render)(html_body *d, const qn_json *block);
    } kinds[] = { { "heading", heading }, { "text", text },   { "quote", quote }, { "image", image },
                  { "list", list },       { "table", table }, { "embed", embed }, { "correction", correction } };
    for (size_t i = 0; i < html.qn->json_count(blocks) && !body->out->failed; i++) {
        const qn_json *block = html.qn->json_at(blocks, i);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            if (is_type(block, kinds[k].type)) kinds[k].render(body, block);
    }
}
