#include <stdlib.h>
#include <string.h>

#include <cmark-gfm.h>
#include <cmark-gfm/parser.h>

#include "content/blocks.h"
#include "content/check.h"
#include "content/markdown.h"

/* cmark-gfm says where blocks begin, and nothing else of it is used: every text is cut from the source, byte for byte,
 * and tables are found here (its table extension needs 5 s for 80 KB of "|"). What is quadratic in it is kept from it:
 *
 * - inlines: paragraphs and headings are emptied before it would parse what is in them (it has no option for that, so
 * its parser's root is reached through its installed header; the library's soname is its exact version);
 * - reference definitions: a "[" that begins a line is hidden from it;
 * - deep nesting: containers opened by one line past NESTED_MOST are hidden, indents are cut at INDENT_MOST, and of
 * several blank lines, each of which is tried against every open list, it sees one. */

enum { NESTED_MOST = 48, INDENT_MOST = 200 };

/* Where linear is still too much: 1 MB of "- " lines is half a million nodes. No text of a newsroom comes near. */
enum { LINES_MOST = QN_MD_LINES_MAX, CONTAINERS_MOST = 30000, CELLS_MOST = 20000 };

/* A document cut into lines. */
typedef struct {
    qn_md_line *lines;
    size_t n;
    size_t *seen; /* line of the parser → index of ours; the parser counts from 1 */
    size_t nseen;
    cmark_parser *parser;
    json_t *blocks, *definitions;
} splitter;

/* ---- lines ------------------------------------------------------------------------------------------------------ */

bool qn_md_is_blank(qn_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t') return false;
    return true;
}

/* Cuts at LF, CR LF and CR, as CommonMark does. */
static int cut_lines(splitter *s, qn_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == '\n' || text.p[i] == '\r';
    s->lines = calloc(n + 1, sizeof *s->lines);
    s->seen = calloc(n + 1, sizeof *s->seen);
    if (!s->lines || !s->seen) return QN_ENOMEM;
    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        while (i < text.n && text.p[i] != '\n' && text.p[i] != '\r') i++;
        s->lines[s->n++] = (qn_str){ text.p + from, i - from };
        i += i + 1 < text.n && text.p[i] == '\r' && text.p[i + 1] == '\n' ? 2 : 1;
    }
    return 0;
}

/* Length of the marker of a container at `i` (">", "-", "12."), 0 when there is none. */
static size_t marker_at(qn_str line, size_t i)
{
    char c = line.p[i];
    size_t n = 1;
    if (c == '>') return 1;
    if (c >= '0' && c <= '9') {
        while (n < 9 && i + n < line.n && line.p[i + n] >= '0' && line.p[i + n] <= '9') n++;
        if (i + n == line.n || (line.p[i + n] != '.' && line.p[i + n] != ')')) return 0;
        n++;
    } else if (c != '-' && c != '*' && c != '+') {
        return 0;
    }
    return i + n == line.n || line.p[i + n] == ' ' || line.p[i + n] == '\t' ? n : 0;
}

/* Shows the parser one line, without what it must not see. Returns how many containers it may open. */
static size_t show_line(qn_buf *to, qn_str line)
{
    size_t i = 0, blanks = 0, depth = 0;
    for (; i < line.n && depth < NESTED_MOST;) {
        size_t marker;
        if (line.p[i] == ' ' || line.p[i] == '\t') {
            if (blanks++ < INDENT_MOST) qn_buf_addc(to, line.p[i]);
            i++;
        } else if ((marker = marker_at(line, i)) > 0) {
            qn_buf_add(to, line.p + i, marker);
            i += marker;
            depth++;
        } else {
            break;
        }
    }
    if (depth == NESTED_MOST && i < line.n) {
        qn_buf_addc(to, 'x');
    } else if (i < line.n) {
        qn_buf_addc(to, line.p[i] == '[' ? 'x' : line.p[i]);
        qn_buf_add(to, line.p + i + 1, line.n - i - 1);
    }
    qn_buf_addc(to, '\n');
    return depth;
}

static int show(splitter *s)
{
    qn_buf masked;
    bool blank = false;
    size_t containers = 0;
    qn_buf_init(&masked, 0);
    for (size_t i = 0; i < s->n; i++) {
        bool again = blank;
        blank = qn_md_is_blank(s->lines[i]);
        if (blank && again) continue;
        s->seen[s->nseen++] = i;
        containers += show_line(&masked, blank ? (qn_str){ "", 0 } : s->lines[i]);
    }
    int rc = masked.failed ? QN_ENOMEM : s->nseen > LINES_MOST || containers > CONTAINERS_MOST ? QN_ELIMIT : 0;
    if (!rc && masked.n) cmark_parser_feed(s->parser, masked.p, masked.n);
    qn_buf_free(&masked);
    return rc;
}

