/* What a word is where it stands. Not a tagger for its own sake: noun phrases must end where they end, and a verb must
 * not be taken for a noun ("claims", "reports", "states"); anything finer is of no use here. */
#include "qx.h"

#include <string.h>

#define VERBAL (QX_F(VBASE) | QX_F(V3S) | QX_F(VPAST) | QX_F(VPP) | QX_F(VING))
#define NOMINAL                                                                                                        \
    (QX_F(NOUN) | QX_F(ROLE) | QX_F(ORG) | QX_F(DOC) | QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(WORK) | QX_F(WORDN))
#define CLOSED                                                                                                         \
    (QX_F(DET) | QX_F(POSSPRON) | QX_F(PRON) | QX_F(PREP) | QX_F(CONJ) | QX_F(SUB) | QX_F(REL) | QX_F(AUX) |           \
     QX_F(NEG) | QX_F(ADV))

static bool ends_with(const struct qx_doc *d, const struct qx_tok *t, const char *end)
{
    size_t n = strlen(end);
    return t->len > n + 2 && memcmp(d->text + t->off + t->len - n, end, n) == 0;
}

static bool capital(const struct qx_tok *t)
{
    return t->kind == QX_WORD && (t->shape & QX_S_CAP);
}

/* Words that can begin a noun phrase or a clause, so that what stands before them was a verb. */
static bool begins_complement(const struct qx_tok *t)
{
    if (t->kind == QX_MARK) return true;
    if (t->kind == QX_PUNCT) return t->mark == ',' || t->mark == ':';
    return (t->lex & (QX_F(DET) | QX_F(POSSPRON) | QX_F(PRON) | QX_F(SUB) | QX_F(TITLE) | QX_F(GIVEN))) != 0 ||
           capital(t) || t->kind == QX_NUMBER;
}

static bool noun_phrase_open(enum qx_pos prev)
{
    return prev == QX_P_DET || prev == QX_P_POSS || prev == QX_P_ADJ || prev == QX_P_GEN || prev == QX_P_NUM;
}

static bool noun_phrase_ends(enum qx_pos prev)
{
    return prev == QX_P_NOUN || prev == QX_P_NAME || prev == QX_P_PRON || prev == QX_P_TIME || prev == QX_P_TITLE;
}

static enum qx_pos unknown_small(const struct qx_doc *d, const struct qx_tok *t, enum qx_pos prev)
{
    if (t->shape & QX_S_DIGIT) return QX_P_NUM;
    if (ends_with(d, t, "ly") && prev != QX_P_DET) return QX_P_ADV;
    if (prev == QX_P_NUM && ends_with(d, t, "ed")) return QX_P_VERB;
    if (noun_phrase_open(prev)) return QX_P_NOUN;
    if (ends_with(d, t, "ing")) return QX_P_VING;
    if (ends_with(d, t, "ed"))
        return noun_phrase_ends(prev) || prev == QX_P_ADV || prev == QX_P_AUX || prev == QX_P_VING ? QX_P_VERB
                                                                                                   : QX_P_VPP;
    return QX_P_NOUN;
}

/* "her" and "his": before a noun they are possessives. */
static enum qx_pos pronoun_or_possessive(const struct qx_tok *t, const struct qx_tok *next)
{
    if (!(t->lex & QX_F(PRON))) return QX_P_POSS;
    if (!(t->lex & QX_F(POSSPRON))) return QX_P_PRON;
    bool noun = next->kind == QX_WORD && !(next->lex & (CLOSED | QX_F(TIME))) &&
                (next->lex == 0 || (next->lex & (NOMINAL | QX_F(ADJ) | QX_F(NUM))));
    return noun || next->kind == QX_MARK ? QX_P_POSS : QX_P_PRON;
}

static enum qx_pos that_or_which(const struct qx_tok *t, enum qx_pos prev, uint64_t prev_lex, const struct qx_tok *next)
{
    if (!(t->lex & QX_F(DET))) /* who, whom */
        return QX_P_REL;
    if (!(t->lex & QX_F(SUB)) && (prev == QX_P_COMMA || prev == QX_P_PREP || prev == QX_P_NOUN || prev == QX_P_NAME))
        return QX_P_REL; /* which */
    if (prev == QX_P_VERB || prev == QX_P_VING || prev == QX_P_VPP || (prev_lex & (QX_F(CONTENTN) | QX_F(SPEECHN))))
        return QX_P_SUB;
    if (noun_phrase_ends(prev) || prev == QX_P_PREP)
        return t->lex & QX_F(SUB) && prev != QX_P_PREP ? QX_P_REL : QX_P_DET;
    if (next->kind == QX_WORD && (next->lex & (NOMINAL | QX_F(ADJ))) && !(next->lex & (QX_F(DET) | QX_F(PRON))))
        return QX_P_DET;
    if (next->kind == QX_WORD && (next->lex & (QX_F(AUX) | QX_F(V3S)))) return QX_P_PRON;
    return t->lex & QX_F(SUB) ? QX_P_SUB : QX_P_DET;
}

