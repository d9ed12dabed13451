/* The response cache: what it keeps, what it lets go, and who waits for whom. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/cache.h"

typedef struct {
    qn_shm *shm;
    qn_cache *cache;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(qn_shm_new(&f->shm), QN_OK);
    atomic_store(&f->shm->node.listener_beat_ms, qn_mono_ms());
    qn_cache_options o = { .shm = f->shm, .max_bytes = 1 << 20, .distrust_ms = 60000, .stale_ms = 120000 };
    assert_int_equal(qn_cache_new(&f->cache, &o), QN_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    qn_cache_free(&f->cache);
    qn_shm_free(&f->shm);
    free(f);
    return 0;
}

static qn_cached *put(fixture *f, const char *key, const char *body, const char *dep, int64_t valid_ms,
                      qn_cache_moment since)
{
    qn_cached *e = NULL;
    qn_cached_answer a = {
        .status = 200, .content_type = QN_STR("text/plain"), .headers = QN_STR("X: y\r\n"), .etag = QN_STR("\"e\"")
    };
    a.body[QN_IDENTITY] = qn_str_of(body);
    qn_str deps = qn_str_of(dep);
    assert_int_equal(qn_cache_put(&e, f->cache, qn_str_of(key), &a, &deps, 1, valid_ms, since), QN_OK);
    return e;
}

static void keep(fixture *f, const char *key, const char *body, const char *dep, int64_t valid_ms)
{
    qn_cached *e = put(f, key, body, dep, valid_ms, qn_cache_now(f->cache));
    qn_cached_unref(&e);
}

static bool is_hit(fixture *f, const char *key, int64_t in_ms)
{
    qn_cached *e;
    return qn_cache_get(&e, f->cache, qn_str_of(key), qn_mono_ms() + in_ms) == QN_CACHE_HIT;
}

static void what_was_put_is_found_as_it_was(void **state)
{
    fixture *f = *state;
    qn_cached *e = NULL;
    keep(f, "/a", "hello", "entry:1", -1);
    assert_int_equal(qn_cache_get(&e, f->cache, QN_STR("/a"), qn_mono_ms()), QN_CACHE_HIT);
    const qn_cached_answer *a = qn_cached_answer_of(e);
    assert_int_equal(a->status, 200);
    assert_true(qn_str_eqz(a->body[QN_IDENTITY], "hello") && qn_str_eqz(a->etag, "\"e\"") &&
                qn_str_eqz(a->headers, "X: y\r\n"));
    assert_string_equal(a->content_type.p, "text/plain");
    assert_null(a->vary.p);
    assert_false(is_hit(f, "/b", 0));
    assert_false(is_hit(f, "/", 0));
}

static void a_change_of_a_dependency_ends_it_and_no_other(void **state)
{
    fixture *f = *state;
    keep(f, "/a", "a", "entry:1", -1);
    keep(f, "/b", "b", "entry:2", -1);
    qn_epoch_bump(f->shm, QN_STR("entry:1"));
    assert_false(is_hit(f, "/a", 0));
    assert_true(is_hit(f, "/b", 0));
}

static void a_fill_that_raced_with_a_change_is_born_stale(void **state)
{
    fixture *f = *state;
    qn_cache_moment before = qn_cache_now(f->cache);
    qn_epoch_bump(f->shm, QN_STR("entry:1"));
    qn_cached *e = put(f, "/a", "old", "entry:1", -1, before);
    assert_non_null(e); /* who waited for it gets it */
    qn_cached_unref(&e);
    assert_false(is_hit(f, "/a", 0));
    keep(f, "/a", "new", "entry:1", -1);
    assert_true(is_hit(f, "/a", 0));
}

static void the_clock_ends_what_is_valid_for_a_while(void **state)
{
    fixture *f = *state;
    keep(f, "/a", "a", "entry:1", 5000);
    assert_true(is_hit(f, "/a", 4000));
    assert_false(is_hit(f, "/a", 5001));
    assert_false(is_hit(f, "/a", 0)); /* it was dropped */
    keep(f, "/b", "b", "entry:1", 0);
    assert_false(is_hit(f, "/b", 0));
}

static int64_t age_in(fixture *f, const char *key, int64_t in_ms)
{
    qn_cached *e;
    int64_t now = qn_mono_ms() + in_ms;
    assert_int_equal(qn_cache_get(&e, f->cache, qn_str_of(key), now), QN_CACHE_HIT);
    return qn_cached_age_s(e, now);
}

