/**
 * The blocks of a body, one function a kind. Absent texts (`n` 0) are left out.
 */
#ifndef HTML_BLOCKS_H
#define HTML_BLOCKS_H

#include "buf.h"
#include "markdown.h"

typedef struct {
    html_buf *out;
    html_outline outline;
    bool numeric_dates; /**< the page's language is not the one that months are written in */
} html_body;

void html_heading(html_body *d, html_str id, int level, html_str text);
void html_text_block(html_body *d, html_str text);
void html_quote(html_body *d, html_str id, html_str text, html_str attribution, html_str role, html_str source);
void html_image(html_body *d, html_str url, html_str alt, html_str caption, html_str credit);
void html_list_open(html_body *d, bool ordered);
void html_list_item(html_body *d, html_str text);
void html_list_close(html_body *d, bool ordered);
void html_table_open(html_body *d);
/** `head`: a row of column headings, at most once and first; the other rows stand between html_rows_open() and close.
 */
void html_row_open(html_body *d, bool head);
void html_cell(html_body *d, html_str text, bool head);
void html_row_close(html_body *d, bool head);
void html_rows_open(html_body *d);
void html_rows_close(html_body *d);
void html_table_close(html_body *d);
/** A link to what is elsewhere: nothing of another site is loaded into the page. */
void html_embed(html_body *d, html_str url, html_str title);
void html_correction(html_body *d, html_str id, html_str text, html_str at);

#endif
