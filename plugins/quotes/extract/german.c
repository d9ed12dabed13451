/*
 * What is only German. Words that no list has: German makes words of words, so that the end of "Landesumweltministerin"
 * says what she is; and some endings tell of somebody ("Falknerin") or of a thing that is nobody's name. And which
 * marks only name something: every noun has a capital, so that capitals do not tell.
 */
#include "qx.h"

#include <string.h>

#define TAIL_MIN 4u
#define TAIL_MAX 18u
#define HEAD_MIN 3u

#define TOLD_BY_TAIL                                                                                                   \
    (QX_F(ROLE) | QX_F(TITLE) | QX_F(ORG) | QX_F(DOC) | QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(NOUN) | QX_F(MALE) |     \
     QX_F(FEMALE) | QX_F(PLURAL) | QX_F(WORK) | QX_F(WORDN) | QX_F(TIME) | QX_F(OPINE) | QX_F(CUE))

/* A word, or the end of one; its length is known when this is compiled. */
struct ending {
    const char *text;
    size_t len;
};
#define END(text)                                                                                                      \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }

static bool one_of(const struct ending *all, const char *w, size_t n)
{
    for (; all->text != NULL; all++)
        if (all->len == n && memcmp(all->text, w, n) == 0) return true;
    return false;
}

/* Ends of surnames and of towns, and of words that have nothing to do with what they end like. */
static bool misleading(const char *w, size_t n)
{
    static const struct ending all[] = { END("mann"), END("sohn"),   END("bauer"),   END("land"),    END("stadt"),
                                         END("bund"), END("band"),   END("hoch"),    END("tief"),    END("spiel"),
                                         END("bank"), END("grad"),   END("richter"), END("schüler"), END("jacht"),
                                         END("show"), END("spruch"), END("sprüche"), { NULL, 0 } };
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

static bool ends_in_one(const struct ending *all, const char *w, size_t n)
{
    for (; all->text != NULL; all++) {
        size_t m = all->len;
        if (w[n - 1] == all->text[m - 1] && n >= m + 3 && memcmp(w + n - m, all->text, m) == 0) return true;
    }
    return false;
}

static uint64_t by_ending(const char *w, size_t n)
{
    static const struct ending woman[] = { END("erin"),   END("orin"),  END("istin"), END("entin"), END("antin"),
                                           END("ikerin"), END("eurin"), END("login"), { NULL, 0 } };
    static const struct ending people[] = { END("innen"), END("isten"), END("ologen"), { NULL, 0 } };
    static const struct ending somebody[] = { END("iker"),  END("aftler"), END("eur"),
                                              END("ologe"), END("ist"),    { NULL, 0 } };
    static const struct ending plural_thing[] = { END("ungen"), END("heiten"), END("keiten"), END("tionen"),
                                                  END("täten"), END("tion"),   { NULL, 0 } };
    static const struct ending thing[] = { END("ung"), END("heit"),  END("keit"), END("schaft"),
                                           END("tät"), END("ismus"), END("nis"),  END("nisse"),
                                           END("tum"), END("ment"),  { NULL, 0 } };
    if (w[n - 1] == 'n' && ends_in_one(woman, w, n)) return QX_F(ROLE) | QX_F(NOUN) | QX_F(FEMALE);
    if (w[n - 1] == 'n' && ends_in_one(people, w, n)) return QX_F(ROLE) | QX_F(NOUN) | QX_F(PLURAL);
    if (n > 6 && ends_in_one(somebody, w, n)) return QX_F(ROLE) | QX_F(NOUN);
    return ends_in_one(w[n - 1] == 'n' ? plural_thing : thing, w, n) ? QX_F(NOUN) : 0;
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
        if (n == 0) continue; /* longer than any word of a list */
        uint64_t lex = hyphen && n >= HEAD_MIN ? qx_lexicon_find(d->lex, qx_hash_word(low, n)) & TOLD_BY_TAIL : 0;
        if (lex == 0) lex = compound(d, low, n);
        if (lex == 0 && n > 0) lex = by_ending(low, n);
        t->lex |= lex;
    }
}

