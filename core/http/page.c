/* What every list is wrapped in: the page, what it is, and where its neighbours are. */
#include "http/http.h"

/* The request's own target with another cursor. */
static const char *link_to(qn_req *req, const char *cursor_name, qn_str cursor)
{
    qn_buf b;
    size_t n;
    const qn_pair *query = qn_req_query(req, &n);
    qn_arena *arena = qn_req_arena(req);
    qn_buf_init(&b, 0);
    qn_str target = qn_req_target(req);
    qn_buf_adds(&b, qn_str_cut(&target, '?'));
    char sep = '?';
    for (size_t i = 0; i < n; i++) {
        if (qn_str_eqz(query[i].name, "after") || qn_str_eqz(query[i].name, "before")) continue;
        qn_buf_addc(&b, sep);
        qn_buf_adds(&b, qn_percent_encode(arena, query[i].name));
        qn_buf_addc(&b, '=');
        qn_buf_adds(&b, qn_percent_encode(arena, query[i].value));
        sep = '&';
    }
    qn_buf_printf(&b, "%c%s=", sep, cursor_name);
    qn_buf_adds(&b, cursor);
    const char *path = b.failed ? NULL : qn_str_dup(arena, qn_buf_str(&b));
    qn_buf_free(&b);
    return path;
}

static void add_link(qn_buf *body, qn_buf *header, const char *rel, const char *path)
{
    if (!path) return;
    qn_buf_printf(body, ",\"%s\":", rel);
    qn_buf_json_str(body, qn_str_of(path));
    qn_buf_printf(header, "%s<%s>; rel=\"%s\"", header->n ? ", " : "", path, rel);
}

int qn_res_page(qn_buf *body, qn_req *req, qn_str items, size_t n, unsigned limit, qn_str next, qn_str prev)
{
    qn_buf_adds(body, QN_RES_PAGE_HEAD);
    qn_buf_adds(body, items);
    return qn_res_page_tail(body, req, n, limit, next, prev);
}

int qn_res_page_tail(qn_buf *body, qn_req *req, size_t n, unsigned limit, qn_str next, qn_str prev)
{
    qn_buf links;
    qn_buf_init(&links, 0);
    qn_buf_printf(body, ",\"meta\":{\"limit\":%u,\"count\":%zu},\"links\":{\"self\":", limit, n);
    qn_buf_json_str(body, qn_req_target(req));
    if (next.p) add_link(body, &links, "next", link_to(req, "after", next));
    if (prev.p) add_link(body, &links, "prev", link_to(req, "before", prev));
    qn_buf_adds(body, QN_STR("}}\n"));
    if (links.n && !links.failed) qn_res_header(req, "Link", qn_buf_str(&links));
    bool failed = body->failed || links.failed;
    qn_buf_free(&links);
    return failed ? QN_ENOMEM : QN_OK;
}
