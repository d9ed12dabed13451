/* Trying a plugin in a throwaway child: what kills that, kills nothing else. It tells the parent what the plugin is as
 * one JSON object. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "plugin/probe.h"

enum { PROBE_MS = 10000, TOLD_MAX_BYTES = 16 << 20 };

/* ---- in the child ----------------------------------------------------------------------------------------------- */

static json_t *steps_json(const qn_descriptor *d)
{
    json_t *list = json_array();
    for (const char *at = (const char *)d->migrations; at; at += d->sql_step_size) {
        const qn_sql_step *s = (const qn_sql_step *)(const void *)at;
        if (!s->name) break;
        json_array_append_new(list, json_pack("{s:s,s:s}", "name", s->name, "sql", s->sql ? s->sql : ""));
    }
    return list;
}

static json_t *depends_json(const qn_descriptor *d)
{
    json_t *list = json_array();
    for (const char *const *p = d->depends; p && *p; p++) json_array_append_new(list, json_string(*p));
    return list;
}

static json_t *describe(const qn_plugin *p, json_t *options)
{
    const qn_descriptor *d = &p->desc;
    return json_pack("{s:s,s:s,s:s,s:i,s:i,s:I,s:o,s:o,s:o,s:o,s:b}", "name", d->name, "version", d->version, "summary",
                     d->summary ? d->summary : "", "abi_major", d->abi_major, "abi_minor", d->abi_minor, "needs",
                     (json_int_t)d->needs, "depends", depends_json(d), "options", options, "migrations", steps_json(d),
                     "registered", qn_host_registered(p->host, p), "selftest", d->selftest != NULL);
}

/* Options of the plugin into the child's own copy of the configuration. */
static int read_options(json_t **options, qn_plugin *p, qn_plugin_info *info, const qn_probe *probe, bool *of_config,
                        qn_errmsg *e)
{
    *options = qn_desc_options(&p->desc, e);
    if (!*options) return QN_EINVAL;
    info->name = p->name;
    int rc = qn_info_options(info, p->host->arena, *options);
    if (rc) return qn_fail(e, rc, "out of memory");
    *of_config = true;
    rc = qn_config_add(probe->config, info->options, info->noptions, e);
    if (rc) return rc;
    *of_config = false;
    return qn_plugin_allowed(probe->config, p->name, p->desc.needs, e);
}

/* Everything that is done to a plugin to find out what it is. `*of_config`: what is wrong is in the ini. */
static int try_plugin(json_t **told, const qn_probe *probe, char stage[QN_PROBE_STAGE_BYTES], bool *of_config,
                      qn_errmsg *e)
{
    qn_host *h;
    json_t *options = NULL;
    qn_host_env env = { .config = probe->config };
    if (probe->become && probe->become(probe->ctx, e)) return QN_EIO;
    if (qn_host_make(&h, NULL, &env)) return qn_fail(e, QN_ENOMEM, "out of memory");
    qn_plugin *p = qn_arena_calloc(h->arena, 1, sizeof *p);
    qn_plugin_info *info = qn_arena_calloc(h->arena, 1, sizeof *info);
    if (!p || !info) return qn_fail(e, QN_ENOMEM, "out of memory");
    *p = (qn_plugin){ .host = h, .info = info, .index = -1 };
    strcpy(stage, "loading");
    int rc = qn_plugin_load(p, probe->path, e);
    if (!rc && probe->name && strcmp(probe->name, p->name))
        rc = qn_fail(e, QN_EINVAL, "%s calls itself %s: a plugin's file has its name, %s.so", probe->path, p->name,
                     p->name);
    if (!rc) rc = read_options(&options, p, info, probe, of_config, e);
    if (rc) return rc;
    strcpy(stage, "its check");
    *of_config = true;
    rc = qn_plugin_check_options(p, e);
    if (rc) return rc;
    *of_config = false;
    strcpy(stage, "its init");
    rc = qn_plugin_start(p, e);
    if (rc) return rc;
    *told = describe(p, options);
    strcpy(stage, "its selftest");
    return probe->selftest ? qn_plugin_selftest(p, e) : QN_OK;
}

