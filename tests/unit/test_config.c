#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/config.h"
#include "base/config_priv.h"
#include "oom.h"

/* An ini file of the test, in a folder of its own. */
static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.32s/quoin.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/quoin.ini", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void write_ini(const char *text, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

static int load(qn_config **c, const char *text, const char *set, const char *variable, qn_errmsg *e)
{
    const char *sets[] = { set }, *environ[] = { "PATH=/bin", variable, NULL };
    qn_config_sources src = { .path = text ? path : NULL, .sets = sets, .nsets = set ? 1 : 0, .environ = environ };
    if (text) write_ini(text, strlen(text));
    return qn_config_load(c, &src, e);
}

static qn_config *load_good(const char *text, const char *set, const char *variable)
{
    qn_config *c = NULL;
    qn_errmsg e;
    if (load(&c, text, set, variable, &e)) fail_msg("%s", e.text);
    return c;
}

static void without_a_file_every_option_has_its_default(void **state)
{
    (void)state;
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    const char *const *items;
    qn_config *c = load_good(NULL, NULL, NULL);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(qn_config_str(c, t[i].section, t[i].key), t[i].def);
        assert_int_equal(qn_config_from(c, t[i].section, t[i].key), QN_FROM_DEFAULT);
    }
    assert_int_equal(qn_config_int(c, "server", "workers"), 0);
    assert_int_equal(qn_config_int(c, "server", "max_body_bytes"), 1048576);
    assert_int_equal(qn_config_list(c, "server", "listen", &items), 1);
    assert_string_equal(items[0], "127.0.0.1:8080");
    assert_string_equal(qn_config_path(c), ".");
    qn_config_free(&c);
    assert_null(c);
    qn_config_free(&c);
    qn_config_free(NULL);
}

static void the_file_is_read_as_it_looks(void **state)
{
    (void)state;
    const char *const *items;
    qn_config *c = load_good(
        "\xEF\xBB\xBF; a comment over two hundred bytes long is still only a comment, and nothing of it may ever be "
        "taken for an option of its own, as would be with inih alone: "
        "it goes on in a new line at byte 199, workers = 7\r\n"
        "\r\n"
        "[server]\r\n"
        "listen = 0.0.0.0:0,,[::1]:8080 , unix:/run/q.sock,\r\n"
        "  workers=4\n"
        "\tmax_body_bytes = 2M\n"
        "# [log]\n"
        "public_url=https://news.example.org/a;b,c=d\n"
        "[database]\n"
        "url = postgresql://a:b=c@[::1]:5432,h2/q?target_session_attrs=read-write\n"
        "[server]\n"
        "max_uri_bytes = 4 k\n"
        "[log]\n"
        "format = json", /* no newline at the end */
        NULL, NULL);
    assert_int_equal(qn_config_list(c, "server", "listen", &items), 3);
    assert_string_equal(items[0], "0.0.0.0:0");
    assert_string_equal(items[1], "[::1]:8080");
    assert_string_equal(items[2], "unix:/run/q.sock");
    assert_int_equal(qn_config_int(c, "server", "workers"), 4);
    assert_true(qn_config_bool(c, "server", "workers"));
    assert_false(qn_config_bool(c, "server", "max_connections_per_address"));
    assert_int_equal(qn_config_int(c, "server", "max_body_bytes"), 2 << 20);
    assert_int_equal(qn_config_int(c, "server", "max_uri_bytes"), 4096);
    assert_string_equal(qn_config_str(c, "server", "public_url"), "https://news.example.org/a;b,c=d");
    assert_string_equal(qn_config_str(c, "database", "url"),
                        "postgresql://a:b=c@[::1]:5432,h2/q?target_session_attrs=read-write");
    assert_string_equal(qn_config_str(c, "log", "format"), "json");
    assert_int_equal(qn_config_from(c, "log", "format"), QN_FROM_FILE);
    assert_string_equal(qn_config_path(c), folder);
    qn_config_free(&c);
}

