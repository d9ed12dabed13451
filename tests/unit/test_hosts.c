/* The hosts of a connection string in turns. */
#include "db/hosts.h"

#include "unit.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_may_come_first_and_the_others_follow),
        cmocka_unit_test(what_is_one_for_all_stays),
        cmocka_unit_test(one_host_or_none_has_no_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
