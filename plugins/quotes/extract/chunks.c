/*
 * Sentences, and the pieces they are made of. A quotation is one piece, so that the sentence around it reads as if it
 * were one word; a full stop inside the marks ends the sentence outside them only where nobody goes on to tell who
 * spoke.
 */
#include "qx.h"

#include <assert.h>
#include <string.h>

#define PAREN_AHEAD    40u
#define ATTRIB_AHEAD   12u
#define HEAD_WORDS_MAX 30u
#define HEAD_SMALL_MAX (HEAD_WORDS_MAX / 5)
#define VERB_BACK      9u
#define FINISH_MIN     512u /* noun phrases: many at a time, so that no loop is short, and still in the cache */
#define CHUNK_TOKENS_MAX 40u /* longer ones are no phrases, and would be copied again for every quotation */

/* What the last chunk is so far; S_VERB: a verb group that has its verb; from S_NP on noun phrases. */
enum { S_NONE, S_ADV, S_VG, S_VERB, S_NP };

struct build {
    struct qx_doc *d;
    uint32_t end; /* the QX_BREAK of the paragraph */
    uint32_t para;
    bool heading, first_word;
    uint8_t special; /* QX_ASK where each token is looked at: in a heading, and up to the first word of a sentence */
    bool near;       /* marks in this paragraph or in the next one */
    enum qx_pos prev;
    uint64_t prev_lex;
    uint64_t cues; /* of the sentence: what of QX_CUES its words can be */
    bool marks;
    uint32_t span; /* index into spans */
    /* the last chunk, while it may grow */
    uint8_t state;  /* S_ */
    uint32_t first; /* its first token */
    /* what is not finished yet */
    uint32_t first_np, first_sent;
    uint32_t sent_first; /* first chunk of the sentence */
};

static bool small_word(const struct qx_tok *t)
{
    return t->kind == QX_WORD && !(t->shape & QX_S_CAP);
}

/* Most words have capitals: a headline in title case. */
static bool title_case(const struct qx_doc *d, uint32_t first, uint32_t end)
{
    uint32_t words = 0, small = 0;
    if (d->tok[end].hash > HEAD_SMALL_MAX + 1 || end - first > HEAD_WORDS_MAX * 2 ||
        (d->lex->grammar & QX_G_NOUNS_CAPITAL))
        return false;
    for (const struct qx_tok *t = d->tok + first, *stop = d->tok + end; t < stop && small <= HEAD_SMALL_MAX; t++) {
        if (t->mark == '.' && t->kind == QX_PUNCT && t + 2 < stop) return false;
        uint32_t word = (t->kind == QX_WORD) & (t->cplen >= 4) & (t != d->tok + first);
        words += word;
        small += word & ~(uint32_t)t->shape & QX_S_CAP; /* too many, however it goes on */
    }
    return words >= 3 && words <= HEAD_WORDS_MAX && small <= HEAD_SMALL_MAX && small * 5 <= words;
}

/* A chunk that nothing joins. */
static struct qx_chunk *single_chunk(struct build *b, enum qx_ctype type, uint32_t first, uint32_t last)
{
    struct qx_doc *d = b->d;
    struct qx_chunk *c = &d->chunk[d->nchunk++];
    *c = (struct qx_chunk){ .first = first,
                            .last = last,
                            .head = first,
                            .ref = QX_NONE,
                            .gen = QX_NONE,
                            .owner = QX_NONE,
                            .type = (uint8_t)type,
                            .sent = d->nsent };
    b->state = S_NONE;
    return c;
}

static int end_sentence(struct build *b)
{
    struct qx_doc *d = b->d;
    uint32_t first = b->sent_first;
    if (d->nchunk == first) return 0; /* nothing has come since the last one ended */
    if (!QX_ROOM(d, sent)) return QN_QUOTES_ENOMEM;
    d->sent[d->nsent++] = (struct qx_sent){ .first = first,
                                            .last = d->nchunk,
                                            .para = b->para,
                                            .heading = b->heading,
                                            .cue = (b->cues != 0) | ((b->cues & QX_F(CUE)) != 0) << 1,
                                            .marks = b->marks,
                                            .near = b->near };
    b->sent_first = d->nchunk;
    b->first_word = true;
    b->special = QX_ASK;
    b->prev = QX_P_OTHER;
    b->prev_lex = 0;
    b->state = S_NONE;
    b->cues = 0;
    b->marks = false;
    return 0;
}

#define POS(p) (UINT32_C(1) << QX_P_##p)

/* What a noun phrase, and what a verb group is made of. */
#define IN_NP                                                                                                          \
    (POS(DET) | POS(POSS) | POS(ADJ) | POS(NUM) | POS(NOUN) | POS(NAME) | POS(TITLE) | POS(TIME) | POS(GEN) | POS(PRON))
#define IN_VG (POS(AUX) | POS(VERB) | POS(VING) | POS(VPP) | POS(TO) | POS(ADV) | POS(NEG))

/*
 * Whether a token goes on with the chunk before it: a machine whose states say what that chunk is so far. Noun phrases
 * are told apart by the last of their words as far as it matters, and by whether they have their noun.
 */
enum { L_OTHER, L_PRON, L_DET, L_TIME, L_GEN, L_COUNT };

