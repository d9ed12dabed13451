/* What the master knows of the plugins: which there are, what they are, in which order; who is to blame for a crash. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/probe.h"

/* ---- where they lie --------------------------------------------------------------------------------------------- */

/* `plugins` beside the program: of a build that was not installed. */
static const char *dir_beside(qn_arena *a)
{
    char self[4096];
    struct stat st;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return NULL;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash) return NULL;
    *slash = '\0';
    char *dir = qn_arena_printf(a, "%s/plugins", self);
    return dir && stat(dir, &st) == 0 && S_ISDIR(st.st_mode) ? dir : NULL;
}

const char *qn_plugins_dir(qn_arena *a, const qn_config *c)
{
    const char *dir = qn_config_str(c, "plugins", "dir");
    if (strcmp(dir, "auto")) return dir;
    const char *beside = dir_beside(a);
    return beside ? beside : QN_PREFIX "/lib/quoin/plugins";
}

/* ---- what they are ---------------------------------------------------------------------------------------------- */

static void free_json(void *v)
{
    json_decref(v);
}

static const char *text_of(qn_arena *a, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? qn_arena_strdup(a, s) : NULL;
}

static int read_lists(qn_plugin_info *info, qn_arena *a, const json_t *told)
{
    const json_t *depends = json_object_get(told, "depends"), *steps = json_object_get(told, "migrations");
    info->ndepends = json_array_size(depends);
    info->nsteps = json_array_size(steps);
    info->depends = qn_arena_calloc(a, info->ndepends + 1, sizeof *info->depends);
    info->steps = qn_arena_calloc(a, info->nsteps + 1, sizeof *info->steps);
    if (!info->depends || !info->steps) return QN_ENOMEM;
    for (size_t i = 0; i < info->ndepends; i++) {
        info->depends[i] = qn_arena_strdup(a, json_string_value(json_array_get(depends, i)));
        if (!info->depends[i]) return QN_ENOMEM;
    }
    for (size_t i = 0; i < info->nsteps; i++) {
        info->steps[i].name = text_of(a, json_array_get(steps, i), "name");
        info->steps[i].sql = text_of(a, json_array_get(steps, i), "sql");
        if (!info->steps[i].name || !info->steps[i].sql) return QN_ENOMEM;
    }
    return QN_OK;
}

static int read_told(qn_plugin_info *info, qn_arena *a, json_t *told)
{
    info->version = text_of(a, told, "version");
    info->summary = text_of(a, told, "summary");
    info->abi_major = (unsigned)json_integer_value(json_object_get(told, "abi_major"));
    info->abi_minor = (unsigned)json_integer_value(json_object_get(told, "abi_minor"));
    info->needs = (uint64_t)json_integer_value(json_object_get(told, "needs"));
    info->registered = json_incref(json_object_get(told, "registered"));
    if (qn_arena_defer(a, free_json, info->registered)) {
        json_decref(info->registered);
        return QN_ENOMEM;
    }
    if (!info->version || !info->summary) return QN_ENOMEM;
    int rc = qn_info_options(info, a, json_object_get(told, "options"));
    return rc ? rc : read_lists(info, a, told);
}

/* Stages and tries one. 0, also when it is refused, which `info` then says. */
static int find_out(qn_plugin_info *info, qn_plugins *p, const qn_plugins_options *o, int stage_fd, qn_errmsg *e)
{
    qn_errmsg why = { "" };
    json_t *told = NULL;
    bool of_config = false;
    char *from = qn_arena_printf(p->arena, "%s/%s.so", qn_plugins_dir(p->arena, o->config), info->name);
    info->path = stage_fd < 0 ? from : qn_arena_printf(p->arena, "%s/run/gen-1/%s.so", o->data_dir, info->name);
    if (!from || !info->path) return qn_fail(e, QN_ENOMEM, "out of memory");
    int rc = stage_fd < 0 ? QN_OK : qn_stage_file(stage_fd, from, info->name, &why);
    if (!rc && stage_fd >= 0) rc = qn_elf_check(from, &why); /* its words name the original */
    qn_probe probe = {
        .path = info->path, .name = info->name, .config = o->config, .become = o->become, .ctx = o->ctx
    };
    if (!rc) rc = qn_probe_run(&told, &probe, &of_config, &why);
    if (rc && of_config) return qn_fail(e, QN_EINVAL, "%s", why.text);
    if (!rc) {
        rc = read_told(info, p->arena, told);
        json_decref(told);
        return rc ? qn_fail(e, rc, "out of memory") : qn_config_add(o->config, info->options, info->noptions, e);
    }
    info->refused = qn_arena_strdup(p->arena, why.text);
    return info->refused ? QN_OK : qn_fail(e, QN_ENOMEM, "out of memory");
}

/* ---- the order -------------------------------------------------------------------------------------------------- */

