#include "events/purge.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"

enum {
    CONNECT_MS = 2000,
    REQUEST_MS = 5000,
    RETRY_MIN_MS = 100,
    RETRY_MAX_MS = 10000,
    ANSWER_MAX_BYTES = 64 * 1024, /* nobody reads it */
    NAME_MAX_BYTES = 200
};

/* Each answer of the API depends on the types; so this key is one of everything. */
#define EVERYTHING "types"

static const char field[] = "Surrogate-Key: ";

/** Keys of one request, as the header that they go out in. */
typedef struct batch {
    struct batch *next;
    int64_t due_ms; /* of one that is said again */
    bool again, everything;
    size_t n;
    char line[sizeof field + QN_PURGE_KEYS_BYTES];
} batch;

typedef struct {
    batch *first, **last;
    size_t n;
} queue;

typedef struct {
    qn_purger *owner;
    char *url;
    CURL *easy;
    struct curl_slist header;
    qn_timer *timer;  /* the next try, or what is due to be said again */
    queue fresh, later;
    batch *sending; /* or to be tried again */
    bool busy, waiting; /* waiting: for the time of the next try */
    int retry_ms;
    int64_t failing_since_ms; /* 0: it is well */
    int64_t begun_us;
    size_t answer_bytes;
} target;

struct qn_purger {
    qn_loop *loop;
    CURLM *multi;
    qn_timer *timer; /* curl's */
    int again_ms;
    size_t n;
    target targets[];
};

/* ---- batches ----------------------------------------------------------------------------------------------------- */

static void push(queue *q, batch *b)
{
    b->next = NULL;
    *q->last = b;
    q->last = &b->next;
    q->n++;
}

static batch *shift(queue *q)
{
    batch *b = q->first;
    if (!b) return NULL;
    q->first = b->next;
    if (!q->first) q->last = &q->first;
    q->n--;
    return b;
}

static void drop(queue *q)
{
    for (batch *b; (b = shift(q));) free(b);
}

static batch *tail_of(const queue *q)
{
    batch *b = q->first;
    while (b && b->next) b = b->next;
    return b;
}

static batch *new_batch(void)
{
    batch *b = malloc(sizeof *b);
    if (!b) return NULL;
    memset(b, 0, offsetof(batch, line));
    memcpy(b->line, field, sizeof field);
    b->n = sizeof field - 1;
    return b;
}

static bool holds(const batch *b, qn_str key)
{
    if (b->everything) return true;
    qn_str rest = { b->line + sizeof field - 1, b->n - (sizeof field - 1) };
    while (rest.n)
        if (qn_str_eq(qn_str_cut(&rest, ' '), key)) return true;
    return false;
}

/* False: there is no room for it. */
static bool put(batch *b, qn_str key)
{
    size_t blank = b->n > sizeof field - 1;
    if (holds(b, key)) return true;
    if (b->n + blank + key.n >= sizeof b->line) return false;
    if (blank) b->line[b->n++] = ' ';
    memcpy(b->line + b->n, key.p, key.n);
    b->n += key.n;
    b->line[b->n] = '\0';
    return true;
}

/* False: they do not fit into one. */
static bool merge(batch *into, const batch *b)
{
    if (into->n + 1 + b->n - (sizeof field - 1) >= sizeof into->line) return false;
    qn_str rest = { b->line + sizeof field - 1, b->n - (sizeof field - 1) };
    while (rest.n) (void)put(into, qn_str_cut(&rest, ' '));
    into->everything = into->everything || b->everything;
    return true;
}

/* What waits becomes one that says all of it. */
static void collapse(queue *q, int64_t due_ms)
{
    batch *b = shift(q);
    drop(q);
    if (!b) b = new_batch();
    if (!b) return; /* without memory for that not even this is known; the answers' own time ends them */
    b->n = sizeof field - 1;
    b->everything = false;
    b->due_ms = due_ms;
    (void)put(b, QN_STR(EVERYTHING));
    b->everything = true;
    push(q, b);
}

/* ---- one address ------------------------------------------------------------------------------------------------- */

static void next(target *t);

static void well_again(target *t)
{
    if (t->failing_since_ms)
        qn_info("the cache in front at %s takes purges again, after %lld s", t->url,
                (long long)((qn_mono_ms() - t->failing_since_ms) / 1000));
    t->failing_since_ms = 0;
    t->retry_ms = 0;
}

