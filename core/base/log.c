#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

/* A line is built on the stack and written whole; up to PIPE_BUF (4096) bytes a pipe keeps it in one piece, past it a
 * file opened with O_APPEND does. */
enum { LINE_BYTES = 16384, TAIL_BYTES = 64, MESSAGE_BYTES = 4096, WAIT_MS = 100 };

typedef struct {
    char b[LINE_BYTES];
    size_t n;
} line;

static struct {
    qn_log_options o;
    char process[32];
    int fd;
    int own;          /* the same without waiting, opened by us; -1: `fd` is as it is */
    bool is_socket;   /* `fd` is one that is not to be waited for */
    atomic_uint lost; /* lines since the last that was taken */
    atomic_bool cut;  /* of the last the beginning was taken */
} state = { .o = { .level = QN_LOG_INFO }, .process = "quoin", .fd = STDERR_FILENO, .own = -1 };

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void qn_log_setup(qn_log_options o)
{
    state.o = o;
}

void qn_log_process(const char *name)
{
    snprintf(state.process, sizeof state.process, "%s", name);
}

void qn_log_fd(int fd)
{
    if (state.own >= 0) close(state.own);
    state.own = -1;
    state.is_socket = false;
    state.cut = false;
    state.lost = 0;
    state.fd = fd < 0 ? STDERR_FILENO : fd;
}

/* O_NONBLOCK is of what was opened, not of the descriptor: others have the same, and must not find it changed. A file
 * stays as it is: it is never waited for, and stdout, which it often is too, goes on behind what we wrote. */
void qn_log_never_wait(void)
{
    struct stat st;
    char path[32];
    if (state.own >= 0 || fstat(state.fd, &st)) return;
    state.is_socket = S_ISSOCK(st.st_mode);
    if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)) return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", state.fd);
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    state.own = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (fd >= 0) close(fd);
}

bool qn_log_enabled(qn_log_level level)
{
    return level >= state.o.level;
}

/* ---- building a line --------------------------------------------------------------------------------------------- */

/* Room that values may take: the tail is kept for what closes the line. */
static size_t room(const line *l)
{
    return l->n + TAIL_BYTES < LINE_BYTES ? LINE_BYTES - TAIL_BYTES - l->n : 0;
}

static void put(line *l, const char *s)
{
    size_t n = strlen(s), left = LINE_BYTES - l->n;
    if (n > left) n = left;
    memcpy(l->b + l->n, s, n);
    l->n += n;
}

/* How a value is written: free text, one word without quotes, inside quotes, or a JSON string. */
typedef enum { AS_TEXT, AS_WORD, AS_QUOTED, AS_JSON } style;

/* Code points that break or reorder a line on some terminal or in some log reader: C0, DEL, C1, the line and paragraph
 * separators, bidirectional overrides and isolates. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

static void escape(char out[12], uint32_t c, style how)
{
    if (c == '\n')
        snprintf(out, 12, "\\n");
    else if (c == '\r')
        snprintf(out, 12, "\\r");
    else if (c == '\t')
        snprintf(out, 12, "\\t");
    else if (c == '"' || c == '\\')
        snprintf(out, 12, "\\%c", (char)c);
    else if (c < 0x80 && how != AS_JSON)
        snprintf(out, 12, "\\x%02x", (unsigned)c);
    else
        snprintf(out, 12, "\\u%04x", (unsigned)c);
}

static bool must_escape(uint32_t c, style how)
{
    if (is_unsafe(c)) return true;
    if (how == AS_TEXT) return false;
    if (how == AS_WORD) return c == ' ' || c == '[' || c == ']' || c == '\\' || c == '"';
    return c == '"' || c == '\\';
}

static void put_value(line *l, qn_str s, style how)
{
    size_t i = 0;
    while (i < s.n) {
        if (room(l) < 16) {
            put(l, "…");
            return;
        }
        qn_str rest = { s.p + i, s.n - i > 4 ? 4 : s.n - i };
        char text[12];
        size_t next = 0;
        if (qn_utf8_check(rest) == 0) { /* the very first byte is at fault */
            snprintf(text, sizeof text, how == AS_JSON ? "\\\\x%02x" : "\\x%02x", (unsigned char)s.p[i]);
            next = 1;
        } else {
            uint32_t c = qn_utf8_next(rest, &next);
            if (must_escape(c, how)) {
                escape(text, c, how);
            } else {
                memcpy(text, rest.p, next);
                text[next] = '\0';
            }
        }
        put(l, text);
        i += next;
    }
}

/* ---- the two formats --------------------------------------------------------------------------------------------- */

static bool is_plain(qn_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '\\' || s.p[i] == '=' || s.p[i] > '~') return false;
    return s.n > 0;
}

static bool is_left_out(const qn_log_field *f)
{
    return f->kind == QN_LOG_INT && f->i < 0 && qn_str_ends(qn_str_of(f->key), QN_STR("_us"));
}

static void put_field(line *l, const qn_log_field *f, bool json)
{
    char number[24];
    put(l, json ? ",\"" : " ");
    put_value(l, qn_str_of(f->key), json ? AS_JSON : AS_WORD);
    put(l, json ? "\":" : "=");
    if (f->kind == QN_LOG_INT) {
        snprintf(number, sizeof number, "%lld", f->i);
        put(l, number);
    } else if (!json && is_plain(f->s)) {
        put_value(l, f->s, AS_QUOTED);
    } else {
        put(l, "\"");
        put_value(l, f->s, json ? AS_JSON : AS_QUOTED);
        put(l, "\"");
    }
}