#define STEP_FRESH 1u /* a chunk of its own */
#define STEP_NP    2u /* a noun phrase begins */
#define STEP_LOOK  4u /* an adjective behind a noun: the next token decides */
#define STEP_STATE 5  /* the state after it, four bits: where they stand they are the row of steps[] */
#define STEP_MOVE  9  /* what becomes of the chunk: M_ */
#define STEP_ROW   (15u << STEP_STATE)

/* A token as a chunk of its own, or in one that began before; of noun phrases, whether it can be what they are about,
 * or is a possessive. */
enum {
    M_OTHER,
    M_PREP,
    M_ADV,
    M_COMMA,
    M_COLON,
    M_SEMI,
    M_DASH,
    M_CONJ,
    M_SUB,
    M_REL,
    M_STOP,
    M_VG,
    M_NP,
    M_NP_NOUN = M_NP, /* its first word is what it is about, until another is */
    M_NP_GEN,
    M_IN_VG,
    M_IN_NP,
    M_IN_NP_NOUN,
    M_IN_NP_GEN,
    M_COUNT
};

#define JOIN(state, move)  ((state) << STEP_STATE | M_IN_##move << STEP_MOVE)
#define FRESH(state, move) (STEP_FRESH | (state) << STEP_STATE | M_##move << STEP_MOVE)
/* The state after a word of a noun phrase, and the step to it: fresh behind certain words, or behind the noun. */
#define NP_STATE(last, noun)       (S_NP + (last)*2 + (noun))
#define NP_FIRST(last, noun, move) (FRESH(NP_STATE(last, noun), move) | STEP_NP)
#define NP_STEP(l, n, last, noun_now, move, behind, behind_noun)                                                       \
    (((behind) >> (l)&1) || ((behind_noun) && (n)) ? NP_FIRST(last, (noun_now) == 1, move)                             \
                                                   : JOIN(NP_STATE(last, (noun_now) < 0 ? (n) : (noun_now)), move))
#define B(last) (1 << L_##last)
#define NP_WORDS(l, n)                                                                                                 \
    [QX_P_DET] = NP_STEP(l, n, L_DET, -1, NP, B(PRON) | B(DET) | B(TIME), 1),                                          \
    [QX_P_POSS] = NP_STEP(l, n, L_OTHER, -1, NP, B(PRON) | B(DET) | B(TIME), 1),                                       \
    [QX_P_ADJ] = NP_STEP(l, n, L_OTHER, -1, NP, B(PRON) | B(TIME), 0) | ((n) && (l) != L_GEN ? STEP_LOOK : 0),         \
    [QX_P_NUM] = NP_STEP(l, n, L_OTHER, -1, NP, B(PRON), 0),                                                           \
    [QX_P_NOUN] = NP_STEP(l, n, L_OTHER, 1, NP_NOUN, B(PRON), 0),                                                      \
    [QX_P_NAME] = NP_STEP(l, n, L_OTHER, 1, NP_NOUN, B(PRON) | B(TIME), 0),                                            \
    [QX_P_TITLE] = NP_STEP(l, n, L_OTHER, -1, NP, B(PRON) | B(TIME), 0),                                               \
    [QX_P_TIME] = NP_STEP(l, n, L_TIME, -1, NP, B(PRON), 1), [QX_P_GEN] = NP_STEP(l, n, L_GEN, 0, NP_GEN, B(PRON), 0), \
    [QX_P_PRON] = NP_STEP(l, n, L_PRON, -1, NP_NOUN, ~0, 1)
#define NP_BEGINS                                                                                                      \
    [QX_P_DET] = NP_FIRST(L_DET, 0, NP), [QX_P_POSS] = NP_FIRST(L_OTHER, 0, NP),                                       \
    [QX_P_ADJ] = NP_FIRST(L_OTHER, 0, NP), [QX_P_NUM] = NP_FIRST(L_OTHER, 0, NP),                                      \
    [QX_P_NOUN] = NP_FIRST(L_OTHER, 1, NP_NOUN), [QX_P_NAME] = NP_FIRST(L_OTHER, 1, NP_NOUN),                          \
    [QX_P_TITLE] = NP_FIRST(L_OTHER, 0, NP), [QX_P_TIME] = NP_FIRST(L_TIME, 0, NP),                                    \
    [QX_P_GEN] = NP_FIRST(L_GEN, 0, NP_GEN), [QX_P_PRON] = NP_FIRST(L_PRON, 0, NP_NOUN)
#define VG_FIRST(state) FRESH(state, VG)
#define VG_BEGINS                                                                                                      \
    [QX_P_AUX] = VG_FIRST(S_VG), [QX_P_VERB] = VG_FIRST(S_VERB), [QX_P_VING] = VG_FIRST(S_VERB),                       \
    [QX_P_VPP] = VG_FIRST(S_VERB), [QX_P_TO] = VG_FIRST(S_VG), [QX_P_NEG] = VG_FIRST(S_VG),                            \
    [QX_P_ADV] = FRESH(S_ADV, ADV)
