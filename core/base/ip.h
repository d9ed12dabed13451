/**
 * IP addresses and networks as text and as bytes. An IPv4 address that came mapped into IPv6 (::ffff:192.0.2.1) is the
 * IPv4 one.
 */
#ifndef QN_BASE_IP_H
#define QN_BASE_IP_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct {
    uint8_t family;    /**< AF_INET, AF_INET6; AF_UNIX and AF_UNSPEC have no bytes */
    uint8_t bytes[16]; /**< 4 of them for AF_INET */
} qn_ip;

typedef struct {
    qn_ip ip;
    unsigned bits; /**< of the prefix */
} qn_cidr;

enum { QN_IP_TEXT_BYTES = INET6_ADDRSTRLEN };

/** An IPv4 or IPv6 address, nothing around it. QN_EINVAL. */
int qn_ip_parse(qn_ip *out, qn_str s);
/** From the 16 bytes of an IPv6 socket address. */
qn_ip qn_ip_of_ipv6(const uint8_t bytes[16]);
/** "192.0.2.1", "2001:db8::1", "unix", or "-" for what is none. */
const char *qn_ip_text(char out[QN_IP_TEXT_BYTES], const qn_ip *ip);
/** ADDRESS or ADDRESS/BITS. Bits of the address beyond the prefix do not matter. QN_EINVAL. */
int qn_cidr_parse(qn_cidr *out, qn_str s);
bool qn_cidr_has(const qn_cidr *net, const qn_ip *ip);

#endif
