/* What every list is wrapped in: the page, what it is, and where its neighbours are. */
#include <string.h>

#include "http/canonical.h"
#include "http/conn.h"

enum { LINE_BYTES = 8000 /* of paths in one Link line: Varnish takes lines of 8 KiB; longer links have a line each */ };

/* Encoded it may be three times as long, and no request any more: then it stays as it was asked for. */
static qn_str link_of(qn_req *req, qn_str target)
{
    size_t cap = qn_canonical_most(target.n), n;
    char *link = qn_arena_alloc_raw(qn_req_arena(req), cap);
    if (!link || !qn_canonical_write(link, &n, cap, target, QN_CANONICAL_LINK)) return target;
    return qn_target_fits((qn_str){ link, n }, &req->srv->limits.parse) ? (qn_str){ link, n } : target;
}

qn_str qn_req_link(qn_req *req)
{
    return link_of(req, qn_req_target(req));
}

/* The same with another cursor. */
static qn_str link_to(qn_req *req, qn_str self, const char *cursor_name, qn_str cursor)
{
    qn_buf b;
    qn_arena *arena = qn_req_arena(req);
    qn_buf_init(&b, 0);
    qn_buf_adds(&b, qn_str_cut(&self, '?'));
    char sep = '?';
    while (self.n) {
        qn_str parameter = qn_str_cut(&self, '&'), name = parameter;
        name = qn_str_cut(&name, '=');
        if (!parameter.n || qn_canonical_is_cursor(name)) continue;
        qn_buf_addc(&b, sep);
        qn_buf_adds(&b, parameter);
        sep = '&';
    }
    qn_buf_printf(&b, "%c%s=", sep, cursor_name);
    qn_buf_adds(&b, cursor);
    const char *path = b.failed ? NULL : qn_str_dup(arena, qn_buf_str(&b));
    qn_buf_free(&b);
    return path ? link_of(req, qn_str_of(path)) : (qn_str){ 0 };
}

/* The links of a page, said twice: members of the body, and the header. */
typedef struct {
    qn_req *req;
    qn_buf *body;
    qn_buf line; /* of the header, as yet */
    size_t n;
} links;

static void end_line(links *l)
{
    if (!l->line.n || l->line.failed) return;
    qn_res_header(l->req, "Link", qn_buf_str(&l->line));
    qn_buf_clear(&l->line);
}

static void add_link(links *l, const char *rel, qn_str path)
{
    if (!path.p) return;
    qn_buf_printf(l->body, "%s\"%s\":", l->n++ ? "," : "", rel);
    qn_buf_json_str(l->body, path);
    if (memchr(path.p, '<', path.n) || memchr(path.p, '>', path.n))
        return; /* too long to be encoded: no line has room */
    if (l->line.n + path.n > LINE_BYTES) end_line(l);
    qn_buf_printf(&l->line, "%s<%.*s>; rel=\"%s\"", l->line.n ? ", " : "", QN_FMT(path), rel);
}

int qn_res_page(qn_buf *body, qn_req *req, qn_str items, size_t n, unsigned limit, qn_str next, qn_str prev)
{
    qn_buf_adds(body, QN_RES_PAGE_HEAD);
    qn_buf_adds(body, items);
    return qn_res_page_tail(body, req, n, limit, next, prev);
}

int qn_res_page_tail(qn_buf *body, qn_req *req, size_t n, unsigned limit, qn_str next, qn_str prev)
{
    links l = { .req = req, .body = body };
    qn_str self = qn_req_link(req);
    qn_buf_init(&l.line, 0);
    qn_buf_printf(body, ",\"meta\":{\"limit\":%u,\"count\":%zu},\"links\":{", limit, n);
    add_link(&l, "self", self);
    if (next.p) add_link(&l, "next", link_to(req, self, "after", next));
    if (prev.p) add_link(&l, "prev", link_to(req, self, "before", prev));
    qn_buf_adds(body, QN_STR("}}\n"));
    end_line(&l);
    bool failed = body->failed || l.line.failed;
    qn_buf_free(&l.line);
    return failed ? QN_ENOMEM : QN_OK;
}
