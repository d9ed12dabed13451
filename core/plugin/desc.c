/* From a file to its descriptor, with nothing of the plugin called but the constructors that loading it runs. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "plugin/host.h"

static const struct {
    uint64_t cap;
    const char *name;
} caps[] = {
    { QN_CAP_ROUTES, "routes" }, { QN_CAP_CONTENT, "content" }, { QN_CAP_HOOKS, "hooks" },
    { QN_CAP_DERIVE, "derive" }, { QN_CAP_EVENTS, "events" },   { QN_CAP_SERVICES, "services" },
    { QN_CAP_DB, "db" },
};
enum { NCAPS = sizeof caps / sizeof *caps };

uint64_t qn_cap_of(const char *name)
{
    for (size_t i = 0; i < NCAPS; i++)
        if (!strcmp(caps[i].name, name)) return caps[i].cap;
    return 0;
}

const char *qn_caps_text(qn_arena *a, uint64_t set)
{
    const char *text = "";
    for (size_t i = 0; i < NCAPS; i++)
        if ((set & caps[i].cap) && text) text = qn_arena_printf(a, "%s%s%s", text, *text ? ", " : "", caps[i].name);
    return text ? text : "";
}

/* ---- the descriptor --------------------------------------------------------------------------------------------- */

static bool is_name(const char *s)
{
    size_t n = s && *s >= 'a' && *s <= 'z' ? strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
    return n && !s[n] && n < QN_PLUGIN_NAME_BYTES;
}

/* Of the versions before 1.0 none is out: this is the least that a descriptor has ever had. */
enum { LEAST_DESCRIPTOR = offsetof(qn_descriptor, selftest) + sizeof(int (*)(void)) };

int qn_desc_check(const qn_descriptor *d, const char *path, qn_errmsg *e)
{
    if (d->abi_major != QN_ABI_MAJOR)
        return qn_fail(e, QN_EINVAL,
                       "%s was built for the plugin interface %u.%u, this server has %d.%d and the number before the "
                       "point must be "
                       "the same: build it against this server's quoin.h",
                       path, d->abi_major, d->abi_minor, QN_ABI_MAJOR, QN_ABI_MINOR);
    if (d->size < LEAST_DESCRIPTOR)
        return qn_fail(e, QN_EINVAL, "%s has a descriptor of %u bytes, %d are the least: define it with QN_PLUGIN(…)",
                       path, d->size, LEAST_DESCRIPTOR);
    if (!is_name(d->name))
        return qn_fail(e, QN_EINVAL,
                       "%s calls itself \"%.40s\": a name is 1 to 32 small letters, digits and _, a letter first", path,
                       d->name ? d->name : "");
    size_t version =
        d->version ? strspn(d->version, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.+-~_") : 0;
    if (!version || d->version[version] || version > 40 || !d->init)
        return qn_fail(e, QN_EINVAL, "%s: the plugin %s has no %s: give it in QN_PLUGIN(…)", path, d->name,
                       d->init ? ".version of 1 to 40 letters, digits and .+-~_" : ".init");
    if ((d->options && d->option_size < sizeof(qn_option)) || (d->migrations && d->sql_step_size < sizeof(qn_sql_step)))
        return qn_fail(e, QN_EINVAL,
                       "%s: the plugin %s has tables with lines that are too short: define it with QN_PLUGIN(…)", path,
                       d->name);
    uint64_t unknown = d->needs;
    for (size_t i = 0; i < NCAPS; i++) unknown &= ~caps[i].cap;
    if (unknown)
        return qn_fail(e, QN_EINVAL,
                       "%s: the plugin %s needs a capability that this server does not have (bits 0x%llx): it was "
                       "built for a newer "
                       "one, %u.%u",
                       path, d->name, (unsigned long long)unknown, d->abi_major, d->abi_minor);
    return QN_OK;
}

int qn_plugin_load(qn_plugin *plugin, const char *path, qn_errmsg *e)
{
    int rc = qn_elf_check(path, e);
    if (rc) return rc;
    /* Never closed: what it has handed out (functions, texts) stays good for as long as the process lives. */
    void *dl = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!dl)
        return qn_fail(
            e, QN_EINVAL,
            "%s cannot be loaded: %s. A plugin links to nothing of the server; link it with -Wl,-z,defs, which tells "
            "what is missing when it is built",
            path, dlerror());
    const qn_descriptor *d = dlsym(dl, "qn_plugin_v1");
    if (!d)
        return qn_fail(e, QN_EINVAL,
                       "%s exports no qn_plugin_v1, so it is no plugin: define one with QN_PLUGIN(…) from quoin.h",
                       path);
    /* What stands before the size says is ours to read; what the plugin does not have stays zero. */
    qn_descriptor copy = { .size = d->size, .abi_major = d->abi_major, .abi_minor = d->abi_minor };
    if (copy.abi_major == QN_ABI_MAJOR) memcpy(&copy, d, d->size < sizeof copy ? d->size : sizeof copy);
    rc = qn_desc_check(&copy, path, e);
    if (rc) return rc;
    plugin->desc = copy;
    snprintf(plugin->name, sizeof plugin->name, "%s", copy.name);
    return QN_OK;
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static const char *check_allow(const char *value)
{
    return qn_cap_of(value) || !strcmp(value, "all")
               ? NULL
               : "all, or some of routes, content, hooks, derive, events, services, db";
}

static const qn_option *option_at(const qn_descriptor *d, size_t i)
{
    return (const qn_option *)(const void *)((const char *)d->options + i * d->option_size);
}

static int kind_of(qn_opt_kind *out, qn_option_kind kind)
{
    static const struct {
        qn_option_kind theirs;
        qn_opt_kind ours;
    } kinds[] = { { QN_OPTION_BOOL, QN_OPT_BOOL },   { QN_OPTION_INT, QN_OPT_INT },   { QN_OPTION_BYTES, QN_OPT_BYTES },
                  { QN_OPTION_TEXT, QN_OPT_STRING }, { QN_OPTION_ENUM, QN_OPT_ENUM }, { QN_OPTION_LIST, QN_OPT_LIST } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].theirs == kind) {
            *out = kinds[i].ours;
            return QN_OK;
        }
    return QN_EINVAL;
}