#define OTHERS                                                                                                         \
    [QX_P_OTHER] = FRESH(S_NONE, OTHER), [QX_P_PREP] = FRESH(S_NONE, PREP), [QX_P_CONJ] = FRESH(S_NONE, CONJ),         \
    [QX_P_SUB] = FRESH(S_NONE, SUB), [QX_P_REL] = FRESH(S_NONE, REL), [QX_P_COMMA] = FRESH(S_NONE, COMMA),             \
    [QX_P_COLON] = FRESH(S_NONE, COLON), [QX_P_SEMI] = FRESH(S_NONE, SEMI), [QX_P_DASH] = FRESH(S_NONE, DASH),         \
    [QX_P_LPAR] = FRESH(S_NONE, OTHER), [QX_P_RPAR] = FRESH(S_NONE, OTHER), [QX_P_STOP] = FRESH(S_NONE, STOP),         \
    [QX_P_SPAN] = FRESH(S_NONE, OTHER)
#define NP_ROW(l, n) [NP_STATE(l, n)] = { OTHERS, VG_BEGINS, NP_WORDS(l, n) }

static const uint16_t steps[S_NP + L_COUNT * 2][1 << STEP_STATE] = {
    [S_NONE] = { OTHERS, VG_BEGINS, NP_BEGINS },
    [S_ADV] = { OTHERS, NP_BEGINS, [QX_P_AUX] = JOIN(S_VG, VG), [QX_P_VERB] = JOIN(S_VERB, VG),
                [QX_P_VING] = JOIN(S_VERB, VG), [QX_P_VPP] = JOIN(S_VERB, VG), [QX_P_TO] = JOIN(S_VG, VG),
                [QX_P_NEG] = JOIN(S_VG, VG), [QX_P_ADV] = FRESH(S_ADV, ADV) },
    [S_VG] = { OTHERS, NP_BEGINS, [QX_P_AUX] = JOIN(S_VG, VG), [QX_P_VERB] = JOIN(S_VERB, VG),
               [QX_P_VING] = JOIN(S_VERB, VG), [QX_P_VPP] = JOIN(S_VERB, VG), [QX_P_TO] = VG_FIRST(S_VG),
               [QX_P_NEG] = JOIN(S_VG, VG), [QX_P_ADV] = JOIN(S_VG, VG) },
    [S_VERB] = { OTHERS, NP_BEGINS, [QX_P_AUX] = VG_FIRST(S_VG), [QX_P_VERB] = VG_FIRST(S_VERB),
                 [QX_P_VING] = VG_FIRST(S_VERB), [QX_P_VPP] = VG_FIRST(S_VERB), [QX_P_TO] = VG_FIRST(S_VG),
                 [QX_P_NEG] = JOIN(S_VERB, VG), [QX_P_ADV] = JOIN(S_VERB, VG) },
    NP_ROW(L_OTHER, 0),
    NP_ROW(L_PRON, 0),
    NP_ROW(L_DET, 0),
    NP_ROW(L_TIME, 0),
    NP_ROW(L_GEN, 0),
    NP_ROW(L_OTHER, 1),
    NP_ROW(L_PRON, 1),
    NP_ROW(L_DET, 1),
    NP_ROW(L_TIME, 1),
    NP_ROW(L_GEN, 1),
};

/* A chunk of many tokens: one too long goes no further, and a verb far back is forgotten. */
static unsigned long_state(const struct qx_doc *d, unsigned state, uint32_t chunk, uint32_t first, uint32_t i)
{
    if (i - first >= CHUNK_TOKENS_MAX) return S_NONE;
    if (state != S_VERB) return state;
    uint32_t last = d->chunk[chunk].last;
    for (uint32_t k = last; k-- > first && last - k <= VERB_BACK;)
        if ((POS(VERB) | POS(VING) | POS(VPP)) >> d->tok[k].pos & 1) return S_VERB;
    return S_VG;
}

/* "The president Monday", "state police new": an adjective that belongs to what follows. */
__attribute__((noinline)) static unsigned adjective_step(const struct qx_doc *d, uint32_t i, unsigned step)
{
    const struct qx_tok *next = &d->tok[i + 1];
    bool breaks = (next->lex & QX_F(TIME)) || next->kind != QX_WORD ||
                  (d->lex->grammar & QX_G_NOUNS_CAPITAL); /* "Präsident Smith kurz" */
    return breaks ? NP_FIRST(L_OTHER, 0, NP) : step;
}

/* The chunks of a sentence that frames.c looks at. One question, not one a type: those that are no verbs seldom come to
 * anything. */
static void asked_of(struct qx_doc *d, struct qx_sent *s)
{
    uint32_t prepositions = (s->cue & 2) || (d->lex->grammar & QX_G_VERB_SECOND), n = d->nask;
    for (uint32_t i = s->first; i < s->last; i++) {
        const struct qx_chunk *c = &d->chunk[i];
        uint32_t attributes = (uint32_t)(d->tok[c->first].lex >> QX_BIT_ATTRIB) & 1, prep = c->type == QX_C_PREP;
        d->ask[n] = i;
        n += (c->type == QX_C_VG) | ((c->type == QX_C_NP) & ((c->flags & QX_N_SPEECH) != 0)) |
             ((prep | (c->type == QX_C_ADV)) & attributes) | (prep & prepositions);
    }
    s->asks = d->nask;
    s->nasks = n - d->nask;
    d->nask = n;
    for (uint32_t k = s->asks; k < n; k++)
        if (d->chunk[d->ask[k]].type == QX_C_VG) qx_phrase_vg(d, &d->chunk[d->ask[k]]);
}

/* Noun phrases and verb groups of the last paragraphs, now that they grow no more; only the former that name or mean
 * somebody stay in doc.who, and of the latter only those matter that frames.c will ask for. */
