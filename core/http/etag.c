#include <string.h>

#include "http/compress.h"
#include "http/http.h"

/* Entity tags (RFC 9110 8.8.3). A list that is not well-formed ends where it stops being so: what stands behind cannot
 * match. */

static bool is_etagc(char c)
{
    unsigned char u = (unsigned char)c;
    return u == 0x21 || (u >= 0x23 && u != 0x7f);
}

/* "abc-gz" names the same version as "abc". */
static qn_str without_suffix(qn_str tag)
{
    for (int c = QN_IDENTITY + 1; c < QN_CODINGS; c++) {
        qn_str suffix = qn_str_of(qn_coding_suffix((qn_coding)c));
        if (tag.n > suffix.n && qn_str_ends(tag, suffix)) return (qn_str){ tag.p, tag.n - suffix.n };
    }
    return tag;
}

static void skip(qn_str *s, size_t n)
{
    s->p += n;
    s->n -= n;
}

qn_str qn_etag_next(qn_str *rest, bool *weak)
{
    qn_str none = { 0 }, s = *rest;
    while (s.n && (*s.p == ' ' || *s.p == '\t' || *s.p == ',')) skip(&s, 1);
    *rest = none;
    bool is_weak = s.n >= 2 && s.p[0] == 'W' && s.p[1] == '/';
    if (is_weak) skip(&s, 2);
    if (s.n < 2 || s.p[0] != '"') return none;
    skip(&s, 1);
    size_t n = 0;
    while (n < s.n && is_etagc(s.p[n])) n++;
    if (n == s.n || s.p[n] != '"') return none;
    qn_str tag = { s.p, n };
    skip(&s, n + 1);
    while (s.n && (*s.p == ' ' || *s.p == '\t')) skip(&s, 1);
    if (s.n && *s.p != ',') return none;
    *weak = is_weak;
    if (s.n) *rest = s;
    return without_suffix(tag);
}

bool qn_etag_match(qn_str header, qn_str etag, bool weak)
{
    if (!header.p) return false;
    if (qn_str_eqz(qn_str_trim(header), "*")) return true;
    bool own_weak = false, theirs_weak = false;
    qn_str own = etag, theirs;
    own = qn_etag_next(&own, &own_weak);
    if (!own.p || (own_weak && !weak)) return false;
    while ((theirs = qn_etag_next(&header, &theirs_weak)).p)
        if ((weak || !theirs_weak) && qn_str_eq(own, theirs)) return true;
    return false;
}
