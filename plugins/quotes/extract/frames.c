/* Verbs and nouns of speech, each with its speaker. Every verb group gets its subject, since any of them may stand
 * beside marked words. */
#include "qx.h"

#include <assert.h>
#include <string.h>

static struct qx_frame *add(struct qx_doc *d, uint32_t chunk, uint32_t subj, uint8_t kind)
{
    if (!QX_ROOM(d, frame)) return NULL;
    const struct qx_chunk *c = &d->chunk[chunk];
    struct qx_frame *f = &d->frame[d->nframe++];
    *f = (struct qx_frame){
        .cue_first = c->first,
        .cue_last = c->last,
        .chunk = chunk,
        .subj = subj,
        .sent = c->sent,
        .lex = d->tok[c->head].lex,
        .kind = kind,
        .own_first = QX_NONE,
    };
    f->strong = (f->lex & QX_F(STRONG)) != 0;
    return f;
}

static uint32_t skip_adverbs(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    while (i < hi && (d->chunk[i].type == QX_C_ADV || d->chunk[i].type == QX_C_LPAR)) i++;
    return i;
}

/* "by X" after a passive, or QX_NONE. */
static uint32_t by_agent(const struct qx_doc *d, uint32_t vg, uint32_t hi)
{
    for (uint32_t i = vg + 1; i + 1 < hi && i < vg + 6; i++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type == QX_C_PREP && d->tok[c->first].len == 2 && (d->text[d->tok[c->first].off] | 32) == 'b' &&
            (d->text[d->tok[c->first].off + 1] | 32) == 'y')
            return d->chunk[i + 1].type == QX_C_NP ? i + 1 : QX_NONE;
        if (c->type == QX_C_VG || c->type == QX_C_COMMA) break;
    }
    return QX_NONE;
}

/* German "Angaben der Polizei", "Worten von X": those whose words they are; k where the words stand alone. */
static uint32_t whose_words(const struct qx_doc *d, uint32_t k, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[k];
    uint64_t w = d->tok[c->head].lex;
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || !(w & (QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(OPINE))) || k + 1 >= hi)
        return k;
    uint8_t pos = d->tok[c->first].pos;
    if (c->last != c->first + 1 && !(pos == QX_P_DET && c->last == c->first + 2 && d->tok[c->first].len == 3 &&
                                     (d->text[d->tok[c->first].off] | 32) == 'd'))
        return k;
    const struct qx_tok *t = &d->tok[d->chunk[k + 1].first];
    if (d->chunk[k + 1].type == QX_C_NP && (t->pos == QX_P_DET || t->pos == QX_P_POSS) && t->len > 2) {
        const char *end = d->text + t->off + t->len;
        return end[-2] == 'e' && (end[-1] == 'r' || end[-1] == 's') ? k + 1 : k;
    }
    bool of = d->chunk[k + 1].type == QX_C_PREP &&
              (qx_word_is(d, d->chunk[k + 1].first, "von") || qx_word_is(d, d->chunk[k + 1].first, "vom"));
    return of && k + 2 < hi && d->chunk[k + 2].type == QX_C_NP && !(d->chunk[k + 2].flags & (QX_N_TIME | QX_N_NUM))
               ? k + 2
               : k;
}

/* "According to NP", German "laut NP". */
static int attributing(struct qx_doc *d, uint32_t i, uint32_t hi)
{
    uint32_t k = i + 1;
    if (k < hi && d->chunk[k].type == QX_C_PREP && d->chunk[i].type != QX_C_PREP) k++;
    k = skip_adverbs(d, k, hi);
    if (k + 1 < hi && d->chunk[k].type == QX_C_VG && d->chunk[k].last == d->chunk[k].first + 1) {
        k++; /* "according to complete but unofficial returns" */
        k += d->chunk[k].type == QX_C_CONJ;
    }
    if (k >= hi || d->chunk[k].type != QX_C_NP) return 0;
    struct qx_frame *f = add(d, i, k, QX_FR_ACCORDING);
    if (f == NULL) return QN_QUOTES_ENOMEM;
    f->dir = 1;
    f->strong = 1;
    f->lex |= QX_F(ATTRIB);
    if (k == i + 2) f->cue_last = d->chunk[i + 1].last;
    uint32_t whose = whose_words(d, k, hi);
    if (whose != k) {
        f->subj = whose;
        f->cue_last = d->chunk[k].last;
    }
    return 0;
}

