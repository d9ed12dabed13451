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

struct build {
    struct qx_doc *d;
    uint32_t end; /* the QX_BREAK of the paragraph */
    uint32_t para;
    bool heading, first_word, has_noun;
    enum qx_pos prev;
    uint64_t prev_lex;
    uint64_t words; /* of the sentence: what all of them can be */
    bool marks;
    uint32_t open; /* chunk being built, or QX_NONE */
    uint32_t verb; /* last verb of a verb group */
    uint32_t noun; /* last noun, name or pronoun of a noun phrase, or QX_NONE */
    uint32_t span; /* index into spans */
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
        if (t->kind != QX_WORD || t->cplen < 4 || i == first) continue;
        words++;
        capitals += (t->shape & QX_S_CAP) != 0;
        if (words - capitals > HEAD_SMALL_MAX) return false; /* too many, however it goes on */
    }
    return words >= 3 && words <= HEAD_WORDS_MAX && (words - capitals) * 5 <= words;
}

static inline void close_chunk(struct build *b)
{
    if (b->open == QX_NONE) return;
    struct qx_chunk *c = &b->d->chunk[b->open];
    if (c->type == QX_C_NP) {
        qx_phrase_np(b->d, c, b->noun);
        b->d->who[b->d->nwho] = b->open; /* open_chunk made room */
        b->d->nwho += (c->flags & (QX_N_NAME | QX_N_HASGEN | QX_N_GEN | QX_N_PRON | QX_N_SPEECH)) != 0;
    } else if (c->type == QX_C_VG)
        qx_phrase_vg(b->d, c);
    b->open = QX_NONE;
    b->has_noun = false;
}

static inline struct qx_chunk *open_chunk(struct build *b, enum qx_ctype type, uint32_t i)
{
    struct qx_doc *d = b->d;
    close_chunk(b);
    if (!QX_ROOM(d, chunk) || !QX_ROOM(d, who)) return NULL;
    b->open = d->nchunk;
    b->noun = QX_NONE;
    struct qx_chunk *c = &d->chunk[d->nchunk++];
    *c = (struct qx_chunk){ .first = i,
                            .last = i + 1,
                            .head = i,
                            .ref = QX_NONE,
                            .gen = QX_NONE,
                            .owner = QX_NONE,
                            .type = (uint8_t)type,
                            .sent = d->nsent };
    return c;
}

static int single_chunk(struct build *b, enum qx_ctype type, uint32_t i)
{
    if (open_chunk(b, type, i) == NULL) return QN_QUOTES_ENOMEM;
    b->open = QX_NONE;
    return 0;
}

