#include "access/access.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/retry.h"
#include "access/roles.h"
#include "access/token.h"
#include "base/await.h"
#include "base/clock.h"
#include "base/log.h"

enum {
    KEPT = 512,     /* callers kept, direct-mapped by hash */
    KEPT_MS = 1000, /* the longest that a revoked token is believed when no event comes through */
    ROLES_RETRY_MS = 250,
    ROLES_CHECK_MS = 100,
    RIGHTS_BYTES = 64
};

typedef struct {
    char hash[QN_TOKEN_HEX_BYTES];
    char person[37], token[37];
    char name[201 * 4], role[41];
    char rights[RIGHTS_BYTES];
    uint64_t rights_set; /* of roles that `rights` was made of */
    int64_t until_ms;    /* of the monotonic clock: our bound or the token's own end */
    uint64_t epoch;
} kept_caller;

struct qn_access {
    qn_access_options o;
    qn_roles *roles;
    uint64_t roles_epoch;
    bool loading;
    bool said;            /* that they cannot be read */
    qn_awaiting *waiting; /* for the first roles */
    qn_timer *timer;
    qn_arena *arena; /* of the roles' query */
    kept_caller *kept;
    uint64_t set;       /* counts sets of roles */
    kept_caller nobody; /* for its rights */
    qn_retries *retries;
};

static const qn_stmt roles_stmt = {
    "access_roles", "select r.name, p.type, p.action, p.reach from role r left join policy p on p.role = r.name"
};

static const qn_stmt token_stmt = {
    "access_token", "select t.id, t.person, p.name, t.role, encode(t.hash, 'hex'), t.revoked_at is not null,"
                    " coalesce(t.expires_at <= now(), false),"
                    " (extract(epoch from least(t.expires_at, now() + interval '1 hour') - now()) * 1000)::bigint"
                    " from token t join person p on p.id = t.person where t.hash = decode($1, 'hex')"
};

static uint64_t epoch_now(const qn_access *a)
{
    return a->o.shm ? atomic_load(&a->o.shm->node.access_epoch) : 0;
}

/* ---- roles ------------------------------------------------------------------------------------------------------- */

static void roles_read(void *ctx, const qn_db_result *r)
{
    qn_access *a = ctx;
    qn_roles *roles = NULL;
    a->loading = false;
    if (r->err == QN_OK && qn_roles_new(&roles, r) == QN_OK) {
        qn_roles_free(&a->roles);
        a->roles = roles;
        a->said = false;
        a->set++;
        qn_timer_start(a->timer, ROLES_CHECK_MS);
        qn_await_release(&a->waiting, QN_OK);
        return;
    }
    if (r->err == QN_EDB && !a->said) qn_error("reading the roles: %s", r->message ? r->message : "error");
    a->said = a->said || r->err == QN_EDB; /* once until it is over: it is tried four times a second */
    a->roles_epoch = UINT64_MAX;
    qn_timer_start(a->timer, ROLES_RETRY_MS);
    qn_await_release(&a->waiting, r->err == QN_ETIMEOUT ? QN_ETIMEOUT : QN_EUNAVAIL);
}

/* Asks for them, where that is not under way. What it returns is qn_db_call's. */
static int read_roles(qn_access *a)
{
    if (a->loading) return QN_OK;
    qn_arena_reset(a->arena);
    a->roles_epoch = epoch_now(a);
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &roles_stmt };
    int err = qn_db_call(a->o.db, a->arena, &q, roles_read, a);
    a->loading = !err;
    if (!err) return QN_OK;
    a->roles_epoch = UINT64_MAX;
    qn_timer_start(a->timer, ROLES_RETRY_MS);
    return err;
}

static void roles_tick(void *ctx)
{
    qn_access *a = ctx;
    if (a->loading || (a->roles && a->roles_epoch == epoch_now(a)))
        qn_timer_start(a->timer, ROLES_CHECK_MS);
    else
        (void)read_roles(a);
}

int qn_access_new(qn_access **out, const qn_access_options *o)
{
    qn_access *a = calloc(1, sizeof *a);
    if (!a) return QN_ENOMEM;
    a->o = *o;
    a->kept = calloc(KEPT, sizeof *a->kept);
    a->arena = qn_arena_new(0);
    if (!a->kept || !a->arena || sodium_init() < 0 || qn_retries_new(&a->retries, o->db) ||
        qn_timer_new(&a->timer, o->loop, roles_tick, a) != QN_OK) {
        qn_access_free(&a);
        return QN_ENOMEM;
    }
    roles_tick(a);
    *out = a;
    return QN_OK;
}