/* ---- marks that name something */

struct named {
    const struct qx_doc *d;
    const struct qx_quote *out;
    uint32_t q, lo, hi; /* chunks: of the marks, of their sentence */
};

static bool begins_with(const struct qx_doc *d, uint32_t tok, const char *const *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(all[i]);
        if (d->tok[tok].len >= len && memcmp(d->text + d->tok[tok].off, all[i], len) == 0) return true;
    }
    return false;
}

/* "sprach von einem „…“", "warnte vor „…“": what stands behind the preposition are the speaker's words, not a name. */
static bool spoken_of(const struct named *a)
{
    static const char *const prepositions[] = { "von", "vom", "vor", "zu", "gegen" };
    static const char *const verbs[] = { "sprach", "sprech",  "spricht", "gesproch", "warn",   "gewarn",
                                         "rede",   "geredet", "riet",    "rät",      "geraten" };
    const struct qx_doc *d = a->d;
    uint32_t i = a->q;
    if (i > a->lo && d->chunk[i - 1].type == QX_C_NP && d->tok[d->chunk[i - 1].last - 1].pos != QX_P_NOUN) i--;
    if (i == a->lo || d->chunk[i - 1].type != QX_C_PREP ||
        !begins_with(d, d->chunk[i - 1].first, prepositions, sizeof prepositions / sizeof *prepositions))
        return false;
    for (uint32_t n = 0; i-- > a->lo && n < 8 && d->chunk[i].type != QX_C_SPAN; n++)
        if (d->chunk[i].type == QX_C_VG && begins_with(d, d->chunk[i].head, verbs, sizeof verbs / sizeof *verbs))
            return true;
    for (uint32_t k = a->q + 1; k < a->hi && k < a->q + 6 && d->chunk[k].type != QX_C_COMMA; k++)
        if (d->chunk[k].type == QX_C_VG && begins_with(d, d->chunk[k].head, verbs, sizeof verbs / sizeof *verbs))
            return true;
    return false;
}

/* "das sich selbst „…“ nennt", "nennt sich „…“": what somebody is called. */
static bool calls_itself(const struct named *a)
{
    const struct qx_doc *d = a->d;
    if (a->out->frame == QX_NONE || !(d->frame[a->out->frame].lex & QX_F(CALL))) return false;
    for (uint32_t i = a->q, n = 0; i-- > a->lo && n < 3 && d->chunk[i].type != QX_C_COMMA; n++)
        if (d->chunk[i].type == QX_C_NP && d->chunk[i].last == d->chunk[i].first + 1 &&
            d->tok[d->chunk[i].first].len == 4 && memcmp(d->text + d->tok[d->chunk[i].first].off, "sich", 4) == 0)
            return true;
    return false;
}

/* Small letters that no German word ends in, behind an article: "der „documenta“", "von „con energy“". */
static bool foreign(const struct named *a, const struct qx_inside *n)
{
    const struct qx_doc *d = a->d;
    const struct qx_tok *t = &d->tok[d->span[d->chunk[a->q].ref].open + 1];
    return n->words <= 5 && t->kind == QX_WORD && t->lex == 0 && !(t->shape & QX_S_CAP) &&
           strchr("aiouycnx", d->text[t->off + t->len - 1]) != NULL &&
           !(t->len > 3 && memcmp(d->text + t->off + t->len - 2, "en", 2) == 0);
}

