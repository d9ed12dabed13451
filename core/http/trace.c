#include "http/trace.h"

#include <stdio.h>
#include <string.h>

/* version "-" trace-id "-" parent-id "-" trace-flags (W3C Trace Context 3.2.2) */
enum { TRACE_AT = 3, PARENT_AT = 36, FLAGS_AT = 53, V0_BYTES = 55 };

static bool is_hex(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'f'))) return false;
    return true;
}

static bool is_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != '0') return false;
    return true;
}

/* A later version may have more behind a further '-'; what it begins with is the same. */
static bool is_valid(qn_str s)
{
    const char *p = s.p;
    if (s.n < V0_BYTES || p[2] != '-' || p[PARENT_AT - 1] != '-' || p[FLAGS_AT - 1] != '-') return false;
    if (!is_hex(p, 2) || memcmp(p, "ff", 2) == 0) return false;
    if (s.n > V0_BYTES && (memcmp(p, "00", 2) == 0 || p[V0_BYTES] != '-')) return false;
    if (!is_hex(p + TRACE_AT, 32) || is_zero(p + TRACE_AT, 32)) return false;
    if (!is_hex(p + PARENT_AT, 16) || is_zero(p + PARENT_AT, 16)) return false;
    return is_hex(p + FLAGS_AT, 2);
}

static void set_span(qn_trace *t, uint64_t random)
{
    snprintf(t->span_id, sizeof t->span_id, "%016llx", (unsigned long long)(random ? random : 1));
}

bool qn_trace_take(qn_trace *out, qn_str header, uint64_t random)
{
    if (!is_valid(header)) return false;
    memcpy(out->trace_id, header.p + TRACE_AT, 32);
    out->trace_id[32] = '\0';
    set_span(out, random);
    /* Of the flags only "sampled" is known; the others are not passed on (3.2.2.5). */
    bool sampled = strchr("13579bdf", header.p[FLAGS_AT + 1]) != NULL;
    memcpy(out->flags, sampled ? "01" : "00", 3);
    return true;
}

void qn_trace_begin(qn_trace *out, const uint64_t random[3])
{
    uint64_t high = random[0] ? random[0] : 1;
    snprintf(out->trace_id, sizeof out->trace_id, "%016llx%016llx", (unsigned long long)high,
             (unsigned long long)random[1]);
    set_span(out, random[2]);
    memcpy(out->flags, "00", 3);
}

void qn_trace_text(char out[QN_TRACEPARENT_BYTES], const qn_trace *t)
{
    snprintf(out, QN_TRACEPARENT_BYTES, "00-%s-%s-%s", t->trace_id, t->span_id, t->flags);
}
