#include "access/retry.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "db/tx.h"

enum {
    HASH_BYTES = 32,
    HASH_HEX = HASH_BYTES * 2 + 1,
    BODY_MOST = 2 * 1024 * 1024 /* of an answer that is kept: an entry of the largest body with room to spare */
};

/* What the database is told of a stream. It has memory of its own: a client that leaves while the key is being taken
 * would leave it taken, and nobody to give it back. */
typedef struct stream {
    struct stream *next;
    qn_arena *arena; /* its own */
    qn_retries *all;
    qn_retry *r; /* NULL: the request has ended */
    qn_str id[2], asked;
    bool waiting, done; /* for an answer; nothing is to be told any more */
} stream;

struct qn_retries {
    qn_db *db;
    stream *streams;
};

struct qn_retry {
    qn_retries *all;
    qn_req *req;
    qn_arena *arena;
    qn_retry_work work;
    qn_tx *tx;      /* NULL: of a stream */
    bool held;      /* the answer is there and waits for its commit */
    stream *stream; /* of a stream; NULL: it has not begun */
    bool streaming; /* the key was taken and has to be given back */
    char hash[HASH_HEX];
    qn_str id[2];   /* caller, key: parameters of every statement */
    qn_str row[10]; /* of stmt_keep */
    void (*fn)(void *ctx);
    void *ctx;
};

/* Columns of idempotency_known. */
enum { COL_STATE, COL_REQUEST, COL_ASKED, COL_STATUS, COL_TYPE, COL_HEAD, COL_BODY, COL_MADE };

static const qn_stmt stmt_look = { "idempotency_look", "SELECT * FROM idempotency_look($1, $2)" };
static const qn_stmt stmt_take = { "idempotency_take", "SELECT * FROM idempotency_take($1, $2)" };
static const qn_stmt stmt_keep = { "idempotency_keep",
                                   "SELECT idempotency_keep($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" };
static const qn_stmt stmt_begin = { "idempotency_begin", "SELECT * FROM idempotency_begin($1, $2, $3, $4)" };
static const qn_stmt stmt_end = { "idempotency_end", "SELECT idempotency_end($1, $2, $3, $4)" };

/* What an answer of the database means here; the log has it where it is a surprise. */
static int err_of(const qn_stmt *stmt, const qn_db_result *result)
{
    qn_db_log(stmt->name, result);
    return qn_db_error(result);
}

/* ---- of the process ---------------------------------------------------------------------------------------------- */

int qn_retries_new(qn_retries **out, qn_db *db)
{
    qn_retries *r = calloc(1, sizeof *r);
    if (!r) return QN_ENOMEM;
    r->db = db;
    *out = r;
    return QN_OK;
}

static void free_streams(qn_retries *r, bool all)
{
    for (stream **at = &r->streams; *at;) {
        stream *s = *at;
        if (!s->done && !all) {
            at = &s->next;
            continue;
        }
        qn_arena *arena = s->arena; /* `s` is in it */
        *at = s->next;
        qn_arena_free(&arena);
    }
}

void qn_retries_free(qn_retries **r)
{
    if (!r || !*r) return;
    free_streams(*r, true);
    free(*r);
    *r = NULL;
}

/* ---- answers that are ours --------------------------------------------------------------------------------------- */

static void answer_error(qn_retry *r, int err, bool maybe_done)
{
    if (err == QN_ENOMEM || err == QN_EDB) {
        qn_fail_req(r->req, 500, "internal", "something went wrong here; the log has it under this request's id");
        return;
    }
    qn_res_header(r->req, "Retry-After", QN_STR("1"));
    qn_fail_req(
        r->req, 503, "unavailable", "%s%s",
        err == QN_EBUSY ? "too much to do right now: try again in a second"
                        : "the database is away or did not answer in time",
        maybe_done
            ? "; whether the request was done is not known: the same one with the same Idempotency-Key tells, and "
              "is not done twice"
            : "; nothing was done");
}

