/* quoin import FILE… */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "content/importer.h"

enum { BAR_WIDTH = 30, BAR_AFTER_MS = 1000 };

typedef struct {
    size_t done, all;
    int64_t began_ms;
    bool bar; /* stderr is a terminal */
    bool drawn;
} progress;

static void draw(progress *p)
{
    if (!p->bar || qn_mono_ms() - p->began_ms < BAR_AFTER_MS) return;
    size_t filled = p->all ? p->done * BAR_WIDTH / p->all : 0;
    fprintf(stderr, "\r[%.*s%*s] %zu of %zu ", (int)filled, "##############################", (int)(BAR_WIDTH - filled),
            "", p->done, p->all);
    p->drawn = true;
}

static void clear(progress *p)
{
    if (p->drawn) fprintf(stderr, "\r%*s\r", BAR_WIDTH + 40, "");
    p->drawn = false;
}

static void report(void *ctx, const qn_import_report *r)
{
    progress *p = ctx;
    p->done++;
    clear(p);
    if (r->err == QN_OK) {
        printf("created %s %s (%s)\n", r->id, r->slug, r->name);
    } else if (r->err == QN_EEXIST) {
        fprintf(stderr, "%s: the entry %s has this slug already\n", r->name, r->id);
    } else if (r->err == QN_EINVAL && r->faults) {
        for (size_t i = 0; i < r->faults->n; i++)
            fprintf(stderr, "%s: %s: %s\n", r->name, r->faults->items[i].pointer, r->faults->items[i].detail);
    } else {
        fprintf(stderr, "%s: %s\n", r->name, qn_strerror(r->err));
    }
    draw(p);
}

static int import(qn_cli *cli, const qn_import_docs *docs, size_t *failed, qn_errmsg *e)
{
    const char *type = qn_cli_value(cli, "type");
    progress p = { .all = qn_import_count(docs), .began_ms = qn_mono_ms(), .bar = isatty(STDERR_FILENO) };
    qn_cli_db *db = NULL;
    int r = qn_cli_db_open(&db, cli->config, e);
    if (!r) {
        qn_import_options o = { .config = cli->config,
                                .conninfo = qn_cli_db_conninfo(db),
                                .type = type ? type : "article" };
        r = qn_import_run(docs, &o, report, &p, failed, e);
        clear(&p);
    }
    qn_cli_db_close(&db);
    return r;
}

static int run(qn_cli *cli)
{
    qn_errmsg e = { "" };
    qn_import_docs *docs = NULL;
    size_t failed = 0;
    if (!cli->nargs) return qn_cli_wrong(cli, "name the files or folders");
    int status = qn_cli_config(cli);
    if (status) return status;
    int r = qn_import_load(&docs, cli->args, cli->nargs, &e);
    if (!r) r = import(cli, docs, &failed, &e);
    if (r)
        status = qn_cli_failed("%s", *e.text ? e.text : qn_strerror(r));
    else if (failed)
        status = qn_cli_failed("%zu of %zu texts were not imported", failed, qn_import_count(docs));
    qn_import_free(&docs);
    return status;
}

static const qn_cli_option options[] = {
    { "type", "TYPE", "what they become (default: article)" },
    { 0 },
};

const qn_command qn_command_import = {
    .name = "import",
    .args = "FILE…",
    .summary = "import news texts in the wire layout as drafts",
    .text = "FILE is a text, or a folder whose *.txt are taken, with tags and sections from its tags.tsv (slug TAB "
            "tag,tag TAB section).\n"
            "A text whose slug is there already is left alone and counts as failed.",
    .options = options,
    .run = run,
};