/* What is in a paragraph or heading is cut from the source: the parser need not read it. */
static void empty_leaves(cmark_node *root)
{
    for (cmark_node *n = root; n;) {
        cmark_node_type type = cmark_node_get_type(n);
        if (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_HEADING) cmark_strbuf_sets(&n->content, "x");
        if (n->first_child) {
            n = n->first_child;
            continue;
        }
        while (n && !n->next) n = n->parent;
        if (n) n = n->next;
    }
}

/* ---- from nodes to blocks --------------------------------------------------------------------------------------- */

static int add_text(json_t *blocks, const qn_md_line *lines, size_t n)
{
    return n ? qn_md_add(blocks, "text", qn_md_join(lines, n)) : 0;
}

static int add_heading(json_t *blocks, cmark_node *node, const qn_md_line *lines, size_t n)
{
    bool setext = node->as.heading.setext && n > 1;
    json_t *block = json_object();
    int rc = block ? qn_json_set(block, "type", json_string("heading")) : QN_ENOMEM;
    if (!rc) rc = qn_json_set(block, "level", json_integer(cmark_node_get_heading_level(node)));
    if (!rc) rc = qn_json_set(block, "text", setext ? qn_md_join(lines, n - 1) : qn_json_of_str(qn_md_atx(lines[0])));
    if (!rc) return qn_json_append(blocks, block);
    json_decref(block);
    return rc;
}

static int add_quote(json_t *blocks, const qn_md_line *lines, size_t n)
{
    qn_buf inner;
    qn_buf_init(&inner, 0);
    for (size_t i = 0; i < n; i++) {
        if (i) qn_buf_addc(&inner, '\n');
        qn_md_unquote(&inner, lines[i]);
    }
    int rc = inner.failed ? QN_ENOMEM : qn_md_add(blocks, "quote", qn_json_of_str(qn_md_trim(qn_buf_str(&inner))));
    qn_buf_free(&inner);
    return rc;
}

/* The Markdown in one item: its lines without the marker and without its indent. */
static json_t *item_text(const qn_md_line *lines, size_t n, size_t columns)
{
    qn_buf inner;
    qn_buf_init(&inner, 0);
    for (size_t i = 0; i < n; i++) {
        if (i) qn_buf_addc(&inner, '\n');
        qn_md_unindent(&inner, lines[i], columns, i > 0);
    }
    json_t *text = inner.failed ? NULL : qn_json_of_str(qn_md_trim(qn_buf_str(&inner)));
    qn_buf_free(&inner);
    return text;
}

static size_t line_of(const splitter *s, cmark_node *node)
{
    int line = cmark_node_get_start_line(node);
    return line >= 1 && (size_t)line <= s->nseen ? s->seen[line - 1] : s->n;
}

static int add_list(splitter *s, cmark_node *list, size_t end)
{
    json_t *block = json_object(), *items = json_array();
    bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
    int rc = block && items ? qn_json_set(block, "type", json_string("list")) : QN_ENOMEM;
    for (cmark_node *item = cmark_node_first_child(list); item && !rc; item = cmark_node_next(item)) {
        cmark_node *next = cmark_node_next(item);
        size_t from = line_of(s, item), to = next ? line_of(s, next) : end;
        size_t columns = (size_t)(item->as.list.marker_offset + item->as.list.padding);
        rc = qn_json_append(items, from < to ? item_text(&s->lines[from], to - from, columns) : json_string(""));
    }
    if (!rc) rc = qn_json_set(block, "ordered", json_boolean(ordered));
    if (!rc) rc = qn_json_set(block, "items", json_incref(items));
    if (!rc) rc = qn_json_append(s->blocks, json_incref(block));
    json_decref(block);
    json_decref(items);
    return rc;
}

static size_t count_items(cmark_node *list)
{
    size_t n = 0;
    for (cmark_node *item = cmark_node_first_child(list); item; item = cmark_node_next(item)) n++;
    return n;
}

/* A list that starts elsewhere than at 1, or is too long, has no block of its own. */
static bool has_block(cmark_node *list)
{
    bool ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
    return (!ordered || cmark_node_get_list_start(list) == 1) && count_items(list) <= QN_BLOCK_ITEMS_MAX;
}

static int add_table(json_t *blocks, const qn_md_line *lines, size_t n, size_t columns)
{
    json_t *block = json_object(), *rows = json_array();
    int rc = block && rows ? qn_json_set(block, "type", json_string("table")) : QN_ENOMEM;
    if (!rc) rc = qn_json_set(block, "header", qn_md_cells(lines[0], columns));
    for (size_t i = 2; i < n && !rc; i++) rc = qn_json_append(rows, qn_md_cells(lines[i], columns));
    if (!rc) rc = qn_json_set(block, "rows", json_incref(rows));
    if (!rc) rc = qn_json_append(blocks, json_incref(block));
    json_decref(block);
    json_decref(rows);
    return rc;
}