/* The request id in a problem document is that of the answer that it comes with, which this is now. */
static qn_str with_our_id(qn_retry *r, qn_str body, qn_str asked)
{
    const char *was = qn_arena_printf(r->arena, "\"instance\":\"%.*s\"", QN_FMT(asked));
    const char *at = was && body.n ? memmem(body.p, body.n, was, strlen(was)) : NULL;
    if (!at) return body;
    size_t before = (size_t)(at - body.p), after = before + strlen(was);
    const char *text = qn_arena_printf(r->arena, "%.*s\"instance\":\"%s\"%.*s", (int)before, body.p, qn_req_id(r->req),
                                       (int)(body.n - after), body.p + after);
    return text ? qn_str_of(text) : body;
}

/* A bytea as PostgreSQL shows it: \x and two digits a byte. */
static int read_body(qn_str *out, qn_arena *arena, qn_str hex)
{
    size_t n = hex.n > 2 ? (hex.n - 2) / 2 : 0, got = 0;
    unsigned char *bytes = qn_arena_alloc_raw(arena, n + 1);
    if (!bytes) return QN_ENOMEM;
    if (n && sodium_hex2bin(bytes, n, hex.p + 2, n * 2, NULL, &got, NULL)) return QN_EDB;
    *out = (qn_str){ (const char *)bytes, got };
    return QN_OK;
}

static void replay(qn_retry *r, const qn_db_result *known)
{
    qn_str head = qn_db_value(known, 0, COL_HEAD), type = qn_db_value(known, 0, COL_TYPE), body;
    int err = read_body(&body, r->arena, qn_db_value(known, 0, COL_BODY));
    if (err) {
        answer_error(r, err, false);
        return;
    }
    while (head.n) {
        qn_str value = qn_str_cut(&head, '\n');
        qn_str name = qn_str_cut(&value, ':');
        const char *z = qn_str_dup(r->arena, name);
        if (z && name.n) qn_res_header(r->req, z, qn_str_trim(value));
    }
    qn_res_header(r->req, "Idempotent-Replayed", QN_STR("true"));
    if (qn_str_eqz(type, "application/problem+json")) body = with_our_id(r, body, qn_db_value(known, 0, COL_ASKED));
    const struct iovec part = { (void *)(uintptr_t)body.p, body.n };
    qn_reply(r->req, (int)qn_db_int(known, 0, COL_STATUS, 500), type.p, &part, body.n ? 1 : 0);
}

/* Somebody has the key. */
static void answer_known(qn_retry *r, const qn_db_result *known)
{
    qn_str state = qn_db_value(known, 0, COL_STATE), request = qn_db_value(known, 0, COL_REQUEST);
    if (request.p && !qn_str_eqz(request, r->hash)) {
        qn_fault f = { "Idempotency-Key", "reused",
                       "this key was given to a request with another path, query or body, or in another role: a new "
                       "request needs a new one" };
        qn_reply_problem(
            r->req,
            &(qn_problem){ .status = 422, .type = "key-reused", .detail = f.detail, .errors = &f, .nerrors = 1 });
    } else if (qn_str_eqz(state, "busy")) {
        qn_res_header(r->req, "Retry-After", QN_STR("1"));
        qn_fail_req(r->req, 409, "request-in-flight",
                    "a request with this Idempotency-Key is being worked on: ask again in a second");
    } else if (qn_str_eqz(state, "made")) {
        qn_reply_problem(
            r->req,
            &(qn_problem){
                .status = 409,
                .type = "answer-not-kept",
                .detail = "the request was done, and its answer was one that is not kept: `made` says what came of it",
                .extra = qn_arena_printf(r->arena, "\"made\":{%s}", qn_db_value(known, 0, COL_MADE).p) });
    } else {
        replay(r, known);
    }
}

/* ---- keeping the answer ------------------------------------------------------------------------------------------ */

/* Another answer takes the place of the one that is held. */
static void give_up(qn_retry *r, int err, bool maybe_done)
{
    qn_tx_leave(r->tx);
    qn_res_withdraw(r->req);
    answer_error(r, err, maybe_done);
}

static void on_committed(void *ctx, int err, bool maybe_done)
{
    qn_retry *r = ctx;
    if (err)
        give_up(r, err, maybe_done);
    else
        qn_res_let_go(r->req);
}

static void on_stored(void *ctx, const qn_db_result *result)
{
    qn_retry *r = ctx;
    int err = result->err ? err_of(&stmt_keep, result) : qn_tx_commit(r->tx, on_committed, r);
    if (err) give_up(r, err, false);
}

