#include "buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

html_str html_text_of(const char *cstr)
{
    return (html_str){ cstr, cstr ? strlen(cstr) : 0 };
}

bool html_eq(html_str a, const char *b)
{
    size_t n = strlen(b);
    return a.n == n && (n == 0 || memcmp(a.p, b, n) == 0);
}

void html_buf_init(html_buf *b, size_t most)
{
    *b = (html_buf){ .most = most };
}

void html_buf_free(html_buf *b)
{
    free(b->p);
    *b = (html_buf){ .most = b->most };
}

static bool grow(html_buf *b, size_t n)
{
    if (b->failed || n > b->most || b->n > b->most - n) return false;
    if (b->n + n <= b->cap) return true;
    size_t cap = b->cap ? b->cap : 1024;
    while (cap < b->n + n) cap *= 2;
    char *p = realloc(b->p, cap);
    if (!p) return false;
    b->p = p;
    b->cap = cap;
    return true;
}

void html_add(html_buf *b, const char *p, size_t n)
{
    if (!n) return;
    if (!grow(b, n)) {
        b->failed = true;
        return;
    }
    memcpy(b->p + b->n, p, n);
    b->n += n;
}

void html_adds(html_buf *b, html_str s)
{
    html_add(b, s.p, s.n);
}

void html_raw(html_buf *b, const char *markup)
{
    html_add(b, markup, strlen(markup));
}

void html_addc(html_buf *b, char c)
{
    html_add(b, &c, 1);
}

void html_addu(html_buf *b, unsigned n)
{
    char digits[16];
    int len = snprintf(digits, sizeof digits, "%u", n);
    html_add(b, digits, (size_t)len);
}

void html_cut(html_buf *b, size_t n)
{
    if (n <= b->n) b->n = n;
    b->failed = false;
}
