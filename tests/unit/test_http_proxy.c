#include "httpfixture.h"

#include "base/ip.h"
#include "http/proxy.h"

/* ---- addresses and networks ------------------------------------------------------------------------------------ */

static void addresses_are_read_and_written(void **state)
{
    (void)state;
    static const char *const right[][2] = {
        { "192.0.2.1", "192.0.2.1" },        { "2001:DB8:0::1", "2001:db8::1" }, { "::", "::" },
        { "::ffff:192.0.2.1", "192.0.2.1" }, { "::ffff:c000:201", "192.0.2.1" },
    };
    static const char *const wrong[] = { "",         "1.2.3",     "1.2.3.4.5",  "1.2.3.4 ",  "256.1.1.1",
                                         "01.2.3.4", ":::",       "fe80::1%lo", "1.2.3.4\n", "12345::",
                                         "[::1]",    "localhost", "0x7f.1" };
    char text[QN_IP_TEXT_BYTES];
    qn_ip ip;
    for (size_t i = 0; i < COUNT(right); i++) {
        assert_int_equal(qn_ip_parse(&ip, qn_str_of(right[i][0])), 0);
        assert_string_equal(qn_ip_text(text, &ip), right[i][1]);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (qn_ip_parse(&ip, qn_str_of(wrong[i])) == 0) fail_msg("%s is taken", wrong[i]);
    assert_int_equal(qn_ip_parse(&ip, (qn_str){ "1.2.3.4\0", 8 }), QN_EINVAL);
}

static void a_network_has_its_addresses_and_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *net, *ip;
        bool has;
    } cases[] = {
        { "10.0.0.0/8", "10.255.255.255", true },
        { "10.0.0.0/8", "11.0.0.0", false },
        { "10.1.2.3/8", "10.9.9.9", true },
        { "192.0.2.128/25", "192.0.2.127", false },
        { "192.0.2.128/25", "192.0.2.128", true },
        { "192.0.2.1", "192.0.2.1", true },
        { "192.0.2.1", "192.0.2.2", false },
        { "0.0.0.0/0", "203.0.113.9", true },
        { "0.0.0.0/0", "::1", false },
        { "::/0", "::1", true },
        { "::/0", "192.0.2.1", false },
        { "2001:db8::/33", "2001:db8:7fff::1", true },
        { "2001:db8::/33", "2001:db8:8000::1", false },
        { "::ffff:10.0.0.0/104", "10.7.7.7", true },
        { "::1/128", "::1", true },
        { "::1", "::2", false },
    };
    static const char *const wrong[] = { "10.0.0.0/33", "10.0.0.0/",    "10.0.0.0/-1", "::/129",
                                         "/8",          "10.0.0.0/8/8", "10/8",        "x" };
    qn_cidr net;
    qn_ip ip;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(qn_cidr_parse(&net, qn_str_of(cases[i].net)), 0);
        assert_int_equal(qn_ip_parse(&ip, qn_str_of(cases[i].ip)), 0);
        if (qn_cidr_has(&net, &ip) != cases[i].has) fail_msg("%s in %s", cases[i].ip, cases[i].net);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (qn_cidr_parse(&net, qn_str_of(wrong[i])) == 0) fail_msg("%s is taken", wrong[i]);
}

/* ---- what proxies say ------------------------------------------------------------------------------------------ */

typedef struct {
    const char *forwarded, *x_for, *x_proto, *x_host; /* NULL: not there */
    const char *client, *proto, *host;                /* NULL: absent */
} said;

