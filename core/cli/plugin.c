/* quoin plugin */
#include "plugin/plugin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

/* The files of plugins/example, built in. */
static const struct {
    const char *name;
    const unsigned char *text;
    unsigned long bytes;
} template_files[] = {
#include "template.inc"
};

static const char template_name[] = "example";

/* ---- list ------------------------------------------------------------------------------------------------------- */

static int list(qn_cli *cli)
{
    qn_errmsg e = { "" };
    qn_plugins *p;
    qn_buf b;
    qn_plugins_options o = { .config = cli->config, .quiet = true };
    if (cli->nargs != 1) return qn_cli_wrong(cli, "list takes nothing more");
    if (qn_plugins_open(&p, &o, &e)) return qn_cli_failed("%s", e.text);
    qn_buf_init(&b, 0);
    qn_plugins_list(&b, p);
    if (b.n)
        fwrite(b.p, 1, b.n, stdout);
    else
        printf("[plugins] load names none\n");
    int status = qn_plugins_usable(p) == qn_plugins_count(p) ? QN_EXIT_DONE : QN_EXIT_FAILED;
    qn_buf_free(&b);
    qn_plugins_free(&p);
    return status;
}

/* ---- check ------------------------------------------------------------------------------------------------------ */

static int check(qn_cli *cli)
{
    int status = QN_EXIT_DONE;
    if (cli->nargs < 2) return qn_cli_wrong(cli, "say which file to check");
    for (size_t i = 1; i < cli->nargs; i++) {
        qn_errmsg e = { "" };
        if (qn_plugin_check(cli->args[i], cli->config, stdout, &e) == QN_OK) continue;
        status = qn_cli_failed("%s", e.text);
    }
    return status;
}

/* ---- new -------------------------------------------------------------------------------------------------------- */

static bool is_name(const char *s)
{
    size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return *s >= 'a' && *s <= 'z' && !s[n] && n <= 32;
}

/* The text with the template's name replaced by the new one. */
static void rename_in(qn_buf *to, qn_str text, const char *name)
{
    size_t len = sizeof template_name - 1;
    for (size_t i = 0; i < text.n;) {
        if (text.n - i >= len && !memcmp(text.p + i, template_name, len)) {
            qn_buf_addz(to, name);
            i += len;
        } else {
            qn_buf_addc(to, text.p[i++]);
        }
    }
}

static int write_file(const char *dir, const char *file, qn_str text, const char *name)
{
    qn_buf path, out;
    qn_buf_init(&path, 0);
    qn_buf_init(&out, 0);
    qn_buf_printf(&path, "%s/", dir);
    rename_in(&path, qn_str_of(file), name);
    rename_in(&out, text, name);
    int status = path.failed || out.failed ? qn_cli_failed("out of memory") : QN_EXIT_DONE;
    char *slash = status ? NULL : strrchr(path.p, '/');
    if (slash) {
        *slash = '\0';
        if (mkdir(path.p, 0777) && errno != EEXIST) status = qn_cli_failed("%s: %s", path.p, strerror(errno));
        *slash = '/';
    }
    FILE *f = status ? NULL : fopen(path.p, "wxe");
    if (!status && (!f || fwrite(out.p, 1, out.n, f) != out.n))
        status = qn_cli_failed("%s: %s", path.p, strerror(errno));
    if (f && fclose(f) && !status) status = qn_cli_failed("%s: %s", path.p, strerror(errno));
    qn_buf_free(&path);
    qn_buf_free(&out);
    return status;
}

static int new_plugin(qn_cli *cli)
{
    if (cli->nargs != 2) return qn_cli_wrong(cli, "say what it is to be called, or the folder to make");
    const char *dir = cli->args[1], *slash = strrchr(dir, '/'), *name = slash ? slash + 1 : dir;
    if (!is_name(name) || !strcmp(name, template_name))
        return qn_cli_wrong(cli,
                            "\"%s\" is no name: small letters, digits and _, at most 32, a letter first, and not %s",
                            name, template_name);
    if (mkdir(dir, 0777)) return qn_cli_failed("%s: %s", dir, strerror(errno));
    for (size_t i = 0; i < sizeof template_files / sizeof *template_files; i++) {
        qn_str text = { (const char *)template_files[i].text, template_files[i].bytes };
        int status = write_file(dir, template_files[i].name, text, name);
        if (status) return status;
    }
    printf("made %s: cd %s && make test; its README.md says how to go on\n", dir, dir);
    return QN_EXIT_DONE;
}

/* ------------------------------------------------------------------------------------------------------------------ */

static int run(qn_cli *cli)
{
    if (!cli->nargs) return qn_cli_wrong(cli, "say list, check or new");
    if (!strcmp(cli->args[0], "new")) return new_plugin(cli);
    int status = qn_cli_config(cli);
    if (status) return status;
    if (!strcmp(cli->args[0], "list")) return list(cli);
    if (!strcmp(cli->args[0], "check")) return check(cli);
    return qn_cli_wrong(cli, "%s: say list, check or new", cli->args[0]);
}

const qn_command qn_command_plugin = {
    .name = "plugin",
    .args = "list|check FILE…|new NAME",
    .summary = "list the plugins of the configuration, check one's file, or begin a new one",
    .text =
        "list   those that [plugins] load names: tried as the server would, in processes of their own, but not served\n"
        "check  loads FILE in a throwaway process, calls its check, init and selftest, and prints what it is\n"
        "new    writes the folder NAME with a plugin that builds, has its tests, and is to be changed",
    .run = run,
};
