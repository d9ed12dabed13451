#include "db/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "db/hosts.h"
#include "db/pgnotice.h"

enum { RETRY_MIN_MS = 50, RETRY_MAX_MS = 2000 };
#define HOST_WAIT_S "5"

typedef enum { RESTING, CONNECTING, UP } session_state;

struct qn_session {
    qn_session_options o;
    qn_hosts *hosts;
    unsigned first; /* of them, that an attempt to connect begins with */
    session_state state;
    PGconn *conn;
    struct event *io;
    short io_what; /* what `io` waits for */
    int io_fd;
    qn_timer *timer; /* the retry while resting, the deadline else */
    int retry_ms;
    bool said_down;
    qn_session_fn fn; /* of the statement in flight; NULL: none */
    void *fn_ctx;
    PGresult *last; /* its result so far */
};

static void on_io(evutil_socket_t fd, short what, void *ctx);

/* libpq may open another socket while it connects (several hosts): the event follows it. */
static int wait_for(qn_session *s, short what)
{
    int fd = PQsocket(s->conn);
    if (s->io && s->io_fd == fd && s->io_what == what && event_pending(s->io, EV_READ | EV_WRITE, NULL)) return QN_OK;
    if (s->io) event_free(s->io);
    s->io = fd < 0 ? NULL : event_new(qn_loop_base(s->o.loop), fd, (short)(what | EV_PERSIST), on_io, s);
    s->io_fd = fd;
    s->io_what = what;
    return s->io && event_add(s->io, NULL) == 0 ? QN_OK : QN_ENOMEM;
}

static void answer(qn_session *s, int err)
{
    qn_session_fn fn = s->fn;
    PGresult *res = s->last;
    void *ctx = s->fn_ctx;
    s->fn = NULL;
    s->last = NULL;
    if (fn) fn(ctx, err, err == QN_OK || err == QN_EDB ? res : NULL);
    PQclear(res);
}

static void disconnect(qn_session *s)
{
    if (s->io) event_free(s->io); /* before libpq closes its socket */
    s->io = NULL;
    PQfinish(s->conn);
    s->conn = NULL;
    s->state = RESTING;
}

static void give_up_for(qn_session *s, int err, const char *said)
{
    char why[512];
    snprintf(why, sizeof why, "%s", said && *said ? said : "the connection was lost");
    why[strcspn(why, "\n")] = '\0';
    disconnect(s);
    qn_timer_start(s->timer, s->retry_ms);
    s->retry_ms = s->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : s->retry_ms * 2;
    answer(s, err);
    if (s->said_down) return;
    s->said_down = true;
    s->o.on_down(s->o.ctx, why);
}

static void give_up(qn_session *s, int err)
{
    give_up_for(s, err, err == QN_ETIMEOUT ? "no answer in time" : PQerrorMessage(s->conn));
}

static void begin_connect(qn_session *s)
{
    char why[256];
    int looked = qn_hosts_look(s->hosts, why, sizeof why);
    if (looked == QN_EBUSY) {
        qn_timer_start(s->timer, QN_HOSTS_LOOK_MS);
        return;
    }
    if (looked) {
        give_up_for(s, QN_EUNAVAIL, why);
        return;
    }
    qn_hosts_turn turn = qn_hosts_from(s->hosts, s->first);
    /* What stands before dbname is a default. */
    const char *const keys[] = { "options", "dbname", "application_name", "host", "hostaddr", "port", NULL };
    const char *const values[] = { QN_PG_LOOK_EARLY, s->o.conninfo, s->o.application, turn.host, turn.hostaddr,
                                   turn.port,        NULL };
    s->conn = PQconnectStartParams(keys, values, 1);
    s->state = CONNECTING;
    if (s->conn) PQsetNoticeReceiver(s->conn, qn_pgnotice, NULL);
    qn_timer_start(s->timer, s->o.connect_timeout_ms);
    if (!s->conn || PQstatus(s->conn) == CONNECTION_BAD || wait_for(s, EV_WRITE)) give_up(s, QN_EUNAVAIL);
}

static void go_on_connecting(qn_session *s)
{
    int r = QN_OK;
    switch (PQconnectPoll(s->conn)) {
    case PGRES_POLLING_READING:
        r = wait_for(s, EV_READ);
        break;
    case PGRES_POLLING_WRITING:
        r = wait_for(s, EV_WRITE);
        break;
    case PGRES_POLLING_OK:
        r = PQsetnonblocking(s->conn, 1) ? QN_EUNAVAIL : wait_for(s, EV_READ);
        if (r) break;
        s->state = UP;
        s->retry_ms = RETRY_MIN_MS;
        s->said_down = false;
        qn_timer_stop(s->timer);
        s->o.on_up(s->o.ctx);
        return;
    default:
        r = QN_EUNAVAIL;
    }
    if (r) give_up(s, QN_EUNAVAIL);
}

static void take_notifications(qn_session *s)
{
    for (PGnotify *n; s->state == UP && (n = PQnotifies(s->conn));) {
        if (s->o.on_notify) s->o.on_notify(s->o.ctx, n->relname);
        PQfreemem(n);
    }
}

static void take_results(qn_session *s)
{
    while (s->fn && !PQisBusy(s->conn)) {
        PGresult *res = PQgetResult(s->conn);
        if (res) {
            PQclear(s->last);
            s->last = res;
            continue;
        }
        qn_timer_stop(s->timer);
        ExecStatusType status = PQresultStatus(s->last);
        bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        answer(s, ok ? QN_OK : QN_EDB);
    }
}

