/*
 * quotes-jsonl [--view glyph|content] [--language TAG] [IN.jsonl [OUT.jsonl]]: reads documents {"id","text","lang"?}
 * and writes what the scorer of the evaluation reads. --bench [SECONDS] IN.jsonl gives megabytes a second instead,
 * --persons adds the table of people.
 */
#include "../extract/quotes.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct opts {
    bool content, bench, persons, all;
    double seconds;
    const char *language;
};

static json_t *span_object(const struct qn_quotes_string *s, const struct qn_quotes_span *at)
{
    return json_pack("{s:s%,s:i,s:i}", "text", s->text, s->len, "start", (int)at->start, "end", (int)at->end);
}

static json_t *speaker(const struct qn_quote *q)
{
    if (q->as_written.len == 0) return json_null();
    json_t *o = span_object(&q->as_written, &q->speaker);
    if (o != NULL && q->name.len > 0) (void)json_object_set_new(o, "full", json_stringn(q->name.text, q->name.len));
    if (o != NULL && q->role.len > 0) (void)json_object_set_new(o, "role", json_stringn(q->role.text, q->role.len));
    return o;
}

static json_t *quote(const struct qn_quote *q, bool content)
{
    static const char *const kinds[] = { "direct", "mixed", "indirect" };
    const struct qn_quotes_span *at = content ? &q->content : &q->span;
    json_t *o = json_pack("{s:i,s:i,s:s,s:o,s:f}", "start", (int)at->start, "end", (int)at->end, "type", kinds[q->kind],
                          "speaker", speaker(q), "confidence", q->confidence);
    if (o == NULL) return NULL;
    (void)json_object_set_new(o, "cue", q->cue.len ? json_stringn(q->cue.text, q->cue.len) : json_null());
    return o;
}

static json_t *quotes_of(const struct qn_quotes *found, const struct opts *o)
{
    json_t *list = json_array();
    const struct qn_quote *last = NULL;
    for (size_t i = 0; i < qn_quotes_count(found); i++) {
        const struct qn_quote *q = qn_quotes_at(found, i);
        if (!o->content && q->kind == QN_QUOTES_INDIRECT) continue;
        /* one statement with several marked parts is one content */
        if (o->content && last != NULL && last->content.start == q->content.start &&
            last->content.end == q->content.end && last->content.block == q->content.block)
            continue;
        last = q;
        (void)json_array_append_new(list, quote(q, o->content));
    }
    return list;
}

static json_t *persons_of(const struct qn_quotes *found)
{
    json_t *list = json_array();
    for (size_t i = 0; i < qn_quotes_person_count(found); i++) {
        const struct qn_quotes_person *p = qn_quotes_person_at(found, i);
        (void)json_array_append_new(list, json_pack("{s:s%,s:s%,s:i,s:i,s:i}", "name", p->name.text, p->name.len,
                                                    "role", p->role.text, p->role.len, "gender", (int)p->gender,
                                                    "mentions", (int)p->mentions, "quotes", (int)p->quotes));
    }
    return list;
}

static int extract(struct qn_quotes **found, json_t *doc, const struct opts *o)
{
    json_t *text = json_object_get(doc, "text");
    const char *lang = json_string_value(json_object_get(doc, "lang"));
    struct qn_quotes_block b = { .text = json_string_value(text), .len = json_string_length(text) };
    struct qn_quotes_options opt = { .size = sizeof opt, .language = o->language ? o->language : lang };
    return qn_quotes_extract(found, &b, 1, &opt);
}

static int document(json_t *doc, const struct opts *o, FILE *out)
{
    struct qn_quotes *found = NULL;
    int rc = extract(&found, doc, o);
    if (rc != 0) return rc;
    json_t *line = json_pack("{s:O,s:o}", "id", json_object_get(doc, "id"), "quotes", quotes_of(found, o));
    if (line != NULL && o->persons) (void)json_object_set_new(line, "persons", persons_of(found));
    if (line != NULL) {
        (void)json_dumpf(line, out, JSON_COMPACT);
        (void)fputc('\n', out);
    }
    json_decref(line);
    qn_quotes_destroy(&found);
    return 0;
}

