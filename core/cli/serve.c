/* quoin serve */
#include "cli/cli.h"
#include "process/process.h"

static int run(qn_cli *cli)
{
    int status = qn_cli_config(cli);
    return status ? status : qn_serve(cli->config);
}

const qn_command qn_command_serve = {
    .name = "serve",
    .summary = "serve until SIGTERM or Ctrl-C",
    .text =
        "With [database] url = embedded it keeps a PostgreSQL of its own in [database] data_dir; the first start makes "
        "that, the\n"
        "administrator and <data_dir>/admin.token. The addresses in use stand in <data_dir>/listen once it is ready.\n"
        "SIGTERM and SIGINT let requests in flight end, a second one does not; SIGUSR1 reopens log files.",
    .run = run,
};