static void finish(struct build *b)
{
    struct qx_doc *d = b->d;
    uint32_t n = b->first_np, named = d->nnamed;
    qx_phrase_nps(d, d->who + n, d->nwho - n, d->ask + d->nask);
    for (uint32_t k = b->first_np; k < d->nwho; k++) {
        const struct qx_chunk *c = &d->chunk[d->who[k]];
        d->named[named] = d->who[n] = d->who[k];
        named += (c->flags & (QX_N_NAME | QX_N_HASGEN | QX_N_GEN)) != 0;
        n += ((c->flags & (QX_N_NAME | QX_N_HASGEN | QX_N_GEN | QX_N_PRON | QX_N_SPEECH)) |
              ((c->flags & (QX_N_ROLE | QX_N_DET | QX_N_PLURAL)) == (QX_N_ROLE | QX_N_DET))) != 0;
    }
    b->first_np = d->nwho = n;
    d->nnamed = named;
    for (uint32_t k = b->first_sent; k < d->nsent; k++)
        if (d->sent[k].near || d->sent[k].cue) asked_of(d, &d->sent[k]);
    b->first_sent = d->nsent;
}

/* (R-Texas), (Reuters): one piece, unless somebody is quoted in it. */
static uint32_t paren_end(const struct build *b, uint32_t i)
{
    for (uint32_t k = i + 1; k < b->end && k < i + PAREN_AHEAD; k++) {
        const struct qx_tok *t = &b->d->tok[k];
        if (t->kind == QX_MARK && t->mate != QX_NONE) return QX_NONE;
        if (t->kind == QX_PUNCT && (t->mark == ')' || t->mark == ']')) return k;
    }
    return QX_NONE;
}

/* One that holds the whole sentence is no piece of it. */
static bool paren_is_piece(const struct build *b, uint32_t i)
{
    bool whole = b->sent_first == b->d->nchunk;
    return !whole && paren_end(b, i) != QX_NONE;
}

/* "…!" Smith, the head of a bank, said. */
static bool apposition_follows(const struct build *b, uint32_t i)
{
    const struct qx_tok *t = b->d->tok;
    uint32_t k = i;
    while (k < b->end && k < i + 4 && t[k].kind == QX_WORD && (t[k].shape & QX_S_CAP)) k++;
    if (k == i || k >= b->end || t[k].kind != QX_PUNCT || t[k].mark != ',') return false;
    for (uint32_t n = k + 1; n + 1 < b->end && n < k + 2 * ATTRIB_AHEAD; n++) {
        if (t[n].kind == QX_MARK || (t[n].kind == QX_PUNCT && t[n].mark == '.')) return false;
        if (t[n].kind == QX_PUNCT && t[n].mark == ',' && (t[n + 1].lex & QX_F(SAY)) &&
            (t[n + 1].lex & (QX_F(VPAST) | QX_F(V3S)))) /* but not "said, “…”", of other words */
            return n + 3 >= b->end || t[n + 2].kind != QX_PUNCT ||
                   (t[n + 2].mark != ':' && !(t[n + 2].mark == ',' && t[n + 3].kind == QX_MARK));
    }
    return false;
}

/* "…?" Smith asked. — "…." Smith said. The sentence goes on after the marks. */
static bool attribution_follows(const struct build *b, uint32_t i, bool strict)
{
    const struct qx_tok *t = b->d->tok;
    uint32_t k = i;
    if (!strict && (t[i].shape & QX_S_CAP) && apposition_follows(b, i)) return true;
    while (k < b->end && k < i + ATTRIB_AHEAD && t[k].kind == QX_WORD &&
           !((t[k].lex & QX_F(SAY)) && (k > i || !(t[k].shape & QX_S_CAP)) && !(t[k].shape & QX_S_CAP)))
        k++;
    if (k >= b->end || k == i + ATTRIB_AHEAD || t[k].kind != QX_WORD || (strict && k > i + 4)) return false;
    const struct qx_tok *n = &t[k + 1];
    if (strict && (((t[k].lex & QX_F(WEAK)) && !(t[k].lex & QX_F(STRONG))) ||
                   !(t[k].lex & (QX_F(VPAST) | QX_F(V3S) | QX_F(STRONG)))))
        return false;
    if (n->kind == QX_BREAK || (n->kind == QX_PUNCT && n->mark != ':'))
        return !(n->kind == QX_PUNCT && n->mark == ',' && k + 2 < b->end && t[k + 2].kind == QX_MARK);
    bool whom =
        !strict && k <= i + 3 && (t[k].lex & QX_F(TELL)) && (t[k].lex & QX_F(VPAST)) && n->kind == QX_WORD &&
        ((n->lex & (QX_F(DET) | QX_F(OBJ) | QX_F(POSSPRON))) || (n->shape & QX_S_CAP)); /* "…?" X asked the court */
    return whom || (n->kind == QX_WORD && (n->lex & (QX_F(PREP) | QX_F(ADV) | QX_F(TIME) | QX_F(ROLE) | QX_F(SUB))) &&
                    !(n->lex & (QX_F(REL) | QX_F(DET) | QX_F(PRON) | QX_F(NEG))));
}

