/*
 * quotes-bench MODE …: how fast the extractor is, in processor time, as the median of rounds; a JSON object a line.
 *
 *   stories FILE [LANGUAGE]        texts parted by NUL bytes, a call each, one after another
 *   linear KIND SIZE… [< FILE]     one text of each size: KIND "text" repeats standard input, others are made here;
 *                                  "kinds" instead of KIND lists them
 *
 * Each round takes at least a tenth of a second, so that a text of 1 KB is called thousands of times.
 */
#include "../extract/quotes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS  5
#define ROUND_S 0.1

struct text {
    const char *at;
    size_t len;
};

/* What others do on the machine is not our speed. */
static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static char *read_all(FILE *f, size_t *len)
{
    size_t cap = 1 << 20, n = 0;
    char *all = malloc(cap + 1);
    while (all != NULL) {
        n += fread(all + n, 1, cap - n, f);
        if (n < cap) break;
        char *more = realloc(all, (cap *= 2) + 1);
        if (more == NULL) free(all);
        all = more;
    }
    if (all != NULL) all[n] = '\0';
    *len = n;
    return all;
}

/* All texts once; the quotations found, or -1. */
static long pass(const struct text *texts, size_t n, const char *language)
{
    struct qn_quotes_options opt = { .size = sizeof opt, .language = language };
    long quotes = 0;
    for (size_t i = 0; i < n; i++) {
        struct qn_quotes *found = NULL;
        struct qn_quotes_block b = { .text = texts[i].at, .len = texts[i].len };
        if (qn_quotes_extract(&found, &b, 1, &opt) != 0) return -1;
        quotes += (long)qn_quotes_count(found);
        qn_quotes_destroy(&found);
    }
    return quotes;
}

static int measure(const char *what, const struct text *texts, size_t n, const char *language)
{
    double rounds[ROUNDS];
    size_t bytes = 0;
    long quotes = 0;
    for (size_t i = 0; i < n; i++) bytes += texts[i].len;
    for (size_t r = 0; r < ROUNDS; r++) {
        double start = now(), spent = 0;
        size_t passes = 0;
        do {
            quotes = pass(texts, n, language);
            if (quotes < 0) return 1;
            passes++;
            spent = now() - start;
        } while (spent < ROUND_S);
        rounds[r] = spent / (double)passes;
    }
    qsort(rounds, ROUNDS, sizeof rounds[0], by_size);
    printf("{\"what\":\"%s\",\"texts\":%zu,\"bytes\":%zu,\"quotes\":%ld,\"ns_per_byte\":%.4f,\"mb_s\":%.2f}\n", what, n,
           bytes, quotes, rounds[ROUNDS / 2] * 1e9 / (double)bytes, (double)bytes / rounds[ROUNDS / 2] / 1e6);
    return 0;
}

static int stories(const char *path, const char *language)
{
    size_t len = 0, n = 0, cap = 0;
    struct text *texts = NULL;
    FILE *f = fopen(path, "rb");
    char *all = f == NULL ? NULL : read_all(f, &len);
    int rc = 1;
    if (all == NULL) {
        perror(path);
        return 1;
    }
    (void)fclose(f);
    for (size_t at = 0; at < len; at += texts[n++].len + 1) {
        if (n == cap) {
            struct text *more = realloc(texts, (cap = cap ? cap * 2 : 256) * sizeof *texts);
            if (more == NULL) goto out;
            texts = more;
        }
        texts[n] = (struct text){ .at = all + at, .len = strlen(all + at) };
    }
    if (n > 0) rc = measure("stories", texts, n, language);
out:
    free(texts);
    free(all);
    return rc;
}

/* ---- texts that a search without a bound would drown in */

