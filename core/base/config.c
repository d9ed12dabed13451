#include "base/config.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/config_priv.h"

enum { FILE_BYTES_MOST = 1 << 20 };

static const char PLUGIN_SECTION[] = "plugin."; /* whose options are known when the plugin is, see qn_config_add */

/* What goes on while a configuration is read. */
typedef struct {
    qn_config *c;
    const char *path; /* of the file */
    qn_buf errors;    /* a line each */
    unsigned *lines;  /* where the file gave an option, 0: it did not */
} loading;

/* ---- finding options --------------------------------------------------------------------------------------------- */

static const qn_opt *find(const qn_config *c, const char *section, const char *key, size_t *index)
{
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->table[i]->section, section) != 0 || strcmp(c->table[i]->key, key) != 0) continue;
        *index = i;
        return c->table[i];
    }
    return NULL;
}

static bool is_section(const qn_config *c, qn_str section)
{
    for (size_t i = 0; i < c->n; i++)
        if (qn_str_eqz(section, c->table[i]->section)) return true;
    return false;
}

static bool is_plugin_section(qn_str section)
{
    return section.n > sizeof PLUGIN_SECTION - 1 && qn_str_starts(section, qn_str_of(PLUGIN_SECTION));
}

/* Levenshtein distance, for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    enum { MOST = 48 };
    size_t row[MOST + 1], n = strlen(a), m = strlen(b);
    if (n > MOST || m > MOST) return MOST;
    for (size_t j = 0; j <= m; j++) row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[m];
}

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static int complain(loading *l, const char *where, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int complain(loading *l, const char *where, const char *fmt, ...)
{
    char text[768];
    if (l->errors.n >= sizeof(qn_errmsg)) return 0; /* no more can be shown */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return qn_buf_printf(&l->errors, "%s%s: %s", l->errors.n ? "\n" : "", where, text);
}

static void list_sections(qn_buf *to, const qn_config *c)
{
    for (size_t i = 0; i < c->n; i++)
        if (i == 0 || strcmp(c->table[i]->section, c->table[i - 1]->section) != 0)
            qn_buf_printf(to, "%s[%s]", to->n ? ", " : "", c->table[i]->section);
}

/* What would be right instead of a key that [section] does not have. */
static void suggest_key(qn_buf *to, const qn_config *c, const char *section, const char *key)
{
    size_t best = 3; /* further away is another word */
    const qn_opt *near = NULL;
    for (size_t i = 0; i < c->n; i++) {
        const qn_opt *o = c->table[i];
        if (strcmp(o->section, section) != 0 && strcmp(o->key, key) == 0) {
            qn_buf_printf(to, "it belongs in [%s]", o->section);
            return;
        }
        size_t d = strcmp(o->section, section) == 0 ? distance(key, o->key) : best;
        if (d < best) best = d, near = o;
    }
    if (near) {
        qn_buf_printf(to, "did you mean %s?", near->key);
        return;
    }
    qn_buf_printf(to, "[%s] takes", section);
    bool first = true;
    for (size_t i = 0; i < c->n; i++) {
        if (strcmp(c->table[i]->section, section) != 0) continue;
        qn_buf_printf(to, "%s%s", first ? " " : ", ", c->table[i]->key);
        first = false;
    }
}

static int complain_no_section(loading *l, const char *where, const char *section)
{
    qn_buf all;
    qn_buf_init(&all, 0);
    list_sections(&all, l->c);
    int rc = complain(l, where, "[%s] is not a section; there are %s", section, all.n ? all.p : "");
    qn_buf_free(&all);
    return rc;
}

static int complain_unknown(loading *l, const char *where, const char *section, const char *key)
{
    if (!*section) return complain(l, where, "%s stands before any section: write its [section] above it", key);
    if (!is_section(l->c, qn_str_of(section))) return complain_no_section(l, where, section);
    qn_buf hint;
    qn_buf_init(&hint, 0);
    suggest_key(&hint, l->c, section, key);
    int rc = complain(l, where, "[%s] %s is not an option; %s", section, key, hint.n ? hint.p : "");
    qn_buf_free(&hint);
    return rc;
}

/* ---- giving values ----------------------------------------------------------------------------------------------- */

