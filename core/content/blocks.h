/**
 * Blocks: a body's parts with ids that stay for ever. Pure.
 *
 * Every block has `id` and `type`; beside them stand the members of its type, in this order, and no others. Those
 * marked ! have to be there; an optional one that is null or missing is left out of what is stored. "Markdown" is
 * CommonMark with tables (GFM); everything else is plain text.
 *
 * | type       | members                                                                                     |
 * | ---------- | ------------------------------------------------------------------------------------------- |
 * | heading    | level (1–6; 2 where missing), text! (inline Markdown)                                       |
 * | text       | text! (Markdown)                                                                            |
 * | quote      | text! (Markdown), attribution, role, source (who, in which function, where it was said)     |
 * | image      | asset or url (one of them), alt, caption (inline Markdown), credit                          |
 * | list       | ordered (false where missing), items! (array of Markdown; an item's own lists are in it)    |
 * | table      | header (array of inline Markdown), rows! (array of such arrays, all as wide as the header)  |
 * | embed      | url!, title                                                                                 |
 * | correction | text! (Markdown), at (a point in time)                                                      |
 */
#ifndef QN_CONTENT_BLOCKS_H
#define QN_CONTENT_BLOCKS_H

#include <jansson.h>

#include "base/fault.h"

enum {
    QN_BLOCKS_MAX = 5000,
    QN_BLOCK_TEXT_MAX_BYTES = 262144, /**< of one string */
    QN_BLOCK_ITEMS_MAX = 5000,        /**< of a list, rows of a table */
    QN_BLOCK_COLUMNS_MAX = 100,
    QN_BLOCK_LINE_MAX_BYTES = 2048, /**< of what is a name or a label: attribution, alt, credit… */
    QN_BLOCK_ID_MAX_BYTES = 40
};

/** Splits Markdown (GFM) into blocks: headings, paragraphs, quotes (a blockquote), lists, tables, images standing
 * alone; what has no block of its own stays Markdown in a text block. Texts are cut from the source byte for byte. What
 * it gives passes qn_blocks_check. Returns owned (an array without ids). QN_ENOMEM, QN_ELIMIT. Linear time: see
 * debian.md for what cmark-gfm does with tables. */
int qn_blocks_from_markdown(json_t **out, qn_str markdown);

/** Checks an array of blocks (`pointer`: where it stands) and makes it canonical: known types, known members in a fixed
 * order, texts in bounds, ids unique ([A-Za-z0-9_-]{1,40}). Blocks without an id get the id of an equal, then of the
 * most alike block of `before` (may be NULL) at their place, else a new one "bN" that neither array ever used. Returns
 * owned. QN_EINVAL with `faults`, QN_ENOMEM.
 *
 * With no `before` new ids are b1, b2, …; else N comes from the clock, so that the id of a block that was deleted long
 * ago is not given to another (what pointed at it would point at the wrong words). Pass an empty array for an entry
 * that exists and has an empty body. */
int qn_blocks_check(json_t **out, const json_t *blocks, const json_t *before, const char *pointer, qn_faults *faults);

#endif
