#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"

/* An article is at most 1 MiB of JSON, and nothing in it grows more than some twentyfold. */
enum { PAGE_MOST = 32 * 1024 * 1024, LOCALE_MOST = 35 /* RFC 5646 4.4.1 */, SLUG_MOST = 300 };

static void free_page(void *arg)
{
    html_buf *b = arg;
    html_buf_free(b);
    free(b);
}

html_buf *html_page(qn_call *req)
{
    html_buf *b = malloc(sizeof *b);
    if (b) {
        html_buf_init(b, PAGE_MOST);
        if (!html.qn->defer(req, free_page, b)) return b;
        free_page(b);
    }
    html.qn->fail_err(req, QN_ENOMEM);
    return NULL;
}

static void headers(qn_call *req)
{
    html.qn->reply_header(req, "Content-Security-Policy", html.policy);
    html.qn->reply_header(req, "Referrer-Policy", "strict-origin-when-cross-origin");
}

static void reply(qn_call *req, int status, const html_buf *page)
{
    if (page->failed) {
        html.qn->log(html.self, QN_LOG_ERROR, req, "the page is out of memory or over %d bytes", PAGE_MOST);
        html.qn->fail_err(req, QN_ENOMEM);
        return;
    }
    headers(req);
    html.qn->reply(req, status, "text/html; charset=utf-8", (qn_str){ page->p, page->n });
}

static bool is_public(qn_call *req)
{
    return !html.qn->header(req, "authorization").p && html_eq(html_of(html.qn->caller_role(req)), "public");
}

/* What keep() says by itself of caches in front is the host's own time. */
static void say_age(qn_call *req, int64_t valid_ms, const char *depends)
{
    int64_t age = html.shared_max_age_s;
    if (age == HTML_SHARED_MAX_AGE_S || !is_public(req)) return;
    if (valid_ms >= 0 && valid_ms / 1000 < age) age = valid_ms / 1000;
    html.qn->reply_header(req, "Cache-Control", html.qn->print(req, "public, max-age=0, s-maxage=%" PRId64, age));
    html.qn->reply_header(req, "Surrogate-Key", html.qn->print(req, "%s types", depends));
}

void html_answer(qn_call *req, const html_buf *page, int64_t valid_ms, const char *depends)
{
    if (depends && !page->failed) {
        say_age(req, valid_ms, depends);
        int err = html.qn->keep(req, valid_ms, depends);
        if (err) html.qn->log(html.self, QN_LOG_WARN, req, "the page is not kept (%d): it depends on %s", err, depends);
    }
    reply(req, 200, page);
}

static void error_page(qn_call *req, int status, const char *title, const char *text)
{
    html_buf *page = html_page(req);
    if (!page) return;
    html_error(page, &html.site, title, text);
    reply(req, status, page);
}

void html_not_found(qn_call *req)
{
    error_page(req, 404, "This page is not here",
               "It may have been moved or taken down, or its address has a mistake in it.");
}

void html_bad_request(qn_call *req, const char *text)
{
    error_page(req, 400, "This address cannot be read", text);
}

void html_failed(qn_call *req, int err)
{
    switch (err) {
    case QN_ECANCELED:
        return;
    case QN_ENOTFOUND:
    case QN_EDENIED:
        html_not_found(req);
        return;
    case QN_EBUSY:
    case QN_EUNAVAIL:
    case QN_ETIMEOUT:
        html.qn->reply_header(req, "Retry-After", "2");
        html.qn->reply_header(req, "Cache-Control", "no-store");
        error_page(req, 503, "Back in a moment",
                   "The page cannot be read just now. Please try again in a few seconds.");
        return;
    default:
        html.qn->fail_err(req, err);
    }
}

void html_moved(qn_call *req, qn_str slug, qn_str locale)
{
    html_buf *path = html_page(req);
    if (!path) return;
    html_article_path(path, &html.site, html_of(slug), html_of(locale));
    html_add(path, "", 1);
    if (path->failed) {
        html.qn->fail_err(req, QN_ENOMEM);
        return;
    }
    html.qn->reply_header(req, "Location", path->p);
    error_page(req, 308, "This story has moved", "Your browser is being sent to its present address.");
}

bool html_locale(qn_str *out, qn_call *req)
{
    qn_str s = html.qn->query(req, "locale");
    bool good = s.p == NULL || (s.n > 0 && s.n <= LOCALE_MOST);
    for (size_t i = 0; good && i < s.n; i++) {
        char c = s.p[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (good)
        *out = s;
    else
        html_bad_request(req, "\"locale\" has to be a language like \"en\" or \"pt-BR\".");
    return good;
}

bool html_is_slug(qn_str s)
{
    if (!s.n || s.n > SLUG_MOST) return false;
    for (size_t i = 0; i < s.n; i++) {
        bool dash = s.p[i] == '-' && i > 0 && i + 1 < s.n && s.p[i - 1] != '-';
        if (!dash && !(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9')) return false;
    }
    return true;
}
