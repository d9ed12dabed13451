/*
 * bench: how long a question takes among many articles, and what they weigh.
 *
 * usage: bench [articles] [words of each text]    Times are the processor's.
 *
 * Tags and words are drawn by Zipf's law, 4 of 20,000 tags an article and so many of 200,000 words.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "../index/index.h"

enum { TAGS = 4, TAG_KINDS = 20000, WORD_KINDS = 200000, WORDS_MOST = 2000, QUESTIONS = 2000 };

static uint64_t state = 1;

static double chance(void)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) / 9007199254740992.0;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* A rank from 0, about as often as 1 / (rank + 1). */
static int zipf(int kinds)
{
    double x = 1;
    for (double r = chance(); r > 0 && x < kinds; r -= 0.0825) x *= 2; /* an octave is as likely as any other */
    int rank = (int)(x * (0.5 + chance() / 2));
    return rank < kinds ? rank : kinds - 1;
}

typedef struct {
    char id[40], tag[TAGS][16], text[WORDS_MOST * 12];
    qn_related_text tags[TAGS], body;
    qn_related_article a;
} made;

static void make(made *m, size_t i, int words)
{
    size_t n = 0;
    m->a = (qn_related_article){
        .tags = m->tags, .ntags = TAGS, .body = &m->body, .nbody = 1, .published_us = (int64_t)i * 300 * 1000000
    };
    m->a.id = (qn_related_text){ m->id, (size_t)snprintf(m->id, sizeof m->id, "01970000-0000-7000-8000-%012zx", i) };
    for (int k = 0; k < TAGS; k++)
        m->tags[k] =
            (qn_related_text){ m->tag[k], (size_t)snprintf(m->tag[k], sizeof m->tag[k], "tag%d", zipf(TAG_KINDS)) };
    for (int k = 0; k < words; k++) n += (size_t)snprintf(m->text + n, 12, "w%dx ", zipf(WORD_KINDS));
    m->body = (qn_related_text){ m->text, n };
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    size_t articles = argc > 1 ? (size_t)atol(argv[1]) : 1000000;
    int words = argc > 2 ? atoi(argv[2]) : 150;
    made *m = malloc(sizeof *m);
    qn_related *x = qn_related_new(NULL);
    static double took[QUESTIONS];
    if (!m || !x || words > WORDS_MOST) return 1;
    double begun = now_ms(), making = 0;
    for (size_t i = articles; i-- > 0;) { /* newest first, as the plugin reads them */
        double t = now_ms();
        make(m, i, words);
        making += now_ms() - t;
        if (qn_related_put(x, &m->a)) return 1;
    }
    double putting = now_ms() - begun - making;
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    printf("%zu articles: %.1f s to put, %.1f us each; %ld MiB\n", articles, putting / 1e3,
           putting * 1e3 / (double)articles, u.ru_maxrss / 1024);
    for (int i = 0; i < QUESTIONS; i++) {
        qn_related_hit hits[20];
        size_t n;
        make(m, (size_t)(chance() * (double)articles), words);
        double t = now_ms();
        if (qn_related_find(hits, &n, x, &m->a, 20)) return 1;
        took[i] = now_ms() - t;
    }
    qsort(took, QUESTIONS, sizeof *took, by_size);
    printf("question: median %.3f ms, p99 %.3f ms, most %.3f ms\n", took[QUESTIONS / 2], took[QUESTIONS * 99 / 100],
           took[QUESTIONS - 1]);
    qn_related_free(&x);
    free(m);
    return 0;
}
