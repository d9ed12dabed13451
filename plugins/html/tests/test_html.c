/*
 * The renderer by itself, then the whole plugin over a host of its own (fakehost.c).
 *
 * tests/data/NAME.json is an array of blocks, NAME.html what has to come of it: a new case is two files. After a change
 * that was meant, `UPDATE=1 test_html` writes the .html anew; read the difference before you commit it.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../html.h"
#include "../render/dates.h"
#include "../render/escape.h"
#include "../render/sha256.h"
#include "../render/style.h"
#include "fakehost.h"

#ifndef TESTS
#define TESTS "tests" /* from the plugin's folder */
#endif
#define TEST_DATA TESTS "/data"

static char *taken(html_buf *b)
{
    html_add(b, "", 1);
    assert_false(b->failed);
    return b->p;
}

/* ---- escaping ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *in, *text, *attr;
} escapes[] = {
    { "plain", "plain", "plain" },
    { "<b> & \"q\" 'a'", "&lt;b&gt; &amp; \"q\" 'a'", "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;" },
    { "&amp;", "&amp;amp;", "&amp;amp;" },
    { "a\tb\nc", "a\tb\nc", "a\tb\nc" },
    { "a\x01\x08\x0b\x1f\x7f"
      "b\xc2\x85"
      "c",
      "abc", "abc" },
    { "Ки\xd1\x97в \xe2\x80\x9cq\xe2\x80\x9d \xf0\x9f\x9a\x86",
      "Ки\xd1\x97в \xe2\x80\x9cq\xe2\x80\x9d \xf0\x9f\x9a\x86",
      "Ки\xd1\x97в \xe2\x80\x9cq\xe2\x80\x9d \xf0\x9f\x9a\x86" },
    { "\xff<\xc0\xaf\xed\xa0\x80>", "\xef\xbf\xbd&lt;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd&gt;",
      "\xef\xbf\xbd&lt;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd&gt;" },
    { "\xf0\x9f\x9a", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
};

static void test_text_and_attributes_are_escaped_for_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++) {
        html_buf text, attr;
        html_buf_init(&text, 1000);
        html_buf_init(&attr, 1000);
        html_text(&text, html_text_of(escapes[i].in));
        html_attr(&attr, html_text_of(escapes[i].in));
        assert_string_equal(taken(&text), escapes[i].text);
        assert_string_equal(taken(&attr), escapes[i].attr);
        html_buf_free(&text);
        html_buf_free(&attr);
    }
}

static const struct {
    const char *in, *link, *image; /* NULL: refused */
} addresses[] = {
    { "https://a.b/c", "https://a.b/c", "https://a.b/c" },
    { "HTTPS://a.b", "HTTPS://a.b", "HTTPS://a.b" },
    { "  http://a.b  ", "http://a.b", "http://a.b" },
    { "http://a.b/\"'<>`\\ {}", "http://a.b/%22&#39;%3C%3E%60%5C%20%7B%7D",
      "http://a.b/%22&#39;%3C%3E%60%5C%20%7B%7D" },
    { "/a?b&c#d", "/a?b&amp;c#d", "/a?b&amp;c#d" },
    { "/%C3%BC/\xc3\xbc", "/%C3%BC/%C3%BC", "/%C3%BC/%C3%BC" },
    { "#a", "#a", NULL },
    { "?a=javascript:b", "?a=javascript:b", NULL },
    { "a/b:c", "a/b:c", NULL },
    { "mailto:a@b.c", "mailto:a@b.c", NULL },
    { "tel:+380", "tel:+380", NULL },
    { "", NULL, NULL },
    { "//a.b", NULL, NULL },
    { "/\\a.b", NULL, NULL },
    { "\\\\a.b", NULL, NULL },
    { "http:", NULL, NULL },
    { "http:a.b", NULL, NULL },
    { "http:///a.b", NULL, NULL },
    { "https://\\a.b", NULL, NULL },
    { "https://@a.b", NULL, NULL },
    { "javascript:alert(1)", NULL, NULL },
    { " \x01jAvAsCrIpT:alert(1)", NULL, NULL },
    { "java\nscript:alert(1)", NULL, NULL },
    { "java\tscript:alert(1)", NULL, NULL },
    { "javascript&colon;alert(1)", NULL, NULL },
    { "javascript%3Aalert(1)", NULL, NULL },
    { "data:text/html,x", NULL, NULL },
    { "data:image/svg+xml,x", NULL, NULL },
    { "vbscript:x", NULL, NULL },
    { "blob:https://a.b/c", NULL, NULL },
    { "file:///etc/passwd", NULL, NULL },
    { "about:blank", NULL, NULL },
    { "x:y", NULL, NULL },
    { ":y", NULL, NULL },
};

