#include <arpa/inet.h>
#include <string.h>

#include "base/config.h"
#include "base/ip.h"

/* What a value has to look like where a kind and its bounds do not say enough. */

static bool is_port(qn_str s)
{
    uint64_t port;
    return qn_str_u64(&port, s, 0, 65535) == 0;
}

static bool is_host(qn_str s)
{
    if (s.n == 0 || s.n > 253) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '.' && c != '-') return false;
    }
    return true;
}

static bool is_ipv6(qn_str s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    if (s.n >= sizeof text) return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    return inet_pton(AF_INET6, text, &parsed) == 1;
}

static const char *check_listen(const char *value)
{
    qn_str s = qn_str_of(value);
    if (qn_str_starts(s, QN_STR("unix:"))) {
        /* sun_path holds 108 bytes with its NUL (unix(7)) */
        if (s.n > 5 && s.p[5] == '/' && s.n - 5 <= 107) return NULL;
        return "unix: and an absolute path of at most 107 bytes, such as unix:/run/quoin.sock";
    }
    if (s.n && s.p[0] == '[') {
        qn_str port = { s.p + 1, s.n - 1 };
        qn_str host = qn_str_cut(&port, ']');
        if (is_ipv6(host) && port.n > 1 && port.p[0] == ':' && is_port((qn_str){ port.p + 1, port.n - 1 })) return NULL;
        return "an IPv6 address in brackets and a port from 0 to 65535, such as [::1]:8080";
    }
    qn_str port = s;
    qn_str host = qn_str_cut(&port, ':');
    if (is_host(host) && is_port(port)) return NULL;
    return "host:port, [IPv6]:port or unix:/path, such as 127.0.0.1:8080";
}

static const char *check_proxy(const char *value)
{
    qn_cidr net;
    if (strcmp(value, "unix") == 0 || !qn_cidr_parse(&net, qn_str_of(value))) return NULL;
    return "an address, a network or unix, such as 127.0.0.1, 10.0.0.0/8, 2001:db8::/32";
}

static const char *check_user(const char *value)
{
    return *value && !strpbrk(value, "/: \t") ? NULL : "the name of a user of this system, such as quoin";
}

static const char *check_public_url(const char *value)
{
    qn_str s = qn_str_of(value);
    bool http = qn_str_starts(s, QN_STR("http://")) && s.n > 7;
    bool https = qn_str_starts(s, QN_STR("https://")) && s.n > 8;
    if (s.n == 0 || ((http || https) && !strpbrk(value, " \t?#"))) return NULL;
    return "empty, or http:// or https:// and a host, such as https://news.example.org";
}

static const char *check_purge_url(const char *value)
{
    qn_str s = qn_str_of(value);
    bool http = qn_str_starts(s, QN_STR("http://")) && s.n > 7 && s.p[7] != '/';
    bool https = qn_str_starts(s, QN_STR("https://")) && s.n > 8 && s.p[8] != '/';
    if ((http || https) && !strpbrk(value, " \t#@")) return NULL;
    return "http:// or https:// and a host, no name or password in it, such as http://127.0.0.1:6081/";
}

static bool is_database_uri(const char *value)
{
    qn_str s = qn_str_of(value);
    return qn_str_starts(s, QN_STR("postgresql://")) || qn_str_starts(s, QN_STR("postgres://"));
}

static const char *check_database_url(const char *value)
{
    return strcmp(value, "embedded") == 0 || is_database_uri(value)
               ? NULL
               : "embedded, or a PostgreSQL URI such as postgresql://quoin@db.example.org/quoin";
}

static const char *check_migrate_url(const char *value)
{
    return !*value || is_database_uri(value)
               ? NULL
               : "empty, or a PostgreSQL URI such as postgresql://quoin_owner@db.example.org/quoin";
}

static const char *check_read_url(const char *value)
{
    return !*value || is_database_uri(value)
               ? NULL
               : "empty, or a PostgreSQL URI such as postgresql://quoin@standby.example.org/quoin";
}

static const char *check_path(const char *value)
{
    return *value ? NULL : "a path, such as var";
}

