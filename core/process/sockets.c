#include "process/sockets.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

/* The kernel cuts it to net.core.somaxconn (4096 on Debian 12); while a worker is respawned connections wait here. */
enum { BACKLOG = 4096 };

typedef struct {
    char *name; /* owned */
    char *path; /* owned; of a Unix socket, else NULL */
    dev_t dev;  /* of `path` as we made it */
    ino_t ino;
} place;

struct qn_sockets {
    size_t n;
    int fds[QN_SOCKETS_MAX];
    place places[QN_SOCKETS_MAX];
};

/* ---- reading an address ----------------------------------------------------------------------------------------- */

#define EXAMPLES "127.0.0.1:8080, [::1]:8080 or unix:/path"

static int parse_unix(qn_address *out, const char *text, qn_errmsg *e)
{
    const char *path = text + strlen("unix:");
    if (path[0] != '/')
        return qn_fail(e, QN_EINVAL, "[server] listen = %s: the path of a Unix socket begins with /", text);
    if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path)
        return qn_fail(e, QN_EINVAL, "[server] listen = %s: the path of a Unix socket has at most %zu bytes", text,
                       sizeof((struct sockaddr_un *)0)->sun_path - 1);
    qn_address a = { .is_unix = true };
    memcpy(a.host, path, strlen(path) + 1);
    *out = a;
    return QN_OK;
}

int qn_address_parse(qn_address *out, const char *text, qn_errmsg *e)
{
    if (!strncmp(text, "unix:", 5)) return parse_unix(out, text, e);
    qn_address a = { 0 };
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (!colon || qn_str_u64(&port, qn_str_of(colon + 1), 0, 65535))
        return qn_fail(e, QN_EINVAL, "[server] listen = %s: an address ends in a port from 0 to 65535, as in " EXAMPLES,
                       text);
    qn_str host = { text, (size_t)(colon - text) };
    bool bracketed = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    if (bracketed) host = (qn_str){ host.p + 1, host.n - 2 };
    bool has_colon = host.n && memchr(host.p, ':', host.n);
    if (host.n == 0 || host.n >= sizeof a.host || memchr(host.p, '[', host.n) || memchr(host.p, ']', host.n))
        return qn_fail(e, QN_EINVAL, "[server] listen = %s: give an address before the port, as in " EXAMPLES, text);
    if (has_colon != bracketed)
        return qn_fail(e, QN_EINVAL,
                       "[server] listen = %s: IPv6 addresses, and only these, stand in brackets, as in [::1]:8080",
                       text);
    memcpy(a.host, host.p, host.n);
    a.port = (int)port;
    *out = a;
    return QN_OK;
}

/* ---- binding ---------------------------------------------------------------------------------------------------- */

/* Takes over fd, name and path. */
static int add(qn_sockets *s, int fd, char *name, char *path)
{
    struct stat st;
    if (s->n == QN_SOCKETS_MAX || !name || listen(fd, BACKLOG) || (path && lstat(path, &st))) {
        int keep = s->n == QN_SOCKETS_MAX ? EMFILE : errno;
        close(fd);
        free(name);
        free(path);
        errno = keep;
        return QN_EIO;
    }
    s->fds[s->n] = fd;
    s->places[s->n] = (place){ .name = name, .path = path };
    if (path) {
        s->places[s->n].dev = st.st_dev;
        s->places[s->n].ino = st.st_ino;
    }
    s->n++;
    return QN_OK;
}

/* Nobody answers on the socket at `sa`, and it is a socket. */
static bool is_stale(const struct sockaddr_un *sa)
{
    struct stat st;
    if (lstat(sa->sun_path, &st) || !S_ISSOCK(st.st_mode)) return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return false;
    bool stale = connect(fd, (const struct sockaddr *)sa, sizeof *sa) < 0 && errno == ECONNREFUSED;
    close(fd);
    return stale;
}

/* Local users may connect as they may to a port; a folder around it narrows that. */
static int open_unix(qn_sockets *s, const qn_address *a)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    memcpy(sa.sun_path, a->host, strlen(a->host) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return QN_EIO;
    int bound = bind(fd, (struct sockaddr *)&sa, sizeof sa);
    if (bound && errno == EADDRINUSE && is_stale(&sa) && unlink(sa.sun_path) == 0)
        bound = bind(fd, (struct sockaddr *)&sa, sizeof sa);
    if (bound || chmod(sa.sun_path, 0666)) {
        int keep = errno;
        close(fd);
        errno = keep;
        return QN_EIO;
    }
    char *name = NULL;
    if (asprintf(&name, "unix:%s", a->host) < 0) name = NULL;
    return add(s, fd, name, strdup(a->host));
}

