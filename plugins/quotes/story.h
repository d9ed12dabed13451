/**
 * story.h: an article as the extractor reads it, and what it found as the API shows it.
 */
#ifndef QUOTES_STORY_H
#define QUOTES_STORY_H

#include <quoin.h>

#include "extract/quotes.h"

extern const qn_api *qn;

/** More than this are not shown of one article or text: the first ones are. */
enum { QUOTES_MOST = 5000 };

/** The quotations of an article, from its title, summary and body: an array as in the API. What stands in its text and
 * quote blocks is shown; the title, summary and headings say who is who. QN_ENOMEM, QN_ELIMIT: longer than the
 * extractor takes. Arena. [loop] */
int quotes_of_article(qn_json **out, qn_call *call, const qn_json *article);

/** Quotations found in a text without blocks. NULL: out of memory. Arena. [loop] */
qn_json *quotes_of_text(qn_call *call, const struct qn_quotes *found);

#endif
