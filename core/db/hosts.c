#include "db/hosts.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* One value with an item a host, or with one for all of them. */
typedef struct {
    char *given, *turned; /* of the same length; NULL: none is given */
} list;

struct qn_hosts {
    list host, hostaddr, port;
    unsigned n;
};

static unsigned count(const list *l)
{
    unsigned n = l->given ? 1 : 0;
    for (const char *p = l->given; p && *p; p++) n += *p == ',';
    return n;
}

static bool read_list(list *l, const PQconninfoOption *options, const char *keyword)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++) {
        if (strcmp(o->keyword, keyword) != 0 || !o->val || !*o->val) continue;
        l->given = strdup(o->val);
        l->turned = strdup(o->val);
        return l->given && l->turned;
    }
    return true;
}

int qn_hosts_new(qn_hosts **out, const char *conninfo)
{
    qn_hosts *h = calloc(1, sizeof *h);
    if (!h) return QN_ENOMEM;
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    bool good = read_list(&h->host, options, "host") && read_list(&h->hostaddr, options, "hostaddr") &&
                read_list(&h->port, options, "port");
    PQconninfoFree(options);
    if (!good) {
        qn_hosts_free(&h);
        return QN_ENOMEM;
    }
    unsigned names = count(&h->host), addresses = count(&h->hostaddr);
    h->n = names > addresses ? names : addresses;
    *out = h;
    return QN_OK;
}

static void free_list(list *l)
{
    free(l->given);
    free(l->turned);
}

void qn_hosts_free(qn_hosts **h)
{
    if (!h || !*h) return;
    free_list(&(*h)->host);
    free_list(&(*h)->hostaddr);
    free_list(&(*h)->port);
    free(*h);
    *h = NULL;
}

/* "a,b,c" from the second on: "b,c,a". */
static const char *turn(list *l, unsigned n, unsigned first)
{
    if (count(l) != n) return NULL; /* one for all, or none */
    const char *from = l->given;
    while (first--) from = strchr(from, ',') + 1;
    size_t before = (size_t)(from - l->given), rest = strlen(from);
    memcpy(l->turned, from, rest);
    if (before) {
        l->turned[rest] = ',';
        memcpy(l->turned + rest + 1, l->given, before - 1);
    }
    return l->turned;
}

qn_hosts_turn qn_hosts_from(qn_hosts *h, unsigned first)
{
    if (h->n < 2) return (qn_hosts_turn){ 0 };
    first %= h->n;
    return (qn_hosts_turn){ turn(&h->host, h->n, first), turn(&h->hostaddr, h->n, first), turn(&h->port, h->n, first) };
}