/* The peer is 10.0.0.1; 10.0.0.0/8, 2001:db8:1::/48 and Unix sockets are trusted. */
static const said cases[] = {
    /* nothing, or nothing readable: the peer */
    { NULL, NULL, NULL, NULL, "10.0.0.1", NULL, NULL },
    { NULL, "", "", "", "10.0.0.1", NULL, NULL },
    { NULL, "unknown", NULL, NULL, "10.0.0.1", NULL, NULL },
    { NULL, "192.0.2.1, nonsense", NULL, NULL, "10.0.0.1", NULL, NULL },
    { "for=_hidden", NULL, NULL, NULL, "10.0.0.1", NULL, NULL },
    { "for=unknown;proto=https", NULL, NULL, NULL, "10.0.0.1", "https", NULL },

    /* X-Forwarded-For: the right-most that is not trusted, whatever the client wrote before it */
    { NULL, "192.0.2.1", "https", "news.example.org", "192.0.2.1", "https", "news.example.org" },
    { NULL, "6.6.6.6, 192.0.2.1", NULL, NULL, "192.0.2.1", NULL, NULL },
    { NULL, "6.6.6.6,192.0.2.1,10.0.0.9 ,\t10.2.3.4", NULL, NULL, "192.0.2.1", NULL, NULL },
    { NULL, "10.0.0.7, 10.0.0.9", NULL, NULL, "10.0.0.7", NULL, NULL },
    { NULL, "192.0.2.1, bad, 10.0.0.9", NULL, NULL, "10.0.0.9", NULL, NULL },
    { NULL, "192.0.2.1:4711", NULL, NULL, "192.0.2.1", NULL, NULL },
    { NULL, "192.0.2.1:99999", NULL, NULL, "10.0.0.1", NULL, NULL },
    { NULL, "2001:db8::7", NULL, NULL, "2001:db8::7", NULL, NULL },
    { NULL, "[2001:db8::7]", NULL, NULL, "2001:db8::7", NULL, NULL },
    { NULL, "[2001:db8::7]:443", NULL, NULL, "2001:db8::7", NULL, NULL },
    { NULL, "[192.0.2.1]", NULL, NULL, "10.0.0.1", NULL, NULL },
    { NULL, "2001:db8::7, 2001:db8:1::5", NULL, NULL, "2001:db8::7", NULL, NULL },
    { NULL, "::ffff:192.0.2.1", NULL, NULL, "192.0.2.1", NULL, NULL },
    { NULL, "192.0.2.1, unix:", NULL, NULL, "192.0.2.1", NULL, NULL },
    { NULL, "192.0.2.1,", NULL, NULL, "10.0.0.1", NULL, NULL },

    /* scheme and host, by themselves and in lists of the same length or shorter */
    { NULL, NULL, "HTTPS", "a.example:8443", "10.0.0.1", "https", "a.example:8443" },
    { NULL, "192.0.2.1", "gopher", "bad host", "192.0.2.1", NULL, NULL },
    { NULL, "6.6.6.6, 192.0.2.1, 10.0.0.9", "ftp, https, http", "x, a.example, b", "192.0.2.1", "https", "a.example" },
    { NULL, "6.6.6.6, 192.0.2.1, 10.0.0.9", "https", NULL, "192.0.2.1", "https", NULL },
    { NULL, "192.0.2.1", "http, https", NULL, "192.0.2.1", "https", NULL },

    /* Forwarded */
    { "for=192.0.2.1", NULL, NULL, NULL, "192.0.2.1", NULL, NULL },
    { "For=\"[2001:db8::7]:4711\";Proto=https;By=10.0.0.1;Host=\"a.example\"", NULL, NULL, NULL, "2001:db8::7", "https",
      "a.example" },
    { "for=6.6.6.6, for=192.0.2.1;proto=http , for=10.0.0.9", NULL, NULL, NULL, "192.0.2.1", "http", NULL },
    { "for=\"192.0.2.1:80\" ; proto=https", NULL, NULL, NULL, "192.0.2.1", "https", NULL },
    { "for=\"6.6.6.6, for=192.0.2.1", NULL, NULL, NULL, "10.0.0.1", NULL, NULL },
    { "for=\"a\\\"b\", for=192.0.2.1", NULL, NULL, NULL, "192.0.2.1", NULL, NULL },
    { "for=192.0.2.1, =", NULL, NULL, NULL, "10.0.0.1", NULL, NULL },
    { "for 192.0.2.1", NULL, NULL, NULL, "10.0.0.1", NULL, NULL },
    { "proto=https;host=a.example", NULL, NULL, NULL, "10.0.0.1", "https", "a.example" },
    { "secret=x;for=192.0.2.1;ext=\"y;z,\"", NULL, NULL, NULL, "192.0.2.1", NULL, NULL },

    /* both: believed where they agree */
    { "for=192.0.2.1;proto=https", "192.0.2.1", "http", NULL, "192.0.2.1", "https", NULL },
    { "for=6.6.6.6;proto=https", "192.0.2.1", "http", NULL, "10.0.0.1", NULL, NULL },
};

static qn_str str_of(const char *s)
{
    return s ? (qn_str){ s, strlen(s) } : (qn_str){ 0 };
}

static qn_proxies *proxies_of(const char *set)
{
    const char *const sets[] = { set };
    qn_config_sources src = { .sets = sets, .nsets = 1 };
    qn_config *c = NULL;
    qn_errmsg e;
    qn_proxies *p = NULL;
    if (qn_config_load(&c, &src, &e)) fail_msg("%s", e.text);
    assert_int_equal(qn_proxies_new(&p, c), 0);
    qn_config_free(&c);
    return p;
}

static void the_right_most_address_that_is_not_trusted_is_the_client(void **state)
{
    (void)state;
    qn_proxies *p = proxies_of("server.trusted_proxies=10.0.0.0/8, 2001:db8:1::/48, unix");
    char text[QN_IP_TEXT_BYTES];
    qn_ip peer;
    assert_int_equal(qn_ip_parse(&peer, QN_STR("10.0.0.1")), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const said *c = &cases[i];
        const qn_proxy_headers h = { str_of(c->forwarded), str_of(c->x_for), str_of(c->x_proto), str_of(c->x_host) };
        qn_forwarded found;
        qn_proxies_read(&found, p, &peer, &h);
        bool right = strcmp(qn_ip_text(text, &found.client), c->client) == 0 && qn_str_eq(found.proto, str_of(c->proto)) &&
                     qn_str_eq(found.host, str_of(c->host));
        if (!right)
            fail_msg("case %zu (%s | %s): %s %.*s %.*s", i, c->forwarded ? c->forwarded : "-",
                     c->x_for ? c->x_for : "-", text, QN_FMT(found.proto), QN_FMT(found.host));
    }
    qn_proxies_free(&p);
}

