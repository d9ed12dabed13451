/* quoin migrate */
#include <stdio.h>

#include "cli/cli.h"
#include "db/migrate.h"

static int migrate(qn_cli *cli, unsigned *applied, qn_errmsg *e)
{
    qn_cli_db *db = NULL;
    int r = qn_cli_db_open(&db, cli->config, e);
    if (!r) r = qn_migrate(qn_cli_db_owner(db), qn_cli_db_role(db), applied, e);
    qn_cli_db_close(&db);
    return r;
}

static int run(qn_cli *cli)
{
    unsigned applied = 0, known;
    qn_errmsg e = { "" };
    int status = qn_cli_config(cli);
    if (status) return status;
    int r = migrate(cli, &applied, &e);
    if (applied) printf("applied %u migration%s\n", applied, applied == 1 ? "" : "s");
    if (r) return qn_cli_failed("%s", *e.text ? e.text : qn_strerror(r));
    qn_migrations(&known);
    if (!applied) printf("nothing to do: all %u migrations have been applied\n", known);
    return QN_EXIT_DONE;
}

const qn_command qn_command_migrate = {
    .name = "migrate",
    .summary = "bring the database's schema up to this version",
    .text = "Works as the owning role ([database] migrate_url; that of the embedded database). `quoin serve` does the "
            "same at its start.",
    .run = run,
};
