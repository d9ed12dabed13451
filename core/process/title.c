#include "process/title.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* A title fits; then the environment is left alone, which tells who looks into /proc how a process was started. */
enum { ENOUGH_BYTES = 24 };

static struct {
    char *from; /* borrows argv[0]; NULL: nothing to write to */
    size_t bytes;
} place;

/* Moves the strings of `environ` to the heap, so that their old place may be overwritten. They live as long as the
 * program. */
static int move_environment(size_t n)
{
    char **copy = calloc(n + 1, sizeof *copy);
    if (!copy) return -1;
    for (size_t i = 0; i < n; i++) {
        copy[i] = strdup(environ[i]);
        if (!copy[i]) {
            while (i-- > 0) free(copy[i]);
            free(copy);
            return -1;
        }
    }
    environ = copy;
    return 0;
}

void qn_title_init(int argc, char **argv)
{
    if (argc < 1 || !argv[0]) return;
    /* The kernel lays arguments and environment one behind the other; only as far as that holds the memory is ours to
     * take. */
    char *end = argv[0];
    for (int i = 0; i < argc && argv[i] == end; i++) end += strlen(argv[i]) + 1;
    if ((size_t)(end - argv[0]) < ENOUGH_BYTES) {
        size_t nenv = 0;
        while (environ && environ[nenv]) {
            if (environ[nenv] == end) end += strlen(environ[nenv]) + 1;
            nenv++;
        }
        if (nenv && move_environment(nenv)) return;
    }
    place.from = argv[0];
    place.bytes = (size_t)(end - argv[0]);
}

void qn_title_set(const char *fmt, ...)
{
    char title[128];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(title, sizeof title, fmt, ap);
    va_end(ap);
    prctl(PR_SET_NAME, title);
    if (!place.from || place.bytes < 2) return;
    size_t n = strlen(title);
    if (n > place.bytes - 1) n = place.bytes - 1;
    memcpy(place.from, title, n);
    memset(place.from + n, 0, place.bytes - n);
}