static void expect_url(const char *in, html_url_kind kind, const char *wanted)
{
    html_buf b;
    html_buf_init(&b, 1000);
    html_raw(&b, "");
    bool good = html_url(&b, html_text_of(in), kind);
    if (good != (wanted != NULL) || strcmp(taken(&b), wanted ? wanted : "") != 0)
        fail_msg("\"%s\" as %s gave %s\"%s\"", in, kind == HTML_URL_IMAGE ? "image" : "link",
                 good ? "" : "a refusal and ", b.p);
    html_buf_free(&b);
}

static void test_addresses_are_let_through_by_an_allow_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        expect_url(addresses[i].in, HTML_URL_LINK, addresses[i].link);
        expect_url(addresses[i].in, HTML_URL_IMAGE, addresses[i].image);
    }
}

static void test_the_host_is_where_a_link_leads_and_not_what_stands_before_the_at(void **state)
{
    static const char *const cases[][2] = { { "https://a.b/c", "a.b" },
                                            { "http://bank.example@evil.example/x", "evil.example" },
                                            { "https://a.b:8/?@c", "a.b:8" },
                                            { "mailto:a@b.c", "" } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        html_str host = html_host(html_text_of(cases[i][0]));
        assert_int_equal(host.n, strlen(cases[i][1]));
        assert_memory_equal(host.p ? host.p : "", cases[i][1], host.n);
    }
}

static void test_a_buffer_past_its_bound_says_so_and_stays_as_it_was(void **state)
{
    html_buf b;
    (void)state;
    html_buf_init(&b, 4);
    html_raw(&b, "abc");
    html_raw(&b, "de");
    assert_true(b.failed);
    assert_int_equal(b.n, 3);
    html_addc(&b, 'x');
    assert_int_equal(b.n, 3);
    html_cut(&b, 1);
    assert_false(b.failed);
    html_raw(&b, "yz");
    assert_memory_equal(b.p, "ayz", 3);
    html_buf_free(&b);
}

/* ---- small things ------------------------------------------------------------------------------------------------ */

static void test_sha256_gives_the_digests_of_fips_180(void **state)
{
    static const struct {
        const char *in;
        int times;
        const char *out;
    } cases[] = {
        { "", 1, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" },
        { "abc", 1, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
          "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE=" },
        { "a", 1000000, "zcduXJkU+5KBocfihNc+Z/GAmkiklyAOBG05zMcRLNA=" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[HTML_SHA256_TEXT];
        html_buf b;
        html_buf_init(&b, 2000000);
        for (int k = 0; k < cases[i].times; k++) html_raw(&b, cases[i].in);
        html_sha256(out, (html_str){ b.p, b.n });
        assert_string_equal(out, cases[i].out);
        html_buf_free(&b);
    }
}

static const struct {
    const char *in;
    bool clock, numbers;
    const char *out; /* NULL: none */
} times[] = {
    { "2026-11-23T10:05:59.999Z", false, false, "<time datetime=\"2026-11-23T10:05:59.999Z\">23 November 2026</time>" },
    { "2026-01-02T10:05:59.999Z", true, false,
      "<time datetime=\"2026-01-02T10:05:59.999Z\">2 January 2026, 10:05 UTC</time>" },
    { "2026-11-23T10:05:59Z", true, true,
      "<time datetime=\"2026-11-23T10:05:59Z\" dir=\"ltr\">2026-11-23, 10:05 UTC</time>" },
    { "2026-13-23T10:05:59Z", false, false, NULL },
    { "2026-11-00T10:05:59Z", false, false, NULL },
    { "2026-11-23T10:05:59+01:00", false, false, NULL },
    { "2026-11-23", false, false, NULL },
    { "", false, false, NULL },
    { "\"><script>aaaaaaaaaaZ", false, false, NULL },
};

static void test_times_are_written_for_readers_and_machines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        html_buf b;
        html_buf_init(&b, 1000);
        bool good = html_time(&b, html_text_of(times[i].in), times[i].clock, times[i].numbers, "");
        assert_int_equal(good, times[i].out != NULL);
        assert_string_equal(taken(&b), times[i].out ? times[i].out : "");
        html_buf_free(&b);
    }
}

