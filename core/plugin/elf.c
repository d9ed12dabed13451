/* A look at the file before it is mapped: a page past the end of a file that was cut short is a SIGBUS, and the
 * loader's words for what is no library at all are not for people. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/host.h"

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
#elif defined(__aarch64__)
enum { MACHINE = EM_AARCH64 };
#elif defined(__riscv)
enum { MACHINE = EM_RISCV };
#elif defined(__powerpc64__)
enum { MACHINE = EM_PPC64 };
#elif defined(__s390x__)
enum { MACHINE = EM_S390 };
#else
enum { MACHINE = EM_NONE }; /* not looked at */
#endif

static int check_head(const Elf64_Ehdr *h, ssize_t n, const char *path, qn_errmsg *e)
{
    if (n < (ssize_t)sizeof *h || memcmp(h->e_ident, ELFMAG, SELFMAG))
        return qn_fail(e, QN_EINVAL,
                       "%s is no shared object (it does not begin as an ELF file does): build it with cc -shared",
                       path);
    if (h->e_ident[EI_CLASS] != ELFCLASS64 || h->e_type != ET_DYN)
        return qn_fail(e, QN_EINVAL,
                       "%s is an ELF file of class %d and type %d, a 64-bit shared object is needed: build it with cc "
                       "-shared -fPIC",
                       path, h->e_ident[EI_CLASS], h->e_type);
    if (MACHINE != EM_NONE && h->e_machine != MACHINE)
        return qn_fail(e, QN_EINVAL, "%s was built for another machine (ELF number %d, this one is %d): build it here",
                       path, h->e_machine, MACHINE);
    return QN_OK;
}

/* Bytes that the file must have by what it says of itself; 0: it cannot be read. */
static uint64_t bytes_needed(int fd, const Elf64_Ehdr *h)
{
    uint64_t need = h->e_phoff + (uint64_t)h->e_phnum * sizeof(Elf64_Phdr);
    if (h->e_phentsize != sizeof(Elf64_Phdr) || h->e_phoff > UINT32_MAX) return 0;
    if (h->e_shoff && h->e_shoff + (uint64_t)h->e_shnum * h->e_shentsize > need)
        need = h->e_shoff + (uint64_t)h->e_shnum * h->e_shentsize;
    for (unsigned i = 0; i < h->e_phnum; i++) {
        Elf64_Phdr p;
        if (pread(fd, &p, sizeof p, (off_t)(h->e_phoff + i * sizeof p)) != (ssize_t)sizeof p)
            break; /* cut short before that */
        if (p.p_type != PT_NULL && p.p_filesz <= UINT64_MAX - p.p_offset && p.p_offset + p.p_filesz > need)
            need = p.p_offset + p.p_filesz;
    }
    return need;
}

int qn_elf_check(const char *path, qn_errmsg *e)
{
    Elf64_Ehdr h = { 0 };
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return qn_fail(e, errno == ENOENT ? QN_ENOTFOUND : QN_EIO, "%s cannot be opened: %s", path, strerror(errno));
    int rc = fstat(fd, &st) ? qn_fail(e, QN_EIO, "%s: %s", path, strerror(errno)) : QN_OK;
    if (!rc && !S_ISREG(st.st_mode)) rc = qn_fail(e, QN_EINVAL, "%s is no file", path);
    if (!rc) rc = check_head(&h, pread(fd, &h, sizeof h, 0), path, e);
    if (!rc) {
        uint64_t need = bytes_needed(fd, &h);
        if (!need || need > (uint64_t)st.st_size)
            rc = qn_fail(e, QN_EINVAL,
                         "%s is cut short: it has %lld bytes and by its own headers needs %llu: copy or build it again",
                         path, (long long)st.st_size, (unsigned long long)need);
    }
    close(fd);
    return rc;
}