static void head_text(line *l, qn_log_level level, const char *request_id, qn_str message)
{
    char start[96], time[QN_RFC3339_BYTES];
    qn_rfc3339(time, qn_wall_us());
    snprintf(start, sizeof start, "%s %-5s ", time, level_names[level]);
    put(l, start);
    put_value(l, qn_str_of(state.process), AS_TEXT);
    snprintf(start, sizeof start, "[%ld] ", (long)getpid());
    put(l, start);
    if (request_id) {
        put(l, "[");
        put_value(l, qn_str_of(request_id), AS_WORD);
        put(l, "] ");
    }
    put_value(l, message, AS_TEXT);
}

static void head_json(line *l, qn_log_level level, const char *request_id, qn_str message)
{
    char start[128], time[QN_RFC3339_BYTES];
    qn_rfc3339(time, qn_wall_us());
    snprintf(start, sizeof start, "{\"time\":\"%s\",\"level\":\"%s\",\"process\":\"", time, level_names[level]);
    put(l, start);
    put_value(l, qn_str_of(state.process), AS_JSON);
    snprintf(start, sizeof start, "\",\"pid\":%ld", (long)getpid());
    put(l, start);
    if (request_id) {
        put(l, ",\"request_id\":\"");
        put_value(l, qn_str_of(request_id), AS_JSON);
        put(l, "\"");
    }
    put(l, ",\"message\":\"");
    put_value(l, message, AS_JSON);
    put(l, "\"");
}

/* How much of it was taken. */
static size_t write_some(int fd, bool is_socket, const line *l, bool may_wait)
{
    size_t done = 0;
    while (done < l->n) {
        ssize_t n = is_socket ? send(fd, l->b + done, l->n - done, MSG_DONTWAIT | MSG_NOSIGNAL)
                              : write(fd, l->b + done, l->n - done);
        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EAGAIN && may_wait) {
            (void)poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, WAIT_MS);
            may_wait = false;
        } else if (n == 0 || errno != EINTR) {
            break;
        }
    }
    return done;
}

/* A log that cannot be written stops nobody: what is not taken is lost. 0 or why. */
static int write_line(int fd, bool *cut, const line *l)
{
    int keep = errno;
    errno = 0;
    bool ours = fd == state.fd;
    size_t done = write_some(ours && state.own >= 0 ? state.own : fd, ours && state.is_socket, l, ours && !state.lost);
    if (ours && done) state.cut = done < l->n;
    if (!ours && cut && done) *cut = done < l->n;
    int err = done == l->n ? 0 : errno ? errno : EIO;
    errno = keep;
    return err;
}

static void begin_line(line *l, bool cut, qn_log_level level, const char *request_id, qn_str message)
{
    l->n = 0;
    if (cut) put(l, "\n");
    if (state.o.json)
        head_json(l, level, request_id, message);
    else
        head_text(l, level, request_id, message);
}

/* False: it is not taken either. */
static bool tell_lost(void)
{
    line l;
    char text[80];
    unsigned n = state.lost;
    snprintf(text, sizeof text, "%u lines of this log were lost: nobody took them in time", n);
    begin_line(&l, state.cut, QN_LOG_WARN, NULL, qn_str_of(text));
    put(&l, state.o.json ? "}\n" : "\n");
    if (write_line(state.fd, NULL, &l)) return false;
    state.lost -= n;
    return true;
}

static int emit(int fd, bool *cut, qn_log_level level, const char *request_id, qn_str message, const qn_log_field *f,
                size_t n)
{
    line l;
    bool json = state.o.json;
    if (fd == state.fd && state.lost && !tell_lost()) {
        state.lost++;
        return EAGAIN;
    }
    begin_line(&l, fd == state.fd ? state.cut : cut && *cut, level, request_id, message);
    for (size_t i = 0; i < n; i++) {
        if (is_left_out(&f[i])) continue;
        if (room(&l) < strlen(f[i].key) + 64) break; /* a field stands whole or not at all */
        put_field(&l, &f[i], json);
    }
    put(&l, json ? "}\n" : "\n");
    int err = write_line(fd, cut, &l);
    if (err && fd == state.fd) state.lost++;
    return err;
}

void qn_log(qn_log_level level, const char *request_id, const char *fmt, ...)
{
    if (!qn_log_enabled(level)) return;
    char message[MESSAGE_BYTES];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    if (n < 0) return;
    size_t len = (size_t)n;
    if (len >= sizeof message) { /* cut, and it shows */
        static const char more[] = "…";
        len = sizeof message - 1;
        memcpy(message + len - (sizeof more - 1), more, sizeof more - 1);
    }
    (void)emit(state.fd, NULL, level, request_id, (qn_str){ message, len }, NULL, 0);
}

void qn_log_fields(qn_log_level level, const char *request_id, const char *message, const qn_log_field *f, size_t n)
{
    if (!qn_log_enabled(level)) return;
    (void)emit(state.fd, NULL, level, request_id, qn_str_of(message), f, n);
}

int qn_log_fields_to(int fd, bool *cut, qn_log_level level, const char *request_id, const char *message,
                     const qn_log_field *f, size_t n)
{
    return emit(fd, cut, level, request_id, qn_str_of(message), f, n);
}
