/*
 * Sentences, and the pieces they are made of. A quotation is one piece, so that the sentence around it reads as if it
 * were one word; a full stop inside the marks ends the sentence outside them only where nobody goes on to tell who
 * spoke.
 */
#include "qx.h"

#include <assert.h>
#include <string.h>

#define PAREN_AHEAD      40u
#define ATTRIB_AHEAD     12u
#define HEAD_WORDS_MAX   30u
#define HEAD_SMALL_MAX   (HEAD_WORDS_MAX / 5)
#define VERB_BACK        9u
#define CHUNK_TOKENS_MAX 40u /* longer ones are no phrases, and would be copied again for every quotation */

/* What the last chunk is so far; S_VERB: a verb group that has its verb; from S_NP on noun phrases. */
enum { S_NONE, S_ADV, S_VG, S_VERB, S_NP };

struct build {
    struct qx_doc *d;
    uint32_t end; /* the QX_BREAK of the paragraph */
    uint32_t para;
    bool heading, first_word;
    bool near; /* marks in this paragraph or in the next one */
    enum qx_pos prev;
    uint64_t prev_lex;
    uint64_t cues; /* of the sentence: what of QX_CUES its words can be */
    bool marks;
    uint32_t span; /* index into spans */
    /* the last chunk, while it may grow */
    uint8_t state;        /* S_ */
    uint32_t first, last; /* its tokens */
    uint32_t noun, gen;   /* its last noun, name or pronoun, and its last possessive, or QX_NONE */
    /* of this paragraph: those that are finished at its end */
    uint32_t first_np, nvg;
};

static bool small_word(const struct qx_tok *t)
{
    return t->kind == QX_WORD && !(t->shape & QX_S_CAP);
}

/* Most words have capitals: a headline in title case. */
static bool title_case(const struct qx_doc *d, uint32_t first, uint32_t end)
{
    uint32_t words = 0, capitals = 0;
    if (end - first > HEAD_WORDS_MAX * 2 || (d->lex->grammar & QX_G_NOUNS_CAPITAL)) return false;
    for (uint32_t i = first; i < end; i++) {
        const struct qx_tok *t = &d->tok[i];
        if (t->kind == QX_PUNCT && t->mark == '.' && i + 2 < end) return false;
        uint32_t word = (t->kind == QX_WORD) & (t->cplen >= 4) & (i != first);
        words += word;
        capitals += word & ((t->shape & QX_S_CAP) != 0);
        if (words - capitals > HEAD_SMALL_MAX) return false; /* too many, however it goes on */
    }
    return words >= 3 && words <= HEAD_WORDS_MAX && (words - capitals) * 5 <= words;
}

/* A chunk that nothing joins. The paragraph made room. */
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
    uint32_t first = d->nsent ? d->sent[d->nsent - 1].last : 0;
    b->first_word = true;
    b->prev = QX_P_OTHER;
    b->prev_lex = 0;
    uint8_t cue = (b->cues != 0) | ((b->cues & QX_F(CUE)) != 0) << 1, marks = b->marks;
    b->state = S_NONE;
    b->cues = 0;
    b->marks = false;
    if (d->nchunk == first) return 0;
    if (!QX_ROOM(d, sent)) return QN_QUOTES_ENOMEM;
    d->sent[d->nsent++] = (struct qx_sent){
        .first = first, .last = d->nchunk, .para = b->para, .heading = b->heading, .cue = cue, .marks = marks
    };
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

#define STEP_STATE 0x0f
#define STEP_TYPE  0xf0  /* what the chunk is now */
#define STEP_FRESH 0x100 /* a chunk of its own */
#define STEP_NP    0x200 /* a noun phrase begins */
#define STEP_VG    0x400 /* it is a verb group from here on */
#define STEP_LOOK  0x800 /* an adjective behind a noun: the next token decides */

#define JOIN(state, type)  ((state) | QX_C_##type << 4)
#define FRESH(state, type) (STEP_FRESH | JOIN(state, type))
/* The state after a word of a noun phrase, and the step to it: fresh behind certain words, or behind the noun. */
#define NP_STATE(last, noun) (S_NP + (last)*2 + (noun))
#define NP_FIRST(last, noun) (FRESH(NP_STATE(last, noun), NP) | STEP_NP)
#define NP_STEP(l, n, last, noun_now, behind, behind_noun)                                                             \
    (((behind) >> (l)&1) || ((behind_noun) && (n)) ? NP_FIRST(last, (noun_now) == 1)                                   \
                                                   : JOIN(NP_STATE(last, (noun_now) < 0 ? (n) : (noun_now)), NP))