static void set_wins_over_environment_over_file(void **state)
{
    (void)state;
    static const char file[] = "[log]\nlevel = debug\n";
    qn_config *c = load_good(file, NULL, NULL);
    assert_string_equal(qn_config_str(c, "log", "level"), "debug");
    qn_config_free(&c);
    c = load_good(file, NULL, "QUOIN_LOG_LEVEL=warn");
    assert_string_equal(qn_config_str(c, "log", "level"), "warn");
    assert_int_equal(qn_config_from(c, "log", "level"), QN_FROM_ENV);
    qn_config_free(&c);
    c = load_good(file, "log.level=error", "QUOIN_LOG_LEVEL=warn");
    assert_string_equal(qn_config_str(c, "log", "level"), "error");
    assert_int_equal(qn_config_from(c, "log", "level"), QN_FROM_SET);
    qn_config_free(&c);
    c = load_good(NULL, "database.url=postgres://x/y?a=b.c", "QUOIN_BIN=build/quoin"); /* not ours: no such section */
    assert_string_equal(qn_config_str(c, "database", "url"), "postgres://x/y?a=b.c");
    qn_config_free(&c);
    c = load_good(NULL, NULL, "QUOIN_SERVER_MAX_CONNECTIONS_PER_ADDRESS=5");
    assert_int_equal(qn_config_int(c, "server", "max_connections_per_address"), 5);
    assert_int_equal(qn_config_int(c, "server", "max_connections"), 10240);
    qn_config_free(&c);
}

#define NUMBER(text) "must be a whole number from " text
#define A100         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void each_bad_line_is_told_with_its_place_and_what_is_right(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line;
        const char *message;
    } cases[] = {
        { "[server]\nworkers = 0x4", 2, "[server] workers = 0x4: must be auto or a whole number from 1 to 256" },
        { "[server]\nworkers = 257", 2, "[server] workers = 257: must be auto or a whole number from 1 to 256" },
        { "[server]\nworkers =", 2, "[server] workers = : must be auto or a whole number from 1 to 256" },
        { "[server]\n\n# x\nmax_headers = 7", 4, "[server] max_headers = 7: " NUMBER("8 to 1000") },
        { "[server]\nmax_headers = 1e2", 2, "[server] max_headers = 1e2: " NUMBER("8 to 1000") },
        { "[server]\nmax_headers = 99999999999999999999", 2,
          "[server] max_headers = 99999999999999999999: " NUMBER("8 to 1000") },
        { "[server]\nmax_body_bytes = 2T", 2,
          "[server] max_body_bytes = 2T: " NUMBER("1 to 1073741824") ", k, m or g after it for 1024 times as many" },
        { "[server]\nmax_body_bytes = 9007199254740993g", 2,
          "[server] max_body_bytes = 9007199254740993g: " NUMBER("1 to 1073741824") ", k, m or g" },
        { "[server]\nmax_body_bytes = -1", 2, "[server] max_body_bytes = -1: " NUMBER("1 to") },
        { "[server]\nidle_timeout_ms = 60 s", 2, "[server] idle_timeout_ms = 60 s: " NUMBER("10 to 86400000") },
        { "[server]\nlisten =", 2, "[server] listen = : must be a list of 1 to 64 items, separated by commas" },
        { "[server]\nlisten = 8080", 2,
          "[server] listen = 8080: must be host:port, [IPv6]:port or unix:/path, such as 127.0.0.1:8080" },
        { "[server]\nlisten = a:1, b:65536", 2, "must be host:port" },
        { "[server]\nlisten = ::1:8080", 2, "must be host:port" },
        { "[server]\nlisten = *:8080", 2, "must be host:port" },
        { "[server]\nlisten = [::g]:8080", 2,
          "must be an IPv6 address in brackets and a port from 0 to 65535, such as [::1]:8080" },
        { "[server]\nlisten = [::1]", 2, "must be an IPv6 address in brackets" },
        { "[server]\nlisten = [::1:80", 2, "must be an IPv6 address in brackets" },
        { "[server]\nlisten = unix:run/x", 2, "must be unix: and an absolute path of at most 107 bytes" },
        { "[server]\nlisten = unix:/" A100 "/aaaaaa", 2, "must be unix: and an absolute path of at most 107 bytes" },
        { "[server]\nuser =", 2, "[server] user = : must be the name of a user of this system" },
        { "[server]\npublic_url = news.example.org", 2, "must be empty, or http:// or https:// and a host" },
        { "[database]\nurl = mysql://u:secret@h/d", 2,
          "[database] url must be embedded, or a PostgreSQL URI such as postgresql://" },
        { "[database]\nread_url = standby:5432", 2, "[database] read_url must be empty, or a PostgreSQL URI" },
        { "[database]\nmigrate_url = embedded", 2, "[database] migrate_url must be empty, or a PostgreSQL URI" },
        { "[database]\ndata_dir =", 2, "[database] data_dir = : must be a path" },
        { "[log]\nlevel = INFO", 2, "[log] level = INFO: must be one of debug|info|warn|error" },
        { "[log]\naccess = onn", 2, "[log] access = onn: must be on, off, or the path of a file" },
        { "[log]\nlevle = info", 2, "[log] levle is not an option; did you mean level?" },
        { "[log]\nworkers = 2", 2, "[log] workers is not an option; it belongs in [server]" },
        { "[log]\ncolour = red", 2, "[log] colour is not an option; [log] takes level, format, access" },
        { "[server]\ncors_origins = x", 2, "[server] cors_origins is not an option; [server] takes listen," },
        { "\n[cash]", 2, "[cash] is not a section; there are [server], [cache], [database], [log]" },
        { "[ log ]", 1, "[ log ] is not a section" },
        { "[]", 1, "[] is not a section" },
        { "level = info", 1, "level stands before any section: write its [section] above it" },
        { "[log", 1, "a section is written [name]: its ] is missing" },
        { "[log] level = info", 1, "nothing may follow the ] of a section: put it on a line of its own" },
        { "[" A100 "]", 1, "the name of a section has at most 49 characters" },
        { "[log]\nlevel", 2, "an option is written key = value" },
        { "[log]\nlevel: info", 2, "an option is written key = value" },
        { "[log]\nlevel : a = b", 2, "an option is written key = value" },
        { "[log]\nlevel = info ; to read", 2, "a comment stands on a line of its own" },
        { "[database]\ndata_dir = var # here", 2, "a comment stands on a line of its own" },
        { "[log]\nlevel = info\nlevel = info", 3, "[log] level stands in line 2 already; give it once" },
        { "[log]\nlevel = info\n[log]\nlevel = warn", 4, "[log] level stands in line 2 already; give it once" },
        { "[log]\naccess = /" A100 A100, 2,
          "a line has at most 198 bytes, this one 210: give a longer value as QUOIN_SECTION_KEY" },
        { "[log]\naccess = /a\xFF", 2, "this line is not valid UTF-8" },
        { "[log]\naccess = /a\x1b", 2, "a control character does not belong here" },
        { "[log]\rlevel = info", 1, "a control character does not belong here" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char place[128];
        qn_config *c = NULL;
        qn_errmsg e = { "" };
        int rc = load(&c, cases[i].text, NULL, NULL, &e);
        snprintf(place, sizeof place, "%s:%u: ", path, cases[i].line);
        if (rc != QN_EINVAL || c || strncmp(e.text, place, strlen(place)) != 0 || !strstr(e.text, cases[i].message))
            fail_msg("%s\n-> %d: %s\nexpected %s%s", cases[i].text, rc, e.text, place, cases[i].message);
        assert_null(strstr(e.text, "secret"));
    }
}