static void endless_lists_are_not_read(void **state)
{
    (void)state;
    qn_proxies *p = proxies_of("server.trusted_proxies=10.0.0.0/8");
    qn_buf x, fw;
    qn_buf_init(&x, 0);
    qn_buf_init(&fw, 0);
    for (int i = 0; i < 4000; i++) qn_buf_addz(&x, "10.0.0.2,"), qn_buf_addz(&fw, "for=10.0.0.2,");
    qn_buf_addz(&x, "6.6.6.6");
    qn_buf_addz(&fw, "for=6.6.6.6");
    qn_ip peer;
    qn_forwarded found;
    assert_int_equal(qn_ip_parse(&peer, QN_STR("10.0.0.1")), 0);
    qn_proxies_read(&found, p, &peer, &(qn_proxy_headers){ .x_for = qn_buf_str(&x), .x_proto = qn_buf_str(&x) });
    assert_memory_equal(&found.client, &peer, sizeof peer);
    qn_proxies_read(&found, p, &peer, &(qn_proxy_headers){ .forwarded = qn_buf_str(&fw) });
    assert_memory_equal(&found.client, &peer, sizeof peer);
    qn_buf_free(&x);
    qn_buf_free(&fw);
    qn_proxies_free(&p);
}

/* ---- in the server --------------------------------------------------------------------------------------------- */

static void on_who(qn_req *req, void *ctx)
{
    (void)ctx;
    qn_str peer = qn_req_peer(req), scheme = qn_req_scheme(req), host = qn_req_host(req);
    char *text = qn_arena_printf(qn_req_arena(req), "<%.*s %.*s %.*s>", QN_FMT(peer), QN_FMT(scheme), QN_FMT(host));
    struct iovec part = { text, strlen(text) };
    qn_reply(req, 200, "text/plain", &part, 1);
}

static void on_never(qn_req *req, void *ctx)
{
    (void)req, (void)ctx;
}

static void add_routes(void)
{
    const qn_route routes[] = {
        { .methods = QN_GET, .pattern = "/who", .fn = on_who },
        { .methods = QN_GET, .pattern = "/never", .fn = on_never },
    };
    for (size_t i = 0; i < COUNT(routes); i++) assert_int_equal(qn_router_add(f.router, &routes[i]), 0);
}

#define X_FOR                                                                                                          \
    "X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: b\r\n"

static void only_trusted_peers_are_believed(void **state)
{
    (void)state;
    START();
    EXPECT("GET /who HTTP/1.1\r\n" H X_FOR LAST, "<127.0.0.1 http a>");
    stop();
    START("server.trusted_proxies=192.0.2.0/24");
    EXPECT("GET /who HTTP/1.1\r\n" H X_FOR LAST, "<127.0.0.1 http a>");
    stop();
    START("server.trusted_proxies=127.0.0.1");
    EXPECT("GET /who HTTP/1.1\r\n" H X_FOR LAST, "<192.0.2.1 https b>");
    EXPECT("GET /who HTTP/1.1\r\n" H "Forwarded: for=\"[2001:db8::1]\"\r\n" LAST, "<2001:db8::1 http a>");
    stop();
}

static void the_bound_of_an_address_counts_requests_behind_a_proxy(void **state)
{
    (void)state;
    START("server.trusted_proxies=127.0.0.1", "server.max_connections_per_address=2");
    int s[3];
    for (size_t i = 0; i < COUNT(s); i++) { /* more connections than the bound, all of the proxy */
        s[i] = dial(0);
        say(s[i], i < 2 ? "GET /never HTTP/1.1\r\n" H "X-Forwarded-For: 192.0.2.1\r\n\r\n"
                        : "GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 192.0.2.2\r\n\r\n");
    }
    qn_buf b;
    qn_buf_init(&b, 0);
    get_until(s[2], &b, "<192.0.2.2 ");
    EXPECT("GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 192.0.2.1\r\n\r\nGET /who HTTP/1.1\r\n" H
           "X-Forwarded-For: 192.0.2.3\r\n" LAST,
           "HTTP/1.1 429", "Retry-After: ", "/problems/too-many-requests", "<192.0.2.3 ");
    close(s[0]);
    qn_buf_clear(&b);
    do { /* that request ends, and another may come */
        qn_buf_free(&b);
        b = exchange("GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 192.0.2.1\r\n" LAST);
    } while (has(&b, " 429 "));
    assert_true(has(&b, "<192.0.2.1 "));
    close(s[1]);
    close(s[2]);
    qn_buf_free(&b);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(a_network_has_its_addresses_and_no_others),
        cmocka_unit_test(the_right_most_address_that_is_not_trusted_is_the_client),
        cmocka_unit_test(endless_lists_are_not_read),
        cmocka_unit_test(only_trusted_peers_are_believed),
        cmocka_unit_test(the_bound_of_an_address_counts_requests_behind_a_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
