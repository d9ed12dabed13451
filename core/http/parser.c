#include "http/parser.h"

#include <string.h>

#include "http/scan.h"

/* Where in a request it stands; inside a chunked body chunked.c knows more. */
enum { S_START, S_FIELD, S_HEAD_DONE, S_LENGTH, S_CHUNKED, S_DONE, S_ERROR };

/* No method that anyone uses is longer; one that is gets 501 (RFC 9112 3). */
enum { MAX_METHOD_BYTES = 32, VERSION_BYTES = 8, MAX_EMPTY_LINES = 4 };

void qn_parser_init(qn_parser *p, const qn_http_limits *limits, char *store, uint32_t store_cap, qn_http_field *fields)
{
    *p = (qn_parser){
        .limits = limits, .store = store, .store_cap = store_cap, .fields = fields, .body_max = UINT64_MAX
    };
}

void qn_parser_store(qn_parser *p, char *store, uint32_t store_cap)
{
    p->store = store;
    p->store_cap = store_cap;
}

static qn_http_event fail(qn_parser *p, int status, const char *detail)
{
    p->state = S_ERROR;
    p->status = status;
    p->detail = detail;
    return QN_HE_ERROR;
}

/* ---- lines of the head ----------------------------------------------------------------------------------------- */

typedef enum { LINE_WHOLE, LINE_MORE, LINE_ROOM, LINE_LONG, LINE_BAD } line_result;

/* Gathers a line into the store, without its CRLF. A control character (a bare CR or LF, a NUL) is refused where it
 * stands, not when the line ends, so that no request can hang behind one. */
static line_result gather(qn_parser *p, const char **in, const char *end, uint32_t max)
{
    while (*in < end) {
        if (p->cr) {
            if (**in != '\n') return LINE_BAD;
            ++*in;
            p->cr = false;
            return LINE_WHOLE;
        }
        size_t left = max - (p->store_n - p->line_at), room = p->store_cap - p->store_n;
        size_t want = (size_t)(end - *in);
        if (want > left) want = left;
        if (want > room) want = room;
        size_t run = qn_scan_copy(p->store + p->store_n, *in, want);
        p->store_n += (uint32_t)run;
        *in += run;
        if (*in == end) break;
        if (**in == '\r') {
            p->cr = true;
            ++*in;
        } else if (run == left) {
            return LINE_LONG;
        } else if (run < want || qn_scan_is_control(**in)) {
            return LINE_BAD;
        } else {
            return LINE_ROOM;
        }
    }
    return LINE_MORE;
}

static qn_http_event request_line_too_long(qn_parser *p)
{
    for (uint32_t i = 0; i < p->store_n && i <= MAX_METHOD_BYTES; i++) {
        unsigned char c = (unsigned char)p->store[i];
        if (c == ' ') return fail(p, 414, "the request target is too long");
        if (!qn_is_tchar(c)) return fail(p, 400, "the request line does not begin with a method");
    }
    return fail(p, 501, "the method is longer than any that is known");
}

/* absolute-form = scheme "://" authority path [ "?" query ] (RFC 9112 3.2.2); leaves the path in `*rest`. */
static bool take_authority(qn_parser *p, qn_span *rest)
{
    qn_str t = qn_parser_str(p, *rest);
    uint32_t at = 0;
    if (t.n > 7 && qn_str_eq_ci((qn_str){ t.p, 7 }, QN_STR("http://")))
        at = 7;
    else if (t.n > 8 && qn_str_eq_ci((qn_str){ t.p, 8 }, QN_STR("https://")))
        at = 8;
    else
        return false;
    uint32_t stop = at;
    while (stop < t.n && t.p[stop] != '/' && t.p[stop] != '?') stop++;
    p->authority = (qn_span){ rest->at + at, stop - at };
    *rest = (qn_span){ rest->at + stop, rest->n - stop };
    return qn_is_host(qn_parser_str(p, p->authority)); /* no userinfo either: RFC 9110 4.2.4 */
}