static int assign(loading *l, const char *section, const char *key, const char *text, qn_opt_from from,
                  const char *where)
{
    size_t i;
    const qn_opt *o = find(l->c, section, key, &i);
    if (!o) return complain_unknown(l, where, section, key);

    qn_arena *a = l->c->arena;
    qn_opt_value v = { .from = from, .origin = qn_arena_strdup(a, where) };
    qn_errmsg why;
    int rc = v.origin ? qn_opt_parse(&v, a, o, text, &why) : QN_ENOMEM;
    if (rc == QN_EINVAL && o->secret) return complain(l, where, "[%s] %s must be %s", section, key, why.text);
    if (rc == QN_EINVAL) return complain(l, where, "[%s] %s = %.80s: must be %s", section, key, text, why.text);
    if (rc == 0) l->c->values[i] = v;
    return rc;
}

/* Of the lines of the table from `first` on. */
static int set_defaults(loading *l, size_t first)
{
    int rc = 0;
    for (size_t i = first; i < l->c->n && !rc; i++) {
        const qn_opt *o = l->c->table[i];
        rc = assign(l, o->section, o->key, o->def, QN_FROM_DEFAULT, "default");
    }
    return rc;
}

/* Keeps a value for the plugin that will say what it means. `section` NULL: `key` still has it at its front, in capitals. */
static int keep_for_later(loading *l, const char *section, const char *key, const char *text, qn_opt_from from,
                          const char *where)
{
    qn_arena *a = l->c->arena;
    qn_opt_later *later = qn_arena_alloc(a, sizeof *later), **end = &l->c->later;
    if (!later) return QN_ENOMEM;
    later->from = from;
    later->section = section ? qn_arena_strdup(a, section) : NULL;
    later->key = qn_arena_strdup(a, key);
    later->text = qn_arena_strdup(a, text);
    later->where = qn_arena_strdup(a, where);
    if ((section && !later->section) || !later->key || !later->text || !later->where) return QN_ENOMEM;
    while (*end) end = &(*end)->next;
    *end = later;
    return 0;
}

static void name_place(char *to, size_t room, const loading *l, unsigned line)
{
    snprintf(to, room, "%s:%u", l->path, line);
}

static bool on_section(void *arg, unsigned line, qn_str name)
{
    loading *l = arg;
    char where[512], section[64];
    if (is_section(l->c, name) || is_plugin_section(name)) return true;
    name_place(where, sizeof where, l, line);
    snprintf(section, sizeof section, "%.*s", QN_FMT(name));
    complain_no_section(l, where, section);
    return false;
}

static int on_option(void *arg, unsigned line, const char *section, const char *key, const char *value)
{
    loading *l = arg;
    char where[512];
    size_t i;
    name_place(where, sizeof where, l, line);
    if (is_plugin_section(qn_str_of(section))) return keep_for_later(l, section, key, value, QN_FROM_FILE, where);
    if (find(l->c, section, key, &i)) {
        if (l->lines[i])
            return complain(l, where, "[%s] %s stands in line %u already; give it once", section, key, l->lines[i]);
        l->lines[i] = line;
    }
    return assign(l, section, key, value, QN_FROM_FILE, where);
}

static int on_fault(void *arg, unsigned line, const char *what)
{
    loading *l = arg;
    char where[512];
    name_place(where, sizeof where, l, line);
    return complain(l, where, "%s", what);
}

static int read_whole(qn_buf *to, const char *path, qn_errmsg *e)
{
    FILE *f = fopen(path, "rbe");
    if (!f) return qn_fail(e, QN_EIO, "%s: %s", path, strerror(errno));
    int rc = 0;
    for (size_t n = 1; n && !rc;) {
        if (qn_buf_reserve(to, 4096)) {
            rc = to->n ? qn_fail(e, QN_EINVAL, "%s: too large for a configuration", path) : QN_ENOMEM;
            break;
        }
        n = fread(to->p + to->n, 1, 4096, f);
        to->n += n;
        if (n == 0 && ferror(f)) rc = qn_fail(e, QN_EIO, "%s: %s", path, strerror(errno));
    }
    fclose(f);
    return rc;
}

static int read_file(loading *l, qn_errmsg *e)
{
    qn_buf text;
    qn_buf_init(&text, FILE_BYTES_MOST);
    l->lines = qn_arena_calloc(l->c->arena, l->c->n, sizeof *l->lines);
    int rc = l->lines ? read_whole(&text, l->path, e) : QN_ENOMEM;
    if (!rc) rc = qn_ini_read(qn_buf_str(&text), on_section, on_option, on_fault, l);
    qn_buf_free(&text);
    return rc;
}

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

