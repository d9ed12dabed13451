/* Words, numbers and marks, each word looked up once. One pass over the bytes; a word never sees a byte twice but for
 * its last part. */
#include "qx.h"
#include "utf8.h"

#include <string.h>

enum { CL_OTHER, CL_SPACE, CL_LINE, CL_LETTER, CL_DIGIT, CL_HIGH };

/* ASCII by class; from 0x80 on the code point decides. */
static const uint8_t class_of[256] = {
    ['\t'] = CL_SPACE,
    ['\n'] = CL_LINE,
    ['\v'] = CL_SPACE,
    ['\f'] = CL_SPACE,
    ['\r'] = CL_SPACE,
    [' '] = CL_SPACE,
    ['0'] = CL_DIGIT,
    ['1'] = CL_DIGIT,
    ['2'] = CL_DIGIT,
    ['3'] = CL_DIGIT,
    ['4'] = CL_DIGIT,
    ['5'] = CL_DIGIT,
    ['6'] = CL_DIGIT,
    ['7'] = CL_DIGIT,
    ['8'] = CL_DIGIT,
    ['9'] = CL_DIGIT,
#define L(c) [c] = CL_LETTER, [(c) + 32] = CL_LETTER
    L('A'),
    L('B'),
    L('C'),
    L('D'),
    L('E'),
    L('F'),
    L('G'),
    L('H'),
    L('I'),
    L('J'),
    L('K'),
    L('L'),
    L('M'),
    L('N'),
    L('O'),
    L('P'),
    L('Q'),
    L('R'),
    L('S'),
    L('T'),
    L('U'),
    L('V'),
    L('W'),
    L('X'),
    L('Y'),
    L('Z'),
#undef L
#define H(c)   [c] = CL_HIGH, [(c) + 1] = CL_HIGH, [(c) + 2] = CL_HIGH, [(c) + 3] = CL_HIGH
#define H16(c) H(c), H((c) + 4), H((c) + 8), H((c) + 12)
    H16(0x80),
    H16(0x90),
    H16(0xa0),
    H16(0xb0),
    H16(0xc0),
    H16(0xd0),
    H16(0xe0),
    H16(0xf0),
#undef H16
#undef H
};

#define WORD_BYTES_MAX 200u /* a longer run of letters is cut into several words, so that lengths fit their fields */

struct scan {
    struct qx_doc *doc;
    const char *p, *end;
    uint32_t cont; /* continuation bytes so far: bytes minus code points */
    bool space;
    bool marks;         /* any QX_MARK in this paragraph */
    uint8_t unknown[2]; /* enum qx_pos: what words are that no list has, without and with a capital */
    /* the word being read, in small letters; its length is bounded by WORD_BYTES_MAX and one more letter */
    char low[WORD_BYTES_MAX + 16];
    size_t nlow;
    uint8_t shape;
    unsigned letters, capitals;
};

static uint32_t cp_at(const struct scan *s, const char *p)
{
    return (uint32_t)(p - s->doc->text) - s->cont;
}

static struct qx_tok *emit(struct scan *s, const char *from, uint32_t from_cp, enum qx_kind kind)
{
    struct qx_doc *d = s->doc;
    if (!QX_ROOM(d, tok)) return NULL;
    struct qx_tok *t = &d->tok[d->ntok++];
    *t = (struct qx_tok){
        .off = (uint32_t)(from - d->text),
        .cp = from_cp,
        .mate = QX_NONE,
        .len = (uint16_t)(s->p - from),
        .cplen = (uint16_t)(cp_at(s, s->p) - from_cp),
        .kind = (uint8_t)kind,
        .shape = s->space ? QX_S_SPACE : 0,
    };
    s->space = false;
    s->marks |= kind == QX_MARK;
    return t;
}

static void word_start(struct scan *s)
{
    s->nlow = 0;
    s->shape = 0;
    s->letters = s->capitals = 0;
}

static inline void word_byte(struct scan *s, char c)
{
    if (s->nlow < sizeof s->low) s->low[s->nlow++] = c;
}

static inline void count_letter(struct scan *s, bool capital)
{
    if (capital) {
        if (s->letters == 0) s->shape |= QX_S_CAP;
        s->capitals++;
    }
    s->letters++;
}

static void wide_letter(struct scan *s, uint32_t c, unsigned n)
{
    char buf[4];
    uint32_t low = qx_lower(c);
    count_letter(s, low != c);
    unsigned m = qx_utf8_put(low, buf);
    for (unsigned i = 0; i < m; i++) word_byte(s, buf[i]);
    s->cont += n - 1;
    s->p += n;
}