static const qn_plugin_info *by_name(const qn_plugin_info *items, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(items[i].name, name)) return &items[i];
    return NULL;
}

/* The first plugin that `info` needs and that is not among the first `placed` of `to`, or NULL. */
static const char *lacks(const qn_plugin_info *info, const qn_plugin_info *to, size_t placed)
{
    for (size_t i = 0; i < info->ndepends; i++) {
        const qn_plugin_info *d = by_name(to, placed, info->depends[i]);
        if (!d || d->refused) return info->depends[i];
    }
    return NULL;
}

static int refuse_lacking(qn_plugins *p, qn_plugin_info *info)
{
    const char *name = info->depends[0];
    for (size_t i = 0; i < info->ndepends; i++) {
        const qn_plugin_info *x = by_name(p->items, p->n, info->depends[i]);
        if (!x || x->refused) name = info->depends[i];
    }
    const qn_plugin_info *d = by_name(p->items, p->n, name);
    info->refused =
        !d ? qn_arena_printf(p->arena,
                             "the plugin %s needs %s, which [plugins] load does not name: add %s to it, or take %s out",
                             info->name, name, name, info->name)
        : d->refused
            ? qn_arena_printf(p->arena, "the plugin %s needs %s, which cannot be used itself", info->name, name)
            : qn_arena_printf(p->arena, "the plugin %s needs %s, which needs %s again: one of them must do without",
                              info->name, name, info->name);
    return info->refused ? QN_OK : QN_ENOMEM;
}

