/**
 * The pages' one style sheet. It stands in each page and loads nothing.
 */
#ifndef HTML_STYLE_H
#define HTML_STYLE_H

#include "buf.h"

/** Appends it. */
void html_style(html_buf *b);
/** Appends the Content-Security-Policy under which the pages run: this style, pictures, and nothing else. */
void html_policy(html_buf *b);

#endif
