/**
 * The command line: `main.c` is a table of commands, a file each. Exit status 0 done, 1 failed, 2 wrong usage or
 * configuration.
 */
#ifndef QN_CLI_CLI_H
#define QN_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/config.h"

enum { QN_EXIT_DONE = 0, QN_EXIT_FAILED = 1, QN_EXIT_USAGE = 2 };

/** An option of one command, beside -c, --set and --help, which all have. */
typedef struct {
    const char *name; /**< "role" for --role; NULL ends the table */
    const char *arg;  /**< what it takes, for the help ("NAME"); NULL: nothing */
    const char *help;
} qn_cli_option;

typedef struct qn_cli qn_cli;

typedef struct {
    const char *name;
    const char *args;             /**< for the usage line: "check|show"; NULL: none may be given */
    const char *summary;          /**< one line for the list of commands */
    const char *text;             /**< what its --help says beyond that; NULL: nothing */
    const qn_cli_option *options; /**< NULL: none */
    int (*run)(qn_cli *cli);      /**< returns the exit status */
} qn_command;

enum { QN_CLI_OPTIONS_MAX = 16 };

/** One call of the program. */
struct qn_cli {
    const qn_command *command;
    const char *config_path; /**< -c; NULL: none */
    const char **sets;       /**< owned; --set in their order */
    size_t nsets;
    const char **args; /**< owned; what is no option, in its order */
    size_t nargs;
    const char *values[QN_CLI_OPTIONS_MAX]; /**< by index of command->options; NULL: not given */
    bool wants_help;
    qn_config *config; /**< owned; of qn_cli_config */
};

/** Reads `argv` behind the command's name. QN_EINVAL with a message for people. */
int qn_cli_parse(qn_cli *cli, const qn_command *command, int argc, const char *const *argv, qn_errmsg *e);
void qn_cli_close(qn_cli *cli);
void qn_cli_help(const qn_command *command);

/** The value of --name ("" for one that takes none), or NULL. */
const char *qn_cli_value(const qn_cli *cli, const char *name);
/** Says on stderr what is wrong with the usage, and where help is. Returns QN_EXIT_USAGE. */
int qn_cli_wrong(const qn_cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/** Says on stderr what failed. Returns QN_EXIT_FAILED. */
int qn_cli_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** Loads the configuration into cli->config and sets up the log. 0, or QN_EXIT_USAGE after its faults were said. */
int qn_cli_config(qn_cli *cli);

/* ---- the database, for commands [init]
 * -------------------------------------------------------------------------------- */

typedef struct qn_cli_db qn_cli_db;

/** The database of the configuration: that of its URL; or the embedded one, of the server that runs, or else started
 * for as long as this is open (then `quoin serve` is kept out). Returns owned. QN_EINVAL, QN_EIO, QN_ENOTFOUND,
 * QN_EBUSY with a message. */
int qn_cli_db_open(qn_cli_db **out, const qn_config *c, qn_errmsg *e);
const char *qn_cli_db_conninfo(const qn_cli_db *db); /**< of the runtime role; borrows */
const char *qn_cli_db_owner(const qn_cli_db *db);    /**< of the owning role; borrows */
/** For qn_migrate: the user of the runtime role, or NULL for the embedded one; borrows. */
const char *qn_cli_db_role(const qn_cli_db *db);
/** Stops what was started. NULL is accepted. */
void qn_cli_db_close(qn_cli_db **db);

/* ---- the commands
 * ---------------------------------------------------------------------------------------------------- */

extern const qn_command qn_command_serve, qn_command_migrate, qn_command_import, qn_command_token, qn_command_config,
    qn_command_plugin;

#endif