/* The four forms of RFC 9112 3.2. */
static qn_http_event take_target(qn_parser *p)
{
    qn_str t = qn_parser_str(p, p->target), method = qn_parser_str(p, p->method);
    qn_span rest = p->target;
    p->connect = qn_str_eqz(method, "CONNECT");
    if (p->connect) return QN_HE_MORE; /* answered 501 whatever it names */
    if (t.p[0] == '*' && t.n == 1) {
        if (!qn_str_eqz(method, "OPTIONS")) return fail(p, 400, "the target \"*\" goes with OPTIONS only");
        p->star = true;
        return QN_HE_MORE;
    }
    if (t.p[0] != '/' && !take_authority(p, &rest))
        return fail(p, 400, "the request target must be a path or an absolute http URI with a valid host");
    qn_str r = qn_parser_str(p, rest);
    const char *mark = r.n ? memchr(r.p, '?', r.n) : NULL;
    p->has_query = mark != NULL;
    p->path = (qn_span){ rest.at, mark ? (uint32_t)(mark - r.p) : rest.n };
    if (mark) p->query = (qn_span){ p->path.at + p->path.n + 1, rest.n - p->path.n - 1 };
    return QN_HE_MORE;
}

static qn_http_event take_version(qn_parser *p, qn_str v)
{
    bool right = v.n == VERSION_BYTES && memcmp(v.p, "HTTP/", 5) == 0 && v.p[5] >= '0' && v.p[5] <= '9' &&
                 v.p[6] == '.' && v.p[7] >= '0' && v.p[7] <= '9';
    if (!right) return fail(p, 400, "the request line must end in HTTP/1.1 or HTTP/1.0");
    if (v.p[5] != '1') return fail(p, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    p->minor = v.p[7] == '0' ? 0 : 1; /* a higher minor version is answered as 1.1: RFC 9110 2.5 */
    return QN_HE_MORE;
}

/* The query without where a page begins, which links have at the end. */
static size_t without_cursor(qn_str query, uint32_t max_cursor)
{
    const char *amp = memrchr(query.p, '&', query.n);
    size_t before = amp ? (size_t)(amp - query.p) : 0, n = query.n - before - (amp != NULL);
    qn_str last = { query.p + query.n - n, n };
    bool is_cursor = qn_str_starts(last, QN_STR("after=")) || qn_str_starts(last, QN_STR("before="));
    return is_cursor && n <= max_cursor ? before : query.n;
}

/* The query has its own bound: how long it may be does not depend on the path. */
bool qn_target_fits(qn_str target, const qn_http_limits *l)
{
    qn_str query = target, path = qn_str_cut(&query, '?');
    if (path.n > l->max_target_bytes) return false;
    return query.n <= l->max_target_bytes || without_cursor(query, l->max_cursor_bytes) <= l->max_target_bytes;
}

static qn_http_event take_request_line(qn_parser *p)
{
    uint32_t n = p->store_n, i = 0;
    while (i < n && qn_is_tchar((unsigned char)p->store[i])) i++;
    if (i == 0 || i == n || p->store[i] != ' ') return fail(p, 400, "the request line is not METHOD TARGET VERSION");
    if (i > MAX_METHOD_BYTES) return fail(p, 501, "the method is longer than any that is known");
    p->method = (qn_span){ 0, i };
    uint32_t at = ++i;
    while (i < n && qn_scan_is_target(p->store[i])) i++;
    p->target = (qn_span){ at, i - at };
    if (!qn_target_fits(qn_parser_str(p, p->target), p->limits)) return fail(p, 414, "the request target is too long");
    if (i == at || i == n || p->store[i] != ' ')
        return fail(p, 400, "the request target has a character that a URI cannot have, or the version is missing");
    i++;
    qn_http_event e = take_version(p, (qn_str){ p->store + i, n - i });
    return e == QN_HE_ERROR ? e : take_target(p);
}

/* ---- fields ---------------------------------------------------------------------------------------------------- */

static void take_connection(qn_parser *p, qn_str value)
{
    while (value.p) {
        qn_str token = qn_str_trim(qn_str_cut(&value, ','));
        if (qn_str_eq_ci(token, QN_STR("close"))) p->close_token = true;
        if (qn_str_eq_ci(token, QN_STR("keep-alive"))) p->keep_token = true;
    }
}

/* What of the fields the framing depends on. */
static void note_field(qn_parser *p, qn_str name, qn_span value)
{
    switch (name.n) {
    case 4:
        if (!qn_str_eqz(name, "host")) return;
        p->host = value;
        if (p->host_count < 2) p->host_count++;
        return;
    case 6:
        if (!qn_str_eqz(name, "expect")) return;
        p->expect = qn_str_eq_ci(qn_parser_str(p, value), QN_STR("100-continue")) && p->expect != QN_EXPECT_OTHER
                        ? QN_EXPECT_CONTINUE
                        : QN_EXPECT_OTHER;
        return;
    case 10:
        if (qn_str_eqz(name, "connection")) take_connection(p, qn_parser_str(p, value));
        return;
    case 14:
        if (!qn_str_eqz(name, "content-length")) return;
        p->length_value = value;
        if (p->length_count < 2) p->length_count++;
        return;
    case 17:
        if (!qn_str_eqz(name, "transfer-encoding")) return;
        p->coding = value;
        if (p->coding_count < 2) p->coding_count++;
        return;
    default:
        return;
    }
}

static qn_http_event take_field(qn_parser *p)
{
    uint32_t at = p->line_at, n = p->store_n, i = at;
    if (p->nfields == p->limits->max_headers) return fail(p, 431, "there are too many header fields");
    for (; i < n; i++) {
        char lower = qn_scan_lower_token(p->store[i]);
        if (!lower) break;
        p->store[i] = lower;
    }
    if (i < n && i == at && (p->store[i] == ' ' || p->store[i] == '\t'))
        return fail(p, 400, "a header line begins with a blank: folded lines are not taken");
    if (i == n || i == at || p->store[i] != ':' || i - at > UINT16_MAX)
        return fail(p, 400, "a header line is not NAME: VALUE with a token as its name");
    qn_http_field *f = &p->fields[p->nfields++];
    f->name_at = at;
    f->name_n = (uint16_t)(i - at);
    uint32_t from = i + 1;
    while (from < n && (p->store[from] == ' ' || p->store[from] == '\t')) from++;
    while (n > from && (p->store[n - 1] == ' ' || p->store[n - 1] == '\t')) n--;
    f->value = (qn_span){ from, n - from };
    p->names |= qn_http_name_bit((qn_str){ p->store + at, f->name_n });
    note_field(p, (qn_str){ p->store + at, f->name_n }, f->value);
    return QN_HE_MORE;
}

/* ---- the head as a whole --------------------------------------------------------------------------------------- */

static qn_http_event check_host(qn_parser *p)
{
    if (p->host_count > 1) return fail(p, 400, "there is more than one Host header");
    if (p->host_count == 0 && p->minor > 0) return fail(p, 400, "an HTTP/1.1 request needs a Host header");
    if (p->host_count == 1 && !qn_is_host(qn_parser_str(p, p->host)))
        return fail(p, 400, "the Host header is not a host with an optional port");
    /* An absolute target's authority stands above Host: RFC 9112 3.2.2. */
    if (p->authority.n == 0) p->authority = p->host;
    return QN_HE_MORE;
}

static qn_http_event check_coding(qn_parser *p)
{
    qn_str coding = qn_parser_str(p, p->coding);
    if (p->minor == 0) return fail(p, 400, "Transfer-Encoding does not exist in HTTP/1.0");
    if (p->length_count) return fail(p, 400, "Transfer-Encoding and Content-Length cannot stand beside each other");
    if (p->coding_count == 1 && qn_str_eq_ci(coding, QN_STR("chunked"))) {
        p->chunked = true;
        return QN_HE_MORE;
    }
    /* Other codings under a final chunked are framed well but not known here (RFC 9112 6.1: 501); anything else is not
     * framed. */
    qn_str last = coding;
    for (qn_str rest = coding; rest.p;) last = qn_str_trim(qn_str_cut(&rest, ','));
    if (last.n < coding.n && qn_str_eq_ci(last, QN_STR("chunked")))
        return fail(p, 501, "no transfer coding but chunked is known here");
    return fail(p, 400, "Transfer-Encoding must be chunked, once and alone");
}

static qn_http_event check_length(qn_parser *p)
{
    qn_str v = qn_parser_str(p, p->length_value);
    if (p->length_count > 1) return fail(p, 400, "there is more than one Content-Length");
    if (v.n == 0) return fail(p, 400, "Content-Length is empty");
    bool fits = true;
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9') return fail(p, 400, "Content-Length is not a number of decimal digits");
        uint64_t digit = (uint64_t)(v.p[i] - '0');
        if (p->length > (UINT64_MAX - digit) / 10) fits = false;
        if (fits) p->length = p->length * 10 + digit;
    }
    return fits ? QN_HE_MORE : fail(p, 413, "Content-Length is larger than any body that is taken");
}