/* "dem Bericht zufolge": the preposition stands behind. */
static int attributed_before(struct qx_doc *d, uint32_t i, uint32_t lo)
{
    uint32_t np = i - 1;
    if (np > lo && d->chunk[np].type == QX_C_LPAR) np--; /* "des Verbandes (VDR) zufolge" */
    if (i == lo || d->chunk[np].type != QX_C_NP) return 0;
    uint32_t first = np;
    while (first > lo && np - first < 4 &&
           (d->chunk[first - 1].type == QX_C_NP || d->chunk[first - 1].type == QX_C_PREP))
        first--;
    if (first == lo && d->chunk[lo].type == QX_C_NP) np = lo; /* "Der Mitteilung der Polizei in Ulm zufolge" */
    struct qx_frame *f = add(d, i, np, QX_FR_ACCORDING);
    if (f == NULL) return QN_QUOTES_ENOMEM;
    f->strong = 1;
    return 0;
}

static bool of_speech(const struct qx_doc *d, uint32_t i)
{
    return d->chunk[i].type == QX_C_NP && (d->tok[d->chunk[i].head].lex & QX_F(OPINE)); /* not "nach dem Gespräch" */
}

/* "dem Vernehmen", "ersten Angaben", but "die Sicht nach oben", "aller Voraussicht nach" */
static bool dative(const struct qx_doc *d, uint32_t np)
{
    const struct qx_tok *t = &d->tok[d->chunk[np].first], *n = &d->tok[d->chunk[np].head];
    char end = d->text[t->off + t->len - 1];
    bool sight = n->len > 5 && memcmp(d->text + n->off + n->len - 5, "sicht", 5) == 0;
    return (end == 'm' || end == 'n' || end == 'r') && (!sight || qx_word_is(d, d->chunk[np].head, "ansicht"));
}

/* German "nach Meinung des Richters", "seiner Ansicht nach". */
static int after_words(struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t hi)
{
    if (i > lo && of_speech(d, i - 1) && d->tok[d->chunk[i - 1].first].pos == QX_P_POSS &&
        (i == lo + 1 || d->chunk[i - 2].type != QX_C_PREP)) {
        struct qx_frame *f = add(d, i - 1, i - 1, QX_FR_ACCORDING);
        if (f == NULL) return QN_QUOTES_ENOMEM;
        f->strong = 1;
        f->lex |= QX_F(ATTRIB);
        f->own_first = d->chunk[i - 1].first;
        f->own_last = f->own_first + 1;
        f->cue_first = f->own_last;
        f->cue_last = d->chunk[i].last;
        return 0;
    }
    if (i + 1 < hi && of_speech(d, i + 1)) return attributing(d, i, hi);
    if (i == lo || !of_speech(d, i - 1) || !dative(d, i - 1) || (i > lo + 1 && d->chunk[i - 2].type == QX_C_PREP) ||
        i + 1 >= hi || (d->chunk[i + 1].type == QX_C_NP && !qx_word_is(d, d->chunk[i - 1].head, "vernehmen")))
        return 0;
    struct qx_frame *f = add(d, i, i - 1, QX_FR_ACCORDING); /* "dem Vernehmen nach", "ersten Angaben nach" */
    if (f == NULL) return QN_QUOTES_ENOMEM;
    f->strong = 1;
    f->lex |= QX_F(ATTRIB);
    return 0;
}

/* "zwei Monate nach dem Urteil", "erst nach Ermittlungen" */
static bool duration(const struct qx_doc *d, uint32_t np)
{
    static const char *const then[] = { "erst", "kurz", "bald", "lange", "unmittelbar", "direkt", "gleich", "noch" };
    static const char *const all[] = { "minuten", "stunden", "tage",  "wochen", "monate",
                                       "jahre",   "tag",     "woche", "monat",  "jahr" };
    for (size_t i = 0; i < sizeof all / sizeof all[0] && d->chunk[np].type == QX_C_NP; i++)
        if (qx_word_is(d, d->chunk[np].head, all[i])) return true;
    for (size_t i = 0; i < sizeof then / sizeof then[0] && d->chunk[np].type == QX_C_ADV; i++)
        if (qx_word_is(d, d->chunk[np].last - 1, then[i])) return true;
    return false;
}