#define B(last) (1 << L_##last)
#define NP_WORDS(l, n)                                                                                                 \
    [QX_P_DET] = NP_STEP(l, n, L_DET, -1, B(PRON) | B(DET) | B(TIME), 1),                                              \
    [QX_P_POSS] = NP_STEP(l, n, L_OTHER, -1, B(PRON) | B(DET) | B(TIME), 1),                                           \
    [QX_P_ADJ] = NP_STEP(l, n, L_OTHER, -1, B(PRON) | B(TIME), 0) | ((n) && (l) != L_GEN ? STEP_LOOK : 0),             \
    [QX_P_NUM] = NP_STEP(l, n, L_OTHER, -1, B(PRON), 0), [QX_P_NOUN] = NP_STEP(l, n, L_OTHER, 1, B(PRON), 0),          \
    [QX_P_NAME] = NP_STEP(l, n, L_OTHER, 1, B(PRON) | B(TIME), 0),                                                     \
    [QX_P_TITLE] = NP_STEP(l, n, L_OTHER, -1, B(PRON) | B(TIME), 0),                                                   \
    [QX_P_TIME] = NP_STEP(l, n, L_TIME, -1, B(PRON), 1), [QX_P_GEN] = NP_STEP(l, n, L_GEN, 0, B(PRON), 0),             \
    [QX_P_PRON] = NP_STEP(l, n, L_PRON, -1, ~0, 1)
#define NP_BEGINS                                                                                                      \
    [QX_P_DET] = NP_FIRST(L_DET, 0), [QX_P_POSS] = NP_FIRST(L_OTHER, 0), [QX_P_ADJ] = NP_FIRST(L_OTHER, 0),            \
    [QX_P_NUM] = NP_FIRST(L_OTHER, 0), [QX_P_NOUN] = NP_FIRST(L_OTHER, 1), [QX_P_NAME] = NP_FIRST(L_OTHER, 1),         \
    [QX_P_TITLE] = NP_FIRST(L_OTHER, 0), [QX_P_TIME] = NP_FIRST(L_TIME, 0), [QX_P_GEN] = NP_FIRST(L_GEN, 0),           \
    [QX_P_PRON] = NP_FIRST(L_PRON, 0)
#define VG_FIRST(state) (FRESH(state, VG) | STEP_VG)
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

