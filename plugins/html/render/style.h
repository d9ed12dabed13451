/**
 * The pages' one style sheet. It stands in each page and loads nothing.
 */
#ifndef HTML_STYLE_H
#define HTML_STYLE_H

#include <stdbool.h>

#include "buf.h"

/** Appends it. */
void html_style(html_buf *b);
/** Appends the Content-Security-Policy under which the pages run: this style (and with `own_sheets` those of the site's
 * files), pictures, and nothing else. */
void html_policy(html_buf *b, bool own_sheets);

#endif