static void a_nul_in_the_file_is_told_like_any_control_character(void **state)
{
    (void)state;
    static const char text[] = "[log]\nlevel = info\0\n";
    const qn_config_sources src = { .path = path };
    qn_config *c = NULL;
    qn_errmsg e;
    write_ini(text, sizeof text - 1);
    assert_int_equal(qn_config_load(&c, &src, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "quoin.ini:2: a control character does not belong here"));
}

static void all_faults_are_told_at_once(void **state)
{
    (void)state;
    qn_config *c = NULL;
    qn_errmsg e;
    char expected[1024];
    static const char text[] = "[lag]\nlevel = info\n[log]\nlevel = loud\n[server]\nworkers = many\n";
    assert_int_equal(load(&c, text, "log.format=xml", "QUOIN_LOG_ACCES=on", &e), QN_EINVAL);
    snprintf(expected, sizeof expected,
             "%s:1: [lag] is not a section; there are [server], [cache], [database], [log], [plugins]\n"
             "%s:4: [log] level = loud: must be one of debug|info|warn|error\n"
             "%s:6: [server] workers = many: must be auto or a whole number from 1 to 256\n"
             "QUOIN_LOG_ACCES: [log] acces is not an option; did you mean access?\n"
             "--set: [log] format = xml: must be one of text|json",
             path, path, path);
    assert_string_equal(e.text, expected);
}

