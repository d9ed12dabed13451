#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/uuid.h"

enum { MANY = 100000, THREADS = 4, EACH = 20000 };

static void an_id_has_the_version_the_variant_and_the_time(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char id[QN_UUID_BYTES], hex[13] = { 0 };
        int64_t before = qn_wall_us() / 1000;
        qn_uuid7(id);
        assert_int_equal(strlen(id), 36);
        assert_true(qn_is_uuid(qn_str_of(id)));
        assert_int_equal(id[14], '7');
        assert_non_null(strchr("89ab", id[19]));
        memcpy(hex, id, 8);
        memcpy(hex + 8, id + 9, 4);
        int64_t ms = strtoll(hex, NULL, 16);
        assert_true(ms >= before && ms <= before + 1000);
    }
}

static void ids_of_a_process_only_grow(void **state)
{
    (void)state;
    char last[QN_UUID_BYTES] = "", id[QN_UUID_BYTES];
    for (int i = 0; i < MANY; i++) {
        qn_uuid7(id);
        assert_true(strcmp(id, last) > 0);
        memcpy(last, id, sizeof id);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void assert_all_differ(char (*ids)[QN_UUID_BYTES], size_t n)
{
    qsort(ids, n, sizeof *ids, by_text);
    for (size_t i = 1; i < n; i++) assert_string_not_equal(ids[i - 1], ids[i]);
}

static void *make_ids(void *arg)
{
    char(*ids)[QN_UUID_BYTES] = arg;
    for (int i = 0; i < EACH; i++) qn_uuid7(ids[i]);
    return NULL;
}

static void threads_never_share_an_id(void **state)
{
    (void)state;
    char(*ids)[QN_UUID_BYTES] = calloc((size_t)THREADS * EACH, sizeof *ids);
    pthread_t threads[THREADS];
    for (int t = 0; t < THREADS; t++)
        assert_int_equal(pthread_create(&threads[t], NULL, make_ids, ids + (size_t)t * EACH), 0);
    for (int t = 0; t < THREADS; t++) pthread_join(threads[t], NULL);
    assert_all_differ(ids, (size_t)THREADS * EACH);
    free(ids);
}

static void a_child_after_fork_goes_its_own_way(void **state)
{
    (void)state;
    enum { CHILDREN = 4, OF_EACH = 200 };
    char(*ids)[QN_UUID_BYTES] = calloc((CHILDREN + 1) * OF_EACH, sizeof *ids);
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    qn_uuid7(ids[0]); /* all of them start from the same last id */
    for (int c = 0; c < CHILDREN; c++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid > 0) continue;
        for (int i = 0; i < OF_EACH; i++) {
            char id[QN_UUID_BYTES];
            qn_uuid7(id);
            if (write(fd[1], id, sizeof id) != sizeof id) _exit(1);
        }
        _exit(0);
    }
    close(fd[1]);
    size_t n = 0;
    while (n < CHILDREN * OF_EACH && read(fd[0], ids[n], sizeof *ids) == (ssize_t)sizeof *ids) n++;
    assert_int_equal(n, CHILDREN * OF_EACH);
    for (int i = 0; i < OF_EACH; i++) qn_uuid7(ids[n++]);
    close(fd[0]);
    for (int c = 0; c < CHILDREN; c++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    assert_all_differ(ids, n);
    free(ids);
}

static void a_uuid_is_told_from_what_only_looks_like_one(void **state)
{
    (void)state;
    static const struct {
        const char *s;
        bool good;
    } cases[] = {
        { "01a2070c-55d8-7614-9b2d-b11ac19950ad", true },
        { "01A2070C-55D8-7614-9B2D-B11AC19950AD", true },
        { "00000000-0000-0000-0000-000000000000", true },
        { "550e8400-e29b-41d4-a716-446655440000", true },
        { "", false },
        { "01a2070c55d876149b2db11ac19950ad", false },
        { "01a2070c-55d8-7614-9b2d-b11ac19950a", false },
        { "01a2070c-55d8-7614-9b2d-b11ac19950ad0", false },
        { "01a2070g-55d8-7614-9b2d-b11ac19950ad", false },
        { "01a2070c055d8-7614-9b2d-b11ac19950ad", false },
        { "{1a2070c-55d8-7614-9b2d-b11ac19950a}", false },
        { "01a2070c-55d8-7614-9b2d-b11ac199-0ad", false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) assert_int_equal(qn_is_uuid(qn_str_of(cases[i].s)), cases[i].good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_has_the_version_the_variant_and_the_time),
        cmocka_unit_test(ids_of_a_process_only_grow),
        cmocka_unit_test(threads_never_share_an_id),
        cmocka_unit_test(a_child_after_fork_goes_its_own_way),
        cmocka_unit_test(a_uuid_is_told_from_what_only_looks_like_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