static char *name_of(int fd)
{
    struct sockaddr_storage sa = { 0 };
    socklen_t n = sizeof sa;
    char host[NI_MAXHOST], port[NI_MAXSERV], *out = NULL;
    if (getsockname(fd, (struct sockaddr *)&sa, &n)) return NULL;
    if (getnameinfo((struct sockaddr *)&sa, n, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV))
        return NULL;
    if (asprintf(&out, sa.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port) < 0) return NULL;
    return out;
}

static int open_tcp(qn_sockets *s, const struct addrinfo *ai)
{
    int one = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return QN_EIO;
    bool ok = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0;
    if (ok && ai->ai_family == AF_INET6) ok = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one) == 0;
    if (ok) ok = bind(fd, ai->ai_addr, ai->ai_addrlen) == 0;
    if (!ok) {
        int keep = errno;
        close(fd);
        errno = keep;
        return QN_EIO;
    }
    return add(s, fd, name_of(fd), NULL);
}

static void set_port(struct addrinfo *ai, in_port_t port)
{
    if (ai->ai_family == AF_INET6)
        ((struct sockaddr_in6 *)(void *)ai->ai_addr)->sin6_port = port;
    else
        ((struct sockaddr_in *)(void *)ai->ai_addr)->sin_port = port;
}

static in_port_t port_of(int fd)
{
    struct sockaddr_in6 sa;
    socklen_t n = sizeof sa;
    memset(&sa, 0, sizeof sa);
    /* The port stands at the same place in both families. */
    return getsockname(fd, (struct sockaddr *)&sa, &n) ? 0 : sa.sin6_port;
}

/* A name may stand for several addresses, some of them of a family that this machine has not: one that can be bound is
 * enough. With port 0 the others take the port that the first was given. */
static int open_host(qn_sockets *s, const qn_address *a, qn_errmsg *e)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *list;
    int err = getaddrinfo(a->host, "0", &hints, &list);
    if (err)
        return qn_fail(e, QN_EINVAL, "[server] listen: %s is not an address of this machine: %s", a->host,
                       gai_strerror(err));
    in_port_t port = htons((uint16_t)a->port);
    int r = QN_EIO, why = EADDRNOTAVAIL;
    for (struct addrinfo *ai = list; ai; ai = ai->ai_next) {
        if (ai->ai_family != AF_INET && ai->ai_family != AF_INET6) continue;
        set_port(ai, port);
        if (open_tcp(s, ai) == QN_OK) {
            r = QN_OK;
            port = port_of(s->fds[s->n - 1]);
            continue;
        }
        why = errno;
        if (why == EAFNOSUPPORT || why == EADDRNOTAVAIL) continue;
        r = QN_EIO;
        break;
    }
    freeaddrinfo(list);
    errno = why;
    return r;
}

static int open_one(qn_sockets *s, const char *text, qn_errmsg *e)
{
    qn_address a = { 0 };
    int r = qn_address_parse(&a, text, e);
    if (r) return r;
    if (e) e->text[0] = '\0';
    r = a.is_unix ? open_unix(s, &a) : open_host(s, &a, e);
    if (r == QN_OK || (e && e->text[0])) return r;
    const char *hint = errno == EADDRINUSE ? ": another program listens there"
                       : errno == EACCES
                           ? ": ports below 1024 are root's; a Unix socket needs a folder that can be written"
                           : "";
    return qn_fail(e, r, "[server] listen = %s: %s%s", text, strerror(errno), hint);
}

int qn_sockets_open(qn_sockets **out, const char *const *items, size_t n, qn_errmsg *e)
{
    if (n == 0) return qn_fail(e, QN_EINVAL, "[server] listen names no address: give one, as " EXAMPLES);
    qn_sockets *s = calloc(1, sizeof *s);
    if (!s) return qn_fail(e, QN_ENOMEM, "[server] listen: out of memory");
    for (size_t i = 0; i < n; i++) {
        int r = open_one(s, items[i], e);
        if (r == QN_OK) continue;
        qn_sockets_close(&s, true);
        return r;
    }
    *out = s;
    return QN_OK;
}

const int *qn_sockets_fds(const qn_sockets *s, size_t *n)
{
    *n = s->n;
    return s->fds;
}

const char *qn_sockets_name(const qn_sockets *s, size_t i)
{
    return s->places[i].name;
}

void qn_sockets_close(qn_sockets **s, bool remove)
{
    if (!s || !*s) return;
    for (size_t i = 0; i < (*s)->n; i++) {
        place *p = &(*s)->places[i];
        struct stat st;
        if (remove && p->path && !lstat(p->path, &st) && st.st_dev == p->dev && st.st_ino == p->ino) unlink(p->path);
        close((*s)->fds[i]);
        free(p->name);
        free(p->path);
    }
    free(*s);
    *s = NULL;
}
