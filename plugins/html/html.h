/**
 * What the files of this plugin share. Only they know the host; render/ does not.
 */
#ifndef HTML_HTML_H
#define HTML_HTML_H

#include <stdbool.h>

#include <quoin.h>

#include "render/page.h"

enum { HTML_SHARED_MAX_AGE_S = 60 /* the host's own, and the option's default */ };

/** The plugin in this process: one of each. */
typedef struct {
    const qn_api *qn;
    qn_plugin *self;
    html_site site;
    char *policy;           /**< the Content-Security-Policy; owned, for as long as the process lasts */
    char *public_url;       /**< without a slash at its end; owned */
    const char *static_dir; /**< "": none; borrowed from the host */
    uint32_t front_stories, tag_stories, related;
    int64_t shared_max_age_s, static_max_age_s;
} html_plugin;
extern html_plugin html;

/* routes */
void html_route_article(qn_call *req, void *ctx);
void html_route_front(qn_call *req, void *ctx);
void html_route_tag(qn_call *req, void *ctx);
void html_route_file(qn_call *req, void *ctx);

/* files.c */
/** Whether static_dir and stylesheet are what they have to be: 0, or what refuse() gave. */
int html_check_files(qn_plugin *self, const qn_api *qn);

/* model.c: from the API's JSON to what render/ takes; texts are borrowed from the values */

html_str html_of(qn_str s);
qn_str html_to(html_str s);
/** The text of a member; absent where there is none. */
html_str html_member(const qn_json *object, const char *key);
html_teaser html_teaser_of(const qn_json *entry);
/** All of an array's objects; arena. 0 where there is no memory. */
size_t html_teasers_of(html_teaser **out, qn_call *req, const qn_json *array);
/** Without `authors`. False: out of memory. */
bool html_article_of(html_article *a, qn_call *req, const qn_json *entry);
/** Renders an entry's body. */
void html_body_of(html_body *body, const qn_json *blocks);

/* answer.c */

/** A heap buffer that is freed when the call ends; NULL: out of memory, and it has been answered. */
html_buf *html_page(qn_call *req);
/** Answers with the page. `valid_ms`: how long the clock alone leaves it true; negative: for ever. `depends`: what it
 * was made of, as keep() takes it; NULL: it is not to be given again. */
void html_answer(qn_call *req, const html_buf *page, int64_t valid_ms, const char *depends);
void html_not_found(qn_call *req);
void html_bad_request(qn_call *req, const char *text);
/** For a code of the host's. */
void html_failed(qn_call *req, int err);
/** 308 to the article's page. */
void html_moved(qn_call *req, qn_str slug, qn_str locale);
/** False: the parameter "locale" is none, and that has been answered. Absent: not given. */
bool html_locale(qn_str *out, qn_call *req);
bool html_is_slug(qn_str s);

#endif
