/* The files of the site's looks: what stands in [plugin.html] static_dir, under /static. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "html.h"

/* A drawing or a page in which something could run does not run it, wherever it came from. */
static const char still[] = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox";

static bool ends_with(qn_str s, const char *ending)
{
    size_t n = strlen(ending);
    if (s.n < n) return false;
    return strncasecmp(s.p + s.n - n, ending, n) == 0;
}

static bool may_run(qn_str path)
{
    static const char *const endings[] = { ".svg", ".html", ".htm", ".xhtml", ".xml" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        if (ends_with(path, endings[i])) return true;
    return false;
}

void html_route_file(qn_call *req, void *ctx)
{
    (void)ctx;
    qn_str path = html.qn->param(req, "path");
    int64_t age = html.static_max_age_s;
    const char *cache = age > 0 ? html.qn->print(req, "public, max-age=%" PRId64, age) : "no-cache";
    const qn_file_spec *file = QN_FILE(.dir = html.static_dir, .path = path);
    html.qn->reply_header(req, "Cache-Control", cache);
    if (may_run(path)) html.qn->reply_header(req, "Content-Security-Policy", still);
    int err = html.qn->reply_file(req, file);
    if (!err) return;
    html.qn->reply_header(req, "Cache-Control", "no-cache");
    html_failed(req, err);
}

static bool is_name(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
    return *s != '.' && *s != '/' && !strstr(s, "/.") && !strstr(s, "//") && s[strspn(s, letters)] == '\0';
}

int html_check_files(qn_plugin *self, const qn_api *qn)
{
    struct stat st;
    const char *dir = qn->option_text(self, "static_dir"), *sheet = qn->option_text(self, "stylesheet");
    if (*sheet && !*dir)
        return qn->refuse(self, "stylesheet is \"%s\", but there is no static_dir to find it in", sheet);
    if (*sheet && !is_name(sheet))
        return qn->refuse(self, "stylesheet is \"%s\": it has to be a name in static_dir, like theme.css", sheet);
    if (!*dir) return 0;
    if (!QN_HAS(qn, reply_file)) return qn->refuse(self, "static_dir needs a newer server: this one cannot send files");
    if (stat(dir, &st) || !S_ISDIR(st.st_mode))
        return qn->refuse(self, "static_dir is \"%s\": there is no such folder, or it may not be looked into", dir);
    return 0;
}
