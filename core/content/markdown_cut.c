#include <string.h>

#include "content/blocks.h"
#include "content/check.h"
#include "content/kinds.h"
#include "content/markdown.h"

static bool is_gap(char c)
{
    return c == ' ' || c == '\t';
}

static qn_str trim_gaps(qn_str s)
{
    while (s.n && is_gap(s.p[s.n - 1])) s.n--;
    while (s.n && is_gap(s.p[0])) s = (qn_str){ s.p + 1, s.n - 1 };
    return s;
}

static qn_str trim_end(qn_str s)
{
    while (s.n && (is_gap(s.p[s.n - 1]) || s.p[s.n - 1] == '\n')) s.n--;
    return s;
}

qn_str qn_md_trim(qn_str s)
{
    s = trim_end(s);
    size_t indent = 0;
    while (indent < s.n && (is_gap(s.p[indent]) || s.p[indent] == '\n')) indent++;
    size_t line = indent; /* an item may begin with code: its indent says so */
    while (line > 0 && s.p[line - 1] != '\n') line--;
    size_t cut = indent - line >= 4 || (indent > line && memchr(s.p + line, '\t', indent - line)) ? line : indent;
    return (qn_str){ s.p + cut, s.n - cut };
}

static json_t *join(const qn_md_line *lines, size_t n, bool raw)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_md_line first = lines[0];
    while (!raw && first.n && is_gap(first.p[0])) first = (qn_str){ first.p + 1, first.n - 1 };
    for (size_t i = 0; i < n; i++) {
        if (i) qn_buf_addc(&b, '\n');
        qn_buf_adds(&b, i ? lines[i] : first);
    }
    json_t *text = b.failed ? NULL : qn_json_of_str(trim_end(qn_buf_str(&b)));
    qn_buf_free(&b);
    return text;
}

json_t *qn_md_join(const qn_md_line *lines, size_t n)
{
    return join(lines, n, false);
}

json_t *qn_md_join_raw(const qn_md_line *lines, size_t n)
{
    return join(lines, n, true);
}

int qn_md_add(json_t *blocks, const char *type, json_t *text)
{
    json_t *block = json_object();
    int rc = block && text ? qn_json_set(block, "type", json_string(type)) : QN_ENOMEM;
    if (!rc) rc = qn_json_set(block, "text", json_incref(text));
    if (!rc) rc = qn_json_append(blocks, json_incref(block));
    json_decref(text);
    json_decref(block);
    return rc;
}

/* CommonMark 4.2: the closing run of # counts only after a blank. */
qn_str qn_md_atx(qn_md_line line)
{
    qn_str s = trim_gaps(line);
    while (s.n && s.p[0] == '#') s = (qn_str){ s.p + 1, s.n - 1 };
    s = trim_gaps(s);
    size_t n = s.n;
    while (n && s.p[n - 1] == '#') n--;
    if (n < s.n && (n == 0 || is_gap(s.p[n - 1]))) s.n = n;
    return trim_gaps(s);
}

/* Columns that the blank at `column` fills: a tab goes on to the next multiple of four. */
static size_t width_of(char c, size_t column)
{
    return c == '\t' ? 4 - column % 4 : 1;
}

void qn_md_unquote(qn_buf *to, qn_md_line line)
{
    size_t i = 0;
    while (i < line.n && i < 3 && line.p[i] == ' ') i++;
    if (i == line.n || line.p[i] != '>') {
        qn_buf_adds(to, line);
        return;
    }
    i++;
    if (i < line.n && is_gap(line.p[i])) {
        for (size_t left = width_of(line.p[i], i) - 1; left; left--) qn_buf_addc(to, ' ');
        i++;
    }
    qn_buf_add(to, line.p + i, line.n - i);
}

void qn_md_unindent(qn_buf *to, qn_md_line line, size_t columns, bool only_blanks)
{
    size_t i = 0, column = 0;
    while (i < line.n && column < columns) {
        bool gap = is_gap(line.p[i]);
        if (only_blanks && !gap) break;
        column += width_of(line.p[i], column);
        i++;
    }
    for (; column > columns; column--) qn_buf_addc(to, ' '); /* of a tab only a part was cut */
    qn_buf_add(to, line.p + i, line.n - i);
}

/* ---- tables (GFM 4.10) ------------------------------------------------------------------------------------------ */

/* Without the pipes at both ends. */
static qn_str row_of(qn_md_line line)
{
    qn_str s = trim_gaps(line);
    if (s.n && s.p[0] == '|') s = (qn_str){ s.p + 1, s.n - 1 };
    size_t slashes = 0;
    while (s.n > slashes + 1 && s.p[s.n - 2 - slashes] == '\\') slashes++;
    if (s.n && s.p[s.n - 1] == '|' && slashes % 2 == 0) s.n--;
    return s;
}