static void test_right_to_left_is_known_by_the_language(void **state)
{
    static const char *const rtl[] = { "ar", "he", "fa", "ur", "AR-eg", "fa-IR", "yi" }, *const ltr[] = {
        "en", "uk", "arn", "", "f", "hea"
    };
    (void)state;
    for (size_t i = 0; i < sizeof rtl / sizeof *rtl; i++) assert_true(html_is_rtl(html_text_of(rtl[i])));
    for (size_t i = 0; i < sizeof ltr / sizeof *ltr; i++) assert_false(html_is_rtl(html_text_of(ltr[i])));
}

static void test_headings_go_down_one_level_at_a_time_whatever_the_source_says(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 2000; seed++) {
        html_outline o = { .base = 1 };
        unsigned x = seed * 2654435761u + 1;
        int last = 1;
        for (int i = 0; i < 30; i++) {
            x = x * 1103515245u + 12345u;
            int page = html_outline_enter(&o, (int)(x >> 16) % 9 - 1);
            assert_in_range(page, 2, 6);
            assert_true(page <= last + 1);
            last = page;
        }
    }
}

/* ---- blocks, as data --------------------------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = NULL;
    size_t n = 0;
    if (!f) return NULL;
    FILE *m = open_memstream(&text, &n);
    for (int c; (c = fgetc(f)) != EOF;) fputc(c, m);
    fclose(m);
    fclose(f);
    return text;
}

static void check_case(const char *name)
{
    char path[600];
    html_buf b;
    html_body body = { .out = &b, .outline = { .base = 1 } };
    snprintf(path, sizeof path, "%s/%s.json", TEST_DATA, name);
    json_t *blocks = json_load_file(path, JSON_ALLOW_NUL, NULL);
    if (!blocks) fail_msg("%s is no JSON", path);
    html_buf_init(&b, 1000000);
    html_raw(&b, "");
    html_body_of(&body, (const qn_json *)blocks);
    snprintf(path, sizeof path, "%s/%s.html", TEST_DATA, name);
    if (getenv("UPDATE")) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(b.p, 1, b.n, f);
        fclose(f);
    }
    char *wanted = read_file(path);
    if (!wanted || strcmp(taken(&b), wanted) != 0)
        fail_msg("%s gave\n%s\ninstead of\n%s", name, b.p, wanted ? wanted : "(no file)");
    free(wanted);
    json_decref(blocks);
    html_buf_free(&b);
}

static void test_blocks_become_what_stands_beside_them(void **state)
{
    DIR *dir = opendir(TEST_DATA);
    size_t cases = 0;
    (void)state;
    assert_non_null(dir);
    json_t *none = json_object();
    assert_int_equal(fake_start((fake_host){ 0 }, none), 0);
    for (struct dirent *e; (e = readdir(dir));) {
        char *dot = strrchr(e->d_name, '.');
        if (!dot || strcmp(dot, ".json") != 0) continue;
        *dot = '\0';
        check_case(e->d_name);
        cases++;
    }
    fake_stop();
    json_decref(none);
    closedir(dir);
    assert_true(cases >= 20);
}

static char *rendered(const char *markdown, size_t n)
{
    html_buf b;
    html_outline o = { .base = 1 };
    html_buf_init(&b, 64 * 1024 * 1024);
    html_markdown(&b, (html_str){ markdown, n }, &o);
    return taken(&b);
}

static void test_what_multiplies_itself_is_shown_as_the_text_it_is(void **state)
{
    (void)state;
    size_t half = 40000, n = 2 * half;
    char *text = malloc(n + 1);
    int at = snprintf(text, n, "[a]: /");
    memset(text + at, 'x', half);
    memcpy(text + half, "\n\n", 2);
    for (size_t i = half + 2; i + 3 <= n; i += 3) memcpy(text + i, "[a]", 3);
    text[half + 2 + (n - half - 2) / 3 * 3] = '\0';
    char *html_out = rendered(text, strlen(text));
    assert_true(strlen(html_out) < 3 * n);
    assert_non_null(strstr(html_out, "<p>[a]: /xxx"));
    free(html_out);
    free(text);
}

static void test_a_long_text_without_markup_comes_through_whole(void **state)
{
    (void)state;
    size_t n = 262144;
    char *text = malloc(n);
    for (size_t i = 0; i < n; i++) text[i] = i % 80 == 79 ? '\n' : (char)('a' + i % 26);
    char *html_out = rendered(text, n);
    assert_true(strlen(html_out) >= n && strlen(html_out) < n + 64);
    free(html_out);
    free(text);
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

static json_t *content(void)
{
    json_error_t error;
    json_t *v = json_load_file(TESTS "/content.json", 0, &error);
    if (!v) fail_msg("content.json:%d: %s", error.line, error.text);
    return v;
}

typedef struct {
    json_t *content;
    fake_answer answer;
} page;

static void get(page *p, fake_host how, const char *target)
{
    p->content = content();
    assert_int_equal(fake_start(how, p->content), 0);
    fake_get(&p->answer, target);
    assert_int_equal(p->answer.answers, 1);
}

static void done(page *p)
{
    fake_answer_free(&p->answer);
    fake_stop();
    json_decref(p->content);
}

static void has(const page *p, const char *what)
{
    if (!strstr(p->answer.body, what)) fail_msg("%s\n\ndoes not have\n%s", strstr(p->answer.body, "<body"), what);
}

static void has_not(const page *p, const char *what)
{
    if (strstr(p->answer.body, what)) fail_msg("has %s", what);
}

static void test_an_article_is_a_whole_page(void **state)
{
    page p;
    (void)state;
    get(&p, (fake_host){ 0 }, "/articles/first");
    assert_int_equal(p.answer.status, 200);
    assert_string_equal(p.answer.type, "text/html; charset=utf-8");
    assert_memory_equal(p.answer.body, "<!doctype html>\n<html lang=\"en\" dir=\"ltr\"", 41);
    has(&p, "<title>For engines — Quoin</title>");
    has(&p, "<meta name=\"description\" content=\"Described\">");
    has(&p, "<link rel=\"canonical\" href=\"https://else.example/x\">");
    has(&p, "<h1 itemprop=\"headline\">First &amp; &lt;foremost&gt;</h1>");
    has(&p, "itemprop=\"description\">A \"summary\"</p>");
    has(&p, "<h2 id=\"block-b1\">Inside</h2>");
    has(&p, "He said: 'war and terror.'");
    has(&p,
        "<time datetime=\"2026-11-23T10:00:00.000Z\" itemprop=\"datePublished\">23 November 2026, 10:00 UTC</time>");
    has(&p, "href=\"/tags/air-defense\"><span itemprop=\"keywords\">Air defense</span>");
    has(&p, "<a class=\"skip\" href=\"#content\"");
    has(&p, "<main id=\"content\"");
    has_not(&p, "<script");
    done(&p);
}

static void test_the_byline_names_the_live_authors_in_their_order(void **state)
{
    page p;
    (void)state;
    get(&p, (fake_host){ 0 }, "/articles/first");
    char *bo = strstr(p.answer.body, "<span itemprop=\"name\">Bo</span>"),
         *ann = strstr(p.answer.body, "<span itemprop=\"name\">Ann &lt;b&gt;</span>");
    assert_non_null(bo);
    assert_non_null(ann);
    assert_true(bo < ann);
    has_not(&p, "u9");
    done(&p);
}

static void test_related_articles_stand_under_you_might_also_like(void **state)
{
    page p;
    (void)state;
    get(&p,
        (fake_host){ .related =
                         "[{\"slug\":\"fourth\",\"title\":\"<Fourth>\",\"published_at\":\"2026-11-20T10:00:00.000Z\"},"
                         "{\"title\":\"no slug\"},{\"slug\":\"a\\\"b\"}]" },
        "/articles/first");
    has(&p, "<h2 id=\"related\">You Might Also Like</h2>");
    has(&p, "<a href=\"/articles/fourth\">&lt;Fourth&gt;</a>");
    has(&p, "<a href=\"/articles/a%22b\">a\"b</a>");
    has_not(&p, "no slug");
    done(&p);
}

static void test_without_recommendations_there_is_no_heading_for_them(void **state)
{
    static const fake_host hosts[] = { { 0 },
                                       { .related = "[]" },
                                       { .related = "{}" },
                                       { .related_err = QN_EUNAVAIL },
                                       { .related = "[{\"slug\":\"x\"}]", .options = "{\"related\":\"0\"}" } };
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        page p;
        get(&p, hosts[i], "/articles/first");
        assert_int_equal(p.answer.status, 200);
        has_not(&p, "You Might Also Like");
        done(&p);
    }
}

static void test_a_page_speaks_its_articles_language_and_the_rest_its_own(void **state)
{
    page p;
    (void)state;
    get(&p, (fake_host){ .related = "[{\"slug\":\"x\",\"title\":\"X\"}]" }, "/articles/third");
    has(&p, "<html lang=\"he\" dir=\"rtl\"");
    has(&p, "aria-labelledby=\"related\" lang=\"en\" dir=\"ltr\">");
    has(&p, "<link rel=\"canonical\" href=\"/articles/third?locale=he\">");
    has(&p, "dir=\"ltr\" itemprop=\"datePublished\">2026-11-21, 10:00 UTC</time>");
    done(&p);
}

static const struct {
    const char *target;
    int status;
    const char *location;
} ways[] = {
    { "/articles/first", 200, "" },
    { "/articles/first?locale=en", 200, "" },
    { "/articles/first?locale=uk", 404, "" },
    { "/articles/nothing", 404, "" },
    { "/articles/erst", 308, "/articles/first" },
    { "/articles/i1", 308, "/articles/first" },
    { "/articles/i2", 308, "/articles/second?locale=uk" },
    { "/articles/first?locale=e%20n", 400, "" },
    { "/articles/first?locale=", 400, "" },
    { "/", 200, "" },
    { "/?locale=uk", 200, "" },
    { "/?after=c1", 200, "" },
    { "/?after=x", 400, "" },
    { "/?after=", 400, "" },
    { "/?after=c1&before=c2", 400, "" },
    { "/tags/kyiv", 200, "" },
    { "/tags/kyiv?before=c1", 200, "" },
    { "/tags/kyiv?after=c99", 200, "" },
    { "/tags/kyiv?before=x", 400, "" },
    { "/tags/nothing", 404, "" },
    { "/tags/Kyiv", 404, "" },
    { "/tags/-kyiv", 404, "" },
    { "/tags/ky--iv", 404, "" },
    { "/tags/kyiv?locale=de", 404, "" },
};

static void test_every_address_has_its_answer_in_html_under_the_policy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        page p;
        get(&p, (fake_host){ 0 }, ways[i].target);
        if (p.answer.status != ways[i].status)
            fail_msg("%s gave %d, not %d", ways[i].target, p.answer.status, ways[i].status);
        assert_string_equal(p.answer.type, "text/html; charset=utf-8");
        assert_string_equal(fake_header(&p.answer, "location"), ways[i].location);
        assert_non_null(strstr(fake_header(&p.answer, "content-security-policy"), "default-src 'none'"));
        has(&p, "</html>");
        has(&p, "<h1");
        done(&p);
    }
}

static void test_the_policy_names_the_style_that_stands_in_the_page(void **state)
{
    char hash[HTML_SHA256_TEXT], wanted[200];
    page p;
    (void)state;
    get(&p, (fake_host){ 0 }, "/articles/first");
    char *from = strstr(p.answer.body, "<style>"), *to = strstr(p.answer.body, "</style>");
    assert_non_null(from);
    assert_non_null(to);
    html_sha256(hash, (html_str){ from + 7, (size_t)(to - from) - 7 });
    snprintf(wanted, sizeof wanted, "style-src 'sha256-%s'", hash);
    assert_non_null(strstr(fake_header(&p.answer, "content-security-policy"), wanted));
    assert_null(strstr(fake_header(&p.answer, "content-security-policy"), "unsafe"));
    done(&p);
}

static void test_the_front_page_leads_with_the_newest_and_sorts_the_rest_by_section(void **state)
{
    page p;
    (void)state;
    get(&p, (fake_host){ .options = "{\"tagline\":\"All of it\"}" }, "/");
    has(&p, "<h1 class=\"name\"><a href=\"/\">Quoin</a></h1>");
    has(&p, "<span>All of it</span>");
    has(&p, "<article class=\"teaser lead\">\n<p class=\"kicker\">World</p>\n<h2><a href=\"/articles/first\">");
    has(&p, "<a href=\"/articles/second?locale=uk\">");
    has(&p, "<article class=\"teaser\" lang=\"uk\" dir=\"ltr\">");
    has(&p, "<h2 id=\"desk-0\">World</h2>");
    has(&p, "<h2 id=\"desk-1\">More news</h2>");
    has(&p, "<h3><a href=\"/articles/sixth\">");
    has_not(&p, "rel=\"next\"");
    done(&p);
}

static void test_an_empty_site_has_a_front_page_too(void **state)
{
    json_t *none = json_object();
    fake_answer a;
    (void)state;
    assert_int_equal(fake_start((fake_host){ 0 }, none), 0);
    fake_get(&a, "/");
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(a.body, "No story has been published yet."));
    fake_answer_free(&a);
    fake_stop();
    json_decref(none);
}

static void test_lists_are_paged_in_both_directions_and_keep_the_language(void **state)
{
    page p;
    (void)state;
    get(&p, (fake_host){ .options = "{\"tag_stories\":\"1\"}" }, "/tags/kyiv?after=c1");
    has(&p, "<h1>Kyiv</h1>");
    has(&p, "<a rel=\"prev\" href=\"/tags/kyiv?before=c0\">");
    has(&p, "<a rel=\"next\" href=\"/tags/kyiv?after=c2\">");
    done(&p);
    get(&p, (fake_host){ .options = "{\"front_stories\":\"2\"}" }, "/?locale=en");
    has(&p, "<a rel=\"next\" href=\"/?locale=en&amp;after=c2\">");
    done(&p);
}

#define FIRST "entry:i1 type:author"

static const struct {
    fake_host how;
    const char *target, *cache, *kept;
} caches[] = {
    { { 0 }, "/articles/first", "public, max-age=0, s-maxage=60", FIRST },
    { { 0 }, "/articles/second", "public, max-age=0, s-maxage=5", "entry:i2 type:author" },
    { { 0 }, "/articles/third", "public, max-age=0, s-maxage=0", "entry:i3 type:author" },
    { { .role = "editor" }, "/articles/first", "", FIRST },
    { { .role = "public" }, "/", "", "type:article" },
    { { 0 }, "/", "public, max-age=0, s-maxage=60", "type:article" },
    { { .options = "{\"shared_max_age_s\":\"0\"}" }, "/", "public, max-age=0, s-maxage=0", "type:article" },
    { { .options = "{\"shared_max_age_s\":\"600\"}" }, "/tags/kyiv", "public, max-age=0, s-maxage=600", "tag:kyiv" },
    { { 0 }, "/articles/nothing", "", NULL },
    { { .related = "[]" },
      "/articles/first",
      "public, max-age=0, s-maxage=60",
      "entry:i1 type:author plugin:recommend entry:x" },
    { { .related = "[]", .related_err = QN_ETIMEOUT }, "/articles/first", "", NULL }, /* the next one may have them */
};