/* "sent out", "put up": the particle belongs to the verb, so that what follows is its object. */
static bool particle(const struct qx_doc *d, const struct qx_tok *t)
{
    static const char *const all[] = { "out", "up", "off", "down", "away", "back" };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (t->len == strlen(all[i]) && memcmp(d->text + t->off, all[i], t->len) == 0) return true;
    return false;
}

/* German "worden sein.": of the possessives of four letters only "sein" is a man's. */
static bool to_be(const struct qx_tok *t, const struct qx_tok *next)
{
    return t->len == 4 && (t->lex & QX_F(MALE)) &&
           (next->kind == QX_PUNCT || next->kind == QX_BREAK || (next->lex & (QX_F(AUX) | QX_F(CONJ))));
}

static enum qx_pos closed_class(const struct qx_doc *d, const struct qx_tok *t, enum qx_pos prev, uint64_t prev_lex,
                                const struct qx_tok *next)
{
    uint64_t w = t->lex;
    bool verb = prev == QX_P_VERB || prev == QX_P_VING || prev == QX_P_VPP;
    if (w & QX_F(NEG)) return QX_P_NEG;
    if (w & QX_F(AUX)) return QX_P_AUX;
    if ((w & QX_F(REL)) && (w & (QX_F(DET) | QX_F(PRON)))) return that_or_which(t, prev, prev_lex, next);
    if (w & QX_F(POSSPRON)) return to_be(t, next) ? QX_P_AUX : pronoun_or_possessive(t, next);
    if (w & QX_F(DET)) {
        if ((w & QX_F(PRON)) && (next->kind != QX_WORD || (next->lex & (QX_F(AUX) | QX_F(PREP))))) return QX_P_PRON;
        return QX_P_DET;
    }
    if (w & QX_F(PRON)) return QX_P_PRON;
    if (w & QX_F(CONJ)) return QX_P_CONJ;
    if ((verb && (w & QX_F(PREP)) && particle(d, t)) ||
        (prev == QX_P_AUX && (w & QX_F(SUB)) && (w & QX_F(PREP)) && (next->lex & VERBAL)))
        return QX_P_ADV; /* "has since said" */
    if (prev == QX_P_DET && (w & QX_F(ADV)) && next->kind == QX_WORD && !(next->lex & (QX_F(AUX) | QX_F(SAY))))
        return QX_P_ADJ; /* "the only candidate" */
    if (prev == QX_P_DET && (w & QX_F(PREP)) && (w & QX_F(NOUN)) && (next->lex & QX_F(TIME)))
        return QX_P_ADJ; /* "this past week" */
    if (w & QX_F(PREP))  /* "about half", "around 200" */
        return t->len > 3 && (next->kind == QX_NUMBER || (next->lex & (QX_F(NUM) | QX_F(LONE)))) && (w & QX_F(LONE))
                   ? QX_P_ADV
                   : QX_P_PREP;
    if ((w & QX_F(ADV)) && (w & QX_F(LONE)) &&
        ((next->lex & QX_F(AUX)) || (next->kind == QX_WORD && next[1].kind == QX_WORD && (next[1].lex & QX_F(AUX)))))
        return QX_P_PRON; /* "there is" */
    if (w & (QX_F(SUB) | QX_F(REL))) return QX_P_SUB;
    return QX_P_ADV;
}

static bool is_to(const struct qx_doc *d, const struct qx_tok *t)
{
    const char *w = d->text + t->off;
    return ((t->len == 2) & ((w[0] | 32) == 't') & ((w[1] | 32) == 'o')) && (t->lex & QX_F(PREP));
}

/* "friends of the law hope it …": behind a noun such a pronoun begins a clause, and the noun before it was a verb. */
static bool subject_pronoun(const struct qx_tok *t)
{
    return t->kind == QX_WORD && (t->lex & QX_F(PRON)) && !(t->lex & (QX_F(OBJ) | QX_F(POSSPRON) | QX_F(REL)));
}

