#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "http/parser.h"

/*
 * A case is bytes and a transcript of what the parser makes of them: for each request its method, target, "keep" or
 * "close", and its body in brackets; "!400" where it refuses; "…" where it waits for more. Every case is read whole,
 * byte by byte, and cut in two at each place, with a store that begins at one byte: the transcript must be the same.
 */
#define H       "Host: a\r\n"
#define GET     "GET / HTTP/1.1\r\n" H
#define POST    "POST /p HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define B(text) text, sizeof(text) - 1

typedef struct {
    const char *name, *in;
    size_t n;
    const char *transcript;
} parse_case;

static const parse_case right[] = {
    { "a request without a body", B(GET "\r\n"), "GET / keep []" },
    { "two requests in a row", B(GET "\r\n" GET "\r\n"), "GET / keep []GET / keep []" },
    { "empty lines before a request", B("\r\n\r\n" GET "\r\n"), "GET / keep []" },
    { "an unknown method", B("FROB /x HTTP/1.1\r\n" H "\r\n"), "FROB /x keep []" },
    { "a query", B("GET /a?b=c&d HTTP/1.1\r\n" H "\r\n"), "GET /a?b=c&d keep []" },
    { "an absolute target", B("GET http://h:80/a HTTP/1.1\r\n" H "\r\n"), "GET http://h:80/a keep []" },
    { "OPTIONS of the server", B("OPTIONS * HTTP/1.1\r\n" H "\r\n"), "OPTIONS * keep []" },
    { "HTTP/1.0 closes", B("GET / HTTP/1.0\r\n\r\n"), "GET / close []" },
    { "HTTP/1.0 with keep-alive", B("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "GET / keep []" },
    { "a later minor version", B("GET / HTTP/1.2\r\n" H "\r\n"), "GET / keep []" },
    { "Connection: close", B(GET "Connection: x, CLOSE ,y\r\n\r\n"), "GET / close []" },
    { "close in one of two lines", B(GET "Connection: close\r\nConnection: keep-alive\r\n\r\n"), "GET / close []" },
    { "blanks around a value", B(GET "X:\t a b \t\r\n\r\n"), "GET / keep []" },
    { "an empty value", B(GET "X:\r\n\r\n"), "GET / keep []" },
    { "bytes above ASCII in a value", B(GET "X: \xc3\xa9\xff\r\n\r\n"), "GET / keep []" },
    { "a length", B(POST "Content-Length: 5\r\n\r\nhello" GET "\r\n"), "POST /p keep [hello]GET / keep []" },
    { "a length with zeros before it", B(POST "content-LENGTH:  0005 \r\n\r\nhello"), "POST /p keep [hello]" },
    { "no length", B(POST "\r\n" GET "\r\n"), "POST /p keep []GET / keep []" },
    { "a GET's body is not a request", B("GET / HTTP/1.1\r\n" H "Content-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
      "GET / keep [GET / HTTP/1.1\r\n\r\n]" },
    { "chunks", B(CHUNKED "5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n" GET "\r\n"),
      "POST /p keep [hello0123456789]GET / keep []" },
    { "chunk sizes with zeros before them", B(CHUNKED "0000005\r\nhello\r\n000\r\n\r\n"), "POST /p keep [hello]" },
    { "chunk extensions", B(CHUNKED "5 ; a=b;c=\"d;\\\"e\" ;f\r\nhello\r\n0;z\r\n\r\n"), "POST /p keep [hello]" },
    { "trailers are dropped", B(CHUNKED "5\r\nhello\r\n0\r\nX: v\r\nContent-Length: 50\r\n\r\n" GET "\r\n"),
      "POST /p keep [hello]GET / keep []" },
    { "codings without case", B(POST "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"), "POST /p keep []" },
    { "Connection: close with a body", B(POST "Connection: close\r\nContent-Length: 2\r\n\r\nhi"),
      "POST /p close [hi]" },
};

static const parse_case waiting[] = {
    { "nothing", B(""), "…" },
    { "half a request line", B("GET / HT"), "…" },
    { "a head without its end", B(GET), "…" },
    { "a CR that may be a line's end", B(GET "\r"), "…" },
    { "half a body", B(POST "Content-Length: 5\r\n\r\nhel"), "POST /p keep [hel…" },
    { "a chunk without the next one", B(CHUNKED "5\r\nhello\r\n"), "POST /p keep [hello…" },
    { "a last chunk without its end", B(CHUNKED "0\r\n"), "POST /p keep […" },
};

static const parse_case wrong[] = {
    { "a bare LF after the request line", B("GET / HTTP/1.1\nHost: a\r\n\r\n"), "!400" },
    { "a bare LF in a value", B(GET "X: a\nY: b\r\n\r\n"), "!400" },
    { "a bare CR in a value", B(GET "X: a\rb\r\n\r\n"), "!400" },
    { "CR CR LF", B("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"), "!400" },
    { "CR and something else where the head ends", B(GET "\r\rX"), "!400" },
    { "NUL in a value", B(GET "X: a\0b\r\n\r\n"), "!400" },
    { "NUL in a name", B(GET "X\0: b\r\n\r\n"), "!400" },
    { "NUL in the target", B("GET /\0 HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "DEL in the target", B("GET /\x7f HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "a folded line", B(GET "X: a\r\n b\r\n\r\n"), "!400" },
    { "a blank before the first name", B("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), "!400" },
    { "a blank before the colon", B("GET / HTTP/1.1\r\nHost : a\r\n\r\n"), "!400" },
    { "a line without a colon", B(GET "novalue\r\n\r\n"), "!400" },
    { "an empty name", B(GET ": v\r\n\r\n"), "!400" },
    { "a name that is no token", B(GET "X(Y): v\r\n\r\n"), "!400" },
    { "a blank before the method", B(" GET / HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "a method that is no token", B("G@T / HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "two blanks in the request line", B("GET  / HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "a tab in the request line", B("GET\t/\tHTTP/1.1\r\n" H "\r\n"), "!400" },
    { "no version", B("GET /\r\n\r\n"), "!400" },
    { "a version in lower case", B("GET / http/1.1\r\n" H "\r\n"), "!400" },
    { "a version of three digits", B("GET / HTTP/1.10\r\n" H "\r\n"), "!400" },
    { "something behind the version", B("GET / HTTP/1.1 x\r\n" H "\r\n"), "!400" },
    { "what HTTP/2 begins with", B("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "!505" },
    { "a relative target", B("GET a HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "a fragment", B("GET /a#b HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "bytes above ASCII in the target", B("GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "another scheme", B("GET ftp://a/ HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "userinfo in the target", B("GET http://u:p@a/ HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "an absolute target without a host", B("GET http:///a HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "GET *", B("GET * HTTP/1.1\r\n" H "\r\n"), "!400" },
    { "no Host", B("GET / HTTP/1.1\r\n\r\n"), "!400" },
    { "two Hosts", B(GET "host: a\r\n\r\n"), "!400" },
    { "an empty Host", B("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "!400" },
    { "two lengths", B(POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\nx"), "!400" },
    { "a list as length", B(POST "Content-Length: 1, 1\r\n\r\nx"), "!400" },
    { "a signed length", B(POST "Content-Length: +1\r\n\r\nx"), "!400" },
    { "an empty length", B(POST "Content-Length:\r\n\r\n"), "!400" },
    { "a hexadecimal length", B(POST "Content-Length: 0x1\r\n\r\nx"), "!400" },
    { "chunked beside a length", B(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "!400" },
    { "chunked twice", B(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "!400" },
    { "chunked in HTTP/1.0", B("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "!400" },
    { "chunked not last", B(POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"), "!400" },
    { "another coding alone", B(POST "Transfer-Encoding: identity\r\n\r\n"), "!400" },
    { "an empty coding", B(POST "Transfer-Encoding:\r\n\r\n"), "!400" },
    { "chunked with something behind it", B(POST "Transfer-Encoding: chunked\v\r\n\r\n"), "!400" },
    { "a chunk size of another base", B(CHUNKED "0x5\r\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "a signed chunk size", B(CHUNKED "+5\r\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "a blank before a chunk size", B(CHUNKED " 5\r\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "a blank behind a chunk size", B(CHUNKED "5 \r\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "a chunk size of 17 digits", B(CHUNKED "10000000000000005\r\nhello\r\n"), "POST /p keep [!400" },
    { "an empty chunk size", B(CHUNKED "\r\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "a chunk that is longer than its size", B(CHUNKED "5\r\nhello!\r\n0\r\n\r\n"), "POST /p keep [hello!400" },
    { "a chunk behind a bare LF", B(CHUNKED "5\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "a chunk that ends in a bare LF", B(CHUNKED "5\r\nhello\n0\r\n\r\n"), "POST /p keep [hello!400" },
    { "an extension that ends in a bare LF", B(CHUNKED "5;a\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "an extension without a name", B(CHUNKED "5;\r\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "an extension's quotes are not closed", B(CHUNKED "5;a=\"b\r\nhello\r\n0\r\n\r\n"), "POST /p keep [!400" },
    { "a trailer that is none", B(CHUNKED "0\r\nbad trailer\r\n\r\n"), "POST /p keep [!400" },
    { "a folded trailer", B(CHUNKED "0\r\nA: b\r\n c\r\n\r\n"), "POST /p keep [!400" },
    { "NUL in a trailer", B(CHUNKED "0\r\nA: \0\r\n\r\n"), "POST /p keep [!400" },
    { "empty lines without end", B("\r\n\r\n\r\n\r\n\r\n\r\n"), "!400" },
    { "what TLS begins with", B("\x16\x03\x01\x00\xa5\x01\r\n\r\n"), "!400" },
    { "a later major version", B("GET / HTTP/2.0\r\n\r\n"), "!505" },
    { "no version that ever was", B("GET / HTTP/0.0\r\n\r\n"), "!505" },
    { "another coding under chunked", B(POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "!501" },
    { "a length past 64 bits", B(POST "Content-Length: 18446744073709551616\r\n\r\n"), "!413" },
    { "a length past the bound", B(POST "Content-Length: 65\r\n\r\n"), "POST /p keep [!413" },
    { "a chunk past the bound", B(CHUNKED "41\r\n"), "POST /p keep [!413" },
    { "chunks past the bound together", B(CHUNKED "1\r\nx\r\n40\r\n"), "POST /p keep [x!413" },
    { "the largest chunk size", B(CHUNKED "ffffffffffffffff\r\n"), "POST /p keep [!413" },
};

/* ---- reading a case -------------------------------------------------------------------------------------------- */

static const qn_http_limits limits = {
    .max_target_bytes = 64, .max_cursor_bytes = 10, .max_header_bytes = 200, .max_headers = 8, .max_chunk_ext_bytes = 40
};

typedef struct {
    qn_parser p;
    qn_http_field fields[8];
    char *store;
    uint32_t cap;
    qn_buf out;
    bool ended;
} reading;

static void grow(reading *r)
{
    uint32_t cap = r->cap * 2;
    char *larger = malloc(cap);
    assert_non_null(larger);
    memcpy(larger, r->store, r->p.store_n);
    free(r->store); /* whoever kept a pointer into the old one is found by the sanitizer */
    r->store = larger;
    r->cap = cap;
    qn_parser_store(&r->p, larger, cap);
}

static void begin(reading *r)
{
    free(r->store);
    r->cap = 1;
    r->store = malloc(1);
    qn_parser_init(&r->p, &limits, r->store, r->cap, r->fields);
}

static void on_event(reading *r, qn_http_event e, qn_str data)
{
    switch (e) {
    case QN_HE_ROOM:
        grow(r);
        break;
    case QN_HE_HEAD:
        qn_parser_body_max(&r->p, 64);
        qn_buf_printf(&r->out, "%.*s %.*s %s [", QN_FMT(qn_parser_str(&r->p, r->p.method)),
                      QN_FMT(qn_parser_str(&r->p, r->p.target)), r->p.keep_alive ? "keep" : "close");
        break;
    case QN_HE_BODY:
        qn_buf_adds(&r->out, data);
        break;
    case QN_HE_DONE:
        qn_buf_addc(&r->out, ']');
        begin(r);
        break;
    case QN_HE_ERROR:
        qn_buf_printf(&r->out, "!%d", r->p.status);
        assert_non_null(r->p.detail);
        r->ended = true;
        break;
    case QN_HE_MORE:
        break;
    }
}

/* Each piece is a block of its own, so that reading past it is found. */
static void feed(reading *r, const char *in, size_t n)
{
    char *piece = malloc(n ? n : 1);
    assert_non_null(piece);
    memcpy(piece, in, n);
    const char *at = piece;
    qn_http_event e = QN_HE_MORE;
    do {
        qn_str data = { 0 };
        if (r->ended) break;
        e = qn_parser_next(&r->p, &at, piece + n, &data);
        on_event(r, e, data);
    } while (e != QN_HE_MORE);
    if (!r->ended) assert_ptr_equal(at, piece + n);
    free(piece);
}

/* Cuts at `cut`, or (cut == SIZE_MAX) everywhere. */
static void transcribe(qn_buf *out, const char *in, size_t n, size_t cut)
{
    reading r = { 0 };
    qn_buf_init(&r.out, 0);
    begin(&r);
    if (cut == SIZE_MAX) {
        for (size_t i = 0; i < n; i++) feed(&r, in + i, 1);
    } else {
        feed(&r, in, cut);
        feed(&r, in + cut, n - cut);
    }
    bool between = r.out.n && r.out.p[r.out.n - 1] == ']' && r.p.store_n == 0;
    if (!r.ended && !between) qn_buf_addz(&r.out, "…");
    free(r.store);
    *out = r.out;
}

static void check(const parse_case *c, size_t cut)
{
    qn_buf out;
    transcribe(&out, c->in, c->n, cut);
    if (!qn_str_eqz(qn_buf_str(&out), c->transcript))
        fail_msg("%s, cut at %zd: \"%.*s\", expected \"%s\"", c->name, (ssize_t)cut, QN_FMT(qn_buf_str(&out)),
                 c->transcript);
    qn_buf_free(&out);
}

static void check_all(const parse_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t cut = 0; cut <= cases[i].n; cut++) check(&cases[i], cut);
    for (size_t i = 0; i < n; i++) check(&cases[i], SIZE_MAX);
}

static void right_requests_are_read_however_they_are_split(void **state)
{
    (void)state;
    check_all(right, COUNT(right));
}

static void incomplete_requests_are_waited_for(void **state)
{
    (void)state;
    check_all(waiting, COUNT(waiting));
}

static void wrong_requests_are_refused_however_they_are_split(void **state)
{
    (void)state;
    check_all(wrong, COUNT(wrong));
}

/* ---- limits ---------------------------------------------------------------------------------------------------- */

/* `before`, then `times` times `c`, then `after`. */
static void check_repeated(const char *before, char c, size_t times, const char *after, const char *transcript)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_buf_addz(&b, before);
    for (size_t i = 0; i < times; i++) qn_buf_addc(&b, c);
    qn_buf_addz(&b, after);
    parse_case made = { before, b.p, b.n, transcript };
    check_all(&made, 1);
    qn_buf_free(&b);
}

static void a_target_may_be_as_long_as_the_limit_and_no_longer(void **state)
{
    (void)state;
    char transcript[256];
    snprintf(transcript, sizeof transcript, "GET /%063d keep []", 0);
    check_repeated("GET /", '0', 63, " HTTP/1.1\r\n" H "\r\n", transcript);
    check_repeated("GET /", '0', 64, " HTTP/1.1\r\n" H "\r\n", "!414");
    check_repeated("GET /", '0', 64, "? HTTP/1.1\r\n" H "\r\n", "!414");
    check_repeated("GET /", '0', 500, "", "!414");
    /* The path and the query, each. */
    snprintf(transcript, sizeof transcript, "GET /a?%064d keep []", 0);
    check_repeated("GET /a?", '0', 64, " HTTP/1.1\r\n" H "\r\n", transcript);
    check_repeated("GET /a?", '0', 65, " HTTP/1.1\r\n" H "\r\n", "!414");
    char path[128], both[256];
    snprintf(path, sizeof path, "GET /%063d?", 0);
    snprintf(both, sizeof both, "%s%064d keep []", path, 0);
    check_repeated(path, '0', 64, " HTTP/1.1\r\n" H "\r\n", both);
    check_repeated(path, '0', 65, " HTTP/1.1\r\n" H "\r\n", "!414");
    check_repeated(path, '0', 500, "", "!414");
}

static void where_a_page_begins_is_not_of_that_length(void **state)
{
    (void)state;
    char transcript[256];
    snprintf(transcript, sizeof transcript, "GET /a?%064d&before=123 keep []", 0);
    check_repeated("GET /a?", '0', 64, "&before=123 HTTP/1.1\r\n" H "\r\n", transcript);
    check_repeated("GET /a?", '0', 64, "&after=12345 HTTP/1.1\r\n" H "\r\n", "!414");
    check_repeated("GET /a?", '0', 65, "&before=123 HTTP/1.1\r\n" H "\r\n", "!414");
    check_repeated("GET /a?", '0', 64, "&befor=123 HTTP/1.1\r\n" H "\r\n", "!414");
    check_repeated("GET /a?before=12&", '0', 64, " HTTP/1.1\r\n" H "\r\n", "!414");
    check_repeated("GET /a?after=", '0', 4, " HTTP/1.1\r\n" H "\r\n", "GET /a?after=0000 keep []");
    check_repeated("GET /a?after=", '0', 59, " HTTP/1.1\r\n" H "\r\n", "!414");
}

static void a_method_that_is_longer_than_any_known_one_is_not_implemented(void **state)
{
    (void)state;
    check_repeated("", 'A', 33, " / HTTP/1.1\r\n" H "\r\n", "!501");
    check_repeated("", 'A', 500, "", "!501");
    check_repeated("", '@', 500, "", "!400");
}

static void header_fields_may_have_the_limit_s_bytes_with_their_line_ends(void **state)
{
    (void)state;
    /* nine bytes of Host, and the X line with what ends it */
    check_repeated(GET "X:", 'a', 200 - 9 - 4, "\r\n\r\n", "GET / keep []");
    check_repeated(GET "X:", 'a', 200 - 9 - 4 + 1, "\r\n\r\n", "!431");
    check_repeated(GET "X:", 'a', 2000, "", "!431");
}

static void there_may_be_as_many_header_fields_as_the_limit_says(void **state)
{
    (void)state;
    static const parse_case cases[] = {
        { "eight", B(GET "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\n\r\n"), "GET / keep []" },
        { "nine", B(GET "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\n\r\n"), "!431" },
    };
    check_all(cases, 2);
}

static void chunk_extensions_and_trailers_are_bounded(void **state)
{
    (void)state;
    check_repeated(CHUNKED "1;", 'a', 38, "\r\nx\r\n0\r\n\r\n", "POST /p keep [x]");
    check_repeated(CHUNKED "1;", 'a', 41, "\r\nx\r\n0\r\n\r\n", "POST /p keep [!400");
    check_repeated(CHUNKED "0\r\nX: ", 'a', 300, "\r\n\r\n", "POST /p keep [!431");
}

/* ---- what the head says ---------------------------------------------------------------------------------------- */

static void a_head_s_parts_can_be_read(void **state)
{
    (void)state;
    static const char in[] =
        "POST http://news.example:8080/a/b?c=d?e HTTP/1.1\r\nHOST: other\r\nX-One:  1 \r\nExpect: 100-Continue\r\n"
        "Content-Length: 3\r\n\r\n";
    char store[256];
    qn_http_field fields[8];
    qn_parser p;
    qn_parser_init(&p, &limits, store, sizeof store, fields);
    const char *at = in;
    qn_str data;
    assert_int_equal(qn_parser_next(&p, &at, in + sizeof in - 1, &data), QN_HE_HEAD);
    assert_true(qn_str_eqz(qn_parser_str(&p, p.path), "/a/b"));
    assert_true(p.has_query);
    assert_true(qn_str_eqz(qn_parser_str(&p, p.query), "c=d?e"));
    assert_true(qn_str_eqz(qn_parser_str(&p, p.authority), "news.example:8080"));
    assert_int_equal(p.expect, QN_EXPECT_CONTINUE);
    assert_int_equal(p.length, 3);
    assert_int_equal(p.nfields, 4);
    assert_true(qn_str_eqz((qn_str){ p.store + fields[1].name_at, fields[1].name_n }, "x-one"));
    assert_true(qn_str_eqz(qn_parser_str(&p, fields[1].value), "1"));
}

static void hosts_are_told_from_what_is_none(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a",     "a.b",        "a.b.",       "127.0.0.1:80", "a:",   "a_b",    "0.0.0.0=5000",
        "[::1]", "[::1]:8080", "[fe80::1]:", "[v1.x:y]",     "a%41", "xn--e1a"
    };
    static const char *const bad[] = { "",    "a b",  "a/b",   "a:b", "a:65536", "a@b",   "[::1",     "[::1]x", "[]",
                                       "[:]", "[a]",  "<a>",   "a?b", "a#b",     "\"a\"", "%zz",      "%4",     "..",
                                       ".a",  "a..b", "a:1:2", "::1", ":80",     "a\x7f", "a\xc3\xa9" };
    for (size_t i = 0; i < COUNT(good); i++)
        if (!qn_is_host(qn_str_of(good[i]))) fail_msg("%s is a host", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (qn_is_host(qn_str_of(bad[i]))) fail_msg("%s is no host", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(right_requests_are_read_however_they_are_split),
        cmocka_unit_test(incomplete_requests_are_waited_for),
        cmocka_unit_test(wrong_requests_are_refused_however_they_are_split),
        cmocka_unit_test(a_target_may_be_as_long_as_the_limit_and_no_longer),
        cmocka_unit_test(where_a_page_begins_is_not_of_that_length),
        cmocka_unit_test(a_method_that_is_longer_than_any_known_one_is_not_implemented),
        cmocka_unit_test(header_fields_may_have_the_limit_s_bytes_with_their_line_ends),
        cmocka_unit_test(there_may_be_as_many_header_fields_as_the_limit_says),
        cmocka_unit_test(chunk_extensions_and_trailers_are_bounded),
        cmocka_unit_test(a_head_s_parts_can_be_read),
        cmocka_unit_test(hosts_are_told_from_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
