#include "base/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/config_priv.h"

enum { FILE_BYTES_MOST = 1 << 20 };

/* What goes on while a configuration is read. */
typedef struct {
    qn_config *c;
    const char *path; /* of the file */
    qn_buf errors;    /* a line each */
    unsigned *lines;  /* where the file gave an option, 0: it did not */
} loading;

/* ---- finding options --------------------------------------------------------------------------------------------- */

static const qn_opt *find(const char *section, const char *key, size_t *index)
{
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(t[i].section, section) != 0 || strcmp(t[i].key, key) != 0) continue;
        *index = i;
        return &t[i];
    }
    return NULL;
}

static bool is_section(qn_str section)
{
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    for (size_t i = 0; i < n; i++)
        if (qn_str_eqz(section, t[i].section)) return true;
    return false;
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

static void list_sections(qn_buf *to)
{
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(t[i].section, t[i - 1].section) != 0)
            qn_buf_printf(to, "%s[%s]", to->n ? ", " : "", t[i].section);
}

/* What would be right instead of a key that [section] does not have. */
static void suggest_key(qn_buf *to, const char *section, const char *key)
{
    size_t n, best = 3; /* further away is another word */
    const qn_opt *t = qn_config_table(&n), *near = NULL;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(t[i].section, section) != 0 && strcmp(t[i].key, key) == 0) {
            qn_buf_printf(to, "it belongs in [%s]", t[i].section);
            return;
        }
        size_t d = strcmp(t[i].section, section) == 0 ? distance(key, t[i].key) : best;
        if (d < best) best = d, near = &t[i];
    }
    if (near) {
        qn_buf_printf(to, "did you mean %s?", near->key);
        return;
    }
    qn_buf_printf(to, "[%s] takes", section);
    bool first = true;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(t[i].section, section) != 0) continue;
        qn_buf_printf(to, "%s%s", first ? " " : ", ", t[i].key);
        first = false;
    }
}

static int complain_no_section(loading *l, const char *where, const char *section)
{
    qn_buf all;
    qn_buf_init(&all, 0);
    list_sections(&all);
    int rc = complain(l, where, "[%s] is not a section; there are %s", section, all.n ? all.p : "");
    qn_buf_free(&all);
    return rc;
}

static int complain_unknown(loading *l, const char *where, const char *section, const char *key)
{
    if (!*section) return complain(l, where, "%s stands before any section: write its [section] above it", key);
    if (!is_section(qn_str_of(section))) return complain_no_section(l, where, section);
    qn_buf hint;
    qn_buf_init(&hint, 0);
    suggest_key(&hint, section, key);
    int rc = complain(l, where, "[%s] %s is not an option; %s", section, key, hint.n ? hint.p : "");
    qn_buf_free(&hint);
    return rc;
}

/* ---- giving values ----------------------------------------------------------------------------------------------- */

static int assign(loading *l, const char *section, const char *key, const char *text, qn_opt_from from,
                  const char *where)
{
    size_t i;
    const qn_opt *o = find(section, key, &i);
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

static int set_defaults(loading *l)
{
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) rc = assign(l, t[i].section, t[i].key, t[i].def, QN_FROM_DEFAULT, "default");
    return rc;
}

static void name_place(char *to, size_t room, const loading *l, unsigned line)
{
    snprintf(to, room, "%s:%u", l->path, line);
}

static bool on_section(void *arg, unsigned line, qn_str name)
{
    loading *l = arg;
    char where[512], section[64];
    if (is_section(name)) return true;
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
    if (find(section, key, &i)) {
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
    size_t n;
    qn_buf text;
    qn_config_table(&n);
    qn_buf_init(&text, FILE_BYTES_MOST);
    l->lines = qn_arena_calloc(l->c->arena, n, sizeof *l->lines);
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

/* QUOIN_SECTION_KEY=value. Another variable with QUOIN_ before it is somebody else's, unless it names a section. */
static int read_variable(loading *l, const char *variable)
{
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    const char *rest = after_capitals(variable, "quoin"), *equals = strchr(variable, '=');
    if (!rest || !equals) return 0;
    char *name = qn_arena_strndup(l->c->arena, variable, (size_t)(equals - variable));
    if (!name) return QN_ENOMEM;
    const char *section = NULL;
    for (size_t i = 0; i < n; i++) {
        const char *key = after_capitals(rest, t[i].section);
        if (!key) continue;
        section = t[i].section;
        size_t len = strlen(t[i].key), k = 0;
        while (k < len && key[k] == upper(t[i].key[k])) k++;
        if (k == len && key + len == equals) return assign(l, t[i].section, t[i].key, equals + 1, QN_FROM_ENV, name);
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
    const char *equals = strchr(set, '='), *dot = strchr(set, '.');
    if (!equals || !dot || dot > equals) return complain(l, "--set", "\"%.80s\": write --set section.key=value", set);
    char *section = qn_arena_strndup(l->c->arena, set, (size_t)(dot - set));
    char *key = qn_arena_strndup(l->c->arena, dot + 1, (size_t)(equals - dot - 1));
    if (!section || !key) return QN_ENOMEM;
    return assign(l, section, key, equals + 1, QN_FROM_SET, "--set");
}

static int read_sources(loading *l, const qn_config_sources *src, qn_errmsg *e)
{
    int rc = set_defaults(l);
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

int qn_config_load(qn_config **out, const qn_config_sources *src, qn_errmsg *e)
{
    size_t n;
    qn_config_table(&n);
    qn_arena *a = qn_arena_new(0);
    if (!a) return qn_fail(e, QN_ENOMEM, "out of memory");
    loading l = { .path = src->path, .c = qn_arena_alloc(a, sizeof *l.c) };
    qn_buf_init(&l.errors, 0);
    int rc = QN_ENOMEM;
    if (l.c) {
        *l.c = (qn_config){ .arena = a, .dir = directory_of(a, src->path) };
        l.c->values = qn_arena_calloc(a, n, sizeof *l.c->values);
        if (l.c->values && l.c->dir) rc = read_sources(&l, src, e);
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

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static const qn_opt_value *value_of(const qn_config *c, const char *section, const char *key)
{
    size_t i;
    if (find(section, key, &i)) return &c->values[i];
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