static const char *check_plugin(const char *value)
{
    size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_");
    bool good = *value >= 'a' && *value <= 'z' && !value[n] && n <= 32;
    return good ? NULL : "names of plugins: small letters, digits and _, at most 32, a letter first";
}

static const char *check_access(const char *value)
{
    return strcmp(value, "on") == 0 || strcmp(value, "off") == 0 || strchr(value, '/')
               ? NULL
               : "on, off, or the path of a file with a / in it, such as ./access.log";
}

enum { S = 1000, MINUTE = 60 * S, HOUR = 60 * MINUTE, KIB = 1024, MIB = 1024 * KIB };

/* clang-format off */
/* A table is read in columns. Options of one section stand together. */
#define INT(s, k, d, lo, hi, u, h) { .section = s, .key = k, .kind = QN_OPT_INT, .def = d, .min = lo, .max = hi, .unit = u, .help = h }
#define BYTES(s, k, d, lo, hi, h) { .section = s, .key = k, .kind = QN_OPT_BYTES, .def = d, .min = lo, .max = hi, .unit = "bytes", .help = h }
#define TEXT(s, k, d, c, h) { .section = s, .key = k, .kind = QN_OPT_STRING, .def = d, .unit = "", .check = c, .help = h }
#define ENUM(s, k, d, v, h) { .section = s, .key = k, .kind = QN_OPT_ENUM, .def = d, .unit = "", .values = v, .help = h }