/* The descriptor's table as JSON, which a probe tells its parent. NULL with `e`: a line of it is none. */
json_t *qn_desc_options(const qn_descriptor *d, qn_errmsg *e)
{
    json_t *list = json_array();
    const qn_option *o;
    for (size_t i = 0; d->options && (o = option_at(d, i))->name; i++) {
        qn_opt_kind kind;
        if (!is_name(o->name) || !strcmp(o->name, "allow") || kind_of(&kind, o->kind) ||
            (o->kind == QN_OPTION_ENUM && !o->values)) {
            qn_fail(e, QN_EINVAL,
                    "the option \"%.40s\" in the table of the plugin %s is none: it takes a name of small letters, "
                    "digits and _ (not "
                    "allow), a kind, and QN_OPTION_ENUM its values",
                    o->name, d->name);
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, json_pack("{s:s,s:i,s:s,s:I,s:I,s:s,s:s?,s:s}", "key", o->name, "kind", (int)kind,
                                              "def", o->def ? o->def : "", "min", (json_int_t)o->min, "max",
                                              (json_int_t)o->max, "unit", o->unit ? o->unit : "", "values", o->values,
                                              "help", o->help ? o->help : ""));
    }
    return list;
}

static const char *text_of(qn_arena *a, const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? qn_arena_strdup(a, s) : NULL;
}

/* And back: the lines of [plugin.NAME], with `allow` before them. */
int qn_info_options(qn_plugin_info *info, qn_arena *a, const json_t *list)
{
    size_t n = json_array_size(list);
    qn_opt *opts = qn_arena_calloc(a, n + 1, sizeof *opts);
    char *section = qn_arena_printf(a, "plugin.%s", info->name);
    if (!opts || !section) return QN_ENOMEM;
    opts[0] = (qn_opt){ .section = section,
                        .key = "allow",
                        .kind = QN_OPT_LIST,
                        .def = "all",
                        .min = 1,
                        .max = NCAPS,
                        .unit = "",
                        .check = check_allow,
                        .help = "What the plugin may do: all that it needs, or only these." };
    for (size_t i = 0; i < n; i++) {
        const json_t *o = json_array_get(list, i);
        opts[i + 1] = (qn_opt){ .section = section,
                                .key = text_of(a, o, "key"),
                                .kind = (qn_opt_kind)json_integer_value(json_object_get(o, "kind")),
                                .def = text_of(a, o, "def"),
                                .min = json_integer_value(json_object_get(o, "min")),
                                .max = json_integer_value(json_object_get(o, "max")),
                                .unit = text_of(a, o, "unit"),
                                .values = text_of(a, o, "values"),
                                .help = text_of(a, o, "help") };
        if (!opts[i + 1].key || !opts[i + 1].def || !opts[i + 1].unit || !opts[i + 1].help) return QN_ENOMEM;
    }
    info->options = opts;
    info->noptions = n + 1;
    return QN_OK;
}

int qn_plugin_allowed(const qn_config *c, const char *name, uint64_t needs, qn_errmsg *e)
{
    char section[QN_PLUGIN_NAME_BYTES + 8];
    snprintf(section, sizeof section, "plugin.%s", name);
    const char *const *items;
    size_t n = qn_config_list(c, section, "allow", &items);
    uint64_t may = 0;
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(items[i], "all")) return QN_OK;
        may |= qn_cap_of(items[i]);
    }
    if (!(needs & ~may)) return QN_OK;
    qn_arena *a = qn_arena_new(0);
    if (!a) return qn_fail(e, QN_ENOMEM, "out of memory");
    int rc = qn_fail(
        e, QN_EDENIED,
        "the plugin %s needs %s, and [%s] allow leaves out %s: add that to allow, or take %s out of [plugins] load",
        name, qn_caps_text(a, needs), section, qn_caps_text(a, needs & ~may), name);
    qn_arena_free(&a);
    return rc;
}
