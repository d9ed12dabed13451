/**
 * Pieces of Markdown, cut from its source. Private to markdown*.c. Every function is linear in what it is given.
 */
#ifndef QN_CONTENT_MARKDOWN_H
#define QN_CONTENT_MARKDOWN_H

#include <jansson.h>

#include "base/buf.h"

enum { QN_MD_MAX_BYTES = 8 * 1024 * 1024, QN_MD_LINES_MAX = 100000 };

typedef qn_str qn_md_line; /* without its end */

bool qn_md_is_blank(qn_str s);
/** Without blank lines and trailing blanks at the end, and without an indent of its first line. */
qn_str qn_md_trim(qn_str s);

/** Lines of a paragraph under each other, trimmed as above; all that follow return owned, NULL when out of memory. */
json_t *qn_md_join(const qn_md_line *lines, size_t n);
/** The same with every indent kept (code). */
json_t *qn_md_join_raw(const qn_md_line *lines, size_t n);
/** Adds `{"type","text"}`; takes `text` (NULL: out of memory before). QN_ENOMEM. */
int qn_md_add(json_t *blocks, const char *type, json_t *text);

/** What a heading "## Words ##" says. Borrows. */
qn_str qn_md_atx(qn_md_line line);
/** Appends the line without its ">" (a line that only goes on lazily has none). */
void qn_md_unquote(qn_buf *to, qn_md_line line);
/** Appends the line without its first columns; `only_blanks`: as far as they are blank. */
void qn_md_unindent(qn_buf *to, qn_md_line line, size_t columns, bool only_blanks);

/** Columns of a delimiter row "| --- | :-: |" that has at least one "|", 0 when it is none. */
size_t qn_md_delimiters(qn_md_line line);
size_t qn_md_count_cells(qn_md_line line);
/** Exactly `columns` cells: cut, or filled up with empty ones. */
json_t *qn_md_cells(qn_md_line line, size_t columns);

/** Takes definitions of links ("[label]: address") from the start of a paragraph: adds them to `definitions` by their
 * label; `*taken`: how many lines. QN_ENOMEM. */
int qn_md_define(size_t *taken, json_t *definitions, const qn_md_line *lines, size_t n);
/** Writes the definitions under the texts and items that use them. QN_ENOMEM, QN_ELIMIT. */
int qn_md_resolve(json_t *blocks, const json_t *definitions);

/** An image block where the line is nothing but `![alt](url "title")`, all of it plain and the address one that a block
 * takes; else `*out` stays NULL. QN_ENOMEM. */
int qn_md_image(json_t **out, qn_md_line line);

#endif