static qn_http_event finish_head(qn_parser *p)
{
    qn_http_event e = check_host(p);
    if (e != QN_HE_ERROR && p->coding_count) e = check_coding(p);
    if (e != QN_HE_ERROR && p->length_count) e = check_length(p);
    if (e == QN_HE_ERROR) return e;
    p->has_body = p->chunked || p->length > 0;
    p->left = p->length;
    if (p->minor == 0) p->expect = QN_EXPECT_NONE; /* RFC 9110 10.1.1 */
    /* What follows a CONNECT is the tunnel's, which does not exist. */
    p->keep_alive = !p->close_token && !p->connect && (p->minor > 0 || p->keep_token);
    p->state = S_HEAD_DONE;
    return QN_HE_HEAD;
}

static qn_http_event on_line(qn_parser *p)
{
    qn_http_event e;
    bool empty = p->store_n == p->line_at;
    if (p->state == S_START) {
        if (empty) { /* RFC 9112 2.2: a few are let pass */
            if (++p->empty_lines > MAX_EMPTY_LINES)
                return fail(p, 400, "empty lines stand where a request should begin");
            return QN_HE_MORE;
        }
        e = take_request_line(p);
        p->state = e == QN_HE_ERROR ? p->state : S_FIELD;
        p->head_at = p->store_n;
    } else if (empty) {
        e = finish_head(p);
    } else {
        e = take_field(p);
    }
    p->line_at = p->store_n;
    return e;
}

