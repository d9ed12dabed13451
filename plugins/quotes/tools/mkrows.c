/*
 * What a word is, by its features and by what the word before it is: the rules of pos.c in their order, as far as they
 * come to an answer without looking at anything else. Where they would look at the word behind, at the features of
 * the one before or at capitals, the answer is QX_ASK, and pos.c is asked while a text is read. Builds with assertions
 * ask it at each word and compare, so that no rule can be changed there and forgotten here.
 */
#include "mkrows.h"

#include <stdio.h>
#include <string.h>

#define VERBAL (QX_F(VBASE) | QX_F(V3S) | QX_F(VPAST) | QX_F(VPP) | QX_F(VING))
#define NOMINAL                                                                                                        \
    (QX_F(NOUN) | QX_F(ROLE) | QX_F(ORG) | QX_F(DOC) | QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(WORK) | QX_F(WORDN))
#define CLOSED                                                                                                         \
    (QX_F(DET) | QX_F(POSSPRON) | QX_F(PRON) | QX_F(PREP) | QX_F(CONJ) | QX_F(SUB) | QX_F(REL) | QX_F(AUX) |           \
     QX_F(NEG) | QX_F(ADV))
#define IS(feature) ((w & QX_F(feature)) != 0)

static bool one_of(const char *text, const char *const *all, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(text, all[i]) == 0) return true;
    return false;
}

static bool particle(const char *text)
{
    static const char *const all[] = { "out", "up", "off", "down", "away", "back" };
    return one_of(text, all, sizeof all / sizeof all[0]);
}

/* "himself", as pos.c knows it by its end: two letters before it at least, and one more. */
static bool reflexive(const char *text)
{
    size_t n = strlen(text);
    return (n > 6 && strcmp(text + n - 4, "self") == 0) || (n > 8 && strcmp(text + n - 6, "selves") == 0);
}

static bool phrase_open(unsigned prev)
{
    return prev == QX_P_DET || prev == QX_P_POSS || prev == QX_P_ADJ || prev == QX_P_GEN || prev == QX_P_NUM;
}

static bool phrase_ends(unsigned prev)
{
    return prev == QX_P_NOUN || prev == QX_P_NAME || prev == QX_P_PRON || prev == QX_P_TIME || prev == QX_P_TITLE;
}

static bool verbal(unsigned prev)
{
    return prev == QX_P_VERB || prev == QX_P_VING || prev == QX_P_VPP;
}

/* that_or_which() */
static unsigned relative(uint64_t w, unsigned prev)
{
    if (!IS(DET)) return QX_P_REL;
    if (!IS(SUB) && (prev == QX_P_COMMA || prev == QX_P_PREP || prev == QX_P_NOUN || prev == QX_P_NAME))
        return QX_P_REL;
    return verbal(prev) ? QX_P_SUB : QX_ASK;
}

/* closed_class() */
static unsigned closed(const char *text, uint64_t w, unsigned prev)
{
    if (IS(NEG)) return QX_P_NEG;
    if (IS(AUX)) return QX_P_AUX;
    if (IS(REL) && (IS(DET) || IS(PRON))) return relative(w, prev);
    if (IS(POSSPRON)) return IS(PRON) ? QX_ASK : QX_P_POSS;
    if (IS(DET)) return IS(PRON) ? QX_ASK : QX_P_DET;
    if (IS(PRON)) return QX_P_PRON;
    if (IS(CONJ)) return QX_P_CONJ;
    if (verbal(prev) && IS(PREP) && particle(text)) return QX_P_ADV;
    if (prev == QX_P_AUX && IS(SUB) && IS(PREP)) return QX_ASK;
    if (prev == QX_P_DET && (IS(ADV) || (IS(PREP) && IS(NOUN)))) return QX_ASK;
    if (IS(PREP)) return strlen(text) > 3 && IS(LONE) ? QX_ASK : QX_P_PREP;
    if (IS(ADV) && IS(LONE)) return QX_ASK;
    return IS(SUB) || IS(REL) ? QX_P_SUB : QX_P_ADV;
}

