#include "db/hosts.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "db/lookup.h"

/* Attempts of several connections share what was found. */
enum { FRESH_MS = 1000 };

/* One value with an item a host, or with one for all of them. */
typedef struct {
    char *given, *turned; /* of the same length; NULL: none is given */
} list;

struct qn_hosts {
    list host, hostaddr, port;
    unsigned n;
    /* where a name is among them */
    char *names, *ports; /* as given; NULL: there is none */
    qn_lookup *lookup;   /* under way */
    int64_t looked_ms;   /* when the last one had ended; 0: never */
    bool known;          /* the lists above are what was found */
    char why[360];       /* nothing was, at the last one */
};

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
    unsigned names = qn_lookup_items(h->host.given), addresses = qn_lookup_items(h->hostaddr.given);
    h->n = names > addresses ? names : addresses;
    if (!addresses && h->host.given && qn_lookup_wanted(h->host.given)) {
        h->names = strdup(h->host.given);
        h->ports = h->port.given ? strdup(h->port.given) : NULL;
        if (!h->names || (h->port.given && !h->ports)) {
            qn_hosts_free(&h);
            return QN_ENOMEM;
        }
    }
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
    qn_lookup_free(&(*h)->lookup);
    free((*h)->names);
    free((*h)->ports);
    free(*h);
    *h = NULL;
}

/* ---- names ------------------------------------------------------------------------------------------------------- */

static bool put(list *l, const char *text)
{
    list fresh = { text ? strdup(text) : NULL, text ? strdup(text) : NULL };
    if (text && (!fresh.given || !fresh.turned)) {
        free_list(&fresh);
        return false;
    }
    free_list(l);
    *l = fresh;
    return true;
}

/* What was found before stays where nothing is now. */
static void take_found(qn_hosts *h)
{
    qn_lookup_found f;
    const char *why;
    bool found = qn_lookup_result(h->lookup, &f, &why);
    h->looked_ms = qn_mono_ms();
    snprintf(h->why, sizeof h->why, "%s", found ? "" : why);
    if (found) {
        h->known = put(&h->host, f.host) && put(&h->hostaddr, f.hostaddr) && put(&h->port, f.port);
        h->n = qn_lookup_items(h->host.given);
    }
    qn_lookup_free(&h->lookup);
}

int qn_hosts_look(qn_hosts *h, char *why, size_t bytes)
{
    if (!h->names) return QN_OK;
    bool ended = h->lookup && qn_lookup_done(h->lookup);
    if (ended) take_found(h);
    bool fresh = h->looked_ms && qn_mono_ms() - h->looked_ms < FRESH_MS;
    if (!h->lookup && !fresh && qn_lookup_begin(&h->lookup, h->names, h->ports)) {
        snprintf(why, bytes, "no memory, or no thread, to look its name up");
        return QN_EUNAVAIL;
    }
    if (h->known) return QN_OK;
    if (h->lookup) return QN_EBUSY;
    snprintf(why, bytes, "%s", h->why);
    return QN_EUNAVAIL;
}

/* "a,b,c" from the second on: "b,c,a". */
static const char *turn(list *l, unsigned n, unsigned first)
{
    if (qn_lookup_items(l->given) != n) return NULL; /* one for all, or none */
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
    if (h->n < 2 && !h->known) return (qn_hosts_turn){ 0 };
    first %= h->n;
    return (qn_hosts_turn){ turn(&h->host, h->n, first), turn(&h->hostaddr, h->n, first), turn(&h->port, h->n, first) };
}
