/*
 * Word lists of the quotation extractor: a perfect hash from a word in small letters to the set of its features.
 *
 * A language is one readable file in lexicon/ and one file made from it by tools/mklex.c. The same features serve all
 * languages, so that the grammar never asks which language it reads, only what a word can be.
 */
#ifndef QX_LEXICON_H
#define QX_LEXICON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A word in several sections of the list has the features of all of them. */
/* TIME to PLURAL stand in the order of their flags of noun phrases, so that phrase.c moves them all at once. */
#define QX_FEATURES(X)                                                                                                 \
    X(DET)                                                                                                             \
    X(POSSPRON)                                                                                                        \
    X(PRON)                                                                                                            \
    X(PREP)                                                                                                            \
    X(CONJ)                                                                                                            \
    X(SUB)                                                                                                             \
    X(REL)                                                                                                             \
    X(AUX) X(MODAL) X(NEG) X(ADV) X(ADJ) X(NOUN) X(VBASE) X(V3S) X(VPAST) X(VPP) X(VING) X(NUM) X(SAY) X(STRONG)       \
        X(TELL) X(THINK) X(CALL) X(SPEECHN) X(CONTENTN) X(TITLE) X(TIME) X(ROLE) X(ORG) X(DOC) X(PLURAL) X(GIVEN)      \
            X(MALE) X(FEMALE) X(PLACE) X(NATION) X(PARTICLE) X(SUFFIX) X(ABBR) X(OBJ) X(FIRST) X(NAMED) X(WORK)        \
                X(WORDN) X(ORGNAME) X(KONJ) X(PREFIX) X(ATTRIB) X(VERB) X(WEAK) X(INF) X(LONE) X(PASS) X(CLAUSAL)      \
                    X(OPINE) X(CUE) X(FIRM) X(COMMIT) X(ABOUT)

enum qx_feature_bit {
#define QX_BIT(name) QX_BIT_##name,
    QX_FEATURES(QX_BIT)
#undef QX_BIT
        QX_BIT_COUNT
};

#define QX_F(name) (UINT64_C(1) << QX_BIT_##name)

/* What a word is where it stands. */
enum qx_pos {
    QX_P_OTHER,
    QX_P_DET,
    QX_P_POSS,
    QX_P_ADJ,
    QX_P_NUM,
    QX_P_NOUN,
    QX_P_NAME,
    QX_P_TITLE,
    QX_P_TIME,
    QX_P_PRON,
    QX_P_GEN, /* 's or ' as a possessive */
    QX_P_AUX,
    QX_P_VERB,
    QX_P_VING,
    QX_P_VPP,
    QX_P_TO,
    QX_P_ADV,
    QX_P_NEG,
    QX_P_PREP,
    QX_P_CONJ,
    QX_P_SUB,
    QX_P_REL,
    QX_P_COMMA,
    QX_P_COLON,
    QX_P_SEMI,
    QX_P_DASH,
    QX_P_LPAR,
    QX_P_RPAR,
    QX_P_STOP,
    QX_P_SPAN, /* a quotation as one piece */
    QX_P_COUNT
};

/*
 * What a word is after the word before it, where nothing else matters: a row of the lexicon's table for each way in
 * which words depend on the one before, asked as after[row][pos of the word before]. The first QX_P_COUNT rows are for
 * what is the same everywhere (row QX_P_OTHER: always QX_ASK), then come some that all languages share, then those
 * that tools/mkrows.c found in the rules of pos.c. In news it decides four words of five, and two of five of those that
 * would be looked at without it.
 */
#define QX_ASK    128u /* look around: qx_pos_decide() */
#define QX_AFTERS 32u
enum { QX_ROW_S = QX_P_COUNT, QX_ROW_LY, QX_ROW_ED, QX_ROW_ING, QX_ROW_COUNT }; /* 's; endings of unknown words */

/*
 * A minimal perfect hash: displace[] has a number for each bucket, which sends its words to free places.
 */
struct qx_word {
    uint32_t check; /* qx_lexicon_check() of the word: another word has the same once in four thousand million */
    uint16_t set;   /* index into sets, from 1: 0 is a word in no list */
    uint8_t row[2]; /* of after[]: in small letters, and with a capital inside a sentence */
};

