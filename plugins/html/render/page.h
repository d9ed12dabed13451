/**
 * Whole pages. Texts that are absent (`n` 0) are left out; everything is escaped here.
 */
#ifndef HTML_PAGE_H
#define HTML_PAGE_H

#include "blocks.h"
#include "buf.h"

typedef struct {
    html_str name, tagline;
    html_str locale;     /**< of the words that are the site's own; links to entries in it need no ?locale= */
    html_str public_url; /**< "https://news.example", without a slash at its end; may be absent */
    html_str stylesheet; /**< under /static, loaded after the pages' own; absent: none */
} html_site;

/** An article where only its title stands. */
typedef struct {
    html_str slug, locale, title, summary, section, published_at;
} html_teaser;

typedef struct {
    html_teaser as; /**< what a teaser shows too */
    html_str seo_title, seo_description, canonical;
    html_str image;                 /**< of the first picture: for those who show the page as a card */
    const html_str *authors, *tags; /**< names; slugs */
    size_t nauthors, ntags;
} html_article;

/** A list with ways on: `newer` and `older` are cursors. */
typedef struct {
    const html_teaser *items;
    size_t n;
    html_str newer, older;
    html_str locale; /**< that the reader asked for; absent: any */
} html_list;

/** The page up to its body; blocks are then rendered into `body`. `mark` is where the body begins. */
void html_article_open(html_body *body, html_buf *b, const html_site *site, const html_article *a);
/** The page from the end of its body on. `related` may be none. */
void html_article_close(html_body *body, const html_site *site, const html_article *a, const html_teaser *related,
                        size_t n);

void html_front(html_buf *b, const html_site *site, const html_list *list);
/** What is older than the front page has. */
void html_archive(html_buf *b, const html_site *site, const html_list *list);
void html_tag(html_buf *b, const html_site *site, html_str slug, const html_list *list);
/** An answer that is no page: what happened, and what the reader may do. */
void html_error(html_buf *b, const html_site *site, const char *title, const char *text);

/** The path of an article: "/articles/slug", with its locale where it is not the site's. */
void html_article_path(html_buf *b, const html_site *site, html_str slug, html_str locale);

bool html_is_rtl(html_str locale);

#endif
