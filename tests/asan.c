/*
 * Linked into everything that is built with sanitizers.
 *
 * With gcc, UBSan is a library of its own beside ASan's, and its call to set the path of its reports lands in ASan's
 * copy of the function. Its reports then go to stderr, which of a respawned process nobody sees. So it is told once
 * more, itself.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((constructor)) static void set_ubsan_report_path(void)
{
    static const char name[] = "log_path=";
    const char *options = getenv("UBSAN_OPTIONS"), *from = options ? strstr(options, name) : NULL;
    if (!from) return;
    char path[512];
    from += sizeof name - 1;
    snprintf(path, sizeof path, "%.*s", (int)strcspn(from, ":"), from);
    void *ubsan = dlopen("libubsan.so.1", RTLD_NOW | RTLD_NOLOAD), *symbol;
    if (!ubsan || !(symbol = dlsym(ubsan, "__sanitizer_set_report_path"))) return;
    void (*set_report_path)(const char *);
    memcpy(&set_report_path, &symbol, sizeof symbol);
    set_report_path(path);
}
