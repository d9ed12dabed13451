#include "http/conn.h"

/* What the ini does not ask about: bounds that nobody who means well comes near. */
enum {
    CURSOR_BYTES = 4096 + sizeof "before=" - 1, /* QN_CURSOR_MAX_BYTES of content/cursor.h */
    CHUNK_EXT_BYTES = 16 * 1024,   /* 1 MiB in chunks of 8 KiB with a signature in each takes a tenth of it */
    PENDING_BYTES = 16 * 1024,     /* read ahead behind the request in hand; more waits in the kernel */
    SEND_BUFFER_BYTES = 64 * 1024, /* the kernel doubles it: 200 stopped readers hold 25 MB */
    WRITE_MIN_BYTES_PER_S = 500,
    BODIES =
        256 /* of the largest size at once: a worker's memory must not be its connections times their largest body */
};

static unsigned number(const qn_config *c, const char *key, unsigned without)
{
    return c ? (unsigned)qn_config_int(c, "server", key) : without;
}

/* Without a configuration (tests): the same as the defaults of the ini. */
void qn_server_limits_read(qn_server_limits *l, const qn_config *c)
{
    *l = (qn_server_limits){
        .parse = { .max_target_bytes = number(c, "max_uri_bytes", 8192),
                   .max_cursor_bytes = CURSOR_BYTES,
                   .max_header_bytes = number(c, "max_header_bytes", 32768),
                   .max_headers = number(c, "max_headers", 100),
                   .max_chunk_ext_bytes = CHUNK_EXT_BYTES },
        .max_body_bytes = number(c, "max_body_bytes", 1048576),
        .header_ms = (int)number(c, "header_timeout_ms", 10000),
        .body_ms = (int)number(c, "body_timeout_ms", 25000),
        .request_ms = (int)number(c, "request_timeout_ms", 30000),
        .write_ms = (int)number(c, "write_timeout_ms", 30000),
        .idle_ms = (int)number(c, "idle_timeout_ms", 60000),
        .drain_ms = (int)number(c, "drain_timeout_ms", 30000),
        .body_min_bytes_per_s = number(c, "body_min_bytes_per_s", 500),
        .write_min_bytes_per_s = WRITE_MIN_BYTES_PER_S,
        .max_connections = number(c, "max_connections", 10240),
        .max_per_address = number(c, "max_connections_per_address", 0),
        .max_requests = number(c, "max_requests_per_connection", 10000),
        .max_pipelined = number(c, "max_pipelined", 64),
        .max_pending_bytes = PENDING_BYTES,
        .send_buffer_bytes = SEND_BUFFER_BYTES,
    };
    l->max_bodies_bytes = BODIES * l->max_body_bytes;
}