/* German "nach Angaben der Polizei", "so der Minister". */
static int preposition(struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[i];
    uint64_t w = d->tok[c->first].lex;
    if (w & QX_F(ATTRIB)) {
        if (qx_word_is(d, c->first, "zufolge")) return attributed_before(d, i, lo);
        return attributing(d, i, hi);
    }
    if (qx_word_is(d, c->first, "in") && i + 3 < hi && d->chunk[i + 1].type == QX_C_NP &&
        qx_word_is(d, d->chunk[i + 1].head, "words") && qx_word_is(d, d->chunk[i + 2].first, "of") &&
        d->chunk[i + 3].type == QX_C_NP) {
        struct qx_frame *f = add(d, i, i + 3, QX_FR_ACCORDING); /* "in the words of X" */
        if (f == NULL) return QN_QUOTES_ENOMEM;
        f->dir = f->strong = 1;
        f->cue_last = d->chunk[i + 2].last;
        return 0;
    }
    if ((d->lex->grammar & QX_G_VERB_SECOND) && qx_word_is(d, c->first, "nach") && !(i > lo && duration(d, i - 1)))
        return after_words(d, i, lo, hi);
    if ((d->lex->grammar & QX_G_VERB_SECOND) && qx_word_is(d, c->first, "aus") && i + 1 < hi && of_speech(d, i + 1) &&
        (i == lo || d->chunk[i - 1].type == QX_C_VG) && qx_word_is(d, d->chunk[i + 1].head, "sicht"))
        return attributing(d, i, hi); /* "aus Sicht der Kirche" */
    return 0;
}

static int adverb(struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[i];
    if (!(d->tok[c->first].lex & QX_F(ATTRIB)) || c->last != c->first + 1 || i == lo || i + 1 >= hi) return 0;
    uint8_t before = d->chunk[i - 1].type;
    if ((before != QX_C_COMMA && before != QX_C_SPAN && before != QX_C_DASH) || d->chunk[i + 1].type != QX_C_NP)
        return 0;
    const char *next = d->text + d->tok[d->chunk[i + 1].first].off;
    if (memcmp(next, "viel", 4) == 0 || memcmp(next, "manch", 5) == 0 || memcmp(next, "wenig", 5) == 0)
        return 0; /* "so viele wie noch nie" */
    return attributing(d, i, hi);
}

/* German "sie sagte" is a woman, "sie sagten" are several people: the ending of the finite verb says which. */
static void number_tells(struct qx_doc *d, const struct qx_chunk *vg, uint32_t subj)
{
    struct qx_chunk *c = &d->chunk[subj];
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || !(c->flags & QX_N_PRON) || !qx_word_is(d, c->head, "sie")) return;
    for (uint32_t t = vg->first; t < vg->last; t++) {
        const struct qx_tok *w = &d->tok[t];
        if (w->pos != QX_P_AUX && w->pos != QX_P_VERB) continue;
        const char *end = d->text + w->off + w->len;
        bool several = w->len > 3 && ((end[-2] == 'e' && end[-1] == 'n') || qx_word_is(d, t, "sind"));
        if (!several) c->gender = QN_QUOTES_GENDER_FEMALE;
        return;
    }
}

/* "in einer Erklärung der Partei": rather the party than its paper. */
static uint32_t whose_paper(const struct qx_doc *d, uint32_t np, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[np];
    if (!(d->tok[c->head].lex & QX_F(SPEECHN)) || np + 1 >= hi || c[1].type != QX_C_NP ||
        !(c[1].flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG)))
        return np;
    const struct qx_tok *t = &d->tok[c[1].first];
    return t->pos == QX_P_DET && t->len > 2 && (d->text[t->off] | 32) == 'd' ? np + 1 : np;
}

