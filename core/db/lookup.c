#include "db/lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"

enum { NAME_BYTES = 256 };

struct qn_lookup {
    atomic_int users; /* who asked, and the thread: the last one frees it */
    atomic_bool done; /* what stands below belongs to the thread until then */
    char *hosts, *ports;
    unsigned nhosts, nports;
    qn_buf host, hostaddr, port;
    char why[NAME_BYTES + 100];
};

unsigned qn_lookup_items(const char *list)
{
    unsigned n = list && *list ? 1 : 0;
    for (; list && *list; list++) n += *list == ',';
    return n;
}

/* Item i of a list, cut off where it is too long to be anybody's name. */
static void item(char out[NAME_BYTES], const char *list, unsigned i)
{
    while (i--) list = strchr(list, ',') + 1;
    snprintf(out, NAME_BYTES, "%.*s", (int)strcspn(list, ","), list);
}

static bool is_name(const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (!*host || *host == '/' || *host == '@') return false; /* Unix sockets */
    return inet_pton(AF_INET, host, address) != 1 && inet_pton(AF_INET6, host, address) != 1;
}

bool qn_lookup_wanted(const char *hosts)
{
    char host[NAME_BYTES];
    for (unsigned i = 0, n = qn_lookup_items(hosts); i < n; i++) {
        item(host, hosts, i);
        if (is_name(host)) return true;
    }
    return false;
}

/* ---- the thread -------------------------------------------------------------------------------------------------- */

static void add(qn_lookup *l, unsigned i, const char *host, const char *address)
{
    char port[NAME_BYTES];
    bool first = !l->host.n && !l->hostaddr.n;
    qn_buf_printf(&l->host, "%s%s", first ? "" : ",", host);
    qn_buf_printf(&l->hostaddr, "%s%s", first ? "" : ",", address);
    if (l->nports < 2) return;
    item(port, l->ports, i);
    qn_buf_printf(&l->port, "%s%s", first ? "" : ",", port);
}

static void look_up(qn_lookup *l, unsigned i, const char *host)
{
    const struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    struct addrinfo *all = NULL;
    char address[NI_MAXHOST];
    int err = getaddrinfo(host, NULL, &hints, &all);
    if (err) snprintf(l->why, sizeof l->why, "the host name \"%s\" has no address: %s", host, gai_strerror(err));
    for (const struct addrinfo *a = all; a; a = a->ai_next)
        if (!getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST))
            add(l, i, host, address);
    if (all) freeaddrinfo(all);
}

static void unref(qn_lookup *l)
{
    if (atomic_fetch_sub(&l->users, 1) > 1) return;
    qn_buf_free(&l->host);
    qn_buf_free(&l->hostaddr);
    qn_buf_free(&l->port);
    free(l->hosts);
    free(l->ports);
    free(l);
}

static void *work(void *arg)
{
    qn_lookup *l = arg;
    char host[NAME_BYTES];
    for (unsigned i = 0; i < l->nhosts; i++) {
        item(host, l->hosts, i);
        if (is_name(host))
            look_up(l, i, host);
        else
            add(l, i, host, "");
    }
    qn_buf_addc(&l->host, '\0');
    qn_buf_addc(&l->hostaddr, '\0');
    qn_buf_addc(&l->port, '\0');
    atomic_store(&l->done, true);
    unref(l);
    return NULL;
}

/* Signals are the loop's: none is taken here. */
static int start(qn_lookup *l)
{
    pthread_t thread;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int err = pthread_create(&thread, NULL, work, l);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!err) pthread_detach(thread);
    return err ? QN_ENOMEM : QN_OK;
}

int qn_lookup_begin(qn_lookup **out, const char *hosts, const char *ports)
{
    qn_lookup *l = calloc(1, sizeof *l);
    if (!l) return QN_ENOMEM;
    l->users = 1;
    qn_buf_init(&l->host, 0);
    qn_buf_init(&l->hostaddr, 0);
    qn_buf_init(&l->port, 0);
    l->hosts = strdup(hosts);
    l->ports = strdup(ports ? ports : "");
    if (!l->hosts || !l->ports) {
        unref(l);
        return QN_ENOMEM;
    }
    l->nhosts = qn_lookup_items(hosts);
    l->nports = qn_lookup_items(ports) == l->nhosts ? l->nhosts : 0;
    l->users = 2;
    if (start(l)) {
        l->users = 1;
        unref(l);
        return QN_ENOMEM;
    }
    *out = l;
    return QN_OK;
}

bool qn_lookup_done(const qn_lookup *l)
{
    return atomic_load(&l->done);
}

bool qn_lookup_result(const qn_lookup *l, qn_lookup_found *found, const char **why)
{
    bool failed = l->host.failed || l->hostaddr.failed || l->port.failed, none = l->host.n < 2 && l->hostaddr.n < 2;
    *why = failed ? "out of memory" : l->why;
    if (failed || none) return false;
    *found = (qn_lookup_found){ l->host.p, l->hostaddr.p, l->port.n > 1 ? l->port.p : NULL };
    return true;
}

void qn_lookup_free(qn_lookup **l)
{
    if (!l || !*l) return;
    unref(*l);
    *l = NULL;
}