/* What stands in `s` after `prefix` in capitals and an underscore, or NULL. */
static const char *after_capitals(const char *s, const char *prefix)
{
    for (; *prefix; s++, prefix++)
        if (*s != upper(*prefix)) return NULL;
    return *s == '_' ? s + 1 : NULL;
}

static bool is_in_capitals(const char *s, size_t n, const char *word)
{
    size_t k = 0;
    while (k < n && word[k] && s[k] == upper(word[k])) k++;
    return k == n && !word[k];
}

/* QUOIN_SECTION_KEY=value. Another variable with QUOIN_ before it is somebody else's, unless it names a section. */
static int read_variable(loading *l, const char *variable)
{
    const char *rest = after_capitals(variable, "quoin"), *equals = strchr(variable, '=');
    if (!rest || !equals) return 0;
    char *name = qn_arena_strndup(l->c->arena, variable, (size_t)(equals - variable));
    if (!name) return QN_ENOMEM;
    const char *section = NULL, *of_plugin = after_capitals(rest, "plugin");
    if (of_plugin && of_plugin < equals) {
        const char *key = after_capitals(after_capitals(name, "quoin"), "plugin");
        return keep_for_later(l, NULL, key, equals + 1, QN_FROM_ENV, name);
    }
    for (size_t i = 0; i < l->c->n; i++) {
        const qn_opt *o = l->c->table[i];
        const char *key = after_capitals(rest, o->section);
        if (!key) continue;
        section = o->section;
        if (is_in_capitals(key, (size_t)(equals - key), o->key))
            return assign(l, o->section, o->key, equals + 1, QN_FROM_ENV, name);
    }
    if (!section) return 0;
    char *key = qn_arena_strdup(l->c->arena, after_capitals(name + strlen("QUOIN_"), section));
    if (!key) return QN_ENOMEM;
    for (char *c = key; *c; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
    return complain_unknown(l, name, section, key);
}

/* section.key=value */
static int read_set(loading *l, const char *set)
{
    const char *equals = strchr(set, '='), *dot = equals ? memrchr(set, '.', (size_t)(equals - set)) : NULL;
    if (!dot) return complain(l, "--set", "\"%.80s\": write --set section.key=value", set);
    char *section = qn_arena_strndup(l->c->arena, set, (size_t)(dot - set));
    char *key = qn_arena_strndup(l->c->arena, dot + 1, (size_t)(equals - dot - 1));
    if (!section || !key) return QN_ENOMEM;
    if (is_plugin_section(qn_str_of(section))) return keep_for_later(l, section, key, equals + 1, QN_FROM_SET, "--set");
    return assign(l, section, key, equals + 1, QN_FROM_SET, "--set");
}

static int read_sources(loading *l, const qn_config_sources *src, qn_errmsg *e)
{
    int rc = set_defaults(l, 0);
    if (!rc && src->path) rc = read_file(l, e);
    for (size_t i = 0; src->environ && src->environ[i] && !rc; i++) rc = read_variable(l, src->environ[i]);
    for (size_t i = 0; i < src->nsets && !rc; i++) rc = read_set(l, src->sets[i]);
    if (!rc && l->errors.n) rc = qn_fail(e, QN_EINVAL, "%s", l->errors.p);
    return rc;
}

static const char *directory_of(qn_arena *a, const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    if (!slash) return ".";
    return slash == path ? "/" : qn_arena_strndup(a, path, (size_t)(slash - path));
}

/* Puts `n` lines at the table's end. */
static int widen(qn_config *c, const qn_opt *opts, size_t n)
{
    const qn_opt **table = qn_arena_calloc(c->arena, c->n + n, sizeof *table);
    qn_opt_value *values = qn_arena_calloc(c->arena, c->n + n, sizeof *values);
    if (!table || !values) return QN_ENOMEM;
    if (c->n) {
        memcpy(table, c->table, c->n * sizeof *table);
        memcpy(values, c->values, c->n * sizeof *values);
    }
    for (size_t i = 0; i < n; i++) table[c->n + i] = &opts[i];
    c->table = table;
    c->values = values;
    c->n += n;
    return 0;
}

int qn_config_load(qn_config **out, const qn_config_sources *src, qn_errmsg *e)
{
    qn_arena *a = qn_arena_new(0);
    if (!a) return qn_fail(e, QN_ENOMEM, "out of memory");
    loading l = { .path = src->path, .c = qn_arena_alloc(a, sizeof *l.c) };
    qn_buf_init(&l.errors, 0);
    int rc = QN_ENOMEM;
    if (l.c) {
        *l.c = (qn_config){ .arena = a, .dir = directory_of(a, src->path) };
        size_t n;
        const qn_opt *core = qn_config_table(&n);
        if (l.c->dir && widen(l.c, core, n) == 0) rc = read_sources(&l, src, e);
    }
    if (rc == QN_ENOMEM) qn_fail(e, rc, "out of memory");
    if (rc)
        qn_arena_free(&a);
    else
        *out = l.c;
    qn_buf_free(&l.errors);
    return rc;
}

void qn_config_free(qn_config **c)
{
    if (!c || !*c) return;
    qn_arena *a = (*c)->arena; /* the configuration lies in it */
    *c = NULL;
    qn_arena_free(&a);
}

/* ---- plugins ----------------------------------------------------------------------------------------------------- */

/* Gives `later` its value when it is one of the section at `opts`. */
static int take_later(loading *l, const char *section, const qn_opt *opts, size_t n, qn_opt_later *later)
{
    if (later->section && strcmp(later->section, section) != 0) return 0;
    if (later->section) {
        for (qn_opt_later *o = l->c->later; o != later; o = o->next)
            if (o->from == QN_FROM_FILE && later->from == QN_FROM_FILE && o->section && !strcmp(o->section, section) &&
                !strcmp(o->key, later->key))
                return complain(l, later->where, "[%s] %s stands in %s already; give it once", section, later->key, o->where);
        later->taken = true;
        return assign(l, section, later->key, later->text, later->from, later->where);
    }
    const char *key = after_capitals(later->key, section + sizeof PLUGIN_SECTION - 1);
    if (!key || later->taken) return 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_in_capitals(key, strlen(key), opts[i].key)) continue;
        later->taken = true;
        return assign(l, section, opts[i].key, later->text, later->from, later->where);
    }
    return 0;
}

