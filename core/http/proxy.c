#include "http/proxy.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "http/parser.h"

enum { MAX_HOPS = 64 }; /* more than any chain has; a list beyond it is not read further */

struct qn_proxies {
    size_t n;
    bool local; /* Unix sockets */
    qn_cidr nets[];
};

int qn_proxies_new(qn_proxies **out, const qn_config *c)
{
    const char *const *items;
    size_t n = c ? qn_config_list(c, "server", "trusted_proxies", &items) : 0;
    if (n == 0) return QN_OK;
    qn_proxies *p = calloc(1, sizeof *p + n * sizeof p->nets[0]);
    if (!p) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(items[i], "unix") == 0)
            p->local = true;
        else if (!qn_cidr_parse(&p->nets[p->n], qn_str_of(items[i])))
            p->n++;
    }
    *out = p;
    return QN_OK;
}

void qn_proxies_free(qn_proxies **p)
{
    if (!p) return;
    free(*p);
    *p = NULL;
}

bool qn_proxies_trust(const qn_proxies *p, const qn_ip *ip)
{
    if (!p) return false;
    if (ip->family == AF_UNIX) return p->local;
    for (size_t i = 0; i < p->n; i++)
        if (qn_cidr_has(&p->nets[i], ip)) return true;
    return false;
}

/* ---- one hop ---------------------------------------------------------------------------------------------------- */

/* ADDRESS, ADDRESS:PORT, [IPv6], [IPv6]:PORT, or "unix:" as nginx calls its Unix sockets. False: "unknown", a name,
 * anything else. */
static bool read_address(qn_ip *out, qn_str s)
{
    if (qn_str_eqz(s, "unix:") || qn_str_eqz(s, "unix")) {
        *out = (qn_ip){ .family = AF_UNIX };
        return true;
    }
    qn_str port = s, address = s;
    if (s.n && s.p[0] == '[') {
        port = (qn_str){ s.p + 1, s.n - 1 };
        address = qn_str_cut(&port, ']');
        if (!port.p || (port.n && port.p[0] != ':') || !memchr(address.p, ':', address.n)) return false;
        port = port.n ? (qn_str){ port.p + 1, port.n - 1 } : (qn_str){ 0 };
    } else if (s.n && memchr(s.p, '.', s.n) && memchr(s.p, ':', s.n) == memrchr(s.p, ':', s.n)) { /* IPv4 */
        address = qn_str_cut(&port, ':');
    } else {
        port = (qn_str){ 0 };
    }
    uint64_t number;
    if (port.p && qn_str_u64(&number, port, 0, 65535)) return false;
    return qn_ip_parse(out, address) == 0;
}

static qn_str read_proto(qn_str s)
{
    if (qn_str_eq_ci(s, QN_STR("https"))) return QN_STR("https");
    if (qn_str_eq_ci(s, QN_STR("http"))) return QN_STR("http");
    return (qn_str){ 0 };
}

static qn_str read_host(qn_str s)
{
    return s.n && s.n <= 255 && qn_is_host(s) ? s : (qn_str){ 0 };
}

typedef struct {
    qn_str address, proto, host;
} hop;

/* ---- Forwarded -------------------------------------------------------------------------------------------------- */

/* A token or a quoted-string at the beginning of `*rest`; quotes taken off. An escape in it is none that an address, a
 * scheme or a host needs, so it is not undone: the value will not parse. False: neither. */
static bool take_value(qn_str *out, qn_str *rest)
{
    const char *p = rest->p;
    size_t n = rest->n, i = 0;
    if (n && p[0] == '"') {
        for (i = 1; i < n && p[i] != '"'; i++) i += p[i] == '\\';
        if (i >= n) return false;
        *out = (qn_str){ p + 1, i - 1 };
        i++;
    } else {
        /* Beyond RFC 7239's token: an address with its port is often left without quotes. */
        while (i < n && (qn_is_tchar((unsigned char)p[i]) || strchr(":[]", p[i]))) i++;
        *out = (qn_str){ p, i };
    }
    *rest = (qn_str){ p + i, n - i };
    return out->n > 0 || i > 0;
}

static void skip_blanks(qn_str *s)
{
    while (s->n && (s->p[0] == ' ' || s->p[0] == '\t')) *s = (qn_str){ s->p + 1, s->n - 1 };
}