static void test_pages_name_what_they_are_made_of_and_caches_have_only_what_the_public_sees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof caches / sizeof *caches; i++) {
        page p;
        get(&p, caches[i].how, caches[i].target);
        assert_string_equal(fake_header(&p.answer, "cache-control"), caches[i].cache);
        char key[128];
        snprintf(key, sizeof key, "%s types", caches[i].kept ? caches[i].kept : "");
        assert_string_equal(fake_header(&p.answer, "surrogate-key"), *caches[i].cache ? key : "");
        assert_int_equal(!p.answer.kept, !caches[i].kept);
        if (p.answer.kept) assert_string_equal(p.answer.kept, caches[i].kept);
        done(&p);
    }
}

static void test_a_host_in_trouble_is_a_page_that_says_come_back(void **state)
{
    static const fake_host hosts[] = { { .refuse_err = QN_EBUSY },
                                       { .content_err = QN_EUNAVAIL },
                                       { .content_err = QN_ETIMEOUT } };
    static const char *const targets[] = { "/articles/first", "/", "/tags/kyiv" };
    (void)state;
    for (size_t i = 0; i < 9; i++) {
        page p;
        get(&p, hosts[i / 3], targets[i % 3]);
        assert_int_equal(p.answer.status, 503);
        assert_string_equal(fake_header(&p.answer, "retry-after"), "2");
        assert_string_equal(fake_header(&p.answer, "cache-control"), "no-store");
        has(&p, "Back in a moment");
        done(&p);
    }
}