struct qx_lexicon {
    const char *tag; /* BCP 47 language, "en" */
    const struct qx_word *word;
    const uint16_t *displace;
    const uint64_t *sets;
    const uint8_t (*after)[QX_AFTERS];
    uint32_t nslots;
    uint32_t nbuckets;
    uint32_t grammar; /* QX_G_ bits */
};

#define QX_G_NOUNS_CAPITAL 1u  /* German: a capital says noun, not name */
#define QX_G_DASH_SPEECH   2u  /* a paragraph that opens with a dash is speech */
#define QX_G_VERB_SECOND   4u  /* after a clause in front the verb comes before its subject */
#define QX_G_COMMA_CLAUSE  8u  /* a clause is parted from its verb by a comma */
#define QX_G_FEW_VERBS     16u /* the list has few verbs: a clause need not show its own */
#define QX_G_ENGLISH       32u /* the order of words tells object, infinitive and clause apart */

#define QX_LEX_WORD_MAX 40u /* longer words are in no list */

extern const struct qx_lexicon qx_lexicon_en;
extern const struct qx_lexicon qx_lexicon_de;
extern const struct qx_lexicon qx_lexicon_fr;
extern const struct qx_lexicon qx_lexicon_es;
extern const struct qx_lexicon qx_lexicon_ru;
extern const struct qx_lexicon qx_lexicon_cs;

/* Borrows: the lexicon of a language tag ("de-AT" is "de"); English where there is none. [any thread] */
const struct qx_lexicon *qx_lexicon_for(const char *tag);

/* Eight bytes of a word as a number, the first of them lowest. */
static inline uint64_t qx_load8(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    x = __builtin_bswap64(x);
#endif
    return x;
}

/* The next sixteen bytes of a word, the last ones filled up with zeros: nearly every word is done in one step, and
 * without asking how long it is. Begins with h = 0. */
static inline uint64_t qx_hash_sixteen(uint64_t h, uint64_t low, uint64_t high)
{
    h = ((h ^ low) * UINT64_C(0x9fb21c651e98df25)) ^ (high * UINT64_C(0xd6e8feb86659fd93));
    return h ^ h >> 31;
}

static inline uint64_t qx_hash_end(uint64_t h)
{
    h *= UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

/* Of a whole word in small letters. */
static inline uint64_t qx_hash_word(const char *word, size_t n)
{
    uint64_t h = 0;
    for (; n > 16; n -= 16, word += 16) h = qx_hash_sixteen(h, qx_load8(word), qx_load8(word + 8));
    char last[16] = { 0 };
    memcpy(last, word, n);
    return qx_hash_end(qx_hash_sixteen(h, qx_load8(last), qx_load8(last + 8)));
}

/* Maps a hash to [0, n) without a division; n < 2^32. */
static inline uint32_t qx_hash_range(uint32_t h, uint32_t n)
{
    return (uint32_t)(((uint64_t)h * n) >> 32);
}

static inline uint32_t qx_lexicon_bucket(uint64_t h, uint32_t nbuckets)
{
    return qx_hash_range((uint32_t)h, nbuckets);
}

static inline uint32_t qx_lexicon_slot(uint64_t h, uint32_t displace, uint32_t nslots)
{
    return qx_hash_range((uint32_t)(h >> 32) * (displace * UINT32_C(0x9e3779b1) | 1u), nslots);
}

static inline uint32_t qx_lexicon_check(uint64_t h)
{
    return (uint32_t)h;
}

/* The place of a word, given the qx_hash_end() of its small letters: it stands there if the check is its own, or
 * nowhere. [any thread] */
static inline const struct qx_word *qx_lexicon_word(const struct qx_lexicon *lex, uint64_t hash)
{
    uint32_t d = lex->displace[qx_lexicon_bucket(hash, lex->nbuckets)];
    return &lex->word[qx_lexicon_slot(hash, d, lex->nslots)];
}

/* The features of a word; 0 if it is in no list. [any thread] */
static inline uint64_t qx_lexicon_find(const struct qx_lexicon *lex, uint64_t hash)
{
    const struct qx_word *w = qx_lexicon_word(lex, hash);
    return w->check == qx_lexicon_check(hash) ? lex->sets[w->set] : 0;
}

#endif