void qn_access_free(qn_access **a)
{
    if (!a || !*a) return;
    qn_await_forget(&(*a)->waiting);
    qn_timer_free(&(*a)->timer);
    qn_arena_free(&(*a)->arena);
    qn_roles_free(&(*a)->roles);
    qn_retries_free(&(*a)->retries);
    free((*a)->kept);
    free(*a);
    *a = NULL;
}

bool qn_access_ready(const qn_access *a)
{
    return a->roles != NULL;
}

qn_retries *qn_access_retries(qn_access *a)
{
    return a->retries;
}

/* The roles that were read are those of now. */
static bool roles_settled(const qn_access *a)
{
    return a->roles && !a->loading && a->roles_epoch == epoch_now(a);
}

/* False where what is seen depends on the person. */
static bool print_rights(char out[RIGHTS_BYTES], const qn_access *a, const char *role)
{
    if (!qn_roles_impersonal(a->roles, role)) return false;
    int n = snprintf(out, RIGHTS_BYTES, "%s %llu", role, (unsigned long long)a->roles_epoch);
    return n > 0 && n < RIGHTS_BYTES;
}

qn_str qn_access_rights(const qn_access *a, qn_arena *arena, const char *role)
{
    char text[RIGHTS_BYTES];
    if (!roles_settled(a) || !print_rights(text, a, role)) return (qn_str){ 0 };
    char *copy = qn_arena_strdup(arena, text);
    return copy ? qn_str_of(copy) : (qn_str){ 0 };
}

const qn_scope *qn_access_scope(const qn_access *a, qn_arena *arena, const qn_caller *caller, const qn_type *type)
{
    qn_scope *s = qn_roles_scope(a->roles, arena, caller->role, caller->person, type->name);
    if (s) s->who.caller = caller;
    return s;
}

/* ---- callers ----------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_access *a;
    qn_arena *arena;
    qn_caller_fn fn;
    void *ctx;
    char hash[QN_TOKEN_HEX_BYTES]; /* empty: without a token */
    uint64_t epoch;
} lookup;

static kept_caller *place_of(qn_access *a, const char *hash)
{
    unsigned long h = 0;
    for (int i = 0; i < 8; i++) h = h * 31 + (unsigned char)hash[i];
    return &a->kept[h % KEPT];
}

static const qn_caller *caller_of(qn_arena *arena, const kept_caller *k)
{
    qn_caller *c = qn_arena_calloc(arena, 1, sizeof *c);
    if (!c) return NULL;
    c->person = qn_arena_strdup(arena, k->person);
    c->name = qn_arena_strdup(arena, k->name);
    c->role = qn_arena_strdup(arena, k->role);
    c->token = qn_arena_strdup(arena, k->token);
    return c->person && c->name && c->role && c->token ? c : NULL;
}

static void put(char *to, size_t room, qn_str s)
{
    size_t n = s.n < room - 1 ? s.n : room - 1;
    if (n) memcpy(to, s.p, n);
    to[n] = '\0';
}

static void keep(const lookup *l, const qn_db_result *r, kept_caller *k)
{
    memset(k, 0, sizeof *k);
    put(k->hash, sizeof k->hash, qn_str_of(l->hash));
    put(k->token, sizeof k->token, qn_db_value(r, 0, 0));
    put(k->person, sizeof k->person, qn_db_value(r, 0, 1));
    put(k->name, sizeof k->name, qn_db_value(r, 0, 2));
    put(k->role, sizeof k->role, qn_db_value(r, 0, 3));
    int64_t left_ms = qn_db_int(r, 0, 7, KEPT_MS);
    k->until_ms = qn_mono_ms() + (left_ms < KEPT_MS ? left_ms : KEPT_MS);
    k->epoch = l->epoch;
}

