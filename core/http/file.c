/* Files as answers. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/conn.h"

enum {
    READ_BYTES = 1024 * 1024, /* text up to this is read, so that it can be coded */
    STEP_BYTES = 64 * 1024,
    TURN_BYTES = 512 * 1024, /* then other connections get theirs, however fast this client reads */
    FRESH_S = 1              /* of file systems with coarse clocks: two changes within it look the same */
};

const char *qn_media_type_of(qn_str name)
{
    static const struct {
        const char *ending, *type;
    } types[] = { { ".css", "text/css; charset=utf-8" },
                  { ".js", "text/javascript; charset=utf-8" },
                  { ".mjs", "text/javascript; charset=utf-8" },
                  { ".json", "application/json" },
                  { ".html", "text/html; charset=utf-8" },
                  { ".htm", "text/html; charset=utf-8" },
                  { ".txt", "text/plain; charset=utf-8" },
                  { ".md", "text/markdown; charset=utf-8" },
                  { ".csv", "text/csv; charset=utf-8" },
                  { ".xml", "application/xml" },
                  { ".webmanifest", "application/manifest+json" },
                  { ".svg", "image/svg+xml" },
                  { ".png", "image/png" },
                  { ".jpg", "image/jpeg" },
                  { ".jpeg", "image/jpeg" },
                  { ".gif", "image/gif" },
                  { ".webp", "image/webp" },
                  { ".avif", "image/avif" },
                  { ".ico", "image/vnd.microsoft.icon" },
                  { ".woff", "font/woff" },
                  { ".woff2", "font/woff2" },
                  { ".ttf", "font/ttf" },
                  { ".otf", "font/otf" },
                  { ".pdf", "application/pdf" },
                  { ".mp3", "audio/mpeg" },
                  { ".ogg", "audio/ogg" },
                  { ".wav", "audio/wav" },
                  { ".mp4", "video/mp4" },
                  { ".webm", "video/webm" },
                  { ".zip", "application/zip" },
                  { ".gz", "application/gzip" } };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t n = strlen(types[i].ending);
        if (name.n > n && qn_str_eq_ci((qn_str){ name.p + name.n - n, n }, qn_str_of(types[i].ending)))
            return types[i].type;
    }
    return "application/octet-stream";
}

/* ---- what is told of it ---------------------------------------------------------------------------------------- */

/* By size and time of the last change, as copies of a site on several nodes have them in common. A file that has just
 * changed may change again without its time telling: until then the tag is a weak one (RFC 9110 8.8.1). */
static void set_validators(qn_req *req, const struct stat *st)
{
    char date[QN_HTTP_DATE_BYTES];
    int64_t now_s = qn_wall_us() / 1000000, changed = st->st_ctim.tv_sec, modified = st->st_mtim.tv_sec;
    bool fresh = changed >= now_s - FRESH_S || modified >= now_s - FRESH_S;
    qn_res_headerf(req, "ETag", "%s\"%" PRIx64 ".%lx-%" PRIx64 "\"", fresh ? "W/" : "", (uint64_t)modified,
                   (unsigned long)st->st_mtim.tv_nsec, (uint64_t)st->st_size);
    qn_http_date(date, modified < now_s ? modified : now_s); /* never in the future (RFC 9110 8.8.2.1) */
    qn_res_header(req, "Last-Modified", qn_str_of(date));
    qn_res_header(req, "Accept-Ranges", QN_STR("bytes"));
}

static void close_file(void *ctx)
{
    qn_file *f = ctx;
    close(f->fd);
}

static int read_whole(qn_str *out, qn_arena *a, int fd, size_t n)
{
    char *p = qn_arena_alloc_raw(a, n ? n : 1);
    size_t at = 0;
    if (!p) return QN_ENOMEM;
    while (at < n) {
        ssize_t got = pread(fd, p + at, n - at, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return QN_EIO; /* or it has become shorter meanwhile */
        at += (size_t)got;
    }
    *out = (qn_str){ p, n };
    return QN_OK;
}

/* Small texts become a body like any other, and are coded. */
static int reply_text(qn_req *req, int fd, size_t n, const struct stat *st, const char *type)
{
    qn_str text;
    int rc = read_whole(&text, req->arena, fd, n);
    close(fd);
    if (rc) return rc;
    union {
        const char *from;
        void *to;
    } base = { .from = text.p }; /* iovec has no const; nothing writes to it */
    struct iovec part = { .iov_base = base.to, .iov_len = n };
    set_validators(req, st);
    qn_reply(req, 200, type, &part, 1);
    return QN_OK;
}

int qn_reply_file(qn_req *req, int fd, const char *content_type)
{
    struct stat st;
    assert(!req->replying && !req->answered);
    bool regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size >= 0;
    if (regular && st.st_size <= READ_BYTES && qn_coding_pays(content_type))
        return reply_text(req, fd, (size_t)st.st_size, &st, content_type);
    qn_file *f = regular ? qn_arena_calloc(req->arena, 1, sizeof *f) : NULL;
    if (f) {
        f->fd = fd;
        f->parts = &f->whole;
        f->nparts = 1;
        f->whole.n = (uint64_t)st.st_size;
    }
    if (!f || qn_arena_defer(req->arena, close_file, f)) {
        close(fd);
        return regular ? QN_ENOMEM : QN_EINVAL;
    }
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    set_validators(req, &st);
    req->replying = true;
    req->status = 200;
    req->content_type = content_type;
    req->file = f;
    qn_res_set_body(req, NULL, 0);
    req->body_bytes = (uint64_t)st.st_size;
    if (!qn_res_is_held(req)) qn_res_deliver(req);
    return QN_OK;
}

/* ---- sending --------------------------------------------------------------------------------------------------- */

/* Bytes that went out; 0: none now; negative errno. */
static ssize_t send_some(const qn_conn *c, int fd, qn_file_part *p)
{
    ssize_t n;
    off_t at = (off_t)p->at;
    do {
        n = p->lead.n ? send(c->fd, p->lead.p, p->lead.n, MSG_NOSIGNAL | (p->n ? MSG_MORE : 0))
                      : sendfile(c->fd, fd, &at, p->n < STEP_BYTES ? (size_t)p->n : STEP_BYTES);
    } while (n < 0 && errno == EINTR);
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -errno;
    if (n == 0) return -EIO; /* it has become shorter: what was promised cannot be sent */
    if (p->lead.n) {
        p->lead = (qn_str){ p->lead.p + n, p->lead.n - (size_t)n };
    } else {
        p->at += (uint64_t)n;
        p->n -= (uint64_t)n;
    }
    return n;
}

int qn_file_flush(qn_conn *c, bool *blocked)
{
    qn_req *req = c->req;
    qn_file *f = req->file;
    size_t turn = 0;
    while (f->at < f->nparts) {
        qn_file_part *p = &f->parts[f->at];
        if (!p->lead.n && !p->n) {
            f->at++;
            continue;
        }
        ssize_t n = turn < TURN_BYTES ? send_some(c, f->fd, p) : 0;
        if (n < 0) return (int)n;
        *blocked = n == 0;
        if (*blocked) return 0;
        turn += (size_t)n;
        req->sent_bytes += (uint64_t)n;
    }
    return 0;
}
