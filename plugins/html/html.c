/*
 * Pages for readers: /articles/{slug}, / and /tags/{slug}; and the files of the site's looks under /static. This file
 * is the plugin's face; article.c, lists.c and files.c answer, model.c reads the API's JSON, render/ knows nothing of
 * any of it.
 */
#include "html.h"

#include <stdlib.h>
#include <string.h>

#include "render/escape.h"
#include "render/style.h"

html_plugin html;

static const qn_option options[] = {
    { .name = "site_name",
      .kind = QN_OPTION_TEXT,
      .def = "Quoin",
      .min = 1,
      .max = 80,
      .help = "The newspaper's name, over every page." },
    { .name = "tagline", .kind = QN_OPTION_TEXT, .def = "", .max = 200, .help = "A line under it on the front page." },
    { .name = "locale",
      .kind = QN_OPTION_TEXT,
      .def = "en",
      .max = 35,
      .help = "The newsroom's main language: articles in others are linked to with ?locale=." },
    { .name = "public_url",
      .kind = QN_OPTION_TEXT,
      .def = "",
      .max = 500,
      .help = "Where readers find the site, like https://news.example: canonical addresses begin with it." },
    { .name = "front_stories",
      .kind = QN_OPTION_INT,
      .def = "40",
      .min = 1,
      .max = 200,
      .help = "Articles on the front page." },
    { .name = "tag_stories",
      .kind = QN_OPTION_INT,
      .def = "20",
      .min = 1,
      .max = 200,
      .help = "Articles on a page of a tag." },
    { .name = "related",
      .kind = QN_OPTION_INT,
      .def = "5",
      .min = 0,
      .max = 20,
      .help = "Articles under \"You Might Also Like\", where the plugin recommend is loaded; 0: none." },
    { .name = "shared_max_age_s",
      .kind = QN_OPTION_INT,
      .def = "60",
      .min = 0,
      .max = 86400,
      .unit = "s",
      .help = "How long caches in front may keep a page; they ask again where 0." },
    { .name = "static_dir",
      .kind = QN_OPTION_TEXT,
      .def = "",
      .max = 500,
      .help = "A folder whose files are served under /static; empty: none are." },
    { .name = "stylesheet",
      .kind = QN_OPTION_TEXT,
      .def = "",
      .max = 200,
      .help = "A style sheet in static_dir that every page loads after its own, like theme.css." },
    { .name = "static_max_age_s",
      .kind = QN_OPTION_INT,
      .def = "300",
      .min = 0,
      .max = 31536000,
      .unit = "s",
      .help = "How long browsers and caches may keep those files; they ask again where 0." },
    { 0 },
};

static bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7F) return true;
    return false;
}

static int check(qn_plugin *self, const qn_api *qn)
{
    const char *url = qn->option_text(self, "public_url"), *locale = qn->option_text(self, "locale");
    if (*url && (!html_is_web(html_text_of(url)) || strpbrk(url, "?#\"'<> ") || has_control(url)))
        return qn->refuse(self, "public_url is \"%s\": it has to be like https://news.example", url);
    for (const char *c = locale; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", *c))
            return qn->refuse(self, "locale is \"%s\": it has to be a language like en or pt-BR", locale);
    if (!*locale || !*qn->option_text(self, "site_name"))
        return qn->refuse(self, "locale and site_name cannot be empty");
    return html_check_files(self, qn);
}

static int read_options(qn_plugin *self, const qn_api *qn)
{
    html_buf policy;
    html_buf_init(&policy, 4096);
    const char *sheet = qn->option_text(self, "stylesheet");
    html_policy(&policy, *sheet != '\0');
    html_add(&policy, "", 1);
    html.public_url = strdup(qn->option_text(self, "public_url"));
    if (policy.failed || !html.public_url) {
        html_buf_free(&policy);
        return qn->refuse(self, "out of memory");
    }
    html.policy = policy.p;
    html.site = (html_site){ .name = html_text_of(qn->option_text(self, "site_name")),
                             .tagline = html_text_of(qn->option_text(self, "tagline")),
                             .locale = html_text_of(qn->option_text(self, "locale")),
                             .public_url = html_text_of(html.public_url),
                             .stylesheet = html_text_of(sheet) };
    while (html.site.public_url.n && html.site.public_url.p[html.site.public_url.n - 1] == '/')
        html.site.public_url.n--;
    html.front_stories = (uint32_t)qn->option_int(self, "front_stories");
    html.tag_stories = (uint32_t)qn->option_int(self, "tag_stories");
    html.related = (uint32_t)qn->option_int(self, "related");
    html.shared_max_age_s = qn->option_int(self, "shared_max_age_s");
    html.static_dir = qn->option_text(self, "static_dir");
    html.static_max_age_s = qn->option_int(self, "static_max_age_s");
    return 0;
}

static int init(qn_plugin *self, const qn_api *qn)
{
    static const struct {
        const char *pattern, *params;
        void (*fn)(qn_call *req, void *ctx);
    } routes[] = { { "/", "after before locale", html_route_front },
                   { "/articles/{slug}", "locale", html_route_article },
                   { "/tags/{slug}", "after before locale", html_route_tag },
                   { "/static/{path...}", "v", html_route_file } }; /* never said to be kept */
    html = (html_plugin){ .qn = qn, .self = self };
    int err = read_options(self, qn);
    if (err) return err;
    size_t n = sizeof routes / sizeof *routes - (*html.static_dir ? 0 : 1);
    for (size_t i = 0; !err && i < n; i++) {
        err = qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = routes[i].pattern, .fn = routes[i].fn,
                                       .params = routes[i].params, .kept = 1));
        if (err) return qn->refuse(self, "the route %s cannot be had", routes[i].pattern);
    }
    return err;
}

static void stop(qn_plugin *self)
{
    (void)self;
    free(html.policy);
    free(html.public_url);
    html = (html_plugin){ 0 };
}

/* The page of an article that says everything wrong, and the policy it would run under. */
static int selftest(qn_plugin *self, const qn_api *qn)
{
    static const char bad[] = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](data:image/svg+xml,z)";
    html_article a = { .as = { .title = html_text_of(bad), .slug = HTML_STR("x"), .summary = html_text_of(bad) } };
    html_body body;
    html_buf page;
    html_buf_init(&page, 1024 * 1024);
    html_article_open(&body, &page, &html.site, &a);
    html_text_block(&body, html_text_of(bad));
    html_article_close(&body, &html.site, &a, NULL, 0);
    html_add(&page, "", 1);
    bool good = !page.failed && !strstr(page.p, "<script") && !strstr(page.p, "href=\"javascript") &&
                !strstr(page.p, "src=\"data") && strstr(page.p, "</html>") && strstr(html.policy, "default-src 'none'");
    html_buf_free(&page);
    return good ? 0 : qn->refuse(self, "a page let through what it must not");
}

QN_PLUGIN(.name = "html", .version = "1.1.0", .summary = "Articles, front page and tags as HTML pages for readers.",
          .needs = QN_CAP_ROUTES | QN_CAP_CONTENT, .options = options, .check = check, .init = init, .stop = stop,
          .selftest = selftest);
