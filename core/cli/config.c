/* quoin config */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static int run(qn_cli *cli)
{
    if (cli->nargs != 1) return qn_cli_wrong(cli, "say check or show");
    bool show = !strcmp(cli->args[0], "show");
    if (!show && strcmp(cli->args[0], "check") != 0) return qn_cli_wrong(cli, "%s: say check or show", cli->args[0]);
    int status = qn_cli_config(cli);
    if (status) return status;
    if (show)
        qn_config_show(cli->config, stdout);
    else
        printf("the configuration is right%s%s\n", cli->config_path ? ": " : "",
               cli->config_path ? cli->config_path : "");
    return QN_EXIT_DONE;
}

const qn_command qn_command_config = {
    .name = "config",
    .args = "check|show",
    .summary = "check the configuration, or show what is in force and where each value came from",
    .run = run,
};
