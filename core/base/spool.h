/**
 * Bytes that are written, then read once: few in memory, many in a file without a name. Not thread-safe.
 */
#ifndef QN_BASE_SPOOL_H
#define QN_BASE_SPOOL_H

#include "base/buf.h"
#include "base/err.h"

enum { QN_SPOOL_MEMORY_BYTES = 256 * 1024 };

typedef struct {
    qn_buf tail; /**< what is not in the file */
    int fd;      /**< -1: there is none */
    uint64_t in_file, read_at;
    const char *folder;
} qn_spool;

/** `folder` is where the file is made when one is needed; borrowed. */
void qn_spool_init(qn_spool *s, const char *folder);
void qn_spool_free(qn_spool *s);
/** QN_ENOMEM, QN_EIO. */
int qn_spool_add(qn_spool *s, qn_str bytes);
/** Bytes written so far. */
uint64_t qn_spool_bytes(const qn_spool *s);
/** Reads on: up to `size` bytes into `out`, 0 at the end. Nothing is added any more. QN_EIO. */
int qn_spool_read(size_t *n, qn_spool *s, char *out, size_t size);

#endif
