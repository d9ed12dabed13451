#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/config_priv.h"

/* The value with any password in it as ***: between `user:` and `@` of a URI, and after password= in its parameters. */
static void print_masked(FILE *out, const char *value)
{
    const char *authority = strstr(value, "://");
    const char *from = authority ? authority + 3 : value;
    const char *at = NULL, *end = from + strcspn(from, "/?#");
    for (const char *c = from; c < end; c++)
        if (*c == '@') at = c; /* the last one: a careless password may hold another */
    const char *colon = authority && at ? memchr(from, ':', (size_t)(at - from)) : NULL;
    if (colon) {
        fprintf(out, "%.*s:***", (int)(colon - value), value);
        value = at;
    }
    for (const char *p; (p = strstr(value, "password=")); value = p) {
        p += strlen("password=");
        fprintf(out, "%.*s***", (int)(p - value), value);
        p += strcspn(p, "& ");
    }
    fputs(value, out);
}

void qn_config_show(const qn_config *c, FILE *out)
{
    enum { COLUMN = 48 };
    for (size_t i = 0; i < c->n; i++) {
        const qn_opt *o = c->table[i];
        if (i == 0 || strcmp(o->section, c->table[i - 1]->section) != 0)
            fprintf(out, "%s[%s]\n", i ? "\n" : "", o->section);
        char *line = NULL;
        size_t len = 0;
        FILE *f = open_memstream(&line, &len);
        if (!f) return;
        fprintf(f, "%s = ", o->key);
        if (o->secret)
            print_masked(f, c->values[i].text);
        else
            fputs(c->values[i].text, f);
        fclose(f);
        fprintf(out, "%-*s # %s\n", COLUMN, line, c->values[i].origin);
        free(line);
    }
}

static const char *kind_name(qn_opt_kind kind)
{
    switch (kind) {
    case QN_OPT_BOOL:
        return "bool";
    case QN_OPT_INT:
        return "int";
    case QN_OPT_BYTES:
        return "bytes";
    case QN_OPT_STRING:
        return "string";
    case QN_OPT_ENUM:
        return "enum";
    case QN_OPT_LIST:
        return "list";
    case QN_OPT_AUTO_INT:
        return "int or auto";
    }
    return "";
}

static void print_option(FILE *out, const qn_opt *o)
{
    fprintf(out, "# %s\n# %s", o->help, kind_name(o->kind));
    if (o->kind == QN_OPT_ENUM) fprintf(out, ": %s", o->values);
    if (o->kind == QN_OPT_LIST) fprintf(out, " of %" PRId64 " to %" PRId64 " items", o->min, o->max);
    if (o->kind == QN_OPT_INT || o->kind == QN_OPT_BYTES || o->kind == QN_OPT_AUTO_INT)
        fprintf(out, ", %" PRId64 " to %" PRId64, o->min, o->max);
    if (*o->unit && o->kind != QN_OPT_BYTES) fprintf(out, ", in %s", o->unit);
    fprintf(out, "%s\n", o->kind == QN_OPT_BYTES ? "; k, m, g: 1024 times as many" : "");
    fprintf(out, "#%s =%s%s\n", o->key, *o->def ? " " : "", o->def);
}

void qn_config_template(FILE *out)
{
    size_t n;
    const qn_opt *t = qn_config_table(&n);
    fputs("# Every option of Quoin with its default. Take the # off a line to change it.\n"
          "# `--set section.key=value` wins over QUOIN_SECTION_KEY in the environment, which wins over this file.\n"
          "# `quoin config show` prints what is in force and where it came from.\n",
          out);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || strcmp(t[i].section, t[i - 1].section) != 0) fprintf(out, "\n[%s]\n", t[i].section);
        fputc('\n', out);
        print_option(out, &t[i]);
    }
}
