/**
 * Opening files below a folder by names that came from outside.
 */
#ifndef QN_BASE_BENEATH_H
#define QN_BASE_BENEATH_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

enum { QN_BENEATH_PATH_BYTES = 1024 };

/** `path` is names between slashes of which none is empty, begins with a point ("..", ".git") or has a zero byte in it.
 */
bool qn_is_beneath(qn_str path);

/** Opens `path` below the folder `dir` for reading; the descriptor is the caller's. Nothing outside of the folder is
 * reached, whatever `path` says and wherever links point; links that stay inside are followed where the kernel can
 * hold them there (openat2, Linux 5.6). Never waits for the other end of a pipe: look at what it is by fstat. `dir` is
 * opened each time, so that it may be a link that moves on to a new release. QN_ENOTFOUND: not there, or not to be
 * reached; QN_EBUSY: out of descriptors; QN_EIO: the folder or the file cannot be read, errno says why. */
int qn_open_beneath(int *fd, const char *dir, qn_str path);
/** The same without openat2: no link is followed. */
int qn_open_beneath_by_steps(int *fd, const char *dir, qn_str path);

#endif
