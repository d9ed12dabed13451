/**
 * A server of core/http in a thread of its own, for tests that are clients and send raw bytes. Nothing here measures
 * time: what has to happen is waited for, with poll's limit far beyond it. A test file has its own add_routes().
 */
#ifndef QN_TESTS_HTTPFIXTURE_H
#define QN_TESTS_HTTPFIXTURE_H

#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buf.h"
#include "http/server.h"

enum { WAIT_MS = 20000 };
enum { DRAIN = 1, REOPEN = 2, STOP = 1000 }; /* what the server's thread is told */

typedef struct {
    pthread_t thread;
    qn_loop *loop;
    qn_pool *pool;
    qn_router *router;
    qn_config *config;
    qn_server *server;
    struct event *command;
    int fd, port, command_fd;
    bool draining;
} fixture;

static fixture f;
static atomic_int ended, drained; /* requests whose arena has gone; a command was carried out */

static void add_routes(void);

/* ---- the server ------------------------------------------------------------------------------------------------ */

static inline void on_drained(void *ctx)
{
    (void)ctx;
    atomic_store(&drained, 1);
}

static inline void on_command(evutil_socket_t fd, short what, void *arg)
{
    (void)what, (void)arg;
    uint64_t value = 0;
    if (read(fd, &value, sizeof value) < 0) return;
    if (value >= STOP) qn_loop_stop(f.loop);
    if (value % 1000 == DRAIN) qn_server_drain(f.server, on_drained, NULL);
    if (value % 1000 == REOPEN) {
        qn_server_reopen_log(f.server);
        atomic_store(&drained, 1);
    }
}

static inline void command(uint64_t value)
{
    assert_int_equal(write(f.command_fd, &value, sizeof value), sizeof value);
}

static inline void *run(void *arg)
{
    (void)arg;
    qn_loop_run(f.loop);
    return NULL;
}

static inline void listen_on_loopback(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof a;
    f.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f.fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(f.fd, 128), 0);
    assert_int_equal(getsockname(f.fd, (struct sockaddr *)&a, &n), 0);
    f.port = ntohs(a.sin_port);
}

static inline void start(const char *const *sets, size_t nsets)
{
    qn_config_sources src = { .sets = sets, .nsets = nsets };
    qn_errmsg e = { "" };
    f = (fixture){ 0 };
    atomic_store(&ended, 0);
    atomic_store(&drained, 0);
    if (qn_config_load(&f.config, &src, &e)) fail_msg("%s", e.text);
    assert_int_equal(qn_loop_new(&f.loop), 0);
    assert_int_equal(qn_pool_new(&f.pool, f.loop, 1, 8), 0);
    assert_int_equal(qn_router_new(&f.router), 0);
    add_routes();
    listen_on_loopback();
    qn_server_options o = {
        .loop = f.loop, .pool = f.pool, .router = f.router, .config = f.config, .listen_fds = &f.fd, .nlisten = 1
    };
    assert_int_equal(qn_server_new(&f.server, &o), 0);
    f.command_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    f.command = event_new(qn_loop_base(f.loop), f.command_fd, EV_READ | EV_PERSIST, on_command, NULL);
    event_add(f.command, NULL);
    assert_int_equal(pthread_create(&f.thread, NULL, run, NULL), 0);
}

static inline void stop(void)
{
    command(STOP);
    pthread_join(f.thread, NULL);
    event_free(f.command);
    qn_server_free(&f.server);
    qn_pool_free(&f.pool); /* what it still compresses outlives the server */
    qn_router_free(&f.router);
    qn_loop_free(&f.loop);
    qn_config_free(&f.config);
    close(f.command_fd);
    close(f.fd);
}

#define START(...)                                                                                                     \
    do {                                                                                                               \
        const char *const sets_[] = { "log.access=off", __VA_ARGS__ };                                                 \
        start(sets_, COUNT(sets_));                                                                                    \
    } while (0)

/* ---- the client ------------------------------------------------------------------------------------------------ */

#define H    "Host: a\r\n"
#define LAST "Connection: close\r\n\r\n"

static inline int dial(int rcvbuf)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr = { htonl(INADDR_LOOPBACK) },
                             .sin_port = htons((uint16_t)f.port) };
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (rcvbuf) setsockopt(s, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
    assert_int_equal(connect(s, (struct sockaddr *)&a, sizeof a), 0);
    return s;
}

static inline void put(int s, const char *p, size_t n)
{
    while (n) {
        ssize_t k = send(s, p, n, MSG_NOSIGNAL);
        if (k < 0) return; /* the server may have heard enough */
        p += k;
        n -= (size_t)k;
    }
}

static inline void say(int s, const char *text)
{
    put(s, text, strlen(text));
}

/* False at the end of the connection. */
static inline bool get_some(int s, qn_buf *b)
{
    char piece[65536];
    struct pollfd p = { .fd = s, .events = POLLIN };
    if (poll(&p, 1, WAIT_MS) != 1) fail_msg("nothing came; so far: %.*s", QN_FMT(qn_buf_str(b)));
    ssize_t n = recv(s, piece, sizeof piece, 0);
    if (n <= 0) return false;
    qn_buf_add(b, piece, (size_t)n);
    return true;
}

static inline bool has(const qn_buf *b, const char *text)
{
    return b->n && strstr(b->p, text) != NULL;
}

static inline void get_until(int s, qn_buf *b, const char *text)
{
    while (!has(b, text))
        if (!get_some(s, b)) fail_msg("the connection ended before \"%s\": %s", text, b->p ? b->p : "");
}

static inline void get_all(int s, qn_buf *b)
{
    while (get_some(s, b)) {
    }
}

/* Sends, reads up to the end of the connection, closes. Free what comes. */
static inline qn_buf exchange(const char *text)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    int s = dial(0);
    say(s, text);
    get_all(s, &b);
    close(s);
    qn_buf_addc(&b, '\0');
    return b;
}

static inline unsigned count(const qn_buf *b, const char *text)
{
    unsigned n = 0;
    for (const char *at = b->p; (at = strstr(at, text)); at += strlen(text)) n++;
    return n;
}

static inline void expect_in(const char *request, const char *const *texts, size_t n)
{
    qn_buf b = exchange(request);
    for (size_t i = 0; i < n; i++) {
        bool absent = texts[i][0] == '!';
        if (has(&b, texts[i] + absent) == absent)
            fail_msg("\"%s\" in the answer to\n%s\nis\n%s", texts[i], request, b.p);
    }
    qn_buf_free(&b);
}

/* What must be in the answer, or with a '!' before it must not. */
#define EXPECT(request, ...)                                                                                           \
    do {                                                                                                               \
        static const char *const texts_[] = { __VA_ARGS__ };                                                           \
        expect_in(request, texts_, COUNT(texts_));                                                                     \
    } while (0)

static inline void wait_for(atomic_int *what, int value)
{
    for (int i = 0; i < WAIT_MS && atomic_load(what) < value; i++) usleep(1000);
    assert_int_equal(atomic_load(what), value);
}

#endif