/* The next cell: what stands before an unescaped pipe. False past the last. */
static bool next_cell(qn_str *cell, qn_str *rest)
{
    if (!rest->p) return false;
    size_t i = 0;
    while (i < rest->n && rest->p[i] != '|') i += rest->p[i] == '\\' && i + 1 < rest->n ? 2 : 1;
    *cell = trim_gaps((qn_str){ rest->p, i });
    *rest = i < rest->n ? (qn_str){ rest->p + i + 1, rest->n - i - 1 } : (qn_str){ NULL, 0 };
    return true;
}

size_t qn_md_count_cells(qn_md_line line)
{
    qn_str rest = row_of(line), cell;
    size_t n = 0;
    while (next_cell(&cell, &rest)) n++;
    return n;
}

static bool is_delimiter(qn_str cell)
{
    if (cell.n && cell.p[0] == ':') cell = (qn_str){ cell.p + 1, cell.n - 1 };
    if (cell.n && cell.p[cell.n - 1] == ':') cell.n--;
    for (size_t i = 0; i < cell.n; i++)
        if (cell.p[i] != '-') return false;
    return cell.n > 0;
}

size_t qn_md_delimiters(qn_md_line line)
{
    qn_str rest = row_of(line), cell;
    size_t n = 0;
    if (!line.n || !memchr(line.p, '|', line.n)) return 0;
    for (; next_cell(&cell, &rest); n++)
        if (!is_delimiter(cell)) return 0;
    return n;
}

/* In a table "\|" is a pipe, in code spans too. */
static json_t *cell_text(qn_str cell)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    for (size_t i = 0; i < cell.n; i++)
        if (cell.p[i] != '\\' || i + 1 == cell.n || cell.p[i + 1] != '|') qn_buf_addc(&b, cell.p[i]);
    json_t *text = b.failed ? NULL : qn_json_of_str(qn_buf_str(&b));
    qn_buf_free(&b);
    return text;
}

json_t *qn_md_cells(qn_md_line line, size_t columns)
{
    qn_str rest = row_of(line), cell;
    json_t *cells = json_array();
    int rc = cells ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < columns && !rc; i++)
        rc = qn_json_append(cells, next_cell(&cell, &rest) ? cell_text(cell) : json_string(""));
    if (!rc) return cells;
    json_decref(cells);
    return NULL;
}

/* ---- images ----------------------------------------------------------------------------------------------------- */

/* No markup, no escapes, no entities: the same as text and as Markdown. */
static bool is_plain(qn_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (strchr("\\`*_[]<>&\"", s.p[i])) return false;
    return true;
}

/* "&" is an address's own unless it could be an entity. */
static bool is_plain_url(qn_str s)
{
    if (s.n == 0 || s.n > QN_URL_MAX_BYTES) return false;
    for (size_t i = 0; i < s.n; i++)
        if (strchr("\\<>()&", s.p[i]) && (s.p[i] != '&' || memchr(s.p + i, ';', s.n - i))) return false;
    return true;
}

static bool is_address(qn_str url)
{
    qn_faults faults = { .arena = qn_arena_new(256) };
    qn_check c;
    bool right = faults.arena && qn_check_init(&c, &faults, "") == 0;
    if (right) {
        right = qn_rule_url(&c, url);
        qn_check_done(&c);
    }
    qn_arena_free(&faults.arena);
    return right;
}

int qn_md_image(json_t **out, qn_md_line line)
{
    qn_str s = trim_gaps(line), alt, url, title = { NULL, 0 };
    if (s.n < 5 || memcmp(s.p, "![", 2) != 0 || s.p[s.n - 1] != ')') return 0;
    qn_str rest = { s.p + 2, s.n - 3 }; /* without the last ")" */
    alt = qn_str_cut(&rest, ']');
    if (!rest.n || rest.p[0] != '(') return 0;
    rest = trim_gaps((qn_str){ rest.p + 1, rest.n - 1 });
    url = qn_str_cut(&rest, ' ');
    rest = trim_gaps(rest);
    if (rest.n) {
        if (rest.n < 2 || rest.p[0] != '"' || rest.p[rest.n - 1] != '"') return 0;
        title = (qn_str){ rest.p + 1, rest.n - 2 };
    }
    if (!is_plain(alt) || alt.n > QN_BLOCK_LINE_MAX_BYTES || !is_plain(title) || !is_plain_url(url) || !is_address(url))
        return 0;
    json_t *image = json_object();
    int rc = image ? qn_json_set(image, "type", json_string("image")) : QN_ENOMEM;
    if (!rc) rc = qn_json_set(image, "url", qn_json_of_str(url));
    if (!rc && alt.n) rc = qn_json_set(image, "alt", qn_json_of_str(alt));
    if (!rc && title.n) rc = qn_json_set(image, "caption", qn_json_of_str(title));
    if (rc)
        json_decref(image);
    else
        *out = image;
    return rc;
}
