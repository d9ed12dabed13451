#include "unit.h"

#include <http_parser.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "http/parser.h"

/*
 * Our parser beside libhttp-parser (Debian's 2.9, which Node used until 12) on the same bytes. What they make of them
 * has to be the same, or the reason why it is not stands here: where libhttp-parser is lenient ours refuses, because
 * two readers of one stream that differ are how requests are smuggled.
 */
typedef enum {
    SAME,
    /* Ours refuses what http-parser takes: */
    LONE_LF, /* a line ends in CRLF. RFC 9112 2.2 would let us take a bare LF, but what stands in front may not take it
              */
    LONE_CR, /* RFC 9112 2.2: a bare CR is invalid */
    FOLDED,  /* RFC 9112 5.2: a server refuses obs-fold, or replaces it; http-parser joins the lines */
    HOST,    /* RFC 9112 3.2: a 1.1 request has exactly one valid Host; http-parser does not look. An empty one names no
                site */
    CODING,  /* RFC 9112 6.1: chunked, once, on 1.1; of other codings we know none, and http-parser waits for the body
                all the same */
    CHUNKING, /* RFC 9112 7.1: a size of at most 16 digits, then extensions by their grammar, CRLF; trailers are fields,
                 unfolded */
    TARGET, /* RFC 9112 3.2: a path, or http(s)://host without userinfo, or * with OPTIONS; RFC 3986: ASCII, no fragment
             */
    BLANKS, /* RFC 9112 3: one blank between the parts; 5.1: none before the colon, which http-parser takes but proxies
               do not */
    VERSION, /* RFC 9110 15.6.6: 505 for what is no HTTP/1.x. http-parser takes 0.9 without a version, and any digits */
    EMPTY_LINES, /* RFC 9112 2.2: at least one before a request is let pass: we take four, http-parser any number */
    /* Ours takes, or reads on: */
    METHODS, /* any token is a method (RFC 9110 9.1), and the router answers 501; http-parser has a list */
    TUNNEL /* after CONNECT and Upgrade http-parser stops to read HTTP; there are no tunnels here: a request is answered
            * as one, and after a CONNECT the connection ends */
} why;

typedef struct {
    const char *name, *request;
    why reason;
} difference;

#define G    "GET / HTTP/1.1\r\n"
#define P    "POST /p HTTP/1.1\r\n"
#define H    "Host: a\r\n"
#define C    "Transfer-Encoding: chunked\r\n"
#define NEXT "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

