#include "cli/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

static const qn_cli_option common[] = {
    { "config", "FILE", "the ini file (-c for short); without it everything is as by default" },
    { "set", "SECTION.KEY=VALUE", "an option of the ini, before the file's value; any number of them" },
    { "help", NULL, "this text" },
    { 0 },
};

/* ---- reading the command line ----------------------------------------------------------------------------------- */

static const qn_cli_option *find(const qn_cli_option *table, const char *name, size_t n, size_t *index)
{
    for (size_t i = 0; table && table[i].name; i++) {
        if (strlen(table[i].name) != n || memcmp(table[i].name, name, n) != 0) continue;
        *index = i;
        return &table[i];
    }
    return NULL;
}

static void keep(qn_cli *cli, const qn_cli_option *o, size_t index, const char *value)
{
    if (o < common || o >= common + sizeof common / sizeof *common)
        cli->values[index] = value ? value : "";
    else if (!strcmp(o->name, "config"))
        cli->config_path = value;
    else if (!strcmp(o->name, "set"))
        cli->sets[cli->nsets++] = value;
    else
        cli->wants_help = true;
}

/* One option at argv[*i], moving `*i` past what it takes. */
static int take_option(qn_cli *cli, int argc, const char *const *argv, int *i, qn_errmsg *e)
{
    const char *word = argv[*i], *name = word + 2, *value = NULL;
    size_t n = 0, index = 0;
    if (!strcmp(word, "-h"))
        name = "help";
    else if (!strcmp(word, "-c"))
        name = "config";
    else if (word[1] != '-')
        return qn_fail(e, QN_EINVAL, "%s is not an option", word);
    n = strcspn(name, "=");
    if (name[n] == '=') value = name + n + 1;
    const qn_cli_option *o = find(common, name, n, &index);
    if (!o) o = find(cli->command->options, name, n, &index);
    if (!o) return qn_fail(e, QN_EINVAL, "--%.*s is not an option", (int)n, name);
    if (!o->arg && value) return qn_fail(e, QN_EINVAL, "--%s takes no value", o->name);
    if (o->arg && !value) {
        if (*i + 1 >= argc) return qn_fail(e, QN_EINVAL, "--%s needs its %s", o->name, o->arg);
        value = argv[++*i];
    }
    keep(cli, o, index, value);
    return QN_OK;
}

int qn_cli_parse(qn_cli *cli, const qn_command *command, int argc, const char *const *argv, qn_errmsg *e)
{
    bool only_args = false;
    *cli = (qn_cli){ .command = command };
    cli->sets = calloc((size_t)argc + 1, sizeof *cli->sets);
    cli->args = calloc((size_t)argc + 1, sizeof *cli->args);
    if (!cli->sets || !cli->args) return qn_fail(e, QN_ENOMEM, "out of memory");
    for (int i = 0; i < argc; i++) {
        bool is_option = !only_args && argv[i][0] == '-' && argv[i][1];
        if (is_option && !strcmp(argv[i], "--")) {
            only_args = true;
        } else if (is_option) {
            int r = take_option(cli, argc, argv, &i, e);
            if (r) return r;
        } else {
            cli->args[cli->nargs++] = argv[i];
        }
    }
    if (cli->nargs && !command->args && !cli->wants_help)
        return qn_fail(e, QN_EINVAL, "%s: it takes options only", cli->args[0]);
    return QN_OK;
}

void qn_cli_close(qn_cli *cli)
{
    free(cli->sets);
    free(cli->args);
    qn_config_free(&cli->config);
    cli->sets = cli->args = NULL;
}

const char *qn_cli_value(const qn_cli *cli, const char *name)
{
    size_t i;
    return find(cli->command->options, name, strlen(name), &i) ? cli->values[i] : NULL;
}

/* ---- saying things ---------------------------------------------------------------------------------------------- */

static void print_options(const qn_cli_option *table)
{
    for (size_t i = 0; table && table[i].name; i++) {
        char head[64];
        snprintf(head, sizeof head, "--%s%s%s", table[i].name, table[i].arg ? " " : "",
                 table[i].arg ? table[i].arg : "");
        printf("  %-26s %s\n", head, table[i].help);
    }
}

void qn_cli_help(const qn_command *c)
{
    printf("usage: quoin %s%s%s [-c FILE] [--set SECTION.KEY=VALUE]…%s\n\n%s\n", c->name, c->args ? " " : "",
           c->args ? c->args : "", c->options ? " [option]…" : "", c->summary);
    if (c->text) printf("\n%s\n", c->text);
    printf("\n");
    print_options(c->options);
    print_options(common);
}

int qn_cli_wrong(const qn_cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "quoin %s: ", cli->command->name);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\nusage: quoin %s%s%s; more with quoin %s --help\n", cli->command->name,
            cli->command->args ? " " : "", cli->command->args ? cli->command->args : "", cli->command->name);
    return QN_EXIT_USAGE;
}

int qn_cli_failed(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "quoin: ");
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    return QN_EXIT_FAILED;
}

static qn_log_level level_of(const char *name)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i])) return (qn_log_level)i;
    return QN_LOG_INFO;
}

int qn_cli_config(qn_cli *cli)
{
    qn_errmsg e = { "" };
    qn_config_sources src = {
        .path = cli->config_path, .sets = cli->sets, .nsets = cli->nsets, .environ = (const char *const *)environ
    };
    if (qn_config_load(&cli->config, &src, &e)) {
        fprintf(stderr, "quoin: the configuration is wrong:\n%s\n", e.text);
        return QN_EXIT_USAGE;
    }
    qn_log_setup((qn_log_options){ .level = level_of(qn_config_str(cli->config, "log", "level")),
                                   .json = !strcmp(qn_config_str(cli->config, "log", "format"), "json") });
    return 0;
}
