/*
 * Requests a second of our parser and of libhttp-parser on the same requests, in turns, so that what else the machine
 * does meets both. Prints the ratio of each pair of runs and their median: above 1 ours is ahead. Both look at every
 * part: the target, each field's name and value, the body.
 */
#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/parser.h"

enum { RUNS = 11, RUN_MS = 300, FIELDS = 64 };

typedef struct {
    const char *name, *text;
} sample;

static const sample samples[] = {
    { "curl", "GET /v1/articles HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n" },
    { "browser",
      "GET /v1/articles/kyiv-rebuilds?include=authors,tags&fields=title,slug,body HTTP/1.1\r\nHost: "
      "www.news.example.org\r\n"
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\r\n"
      "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
      "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\nReferer: "
      "https://www.news.example.org/\r\n"
      "Connection: keep-alive\r\nCookie: consent=yes; session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
      "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Site: "
      "same-origin\r\n"
      "Sec-Fetch-User: ?1\r\nIf-None-Match: \"0d3b1a8a54d24a5f9a57d6d5-br\"\r\nCache-Control: max-age=0\r\n\r\n" },
    { "post", "POST /v1/articles HTTP/1.1\r\nHost: localhost:8080\r\nAuthorization: Bearer "
              "qn_0123456789abcdefghijklmnopqrstuv\r\n"
              "Content-Type: application/json\r\nContent-Length: 85\r\n\r\n"
              "{\"title\":\"Kyiv rebuilds\",\"summary\":\"One street at a time.\",\"section\":\"world\",\"a\":123}" },
    { "chunked",
      "POST /v1/import HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: "
      "chunked\r\n\r\n20\r\n0123456789abcdef0123456789abcdef\r\n20\r\n0123456789abcdef0123456789abcdef\r\n0\r\n\r\n" },
};

static size_t seen; /* so that nothing is left out as unused */

static void must(bool right)
{
    if (!right) abort();
}

static void parse_ours(const char *in, size_t n)
{
    static const qn_http_limits limits = {
        .max_target_bytes = 8192, .max_header_bytes = 32768, .max_headers = FIELDS, .max_chunk_ext_bytes = 16384
    };
    static char store[8192];
    static qn_http_field fields[FIELDS];
    qn_parser p;
    const char *end = in + n;
    qn_parser_init(&p, &limits, store, sizeof store, fields);
    for (;;) {
        qn_str data = { 0 };
        qn_http_event e = qn_parser_next(&p, &in, end, &data);
        if (e == QN_HE_HEAD) {
            seen += p.target.n;
            for (uint32_t i = 0; i < p.nfields; i++) seen += p.fields[i].name_n + p.fields[i].value.n;
        } else if (e == QN_HE_BODY) {
            seen += data.n;
        } else {
            must(e == QN_HE_DONE);
            return;
        }
    }
}

static int on_data(http_parser *h, const char *p, size_t n)
{
    (void)h, (void)p;
    seen += n;
    return 0;
}

static int on_complete(http_parser *h)
{
    *(bool *)h->data = true;
    return 0;
}

static void parse_theirs(const char *in, size_t n)
{
    static http_parser_settings s;
    bool whole = false;
    http_parser h;
    if (!s.on_url) {
        http_parser_settings_init(&s);
        s.on_url = s.on_header_field = s.on_header_value = s.on_body = on_data;
        s.on_message_complete = on_complete;
    }
    http_parser_init(&h, HTTP_REQUEST);
    h.data = &whole;
    must(http_parser_execute(&h, &s, in, n) == n && whole);
}

/* Requests a second. */
static double measure(void (*parse)(const char *, size_t), const sample *one)
{
    size_t n = strlen(one->text), count = 0;
    int64_t begin = qn_mono_us(), now;
    do {
        for (int i = 0; i < 1000; i++) parse(one->text, n);
        count += 1000;
        now = qn_mono_us();
    } while (now - begin < RUN_MS * 1000);
    return (double)count * 1e6 / (double)(now - begin);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    int behind = 0;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        double ratios[RUNS], ours = 0, theirs = 0;
        for (int run = 0; run < RUNS; run++) {
            double a = measure(parse_ours, &samples[i]), b = measure(parse_theirs, &samples[i]);
            ratios[run] = a / b;
            if (a > ours) ours = a;
            if (b > theirs) theirs = b;
        }
        qsort(ratios, RUNS, sizeof *ratios, by_value);
        printf("%-8s ours %9.0f/s  http-parser %9.0f/s  ratio %.2f (%.2f to %.2f)\n", samples[i].name, ours, theirs,
               ratios[RUNS / 2], ratios[0], ratios[RUNS - 1]);
        if (ratios[RUNS / 2] < 1) behind++;
    }
    if (seen == 0) return 2;
    return behind ? 1 : 0;
}