/* A paragraph may be an image alone, or end in a table. */
static int add_paragraph(splitter *s, const qn_md_line *lines, size_t n)
{
    json_t *image = NULL, *blocks = s->blocks;
    size_t taken;
    int rc = qn_md_define(&taken, s->definitions, lines, n);
    lines += taken;
    n -= taken;
    if (!rc && n == 1) rc = qn_md_image(&image, lines[0]);
    if (rc || image) return rc ? rc : qn_json_append(blocks, image);
    for (size_t i = 1; i < n; i++) {
        size_t columns = qn_md_delimiters(lines[i]);
        if (!columns || columns > QN_BLOCK_COLUMNS_MAX || qn_md_count_cells(lines[i - 1]) != columns) continue;
        if (n - i > QN_BLOCK_ITEMS_MAX || (n - i) * columns > CELLS_MOST) break;
        rc = add_text(blocks, lines, i - 1);
        return rc ? rc : add_table(blocks, &lines[i - 1], n - i + 1, columns);
    }
    return add_text(blocks, lines, n);
}

static int add_node(splitter *s, cmark_node *node)
{
    cmark_node *next = cmark_node_next(node);
    size_t from = line_of(s, node), to = next ? line_of(s, next) : s->n;
    while (to > from && qn_md_is_blank(s->lines[to - 1])) to--;
    const qn_md_line *lines = &s->lines[from];
    if (from >= to) return 0;
    switch ((int)cmark_node_get_type(node)) {
    case CMARK_NODE_HEADING:
        return add_heading(s->blocks, node, lines, to - from);
    case CMARK_NODE_PARAGRAPH:
        return add_paragraph(s, lines, to - from);
    case CMARK_NODE_BLOCK_QUOTE:
        return add_quote(s->blocks, lines, to - from);
    case CMARK_NODE_LIST:
        if (has_block(node)) return add_list(s, node, to);
        break;
    default:
        break;
    }
    json_t *raw = qn_md_join_raw(lines, to - from);
    return qn_md_add(s->blocks, "text", raw);
}

/* No string of a block may be longer than a block's may be. */
static bool fits(const json_t *block)
{
    const json_t *items = json_object_get(block, "items"), *rows = json_object_get(block, "rows");
    bool all = json_string_length(json_object_get(block, "text")) <= QN_BLOCK_TEXT_MAX_BYTES;
    for (size_t i = 0; i < json_array_size(items); i++)
        all = all && json_string_length(json_array_get(items, i)) <= QN_BLOCK_TEXT_MAX_BYTES;
    for (size_t i = 0; i < json_array_size(rows); i++)
        for (size_t k = 0; k < json_array_size(json_array_get(rows, i)); k++)
            all = all && json_string_length(json_array_get(json_array_get(rows, i), k)) <= QN_BLOCK_TEXT_MAX_BYTES;
    const json_t *header = json_object_get(block, "header");
    for (size_t i = 0; i < json_array_size(header); i++)
        all = all && json_string_length(json_array_get(header, i)) <= QN_BLOCK_TEXT_MAX_BYTES;
    return all;
}

static int split(splitter *s)
{
    cmark_node *document = NULL;
    int rc = show(s);
    if (!rc) {
        empty_leaves(s->parser->root);
        document = cmark_parser_finish(s->parser);
        if (!document) rc = QN_ENOMEM;
    }
    cmark_node *node = document ? cmark_node_first_child(document) : NULL;
    for (; node && !rc; node = cmark_node_next(node)) {
        rc = add_node(s, node);
        if (!rc && json_array_size(s->blocks) > QN_BLOCKS_MAX) rc = QN_ELIMIT;
    }
    if (document) cmark_node_free(document);
    if (!rc) rc = qn_md_resolve(s->blocks, s->definitions);
    for (size_t i = 0; i < json_array_size(s->blocks) && !rc; i++)
        if (!fits(json_array_get(s->blocks, i))) rc = QN_ELIMIT;
    return rc;
}

int qn_blocks_from_markdown(json_t **out, qn_str markdown)
{
    static const qn_str bom = { "\xEF\xBB\xBF", 3 };
    if (qn_str_starts(markdown, bom)) markdown = (qn_str){ markdown.p + bom.n, markdown.n - bom.n };
    if (markdown.n > QN_MD_MAX_BYTES) return QN_ELIMIT;
    splitter s = { .blocks = json_array(),
                   .definitions = json_object(),
                   .parser = cmark_parser_new(CMARK_OPT_DEFAULT) };
    int rc = s.blocks && s.definitions && s.parser ? cut_lines(&s, markdown) : QN_ENOMEM;
    if (!rc) rc = split(&s);
    if (s.parser) cmark_parser_free(s.parser);
    free(s.lines);
    free(s.seen);
    json_decref(s.definitions);
    if (rc)
        json_decref(s.blocks);
    else
        *out = s.blocks;
    return rc;
}
