#include <stdlib.h>
#include <string.h>

#include "http/conn.h"

/* Open connections by client address. An IPv6 client has a /64 of its own, so that is what is counted. */
enum { BUCKETS = 1024 };

struct qn_addr {
    qn_addr *next;
    uint8_t family;
    uint8_t bytes[16];
    unsigned count;
};

struct qn_addr_table {
    qn_addr *buckets[BUCKETS];
};

int qn_addr_table_new(qn_addr_table **out)
{
    qn_addr_table *t = calloc(1, sizeof *t);
    if (!t) return QN_ENOMEM;
    *out = t;
    return 0;
}

void qn_addr_table_free(qn_addr_table **t)
{
    if (!t || !*t) return;
    for (size_t i = 0; i < BUCKETS; i++) {
        while ((*t)->buckets[i]) {
            qn_addr *a = (*t)->buckets[i];
            (*t)->buckets[i] = a->next;
            free(a);
        }
    }
    free(*t);
    *t = NULL;
}

static qn_addr **bucket_of(qn_addr_table *t, const qn_addr *key)
{
    uint64_t h = 1469598103934665603u ^ key->family; /* FNV-1a; a long chain costs its maker as many connections */
    for (size_t i = 0; i < sizeof key->bytes; i++) h = (h ^ key->bytes[i]) * 1099511628211u;
    return &t->buckets[h % BUCKETS];
}

qn_addr *qn_addr_take(qn_addr_table *t, const qn_ip *ip, unsigned max)
{
    qn_addr key = { .family = ip->family };
    memcpy(key.bytes, ip->bytes, ip->family == AF_INET6 ? 8 : 4);
    qn_addr **bucket = bucket_of(t, &key);
    qn_addr *a = *bucket;
    while (a && (a->family != key.family || memcmp(a->bytes, key.bytes, sizeof key.bytes) != 0)) a = a->next;
    if (!a) {
        a = malloc(sizeof *a);
        if (!a) return NULL;
        *a = key;
        a->next = *bucket;
        *bucket = a;
    }
    if (a->count >= max) return NULL;
    a->count++;
    return a;
}

void qn_addr_give(qn_addr_table *t, qn_addr *a)
{
    if (--a->count) return;
    for (qn_addr **at = bucket_of(t, a); *at; at = &(*at)->next) {
        if (*at != a) continue;
        *at = a->next;
        free(a);
        return;
    }
}