/* ---- options of plugins ------------------------------------------------------------------------------------------ */

static const qn_opt words[] = {
    { .section = "plugin.words", .key = "per_minute", .kind = QN_OPT_INT, .def = "200", .min = 1, .max = 1000, .unit = "", .help = "x" },
    { .section = "plugin.words", .key = "mode", .kind = QN_OPT_ENUM, .def = "a", .unit = "", .values = "a|b", .help = "x" },
};

static void a_plugins_section_is_read_when_its_table_comes(void **state)
{
    (void)state;
    qn_config *c = NULL;
    qn_errmsg e;
    assert_int_equal(load(&c, "[plugin.words]\nper_minute = 300\n", NULL, "QUOIN_PLUGIN_WORDS_MODE=b", &e), 0);
    assert_int_equal(qn_config_add(c, words, 2, &e), 0);
    assert_int_equal(qn_config_int(c, "plugin.words", "per_minute"), 300);
    assert_int_equal(qn_config_from(c, "plugin.words", "per_minute"), QN_FROM_FILE);
    assert_string_equal(qn_config_str(c, "plugin.words", "mode"), "b");
    qn_config_free(&c);
    assert_int_equal(load(&c, "[plugin.words]\nper_minute = 300\n", "plugin.words.per_minute=7", NULL, &e), 0);
    assert_int_equal(qn_config_add(c, words, 2, &e), 0);
    assert_int_equal(qn_config_int(c, "plugin.words", "per_minute"), 7);
    assert_string_equal(qn_config_str(c, "plugin.words", "mode"), "a");
    qn_config_free(&c);
}

static void faults_of_a_plugins_section_are_told_with_where(void **state)
{
    (void)state;
    qn_config *c = NULL;
    qn_errmsg e;
    char expected[1024];
    static const char text[] = "[plugin.words]\nper_minute = 0\nmod = a\nmode = a\nmode = b\n";
    assert_int_equal(load(&c, text, NULL, NULL, &e), 0);
    assert_int_equal(qn_config_add(c, words, 2, &e), QN_EINVAL);
    snprintf(expected, sizeof expected,
             "%s:2: [plugin.words] per_minute = 0: must be a whole number from 1 to 1000\n"
             "%s:3: [plugin.words] mod is not an option; did you mean mode?\n"
             "%s:5: [plugin.words] mode stands in %s:4 already; give it once",
             path, path, path, path);
    assert_string_equal(e.text, expected);
    qn_config_free(&c);
}

static void note_untaken(void *ctx, const char *where, const char *what)
{
    (void)where;
    qn_buf_addz(ctx, what);
    qn_buf_addc(ctx, ' ');
}

static void what_no_plugin_took_can_be_told(void **state)
{
    (void)state;
    qn_config *c = NULL;
    qn_errmsg e;
    qn_buf told;
    qn_buf_init(&told, 0);
    assert_int_equal(load(&c, "[plugin.words]\nmode = b\n[plugin.gone]\na = 1\n", NULL, "QUOIN_PLUGIN_OTHER_X=1", &e), 0);
    assert_int_equal(qn_config_add(c, words, 2, &e), 0);
    qn_config_untaken(c, note_untaken, &told);
    assert_string_equal(told.p, "plugin.gone QUOIN_PLUGIN_OTHER_X ");
    qn_buf_free(&told);
    qn_config_free(&c);
}

