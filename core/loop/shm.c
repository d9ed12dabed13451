#include "loop/shm.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SHM_MAGIC = 0x514e5348 }; /* "QNSH" */

_Static_assert((QN_EPOCHS & (QN_EPOCHS - 1)) == 0, "the hash is cut by a mask");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
               "a lock inside an atomic would not be shared between processes");

int qn_shm_new(qn_shm **out)
{
    qn_shm *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s == MAP_FAILED) return QN_EIO;
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) {
        int keep = errno;
        munmap(s, sizeof *s);
        errno = keep;
        return QN_EIO;
    }
    s->magic = SHM_MAGIC;
    s->wake_fd = fd;
    *out = s;
    return QN_OK;
}

void qn_shm_free(qn_shm **s)
{
    if (!s || !*s) return;
    assert((*s)->magic == SHM_MAGIC);
    close((*s)->wake_fd);
    munmap(*s, sizeof **s);
    *s = NULL;
}

/* ---- slots ----------------------------------------------------------------------------------------------------- */

qn_slot *qn_shm_slot_take(qn_shm *s, qn_proc_kind kind, int index, int generation)
{
    assert(s->magic == SHM_MAGIC && kind != QN_PROC_NONE);
    for (size_t i = 0; i < QN_SLOTS; i++) {
        qn_slot *slot = &s->slots[i];
        if (atomic_load(&slot->kind) != QN_PROC_NONE) continue;
        atomic_store(&slot->index, index);
        atomic_store(&slot->generation, generation);
        atomic_store(&slot->state, QN_PROC_STARTING);
        atomic_store(&slot->kind, (int32_t)kind); /* last: who reads by kind sees the rest */
        return slot;
    }
    return NULL;
}

void qn_shm_slot_release(qn_slot *slot)
{
    if (!slot) return;
    atomic_store(&slot->kind, QN_PROC_NONE); /* first: nobody counts a half-cleared slot */
    atomic_store(&slot->state, 0);
    atomic_store(&slot->pid, 0);
    atomic_store(&slot->index, 0);
    atomic_store(&slot->generation, 0);
    atomic_store(&slot->connections, 0);
    atomic_store(&slot->heartbeat_ms, 0);
    atomic_store(&slot->requests, 0);
    memset(slot->note, 0, sizeof slot->note);
}

int32_t qn_shm_least_connections(const qn_shm *s, int generation)
{
    int32_t least = INT32_MAX;
    for (size_t i = 0; i < QN_SLOTS; i++) {
        const qn_slot *slot = &s->slots[i];
        if (atomic_load_explicit(&slot->kind, memory_order_acquire) != QN_PROC_WORKER) continue;
        if (atomic_load_explicit(&slot->state, memory_order_relaxed) != QN_PROC_READY) continue;
        if (atomic_load_explicit(&slot->generation, memory_order_relaxed) != generation) continue;
        int32_t n = atomic_load_explicit(&slot->connections, memory_order_relaxed);
        if (n < least) least = n;
    }
    return least;
}

/* ---- epochs ---------------------------------------------------------------------------------------------------- */

/* FNV-1a with a final mix (MurmurHash3's), because its low bits alone are weak for names that differ in the last byte.
 */
static size_t epoch_of(qn_str name)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.n; i++) h = (h ^ (unsigned char)name.p[i]) * UINT64_C(1099511628211);
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    return (size_t)(h & (QN_EPOCHS - 1));
}

uint32_t qn_epoch_place(qn_str name)
{
    return (uint32_t)epoch_of(name);
}

uint64_t qn_epoch_at(const qn_shm *s, uint32_t place)
{
    return atomic_load_explicit(&s->epochs[place & (QN_EPOCHS - 1)], memory_order_acquire);
}

uint64_t qn_epoch_get(const qn_shm *s, qn_str name)
{
    return qn_epoch_at(s, qn_epoch_place(name));
}

uint64_t qn_epoch_now(const qn_shm *s)
{
    return atomic_load(&s->node.stamp);
}

/* Whoever reads the stamp before it is in its place asks the database later than the commit that it stands for, so
 * nothing is missed. Two who bump one place at once leave the newer stamp there. */
void qn_epoch_bump(qn_shm *s, qn_str name)
{
    _Atomic uint64_t *place = &s->epochs[epoch_of(name)];
    uint64_t stamp = atomic_fetch_add(&s->node.stamp, 1) + 1, seen = atomic_load(place);
    while (seen < stamp && !atomic_compare_exchange_weak(place, &seen, stamp)) continue;
}

void qn_epoch_bump_all(qn_shm *s)
{
    uint64_t stamp = atomic_fetch_add(&s->node.stamp, 1) + 1, seen = atomic_load(&s->node.floor);
    while (seen < stamp && !atomic_compare_exchange_weak(&s->node.floor, &seen, stamp)) continue;
}

uint64_t qn_epoch_floor(const qn_shm *s)
{
    return atomic_load_explicit(&s->node.floor, memory_order_acquire);
}

/* ---- what workers have told themselves ------------------------------------------------------------------------- */

void qn_shm_tell(qn_shm *s, uint64_t xid)
{
    atomic_store(&s->told[xid % QN_TOLD], xid);
}

bool qn_shm_told(const qn_shm *s, uint64_t xid)
{
    return xid && atomic_load(&s->told[xid % QN_TOLD]) == xid;
}

void qn_shm_tell_anew(qn_shm *s)
{
    for (size_t i = 0; i < QN_TOLD; i++) atomic_store(&s->told[i], 0);
}

/* ---- waking the listener --------------------------------------------------------------------------------------- */

void qn_shm_wrote(qn_shm *s)
{
    atomic_fetch_add(&s->node.writes, 1);
    if (atomic_exchange(&s->node.wake_pending, 1)) return;
    uint64_t one = 1;
    /* A full counter (EAGAIN) has woken it already. */
    while (write(s->wake_fd, &one, sizeof one) < 0 && errno == EINTR) continue;
}

void qn_shm_woken(qn_shm *s)
{
    uint64_t n;
    while (read(s->wake_fd, &n, sizeof n) < 0 && errno == EINTR) continue;
}

uint64_t qn_shm_wrote_take(qn_shm *s)
{
    atomic_store(&s->node.wake_pending, 0); /* before the count is read: a write after it wakes again */
    return atomic_load(&s->node.writes);
}
