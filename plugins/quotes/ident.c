#include "ident.h"

#include <stdio.h>
#include <string.h>

/* FNV-1a; a zero byte behind each piece, so that "a" and "bc" are not "ab" and "c". */
static uint64_t hash(uint64_t h, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    return h * UINT64_C(0x100000001b3);
}

void ident_write(char *out, const char *block, size_t nblock, const char *words, size_t nwords, uint32_t before)
{
    char count[12];
    uint64_t h = hash(UINT64_C(0xcbf29ce484222325), block, nblock);
    h = hash(h, words, nwords);
    h = hash(h, count, (size_t)snprintf(count, sizeof count, "%u", (unsigned)before));
    snprintf(out, IDENT_SIZE, "q%016llx", (unsigned long long)h);
}

size_t ident_room(size_t n)
{
    size_t room = 16;
    while (room < 2 * n) room *= 2;
    return room;
}

void ident_anew(ident_counter *c)
{
    c->round++;
}

uint32_t ident_count(ident_counter *c, const char *words, size_t nwords)
{
    uint64_t h = hash(UINT64_C(0xcbf29ce484222325), words, nwords) | 1;
    /* The low bits of FNV-1a of short texts differ little: fold the high ones in. */
    size_t i = (size_t)(h ^ h >> 32) & c->mask;
    for (size_t tries = 0; tries <= c->mask; tries++, i = (i + 1) & c->mask) {
        struct ident_seen *s = &c->items[i];
        if (s->words && s->round == c->round && s->words != h) continue;
        if (!s->words || s->round != c->round) *s = (struct ident_seen){ .words = h, .round = c->round };
        return s->times++;
    }
    return 0;
}

static int is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void ident_trim(size_t *begin, size_t *end, const char *text, size_t n)
{
    static const struct {
        const char *open, *close;
    } pairs[] = { { "\"", "\"" }, { "“", "”" }, { "„", "“" }, { "„", "”" },  { "«", "»" },
                  { "»", "«" },   { "‘", "’" }, { "'", "'" }, { "「", "」" } };
    size_t b = 0, e = n;
    while (b < e && is_blank(text[b])) b++;
    while (e > b && is_blank(text[e - 1])) e--;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        size_t open = strlen(pairs[i].open), close = strlen(pairs[i].close);
        if (e - b < open + close || memcmp(text + b, pairs[i].open, open) ||
            memcmp(text + e - close, pairs[i].close, close))
            continue;
        b += open;
        e -= close;
        break;
    }
    *begin = b;
    *end = e;
}

uint32_t ident_points(const char *text, size_t n)
{
    uint32_t points = 0;
    for (size_t i = 0; i < n; i++) points += ((unsigned char)text[i] & 0xc0) != 0x80;
    return points;
}

int ident_is_short_for(const char *name, size_t nname, const char *full, size_t nfull)
{
    if (nname == 0 || nname > nfull || memcmp(full + nfull - nname, name, nname)) return 0;
    return nname == nfull || full[nfull - nname - 1] == ' ';
}
