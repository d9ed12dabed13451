#include "base/clock.h"
#include "http/conn.h"

/* A date that cannot be read is as good as none (RFC 9110 13.1.3, 13.1.4). */
static bool read_date(int64_t *out, qn_str s)
{
    return s.p && qn_http_date_parse(out, s) == 0;
}

/* The order of RFC 9110 13.2.2. Entity tags go before dates, what must hold before what saves a transfer. */
int qn_conditional(qn_req *req, qn_str etag, qn_str last_modified)
{
    int64_t modified = 0, given;
    bool dated = read_date(&modified, last_modified);
    qn_str if_match = qn_req_header(req, "if-match");
    if (if_match.p) {
        if (!qn_etag_match(if_match, etag, false)) return 412;
    } else if (dated && read_date(&given, qn_req_header(req, "if-unmodified-since")) && modified > given) {
        return 412;
    }
    qn_str if_none_match = qn_req_header(req, "if-none-match");
    if (if_none_match.p) return qn_etag_match(if_none_match, etag, true) ? 304 : 0;
    if (dated && read_date(&given, qn_req_header(req, "if-modified-since")) && modified <= given) return 304;
    return 0;
}