static uint16_t span_flags(const struct qx_doc *d, const struct qx_span *s)
{
    uint16_t f = d->tok[s->close].kind == QX_BREAK ? QX_Q_OPEN : 0;
    uint32_t i = s->close;
    while (i > s->open + 1 && d->tok[i - 1].kind == QX_MARK) i--;
    const struct qx_tok *t = &d->tok[i - 1];
    if (t->kind == QX_PUNCT && i - 1 > s->open) {
        if (t->mark == '.')
            f |= QX_Q_STOP;
        else if (t->mark == '!' || t->mark == '?')
            f |= QX_Q_EXCL;
        else if (t->mark == ',')
            f |= QX_Q_COMMA;
        else if (t->mark == '-')
            f |= QX_Q_EXCL;
    } else if (t->shape & QX_S_DOT) {
        f |= QX_Q_STOP;
    }
    i = s->open + 1;
    while (i + 1 < s->close && d->tok[i].kind != QX_WORD && d->tok[i].kind != QX_NUMBER) i++;
    if (d->tok[i].shape & QX_S_CAP || d->tok[i].kind == QX_NUMBER) f |= QX_Q_CAP;
    return f;
}

/* Bill "The Hammer" Jones: the marks belong to the name. */
static bool nickname(const struct build *b, uint32_t open, uint32_t close)
{
    const struct qx_tok *t = b->d->tok;
    if (b->prev != QX_P_NAME || close - open > 4 || close + 1 >= b->end || t[close].kind == QX_BREAK || open == 0)
        return false;
    const struct qx_tok *n = &t[close + 1], *last = &t[close - 1];
    return n->kind == QX_WORD && (n->shape & QX_S_CAP) && !(n->lex & ~(QX_F(GIVEN) | QX_F(MALE) | QX_F(FEMALE))) &&
           last->kind == QX_WORD && (t[open + 1].shape & QX_S_CAP);
}

/* German: laut „Spiegel“, wie der „Spiegel“ berichtet, die „Zeit“ meldete: who says so, though in marks. */
static bool source_in_marks(const struct build *b, uint32_t open, uint32_t close)
{
    const struct qx_tok *t = b->d->tok, *next = &t[close + 1];
    if (close - open > 4 || t[close].kind == QX_BREAK || !(t[open + 1].shape & QX_S_CAP)) return false;
    if (b->prev_lex & QX_F(ATTRIB)) return true;
    if (open > 1 && (t[open - 2].lex & QX_F(PREP))) return false; /* "in der „Zeit“ schreibt er" */
    if (b->prev == QX_P_DET && (t[open - 1].shape & QX_S_FIRST) && (t[close - 1].shape & QX_S_CAP) && next->len >= 3 &&
        memcmp(b->d->text + next->off, "hat", 3) == 0 && (next->lex & QX_F(AUX)))
        return true; /* "Die „Süddeutsche Zeitung“ hatte berichtet" */
    return b->prev == QX_P_DET && (t[close - 1].shape & QX_S_CAP) && next->kind == QX_WORD &&
           !(next->shape & QX_S_CAP) && (next->lex & QX_F(SAY)) && (next->lex & QX_F(STRONG)) &&
           (next->lex & (QX_F(V3S) | QX_F(VPAST))) && !(next->lex & QX_F(CALL));
}

static int take_span(struct build *b, uint32_t *i)
{
    struct qx_doc *d = b->d;
    uint32_t open = *i, close = d->tok[open].mate;

    while (d->span[b->span].open < open) b->span++;
    struct qx_span *s = &d->span[b->span];
    if (b->state >= S_NP && nickname(b, open, close)) {
        for (uint32_t k = open; k <= close; k++) qx_set_pos(d, k, QX_P_OTHER);
        d->chunk[d->nchunk - 1].last = close + 1;
        *i = close;
        return 0;
    }
    b->marks = true;
    if ((d->lex->grammar & QX_G_VERB_SECOND) && source_in_marks(b, open, close)) {
        for (uint32_t k = open + 1; k < close; k++) qx_set_pos(d, k, QX_P_NAME);
        d->tok[close - 1].lex |= QX_F(ORGNAME);
        d->who[d->nwho++] = d->nchunk;
        single_chunk(b, QX_C_NP, open + 1, close)->head = close - 1;
        b->prev = QX_P_NAME;
        b->prev_lex = 0;
        *i = close;
        return 0;
    }
    s->chunk = d->nchunk;
    for (uint32_t k = open; k <= close; k++) qx_set_pos(d, k, QX_P_OTHER);
    struct qx_chunk *c = single_chunk(b, QX_C_SPAN, open, open + 1);
    c->ref = b->span;
    c->flags = span_flags(d, s);
    c->last = s->dash || d->tok[close].kind == QX_BREAK ? close : close + 1;
    *i = c->last - 1;
    b->prev = QX_P_SPAN;
    b->prev_lex = 0;
    if ((c->flags & (QX_Q_STOP | QX_Q_EXCL)) == 0 || *i + 1 >= b->end) return 0;
    const struct qx_tok *n = &d->tok[*i + 1];
    if (n->kind == QX_PUNCT || small_word(n)) return 0;
    if (n->kind == QX_WORD && !(d->lex->grammar & QX_G_VERB_SECOND) && /* German turns the attribution round */
        attribution_follows(b, *i + 1, (c->flags & QX_Q_STOP) != 0))
        return 0;
    return end_sentence(b);
}