static void test_authors_that_cannot_be_read_are_no_article_without_a_byline(void **state)
{
    page p;
    (void)state;
    get(&p, (fake_host){ .list_err = QN_EUNAVAIL }, "/articles/first");
    assert_int_equal(p.answer.status, 503);
    done(&p);
}

static void test_a_call_that_has_ended_is_touched_no_more(void **state)
{
    static const char *const targets[] = { "/articles/first", "/", "/tags/kyiv" };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        json_t *c = content();
        fake_answer a;
        assert_int_equal(fake_start((fake_host){ .content_err = QN_ECANCELED }, c), 0);
        fake_get(&a, targets[i]);
        assert_int_equal(a.answers, 0);
        fake_answer_free(&a);
        fake_stop();
        json_decref(c);
    }
}

static void test_canonical_addresses_begin_with_the_public_url(void **state)
{
    page p;
    (void)state;
    get(&p, (fake_host){ .options = "{\"public_url\":\"https://news.example/\"}" }, "/articles/second");
    has(&p, "<link rel=\"canonical\" href=\"https://news.example/articles/second?locale=uk\">");
    has(&p, "<meta property=\"og:url\" content=\"https://news.example/articles/second?locale=uk\">");
    done(&p);
}

static void test_wrong_options_are_refused_before_anything_starts(void **state)
{
    static const char *const wrong[] = { "{\"public_url\":\"news.example\"}",
                                         "{\"public_url\":\"javascript:x\"}",
                                         "{\"public_url\":\"https://a.b/?c\"}",
                                         "{\"public_url\":\"https://a\\\"b\"}",
                                         "{\"locale\":\"en US\"}",
                                         "{\"locale\":\"\"}",
                                         "{\"site_name\":\"\"}" };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        json_t *c = json_object();
        assert_true(fake_start((fake_host){ .options = wrong[i] }, c) < 0);
        assert_true(strlen(fake_refused()) > 10);
        fake_stop();
        json_decref(c);
    }
}