/* Words of the verb that governs the marks: "warf ihm „…“ vor", "wies das als „…“ zurück", "Parolen wie „…“". */
static bool governed(const struct named *a)
{
    static const char *const accuse[] = { "warf", "wirft", "werfen", "hielt", "hält", "halten" };
    const struct qx_doc *d = a->d;
    uint32_t i = a->q, next = d->chunk[a->q].last;
    bool as = i > a->lo && d->chunk[i - 1].type == QX_C_PREP && d->tok[d->chunk[i - 1].first].len == 3;
    as = as && (d->text[d->tok[d->chunk[i - 1].first].off] | 32) == 'a' &&
         memcmp(d->text + d->tok[d->chunk[i - 1].first].off + 1, "ls", 2) == 0;
    if (i > a->lo && d->chunk[i - 1].type == QX_C_NP && d->tok[d->chunk[i - 1].head].pos == QX_P_NOUN &&
        (d->tok[d->chunk[i - 1].head].lex & (QX_F(CONTENTN) | QX_F(SPEECHN))) &&
        d->chunk[i - 1].head + 1 == d->chunk[i - 1].last)
        return true; /* "mit den Worten „…“" */
    bool vor = d->tok[next].len == 3 && memcmp(d->text + d->tok[next].off, "vor", 3) == 0;
    if (i > a->lo + 1 && d->chunk[i - 1].type == QX_C_PREP && d->chunk[i - 2].type == QX_C_NP &&
        (d->tok[d->chunk[i - 2].head].lex & (QX_F(CONTENTN) | QX_F(SPEECHN))) &&
        (d->text[d->tok[d->chunk[i - 1].first].off] | 32) == 'w')
        return true;
    if (!as && !vor) return false;
    for (uint32_t n = 0; i-- > a->lo && n < 10; n++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type == QX_C_SPAN || c->type == QX_C_COMMA) return false;
        if (c->type != QX_C_VG) continue;
        return vor ? begins_with(d, c->head, accuse, sizeof accuse / sizeof *accuse)
                   : (d->tok[c->head].lex & (QX_F(SAY) | QX_F(CALL))) != 0;
    }
    return false;
}

/* "in einem Gespräch mit dem „…“ nannte er", "ein Vertreter der „…“ nannte": the marks stand inside another phrase. */
static bool inside_phrase(const struct named *a)
{
    static const char *const genitive[] = { "der", "des" };
    const struct qx_doc *d = a->d;
    if (a->q < a->lo + 2) return false;
    const struct qx_chunk *np = &d->chunk[a->q - 1], *prep = &d->chunk[a->q - 2];
    if (np->type != QX_C_NP || np->last != np->first + 1 || d->tok[np->first].pos != QX_P_DET) return false;
    if (prep->type == QX_C_NP)
        return !(prep->flags & (QX_N_PRON | QX_N_TIME)) && d->tok[np->first].len == 3 &&
               begins_with(d, np->first, genitive, sizeof genitive / sizeof *genitive);
    return prep->type == QX_C_PREP && (d->text[d->tok[prep->first].off] | 32) != 'a';
}

/* "der Film „…“", "der sogenannte „…“": a word before the marks that says that a name follows. */
static bool work_before(const struct named *a)
{
    return a->q > a->lo &&
           (a->d->tok[a->d->chunk[a->q - 1].last - 1].lex & (QX_F(NAMED) | QX_F(WORDN) | QX_F(WORK))) != 0;
}

/* German: a capital says little, but a noun right before the marks, or marks around nothing but nouns, say that
 * something is named. */