static void on_io(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    qn_session *s = ctx;
    if (s->state == CONNECTING) {
        go_on_connecting(s);
        return;
    }
    if ((what & EV_READ) && !PQconsumeInput(s->conn)) {
        give_up(s, QN_EUNAVAIL);
        return;
    }
    int left = PQflush(s->conn);
    if (left < 0 || wait_for(s, left ? EV_READ | EV_WRITE : EV_READ)) {
        give_up(s, QN_EUNAVAIL);
        return;
    }
    take_results(s);
    take_notifications(s);
    if (s->state == UP && PQstatus(s->conn) == CONNECTION_BAD) give_up(s, QN_EUNAVAIL);
}

static void on_timer(void *ctx)
{
    qn_session *s = ctx;
    if (s->state == RESTING) {
        begin_connect(s);
        return;
    }
    if (s->state == CONNECTING) s->first++;
    give_up(s, QN_ETIMEOUT);
}

int qn_session_new(qn_session **out, const qn_session_options *o)
{
    qn_session *s = calloc(1, sizeof *s);
    if (!s) return QN_ENOMEM;
    *s = (qn_session){ .o = *o, .retry_ms = RETRY_MIN_MS };
    int r = qn_hosts_new(&s->hosts, o->conninfo);
    if (!r) r = qn_timer_new(&s->timer, o->loop, on_timer, s);
    if (r) {
        qn_session_free(&s);
        return r;
    }
    qn_timer_start(s->timer, 0); /* later: no callback before this has returned */
    *out = s;
    return QN_OK;
}

void qn_session_free(qn_session **s)
{
    if (!s || !*s) return;
    disconnect(*s);
    PQclear((*s)->last);
    qn_timer_free(&(*s)->timer);
    qn_hosts_free(&(*s)->hosts);
    free(*s);
    *s = NULL;
}

bool qn_session_up(const qn_session *s)
{
    return s->state == UP;
}

int qn_session_query(qn_session *s, const char *sql, int nparams, const char *const *params, qn_session_fn fn,
                     void *ctx)
{
    assert(fn);
    if (s->state != UP) return QN_EUNAVAIL;
    if (s->fn) return QN_EBUSY;
    if (!PQsendQueryParams(s->conn, sql, nparams, NULL, params, NULL, NULL, 0)) return QN_EUNAVAIL;
    int left = PQflush(s->conn);
    if (left < 0 || wait_for(s, left ? EV_READ | EV_WRITE : EV_READ)) {
        qn_timer_start(s->timer, 0); /* gives it up, but not while the caller is in here */
        return QN_EUNAVAIL;
    }
    s->fn = fn;
    s->fn_ctx = ctx;
    qn_timer_start(s->timer, s->o.timeout_ms);
    return QN_OK;
}

int qn_conninfo_check(const char *conninfo, const char *option, qn_errmsg *e)
{
    char *why = NULL;
    PQconninfoOption *given = PQconninfoParse(conninfo, &why);
    int r = QN_OK;
    if (!given) {
        if (why) why[strcspn(why, "\n")] = '\0';
        r = qn_fail(e, why ? QN_EINVAL : QN_ENOMEM, "[database] %s: %s", option, why ? why : "out of memory");
    }
    PQconninfoFree(given);
    PQfreemem(why);
    return r;
}

static int user_in(char **out, const PQconninfoOption *options)
{
    for (const PQconninfoOption *o = options; o && o->keyword; o++) {
        if (strcmp(o->keyword, "user") != 0 || !o->val || !*o->val) continue;
        char *copy = strdup(o->val);
        if (!copy) return QN_ENOMEM;
        *out = copy;
        return QN_OK;
    }
    return QN_ENOTFOUND;
}

int qn_conninfo_user(char **out, const char *conninfo, qn_errmsg *e)
{
    char *why = NULL;
    PQconninfoOption *given = PQconninfoParse(conninfo, &why), *defaults = PQconndefaults();
    int r = given ? user_in(out, given) : qn_fail(e, QN_EINVAL, "[database] url: %s", why ? why : "out of memory");
    if (r == QN_ENOTFOUND) r = user_in(out, defaults);
    if (r == QN_ENOTFOUND) r = qn_fail(e, QN_EINVAL, "[database] url names no user");
    PQconninfoFree(given);
    PQconninfoFree(defaults);
    PQfreemem(why);
    return r;
}

/* key='value' in the form that libpq reads. */
static void add_option(qn_buf *b, const char *key, const char *value)
{
    qn_buf_printf(b, "%s%s='", b->n ? " " : "", key);
    for (; *value; value++) {
        if (*value == '\'' || *value == '\\') qn_buf_addc(b, '\\');
        qn_buf_addc(b, *value);
    }
    qn_buf_addc(b, '\'');
}

int qn_conninfo_of_primary(char **out, const char *conninfo)
{
    bool several = false, targets = false, times = getenv("PGCONNECT_TIMEOUT") != NULL;
    PQconninfoOption *given = PQconninfoParse(conninfo, NULL);
    qn_buf b;
    qn_buf_init(&b, 0);
    for (const PQconninfoOption *o = given; o && o->keyword; o++) {
        if (!o->val) continue;
        add_option(&b, o->keyword, o->val);
        several = several || (!strncmp(o->keyword, "host", 4) && strchr(o->val, ',')); /* and hostaddr */
        targets = targets || !strcmp(o->keyword, "target_session_attrs");
        times = times || !strcmp(o->keyword, "connect_timeout");
    }
    if (several && !targets) add_option(&b, "target_session_attrs", "primary");
    if (!times) add_option(&b, "connect_timeout", HOST_WAIT_S);
    qn_buf_addc(&b, '\0');
    PQconninfoFree(given);
    char *text = b.failed ? NULL : strdup(given ? b.p : conninfo);
    qn_buf_free(&b);
    if (!text) return QN_ENOMEM;
    *out = text;
    return QN_OK;
}
