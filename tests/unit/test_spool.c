#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/spool.h"

static const char *folder(void)
{
    const char *tmp = getenv("TMPDIR");
    return tmp ? tmp : "/tmp";
}

/* Byte `i` of what is written. */
static char byte_at(uint64_t i)
{
    return (char)('a' + (i * 7 + i / 251) % 26);
}

static void what_is_written_is_read_once_in_order(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {
        0, 1, 1000, QN_SPOOL_MEMORY_BYTES - 1, QN_SPOOL_MEMORY_BYTES, QN_SPOOL_MEMORY_BYTES * 5 + 3
    };
    for (size_t k = 0; k < COUNT(sizes); k++) {
        qn_spool s;
        char piece[777], out[1000];
        uint64_t at = 0, read = 0;
        size_t n;
        qn_spool_init(&s, folder());
        while (at < sizes[k]) {
            for (n = 0; n < sizeof piece && at < sizes[k]; n++) piece[n] = byte_at(at++);
            assert_int_equal(qn_spool_add(&s, (qn_str){ piece, n }), 0);
            assert_true(s.tail.n < QN_SPOOL_MEMORY_BYTES + sizeof piece);
        }
        assert_int_equal(qn_spool_bytes(&s), sizes[k]);
        assert_int_equal(s.fd >= 0, sizes[k] >= QN_SPOOL_MEMORY_BYTES);
        do {
            assert_int_equal(qn_spool_read(&n, &s, out, sizeof out), 0);
            for (size_t i = 0; i < n; i++) assert_int_equal(out[i], byte_at(read++));
        } while (n);
        assert_int_equal(read, sizes[k]);
        qn_spool_free(&s);
    }
}

static void the_file_has_no_name(void **state)
{
    (void)state;
    struct stat st;
    qn_spool s;
    char *much = calloc(1, QN_SPOOL_MEMORY_BYTES);
    qn_spool_init(&s, folder());
    assert_int_equal(qn_spool_add(&s, (qn_str){ much, QN_SPOOL_MEMORY_BYTES }), 0);
    assert_int_equal(fstat(s.fd, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    qn_spool_free(&s);
    free(much);
}

static void no_room_is_an_error_and_no_crash(void **state)
{
    (void)state;
    qn_spool s;
    char *much = calloc(1, QN_SPOOL_MEMORY_BYTES);
    qn_spool_init(&s, "/nowhere/at/all");
    assert_int_equal(qn_spool_add(&s, QN_STR("few")), 0);
    assert_int_equal(qn_spool_add(&s, (qn_str){ much, QN_SPOOL_MEMORY_BYTES }), QN_EIO);
    qn_spool_free(&s);
    free(much);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_once_in_order),
        cmocka_unit_test(the_file_has_no_name),
        cmocka_unit_test(no_room_is_an_error_and_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
