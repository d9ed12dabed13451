/*
 * The sentences under data/: each a case with its text and what is expected of it. Run from the repository's root, or
 * with the folder as the argument or in QUOTES_DATA. data/en-glyphs.txt tells the format.
 */
#include "../extract/quotes.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_MAX 8192
#define WANT_MAX 16

struct want {
    char kind;
    char *words, *name, *as_written, *cue, *content;
};

struct test_case {
    char name[160], text[TEXT_MAX], lines[TEXT_MAX];
    size_t text_len, lines_len;
    struct want want[WANT_MAX];
    size_t nwant;
    char language[8];
    unsigned flags;
    enum qn_quotes_paragraphs paragraphs;
};

static char *trim(char *s)
{
    while (*s == ' ') s++;
    size_t n = strlen(s);
    while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\n')) s[--n] = '\0';
    return s;
}

/* "kind words | name | as written | cue ~ content" */
static void read_want(struct test_case *c, const char *line)
{
    assert_true(c->nwant < WANT_MAX && c->lines_len + strlen(line) + 1 < TEXT_MAX);
    char *copy = c->lines + c->lines_len;
    (void)strcpy(copy, line);
    c->lines_len += strlen(line) + 1;
    struct want *w = &c->want[c->nwant++];
    char *tilde = strstr(copy, " ~ ");
    if (tilde != NULL) {
        *tilde = '\0';
        w->content = trim(tilde + 3);
    }
    w->kind = copy[0];
    char *fields[4] = { NULL, NULL, NULL, NULL }, *p = copy + 1;
    for (size_t i = 0; i < 4 && p != NULL; i++) {
        char *bar = strchr(p, '|');
        if (bar != NULL) *bar++ = '\0';
        fields[i] = trim(p);
        p = bar;
    }
    w->words = fields[0];
    w->name = fields[1];
    w->as_written = fields[2];
    w->cue = fields[3];
}

static int differs(const struct qn_quotes_string *got, const char *want)
{
    return want != NULL && (strlen(want) != got->len || memcmp(want, got->text, got->len) != 0);
}

/* The bytes from code point start to end. */
static int content_differs(const char *text, const struct qn_quotes_span *s, const char *want)
{
    const char *p = text, *from = NULL;
    uint32_t n = 0;
    if (want == NULL) return 0;
    for (;; p++) {
        if (n == s->start && from == NULL) from = p;
        if (n == s->end || *p == '\0') break;
        n += ((unsigned char)p[1] & 0xc0) != 0x80;
    }
    while (from != NULL && ((unsigned char)*p & 0xc0) == 0x80) p++;
    return from == NULL || (size_t)(p - from) != strlen(want) || memcmp(from, want, strlen(want)) != 0;
}

static void show(const struct qn_quotes *found)
{
    for (size_t i = 0; i < qn_quotes_count(found); i++) {
        const struct qn_quote *q = qn_quotes_at(found, i);
        print_message("    got %c %s | %s | %s | %s\n", "dpi"[q->kind], q -> text.text, q->name.text,
                      q->as_written.text, q->cue.text);
    }
}

static int run_case(const struct test_case *c, const char *file)
{
    struct qn_quotes *found = NULL;
    struct qn_quotes_block b = { .text = c->text, .len = c->text_len };
    struct qn_quotes_options o = {
        .size = sizeof o, .language = c->language, .paragraphs = c->paragraphs, .flags = c->flags
    };
    assert_int_equal(qn_quotes_extract(&found, &b, 1, &o), 0);
    int bad = qn_quotes_count(found) != c->nwant;
    for (size_t i = 0; !bad && i < c->nwant; i++) {
        const struct qn_quote *q = qn_quotes_at(found, i);
        const struct want *w = &c->want[i];
        bad = "dpi"[q->kind] != w->kind || differs(&q->text, w->words) || differs(&q->name, w->name) ||
              differs(&q->as_written, w->as_written) || differs(&q->cue, w->cue) ||
              content_differs(c->text, &q->content, w->content);
    }
    if (bad) {
        print_message("%s: %s\n    %s\n", file, c->name, c->text);
        show(found);
    }
    qn_quotes_destroy(&found);
    return bad;
}

static void begin_case(struct test_case *c, const char *name)
{
    memset(c, 0, sizeof *c);
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    c->flags = QN_QUOTES_NO_INDIRECT;
    (void)strcpy(c->language, "en");
}

static void read_option(struct test_case *c, char *word)
{
    word = trim(word);
    if (strcmp(word, "indirect") == 0)
        c->flags = 0;
    else if (strcmp(word, "blank") == 0)
        c->paragraphs = QN_QUOTES_PARAGRAPHS_BLANK;
    else
        (void)snprintf(c->language, sizeof c->language, "%s", word);
}

static int end_case(struct test_case *c, const char *file, size_t *n)
{
    if (c->name[0] == '\0') return 0;
    while (c->text_len > 0 && c->text[c->text_len - 1] == '\n') c->text[--c->text_len] = '\0';
    ++*n;
    return run_case(c, file);
}

static int run_file(const char *path, size_t *n)
{
    static struct test_case c;
    char line[TEXT_MAX], language[8] = "en";
    int bad = 0;
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    memset(&c, 0, sizeof c);
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "## ", 3) == 0) {
            bad += end_case(&c, path, n);
            begin_case(&c, trim(line + 3));
            (void)strcpy(c.language, language);
        } else if (line[0] == '#' || (c.name[0] == '\0' && line[0] == '\n')) {
            continue;
        } else if (strncmp(line, "@ ", 2) == 0 && c.name[0] == '\0') {
            (void)snprintf(language, sizeof language, "%s", trim(line + 2)); /* before the first case: for the file */
        } else if (strncmp(line, "@ ", 2) == 0) {
            read_option(&c, line + 2);
        } else if (strncmp(line, "= ", 2) == 0) {
            read_want(&c, line + 2);
        } else {
            size_t len = strlen(line);
            assert_true(c.text_len + len < TEXT_MAX);
            memcpy(c.text + c.text_len, line, len + 1);
            c.text_len += len;
        }
    }
    bad += end_case(&c, path, n);
    (void)fclose(f);
    return bad;
}

static const char *folder = "plugins/quotes/tests/data";

static void each_sentence_of_the_data_gives_what_it_expects(void **state)
{
    (void)state;
    size_t n = 0;
    int bad = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[1024];
        size_t len = strlen(e->d_name);
        if (len < 5 || strcmp(e->d_name + len - 4, ".txt") != 0) continue;
        (void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        bad += run_file(path, &n);
    }
    (void)closedir(d);
    print_message("%zu cases, %d wrong\n", n, bad);
    assert_true(n > 0);
    assert_int_equal(bad, 0);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_sentence_of_the_data_gives_what_it_expects) };
    const char *env = getenv("QUOTES_DATA");
    if (argc > 1)
        folder = argv[1];
    else if (env != NULL)
        folder = env;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
