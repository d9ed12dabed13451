/**
 * Log lines to stderr, whole lines in one write(2), text or JSON (one object a line).
 *
 * Text is `TIME LEVEL process[pid] [request-id] message key=value…`; control characters and invalid UTF-8 of any
 * value are escaped, so no input can forge a line. Thread-safe.
 */
#ifndef QN_BASE_LOG_H
#define QN_BASE_LOG_H

#include <stdbool.h>

#include "base/str.h"

typedef enum { QN_LOG_DEBUG, QN_LOG_INFO, QN_LOG_WARN, QN_LOG_ERROR } qn_log_level;

typedef struct {
    qn_log_level level;
    bool json;
} qn_log_options;

void qn_log_setup(qn_log_options o);
/** Names the process in each line ("worker 1"); copied, at most 31 bytes. */
void qn_log_process(const char *name);
/** Writes to `fd` instead of stderr; -1 goes back to stderr. Borrows. */
void qn_log_fd(int fd);
/** From now on a log that nobody reads (a pipe, a socket, a terminal that was stopped) holds nobody up: a line waits at
 * most a tenth of a second for room, once until there is some again; what is lost is counted, and said in the next line
 * that is taken. Whoever else writes there waits as before. [init] */
void qn_log_never_wait(void);
bool qn_log_enabled(qn_log_level level);
/** `request_id` may be NULL. */
void qn_log(qn_log_level level, const char *request_id, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
#define qn_debug(...) qn_log(QN_LOG_DEBUG, NULL, __VA_ARGS__)
#define qn_info(...) qn_log(QN_LOG_INFO, NULL, __VA_ARGS__)
#define qn_warn(...) qn_log(QN_LOG_WARN, NULL, __VA_ARGS__)
#define qn_error(...) qn_log(QN_LOG_ERROR, NULL, __VA_ARGS__)

/** Values of one structured line; strings are escaped, negative numbers in *_us are left out. */
typedef struct {
    const char *key;
    enum { QN_LOG_STR, QN_LOG_INT } kind;
    qn_str s;
    long long i;
} qn_log_field;
void qn_log_fields(qn_log_level level, const char *request_id, const char *message, const qn_log_field *f, size_t n);
/** The same line to `fd`, whatever the level in force is. `*cut`, which the caller keeps for it (false at first): of the
 * last line only the beginning was taken, and this one does not run into it; may be NULL. 0, or the errno of what kept
 * it from being taken whole. */
int qn_log_fields_to(int fd, bool *cut, qn_log_level level, const char *request_id, const char *message,
                     const qn_log_field *f, size_t n);

#endif
