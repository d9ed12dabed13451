#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { FIRST_BYTES = 256 };

void qn_buf_init(qn_buf *b, size_t max_bytes)
{
    *b = (qn_buf){ .max = max_bytes };
}

static void free_with_arena(void *b)
{
    qn_buf_free(b);
}

qn_buf *qn_buf_new(qn_arena *arena)
{
    qn_buf *b = qn_arena_calloc(arena, 1, sizeof *b);
    if (!b || qn_arena_defer(arena, free_with_arena, b)) return NULL;
    qn_buf_init(b, 0);
    return b;
}

void qn_buf_free(qn_buf *b)
{
    if (!b) return;
    free(b->p);
    *b = (qn_buf){ .max = b->max };
}

void qn_buf_clear(qn_buf *b)
{
    b->n = 0;
    b->failed = false;
    if (b->p) b->p[0] = '\0';
}

int qn_buf_reserve(qn_buf *b, size_t extra)
{
    if (b->max && (extra > b->max || b->n > b->max - extra)) return QN_ELIMIT;
    if (extra >= SIZE_MAX - b->n) return QN_ENOMEM;
    size_t need = b->n + extra + 1; /* and the NUL */
    if (need <= b->cap) return 0;
    size_t cap = b->cap ? b->cap : FIRST_BYTES;
    while (cap < need) cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (b->max && cap > b->max && b->max < SIZE_MAX) cap = b->max + 1; /* need <= max + 1 */
    char *p = realloc(b->p, cap);
    if (!p) return QN_ENOMEM;
    b->p = p;
    b->cap = cap;
    p[b->n] = '\0';
    return 0;
}

/* As reserve, but keeps the failure: one check at the end is enough for the caller. */
static int room(qn_buf *b, size_t extra)
{
    if (b->failed) return b->max ? QN_ELIMIT : QN_ENOMEM;
    int rc = qn_buf_reserve(b, extra);
    if (rc) b->failed = true;
    return rc;
}

int qn_buf_add(qn_buf *b, const void *p, size_t n)
{
    int rc = room(b, n);
    if (rc) return rc;
    if (n) memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = '\0';
    return 0;
}

int qn_buf_adds(qn_buf *b, qn_str s)
{
    return qn_buf_add(b, s.p, s.n);
}

int qn_buf_addz(qn_buf *b, const char *cstr)
{
    return qn_buf_add(b, cstr, strlen(cstr));
}

int qn_buf_addc(qn_buf *b, char c)
{
    return qn_buf_add(b, &c, 1);
}

int qn_buf_printf(qn_buf *b, const char *fmt, ...)
{
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = true;
        return QN_EINVAL;
    }
    if ((size_t)n < sizeof small) return qn_buf_add(b, small, (size_t)n);

    int rc = room(b, (size_t)n);
    if (rc) return rc;
    va_start(ap, fmt);
    vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->n += (size_t)n;
    return 0;
}

static int add_escaped(qn_buf *b, unsigned char c)
{
    switch (c) {
    case '"':
        return qn_buf_add(b, "\\\"", 2);
    case '\\':
        return qn_buf_add(b, "\\\\", 2);
    case '\b':
        return qn_buf_add(b, "\\b", 2);
    case '\f':
        return qn_buf_add(b, "\\f", 2);
    case '\n':
        return qn_buf_add(b, "\\n", 2);
    case '\r':
        return qn_buf_add(b, "\\r", 2);
    case '\t':
        return qn_buf_add(b, "\\t", 2);
    default:
        return qn_buf_printf(b, "\\u%04x", c);
    }
}

int qn_buf_json_str(qn_buf *b, qn_str s)
{
    int rc = qn_buf_addc(b, '"');
    size_t from = 0;
    for (size_t i = 0; i < s.n && !rc; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        rc = qn_buf_add(b, s.p + from, i - from);
        if (!rc) rc = add_escaped(b, c);
        from = i + 1;
    }
    if (!rc && from < s.n) rc = qn_buf_add(b, s.p + from, s.n - from);
    if (!rc) rc = qn_buf_addc(b, '"');
    return rc;
}

void qn_buf_drop(qn_buf *b, size_t n)
{
    assert(n <= b->n);
    if (n == 0) return;
    memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
    b->p[b->n] = '\0';
}

qn_str qn_buf_str(const qn_buf *b)
{
    return (qn_str){ b->p, b->n };
}
