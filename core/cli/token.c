/* quoin token add|list|revoke */
#include <stdio.h>
#include <string.h>

#include "access/access.h"
#include "cli/cli.h"

/* "90s", "30m", "12h", "7d" → seconds. */
static int read_span(int64_t *seconds, const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    size_t n = strlen(text);
    uint64_t value;
    for (size_t i = 0; n > 1 && i < sizeof units / sizeof *units; i++) {
        if (text[n - 1] != units[i].unit) continue;
        if (qn_str_u64(&value, (qn_str){ text, n - 1 }, 1, 100 * 366) != QN_OK) return QN_EINVAL;
        *seconds = (int64_t)value * units[i].seconds;
        return QN_OK;
    }
    return QN_EINVAL;
}

static int add(qn_cli *cli, const char *conninfo, qn_errmsg *e)
{
    const char *role = qn_cli_value(cli, "role"), *name = qn_cli_value(cli, "name"),
               *expires = qn_cli_value(cli, "expires");
    char token[QN_TOKEN_BYTES], id[37];
    int64_t span = 0;
    if (expires) (void)read_span(&span, expires);
    int r = qn_token_add(conninfo, role, name ? name : role, span, token, id, e);
    if (r) return r;
    fprintf(stderr, "token %s of \"%s\", role %s; it is shown this once:\n", id, name ? name : role, role);
    printf("%s\n", token);
    return QN_OK;
}

static void print_row(void *ctx, const qn_token_row *t)
{
    (void)ctx;
    printf("%s  %-8s  %-8s  %s  %-20s  %s\n", t->id, t->role, t->state, t->created_at, t->expires_at, t->name);
}

static int list(qn_cli *cli, const char *conninfo, qn_errmsg *e)
{
    (void)cli;
    return qn_token_list(conninfo, print_row, NULL, e);
}

static int revoke(qn_cli *cli, const char *conninfo, qn_errmsg *e)
{
    int r = qn_token_revoke(conninfo, cli->args[1], e);
    if (!r) printf("revoked %s: it ends within a second\n", cli->args[1]);
    return r;
}

static const struct {
    const char *name;
    size_t nargs;
    int (*run)(qn_cli *cli, const char *conninfo, qn_errmsg *e);
} actions[] = { { "add", 1, add }, { "list", 1, list }, { "revoke", 2, revoke } };

static int check(const qn_cli *cli, size_t action)
{
    const char *expires = qn_cli_value(cli, "expires"), *name = qn_cli_value(cli, "name");
    int64_t span;
    if (cli->nargs != actions[action].nargs)
        return qn_cli_wrong(cli,
                            actions[action].nargs == 2 ? "revoke takes the id of one token" : "%s takes options only",
                            cli->args[0]);
    if (actions[action].run != add)
        return qn_cli_value(cli, "role") || name || expires
                   ? qn_cli_wrong(cli, "only add takes --role, --name and --expires")
                   : 0;
    if (!qn_cli_value(cli, "role")) return qn_cli_wrong(cli, "say --role admin, editor, author, reader or public");
    if (name && (!*name || strlen(name) > 200)) return qn_cli_wrong(cli, "a name has 1 to 200 bytes");
    if (expires && read_span(&span, expires) != QN_OK)
        return qn_cli_wrong(cli, "--expires is a number with s, m, h or d, such as 90d");
    return 0;
}

static int run(qn_cli *cli)
{
    qn_errmsg e = { "" };
    qn_cli_db *db = NULL;
    size_t i = 0, n = sizeof actions / sizeof *actions;
    while (cli->nargs && i < n && strcmp(cli->args[0], actions[i].name) != 0) i++;
    if (!cli->nargs || i == n) return qn_cli_wrong(cli, "add, list or revoke is wanted");
    int status = check(cli, i);
    if (!status) status = qn_cli_config(cli);
    if (status) return status;
    int r = qn_cli_db_open(&db, cli->config, &e);
    if (!r) r = actions[i].run(cli, qn_cli_db_owner(db), &e);
    qn_cli_db_close(&db);
    return r ? qn_cli_failed("%s", *e.text ? e.text : qn_strerror(r)) : QN_EXIT_DONE;
}

static const qn_cli_option options[] = {
    { "role", "ROLE", "add: what the token may do: admin, editor, author, reader or public" },
    { "name", "NAME", "add: whom it stands for; two tokens of one name are one person's (default: the role)" },
    { "expires", "SPAN", "add: when it ends: a number with s, m, h or d (default: never)" },
    { 0 },
};

const qn_command qn_command_token = {
    .name = "token",
    .args = "add|list|revoke [ID]",
    .summary = "make, list and revoke bearer tokens",
    .text = "A token is printed once, on stdout, and kept only as its hash. `list` prints id, role, state, when it was "
            "made, when it ends, and\n"
            "whom it stands for.",
    .options = options,
    .run = run,
};