static qn_http_event read_head(qn_parser *p, const char **in, const char *end)
{
    const qn_http_limits *l = p->limits;
    while (*in < end) {
        bool first = p->state == S_START;
        uint32_t used = p->line_at - p->head_at + 2 * (p->nfields + 1); /* with the CRLFs that the store leaves out */
        uint32_t max = first ? MAX_METHOD_BYTES + VERSION_BYTES + 3 + QN_TARGET_MOST(l)
                             : (used < l->max_header_bytes ? l->max_header_bytes - used : 0);
        qn_http_event e;
        switch (gather(p, in, end, max)) {
        case LINE_MORE:
            return QN_HE_MORE;
        case LINE_ROOM:
            return QN_HE_ROOM;
        case LINE_BAD:
            return fail(p, 400, "there is a control character, or a CR or LF that is not part of a CRLF, in the head");
        case LINE_LONG:
            return first ? request_line_too_long(p) : fail(p, 431, "the header fields are too large");
        case LINE_WHOLE:
            e = on_line(p);
            if (e != QN_HE_MORE) return e;
        }
    }
    return QN_HE_MORE;
}

/* ---- the body -------------------------------------------------------------------------------------------------- */

void qn_parser_body_max(qn_parser *p, uint64_t max_bytes)
{
    p->body_max = max_bytes;
}

static qn_http_event begin_body(qn_parser *p)
{
    if (p->length > p->body_max) return fail(p, 413, "the body is larger than this resource takes");
    p->state = p->chunked ? S_CHUNKED : S_LENGTH;
    return QN_HE_MORE;
}

static qn_http_event read_length(qn_parser *p, const char **in, const char *end, qn_str *data)
{
    if (p->left == 0) {
        p->state = S_DONE;
        return QN_HE_DONE;
    }
    if (*in == end) return QN_HE_MORE;
    size_t n = (size_t)(end - *in);
    if (n > p->left) n = (size_t)p->left;
    *data = (qn_str){ *in, n };
    *in += n;
    p->left -= n;
    p->body_seen += n;
    return QN_HE_BODY;
}

qn_http_event qn_parser_next(qn_parser *p, const char **in, const char *end, qn_str *data)
{
    qn_http_event e = QN_HE_MORE;
    if (p->state == S_START || p->state == S_FIELD) return read_head(p, in, end);
    if (p->state == S_HEAD_DONE && (e = begin_body(p)) == QN_HE_ERROR) return e;
    if (p->state == S_LENGTH) return read_length(p, in, end, data);
    if (p->state == S_CHUNKED) {
        e = qn_chunked_next(p, in, end, data);
        if (e == QN_HE_DONE) p->state = S_DONE;
        if (e == QN_HE_ERROR) p->state = S_ERROR;
        return e;
    }
    return p->state == S_DONE ? QN_HE_DONE : QN_HE_ERROR;
}