/* Processor time: what others do on the machine is not our speed. */
static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bench_one(const char *what, const char *text, size_t len, const struct opts *o)
{
    struct qn_quotes_block b = { .text = text, .len = len };
    struct qn_quotes_options opt = { .size = sizeof opt, .language = o->language };
    double start = now(), best = 1e9, spent = 0;
    size_t quotes = 0;
    for (size_t n = 0; n < 3 || spent < o->seconds; n++) {
        struct qn_quotes *found = NULL;
        double t = now();
        if (qn_quotes_extract(&found, &b, 1, &opt) != 0) return;
        quotes = qn_quotes_count(found);
        qn_quotes_destroy(&found);
        double e = now();
        if (e - t < best) best = e - t;
        spent = e - start;
    }
    printf("%-24s %9zu bytes %8zu quotes %9.1f MB/s\n", what, len, quotes, (double)len / best / 1e6);
}

/* The documents one after another; for "plain" with every quotation mark turned into a space. */
static void bench(char *text, size_t len, const struct opts *o)
{
    static const size_t sizes[] = { 1000, 10000, 100000, 1000000, 10000000 };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char name[32];
        if (sizes[i] > len) break;
        (void)snprintf(name, sizeof name, "news %zu", sizes[i]);
        bench_one(name, text, sizes[i], o);
    }
    for (size_t i = 0; i + 2 < len; i++) {
        if (text[i] == '"' || (text[i] == '\'' && text[i + 1] == '\''))
            text[i] = ' ';
        else if (memcmp(text + i, "\xe2\x80\x9c", 3) == 0 || memcmp(text + i, "\xe2\x80\x9d", 3) == 0)
            memset(text + i, ' ', 3);
    }
    bench_one("without marks", text, len < 10000000 ? len : 10000000, o);
}

static int run(const char *in, const char *to, const struct opts *o)
{
    FILE *f = in ? fopen(in, "r") : stdin;
    FILE *out = f == NULL ? NULL : to ? fopen(to, "w") : stdout; /* only behind IN, or a slip empties what is there */
    char *line = NULL, *all = NULL;
    size_t cap = 0, len = 0, room = 0;
    int rc = 0;
    if (f == NULL || out == NULL) {
        perror(f == NULL ? in : to);
        return 1;
    }
    while (rc == 0 && getline(&line, &cap, f) > 0) {
        json_error_t err;
        json_t *doc = json_loads(line, 0, &err);
        if (doc == NULL) continue;
        if (!o->bench) {
            rc = document(doc, o, out);
        } else {
            json_t *t = json_object_get(doc, "text");
            size_t n = json_string_length(t);
            if (len + n + 2 > room) {
                char *more = realloc(all, room = (len + n + 2) * 2);
                if (more == NULL) abort();
                all = more;
            }
            memcpy(all + len, json_string_value(t), n);
            len += n;
            all[len++] = '\n';
        }
        json_decref(doc);
    }
    if (o->bench && all != NULL) {
        /* ten megabytes out of less: the same news again */
        size_t once = len;
        char *big = len > 0 ? malloc(10000000 + once) : NULL;
        for (len = 0; big != NULL && len < 10000000; len += once) memcpy(big + len, all, once);
        if (big != NULL) bench(big, len, o);
        free(big);
    }
    free(all);
    free(line);
    if (in) (void)fclose(f);
    if (to && fclose(out) != 0) rc = 1;
    return rc == 0 ? 0 : 1;
}

static int usage(void)
{
    (void)fprintf(stderr, "usage: quotes-jsonl [--view glyph|content] [--language TAG] [--persons] [IN [OUT]]\n"
                          "       quotes-jsonl --bench [SECONDS] [--language TAG] [IN]\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct opts o = { .seconds = 1 };
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] == '-'; i++) {
        if (strcmp(argv[i], "--view") == 0 && i + 1 < argc)
            o.content = strcmp(argv[++i], "content") == 0;
        else if (strcmp(argv[i], "--language") == 0 && i + 1 < argc)
            o.language = argv[++i];
        else if (strcmp(argv[i], "--bench") == 0) {
            o.bench = true;
            if (i + 1 < argc && argv[i + 1][0] >= '0' && argv[i + 1][0] <= '9') {
                char *end = NULL;
                o.seconds = strtod(argv[++i], &end);
                if (*end != '\0') return usage();
            }
        } else if (strcmp(argv[i], "--persons") == 0)
            o.persons = true;
        else {
            return usage();
        }
    }
    if (argc - i > (o.bench ? 1 : 2) || (argc - i == 2 && strcmp(argv[i], argv[i + 1]) == 0)) return usage();
    return run(i < argc ? argv[i] : NULL, i + 1 < argc ? argv[i + 1] : NULL, &o);
}