static const uint16_t steps[S_NP + L_COUNT * 2][QX_P_COUNT] = {
    [S_NONE] = { OTHERS, VG_BEGINS, NP_BEGINS },
    [S_ADV] = { OTHERS, NP_BEGINS, [QX_P_AUX] = JOIN(S_VG, VG) | STEP_VG, [QX_P_VERB] = JOIN(S_VERB, VG) | STEP_VG,
                [QX_P_VING] = JOIN(S_VERB, VG) | STEP_VG, [QX_P_VPP] = JOIN(S_VERB, VG) | STEP_VG,
                [QX_P_TO] = JOIN(S_VG, VG) | STEP_VG, [QX_P_NEG] = JOIN(S_VG, VG) | STEP_VG,
                [QX_P_ADV] = FRESH(S_ADV, ADV) },
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
static uint8_t long_state(const struct build *b, uint32_t i)
{
    if (i - b->first >= CHUNK_TOKENS_MAX) return S_NONE;
    if (b->state != S_VERB) return b->state;
    for (uint32_t k = b->last; k-- > b->first && b->last - k <= VERB_BACK;)
        if ((POS(VERB) | POS(VING) | POS(VPP)) >> b->d->tok[k].pos & 1) return S_VERB;
    return S_VG;
}

/* "The president Monday", "state police new": an adjective that belongs to what follows. */
static bool adjective_breaks(const struct build *b, uint32_t i)
{
    const struct qx_tok *next = &b->d->tok[i + 1];
    return (next->lex & QX_F(TIME)) || next->kind != QX_WORD ||
           (b->d->lex->grammar & QX_G_NOUNS_CAPITAL); /* "Präsident Smith kurz" */
}

/*
 * Token i becomes a chunk, or a part of the last one. Which of them it is cannot be foretold, and each wrong guess
 * costs the processor as much as all that is written here: so the chunk is written in either case, and little is asked.
 */
static inline void take_token(struct build *b, uint32_t i, enum qx_pos p)
{
    struct qx_doc *d = b->d;
    if (i - b->first >= VERB_BACK) b->state = long_state(b, i);
    unsigned step = steps[b->state][p];
    if ((step & STEP_LOOK) && adjective_breaks(b, i)) step = NP_FIRST(L_OTHER, 0);
    uint32_t fresh = (step & STEP_FRESH) != 0, at = d->nchunk - 1 + fresh, was = fresh - 1;
    uint32_t noun = 0u - ((POS(NOUN) | POS(NAME) | POS(PRON)) >> p & 1), gen = 0u - (POS(GEN) >> p & 1);
    uint32_t np = 0u - ((step & STEP_STATE) >= S_NP);

    b->state = step & STEP_STATE;
    b->first = (b->first & was) | (i & ~was);
    b->noun = ((b->noun | ~was) & ~noun) | (i & noun); /* QX_NONE has all bits */
    b->gen = ((b->gen | ~was) & ~gen) | (i & gen);
    b->last = i + 1;
    d->chunk[at] = (struct qx_chunk){ .first = b->first,
                                      .last = i + 1,
                                      .head = (b->noun & np) | (b->first & ~np), /* until finish() */
                                      .ref = QX_NONE,
                                      .gen = b->gen,
                                      .owner = QX_NONE,
                                      .type = (uint8_t)((step & STEP_TYPE) >> 4),
                                      .sent = d->nsent };
    d->nchunk += fresh;
    d->who[d->nwho] = at;
    d->nwho += (step & STEP_NP) != 0;
    d->vg[b->nvg] = at;
    b->nvg += (step & STEP_VG) != 0;
}

/* Noun phrases and verb groups of the paragraph, now that they grow no more; only the former that name or mean somebody
 * stay in doc.who, and of the latter only those matter that frames.c will ask for. */
static void finish(struct build *b)
{
    struct qx_doc *d = b->d;
    uint32_t n = b->first_np;
    for (uint32_t k = b->first_np; k < d->nwho; k++) {
        struct qx_chunk *c = &d->chunk[d->who[k]];
        qx_phrase_np(d, c, c->head);
        d->who[n] = d->who[k];
        n += (c->flags & (QX_N_NAME | QX_N_HASGEN | QX_N_GEN | QX_N_PRON | QX_N_SPEECH)) != 0;
    }
    b->first_np = d->nwho = n;
    for (uint32_t k = 0; k < b->nvg; k++) {
        struct qx_chunk *c = &d->chunk[d->vg[k]];
        if (b->near || d->sent[c->sent].cue) qx_phrase_vg(d, c);
    }
    b->nvg = 0;
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

/* Whether a parenthesis is a piece; *i becomes its last token. One that holds the whole sentence is none. */
static bool take_paren(struct build *b, uint32_t *i)
{
    bool whole = (b->d->nsent ? b->d->sent[b->d->nsent - 1].last : 0) == b->d->nchunk;
    uint32_t end = whole ? QX_NONE : paren_end(b, *i);
    if (end == QX_NONE) return false;
    (void)single_chunk(b, QX_C_LPAR, *i, end + 1);
    *i = end;
    return true;
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
            (t[n + 1].lex & (QX_F(VPAST) | QX_F(V3S))))
            return true;
    }
    return false;
}

/* "…?" Smith asked. — "…." Smith said. The sentence goes on after the marks. */
static bool attribution_follows(const struct build *b, uint32_t i, bool strict)
{
    const struct qx_tok *t = b->d->tok;
    uint32_t k = i;
    if (t[i].shape & QX_S_CAP && apposition_follows(b, i)) return true;
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
    return n->kind == QX_WORD && (n->lex & (QX_F(PREP) | QX_F(ADV) | QX_F(TIME) | QX_F(ROLE) | QX_F(SUB))) &&
           !(n->lex & (QX_F(REL) | QX_F(DET) | QX_F(PRON) | QX_F(NEG)));
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
    return n->kind == QX_WORD && (n->shape & QX_S_CAP) && n->lex == 0 && last->kind == QX_WORD &&
           (t[open + 1].shape & QX_S_CAP);
}