static void token_read(void *ctx, const qn_db_result *r)
{
    lookup *l = ctx;
    if (r->err != QN_OK) {
        l->fn(l->ctx, r->err == QN_EDB ? QN_EUNAVAIL : r->err, NULL, NULL);
        return;
    }
    /* The index found it; what decides is a comparison whose time does not tell how far a guess was right. */
    if (r->rows != 1 || !qn_str_eq_secret(qn_db_value(r, 0, 4), qn_str_of(l->hash))) {
        l->fn(l->ctx, QN_EDENIED, NULL, "no such token");
        return;
    }
    if (qn_db_bool(r, 0, 5) || qn_db_bool(r, 0, 6)) {
        l->fn(l->ctx, QN_EDENIED, NULL, qn_db_bool(r, 0, 5) ? "the token was revoked" : "the token has expired");
        return;
    }
    kept_caller *k = place_of(l->a, l->hash);
    keep(l, r, k);
    const qn_caller *c = caller_of(l->arena, k);
    l->fn(l->ctx, c ? QN_OK : QN_ENOMEM, c, NULL);
}

static const qn_caller nobody = { .name = "public", .role = "public" };

/* What a token was found to be, if that is still believed. */
static kept_caller *find_kept(qn_access *a, qn_str authorization)
{
    char hash[QN_TOKEN_HEX_BYTES];
    qn_str token;
    if (qn_token_from_header(&token, authorization) != QN_OK || qn_token_hash(hash, token) != QN_OK) return NULL;
    kept_caller *k = place_of(a, hash);
    bool good =
        k->until_ms > qn_mono_ms() && k->epoch == epoch_now(a) && qn_str_eq_secret(qn_str_of(k->hash), qn_str_of(hash));
    return good ? k : NULL;
}

qn_str qn_access_rights_of(qn_access *a, qn_str authorization, const char **who)
{
    if (!roles_settled(a)) return (qn_str){ 0 };
    kept_caller *k = authorization.p ? find_kept(a, authorization) : &a->nobody;
    if (!k) return (qn_str){ 0 };
    if (k->rights_set != a->set) {
        k->rights_set = a->set;
        if (!print_rights(k->rights, a, authorization.p ? k->role : nobody.role)) k->rights[0] = '\0';
    }
    *who = authorization.p ? k->token : nobody.role;
    return k->rights[0] ? qn_str_of(k->rights) : (qn_str){ 0 };
}

/* The roles are there. `l` is in its arena. */
static void find_caller(lookup *l)
{
    qn_access *a = l->a;
    if (!*l->hash) {
        l->fn(l->ctx, QN_OK, &nobody, NULL);
        return;
    }
    l->epoch = epoch_now(a);
    const kept_caller *k = place_of(a, l->hash);
    if (k->until_ms > qn_mono_ms() && k->epoch == l->epoch &&
        qn_str_eq_secret(qn_str_of(k->hash), qn_str_of(l->hash))) {
        const qn_caller *c = caller_of(l->arena, k);
        l->fn(l->ctx, c ? QN_OK : QN_ENOMEM, c, NULL);
        return;
    }
    qn_str param = qn_str_of(l->hash);
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &token_stmt, .params = &param, .nparams = 1 };
    int err = qn_db_call(a->o.db, l->arena, &q, token_read, l);
    if (err) l->fn(l->ctx, err, NULL, NULL);
}

static void roles_came(void *ctx, int err)
{
    lookup *l = ctx;
    if (err)
        l->fn(l->ctx, err, NULL, NULL);
    else
        find_caller(l);
}

/* A process that has just begun: they are on their way, or the database is away. */
static void wait_for_roles(lookup *l)
{
    int err = read_roles(l->a);
    if (!err) err = qn_await(&l->a->waiting, l->arena, roles_came, l);
    if (err) l->fn(l->ctx, err, NULL, NULL);
}

void qn_access_identify(qn_access *a, qn_arena *arena, qn_str authorization, qn_caller_fn fn, void *ctx)
{
    qn_str token;
    if (a->roles && !authorization.p) {
        fn(ctx, QN_OK, &nobody, NULL);
        return;
    }
    lookup *l = qn_arena_alloc(arena, sizeof *l);
    if (!l) {
        fn(ctx, QN_ENOMEM, NULL, NULL);
        return;
    }
    *l = (lookup){ .a = a, .arena = arena, .fn = fn, .ctx = ctx };
    if (authorization.p &&
        (qn_token_from_header(&token, authorization) != QN_OK || qn_token_hash(l->hash, token) != QN_OK))
        fn(ctx, QN_EDENIED, NULL, "not of the form \"Bearer qn_…\" with the 46 characters of a token");
    else if (a->roles)
        find_caller(l);
    else
        wait_for_roles(l);
}