static const difference cases[] = {
    { "plain", G H "\r\n", SAME },
    { "two", G H "\r\n" NEXT, SAME },
    { "sized", P H "Content-Length: 5\r\n\r\nhello" NEXT, SAME },
    { "chunked", P H C "\r\n5\r\nhello\r\n0\r\n\r\n" NEXT, SAME },
    { "extension", P H C "\r\n5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n" NEXT, SAME },
    { "trailer", P H C "\r\n0\r\nX: y\r\n\r\n" NEXT, SAME },
    { "http 1.0", "GET / HTTP/1.0\r\n\r\n", SAME },
    { "1.0 kept", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" NEXT, SAME },
    { "close", G H "Connection: close\r\n\r\n" NEXT, SAME },
    { "close in a list", G H "Connection: x, close\r\n\r\n" NEXT, SAME },
    { "half a head", G H, SAME },
    { "half a body", P H "Content-Length: 5\r\n\r\nhe", SAME },
    { "absolute", "GET http://a/b?c HTTP/1.1\r\n" H "\r\n", SAME },
    { "star", "OPTIONS * HTTP/1.1\r\n" H "\r\n", SAME },
    { "obs-text", G H "X: \xe9\r\n\r\n", SAME },
    { "empty value", G H "X:\r\n\r\n", SAME },
    { "tabs", G H "X:\ta\t\r\n\r\n", SAME },
    { "GET with a body", G H "Content-Length: 3\r\n\r\nabc" NEXT, SAME },
    { "HEAD with a body", "HEAD / HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabc" NEXT, SAME },
    { "one empty line", "\r\n" G H "\r\n", SAME },
    { "five empty lines", "\r\n\r\n\r\n\r\n\r\n" G H "\r\n", EMPTY_LINES },
    { "LF only", "GET / HTTP/1.1\nHost: a\n\n", LONE_LF },
    { "LF after a field", G "Host: a\n\r\n", LONE_LF },
    { "LF at the end", G H "\n", LONE_LF },
    { "LF before a request", "\n" G H "\r\n", LONE_LF },
    { "CR in a value", G H "X: a\rb\r\n\r\n", SAME },
    { "CR in a target", "GET /a\rb HTTP/1.1\r\n" H "\r\n", SAME },
    { "CR CR LF", G H "X: a\r\r\n\r\n", SAME },
    { "CR before a request", "\r" G H "\r\n", LONE_CR },
    { "folded", G H "X: a\r\n b\r\n\r\n", FOLDED },
    { "folded by a tab", G H "X: a\r\n\tb\r\n\r\n", FOLDED },
    { "folded first", G " X: a\r\n" H "\r\n", FOLDED },
    { "no Host", G "\r\n", HOST },
    { "two Hosts", G H H "\r\n", HOST },
    { "Host with a blank", G "Host: a b\r\n\r\n", HOST },
    { "empty Host", G "Host:\r\n\r\n", HOST },
    { "Host with userinfo", G "Host: u@a\r\n\r\n", HOST },
    { "Host with a path", G "Host: a/b\r\n\r\n", HOST },
    { "two lengths", P H "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", SAME },
    { "differing lengths", P H "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", SAME },
    { "a list of lengths", P H "Content-Length: 5, 5\r\n\r\nhello", SAME },
    { "signed", P H "Content-Length: +5\r\n\r\nhello", SAME },
    { "negative", P H "Content-Length: -5\r\n\r\nhello", SAME },
    { "hexadecimal length", P H "Content-Length: 0x5\r\n\r\nhello", SAME },
    { "a blank inside", P H "Content-Length: 1 2\r\n\r\nhello", SAME },
    { "no length", P H "Content-Length: \r\n\r\nhello", SAME },
    { "huge length", P H "Content-Length: 18446744073709551616\r\n\r\nhello", SAME },
    { "leading zeros", P H "Content-Length: 005\r\n\r\nhello", SAME },
    { "fraction", P H "Content-Length: 5.0\r\n\r\nhello", SAME },
    { "length and chunked", P H "Content-Length: 5\r\n" C "\r\n0\r\n\r\n" NEXT, SAME },
    { "chunked and length", P H C "Content-Length: 5\r\n\r\n0\r\n\r\n" NEXT, SAME },
    { "chunked on 1.0", "POST /p HTTP/1.0\r\n" H C "\r\n0\r\n\r\n", CODING },
    { "gzip then chunked", P H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" NEXT, CODING },
    { "chunked then gzip", P H "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" NEXT, SAME },
    { "identity", P H "Transfer-Encoding: identity\r\n\r\n" NEXT, SAME },
    { "xchunked", P H "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" NEXT, SAME },
    { "chunked twice", P H C C "\r\n0\r\n\r\n" NEXT, CODING },
    { "quoted chunked", P H "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" NEXT, SAME },
    { "Chunked", P H "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n" NEXT, SAME },
    { "a VT before chunked", P H "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n" NEXT, SAME },
    { "chunk of no size",
      P H C "\r\n"
            "\r\n\r\n" NEXT,
      SAME },
    { "signed size",
      P H C "\r\n"
            "+1\r\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "0x size",
      P H C "\r\n"
            "0x1\r\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "blank before a size",
      P H C "\r\n"
            " 1\r\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "blank after a size",
      P H C "\r\n"
            "1 \r\na\r\n0\r\n\r\n" NEXT,
      CHUNKING },
    { "underscore in a size",
      P H C "\r\n"
            "1_0\r\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "size past 64 bits",
      P H C "\r\n"
            "10000000000000001\r\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "LF after a size",
      P H C "\r\n"
            "1\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "LF after data",
      P H C "\r\n"
            "1\r\na\n0\r\n\r\n" NEXT,
      SAME },
    { "data too long",
      P H C "\r\n"
            "1\r\nab\r\n0\r\n\r\n" NEXT,
      SAME },
    { "CR in an extension",
      P H C "\r\n"
            "1;a\rb\r\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "LF in an extension",
      P H C "\r\n"
            "1;a\nb\r\na\r\n0\r\n\r\n" NEXT,
      CHUNKING },
    { "extension of no name",
      P H C "\r\n"
            "1;\r\na\r\n0\r\n\r\n" NEXT,
      CHUNKING },
    { "extension of blanks",
      P H C "\r\n"
            "1; =\r\na\r\n0\r\n\r\n" NEXT,
      CHUNKING },
    { "trailer of no name",
      P H C "\r\n"
            "0\r\n: a\r\n\r\n" NEXT,
      SAME },
    { "trailer without colon",
      P H C "\r\n"
            "0\r\nabc\r\n\r\n" NEXT,
      SAME },
    { "folded trailer",
      P H C "\r\n"
            "0\r\nX: a\r\n b\r\n\r\n" NEXT,
      CHUNKING },
    { "leading zeros in a size",
      P H C "\r\n"
            "0000000000000001\r\na\r\n0\r\n\r\n" NEXT,
      SAME },
    { "many zeros in a size",
      P H C "\r\n"
            "00000000000000000001\r\na\r\n0\r\n\r\n" NEXT,
      CHUNKING },
    { "length in a trailer",
      P H C "\r\n"
            "0\r\nContent-Length: 5\r\n\r\n" NEXT,
      SAME },
    { "two blanks", "GET  / HTTP/1.1\r\n" H "\r\n" NEXT, BLANKS },
    { "a tab for a blank", "GET\t/ HTTP/1.1\r\n" H "\r\n" NEXT, SAME },
    { "two blanks before the version", "GET /  HTTP/1.1\r\n" H "\r\n" NEXT, BLANKS },
    { "blank after the version", "GET / HTTP/1.1 \r\n" H "\r\n" NEXT, SAME },
    { "blank before the method", " GET / HTTP/1.1\r\n" H "\r\n" NEXT, SAME },
    { "no version", "GET /\r\n" H "\r\n" NEXT, VERSION },
    { "lower-case version", "GET / http/1.1\r\n" H "\r\n" NEXT, SAME },
    { "HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n" NEXT, SAME },
    { "HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n" NEXT, VERSION },
    { "HTTP/0.9", "GET / HTTP/0.9\r\n" H "\r\n" NEXT, VERSION },
    { "HTTP/11.1", "GET / HTTP/11.1\r\n" H "\r\n" NEXT, SAME },
    { "HTTP/1.", "GET / HTTP/1.\r\n" H "\r\n" NEXT, SAME },
    { "fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n" NEXT, TARGET },
    { "relative target", "GET a HTTP/1.1\r\n" H "\r\n" NEXT, SAME },
    { "star with GET", "GET * HTTP/1.1\r\n" H "\r\n" NEXT, TARGET },
    { "another scheme", "GET ftp://a/ HTTP/1.1\r\n" H "\r\n" NEXT, TARGET },
    { "userinfo", "GET http://u@a/ HTTP/1.1\r\n" H "\r\n" NEXT, TARGET },
    { "no host in the target", "GET http:///a HTTP/1.1\r\n" H "\r\n" NEXT, TARGET },
    { "obs-text in a target", "GET /\351 HTTP/1.1\r\n" H "\r\n" NEXT, TARGET },
    { "NUL-like control in a target", "GET /\x01 HTTP/1.1\r\n" H "\r\n" NEXT, SAME },
    { "DEL in a target", "GET /\x7f HTTP/1.1\r\n" H "\r\n" NEXT, SAME },
    { "unknown method", "BREW / HTTP/1.1\r\n" H "\r\n" NEXT, METHODS },
    { "lower-case method", "get / HTTP/1.1\r\n" H "\r\n" NEXT, METHODS },
    { "method with a slash", "G/T / HTTP/1.1\r\n" H "\r\n" NEXT, SAME },
    { "CONNECT", "CONNECT a:443 HTTP/1.1\r\n" H "\r\n" NEXT, TUNNEL },
    { "WebDAV", "PROPFIND / HTTP/1.1\r\n" H "\r\n" NEXT, SAME },
    { "blank before a colon", G H "X : a\r\n\r\n" NEXT, BLANKS },
    { "tab before a colon", G H "X\t: a\r\n\r\n" NEXT, SAME },
    { "no colon", G H "X a\r\n\r\n" NEXT, SAME },
    { "no name", G H ": a\r\n\r\n" NEXT, SAME },
    { "parenthesis in a name", G H "X(y): a\r\n\r\n" NEXT, SAME },
    { "obs-text in a name", G H "X\xe9: a\r\n\r\n" NEXT, SAME },
    { "control in a value", G H "X: a\001b\r\n\r\n" NEXT, SAME },
    { "DEL in a value", G H "X: a\177b\r\n\r\n" NEXT, SAME },
    { "blank before the first colon", G H "Host : a\r\n\r\n" NEXT, BLANKS },
    { "upgrade", G H "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n" NEXT, TUNNEL },
};

/* ---- the two transcripts ---------------------------------------------------------------------------------------- */

static qn_buf ours(const char *in, size_t n)
{
    static const qn_http_limits limits = {
        .max_target_bytes = 8192, .max_header_bytes = 32768, .max_headers = 100, .max_chunk_ext_bytes = 16384
    };
    static char store[65536];
    qn_http_field fields[100];
    qn_parser p;
    qn_buf out;
    unsigned long long body = 0;
    const char *end = in + n;
    qn_buf_init(&out, 0);
    qn_parser_init(&p, &limits, store, sizeof store, fields);
    for (;;) {
        qn_str data = { 0 };
        qn_http_event e = qn_parser_next(&p, &in, end, &data);
        if (e == QN_HE_ERROR) qn_buf_addz(&out, "refused");
        if (e == QN_HE_ERROR || e == QN_HE_MORE) return out;
        if (e == QN_HE_BODY) body += data.n;
        if (e != QN_HE_DONE) continue;
        qn_str method = qn_parser_str(&p, p.method), target = qn_parser_str(&p, p.target);
        qn_buf_printf(&out, "%.*s %.*s %llu %d; ", QN_FMT(method), QN_FMT(target), body, p.keep_alive);
        if (!p.keep_alive) return out; /* what follows belongs to nobody */
        body = 0;
        qn_parser_init(&p, &limits, store, sizeof store, fields);
    }
}

typedef struct {
    qn_buf out, url;
    unsigned long long body;
    bool over;
} theirs_state;

static int on_begin(http_parser *h)
{
    theirs_state *t = h->data;
    qn_buf_clear(&t->url);
    t->body = 0;
    return 0;
}

static int on_url(http_parser *h, const char *p, size_t n)
{
    theirs_state *t = h->data;
    return qn_buf_add(&t->url, p, n);
}

static int on_body(http_parser *h, const char *p, size_t n)
{
    theirs_state *t = h->data;
    (void)p;
    t->body += n;
    return 0;
}

static int on_complete(http_parser *h)
{
    theirs_state *t = h->data;
    if (t->over) return 0;
    int keep = http_should_keep_alive(h);
    qn_buf_printf(&t->out, "%s %.*s %llu %d; ", http_method_str((enum http_method)h->method),
                  QN_FMT(qn_buf_str(&t->url)), t->body, keep);
    if (!keep || h->upgrade) t->over = true;
    return 0;
}

static const http_parser_settings *settings(void)
{
    static http_parser_settings s;
    http_parser_settings_init(&s);
    s.on_message_begin = on_begin;
    s.on_url = on_url;
    s.on_body = on_body;
    s.on_message_complete = on_complete;
    return &s;
}

static qn_buf theirs(const char *in, size_t n)
{
    theirs_state t = { .over = false };
    http_parser h;
    qn_buf_init(&t.out, 0);
    qn_buf_init(&t.url, 0);
    http_parser_init(&h, HTTP_REQUEST);
    h.data = &t;
    http_parser_execute(&h, settings(), in, n);
    if (HTTP_PARSER_ERRNO(&h) != HPE_OK && !t.over) qn_buf_addz(&t.out, "refused");
    qn_buf_free(&t.url);
    return t.out;
}

/* ---- the comparison --------------------------------------------------------------------------------------------- */

static void compare(const char *name, const char *in, size_t n, why reason)
{
    qn_buf a = ours(in, n), b = theirs(in, n);
    bool same = qn_str_eq(qn_buf_str(&a), qn_buf_str(&b));
    if (same != (reason == SAME))
        fail_msg("%s: %s\nours:   %.*s\ntheirs: %.*s", name,
                 same ? "they agree, and a reason stands here" : "they differ without a reason", QN_FMT(qn_buf_str(&a)),
                 QN_FMT(qn_buf_str(&b)));
    /* But for two kinds ours is the stricter one: it sees no request that http-parser does not. */
    if (!same && reason < METHODS) {
        qn_str text = qn_buf_str(&a);
        assert_true(qn_str_ends(text, QN_STR("refused")));
        text.n -= strlen("refused");
        assert_true(qn_str_starts(qn_buf_str(&b), text));
    }
    qn_buf_free(&a);
    qn_buf_free(&b);
}

static void each_difference_has_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        compare(cases[i].name, cases[i].request, strlen(cases[i].request), cases[i].reason);
}

/* The seeds of the fuzzer, without their first byte, by name. */
static const difference seeds[] = {
    { "absolute", NULL, SAME }, { "barelf", NULL, LONE_LF }, { "both", NULL, SAME },   { "browser", NULL, SAME },
    { "chunked", NULL, SAME },  { "cl2", NULL, SAME },       { "close", NULL, SAME },  { "connect", NULL, TUNNEL },
    { "empty", NULL, SAME },    { "expect", NULL, SAME },    { "fold", NULL, FOLDED }, { "get", NULL, SAME },
    { "h2", NULL, SAME },       { "http10", NULL, SAME },    { "length", NULL, SAME }, { "literal", NULL, SAME },
    { "obstext", NULL, SAME },  { "star", NULL, SAME },      { "te", NULL, CODING },   { "two", NULL, SAME },
    { "wrap", NULL, SAME },
};

static void the_fuzzer_s_corpus_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(seeds); i++) {
        char path[256], in[4096];
        snprintf(path, sizeof path, "tests/fuzz/corpus/http/%s", seeds[i].name);
        FILE *f = fopen(path, "rb");
        if (!f) fail_msg("%s is not there (the test runs at the root of the tree)", path);
        size_t n = fread(in, 1, sizeof in, f);
        fclose(f);
        assert_true(n > 1);
        compare(seeds[i].name, in + 1, n - 1, seeds[i].reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_difference_has_its_reason),
        cmocka_unit_test(the_fuzzer_s_corpus_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
