/*
 * libFuzzer target of the request parser: whatever comes, it stays inside of its memory, uses up its input or stops,
 * and says the same however the bytes are split. The first byte of the input seeds how they are.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "http/parser.h"

enum { FIELDS = 16, BODY_MAX = 4096 };

static const qn_http_limits limits = {
    .max_target_bytes = 512, .max_header_bytes = 1024, .max_headers = FIELDS, .max_chunk_ext_bytes = 128
};

typedef struct {
    qn_parser p;
    qn_http_field fields[FIELDS];
    char *store;
    uint32_t cap;
    qn_buf out; /* what was read, in one text */
    bool ended;
} reading;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool right)
{
    if (!right) abort();
}

static void begin(reading *r)
{
    free(r->store);
    r->cap = 16;
    r->store = malloc(r->cap);
    must(r->store);
    qn_parser_init(&r->p, &limits, r->store, r->cap, r->fields);
}

static void grow(reading *r)
{
    must(r->cap < 65536); /* the limits end it long before */
    char *larger = malloc(r->cap * 2);
    must(larger);
    memcpy(larger, r->store, r->p.store_n);
    free(r->store);
    r->store = larger;
    r->cap *= 2;
    qn_parser_store(&r->p, larger, r->cap);
}

static qn_str span(const reading *r, qn_span s)
{
    must(s.at <= r->p.store_n && s.n <= r->p.store_n - s.at);
    return qn_parser_str(&r->p, s);
}

static void add(reading *r, qn_str s)
{
    qn_buf_adds(&r->out, s);
    qn_buf_addc(&r->out, '|');
}

static void on_head(reading *r)
{
    const qn_parser *p = &r->p;
    add(r, span(r, p->method));
    add(r, span(r, p->target));
    add(r, span(r, p->path));
    add(r, span(r, p->query));
    add(r, span(r, p->authority));
    must(p->nfields <= FIELDS);
    must(p->minor == 0 || qn_is_host(span(r, p->authority)));
    must(!(p->chunked && (p->minor == 0 || p->length)));
    for (uint32_t i = 0; i < p->nfields; i++) {
        qn_str name = span(r, (qn_span){ p->fields[i].name_at, p->fields[i].name_n }),
               value = span(r, p->fields[i].value);
        for (size_t k = 0; k < name.n; k++) must(qn_is_tchar((unsigned char)name.p[k]));
        must(!memchr(value.p, '\r', value.n) && !memchr(value.p, '\n', value.n) && !memchr(value.p, 0, value.n));
        add(r, name);
        add(r, value);
    }
    qn_buf_printf(&r->out, "%d %d %llu %d", p->keep_alive, p->expect, (unsigned long long)p->length, p->chunked);
    qn_parser_body_max(&r->p, BODY_MAX);
}

static qn_http_event next(reading *r, const char **at, const char *end)
{
    qn_str data = { 0 };
    const char *before = *at;
    qn_http_event e = qn_parser_next(&r->p, at, end, &data);
    must(*at >= before && *at <= end);
    switch (e) {
    case QN_HE_MORE:
        must(*at == end);
        break;
    case QN_HE_ROOM:
        grow(r);
        break;
    case QN_HE_HEAD:
        on_head(r);
        break;
    case QN_HE_BODY:
        must(data.n > 0 && data.p >= before && data.p + data.n <= *at);
        must(r->p.body_seen <= BODY_MAX);
        qn_buf_adds(&r->out, data);
        break;
    case QN_HE_DONE:
        qn_buf_addc(&r->out, '\n');
        begin(r);
        break;
    case QN_HE_ERROR:
        must(r->p.detail && r->p.status >= 400);
        qn_buf_printf(&r->out, "!%d %s", r->p.status, r->p.detail);
        r->ended = true;
    }
    return e;
}

static void feed(reading *r, const uint8_t *in, size_t n)
{
    char *piece = malloc(n ? n : 1); /* of its own, so that reading past it is found */
    must(piece);
    if (n) memcpy(piece, in, n);
    const char *at = piece;
    while (!r->ended && next(r, &at, piece + n) != QN_HE_MORE) {
    }
    free(piece);
}

static qn_buf transcribe(const uint8_t *in, size_t n, uint32_t seed)
{
    reading r = { 0 };
    qn_buf_init(&r.out, 0);
    begin(&r);
    while (n && !r.ended) {
        seed = seed * 1664525u + 1013904223u;
        size_t piece = seed ? 1 + (seed >> 24) % 7 : n;
        if (seed % 5 == 0) piece = 1 + (seed >> 16) % 200;
        if (piece > n) piece = n;
        feed(&r, in, piece);
        in += piece;
        n -= piece;
    }
    free(r.store);
    return r.out;
}

static qn_buf whole(const uint8_t *in, size_t n)
{
    reading r = { 0 };
    qn_buf_init(&r.out, 0);
    begin(&r);
    feed(&r, in, n);
    free(r.store);
    return r.out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0) return 0;
    qn_buf a = whole(data + 1, n - 1), b = transcribe(data + 1, n - 1, data[0]);
    must(qn_str_eq(qn_buf_str(&a), qn_buf_str(&b)));
    qn_buf_free(&a);
    qn_buf_free(&b);
    return 0;
}
