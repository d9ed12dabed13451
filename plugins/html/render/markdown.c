#include "markdown.h"

#include <md4c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"

/* Deeper than this nobody reads, and browsers give up at some hundred levels. */
enum { DEEP_MOST = 16, SPANS_MOST = 16, COLUMNS_MOST = 64, OWN_MOST = 32 /* of md4c: blanks, line ends */ };

/* The dearest honest input, six bytes of "![](/)", becomes some fifty. Past it something is being multiplied (a
 * definition used a thousand times, a table's missing cells). */
enum { GROWTH_MOST = 24, GROWTH_FLOOR = 4096 };

static const char nbsp[] = "\xC2\xA0";

typedef struct {
    MD_SPANTYPE type;
    const char *close; /* "" where nothing was opened */
} span;

typedef struct {
    html_buf *out;
    html_outline *outline;
    html_str source;
    size_t start, most; /* of the output */
    int deep;           /* inside how many quotes and lists */
    span spans[SPANS_MOST];
    int nspans, hidden; /* open ones; those beyond that are not shown */
    int image;          /* inside how many images: their text is an attribute */
    int level;          /* of the heading that is open, on the page */
    bool image_shown;
    bool inline_only, at_start;
    size_t blocks, paragraphs; /* at the top */
    bool head;                 /* in a table's head */
    html_buf scratch;          /* a decoded address */
} renderer;

int html_outline_enter(html_outline *o, int level)
{
    if (level < 1) level = 1;
    while (o->n && o->above[o->n - 1] >= level) o->n--;
    if (o->n < HTML_LEVELS) o->above[o->n++] = level;
    int page = o->base + o->n;
    return page > HTML_LEVELS ? HTML_LEVELS : page;
}

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* "&#38;" or "&#x26;" as a character; false for a named one. */
static bool numeric(unsigned long *point, html_str s)
{
    if (s.n < 4 || s.p[1] != '#') return false;
    bool hex = s.p[2] == 'x' || s.p[2] == 'X';
    unsigned long c = 0;
    for (size_t i = hex ? 3 : 2; i + 1 < s.n; i++) {
        char d = s.p[i];
        unsigned long v = d <= '9' ? (unsigned long)(d - '0') : (unsigned long)((d | 0x20) - 'a' + 10);
        c = c * (hex ? 16 : 10) + v;
        if (c > 0x10FFFF) c = 0x110000;
    }
    *point = c == 0 || c > 0x10FFFF ? 0xFFFD : c;
    return true;
}

/* md4c gives as an entity what looks like one ("&name;"); browsers know which names there are. */
static void put_entity(html_buf *b, html_str s, bool attr)
{
    unsigned long point;
    if (numeric(&point, s))
        html_char(b, point, attr);
    else
        html_adds(b, s);
}

static void put(renderer *r, MD_TEXTTYPE type, html_str s, bool attr)
{
    if (type == MD_TEXT_ENTITY)
        put_entity(r->out, s, attr);
    else if (type == MD_TEXT_NULLCHAR)
        html_char(r->out, 0xFFFD, attr);
    else if (attr)
        html_attr(r->out, s);
    else
        html_text(r->out, s);
}

typedef void (*part_fn)(renderer *r, MD_TEXTTYPE type, html_str s);

static void each_part(renderer *r, const MD_ATTRIBUTE *a, part_fn fn)
{
    for (size_t i = 0; a->text && a->substr_offsets[i] < a->size; i++) {
        MD_OFFSET from = a->substr_offsets[i];
        fn(r, a->substr_types[i], (html_str){ a->text + from, a->substr_offsets[i + 1] - from });
    }
}

static void attr_part(renderer *r, MD_TEXTTYPE type, html_str s)
{
    put(r, type, s, true);
}

/* Decodes what names markup's own characters and every number; the rest stays the text it is, and html_url() is wary of
 * its "&". */