/* "In dem Bericht heißt es", "hieß es dazu aus Paris": there is nobody but where it was said. */
static uint32_t told_where(const struct qx_doc *d, uint32_t vg, uint32_t es, bool *after)
{
    const struct qx_sent *s = &d->sent[d->chunk[vg].sent];
    uint32_t i = es + 1, lo = vg;
    while (lo > s->first && vg - lo < 8 && d->chunk[lo - 1].type != QX_C_COMMA && d->chunk[lo - 1].type != QX_C_SPAN)
        lo--;
    if (es > vg && lo + 1 < vg && d->chunk[lo].type == QX_C_PREP && d->chunk[lo + 1].type == QX_C_NP &&
        !(d->chunk[lo + 1].flags & QX_N_TIME) && strchr("abiv", d->text[d->tok[d->chunk[lo].first].off] | 32) != NULL &&
        !qx_word_is(d, d->chunk[lo].first, "als") && !qx_word_is(d, d->chunk[lo].first, "am")) {
        *after = false;
        return whose_paper(d, lo + 1, vg);
    }
    if (es < vg && es + 2 < vg && d->chunk[i].type == QX_C_PREP && d->chunk[i + 1].type == QX_C_NP &&
        !(d->chunk[i + 1].flags & QX_N_TIME))
        return i + 1; /* "wie es in der Partei heißt" */
    if (es < vg) i = vg + 1;
    while (i < s->last && d->chunk[i].type == QX_C_ADV) i++;
    if (i + 1 < s->last && d->chunk[i].type == QX_C_PREP && d->chunk[i + 1].type == QX_C_NP &&
        !(d->chunk[i + 1].flags & QX_N_TIME) && (d->text[d->tok[d->chunk[i].first].off] | 32) != 'z')
        return whose_paper(d, i + 1, s->last);
    return es;
}

static bool of_passive(const struct qx_doc *d, const struct qx_chunk *c)
{
    for (uint32_t t = c->first; t < c->last && t < c->first + 6; t++)
        if (d->tok[t].pos == QX_P_AUX && (d->tok[t].lex & QX_F(PASS))) return true;
    return false;
}

bool qx_german_passive(const struct qx_doc *d, uint32_t vg)
{
    const struct qx_chunk *c = &d->chunk[vg];
    const struct qx_sent *s = &d->sent[c->sent];
    uint64_t w = d->tok[c->head].lex;
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || !(w & QX_F(VPP)) || d->tok[c->head].pos == QX_P_AUX) return false;
    if (of_passive(d, c)) return true;
    if (vg + 1 < s->last && d->chunk[vg + 1].type == QX_C_VG) return of_passive(d, &d->chunk[vg + 1]);
    for (uint32_t i = vg, n = 0; i-- > s->first && n < 12; n++) {
        if (d->chunk[i].type == QX_C_COMMA || d->chunk[i].type == QX_C_CONJ) return false;
        if (d->chunk[i].type == QX_C_VG) return of_passive(d, &d->chunk[i]);
    }
    return false;
}

/* Who did what a German passive says: "von X"; who is quoted ("wird mit den Worten zitiert") is the speaker. */
static uint32_t told_by(const struct qx_doc *d, uint32_t vg, uint32_t subj)
{
    const struct qx_sent *s = &d->sent[d->chunk[vg].sent];
    const struct qx_tok *head = &d->tok[d->chunk[vg].head];
    if (head->len == 7 && memcmp(d->text + head->off, "zitiert", 7) == 0) return subj;
    for (uint32_t i = vg, n = 0; i-- > s->first && n < 16 && d->chunk[i].type != QX_C_COMMA; n++)
        if (d->chunk[i].type == QX_C_PREP &&
            (qx_word_is(d, d->chunk[i].first, "von") || qx_word_is(d, d->chunk[i].first, "vom")) &&
            d->chunk[i + 1].type == QX_C_NP &&
            (d->chunk[i + 1].flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_PRON | QX_N_NAME)))
            return i + 1;
    return QX_NONE;
}

/* "Damals hieß das Lokal „…“": only "hieß es" tells of speech. */
static bool names_it(const struct qx_doc *d, const struct qx_chunk *vg, uint32_t subj)
{
    if (subj == QX_NONE) return false;
    const struct qx_tok *t = &d->tok[vg->head];
    const char *w = d->text + t->off;
    if (t->len < 5 || (memcmp(w, "hei\xc3\x9f", 5) != 0 && memcmp(w, "hie\xc3\x9f", 5) != 0)) return false;
    return !qx_word_is(d, d->chunk[subj].head, "es") && !qx_word_is(d, d->chunk[subj].head, "das");
}

/* "gibt es", "es gab": nobody says anything. */
static bool there_is(const struct qx_doc *d, uint32_t vg)
{
    const struct qx_chunk *c = &d->chunk[vg];
    if (d->text[d->tok[c->head].off] != 'g' || (!qx_word_is(d, c->head, "gibt") && !qx_word_is(d, c->head, "gab")))
        return false;
    uint32_t lo = d->sent[c->sent].first, hi = d->sent[c->sent].last;
    return (vg > lo && c[-1].type == QX_C_NP && qx_word_is(d, c[-1].head, "es")) ||
           (vg + 1 < hi && c[1].type == QX_C_NP && qx_word_is(d, c[1].head, "es"));
}