static void its_age_leaves_a_cache_in_front_what_is_left_of_it_and_no_less(void **state)
{
    fixture *f = *state;
    keep(f, "/ever", "a", "entry:1", -1);
    keep(f, "/long", "a", "entry:1", 3600 * 1000);
    keep(f, "/short", "a", "entry:1", 20 * 1000 + 500);
    assert_int_equal(age_in(f, "/ever", 0), 0);
    assert_int_equal(age_in(f, "/ever", 50000), 0);
    assert_int_equal(age_in(f, "/long", 30000), 0);
    assert_int_equal(age_in(f, "/short", 0), 0);
    assert_int_equal(age_in(f, "/short", 15000), 15); /* 20 were given, 5 are left */
    atomic_store(&f->shm->node.listener_beat_ms, qn_mono_ms() + 3590 * 1000);
    assert_int_equal(age_in(f, "/ever", 3590 * 1000), 0);
    assert_in_range(age_in(f, "/long", 3590 * 1000), 50, 51);
}

static void whether_it_raced_can_be_asked_before_it_is_kept(void **state)
{
    fixture *f = *state;
    const qn_str deps[] = { QN_STR("entry:1"), QN_STR("types") };
    qn_cache_moment since = qn_cache_now(f->cache);
    assert_false(qn_cache_moved_on(f->cache, deps, 2, since));
    qn_epoch_bump(f->shm, QN_STR("entry:2"));
    assert_false(qn_cache_moved_on(f->cache, deps, 2, since));
    qn_epoch_bump(f->shm, QN_STR("types"));
    assert_true(qn_cache_moved_on(f->cache, deps, 2, since));
    assert_false(qn_cache_moved_on(f->cache, deps, 2, qn_cache_now(f->cache)));
    qn_epoch_bump_all(f->shm);
    assert_true(qn_cache_moved_on(f->cache, deps, 0, since));
}

static void an_unheard_listener_takes_the_trust_and_later_all(void **state)
{
    fixture *f = *state;
    qn_cached *e;
    keep(f, "/a", "a", "entry:1", -1);
    assert_int_equal(qn_cache_get(&e, f->cache, QN_STR("/a"), qn_mono_ms() + 61000), QN_CACHE_DISTRUSTED);
    assert_int_equal(qn_cache_get(&e, f->cache, QN_STR("/a"), qn_mono_ms() + 121000), QN_CACHE_MISS);
    assert_true(is_hit(f, "/a", 0)); /* heard again, and nothing had moved */
}

static void the_bytes_are_bounded_and_what_is_asked_for_stays(void **state)
{
    fixture *f = *state;
    char key[32], body[2000];
    qn_cache_stats s;
    memset(body, 'x', sizeof body - 1);
    body[sizeof body - 1] = '\0';
    keep(f, "/hot", "hot", "entry:hot", -1);
    for (int i = 0; i < 5000; i++) {
        snprintf(key, sizeof key, "/%d", i);
        keep(f, key, body, key, -1);
        assert_true(is_hit(f, "/hot", 0));
        qn_cache_stats_read(f->cache, &s);
        assert_true(s.bytes <= 1 << 20);
    }
    assert_true(s.evictions > 4000 && s.entries > 300);
    assert_true(is_hit(f, "/4999", 0));
    assert_false(is_hit(f, "/0", 0));
}

static void what_is_too_large_is_not_kept_but_given(void **state)
{
    fixture *f = *state;
    char *body = malloc(1 << 18);
    memset(body, 'x', (1 << 18) - 1);
    body[(1 << 18) - 1] = '\0';
    qn_cached *e = put(f, "/big", body, "entry:1", -1, qn_cache_now(f->cache));
    assert_int_equal(qn_cached_answer_of(e)->body[QN_IDENTITY].n, (1 << 18) - 1);
    qn_cached_unref(&e);
    assert_false(is_hit(f, "/big", 0));
    free(body);
}

static void an_entry_outlives_its_eviction_while_it_is_sent(void **state)
{
    fixture *f = *state;
    qn_cached *e = put(f, "/a", "first", "entry:1", -1, qn_cache_now(f->cache));
    keep(f, "/a", "second", "entry:1", -1);
    assert_true(qn_str_eqz(qn_cached_answer_of(e)->body[QN_IDENTITY], "first"));
    qn_cached_unref(&e);
}

static void a_coding_is_made_once_and_counted(void **state)
{
    fixture *f = *state;
    qn_cache_stats before, after;
    qn_cached *e = put(f, "/a", "body", "entry:1", -1, qn_cache_now(f->cache));
    qn_cache_stats_read(f->cache, &before);
    assert_true(qn_cached_claim_coding(e, QN_GZIP));
    assert_false(qn_cached_claim_coding(e, QN_GZIP));
    qn_cached_give_up_coding(e, QN_GZIP);
    assert_true(qn_cached_claim_coding(e, QN_GZIP));
    assert_int_equal(qn_cached_add_coding(f->cache, e, QN_GZIP, QN_STR("gz")), QN_OK);
    assert_false(qn_cached_claim_coding(e, QN_GZIP));
    assert_true(qn_str_eqz(qn_cached_answer_of(e)->body[QN_GZIP], "gz"));
    qn_cache_stats_read(f->cache, &after);
    assert_int_equal(after.bytes, before.bytes + 2);
    qn_cached_unref(&e);
}