/* What depends comes after what it depends on; else the order of the ini. */
static int put_in_order(qn_plugins *p)
{
    qn_plugin_info *to = qn_arena_calloc(p->arena, p->n + 1, sizeof *to);
    bool *taken = qn_arena_calloc(p->arena, p->n + 1, sizeof *taken);
    size_t placed = 0;
    if (!to || !taken) return QN_ENOMEM;
    for (bool moved = true; moved;) {
        moved = false;
        for (size_t i = 0; i < p->n; i++) {
            if (taken[i] || (!p->items[i].refused && lacks(&p->items[i], to, placed))) continue;
            to[placed++] = p->items[i];
            taken[i] = moved = true;
        }
    }
    for (size_t i = 0; i < p->n; i++) {
        if (taken[i]) continue;
        int rc = refuse_lacking(p, &p->items[i]);
        if (rc) return rc;
        to[placed++] = p->items[i];
    }
    p->items = to;
    return QN_OK;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static int check_must(const qn_plugins *p, qn_errmsg *e)
{
    const char *const *must;
    size_t n = qn_config_list(p->config, "plugins", "must_load", &must);
    for (size_t i = 0; i < n; i++) {
        const qn_plugin_info *info = by_name(p->items, p->n, must[i]);
        if (!info)
            return qn_fail(e, QN_EINVAL, "[plugins] must_load names %s, which load does not: add it there", must[i]);
        if (info->refused) return qn_fail(e, QN_EINVAL, "%s ([plugins] must_load names it)", info->refused);
    }
    return QN_OK;
}

static void tell_untaken(void *ctx, const char *where, const char *what)
{
    const qn_plugins *p = ctx;
    const char *name = strncmp(what, "plugin.", 7) ? NULL : what + 7;
    const qn_plugin_info *info = name ? by_name(p->items, p->n, name) : NULL;
    if (!info) qn_warn("%s is not read: [plugins] load names no plugin that takes it (%s)", where, what);
}

static int open_all(qn_plugins *p, const qn_plugins_options *o, qn_errmsg *e)
{
    const char *const *names;
    int fd = -1, rc = QN_OK;
    size_t n = qn_config_list(o->config, "plugins", "load", &names);
    size_t crashes = (size_t)qn_config_int(o->config, "plugins", "quarantine_crashes");
    p->items = qn_arena_calloc(p->arena, n + 1, sizeof *p->items);
    if (!p->items) return qn_fail(e, QN_ENOMEM, "out of memory");
    if (n && o->data_dir) rc = qn_stage_open(&fd, o->data_dir, e);
    for (size_t i = 0; i < n && !rc; i++) {
        if (by_name(p->items, p->n, names[i])) continue;
        qn_plugin_info *info = &p->items[p->n];
        *info = (qn_plugin_info){ .name = qn_arena_strdup(p->arena, names[i]), .index = (int)p->n };
        info->crashes = qn_arena_calloc(p->arena, crashes, sizeof *info->crashes);
        if (!info->name || !info->crashes)
            rc = qn_fail(e, QN_ENOMEM, "out of memory");
        else
            p->n++;
        if (!rc) rc = find_out(info, p, o, fd, e);
    }
    if (fd >= 0) close(fd);
    if (!rc && put_in_order(p)) rc = qn_fail(e, QN_ENOMEM, "out of memory");
    return rc ? rc : check_must(p, e);
}

int qn_plugins_open(qn_plugins **out, const qn_plugins_options *o, qn_errmsg *e)
{
    qn_arena *a = qn_arena_new(0);
    qn_plugins *p = a ? qn_arena_calloc(a, 1, sizeof *p) : NULL;
    if (p) p->shared = qn_plugin_shared_new();
    if (!p || !p->shared) {
        qn_arena_free(&a);
        return qn_fail(e, QN_ENOMEM, "out of memory");
    }
    p->arena = a;
    p->config = o->config;
    int rc = open_all(p, o, e);
    if (rc) {
        qn_plugins_free(&p);
        return rc;
    }
    for (size_t i = 0; i < p->n; i++) {
        const qn_plugin_info *info = &p->items[i];
        const qn_config *c = o->config;
        const char *const *must;
        size_t n = qn_config_list(c, "plugins", "must_load", &must);
        for (size_t j = 0; j < n; j++)
            if (!strcmp(must[j], info->name)) p->items[i].must = true;
        if (o->quiet) continue;
        if (info->refused)
            qn_error("%s; the rest goes on without it", info->refused);
        else
            qn_info("plugin %s %s (interface %u.%u): %s", info->name, info->version, info->abi_major, info->abi_minor,
                    info->needs ? qn_caps_text(p->arena, info->needs) : "needs nothing");
    }
    if (!o->quiet) qn_config_untaken(o->config, tell_untaken, p);
    *out = p;
    return QN_OK;
}

void qn_plugins_free(qn_plugins **p)
{
    if (!p || !*p) return;
    qn_plugin_shared *shared = (*p)->shared;
    qn_arena *a = (*p)->arena;
    *p = NULL;
    qn_arena_free(&a);
    qn_plugin_shared_free(&shared);
}

size_t qn_plugins_count(const qn_plugins *p)
{
    return p ? p->n : 0;
}

size_t qn_plugins_usable(const qn_plugins *p)
{
    size_t n = 0;
    for (size_t i = 0; i < qn_plugins_count(p); i++) n += !p->items[i].refused;
    return n;
}

/* ---- telling of them -------------------------------------------------------------------------------------------- */

static json_t *counters_json(const qn_plugins *p, int index)
{
    json_t *o = json_object();
    for (size_t i = 0; i < QN_PLUGIN_COUNTERS; i++) {
        qn_plugin_count *c = &p->shared->counters[i];
        if (atomic_load(&c->state) == 2 && c->plugin == index)
            json_object_set_new(o, c->name, json_integer((json_int_t)atomic_load(&c->value)));
    }
    return o;
}

/* Places of everything that was registered, in groups. */
static json_t *places_json(const qn_plugin_info *info)
{
    const char *group;
    json_t *list, *o = json_object();
    json_object_foreach(info->registered, group, list)
    {
        size_t i;
        json_t *r, *places = json_array();
        json_array_foreach(list, i, r) json_array_append(places, json_object_get(r, "place"));
        json_object_set_new(o, group, places);
    }
    return o;
}

static json_t *info_json(const qn_plugins *p, const qn_plugin_info *info)
{
    qn_plugin_state *s = &p->shared->plugins[info->index];
    bool closed = atomic_load(&s->quarantined) != 0;
    const char *state = info->refused ? "refused" : closed ? "quarantined" : "loaded";
    qn_arena *a = qn_arena_new(0);
    json_t *needs = json_array(), *o = NULL;
    if (a) {
        qn_str rest = qn_str_of(qn_caps_text(a, info->needs));
        while (rest.n) {
            qn_str word = qn_str_trim(qn_str_cut(&rest, ','));
            json_array_append_new(needs, json_stringn(word.p, word.n));
        }
    }
    qn_arena_free(&a);
    o = json_pack("{s:s,s:s?,s:s?,s:s,s:s?,s:o,s:o,s:i,s:o}", "name", info->name, "version", info->version, "summary",
                  info->summary, "state", state, "why",
                  info->refused ? info->refused
                  : closed      ? s->why
                                : NULL,
                  "needs", needs, "provides", places_json(info), "crashes", (int)atomic_load(&s->crashes), "counters",
                  counters_json(p, info->index));
    return o;
}

int qn_plugins_json(qn_buf *to, const qn_plugins *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < qn_plugins_count(p); i++) json_array_append_new(list, info_json(p, &p->items[i]));
    int rc = list ? qn_json_write(to, list, false) : QN_ENOMEM;
    json_decref(list);
    return rc;
}

void qn_plugins_list(qn_buf *to, const qn_plugins *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const qn_plugin_info *info = &p->items[i];
        if (info->refused)
            qn_buf_printf(to, "%-16s %-10s cannot be used: %s\n", info->name, "-", info->refused);
        else
            qn_buf_printf(to, "%-16s %-10s %s\n", info->name, info->version, info->summary);
    }
}