/* The typographic apostrophe counts as the plain one; n is its length. */
static bool apostrophe_at(const char *p, const char *end, unsigned *n)
{
    if (p < end && *p == '\'') {
        *n = 1;
        return true;
    }
    *n = 3;
    return end - p >= 3 && memcmp(p, "\xe2\x80\x99", 3) == 0;
}

static bool letter_at(const char *p, const char *end)
{
    unsigned n;
    if (p >= end) return false;
    unsigned char c = (unsigned char)*p;
    return c < 0x80 ? class_of[c] == CL_LETTER : qx_is_letter(qx_utf8_next(p, end, &n)) != 0;
}

/* Letters of "'s" and its like after an apostrophe, or 0 where the apostrophe belongs to the word or to nothing. */
static size_t clitic_len(const char *p, const char *end)
{
    static const char *const all[] = { "s", "re", "ve", "ll", "d", "m" };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        size_t n = strlen(all[i]);
        bool ok = (size_t)(end - p) >= n;
        for (size_t k = 0; ok && k < n; k++) ok = (p[k] | 32) == all[i][k];
        if (ok && !letter_at(p + n, end)) return n;
    }
    return 0;
}

static void take_apostrophe(struct scan *s, unsigned n)
{
    word_byte(s, '\'');
    s->p += n;
    s->cont += n - 1;
}

/* An apostrophe inside a word: "don't", "O'Malley", "rock'n'roll" go on; "he's", "Trump's", "l'homme" end here. */
static bool join_apostrophe(struct scan *s)
{
    unsigned n;
    if (!apostrophe_at(s->p, s->end, &n) || !letter_at(s->p + n, s->end)) return false;
    const char *after = s->p + n;
    if (s->nlow > 0 && s->low[s->nlow - 1] == 'n' && (*after | 32) == 't' && !letter_at(after + 1, s->end)) {
        take_apostrophe(s, n);
        return true;
    }
    if (clitic_len(after, s->end) > 0) return false;
    bool capital_after = *after >= 'A' && *after <= 'Z';
    if (s->letters <= 2 && !capital_after) {
        take_apostrophe(s, n); /* the elided article goes with its apostrophe, and the word ends */
        return false;
    }
    take_apostrophe(s, n);
    return true;
}

static bool full_stop_belongs(const struct scan *s)
{
    if (s->p >= s->end || *s->p != '.') return false;
    const char *after = s->p + 1;
    if (s->letters == 1 && s->capitals == 1) return true; /* an initial, or U.S. */
    if (s->letters == 1 && letter_at(after, s->end) && (after + 1 >= s->end || after[1] == '.'))
        return true; /* a.m., e.g. */
    if (after < s->end && class_of[(unsigned char)*after] == CL_DIGIT && s->letters <= 4) return false;
    return s->nlow <= 6 && (qx_lexicon_find(s->doc->lex, qx_hash_word(s->low, s->nlow)) & QX_F(ABBR)) != 0;
}

/* "co-chairman" is what "chairman" is, "Franco-German" what "German" is. */
static uint64_t last_part(const struct qx_doc *d, const char *low, size_t n)
{
    size_t i = n;
    while (i > 0 && low[i - 1] != '-') i--;
    if (i == 0 || i == n) return 0;
    uint64_t lex = qx_lexicon_find(d->lex, qx_hash_word(low + i, n - i));
    return lex & (QX_F(ROLE) | QX_F(NOUN) | QX_F(ADJ) | QX_F(MALE) | QX_F(FEMALE) | QX_F(PLURAL) | QX_F(NATION) |
                  QX_F(VPP) | QX_F(VING) | QX_F(ORG) | QX_F(GIVEN));
}

static int word_end(struct scan *s, const char *from, uint32_t from_cp, enum qx_kind kind)
{
    struct qx_tok *t = emit(s, from, from_cp, kind);
    if (t == NULL) return QN_QUOTES_ENOMEM;
    uint64_t h = qx_hash_word(s->low, s->nlow);
    if (s->nlow <= QX_LEX_WORD_MAX) {
        const struct qx_word *w = qx_lexicon_word(s->doc->lex, h);
        bool known = w->check == qx_lexicon_check(h);
        t->lex = known ? s->doc->lex->sets[w->set] : 0;
        t->mark = known ? (uint8_t)w->easy : QX_P_OTHER;
        if (t->lex == 0 && (s->shape & QX_S_HYPHEN)) t->lex = last_part(s->doc, s->low, s->nlow);
    }
    if (t->lex == 0 && kind == QX_WORD && (s->shape & QX_S_CAP)) t->mark = s->unknown[1];
    if (t->lex == 0 && kind == QX_NUMBER && !(s->shape & QX_S_HYPHEN)) {
        t->mark = QX_P_NUM;
    }
    t->hash = (uint32_t)(h ^ h >> 32);
    t->shape |= s->shape;
    if (s->letters >= 2 && s->capitals == s->letters) t->shape |= QX_S_ALLCAP;
    return 0;
}