/* German: laut „Spiegel“, wie der „Spiegel“ berichtet, die „Zeit“ meldete: who says so, though in marks. */
static bool source_in_marks(const struct build *b, uint32_t open, uint32_t close)
{
    const struct qx_tok *t = b->d->tok, *next = &t[close + 1];
    if (close - open > 4 || t[close].kind == QX_BREAK || !(t[open + 1].shape & QX_S_CAP)) return false;
    if (b->prev_lex & QX_F(ATTRIB)) return true;
    if (open > 1 && (t[open - 2].lex & QX_F(PREP))) return false; /* "in der „Zeit“ schreibt er" */
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
        for (uint32_t k = open; k <= close; k++) d->tok[k].pos = QX_P_OTHER;
        d->chunk[d->nchunk - 1].last = b->last = close + 1;
        *i = close;
        return 0;
    }
    b->marks = true;
    if ((d->lex->grammar & QX_G_VERB_SECOND) && source_in_marks(b, open, close)) {
        for (uint32_t k = open + 1; k < close; k++) d->tok[k].pos = QX_P_NAME;
        d->tok[close - 1].lex |= QX_F(ORGNAME);
        d->who[d->nwho++] = d->nchunk;
        single_chunk(b, QX_C_NP, open + 1, close)->head = close - 1;
        b->prev = QX_P_NAME;
        b->prev_lex = 0;
        *i = close;
        return 0;
    }
    s->chunk = d->nchunk;
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

static bool stop_ends_sentence(const struct build *b, uint32_t i)
{
    const struct qx_tok *n = &b->d->tok[i + 1];
    if (i + 1 >= b->end) return true;
    if (n->kind == QX_WORD)
        return (n->shape & QX_S_CAP) || !(n->shape & QX_S_SPACE ? 1 : 0) || !small_word(n) || b->d->tok[i].mark == '.';
    return n->kind == QX_NUMBER || (n->kind == QX_MARK && n->mate != QX_NONE && n->mate > i + 1) || n->kind == QX_PUNCT;
}

/* "U.S." and "p.m." end a sentence where a small word with a capital follows. */
static bool abbreviation_ends_sentence(const struct build *b, uint32_t i)
{
    const struct qx_tok *t = &b->d->tok[i], *n = t + 1;
    if ((t->lex & QX_F(TITLE)) || i + 1 >= b->end) return false;
    return n->kind == QX_WORD && (n->shape & QX_S_CAP) && !(n->shape & QX_S_ALLCAP && n->cplen > 1) &&
           (n->lex & (QX_F(DET) | QX_F(PRON) | QX_F(PREP) | QX_F(CONJ) | QX_F(SUB) | QX_F(ADV) | QX_F(POSSPRON))) &&
           t->cplen > 2;
}

/* "Ursula von der Leyen", but "Karl Berg von der Polizei": behind a surname it is a preposition. */
static bool german_particle(const struct build *b, const struct qx_tok *t)
{
    const struct qx_tok *name = t;
    if (b->prev_lex & QX_F(PARTICLE)) return true;
    for (uint32_t n = 0; n < 2 && (name->lex & QX_F(PARTICLE)) && !(name->shape & QX_S_CAP); n++) name++;
    if (name->lex != 0 && !(name->lex & QX_F(GIVEN))) return false; /* "von der Polizei" */
    if (b->prev_lex & (QX_F(GIVEN) | QX_F(TITLE))) return true;
    return b->d->text[t->off] != 'z' && (t - b->d->tok < 2 || t[-2].pos != QX_P_NAME);
}

/* "von", "de" and the like inside a name. */
static bool name_particle(const struct build *b, const struct qx_tok *t)
{
    if ((b->d->lex->grammar & QX_G_NOUNS_CAPITAL) && !german_particle(b, t)) return false;
    bool article = (t->lex & QX_F(DET)) && !(b->prev_lex & QX_F(PARTICLE)); /* "von der", but not "Müller den Plan" */
    return small_word(t) && !article && !(t->len == 2 && b->d->text[t->off] == 'z' && small_word(t + 1)) &&
           t[1].kind == QX_WORD && (t[1].shape & QX_S_CAP || t[1].lex & QX_F(PARTICLE));
}

/*
 * What a token is. Most need no look around: of words in small letters the word list knows, a word with a capital that
 * is in no list is a name, and signs are what they are. All of it is one question, because the processor guesses each.
 */