static void tell(int fd, json_t *told)
{
    char *text = json_dumps(told, JSON_COMPACT);
    size_t n = text ? strlen(text) : 0;
    for (size_t at = 0; at < n;) {
        ssize_t m = write(fd, text + at, n - at);
        if (m < 0 && errno != EINTR) break;
        if (m > 0) at += (size_t)m;
    }
}

static _Noreturn void be_probe(const qn_probe *probe, int fd, char *stage)
{
    qn_errmsg e = { "" };
    json_t *told = NULL;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    static const int to_default[] = { SIGTERM, SIGINT, SIGCHLD, SIGALRM };
    for (size_t i = 0; i < sizeof to_default / sizeof *to_default; i++) signal(to_default[i], SIG_DFL);
    bool of_config = false;
    int rc = try_plugin(&told, probe, stage, &of_config, &e);
    if (rc) told = json_pack("{s:i,s:s,s:b}", "error", rc, "why", e.text, "config", of_config);
    tell(fd, told);
    _exit(0); /* nothing is tidied up: what it has is gone with it */
}

/* ---- in the parent ---------------------------------------------------------------------------------------------- */

/* Reads until the child has closed its end. QN_ETIMEOUT: it takes too long. */
static int listen_to(qn_buf *to, int fd)
{
    int64_t until = qn_mono_ms() + PROBE_MS;
    for (;;) {
        int64_t left = until - qn_mono_ms();
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (left <= 0) return QN_ETIMEOUT;
        int ready = poll(&p, 1, (int)left);
        if (ready < 0 && errno != EINTR) return QN_EIO;
        if (ready <= 0) continue;
        int rc = qn_buf_reserve(to, 65536);
        if (rc) return rc;
        ssize_t n = read(fd, to->p + to->n, 65536);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 ? QN_EIO : QN_OK;
        to->n += (size_t)n;
    }
}

static int read_answer(json_t **out, const qn_buf *text, const qn_probe *probe, const char *stage, int status,
                       bool *of_config, qn_errmsg *e)
{
    json_error_t fault;
    json_t *told = WIFEXITED(status) && text->n ? json_loadb(text->p, text->n, 0, &fault) : NULL;
    if (WIFSIGNALED(status))
        return qn_fail(e, QN_EINVAL, "%s crashed (%s) in %s: run quoin plugin check %s under a debugger", probe->path,
                       strsignal(WTERMSIG(status)), stage, probe->path);
    if (!told)
        return qn_fail(e, QN_EINVAL, "%s ended the process (status %d) in %s: a plugin never calls exit()", probe->path,
                       WEXITSTATUS(status), stage);
    json_t *why = json_object_get(told, "why");
    int rc = QN_OK;
    *of_config = json_is_true(json_object_get(told, "config"));
    if (why)
        rc = qn_fail(e, (int)json_integer_value(json_object_get(told, "error")), "%s", json_string_value(why));
    else
        *out = json_incref(told);
    json_decref(told);
    return rc;
}

int qn_probe_run(json_t **out, const qn_probe *probe, bool *of_config, qn_errmsg *e)
{
    int fds[2], status = 0;
    char *stage = mmap(NULL, QN_PROBE_STAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stage == MAP_FAILED) return qn_fail(e, QN_ENOMEM, "out of memory");
    if (pipe2(fds, O_CLOEXEC)) {
        munmap(stage, QN_PROBE_STAGE_BYTES);
        return qn_fail(e, QN_EIO, "pipe: %s", strerror(errno));
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        be_probe(probe, fds[1], stage);
    }
    close(fds[1]);
    qn_buf text;
    qn_buf_init(&text, TOLD_MAX_BYTES);
    int rc = pid < 0 ? qn_fail(e, QN_EIO, "fork: %s", strerror(errno)) : listen_to(&text, fds[0]);
    if (pid > 0) {
        if (rc) kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
        if (rc == QN_ETIMEOUT)
            qn_fail(e, rc, "%s was not done with %s after %d s and was ended: is there an endless loop?", probe->path,
                    stage, PROBE_MS / 1000);
        else
            rc = rc ? qn_fail(e, rc, "%s: trying it: %s", probe->path, qn_strerror(rc))
                    : read_answer(out, &text, probe, stage, status, of_config, e);
    }
    close(fds[0]);
    qn_buf_free(&text);
    munmap(stage, QN_PROBE_STAGE_BYTES);
    return rc;
}