/* "six percentage points", "12 campaign stops": several of what follows, as the word between is one. */
static bool several(const struct qx_doc *d, const struct qx_tok *t)
{
    if (t->kind == QX_NUMBER) return !(t->shape & QX_S_HYPHEN) && t->cplen != 4; /* no year */
    return t->kind == QX_WORD && t->pos == QX_P_NUM && (t->lex & QX_F(NUM)) && (d->text[t->off] | 32) != 'o'; /* one */
}

/* A word that can be a verb after a noun phrase: "Trump claims", "police report that", but "state reports". */
static bool verb_after_noun(const struct qx_doc *d, const struct qx_tok *t, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *next = t + 1, *before = t - 1;
    uint64_t w = t->lex;
    bool plural = (prev_lex & QX_F(PLURAL)) ||
                  (prev == QX_P_NOUN && before->len > 3 && d->text[before->off + before->len - 1] == 's' &&
                   d->text[before->off + before->len - 2] != 's');
    if ((w & QX_F(ADJ)) && (w & QX_F(VBASE)) && is_to(d, next)) return false; /* "people close to the mayor" */
    if ((w & QX_F(VPAST)) && !(w & NOMINAL)) return true;
    if ((w & QX_F(VBASE)) && !(w & NOMINAL) && ((w & QX_F(SAY)) || plural)) return true;
    if (prev == QX_P_PRON) return true;
    if (prev == QX_P_NAME && (w & QX_F(SAY)) && (w & (QX_F(V3S) | QX_F(VPAST))) &&
        (next->kind == QX_BREAK || (next->kind == QX_PUNCT && next->mark != '-')))
        return true;
    if (!(w & NOMINAL)) return (w & QX_F(V3S)) || plural || (w & QX_F(VPAST));
    if (next->kind == QX_WORD && (next->lex & QX_F(AUX))) return false;
    if ((w & QX_F(V3S)) && prev == QX_P_NOUN && !plural && t - d->tok > 1 && several(d, t - 2)) return false;
    if ((w & QX_F(V3S)) || (w & QX_F(VPAST)))
        return begins_complement(next) ||
               (next->lex & (QX_F(PREP) | QX_F(NOUN) | QX_F(ROLE) | QX_F(ADJ) | QX_F(ADV))) != 0;
    if (plural && (w & QX_F(THINK)) && is_to(d, next)) return true; /* "Democrats hope to" */
    return (plural && begins_complement(next)) || ((w & (QX_F(SAY) | QX_F(THINK))) && subject_pronoun(next));
}

