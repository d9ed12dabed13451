#include "base/hash.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

static const uint64_t secret[4] = { 0x2d358dccaa6c78a5, 0x8bb84b93962eacc9, 0x4b33a62ed433d4a3, 0x4d5a2da51de1aa47 };

/* Little-endian on every machine. */
static uint64_t read8(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static uint64_t read4(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
    wide r = (wide)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

/* The ends of at most 16 bytes. */
static void read_short(uint64_t *a, uint64_t *b, const unsigned char *p, size_t n)
{
    *a = *b = 0;
    if (n >= 4) {
        size_t in = n >> 3 << 2;
        *a = read4(p) << 32 | read4(p + in);
        *b = read4(p + n - 4) << 32 | read4(p + n - 4 - in);
    } else if (n > 0) {
        *a = (uint64_t)p[0] << 16 | (uint64_t)p[n >> 1] << 8 | p[n - 1];
    }
}

uint64_t qn_hash(const void *bytes, size_t n, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t a, b;
    seed ^= mix(seed ^ secret[0], secret[1]);
    if (n <= 16) {
        read_short(&a, &b, p, n);
    } else {
        size_t left = n;
        if (left >= 48) {
            uint64_t one = seed, two = seed;
            for (; left >= 48; p += 48, left -= 48) {
                seed = mix(read8(p) ^ secret[1], read8(p + 8) ^ seed);
                one = mix(read8(p + 16) ^ secret[2], read8(p + 24) ^ one);
                two = mix(read8(p + 32) ^ secret[3], read8(p + 40) ^ two);
            }
            seed ^= one ^ two;
        }
        for (; left > 16; p += 16, left -= 16) seed = mix(read8(p) ^ secret[1], read8(p + 8) ^ seed);
        a = read8(p + left - 16);
        b = read8(p + left - 8);
    }
    wide r = (wide)(a ^ secret[1]) * (b ^ seed);
    return mix((uint64_t)r ^ secret[0] ^ n, (uint64_t)(r >> 64) ^ secret[1]);
}
