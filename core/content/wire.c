#include "content/wire.h"

#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>

#include "base/err.h"
#include "content/blocks.h"
#include "content/check.h"

enum {
    WIRE_BYTES = 1024 * 1024,
    HEADING_POINTS = 120,
    HEADING_LEVEL = 2 /* the title is the first */
};

/* Lines that belong together: no blank line between them. */
typedef struct {
    size_t line; /* number of the first, from 1 */
    qn_str *lines;
    size_t n;
} paragraph;

/* A text being read. Lines and paragraphs are arena memory and borrow of the text. */
typedef struct {
    qn_arena *arena;
    qn_faults *faults;
    qn_str *lines; /* trimmed */
    size_t nlines;
    paragraph *paragraphs;
    size_t n;
} reader;

static int fault(reader *r, size_t line, bool shape, const char *code, const char *detail)
{
    char pointer[40];
    snprintf(pointer, sizeof pointer, "/line/%zu", line);
    qn_fault_add(r->faults, shape, pointer, code, "%s", detail);
    return QN_EINVAL;
}

/* ---- lines and paragraphs --------------------------------------------------------------------------------------- */

static size_t line_of(qn_str text, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset; i++) line += text.p[i] == '\n' || (text.p[i] == '\r' && text.p[i + 1] != '\n');
    return line;
}

static int check_bytes(reader *r, qn_str text)
{
    size_t bad = qn_utf8_check(text);
    const char *nul = text.n ? memchr(text.p, 0, text.n) : NULL;
    if (text.n > WIRE_BYTES) return fault(r, 1, false, "max", "the text has more than 1048576 bytes");
    if (bad < text.n)
        return fault(r, line_of(text, bad), true, "utf8",
                     "a byte in this line is not UTF-8: convert the text, or look for what broke it");
    if (nul) return fault(r, line_of(text, (size_t)(nul - text.p)), true, "nul", "there is a NUL byte in this line");
    return 0;
}

/* Blanks that no reader sees: what stands around a line is not content. An ideographic space (a paragraph's indent) is
 * left alone. */
static qn_str trim(qn_str s)
{
    static const char nbsp[] = "\xC2\xA0";
    for (;;) {
        size_t n = s.n;
        s = qn_str_trim(s);
        if (s.n >= 2 && memcmp(s.p, nbsp, 2) == 0) s = (qn_str){ s.p + 2, s.n - 2 };
        if (s.n >= 2 && memcmp(s.p + s.n - 2, nbsp, 2) == 0) s.n -= 2;
        if (s.n == n) return s;
    }
}

static bool is_blank(qn_str s)
{
    for (size_t i = 0; i < s.n;) {
        UChar32 c = (UChar32)qn_utf8_next(s, &i);
        if (!u_isUWhiteSpace(c) && c != 0xFEFF && c != 0x200B) return false;
    }
    return true;
}

/* Cuts at LF, CR LF and CR. */
static int cut_lines(reader *r, qn_str text)
{
    size_t n = 1;
    for (size_t i = 0; i < text.n; i++) n += text.p[i] == '\n' || text.p[i] == '\r';
    r->lines = qn_arena_calloc(r->arena, n, sizeof *r->lines);
    if (!r->lines) return QN_ENOMEM;
    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        while (i < text.n && text.p[i] != '\n' && text.p[i] != '\r') i++;
        qn_str line = trim((qn_str){ text.p + from, i - from });
        r->lines[r->nlines++] = is_blank(line) ? (qn_str){ NULL, 0 } : line;
        i += i + 1 < text.n && text.p[i] == '\r' && text.p[i + 1] == '\n' ? 2 : 1;
    }
    return 0;
}

static bool is_closing(qn_str line);

/* Up to the closing line: from there on it is not content. The first line is the title, whatever it says. */
static int cut_paragraphs(reader *r)
{
    r->paragraphs = qn_arena_calloc(r->arena, r->nlines + 1, sizeof *r->paragraphs);
    if (!r->paragraphs) return QN_ENOMEM;
    paragraph *p = NULL;
    bool title = false;
    for (size_t i = 0; i < r->nlines; i++) {
        qn_str line = r->lines[i];
        if (title && is_closing(line)) break;
        if (!line.n) {
            p = NULL;
            continue;
        }
        if (!p) {
            p = &r->paragraphs[r->n++];
            *p = (paragraph){ .line = i + 1, .lines = &r->lines[i] };
        }
        p->n++;
        if (!title) p = NULL; /* the title is one line */
        title = true;
    }
    return 0;
}

