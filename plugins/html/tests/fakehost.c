#include "fakehost.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const qn_descriptor qn_plugin_v1;

enum { MANY = 64 };

struct qn_plugin {
    int unused;
};
struct qn_call {
    void **memory;
    size_t n, cap;
    json_t *values; /* that live as long as the call */
    struct {
        void (*fn)(void *arg);
        void *arg;
    } defers[MANY];
    size_t ndefers;
    const char *path;
    char *params[MANY][2];
    size_t nparams;
    json_t *query;
    fake_answer *answer;
    struct {
        void (*fn)(qn_call *call, void *job);
        void *job;
    } queue[MANY];
    size_t nqueue;
};
struct qn_entry {
    json_t *json;
    const char *moved;
};
struct qn_entries {
    json_t *json;
    char next[32], prev[32];
};

static struct {
    fake_host how;
    const json_t *content;
    json_t *options;
    char refused[1024];
    struct {
        qn_route_spec spec;
    } routes[MANY];
    size_t nroutes;
    qn_plugin self;
} fake;

/* ---- a call's memory --------------------------------------------------------------------------------------------- */

static void *keep(qn_call *call, void *p)
{
    if (call->n == call->cap) {
        call->cap = call->cap ? 2 * call->cap : 64;
        call->memory = realloc(call->memory, call->cap * sizeof *call->memory);
    }
    return call->memory[call->n++] = p;
}

static void *fake_alloc(qn_call *call, size_t n)
{
    return keep(call, calloc(1, n ? n : 1));
}

static char *copy_bytes(qn_call *call, const char *p, size_t n)
{
    char *c = fake_alloc(call, n + 1);
    if (n) memcpy(c, p, n);
    return c;
}

static char *fake_print(qn_call *call, const char *fmt, ...)
{
    char *s = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&s, fmt, ap);
    va_end(ap);
    return n < 0 ? NULL : keep(call, s);
}