/* "geht davon aus, dass": without "davon" nobody thinks anything. */
static bool only_goes(const struct qx_doc *d, const struct qx_chunk *vg)
{
    static const char *const all[] = { "geht",    "gehe",    "gehen",    "ging",       "gingen",
                                       "ausgeht", "ausging", "ausgehen", "ausgegangen" };
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || (d->tok[vg->head].lex & QX_F(SAY))) return false;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        if (!qx_word_is(d, vg->head, all[k])) continue;
        for (uint32_t t = vg->head > 6 ? vg->head - 6 : 0; t < vg->head + 12 && t < d->ntok; t++)
            if (qx_word_is(d, t, "davon")) return false;
        return true;
    }
    return false;
}

static bool opinion_noun(const struct qx_doc *d, uint32_t np, const char *const *all, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (qx_word_is(d, d->chunk[np].head, all[k])) return true;
    return false;
}

/* "ist der Meinung, dass", "vertritt die Auffassung, …": the verb does not say it, its noun does. */
static bool holds_opinion(const struct qx_doc *d, uint32_t vg, uint32_t hi)
{
    static const char *const all[] = { "meinung", "auffassung", "ansicht", "these", "standpunkt" };
    uint32_t i = vg + 1;
    const uint16_t noun = QX_N_SPEECH | QX_N_DET;
    while (i < hi && i < vg + 3 && d->chunk[i].type == QX_C_NP && (d->chunk[i].flags & noun) != noun) i++;
    return i + 1 < hi && d->chunk[i].type == QX_C_NP && (d->chunk[i].flags & noun) == noun &&
           d->chunk[i + 1].type == QX_C_COMMA && opinion_noun(d, i, all, 5);
}

/* "gibt … bekannt", "bekannt gegeben": its adverb makes it a verb of speech. */
static bool makes_known(const struct qx_doc *d, uint32_t vg, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[vg];
    if (!qx_word_is(d, c->head, "geben") && !qx_word_is(d, c->head, "gegeben")) return false;
    if (c->head > c->first && qx_word_is(d, c->head - 1, "bekannt")) return true;
    for (uint32_t i = vg + 1; i < hi && i < vg + 10 && d->chunk[i].type != QX_C_COMMA; i++)
        if (d->chunk[i].type == QX_C_ADV && qx_word_is(d, d->chunk[i].last - 1, "bekannt")) return true;
    return false;
}

/* "kommt zu dem Schluss, dass …", "kamen zum Ergebnis, …" */
static bool comes_to(const struct qx_doc *d, uint32_t vg, uint32_t hi)
{
    static const char *const verbs[] = {
        "kommt", "kam", "kamen", "kommen", "gekommen", "komme", "gelangt", "gelangte"
    };
    static const char *const ends[] = { "schluss", "ergebnis", "urteil", "erkenntnis", "auffassung", "ansicht" };
    if (!opinion_noun(d, vg, verbs, sizeof verbs / sizeof verbs[0])) return false;
    uint32_t lo = d->sent[d->chunk[vg].sent].first;
    for (uint32_t i = vg > lo + 4 ? vg - 4 : lo; i + 2 < hi && i < vg + 6; i++) {
        if (i == vg) continue;
        if (d->chunk[i].type == QX_C_PREP && (d->text[d->tok[d->chunk[i].first].off] | 32) == 'z' &&
            d->chunk[i + 1].type == QX_C_NP && opinion_noun(d, i + 1, ends, sizeof ends / sizeof ends[0]))
            return d->chunk[i + 2].type == QX_C_COMMA ||
                   (i + 2 == vg && vg + 1 < hi && d->chunk[vg + 1].type == QX_C_COMMA);
    }
    return false;
}

/* A German verb that only its objects make one of speech; by its letters most are none. */
__attribute__((noinline)) static bool made_speech(const struct qx_doc *d, uint32_t vg, uint32_t hi)
{
    const char *w = d->text + d->tok[d->chunk[vg].head].off;
    if (holds_opinion(d, vg, hi)) return true;
    if (w[0] == 'g' && (w[2] == 'b' || w[2] == 'g')) return makes_known(d, vg, hi);
    return ((w[0] == 'k' && w[2] == 'm') || (w[0] == 'g' && (w[2] == 'k' || w[2] == 'l'))) && comes_to(d, vg, hi);
}

