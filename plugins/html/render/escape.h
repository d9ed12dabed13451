/**
 * Escaping, one function a place where text may stand. What is not one of these places gets no text from outside.
 */
#ifndef HTML_ESCAPE_H
#define HTML_ESCAPE_H

#include "buf.h"

/** Between tags. Quotation marks and apostrophes stay as they stand; control characters go; broken UTF-8 becomes
 * U+FFFD. */
void html_text(html_buf *b, html_str s);
/** Inside an attribute's double quotes. */
void html_attr(html_buf *b, html_str s);
/** One character, in an attribute or between tags. */
void html_char(html_buf *b, unsigned long point, bool attr);

typedef enum {
    HTML_URL_LINK, /**< http, https, mailto, tel, a path, a fragment */
    HTML_URL_IMAGE /**< http, https, a path of this site from its root */
} html_url_kind;

/** Appends an address as it may stand inside an attribute's double quotes: percent-encoded, escaped. False, and nothing
 * appended, where it is none of the kind: an allow-list, so that what nobody thought of does not run either. */
bool html_url(html_buf *b, html_str url, html_url_kind kind);
/** An absolute http or https address with a host. */
bool html_is_web(html_str url);
/** Its host; borrows. */
html_str html_host(html_str url);

/** One segment of a path: everything but letters, digits and "-._~" is percent-encoded. */
void html_segment(html_buf *b, html_str s);

#endif
