#include "base/uuid.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"

static void random_bytes(unsigned char *to, size_t n)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = getrandom(to + have, n - have, 0);
        if (got > 0)
            have += (size_t)got;
        else if (got < 0 && errno != EINTR)
            abort(); /* an id that is not random must never leave */
    }
}

/* Milliseconds and a 12-bit counter as one number that only grows (RFC 9562 6.2, method 1): a clock set back or a
 * counter that runs over moves on from the last id. The counter of a new millisecond starts at a random value below
 * 2048. Lock-free, so a fork in the middle leaves no lock behind; parent and child differ by the random bits, which are
 * never kept. */
static uint64_t next_stamp(unsigned seed)
{
    static _Atomic uint64_t last;
    uint64_t fresh = (uint64_t)(qn_wall_us() / 1000) << 12 | (seed & 0x7FFu);
    uint64_t before = atomic_load_explicit(&last, memory_order_relaxed), now;
    do {
        now = fresh > before ? fresh : before + 1;
        /* In the millisecond of the last id, count on instead of jumping to a new start. */
        if (now >> 12 == before >> 12) now = before + 1;
    } while (!atomic_compare_exchange_weak_explicit(&last, &before, now, memory_order_relaxed, memory_order_relaxed));
    return now;
}

void qn_uuid7(char out[QN_UUID_BYTES])
{
    static const char digit[] = "0123456789abcdef";
    unsigned char id[16];
    random_bytes(id + 6, 10); /* the first two are the counter's seed, then overwritten by it */
    uint64_t stamp = next_stamp((unsigned)id[6] << 8 | id[7]);
    for (int i = 0; i < 6; i++) id[i] = (unsigned char)(stamp >> (12 + 8 * (5 - i)));
    id[6] = (unsigned char)(0x70 | (stamp >> 8 & 0x0F));
    id[7] = (unsigned char)stamp;
    id[8] = (unsigned char)(0x80 | (id[8] & 0x3F));

    char *w = out;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *w++ = '-';
        *w++ = digit[id[i] >> 4];
        *w++ = digit[id[i] & 15];
    }
    *w = '\0';
}

bool qn_is_uuid(qn_str s)
{
    if (s.n != QN_UUID_BYTES - 1) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool is_hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (dash ? c != '-' : !is_hex) return false;
    }
    return true;
}