__attribute__((noinline)) static bool stop_ends_sentence(const struct build *b, uint32_t i)
{
    const struct qx_tok *n = &b->d->tok[i + 1];
    if (i + 1 >= b->end) return true;
    if (n->kind == QX_WORD)
        return (n->shape & QX_S_CAP) || !(n->shape & QX_S_SPACE ? 1 : 0) || !small_word(n) || b->d->tok[i].mark == '.';
    return n->kind == QX_NUMBER || (n->kind == QX_MARK && n->mate != QX_NONE && n->mate > i + 1) || n->kind == QX_PUNCT;
}

/* "U.S." and "p.m." end a sentence where a small word with a capital follows. */
__attribute__((noinline)) static bool abbreviation_ends_sentence(const struct build *b, uint32_t i)
{
    const struct qx_tok *t = &b->d->tok[i], *n = t + 1;
    if ((t->lex & QX_F(TITLE)) || i + 1 >= b->end) return false;
    return n->kind == QX_WORD && (n->shape & QX_S_CAP) && !(n->shape & QX_S_ALLCAP && n->cplen > 1) &&
           (n->lex & (QX_F(DET) | QX_F(PRON) | QX_F(PREP) | QX_F(CONJ) | QX_F(SUB) | QX_F(ADV) | QX_F(POSSPRON))) &&
           t->cplen > 2;
}

/* "Ursula von der Leyen", but "Karl Berg von der Polizei": behind a surname it is a preposition. */
static bool german_particle(const struct build *b, const struct qx_tok *t, uint64_t prev_lex)
{
    const struct qx_tok *name = t;
    if (prev_lex & QX_F(PARTICLE)) return true;
    for (uint32_t n = 0; n < 2 && (name->lex & QX_F(PARTICLE)) && !(name->shape & QX_S_CAP); n++) name++;
    if (name->lex != 0 && !(name->lex & QX_F(GIVEN))) return false; /* "von der Polizei" */
    if (prev_lex & (QX_F(GIVEN) | QX_F(TITLE))) return true;
    return b->d->text[t->off] != 'z' && (t - b->d->tok < 2 || t[-2].pos != QX_P_NAME);
}

/* "von", "de" and the like inside a name. */
static bool name_particle(const struct build *b, const struct qx_tok *t, uint64_t prev_lex)
{
    if ((b->d->lex->grammar & QX_G_NOUNS_CAPITAL) && !german_particle(b, t, prev_lex)) return false;
    bool article = (t->lex & QX_F(DET)) && !(prev_lex & QX_F(PARTICLE)); /* "von der", but not "Müller den Plan" */
    return small_word(t) && !article && !(t->len == 2 && b->d->text[t->off] == 'z' && small_word(t + 1)) &&
           t[1].kind == QX_WORD && (t[1].shape & QX_S_CAP || t[1].lex & QX_F(PARTICLE));
}

/* What a token is, all looked at. */
static enum qx_pos decide(const struct build *b, uint32_t i, enum qx_pos prev, uint64_t prev_lex)
{
    const struct qx_tok *t = &b->d->tok[i];
    enum qx_pos p = qx_pos_decide(b->d, i, prev, prev_lex);
    return (t->lex & QX_F(PARTICLE)) && prev == QX_P_NAME && name_particle(b, t, prev_lex) ? QX_P_NAME : p;
}

#define NO_PART 255u /* a token that is no part of a phrase: marked words, a parenthesis, markup */

/*
 * A token that is not what it is by its row alone, which gave p; noinline because it is seldom, and what calls it keeps
 * its state in registers.
 */
__attribute__((noinline)) static unsigned look(struct build *b, uint32_t i, unsigned p, enum qx_pos prev,
                                               uint64_t prev_lex)
{
    struct qx_tok *t = &b->d->tok[i];
    if (t->kind == QX_MARKUP || (t->mate != QX_NONE && t->mate > i)) return NO_PART;
    if (b->special) {
        if (b->heading) t->shape |= QX_S_HEAD;
        if (b->first_word && (t->kind == QX_WORD || t->kind == QX_NUMBER)) {
            t->shape |= QX_S_FIRST;
            b->first_word = false;
            b->special = b->heading ? QX_ASK : 0;
        }
        if (t->shape & QX_S_CAP && t->kind == QX_WORD) p = QX_ASK;
        if ((p & ~QX_ASK) != QX_P_OTHER) return p & ~QX_ASK;
    }
    p = decide(b, i, prev, prev_lex);
    return p == QX_P_LPAR ? NO_PART : p;
}

/* What of QX_CUES counts, by what a word is: a verb that is one or a noun that is one. */
#define CUES_ELSE (QX_F(ATTRIB) | QX_F(CUE))
#define CUES_VERB (CUES_ELSE | QX_F(SAY) | QX_F(THINK) | QX_F(CALL))
#define CUES_NOUN (CUES_ELSE | QX_F(SPEECHN) | QX_F(CONTENTN))
#define E(p)      [QX_P_##p] = CUES_ELSE
#define V(p)      [QX_P_##p] = CUES_VERB
#define N(p)      [QX_P_##p] = CUES_NOUN
static const uint64_t cues_of[QX_P_COUNT] = {
    E(OTHER), E(PREP), E(CONJ), E(SUB), E(REL),   E(COMMA), E(COLON), E(SEMI), E(DASH), E(LPAR),
    E(RPAR),  E(STOP), E(SPAN), V(AUX), V(VERB),  V(VING),  V(VPP),   V(TO),   V(ADV),  V(NEG),
    N(DET),   N(POSS), N(ADJ),  N(NUM), N(TITLE), N(TIME),  N(NOUN),  N(NAME), N(PRON), N(GEN),
};
#undef E
#undef V
#undef N

