/*
 * Any bytes, in any blocks and any language: no crash, every span inside its block and in order, every confidence a
 * probability. libFuzzer: the first byte chooses language, paragraphs and flags; a zero byte in the text begins a new
 * block.
 */
#include "../extract/quotes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int ok)
{
    if (!ok) abort();
}

/* Code points as the library counts them: valid sequences one each, other bytes one each. */
static uint32_t code_points(const char *s, size_t len)
{
    uint32_t n = 0;
    for (size_t i = 0; i < len; n++) {
        unsigned char c = (unsigned char)s[i];
        size_t k = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 1;
        int ok = i + k <= len;
        for (size_t j = 1; ok && j < k; j++) ok = ((unsigned char)s[i + j] & 0xc0) == 0x80;
        if (ok && k == 3)
            ok = !(c == 0xe0 && (unsigned char)s[i + 1] < 0xa0) && !(c == 0xed && (unsigned char)s[i + 1] > 0x9f);
        if (ok && k == 4)
            ok = !(c == 0xf0 && (unsigned char)s[i + 1] < 0x90) && !(c == 0xf4 && (unsigned char)s[i + 1] > 0x8f);
        i += ok ? k : 1;
    }
    return n;
}

static void check_span(const struct qn_quotes_span *s, const uint32_t *lens, size_t nblocks, int may_be_empty)
{
    if (may_be_empty && s->start == s->end) return;
    must(s->block < nblocks && s->start < s->end && s->end <= lens[s->block]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const languages[] = { "en", "de", "fr", "es", "ru", "cs", "en-GB", "xx" };
    struct qn_quotes_block blocks[BLOCKS];
    uint32_t lens[BLOCKS];
    size_t n = 0;
    struct qn_quotes_options opt = { .size = sizeof opt };
    struct qn_quotes *found = NULL;

    if (size == 0) return 0;
    opt.language = languages[data[0] & 7];
    opt.paragraphs = data[0] & 8 ? QN_QUOTES_PARAGRAPHS_BLANK : QN_QUOTES_PARAGRAPHS_LINES;
    opt.flags = data[0] & 16 ? QN_QUOTES_NO_INDIRECT : 0;
    const char *p = (const char *)data + 1, *end = (const char *)data + size;
    while (n < BLOCKS) {
        const char *z = n + 1 < BLOCKS ? memchr(p, 0, (size_t)(end - p)) : NULL;
        size_t len = (size_t)((z ? z : end) - p);
        blocks[n] = (struct qn_quotes_block){ .text = p,
                                              .len = len,
                                              .flags = (data[0] & 32) && n == 0 ? QN_QUOTES_HEADING : 0 };
        lens[n++] = code_points(p, len);
        if (z == NULL) break;
        p = z + 1;
    }
    int rc = qn_quotes_extract(&found, blocks, n, &opt);
    must(rc == 0 || rc == QN_QUOTES_ENOMEM);
    for (size_t i = 0; i < qn_quotes_count(found); i++) {
        const struct qn_quote *q = qn_quotes_at(found, i);
        check_span(&q->span, lens, n, 0);
        check_span(&q->content, lens, n, 0);
        check_span(&q->speaker, lens, n, 1);
        check_span(&q->cue_span, lens, n, 1);
        must(q->content.block == q->span.block && q->content.start <= q->span.start && q->content.end >= q->span.end);
        must(q->confidence >= 0 && q->confidence <= 1);
        must(q->person == QN_QUOTES_NO_PERSON || q->person < qn_quotes_person_count(found));
        must(q->text.text[q->text.len] == '\0' && q->name.text[q->name.len] == '\0');
        must(!(opt.flags & QN_QUOTES_NO_INDIRECT) || q->kind != QN_QUOTES_INDIRECT);
    }
    qn_quotes_destroy(&found);
    must(found == NULL);
    return 0;
}