/* A letter at s->p, taken; false where the word ends. */
static inline bool take_letter(struct scan *s)
{
    unsigned char c = (unsigned char)*s->p;
    if (class_of[c] == CL_LETTER) {
        count_letter(s, c < 'a');
        word_byte(s, (char)(c | 32));
        s->p++;
        return true;
    }
    if (class_of[c] == CL_DIGIT) {
        s->shape |= QX_S_DIGIT;
        word_byte(s, (char)c);
        s->p++;
        return true;
    }
    if (c < 0x80) return false;
    unsigned n;
    uint32_t cp = qx_utf8_next(s->p, s->end, &n);
    if (cp == 0xad) { /* a soft hyphen is no letter, and ends no word */
        s->cont += n - 1;
        s->p += n;
        return true;
    }
    if (!qx_is_letter(cp)) return false;
    wide_letter(s, cp, n);
    return true;
}

static bool join_hyphen(struct scan *s)
{
    const char *q = s->p;
    unsigned n = 1;
    if (*q != '-') {
        n = 3;
        if (s->end - q < 3 || (memcmp(q, "\xe2\x80\x90", 3) != 0 && memcmp(q, "\xe2\x80\x91", 3) != 0)) return false;
    }
    if (!letter_at(q + n, s->end) && !(q + n < s->end && class_of[(unsigned char)q[n]] == CL_DIGIT)) return false;
    word_byte(s, '-');
    s->shape |= QX_S_HYPHEN;
    s->p += n;
    s->cont += n - 1;
    return true;
}

static int scan_word(struct scan *s)
{
    const char *from = s->p;
    uint32_t from_cp = cp_at(s, from);

    word_start(s);
    while (s->p < s->end && s->p - from < (ptrdiff_t)WORD_BYTES_MAX) {
        if (take_letter(s)) continue;
        if (*s->p == '.' && full_stop_belongs(s)) {
            /* U.S. and a.m. are one word; an initial and "Mr." end with their stop */
            s->shape |= QX_S_DOT;
            s->p++;
            if (s->letters == 1 && s->p < s->end && letter_at(s->p, s->end) && (s->end - s->p < 2 || s->p[1] == '.')) {
                word_byte(s, '.');
                take_letter(s);
                s->letters = 1;
                s->capitals = s->shape & QX_S_CAP ? 1 : 0;
                continue;
            }
            break;
        }
        if (*s->p == '.' && s->letters > 1 && s->p + 1 < s->end && s->p[1] >= 'a' && s->p[1] <= 'z') {
            word_byte(s, *s->p++); /* example.com */
            continue;
        }
        if (!join_apostrophe(s) && !join_hyphen(s)) break;
    }
    if (s->p == from) s->p++; /* cannot happen: the caller saw a letter */
    return word_end(s, from, from_cp, QX_WORD);
}

static int scan_number(struct scan *s)
{
    const char *from = s->p;
    uint32_t from_cp = cp_at(s, from);

    word_start(s);
    s->shape = QX_S_DIGIT;
    while (s->p < s->end && s->p - from < (ptrdiff_t)WORD_BYTES_MAX) {
        if (take_letter(s) || join_hyphen(s)) continue;
        bool digit_after = s->p + 1 < s->end && class_of[(unsigned char)s->p[1]] == CL_DIGIT;
        if (!digit_after || strchr(".,:/", *s->p) == NULL || *s->p == '\0') break;
        word_byte(s, *s->p++);
    }
    return word_end(s, from, from_cp, QX_NUMBER);
}

/* A tag of markup, attributes and all; false where "<" is only a sign. */
static bool markup_len(const struct scan *s, size_t *len)
{
    const char *q = s->p + 1, *stop = s->end - s->p > 1000 ? s->p + 1000 : s->end;
    if (q >= stop || !(letter_at(q, s->end) || *q == '/' || *q == '!')) return false;
    for (; q < stop && *q != '<' && *q != '\n'; q++) {
        if (*q == '>') {
            *len = (size_t)(q + 1 - s->p);
            return true;
        }
    }
    return false;
}