/* ---- what a line is --------------------------------------------------------------------------------------------- */

/* "You Might Also Like", in any case, in quotation marks, with a colon or dots. */
static bool is_closing(qn_str line)
{
    static const char *const words[] = { "you", "might", "also", "like" };
    size_t i = 0, word = 0, at = 0;
    while (i < line.n) {
        UChar32 c = (UChar32)qn_utf8_next(line, &i);
        if (word < 4 && words[word][at] && c < 0x80 && (c | 0x20) == words[word][at]) {
            at++;
        } else if (u_isUWhiteSpace(c) || u_hasBinaryProperty(c, UCHAR_QUOTATION_MARK) || c == ':' || c == '.' ||
                   c == 0x2026) {
            if (word < 4 && at && words[word][at]) return false; /* in the middle of a word */
            if (word < 4 && at) word++, at = 0;
        } else {
            return false;
        }
    }
    return word == 4 || (word == 3 && at == 4);
}

/* . ! ? … : ; and what they are in other scripts, or a quotation mark; looked for under closing brackets: "(so it
 * was.)" is a sentence. */
static bool ends_a_sentence(qn_str line)
{
    bool ends = false;
    for (size_t i = 0; i < line.n;) {
        UChar32 c = (UChar32)qn_utf8_next(line, &i);
        if (u_charType(c) == U_END_PUNCTUATION && !u_hasBinaryProperty(c, UCHAR_QUOTATION_MARK)) continue;
        ends = u_hasBinaryProperty(c, UCHAR_S_TERM) || u_hasBinaryProperty(c, UCHAR_QUOTATION_MARK) || c == 0x2026 ||
               c == ':' || c == ';' || c == 0x37E || c == 0x61B || c == 0xFF1A || c == 0xFF1B || c == 0x22EF;
    }
    return ends;
}

/* An item of a list or a line of a dialogue. */
static bool begins_with_mark(qn_str line)
{
    size_t i = 0;
    UChar32 c = (UChar32)qn_utf8_next(line, &i);
    bool mark =
        c == '-' || c == '*' || c == '+' || c == 0x2022 || c == 0x2023 || c == 0xB7 || (c >= 0x2012 && c <= 0x2015);
    if (c == 0x30FB) return true; /* the middle dot of Japanese lists stands close */
    return mark && i < line.n && u_isUWhiteSpace((UChar32)qn_utf8_next(line, &i));
}

static bool has_word(qn_str line)
{
    for (size_t i = 0; i < line.n;)
        if (u_isalnum((UChar32)qn_utf8_next(line, &i))) return true;
    return false;
}

/* The paragraph looks like a heading; it is one when another follows. */
static bool could_head(const paragraph *p)
{
    return p->n == 1 && qn_utf8_length(p->lines[0]) <= HEADING_POINTS && !ends_a_sentence(p->lines[0]) &&
           !begins_with_mark(p->lines[0]) && has_word(p->lines[0]);
}

/* ---- the entry -------------------------------------------------------------------------------------------------- */

/* "3. Oktober" would begin a numbered list in Markdown, which a text block is: a paragraph of one line is none. */
static size_t ordinal_of(qn_str line)
{
    size_t n = 0;
    while (n < line.n && n < 9 && line.p[n] >= '0' && line.p[n] <= '9') n++;
    bool marker = n && n + 1 < line.n && (line.p[n] == '.' || line.p[n] == ')') && line.p[n + 1] == ' ';
    return marker ? n : 0;
}

/* Lines as they stand, one under the other. */
static json_t *text_of(const paragraph *p, size_t from, bool markdown)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    size_t ordinal = markdown && p->n - from == 1 ? ordinal_of(p->lines[from]) : 0;
    for (size_t i = from; i < p->n; i++) {
        if (i > from) qn_buf_addc(&b, '\n');
        if (ordinal) {
            qn_buf_add(&b, p->lines[i].p, ordinal);
            qn_buf_addc(&b, '\\');
        }
        qn_buf_add(&b, p->lines[i].p + ordinal, p->lines[i].n - ordinal);
    }
    json_t *text = b.failed ? NULL : qn_json_of_str(qn_buf_str(&b));
    qn_buf_free(&b);
    return text;
}

