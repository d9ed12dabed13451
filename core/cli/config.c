/* quoin config */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plugin/plugin.h"

/* The options of plugins are known when the plugins are: each is asked in a process of its own. */
static int add_plugins(qn_plugins **p, qn_cli *cli, bool quiet)
{
    qn_errmsg e = { "" };
    qn_plugins_options o = { .config = cli->config, .quiet = quiet };
    int err = qn_plugins_open(p, &o, &e);
    if (err) fprintf(stderr, "quoin: the configuration is wrong:\n%s\n", e.text);
    return err ? QN_EXIT_USAGE : QN_EXIT_DONE;
}

static int run(qn_cli *cli)
{
    if (cli->nargs != 1) return qn_cli_wrong(cli, "say check or show");
    bool show = !strcmp(cli->args[0], "show");
    if (!show && strcmp(cli->args[0], "check") != 0) return qn_cli_wrong(cli, "%s: say check or show", cli->args[0]);
    qn_plugins *plugins = NULL;
    int status = qn_cli_config(cli);
    if (!status) status = add_plugins(&plugins, cli, show);
    if (status) return status;
    if (show)
        qn_config_show(cli->config, stdout);
    else
        printf("the configuration is right%s%s\n", cli->config_path ? ": " : "",
               cli->config_path ? cli->config_path : "");
    qn_plugins_free(&plugins);
    return QN_EXIT_DONE;
}

const qn_command qn_command_config = {
    .name = "config",
    .args = "check|show",
    .summary = "check the configuration, or show what is in force and where each value came from",
    .run = run,
};
