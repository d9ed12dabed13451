/* Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): what a client calls a request, so that it can send it
 * again without having it done twice. */
#include <string.h>

#include "http/conn.h"

#define NAME "idempotency-key"
#define FORM                                                                                                           \
    "1 to 255 visible ASCII characters but \" , ; and \\ are wanted, or the same in quotation marks; a new UUID for "  \
    "each request is best"

static bool is_plain(char ch)
{
    return ch > 0x20 && ch < 0x7f && !strchr("\",;\\", ch);
}

static bool is_printable(char ch)
{
    return ch >= 0x20 && ch < 0x7f;
}

/* What stands between the quotation marks (RFC 8941 4.2.5). */
static const char *read_string(qn_str *key, qn_arena *arena, qn_str s)
{
    char *text = qn_arena_alloc_raw(arena, s.n + 1);
    size_t n = 0, i = 1;
    if (!text) return "";
    for (; i < s.n && s.p[i] != '"'; i++) {
        if (s.p[i] == '\\' && ++i < s.n && s.p[i] != '"' && s.p[i] != '\\') return FORM;
        if (i == s.n || !is_printable(s.p[i])) return FORM;
        text[n++] = s.p[i];
    }
    if (i + 1 != s.n) return FORM;
    text[n] = '\0';
    *key = (qn_str){ text, n };
    return NULL;
}

const char *qn_retry_key(qn_str *key, qn_arena *arena, qn_str header)
{
    qn_str s = qn_str_trim(header), found = s;
    const char *why = s.n && s.p[0] == '"' ? read_string(&found, arena, s) : NULL;
    if (why) return why;
    for (size_t i = 0; found.p == s.p && i < s.n; i++)
        if (!is_plain(s.p[i])) return FORM;
    if (!found.n || found.n > QN_RETRY_KEY_MOST) return FORM;
    *key = found;
    return NULL;
}

qn_str qn_req_retry_key(const qn_req *req)
{
    return req->retry_key;
}

static unsigned lines_of(const qn_parser *p, qn_str name)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < p->nfields; i++) {
        const qn_http_field *f = &p->fields[i];
        n += f->name_n == name.n && memcmp(p->store + f->name_at, name.p, name.n) == 0;
    }
    return n;
}

void qn_req_take_retry_key(qn_req *req)
{
    if (!(req->parser.names & qn_http_name_bit(QN_STR(NAME)))) return; /* the compiler's work, not the request's */
    unsigned lines = lines_of(&req->parser, QN_STR(NAME));
    if (!lines || req->verdict) return;
    const char *why, *code = "format";
    if (req->method != QN_POST) {
        code = "not_taken";
        why = "only a POST takes it: what other methods do is the same when it is done twice, or needs If-Match";
    } else if (lines > 1) {
        code = "conflict";
        why = "one Idempotency-Key is wanted, not several";
    } else {
        why = qn_retry_key(&req->retry_key, req->arena, qn_req_header(req, NAME));
    }
    if (!why) return;
    req->verdict = *why ? 400 : 500;
    req->verdict_detail = *why ? why : NULL;
    if (*why) req->fault = (qn_fault){ "Idempotency-Key", code, why };
}
