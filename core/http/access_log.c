#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/conn.h"

enum { GONE = 499 }; /* nginx's number for a client that did not wait for its answer */

struct qn_access_log {
    char *path; /* NULL: with the other lines */
    int fd;
    bool lost; /* the last line could not be written whole, */
    bool cut;  /* and its beginning was */
};

/* Said when it begins and when it is over. */
static void note_written(qn_access_log *l, int err)
{
    if (err && !l->lost) qn_error("[log] access = %s: %s: lines are lost", l->path, strerror(err));
    if (!err && l->lost) qn_info("[log] access = %s: lines are written again", l->path);
    l->lost = err;
}

static int open_file(qn_access_log *l)
{
    /* A pipe by name that nobody reads is refused, or loses lines, instead of being waited for. */
    int fd = open(l->path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0640);
    if (fd < 0) {
        qn_error("[log] access = %s: %s", l->path, strerror(errno));
        return QN_EIO;
    }
    if (l->fd >= 0) close(l->fd);
    l->fd = fd;
    l->cut = false;
    return 0;
}

int qn_access_log_new(qn_access_log **out, const qn_config *c)
{
    const char *access = qn_config_str(c, "log", "access");
    if (strcmp(access, "off") == 0) return 0;
    qn_access_log *l = calloc(1, sizeof *l);
    if (!l) return QN_ENOMEM;
    l->fd = -1;
    int rc = 0;
    if (strcmp(access, "on") != 0) {
        l->path = strdup(access);
        rc = l->path ? open_file(l) : QN_ENOMEM;
    }
    if (rc)
        qn_access_log_free(&l);
    else
        *out = l;
    return rc;
}

void qn_access_log_free(qn_access_log **l)
{
    if (!l || !*l) return;
    if ((*l)->fd >= 0) close((*l)->fd);
    free((*l)->path);
    free(*l);
    *l = NULL;
}

void qn_access_log_reopen(qn_access_log *l)
{
    if (l->path) open_file(l); /* where that fails the old file goes on */
}

/* ---- secrets --------------------------------------------------------------------------------------------------- */

static bool is_secret_name(qn_str name)
{
    static const char *const names[] = { "token",  "access_token",  "api_key", "apikey",    "key",        "password",
                                         "secret", "client_secret", "sig",     "signature", "credential", "code" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (qn_str_eq_ci(name, qn_str_of(names[i]))) return true;
    return false;
}

/* Bytes of what looks like one of our tokens ("qn_" and 20 or more characters) at `s`; 0 when it does not. */
static size_t token_at(qn_str s)
{
    if (!qn_str_starts(s, QN_STR("qn_"))) return 0;
    size_t n = 3;
    while (n < s.n && (qn_is_tchar((unsigned char)s.p[n]) && !strchr("&%#'", s.p[n]))) n++;
    return n >= 23 ? n : 0;
}

static void add_masked(qn_buf *b, qn_str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = token_at((qn_str){ s.p + i, s.n - i });
        if (n)
            qn_buf_addz(b, "***");
        else
            qn_buf_addc(b, s.p[i]);
        i += n ? n : 1;
    }
}

/* The target as it came, but for what would let whoever reads the log in. */
static void add_target(qn_buf *b, qn_str target)
{
    qn_str query = target, path = qn_str_cut(&query, '?');
    add_masked(b, path);
    for (char sep = '?'; query.p; sep = '&') {
        qn_str pair = qn_str_cut(&query, '&'), value = pair, name = qn_str_cut(&value, '=');
        qn_buf_addc(b, sep);
        add_masked(b, name);
        if (!value.p) continue;
        qn_buf_addc(b, '=');
        if (is_secret_name(name))
            qn_buf_addz(b, "***");
        else
            add_masked(b, value);
    }
}

/* ---- a line ---------------------------------------------------------------------------------------------------- */

static qn_log_field text(const char *key, qn_str value)
{
    return (qn_log_field){ .key = key, .kind = QN_LOG_STR, .s = value };
}

static qn_log_field number(const char *key, int64_t value)
{
    return (qn_log_field){ .key = key, .kind = QN_LOG_INT, .i = value };
}

/* Times that were not reached are negative and left out. */
void qn_access_log_write(qn_access_log *l, const qn_req *req, bool aborted)
{
    int64_t now = qn_mono_us(), replied = req->answered ? req->reply_us : now;
    int64_t began = req->handler_us ? req->handler_us : replied;
    qn_buf target;
    qn_buf_init(&target, 0);
    if (req->parser.target.n) add_target(&target, qn_req_target(req));
    qn_str method = req->parser.method.n ? qn_parser_str(&req->parser, req->parser.method) : QN_STR("-");
    const qn_log_field fields[] = {
        text("caller", qn_str_of(req->caller[0] ? req->caller : "-")),
        text("peer", qn_req_peer(req)),
        text("method", method),
        text("route", qn_str_of(req->route ? req->route->pattern : "-")),
        number("status", req->answered ? req->status : GONE),
        number("bytes", (int64_t)(req->sent_bytes > req->head_bytes ? req->sent_bytes - req->head_bytes : 0)),
        number("queue_us", began - req->first_us),
        number("handler_us", replied - began),
        number("db_us", req->db_us),
        number("write_us", req->answered ? now - req->reply_us : -1),
        text("end", aborted ? QN_STR("aborted") : QN_STR("whole")),
        text("trace", req->trace.trace_id[0] ? qn_str_of(req->trace.trace_id) : QN_STR("-")),
        text("target", target.n ? qn_buf_str(&target) : QN_STR("-")), /* last: a long one is cut, and nothing with it */
    };
    size_t n = sizeof fields / sizeof fields[0];
    if (l->fd >= 0)
        note_written(l, qn_log_fields_to(l->fd, &l->cut, QN_LOG_INFO, req->id, "request", fields, n));
    else
        qn_log_fields(QN_LOG_INFO, req->id, "request", fields, n);
    qn_buf_free(&target);
}
