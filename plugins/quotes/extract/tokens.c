/* Words, numbers and marks, each word looked up once. One pass over the bytes; a word never sees a byte twice but for
 * its last part. */
#include "letters.h"
#include "qx.h"
#include "utf8.h"

#include <string.h>

enum { CL_OTHER, CL_SPACE, CL_LINE, CL_LETTER, CL_DIGIT, CL_HIGH };

/* ASCII by class; from 0x80 on the code point decides. */
static const uint8_t class_of[256] = {
    ['\t'] = CL_SPACE, ['\n'] = CL_LINE, ['\v'] = CL_SPACE, ['\f'] = CL_SPACE, ['\r'] = CL_SPACE, [' '] = CL_SPACE,
    ['0'] = CL_DIGIT,  ['1'] = CL_DIGIT, ['2'] = CL_DIGIT,  ['3'] = CL_DIGIT,  ['4'] = CL_DIGIT,  ['5'] = CL_DIGIT,
    ['6'] = CL_DIGIT,  ['7'] = CL_DIGIT, ['8'] = CL_DIGIT,  ['9'] = CL_DIGIT,
#define L(c)  [c] = CL_LETTER, [(c) + 32] = CL_LETTER
#define L2(c) L(c), L((c) + 1)
    L2('A'),           L2('C'),          L2('E'),           L2('G'),           L2('I'),           L2('K'),
    L2('M'),           L2('O'),          L2('Q'),           L2('S'),           L2('U'),           L2('W'),
    L2('Y'),
#undef L2
#undef L
#define H(c)   [c] = CL_HIGH, [(c) + 1] = CL_HIGH, [(c) + 2] = CL_HIGH, [(c) + 3] = CL_HIGH
#define H16(c) H(c), H((c) + 4), H((c) + 8), H((c) + 12)
    H16(0x80),         H16(0x90),        H16(0xa0),         H16(0xb0),         H16(0xc0),         H16(0xd0),
    H16(0xe0),         H16(0xf0),
#undef H16
#undef H
};

/* Rows (lexicon.h) of signs; others are looked at. */
static const uint8_t row_of_sign[256] = {
    [','] = QX_P_COMMA, [':'] = QX_P_COLON, [';'] = QX_P_SEMI, ['-'] = QX_P_DASH, [')'] = QX_P_RPAR, [']'] = QX_P_RPAR,
};

/* The rows (lexicon.h) of words that no list has, by what tells about them; those that have none are looked at. */
enum { HAS_CAPITAL = 8, LONG = 16, UNKNOWN_KINDS = 32 }; /* added to QX_ENDS_; LONG: enough letters before the ending */

static const uint8_t row_of_unknown[UNKNOWN_KINDS] = {
    [0] = QX_P_NOUN,
    [LONG] = QX_P_NOUN,
    [LONG + QX_ENDS_LY] = QX_ROW_LY,
    [LONG + QX_ENDS_ED] = QX_ROW_ED,
    [LONG + QX_ENDS_ING] = QX_ROW_ING,
    [HAS_CAPITAL] = QX_P_NAME,
    [HAS_CAPITAL + QX_ENDS_LY] = QX_P_NAME,
    [HAS_CAPITAL + QX_ENDS_ED] = QX_P_NAME,
    [HAS_CAPITAL + QX_ENDS_ING] = QX_P_NAME,
    [HAS_CAPITAL + LONG] = QX_P_NAME,
    [HAS_CAPITAL + LONG + QX_ENDS_LY] = QX_P_NAME,
    [HAS_CAPITAL + LONG + QX_ENDS_ED] = QX_P_NAME,
    [HAS_CAPITAL + LONG + QX_ENDS_ING] = QX_P_NAME,
};
static const uint8_t row_of_no_unknown[UNKNOWN_KINDS]; /* German */

#define WORD_BYTES_MAX 200u /* a longer run of letters is cut into several words, so that lengths fit their fields */