static inline bool ends_sentence(const struct build *b, uint32_t i, unsigned p)
{
    return (p == QX_P_STOP && stop_ends_sentence(b, i)) ||
           ((b->d->tok[i].shape & QX_S_DOT) && abbreviation_ends_sentence(b, i));
}

/*
 * A move is three sums of masks over the fields of a chunk, four at a time: what stays of them, where the token's
 * number comes in, and what is there in any case. head is, until finish(), the last noun of a noun phrase, or its first
 * word.
 */
typedef uint32_t four __attribute__((vector_size(16)));

struct move {
    four keep, put, have;    /* first, last, head, ref */
    four keep2, put2, have2; /* gen, owner, sent, and flags, type and gender together */
    four unused[2];          /* the place of one is told by a shift */
};

static_assert(sizeof(struct qx_chunk) == 2 * sizeof(four) && offsetof(struct qx_chunk, last) == 4 &&
                  offsetof(struct qx_chunk, head) == 8 && offsetof(struct qx_chunk, ref) == 12 &&
                  offsetof(struct qx_chunk, gen) == 16 && offsetof(struct qx_chunk, owner) == 20 &&
                  offsetof(struct qx_chunk, sent) == 24 && offsetof(struct qx_chunk, flags) == 28 &&
                  offsetof(struct qx_chunk, type) == 30,
              "moves have the fields of a chunk in this order");

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define TYPE(type) (QX_C_##type << 8)
#else
#define TYPE(type) (QX_C_##type << 16)
#endif
#define ALL UINT32_MAX
#define BEGIN(type, gen)                                                                                               \
    {                                                                                                                  \
        .put = { ALL, ALL, ALL }, .have = { 0, 0, 0, QX_NONE }, .put2 = { gen }, .have2 = {                            \
            ~(gen),                                                                                                    \
            QX_NONE,                                                                                                   \
            0,                                                                                                         \
            TYPE(type)                                                                                                 \
        }                                                                                                              \
    }
#define GO_ON(type, head, gen)                                                                                         \
    {                                                                                                                  \
        .keep = { ALL, 0, ~(head) }, .put = { 0, ALL, head }, .have = { 0, 0, 0, QX_NONE }, .keep2 = { ~(gen) },       \
        .put2 = { gen }, .have2 = {                                                                                    \
            0,                                                                                                         \
            QX_NONE,                                                                                                   \
            0,                                                                                                         \
            TYPE(type)                                                                                                 \
        }                                                                                                              \
    }
#define ALONE(type) [M_##type] = BEGIN(type, 0u)

static const struct move moves[M_COUNT] = {
    ALONE(OTHER),
    ALONE(PREP),
    ALONE(ADV),
    ALONE(COMMA),
    ALONE(COLON),
    ALONE(SEMI),
    ALONE(DASH),
    ALONE(CONJ),
    ALONE(SUB),
    ALONE(REL),
    ALONE(STOP),
    ALONE(VG),
    [M_NP] = BEGIN(NP, 0u),
    [M_NP_GEN] = BEGIN(NP, ALL),
    [M_IN_VG] = GO_ON(VG, 0u, 0u),
    [M_IN_NP] = GO_ON(NP, 0u, 0u),
    [M_IN_NP_NOUN] = GO_ON(NP, ALL, 0u),
    [M_IN_NP_GEN] = GO_ON(NP, 0u, ALL),
};

/* The last chunk, while it may grow, and the lists that chunks go to: a copy of what struct build and the document
 * have, which the compiler can keep in registers. */
struct growth {
    struct qx_chunk *chunk;
    uint32_t *who;
    uint32_t last, len, sent; /* len: tokens of the last chunk */
    unsigned step;
};

static struct growth growth_of(const struct build *b, uint32_t i)
{
    const struct qx_doc *d = b->d;
    return (struct growth){ .chunk = d->chunk,
                            .who = d->who + d->nwho,
                            .last = d->nchunk - 1,
                            .len = i - b->first,
                            .sent = d->nsent,
                            .step = (unsigned)b->state << STEP_STATE };
}

static void growth_keep(struct build *b, const struct growth *g, uint32_t i)
{
    b->d->nchunk = g->last + 1;
    b->d->nwho = (uint32_t)(g->who - b->d->who);
    b->first = i - g->len;
    b->state = (uint8_t)((g->step & STEP_ROW) >> STEP_STATE);
}

/* Token i, which is p, becomes a chunk or a part of the one before. Which cannot be foretold: so the chunk is written
 * in any case, and nothing is asked. */
__attribute__((always_inline)) static inline void grow(const struct qx_doc *d, struct growth *g, uint32_t i, unsigned p)
{
    unsigned row = g->step & STEP_ROW;
    if (QX_SELDOM(g->len >= VERB_BACK)) row = long_state(d, row >> STEP_STATE, g->last, i - g->len, i) << STEP_STATE;
    unsigned step = steps[row >> STEP_STATE][p];
    if (QX_SELDOM(step & STEP_LOOK)) step = adjective_step(d, i, step);
    const struct move *m = &moves[step >> STEP_MOVE];
    uint32_t fresh = step & STEP_FRESH;
    four x, y, at = (four){ 0, 1, 0, 0 } + i, sent = { 0, 0, g->sent, 0 };
    g->last += fresh;
    g->len = (g->len & (fresh - 1)) + 1;
    struct qx_chunk *c = &g->chunk[g->last];
    memcpy(&x, &c->first, sizeof x); /* what a fresh one has here does not stay */
    memcpy(&y, &c->gen, sizeof y);
    x = (x & m->keep) | (at & m->put) | m->have;
    y = (y & m->keep2) | (at & m->put2) | m->have2 | sent;
    memcpy(&c->first, &x, sizeof x);
    memcpy(&c->gen, &y, sizeof y);
    *g->who = g->last;
    g->who += step / STEP_NP & 1;
    g->step = step;
}

/*
 * Says what the tokens from i on are, up to one that is no part of a phrase, or behind the one that ends the sentence
 * (*end), and makes chunks of them. What most tokens are is read from a table, by the token's row and by what stood
 * before it: only the fifth that must be looked at is a branch. Each wrong guess of the processor costs as much as all
 * that is written here.
 */
static uint32_t tag(struct build *b, uint32_t i, bool *end)
{
    struct qx_doc *d = b->d;
    struct growth g = growth_of(b, i);
    struct qx_tok *t = d->tok + i;
    const struct qx_tok *from = t, *until = d->tok + b->end;
    const uint8_t(*after)[QX_AFTERS] = d->lex->after;
    uint8_t *pos = d->pos + QX_FRONT;
    unsigned prev = b->prev, special = b->special;
    uint64_t cues = b->cues;

    for (*end = false; t < until; t++, i++) {
        unsigned p = after[t->pos][prev] | special;
        if (QX_SELDOM(p >= QX_ASK)) {
            bool stop = t->mark == '.' && t->kind == QX_PUNCT && !b->heading;
            p = stop ? QX_P_STOP : look(b, i, p, (enum qx_pos)prev, t == from ? b->prev_lex : t[-1].lex);
            special = b->special;
            if (p == NO_PART) break;
            if ((*end = stop ? stop_ends_sentence(b, i) : ends_sentence(b, i, p))) until = t + 1;
        }
        assert(p == decide(b, i, (enum qx_pos)prev, t == from ? b->prev_lex : t[-1].lex));
        t->pos = pos[i] = (uint8_t)p;
        cues |= t->lex & cues_of[p];
        prev = p;
        grow(d, &g, i, p);
    }
    growth_keep(b, &g, i);
    b->prev = (enum qx_pos)prev;
    if (t > from) b->prev_lex = t[-1].lex;
    b->cues = cues;
    return i;
}

/* Token *i, which is no part of a phrase; it becomes the one behind it. */
static int take_piece(struct build *b, uint32_t *i)
{
    struct qx_tok *t = &b->d->tok[*i];
    int rc = 0;
    if (t->kind == QX_MARKUP) {
        qx_set_pos(b->d, (*i)++, QX_P_OTHER);
        return 0;
    }
    if (t->mate != QX_NONE) {
        b->first_word = false;
        b->special = b->heading ? QX_ASK : 0;
        rc = take_span(b, i);
    } else {
        uint32_t last = paren_is_piece(b, *i) ? paren_end(b, *i) : *i;
        for (uint32_t k = *i; k <= last; k++) qx_set_pos(b->d, k, QX_P_OTHER);
        qx_set_pos(b->d, *i, b->prev = QX_P_LPAR);
        b->prev_lex = t->lex;
        struct growth g = growth_of(b, *i);
        if (last > *i) {
            (void)single_chunk(b, QX_C_LPAR, *i, last + 1);
        } else {
            grow(b->d, &g, *i, QX_P_LPAR);
            growth_keep(b, &g, *i + 1);
        }
        *i = last;
    }
    ++*i;
    return rc;
}

static int paragraph(struct build *b, uint32_t first)
{
    struct qx_doc *d = b->d;
    for (uint32_t i = first; i < b->end;) {
        bool end;
        i = tag(b, i, &end);
        int rc = end ? end_sentence(b) : i < b->end ? take_piece(b, &i) : 0;
        if (rc != 0) return rc;
    }
    int rc = end_sentence(b);
    if (d->nwho - b->first_np >= FINISH_MIN) finish(b);
    return rc;
}

int qx_chunks_build(struct qx_doc *doc)
{
    struct build b = { .d = doc, .first_word = true, .special = QX_ASK };
    uint32_t first = 0;
    size_t block = 0;

    for (uint32_t k = 0; k < doc->nbreaks; k++) {
        while (block + 1 < doc->nblocks && doc->block_tok[block + 1] <= first) block++;
        b.end = doc->breaks[k];
        b.near = doc->tok[b.end].mark || (k + 1 < doc->nbreaks && doc->tok[doc->breaks[k + 1]].mark) ||
                 (doc->lex->grammar & QX_G_DASH_SPEECH);
        b.heading = (doc->blocks[block].flags & QN_QUOTES_HEADING) != 0 || title_case(doc, first, b.end);
        int rc = paragraph(&b, first);
        if (rc != 0) return rc;
        b.para++;
        first = b.end + 1;
    }
    finish(&b);
    return 0;
}
