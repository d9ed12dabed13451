#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void qn_spool_init(qn_spool *s, const char *folder)
{
    *s = (qn_spool){ .fd = -1, .folder = folder };
    qn_buf_init(&s->tail, 0);
}

void qn_spool_free(qn_spool *s)
{
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
    qn_buf_free(&s->tail);
}

/* Not every file system has files without a name from the start. */
static int open_file(qn_spool *s)
{
    char name[4096];
    s->fd = open(s->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (s->fd >= 0) return QN_OK;
    if (errno != EOPNOTSUPP && errno != EISDIR) return QN_EIO;
    if (snprintf(name, sizeof name, "%s/spool-XXXXXX", s->folder) >= (int)sizeof name) return QN_EIO;
    s->fd = mkostemp(name, O_CLOEXEC);
    if (s->fd < 0) return QN_EIO;
    (void)unlink(name);
    return QN_OK;
}

static int write_tail(qn_spool *s)
{
    size_t done = 0;
    if (s->fd < 0 && open_file(s)) return QN_EIO;
    while (done < s->tail.n) {
        ssize_t n = write(s->fd, s->tail.p + done, s->tail.n - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return QN_EIO;
        done += (size_t)n;
    }
    s->in_file += s->tail.n;
    qn_buf_clear(&s->tail);
    return QN_OK;
}

int qn_spool_add(qn_spool *s, qn_str bytes)
{
    if (qn_buf_adds(&s->tail, bytes)) return QN_ENOMEM;
    return s->tail.n >= QN_SPOOL_MEMORY_BYTES ? write_tail(s) : QN_OK;
}

uint64_t qn_spool_bytes(const qn_spool *s)
{
    return s->in_file + s->tail.n;
}

int qn_spool_read(size_t *n, qn_spool *s, char *out, size_t size)
{
    if (s->read_at < s->in_file) {
        ssize_t got;
        do got = pread(s->fd, out, size, (off_t)s->read_at);
        while (got < 0 && errno == EINTR);
        if (got <= 0) return QN_EIO;
        s->read_at += (uint64_t)got;
        *n = (size_t)got;
        return QN_OK;
    }
    size_t at = (size_t)(s->read_at - s->in_file), left = s->tail.n - at;
    *n = left < size ? left : size;
    if (*n) memcpy(out, s->tail.p + at, *n);
    s->read_at += *n;
    return QN_OK;
}