static enum qx_pos open_class(const struct qx_doc *d, uint32_t i, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *t = &d->tok[i], *next = &d->tok[i + 1];
    uint64_t w = t->lex;
    enum qx_pos nominal = w & QX_F(TITLE) ? QX_P_TITLE : QX_P_OTHER; /* what comes later counts for more */

    nominal = w & (QX_F(ADJ) | QX_F(NATION)) ? QX_P_ADJ : nominal;
    nominal = w & QX_F(NUM) ? QX_P_NUM : nominal;
    nominal = w & NOMINAL ? QX_P_NOUN : nominal;
    nominal = w & QX_F(TIME) ? QX_P_TIME : nominal;
    if (!(w & VERBAL)) return nominal == QX_P_OTHER ? unknown_small(d, t, prev) : nominal;
    if (prev == QX_P_TO || (prev == QX_P_AUX && (prev_lex & QX_F(MODAL)))) return QX_P_VERB;
    if (((prev == QX_P_DET && (prev_lex & QX_F(LONE))) || prev == QX_P_NUM) && (w & (QX_F(SAY) | QX_F(THINK))) &&
        !(w & NOMINAL) && (w & (QX_F(VPAST) | QX_F(VBASE))) && (begins_complement(next) || next->kind == QX_PUNCT))
        return QX_P_VERB; /* "Another said,", "some say they" */
    if (prev == QX_P_NUM && (w & QX_F(VING)) && !(w & NOMINAL)) return QX_P_VING;
    if (noun_phrase_open(prev)) {
        if (nominal != QX_P_OTHER) return nominal;
        if (prev == QX_P_DET && (w & (QX_F(V3S) | QX_F(VPAST))) && !(w & (QX_F(VPP) | QX_F(VING) | QX_F(ADJ))) &&
            next->kind == QX_WORD)
            return QX_P_VERB; /* "This makes it" */
        return w & (QX_F(VPP) | QX_F(VING)) ? QX_P_ADJ : QX_P_NOUN;
    }
    if (prev == QX_P_ADV && (w & QX_F(VBASE)) && (w & QX_F(THINK)) && is_to(d, next))
        return QX_P_VERB; /* "probably need to" */
    if (prev == QX_P_AUX || prev == QX_P_NEG || prev == QX_P_ADV) {
        if (w & QX_F(VING)) return QX_P_VING;
        if (w & (QX_F(VPP) | QX_F(VPAST))) return QX_P_VERB;
        if (prev == QX_P_AUX)
            return nominal != QX_P_OTHER && !(w & QX_F(VBASE))   ? nominal
                   : nominal == QX_P_NOUN || nominal == QX_P_ADJ ? nominal
                                                                 : QX_P_VERB;
        return nominal != QX_P_OTHER && !begins_complement(next) ? nominal : QX_P_VERB;
    }
    if ((w & QX_F(VING)) && noun_phrase_ends(prev) && prev != QX_P_PRON && next->kind == QX_WORD &&
        (next->lex & (QX_F(ROLE) | QX_F(ORG))) && !(next->lex & QX_F(PLURAL)))
        return QX_P_ADJ; /* "policy planning director" */
    if (w & QX_F(VING))
        return nominal == QX_P_NOUN && !(w & QX_F(STRONG)) && noun_phrase_ends(prev) &&
                       (next->kind == QX_PUNCT || !begins_complement(next))
                   ? QX_P_NOUN
                   : QX_P_VING;
    if (noun_phrase_ends(prev))
        return verb_after_noun(d, t, prev, prev_lex)    ? QX_P_VERB
               : nominal != QX_P_OTHER                  ? nominal
               : (w & QX_F(VBASE)) && prev == QX_P_NOUN ? QX_P_NOUN
                                                        : QX_P_VERB;
    if (prev == QX_P_PREP) return nominal != QX_P_OTHER ? nominal : w & QX_F(VPP) ? QX_P_ADJ : QX_P_VERB;
    if (w & (QX_F(V3S) | QX_F(VPAST)))
        return nominal != QX_P_OTHER && !(w & QX_F(VPAST)) && !begins_complement(next) ? nominal : QX_P_VERB;
    if ((w & QX_F(VBASE)) && (w & (QX_F(SAY) | QX_F(THINK))) &&
        ((prev == QX_P_REL && (begins_complement(next) || is_to(d, next))) ||
         (prev == QX_P_CONJ && subject_pronoun(next))))
        return QX_P_VERB; /* "those who claim to", "and fear they" */
    return nominal != QX_P_OTHER ? nominal : QX_P_VERB;
}

/* A capital in the middle of a sentence. */
static enum qx_pos capital_inside(const struct qx_doc *d, uint32_t i, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *t = &d->tok[i], *next = &d->tok[i + 1];
    uint64_t w = t->lex;
    if ((t->shape & QX_S_DOT) && t->cplen == 2) return QX_P_NAME; /* an initial */
    if (prev == QX_P_NAME && d->tok[i - 1].cplen == 2 && (d->tok[i - 1].shape & QX_S_DOT) && w != 0 && !(w & CLOSED))
        return QX_P_NAME; /* Lawrence H. Summers */
    if (prev == QX_P_NAME && (prev_lex & QX_F(GIVEN)) && (w & QX_F(TIME)) && next->kind != QX_NUMBER &&
        !(next->lex & QX_F(TIME)) && (w & (QX_F(AUX) | QX_F(GIVEN))))
        return QX_P_NAME; /* Theresa May */
    if (prev == QX_P_NAME && !capital(next) && ((prev_lex & QX_F(GIVEN)) || prev_lex == 0) &&
        (d->tok[i - 1].shape & QX_S_CAP) && !(w & (QX_F(TIME) | QX_F(DET) | QX_F(PRON) | QX_F(AUX))) &&
        (!(w & QX_F(PLURAL)) || ((prev_lex & QX_F(GIVEN)) && !(w & QX_F(ROLE)))))
        return QX_P_NAME; /* Stephen King, Amy Pope, Peter T. King */
    if (w & QX_F(TIME) && !(w & QX_F(GIVEN))) return QX_P_TIME;
    if ((w & QX_F(TIME)) && !(capital(next) && !(next->lex & QX_F(TIME)))) return QX_P_TIME;
    if ((w & QX_F(PRON)) && (!(t->shape & QX_S_ALLCAP) || t->cplen == 1))
        return w & QX_F(POSSPRON) ? pronoun_or_possessive(t, next) : QX_P_PRON;
    if ((w & QX_F(POSSPRON)) && !(t->shape & QX_S_ALLCAP)) return QX_P_POSS;
    if ((w & QX_F(DET)) && !(t->shape & QX_S_ALLCAP)) return QX_P_DET;
    if ((w & (QX_F(SUB) | QX_F(REL) | QX_F(AUX) | QX_F(CONJ))) && !(w & (QX_F(GIVEN) | QX_F(PARTICLE))) &&
        !(t->shape & QX_S_ALLCAP))
        return closed_class(d, t, prev, prev_lex, next);
    if ((w & QX_F(TITLE)) && !(w & QX_F(GIVEN))) return QX_P_TITLE;
    if ((w & QX_F(ROLE)) && !(w & QX_F(GIVEN))) return QX_P_NOUN;
    if ((w & QX_F(NATION)) && !capital(next)) /* Mark Cuban, whose name is a nation's */
        return (next->lex & QX_F(SAY)) && (next->lex & (QX_F(VPAST) | QX_F(V3S))) && !(next->lex & NOMINAL) ? QX_P_NAME
                                                                                                            : QX_P_ADJ;
    return QX_P_NAME;
}