static int store(qn_retry *r)
{
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = &stmt_keep, .params = r->row, .nparams = 10 };
    return qn_db_call(r->all->db, r->arena, &q, on_stored, r);
}

/* The key was to be taken, before the first write. */
static void on_taken(void *ctx, const qn_db_result *result)
{
    qn_retry *r = ctx;
    if (!result->err && !result->rows) {
        int err = r->held ? store(r) : QN_OK;
        if (err) give_up(r, err, false);
        return;
    }
    if (result->err && r->held) give_up(r, qn_db_error(result), false);
    if (result->err) return; /* whoever writes hears of it */
    qn_tx_refuse(r->tx);
    qn_req_hold(r->req, NULL, NULL);
    if (r->held)
        qn_res_withdraw(r->req);
    else if (r->work.given_up)
        r->work.given_up(r->work.ctx);
    answer_known(r, result);
}

/* ---- what is kept ------------------------------------------------------------------------------------------------ */

static bool is_kept(int status)
{
    return status < 400 || status == 404 || status == 409 || status == 410 || status == 412;
}

static void add_line(qn_buf *b, const char *name, qn_str value)
{
    if (value.p) qn_buf_printf(b, "%s: %.*s\r\n", name, QN_FMT(value));
}

static void add_hex(qn_buf *b, const struct iovec *parts, size_t n)
{
    qn_buf_addz(b, "\\x");
    for (size_t i = 0; i < n; i++) {
        size_t digits = parts[i].iov_len * 2;
        if (qn_buf_reserve(b, digits + 1)) {
            b->failed = true;
            return;
        }
        sodium_bin2hex(b->p + b->n, digits + 1, parts[i].iov_base, parts[i].iov_len);
        b->n += digits;
    }
}

/* A header may have other bytes, which the database does not take as text. */
static bool is_text(qn_str s)
{
    return qn_utf8_check(s) == s.n;
}

/* What a 409 will name where the answer is not kept. */
static const char *made_of(qn_retry *r, const qn_held *a)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_str location = qn_res_value(r->req, "Location");
    qn_buf_printf(&b, "\"status\":%d", a->status);
    if (location.p && is_text(location)) {
        qn_buf_addz(&b, ",\"location\":");
        qn_buf_json_str(&b, location);
    }
    const char *text = b.failed ? NULL : qn_str_dup(r->arena, qn_buf_str(&b));
    qn_buf_free(&b);
    return text;
}

static bool is_bounded(const qn_held *a)
{
    size_t n = 0;
    for (size_t i = 0; i < a->nparts; i++) n += a->parts[i].iov_len;
    return !a->is_file && n <= BODY_MOST;
}

/* The row of stmt_keep. What sets a cookie is for this client alone, like a secret. */
static int pack(qn_retry *r, const qn_held *a)
{
    qn_buf *head = qn_buf_new(r->arena), *body = qn_buf_new(r->arena);
    const char *status = qn_arena_printf(r->arena, "%d", a->status);
    if (!head || !body || !status) return QN_ENOMEM;
    qn_buf_adds(head, a->headers);
    add_line(head, "ETag", a->etag);
    add_line(head, "Last-Modified", a->last_modified);
    add_line(head, "Vary", a->vary);
    bool keep = is_bounded(a) && !qn_res_value(r->req, "Set-Cookie").p && is_text(qn_buf_str(head)) &&
                is_text(qn_str_of(a->content_type));
    const char *made = keep ? NULL : made_of(r, a);
    if (!keep && !made) return QN_ENOMEM;
    if (keep) add_hex(body, a->parts, a->nparts);
    if (head->failed || body->failed) return QN_ENOMEM;
    const qn_str none = { 0 }, row[] = { r->id[0],
                                         r->id[1],
                                         qn_str_of(r->hash),
                                         keep ? QN_STR("kept") : QN_STR("made"),
                                         qn_str_of(qn_req_id(r->req)),
                                         qn_str_of(status),
                                         keep && a->content_type ? qn_str_of(a->content_type) : none,
                                         keep ? qn_buf_str(head) : none,
                                         keep ? qn_buf_str(body) : none,
                                         made ? qn_str_of(made) : none };
    _Static_assert(sizeof row == sizeof r->row, "a column each");
    memcpy(r->row, row, sizeof row);
    return QN_OK;
}

