/*
 * predict: what the index finds for each article of a file, for measuring it.
 *
 * usage: predict [--publish-time] [--half-life H] [--floor F] [--share S] [--words N] [--scan N] [--no-text] <
 * DATA.jsonl > PRED.jsonl
 *
 * DATA: an article a line, {"id","title","date","lang","tags":[…],"text"}. --publish-time asks for each as it comes
 * out, when only what is not newer is there; otherwise all are there.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../index/index.h"

typedef struct {
    json_t *json;
    const char *date;
    qn_related_text tags[QN_RELATED_TAGS_MAX], body;
    qn_related_article a;
} document;

static qn_related_text text_of(const json_t *v)
{
    return (qn_related_text){ json_is_string(v) ? json_string_value(v) : "", json_string_length(v) };
}

static int64_t date_of(const char *s)
{
    struct tm t = { .tm_mday = 1 };
    char *end = s ? strptime(s, "%Y-%m-%d", &t) : NULL;
    if (end && *end == 'T') strptime(end, "T%H:%M", &t);
    return (int64_t)timegm(&t) * 1000000;
}

static void read_document(document *d, json_t *v, int with_text)
{
    const json_t *tags = json_object_get(v, "tags");
    d->json = v;
    d->date = json_string_value(json_object_get(v, "date"));
    if (!d->date) exit(1);
    d->a = (qn_related_article){ .id = text_of(json_object_get(v, "id")),
                                 .locale = text_of(json_object_get(v, "lang")),
                                 .published_us = date_of(d->date) };
    for (size_t i = 0; i < json_array_size(tags) && i < QN_RELATED_TAGS_MAX; i++)
        d->tags[d->a.ntags++] = text_of(json_array_get(tags, i));
    d->a.tags = d->tags;
    if (!with_text) return;
    d->a.title = text_of(json_object_get(v, "title"));
    d->body = text_of(json_object_get(v, "text"));
    d->a.body = &d->body;
    d->a.nbody = 1;
}

static int by_date(const void *a, const void *b)
{
    return strcmp(((const document *)a)->date, ((const document *)b)->date);
}

static void predict(qn_related *x, document *d)
{
    qn_related_hit hits[10];
    size_t n;
    if (qn_related_find(hits, &n, x, &d->a, 10)) exit(1);
    json_t *ids = json_array(), *line = json_pack("{s:O,s:o}", "id", json_object_get(d->json, "id"), "related", ids);
    for (size_t i = 0; i < n; i++) json_array_append_new(ids, json_string(hits[i].id));
    json_dumpf(line, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(line);
}

static void put(qn_related *x, const document *d)
{
    if (qn_related_put(x, &d->a)) exit(1);
}

static double option(int argc, char **argv, const char *name, double def)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], name)) return i + 1 < argc && argv[i + 1][0] != '-' ? atof(argv[i + 1]) : 1;
    return def;
}

int main(int argc, char **argv)
{
    qn_related_options o = qn_related_defaults;
    o.half_life_h = option(argc, argv, "--half-life", o.half_life_h);
    o.time_floor = option(argc, argv, "--floor", o.time_floor);
    o.word_share = option(argc, argv, "--share", o.word_share);
    o.words = (uint32_t)option(argc, argv, "--words", o.words);
    o.scan = (uint32_t)option(argc, argv, "--scan", o.scan);
    qn_related *x = qn_related_new(&o);
    document *docs = NULL;
    size_t n = 0, cap = 0;
    char *line = NULL;
    while (getline(&line, &cap, stdin) > 0) {
        json_t *v = json_loads(line, 0, NULL);
        document *grown = reallocarray(docs, n + 1, sizeof *docs);
        if (!v || !grown) return 1;
        docs = grown;
        docs[n] = (document){ 0 };
        read_document(&docs[n++], v, option(argc, argv, "--no-text", 0) == 0);
    }
    qsort(docs, n, sizeof *docs, by_date);
    for (size_t i = 0; i < n; i++) { /* what each points to has moved with it */
        docs[i].a.tags = docs[i].tags;
        if (docs[i].a.nbody) docs[i].a.body = &docs[i].body;
    }
    int publish_time = option(argc, argv, "--publish-time", 0) != 0;
    for (size_t i = 0, j = 0; i < n; i++) {
        for (; j < n && !by_date(&docs[i], &docs[j]); j++) put(x, &docs[j]);
        if (publish_time) predict(x, &docs[i]);
    }
    if (!publish_time) {
        for (size_t i = 0; i < n; i++) put(x, &docs[i]); /* again, now that all words are counted */
        for (size_t i = 0; i < n; i++) predict(x, &docs[i]);
    }
    for (size_t i = 0; i < n; i++) json_decref(docs[i].json);
    free(docs);
    free(line);
    qn_related_free(&x);
    return 0;
}
