/* Answers of plugins in the response cache: what they depend on, and that it has changed. */
#include <string.h>

#include "db/tx.h"
#include "plugin/host.h"

enum { NAMES_MAX = 64, NAME_BYTES = 128 };

/* A name of something that changes, as it stands in Surrogate-Key: "entry:…", "type:…", "tag:…", "plugin:…". */
static bool is_name(qn_str s)
{
    static const char *const kinds[] = { "entry:", "type:", "tag:", "plugin:" };
    size_t k = 0;
    while (k < 4 && !qn_str_starts(s, qn_str_of(kinds[k]))) k++;
    if (k == 4 || s.n == strlen(kinds[k]) || s.n > NAME_BYTES) return false;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool fits = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
                    (ch && strchr(":_-", ch));
        if (!fits) return false;
    }
    return true;
}

/* What somebody looks at on its way out may be another thing for each reader. */
static bool is_looked_at(const qn_host *h)
{
    for (size_t i = 0; i < h->before.n; i++)
        if (h->before.items[i]->u.before.point == QN_BEFORE_RENDER) return true;
    return false;
}

static int call_keep(qn_call *handle, int64_t valid_ms, const char *depends)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || c->kind != QN_CALL_ROUTE || c->answered) return QN_ESTATE;
    char *copy = depends ? qn_arena_strdup(c->arena, depends) : NULL;
    qn_str *names = qn_arena_calloc(c->arena, NAMES_MAX + 2, sizeof *names);
    size_t n = 0;
    if (!copy || !names) return depends ? QN_ENOMEM : QN_EINVAL;
    for (qn_str rest = qn_str_of(copy); rest.n; n++) {
        qn_str name = qn_str_cut(&rest, ' ');
        if (n == NAMES_MAX || !is_name(name)) return QN_EINVAL;
        names[n] = name;
    }
    if (!c->reg->u.route.kept || is_looked_at(c->plugin->host)) return QN_OK;
    /* Which entry was found is no plugin's to know of. */
    const char *of = c->preceded ? qn_arena_printf(c->arena, " type:%s", c->preceded) : "";
    if (!of) return QN_ENOMEM;
    if (*of) names[n++] = qn_str_of(of + 1);
    names[n++] = QN_STR("types");
    bool anonymous = !c->caller || !c->caller->token;
    bool raced = !qn_res_cacheable(c->req, valid_ms, names, n);
    if (!anonymous || c->has_cache) return QN_OK;
    int64_t age = raced ? 0 : QN_SHARED_MAX_AGE_S;
    if (valid_ms >= 0 && valid_ms / 1000 < age) age = valid_ms / 1000;
    qn_res_headerf(c->req, "Surrogate-Key", "%s%s types", copy, of);
    qn_res_headerf(c->req, "Cache-Control", "public, max-age=0, s-maxage=%lld", (long long)age);
    c->has_cache = true;
    return QN_OK;
}

typedef struct {
    qn_shm *shm;
    const char *name;
    bool told;
} touched;

static void tell(void *arg)
{
    touched *t = arg;
    t->told = true;
    qn_epoch_bump(t->shm, qn_str_of(t->name));
    qn_shm_wrote(t->shm);
}

/* The client has left while it was being committed, or it never will be: nobody hears which, and nothing else tells of
 * it. Too early does less harm than never. */
static void tell_at_end(void *arg)
{
    const touched *t = arg;
    if (!t->told) tell(arg);
}

static int call_touch(qn_call *handle, const char *what)
{
    char name[NAME_BYTES + 1];
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending) return QN_ESTATE;
    int n = snprintf(name, sizeof name, "plugin:%s%s%s", c->plugin->name, what && *what ? ":" : "", what ? what : "");
    if (n < 0 || (size_t)n >= sizeof name || !is_name(qn_str_of(name))) return QN_EINVAL;
    if (!c->plugin->host->env.shm) return QN_OK;
    touched *t = qn_arena_alloc(c->arena, sizeof *t);
    if (!t) return QN_ENOMEM;
    *t = (touched){ .shm = c->plugin->host->env.shm, .name = qn_arena_strdup(c->arena, name) };
    if (!t->name || qn_arena_defer(c->arena, tell_at_end, t)) return QN_ENOMEM;
    qn_tx_touched(c->arena, name);
    qn_tx_after(c->arena, tell, t);
    return QN_OK;
}

void qn_fill_keep(qn_api *t)
{
    t->keep = call_keep;
    t->touch = call_touch;
}