/* A verb in the third person or the past that does little but tell of speech. */
static bool speech_follows(const struct qx_tok *next)
{
    uint64_t w = next->lex;
    return next->kind == QX_WORD && !(next->shape & QX_S_CAP) && (w & QX_F(SAY)) && (w & QX_F(STRONG)) &&
           !(w & (QX_F(WEAK) | NOMINAL | QX_F(VING)));
}

/* The first word of a sentence has its capital anyway. */
static enum qx_pos capital_first(const struct qx_doc *d, uint32_t i, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *t = &d->tok[i], *next = &d->tok[i + 1];
    uint64_t w = t->lex;
    if (speech_follows(next) && !(w & (CLOSED | QX_F(TITLE) | QX_F(ADJ))) && (!(w & NOMINAL) || (w & QX_F(TIME))))
        return w & QX_F(V3S) ? QX_P_NOUN : QX_P_NAME; /* "Jolly said", "Day said", "Associates say" */
    if ((w & QX_F(VBASE)) && !(w & (CLOSED | NOMINAL | QX_F(TITLE) | QX_F(ADJ) | QX_F(V3S) | QX_F(VPAST))) &&
        (next->lex & QX_F(VPAST)) && (next->lex & (QX_F(SAY) | QX_F(THINK))) && !(next->lex & (NOMINAL | QX_F(VBASE))))
        return QX_P_NAME; /* "Chase declined" */
    if (w == 0) return ends_with(d, t, "ly") && !capital(next) && next->kind != QX_CLITIC ? QX_P_ADV : QX_P_NAME;
    if ((w & QX_F(GIVEN)) && next->kind == QX_MARK && next->mate != QX_NONE) return QX_P_NAME;
    if (w & (QX_F(GIVEN) | QX_F(PLACE) | QX_F(ORGNAME))) {
        if (!(w & (CLOSED | VERBAL | NOMINAL | QX_F(ADJ))) || (capital(next) && !(w & CLOSED))) return QX_P_NAME;
    }
    if ((w & QX_F(TITLE)) && (capital(next) || (t->shape & QX_S_DOT))) return QX_P_TITLE;
    if ((w & QX_F(SUB)) && (w & QX_F(REL)) && t->len == 4 && memcmp(d->text + t->off, "That", 4) == 0) {
        if (next->kind == QX_CLITIC || (next->lex & (QX_F(AUX) | QX_F(V3S)))) return QX_P_PRON; /* "That is …" */
        if (next->lex & (NOMINAL | QX_F(ADJ))) return QX_P_DET;
    }
    if (w & CLOSED) return closed_class(d, t, prev, prev_lex, next);
    if (capital(next) && !(next->lex & (CLOSED | QX_F(ROLE))) && !(next->shape & QX_S_ALLCAP) &&
        (w & (NOMINAL | QX_F(ADJ))) && !(w & (VERBAL | QX_F(ROLE) | QX_F(NATION) | QX_F(DET))))
        return QX_P_NAME; /* "White House officials" */
    return open_class(d, i, prev, prev_lex);
}