static void address_part(renderer *r, MD_TEXTTYPE type, html_str s)
{
    static const struct {
        const char *name, *text;
    } known[] = { { "&amp;", "&" },   { "&lt;", "<" },   { "&gt;", ">" },       { "&quot;", "\"" }, { "&apos;", "'" },
                  { "&colon;", ":" }, { "&Tab;", "\t" }, { "&NewLine;", "\n" }, { "&sol;", "/" } };
    unsigned long point;
    if (type == MD_TEXT_NULLCHAR) s = HTML_STR("\1"); /* refused below */
    if (type == MD_TEXT_ENTITY && numeric(&point, s)) {
        char c = point < 0x20 ? 1 : (char)point;
        if (point < 0x80)
            html_addc(&r->scratch, c);
        else
            html_char(&r->scratch, point, false);
        return;
    }
    for (size_t i = 0; type == MD_TEXT_ENTITY && i < sizeof known / sizeof *known; i++)
        if (html_eq(s, known[i].name)) s = html_text_of(known[i].text);
    html_adds(&r->scratch, s);
}

/* Appends `before`, the address and a closing quote; false and nothing where the address is not allowed. */
static bool put_address(renderer *r, const char *before, const MD_ATTRIBUTE *a, html_url_kind kind)
{
    size_t mark = r->out->n;
    html_cut(&r->scratch, 0);
    each_part(r, a, address_part);
    html_raw(r->out, before);
    bool good = !r->scratch.failed && html_url(r->out, (html_str){ r->scratch.p, r->scratch.n }, kind);
    if (good)
        html_addc(r->out, '"');
    else if (!r->out->failed)
        html_cut(r->out, mark);
    return good;
}

static void put_title(renderer *r, const MD_ATTRIBUTE *a)
{
    if (!a->size) return;
    html_raw(r->out, " title=\"");
    each_part(r, a, attr_part);
    html_addc(r->out, '"');
}

static bool over(const renderer *r)
{
    return r->out->failed || r->out->n - r->start > r->most;
}

/* ---- what md4c tells --------------------------------------------------------------------------------------------- */

/* Down to `n`. */
static void close_spans(renderer *r, int n)
{
    while (r->nspans > n) {
        const span *s = &r->spans[--r->nspans];
        html_raw(r->out, s->close);
        if (s->type == MD_SPAN_IMG) r->image--;
    }
}

static void open_list(renderer *r, unsigned start, bool ordered)
{
    if (!ordered) {
        html_raw(r->out, "<ul>\n");
        return;
    }
    html_raw(r->out, "<ol");
    if (start != 1) {
        html_raw(r->out, " start=\"");
        html_addu(r->out, start);
        html_addc(r->out, '"');
    }
    html_raw(r->out, ">\n");
}

static void open_cell(renderer *r, MD_ALIGN align, bool head)
{
    html_raw(r->out, head ? "<th scope=\"col\"" : "<td");
    if (align == MD_ALIGN_CENTER) html_raw(r->out, " class=\"mid\"");
    if (align == MD_ALIGN_RIGHT) html_raw(r->out, " class=\"end\"");
    html_addc(r->out, '>');
}

static void heading_tag(renderer *r, const char *open)
{
    html_raw(r->out, open);
    html_addu(r->out, (unsigned)r->level);
    html_addc(r->out, '>');
}

static int open_table(renderer *r, const MD_BLOCK_TABLE_DETAIL *t)
{
    if (t->col_count > COLUMNS_MOST) return -1; /* each row gets all of them, whether it has them or not */
    html_raw(r->out, "<div class=\"table\" role=\"region\" aria-label=\"Table\" tabindex=\"0\"><table>\n");
    return 0;
}

