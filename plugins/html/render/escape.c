#include "escape.h"

#include <string.h>
#include <strings.h>

/* The next character of `s` at `*i`; 0xFFFD for what is not UTF-8 (RFC 3629), one byte of it at a time. */
static unsigned long next_point(html_str s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.p + *i;
    size_t left = s.n - *i, n = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    unsigned long c = p[0];
    *i += 1;
    if (n == 1) return c;
    if (c < 0xC2 || c > 0xF4 || left < n) return 0xFFFD;
    c &= 0x7Ful >> n;
    for (size_t k = 1; k < n; k++) {
        if ((p[k] & 0xC0) != 0x80) return 0xFFFD;
        c = c << 6 | (p[k] & 0x3Fu);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && (c < 0x10000 || c > 0x10FFFF)) || (c >= 0xD800 && c <= 0xDFFF))
        return 0xFFFD;
    *i += n - 1;
    return c;
}

static void put_point(html_buf *b, unsigned long c)
{
    char u[4];
    if (c < 0x80) {
        html_addc(b, (char)c);
    } else if (c < 0x800) {
        u[0] = (char)(0xC0 | c >> 6), u[1] = (char)(0x80 | (c & 0x3F));
        html_add(b, u, 2);
    } else if (c < 0x10000) {
        u[0] = (char)(0xE0 | c >> 12), u[1] = (char)(0x80 | (c >> 6 & 0x3F)), u[2] = (char)(0x80 | (c & 0x3F));
        html_add(b, u, 3);
    } else {
        u[0] = (char)(0xF0 | c >> 18), u[1] = (char)(0x80 | (c >> 12 & 0x3F));
        u[2] = (char)(0x80 | (c >> 6 & 0x3F)), u[3] = (char)(0x80 | (c & 0x3F));
        html_add(b, u, 4);
    }
}

void html_char(html_buf *b, unsigned long c, bool attr)
{
    switch (c) {
    case '&':
        html_raw(b, "&amp;");
        return;
    case '<':
        html_raw(b, "&lt;");
        return;
    case '>':
        html_raw(b, "&gt;");
        return;
    case '"':
        html_raw(b, attr ? "&quot;" : "\"");
        return;
    case '\'':
        html_raw(b, attr ? "&#39;" : "'");
        return;
    default:
        break;
    }
    bool control = (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0);
    if (control) return; /* not allowed in HTML, and a hiding place */
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
    put_point(b, c);
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

static void escape(html_buf *b, html_str s, bool attr)
{
    for (size_t i = 0; i < s.n && !b->failed;) {
        size_t from = i;
        while (i < s.n && is_plain((unsigned char)s.p[i])) i++;
        html_add(b, s.p + from, i - from);
        if (i < s.n) html_char(b, next_point(s, &i), attr);
    }
}

void html_text(html_buf *b, html_str s)
{
    escape(b, s, false);
}

void html_attr(html_buf *b, html_str s)
{
    escape(b, s, true);
}

/* ---- addresses --------------------------------------------------------------------------------------------------- */

static bool is_alnum(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static html_str trim(html_str s)
{
    while (s.n && (unsigned char)s.p[0] <= 0x20) s = (html_str){ s.p + 1, s.n - 1 };
    while (s.n && (unsigned char)s.p[s.n - 1] <= 0x20) s.n--;
    return s;
}

static bool begins(html_str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && strncasecmp(s.p, with, n) == 0;
}

bool html_is_web(html_str url)
{
    size_t at = begins(url, "https://") ? 8 : begins(url, "http://") ? 7 : 0;
    return at && url.n > at && !strchr("/?#\\@", url.p[at]) && url.p[at] != ' ';
}

html_str html_host(html_str url)
{
    size_t at = 0;
    if (!html_is_web(url)) return (html_str){ 0 };
    while (url.p[at] != '/') at++;
    html_str host = { url.p + at + 2, 0 };
    while (at + 2 + host.n < url.n && !strchr("/?#\\", host.p[host.n])) host.n++;
    for (size_t i = host.n; i > 0; i--) { /* whom it says before "@" is not where it leads */
        if (host.p[i - 1] != '@') continue;
        host = (html_str){ host.p + i, host.n - i };
        break;
    }
    return host;
}

/* A reference without a scheme. What a browser could still take for one, once decoded, is none: a colon or the "&" or
 * "%" of something undecoded in the first segment. */
static bool is_relative(html_str url, html_url_kind kind)
{
    if (url.p[0] == '/') return url.n == 1 || (url.p[1] != '/' && url.p[1] != '\\');
    if (kind == HTML_URL_IMAGE) return false;
    for (size_t i = 0; i < url.n && !strchr("/?#", url.p[i]); i++)
        if (strchr(":&%\\", url.p[i])) return false;
    return true;
}

static bool is_allowed(html_str url, html_url_kind kind)
{
    for (size_t i = 0; i < url.n; i++) /* browsers drop tabs and newlines, wherever they stand */
        if ((unsigned char)url.p[i] < 0x20 || url.p[i] == 0x7F) return false;
    if (url.n == 0) return false;
    if (html_is_web(url)) return true;
    if (kind == HTML_URL_LINK && (begins(url, "mailto:") || begins(url, "tel:"))) return true;
    return is_relative(url, kind);
}

static void percent(html_buf *b, unsigned char c)
{
    static const char hex[] = "0123456789ABCDEF";
    char out[3] = { '%', hex[c >> 4], hex[c & 15] };
    html_add(b, out, 3);
}

bool html_url(html_buf *b, html_str url, html_url_kind kind)
{
    url = trim(url);
    if (!is_allowed(url, kind)) return false;
    for (size_t i = 0; i < url.n; i++) {
        unsigned char c = (unsigned char)url.p[i];
        if (is_alnum(c) || (c && strchr("-._~:/?#[]@!$()*+,;=%", c)))
            html_addc(b, (char)c);
        else if (c == '&' || c == '\'')
            html_char(b, c, true);
        else
            percent(b, c);
    }
    return true;
}

void html_segment(html_buf *b, html_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (is_alnum(c) || (c && strchr("-._~", c)))
            html_addc(b, (char)c);
        else
            percent(b, c);
    }
}