/* Nothing was to be written. Sent again it would be answered alike, and others may ask that have nothing to lose but
 * our room. */
static bool is_idle(const qn_retry *r, const qn_held *a)
{
    bool anonymous = qn_str_eqz(r->id[0], "public");
    return !qn_tx_has_begun(r->tx) && (a->status >= 300 || anonymous || !is_bounded(a));
}

/* Writes that the work has not waited for come before the answer in any case: the transaction does one thing after the
 * other. */
static bool on_answer(qn_req *req, void *ctx, const qn_held *a)
{
    qn_retry *r = ctx;
    (void)req;
    if (is_idle(r, a) || !is_kept(a->status)) { /* what was written for such an answer is taken back */
        qn_tx_leave(r->tx);
        return false;
    }
    int err = pack(r, a);
    r->held = true;
    if (!err && !qn_tx_has_begun(r->tx))
        err = qn_tx_open(r->tx);
    else if (!err && !qn_tx_is_opening(r->tx)) /* else on_taken goes on */
        err = qn_tx_is_sound(r->tx) ? store(r) : QN_EUNAVAIL;
    if (err) give_up(r, err, false);
    return true;
}

/* ---- before the work --------------------------------------------------------------------------------------------- */

static void begin_work(qn_retry *r)
{
    qn_tx_options o = {
        .db = r->all->db, .stmt = &stmt_take, .params = r->id, .nparams = 2, .opened = on_taken, .ctx = r
    };
    bool streams = qn_req_body_streams(r->req);
    int err = streams ? QN_OK : qn_tx_new(&r->tx, r->arena, &o);
    if (err) {
        answer_error(r, err, false);
        return;
    }
    if (!streams) qn_req_hold(r->req, on_answer, r);
    r->work.go_on(r->req, r->work.ctx);
}

static void looked(void *ctx, const qn_db_result *result)
{
    qn_retry *r = ctx;
    if (result->err)
        answer_error(r, err_of(&stmt_look, result), false);
    else if (result->rows)
        answer_known(r, result);
    else
        begin_work(r);
}

static void add_hash(crypto_generichash_state *s, qn_str text)
{
    static const unsigned char end = 0; /* there is none in a target */
    if (text.n) crypto_generichash_update(s, (const unsigned char *)text.p, text.n);
    crypto_generichash_update(s, &end, 1);
}

/* What makes two requests of a caller the same one. A person may have tokens of several roles, and what one of them was
 * answered is not for another to see. A body that is streamed is not there yet. */
static void hash_request(qn_retry *r, const char *role)
{
    unsigned char hash[HASH_BYTES];
    crypto_generichash_state s;
    crypto_generichash_init(&s, NULL, 0, sizeof hash);
    add_hash(&s, qn_str_of(role));
    add_hash(&s, QN_STR("POST"));
    add_hash(&s, qn_req_target(r->req));
    add_hash(&s, qn_req_body_streams(r->req) ? QN_STR("streamed") : QN_STR("whole"));
    add_hash(&s, qn_req_body(r->req));
    crypto_generichash_final(&s, hash, sizeof hash);
    sodium_bin2hex(r->hash, sizeof r->hash, hash, sizeof hash);
}

void qn_retry_begin(qn_retry **out, qn_access *a, qn_req *req, const qn_caller *caller, const qn_retry_work *work)
{
    qn_str key = qn_req_retry_key(req);
    qn_retry *r = NULL;
    if (out) *out = NULL;
    if (!key.p) {
        work->go_on(req, work->ctx);
        return;
    }
    r = qn_arena_calloc(qn_req_arena(req), 1, sizeof *r);
    if (!r) {
        qn_fail_req(req, 500, "internal", "out of memory");
        return;
    }
    r->all = qn_access_retries(a);
    r->req = req;
    r->arena = qn_req_arena(req);
    r->work = *work;
    r->id[0] = caller->person ? qn_str_of(caller->person) : QN_STR("public");
    r->id[1] = qn_str_of(qn_str_dup(r->arena, key)); /* trailers may come over the head */
    hash_request(r, caller->role);
    if (out) *out = r;
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &stmt_look, .params = r->id, .nparams = 2 };
    int err = qn_db_call(r->all->db, r->arena, &q, looked, r);
    if (err) answer_error(r, err, false);
}