struct scan {
    struct qx_doc *doc;
    const char *p, *end;
    uint32_t cont; /* continuation bytes so far: bytes minus code points */
    bool space;
    bool marks;             /* any QX_MARK in this paragraph */
    uint32_t small;         /* and how many words of the quick way have four letters and no capital */
    const uint8_t *unknown; /* rows (lexicon.h) of words that no list has */
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

/* "D-N.Y.", as far as its N */
static bool party_and_state(const struct scan *s)
{
    return s->nlow == 3 && s->low[1] == '-' && s->capitals == 2 && s->end - s->p > 2 && s->p[2] == '.';
}

static bool full_stop_belongs(const struct scan *s)
{
    if (s->p >= s->end || *s->p != '.') return false;
    const char *after = s->p + 1;
    if ((after < s->end && *after == ',') || party_and_state(s)) return true; /* no sentence ends before a comma */
    if (s->letters == 1 && s->capitals == 1) return true;                     /* an initial, or U.S. */
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
    if (s->nlow <= 16) memset(s->low + s->nlow, 0, 16); /* saves qx_hash_word() a copy */
    uint64_t h = s->nlow <= 16 ? qx_hash_end(qx_hash_sixteen(0, qx_load8(s->low), qx_load8(s->low + 8)))
                               : qx_hash_word(s->low, s->nlow);
    if (s->nlow <= QX_LEX_WORD_MAX) {
        const struct qx_word *w = qx_lexicon_word(s->doc->lex, h);
        bool known = w->check == qx_lexicon_check(h);
        t->lex = known ? s->doc->lex->sets[w->set] : 0;
        t->pos = known && kind == QX_WORD ? w->row[(s->shape & QX_S_CAP) != 0] : QX_P_OTHER;
        if (t->lex == 0 && (s->shape & QX_S_HYPHEN)) t->lex = last_part(s->doc, s->low, s->nlow);
    }
    if (t->lex == 0 && kind == QX_WORD && (s->shape & QX_S_CAP)) t->pos = s->unknown[HAS_CAPITAL];
    if (t->lex == 0 && kind == QX_NUMBER && !(s->shape & QX_S_HYPHEN)) t->pos = QX_P_NUM;
    if (kind == QX_CLITIC) t->pos = s->low[s->nlow - 1] == 's' ? QX_ROW_S : QX_P_AUX;
    /* Rows are of words as lists have them, not of "uP", nor where a soft hyphen is inside. What ends in its own full
     * stop may end the sentence, and chunks.c asks that with the rest. */
    if (kind == QX_WORD && ((s->capitals > 0 && !(s->shape & QX_S_CAP)) || t->len != s->nlow)) t->pos = QX_P_OTHER;
    t->hash = qx_lexicon_check(h);
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
    if (s->nlow == 2 && s->low[1] == 'l' && (s->low[0] == 'a' || s->low[0] == 'e') && q[n] >= 'A' && q[n] <= 'Z')
        s->shape |= QX_S_CAP; /* "al-Masri" is a name */
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
            bool letter = s->letters == 1 || party_and_state(s);
            s->shape |= QX_S_DOT;
            s->p++;
            if (letter && s->p < s->end && letter_at(s->p, s->end) && (s->end - s->p < 2 || s->p[1] == '.')) {
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

/* What stands at p, n bytes, is one of the words; whole: and nothing else. */
static bool one_of(const char *p, size_t n, const char *const *all, bool whole)
{
    for (; *all != NULL; all++) {
        size_t len = strlen(*all);
        if ((whole ? len == n : len <= n) && memcmp(p, *all, len) == 0) return true;
    }
    return false;
}

/* German "am 19. Juni", "im 17. Stock": the full stop behind one or two digits belongs to them before a month, and
 * behind an article, where no sentence ends. */
static bool german_ordinal(const struct scan *s, const char *from)
{
    static const char *const months[] = { "Januar", "Februar",   "März",    "April",    "Mai",      "Juni", "Juli",
                                          "August", "September", "Oktober", "November", "Dezember", NULL };
    static const char *const articles[] = { "am",  "im",  "zum", "zur", "vom", "beim", "ins",
                                            "der", "die", "das", "dem", "den", "des",  NULL };
    const struct qx_doc *d = s->doc;
    if (s->p - from > 2 || s->end - s->p < 5 || s->p[0] != '.' || s->p[1] != ' ' || s->p[2] < 'A' || s->p[2] > 'Z')
        return false;
    if (one_of(s->p + 2, (size_t)(s->end - s->p) - 2, months, false)) return true;
    const struct qx_tok *t = d->ntok > 0 ? &d->tok[d->ntok - 1] : NULL;
    return t != NULL && t->kind == QX_WORD && one_of(d->text + t->off, t->len, articles, true);
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
    if ((s->doc->lex->grammar & QX_G_NOUNS_CAPITAL) && german_ordinal(s, from)) s->p++;
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
    if (kind == QX_PUNCT) t->pos = row_of_sign[mark];
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
    if (kind == QX_PUNCT) t->pos = row_of_sign[mark];
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
    t->hash = s->small;
    s->marks = false;
    s->small = 0;
    s->p = q;
    s->space = true;
    return 0;
}

/* ---- the short way, which most words and signs take: sixteen letters at a time, and no guesses */

/* What may stand behind a word that takes the short way; a sign that no other grows from is taken with it. */
enum { END_NOT, END_BARE, END_SIGN, END_STOP };

static const uint8_t
    end_of[256] = {
#define E4(c, e)  [c] = END_##e, [(c) + 1] = END_##e, [(c) + 2] = END_##e, [(c) + 3] = END_##e
#define E16(c, e) E4(c, e), E4((c) + 4, e), E4((c) + 8, e), E4((c) + 12, e)
        E4(0x00, SIGN),    E4(0x04, SIGN),    [0x08] = END_SIGN, ['\t'] = END_BARE, ['\n'] = END_BARE,
        ['\v'] = END_BARE, ['\f'] = END_BARE, ['\r'] = END_BARE, [0x0e] = END_SIGN, [0x0f] = END_SIGN,
        E16(0x10, SIGN),   [' '] = END_BARE,  ['!'] = END_SIGN,  ['"'] = END_BARE,  E4('#', SIGN),
        E4('(', SIGN),     [','] = END_SIGN,  ['.'] = END_STOP,  ['/'] = END_SIGN,  [':'] = END_SIGN,
        [';'] = END_SIGN,  ['<'] = END_BARE,  ['='] = END_SIGN,  ['>'] = END_SIGN,  ['?'] = END_SIGN,
        ['@'] = END_SIGN,  E4('[', SIGN),     ['_'] = END_SIGN,  ['`'] = END_BARE,  E4('{', SIGN),
        [0x7f] = END_SIGN,
#undef E16
#undef E4
    };

/* The kind of a word of n letters that no list has, up to end; the endings are those of pos.c, which wants some letters
 * before them. Reads four bytes before end: doc.text has some before it. */
static inline uint32_t unknown_kind(const char *end, uint32_t n, uint32_t capital)
{
    return qx_endings_at(end) + capital * HAS_CAPITAL + ((n + 10) & LONG); /* of 6 to 15: as long as quick words are */
}

/* Ends of words that are looked at when all else is no end: "'s" and its like, marks and dashes of three bytes. */
static bool rare_end(const char *p, const char *end, bool *clitic)
{
    unsigned n;
    *clitic = apostrophe_at(p, end, &n) && clitic_len(p + n, end) > 0;
    if (*clitic) return true;
    return memcmp(p, "\xe2\x80", 2) == 0 && p[2] != '\x90' && p[2] != '\x91' && p[2] != '\x99'; /* hyphens, ’ */
}

/* A sign of one byte right behind a word. */
static inline void put_sign(struct qx_tok *t, const char *p, uint32_t off, uint32_t cont)
{
    *t = (struct qx_tok){
        .off = off,
        .cp = off - cont,
        .mate = QX_NONE,
        .len = 1,
        .cplen = 1,
        .kind = QX_PUNCT,
        .pos = row_of_sign[(unsigned char)*p],
        .mark = (uint8_t)*p,
    };
}

/* What stands behind a word of n letters that is no blank: END_, or END_NOT where the word goes on, or keeps its full
 * stop; *clitic where "'s" comes next. */
static unsigned word_ends(const struct scan *s, const char *end, unsigned n, uint64_t features, bool *clitic)
{
    unsigned how = end_of[(unsigned char)*end], next = (unsigned char)end[1];
    if (how == END_NOT) return rare_end(end, s->end, clitic) ? END_BARE : END_NOT;
    if (how != END_STOP) return how;
    return (n == 1) | (next == '.') | (next - 'a' < 26u) | (unsigned)(features >> QX_BIT_ABBR & 1) ? END_NOT : END_SIGN;
}

/* A word, as if no list had it. */
static inline void put_word(struct qx_tok *t, uint32_t off, uint32_t cp, const struct qx_letters *w, uint32_t space,
                            uint32_t hash, uint8_t row)
{
    *t = (struct qx_tok){
        .off = off,
        .cp = cp,
        .mate = QX_NONE,
        .hash = hash,
        .len = (uint16_t)w->n,
        .cplen = (uint16_t)w->n,
        .kind = QX_WORD,
        .shape = (uint8_t)(space * QX_S_SPACE | (w->capitals & 1) * QX_S_CAP |
                           ((w->capitals + 1) >> w->n & w->capitals >> 1) * QX_S_ALLCAP),
        .pos = row,
    };
}

/* What the list says of a word, whose place in it was found before: by then it has come from memory. */
static inline void look_up(const struct qx_lexicon *lex, struct qx_tok *t, const struct qx_word *e)
{
    uint32_t known = 0u - (e->check == t->hash);
    t->lex = lex->sets[e->set & known];
    t->pos = (uint8_t)((e->row[t->shape & QX_S_CAP] & known) | (t->pos & ~known));
}

/*
 * Words of up to fifteen ASCII letters with nothing joined to them, and the signs behind them. Ends where anything else
 * begins, or at "'s" (true), or where there is no room. Reads at most sixteen bytes past the end of a word, and
 * doc.text has as many behind it (doc_join).
 *
 * Sums instead of branches where a word's features come together; but where the next word begins is asked (is a blank
 * here), because the processor goes on with what it expects: a calculated place would have each word wait for the loads
 * of the one before, which cost a sixth of the time of everything. It is asked once: behind most words is a blank, and
 * what else can stand there cannot be foretold.
 */
static bool scan_short(struct scan *s)
{
    struct qx_doc *d = s->doc;
    const struct qx_lexicon *lex = d->lex;
    const char *p = s->p, *text = d->text;
    const uint8_t *unknown = s->unknown;
    struct qx_tok *t = d->tok + d->ntok, *room = d->tok + d->captok - 1;
    uint32_t cont = s->cont, space = s->space, small = s->small;
    const struct qx_word *waits = NULL; /* the place of the word before, looked up when the next is on its way */
    bool clitic = false;

    while (t < room) {
        struct qx_letters w = qx_letters_at(p);
        const char *end = p + w.n;
        uint32_t capital = w.capitals & 1;
        if (QX_SELDOM(w.n - 1 >= 15 || (w.capitals & (capital - 1))))
            break; /* "uP": rows are of words as lists have them */
        uint64_t h = qx_hash_end(qx_hash_sixteen(0, w.low, w.high));
        const struct qx_word *e = qx_lexicon_word(lex, h);
        if (QX_MOSTLY(waits != NULL)) look_up(lex, t - 1, waits);
        uint32_t off = (uint32_t)(p - text);
        put_word(t, off, off - cont, &w, space, qx_lexicon_check(h), unknown[unknown_kind(end, w.n, capital)]);
        small += (w.n >= 4) & ~capital;
        if (QX_MOSTLY(*end == ' ')) {
            t++;
            p = end + 1;
            space = 1;
            waits = e;
            continue;
        }
        look_up(lex, t, e);
        waits = NULL;
        unsigned how = word_ends(s, end, w.n, t->lex, &clitic);
        if (how == END_NOT) break;
        t++;
        p = end;
        space = 0;
        if (how == END_SIGN) put_sign(t++, p++, off + w.n, cont);
        if (clitic) break;
        if (*p == ' ') {
            space = 1;
            p++;
        }
    }
    if (waits != NULL) look_up(lex, t - 1, waits);
    s->p = p;
    s->space = space != 0;
    s->small = small;
    d->ntok = (uint32_t)(t - d->tok);
    return clitic;
}

/* A sign of one byte that no other sign grows from. */
static inline bool lone_sign(const char *p)
{
    uint8_t how = end_of[(unsigned char)*p];
    return how == END_SIGN || (how == END_STOP && p[1] != '.') || (*p == '-' && p[1] != '-');
}

static int scan_sign(struct scan *s)
{
    const char *from = s->p;
    if (!lone_sign(from)) return scan_ascii_mark(s);
    s->p++;
    struct qx_tok *t = emit(s, from, cp_at(s, from), QX_PUNCT);
    if (t == NULL) return QN_QUOTES_ENOMEM;
    t->mark = (uint8_t)*from;
    t->pos = row_of_sign[t->mark];
    return 0;
}

/* What the short way left, the most of it first: a question that mostly has the same answer costs less than a jump that
 * goes anywhere. */
static int scan_other(struct scan *s)
{
    bool done;
    uint32_t n = s->doc->ntok;
    uint8_t class = class_of[(unsigned char)*s->p];
    if (class == CL_LINE) return scan_line_end(s);
    if (class == CL_SPACE) {
        s->p++;
        s->space = true;
        return 0;
    }
    if (class == CL_OTHER) return scan_sign(s);
    int rc = class == CL_LETTER ? scan_word(s) : class == CL_DIGIT ? scan_number(s) : scan_high(s);
    return rc == 0 && s->doc->ntok > n && s->doc->tok[n].kind <= QX_NUMBER ? scan_clitic(s, &done) : rc;
}

static int scan_block(struct scan *s)
{
    while (s->p < s->end) {
        bool done;
        if (!QX_RESERVE(s->doc, tok, 2)) return QN_QUOTES_ENOMEM;
        if (*s->p == ' ') {
            s->p++;
            s->space = true;
        }
        bool letter = class_of[(unsigned char)*s->p] == CL_LETTER; /* a Russian word need not try */
        int rc = letter && scan_short(s) ? scan_clitic(s, &done) : scan_other(s);
        if (rc != 0) return rc;
    }
    return 0;
}

int qx_tokens_scan(struct qx_doc *doc)
{
    struct scan s = { .doc = doc, .p = doc->text, .end = doc->text };

    s.unknown = doc->lex->grammar & QX_G_NOUNS_CAPITAL ? row_of_no_unknown : row_of_unknown;

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