static int add_block(reader *r, json_t *body, const paragraph *p, bool heading)
{
    json_t *block = json_object(), *text = text_of(p, 0, !heading);
    int rc = block && text ? 0 : QN_ENOMEM;
    if (!rc && json_string_length(text) > QN_BLOCK_TEXT_MAX_BYTES)
        rc = fault(r, p->line, false, "max", "the paragraph that begins here has more than 262144 bytes");
    if (!rc && json_array_size(body) == QN_BLOCKS_MAX)
        rc = fault(r, p->line, false, "max", "the text has more than 5000 paragraphs");
    if (!rc) rc = qn_json_set(block, "type", json_string(heading ? "heading" : "text"));
    if (!rc && heading) rc = qn_json_set(block, "level", json_integer(HEADING_LEVEL));
    if (!rc) rc = qn_json_set(block, "text", json_incref(text));
    if (!rc) rc = qn_json_append(body, json_incref(block));
    json_decref(text);
    json_decref(block);
    return rc;
}

/* The line of `p` that is the slug; p->n when there is none. A wrapped line in the middle of a paragraph may be one
 * word that only looks like a slug. */
static size_t slug_line(const paragraph *p)
{
    for (size_t i = 0; i < p->n; i++) {
        bool edge = i == 0 || i + 1 == p->n;
        if (qn_is_slug(p->lines[i]) && (edge || memchr(p->lines[i].p, '-', p->lines[i].n))) return i;
    }
    return p->n;
}

/* Splits what follows the title: a summary, a slug, both or neither. `*body`: where the body begins. What follows the
 * slug in its paragraph is left in it. */
static int read_head(reader *r, json_t *entry, size_t *body)
{
    paragraph *p = r->n > 1 ? &r->paragraphs[1] : NULL, *next = r->n > 2 ? &r->paragraphs[2] : NULL;
    size_t at = p ? slug_line(p) : 0;
    bool in_next = p && at == p->n && next && qn_is_slug(next->lines[0]);
    bool slug = (p && at < p->n) || in_next;
    /* With no slug to part it from the body, a line that can head what follows does so. */
    bool summary = p && at > 0 && (slug || !next || !(could_head(p) && !could_head(next)));
    int rc = 0;
    *body = 1;
    if (summary) {
        paragraph only = { p->line, p->lines, at };
        rc = qn_json_set(entry, "summary", text_of(&only, 0, false));
        if (at == p->n) *body = 2;
    } else {
        rc = qn_json_set(entry, "summary", json_null());
    }
    if (!slug || rc) return rc;
    paragraph *with = in_next ? next : p;
    if (in_next) at = 0;
    rc = qn_json_set(entry, "slug", qn_json_of_str(with->lines[at]));
    with->lines += at + 1;
    with->line += at + 1;
    with->n -= at + 1;
    *body = (size_t)(with - r->paragraphs) + (with->n ? 0 : 1);
    return rc;
}

static int read_entry(reader *r, json_t *entry)
{
    json_t *body = json_array();
    size_t first = 1;
    int rc = body ? 0 : QN_ENOMEM;
    if (!rc) rc = qn_json_set(entry, "title", qn_json_of_str(r->paragraphs[0].lines[0]));
    if (!rc) rc = read_head(r, entry, &first);
    for (size_t i = first; i < r->n && !rc; i++)
        rc = add_block(r, body, &r->paragraphs[i], i + 1 < r->n && could_head(&r->paragraphs[i]));
    if (!rc) return qn_json_set(entry, "body", body);
    json_decref(body);
    return rc;
}

int qn_wire_parse(json_t **out, qn_str text, qn_faults *faults)
{
    static const qn_str bom = { "\xEF\xBB\xBF", 3 };
    reader r = { .arena = faults->arena, .faults = faults };
    int rc = check_bytes(&r, text);
    if (rc) return rc;
    if (qn_str_starts(text, bom)) text = (qn_str){ text.p + bom.n, text.n - bom.n };
    rc = cut_lines(&r, text);
    if (!rc) rc = cut_paragraphs(&r);
    if (!rc && r.n == 0) rc = fault(&r, 1, false, "required", "the text is empty: its first line has to be the title");
    if (rc) return rc;
    json_t *entry = json_object();
    if (!entry) return QN_ENOMEM;
    rc = read_entry(&r, entry);
    if (rc)
        json_decref(entry);
    else
        *out = entry;
    return rc;
}