/* verb_after_noun(), and what open_class() makes of it */
static unsigned after_noun(uint64_t w, unsigned prev, unsigned nominal)
{
    if (IS(ADJ) && IS(VBASE)) return QX_ASK;
    if (IS(VPAST) && !(w & NOMINAL)) return QX_P_VERB;
    if (IS(VBASE) && !(w & NOMINAL) && IS(SAY)) return QX_P_VERB;
    if (prev == QX_P_PRON) return QX_P_VERB;
    if (!(w & NOMINAL) && IS(V3S)) return QX_P_VERB;
    if (!(w & NOMINAL) && nominal == QX_P_OTHER && !(IS(VBASE) && prev == QX_P_NOUN)) return QX_P_VERB;
    return QX_ASK;
}

/* open_class() behind an auxiliary, a negation or an adverb */
static unsigned after_auxiliary(uint64_t w, unsigned prev, unsigned nominal)
{
    unsigned p = QX_ASK;
    if (IS(VING))
        p = QX_P_VING;
    else if (IS(VPP) || IS(VPAST))
        p = QX_P_VERB;
    else if (prev == QX_P_AUX)
        p = nominal == QX_P_NOUN || nominal == QX_P_ADJ || (nominal != QX_P_OTHER && !IS(VBASE)) ? nominal : QX_P_VERB;
    else if (nominal == QX_P_OTHER)
        p = QX_P_VERB;
    return prev == QX_P_AUX && p != QX_P_VERB ? QX_ASK : p; /* behind a modal verb it is always a verb */
}

/* open_class() */
static unsigned open(uint64_t w, unsigned prev)
{
    unsigned nominal = IS(TIME)                ? QX_P_TIME
                       : w & NOMINAL           ? QX_P_NOUN
                       : IS(NUM)               ? QX_P_NUM
                       : IS(ADJ) || IS(NATION) ? QX_P_ADJ
                       : IS(TITLE)             ? QX_P_TITLE
                                               : QX_P_OTHER;
    if (!(w & VERBAL)) return nominal == QX_P_OTHER ? QX_ASK : nominal;
    if (prev == QX_P_TO) return QX_P_VERB;
    if ((prev == QX_P_DET || prev == QX_P_NUM) && (IS(SAY) || IS(THINK)) && !(w & NOMINAL) && (IS(VPAST) || IS(VBASE)))
        return QX_ASK;
    if (prev == QX_P_NUM && IS(VING) && !(w & NOMINAL)) return QX_P_VING;
    if (phrase_open(prev)) {
        if (nominal != QX_P_OTHER) return nominal;
        if (prev == QX_P_DET && (IS(V3S) || IS(VPAST)) && !(IS(VPP) || IS(VING) || IS(ADJ))) return QX_ASK;
        return IS(VPP) || IS(VING) ? QX_P_ADJ : QX_P_NOUN;
    }
    if (prev == QX_P_ADV && IS(VBASE) && IS(THINK)) return QX_ASK;
    if (prev == QX_P_AUX || prev == QX_P_NEG || prev == QX_P_ADV) return after_auxiliary(w, prev, nominal);
    if (IS(VING) && phrase_ends(prev) && prev != QX_P_PRON) return QX_ASK;
    if (IS(VING)) return nominal == QX_P_NOUN && !IS(STRONG) && phrase_ends(prev) ? QX_ASK : QX_P_VING;
    if (phrase_ends(prev)) return after_noun(w, prev, nominal);
    if (prev == QX_P_PREP) return nominal != QX_P_OTHER ? nominal : IS(VPP) ? QX_P_ADJ : QX_P_VERB;
    if (IS(V3S) || IS(VPAST)) return nominal != QX_P_OTHER && !IS(VPAST) ? QX_ASK : QX_P_VERB;
    if ((prev == QX_P_REL || prev == QX_P_CONJ) && nominal != QX_P_OTHER && (IS(SAY) || IS(THINK))) return QX_ASK;
    return nominal != QX_P_OTHER ? nominal : QX_P_VERB;
}

