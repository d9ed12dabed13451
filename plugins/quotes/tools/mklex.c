/*
 * mklex TAG GRAMMAR LIST... > lex_TAG.c: makes the perfect hash of a language from its readable word lists.
 *
 * A list has sections "= kind FEATURE..." (# starts a comment line). Kinds: word (as it stands), noun (the English
 * plural is made; irregular ones after a slash), verb (English forms; base/past[/participle]), wverb (German weak verbs
 * from the infinitive; a leading + means no ge- in the participle), sverb (German strong verbs:
 * infinitive/third person/past/participle).
 */
#include "mkrows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    char *text;
    uint64_t bits, hash;
    uint32_t bucket;
    uint16_t set;
    uint8_t row[2];
};

static struct word *words;
static size_t nwords, cap;
static const char *const feature_names[] = {
#define X(name) #name,
    QX_FEATURES(X)
#undef X
};

static void die(const char *what, const char *which)
{
    (void)fprintf(stderr, "mklex: %s: %s\n", what, which);
    exit(1);
}

static void add(const char *text, uint64_t bits)
{
    if (strlen(text) > QX_LEX_WORD_MAX || *text == '\0') die("bad word", text);
    if (nwords == cap) {
        cap = cap ? cap * 2 : 1024;
        words = realloc(words, cap * sizeof *words);
        if (words == NULL) die("memory", text);
    }
    memset(&words[nwords], 0, sizeof *words);
    words[nwords].text = strdup(text);
    words[nwords++].bits = bits;
}

static void add2(const char *stem, size_t n, const char *end, uint64_t bits)
{
    char buf[128];
    (void)snprintf(buf, sizeof buf, "%.*s%s", (int)n, stem, end);
    add(buf, bits);
}

static bool vowel(char c)
{
    return c != '\0' && strchr("aeiou", c) != NULL;
}

static bool ends(const char *w, size_t n, const char *end)
{
    size_t m = strlen(end);
    return n >= m && strncmp(w + n - m, end, m) == 0;
}

static void add_s(const char *w, uint64_t bits)
{
    size_t n = strlen(w);
    if (n > 1 && w[n - 1] == 'y' && !vowel(w[n - 2]))
        add2(w, n - 1, "ies", bits);
    else if (ends(w, n, "s") || ends(w, n, "sh") || ends(w, n, "ch") || ends(w, n, "x") || ends(w, n, "z"))
        add2(w, n, "es", bits);
    else
        add2(w, n, "s", bits);
}

/* One short vowel before the last consonant of a word of one syllable: stop, stopped. */
static bool doubles(const char *w, size_t n)
{
    size_t groups = 0;
    for (size_t i = 0; i < n; i++) groups += vowel(w[i]) && (i == 0 || !vowel(w[i - 1]));
    if (ends(w, n, "admit") || ends(w, n, "refer") || ends(w, n, "occur") || ends(w, n, "rebut") ||
        ends(w, n, "commit") || ends(w, n, "submit") || ends(w, n, "permit") || ends(w, n, "quip") ||
        ends(w, n, "regret") || ends(w, n, "prefer") || ends(w, n, "propel"))
        return true;
    return groups == 1 && n >= 3 && !vowel(w[n - 1]) && vowel(w[n - 2]) && !vowel(w[n - 3]) &&
           strchr("wxy", w[n - 1]) == NULL;
}

static void add_verb(char *spec, uint64_t bits)
{
    char *past = strchr(spec, '/'), *pp = NULL;
    size_t n;
    if (past) {
        *past++ = '\0';
        pp = strchr(past, '/');
        if (pp) *pp++ = '\0';
    }
    n = strlen(spec);
    bits |= QX_F(VERB);
    add(spec, bits | QX_F(VBASE));
    if (strcmp(spec, "be") == 0)
        add("is", bits | QX_F(V3S));
    else if (strcmp(spec, "have") == 0)
        add("has", bits | QX_F(V3S));
    else if (ends(spec, n, "o"))
        add2(spec, n, "es", bits | QX_F(V3S));
    else
        add_s(spec, bits | QX_F(V3S));
    if (past) {
        add(past, bits | QX_F(VPAST) | (pp ? 0 : QX_F(VPP)));
        if (pp) add(pp, bits | QX_F(VPP));
    } else if (ends(spec, n, "e")) {
        add2(spec, n, "d", bits | QX_F(VPAST) | QX_F(VPP));
    } else if (n > 1 && spec[n - 1] == 'y' && !vowel(spec[n - 2])) {
        add2(spec, n - 1, "ied", bits | QX_F(VPAST) | QX_F(VPP));
    } else if (doubles(spec, n)) {
        char end[4] = { spec[n - 1], 'e', 'd', '\0' };
        add2(spec, n, end, bits | QX_F(VPAST) | QX_F(VPP));
    } else {
        add2(spec, n, "ed", bits | QX_F(VPAST) | QX_F(VPP));
    }
    if (ends(spec, n, "ie"))
        add2(spec, n - 2, "ying", bits | QX_F(VING));
    else if (ends(spec, n, "e") && !ends(spec, n, "ee") && strcmp(spec, "be") != 0)
        add2(spec, n - 1, "ing", bits | QX_F(VING));
    else if (doubles(spec, n)) {
        char end[5] = { spec[n - 1], 'i', 'n', 'g', '\0' };
        add2(spec, n, end, bits | QX_F(VING));
    } else
        add2(spec, n, "ing", bits | QX_F(VING));
}