/* ---- work that is more than a transaction ------------------------------------------------------------------------ */

static stream *new_stream(qn_retry *r)
{
    free_streams(r->all, false);
    qn_arena *arena = qn_arena_new(0);
    stream *s = arena ? qn_arena_calloc(arena, 1, sizeof *s) : NULL;
    const char *caller = s ? qn_str_dup(arena, r->id[0]) : NULL, *key = s ? qn_str_dup(arena, r->id[1]) : NULL,
               *asked = s ? qn_arena_strdup(arena, qn_req_id(r->req)) : NULL;
    if (!caller || !key || !asked) {
        qn_arena_free(&arena);
        return NULL;
    }
    qn_arena_share(arena, r->arena);
    *s = (stream){ .next = r->all->streams, .arena = arena, .all = r->all, .r = r };
    s->id[0] = qn_str_of(caller);
    s->id[1] = qn_str_of(key);
    s->asked = qn_str_of(asked);
    return r->all->streams = s;
}

static int tell(stream *s, const char *made, qn_db_fn fn)
{
    const qn_str row[] = { s->id[0], s->id[1], s->asked, qn_str_of(made) };
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = &stmt_end, .params = row, .nparams = 4 };
    int err = qn_db_call(s->all->db, s->arena, &q, fn, s);
    s->waiting = !err;
    return err;
}

static void on_given_back(void *ctx, const qn_db_result *result)
{
    stream *s = ctx;
    if (result->err) (void)err_of(&stmt_end, result); /* the key is free when this process ends, or a day later */
    s->done = true;
}

/* The request has ended, and nobody has said what came of it: the key is free again. */
static void give_back(stream *s)
{
    if (tell(s, NULL, on_given_back)) s->done = true;
}

static void on_arena_end(void *arg)
{
    qn_retry *r = arg;
    stream *s = r->stream;
    s->r = NULL;
    qn_arena_meter(s->arena, NULL);
    if (s->waiting) return; /* what comes of it decides */
    if (r->streaming)
        give_back(s);
    else
        s->done = true;
}

static void on_begun(void *ctx, const qn_db_result *result)
{
    stream *s = ctx;
    qn_retry *r = s->r;
    bool taken = result->err ? result->maybe_done : !result->rows; /* or may be */
    s->waiting = false;
    if (!r && taken) {
        give_back(s);
    } else if (!r) {
        s->done = true;
    } else if (result->err) {
        r->streaming = taken;
        answer_error(r, err_of(&stmt_begin, result), result->maybe_done);
    } else if (result->rows) {
        answer_known(r, result);
    } else {
        r->streaming = true;
        r->fn(r->ctx);
    }
}

void qn_retry_stream(qn_retry *r, void (*fn)(void *ctx), void *ctx)
{
    if (!r) {
        fn(ctx);
        return;
    }
    r->fn = fn;
    r->ctx = ctx;
    const qn_str row[] = { r->id[0], r->id[1], qn_str_of(r->hash), qn_str_of(qn_req_id(r->req)) };
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = &stmt_begin, .params = row, .nparams = 4 };
    stream *s = new_stream(r);
    int err = s ? qn_arena_defer(r->arena, on_arena_end, r) : QN_ENOMEM;
    if (s && err) s->done = true;
    if (!err) {
        r->stream = s;
        err = qn_db_call(r->all->db, s->arena, &q, on_begun, s);
        s->waiting = !err;
    }
    if (err) answer_error(r, err, false);
}

static void on_told(void *ctx, const qn_db_result *result)
{
    stream *s = ctx;
    qn_retry *r = s->r;
    bool failed = result->err && err_of(&stmt_end, result);
    s->waiting = false;
    if (r) { /* where it was not stored the end of the request gives the key back */
        r->streaming = failed;
        r->fn(r->ctx);
    } else if (failed) {
        give_back(s);
    } else {
        s->done = true;
    }
}

void qn_retry_end(qn_retry *r, const char *made, void (*fn)(void *ctx), void *ctx)
{
    if (!r || !r->streaming) {
        fn(ctx);
        return;
    }
    r->fn = fn;
    r->ctx = ctx;
    if (tell(r->stream, made, on_told)) fn(ctx);
}