/* "befand sich": where something was; "hat sich entschieden": what somebody does, unlike "entschied, dass …". */
static bool of_oneself(const struct qx_doc *d, uint32_t vg)
{
    const struct qx_chunk *c = &d->chunk[vg];
    const char *w = d->text + d->tok[c->head].off;
    if (d->tok[c->head].len < 6 || w[1] != (w[0] == 'b' ? 'e' : 'n')) return false;
    if (memcmp(w, "befand", 6) != 0 && memcmp(w, "befind", 6) != 0 && memcmp(w, "entsch", 6) != 0) return false;
    uint32_t lo = d->sent[c->sent].first, hi = d->sent[c->sent].last;
    for (uint32_t i = vg + 1, n = 0; i < hi && n < 4 && d->chunk[i].type != QX_C_COMMA; i++, n++)
        if (qx_word_is(d, d->chunk[i].first, "sich")) return true;
    for (uint32_t i = vg, n = 0; i-- > lo && n < 16 && d->chunk[i].type != QX_C_COMMA; n++)
        if (qx_word_is(d, d->chunk[i].first, "sich")) return true;
    return false;
}

/* A German verb of speech that says nothing: "hieß das Lokal", "gibt es". */
__attribute__((noinline)) static bool says_nothing(const struct qx_doc *d, uint32_t vg, uint32_t subj)
{
    return names_it(d, &d->chunk[vg], subj) || there_is(d, vg) || of_oneself(d, vg);
}

/* "Smith, described as “a liar,”": called so by somebody else. */
static bool only_called(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[i];
    return !(d->lex->grammar & QX_G_VERB_SECOND) && i + 1 < hi && i > d->sent[c->sent].first &&
           c[-1].type == QX_C_COMMA && c[1].type == QX_C_SUB && qx_word_is(d, c[1].first, "as");
}

/* "As she put it, “…”" */
static bool puts_it(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    uint32_t head = d->chunk[i].head;
    return d->tok[head].len <= 4 && (qx_word_is(d, head, "put") || qx_word_is(d, head, "puts")) && i + 1 < hi &&
           d->chunk[i + 1].type == QX_C_NP && qx_word_is(d, d->chunk[i + 1].first, "it");
}

/* "was said by Smith", "“…,” released by the firm": the agent speaks, not the subject; QX_NONE where none is named. */
static uint32_t spoken_by(const struct qx_doc *d, uint32_t i, uint32_t hi, uint8_t *kind, uint32_t subj)
{
    uint32_t agent = by_agent(d, i, hi);
    if (*kind != QX_FR_PASSIVE && (agent == QX_NONE || !(agent == i + 2 || d->chunk[agent - 2].type == QX_C_SPAN)))
        return subj; /* a past, and no participle */
    *kind = QX_FR_PASSIVE;
    return agent;
}

