#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/conn.h"

typedef struct {
    const char *name;
    int status; /* the type of a problem of this status where none is named; the first one counts */
    const char *title, *text;
} problem_type;

/* What GET /problems/{name} says. Clients may branch on the names: they stay. */
static const problem_type types[] = {
    { "bad-request", 400, "The request is malformed",
      "The request does not follow the rules of HTTP, or of this interface. `detail` says where. Where the framing of "
      "the request was at "
      "fault, the connection is closed, because nobody can know where the next request would begin." },
    { "invalid-input", 0, "The input has not the shape that is wanted",
      "A member, a parameter or a line of the input is not known, or is of another kind than it has to be: a misspelt "
      "name would otherwise be lost without a word. `errors` lists all of the faults at once: `pointer` (RFC 6901, or "
      "a "
      "question mark and the parameter's name) says where, `code` what, for programs, and `detail` what would be "
      "right, "
      "for people." },
    { "malformed-json", 0, "The body is not JSON",
      "The body could not be read as one JSON value (RFC 8259). `errors` holds the position. Duplicate keys, numbers "
      "that do not fit, NUL, "
      "lone surrogates and invalid UTF-8 are refused, because each of them is read differently by different "
      "programs." },
    { "unknown-member", 0, "The body has a member that is not known",
      "Members that mean nothing are refused, not ignored: a misspelt one would otherwise be lost without a word. "
      "`errors` names each." },
    { "unknown-parameter", 0, "The query has a parameter that is not known",
      "Query parameters that mean nothing here are refused, not ignored. `errors` names each, with a question mark "
      "before its name." },
    { "validation", 422, "The input is against the rules of its type",
      "The input could be read but breaks rules of its type. `errors` lists all of the faults at once: `pointer` (RFC "
      "6901) says where, "
      "`code` what, for programs, and `detail` what would be right, for people." },
    { "unauthorized", 401, "The credential is not valid",
      "The bearer token is unknown, revoked or expired, or none was given where one is needed. A request with a bad "
      "credential is never "
      "quietly answered as one without." },
    { "forbidden", 403, "The caller has not the right",
      "The credential is valid, but none of its roles may do this. Where even the existence of the thing is not the "
      "caller's to know, the "
      "answer is 404 instead." },
    { "not-found", 404, "There is nothing here",
      "No resource answers to this path, or none that the caller may know of." },
    { "method-not-allowed", 405, "The resource does not take this method",
      "The path is right but the method is not. The `Allow` header lists those that are." },
    { "not-acceptable", 406, "No acceptable form of the answer exists",
      "`Accept-Encoding` excludes every content coding that the answer could have, the unencoded form included." },
    { "timeout", 408, "Something took too long",
      "With status 408 the request did not arrive in time and the connection is closed. With status 503 the answer was "
      "not ready in time: "
      "`Retry-After` says when to try again." },
    { "conflict", 409, "The state of the resource does not allow this",
      "The request is right in itself but does not go with what is stored at present. `detail` says what stands "
      "against it." },
    { "taken", 0, "Something else has that name",
      "What has to be there once, such as a slug or an id, belongs to something else already. `errors` names what is "
      "taken; `location`, where it is given, leads to who has it." },
    { "request-in-flight", 0, "The same request is being worked on",
      "A request with this `Idempotency-Key` has been begun and not yet answered, here or on another node. Nothing "
      "waits for it: `Retry-After` says when to send the same request again, which is then answered as the first one was." },
    { "key-reused", 0, "The Idempotency-Key belongs to another request",
      "The same caller has sent this `Idempotency-Key` within the last 24 hours with another path, query or body, or "
      "in another role. A key names one request, so this one was not done: give it a key of its own." },
    { "answer-not-kept", 0, "The request was done, and its answer is not given again",
      "The request with this `Idempotency-Key` was done once and is not done again. Its answer was not kept, because "
      "it was a stream, a secret, or too large: `made` names what came of it." },
    { "gone", 410, "This was taken down", "What was here has been removed on purpose and will not come back." },
    { "precondition-failed", 412, "A precondition does not hold",
      "The `If-Match` or `If-Unmodified-Since` header of the request does not match the present version." },
    { "stale-version", 0, "The resource has changed since it was read",
      "Somebody else's change came first. Read the present version (`current_version`), merge, and try again with its "
      "ETag; `conflicts` lists "
      "what both changed." },
    { "precondition-required", 428, "An If-Match header is needed",
      "A change needs `If-Match` with the ETag of the version it was made from, so that nobody overwrites what they "
      "have not seen. "
      "`If-Match: *` overwrites on purpose." },
    { "payload-too-large", 413, "The body is too large",
      "The body is larger than the resource takes. The connection is closed without reading the rest." },
    { "uri-too-long", 414, "The request target is too long",
      "The path and query of the request are longer than the server takes." },
    { "unsupported-media-type", 415, "The body's media type is not taken",
      "The `Content-Type` of the request is missing or none that the resource takes, or the body has a content coding. "
      "`Accept-Post`, "
      "`Accept-Patch`, `Accept` or `Accept-Encoding` of the answer say what is taken." },
    { "expectation-failed", 417, "The expectation cannot be met",
      "The only expectation that is known is `Expect: 100-continue`." },
    { "too-many-requests", 429, "Too many at once",
      "This client has more requests or connections going than it may. `Retry-After` says when to try again." },
    { "header-too-large", 431, "The header fields are too large",
      "The header fields of the request are too many or too long." },
    { "internal", 500, "Something went wrong in the server",
      "A fault of the server, not of the request. The log has more under the id that `instance` gives." },
    { "not-implemented", 501, "This is not implemented",
      "The method or transfer coding of the request is not known to the server." },
    { "unavailable", 503, "The server cannot answer at the moment",
      "Something that the answer needs is away or overloaded. `Retry-After` says when to try again." },
    { "version-not-supported", 505, "This version of HTTP is not spoken here",
      "The server speaks HTTP/1.1 and HTTP/1.0." },
};
enum { NTYPES = sizeof types / sizeof types[0] };

