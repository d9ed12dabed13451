/*
 * For tests and for looking: pages and fragments without a server.
 *
 *     html-tool page CONTENT.json TARGET [RELATED.json]   the page that the plugin answers; its status on stderr
 *     html-tool blocks < NDJSON                           an array of blocks a line in, {"html": …, "ms": …} a line out
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../html.h"
#include "fakehost.h"

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int page(const char *content_file, const char *target, const char *related_file)
{
    json_error_t error;
    json_t *content = json_load_file(content_file, JSON_ALLOW_NUL, &error),
           *related = related_file ? json_load_file(related_file, 0, &error) : NULL;
    if (!content || (related_file && !related)) {
        fprintf(stderr, "%s:%d: %s\n", content ? related_file : content_file, error.line, error.text);
        return 1;
    }
    char *text = related ? json_dumps(related, 0) : NULL, *options = json_dumps(json_object_get(content, "options"), 0);
    fake_answer a;
    int rc = fake_start((fake_host){ .related = text, .options = options }, content);
    if (rc) fprintf(stderr, "refused: %s\n", fake_refused());
    if (!rc) {
        fake_get(&a, target);
        fprintf(stderr, "%d %s\n", a.status, fake_header(&a, "content-security-policy"));
        fwrite(a.body, 1, a.n, stdout);
        fake_answer_free(&a);
    }
    fake_stop();
    json_decref(content);
    json_decref(related);
    free(text);
    free(options);
    return rc ? 1 : 0;
}

static int blocks(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    json_t *none = json_object();
    int rc = fake_start((fake_host){ 0 }, none) ? 1 : 0;
    while (!rc && (n = getline(&line, &cap, stdin)) > 0) {
        json_t *in = json_loadb(line, (size_t)n, JSON_ALLOW_NUL, NULL);
        html_buf b;
        html_body body = { .out = &b, .outline = { .base = 1 } };
        html_buf_init(&b, 32 * 1024 * 1024);
        double from = now_ms();
        html_body_of(&body, (const qn_json *)in);
        double ms = now_ms() - from;
        json_t *out = json_pack("{s:s%, s:f}", "html", b.p ? b.p : "", b.n, "ms", ms);
        if (!in || !out || b.failed) rc = 1;
        if (out) json_dumpf(out, stdout, JSON_COMPACT), putchar('\n'), fflush(stdout);
        json_decref(in);
        json_decref(out);
        html_buf_free(&b);
    }
    fake_stop();
    json_decref(none);
    free(line);
    return rc;
}

int main(int argc, char **argv)
{
    if ((argc == 4 || argc == 5) && !strcmp(argv[1], "page")) return page(argv[2], argv[3], argc == 5 ? argv[4] : NULL);
    if (argc == 2 && !strcmp(argv[1], "blocks")) return blocks();
    fprintf(stderr, "usage: %s page CONTENT.json TARGET [RELATED.json] | blocks\n", argv[0]);
    return 2;
}
