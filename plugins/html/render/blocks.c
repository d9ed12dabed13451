#include "blocks.h"

#include "dates.h"
#include "escape.h"

/* A block's id never changes, so it can be pointed at. The prefix keeps it from the page's own ids. */
static void put_id(html_buf *b, html_str id)
{
    if (!id.n) return;
    html_raw(b, " id=\"block-");
    html_segment(b, id);
    html_addc(b, '"');
}

void html_heading(html_body *d, html_str id, int level, html_str text)
{
    unsigned page = (unsigned)html_outline_enter(&d->outline, level);
    html_raw(d->out, "<h");
    html_addu(d->out, page);
    put_id(d->out, id);
    html_addc(d->out, '>');
    html_inline(d->out, text);
    html_raw(d->out, "</h");
    html_addu(d->out, page);
    html_raw(d->out, ">\n");
}

void html_text_block(html_body *d, html_str text)
{
    html_markdown(d->out, text, &d->outline);
}

/* A link where it is an address, else the text. */
static void put_source(html_buf *b, html_str source)
{
    size_t mark = b->n;
    html_raw(b, "<a href=\"");
    if (html_is_web(source) && html_url(b, source, HTML_URL_LINK)) {
        html_raw(b, "\">");
        html_text(b, html_host(source));
        html_raw(b, "</a>");
        return;
    }
    if (!b->failed) html_cut(b, mark);
    html_text(b, source);
}

static void put_part(html_buf *b, const char *open, html_str text, const char *close)
{
    if (!text.n) return;
    html_raw(b, open);
    html_text(b, text);
    html_raw(b, close);
}

void html_quote(html_body *d, html_str id, html_str text, html_str attribution, html_str role, html_str source)
{
    html_buf *b = d->out;
    html_raw(b, "<figure class=\"quote\"");
    put_id(b, id);
    html_raw(b, ">\n<blockquote>\n");
    html_markdown(b, text, &d->outline);
    html_raw(b, "</blockquote>\n");
    if (attribution.n || role.n || source.n) {
        html_raw(b, "<figcaption>");
        put_part(b, "<b>", attribution, "</b>");
        if (role.n && attribution.n) html_raw(b, ", ");
        put_part(b, "<span>", role, "</span>");
        if (source.n) {
            html_raw(b, attribution.n || role.n ? " <cite>" : "<cite>");
            put_source(b, source);
            html_raw(b, "</cite>");
        }
        html_raw(b, "</figcaption>\n");
    }
    html_raw(b, "</figure>\n");
}

void html_image(html_body *d, html_str url, html_str alt, html_str caption, html_str credit)
{
    html_buf *b = d->out;
    size_t mark = b->n;
    html_raw(b, "<figure class=\"image\">\n<img src=\"");
    if (!html_url(b, url, HTML_URL_IMAGE)) {
        if (!b->failed) html_cut(b, mark);
        return;
    }
    html_raw(b, "\" loading=\"lazy\" alt=\"");
    html_attr(b, alt);
    html_raw(b, "\">\n");
    if (caption.n || credit.n) {
        html_raw(b, "<figcaption>");
        html_inline(b, caption);
        put_part(b, caption.n ? " <small>" : "<small>", credit, "</small>");
        html_raw(b, "</figcaption>\n");
    }
    html_raw(b, "</figure>\n");
}

void html_list_open(html_body *d, bool ordered)
{
    html_raw(d->out, ordered ? "<ol>\n" : "<ul>\n");
}

void html_list_item(html_body *d, html_str text)
{
    html_raw(d->out, "<li>");
    html_markdown_item(d->out, text, &d->outline);
    html_raw(d->out, "</li>\n");
}

void html_list_close(html_body *d, bool ordered)
{
    html_raw(d->out, ordered ? "</ol>\n" : "</ul>\n");
}

void html_table_open(html_body *d)
{
    html_raw(d->out, "<div class=\"table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table>\n");
}

void html_row_open(html_body *d, bool head)
{
    html_raw(d->out, head ? "<thead><tr>" : "<tr>");
}

void html_cell(html_body *d, html_str text, bool head)
{
    html_raw(d->out, head ? "<th scope=\"col\">" : "<td>");
    html_inline(d->out, text);
    html_raw(d->out, head ? "</th>" : "</td>");
}

void html_row_close(html_body *d, bool head)
{
    html_raw(d->out, head ? "</tr></thead>\n" : "</tr>\n");
}

void html_rows_open(html_body *d)
{
    html_raw(d->out, "<tbody>\n");
}

void html_rows_close(html_body *d)
{
    html_raw(d->out, "</tbody>\n");
}

void html_table_close(html_body *d)
{
    html_raw(d->out, "</table></div>\n");
}

void html_embed(html_body *d, html_str url, html_str title)
{
    html_buf *b = d->out;
    size_t mark = b->n;
    html_raw(b, "<p class=\"embed\"><a href=\"");
    if (!html_url(b, url, HTML_URL_LINK)) {
        if (!b->failed) html_cut(b, mark);
        put_part(b, "<p class=\"embed\">", title, "</p>\n");
        return;
    }
    html_str host = html_host(url);
    html_raw(b, "\">");
    html_text(b, title.n ? title : host.n ? host : url);
    html_raw(b, "</a>");
    if (title.n) put_part(b, " <small>", host, "</small>");
    html_raw(b, "</p>\n");
}

void html_correction(html_body *d, html_str id, html_str text, html_str at)
{
    html_buf *b = d->out;
    html_raw(b, "<aside class=\"correction\" aria-label=\"Correction\"");
    put_id(b, id);
    html_raw(b, ">\n<p class=\"label\"><strong>Correction</strong>");
    size_t mark = b->n;
    html_raw(b, " ");
    if (!html_time(b, at, false, d->numeric_dates, "") && !b->failed) html_cut(b, mark);
    html_raw(b, "</p>\n");
    html_markdown(b, text, &d->outline);
    html_raw(b, "</aside>\n");
}