static int verb(struct qx_doc *d, uint32_t i, uint32_t hi)
{
    struct qx_chunk *c = &d->chunk[i];
    bool after;
    uint64_t w = d->tok[c->head].lex;
    uint32_t subj = qx_subject_of(d, i, &after);

    c->ref = subj;
    if (subj != QX_NONE && (c->flags & QX_V_FINITE) && !(c->flags & QX_V_PASSIVE))
        d->chunk[subj].flags |= w & QX_F(SAY) ? QX_N_DOES | QX_N_SAYS : QX_N_DOES;
    if (subj != QX_NONE && !after && i > 0 && d->chunk[i - 1].type == QX_C_REL && d->chunk[i - 1].sent == c->sent)
        c->gen = d->chunk[i - 1].first;
    if (subj != QX_NONE) number_tells(d, c, subj);
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    if ((german && says_nothing(d, i, subj)) || ((w & QX_F(THINK)) && only_goes(d, c))) return 0;
    if (w & QX_F(ATTRIB)) return attributing(d, i, hi);
    bool opinion = german && made_speech(d, i, hi);
    bool put_it = puts_it(d, i, hi);
    if (!(w & (QX_F(SAY) | QX_F(THINK) | QX_F(CALL) | QX_F(ABOUT))) && !put_it && !opinion) return 0;
    uint8_t kind = c->flags & QX_V_ING ? QX_FR_ING : c->flags & QX_V_TO ? QX_FR_TO : QX_FR_VERB;
    if ((c->flags & QX_V_PASSIVE) && !qx_active(d, i, subj, hi)) {
        d->sent[c->sent].told = 1;
        kind = QX_FR_PASSIVE;
        if ((subj = spoken_by(d, i, hi, &kind, subj)) == QX_NONE) return 0;
    } else if (kind == QX_FR_VERB && (c->flags & QX_V_PAST)) {
        subj = spoken_by(d, i, hi, &kind, subj);
    }
    after |= kind == QX_FR_PASSIVE;
    if (kind == QX_FR_VERB && (c->flags & QX_V_PAST) && (w & QX_F(TELL)) && i > 0 && d->chunk[i - 1].type == QX_C_SUB &&
        d->chunk[i - 1].sent == c->sent && !(d->lex->grammar & QX_G_VERB_SECOND))
        return 0; /* "when asked": not by the subject of the sentence */
    if (kind == QX_FR_VERB && (c->flags & QX_V_PAST) && (w & QX_F(CALL)) && only_called(d, i, hi)) return 0;
    if (subj != QX_NONE && qx_word_is(d, d->chunk[subj].head, "es")) c->ref = subj = told_where(d, i, subj, &after);
    if (qx_german_passive(d, i)) {
        subj = told_by(d, i, subj);
        if (subj == QX_NONE) return 0;
    }
    struct qx_frame *f = add(d, i, subj, kind);
    if (f == NULL) return QN_QUOTES_ENOMEM;
    f->dir = after;
    if (opinion) {
        f->lex |= QX_F(SAY);
        f->strong = 1;
    }
    if (put_it) {
        f->lex |= QX_F(SAY) | QX_F(WEAK);
        f->cue_last = d->chunk[i + 1].last;
    }
    if (c->gen != QX_NONE && !after) { /* "a man who said": as written it is "who" */
        f->own_first = c->gen;
        f->own_last = c->gen + 1;
    }
    return 0;
}

/* "his claim in a recent interview that …": the conjunction behind what says where it was said, or k. */
static uint32_t past_phrases(const struct qx_doc *d, uint32_t k, uint32_t hi)
{
    uint32_t i = k;
    for (uint32_t n = 0; n < 2 && i + 1 < hi && d->chunk[i].type == QX_C_PREP && d->chunk[i + 1].type == QX_C_NP; n++)
        i += 2;
    return i > k && i < hi && d->chunk[i].type == QX_C_SUB && qx_word_is(d, d->chunk[i].first, "that") ? i : k;
}

/* "said in his speech that …": the verb makes the statement, the noun is only where. */
static bool said_there(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    if (i < d->sent[c->sent].first + 2 || c[-1].type != QX_C_PREP || c[-2].type != QX_C_VG) return false;
    uint64_t w = d->tok[c[-2].head].lex;
    return qx_word_is(d, c[-1].first, "in") && (w & QX_F(SAY)) && (w & QX_F(STRONG)) && !(c[-2].flags & QX_V_PASSIVE);
}

/* "called his remarks …", "heard of her interview because …": the clause is not what the noun says. */
static bool circumstance(const struct qx_doc *d, uint32_t tok)
{
    static const char *const all[] = { "as", "because", "when", "while", "since", "although", "though", "unless" };
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (qx_word_is(d, tok, all[k])) return true;
    return false;
}

