#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/err.h"

static void unmap(qn_ip *ip)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    if (ip->family != AF_INET6 || memcmp(ip->bytes, mapped, sizeof mapped) != 0) return;
    uint8_t v4[4];
    memcpy(v4, ip->bytes + 12, sizeof v4);
    *ip = (qn_ip){ .family = AF_INET };
    memcpy(ip->bytes, v4, sizeof v4);
}

static int parse(qn_ip *out, qn_str s)
{
    char text[INET6_ADDRSTRLEN];
    qn_ip ip = { 0 };
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, '\0', s.n)) return QN_EINVAL;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    ip.family = strchr(text, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(ip.family, text, ip.bytes) != 1) return QN_EINVAL;
    *out = ip;
    return QN_OK;
}

int qn_ip_parse(qn_ip *out, qn_str s)
{
    int rc = parse(out, s);
    if (!rc) unmap(out);
    return rc;
}

qn_ip qn_ip_of_ipv6(const uint8_t bytes[16])
{
    qn_ip ip = { .family = AF_INET6 };
    memcpy(ip.bytes, bytes, sizeof ip.bytes);
    unmap(&ip);
    return ip;
}

const char *qn_ip_text(char out[QN_IP_TEXT_BYTES], const qn_ip *ip)
{
    const char *what = ip->family == AF_UNIX ? "unix" : "-";
    bool has_text = ip->family == AF_INET || ip->family == AF_INET6;
    if (!has_text || !inet_ntop(ip->family, ip->bytes, out, QN_IP_TEXT_BYTES)) memcpy(out, what, strlen(what) + 1);
    return out;
}

int qn_cidr_parse(qn_cidr *out, qn_str s)
{
    qn_str bits = s, address = qn_str_cut(&bits, '/');
    qn_cidr net;
    int rc = parse(&net.ip, address);
    if (rc) return rc;
    unsigned most = net.ip.family == AF_INET ? 32 : 128;
    uint64_t n = most;
    if (bits.p && qn_str_u64(&n, bits, 0, most)) return QN_EINVAL;
    net.bits = (unsigned)n;
    if (most == 128 && n >= 96) {
        unmap(&net.ip);
        if (net.ip.family == AF_INET) net.bits -= 96;
    }
    *out = net;
    return QN_OK;
}

bool qn_cidr_has(const qn_cidr *net, const qn_ip *ip)
{
    if (net->ip.family != ip->family) return false;
    size_t whole = net->bits / 8;
    unsigned rest = net->bits % 8;
    if (memcmp(net->ip.bytes, ip->bytes, whole) != 0) return false;
    return !rest || (net->ip.bytes[whole] ^ ip->bytes[whole]) >> (8 - rest) == 0;
}