static enum qx_pos punctuation(uint8_t mark)
{
    switch (mark) {
    case ',':
        return QX_P_COMMA;
    case ':':
        return QX_P_COLON;
    case ';':
        return QX_P_SEMI;
    case '-':
        return QX_P_DASH;
    case '(':
    case '[':
        return QX_P_LPAR;
    case ')':
    case ']':
        return QX_P_RPAR;
    case '.':
    case '!':
    case '?':
        return QX_P_STOP;
    case '&':
        return QX_P_CONJ;
    case '$':
    case '%':
    case '#':
        return QX_P_NUM;
    case '@':
        return QX_P_OTHER;
    default:
        return QX_P_OTHER;
    }
}

/* German: a noun stands at token i, or behind a few words that say more about one. */
static bool begins_noun_phrase(const struct qx_doc *d, uint32_t i)
{
    for (uint32_t n = 0; n < 4 && i < d->ntok; n++, i++) {
        const struct qx_tok *t = &d->tok[i];
        if (t->kind == QX_MARK) return t->mate != QX_NONE && t->mate > i;
        if (t->kind == QX_NUMBER) return true;
        if (t->kind != QX_WORD) return false;
        if (capital(t)) return true;
        if (t->lex != 0 && !(t->lex & (QX_F(ADJ) | QX_F(NATION) | QX_F(NUM)))) return false;
    }
    return false;
}

/* The first word of a German sentence has its capital anyway: what ends like an adjective or a verb is no name. */
static bool no_noun(const struct qx_doc *d, const struct qx_tok *t)
{
    static const char *const all[] = { "lich", "isch",  "end",   "ig",    "bar", "sam",    "los",    "weise", "iert",
                                       "haft", "wärts", "liche", "ische", "ige", "licher", "ischer", "iger" };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (ends_with(d, t, all[i])) return true;
    return false;
}

/* "Eva König", "Stephan Weil": behind a given name a word with a capital is a surname, whatever else it can be. */
static bool surname_too(const struct qx_tok *t, const struct qx_tok *next)
{
    if ((t->lex & QX_F(TIME)) && !(t->lex & QX_F(GIVEN))) return false;
    return !(t->lex & (QX_F(ORGNAME) | QX_F(SPEECHN) | QX_F(DOC))) && !(t->shape & QX_S_FIRST) &&
           !((t->lex & (QX_F(TITLE) | QX_F(ROLE))) && capital(next)) && !(next->lex & QX_F(TIME));
}

/* A word in small letters that is no verb of the list. */
static enum qx_pos small_german(const struct qx_doc *d, uint32_t i, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *t = &d->tok[i], *next = &d->tok[i + 1];
    uint64_t w = t->lex;
    if (w & QX_F(NUM)) return QX_P_NUM;
    if (w & (NOMINAL | QX_F(TIME))) return QX_P_NOUN;
    if (w == 0 && ends_with(d, t, "lich") && !capital(next)) return QX_P_ADV;
    if (w == 0 && !noun_phrase_open(prev) && (ends_with(d, t, "te") || ends_with(d, t, "ten")) &&
        next->kind == QX_WORD &&
        (capital(next) || (next->lex & (QX_F(DET) | QX_F(PRON) | QX_F(POSSPRON) | QX_F(PREP) | QX_F(ADV)))))
        return QX_P_VERB; /* a weak past that is in no list */
    if (w == 0 && prev == QX_P_PRON && !(prev_lex & (QX_F(OBJ) | QX_F(POSSPRON))) &&
        (ends_with(d, t, "e") || ends_with(d, t, "t") || ends_with(d, t, "en")) && !capital(next))
        return QX_P_VERB; /* "sie betreibe" */
    if (w == 0 && prev == QX_P_COMMA && i > 1 && d->tok[i - 2].kind == QX_MARK &&
        (ends_with(d, t, "t") || ends_with(d, t, "te") || ends_with(d, t, "en")))
        return QX_P_VERB; /* "„…“, winkte Berg ab" */
    if (w == 0 && !noun_phrase_open(prev) && !begins_noun_phrase(d, i + 1))
        return ends_with(d, t, "en") || ends_with(d, t, "ern") || ends_with(d, t, "eln") ? QX_P_VERB : QX_P_ADV;
    return w & QX_F(PREFIX) ? QX_P_ADV : QX_P_ADJ;
}

/* "Das berichten Medien", "Das sagte Berg", but "das erklärte Ziel": what ends in -e may be an adjective where its
 * participle has no ge-, unless something else begins behind it. */