static void try_later(target *t, const char *why)
{
    if (!t->failing_since_ms) {
        t->failing_since_ms = qn_mono_ms();
        qn_warn("the cache in front at %s could not be purged: %s; trying again for as long as it takes", t->url,
                why);
    }
    t->retry_ms = t->retry_ms ? t->retry_ms * 2 : RETRY_MIN_MS;
    if (t->retry_ms > RETRY_MAX_MS) t->retry_ms = RETRY_MAX_MS;
    t->waiting = true;
    qn_timer_start(t->timer, t->retry_ms);
}

static void say_again_later(target *t, batch *b)
{
    b->again = true;
    b->due_ms = qn_mono_ms() + t->owner->again_ms;
    push(&t->later, b);
    if (t->later.n > QN_PURGE_BATCHES) collapse(&t->later, b->due_ms);
}

static void finished(target *t, CURLcode rc)
{
    batch *b = t->sending;
    long status = 0;
    char text[64];
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(t->owner->multi, t->easy);
    t->busy = false;
    if (rc != CURLE_OK || status < 200 || status > 299) {
        snprintf(text, sizeof text, "it answered %ld", status);
        try_later(t, rc != CURLE_OK ? curl_easy_strerror(rc) : text);
        return;
    }
    well_again(t);
    qn_debug("purged at %s in %lld us%s: %s", t->url, (long long)(qn_mono_us() - t->begun_us),
             b->again ? " once more" : "", b->line + sizeof field - 1);
    t->sending = NULL;
    if (b->again)
        free(b);
    else
        say_again_later(t, b);
    next(t);
}

static void begin(target *t)
{
    t->header = (struct curl_slist){ .data = t->sending->line };
    t->answer_bytes = 0;
    t->busy = true;
    t->begun_us = qn_mono_us();
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, &t->header);
    CURLMcode rc = curl_multi_add_handle(t->owner->multi, t->easy);
    if (rc == CURLM_OK) return;
    t->busy = false;
    try_later(t, curl_multi_strerror(rc));
}

/* All that is due, or NULL and the timer goes off when something is. */
static batch *due_again(target *t)
{
    batch *b = NULL;
    int64_t now = qn_mono_ms();
    while (t->later.first && t->later.first->due_ms <= now && (!b || merge(b, t->later.first))) {
        batch *taken = shift(&t->later);
        if (b)
            free(taken);
        else
            b = taken;
    }
    if (!b && t->later.first) qn_timer_start(t->timer, t->later.first->due_ms - now);
    return b;
}

/* What is new goes before what is said again. */
static void next(target *t)
{
    if (t->busy || t->waiting) return;
    if (!t->sending) t->sending = shift(&t->fresh);
    if (!t->sending) t->sending = due_again(t);
    if (t->sending) begin(t);
}

static void on_time(void *ctx)
{
    target *t = ctx;
    t->waiting = false;
    next(t);
}

static void add(target *t, qn_str key)
{
    batch *b = tail_of(&t->fresh);
    if (b && put(b, key)) return;
    b = t->fresh.n < QN_PURGE_BATCHES ? new_batch() : NULL;
    if (!b) {
        collapse(&t->fresh, 0);
        return;
    }
    (void)put(b, key);
    push(&t->fresh, b);
}

/* ---- curl and the loop ------------------------------------------------------------------------------------------- */

static void on_messages(qn_purger *p)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(p->multi, &left));) {
        if (m->msg != CURLMSG_DONE) continue;
        CURLcode rc = m->data.result;
        char *t = NULL;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        finished((target *)(void *)t, rc);
    }
}

static void act(qn_purger *p, curl_socket_t fd, int what)
{
    int running;
    curl_multi_socket_action(p->multi, fd, what, &running);
    on_messages(p);
}

static void on_socket(evutil_socket_t fd, short what, void *ctx)
{
    act(ctx, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(void *ctx)
{
    act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socketp)
{
    qn_purger *p = ctx;
    struct event *ev = socketp;
    (void)easy;
    if (ev) event_free(ev);
    if (what == CURL_POLL_REMOVE) {
        curl_multi_assign(p->multi, fd, NULL);
        return 0;
    }
    short wanted = EV_PERSIST;
    if (what & CURL_POLL_IN) wanted |= EV_READ;
    if (what & CURL_POLL_OUT) wanted |= EV_WRITE;
    ev = event_new(qn_loop_base(p->loop), fd, wanted, on_socket, p);
    curl_multi_assign(p->multi, fd, ev);
    return ev && event_add(ev, NULL) == 0 ? 0 : -1;
}

static int watch_timer(CURLM *multi, long ms, void *ctx)
{
    qn_purger *p = ctx;
    (void)multi;
    if (ms < 0)
        qn_timer_stop(p->timer);
    else
        qn_timer_start(p->timer, ms);
    return 0;
}

static size_t drop_answer(char *data, size_t size, size_t n, void *ctx)
{
    target *t = ctx;
    (void)data;
    t->answer_bytes += size * n;
    return t->answer_bytes > ANSWER_MAX_BYTES ? 0 : size * n;
}

/* ---- its life ---------------------------------------------------------------------------------------------------- */

/* Neither the environment nor what an address answers chooses where a purge goes. */
static int set_up(target *t)
{
    CURLcode bad = 0;
    CURL *e = t->easy;
    bad |= curl_easy_setopt(e, CURLOPT_URL, t->url);
    bad |= curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, "PURGE");
    bad |= curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    bad |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(e, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    bad |= curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)REQUEST_MS);
    bad |= curl_easy_setopt(e, CURLOPT_USERAGENT, "quoin/" QN_VERSION);
    bad |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, drop_answer);
    bad |= curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    return bad ? QN_EIO : QN_OK;
}