/* "Trump's claim that …", "her warning: “…”", "the senator's answer was that …": whose words they are. */
static int noun(struct qx_doc *d, uint32_t i, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[i];
    uint32_t k = skip_adverbs(d, i + 1, hi);
    bool poss = d->tok[c->first].pos == QX_P_POSS && !(d->tok[c->first].lex & QX_F(SUB));
    if (!(c->flags & QX_N_SPEECH) || (c->gen == QX_NONE && !poss) || k >= hi || said_there(d, i)) return 0;
    if (d->chunk[k].type == QX_C_VG && (d->chunk[k].flags & QX_V_COPULA)) k++;
    k = past_phrases(d, k, hi);
    if (k + 1 < hi && d->chunk[k].type == QX_C_REL && (d->tok[d->chunk[k].first].lex & QX_F(SUB)) &&
        d->chunk[k + 1].type == QX_C_NP)
        d->chunk[k].type = QX_C_SUB; /* "the claim that she lied", but "the message that came" */
    if (k < hi && d->chunk[k].type == QX_C_SUB && k + 1 < hi && d->chunk[k + 1].type == QX_C_VG) return 0;
    if (k < hi && d->chunk[k].type == QX_C_SUB && circumstance(d, d->chunk[k].first)) return 0;
    bool to = k == i + 1 && k < hi && d->chunk[k].type == QX_C_VG && (d->chunk[k].flags & QX_V_TO) &&
              (d->tok[c->head].lex & QX_F(COMMIT)); /* "his promise to go" */
    if (!to &&
        (k >= hi || (d->chunk[k].type != QX_C_SUB && d->chunk[k].type != QX_C_COLON && d->chunk[k].type != QX_C_SPAN &&
                     !(d->chunk[k].type == QX_C_COMMA && k + 1 < hi && d->chunk[k + 1].type == QX_C_SPAN))))
        return 0;
    if (d->chunk[k].type == QX_C_SPAN && k == i + 1 && i > d->sent[c->sent].first && d->chunk[i - 1].type == QX_C_VG &&
        (d->tok[d->chunk[i - 1].head].lex & QX_F(CALL)))
        return 0; /* "calling Smith's claim “absurd”" */
    struct qx_frame *f = add(d, i, i, QX_FR_NOUN);
    if (f == NULL) return QN_QUOTES_ENOMEM;
    f->own_first = c->first;
    f->own_last = c->gen != QX_NONE ? c->gen : c->first + 1;
    f->cue_first = f->own_last + (c->gen != QX_NONE);
    if (f->cue_first >= f->cue_last) f->cue_first = f->cue_last - 1;
    return 0;
}

static int chunk(struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t hi)
{
    switch (d->chunk[i].type) {
    case QX_C_VG:
        return verb(d, i, hi);
    case QX_C_PREP:
        return preposition(d, i, lo, hi);
    case QX_C_NP:
        return noun(d, i, hi);
    case QX_C_ADV:
        return adverb(d, i, lo, hi);
    default:
        return 0;
    }
}

static int sentence(struct qx_doc *d, uint32_t s)
{
    const struct qx_sent *of = &d->sent[s];
    for (uint32_t k = of->asks; k < of->asks + of->nasks; k++) {
        int rc = chunk(d, d->ask[k], of->first, of->last);
        if (rc != 0) return rc;
    }
    return 0;
}

/* The sentences of the paragraph that begins with sentence s: one past the last, and whether any of them has marks. Of
 * a text without any it is one paragraph. */
static uint32_t paragraph_end(const struct qx_doc *d, uint32_t s, bool *marks)
{
    uint32_t e = d->nspan > 0 ? s : d->nsent;
    *marks = false;
    for (; e < d->nsent && d->sent[e].para == d->sent[s].para; e++) *marks |= d->sent[e].marks != 0;
    return e;
}

/* What builds with assertions ask of each sentence that is left out. */
static inline bool no_frames(struct qx_doc *d, uint32_t s)
{
    struct qx_chunk was[64]; /* what looking changes is put back */
    uint32_t n = d->nframe, first = d->sent[s].first, chunks = d->sent[s].last - first;
    if (chunks > sizeof was / sizeof was[0]) return true;
    memcpy(was, d->chunk + first, chunks * sizeof was[0]);
    bool none = sentence(d, s) == 0 && d->nframe == n;
    memcpy(d->chunk + first, was, chunks * sizeof was[0]);
    return none;
}

/*
 * Only sentences with a cue have frames. Of the others attrib.c asks for the subjects of their verbs, but no further
 * from the marks than the paragraph before them: in those that are further off nothing is done.
 */
int qx_frames_find(struct qx_doc *d)
{
    uint32_t s = 0, end, after;
    bool marks, marks_after;
    for (end = paragraph_end(d, 0, &marks); s < d->nsent; end = after, marks = marks_after) {
        after = paragraph_end(d, end, &marks_after);
        for (; s < end; s++) {
            d->sent_frame[s] = d->nframe;
            if (!d->sent[s].cue && !marks && !marks_after) {
                assert(no_frames(d, s));
                continue;
            }
            int rc = sentence(d, s);
            if (rc != 0) return rc;
        }
    }
    d->sent_frame[d->nsent] = d->nframe;
    return 0;
}
