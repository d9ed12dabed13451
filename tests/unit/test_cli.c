/* The command line's options. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const qn_cli_option options[] = { { "role", "NAME", "a role" }, { "quiet", NULL, "say less" }, { 0 } };
static const qn_command with_args = { .name = "token", .args = "add|list", .summary = "tokens", .options = options };
static const qn_command without_args = { .name = "serve", .summary = "serve" };

static void options_and_arguments_may_come_in_any_order(void **state)
{
    (void)state;
    const char *argv[] = { "add",   "--role",           "editor", "-c",      "a.ini",
                           "--set", "server.workers=3", "x",      "--quiet", "--set=log.level=debug" };
    qn_cli cli;
    assert_int_equal(qn_cli_parse(&cli, &with_args, (int)COUNT(argv), argv, NULL), QN_OK);
    assert_string_equal(cli.config_path, "a.ini");
    assert_int_equal(cli.nargs, 2);
    assert_string_equal(cli.args[1], "x");
    assert_string_equal(qn_cli_value(&cli, "role"), "editor");
    assert_string_equal(qn_cli_value(&cli, "quiet"), "");
    assert_int_equal(cli.nsets, 2);
    assert_string_equal(cli.sets[0], "server.workers=3");
    assert_string_equal(cli.sets[1], "log.level=debug");
    qn_cli_close(&cli);
}

static void what_was_not_given_is_absent(void **state)
{
    (void)state;
    qn_cli cli;
    assert_int_equal(qn_cli_parse(&cli, &with_args, 0, NULL, NULL), QN_OK);
    assert_null(qn_cli_value(&cli, "role"));
    assert_null(cli.config_path);
    assert_false(cli.wants_help);
    qn_cli_close(&cli);
}

static void behind_two_dashes_everything_is_an_argument(void **state)
{
    (void)state;
    const char *argv[] = { "--", "--role", "-" };
    qn_cli cli;
    assert_int_equal(qn_cli_parse(&cli, &with_args, (int)COUNT(argv), argv, NULL), QN_OK);
    assert_int_equal(cli.nargs, 2);
    assert_string_equal(cli.args[0], "--role");
    qn_cli_close(&cli);
}

static void help_is_asked_for_in_both_ways(void **state)
{
    (void)state;
    const char *const words[] = { "--help", "-h" };
    for (size_t i = 0; i < COUNT(words); i++) {
        qn_cli cli;
        assert_int_equal(qn_cli_parse(&cli, &without_args, 1, &words[i], NULL), QN_OK);
        assert_true(cli.wants_help);
        qn_cli_close(&cli);
    }
}

static void wrong_usage_is_named(void **state)
{
    (void)state;
    static const struct {
        const qn_command *command;
        const char *argv[2];
        int argc;
        const char *says;
    } cases[] = {
        { &with_args, { "--rol", "x" }, 2, "--rol" },      { &with_args, { "--role" }, 1, "--role" },
        { &with_args, { "--quiet=1" }, 1, "--quiet" },     { &with_args, { "-x" }, 1, "-x" },
        { &with_args, { "-c" }, 1, "--config" },           { &without_args, { "now" }, 1, "now" },
        { &without_args, { "--role", "x" }, 2, "--role" }, { &with_args, { "--=x" }, 1, "not an option" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_cli cli;
        qn_errmsg e = { "" };
        assert_int_equal(qn_cli_parse(&cli, cases[i].command, cases[i].argc, cases[i].argv, &e), QN_EINVAL);
        assert_non_null(strstr(e.text, cases[i].says));
        qn_cli_close(&cli);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_arguments_may_come_in_any_order),
        cmocka_unit_test(what_was_not_given_is_absent),
        cmocka_unit_test(behind_two_dashes_everything_is_an_argument),
        cmocka_unit_test(help_is_asked_for_in_both_ways),
        cmocka_unit_test(wrong_usage_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