static unsigned small(const char *text, uint64_t w, unsigned prev)
{
    if (strcmp(text, "to") == 0) return QX_ASK;
    if (IS(PARTICLE) && prev == QX_P_NAME) return QX_ASK; /* chunks.c: "von" inside a name */
    if ((prev == QX_P_NAME || prev == QX_P_NOUN) && IS(PRON) && reflexive(text)) return QX_P_ADV;
    if (w & CLOSED) return closed(text, w, prev);
    if (IS(TITLE) && !(w & (NOMINAL | VERBAL))) return QX_P_TITLE;
    return open(w, prev);
}

/* capital_inside(): behind a name nearly everything may be a surname */
static unsigned capital_inside(uint64_t w, unsigned prev)
{
    unsigned p = QX_P_NAME;
    if (IS(TIME))
        p = IS(GIVEN) ? QX_ASK : QX_P_TIME;
    else if (IS(PRON) || IS(POSSPRON) || IS(DET) || IS(SUB) || IS(REL) || IS(AUX) || IS(CONJ))
        p = QX_ASK; /* unless all of it is capitals */
    else if (IS(TITLE) && !IS(GIVEN))
        p = QX_P_TITLE;
    else if (IS(ROLE) && !IS(GIVEN))
        p = QX_P_NOUN;
    else if (IS(NATION))
        p = QX_ASK;
    return prev == QX_P_NAME && p != QX_P_NAME ? QX_ASK : p;
}

void rows_start(struct rows *r)
{
    static const uint8_t same[] = { QX_P_DET,   QX_P_POSS,  QX_P_ADJ,  QX_P_NUM,  QX_P_NOUN, QX_P_NAME,
                                    QX_P_TITLE, QX_P_TIME,  QX_P_PRON, QX_P_AUX,  QX_P_NEG,  QX_P_CONJ,
                                    QX_P_COMMA, QX_P_COLON, QX_P_SEMI, QX_P_DASH, QX_P_RPAR };
    memset(r, 0, sizeof *r);
    r->n = QX_ROW_COUNT;
    memset(r->after, QX_ASK, QX_ROW_COUNT * sizeof r->after[0]);
    for (size_t i = 0; i < sizeof same; i++) memset(r->after[same[i]], same[i], QX_P_COUNT);
    for (unsigned prev = 0; prev < QX_P_COUNT; prev++) {
        bool open = phrase_open(prev), pronoun = prev == QX_P_PRON || prev == QX_P_ADV || prev == QX_P_SUB;
        bool verb = phrase_ends(prev) || prev == QX_P_ADV || prev == QX_P_AUX || prev == QX_P_VING;
        r->after[QX_ROW_S][prev] = pronoun || prev == QX_P_REL ? QX_P_AUX : QX_P_GEN;
        /* unknown_small() */
        r->after[QX_ROW_LY][prev] = prev == QX_P_DET ? QX_P_NOUN : QX_P_ADV;
        r->after[QX_ROW_ING][prev] = open ? QX_P_NOUN : QX_P_VING;
        r->after[QX_ROW_ED][prev] = prev == QX_P_NUM ? QX_P_VERB : open ? QX_P_NOUN : verb ? QX_P_VERB : QX_P_VPP;
    }
}

uint8_t rows_of_word(struct rows *r, const char *text, uint64_t w, bool capital, bool nouns_capital)
{
    uint8_t row[QX_AFTERS];
    memset(row, QX_ASK, sizeof row);
    if (nouns_capital) return QX_P_OTHER;
    for (unsigned prev = 0; prev < QX_P_COUNT; prev++)
        row[prev] = (uint8_t)(capital ? capital_inside(w, prev) : small(text, w, prev));
    for (uint32_t i = 0; i < r->n; i++)
        if (memcmp(r->after[i], row, QX_P_COUNT) == 0) return (uint8_t)i;
    if (r->n == ROWS_MAX) return QX_P_OTHER;
    memcpy(r->after[r->n], row, sizeof row);
    return (uint8_t)r->n++;
}

void rows_print(const struct rows *r)
{
    printf("\nstatic const uint8_t after[][QX_AFTERS] = {");
    for (uint32_t i = 0; i < r->n; i++) {
        printf("\n    {");
        for (unsigned prev = 0; prev < QX_P_COUNT; prev++)
            printf("%s%u", prev ? ", " : " ", (unsigned)r->after[i][prev]);
        printf(" },");
    }
    printf("\n};\n");
}
