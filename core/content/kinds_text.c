#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "content/kinds.h"
#include "content/wire.h"

/* Rules of single values that are written as text. */

bool qn_rule_string(qn_str *out, qn_check *c, const json_t *value)
{
    if (!json_is_string(value)) {
        qn_check_ill_typed(c, value, "a string");
        return false;
    }
    *out = qn_json_str_of(value);
    return true;
}

bool qn_rule_uuid(qn_check *c, qn_str s)
{
    if (qn_is_uuid(s)) return true;
    qn_check_fault(c, false, "format",
                   "%s is not an id: it has to be a UUID like \"0197a3c0-1234-7abc-8def-0123456789ab\"",
                   qn_show_str(c->arena, s));
    return false;
}

bool qn_rule_slug(qn_check *c, qn_str s)
{
    if (qn_is_uuid(s)) { /* {id} in a path is either */
        qn_check_fault(c, false, "format", "%s looks like an id: a slug must not", qn_show_str(c->arena, s));
        return false;
    }
    if (qn_is_slug(s)) return true;
    const char *would = qn_slug_make(c->arena, s);
    qn_check_fault(
        c, false, "format",
        "%s is not a slug (lower-case letters a-z and digits, in words parted by single \"-\", at most 200): "
        "it could be \"%s\"",
        qn_show_str(c->arena, s), would ? would : "entry");
    return false;
}

bool qn_rule_datetime(char *out, qn_check *c, qn_str s)
{
    int64_t us, first;
    bool whole = s.n > 10 && qn_rfc3339_parse(&us, s) == 0;
    qn_rfc3339_parse(&first, QN_STR("0001-01-01T00:00:00Z"));
    /* An offset can carry the first and the last day out of the years that can be written. */
    if (whole && us >= first && us < INT64_C(253402300800000000)) {
        qn_rfc3339(out, us);
        return true;
    }
    qn_check_fault(c, false, "format", "%s is not a point in time: write it like \"2026-11-22T10:00:00Z\" (RFC 3339)",
                   qn_show_str(c->arena, s));
    return false;
}

void qn_rule_no_asset(qn_check *c, const json_t *value)
{
    qn_check_fault(c, false, "not_found",
                   "there is no asset %s: this installation has no assets yet, leave it out or null",
                   qn_show(c->arena, value));
}

/* ---- url -------------------------------------------------------------------------------------------------------- */

static bool is_host_byte(char b)
{
    unsigned char c = (unsigned char)b;
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == '~' || c == '%';
}

static bool is_port(qn_str s)
{
    uint64_t port;
    return s.n == 0 || qn_str_u64(&port, s, 1, 65535) == 0;
}

/* [user@]host[:port] */
static bool is_authority(qn_str a)
{
    const char *at = memrchr(a.p, '@', a.n);
    if (at) a = (qn_str){ at + 1, a.n - (size_t)(at + 1 - a.p) };
    if (a.n && a.p[0] == '[') {
        const char *end = memchr(a.p, ']', a.n);
        size_t inside = end ? (size_t)(end - a.p) - 1 : 0;
        if (inside < 2 || strspn(a.p + 1, "0123456789abcdefABCDEF:.") < inside) return false;
        qn_str rest = { end + 1, a.n - inside - 2 };
        return rest.n == 0 || (rest.p[0] == ':' && is_port((qn_str){ rest.p + 1, rest.n - 1 }));
    }
    size_t host = 0;
    while (host < a.n && is_host_byte(a.p[host])) host++;
    if (host == 0 || a.p[0] == '.') return false;
    return host == a.n || (a.p[host] == ':' && is_port((qn_str){ a.p + host + 1, a.n - host - 1 }));
}

static bool is_clean(qn_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c == 0x7F || strchr("\"<>\\^`{|}", c)) return false;
    }
    return true;
}

static bool is_url(qn_str s)
{
    if (s.n == 0 || !is_clean(s)) return false;
    if (s.p[0] == '/') return s.n == 1 || s.p[1] != '/'; /* "//host" would leave the site */
    size_t from = s.n > 7 && strncasecmp(s.p, "http://", 7) == 0    ? 7
                  : s.n > 8 && strncasecmp(s.p, "https://", 8) == 0 ? 8
                                                                    : 0;
    if (from == 0) return false;
    size_t n = 0;
    while (from + n < s.n && !strchr("/?#", s.p[from + n])) n++;
    return is_authority((qn_str){ s.p + from, n });
}

bool qn_rule_url(qn_check *c, qn_str s)
{
    if (s.n > QN_URL_MAX_BYTES) {
        qn_check_fault(c, false, "max", "is an address of %zu bytes, at most %d may be", s.n, QN_URL_MAX_BYTES);
        return false;
    }
    if (is_url(s)) return true;
    qn_check_fault(
        c, false, "format",
        "%s is not an address: it has to begin with \"https://\" or \"http://\" and a host, or be a path of this site "
        "that begins with \"/\"; other characters have to be percent-encoded",
        qn_show_str(c->arena, s));
    return false;
}