static void bad_settings_from_elsewhere_are_told_with_where(void **state)
{
    (void)state;
    static const struct {
        const char *set, *variable, *message;
    } cases[] = {
        { "server", NULL, "--set: \"server\": write --set section.key=value" },
        { "server=1", NULL, "--set: \"server=1\": write --set section.key=value" },
        { "server.workers", NULL, "--set: \"server.workers\": write --set section.key=value" },
        { "server.workers=x", NULL, "--set: [server] workers = x: must be auto or" },
        { "cash.bytes=1", NULL, "--set: [cash] is not a section" },
        { "log.access=/a\nb", NULL, "must be UTF-8 text without control characters" },
        { "log.access=/a\xFF", NULL, "must be UTF-8 text without control characters" },
        { NULL, "QUOIN_SERVER_WORKERS=x", "QUOIN_SERVER_WORKERS: [server] workers = x: must be auto or" },
        { NULL, "QUOIN_SERVER_WORKER=1",
          "QUOIN_SERVER_WORKER: [server] worker is not an option; did you mean workers?" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_config *c = NULL;
        qn_errmsg e = { "" };
        assert_int_equal(load(&c, NULL, cases[i].set, cases[i].variable, &e), QN_EINVAL);
        assert_null(c);
        if (!strstr(e.text, cases[i].message)) fail_msg("%s\nexpected %s", e.text, cases[i].message);
    }
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    qn_config *c = NULL;
    qn_errmsg e;
    qn_config_sources src = { .path = "/nonexistent/quoin.ini" };
    assert_int_equal(qn_config_load(&c, &src, &e), QN_EIO);
    assert_string_equal(e.text, "/nonexistent/quoin.ini: No such file or directory");
    src.path = folder;
    assert_int_equal(qn_config_load(&c, &src, &e), QN_EIO);
    assert_non_null(strstr(e.text, "Is a directory"));

    FILE *f = fopen(path, "wb");
    for (int i = 0; i < 200000; i++) fputs("# filler\n", f);
    fclose(f);
    src.path = path;
    assert_int_equal(qn_config_load(&c, &src, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "too large for a configuration"));
    assert_null(c);
}

static void values_of_every_kind_are_read(void **state)
{
    (void)state;
    static const qn_opt on = { .kind = QN_OPT_BOOL }, size = { .kind = QN_OPT_BYTES, .max = INT64_MAX },
                        number = { .kind = QN_OPT_INT, .min = -5, .max = 5 };
    static const struct {
        const qn_opt *o;
        const char *text;
        int rc;
        int64_t value;
    } cases[] = {
        { &on, "on", 0, 1 },
        { &on, " true ", 0, 1 },
        { &on, "yes", 0, 1 },
        { &on, "1", 0, 1 },
        { &on, "off", 0, 0 },
        { &on, "false", 0, 0 },
        { &on, "no", 0, 0 },
        { &on, "0", 0, 0 },
        { &on, "", QN_EINVAL, 0 },
        { &on, "ON", QN_EINVAL, 0 },
        { &on, "2", QN_EINVAL, 0 },
        { &size, "0", 0, 0 },
        { &size, "3k", 0, 3072 },
        { &size, "1G", 0, 1 << 30 },
        { &size, "k", QN_EINVAL, 0 },
        { &number, "-5", 0, -5 },
        { &number, "6", QN_EINVAL, 0 },
    };
    qn_arena *a = qn_arena_new(0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_opt_value v = { .number = 0 };
        qn_errmsg why = { "" };
        assert_int_equal(qn_opt_parse(&v, a, cases[i].o, cases[i].text, &why), cases[i].rc);
        if (cases[i].rc)
            assert_string_not_equal(why.text, "");
        else
            assert_int_equal(v.number, cases[i].value);
    }
    qn_arena_free(&a);
}

static char *print_to_memory(void (*print)(const qn_config *c, FILE *out), const qn_config *c)
{
    char *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);
    assert_non_null(f);
    print(c, f);
    fclose(f);
    return text;
}

static void show_tells_what_is_in_force_from_where_and_no_password(void **state)
{
    (void)state;
    qn_config *c = load_good("[database]\nurl = postgres://ann:pa@ss:word@h1,h2/db?password=other&sslmode=require\n"
                             "migrate_url = postgres://owner@h1/db?sslpassword=third\n",
                             "log.level=debug", "QUOIN_SERVER_WORKERS=3");
    char *text = print_to_memory(qn_config_show, c);
    const char *const expected[] = { "[server]\nlisten = 127.0.0.1:8080",
                                     "workers = 3 ",
                                     "# QUOIN_SERVER_WORKERS\n",
                                     "url = postgres://ann:***@h1,h2/db?password=***&sslmode=require",
                                     "quoin.ini:2\n",
                                     "migrate_url = postgres://owner@h1/db?sslpassword=***",
                                     "level = debug ",
                                     "# --set\n",
                                     "# default\n" };
    for (size_t i = 0; i < COUNT(expected); i++)
        if (!strstr(text, expected[i])) fail_msg("no %s in\n%s", expected[i], text);
    assert_null(strstr(text, "word@"));
    assert_null(strstr(text, "other"));
    assert_null(strstr(text, "third"));
    free(text);
    qn_config_free(&c);
}