static int scan_ascii_mark(struct scan *s)
{
    const char *from = s->p;
    uint32_t from_cp = cp_at(s, from);
    enum qx_kind kind = QX_PUNCT;
    uint8_t mark = (uint8_t)*from;
    size_t n = 1;
    bool twice = s->end - from > 1 && from[1] == from[0];

    if (*from == '"' || *from == '\'' || (*from == '`' && twice)) {
        kind = QX_MARK;
        mark = *from == '"' ? QX_M_STRAIGHT : twice ? (*from == '`' ? QX_M_GRAVE2 : QX_M_APOS2) : QX_M_SINGLE;
        n = twice && *from != '"' ? 2 : 1;
    } else if (*from == '<' && markup_len(s, &n)) {
        kind = QX_MARKUP;
        for (size_t i = 0; i < n;) {
            unsigned m;
            (void)qx_utf8_next(from + i, s->end, &m);
            s->cont += m - 1;
            i += m;
        }
    } else if (*from == '-' && twice) {
        n = s->end - from > 2 && from[2] == '-' ? 3 : 2;
    } else if (*from == '.') {
        while (n < 8 && from + n < s->end && from[n] == '.') n++;
    }
    s->p += n;
    struct qx_tok *t = emit(s, from, from_cp, kind);
    if (t == NULL) return QN_QUOTES_ENOMEM;
    t->mark = mark;
    return 0;
}

/* Quotation marks and the signs that the grammar reads, of those past ASCII; others are signs without a meaning. */
static uint8_t wide_mark(uint32_t c, enum qx_kind *kind)
{
    static const struct {
        uint16_t c;
        uint8_t mark;
    } marks[] = {
        { 0xab, QX_M_GUIL_L },     { 0xbb, QX_M_GUIL_R },     { 0x2018, QX_M_SINGLE_L },  { 0x2019, QX_M_SINGLE_R },
        { 0x201a, QX_M_LOW1 },     { 0x201b, QX_M_SINGLE_L }, { 0x201c, QX_M_CURLY_L },   { 0x201d, QX_M_CURLY_R },
        { 0x201e, QX_M_LOW },      { 0x201f, QX_M_CURLY_L },  { 0x2039, QX_M_SGUIL_L },   { 0x203a, QX_M_SGUIL_R },
        { 0x300c, QX_M_CORNER_L }, { 0x300d, QX_M_CORNER_R }, { 0x300e, QX_M_WCORNER_L }, { 0x300f, QX_M_WCORNER_R },
        { 0xff02, QX_M_STRAIGHT },
    };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (marks[i].c == c) {
            *kind = QX_MARK;
            return marks[i].mark;
        }
    }
    *kind = QX_PUNCT;
    switch (c) {
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2015:
    case 0x2e3a:
        return '-';
    case 0x2026:
    case 0x3002:
    case 0xff0e:
        return '.';
    case 0xff01:
        return '!';
    case 0xff1f:
        return '?';
    case 0xff0c:
    case 0x3001:
        return ',';
    case 0xff1a:
        return ':';
    case 0xff1b:
        return ';';
    case 0xff08:
        return '(';
    case 0xff09:
        return ')';
    case 0x2022:
    case 0x25cf:
    case 0xb7:
        return '*';
    case 0x20ac:
    case 0xa3:
    case 0xa5:
        return '$';
    default:
        return '_';
    }
}

