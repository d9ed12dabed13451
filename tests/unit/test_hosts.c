/* The hosts of a connection string in turns. */
#include "db/hosts.h"

#include "unit.h"

#include <netdb.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "db/lookup.h"

/* ---- a name service of our own (-Wl,--wrap=getaddrinfo) -----------------------------------------------------------
 */

static atomic_bool down; /* it does not answer */
static atomic_int asked; /* for names */

int __real_getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **out);
int __wrap_getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **out);

int __wrap_getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **out)
{
    const char *address = !strcmp(name, "one") ? "10.0.0.1" : !strcmp(name, "two") ? "10.0.0.2" : NULL;
    atomic_fetch_add(&asked, 1);
    while (atomic_load(&down)) usleep(1000);
    int err = address ? __real_getaddrinfo(address, port, hints, out) : EAI_NONAME;
    if (!err && !strcmp(name, "two")) err = __real_getaddrinfo("::2", port, hints, &(*out)->ai_next);
    return err;
}

/* Asks until it is known. */
static int look(qn_hosts *h, char why[256])
{
    int r;
    while ((r = qn_hosts_look(h, why, 256)) == QN_EBUSY) usleep(1000);
    return r;
}

static void check(const char *conninfo, unsigned first, const char *host, const char *hostaddr, const char *port)
{
    qn_hosts *h;
    assert_int_equal(qn_hosts_new(&h, conninfo), 0);
    for (int i = 0; i < 2; i++) {
        qn_hosts_turn t = qn_hosts_from(h, first);
        const char *const have[] = { t.host, t.hostaddr, t.port }, *const want[] = { host, hostaddr, port };
        for (int k = 0; k < 3; k++) {
            if (want[k])
                assert_string_equal(have[k], want[k]);
            else
                assert_null(have[k]);
        }
    }
    qn_hosts_free(&h);
}

static void each_may_come_first_and_the_others_follow(void **state)
{
    (void)state;
    const char *three = "postgresql://u:p@a:1,bb:22,[::1]:333/q";
    check(three, 0, "a,bb,::1", NULL, "1,22,333");
    check(three, 1, "bb,::1,a", NULL, "22,333,1");
    check(three, 2, "::1,a,bb", NULL, "333,1,22");
    check(three, 3, "a,bb,::1", NULL, "1,22,333");
    check(three, 4294967295u, "a,bb,::1", NULL, "1,22,333");
}

static void what_is_one_for_all_stays(void **state)
{
    (void)state;
    check("host=a,b port=5 dbname=q", 1, "b,a", NULL, NULL);
    check("host=a,b hostaddr=1.1.1.1,2.2.2.2", 1, "b,a", "2.2.2.2,1.1.1.1", NULL);
    check("hostaddr=1.1.1.1,2.2.2.2 port=1,2", 1, NULL, "2.2.2.2,1.1.1.1", "2,1");
    check("host=a,,c port=1,,3", 1, ",c,a", NULL, ",3,1");
    check("host=a,b,c port=1,2", 1, "b,c,a", NULL, NULL); /* libpq says what is wrong with it */
}

static void one_host_or_none_has_no_turns(void **state)
{
    (void)state;
    check("postgresql://h/q", 1, NULL, NULL, NULL);
    check("dbname=q", 1, NULL, NULL, NULL);
    check("", 1, NULL, NULL, NULL);
    check("nonsense", 1, NULL, NULL, NULL);
}

static void is_turn(qn_hosts *h, unsigned first, const char *host, const char *hostaddr, const char *port)
{
    qn_hosts_turn t = qn_hosts_from(h, first);
    assert_string_equal(t.host, host);
    assert_string_equal(t.hostaddr, hostaddr);
    if (port)
        assert_string_equal(t.port, port);
    else
        assert_null(t.port);
}