static bool das_alone(const struct qx_doc *d, uint32_t i)
{
    static const char *const adjectives[] = { "be", "er", "ver", "ge", "kriti", "demen", "komm" };
    const struct qx_tok *t = &d->tok[i], *verb = t + 1, *next = t + 2;
    if (t->len != 3 || d->text[t->off + 1] != 'a' || capital(verb)) return false;
    if (d->text[verb->off + verb->len - 1] != 'e') return true;
    if (next->kind == QX_WORD && (next->lex & (QX_F(DET) | QX_F(PRON) | QX_F(POSSPRON)))) return true;
    for (size_t k = 0; k < sizeof adjectives / sizeof adjectives[0]; k++)
        if (verb->len > strlen(adjectives[k]) && memcmp(d->text + verb->off, adjectives[k], strlen(adjectives[k])) == 0)
            return false;
    return true;
}

static enum qx_pos word_german(const struct qx_doc *d, uint32_t i, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *t = &d->tok[i], *next = &d->tok[i + 1];
    uint64_t w = t->lex;
    if ((w & QX_F(REL)) && (w & QX_F(DET))) {
        bool noun = capital(next) || (next->kind == QX_WORD && (next->lex & (QX_F(ADJ) | QX_F(NATION) | QX_F(NUM)))) ||
                    next->kind == QX_MARK || next->kind == QX_NUMBER ||
                    (next->lex == 0 && capital(&d->tok[i + 1 < d->ntok - 1 ? i + 2 : i + 1]));
        if (prev == QX_P_COMMA && !noun) return QX_P_REL;
        return (next->lex & QX_F(SAY)) && das_alone(d, i) ? QX_P_PRON : QX_P_DET;
    }
    if ((w & QX_F(ATTRIB)) && (w & QX_F(ADV))) return QX_P_ADV;
    if ((w & (QX_F(DET) | QX_F(PREP))) && (w & QX_F(PREFIX)) &&
        (next->kind == QX_BREAK || (next->kind == QX_PUNCT && next->mark != '(')))
        return QX_P_ADV; /* "räumte er ein." */
    if (prev == QX_P_NAME && (prev_lex & QX_F(GIVEN)) && w != 0 && capital(t) && surname_too(t, next)) return QX_P_NAME;
    if ((w & QX_F(SUB)) && prev != QX_P_COMMA && !(t->shape & QX_S_FIRST) && t->len == 3 &&
        (memcmp(d->text + t->off, "als", 3) == 0 || memcmp(d->text + t->off, "wie", 3) == 0))
        return QX_P_PREP; /* "als Lüge bezeichnen" begins no clause */
    if ((w & QX_F(SUB)) && (t->shape & QX_S_FIRST) && t->len == 3 && memcmp(d->text + t->off, "Als", 3) == 0 &&
        capital(next) && (next->lex & NOMINAL) && !(next->lex & (QX_F(GIVEN) | QX_F(PLURAL))))
        return QX_P_PREP; /* "Als Antwort auf den Brief" */
    if (w & CLOSED) return closed_class(d, t, prev, prev_lex, next);
    if ((w == 0 || (w & QX_F(VING))) && (t->shape & QX_S_FIRST) && (t->shape & QX_S_CAP) && !capital(next) &&
        (ends_with(d, t, "lich") || ends_with(d, t, "isch") || ends_with(d, t, "end") || ends_with(d, t, "weise")))
        return QX_P_ADV; /* "Passend dazu", "Wahrscheinlich" */
    if ((t->shape & QX_S_CAP) && !((t->shape & QX_S_FIRST) && (w & VERBAL))) {
        if ((w & QX_F(TIME)) && !(w & QX_F(GIVEN))) return QX_P_TIME;
        if (w & QX_F(TITLE)) return (w & NOMINAL) && next->kind == QX_WORD && !capital(next) ? QX_P_NOUN : QX_P_TITLE;
        if (w & (QX_F(GIVEN) | QX_F(PLACE))) return QX_P_NAME;
        if (w & NOMINAL) return QX_P_NOUN;
        if (w & (QX_F(NATION) | QX_F(ADJ))) return QX_P_ADJ;
        if (prev == QX_P_NAME || prev == QX_P_TITLE || (prev_lex & QX_F(ROLE)) || (t->shape & QX_S_ALLCAP))
            return QX_P_NAME;
        if ((t->shape & QX_S_FIRST) && w == 0 && next->kind == QX_WORD) {
            if ((next->lex & QX_F(PRON)) && !capital(next)) return QX_P_VERB; /* "Kämen sie" */
            if (no_noun(d, t)) return begins_noun_phrase(d, i + 1) ? QX_P_ADJ : QX_P_ADV;
        }
        return noun_phrase_open(prev) || (t->shape & QX_S_HYPHEN) ? QX_P_NOUN : QX_P_NAME;
    }
    if (w & VERBAL) {
        bool before_noun =
            capital(next) || (next->kind == QX_WORD && (next->lex == 0 || (next->lex & (QX_F(ADJ) | QX_F(NATION)))));
        if ((w & QX_F(VING)) || (noun_phrase_open(prev) && (before_noun || prev == QX_P_DET || prev == QX_P_POSS)))
            return QX_P_ADJ;
        return (w & QX_F(VPP)) && !(w & (QX_F(V3S) | QX_F(VPAST))) ? QX_P_VPP : QX_P_VERB;
    }
    return small_german(d, i, prev, prev_lex);
}