static bool wide_space(uint32_t c)
{
    return c == 0xa0 || (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff ||
           c == 0x2060;
}

static int scan_high(struct scan *s)
{
    const char *from = s->p;
    uint32_t from_cp = cp_at(s, from);
    enum qx_kind kind;
    unsigned n;
    uint32_t c = qx_utf8_next(from, s->end, &n);

    if (qx_is_letter(c)) return scan_word(s);
    s->p += n;
    s->cont += n - 1;
    if (wide_space(c)) {
        s->space = true;
        return 0;
    }
    uint8_t mark = wide_mark(c, &kind);
    struct qx_tok *t = emit(s, from, from_cp, kind);
    if (t == NULL) return QN_QUOTES_ENOMEM;
    t->mark = mark;
    return 0;
}

/* "'s" after a word. Elsewhere the apostrophe is a mark, and glyphs.c says what it marks. */
static int scan_clitic(struct scan *s, bool *done)
{
    unsigned n;
    const char *from = s->p;
    *done = false;
    if (!apostrophe_at(from, s->end, &n)) return 0;
    size_t letters = clitic_len(from + n, s->end);
    if (letters == 0) return 0;
    uint32_t from_cp = cp_at(s, from);
    word_start(s);
    take_apostrophe(s, n);
    for (size_t i = 0; i < letters; i++) take_letter(s);
    s->shape = 0;
    *done = true;
    return word_end(s, from, from_cp, QX_CLITIC);
}

static int scan_line_end(struct scan *s)
{
    const char *q = s->p + 1;
    bool blank = s->doc->paragraphs == QN_QUOTES_PARAGRAPHS_LINES;
    while (q < s->end && (class_of[(unsigned char)*q] == CL_SPACE || *q == '\n')) blank = *q++ == '\n' || blank;
    if (q >= s->end) blank = true;
    s->space = true;
    if (!blank) {
        s->p = q;
        return 0;
    }
    const char *from = s->p;
    s->p = from + 1;
    struct qx_tok *t = emit(s, from, cp_at(s, from), QX_BREAK);
    if (t == NULL || !QX_ROOM(s->doc, breaks)) return QN_QUOTES_ENOMEM;
    s->doc->breaks[s->doc->nbreaks++] = s->doc->ntok - 1;
    t->mark = s->marks;
    s->marks = false;
    s->p = q;
    s->space = true;
    return 0;
}

/* ---- the short way, which most words and signs take: eight letters at a time, and no guesses */

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* How many of the eight bytes are ASCII letters up to the first that is none. */
static inline unsigned letters_in(uint64_t x)
{
    uint64_t small = (x & EACH(0x7f)) | EACH(0x20);
    uint64_t from_a = small + EACH(0x80 - 'a'), past_z = small + EACH(0x7f - 'z');
    uint64_t other = ~(from_a & ~past_z & ~x) & EACH(0x80);
    return other == 0 ? 8 : (unsigned)__builtin_ctzll(other) / 8;
}

/* What may follow a word that took the short way: everything that cannot belong to it. */
static inline bool ends_word(unsigned char c)
{
    return class_of[c] <= CL_LINE && c != '\'' && c != '-';
}

/*
 * What a word in no list is: a name if it has a capital (chunks.c sees to it that no other reason for the capital is
 * left), else a noun, unless it ends like an adverb or a verb; the endings are those of pos.c.
 */
static inline uint8_t unknown_pos(const struct scan *s, const char *end, size_t n, bool capital)
{
    uint32_t two = (unsigned char)end[n > 1 ? -2 : -1] * 256u + (unsigned char)end[-1];
    bool verbal = (two == 'l' * 256u + 'y') | (two == 'e' * 256u + 'd') | (two == 'n' * 256u + 'g');
    return s->unknown[capital] & (uint8_t)(verbal & !capital ? 0 : 0xff);
}

/*
 * A word of up to sixteen ASCII letters, with nothing joined to it: 0 where it is anything else, else its length. Reads
 * at most sixteen bytes past the end of a word, and doc.text has as many behind it (doc_join).
 */
static inline size_t short_word(struct scan *s, const char *p)
{
    struct qx_doc *d = s->doc;
    uint64_t x = qx_load8(p), in = ~UINT64_C(0), caps, h;
    size_t n = letters_in(x);

    if (n < 8) in = (UINT64_C(1) << n * 8) - 1;
    caps = ~x & EACH(0x20) & in;
    h = qx_hash_eight(QX_HASH_START, (x | EACH(0x20)) & in);
    bool all = caps == (EACH(0x20) & in);
    if (n == 8) {
        uint64_t y = qx_load8(p + 8);
        size_t m = letters_in(y);
        if (m == 8) return 0;
        in = (UINT64_C(1) << m * 8) - 1;
        if (m > 0) h = qx_hash_eight(h, (y | EACH(0x20)) & in);
        all = all && (~y & EACH(0x20) & in) == (EACH(0x20) & in);
        n += m;
    }
    unsigned char after = (unsigned char)p[n];
    if (!ends_word(after)) return 0;
    h = qx_hash_end(h);
    const struct qx_word *w = qx_lexicon_word(d->lex, h);
    uint32_t known = 0u - (w->check == qx_lexicon_check(h));
    uint64_t lex = d->lex->sets[w->set & known];
    if (after == '.') {
        unsigned char c = (unsigned char)p[n + 1];
        if (n == 1 || (c >= 'a' && c <= 'z') || (lex & QX_F(ABBR))) return 0;
    }
    d->tok[d->ntok++] = (struct qx_tok){
        .off = (uint32_t)(p - d->text),
        .cp = cp_at(s, p),
        .mate = QX_NONE,
        .hash = (uint32_t)(h ^ h >> 32),
        .len = (uint16_t)n,
        .cplen = (uint16_t)n,
        .kind = QX_WORD,
        .shape = (uint8_t)(s->space * QX_S_SPACE | (caps & 0x20 ? QX_S_CAP : 0) | (all && n > 1 ? QX_S_ALLCAP : 0)),
        .mark = (uint8_t)((w->easy & known) | (unknown_pos(s, p + n, n, caps & 0x20) & ~known)),
        .lex = lex,
    };
    s->space = false;
    return n;
}

/* A sign of one byte that no other sign grows from. */
static inline bool lone_sign(const char *p)
{
    switch (*p) {
    case '.':
        return p[1] != '.';
    case '-':
        return p[1] != '-';
    case '\'':
    case '`':
    case '<':
    case '"':
        return false;
    default:
        return true;
    }
}

static int scan_sign(struct scan *s)
{
    const char *from = s->p;
    if (!lone_sign(from)) return scan_ascii_mark(s);
    s->p++;
    struct qx_tok *t = emit(s, from, cp_at(s, from), QX_PUNCT);
    if (t == NULL) return QN_QUOTES_ENOMEM;
    t->mark = (uint8_t)*from;
    return 0;
}

static int scan_letter(struct scan *s)
{
    bool done;
    if (!QX_ROOM(s->doc, tok)) return QN_QUOTES_ENOMEM;
    size_t n = short_word(s, s->p);
    s->p += n;
    if (n > 0) return 0;
    int rc = scan_word(s);
    return rc == 0 ? scan_clitic(s, &done) : rc;
}

static int scan_block(struct scan *s)
{
    while (s->p < s->end) {
        int rc = 0;
        bool done, blank = *s->p == ' ';
        s->p += blank;
        s->space |= blank;
        if (class_of[(unsigned char)*s->p] == CL_LETTER) { /* nearly always */
            if ((rc = scan_letter(s)) != 0) return rc;
            continue;
        }
        switch (class_of[(unsigned char)*s->p]) {
        case CL_SPACE:
            s->p++;
            s->space = true;
            break;
        case CL_LINE:
            rc = scan_line_end(s);
            break;
        case CL_DIGIT:
            rc = scan_number(s);
            if (rc == 0) rc = scan_clitic(s, &done);
            break;
        case CL_HIGH: {
            uint32_t n = s->doc->ntok;
            rc = scan_high(s);
            if (rc == 0 && s->doc->ntok > n && s->doc->tok[n].kind == QX_WORD) rc = scan_clitic(s, &done);
            break;
        }
        default:
            rc = scan_sign(s);
            break;
        }
        if (rc != 0) return rc;
    }
    return 0;
}

int qx_tokens_scan(struct qx_doc *doc)
{
    struct scan s = { .doc = doc, .p = doc->text, .end = doc->text };

    s.unknown[0] = doc->lex->grammar & QX_G_NOUNS_CAPITAL ? QX_P_OTHER : QX_P_NOUN;
    s.unknown[1] = doc->lex->grammar & QX_G_NOUNS_CAPITAL ? QX_P_OTHER : QX_P_NAME;

    for (size_t b = 0; b < doc->nblocks; b++) {
        s.p = s.end;
        s.end = s.p + doc->blocks[b].len + 1; /* with the line break after it */
        doc->block_tok[b] = doc->ntok;
        doc->block_cp[b] = cp_at(&s, s.p);
        s.space = true;
        uint32_t n = doc->ntok;
        int rc = scan_block(&s);
        if (rc != 0) return rc;
        /* the break that ends a block has no length in it */
        if (doc->ntok > n && doc->tok[doc->ntok - 1].kind == QX_BREAK &&
            doc->tok[doc->ntok - 1].off + 1 == (uint32_t)(s.end - doc->text))
            doc->tok[doc->ntok - 1].len = doc->tok[doc->ntok - 1].cplen = 0;
    }
    doc->block_tok[doc->nblocks] = doc->ntok;
    if (doc->lex->grammar & QX_G_NOUNS_CAPITAL) qx_german_words(doc);
    return 0;
}
