/*
 * Linked into everything that is built with sanitizers.
 *
 * With gcc, UBSan is a library of its own beside ASan's, and its call to set the path of its reports lands in ASan's
 * copy of the function. Its reports then go to stderr, which of a respawned process nobody sees. So it is told once
 * more, itself.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* ---- counting allocations ---------------------------------------------------------------------------------------- */

/*
 * QUOIN_COUNT_ALLOCATIONS=FOLDER: each process keeps there, in a file named by its pid, how often it has allocated so
 * far, libraries' allocations included. The file is made at the fork, while the process may still do what its parent
 * could.
 */
/* Of <sanitizer/allocator_interface.h>, which Debian's gcc comes without. */
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void *, size_t),
                                              void (*free_hook)(const volatile void *));

static uint64_t own_count, *allocations = &own_count;

static void count_one(const volatile void *p, size_t n)
{
    (void)p, (void)n;
    __atomic_fetch_add(allocations, 1, __ATOMIC_RELAXED);
}

static void ignore_one(const volatile void *p)
{
    (void)p;
}

static void count_into_file(void)
{
    char path[512];
    allocations = &own_count;
    snprintf(path, sizeof path, "%s/%d", getenv("QUOIN_COUNT_ALLOCATIONS"), (int)getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) return;
    void *page = MAP_FAILED;
    if (ftruncate(fd, sizeof own_count) == 0)
        page = mmap(NULL, sizeof own_count, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED) allocations = page;
}

__attribute__((constructor)) static void count_allocations(void)
{
    if (!getenv("QUOIN_COUNT_ALLOCATIONS")) return;
    __sanitizer_install_malloc_and_free_hooks(count_one, ignore_one);
    pthread_atfork(NULL, NULL, count_into_file);
}