static bool named(const struct named *a, const struct qx_inside *n)
{
    const struct qx_doc *d = a->d;
    const struct qx_chunk *before = a->q > a->lo ? &d->chunk[a->q - 1] : NULL;
    uint8_t rule = a->out->rule, last = before == NULL ? (uint8_t)QX_P_OTHER : d->tok[before->last - 1].pos;
    bool np = before != NULL && before->type == QX_C_NP;
    bool noun_before = np && last != QX_P_DET && last != QX_P_ADJ && last != QX_P_POSS;
    if (d->chunk[a->q].flags & (QX_Q_STOP | QX_Q_EXCL)) return false;
    if (before == NULL && rule == QX_R_AFTER && a->out->frame != QX_NONE && a->q + 1 < a->hi &&
        d->chunk[a->q + 1].type == QX_C_COMMA)
        return false; /* "„Neugier“, sagt er" */
    bool called = a->out->frame != QX_NONE && (d->frame[a->out->frame].lex & QX_F(CALL)) && before != NULL &&
                  before->type != QX_C_VG && !inside_phrase(a);
    bool det = np && !noun_before, prep = before != NULL && before->type == QX_C_PREP;
    bool verb_behind = a->q + 1 < a->hi &&
                       (d->chunk[a->q + 1].type == QX_C_VG || (d->chunk[a->q + 1].type == QX_C_ADV &&
                                                               a->q + 2 < a->hi && d->chunk[a->q + 2].type == QX_C_VG));
    bool said =
        a->out->frame != QX_NONE && n->capitals < n->words && n->words > 2 && !(det && verb_behind && n->words <= 5);
    if ((det || prep) && foreign(a, n) && !called) return true;
    if (n->first_capital && !called && !said && (det || prep) && rule != QX_R_COLON)
        return true; /* "der „Aktion Mensch“": an article and a noun */
    if (n->capitals < n->words) return noun_before && n->first_capital && n->words <= 5;
    if (n->words <= 5 && (before == NULL || before->type == QX_C_NP || before->type == QX_C_PREP ||
                          before->type == QX_C_CONJ || before->type == QX_C_LPAR || before->type == QX_C_OTHER))
        return !called || noun_before;
    bool told = before != NULL && before->type == QX_C_VG && a->out->frame != QX_NONE &&
                (d->frame[a->out->frame].lex & QX_F(SAY)); /* "es herrsche „Chaos“, sagte er" */
    return n->words == 1 && !called && !told;
}

enum qx_naming qx_german_name(const struct qx_doc *d, uint32_t q, const struct qx_quote *out, const struct qx_inside *n)
{
    const struct qx_sent *s = &d->sent[d->chunk[q].sent];
    const struct named a = { .d = d, .out = out, .q = q, .lo = s->first, .hi = s->last };
    if (n->words <= 9 && work_before(&a)) return QX_NAMES;
    if (calls_itself(&a)) return QX_NAMES;
    if (spoken_of(&a) || governed(&a)) return QX_QUOTES;
    return named(&a, n) ? QX_NAMES : QX_UNSURE;
}

bool qx_german_opinion(const struct qx_doc *d, uint32_t tok)
{
    static const char *const all[] = { "hoff", "glaub", "mein", "vermut" };
    const struct qx_tok *t = &d->tok[tok];
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (t->len > strlen(all[i]) && memcmp(d->text + t->off, all[i], strlen(all[i])) == 0) return true;
    return false;
}

/* ---- statements and their sources */

/* "Einer Mitteilung des Verbandes zufolge …": the source is all that stands in front. */
bool qx_german_source_first(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t i = d->sent[f->sent].first;
    if (f->dir == 1 || f->chunk - i > 6) return false;
    while (i < f->chunk &&
           (d->chunk[i].type == QX_C_NP || d->chunk[i].type == QX_C_PREP || d->chunk[i].type == QX_C_LPAR))
        i++;
    return i == f->chunk;
}

/* German "Er sei, so X, der beste": the statement goes on behind the source; "…, so X, der Chef der Firma" does not. */
bool qx_german_split(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t lo = d->sent[f->sent].first, hi = d->sent[f->sent].last, i = f->subj + 1;
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || f->dir == 0 || d->chunk[f->chunk].type != QX_C_ADV) return false;
    while (i < hi && i < f->subj + 8 && d->chunk[i].type != QX_C_COMMA) i++;
    if (i + 1 >= hi || d->chunk[i + 1].type == QX_C_REL) return false;
    if (f->chunk > lo + 1 && d->chunk[f->chunk - 2].type == QX_C_VG) return true; /* "Er sei, so X, …" */
    for (uint32_t n = 0; ++i < hi && n < 24 && d->chunk[i].type != QX_C_REL; n++)
        if (d->chunk[i].type == QX_C_VG) return true;
    return false;
}