/* forwarded-pair = token "=" value. */
static bool take_pair(hop *h, qn_str *rest)
{
    size_t i = 0;
    while (i < rest->n && qn_is_tchar((unsigned char)rest->p[i])) i++;
    if (i == 0 || i == rest->n || rest->p[i] != '=') return false;
    qn_str name = { rest->p, i }, value;
    *rest = (qn_str){ rest->p + i + 1, rest->n - i - 1 };
    if (!take_value(&value, rest)) return false;
    if (qn_str_eq_ci(name, QN_STR("for"))) h->address = value;
    if (qn_str_eq_ci(name, QN_STR("proto"))) h->proto = value;
    if (qn_str_eq_ci(name, QN_STR("host"))) h->host = value;
    return true;
}

/* Elements in order. Returns how many; 0 when the header is malformed, because then nothing says where an element
 * begins. */
static size_t read_forwarded(hop hops[MAX_HOPS], qn_str s)
{
    size_t n = 0;
    while (s.n) {
        if (n == MAX_HOPS) return 0;
        hops[n] = (hop){ 0 };
        for (;;) {
            skip_blanks(&s);
            if (s.n && s.p[0] != ',' && s.p[0] != ';' && !take_pair(&hops[n], &s)) return 0;
            skip_blanks(&s);
            if (!s.n || s.p[0] != ';') break;
            s = (qn_str){ s.p + 1, s.n - 1 };
        }
        n++;
        if (!s.n) break;
        if (s.p[0] != ',') return 0;
        s = (qn_str){ s.p + 1, s.n - 1 };
    }
    return n;
}

/* ---- X-Forwarded-* ---------------------------------------------------------------------------------------------- */

static size_t split(qn_str items[MAX_HOPS], qn_str s)
{
    size_t n = 0;
    while (s.p) {
        if (n == MAX_HOPS) return 0;
        items[n++] = qn_str_trim(qn_str_cut(&s, ','));
    }
    return n;
}

/* The item that belongs to hop `at` of `n`: where a proxy overwrites instead of appending there are fewer, and the last
 * one counts. */
static qn_str item_of(qn_str list, size_t at, size_t n)
{
    qn_str items[MAX_HOPS];
    size_t k = split(items, list);
    if (k == 0) return (qn_str){ 0 };
    return k == n ? items[at] : items[k - 1];
}

static size_t read_x_forwarded(hop hops[MAX_HOPS], const qn_proxy_headers *h)
{
    qn_str items[MAX_HOPS];
    size_t n = split(items, h->x_for);
    for (size_t i = 0; i < n; i++) hops[i] = (hop){ items[i], item_of(h->x_proto, i, n), item_of(h->x_host, i, n) };
    return n;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* From the nearest hop outwards, as long as who wrote it is trusted. */
static void walk(qn_forwarded *out, const qn_proxies *p, const hop *hops, size_t n)
{
    for (size_t i = n; i > 0; i--) {
        qn_ip ip;
        qn_str proto = read_proto(hops[i - 1].proto), host = read_host(hops[i - 1].host);
        if (proto.p) out->proto = proto;
        if (host.p) out->host = host;
        if (!read_address(&ip, hops[i - 1].address)) return;
        out->client = ip;
        if (!qn_proxies_trust(p, &ip)) return;
    }
}

static bool is_same(const qn_ip *a, const qn_ip *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

void qn_proxies_read(qn_forwarded *out, const qn_proxies *p, const qn_ip *peer, const qn_proxy_headers *h)
{
    hop hops[MAX_HOPS];
    qn_forwarded standard = { .client = *peer }, usual = standard;
    walk(&standard, p, hops, read_forwarded(hops, h->forwarded));
    walk(&usual, p, hops, read_x_forwarded(hops, h));
    if (!h->x_for.p) {
        usual.proto = read_proto(item_of(h->x_proto, 0, 0));
        usual.host = read_host(item_of(h->x_host, 0, 0));
    }
    bool both = h->forwarded.p && h->x_for.p;
    if (both && !is_same(&standard.client, &usual.client))
        *out = (qn_forwarded){ .client = *peer, .contradicted = true };
    else
        *out = h->forwarded.p ? standard : usual;
}
