/*
 * libFuzzer target of what reads the values of header fields: ranges, codings, entity tags, forwarded addresses,
 * keys of Idempotency-Key, traces. The first byte of the input says which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/compress.h"
#include "http/http.h"
#include "http/proxy.h"
#include "http/range.h"
#include "http/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool right)
{
    if (!right) abort();
}

/* What is sent is inside, apart, and as much as the whole at most. */
static void ranges(qn_str s)
{
    static const uint64_t sizes[] = { 0, 1, 1000, UINT64_MAX };
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        qn_range r[QN_RANGES_MAX];
        int got = qn_ranges_read(r, s, sizes[k]);
        must(got == QN_ENOTFOUND || (got >= 0 && got <= QN_RANGES_MAX));
        for (int i = 0; i < got; i++) {
            must(r[i].n > 0 && r[i].at < sizes[k] && r[i].n <= sizes[k] - r[i].at);
            for (int j = 0; j < i; j++) must(r[i].at >= r[j].at + r[j].n || r[j].at >= r[i].at + r[i].n);
        }
    }
}

static void codings(qn_str s)
{
    bool identity = false;
    qn_coding c = qn_coding_choose(s, &identity);
    must(c >= QN_IDENTITY && c < QN_CODINGS);
}

static void tags(qn_str s)
{
    qn_str rest = s, tag;
    bool weak;
    for (size_t steps = 0; (tag = qn_etag_next(&rest, &weak)).p; steps++) {
        must(steps <= s.n && tag.p >= s.p && tag.p + tag.n <= s.p + s.n);
        must(!memchr(tag.p, '"', tag.n));
    }
    (void)qn_etag_match(s, QN_STR("\"a\""), true);
}

/* A key is bounded, printable, and what it was read from. */
static void retry_key(qn_str s)
{
    qn_arena *arena = qn_arena_new(0);
    qn_str key;
    must(arena);
    if (!qn_retry_key(&key, arena, s)) {
        must(key.n > 0 && key.n <= QN_RETRY_KEY_MOST && key.n <= s.n);
        for (size_t i = 0; i < key.n; i++) must(key.p[i] >= 0x20 && key.p[i] < 0x7f);
    }
    qn_arena_free(&arena);
}

/* Both may be in quotation marks. */
static void quoted(qn_str s)
{
    tags(s);
    retry_key(s);
}

static void trace(qn_str s)
{
    qn_trace t = { 0 };
    char text[QN_TRACEPARENT_BYTES];
    if (!qn_trace_take(&t, s, 7)) return;
    qn_trace_text(text, &t);
    must(strlen(text) == QN_TRACEPARENT_BYTES - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static void (*const readers[])(qn_str s) = { ranges, codings, quoted, trace };
    if (!n) return 0;
    char *copy = malloc(n); /* so that a byte too far is seen */
    must(copy);
    memcpy(copy, data, n);
    readers[data[0] % 4]((qn_str){ copy + 1, n - 1 });
    free(copy);
    return 0;
}
