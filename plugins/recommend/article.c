/* Articles as the server gives them. */
#include "recommend.h"

static qn_related_text text_of(const qn_json *value)
{
    qn_str s = qn->json_text(value);
    return (qn_related_text){ s.p ? s.p : "", s.n };
}

/* Texts of a body: of everything called "text", and of lists of strings, however they lie in one another. */
typedef struct {
    qn_related_text *items; /* NULL: only counts */
    size_t n;
} texts;

static void add_text(texts *t, const qn_json *value)
{
    qn_related_text text = text_of(value);
    if (!text.n || t->n == TEXTS_MAX) return;
    if (t->items) t->items[t->n] = text;
    t->n++;
}

static void find_texts(texts *t, const qn_json *value, int depth)
{
    void *it = NULL;
    const char *key;
    qn_json *member;
    if (depth == DEPTH_MAX) return;
    if (qn->json_kind(value) == QN_JSON_ARRAY) {
        for (size_t i = 0; i < qn->json_count(value); i++) {
            const qn_json *item = qn->json_at(value, i);
            add_text(t, item);
            find_texts(t, item, depth + 1);
        }
        return;
    }
    if (qn->json_kind(value) != QN_JSON_OBJECT) return;
    add_text(t, qn->json_get(value, "text"));
    while (qn->json_next(value, &it, &key, &member)) find_texts(t, member, depth + 1);
}

static int read_tags(qn_related_article *out, qn_call *call, const qn_json *tags)
{
    size_t n = qn->json_count(tags);
    if (n > QN_RELATED_TAGS_MAX) n = QN_RELATED_TAGS_MAX;
    qn_related_text *items = qn->alloc(call, (n + 1) * sizeof *items);
    if (!items) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        const qn_json *tag = qn->json_at(tags, i);
        items[out->ntags] = text_of(tag);
        if (items[out->ntags].n) out->ntags++;
    }
    out->tags = items;
    return QN_OK;
}

int read_article(qn_related_article *out, qn_call *call, const qn_json *entry)
{
    texts t = { 0 };
    const qn_json *body = qn->json_get(entry, "body");
    *out = (qn_related_article){ .id = text_of(qn->json_get(entry, "id")),
                                 .locale = text_of(qn->json_get(entry, "locale")),
                                 .title = text_of(qn->json_get(entry, "title")),
                                 .summary = text_of(qn->json_get(entry, "summary")),
                                 .published_us = read_time(text_of(qn->json_get(entry, "published_at"))),
                                 .hidden = !qn->json_truth(qn->json_get(entry, "show_in_related"), 1) };
    if (!out->id.n) return QN_EINVAL;
    int rc = read_tags(out, call, qn->json_get(entry, "tags"));
    if (rc) return rc;
    find_texts(&t, body, 0);
    t.items = qn->alloc(call, (t.n + 1) * sizeof *t.items);
    if (!t.items) return QN_ENOMEM;
    t.n = 0;
    find_texts(&t, body, 0);
    out->body = t.items;
    out->nbody = t.n;
    return QN_OK;
}
