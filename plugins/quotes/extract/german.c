/*
 * German words that no list has. German makes words of words: what a "Landesumweltministerin" is, its end says. What is
 * no compound of the list may still tell by its ending that it is somebody ("Pflegerin"), or a thing, and no name.
 */
#include "qx.h"

#include <string.h>

#define TAIL_MIN 4u
#define TAIL_MAX 18u
#define HEAD_MIN 3u

#define TOLD_BY_TAIL                                                                                                   \
    (QX_F(ROLE) | QX_F(TITLE) | QX_F(ORG) | QX_F(DOC) | QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(NOUN) | QX_F(MALE) |     \
     QX_F(FEMALE) | QX_F(PLURAL) | QX_F(WORK) | QX_F(WORDN) | QX_F(TIME))

static bool one_of(const char *const *all, const char *w, size_t n)
{
    for (; *all != NULL; all++)
        if (strlen(*all) == n && memcmp(*all, w, n) == 0) return true;
    return false;
}

/* Ends of surnames and of towns, and of words that have nothing to do with what they end like. */
static bool misleading(const char *w, size_t n)
{
    static const char *const all[] = { "mann",  "sohn", "bauer", "land",    "stadt",   "bund",  "band", "hoch", "tief",
                                       "spiel", "bank", "grad",  "richter", "schüler", "jacht", "show", NULL };
    return one_of(all, w, n);
}

static uint64_t compound(const struct qx_doc *d, const char *w, size_t n)
{
    size_t from = n > TAIL_MAX ? n - TAIL_MAX : 0;
    if (from < HEAD_MIN) from = HEAD_MIN;
    for (size_t i = from; i + TAIL_MIN <= n; i++) {
        if ((w[i] & 0xc0) == 0x80) continue;
        uint64_t lex = qx_lexicon_find(d->lex, qx_hash_word(w + i, n - i));
        if (lex & QX_F(NOUN)) return misleading(w + i, n - i) ? 0 : lex & TOLD_BY_TAIL;
    }
    return 0;
}

static bool ends(const char *w, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n >= m + 3 && memcmp(w + n - m, end, m) == 0;
}

static uint64_t by_ending(const char *w, size_t n)
{
    static const char *const woman[] = { "erin", "orin", "istin", "entin", "antin", "ikerin", "eurin", "login" };
    static const char *const somebody[] = { "iker", "ologe", "aftler", "ist", "eur" };
    static const char *const thing[] = { "ung",    "ungen", "heit",  "heiten", "keit", "keiten", "schaft", "tion",
                                         "tionen", "tät",   "täten", "ismus",  "nis",  "nisse",  "tum",    "ment" };
    static const char *const people[] = { "innen", "iker", "isten", "ologen" };
    for (size_t i = 0; i < sizeof woman / sizeof woman[0]; i++)
        if (ends(w, n, woman[i])) return QX_F(ROLE) | QX_F(NOUN) | QX_F(FEMALE);
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++)
        if (i != 1 && ends(w, n, people[i])) return QX_F(ROLE) | QX_F(NOUN) | QX_F(PLURAL);
    for (size_t i = 0; i < sizeof somebody / sizeof somebody[0]; i++)
        if (n > 6 && ends(w, n, somebody[i])) return QX_F(ROLE) | QX_F(NOUN);
    for (size_t i = 0; i < sizeof thing / sizeof thing[0]; i++)
        if (ends(w, n, thing[i])) return QX_F(NOUN);
    return 0;
}

/* The part behind the last hyphen in small letters, or the whole word; its length, or 0. */
static size_t last_part(const struct qx_doc *d, const struct qx_tok *t, char low[QX_LEX_WORD_MAX + 1])
{
    const char *w = d->text + t->off;
    size_t n = t->len, i = n;
    while (i > 0 && w[i - 1] != '-') i--;
    if (i == n || n - i > QX_LEX_WORD_MAX) return 0;
    memcpy(low, w + i, n - i);
    n -= i;
    if (low[0] >= 'A' && low[0] <= 'Z')
        low[0] = (char)(low[0] | 32);
    else if (n > 1 && low[0] == '\xc3' && (unsigned char)low[1] < 0x9f)
        low[1] = (char)((unsigned char)low[1] + 0x20); /* Ä, Ö, Ü */
    return n;
}

void qx_german_words(struct qx_doc *d)
{
    char low[QX_LEX_WORD_MAX + 1];
    for (uint32_t i = 0; i < d->ntok; i++) {
        struct qx_tok *t = &d->tok[i];
        bool hyphen = (t->shape & QX_S_HYPHEN) != 0;
        if (t->kind != QX_WORD || !(t->shape & QX_S_CAP) || (t->shape & QX_S_ALLCAP) || (t->lex != 0 && !hyphen) ||
            t->len < TAIL_MIN + HEAD_MIN)
            continue;
        size_t n = last_part(d, t, low);
        uint64_t lex = hyphen && n >= HEAD_MIN ? qx_lexicon_find(d->lex, qx_hash_word(low, n)) & TOLD_BY_TAIL : 0;
        if (lex == 0) lex = compound(d, low, n);
        if (lex == 0) lex = by_ending(low, n);
        t->lex |= lex;
    }
}