static int open_target(target *t, qn_purger *p, const char *url)
{
    t->owner = p;
    t->fresh.last = &t->fresh.first;
    t->later.last = &t->later.first;
    t->url = strdup(url);
    t->easy = curl_easy_init();
    if (!t->url || !t->easy) return QN_ENOMEM;
    int r = qn_timer_new(&t->timer, p->loop, on_time, t);
    return r ? r : set_up(t);
}

int qn_purger_new(qn_purger **out, const qn_purge_options *o)
{
    if (!o->nurls) return QN_OK;
    qn_purger *p = calloc(1, sizeof *p + o->nurls * sizeof p->targets[0]);
    if (!p) return QN_ENOMEM;
    p->loop = o->loop;
    p->again_ms = o->again_ms ? o->again_ms : QN_PURGE_AGAIN_MS;
    int r = curl_global_init(CURL_GLOBAL_DEFAULT) ? QN_EIO : qn_timer_new(&p->timer, o->loop, on_timer, p);
    if (!r && !(p->multi = curl_multi_init())) r = QN_ENOMEM;
    if (!r) {
        curl_multi_setopt(p->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
        curl_multi_setopt(p->multi, CURLMOPT_SOCKETDATA, p);
        curl_multi_setopt(p->multi, CURLMOPT_TIMERFUNCTION, watch_timer);
        curl_multi_setopt(p->multi, CURLMOPT_TIMERDATA, p);
    }
    for (; !r && p->n < o->nurls; p->n++) r = open_target(&p->targets[p->n], p, o->urls[p->n]);
    if (r)
        qn_purger_free(&p);
    else
        *out = p;
    return r;
}

void qn_purger_free(qn_purger **pp)
{
    if (!pp || !*pp) return;
    qn_purger *p = *pp;
    *pp = NULL;
    for (size_t i = 0; i < p->n; i++) {
        target *t = &p->targets[i];
        if (t->busy) curl_multi_remove_handle(p->multi, t->easy);
        if (t->easy) curl_easy_cleanup(t->easy);
        qn_timer_free(&t->timer);
        drop(&t->fresh);
        drop(&t->later);
        free(t->sending);
        free(t->url);
    }
    if (p->multi) curl_multi_cleanup(p->multi); /* closes what it kept open, and so still asks for timers and sockets */
    qn_timer_free(&p->timer);
    curl_global_cleanup();
    free(p);
}

/* ---- what changed ------------------------------------------------------------------------------------------------ */

/* What the sample configuration of Varnish takes: the keys become a regular expression there. */
static bool is_key(qn_str s)
{
    static const char taken[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:_-";
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr(taken, s.p[i])) return false;
    return s.n > 0;
}

void qn_purger_add(qn_purger *p, const char *kind, qn_str name)
{
    char key[NAME_MAX_BYTES];
    if (!p || !is_key(name)) return;
    int n = snprintf(key, sizeof key, "%s:%.*s", kind, QN_FMT(name));
    if (n < 0 || (size_t)n >= sizeof key) return;
    for (size_t i = 0; i < p->n; i++) add(&p->targets[i], (qn_str){ key, (size_t)n });
}

void qn_purger_everything(qn_purger *p)
{
    for (size_t i = 0; p && i < p->n; i++) collapse(&p->targets[i].fresh, 0);
}

void qn_purger_send(qn_purger *p)
{
    for (size_t i = 0; p && i < p->n; i++) next(&p->targets[i]);
}

bool qn_purger_idle(const qn_purger *p)
{
    for (size_t i = 0; p && i < p->n; i++)
        if (p->targets[i].fresh.n || (p->targets[i].sending && !p->targets[i].sending->again)) return false;
    return true;
}
