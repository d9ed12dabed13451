#include "page.h"

#include <string.h>
#include <strings.h>

#include "dates.h"
#include "escape.h"
#include "style.h"

/* ---- language ---------------------------------------------------------------------------------------------------- */

static html_str primary(html_str locale)
{
    size_t n = 0;
    while (n < locale.n && locale.p[n] != '-' && locale.p[n] != '_') n++;
    return (html_str){ locale.p, n };
}

bool html_is_rtl(html_str locale)
{
    static const char *const rtl[] = { "ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi" };
    html_str lang = primary(locale);
    for (size_t i = 0; i < sizeof rtl / sizeof *rtl; i++)
        if (lang.n == strlen(rtl[i]) && strncasecmp(lang.p, rtl[i], lang.n) == 0) return true;
    return false;
}

static bool same_locale(html_str a, html_str b)
{
    return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

static void put_lang(html_buf *b, html_str locale)
{
    html_raw(b, " lang=\"");
    html_attr(b, locale);
    html_raw(b, html_is_rtl(locale) ? "\" dir=\"rtl\"" : "\" dir=\"ltr\"");
}

/* For a part that speaks `locale` on a page that speaks `page`. */
static void put_other_lang(html_buf *b, html_str page, html_str locale)
{
    if (locale.n && !same_locale(page, locale)) put_lang(b, locale);
}

/* Months are written in English. */
static bool numeric(html_str locale)
{
    html_str lang = primary(locale);
    return lang.n != 2 || strncasecmp(lang.p, "en", 2) != 0;
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static void put_locale_query(html_buf *b, html_str locale)
{
    html_raw(b, "?locale=");
    html_segment(b, locale);
}

void html_article_path(html_buf *b, const html_site *site, html_str slug, html_str locale)
{
    html_raw(b, "/articles/");
    html_segment(b, slug);
    if (locale.n && !same_locale(locale, site->locale)) put_locale_query(b, locale);
}

static void put_tag_path(html_buf *b, html_str slug)
{
    html_raw(b, "/tags/");
    html_segment(b, slug);
}

/* "air-defense" → "Air defense": all that an entry says of its tags is their slugs. */
static void put_tag_name(html_buf *b, html_str slug, bool attr)
{
    for (size_t i = 0; i < slug.n; i++) {
        char c = slug.p[i];
        if (c == '-') c = ' ';
        if (i == 0 && c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if ((unsigned char)c < 0x80) {
            html_char(b, (unsigned char)c, attr);
            continue;
        }
        html_str rest = { slug.p + i, slug.n - i };
        attr ? html_attr(b, rest) : html_text(b, rest);
        return;
    }
}

static void put_canonical(html_buf *b, const html_site *site, const html_article *a)
{
    bool path = a->canonical.n && a->canonical.p[0] == '/';
    size_t mark = b->n;
    if (path) html_adds(b, site->public_url);
    if ((path || html_is_web(a->canonical)) && html_url(b, a->canonical, HTML_URL_IMAGE)) return;
    if (!b->failed) html_cut(b, mark);
    html_adds(b, site->public_url);
    html_article_path(b, site, a->as.slug, a->as.locale);
}

/* ---- head -------------------------------------------------------------------------------------------------------- */

typedef struct {
    html_str lang;
    const char *class;
    html_str title; /* of the page; the site's name is put behind it */
    html_str slug;  /* of the tag whose page it is */
    html_str description;
    const html_article *article;
    const char *path; /* where no article gives it */
    bool hidden;      /* from search engines */
} head;

static void put_meta(html_buf *b, const char *property, html_str content)
{
    if (!content.n) return;
    html_raw(b, "<meta property=\"");
    html_raw(b, property);
    html_raw(b, "\" content=\"");
    html_attr(b, content);
    html_raw(b, "\">\n");
}

static void put_image(html_buf *b, const html_site *site, html_str image)
{
    size_t mark = b->n;
    bool path = image.n && image.p[0] == '/';
    if (!image.n || (path && !site->public_url.n)) return; /* has to be a whole address */
    html_raw(b, "<meta property=\"og:image\" content=\"");
    if (path) html_adds(b, site->public_url);
    if (html_url(b, image, HTML_URL_IMAGE))
        html_raw(b, "\">\n");
    else if (!b->failed)
        html_cut(b, mark);
}

static void put_cards(html_buf *b, const html_site *site, const head *h)
{
    const html_article *a = h->article;
    put_meta(b, "og:site_name", site->name);
    put_meta(b, "og:type", a ? HTML_STR("article") : HTML_STR("website"));
    if (a) put_meta(b, "og:title", h->title);
    put_meta(b, "og:description", h->description);
    if (!a) return;
    if (site->public_url.n) {
        html_raw(b, "<meta property=\"og:url\" content=\"");
        put_canonical(b, site, a);
        html_raw(b, "\">\n");
    }
    put_image(b, site, a->image);
    put_meta(b, "article:published_time", a->as.published_at);
    put_meta(b, "article:section", a->as.section);
    for (size_t i = 0; i < a->ntags; i++) put_meta(b, "article:tag", a->tags[i]);
}

static void put_title(html_buf *b, const html_site *site, const head *h)
{
    html_raw(b, "<title>");
    if (h->slug.n)
        put_tag_name(b, h->slug, false);
    else
        html_text(b, h->title);
    if (h->title.n || h->slug.n) html_raw(b, " — ");
    html_text(b, site->name);
    html_raw(b, "</title>\n");
}

static void put_head(html_buf *b, const html_site *site, const head *h)
{
    html_raw(b, "<!doctype html>\n<html");
    put_lang(b, h->lang.n ? h->lang : site->locale);
    html_raw(b, " prefix=\"og: https://ogp.me/ns#\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    put_title(b, site, h);
    if (h->description.n) {
        html_raw(b, "<meta name=\"description\" content=\"");
        html_attr(b, h->description);
        html_raw(b, "\">\n");
    }
    if (h->hidden) html_raw(b, "<meta name=\"robots\" content=\"noindex\">\n");
    if (h->article || h->path) {
        html_raw(b, "<link rel=\"canonical\" href=\"");
        if (h->article)
            put_canonical(b, site, h->article);
        else
            html_adds(b, site->public_url), html_raw(b, h->path);
        if (h->slug.n) html_segment(b, h->slug);
        html_raw(b, "\">\n");
    }
    if (!h->hidden) put_cards(b, site, h);
    html_raw(b, "<meta name=\"color-scheme\" content=\"light dark\">\n<style>");
    html_style(b);
    html_raw(b, "</style>\n");
    if (site->stylesheet.n) {
        html_raw(b, "<link rel=\"stylesheet\" href=\"/static/");
        html_attr(b, site->stylesheet);
        html_raw(b, "\">\n");
    }
    html_raw(b, "</head>\n<body");
    if (h->class) html_raw(b, " class=\""), html_raw(b, h->class), html_addc(b, '"');
    html_raw(b, ">\n<a class=\"skip\" href=\"#content\"");
    put_other_lang(b, h->lang, site->locale);
    html_raw(b, ">Skip to the content</a>\n");
}

static void open_masthead(html_buf *b, const html_site *site, const head *h, const char *tag)
{
    html_raw(b, "<header class=\"masthead wrap\"");
    put_other_lang(b, h->lang, site->locale);
    html_raw(b, ">\n<div class=\"bar\"><");
    html_raw(b, tag);
    html_raw(b, " class=\"name\"><a href=\"/\">");
    html_text(b, site->name);
    html_raw(b, "</a></");
    html_raw(b, tag);
    html_raw(b, ">");
}

static void close_masthead(html_buf *b)
{
    html_raw(b, "</div>\n</header>\n");
}

static void put_masthead(html_buf *b, const html_site *site, const head *h)
{
    open_masthead(b, site, h, "p");
    close_masthead(b);
}

static void put_foot(html_buf *b, const html_site *site, html_str lang)
{
    html_raw(b, "<footer class=\"foot\"");
    put_other_lang(b, lang, site->locale);
    html_raw(b, "><div class=\"wrap\"><a href=\"/\">");
    html_text(b, site->name);
    html_raw(b, " front page</a> <a href=\"#content\">Back to the top</a></div></footer>\n</body>\n</html>\n");
}

/* ---- an article -------------------------------------------------------------------------------------------------- */

static void put_byline(html_buf *b, const html_article *a)
{
    if (!a->nauthors) return;
    html_raw(b, numeric(a->as.locale) ? "<p class=\"byline\">" : "<p class=\"byline\">By ");
    for (size_t i = 0; i < a->nauthors; i++) {
        if (i) html_raw(b, i + 1 == a->nauthors ? " &amp; " : ", ");
        html_raw(b, "<b itemprop=\"author\" itemscope itemtype=\"https://schema.org/Person\"><span itemprop=\"name\">");
        html_text(b, a->authors[i]);
        html_raw(b, "</span></b>");
    }
    html_raw(b, "</p>\n");
}

static void put_element(html_buf *b, const char *open, html_str text, const char *close)
{
    if (!text.n) return;
    html_raw(b, open);
    html_text(b, text);
    html_raw(b, close);
}

void html_article_open(html_body *body, html_buf *b, const html_site *site, const html_article *a)
{
    head h = { .lang = a->as.locale,
               .class = "reading",
               .title = a->seo_title.n ? a->seo_title : a->as.title,
               .description = a->seo_description.n ? a->seo_description : a->as.summary,
               .article = a };
    bool numbers = numeric(a->as.locale);
    put_head(b, site, &h);
    put_masthead(b, site, &h);
    html_raw(
        b,
        "<main id=\"content\" class=\"wrap\">\n"
        "<article class=\"story\" itemscope itemtype=\"https://schema.org/NewsArticle\">\n<header class=\"head\">\n");
    put_element(b, "<p class=\"kicker\" itemprop=\"articleSection\">", a->as.section, "</p>\n");
    put_element(b, "<h1 itemprop=\"headline\">", a->as.title, "</h1>\n");
    put_element(b, "<p class=\"standfirst\" itemprop=\"description\">", a->as.summary, "</p>\n");
    size_t mark = b->n;
    html_raw(b, "<div class=\"meta\">\n");
    size_t empty = b->n;
    put_byline(b, a);
    size_t before = b->n;
    html_raw(b, "<p class=\"dates\">");
    if (html_time(b, a->as.published_at, true, numbers, " itemprop=\"datePublished\""))
        html_raw(b, "</p>\n");
    else if (!b->failed)
        html_cut(b, before);
    html_raw(b, "</div>\n");
    if (b->n == empty + 7 && !b->failed) html_cut(b, mark); /* neither */
    html_raw(b, "</header>\n<div class=\"body\" itemprop=\"articleBody\">\n");
    *body = (html_body){ .out = b, .outline = { .base = 1 }, .numeric_dates = numbers };
}

static void put_tags(html_buf *b, const html_site *site, const html_article *a)
{
    if (!a->ntags) return;
    html_raw(b, "<footer class=\"tags\"");
    put_other_lang(b, a->as.locale, site->locale);
    html_raw(b, ">\n<nav aria-label=\"Topics\"><ul>\n");
    for (size_t i = 0; i < a->ntags; i++) {
        html_raw(b, "<li><a rel=\"tag\" href=\"");
        put_tag_path(b, a->tags[i]);
        html_raw(b, "\"><span itemprop=\"keywords\">");
        put_tag_name(b, a->tags[i], false);
        html_raw(b, "</span></a></li>\n");
    }
    html_raw(b, "</ul></nav>\n</footer>\n");
}

static void put_link(html_buf *b, const html_site *site, const html_teaser *t, html_str around)
{
    html_raw(b, "<a href=\"");
    html_article_path(b, site, t->slug, t->locale);
    html_addc(b, '"');
    put_other_lang(b, around, t->locale);
    html_addc(b, '>');
    html_text(b, t->title.n ? t->title : t->slug);
    html_raw(b, "</a>");
}

static void put_related(html_buf *b, const html_site *site, const html_teaser *items, size_t n, html_str lang)
{
    if (!n) return;
    html_raw(b, "<section class=\"related\" aria-labelledby=\"related\"");
    put_other_lang(b, lang, site->locale);
    html_raw(b, ">\n<h2 id=\"related\">You Might Also Like</h2>\n<ul>\n");
    for (size_t i = 0; i < n; i++) {
        html_raw(b, "<li>");
        put_link(b, site, &items[i], site->locale);
        size_t mark = b->n;
        html_raw(b, " <span class=\"soft\">");
        if (html_time(b, items[i].published_at, false, numeric(site->locale), ""))
            html_raw(b, "</span>");
        else if (!b->failed)
            html_cut(b, mark);
        html_raw(b, "</li>\n");
    }
    html_raw(b, "</ul>\n</section>\n");
}

void html_article_close(html_body *body, const html_site *site, const html_article *a, const html_teaser *related,
                        size_t n)
{
    html_buf *b = body->out;
    html_raw(b, "</div>\n");
    put_tags(b, site, a);
    html_raw(b, "</article>\n");
    put_related(b, site, related, n, a->as.locale);
    html_raw(b, "</main>\n");
    put_foot(b, site, a->as.locale);
}

/* ---- lists ------------------------------------------------------------------------------------------------------- */

enum { SHOW_SECTION = 1, SHOW_SUMMARY = 2, SHOW_TIME = 4 };

static void put_teaser(html_buf *b, const html_site *site, const html_teaser *t, const char *heading, const char *class,
                       int show)
{
    html_raw(b, "<article class=\"teaser");
    html_raw(b, class);
    html_addc(b, '"');
    put_other_lang(b, site->locale, t->locale);
    html_raw(b, ">\n");
    if (show & SHOW_SECTION) put_element(b, "<p class=\"kicker\">", t->section, "</p>\n");
    html_addc(b, '<'), html_raw(b, heading), html_addc(b, '>');
    put_link(b, site, t, t->locale);
    html_raw(b, "</"), html_raw(b, heading), html_raw(b, ">\n");
    if (show & SHOW_SUMMARY) put_element(b, "<p class=\"sum\">", t->summary, "</p>\n");
    size_t mark = b->n;
    html_raw(b, "<p class=\"soft\">");
    if ((show & SHOW_TIME) && html_time(b, t->published_at, false, numeric(t->locale.n ? t->locale : site->locale), ""))
        html_raw(b, "</p>\n");
    else if (!b->failed)
        html_cut(b, mark);
    html_raw(b, "</article>\n");
}

/* A way on: `path` and its cursor; the reader's locale goes along. */
static void put_step(html_buf *b, const html_list *l, const char *path, html_str slug, const char *name,
                     html_str cursor, const char *rel, const char *words)
{
    if (!cursor.n) return;
    html_raw(b, "<a rel=\"");
    html_raw(b, rel);
    html_raw(b, "\" href=\"");
    html_raw(b, path);
    html_segment(b, slug);
    if (l->locale.n) put_locale_query(b, l->locale);
    html_raw(b, l->locale.n ? "&amp;" : "?");
    html_raw(b, name);
    html_addc(b, '=');
    html_segment(b, cursor);
    html_raw(b, "\">");
    html_raw(b, words);
    html_raw(b, "</a>\n");
}

static void put_pager(html_buf *b, const html_list *l, const char *path, html_str slug)
{
    if (!l->newer.n && !l->older.n) return;
    html_raw(b, "<nav class=\"pager\" aria-label=\"Pages\">\n");
    put_step(b, l, path, slug, "before", l->newer, "prev", "← Newer stories");
    put_step(b, l, path, slug, "after", l->older, "next", "Older stories →");
    html_raw(b, "</nav>\n");
}

static void put_list(html_buf *b, const html_site *site, const html_list *l)
{
    if (!l->n) {
        html_raw(b, "<p>There is nothing more here.</p>\n");
        return;
    }
    html_raw(b, "<ul class=\"list\">\n");
    for (size_t i = 0; i < l->n; i++) {
        html_raw(b, "<li>");
        put_teaser(b, site, &l->items[i], "h2", "", SHOW_SECTION | SHOW_SUMMARY | SHOW_TIME);
        html_raw(b, "</li>\n");
    }
    html_raw(b, "</ul>\n");
}

void html_tag(html_buf *b, const html_site *site, html_str slug, const html_list *l)
{
    head h = { .slug = slug, .path = "/tags/" };
    put_head(b, site, &h);
    put_masthead(b, site, &h);
    html_raw(b, "<main id=\"content\" class=\"wrap\"><div class=\"page\">\n<p class=\"kicker\">Topic</p>\n<h1>");
    put_tag_name(b, slug, false);
    html_raw(b, "</h1>\n");
    put_list(b, site, l);
    put_pager(b, l, "/tags/", slug);
    html_raw(b, "</div></main>\n");
    put_foot(b, site, (html_str){ 0 });
}

void html_archive(html_buf *b, const html_site *site, const html_list *l)
{
    head h = { .title = HTML_STR("Older stories"), .hidden = true };
    put_head(b, site, &h);
    put_masthead(b, site, &h);
    html_raw(b, "<main id=\"content\" class=\"wrap\"><div class=\"page\">\n<h1>Older stories</h1>\n");
    put_list(b, site, l);
    put_pager(b, l, "/", (html_str){ 0 });
    html_raw(b, "</div></main>\n");
    put_foot(b, site, (html_str){ 0 });
}

void html_error(html_buf *b, const html_site *site, const char *title, const char *text)
{
    head h = { .title = html_text_of(title), .hidden = true };
    put_head(b, site, &h);
    put_masthead(b, site, &h);
    html_raw(b, "<main id=\"content\" class=\"wrap\"><div class=\"page\">\n");
    put_element(b, "<h1>", html_text_of(title), "</h1>\n");
    put_element(b, "<p>", html_text_of(text), "</p>\n");
    html_raw(b, "<p><a href=\"/\">The latest stories are on the front page.</a></p>\n</div></main>\n");
    put_foot(b, site, (html_str){ 0 });
}

/* ---- the front page ---------------------------------------------------------------------------------------------- */

enum { SECONDS = 3, DESKS_MOST = 12 };

/* What is below the first stories, by section in the order of their newest. The last desk takes whatever is left. */
typedef struct {
    html_str names[DESKS_MOST];
    size_t n;
    size_t from; /* the first story that is on a desk */
} desks;

static bool same_section(html_str a, html_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static size_t desk_of(const desks *d, html_str section)
{
    size_t i = 0;
    while (i < d->n && !same_section(d->names[i], section)) i++;
    return i < DESKS_MOST ? i : DESKS_MOST - 1;
}

static void find_desks(desks *d, const html_list *l, size_t from)
{
    *d = (desks){ .from = from };
    for (size_t i = from; i < l->n; i++) {
        size_t k = desk_of(d, l->items[i].section);
        if (k < d->n) continue;
        d->names[k] = k == DESKS_MOST - 1 ? (html_str){ 0 } : l->items[i].section;
        d->n = k + 1;
    }
}

static html_str desk_name(const desks *d, size_t i)
{
    return d->names[i].n ? d->names[i] : d->n > 1 ? HTML_STR("More news") : HTML_STR("Latest");
}

static void put_desk(html_buf *b, const html_site *site, const desks *d, size_t desk, const html_list *l)
{
    html_raw(b, "<section class=\"desk\" aria-labelledby=\"desk-");
    html_addu(b, (unsigned)desk);
    html_raw(b, "\">\n<h2 id=\"desk-");
    html_addu(b, (unsigned)desk);
    html_raw(b, "\">");
    html_text(b, desk_name(d, desk));
    html_raw(b, "</h2>\n<ul class=\"list\">\n");
    for (size_t i = d->from; i < l->n; i++) {
        if (desk_of(d, l->items[i].section) != desk) continue;
        html_raw(b, "<li>");
        put_teaser(b, site, &l->items[i], "h3", "", d->n == 1 ? SHOW_TIME | SHOW_SUMMARY : SHOW_TIME);
        html_raw(b, "</li>\n");
    }
    html_raw(b, "</ul>\n</section>\n");
}

static void put_sections(html_buf *b, const desks *d)
{
    if (d->n < 2) return;
    html_raw(b, "<nav class=\"sections wrap\" aria-label=\"Sections\"><ul>\n");
    for (size_t i = 0; i < d->n; i++) {
        html_raw(b, "<li><a href=\"#desk-");
        html_addu(b, (unsigned)i);
        html_raw(b, "\">");
        html_text(b, desk_name(d, i));
        html_raw(b, "</a></li>\n");
    }
    html_raw(b, "</ul></nav>\n");
}

static void put_first(html_buf *b, const html_site *site, const html_list *l, size_t seconds)
{
    if (!l->n) {
        html_raw(b, "<div class=\"page\"><p>No story has been published yet.</p></div>\n");
        return;
    }
    html_raw(b, "<div class=\"top\">\n");
    put_teaser(b, site, &l->items[0], "h2", " lead", SHOW_SECTION | SHOW_SUMMARY | SHOW_TIME);
    if (seconds) {
        html_raw(b, "<div class=\"seconds\">\n");
        for (size_t i = 1; i <= seconds; i++)
            put_teaser(b, site, &l->items[i], "h2", "", SHOW_SECTION | SHOW_TIME | (i == 1 ? SHOW_SUMMARY : 0));
        html_raw(b, "</div>\n");
    }
    html_raw(b, "</div>\n");
}

void html_front(html_buf *b, const html_site *site, const html_list *l)
{
    desks d;
    size_t seconds = l->n > 1 ? (l->n - 1 < SECONDS ? l->n - 1 : SECONDS) : 0;
    head h = { .class = "front", .description = site->tagline, .path = "/" };
    find_desks(&d, l, seconds + 1);
    put_head(b, site, &h);
    open_masthead(b, site, &h, "h1");
    html_raw(b, "<div class=\"dateline\">");
    put_element(b, "<span>", site->tagline, "</span>");
    if (l->n) html_time(b, l->items[0].published_at, false, numeric(site->locale), "");
    html_raw(b, "</div>");
    close_masthead(b);
    put_sections(b, &d);
    html_raw(b, "<main id=\"content\" class=\"wrap\">\n");
    put_first(b, site, l, seconds);
    if (d.n) html_raw(b, "<div class=\"desks\">\n");
    for (size_t i = 0; i < d.n; i++) put_desk(b, site, &d, i, l);
    if (d.n) html_raw(b, "</div>\n");
    put_pager(b, l, "/", (html_str){ 0 });
    html_raw(b, "</main>\n");
    put_foot(b, site, (html_str){ 0 });
}