static const struct {
    const char *name, *language, *piece;
} kinds[] = {
    { "straight marks", "en", "\"" },
    { "openers", "en", "\xe2\x80\x9c" },
    { "openers and words", "en", "\xe2\x80\x9cword " },
    { "pairs", "en", "\"a\" " },
    { "nested", "en", "\xe2\x80\x9c\xe2\x80\x98" },
    { "apostrophes", "en", "'a " },
    { "possessives", "en", "dogs' " },
    { "one word", "en", "a" },
    { "one hyphened word", "en", "a-" },
    { "initials", "en", "A. " },
    { "capitals", "en", "Smith " },
    { "names", "en", "John Smith, " },
    { "cues", "en", "said " },
    { "people and cues", "en", "Smith said he said she said " },
    { "endless sentence", "en", "the dog, which Mary said was old, ran and " },
    { "cues and marks", "en", "he said \"no, she said, " },
    { "chain of", "en", "a spokesman for the office of " },
    { "possessive chain", "en", "Smith's " },
    { "commas", "en", ", " },
    { "parentheses", "en", "(a " },
    { "markup", "en", "<a " },
    { "blank lines", "en", "\n" },
    { "short lines", "en", "\"a\n" },
    { "pronouns", "en", "He said he knew him. " },
    { "stops", "en", "." },
    { "digits", "en", "1" },
    { "broken bytes", "en", "\xff\xe2\x80" },
    { "dash speech", "fr", "\n\xe2\x80\x94 Oui, dit-il. \xe2\x80\x94 Non." },
    { "German clauses", "de", "der Mann, sagte er, sei, " },
};

/* Different names throughout: a table that grows with the text. */
static void many_names(char *to, size_t len)
{
    for (size_t at = 0, k = 1; at < len; k++) {
        char name[64];
        unsigned a = (unsigned)(k * 2654435761u);
        int n = snprintf(name, sizeof name, "John %c%c%c%c%c said. ", 'A' + (int)(a % 26), 'a' + (int)(a / 26 % 26),
                         'a' + (int)(a / 676 % 26), 'a' + (int)(a / 17576 % 26), 'a' + (int)(a / 456976 % 26));
        for (int i = 0; i < n && at < len; i++) to[at++] = name[i];
    }
}

static const char *fill(const char *kind, char *to, size_t len)
{
    const char *piece = NULL, *language = "en";
    char *read = NULL;
    size_t n = 0;
    if (strcmp(kind, "many names") == 0) {
        many_names(to, len);
        return language;
    }
    if (strcmp(kind, "text") == 0) piece = read = read_all(stdin, &n);
    for (size_t i = 0; piece == NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, kind) != 0) continue;
        piece = kinds[i].piece;
        language = kinds[i].language;
        n = strlen(piece);
    }
    if (piece == NULL || n == 0) return NULL;
    for (size_t at = 0; at < len; at += n) memcpy(to + at, piece, n < len - at ? n : len - at);
    free(read);
    return language;
}

static int linear(const char *kind, char **sizes, int nsizes)
{
    size_t biggest = 0;
    int rc = 0;
    for (int i = 0; i < nsizes; i++) {
        size_t size = strtoul(sizes[i], NULL, 10);
        if (size > biggest) biggest = size;
    }
    char *text = biggest == 0 || biggest > QN_QUOTES_MAX_BYTES ? NULL : malloc(biggest);
    const char *language = text == NULL ? NULL : fill(kind, text, biggest);
    for (int i = 0; language != NULL && rc == 0 && i < nsizes; i++) {
        struct text t = { .at = text, .len = strtoul(sizes[i], NULL, 10) };
        rc = measure(kind, &t, 1, language);
    }
    free(text);
    return language == NULL ? 1 : rc;
}

int main(int argc, char **argv)
{
    if (argc >= 3 && strcmp(argv[1], "stories") == 0) return stories(argv[2], argc > 3 ? argv[3] : NULL);
    if (argc == 3 && strcmp(argv[1], "linear") == 0 && strcmp(argv[2], "kinds") == 0) {
        for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) puts(kinds[i].name);
        puts("many names");
        return 0;
    }
    if (argc > 3 && strcmp(argv[1], "linear") == 0) return linear(argv[2], argv + 3, argc - 3);
    (void)fprintf(stderr, "usage: quotes-bench stories FILE [LANGUAGE]\n       quotes-bench linear KIND SIZE...\n");
    return 2;
}
