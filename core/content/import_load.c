#include "content/import_load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_file(char **text, size_t *n, const char *path, qn_errmsg *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return qn_fail(e, errno == ENOENT ? QN_ENOTFOUND : QN_EIO, "%s: %s", path, strerror(errno));
    int err = QN_OK;
    if (fstat(fd, &st) != 0)
        err = qn_fail(e, QN_EIO, "%s: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        err = qn_fail(e, QN_EINVAL, "%s: not a regular file", path);
    else if (st.st_size > QN_IMPORT_FILE_MAX_BYTES)
        err = qn_fail(e, QN_ELIMIT, "%s: %lld bytes, at most %d are taken", path, (long long)st.st_size,
                      QN_IMPORT_FILE_MAX_BYTES);
    char *p = err ? NULL : malloc((size_t)st.st_size + 1);
    if (!err && !p) err = QN_ENOMEM;
    size_t got = 0;
    while (!err && got < (size_t)st.st_size) {
        ssize_t r = read(fd, p + got, (size_t)st.st_size - got);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) err = qn_fail(e, QN_EIO, "%s: %s", path, strerror(errno));
        if (r <= 0) break;
        got += (size_t)r;
    }
    close(fd);
    if (err) {
        free(p);
        return err;
    }
    p[got] = '\0';
    *text = p;
    *n = got;
    return QN_OK;
}

/* Takes `text` on success. */
static int add_text(qn_import_docs *d, const char *name, char *text, size_t n, qn_errmsg *e)
{
    if (d->n == QN_IMPORT_FILES_MAX) return qn_fail(e, QN_ELIMIT, "more than %d files", QN_IMPORT_FILES_MAX);
    if (d->n == d->cap) {
        size_t cap = d->cap ? d->cap * 2 : 16;
        qn_import_doc *items = realloc(d->items, cap * sizeof *items);
        if (!items) return QN_ENOMEM;
        d->items = items;
        d->cap = cap;
    }
    qn_import_doc doc = { .name = strdup(name), .text = text, .n = n };
    if (!doc.name) return QN_ENOMEM;
    d->items[d->n++] = doc;
    return QN_OK;
}

static int add_file(qn_import_docs *d, const char *path, qn_errmsg *e)
{
    char *text = NULL;
    size_t n = 0;
    int err = read_file(&text, &n, path, e);
    if (!err) err = add_text(d, path, text, n, e);
    if (err) free(text);
    return err;
}

static json_t *extra_of(qn_str tags, qn_str section)
{
    json_t *list = json_array(), *o = json_object();
    while (tags.n) {
        qn_str tag = qn_str_trim(qn_str_cut(&tags, ','));
        if (tag.n) json_array_append_new(list, json_stringn(tag.p, tag.n));
    }
    section = qn_str_trim(section);
    json_object_set_new(o, "tags", list);
    if (section.n) json_object_set_new(o, "section", json_stringn(section.p, section.n));
    return o;
}

static int read_extras(qn_import_docs *d, const char *name, qn_str rest, qn_errmsg *e)
{
    while (rest.n) {
        qn_str line = qn_str_cut(&rest, '\n');
        if (!qn_str_trim(line).n || line.p[0] == '#') continue;
        qn_str slug = qn_str_trim(qn_str_cut(&line, '\t'));
        qn_str tags = qn_str_cut(&line, '\t');
        if (!qn_is_slug(slug))
            return qn_fail(e, QN_EINVAL, "%s: \"%.*s\" is not a slug; a line is slug TAB tag,tag TAB section", name,
                           QN_FMT(slug));
        char key[201];
        snprintf(key, sizeof key, "%.*s", QN_FMT(slug));
        if (json_object_set_new(d->extras, key, extra_of(tags, qn_str_cut(&line, '\t'))) != 0) return QN_ENOMEM;
    }
    return QN_OK;
}

static int add_extras(qn_import_docs *d, const char *path, qn_errmsg *e)
{
    char *text = NULL;
    size_t n = 0;
    int err = read_file(&text, &n, path, e);
    if (err == QN_ENOTFOUND) return QN_OK;
    if (!err) err = read_extras(d, path, (qn_str){ text, n }, e);
    free(text);
    return err;
}

static int wanted(const struct dirent *f)
{
    size_t n = strlen(f->d_name);
    return f->d_name[0] != '.' && n > 4 && strcmp(f->d_name + n - 4, ".txt") == 0;
}

static int add_folder(qn_import_docs *d, const char *path, qn_errmsg *e)
{
    char file[4096];
    struct dirent **names = NULL;
    int n = scandir(path, &names, wanted, alphasort);
    if (n < 0) return qn_fail(e, QN_EIO, "%s: %s", path, strerror(errno));
    int err = QN_OK;
    for (int i = 0; i < n; i++) {
        int len = snprintf(file, sizeof file, "%s/%s", path, names[i]->d_name);
        if (!err && (len < 0 || (size_t)len >= sizeof file)) err = qn_fail(e, QN_ELIMIT, "%s: path too long", path);
        if (!err) err = add_file(d, file, e);
        free(names[i]);
    }
    free(names);
    int len = snprintf(file, sizeof file, "%s/tags.tsv", path);
    if (!err && len > 0 && (size_t)len < sizeof file) err = add_extras(d, file, e);
    return err;
}

static int new_docs(qn_import_docs **out)
{
    qn_import_docs *d = calloc(1, sizeof *d);
    if (!d) return QN_ENOMEM;
    d->extras = json_object();
    if (!d->extras) {
        free(d);
        return QN_ENOMEM;
    }
    *out = d;
    return QN_OK;
}

int qn_import_put(qn_import_docs **d, const char *name, qn_str text, qn_errmsg *e)
{
    int err = *d ? QN_OK : new_docs(d);
    if (err) return err;
    if (qn_str_ends(qn_str_of(name), QN_STR("tags.tsv"))) return read_extras(*d, name, text, e);
    char *copy = malloc(text.n + 1);
    if (!copy) return QN_ENOMEM;
    if (text.n) memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    err = add_text(*d, name, copy, text.n, e);
    if (err) free(copy);
    return err;
}

int qn_import_load(qn_import_docs **out, const char *const *paths, size_t n, qn_errmsg *e)
{
    qn_import_docs *d = NULL;
    int err = new_docs(&d);
    for (size_t i = 0; !err && i < n; i++) {
        struct stat st;
        if (stat(paths[i], &st) != 0)
            err = qn_fail(e, QN_ENOTFOUND, "%s: %s", paths[i], strerror(errno));
        else if (S_ISDIR(st.st_mode))
            err = add_folder(d, paths[i], e);
        else
            err = add_file(d, paths[i], e);
    }
    if (err) {
        qn_import_free(&d);
        return err;
    }
    *out = d;
    return QN_OK;
}

size_t qn_import_count(const qn_import_docs *d)
{
    return d->n;
}

void qn_import_free(qn_import_docs **d)
{
    if (!d || !*d) return;
    for (size_t i = 0; i < (*d)->n; i++) {
        free((*d)->items[i].name);
        free((*d)->items[i].text);
    }
    free((*d)->items);
    json_decref((*d)->extras);
    free(*d);
    *d = NULL;
}