static void count_top(renderer *r, MD_BLOCKTYPE type)
{
    if (r->deep || type == MD_BLOCK_DOC || type == MD_BLOCK_LI || type >= MD_BLOCK_THEAD) return;
    r->blocks++;
    if (type == MD_BLOCK_P) r->paragraphs++;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    renderer *r = arg;
    if (over(r)) return -1;
    if (r->inline_only) return 0;
    count_top(r, type);
    switch (type) {
    case MD_BLOCK_QUOTE:
        if (++r->deep <= DEEP_MOST) html_raw(r->out, "<blockquote>\n");
        break;
    case MD_BLOCK_UL:
        if (++r->deep <= DEEP_MOST) open_list(r, 1, false);
        break;
    case MD_BLOCK_OL:
        if (++r->deep <= DEEP_MOST) open_list(r, ((MD_BLOCK_OL_DETAIL *)detail)->start, true);
        break;
    case MD_BLOCK_LI:
        html_raw(r->out, r->deep <= DEEP_MOST ? "<li>" : "\n"); /* words must not grow together */
        break;
    case MD_BLOCK_HR:
        html_raw(r->out, "<hr>\n");
        break;
    case MD_BLOCK_H:
        r->level = html_outline_enter(r->outline, (int)((MD_BLOCK_H_DETAIL *)detail)->level);
        heading_tag(r, "<h");
        break;
    case MD_BLOCK_CODE:
        html_raw(r->out, "<pre tabindex=\"0\"><code>");
        break;
    case MD_BLOCK_P:
        html_raw(r->out, "<p>");
        break;
    case MD_BLOCK_TABLE:
        return open_table(r, detail);
    case MD_BLOCK_THEAD:
        html_raw(r->out, "<thead>\n");
        break;
    case MD_BLOCK_TBODY:
        html_raw(r->out, "<tbody>\n");
        break;
    case MD_BLOCK_TR:
        html_raw(r->out, "<tr>");
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD:
        open_cell(r, ((MD_BLOCK_TD_DETAIL *)detail)->align, type == MD_BLOCK_TH);
        break;
    case MD_BLOCK_DOC:
    case MD_BLOCK_HTML:
        break;
    }
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *arg)
{
    static const char *const closing[] = {
        [MD_BLOCK_QUOTE] = "</blockquote>\n",
        [MD_BLOCK_UL] = "</ul>\n",
        [MD_BLOCK_OL] = "</ol>\n",
        [MD_BLOCK_LI] = "</li>\n",
        [MD_BLOCK_CODE] = "</code></pre>\n",
        [MD_BLOCK_P] = "</p>\n",
        [MD_BLOCK_TABLE] = "</table></div>\n",
        [MD_BLOCK_THEAD] = "</thead>\n",
        [MD_BLOCK_TBODY] = "</tbody>\n",
        [MD_BLOCK_TR] = "</tr>\n",
        [MD_BLOCK_TH] = "</th>",
        [MD_BLOCK_TD] = "</td>",
    };
    renderer *r = arg;
    (void)detail;
    if (over(r)) return -1;
    close_spans(r, 0);
    r->hidden = 0;
    if (r->inline_only) return 0;
    bool nests = type == MD_BLOCK_QUOTE || type == MD_BLOCK_UL || type == MD_BLOCK_OL;
    bool shown = (!nests && type != MD_BLOCK_LI) || r->deep <= DEEP_MOST;
    if (nests) r->deep--;
    if (type == MD_BLOCK_H) {
        heading_tag(r, "</h");
        html_addc(r->out, '\n');
    } else if (shown && closing[type]) {
        html_raw(r->out, closing[type]);
    }
    return 0;
}

static const char *open_link(renderer *r, const MD_SPAN_A_DETAIL *a)
{
    if (!put_address(r, "<a href=\"", &a->href, HTML_URL_LINK)) return "";
    put_title(r, &a->title);
    html_addc(r->out, '>');
    return "</a>";
}

static const char *open_image(renderer *r, const MD_SPAN_IMG_DETAIL *a)
{
    r->image_shown = put_address(r, "<img src=\"", &a->src, HTML_URL_IMAGE);
    if (!r->image_shown) return "";
    put_title(r, &a->title);
    html_raw(r->out, " loading=\"lazy\" alt=\"");
    return "\">";
}

static const char *open_tag(renderer *r, const char *open, const char *close)
{
    html_raw(r->out, open);
    return close;
}

/* Opens it and says how it is closed. */
static const char *open_span(renderer *r, MD_SPANTYPE type, const void *detail)
{
    if (r->image) return ""; /* of a picture's description only the words count */
    switch (type) {
    case MD_SPAN_EM:
        return open_tag(r, "<em>", "</em>");
    case MD_SPAN_STRONG:
        return open_tag(r, "<strong>", "</strong>");
    case MD_SPAN_CODE:
        return open_tag(r, "<code>", "</code>");
    case MD_SPAN_DEL:
        return open_tag(r, "<del>", "</del>");
    case MD_SPAN_A:
        return open_link(r, detail);
    case MD_SPAN_IMG:
        return open_image(r, detail);
    default:
        return "";
    }
}

static int enter_span(MD_SPANTYPE type, void *detail, void *arg)
{
    renderer *r = arg;
    if (over(r)) return -1;
    if (r->nspans == SPANS_MOST) {
        r->hidden++;
        return 0;
    }
    const char *close = open_span(r, type, detail);
    r->spans[r->nspans++] = (span){ type, close };
    if (type == MD_SPAN_IMG) r->image++;
    return 0;
}