static const problem_type *by_name(const char *name)
{
    for (size_t i = 0; i < NTYPES; i++)
        if (strcmp(types[i].name, name) == 0) return &types[i];
    return NULL;
}

static const problem_type *by_status(int status)
{
    for (size_t i = 0; i < NTYPES; i++)
        if (types[i].status == status) return &types[i];
    return by_name(status >= 500 ? "internal" : "bad-request");
}

bool qn_problem_text(const char *name, const char **title, const char **text)
{
    const problem_type *t = by_name(name);
    if (!t) return false;
    *title = t->title;
    *text = t->text;
    return true;
}

/* Details may quote what came in: what is not UTF-8 of it is replaced, so that the document is JSON whatever was sent.
 */
static void add_text(qn_buf *b, const char *s)
{
    qn_str rest = qn_str_of(s), good;
    size_t at = qn_utf8_check(rest);
    if (at == rest.n) {
        qn_buf_json_str(b, rest);
        return;
    }
    qn_buf clean;
    qn_buf_init(&clean, 0);
    while (rest.n) {
        good = (qn_str){ rest.p, qn_utf8_check(rest) };
        qn_buf_adds(&clean, good);
        if (good.n == rest.n) break;
        qn_buf_addz(&clean, "\xEF\xBF\xBD");
        rest = (qn_str){ rest.p + good.n + 1, rest.n - good.n - 1 };
    }
    qn_buf_json_str(b, qn_buf_str(&clean));
    qn_buf_free(&clean);
}

static void add_errors(qn_buf *b, const qn_problem *p)
{
    qn_buf_addz(b, ",\"errors\":[");
    for (size_t i = 0; i < p->nerrors; i++) {
        const qn_fault *f = &p->errors[i];
        qn_buf_addz(b, i ? ",{\"pointer\":" : "{\"pointer\":");
        add_text(b, f->pointer ? f->pointer : "");
        qn_buf_addz(b, ",\"code\":");
        add_text(b, f->code ? f->code : "invalid");
        if (f->detail) {
            qn_buf_addz(b, ",\"detail\":");
            add_text(b, f->detail);
        }
        qn_buf_addc(b, '}');
    }
    qn_buf_addc(b, ']');
}

void qn_problem_write(qn_buf *b, const qn_req *req, const qn_problem *p)
{
    const problem_type *t = p->type ? by_name(p->type) : by_status(p->status);
    qn_buf_addz(b, "{\"type\":\"/problems/");
    qn_buf_addz(b, p->type ? p->type : t->name);
    qn_buf_addz(b, "\",\"title\":");
    add_text(b, p->title ? p->title : t ? t->title : qn_status_text(p->status));
    qn_buf_printf(b, ",\"status\":%d", p->status);
    if (p->detail) {
        qn_buf_addz(b, ",\"detail\":");
        add_text(b, p->detail);
    }
    qn_buf_addz(b, ",\"instance\":\"");
    qn_buf_addz(b, req->id);
    qn_buf_addc(b, '"');
    if (p->nerrors) add_errors(b, p);
    if (p->extra && *p->extra) {
        qn_buf_addc(b, ',');
        qn_buf_addz(b, p->extra);
    }
    qn_buf_addc(b, '}');
}

void qn_reply_problem(qn_req *req, const qn_problem *p)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_problem_write(&b, req, p);
    char *text = b.failed ? NULL : qn_arena_strndup(req->arena, b.p, b.n);
    struct iovec part = { .iov_base = text, .iov_len = b.n };
    /* Where nobody has said how long it stays true, a cache may guess, for a 404 too (RFC 9111 4.2.2): Varnish would
     * keep one for two minutes, with no key to purge it by. */
    if (!qn_res_value(req, "Cache-Control").p) qn_res_header(req, "Cache-Control", QN_STR("no-store"));
    if (text)
        qn_reply(req, p->status, "application/problem+json", &part, 1);
    else
        qn_reply(req, p->status, NULL, NULL, 0); /* out of memory: at least the status */
    qn_buf_free(&b);
}

void qn_fail_req(qn_req *req, int status, const char *type, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *detail = qn_arena_vprintf(req->arena, fmt, ap);
    va_end(ap);
    qn_reply_problem(req, &(qn_problem){ .status = status, .type = type, .detail = detail });
}
