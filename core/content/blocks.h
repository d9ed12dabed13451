/**
 * Blocks: a body's parts with ids that stay for ever. Pure.
 */
#ifndef QN_CONTENT_BLOCKS_H
#define QN_CONTENT_BLOCKS_H

#include <jansson.h>

#include "base/fault.h"

enum { QN_BLOCKS_MAX = 5000, QN_BLOCK_TEXT_MAX_BYTES = 262144 };

/** Splits Markdown (GFM) into blocks: headings, paragraphs, quotes (a blockquote), lists, tables, images standing alone; what has no
 *  block of its own stays Markdown in a text block. Returns owned (an array without ids). QN_ENOMEM, QN_ELIMIT. Linear time:
 *  see debian.md for what cmark-gfm does with tables. */
int qn_blocks_from_markdown(json_t **out, qn_str markdown);

/** Checks an array of blocks (`pointer`: where it stands) and makes it canonical: known types, known members in a fixed order, texts in
 *  bounds, ids unique ([A-Za-z0-9_-]{1,40}). Blocks without an id get the id of an equal, then of the most alike block of `before` (may
 *  be NULL) at their place, else a new one "bN" that neither array ever used. Returns owned. QN_EINVAL with `faults`, QN_ENOMEM. */
int qn_blocks_check(json_t **out, const json_t *blocks, const json_t *before, const char *pointer, qn_faults *faults);

#endif
