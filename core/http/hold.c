/* Answers that are looked at before they are sent. */
#include "http/conn.h"

void qn_req_hold(qn_req *req, bool (*fn)(qn_req *req, void *ctx, const qn_held *answer), void *ctx)
{
    req->hold = fn;
    req->hold_ctx = ctx;
}

void qn_res_unhold(qn_req *req)
{
    req->hold = NULL;
}

bool qn_res_is_held(qn_req *req)
{
    if (!req->hold) return false;
    bool (*fn)(qn_req *, void *, const qn_held *) = req->hold;
    const qn_held answer = { .status = req->status,
                             .content_type = req->content_type,
                             .headers = qn_buf_str(&req->headers),
                             .etag = req->etag,
                             .last_modified = req->last_modified,
                             .vary = req->vary,
                             .parts = req->iov + 1,
                             .nparts = req->niov - 1,
                             .is_file = req->file != NULL };
    req->hold = NULL; /* what it answers itself is sent */
    return fn(req, req->hold_ctx, &answer);
}

void qn_res_let_go(qn_req *req)
{
    if (!qn_cached_on_reply(req)) qn_res_deliver(req);
}