/* "ein Sprecher | der Polizei", "die Leiterin | des Amtes": past whose the speaker is. */
uint32_t qx_german_past_owner(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    for (uint32_t n = 0; i < hi && n < 3 && d->chunk[i].type == QX_C_NP; n++, i++) {
        const struct qx_tok *t = &d->tok[d->chunk[i].first];
        char end = d->text[t->off + t->len - 1];
        if ((t->pos != QX_P_DET && t->pos != QX_P_POSS) || (end != 'r' && end != 's') || t->len < 3) break;
    }
    return i;
}

/* "Während X nichts will, plädiert Y für mehr": the clause in front of the verb is not what was said. */
bool qx_german_leads_up(const struct qx_doc *d, const struct qx_frame *f, uint32_t first)
{
    const struct qx_tok *t = &d->tok[d->chunk[first].first];
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || f->kind != QX_FR_VERB) return false;
    if (t->len == 8 && memcmp(d->text + t->off + 1, "ährend", 7) == 0) return true; /* a preposition, by its list */
    return d->chunk[first].type == QX_C_SUB && !qx_word_is(d, d->chunk[first].first, "dass") &&
           !qx_word_is(d, d->chunk[first].first, "ob");
}

/* The verb group is in the subjunctive, or, of a simple past, in the indicative. */
static bool mood(const struct qx_doc *d, uint32_t vg, bool told)
{
    const struct qx_chunk *c = &d->chunk[vg];
    bool any = false, past = false;
    for (uint32_t t = c->first; t < c->last && t < c->first + 6; t++) {
        any |= (d->tok[t].lex & QX_F(KONJ)) != 0;
        past |= (d->tok[t].lex & QX_F(VPAST)) && !(d->tok[t].lex & QX_F(VPP));
    }
    return told ? any : past && !any && (c->flags & QX_V_FINITE);
}

/* At the comma or "and" of chunk i, with a verb behind it, the speaker's own doing goes on. */
static bool back_again(const struct qx_doc *d, uint32_t from, uint32_t i)
{
    uint32_t hi = d->sent[d->chunk[i].sent].last;
    if (!mood(d, i + 1, false)) return false;
    if (i + 2 < hi && d->chunk[i + 2].type == QX_C_NP && (d->tok[d->chunk[i + 2].first].shape & QX_S_CAP))
        return false; /* "…, bestimmte Waffen zu tragen": an adjective */
    for (uint32_t n = 0; i-- > from + 1 && n < 24; n++) {
        if (d->chunk[i].type == QX_C_SUB || d->chunk[i].type == QX_C_REL) return false;
        if (d->chunk[i].type == QX_C_VG && mood(d, i, true)) return true;
    }
    return false;
}

/* "er sei unschuldig, erkannte das Gericht nicht an und …": what is told is over where the verb is in the indicative
 * again and has no subject of its own. */
uint32_t qx_german_told_end(const struct qx_doc *d, uint32_t from, uint32_t first, uint32_t last)
{
    for (uint32_t i = first + 1; i + 1 < last; i++)
        if ((d->chunk[i].type == QX_C_COMMA || d->chunk[i].type == QX_C_CONJ) && d->chunk[i + 1].type == QX_C_VG &&
            back_again(d, from, i))
            return i;
    return last;
}

/* "…, er sei krank", "…, bald zu gehen": by the first verb. */
uint8_t qx_german_clause(const struct qx_doc *d, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i < last && i < first + 16; i++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type == QX_C_STOP || (c->type == QX_C_COMMA && i > first + 4)) break;
        if (c->type == QX_C_VG) return c->flags & QX_V_TO ? QX_CL_TO : QX_CL_CLAUSE;
    }
    return d->chunk[first].type == QX_C_NP ? QX_CL_NP : QX_CL_OTHER;
}

/* "wollte nicht bestätigen, dass …": what is not confirmed is no statement. */
bool qx_german_unconfirmed(const struct qx_doc *d, const struct qx_frame *f)
{
    const struct qx_tok *t = &d->tok[d->chunk[f->chunk].head];
    return (d->chunk[f->chunk].flags & QX_V_NEG) && t->len > 7 && memcmp(d->text + t->off, "bestätig", 9) == 0;
}