/* ---- flights ----------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_waiter w;
    int called;
    bool lead;
    qn_cached *got;
} client;

static void called(qn_waiter *w, qn_cached *e, bool lead)
{
    client *c = (client *)w;
    c->called++;
    c->lead = lead;
    c->got = e;
}

static void five_hundred_who_ask_for_one_thing_share_one_flight(void **state)
{
    fixture *f = *state;
    static client clients[500];
    qn_flight *flight = NULL;
    int leaders = 0;
    memset(clients, 0, sizeof clients);
    for (int i = 0; i < 500; i++) {
        clients[i].w.fn = called;
        leaders += qn_cache_fly(&flight, f->cache, QN_STR("/a"), &clients[i].w);
    }
    assert_int_equal(leaders, 1);
    qn_cached *e = put(f, "/a", "a", "entry:1", -1, qn_cache_now(f->cache));
    qn_flight_end(&flight, e);
    assert_null(flight);
    for (int i = 1; i < 500; i++) assert_true(clients[i].called == 1 && clients[i].got == e && !clients[i].lead);
    assert_int_equal(clients[0].called, 0);
    qn_cached_unref(&e);
}

static void an_answer_that_is_not_shared_sends_everybody_to_ask(void **state)
{
    fixture *f = *state;
    client a = { .w.fn = called }, b = { .w.fn = called };
    qn_flight *flight = NULL;
    assert_true(qn_cache_fly(&flight, f->cache, QN_STR("/a"), &a.w));
    assert_false(qn_cache_fly(&flight, f->cache, QN_STR("/a"), &b.w));
    qn_flight_end(&flight, NULL);
    assert_true(b.called == 1 && !b.got && !b.lead);
}

static void the_first_who_waits_leads_on_when_the_leader_is_gone(void **state)
{
    fixture *f = *state;
    client c[4] = { { .w.fn = called }, { .w.fn = called }, { .w.fn = called }, { .w.fn = called } };
    qn_flight *flight = NULL;
    for (int i = 0; i < 4; i++) (void)qn_cache_fly(&flight, f->cache, QN_STR("/a"), &c[i].w);
    qn_waiter_leave(&c[1].w); /* its client went away */
    qn_flight_abandon(&flight);
    assert_int_equal(c[1].called, 0);
    assert_true(c[2].called == 1 && c[2].lead);
    assert_int_equal(c[3].called, 0);
    flight = c[2].w.flight;
    c[2].w.flight = NULL;
    qn_cached *e = put(f, "/a", "a", "entry:1", -1, qn_cache_now(f->cache));
    qn_flight_end(&flight, e);
    assert_true(c[3].called == 1 && c[3].got == e);
    qn_cached_unref(&e);
}

static void different_keys_do_not_wait_for_each_other(void **state)
{
    fixture *f = *state;
    client a = { .w.fn = called }, b = { .w.fn = called };
    qn_flight *one = NULL, *two = NULL;
    assert_true(qn_cache_fly(&one, f->cache, QN_STR("/a"), &a.w));
    assert_true(qn_cache_fly(&two, f->cache, QN_STR("/b"), &b.w));
    qn_flight_abandon(&one);
    qn_flight_end(&two, NULL);
    assert_true(qn_cache_fly(&one, f->cache, QN_STR("/a"), &a.w));
    qn_flight_end(&one, NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(what_was_put_is_found_as_it_was),
        T(a_change_of_a_dependency_ends_it_and_no_other),
        T(a_fill_that_raced_with_a_change_is_born_stale),
        T(the_clock_ends_what_is_valid_for_a_while),
        T(whether_it_raced_can_be_asked_before_it_is_kept),
        T(its_age_leaves_a_cache_in_front_what_is_left_of_it_and_no_less),
        T(an_unheard_listener_takes_the_trust_and_later_all),
        T(the_bytes_are_bounded_and_what_is_asked_for_stays),
        T(what_is_too_large_is_not_kept_but_given),
        T(an_entry_outlives_its_eviction_while_it_is_sent),
        T(a_coding_is_made_once_and_counted),
        T(five_hundred_who_ask_for_one_thing_share_one_flight),
        T(an_answer_that_is_not_shared_sends_everybody_to_ask),
        T(the_first_who_waits_leads_on_when_the_leader_is_gone),
        T(different_keys_do_not_wait_for_each_other),
    };
    return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
