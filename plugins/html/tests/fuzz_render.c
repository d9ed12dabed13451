/*
 * libFuzzer on the renderer: whatever bytes come, what comes of them is nested tags that we know, quoted attributes,
 * and no address with a scheme that runs. `make -C plugins/html fuzz FUZZ_TIME=60`.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../render/blocks.h"
#include "../render/escape.h"

enum { OPEN_MOST = 4096 };

static void broken(const char *what, const char *at)
{
    fprintf(stderr, "%s: %.200s\n", what, at);
    abort();
}

static size_t name_length(const char *p)
{
    size_t n = 0;
    while ((p[n] >= 'a' && p[n] <= 'z') || (p[n] >= '0' && p[n] <= '9')) n++;
    return n;
}

static int is_known(const char *p, size_t n)
{
    static const char *const known[] = { "a",   "aside", "b",     "blockquote", "br",     "cite",  "code",
                                         "del", "div",   "em",    "figcaption", "figure", "h2",    "h3",
                                         "h4",  "h5",    "h6",    "hr",         "img",    "li",    "ol",
                                         "p",   "pre",   "small", "span",       "strong", "table", "tbody",
                                         "td",  "th",    "thead", "time",       "tr",     "ul" };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == n && !memcmp(known[i], p, n)) return 1;
    return 0;
}

/* ` name="value"`, the value without < > ". Returns what is behind it. */
static const char *attribute(const char *p)
{
    static const char *const good[] = { "http://", "https://", "mailto:", "tel:" };
    const char *name = ++p;
    while ((*p >= 'a' && *p <= 'z') || *p == '-') p++;
    if (p == name || p[0] != '=' || p[1] != '"') broken("an attribute", name);
    int address = !strncmp(name, "href=", 5) || !strncmp(name, "src=", 4), fine = 0;
    p += 2;
    size_t first = strcspn(p, "/?#\"");
    for (size_t i = 0; i < 4; i++) fine |= !strncasecmp(p, good[i], strlen(good[i]));
    if (address && !fine && memchr(p, ':', first)) broken("a scheme", p);
    if (address && p[0] == '/' && (p[1] == '/' || p[1] == '\\')) broken("another host", p);
    p += strcspn(p, "\"<>");
    if (*p != '"') broken("a value", name);
    return p + 1;
}

static void check(const char *p)
{
    static struct {
        const char *p;
        size_t n;
    } open[OPEN_MOST];
    size_t depth = 0;
    while (*p) {
        p += strcspn(p, "<>");
        if (*p == '>') broken("a bare >", p);
        if (!*p) break;
        int closing = p[1] == '/';
        const char *name = p + 1 + closing;
        size_t n = name_length(name);
        if (!is_known(name, n)) broken("an element", p);
        p = name + n;
        while (*p == ' ') p = attribute(p);
        if (*p++ != '>') broken("a tag", name);
        if (closing) {
            if (!depth || open[depth - 1].n != n || memcmp(open[depth - 1].p, name, n)) broken("an end", name);
            depth--;
        } else if (!(n == 2 && (!memcmp(name, "br", 2) || !memcmp(name, "hr", 2))) &&
                   !(n == 3 && !memcmp(name, "img", 3))) {
            if (depth == OPEN_MOST) broken("depth", name);
            open[depth].p = name;
            open[depth++].n = n;
        }
    }
    if (depth) broken("not closed", open[depth - 1].p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    html_buf b;
    html_body d = { .out = &b, .outline = { .base = 1 } };
    if (!size) return 0;
    html_str s = { (const char *)data + 1, size - 1 }, half = { s.p, s.n / 2 }, rest = { s.p + s.n / 2, s.n - s.n / 2 };
    html_buf_init(&b, 64u << 20);
    switch (data[0] % 7) {
    case 0:
        html_text_block(&d, s);
        break;
    case 1:
        html_heading(&d, half, (int)(data[0] / 7), rest);
        break;
    case 2:
        html_quote(&d, half, rest, half, half, rest);
        break;
    case 3:
        html_image(&d, half, rest, rest, rest);
        break;
    case 4:
        html_list_open(&d, true), html_list_item(&d, half), html_list_item(&d, rest), html_list_close(&d, true);
        break;
    case 5:
        html_embed(&d, half, rest);
        break;
    default:
        html_correction(&d, half, rest, half);
    }
    if (b.n > 24 * 4 * size + 65536) broken("growth", b.p);
    html_add(&b, "", 1);
    if (b.failed) broken("the bound", "");
    check(b.p);
    html_buf_free(&b);
    return 0;
}
