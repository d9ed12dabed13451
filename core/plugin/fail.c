/* Saying no: problem documents of routes, vetoes of hooks. */
#include <stdio.h>

#include "plugin/host.h"

/* The last word of a call that may refuse. */
static int settle(qn_pcall *c, const qn_problem *p)
{
    if (c->kind == QN_CALL_ROUTE) {
        c->answered = true;
        qn_reply_problem(c->req, p);
        return QN_OK;
    }
    c->veto = *p;
    return QN_OK;
}

static qn_pcall *open_call(qn_call *handle, const char *what)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending) return NULL;
    bool fits =
        (c->kind == QN_CALL_ROUTE && !c->answered) || (c->kind == QN_CALL_BEFORE && !c->answered && !c->veto.status);
    if (!fits)
        qn_log(QN_LOG_WARN, c->request, "plugin %s: %s in %s, %s", c->plugin->name, what, c->reg->place,
               c->answered || c->veto.status ? "which has been answered" : "where nothing can be refused");
    return fits ? c : NULL;
}

static int call_fault(qn_call *handle, const char *pointer, const char *code, const char *fmt, ...)
{
    qn_pcall *c = open_call(handle, "fault()");
    if (!c) return QN_ESTATE;
    va_list ap;
    va_start(ap, fmt);
    char *detail = qn_arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    char *kept = qn_arena_strdup(c->arena, code);
    if (!detail || !kept) return QN_ENOMEM;
    qn_fault_add(&c->faults, false, pointer, kept, "%s", detail);
    return QN_OK;
}

static bool is_code(const char *s)
{
    size_t n = 0;
    for (; s[n]; n++)
        if (!((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9') || s[n] == '-')) return false;
    return n > 0 && n <= 64;
}

static int call_fail(qn_call *handle, int status, const char *code, const char *fmt, ...)
{
    qn_pcall *c = open_call(handle, "fail()");
    if (!c) return QN_ESTATE;
    if (status < 400 || status > 599) return QN_EINVAL;
    va_list ap;
    va_start(ap, fmt);
    char *detail = qn_arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    char *type = code && is_code(code) ? qn_arena_strdup(c->arena, code) : NULL;
    if (!detail) return QN_ENOMEM;
    qn_problem p = {
        .status = status, .type = type, .detail = detail, .errors = c->faults.items, .nerrors = c->faults.n
    };
    return settle(c, &p);
}

static qn_problem problem_of(int err)
{
    switch (err) {
    case QN_ENOTFOUND:
        return (qn_problem){ .status = 404, .type = "not-found", .detail = "there is nothing of that id or slug here" };
    case QN_EDENIED:
        return (qn_problem){ .status = 403, .type = "forbidden", .detail = "the caller may not do that here" };
    case QN_EBUSY:
        return (qn_problem){ .status = 503,
                             .type = "unavailable",
                             .detail = "too much to do right now: try again in a second" };
    case QN_EUNAVAIL:
        return (
            qn_problem){ .status = 503, .type = "unavailable", .detail = "something that the answer needs is away" };
    case QN_ETIMEOUT:
        return (qn_problem){ .status = 503, .type = "unavailable", .detail = "the answer was not ready in time" };
    case QN_ESTALE:
        return (qn_problem){ .status = 412, .type = "stale-version", .detail = "it has moved on since it was read" };
    case QN_EEXIST:
        return (qn_problem){ .status = 409, .type = "conflict", .detail = "it is there already" };
    default:
        return (qn_problem){ .status = 500,
                             .type = "internal",
                             .detail = "something went wrong here; the log has it under this request's id" };
    }
}

static int call_fail_err(qn_call *handle, int err)
{
    if (err == QN_ECANCELED) return QN_OK;
    qn_pcall *c = open_call(handle, "fail_err()");
    if (!c) return QN_ESTATE;
    qn_problem p = problem_of(err);
    if (p.status == 500)
        qn_log(QN_LOG_ERROR, c->request, "plugin %s: %s failed: %s", c->plugin->name, c->reg->place, qn_strerror(err));
    if (p.status == 503 && c->req) qn_res_header(c->req, "Retry-After", QN_STR("1"));
    return settle(c, &p);
}

void qn_fill_fail(qn_api *t)
{
    t->fault = call_fault;
    t->fail = call_fail;
    t->fail_err = call_fail_err;
}
