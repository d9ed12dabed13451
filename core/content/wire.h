/**
 * The wire layout: a news text as agencies send it (the contract's section 5). Pure.
 */
#ifndef QN_CONTENT_WIRE_H
#define QN_CONTENT_WIRE_H

#include <jansson.h>

#include "base/fault.h"

/** Reads a text in the wire layout (UTF-8, BOM and CRLF accepted) into `{"title","summary","slug"?,"body":[blocks
 * without ids]}` as a create takes it. Slug is absent where the text has none,
 * the summary null; headings are of level 2. A closing "You Might Also Like" (any
 * case, curly or straight, with an optional colon) and what follows it is not content. Returns owned. QN_EINVAL with
 * faults whose pointer is "/line/N". */
int qn_wire_parse(json_t **out, qn_str text, qn_faults *faults);

/** A slug from any text in any script: ICU transliteration to Latin and ASCII, lower case, words parted by "-", at most
 * 80 bytes cut at a word; "entry" when nothing is left. Arena memory. */
const char *qn_slug_make(qn_arena *arena, qn_str text);

#endif