/* md4c 0.4.8 may tell of spans that overlap: "_a ![b](c_d)" ends the emphasis inside the image. What is told is not
 * trusted to nest: an end closes what was opened inside, none reaches out of an image, and the block's end closes the
 * rest. */
static int leave_span(MD_SPANTYPE type, void *detail, void *arg)
{
    renderer *r = arg;
    (void)detail;
    if (over(r)) return -1;
    if (r->hidden) {
        r->hidden--;
        return 0;
    }
    int i = r->nspans - 1;
    while (i >= 0 && r->spans[i].type != type && r->spans[i].type != MD_SPAN_IMG) i--;
    if (i >= 0 && r->spans[i].type == type) close_spans(r, i);
    return 0;
}

/* ---- bare addresses ---------------------------------------------------------------------------------------------- */

/* Not left to md4c, which takes quadratic time over them (1.7 s for 250 KB) and, where they overlap links, gives texts
 * that end behind its input. */

static bool ends_address(const unsigned char *p, size_t n)
{
    if (p[0] <= 0x20 || p[0] == 0x7F || strchr("<>\"`{}|\\^", p[0])) return true;
    if (n > 1 && p[0] == 0xC2) return p[1] == 0xA0 || p[1] == 0xAB || p[1] == 0xBB; /* blank, « » */
    if (n > 1 && p[0] == 0xE2) return p[1] == 0x80 || p[1] == 0x81; /* general punctuation: “ ” ’ … */
    if (n > 1 && p[0] == 0xE3) return p[1] == 0x80;                 /* of East Asia */
    return n > 1 && p[0] == 0xEF && p[1] >= 0xBC;                   /* fullwidth */
}

/* Length of the address that begins `s`, without what belongs to the sentence: as GFM 6.9 has it. */
static size_t address_length(html_str s)
{
    size_t n = 0, open = 0, close = 0;
    for (; n < s.n && !ends_address((const unsigned char *)s.p + n, s.n - n); n++) {
        open += s.p[n] == '(';
        close += s.p[n] == ')';
    }
    while (n) {
        bool parenthesis = s.p[n - 1] == ')' && close > open;
        if (!parenthesis && !strchr("?!.,:;*_~'", s.p[n - 1])) break;
        if (parenthesis) close--;
        n--;
    }
    return n;
}

