/**
 * Markdown (CommonMark with tables, strikethrough and bare addresses) to HTML that cannot do anything: raw HTML is
 * text, addresses pass html_url(), nesting and size are bounded. What would cost too much is shown as the plain text it
 * is.
 */
#ifndef HTML_MARKDOWN_H
#define HTML_MARKDOWN_H

#include "buf.h"

enum { HTML_LEVELS = 6 };

/** Where in the order of headings a page is: whatever levels the source gives, the page's go down one at a time. */
typedef struct {
    int above[HTML_LEVELS]; /* levels of the source that are open */
    int n;
    int base; /**< level of the heading over all of it: 1 under a page's title */
} html_outline;

/** Level of the page (2 to 6) for a heading that the source has at `level`. */
int html_outline_enter(html_outline *o, int level);

/** Blocks and what is in them. */
void html_markdown(html_buf *b, html_str markdown, html_outline *o);
/** The same for an item of a list: a paragraph alone loses its tags. */
void html_markdown_item(html_buf *b, html_str markdown, html_outline *o);
/** Only what stands in a line: emphasis, links, code. Whatever would begin a block is text. */
void html_inline(html_buf *b, html_str markdown);

#endif