static int fake_defer(qn_call *call, void (*fn)(void *arg), void *arg)
{
    if (call->ndefers == MANY) return QN_ELIMIT;
    call->defers[call->ndefers].fn = fn;
    call->defers[call->ndefers++].arg = arg;
    return 0;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static json_t *in(const qn_json *v)
{
    return (json_t *)(uintptr_t)v;
}

static qn_json *out(json_t *v)
{
    return (qn_json *)v;
}

static qn_json *held(qn_call *call, json_t *v)
{
    json_array_append_new(call->values, v);
    return out(v);
}

static qn_json *fake_object(qn_call *call)
{
    return held(call, json_object());
}

static qn_json *fake_copy(qn_call *call, const qn_json *v)
{
    return v ? held(call, json_deep_copy(in(v))) : NULL;
}

static int fake_set(qn_json *o, const char *key, qn_json *v)
{
    return o && v && !json_object_set(in(o), key, in(v)) ? 0 : QN_EINVAL;
}

static int fake_set_str(qn_json *o, const char *key, qn_str s)
{
    return o && !json_object_set_new(in(o), key, json_stringn(s.p, s.n)) ? 0 : QN_EINVAL;
}

static int fake_set_bool(qn_json *object, const char *key, int truth)
{
    return json_object_set_new(in(object), key, json_boolean(truth)) ? QN_ENOMEM : 0;
}

static int fake_set_int(qn_json *o, const char *key, int64_t n)
{
    return o && !json_object_set_new(in(o), key, json_integer(n)) ? 0 : QN_EINVAL;
}

static qn_json_kind fake_kind(const qn_json *v)
{
    if (!v) return QN_JSON_NONE;
    switch (json_typeof(in(v))) {
    case JSON_OBJECT:
        return QN_JSON_OBJECT;
    case JSON_ARRAY:
        return QN_JSON_ARRAY;
    case JSON_STRING:
        return QN_JSON_STRING;
    case JSON_INTEGER:
        return QN_JSON_INT;
    case JSON_REAL:
        return QN_JSON_REAL;
    case JSON_NULL:
        return QN_JSON_NULL;
    default:
        return QN_JSON_BOOL;
    }
}

static size_t fake_count(const qn_json *v)
{
    return json_is_object(in(v)) ? json_object_size(in(v)) : json_array_size(in(v));
}

static qn_json *fake_json_get(const qn_json *o, const char *key)
{
    return out(json_object_get(in(o), key));
}

static qn_json *fake_json_at(const qn_json *a, size_t i)
{
    return out(json_array_get(in(a), i));
}

static qn_str fake_json_text(const qn_json *v)
{
    return (qn_str){ json_string_value(in(v)), json_string_length(in(v)) };
}

static int64_t fake_json_integer(const qn_json *v, int64_t other)
{
    return json_is_integer(in(v)) ? json_integer_value(in(v)) : other;
}

static int fake_json_truth(const qn_json *v, int other)
{
    return json_is_boolean(in(v)) ? json_is_true(in(v)) : other;
}

/* ---- registering, options, log ----------------------------------------------------------------------------------- */

static int fake_route(qn_plugin *self, const qn_route_spec *spec)
{
    (void)self;
    fake.routes[fake.nroutes++].spec = *spec;
    return 0;
}

static int fake_refuse(qn_plugin *self, const char *fmt, ...)
{
    (void)self;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(fake.refused, sizeof fake.refused, fmt, ap);
    va_end(ap);
    return QN_EINVAL;
}

static const char *fake_option_text(qn_plugin *self, const char *name)
{
    (void)self;
    const char *set = json_string_value(json_object_get(fake.options, name));
    for (const qn_option *o = qn_plugin_v1.options; o && o->name && !set; o++)
        if (!strcmp(o->name, name)) set = o->def;
    return set ? set : "";
}

static int64_t fake_option_int(qn_plugin *self, const char *name)
{
    return strtoll(fake_option_text(self, name), NULL, 10);
}

static void fake_log(qn_plugin *self, qn_log_level level, qn_call *call, const char *fmt, ...)
{
    (void)self, (void)level, (void)call, (void)fmt;
}

/* ---- request and answer ------------------------------------------------------------------------------------------ */

static qn_str fake_param(qn_call *req, const char *name)
{
    for (size_t i = 0; i < req->nparams; i++)
        if (!strcmp(req->params[i][0], name)) return qn_text(req->params[i][1]);
    return (qn_str){ 0 };
}

static qn_str fake_query(qn_call *req, const char *name)
{
    return fake_json_text(out(json_object_get(req->query, name)));
}

static qn_str fake_req_header(qn_call *req, const char *name)
{
    (void)req;
    return fake.how.role && !strcmp(name, "authorization") ? QN_STR("Bearer qn_x") : (qn_str){ 0 };
}

static qn_str fake_role(qn_call *req)
{
    (void)req;
    return qn_text(fake.how.role ? fake.how.role : "public");
}

static int fake_reply_header(qn_call *req, const char *name, const char *value)
{
    char lower[64];
    size_t n = 0;
    for (; name[n] && n + 1 < sizeof lower; n++) lower[n] = (char)tolower((unsigned char)name[n]);
    lower[n] = '\0';
    return json_object_set_new(req->answer->headers, lower, json_string(value));
}

/* Anonymous callers' answers, as the host does it. */
static int fake_keep(qn_call *req, int64_t valid_ms, const char *depends)
{
    fake_answer *a = req->answer;
    char text[256];
    int64_t age = valid_ms >= 0 && valid_ms < 60000 ? valid_ms / 1000 : 60;
    if (a->answers) return QN_ESTATE;
    free(a->kept);
    a->kept = strdup(depends);
    if (fake.how.role || json_object_get(a->headers, "cache-control")) return 0;
    snprintf(text, sizeof text, "public, max-age=0, s-maxage=%" PRId64, age);
    fake_reply_header(req, "Cache-Control", text);
    snprintf(text, sizeof text, "%s types", depends);
    return fake_reply_header(req, "Surrogate-Key", text);
}

static int fake_reply(qn_call *req, int status, const char *type, qn_str bytes)
{
    fake_answer *a = req->answer;
    if (a->answers++) return QN_ESTATE;
    a->status = status;
    a->type = strdup(type);
    a->body = calloc(1, bytes.n + 1);
    a->n = bytes.n;
    if (bytes.n) memcpy(a->body, bytes.p, bytes.n);
    return 0;
}

static int fake_fail_err(qn_call *req, int err)
{
    static const char problem[] = "{}";
    int status = err == QN_ENOTFOUND ? 404 : err == QN_EUNAVAIL || err == QN_EBUSY || err == QN_ETIMEOUT ? 503 : 500;
    return fake_reply(req, status, "application/problem+json", (qn_str){ problem, sizeof problem - 1 });
}

/* ---- content ----------------------------------------------------------------------------------------------------- */

static void later(qn_call *call, void (*fn)(qn_call *call, void *job), void *job)
{
    call->queue[call->nqueue].fn = fn;
    call->queue[call->nqueue++].job = job;
}

typedef struct {
    qn_entry entry;
    int err;
    void (*fn)(qn_call *call, int err, const qn_entry *entry, void *ctx);
    void *ctx;
} get_job;

static void run_get(qn_call *call, void *arg)
{
    get_job *j = arg;
    j->fn(call, j->err, j->err && !j->entry.moved ? NULL : &j->entry, j->ctx);
}

static const json_t *of_type(const char *type)
{
    return json_object_get(fake.content, strcmp(type, "author") ? "articles" : "authors");
}

static bool is(const json_t *e, const char *key, qn_str s)
{
    const json_t *v = json_object_get(e, key);
    return json_string_length(v) == s.n && s.n && !memcmp(json_string_value(v), s.p, s.n);
}

static int fake_content_get(qn_call *call, const qn_get_spec *spec,
                            void (*fn)(qn_call *call, int err, const qn_entry *entry, void *ctx), void *ctx)
{
    size_t i;
    json_t *e;
    if (fake.how.refuse_err) return fake.how.refuse_err;
    if (!spec->ref.n) return QN_EINVAL;
    get_job *j = fake_alloc(call, sizeof *j);
    *j = (get_job){ .fn = fn, .ctx = ctx, .err = QN_ENOTFOUND };
    json_array_foreach((json_t *)(uintptr_t)of_type(spec->type), i, e)
    {
        if (spec->locale && !is(e, "locale", qn_text(spec->locale))) continue;
        if (is(e, "was", spec->ref)) j->entry.moved = json_string_value(json_object_get(e, "slug"));
        if (!is(e, "slug", spec->ref) && !is(e, "id", spec->ref)) continue;
        j->entry.json = e;
        j->err = 0;
        break;
    }
    if (fake.how.content_err) *j = (get_job){ .fn = fn, .ctx = ctx, .err = fake.how.content_err };
    later(call, run_get, j);
    return 0;
}

static qn_json *fake_entry_json(const qn_entry *entry)
{
    return out(entry->json);
}

static qn_str fake_entry_id(const qn_entry *entry)
{
    return fake_json_text(out(json_object_get(entry->json, "id")));
}

static qn_str fake_entry_moved_to(const qn_entry *entry)
{
    return qn_text(entry->moved);
}

static int64_t fake_entry_valid_ms(const qn_entry *entry)
{
    return json_is_integer(json_object_get(entry->json, "valid_ms"))
               ? json_integer_value(json_object_get(entry->json, "valid_ms"))
               : -1;
}

typedef struct {
    qn_entries page;
    int err;
    void (*fn)(qn_call *call, int err, const qn_entries *page, void *ctx);
    void *ctx;
} list_job;

static void run_list(qn_call *call, void *arg)
{
    list_job *j = arg;
    j->fn(call, j->err, j->err ? NULL : &j->page, j->ctx);
}

static bool has(const json_t *wanted, const json_t *value)
{
    size_t i;
    json_t *w, *v;
    const json_t *all = json_is_object(wanted) ? json_object_get(wanted, "_in") : wanted;
    if (json_is_string(all)) {
        if (json_is_string(value)) return json_equal((json_t *)(uintptr_t)all, (json_t *)(uintptr_t)value);
        json_array_foreach((json_t *)(uintptr_t)value, i, v) if (json_equal((json_t *)(uintptr_t)all, v)) return true;
        return false;
    }
    json_array_foreach((json_t *)(uintptr_t)all, i, w) if (has(w, value)) return true;
    return false;
}

static bool fits(const json_t *e, const qn_list_spec *spec)
{
    const char *key;
    json_t *wanted;
    if (spec->locale && !is(e, "locale", qn_text(spec->locale))) return false;
    json_object_foreach(in(spec->filter), key, wanted) if (!has(wanted, json_object_get(e, key))) return false;
    return true;
}

static int fake_content_list(qn_call *call, const qn_list_spec *spec,
                             void (*fn)(qn_call *call, int err, const qn_entries *page, void *ctx), void *ctx)
{
    size_t i, from = 0, n = 0, limit = spec->limit ? spec->limit : 20;
    json_t *e;
    if (fake.how.refuse_err) return fake.how.refuse_err;
    list_job *j = fake_alloc(call, sizeof *j);
    *j = (list_job){ .fn = fn, .ctx = ctx, .err = fake.how.content_err ? fake.how.content_err : fake.how.list_err };
    qn_str cursor = spec->after.p ? spec->after : spec->before;
    if (cursor.p && cursor.p[0] != 'c') j->err = QN_EINVAL;
    if (cursor.p) from = (size_t)strtoul(cursor.p + 1, NULL, 10);
    j->page.json = json_array();
    held(call, j->page.json);
    json_array_foreach((json_t *)(uintptr_t)of_type(spec->type), i, e)
    {
        if (!fits(e, spec) || n++ < from) continue;
        if (json_array_size(j->page.json) == limit) {
            snprintf(j->page.next, sizeof j->page.next, "c%zu", from + limit);
            break;
        }
        json_array_append(j->page.json, e);
    }
    if (from) snprintf(j->page.prev, sizeof j->page.prev, "c%zu", from > limit ? from - limit : 0);
    later(call, run_list, j);
    return 0;
}

static qn_json *fake_entries_json(const qn_entries *page)
{
    return out(page->json);
}

static qn_str fake_entries_next(const qn_entries *page)
{
    return *page->next ? qn_text(page->next) : (qn_str){ 0 };
}

static qn_str fake_entries_prev(const qn_entries *page)
{
    return *page->prev ? qn_text(page->prev) : (qn_str){ 0 };
}

static int64_t fake_entries_valid_ms(const qn_entries *page)
{
    (void)page;
    return -1;
}

static int fake_ask(qn_call *call, const char *service, const qn_json *args,
                    void (*fn)(qn_call *call, int err, const qn_json *result, void *ctx), void *ctx)
{
    if (strcmp(service, "recommend.related") || (!fake.how.related && !fake.how.related_err)) return QN_ENOTFOUND;
    if (!json_is_string(json_object_get(in(args), "id"))) return QN_ENOTFOUND;
    if (!json_is_true(json_object_get(in(args), "keys"))) return QN_EINVAL;
    qn_json *result = fake.how.related
                          ? held(call, json_pack("{s:o,s:s,s:i}", "items", json_loads(fake.how.related, 0, NULL),
                                                 "depends", "plugin:recommend entry:x", "valid_ms", -1))
                          : NULL;
    fn(call, fake.how.related_err, result, ctx); /* before this returns, as the interface allows */
    return 0;
}

static const qn_api api = {
    .size = sizeof api,
    .abi_major = QN_ABI_MAJOR,
    .abi_minor = QN_ABI_MINOR,
    .host_version = "fake",
    .route = fake_route,
    .refuse = fake_refuse,
    .option_text = fake_option_text,
    .option_int = fake_option_int,
    .log = fake_log,
    .alloc = fake_alloc,
    .print = fake_print,
    .defer = fake_defer,
    .caller_role = fake_role,
    .fail_err = fake_fail_err,
    .param = fake_param,
    .query = fake_query,
    .header = fake_req_header,
    .reply_header = fake_reply_header,
    .reply = fake_reply,
    .keep = fake_keep,
    .json_object = fake_object,
    .json_copy = fake_copy,
    .json_set = fake_set,
    .json_set_str = fake_set_str,
    .json_set_int = fake_set_int,
    .json_set_bool = fake_set_bool,
    .json_kind = fake_kind,
    .json_count = fake_count,
    .json_get = fake_json_get,
    .json_at = fake_json_at,
    .json_text = fake_json_text,
    .json_integer = fake_json_integer,
    .json_truth = fake_json_truth,
    .content_get = fake_content_get,
    .content_list = fake_content_list,
    .entry_json = fake_entry_json,
    .entry_id = fake_entry_id,
    .entry_moved_to = fake_entry_moved_to,
    .entry_valid_ms = fake_entry_valid_ms,
    .entries_json = fake_entries_json,
    .entries_next = fake_entries_next,
    .entries_prev = fake_entries_prev,
    .entries_valid_ms = fake_entries_valid_ms,
    .ask = fake_ask,
};

/* ---- the test's side --------------------------------------------------------------------------------------------- */

int fake_start(fake_host how, const json_t *content)
{
    memset(&fake, 0, sizeof fake);
    fake.how = how;
    fake.content = content;
    fake.options = how.options ? json_loads(how.options, 0, NULL) : json_object();
    int rc = qn_plugin_v1.check(&fake.self, &api);
    return rc ? rc : qn_plugin_v1.init(&fake.self, &api);
}

void fake_stop(void)
{
    qn_plugin_v1.stop(&fake.self);
    json_decref(fake.options);
    fake.options = NULL;
}

const char *fake_refused(void)
{
    return fake.refused;
}

int fake_selftest(void)
{
    return qn_plugin_v1.selftest(&fake.self, &api);
}

/* "/tags/{slug}" against "/tags/kyiv". */
static bool matches(qn_call *call, const char *pattern, const char *path)
{
    const char *brace = strchr(pattern, '{');
    if (!brace) return !strcmp(pattern, path);
    size_t n = (size_t)(brace - pattern);
    if (strncmp(pattern, path, n) || !path[n] || strchr(path + n, '/')) return false;
    call->params[0][0] = copy_bytes(call, brace + 1, strcspn(brace + 1, "}"));
    call->params[0][1] = copy_bytes(call, path + n, strlen(path + n));
    call->nparams = 1;
    return true;
}

static void read_query(qn_call *call, char *query)
{
    char *save = NULL;
    for (char *pair = query ? strtok_r(query, "&", &save) : NULL; pair; pair = strtok_r(NULL, "&", &save)) {
        char *value = strchr(pair, '=');
        if (value) *value++ = '\0';
        json_object_set_new(call->query, pair, json_string(value ? value : ""));
    }
}

void fake_get(fake_answer *answer, const char *target)
{
    qn_call call = { .values = json_array(), .query = json_object(), .answer = answer };
    char *path = strdup(target), *query = strchr(path, '?');
    *answer = (fake_answer){ .headers = json_object() };
    if (query) *query++ = '\0';
    call.path = path;
    read_query(&call, query);
    for (size_t i = 0; i < fake.nroutes; i++) {
        if (!matches(&call, fake.routes[i].spec.pattern, path)) continue;
        fake.routes[i].spec.fn(&call, fake.routes[i].spec.ctx);
        break;
    }
    for (size_t i = 0; i < call.nqueue; i++) call.queue[i].fn(&call, call.queue[i].job);
    while (call.ndefers) {
        call.ndefers--;
        call.defers[call.ndefers].fn(call.defers[call.ndefers].arg);
    }
    for (size_t i = 0; i < call.n; i++) free(call.memory[i]);
    free(call.memory);
    json_decref(call.values);
    json_decref(call.query);
    free(path);
}

void fake_answer_free(fake_answer *a)
{
    free(a->body);
    free(a->type);
    free(a->kept);
    json_decref(a->headers);
    *a = (fake_answer){ 0 };
}

const char *fake_header(const fake_answer *a, const char *name)
{
    const char *v = json_string_value(json_object_get(a->headers, name));
    return v ? v : "";
}