int qn_config_add(qn_config *c, const qn_opt *opts, size_t n, qn_errmsg *e)
{
    if (!n) return 0;
    loading l = { .c = c };
    size_t first = c->n;
    qn_buf_init(&l.errors, 0);
    assert(is_plugin_section(qn_str_of(opts[0].section)));
    int rc = widen(c, opts, n);
    if (!rc) rc = set_defaults(&l, first);
    for (qn_opt_later *later = c->later; later && !rc; later = later->next)
        rc = take_later(&l, opts[0].section, opts, n, later);
    if (rc == QN_ENOMEM) qn_fail(e, rc, "out of memory");
    if (!rc && l.errors.n) rc = qn_fail(e, QN_EINVAL, "%s", l.errors.p);
    qn_buf_free(&l.errors);
    return rc;
}

void qn_config_untaken(const qn_config *c, void (*fn)(void *ctx, const char *where, const char *what), void *ctx)
{
    for (const qn_opt_later *later = c->later; later; later = later->next)
        if (!later->taken) fn(ctx, later->where, later->section ? later->section : later->where);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static const qn_opt_value *value_of(const qn_config *c, const char *section, const char *key)
{
    size_t i;
    if (find(c, section, key, &i)) return &c->values[i];
    fprintf(stderr, "quoin: no option [%s] %s in the table\n", section, key);
    abort();
}

bool qn_config_bool(const qn_config *c, const char *section, const char *key)
{
    return value_of(c, section, key)->number != 0;
}

int64_t qn_config_int(const qn_config *c, const char *section, const char *key)
{
    return value_of(c, section, key)->number;
}

const char *qn_config_str(const qn_config *c, const char *section, const char *key)
{
    return value_of(c, section, key)->text;
}

size_t qn_config_list(const qn_config *c, const char *section, const char *key, const char *const **items)
{
    const qn_opt_value *v = value_of(c, section, key);
    *items = (const char *const *)v->items;
    return v->nitems;
}

qn_opt_from qn_config_from(const qn_config *c, const char *section, const char *key)
{
    return value_of(c, section, key)->from;
}

const char *qn_config_path(const qn_config *c)
{
    return c->dir;
}