static void add_noun(char *spec, uint64_t bits)
{
    char *pl = strchr(spec, '/');
    if (pl) *pl++ = '\0';
    bits |= QX_F(NOUN);
    add(spec, bits);
    if (pl)
        add(pl, bits | QX_F(PLURAL));
    else
        add_s(spec, bits | QX_F(PLURAL));
}

static void add_wverb(const char *w, uint64_t bits)
{
    bool plain = *w == '+';
    size_t n;
    char buf[128];
    if (plain) w++;
    n = strlen(w);
    bits |= QX_F(VERB);
    add(w, bits | QX_F(VBASE) | QX_F(INF));
    n -= ends(w, n, "eln") || ends(w, n, "ern") ? 1 : 2;
    bool e = n > 0 &&
             (w[n - 1] == 't' || w[n - 1] == 'd' || (w[n - 1] == 'n' && n > 2 && strchr("fgckt", w[n - 2]) != NULL));
    add2(w, n, "e", bits | QX_F(V3S) | QX_F(KONJ));
    add2(w, n, e ? "et" : "t", bits | QX_F(V3S));
    add2(w, n, e ? "ete" : "te", bits | QX_F(VPAST));
    add2(w, n, e ? "eten" : "ten", bits | QX_F(VPAST) | QX_F(PLURAL));
    (void)snprintf(buf, sizeof buf, "%s%.*s%s", plain ? "" : "ge", (int)n, w, e ? "et" : "t");
    add(buf, bits | QX_F(VPP));
    add2(w, strlen(w), "d", bits | QX_F(VING));
}

static void add_sverb(const char *spec, uint64_t bits)
{
    char buf[128], *part[4] = { NULL, NULL, NULL, NULL };
    if (strlen(spec) >= sizeof buf) die("bad word", spec);
    (void)strcpy(buf, spec);
    char *save = NULL, *p = strtok_r(buf, "/", &save);
    for (size_t i = 0; i < 4 && p != NULL; i++, p = strtok_r(NULL, "/", &save)) part[i] = p;
    if (part[3] == NULL || p != NULL) die("infinitive/third person/past/participle are wanted", spec);
    size_t n = strlen(part[0]), past = strlen(part[2]);
    bits |= QX_F(VERB);
    add(part[0], bits | QX_F(VBASE) | QX_F(INF));
    add2(part[0], n - 1, "", bits | QX_F(V3S) | QX_F(KONJ));
    add2(part[0], n, "d", bits | QX_F(VING));
    add(part[1], bits | QX_F(V3S));
    add(part[2], bits | QX_F(VPAST));
    add2(part[2], past, part[2][past - 1] == 'e' ? "n" : "en", bits | QX_F(VPAST) | QX_F(PLURAL));
    add(part[3], bits | QX_F(VPP));
}

static uint64_t feature(const char *name)
{
    for (size_t i = 0; i < QX_BIT_COUNT; i++)
        if (strcmp(name, feature_names[i]) == 0) return UINT64_C(1) << i;
    die("no such feature", name);
    return 0;
}

static void read_list(const char *path)
{
    static char line[65536];
    uint64_t bits = 0;
    char kind[16] = "";
    FILE *f = fopen(path, "r");
    if (f == NULL) die("cannot open", path);
    while (fgets(line, sizeof line, f)) {
        char *save = NULL, *w = strtok_r(line, " \t\n", &save);
        if (w == NULL || *w == '#') continue;
        if (strcmp(w, "=") == 0) {
            w = strtok_r(NULL, " \t\n", &save);
            (void)snprintf(kind, sizeof kind, "%s", w ? w : "");
            for (bits = 0; (w = strtok_r(NULL, " \t\n", &save)) != NULL;) bits |= feature(w);
            continue;
        }
        for (; w; w = strtok_r(NULL, " \t\n", &save)) {
            if (strcmp(kind, "word") == 0)
                add(w, bits);
            else if (strcmp(kind, "verb") == 0)
                add_verb(w, bits);
            else if (strcmp(kind, "noun") == 0)
                add_noun(w, bits);
            else if (strcmp(kind, "wverb") == 0)
                add_wverb(w, bits);
            else if (strcmp(kind, "sverb") == 0)
                add_sverb(w, bits);
            else
                die("no such kind", kind);
        }
    }
    (void)fclose(f);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct word *)a)->text, ((const struct word *)b)->text);
}

static int by_bucket(const void *a, const void *b)
{
    const struct word *x = a, *y = b;
    return x->bucket < y->bucket ? -1 : x->bucket > y->bucket;
}

static void merge(void)
{
    size_t n = 0;
    qsort(words, nwords, sizeof *words, by_text);
    for (size_t i = 0; i < nwords; i++) {
        if (n && strcmp(words[n - 1].text, words[i].text) == 0)
            words[n - 1].bits |= words[i].bits;
        else
            words[n++] = words[i];
    }
    nwords = n;
}