/* ---- blame ------------------------------------------------------------------------------------------------------ */

static void close_plugin(qn_plugins *p, qn_plugin_info *info, const char *place)
{
    qn_plugin_state *s = &p->shared->plugins[info->index];
    int64_t window = qn_config_int(p->config, "plugins", "quarantine_window_s");
    snprintf(s->why, sizeof s->why,
             "it crashed %zu times within %lld s, the last time in %s; repair or take it out of [plugins] load and "
             "restart the "
             "server, which lifts the quarantine",
             info->ncrashes, (long long)window, place);
    atomic_store(&s->quarantined, 1);
    qn_error("plugin %s is in quarantine: %s", info->name, s->why);
}

const char *qn_plugins_blame(qn_plugins *p, const qn_slot *slot, const char *how, int64_t now_ms)
{
    qn_plugin_note note;
    qn_plugin_info *info = NULL;
    memcpy(&note, slot->note, sizeof note);
    note.plugin[sizeof note.plugin - 1] = note.place[sizeof note.place - 1] = note.request[sizeof note.request - 1] =
        '\0';
    for (size_t i = 0; i < qn_plugins_count(p) && !info; i++)
        if (*note.plugin ? !strcmp(p->items[i].name, note.plugin) : note.work == p->items[i].index + 1)
            info = &p->items[i];
    if (!info) return NULL;
    if (!*note.plugin) snprintf(note.place, sizeof note.place, "work on a thread");
    qn_plugin_state *s = &p->shared->plugins[info->index];
    atomic_fetch_add(&s->crashes, 1);
    qn_log(QN_LOG_ERROR, *note.request ? note.request : NULL, "plugin %s: %s in %s", info->name, how, note.place);
    size_t most = (size_t)qn_config_int(p->config, "plugins", "quarantine_crashes");
    int64_t window_ms = qn_config_int(p->config, "plugins", "quarantine_window_s") * 1000;
    info->crashes[info->crash_at] = now_ms;
    info->crash_at = (info->crash_at + 1) % most;
    if (info->ncrashes < most) info->ncrashes++;
    /* In a ring of `most`, the next place holds the oldest. */
    bool often = info->ncrashes == most && now_ms - info->crashes[info->crash_at] <= window_ms;
    if (often && !atomic_load(&s->quarantined)) close_plugin(p, info, note.place);
    return info->name;
}

/* ---- quoin plugin check ----------------------------------------------------------------------------------------- */

static void print_told(const json_t *told, FILE *out)
{
    const char *group;
    json_t *list;
    uint64_t needs = (uint64_t)json_integer_value(json_object_get(told, "needs"));
    qn_arena *a = qn_arena_new(0);
    fprintf(out, "%s %s: %s\n", json_string_value(json_object_get(told, "name")),
            json_string_value(json_object_get(told, "version")), json_string_value(json_object_get(told, "summary")));
    fprintf(out, "  interface  %d.%d (this server: %d.%d)\n",
            (int)json_integer_value(json_object_get(told, "abi_major")),
            (int)json_integer_value(json_object_get(told, "abi_minor")), QN_ABI_MAJOR, QN_ABI_MINOR);
    fprintf(out, "  needs      %s\n", !a ? "" : needs ? qn_caps_text(a, needs) : "nothing");
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(told, "depends"), i, v) fprintf(out, "  depends on %s\n", json_string_value(v));
    json_object_foreach(json_object_get(told, "registered"), group, list) json_array_foreach(list, i, v)
        fprintf(out, "  %-10s %s\n", i ? "" : group, json_string_value(json_object_get(v, "place")));
    json_array_foreach(json_object_get(told, "options"), i, v)
        fprintf(out, "  %-10s %s = %s\n", i ? "" : "options", json_string_value(json_object_get(v, "key")),
                json_string_value(json_object_get(v, "def")));
    json_array_foreach(json_object_get(told, "migrations"), i, v)
        fprintf(out, "  %-10s %s\n", i ? "" : "migrations", json_string_value(json_object_get(v, "name")));
    fprintf(out, "  selftest   %s\n", json_is_true(json_object_get(told, "selftest")) ? "passed" : "has none");
    qn_arena_free(&a);
}

int qn_plugin_check(const char *path, qn_config *config, FILE *out, qn_errmsg *e)
{
    json_t *told = NULL;
    bool of_config;
    char real[4096];
    /* A name without a slash would be looked for where libraries are. */
    if (!realpath(path, real)) return qn_fail(e, QN_ENOTFOUND, "%s is not there", path);
    qn_probe probe = { .path = real, .config = config, .selftest = true };
    int rc = qn_probe_run(&told, &probe, &of_config, e);
    if (!rc) print_told(told, out);
    json_decref(told);
    return rc;
}