static void test_the_selftest_passes(void **state)
{
    json_t *c = json_object();
    (void)state;
    assert_int_equal(fake_start((fake_host){ 0 }, c), 0);
    assert_int_equal(fake_selftest(), 0);
    fake_stop();
    json_decref(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_attributes_are_escaped_for_their_place),
        cmocka_unit_test(test_addresses_are_let_through_by_an_allow_list),
        cmocka_unit_test(test_the_host_is_where_a_link_leads_and_not_what_stands_before_the_at),
        cmocka_unit_test(test_a_buffer_past_its_bound_says_so_and_stays_as_it_was),
        cmocka_unit_test(test_sha256_gives_the_digests_of_fips_180),
        cmocka_unit_test(test_times_are_written_for_readers_and_machines),
        cmocka_unit_test(test_right_to_left_is_known_by_the_language),
        cmocka_unit_test(test_headings_go_down_one_level_at_a_time_whatever_the_source_says),
        cmocka_unit_test(test_blocks_become_what_stands_beside_them),
        cmocka_unit_test(test_what_multiplies_itself_is_shown_as_the_text_it_is),
        cmocka_unit_test(test_a_long_text_without_markup_comes_through_whole),
        cmocka_unit_test(test_an_article_is_a_whole_page),
        cmocka_unit_test(test_the_byline_names_the_live_authors_in_their_order),
        cmocka_unit_test(test_related_articles_stand_under_you_might_also_like),
        cmocka_unit_test(test_without_recommendations_there_is_no_heading_for_them),
        cmocka_unit_test(test_a_page_speaks_its_articles_language_and_the_rest_its_own),
        cmocka_unit_test(test_every_address_has_its_answer_in_html_under_the_policy),
        cmocka_unit_test(test_the_policy_names_the_style_that_stands_in_the_page),
        cmocka_unit_test(test_the_front_page_leads_with_the_newest_and_sorts_the_rest_by_section),
        cmocka_unit_test(test_an_empty_site_has_a_front_page_too),
        cmocka_unit_test(test_lists_are_paged_in_both_directions_and_keep_the_language),
        cmocka_unit_test(test_pages_name_what_they_are_made_of_and_caches_have_only_what_the_public_sees),
        cmocka_unit_test(test_a_host_in_trouble_is_a_page_that_says_come_back),
        cmocka_unit_test(test_authors_that_cannot_be_read_are_no_article_without_a_byline),
        cmocka_unit_test(test_a_call_that_has_ended_is_touched_no_more),
        cmocka_unit_test(test_canonical_addresses_begin_with_the_public_url),
        cmocka_unit_test(test_wrong_options_are_refused_before_anything_starts),
        cmocka_unit_test(test_the_selftest_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