static void names_have_their_addresses_beside_them(void **state)
{
    (void)state;
    char why[256];
    qn_hosts *h;
    assert_int_equal(qn_hosts_new(&h, "postgresql://one/q"), 0);
    assert_int_equal(qn_hosts_look(h, why, sizeof why), QN_EBUSY);
    assert_int_equal(look(h, why), 0);
    is_turn(h, 0, "one", "10.0.0.1", NULL);
    is_turn(h, 5, "one", "10.0.0.1", NULL);
    qn_hosts_free(&h);
    assert_int_equal(qn_hosts_new(&h, "host=one,/run,two,127.0.0.1 port=1,2,3,4"), 0);
    assert_int_equal(look(h, why), 0);
    is_turn(h, 0, "one,/run,two,two,127.0.0.1", "10.0.0.1,,10.0.0.2,::2,", "1,2,3,3,4");
    is_turn(h, 2, "two,two,127.0.0.1,one,/run", "10.0.0.2,::2,,10.0.0.1,", "3,3,4,1,2");
    qn_hosts_free(&h);
    assert_int_equal(qn_hosts_new(&h, "host=two port=7"), 0);
    assert_int_equal(look(h, why), 0);
    is_turn(h, 1, "two,two", "::2,10.0.0.2", NULL);
    qn_hosts_free(&h);
}

static void where_no_host_is_a_name_nobody_is_asked(void **state)
{
    (void)state;
    char why[256];
    static const char *const none[] = { "host=/run,127.0.0.1", "host=::1", "host=one hostaddr=1.1.1.1", "dbname=q",
                                        "" };
    atomic_store(&asked, 0);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        qn_hosts *h;
        assert_int_equal(qn_hosts_new(&h, none[i]), 0);
        assert_int_equal(qn_hosts_look(h, why, sizeof why), 0);
        qn_hosts_free(&h);
    }
    assert_int_equal(atomic_load(&asked), 0);
}

static void a_name_without_an_address_is_told_and_the_others_are_used(void **state)
{
    (void)state;
    char why[256];
    qn_hosts *h;
    assert_int_equal(qn_hosts_new(&h, "host=nobody"), 0);
    assert_int_equal(look(h, why), QN_EUNAVAIL);
    assert_non_null(strstr(why, "the host name \"nobody\" has no address: "));
    qn_hosts_free(&h);
    assert_int_equal(qn_hosts_new(&h, "host=nobody,one port=1,2"), 0);
    assert_int_equal(look(h, why), 0);
    is_turn(h, 0, "one", "10.0.0.1", "2");
    qn_hosts_free(&h);
}

static void a_name_service_that_does_not_answer_is_waited_for_by_nobody(void **state)
{
    (void)state;
    char why[256];
    qn_hosts *known, *fresh;
    assert_int_equal(qn_hosts_new(&known, "host=one"), 0);
    assert_int_equal(look(known, why), 0);
    atomic_store(&down, true);
    assert_int_equal(qn_hosts_new(&fresh, "host=one"), 0);
    atomic_store(&asked, 0);
    for (int i = 0; i < 50; i++) {
        usleep(30000); /* longer than what was found counts as of now */
        assert_int_equal(qn_hosts_look(fresh, why, sizeof why), QN_EBUSY);
        assert_int_equal(qn_hosts_look(known, why, sizeof why), 0);
        is_turn(known, 0, "one", "10.0.0.1", NULL);
    }
    assert_int_equal(atomic_load(&asked), 2);
    qn_hosts_free(&known); /* while their threads still ask */
    atomic_store(&down, false);
    assert_int_equal(look(fresh, why), 0);
    qn_hosts_free(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_may_come_first_and_the_others_follow),
        cmocka_unit_test(what_is_one_for_all_stays),
        cmocka_unit_test(one_host_or_none_has_no_turns),
        cmocka_unit_test(names_have_their_addresses_beside_them),
        cmocka_unit_test(where_no_host_is_a_name_nobody_is_asked),
        cmocka_unit_test(a_name_without_an_address_is_told_and_the_others_are_used),
        cmocka_unit_test(a_name_service_that_does_not_answer_is_waited_for_by_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