static bool is_word(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Where the scheme before "://" at `at` begins; `at` when there is none that we link. */
static size_t scheme_start(html_str s, size_t from, size_t at)
{
    size_t n = at - from >= 5 && !strncasecmp(s.p + at - 5, "https", 5)  ? 5
               : at - from >= 4 && !strncasecmp(s.p + at - 4, "http", 4) ? 4
                                                                         : 0;
    bool inside = n && at - n > from && is_word((unsigned char)s.p[at - n - 1]);
    return inside ? at : at - n;
}

static void put_linked(html_buf *b, html_str s)
{
    size_t done = 0;
    for (size_t i = 0; i < s.n;) {
        const char *colon = memmem(s.p + i, s.n - i, "://", 3);
        if (!colon) break;
        size_t at = (size_t)(colon - s.p), start = scheme_start(s, done, at);
        html_str url = { s.p + start, address_length((html_str){ s.p + start, s.n - start }) };
        i = at + 3;
        if (start == at || !html_is_web(url)) continue;
        html_text(b, (html_str){ s.p + done, start - done });
        html_raw(b, "<a href=\"");
        html_url(b, url, HTML_URL_LINK);
        html_raw(b, "\">");
        html_text(b, url);
        html_raw(b, "</a>");
        i = done = start + url.n;
    }
    html_text(b, (html_str){ s.p + done, s.n - done });
}

static bool in_link(const renderer *r)
{
    for (int i = 0; i < r->nspans; i++)
        if (r->spans[i].type == MD_SPAN_A) return true;
    return r->hidden > 0;
}

/* What md4c shows is a piece of its input, or a short text of its own. */
static bool is_sound(const renderer *r, html_str s)
{
    uintptr_t from = (uintptr_t)r->source.p, at = (uintptr_t)s.p;
    if (at >= from && at <= from + r->source.n) return s.n <= from + r->source.n - at;
    return s.n <= OWN_MOST;
}

static int text(MD_TEXTTYPE type, const MD_CHAR *p, MD_SIZE n, void *arg)
{
    renderer *r = arg;
    html_str s = { p, n };
    if (over(r) || !is_sound(r, s)) return -1;
    if (r->at_start && n >= 2 && memcmp(p, nbsp, 2) == 0) s = (html_str){ p + 2, n - 2 };
    r->at_start = false;
    bool attr = r->image && r->image_shown;
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        html_raw(r->out, attr || type == MD_TEXT_SOFTBR ? "\n" : "<br>\n");
    else if (type == MD_TEXT_NORMAL && !attr && !in_link(r))
        put_linked(r->out, s);
    else
        put(r, type, s, attr);
    return 0;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

/* What could not be rendered, as paragraphs of the text it is. */
static void plain(html_buf *b, html_str s, bool paragraphs)
{
    if (paragraphs) html_raw(b, "<p>");
    for (size_t i = 0; i < s.n;) {
        const char *gap = paragraphs ? memmem(s.p + i, s.n - i, "\n\n", 2) : NULL;
        size_t end = gap ? (size_t)(gap - s.p) : s.n;
        html_text(b, (html_str){ s.p + i, end - i });
        for (i = end; i < s.n && s.p[i] == '\n'; i++) {
        }
        if (i < s.n) html_raw(b, "</p>\n<p>");
    }
    if (paragraphs) html_raw(b, "</p>\n");
}

static bool parse(renderer *r, html_str markdown)
{
    static const MD_PARSER parser = { .flags = MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH,
                                      .enter_block = enter_block,
                                      .leave_block = leave_block,
                                      .enter_span = enter_span,
                                      .leave_span = leave_span,
                                      .text = text };
    if (markdown.n > UINT32_MAX / 2) return false;
    html_buf_init(&r->scratch, markdown.n * 4 + 64);
    r->source = markdown;
    r->start = r->out->n;
    r->most = markdown.n * GROWTH_MOST + GROWTH_FLOOR;
    r->at_start = r->inline_only;
    int rc = md_parse(markdown.p ? markdown.p : "", (MD_SIZE)markdown.n, &parser, r);
    html_buf_free(&r->scratch);
    return rc == 0 && !over(r);
}

static void render(renderer *r, html_str markdown)
{
    html_outline before = *r->outline;
    if (r->out->failed) return;
    if (parse(r, markdown)) return;
    html_cut(r->out, r->start);
    *r->outline = before;
    plain(r->out, markdown, true);
}

void html_markdown(html_buf *b, html_str markdown, html_outline *o)
{
    renderer r = { .out = b, .outline = o };
    render(&r, markdown);
}

void html_markdown_item(html_buf *b, html_str markdown, html_outline *o)
{
    static const char open[] = "<p>", close[] = "</p>\n";
    renderer r = { .out = b, .outline = o };
    size_t start = b->n, open_n = sizeof open - 1, close_n = sizeof close - 1;
    render(&r, markdown);
    if (b->failed || r.blocks != 1 || r.paragraphs != 1 || b->n - start < open_n + close_n) return;
    size_t inner = b->n - start - open_n - close_n;
    memmove(b->p + start, b->p + start + open_n, inner);
    html_cut(b, start + inner);
}

/* One line, and before it a no-break space: nothing can begin a block behind it, and it is blank to what stands next to
 * it (CommonMark 2.1), so that emphasis begins as it would at the start of a line. text() takes it away. */
void html_inline(html_buf *b, html_str markdown)
{
    html_outline none = { 0 };
    renderer r = { .out = b, .outline = &none, .inline_only = true };
    html_buf line;
    while (markdown.n && strchr(" \t\r\n", markdown.p[0])) markdown = (html_str){ markdown.p + 1, markdown.n - 1 };
    if (!markdown.n || b->failed) return;
    html_buf_init(&line, markdown.n + 2);
    html_add(&line, nbsp, 2);
    for (size_t i = 0; i < markdown.n; i++) {
        char c = markdown.p[i];
        html_addc(&line, c == '\n' || c == '\r' ? ' ' : c);
    }
    size_t start = b->n;
    if (line.failed || !parse(&r, (html_str){ line.p, line.n })) {
        html_cut(b, start);
        plain(b, markdown, false);
    }
    html_buf_free(&line);
}
