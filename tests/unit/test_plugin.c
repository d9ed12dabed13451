/* What of plugins can be tried without a server: calls and their handles, values, the note and the blame. */
#include "plugin/host.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "unit.h"

typedef struct {
    qn_host *host;
    qn_plugin plugin;
    qn_registered reg;
    qn_arena *arena;
    qn_slot slot;
    const qn_api *qn;
} world;

static int open_world(void **state)
{
    static world w;
    memset(&w, 0, sizeof w);
    qn_host_env env = { .slot = &w.slot };
    assert_int_equal(qn_host_make(&w.host, NULL, &env), 0);
    w.plugin = (qn_plugin){ .host = w.host, .name = "words", .index = -1, .phase = QN_PLUGIN_READY };
    w.reg = (qn_registered){ .plugin = &w.plugin, .place = "GET /words" };
    w.arena = qn_arena_new(0);
    w.qn = qn_api_table();
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    world *w = *state;
    qn_arena_free(&w->arena);
    qn_host_free(&w->host);
    return 0;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static void every_function_of_the_table_is_there(void **state)
{
    const world *w = *state;
    const char *at = (const char *)w->qn + offsetof(qn_api, route), *end = (const char *)w->qn + sizeof(qn_api);
    assert_int_equal(w->qn->size, sizeof(qn_api));
    for (; at < end; at += sizeof(void (*)(void))) {
        void (*fn)(void);
        memcpy(&fn, at, sizeof fn);
        assert_non_null(fn);
    }
}

static void behind_the_table_there_is_nothing(void **state)
{
    const world *w = *state;
    void (*fn)(void);
    memcpy(&fn, (const char *)w->qn + sizeof(qn_api), sizeof fn);
    assert_null(fn);
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

static void a_handle_leads_to_its_call_until_it_ends(void **state)
{
    world *w = *state;
    qn_pcall *c = qn_pcall_new(w->arena, QN_CALL_SERVICE, &w->reg);
    qn_call *h = qn_pcall_handle(c);
    assert_ptr_equal(qn_pcall_of(h), c);
    assert_non_null(w->qn->alloc(h, 8));
    qn_pcall_end(c);
    assert_null(qn_pcall_of(h));
    assert_null(w->qn->alloc(h, 8));
    assert_null(w->qn->json_object(h));
    assert_int_equal(w->qn->defer(h, free, NULL), QN_ESTATE);
    assert_int_equal(w->qn->resume(h, 0), QN_ESTATE);
}

static void no_handle_is_given_twice(void **state)
{
    world *w = *state;
    qn_call *first = NULL;
    for (int i = 0; i < 5000; i++) {
        qn_pcall *c = qn_pcall_new(w->arena, QN_CALL_SERVICE, &w->reg);
        qn_call *h = qn_pcall_handle(c);
        if (!first)
            first = h;
        else
            assert_ptr_not_equal(h, first);
        qn_pcall_end(c);
        assert_null(qn_pcall_find(first));
    }
}

static void handles_out_of_the_air_are_none(void **state)
{
    const world *w = *state;
    static const uintptr_t bad[] = { 0, 1, 4096, UINTPTR_MAX, UINTPTR_MAX >> 1 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_null(w->qn->alloc((qn_call *)bad[i], 1));
}

static char order[64];

static void note_late(void *arg)
{
    strcat(order, arg);
}

typedef struct {
    qn_wait wait;
    const world *w;
} waiting;

static void note_canceled(qn_wait *w)
{
    const waiting *x = (waiting *)w;
    strcat(order, "c");
    /* It may be looked at, but nothing new is begun in it. */
    assert_null(x->w->qn->alloc(qn_pcall_handle(w->call), 1));
    assert_string_equal(x->w->qn->request_id(qn_pcall_handle(w->call)), "r1");
}

static void at_its_end_what_waits_hears_first_then_what_was_deferred(void **state)
{
    world *w = *state;
    qn_pcall *c = qn_pcall_new(w->arena, QN_CALL_SERVICE, &w->reg);
    qn_call *h = qn_pcall_handle(c);
    waiting x = { .w = w };
    char a[] = "a", b[] = "b";
    order[0] = '\0';
    c->request = "r1";
    assert_int_equal(w->qn->defer(h, note_late, a), 0);
    assert_int_equal(w->qn->defer(h, note_late, b), 0);
    qn_wait_add(&x.wait, c, note_canceled);
    qn_pcall_end(c);
    assert_string_equal(order, "cba");
    qn_pcall_end(c); /* once is enough */
    assert_string_equal(order, "cba");
}

static void what_is_done_waits_no_longer(void **state)
{
    world *w = *state;
    qn_pcall *c = qn_pcall_new(w->arena, QN_CALL_SERVICE, &w->reg);
    waiting x[3] = { { .w = w }, { .w = w }, { .w = w } };
    order[0] = '\0';
    c->request = "r1";
    for (int i = 0; i < 3; i++) qn_wait_add(&x[i].wait, c, note_canceled);
    qn_wait_done(&x[1].wait);
    qn_wait_done(&x[1].wait);
    qn_pcall_end(c);
    assert_string_equal(order, "cc");
}

static sem_t work_began;

static void slow_work(void *ctx)
{
    const struct timespec some_time = { 0, 50000000 };
    sem_post(&work_began);
    nanosleep(&some_time, NULL);
    strcpy(ctx, "w"); /* it still stands where the plugin has its things */
}

static void work_was_done(qn_call *call, int err, void *ctx)
{
    (void)call;
    strcat(order, ctx);
    strcat(order, err == QN_ECANCELED ? "d" : "?");
}

static void note_stop(qn_plugin *p)
{
    (void)p;
    strcat(order, "s");
}

static void a_plugin_is_stopped_when_its_work_is_over_and_not_before(void **state)
{
    world *w = *state;
    qn_loop *loop;
    qn_pool *pool;
    char *thing = calloc(1, 8);
    assert_int_equal(qn_loop_new(&loop), 0);
    assert_int_equal(qn_pool_new(&pool, loop, 1, 10), 0);
    assert_int_equal(sem_init(&work_began, 0, 0), 0);
    w->host->env.pool = pool;
    qn_plugin *p = qn_arena_calloc(w->host->arena, 1, sizeof *p);
    *p = w->plugin;
    p->desc.stop = note_stop;
    w->host->loaded[w->host->nloaded++] = p;
    w->reg.plugin = p;
    order[0] = '\0';
    qn_pcall *c = qn_pcall_new(w->arena, QN_CALL_SERVICE, &w->reg);
    assert_int_equal(w->qn->work(qn_pcall_handle(c), slow_work, work_was_done, thing), 0);
    while (sem_wait(&work_began)) continue;
    qn_pcall_end(c);
    qn_host_free(&w->host);
    assert_string_equal(order, "wds");
    free(thing);
    qn_pool_free(&pool);
    qn_loop_free(&loop);
    sem_destroy(&work_began);
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static void values_that_are_none_are_taken_everywhere(void **state)
{
    const world *w = *state;
    const qn_api *qn = w->qn;
    void *it = NULL;
    assert_int_equal(qn->json_kind(NULL), QN_JSON_NONE);
    assert_int_equal(qn->json_count(NULL), 0);
    assert_null(qn->json_get(NULL, "a"));
    assert_null(qn->json_at(NULL, 0));
    assert_null(qn->json_find(NULL, "/a"));
    assert_int_equal(qn->json_next(NULL, &it, NULL, NULL), 0);
    assert_null(qn->json_text(NULL).p);
    assert_int_equal(qn->json_integer(NULL, 7), 7);
    assert_int_equal(qn->json_truth(NULL, 1), 1);
    assert_true(qn->json_number(NULL, 2.5) > 2.4);
    assert_int_equal(qn->json_set(NULL, "a", NULL), QN_EINVAL);
    assert_int_equal(qn->json_add(NULL, NULL), QN_EINVAL);
    assert_int_equal(qn->json_remove(NULL, "a"), QN_EINVAL);
}

static void values_are_found_by_pointer(void **state)
{
    world *w = *state;
    const qn_api *qn = w->qn;
    qn_pcall *c = qn_pcall_new(w->arena, QN_CALL_SERVICE, &w->reg);
    qn_json *v = qn->json_parse(qn_pcall_handle(c), QN_STR("{\"a\":[{\"b/c\":1,\"~d\":2}],\"\":3,\"01\":4}"));
    static const struct {
        const char *pointer;
        int64_t found; /* -1: nothing */
    } cases[] = { { "/a/0/b~1c", 1 }, { "/a/0/~0d", 2 }, { "/", 3 },           { "/01", 4 },
                  { "/a/00", -1 },    { "/a/1", -1 },    { "/a/-", -1 },       { "/a/0/b", -1 },
                  { "a", -1 },        { "/b", -1 },      { "/a/0/b~1c/x", -1 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(qn->json_integer(qn->json_find(v, cases[i].pointer), -1), cases[i].found);
    assert_ptr_equal(qn->json_find(v, ""), v);
    qn_pcall_end(c);
}

static void what_is_not_utf8_becomes_no_value(void **state)
{
    world *w = *state;
    const qn_api *qn = w->qn;
    qn_pcall *c = qn_pcall_new(w->arena, QN_CALL_SERVICE, &w->reg);
    qn_call *h = qn_pcall_handle(c);
    qn_json *o = qn->json_object(h);
    assert_null(qn->json_str(h, QN_STR("\xC3")));
    assert_int_equal(qn->json_set_str(o, "a", QN_STR("\xFF")), QN_EINVAL);
    assert_int_equal(qn->json_set_str(o, "\xFF", QN_STR("a")), QN_EINVAL);
    assert_int_equal(qn->json_set_real(o, "a", 1e308 * 10), QN_EINVAL);
    assert_int_equal(qn->json_set(o, "a", o), QN_EINVAL);
    assert_int_equal(qn->json_count(o), 0);
    assert_int_equal(qn->json_kind(qn->json_str(h, (qn_str){ 0 })), QN_JSON_NULL);
    qn_pcall_end(c);
}

/* ---- the note and the blame ------------------------------------------------------------------------------------- */

static qn_plugin_note note_of(const world *w)
{
    qn_plugin_note n;
    memcpy(&n, w->slot.note, sizeof n);
    return n;
}

static void the_note_names_the_innermost_plugin(void **state)
{
    world *w = *state;
    qn_plugin other = { .host = w->host, .name = "other", .index = -1 };
    qn_frame outer, inner;
    assert_true(qn_enter(&outer, &w->plugin, "GET /words", "r1"));
    assert_string_equal(note_of(w).plugin, "words");
    assert_string_equal(note_of(w).place, "GET /words");
    assert_string_equal(note_of(w).request, "r1");
    assert_true(qn_enter(&inner, &other, "service other.x", NULL));
    assert_ptr_equal(qn_inside(), &other);
    assert_string_equal(note_of(w).plugin, "other");
    assert_string_equal(note_of(w).request, "");
    qn_leave(&inner);
    assert_string_equal(note_of(w).plugin, "words");
    qn_leave(&outer);
    assert_string_equal(note_of(w).plugin, "");
    assert_null(qn_inside());
}

static void long_places_and_ids_are_cut(void **state)
{
    world *w = *state;
    char longer[300];
    qn_frame f;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_true(qn_enter(&f, &w->plugin, longer, longer));
    assert_int_equal(strlen(note_of(w).place), sizeof note_of(w).place - 1);
    assert_int_equal(strlen(note_of(w).request), sizeof note_of(w).request - 1);
    qn_leave(&f);
}

/* Plugins as the master knows them, with three crashes in a minute. */
static qn_plugins *two_plugins(qn_config **c)
{
    static qn_plugin_info items[2];
    static int64_t crashes[2][3];
    static qn_plugins p;
    qn_errmsg e;
    qn_config_sources src = { 0 };
    memset(items, 0, sizeof items);
    memset(crashes, 0, sizeof crashes);
    assert_int_equal(qn_config_load(c, &src, &e), 0);
    for (int i = 0; i < 2; i++)
        items[i] = (qn_plugin_info){ .name = i ? "other" : "words", .index = i, .crashes = crashes[i] };
    p = (qn_plugins){ .config = *c, .items = items, .n = 2, .shared = qn_plugin_shared_new() };
    assert_non_null(p.shared);
    return &p;
}

static void set_note(qn_slot *s, const char *plugin, uint8_t work)
{
    qn_plugin_note n = { .work = work };
    snprintf(n.plugin, sizeof n.plugin, "%s", plugin);
    snprintf(n.place, sizeof n.place, "GET /words");
    memcpy(s->note, &n, sizeof n);
}

static void crashes_in_a_row_end_in_quarantine(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t at_ms[5];
        int n;
        bool closed;
    } cases[] = { { "two are not enough", { 0, 1000 }, 2, false },
                  { "three in a minute are", { 0, 30000, 60000 }, 3, true },
                  { "three in more are not", { 0, 30000, 60001 }, 3, false },
                  { "the last three count", { 0, 50000, 70000, 100000 }, 4, true },
                  { "far apart for ever", { 0, 40000, 80000, 120000, 160000 }, 5, false } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qn_config *c = NULL;
        qn_plugins *p = two_plugins(&c);
        static qn_slot slot;
        memset(&slot, 0, sizeof slot);
        set_note(&slot, "words", 0);
        for (int k = 0; k < cases[i].n; k++)
            assert_string_equal(qn_plugins_blame(p, &slot, "killed", 1000000 + cases[i].at_ms[k]), "words");
        if (atomic_load(&p->shared->plugins[0].quarantined) != cases[i].closed) fail_msg("%s", cases[i].name);
        assert_int_equal(atomic_load(&p->shared->plugins[0].crashes), cases[i].n);
        assert_int_equal(atomic_load(&p->shared->plugins[1].quarantined), 0);
        qn_plugin_shared_free(&p->shared);
        qn_config_free(&c);
    }
}

static void nobody_is_blamed_for_what_was_nobodys(void **state)
{
    (void)state;
    qn_config *c = NULL;
    qn_plugins *p = two_plugins(&c);
    static qn_slot slot; /* it wants an alignment that a stack under ASan does not give */
    memset(&slot, 0, sizeof slot);
    assert_null(qn_plugins_blame(p, &slot, "killed", 1));
    set_note(&slot, "unheard_of", 0);
    assert_null(qn_plugins_blame(p, &slot, "killed", 1));
    memset(slot.note, 'x', sizeof slot.note); /* not even a text */
    assert_null(qn_plugins_blame(p, &slot, "killed", 1));
    qn_plugin_shared_free(&p->shared);
    qn_config_free(&c);
}

static void work_on_a_thread_is_blamed_where_the_loop_was_not_inside(void **state)
{
    (void)state;
    qn_config *c = NULL;
    qn_plugins *p = two_plugins(&c);
    static qn_slot slot; /* it wants an alignment that a stack under ASan does not give */
    memset(&slot, 0, sizeof slot);
    set_note(&slot, "", 2);
    assert_string_equal(qn_plugins_blame(p, &slot, "killed", 1), "other");
    set_note(&slot, "words", 2);
    assert_string_equal(qn_plugins_blame(p, &slot, "killed", 1), "words");
    qn_plugin_shared_free(&p->shared);
    qn_config_free(&c);
}

static void a_plugin_in_quarantine_is_not_entered(void **state)
{
    world *w = *state;
    qn_frame f;
    w->host->shared = qn_plugin_shared_new();
    w->plugin.index = 3;
    assert_true(qn_enter(&f, &w->plugin, "x", NULL));
    qn_leave(&f);
    atomic_store(&w->host->shared->plugins[3].quarantined, 1);
    assert_false(qn_enter(&f, &w->plugin, "x", NULL));
    assert_string_equal(note_of(w).plugin, "");
    qn_plugin_shared_free(&w->host->shared);
}

static void counters_of_one_name_are_one(void **state)
{
    (void)state;
    qn_plugin_shared *s = qn_plugin_shared_new();
    qn_plugin_count *a = qn_plugin_counter(s, 0, "hits");
    assert_ptr_equal(qn_plugin_counter(s, 0, "hits"), a);
    assert_ptr_not_equal(qn_plugin_counter(s, 1, "hits"), a);
    assert_ptr_not_equal(qn_plugin_counter(s, 0, "misses"), a);
    char name[16];
    for (int i = 0; i < QN_PLUGIN_COUNTERS - 3; i++) {
        snprintf(name, sizeof name, "c%d", i);
        assert_non_null(qn_plugin_counter(s, 0, name));
    }
    assert_null(qn_plugin_counter(s, 0, "one_more"));
    assert_ptr_equal(qn_plugin_counter(s, 0, "hits"), a);
    qn_plugin_shared_free(&s);
}

int main(void)
{
#define TEST(f) cmocka_unit_test(f)
#define WITH(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
    const struct CMUnitTest tests[] = {
        WITH(every_function_of_the_table_is_there),
        WITH(behind_the_table_there_is_nothing),
        WITH(a_handle_leads_to_its_call_until_it_ends),
        WITH(no_handle_is_given_twice),
        WITH(handles_out_of_the_air_are_none),
        WITH(at_its_end_what_waits_hears_first_then_what_was_deferred),
        WITH(what_is_done_waits_no_longer),
        WITH(a_plugin_is_stopped_when_its_work_is_over_and_not_before),
        WITH(values_that_are_none_are_taken_everywhere),
        WITH(values_are_found_by_pointer),
        WITH(what_is_not_utf8_becomes_no_value),
        WITH(the_note_names_the_innermost_plugin),
        WITH(long_places_and_ids_are_cut),
        WITH(a_plugin_in_quarantine_is_not_entered),
        TEST(crashes_in_a_row_end_in_quarantine),
        TEST(nobody_is_blamed_for_what_was_nobodys),
        TEST(work_on_a_thread_is_blamed_where_the_loop_was_not_inside),
        TEST(counters_of_one_name_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