static int end_sentence(struct build *b)
{
    struct qx_doc *d = b->d;
    close_chunk(b);
    uint32_t first = d->nsent ? d->sent[d->nsent - 1].last : 0;
    b->first_word = true;
    b->prev = QX_P_OTHER;
    b->prev_lex = 0;
    uint8_t cue = (b->words & QX_CUES) != 0, marks = b->marks;
    b->words = 0;
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

/* Whether a noun phrase that is being built ends before this word: always behind these, and behind its noun. */
static inline bool np_breaks(const struct build *b, uint32_t i, enum qx_pos p)
{
    static const struct {
        uint32_t behind;
        bool behind_noun;
    } breaks[QX_P_COUNT] = {
        [QX_P_DET] = { POS(PRON) | POS(DET) | POS(TIME), true },
        [QX_P_POSS] = { POS(PRON) | POS(DET) | POS(TIME), true },
        [QX_P_ADJ] = { POS(PRON) | POS(TIME), false },
        [QX_P_NUM] = { POS(PRON), false },
        [QX_P_NOUN] = { POS(PRON), false },
        [QX_P_NAME] = { POS(PRON) | POS(TIME), false },
        [QX_P_TITLE] = { POS(PRON) | POS(TIME), false },
        [QX_P_TIME] = { POS(PRON), true },
        [QX_P_GEN] = { POS(PRON), false },
        [QX_P_PRON] = { UINT32_MAX, true },
    };
    if ((breaks[p].behind >> b->prev & 1) | (breaks[p].behind_noun & b->has_noun)) return true;
    if (p != QX_P_ADJ || !b->has_noun || b->prev == QX_P_GEN) return false;
    const struct qx_tok *next = &b->d->tok[i + 1];
    return (next->lex & QX_F(TIME)) || next->kind != QX_WORD ||
           (b->d->lex->grammar & QX_G_NOUNS_CAPITAL); /* "Präsident Smith kurz" */
}

static int take_np(struct build *b, uint32_t i, enum qx_pos p)
{
    struct qx_doc *d = b->d;
    if (b->open == QX_NONE || d->chunk[b->open].type != QX_C_NP || np_breaks(b, i, p) ||
        i - d->chunk[b->open].first >= CHUNK_TOKENS_MAX) {
        if (open_chunk(b, QX_C_NP, i) == NULL) return QN_QUOTES_ENOMEM;
    } else {
        d->chunk[b->open].last = i + 1;
    }
    if (p == QX_P_GEN) d->chunk[b->open].gen = i;
    b->noun = (POS(NOUN) | POS(NAME) | POS(PRON)) >> p & 1 ? i : b->noun;
    b->has_noun = p == QX_P_NOUN || p == QX_P_NAME || (b->has_noun && p != QX_P_GEN);
    return 0;
}

static bool vg_has_verb(const struct build *b)
{
    const struct qx_chunk *c = &b->d->chunk[b->open];
    return b->verb != QX_NONE && b->verb >= c->first && c->last - b->verb <= VERB_BACK;
}

static int take_vg(struct build *b, uint32_t i, enum qx_pos p)
{
    struct qx_doc *d = b->d;
    struct qx_chunk *c = b->open == QX_NONE ? NULL : &d->chunk[b->open];
    bool has_verb = c != NULL && vg_has_verb(b);

    if (p == QX_P_VERB || p == QX_P_VING || p == QX_P_VPP) b->verb = i;
    if (c != NULL && i - c->first >= CHUNK_TOKENS_MAX) c = NULL;
    if (p == QX_P_ADV) {
        if (c != NULL && c->type == QX_C_VG) {
            c->last = i + 1;
            return 0;
        }
        return open_chunk(b, QX_C_ADV, i) == NULL ? QN_QUOTES_ENOMEM : 0;
    }
    if (c != NULL && c->type == QX_C_ADV) {
        c->type = QX_C_VG;
        c->last = i + 1;
        return 0;
    }
    bool fresh = c == NULL || c->type != QX_C_VG || p == QX_P_TO || (has_verb && p != QX_P_NEG);
    if (fresh) return open_chunk(b, QX_C_VG, i) == NULL ? QN_QUOTES_ENOMEM : 0;
    c->last = i + 1;
    return 0;
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

static int take_other(struct build *b, uint32_t *i, enum qx_pos p)
{
    static const uint8_t types[QX_P_COUNT] = {
        [QX_P_PREP] = QX_C_PREP, [QX_P_CONJ] = QX_C_CONJ,   [QX_P_SUB] = QX_C_SUB,
        [QX_P_REL] = QX_C_REL,   [QX_P_COMMA] = QX_C_COMMA, [QX_P_COLON] = QX_C_COLON,
        [QX_P_SEMI] = QX_C_SEMI, [QX_P_DASH] = QX_C_DASH,   [QX_P_STOP] = QX_C_STOP,
    };
    if (p == QX_P_LPAR) {
        bool whole = b->open == QX_NONE && (b->d->nsent ? b->d->sent[b->d->nsent - 1].last : 0) == b->d->nchunk;
        uint32_t end = whole ? QX_NONE : paren_end(b, *i);
        if (end != QX_NONE) {
            int rc = single_chunk(b, QX_C_LPAR, *i);
            if (rc == 0) b->d->chunk[b->d->nchunk - 1].last = end + 1;
            *i = end;
            return rc;
        }
    }
    return single_chunk(b, (enum qx_ctype)types[p], *i);
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

static int take_span(struct build *b, uint32_t *i)
{
    struct qx_doc *d = b->d;
    uint32_t open = *i, close = d->tok[open].mate;
    int rc;

    while (d->span[b->span].open < open) b->span++;
    struct qx_span *s = &d->span[b->span];
    if (b->open != QX_NONE && d->chunk[b->open].type == QX_C_NP && nickname(b, open, close)) {
        for (uint32_t k = open; k <= close; k++) d->tok[k].pos = QX_P_OTHER;
        d->chunk[b->open].last = close + 1;
        *i = close;
        return 0;
    }
    b->marks = true;
    if ((d->lex->grammar & QX_G_VERB_SECOND) && (b->prev_lex & QX_F(ATTRIB)) && close - open <= 4 &&
        d->tok[close].kind != QX_BREAK && (d->tok[open + 1].shape & QX_S_CAP)) {
        for (uint32_t k = open + 1; k < close; k++) d->tok[k].pos = QX_P_NAME; /* laut „Spiegel“ */
        if (open_chunk(b, QX_C_NP, open + 1) == NULL) return QN_QUOTES_ENOMEM;
        d->chunk[b->open].last = close;
        close_chunk(b);
        b->prev = QX_P_NAME;
        b->prev_lex = 0;
        *i = close;
        return 0;
    }
    rc = single_chunk(b, QX_C_SPAN, open);
    if (rc != 0) return rc;
    struct qx_chunk *c = &d->chunk[d->nchunk - 1];
    s->chunk = d->nchunk - 1;
    c->ref = b->span;
    c->flags = span_flags(d, s);
    c->last = s->dash || d->tok[close].kind == QX_BREAK ? close : close + 1;
    *i = c->last - 1;
    b->prev = QX_P_SPAN;
    b->prev_lex = 0;
    if ((c->flags & (QX_Q_STOP | QX_Q_EXCL)) == 0 || *i + 1 >= b->end) return 0;
    const struct qx_tok *n = &d->tok[*i + 1];
    if (n->kind == QX_PUNCT || small_word(n)) return 0;
    if (n->kind == QX_WORD && attribution_follows(b, *i + 1, (c->flags & QX_Q_STOP) != 0)) return 0;
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

/* "von", "de" and the like inside a name. */
static bool name_particle(const struct build *b, const struct qx_tok *t)
{
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

static int take(struct build *b, uint32_t *at)
{
    struct qx_doc *d = b->d;
    uint32_t i = *at;
    struct qx_tok *t = &d->tok[i];
    int rc;

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
    b->words |= t->lex;
    uint32_t bit = UINT32_C(1) << p;
    if (bit & IN_NP)
        rc = take_np(b, i, p);
    else if (bit & IN_VG)
        rc = take_vg(b, i, p);
    else
        rc = take_other(b, at, p);
    b->prev = p;
    b->prev_lex = t->lex;
    if (rc == 0 &&
        ((p == QX_P_STOP && stop_ends_sentence(b, i)) || ((t->shape & QX_S_DOT) && abbreviation_ends_sentence(b, i))))
        rc = end_sentence(b);
    return rc;
}

static int paragraph(struct build *b, uint32_t first)
{
    int rc;
    for (uint32_t i = first; i < b->end; i++) {
        rc = take(b, &i);
        if (rc != 0) return rc;
    }
    return end_sentence(b);
}

int qx_chunks_build(struct qx_doc *doc)
{
    struct build b = { .d = doc, .open = QX_NONE, .verb = QX_NONE, .first_word = true };
    uint32_t first = 0;
    size_t block = 0;

    for (uint32_t i = 0; i < doc->ntok; i++) {
        if (doc->tok[i].kind != QX_BREAK) continue;
        while (block + 1 < doc->nblocks && doc->block_tok[block + 1] <= first) block++;
        b.end = i;
        b.heading = (doc->blocks[block].flags & QN_QUOTES_HEADING) != 0 || title_case(doc, first, i);
        int rc = paragraph(&b, first);
        if (rc != 0) return rc;
        b.para++;
        first = i + 1;
    }
    return 0;
}
