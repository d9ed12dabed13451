#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

const char *qn_strerror(int err)
{
    static const char *const names[] = { "ok",
                                         "invalid input",
                                         "out of memory",
                                         "not found",
                                         "exists already",
                                         "limit passed",
                                         "input/output error",
                                         "busy",
                                         "timed out",
                                         "database unavailable",
                                         "database error",
                                         "stale version",
                                         "denied",
                                         "canceled",
                                         "not possible in this state" };
    if (err > 0 || (size_t)-err >= sizeof names / sizeof *names) return "unknown error";
    return names[-err];
}

int qn_fail(qn_errmsg *e, int code, const char *fmt, ...)
{
    if (e) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
    }
    return code;
}