static bool place(const size_t *first, size_t b, uint32_t d, uint32_t *slot)
{
    for (size_t i = first[b]; i < first[b + 1]; i++) {
        uint32_t s = qx_lexicon_slot(words[i].hash, d, (uint32_t)nwords);
        if (slot[s]) goto undo;
        slot[s] = (uint32_t)i + 1;
        continue;
    undo:
        for (size_t k = first[b]; k < i; k++) slot[qx_lexicon_slot(words[k].hash, d, (uint32_t)nwords)] = 0;
        return false;
    }
    return true;
}

/* False where a word finds no place: the buckets of another number of them are others. */
static bool build(uint32_t nb, uint16_t *disp, uint32_t *slot)
{
    size_t *first = calloc(nb + 2u, sizeof *first);
    size_t biggest = 0;
    bool fits = true;
    if (first == NULL) die("memory", "");
    for (size_t i = 0; i < nwords; i++) {
        words[i].hash = qx_hash_word(words[i].text, strlen(words[i].text));
        words[i].bucket = qx_lexicon_bucket(words[i].hash, nb);
    }
    qsort(words, nwords, sizeof *words, by_bucket);
    for (size_t i = 0; i < nwords; i++) first[words[i].bucket + 1]++;
    for (size_t b = 0; b < nb; b++) {
        if (first[b + 1] > biggest) biggest = first[b + 1];
        first[b + 1] += first[b];
    }
    for (size_t size = biggest; size > 0 && fits; size--)
        for (size_t b = 0; b < nb && fits; b++) {
            if (first[b + 1] - first[b] != size) continue;
            uint32_t d = 0;
            while (d <= UINT16_MAX && !place(first, b, d, slot)) d++;
            fits = fits && d <= UINT16_MAX;
            disp[b] = (uint16_t)d;
        }
    free(first);
    return fits;
}

static void emit(const char *tag, const char *grammar, uint32_t nb, const uint16_t *disp, const uint32_t *slot)
{
    uint64_t *sets = calloc(nwords + 1, sizeof *sets);
    bool nouns_capital = strstr(grammar, "NOUNS_CAPITAL") != NULL;
    uint32_t nsets = 1;
    static struct rows rows;
    rows_start(&rows);
    if (sets == NULL) die("memory", "");
    printf("/* Made by tools/mklex.c from lexicon/; not to be edited. */\n#include \"lexicon.h\"\n");
    for (size_t i = 0; i < nwords; i++) {
        struct word *w = &words[slot[i] - 1];
        for (int capital = 0; capital < 2; capital++)
            w->row[capital] = rows_of_word(&rows, w->text, w->bits, capital != 0, nouns_capital);
        w->set = 1;
        while (w->set < nsets && sets[w->set] != w->bits) w->set++;
        if (w->set == nsets) sets[nsets++] = w->bits;
    }
    printf("\nstatic const uint64_t sets[] = {");
    for (uint32_t i = 0; i < nsets; i++) printf("%s0x%llx,", i % 8 ? " " : "\n    ", (unsigned long long)sets[i]);
    printf("\n};\n");
    rows_print(&rows);
    printf("\nstatic const uint16_t displace[] = {");
    for (uint32_t i = 0; i < nb; i++) printf("%s%u,", i % 40 ? "" : "\n    ", (unsigned)disp[i]);
    printf("\n};\n\nstatic const struct qx_word words[] = {");
    for (size_t i = 0; i < nwords; i++) {
        const struct word *w = &words[slot[i] - 1];
        printf("%s{ %#x, %u, { %u, %u } },", i % 8 ? " " : "\n    ", (unsigned)qx_lexicon_check(w->hash),
               (unsigned)w->set, (unsigned)w->row[0], (unsigned)w->row[1]);
    }
    printf("\n};\n\nconst struct qx_lexicon qx_lexicon_%s = {\n    .tag = \"%s\", .word = words, .displace = displace, "
           ".sets = sets, .after = after,\n    .nslots = %uu, .nbuckets = %uu, .grammar = %s,\n};\n",
           tag, tag, (unsigned)nwords, (unsigned)nb, grammar);
    free(sets);
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        (void)fprintf(stderr, "usage: mklex TAG GRAMMAR LIST...\n");
        return 2;
    }
    for (int i = 3; i < argc; i++) read_list(argv[i]);
    merge();
    uint32_t nb = (uint32_t)(nwords / 3) + 1, last = nb + 100;
    uint16_t *disp = calloc(last, sizeof *disp);
    uint32_t *slot = calloc(nwords, sizeof *slot);
    if (disp == NULL || slot == NULL) die("memory", "");
    while (!build(nb, disp, slot)) {
        if (++nb == last) die("no perfect hash", argv[1]);
        memset(slot, 0, nwords * sizeof *slot);
    }
    emit(argv[1], argv[2], nb, disp, slot);
    free(disp);
    free(slot);
    for (size_t i = 0; i < nwords; i++) free(words[i].text);
    free(words);
    return 0;
}