static inline enum qx_pos pos_of(const struct build *b, uint32_t i)
{
#define SAME(p) [QX_P_##p] = QX_P_##p
#define OF_A_WORD                                                                                                      \
    {                                                                                                                  \
        SAME(DET), SAME(POSS), SAME(ADJ), SAME(NUM), SAME(NOUN), SAME(NAME), SAME(TITLE), SAME(TIME), SAME(PRON),      \
            SAME(AUX), SAME(ADV), SAME(NEG), SAME(PREP), SAME(CONJ), SAME(SUB)                                         \
    }
    static const uint8_t easy[QX_KINDS][128] = {
        [QX_WORD] = OF_A_WORD,
        [QX_NUMBER] = OF_A_WORD,
        [QX_PUNCT] = { [','] = QX_P_COMMA,
                       [':'] = QX_P_COLON,
                       [';'] = QX_P_SEMI,
                       ['-'] = QX_P_DASH,
                       ['('] = QX_P_LPAR,
                       ['['] = QX_P_LPAR,
                       [')'] = QX_P_RPAR,
                       [']'] = QX_P_RPAR,
                       ['.'] = QX_P_STOP,
                       ['!'] = QX_P_STOP,
                       ['?'] = QX_P_STOP },
    };
#undef OF_A_WORD
#undef SAME
    const struct qx_doc *d = b->d;
    const struct qx_tok *t = &d->tok[i];
    enum qx_pos p = (enum qx_pos)easy[t->kind][t->mark & 127];
    bool capital = ((t->shape & QX_S_CAP) != 0) & ((t->lex != 0) | ((t->shape & (QX_S_FIRST | QX_S_HEAD)) != 0));
    if ((p == QX_P_OTHER) | capital | ((p == QX_P_ADV) & (b->prev == QX_P_DET)))
        p = qx_pos_decide(d, i, b->prev, b->prev_lex);
    assert(p == qx_pos_decide(d, i, b->prev, b->prev_lex));
    return b->prev == QX_P_NAME && (t->lex & QX_F(PARTICLE)) && name_particle(b, t) ? QX_P_NAME : p;
}

/* What of QX_CUES counts, by what the word is: a verb that is one, a noun that is one. */
static inline uint64_t cue_of(enum qx_pos p)
{
    uint64_t verb = QX_F(SAY) | QX_F(THINK) | QX_F(CALL), noun = QX_F(SPEECHN) | QX_F(CONTENTN);
    return QX_CUES & ~((IN_VG >> p & 1 ? 0 : verb) | (IN_NP >> p & 1 ? 0 : noun));
}

static int take(struct build *b, uint32_t *at)
{
    struct qx_doc *d = b->d;
    uint32_t i = *at;
    struct qx_tok *t = &d->tok[i];

    if (t->kind == QX_MARKUP) return 0;
    if (t->mate != QX_NONE && t->mate > i) {
        b->first_word = false;
        return take_span(b, at);
    }
    if (b->heading) t->shape |= QX_S_HEAD;
    if (b->first_word && (t->kind == QX_WORD || t->kind == QX_NUMBER)) {
        t->shape |= QX_S_FIRST;
        b->first_word = false;
    }
    enum qx_pos p = pos_of(b, i);
    t->pos = (uint8_t)p;
    b->cues |= t->lex & cue_of(p);
    if (p != QX_P_LPAR || !take_paren(b, at)) take_token(b, i, p);
    b->prev = p;
    b->prev_lex = t->lex;
    bool end =
        (p == QX_P_STOP && stop_ends_sentence(b, i)) || ((t->shape & QX_S_DOT) && abbreviation_ends_sentence(b, i));
    return end ? end_sentence(b) : 0;
}

static int paragraph(struct build *b, uint32_t first)
{
    struct qx_doc *d = b->d;
    uint32_t n = b->end - first + 1; /* chunks, at most, and one that is written and not counted */
    if (!QX_RESERVE(d, chunk, n) || !QX_RESERVE(d, who, n) ||
        (n > d->capvg && !qx_reserve(d, &d->vg, &d->capvg, n, sizeof *d->vg)))
        return QN_QUOTES_ENOMEM;
    for (uint32_t i = first; i < b->end; i++) {
        int rc = take(b, &i);
        if (rc != 0) return rc;
    }
    int rc = end_sentence(b);
    finish(b);
    return rc;
}

int qx_chunks_build(struct qx_doc *doc)
{
    struct build b = { .d = doc, .noun = QX_NONE, .gen = QX_NONE, .first_word = true };
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
    return 0;
}
