/**
 * Bytes that grow, on the heap, with a bound. Pure, as everything in this folder: text in, HTML out, nothing of the
 * host.
 */
#ifndef HTML_BUF_H
#define HTML_BUF_H

#include <stdbool.h>
#include <stddef.h>

/** Borrowed bytes. `p` may be NULL when `n` is 0. */
typedef struct {
    const char *p;
    size_t n;
} html_str;

#define HTML_STR(lit) ((html_str){ "" lit, sizeof(lit) - 1 })

html_str html_text_of(const char *cstr);
bool html_eq(html_str a, const char *b);

/** Once something did not fit (`most`, or out of memory) `failed` stays set, and nothing is added any more. */
typedef struct {
    char *p;
    size_t n, cap, most;
    bool failed;
} html_buf;

void html_buf_init(html_buf *b, size_t most);
/** Frees what it holds; it may be used again. */
void html_buf_free(html_buf *b);

void html_add(html_buf *b, const char *p, size_t n);
void html_adds(html_buf *b, html_str s);
/** What is written in the source of this program: markup. Never anything from outside. */
void html_raw(html_buf *b, const char *markup);
void html_addc(html_buf *b, char c);
void html_addu(html_buf *b, unsigned n);
/** Forgets all behind the first `n` bytes, and that it failed since. */
void html_cut(html_buf *b, size_t n);

#endif
