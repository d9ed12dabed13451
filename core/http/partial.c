/* Parts of an answer (RFC 9110 14 and 15.3.7). */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "http/conn.h"
#include "http/range.h"

enum { BOUNDARY_BYTES = 33 };

/* If-Range (RFC 9110 13.1.5): by the tag of the plain form, strongly; a coded form's tag names other bytes. Or by a
 * date that is ours exactly, when a second change in the same second is no longer possible. */
static bool is_the_same(qn_req *req)
{
    qn_str given = qn_req_header(req, "if-range");
    if (!given.p) return true;
    if (memchr(given.p, '"', given.n)) return qn_str_eq(given, req->etag);
    int64_t theirs, ours;
    return req->last_modified.n && !qn_http_date_parse(&theirs, given) &&
           !qn_http_date_parse(&ours, req->last_modified) && theirs == ours && ours < qn_wall_us() / 1000000 - 1;
}

/* Ranges are of the plain form, whatever coding the whole would have had: the client knows by the tag. */
bool qn_req_takes_plain(qn_req *req)
{
    bool identity = true;
    (void)qn_coding_choose(qn_req_header(req, "accept-encoding"), &identity);
    return identity;
}

static struct iovec part_of(const char *p, size_t n)
{
    union {
        const char *from;
        void *to;
    } base = { .from = p }; /* iovec has no const; nothing writes to it */
    return (struct iovec){ .iov_base = base.to, .iov_len = n };
}

/* ---- one range ------------------------------------------------------------------------------------------------- */

/* The pieces of `from` that lie in the range; their number. */
static size_t cut(struct iovec *to, const struct iovec *from, size_t nfrom, qn_range r)
{
    size_t n = 0;
    for (size_t i = 0; i < nfrom && r.n; i++) {
        if (r.at >= from[i].iov_len) {
            r.at -= from[i].iov_len;
            continue;
        }
        size_t most = from[i].iov_len - (size_t)r.at, len = r.n < most ? (size_t)r.n : most;
        to[n++] = (struct iovec){ .iov_base = (char *)from[i].iov_base + r.at, .iov_len = len };
        r = (qn_range){ 0, r.n - len };
    }
    return n;
}

/* What stands before each range, and behind the last: empty for a single one. */
typedef struct {
    qn_str lead[QN_RANGES_MAX], tail;
} framing;

static int take_memory(qn_req *req, const qn_range *ranges, size_t n, const framing *f)
{
    size_t each = req->niov - 1, at = 1;
    struct iovec *iov = qn_arena_calloc(req->arena, n * (each + 1) + 2, sizeof *iov);
    if (!iov) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (f->lead[i].n) iov[at++] = part_of(f->lead[i].p, f->lead[i].n);
        at += cut(iov + at, req->iov + 1, each, ranges[i]);
    }
    if (f->tail.n) iov[at++] = part_of(f->tail.p, f->tail.n);
    req->iov = iov;
    req->niov = at;
    return QN_OK;
}

static int take_file(qn_req *req, const qn_range *ranges, size_t n, const framing *f)
{
    qn_file_part *parts = qn_arena_calloc(req->arena, n + 1, sizeof *parts);
    if (!parts) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++)
        parts[i] = (qn_file_part){ .lead = f->lead[i], .at = ranges[i].at, .n = ranges[i].n };
    parts[n].lead = f->tail;
    req->file->parts = parts;
    req->file->nparts = n + 1;
    return QN_OK;
}

static int take(qn_req *req, const qn_range *ranges, size_t n, const framing *f)
{
    uint64_t bytes = f->tail.n;
    for (size_t i = 0; i < n; i++) bytes += f->lead[i].n + ranges[i].n;
    int rc = req->file ? take_file(req, ranges, n, f) : take_memory(req, ranges, n, f);
    if (!rc) req->body_bytes = bytes;
    return rc;
}

/* ---- several --------------------------------------------------------------------------------------------------- */

/* Nobody may guess it, or what somebody wrote could pass for the end of a part. */
static int make_boundary(char out[BOUNDARY_BYTES])
{
    unsigned char random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return QN_EIO;
    for (size_t i = 0; i < sizeof random; i++) snprintf(out + 2 * i, 3, "%02x", random[i]);
    return QN_OK;
}

static int make_framing(framing *f, qn_req *req, const qn_range *ranges, size_t n, const char **type)
{
    char boundary[BOUNDARY_BYTES];
    if (make_boundary(boundary)) return QN_EIO;
    for (size_t i = 0; i < n; i++) {
        f->lead[i] = qn_str_of(qn_arena_printf(req->arena,
                                               "%s--%s\r\nContent-Type: %s\r\nContent-Range: bytes %" PRIu64 "-%" PRIu64
                                               "/%" PRIu64 "\r\n\r\n",
                                               i ? "\r\n" : "", boundary, req->content_type, ranges[i].at,
                                               ranges[i].at + ranges[i].n - 1, req->body_bytes));
        if (!f->lead[i].n) return QN_ENOMEM;
    }
    f->tail = qn_str_of(qn_arena_printf(req->arena, "\r\n--%s--\r\n", boundary));
    *type = qn_arena_printf(req->arena, "multipart/byteranges; boundary=%s", boundary);
    return f->tail.n && *type ? QN_OK : QN_ENOMEM;
}

/* ---- the answer ------------------------------------------------------------------------------------------------ */

static void refuse(qn_req *req)
{
    uint64_t size = req->body_bytes;
    qn_res_withdraw(req);
    qn_res_headerf(req, "Content-Range", "bytes */%" PRIu64, size);
    qn_res_header(req, "Accept-Ranges", QN_STR("bytes"));
    qn_reply_problem(req, &(qn_problem){ .status = 416, .detail = "none of the ranges lies inside of what is here" });
}

bool qn_partial_reply(qn_req *req)
{
    qn_range ranges[QN_RANGES_MAX];
    qn_str header = qn_req_header(req, "range");
    bool strong = req->etag.n && req->etag.p[0] == '"';
    if (!header.p || !strong || req->method != QN_GET || !req->content_type || !qn_req_takes_plain(req) || !is_the_same(req))
        return false;
    int n = qn_ranges_read(ranges, header, req->body_bytes);
    if (n == QN_ENOTFOUND) {
        refuse(req);
        return true;
    }
    if (n <= 0) return false;
    framing f = { 0 };
    uint64_t size = req->body_bytes;
    const char *type = req->content_type;
    if ((n > 1 && make_framing(&f, req, ranges, (size_t)n, &type)) || take(req, ranges, (size_t)n, &f)) return false;
    if (n == 1)
        qn_res_headerf(req, "Content-Range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, ranges[0].at,
                       ranges[0].at + ranges[0].n - 1, size);
    req->content_type = type;
    req->status = 206;
    req->coding = QN_IDENTITY;
    req->usual = false;
    qn_res_finish(req);
    return true;
}
