/* quoin: one binary, a table of commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "process/title.h"

static const qn_command *const commands[] = {
    &qn_command_serve, &qn_command_migrate, &qn_command_import, &qn_command_token, &qn_command_config, &qn_command_plugin,
};

static void print_usage(FILE *out)
{
    fprintf(out,
            "Quoin %s: a headless CMS for newsrooms.\n\nusage: quoin COMMAND [-c FILE] [--set SECTION.KEY=VALUE]…\n\n",
            QN_VERSION);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s %s", commands[i]->name, commands[i]->args ? commands[i]->args : "");
        fprintf(out, "  %-28s %s\n", head, commands[i]->summary);
    }
    fprintf(out, "\nEach has a --help. The options of the ini file are in config/quoin.ini; `quoin config show` says "
                 "which are in force.\n"
                 "Exit status: 0 done, 1 failed, 2 wrong usage or configuration.\n");
}

static const qn_command *find(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (!strcmp(name, commands[i]->name)) return commands[i];
    return NULL;
}

static int run(const qn_command *command, int argc, const char *const *argv)
{
    qn_cli cli;
    qn_errmsg e = { "" };
    int status = QN_EXIT_DONE;
    if (qn_cli_parse(&cli, command, argc, argv, &e))
        status = qn_cli_wrong(&cli, "%s", e.text);
    else if (cli.wants_help)
        qn_cli_help(command);
    else
        status = command->run(&cli);
    qn_cli_close(&cli);
    return status;
}

static int dispatch(int argc, const char *const *argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return QN_EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_usage(stdout);
        return QN_EXIT_DONE;
    }
    if (!strcmp(argv[1], "--version")) {
        printf("quoin %s\n", QN_VERSION);
        return QN_EXIT_DONE;
    }
    const qn_command *command = find(argv[1]);
    if (command) return run(command, argc - 2, argv + 2);
    fprintf(stderr, "quoin: there is no command %s; quoin --help lists them\n", argv[1]);
    return QN_EXIT_USAGE;
}

/* The title takes the memory of argv: what is read later is a copy. */
static const char **copy_args(int argc, char **argv)
{
    const char **copy = calloc((size_t)argc + 1, sizeof *copy);
    for (int i = 0; copy && i < argc; i++) copy[i] = strdup(argv[i]);
    return copy;
}

static void free_args(int argc, const char **copy)
{
    for (int i = 0; i < argc; i++) {
        union {
            const char *from;
            void *to;
        } owned = { .from = copy[i] };
        free(owned.to);
    }
    free(copy);
}

int main(int argc, char **argv)
{
    const char **args = copy_args(argc, argv);
    if (!args) return QN_EXIT_FAILED;
    qn_title_init(argc, argv);
    int status = dispatch(argc, args);
    free_args(argc, args);
    return status;
}
