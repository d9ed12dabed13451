/* A map from 64-bit hashes to numbers: open addressing, a half of it free. */
#include <stdlib.h>

#include "priv.h"

uint64_t related_hash(uint64_t seed, const char *p, size_t n)
{
    uint64_t h = seed ^ (n * UINT64_C(0xff51afd7ed558ccd));
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
    h ^= h >> 33; /* and what ends MurmurHash3, so that its low bits are as good as the others */
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

static uint32_t place_of(const related_map *m, uint64_t key)
{
    uint32_t i = (uint32_t)key & (m->cap - 1);
    while (m->slots[i].value != NONE && m->slots[i].key != key) i = (i + 1) & (m->cap - 1);
    return i;
}

uint32_t related_map_get(const related_map *m, uint64_t key)
{
    return m->cap ? m->slots[place_of(m, key)].value : NONE;
}

int related_map_reserve(related_map *m)
{
    if (m->n + 1 <= m->cap / 2) return 0;
    related_map grown = { .cap = m->cap ? m->cap * 2 : 64, .n = m->n };
    if (!grown.cap || !(grown.slots = malloc(grown.cap * sizeof *grown.slots))) return QN_RELATED_ENOMEM;
    for (uint32_t i = 0; i < grown.cap; i++) grown.slots[i] = (related_slot){ .value = NONE };
    for (uint32_t i = 0; i < m->cap; i++)
        if (m->slots[i].value != NONE) grown.slots[place_of(&grown, m->slots[i].key)] = m->slots[i];
    free(m->slots);
    *m = grown;
    return 0;
}

void related_map_put(related_map *m, uint64_t key, uint32_t value)
{
    uint32_t i = place_of(m, key);
    if (m->slots[i].value == NONE) m->n++;
    m->slots[i] = (related_slot){ key, value };
}

void related_map_remove(related_map *m, uint64_t key)
{
    if (!m->cap) return;
    uint32_t mask = m->cap - 1, hole = place_of(m, key);
    if (m->slots[hole].value == NONE) return;
    /* What stands behind the hole moves up where a search for it would pass the hole (Knuth 6.4, algorithm R). */
    for (uint32_t i = (hole + 1) & mask; m->slots[i].value != NONE; i = (i + 1) & mask) {
        uint32_t home = (uint32_t)m->slots[i].key & mask;
        if (((i - home) & mask) < ((i - hole) & mask)) continue;
        m->slots[hole] = m->slots[i];
        hole = i;
    }
    m->slots[hole].value = NONE;
    m->n--;
}