static const qn_opt table[] = {
    { .section = "server", .key = "listen", .kind = QN_OPT_LIST, .def = "127.0.0.1:8080", .min = 1, .max = 64, .unit = "", .check = check_listen,
      .help = "Addresses to listen on: host:port, [IPv6]:port or unix:/path, separated by commas. Port 0 takes a free one." },
    { .section = "server", .key = "workers", .kind = QN_OPT_AUTO_INT, .def = "auto", .min = 1, .max = 256, .unit = "processes",
      .help = "Worker processes; auto is one for each CPU that may be used." },
    TEXT("server", "user", "quoin", check_user, "The user that everything but the master runs as when started as root."),
    TEXT("server", "public_url", "", check_public_url, "Where readers reach this server, without a slash at the end; empty: as the request says."),
    INT("server", "max_connections", "10240", 1, 1000000, "connections", "Client connections open at once, all workers together."),
    INT("server", "max_connections_per_address", "0", 0, 1000000, "connections", "Of them, from one client address; 0: no bound."),
    { .section = "server", .key = "trusted_proxies", .kind = QN_OPT_LIST, .def = "", .min = 0, .max = 64, .unit = "", .check = check_proxy,
      .help = "Proxies whose Forwarded and X-Forwarded-* are believed: addresses, networks (10.0.0.0/8), unix; with commas between." },
    INT("server", "max_headers", "100", 8, 1000, "fields", "Header fields in a request; 431 past it."),
    BYTES("server", "max_header_bytes", "32768", 1 * KIB, 1 * MIB, "Bytes of a request's header fields together; 431 past it."),
    BYTES("server", "max_uri_bytes", "8192", 64, 64 * KIB, "Bytes of a request's path, and as many of its query before a last after=… or before=…; 414 past either."),
    INT("server", "max_requests_per_connection", "10000", 0, 1000000000, "requests", "Requests served before a connection is closed; 0: no bound."),
    INT("server", "max_pipelined", "64", 1, 1024, "requests", "Requests of one connection taken in before the first is answered."),
    INT("server", "header_timeout_ms", "10000", 10, HOUR, "ms", "From the first byte of a request to the end of its headers."),
    INT("server", "body_timeout_ms", "25000", 10, HOUR, "ms", "Longest wait for a request's body at its least rate; see body_min_bytes_per_s."),
    INT("server", "body_min_bytes_per_s", "500", 0, 1000000000, "bytes/s", "A body that comes slower than this is given up; 0: no least rate."),
    INT("server", "request_timeout_ms", "30000", 10, HOUR, "ms", "From the whole request to the first byte of its answer."),
    INT("server", "idle_timeout_ms", "60000", 10, 24 * HOUR, "ms", "Between two requests of a connection."),
    INT("server", "write_timeout_ms", "30000", 10, HOUR, "ms", "How long a client may take nothing of its answer."),
    INT("server", "drain_timeout_ms", "30000", 0, HOUR, "ms", "How long requests in flight may go on when the server stops or reloads."),
    BYTES("server", "max_body_bytes", "1048576", 1, 1024 * MIB, "Bytes of a request's body; 413 past it."),

    { .section = "cache", .key = "enabled", .kind = QN_OPT_BOOL, .def = "on", .unit = "", .help = "Keep finished answers in each worker." },
    BYTES("cache", "bytes", "67108864", 64 * KIB, 64LL * 1024 * MIB, "Bytes of answers that one worker keeps."),
    INT("cache", "stale_if_error_s", "300", 0, 7 * 24 * 3600, "s", "How long answers are served, marked so, while the database is away."),
    { .section = "cache", .key = "purge_urls", .kind = QN_OPT_LIST, .def = "", .max = 16, .unit = "", .check = check_purge_url,
      .help = "Caches in front that are purged: each hears PURGE with the Surrogate-Key of what changed; config/varnish.vcl takes it." },

    { .section = "database", .key = "url", .kind = QN_OPT_STRING, .def = "embedded", .unit = "", .check = check_database_url, .secret = true,
      .help = "embedded: a private PostgreSQL in data_dir; or the URI of yours, several hosts included." },
    { .section = "database", .key = "migrate_url", .kind = QN_OPT_STRING, .def = "", .unit = "", .check = check_migrate_url, .secret = true,
      .help = "The URI of the role that owns the schema and migrates it; empty: the one of url." },
    { .section = "database", .key = "read_url", .kind = QN_OPT_STRING, .def = "", .unit = "", .check = check_read_url, .secret = true,
      .help = "Streaming standbys of url, a URI with one or several hosts: published things are read there while they are up to date." },
    TEXT("database", "data_dir", "var", check_path, "Where everything is kept that is written: the embedded database, tokens, sockets."),
    INT("database", "connect_timeout_ms", "2000", 10, MINUTE, "ms", "For a connection to the database to stand."),
    INT("database", "queue_limit", "1024", 1, 1000000, "requests", "Statements of a worker that wait in one lane; 503 at once past it."),
    INT("database", "read_pipeline_depth", "64", 1, 1024, "statements", "Keyed reads in flight on a worker's read connection."),
    INT("database", "read_timeout_ms", "2000", 10, 10 * MINUTE, "ms", "For a keyed read, its time in the queue included."),
    INT("database", "slow_connections", "3", 1, 64, "connections", "Connections of a worker for lists, filters and search."),
    INT("database", "slow_timeout_ms", "10000", 10, 10 * MINUTE, "ms", "For a list, filter or search."),
    INT("database", "write_connections", "4", 1, 64, "connections", "Connections of a node for writes, shared out among its workers."),
    INT("database", "write_timeout_ms", "10000", 10, 10 * MINUTE, "ms", "For a write."),

    ENUM("log", "level", "info", "debug|info|warn|error", "The least level that is logged."),
    ENUM("log", "format", "text", "text|json", "Lines for people, or one JSON object a line."),
    TEXT("log", "access", "on", check_access, "A line for each request: on (with the other lines), off, or a file."),

    TEXT("plugins", "dir", "auto", check_path, "Where plugins lie as NAME.so; auto: plugins beside the program, else where it was installed to."),
    { .section = "plugins", .key = "load", .kind = QN_OPT_LIST, .def = "quotes, recommend, html", .max = 32, .unit = "", .check = check_plugin,
      .help = "Plugins to load. One that cannot be loaded is left out, and the log says why." },
    { .section = "plugins", .key = "must_load", .kind = QN_OPT_LIST, .def = "", .max = 32, .unit = "", .check = check_plugin,
      .help = "Of them, those without which the server does not start." },
    INT("plugins", "quarantine_crashes", "3", 1, 1000, "crashes", "A plugin that crashed its process so often within the window is left out from then on."),
    INT("plugins", "quarantine_window_s", "60", 1, 86400, "s", "The window. A restart of the server lifts a quarantine."),
};
/* clang-format on */

const qn_opt *qn_config_table(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}
