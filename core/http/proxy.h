/**
 * Who asks, when proxies stand in front: Forwarded (RFC 7239) and X-Forwarded-For, -Proto and -Host, believed only from
 * the addresses of [server] trusted_proxies. Internal to http/.
 */
#ifndef QN_HTTP_PROXY_H
#define QN_HTTP_PROXY_H

#include "base/config.h"
#include "base/ip.h"

typedef struct qn_proxies qn_proxies;

/** What the proxies say of a request. */
typedef struct {
    qn_ip client;      /**< the right-most address that is no trusted proxy's; of the last one known where the list is
                          unreadable */
    qn_str proto;      /**< "http", "https", or absent; static */
    qn_str host;       /**< a valid host, or absent; borrows from the header */
    bool contradicted; /**< Forwarded and X-Forwarded-For name different clients: neither is believed */
} qn_forwarded;

/** `*out` stays NULL where no proxy is trusted. Returns owned. QN_ENOMEM. */
int qn_proxies_new(qn_proxies **out, const qn_config *c);
void qn_proxies_free(qn_proxies **p);
/** `ip` is one of them; AF_UNIX where "unix" stands in the list. `p` may be NULL. */
bool qn_proxies_trust(const qn_proxies *p, const qn_ip *ip);

/** The lines of a header as lists joined by ", " (absent: not there). */
typedef struct {
    qn_str forwarded, x_for, x_proto, x_host;
} qn_proxy_headers;

/** What came from `peer`, which is trusted, through which proxies. Never fails: what cannot be read ends the list. */
void qn_proxies_read(qn_forwarded *out, const qn_proxies *p, const qn_ip *peer, const qn_proxy_headers *h);

#endif