/* Numbers, signs, and what stands behind an apostrophe. */
static enum qx_pos no_word(const struct qx_doc *doc, const struct qx_tok *t, enum qx_pos prev)
{
    const struct qx_tok *next = t + 1;
    switch (t->kind) {
    case QX_NUMBER:
        if (ends_with(doc, t, "-old") || ends_with(doc, t, "-olds"))
            return (next->lex & (NOMINAL | QX_F(ADJ))) || capital(next) ? QX_P_ADJ : QX_P_NOUN;
        if ((t->shape & QX_S_HYPHEN) &&
            (ends_with(doc, t, "hrige") || ends_with(doc, t, "hriger") || ends_with(doc, t, "hrigen")))
            return capital(next) ? QX_P_ADJ : QX_P_NOUN; /* "der 45-Jährige" */
        return t->lex & QX_F(NOUN) ? QX_P_NOUN : t->lex & QX_F(ROLE) ? QX_P_NOUN : QX_P_NUM;
    case QX_PUNCT:
        return punctuation(t->mark);
    case QX_MARK:
        return t->mark == QX_M_SINGLE || t->mark == QX_M_SINGLE_R ? (t->shape & QX_S_SPACE ? QX_P_OTHER : QX_P_GEN)
                                                                  : QX_P_OTHER;
    case QX_CLITIC: {
        char c = (char)(doc->text[t->off + t->len - 1] | 32);
        if (c != 's') return QX_P_AUX;
        if (prev == QX_P_PRON || prev == QX_P_ADV || prev == QX_P_SUB || prev == QX_P_REL) return QX_P_AUX;
        return QX_P_GEN;
    }
    default:
        return QX_P_OTHER;
    }
}

enum qx_pos qx_pos_decide(const struct qx_doc *doc, uint32_t i, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *t = &doc->tok[i], *next = &doc->tok[i + 1];

    /* a question of its own: the processor foretells it, and a switch it does not */
    if (t->kind != QX_WORD) return no_word(doc, t, prev);
    if (doc->lex->grammar & QX_G_NOUNS_CAPITAL) return word_german(doc, i, prev, prev_lex);
    bool cap = (t->shape & QX_S_CAP) != 0;
    if (cap && !(t->shape & (QX_S_FIRST | QX_S_HEAD))) return capital_inside(doc, i, prev, prev_lex);
    if (is_to(doc, t))
        return !(prev_lex & QX_F(ATTRIB)) && !(i > 0 && t[-1].hash == next->hash) && next->kind == QX_WORD &&
                       (next->lex & QX_F(VBASE)) && !(next->lex & CLOSED) && !(capital(next) && !(t->shape & QX_S_HEAD))
                   ? QX_P_TO
                   : QX_P_PREP;
    if (cap && (t->shape & QX_S_HEAD) && (t->lex == 0 || (t->lex & (QX_F(GIVEN) | QX_F(PLACE) | QX_F(ORGNAME)))) &&
        !(t->lex & CLOSED))
        return QX_P_NAME;
    if (cap && (t->shape & QX_S_HEAD) && (t->lex & QX_F(TITLE))) return QX_P_TITLE;
    if (cap && (t->shape & QX_S_FIRST) && !(t->shape & QX_S_HEAD)) return capital_first(doc, i, prev, prev_lex);
    if ((prev == QX_P_NAME || prev == QX_P_NOUN) && (t->lex & QX_F(PRON)) &&
        (ends_with(doc, t, "self") || ends_with(doc, t, "selves")))
        return QX_P_ADV; /* "Cruz himself said" */
    if (t->lex & CLOSED) return closed_class(doc, t, prev, prev_lex, next);
    if ((t->lex & QX_F(TITLE)) && !(t->lex & (NOMINAL | VERBAL))) return QX_P_TITLE;
    return open_class(doc, i, prev, prev_lex);
}