static void print_template(const qn_config *c, FILE *out)
{
    (void)c;
    qn_config_template(out);
}

static void config_quoin_ini_is_what_the_table_says(void **state)
{
    (void)state;
    char *text = print_to_memory(print_template, NULL);
    qn_buf file;
    qn_buf_init(&file, 0);
    FILE *f = fopen("config/quoin.ini", "rb");
    assert_non_null(f);
    for (int c; (c = fgetc(f)) != EOF;) qn_buf_addc(&file, (char)c);
    fclose(f);
    if (strcmp(file.p, text) != 0) fail_msg("config/quoin.ini differs from the table of options: run `make template`");
    qn_buf_free(&file);
    free(text);
}

/* The template with every option uncommented is the defaults, read from a file. */
static void the_template_uncommented_is_the_defaults(void **state)
{
    (void)state;
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    char *text = print_to_memory(print_template, NULL);
    for (char *hash = text; (hash = strstr(hash, "\n#"));) {
        if (hash[2] != ' ') memmove(hash + 1, hash + 2, strlen(hash + 2) + 1);
        hash++;
    }
    qn_config *c = load_good(text, NULL, NULL);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(qn_config_from(c, t[i].section, t[i].key), QN_FROM_FILE);
        assert_string_equal(qn_config_str(c, t[i].section, t[i].key), t[i].def);
    }
    qn_config_free(&c);
    free(text);
}

static void the_table_is_in_order(void **state)
{
    (void)state;
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    for (size_t i = 0; i < n; i++) {
        assert_true(t[i].help && t[i].unit && t[i].def && strlen(t[i].help) <= 118);
        assert_true(t[i].kind != QN_OPT_ENUM || t[i].values);
        for (size_t k = i + 1; k < n; k++) {
            assert_true(strcmp(t[i].section, t[k].section) != 0 || strcmp(t[i].key, t[k].key) != 0);
            /* options of a section stand together */
            assert_true(strcmp(t[i].section, t[k].section) != 0 || strcmp(t[k - 1].section, t[k].section) == 0);
        }
    }
}

static void loading_survives_each_allocation_that_fails(void **state)
{
    (void)state;
    static const char good[] = "[server]\nlisten = a:1,b:2\nworkers = 2\n", bad[] = "[server]\nworkres = 2\n[x]\n";
    for (int is_bad = 0; is_bad < 2; is_bad++) {
        write_ini(is_bad ? bad : good, strlen(is_bad ? bad : good));
        bool hit = true;
        for (long k = 0; hit; k++) {
            const qn_config_sources src = { .path = path };
            qn_config *c = NULL;
            qn_errmsg e = { "" };
            oom_start(k);
            int rc = qn_config_load(&c, &src, &e);
            hit = oom_end();
            if (!hit)
                assert_int_equal(rc, is_bad ? QN_EINVAL : 0);
            else
                assert_true(rc == QN_ENOMEM || (is_bad && rc == QN_EINVAL)); /* a hint may be lost, the fault is not */
            assert_true(rc == 0 || (!c && e.text[0]));
            qn_config_free(&c);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--template") == 0) {
        qn_config_template(stdout);
        return 0;
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(without_a_file_every_option_has_its_default),
        TEST(the_file_is_read_as_it_looks),
        TEST(set_wins_over_environment_over_file),
        TEST(each_bad_line_is_told_with_its_place_and_what_is_right),
        TEST(a_nul_in_the_file_is_told_like_any_control_character),
        TEST(all_faults_are_told_at_once),
        TEST(a_plugins_section_is_read_when_its_table_comes),
        TEST(faults_of_a_plugins_section_are_told_with_where),
        TEST(what_no_plugin_took_can_be_told),
        TEST(bad_settings_from_elsewhere_are_told_with_where),
        TEST(a_file_that_cannot_be_read_says_why),
        TEST(values_of_every_kind_are_read),
        TEST(show_tells_what_is_in_force_from_where_and_no_password),
        TEST(config_quoin_ini_is_what_the_table_says),
        TEST(the_template_uncommented_is_the_defaults),
        TEST(the_table_is_in_order),
        TEST(loading_survives_each_allocation_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
