/* The words of a text, in any script: runs of letters and digits, small and capital letters alike. */
#include <stdlib.h>
#include <string.h>

#include "priv.h"

enum { WORD_BYTES_MAX = 64, WORDS_OF_ARTICLE_MAX = 20000 };

/* The code point at *i, which moves behind it; a byte that is no UTF-8 stands for itself. */
static uint32_t next_point(qn_related_text t, size_t *i)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char c = (unsigned char)t.p[(*i)++];
    size_t n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
    if (c < 0xc0 || c >= 0xf8 || n - 1 > t.n - *i) return c;
    uint32_t p = c & (0xffu >> (n + 1));
    for (size_t k = 0; k < n - 1; k++) {
        unsigned char d = (unsigned char)t.p[*i + k];
        if ((d & 0xc0) != 0x80) return c;
        p = p << 6 | (d & 0x3fu);
    }
    if (p < least[n] || p > 0x10ffff) return c;
    *i += n - 1;
    return p;
}

static bool is_letter(uint32_t c)
{
    if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;
    if (c == 0xd7 || c == 0xf7) return false;
    return !(c >= 0x2000 && c < 0x2c00) && !(c >= 0x3000 && c < 0x3040) && !(c >= 0xfe30 && c < 0xfe70) &&
           !(c >= 0xff00 && c < 0xff10) && c < 0x1f000;
}

/* One of Han, Kana or Hangul, where no blank parts words: every two of them are read as one. */
static bool is_dense(uint32_t c)
{
    return (c >= 0x3040 && c < 0xa000) || (c >= 0xac00 && c < 0xd7b0) || (c >= 0xf900 && c < 0xfb00);
}

/* The small letter of a capital one, in the scripts where it is a matter of adding. */
static uint32_t small(uint32_t c)
{
    if (c >= 'A' && c <= 'Z') return c + 32;
    if ((c >= 0xc0 && c <= 0xde) || (c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f)) return c + 32;
    if (c >= 0x400 && c <= 0x40f) return c + 80;
    if ((c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x52f)) return c | 1;
    if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e)) return c + (c & 1);
    return c;
}

static int grow(related_words *w)
{
    uint32_t cap = w->cap ? w->cap * 2 : 256;
    related_word *items = realloc(w->items, cap * sizeof *items);
    if (items) w->items = items;
    uint32_t *slots = items ? calloc(cap * 2, sizeof *slots) : NULL;
    if (!slots) return QN_RELATED_ENOMEM;
    free(w->slots);
    w->slots = slots;
    w->cap = cap;
    w->nslots = cap * 2;
    for (uint32_t k = 0; k < w->n; k++) {
        uint32_t i = (uint32_t)w->items[k].key & (w->nslots - 1);
        while (slots[i]) i = (i + 1) & (w->nslots - 1);
        slots[i] = k + 1;
    }
    return 0;
}

static int add(related_words *w, uint64_t key, qn_related_text text, float weight)
{
    if (w->n == w->cap && grow(w)) return QN_RELATED_ENOMEM;
    uint32_t i = (uint32_t)key & (w->nslots - 1);
    while (w->slots[i] && w->items[w->slots[i] - 1].key != key) i = (i + 1) & (w->nslots - 1);
    if (w->slots[i]) {
        w->items[w->slots[i] - 1].weight += weight;
        return 0;
    }
    if (w->n == WORDS_OF_ARTICLE_MAX) return 0;
    w->items[w->n++] = (related_word){ key, text, weight };
    w->slots[i] = w->n;
    return 0;
}

/* A word has ended: `low` is it in small letters. The English plural and genitive are the same word. */
static int end_word(related_words *w, const char *low, size_t n, size_t points, qn_related_text text, float weight)
{
    if (n > 4 && low[n - 1] == 's' && low[n - 2] != 's') n--;
    if (points < 3) return 0;
    return add(w, related_hash(w->seed ^ WORD_SEED, low, n), text, weight);
}

static size_t put_point(char *out, uint32_t c)
{
    /* Any spelling will do, as long as it is one to one: three bytes that are never compared with UTF-8. */
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    out[0] = (char)(0x80 | c >> 14);
    out[1] = (char)(0x80 | (c >> 7 & 0x7f));
    out[2] = (char)(0x80 | (c & 0x7f));
    return 3;
}

int related_words_add(related_words *w, qn_related_text text, float weight)
{
    char low[WORD_BYTES_MAX + 4];
    size_t n = 0, points = 0, begin = 0;
    uint32_t before = 0; /* a dense character that waits for its second */
    size_t before_at = 0;
    for (size_t i = 0; i <= text.n;) {
        size_t at = i;
        uint32_t c = 0;
        if (i < text.n)
            c = next_point(text, &i);
        else
            i++;
        bool dense = is_dense(c), letter = !dense && c && is_letter(c);
        int rc = 0;
        if (!letter && points) {
            rc = end_word(w, low, n, points, (qn_related_text){ text.p + begin, at - begin }, weight);
            n = points = 0;
        }
        if (!rc && dense && before) {
            uint32_t pair[] = { before, c };
            rc = add(w, related_hash(w->seed ^ WORD_SEED, (const char *)pair, sizeof pair),
                     (qn_related_text){ text.p + before_at, i - before_at }, weight);
        }
        if (rc) return rc;
        before = dense ? c : 0;
        before_at = at;
        if (!letter) continue;
        if (!points++) begin = at;
        if (n < WORD_BYTES_MAX) n += put_point(low + n, small(c));
    }
    return 0;
}

void related_words_free(related_words *w)
{
    free(w->items);
    free(w->slots);
    *w = (related_words){ .seed = w->seed };
}
