/**
 * quoin.h: everything that a plugin of Quoin sees of its host.
 *
 * A plugin is one shared object that exports one constant, made by QN_PLUGIN, and links to nothing of the host. The
 * smallest one:
 *
 *     #include <quoin.h>
 *
 *     static const qn_api *qn;
 *
 *     static void hello(qn_call *req, void *ctx)
 *     {
 *         (void)ctx;
 *         qn_json *answer = qn->json_object(req);
 *         qn->json_set_str(answer, "hello", qn->param(req, "name"));
 *         qn->reply_data(req, 200, answer);
 *     }
 *
 *     static int init(qn_plugin *self, const qn_api *api)
 *     {
 *         qn = api;
 *         return qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/hello/{name}", .fn = hello));
 *     }
 *
 *     QN_PLUGIN(.name = "hello", .version = "1.0.0", .summary = "Says hello.", .needs = QN_CAP_ROUTES, .init = init);
 *
 *     cc -std=c11 -shared -fPIC -fvisibility=hidden -Wl,-z,defs $(pkg-config --cflags quoin) -o hello.so hello.c
 *
 * HOW IT RUNS. The server is several processes: workers answer requests, one process does the jobs. Each loads your
 * plugin for itself and calls `init` once. A process has one event loop and one thread that calls you, so you need no
 * locks; but whatever waits (for the database, for content) is asked for with a function that is called back, and
 * whatever takes long is done with work(). While your function runs, its worker does nothing else. Global variables are
 * the process's own: another worker has other ones.
 *
 * CALLS. Each time the host calls you about something (a request, a save, a service, an event) it gives you a qn_call.
 * It carries an arena, whom it is done for, a deadline, and it ends once: when you have answered, when you returned (of
 * functions that answer by returning), or early: the client went away, the deadline passed. A handle of a call that has
 * ended does no harm: functions that take it do nothing, log a line that names you, and return an error or nothing.
 *
 * MEMORY. *borrows*: looked at during the function, or as long as the comment says; yours to keep valid. *takes*: the
 * host's from now on. *arena*: lives until the call ends, you free nothing. Texts that the host gives are UTF-8, and a
 * zero byte stands behind them.
 *
 * ERRORS. A function that can fail returns 0 or one of the negative codes below, and then changed nothing.
 *
 * THREADS. [init]: only inside `check`, `init` and `selftest`. [loop]: in every function that the host calls, but on no
 * other thread. [work]: on any thread. Debug builds stop where this is broken.
 *
 * WHEN IT CRASHES. A fault in your code costs the one worker, which is back within milliseconds; the log names plugin,
 * place and request. After three crashes within a minute ([plugins] quarantine_crashes, quarantine_window_s) your
 * plugin is in quarantine: its routes answer 503, what its blocking hooks guard is refused, everything else goes on.
 * Code that keeps the loop for 15 seconds counts as a crash.
 *
 * COMPATIBILITY. From 1.0 on this interface only grows, at the end of its structures. A plugin built for any 1.x loads
 * in any 1.y: what the host may be too old for is asked with QN_HAS. You never embed or measure a type of the host:
 * they are opaque, or begin with their size.
 *
 * ABI changes: 1.0 the first.
 *   1.1 reply_file(); patterns of routes that take the rest of a path; reply_page(), cursor(), cursor_keys(), slug(),
 *       content_derived(); keep() of routes that are `kept`, touch(); QN_SYNC for hooks after something, with QN_AGAIN;
 *       the views quoin.publication and quoin.publication_tag, quoin.touch() and quoin.valid_ms() for queries.
 */
#ifndef QUOIN_H
#define QUOIN_H

#include <stddef.h>
#include <stdint.h>

#define QN_ABI_MAJOR 1
#define QN_ABI_MINOR 1

/* ---- words ---- */

#ifndef QN_HOST /* the host has the same words in headers of its own; a test holds them equal */

/** Bytes with their length, borrowed. `p` NULL: absent. Has a zero byte behind it where the host gives it, needs none
 * where you do. */
typedef struct {
    const char *p;
    size_t n;
} qn_str;

/** A qn_str of a string literal. */
#define QN_STR(lit) ((qn_str){ "" lit, sizeof(lit) - 1 })
/** For printf: `"%.*s", QN_FMT(s)`. */
#define QN_FMT(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), ((s).p ? (s).p : "")

/** What went wrong. */
enum qn_err {
    QN_OK = 0,
    QN_EINVAL = -1,     /**< not what the function takes */
    QN_ENOMEM = -2,     /**< out of memory */
    QN_ENOTFOUND = -3,  /**< not there, or not for this caller to know of */
    QN_EEXIST = -4,     /**< there already */
    QN_ELIMIT = -5,     /**< past a bound */
    QN_EIO = -6,        /**< the operating system refused */
    QN_EBUSY = -7,      /**< too much is waiting: try again later */
    QN_ETIMEOUT = -8,   /**< a deadline passed */
    QN_EUNAVAIL = -9,   /**< the database, or the plugin asked, is away */
    QN_EDB = -10,       /**< the database answered with an error */
    QN_ESTALE = -11,    /**< something has moved on since it was read */
    QN_EDENIED = -12,   /**< the caller has not the right, or the plugin not the capability */
    QN_ECANCELED = -13, /**< the call ended before the answer came */
    QN_ESTATE = -14     /**< not possible now, or not in this kind of call */
};

/** Methods of requests, to be or-ed in a route. HEAD comes with GET, OPTIONS with any. */
typedef enum {
    QN_GET = 1,
    QN_HEAD = 2,
    QN_POST = 4,
    QN_PUT = 8,
    QN_PATCH = 16,
    QN_DELETE = 32,
    QN_OPTIONS = 64
} qn_method;

typedef enum { QN_LOG_DEBUG, QN_LOG_INFO, QN_LOG_WARN, QN_LOG_ERROR } qn_log_level;

#endif

/** A qn_str of a C string; NULL gives the absent one. */
static inline qn_str qn_text(const char *cstr)
{
    qn_str s = { cstr, 0 };
    while (cstr && cstr[s.n]) s.n++;
    return s;
}

typedef struct qn_plugin qn_plugin;   /**< you, in this process */
typedef struct qn_call qn_call;       /**< one time that the host calls you */
typedef struct qn_json qn_json;       /**< a JSON value of the host's */
typedef struct qn_entry qn_entry;     /**< an entry that was asked for */
typedef struct qn_entries qn_entries; /**< a page of them */
typedef struct qn_rows qn_rows;       /**< what a query gave */
typedef struct qn_counter qn_counter; /**< a number that all processes add to */
typedef struct qn_api qn_api;         /**< the host's functions, see below */

/* ---- the plugin ---- */

/** What a plugin may do, asked for in `needs`; [plugin.NAME] allow in the ini may grant less, then the plugin is
 * refused. */
enum {
    QN_CAP_ROUTES = 1 << 0,   /**< "routes": route() */
    QN_CAP_CONTENT = 1 << 1,  /**< "content": content_get(), content_list() */
    QN_CAP_HOOKS = 1 << 2,    /**< "hooks": hook_before(), hook_after() */
    QN_CAP_DERIVE = 1 << 3,   /**< "derive": derive() */
    QN_CAP_EVENTS = 1 << 4,   /**< "events": subscribe() */
    QN_CAP_SERVICES = 1 << 5, /**< "services": offer(); calling one takes no capability */
    QN_CAP_DB = 1 << 6        /**< "db": migrations, db_query() */
};

typedef enum {
    QN_OPTION_BOOL = 1, /**< on, off */
    QN_OPTION_INT,
    QN_OPTION_BYTES, /**< a number with k, m or g behind it */
    QN_OPTION_TEXT,
    QN_OPTION_ENUM,
    QN_OPTION_LIST /**< items between commas */
} qn_option_kind;

/** One option of [plugin.NAME]. The table gives parsing, default, bounds and the help of `quoin config show` at once; a
 * wrong value stops the server before it starts. Its last line is `{ 0 }`. */
typedef struct {
    const char *name;
    qn_option_kind kind;
    const char *def;    /**< as it would stand in the ini */
    int64_t min, max;   /**< of a number; items of a list */
    const char *unit;   /**< "ms", "bytes"; NULL: none */
    const char *values; /**< of QN_OPTION_ENUM: "text|json" */
    const char *help;   /**< one line for people */
} qn_option;

/** One step of the plugin's own tables, applied once, in order, in a transaction of its own, by the role that owns the
 * schema. It begins in the schema `plugin_<name>`, which the host makes, and stays in it. An applied step never
 * changes: its checksum is kept, and a changed one is refused; write a further one. What it makes may be read and
 * written at run time. The last line is `{ 0 }`. */
typedef struct {
    const char *name; /**< "0001_confirmations" */
    const char *sql;
} qn_sql_step;

/** The descriptor: inert data, read before any code of the plugin is called. Made by QN_PLUGIN. */
typedef struct {
    uint32_t size;          /**< of this structure as the plugin was built */
    uint16_t abi_major;     /**< must be the host's */
    uint16_t abi_minor;     /**< any */
    uint32_t option_size;   /**< of one qn_option */
    uint32_t sql_step_size; /**< of one qn_sql_step */
    const char *name;       /**< ^[a-z][a-z0-9_]{0,31}$, also the name of its file and of its section in the ini */
    const char *version;    /**< "1.2.0". Computed fields are computed anew when it changes */
    const char *summary;    /**< a sentence for people */
    uint64_t needs;         /**< QN_CAP_…, or-ed */
    /** Names of plugins that must be there and are initialised first, NULL at the end; or NULL. What you can do without
     * is no dependency: ask for its service, which is QN_ENOTFOUND where there is none. */
    const char *const *depends;
    const qn_option *options;      /**< or NULL */
    const qn_sql_step *migrations; /**< or NULL */
    /** Looks at the options, before anything starts. 0, or negative after refuse() said what is wrong. May be NULL. */
    int (*check)(qn_plugin *self, const qn_api *api);
    /** Once in each process: keep `api`, register routes, hooks and so on. 0, or negative after refuse() said why. */
    int (*init)(qn_plugin *self, const qn_api *api);
    /** When the process ends and no call is under way: free what you hold. May be NULL. [loop] */
    void (*stop)(qn_plugin *self);
    /** Tries itself, in a throwaway process of `quoin plugin check`, after `init`. 0, or negative after refuse(). May
     * be NULL. */
    int (*selftest)(qn_plugin *self, const qn_api *api);
} qn_descriptor;

/** Defines the plugin: the members of qn_descriptor that you give, from `name` on. Once, at file scope, with a
 * semicolon behind it. */
#define QN_PLUGIN(...)                                                                                                 \
    extern const qn_descriptor qn_plugin_v1;                                                                           \
    __attribute__((visibility("default"), used))                                                                       \
    const qn_descriptor qn_plugin_v1 = { .size = sizeof(qn_descriptor),                                                \
                                         .abi_major = QN_ABI_MAJOR,                                                    \
                                         .abi_minor = QN_ABI_MINOR,                                                    \
                                         .option_size = sizeof(qn_option),                                             \
                                         .sql_step_size = sizeof(qn_sql_step),                                         \
                                         __VA_ARGS__ }

/* ---- what is registered ---- */

/** What a route asks of its caller. A bad credential is 401 in any case. */
typedef enum {
    QN_AUTH_PUBLIC,     /**< anybody, also without a credential */
    QN_AUTH_CREDENTIAL, /**< 401 without one */
} qn_auth;

/** A route; give it by QN_ROUTE. Literal segments win over parameters. What the core or another plugin has is
 * QN_EEXIST. */
typedef struct {
    uint32_t size;
    uint32_t methods; /**< QN_GET … or-ed */
    /** "/v1/articles/{id}/quotes". Since 1.1 "{name...}" at the end takes all that is left of the path: one segment or
     * more, with the slashes between them. */
    const char *pattern;
    /** Called with a whole request, whose credential and parameters are good. Answers once, now or later: reply_…() or
     * fail(). [loop] */
    /** Called with each request. A POST with Idempotency-Key is done once, without your doing: what is written by
     * QN_DB_WRITE and what you answer are committed together, each statement fails alone, and who sends the same request
     * again gets the answer again instead of a call. An answer of 2xx, 3xx, 404, 409, 410 or 412 is kept; with any other
     * nothing of what you wrote stays. One with Set-Cookie is taken for a secret, and not given again. Write last: from
     * the first write to the answer a connection is yours and the events of everybody wait. What you do elsewhere
     * (files, memory, other servers) is yours to make repeatable: a call may come again after one that was not
     * answered. */
    void (*fn)(qn_call *req, void *ctx);
    void *ctx;
    const char *params; /**< query parameters that it knows, blanks between; others are 400, as is a `locale` that is none. NULL: none */
    /** Media types of the body, commas between: "application/json"; others are 415. NULL: takes no body. */
    const char *accepts;
    uint64_t max_body_bytes; /**< 0: [server] max_body_bytes; 413 past it */
    int32_t timeout_ms;      /**< 0: [server] request_timeout_ms; then the call ends and the client gets 503 */
    qn_auth auth;
    /** Of a GET, since 1.1: answers of which keep() was said are given again, to callers of the same rights, without a
     * call. Not those of a request with the parameter `version`. */
    int32_t kept;
} qn_route_spec;
#define QN_ROUTE(...) (&(const qn_route_spec){ .size = sizeof(qn_route_spec), __VA_ARGS__ })

/** What a function that may answer later returns. */
enum {
    QN_DONE = 0,  /**< good, go on */
    QN_LATER = 1, /**< resume() will say, before the call's deadline */
    QN_AGAIN = 2  /**< of a QN_SYNC after something: not done yet, call me again. Also to resume(). Since 1.1 */
};

/** Where a hook before something stands. It may veto: fail() with what the client is told. One that fails itself (a
 * negative code, no resume() in time, quarantine) refuses what it guards with 503: nothing is let through because a
 * guard is ill. */
typedef enum {
    /** A create, change or import of one: called when the input was found good, before it is stored. `entry` is the
     * draft to be; it may be changed, and is then checked again like any input. Not called in bulk imports. */
    QN_BEFORE_SAVE = 1,
    /** A publish or schedule: called before the transition, with the draft to be published, for reading. */
    QN_BEFORE_PUBLISH = 2,
    /** A delete or purge: called before it, with the draft, for reading. */
    QN_BEFORE_DELETE = 3,
    /** A live entry on its way to a reader, alone or in a list: called before the answer, with what the reader may see,
     * which may be changed. Costs every read: keep it short. */
    QN_BEFORE_RENDER = 4
} qn_before;

typedef struct {
    uint32_t size;
    qn_before point;
    const char *type; /**< "article"; NULL: every type */
    int32_t priority; /**< lower ones are called first; equal ones in order of loading */
    /** QN_DONE: go on. QN_LATER. A veto is fail() and QN_DONE. `entry` is the API's JSON of the entry (before a save:
     * the members that are stored: slug, locale, tags and the type's fields; with `id` where it exists), arena. [loop]
     */
    int (*fn)(qn_call *call, qn_json *entry, void *ctx);
    void *ctx;
} qn_before_spec;
#define QN_HOOK_BEFORE(...) (&(const qn_before_spec){ .size = sizeof(qn_before_spec), __VA_ARGS__ })

/** Kinds of events, or-ed in a specification. */
enum {
    QN_SAVED = 1 << 0,       /**< the draft was made or changed */
    QN_PUBLISHED = 1 << 1,   /**< readers see it, or another version of it, from `at_us` on */
    QN_UNPUBLISHED = 1 << 2, /**< readers see it no more */
    QN_DELETED = 1 << 3,     /**< in the trash, or erased */
    QN_SYNC = 1 << 30        /**< read everything anew: of subscribe(), and since 1.1 of hook_after() */
};

/** Something that was committed. Borrowed for the call; grows at its end, so look with QN_HAS_FIELD at what 1.0 has
 * not. */
typedef struct {
    uint32_t size;
    uint32_t kind; /**< one QN_SAVED … */
    qn_str entry;  /**< id */
    qn_str type;   /**< "article" */
    qn_str locale;
    int64_t version; /**< of the draft after it */
    int64_t at_us;   /**< when it takes effect: microseconds since the epoch */
    qn_str actor;    /**< id of the person who did it; absent: the system */
} qn_change;

/** After something was committed, in the jobs process of one node: at least once, in order per entry. The call reads
 * every entry and draft. Bulk imports are quiet: nothing is called for their entries. Who wants to miss nothing asks
 * for QN_SYNC as well (since 1.1): it comes without an entry when the process begins and after a bulk import, to read
 * what is not known yet, a bit at a time: QN_AGAIN goes on, and changes that come meanwhile are told in between. */
typedef struct {
    uint32_t size;
    uint32_t on;      /**< QN_SAVED …, or-ed */
    const char *name; /**< of this hook among yours; its position is kept under it */
    const char *type; /**< NULL: every type */
    /** QN_DONE, QN_LATER, or negative: it is tried again after a delay that doubles (1 s to 1 h), the further events of
     * the same entry wait, those of others go on. But QN_UNPUBLISHED and QN_DELETED wait for nothing, and what was
     * QN_PUBLISHED before and still waits is never told then, whether you ask for them or not. The same event may come
     * twice: after a crash, when you were done but nobody knew. [loop] */
    int (*fn)(qn_call *call, const qn_change *change, void *ctx);
    void *ctx;
} qn_after_spec;
#define QN_HOOK_AFTER(...) (&(const qn_after_spec){ .size = sizeof(qn_after_spec), __VA_ARGS__ })

/** What keeps an index in memory current, in every worker. First comes QN_SYNC: read with content_list() what you
 * need, and resume. Then every event after that moment, in order, one at a time; some of them you may have read
 * already. A scheduled publication comes when it takes effect. Whenever the host cannot go on where it was,
 * and after a bulk import, QN_SYNC comes again. The call reads as the public does. */
typedef struct {
    uint32_t size;
    uint32_t on;      /**< QN_SAVED …, or-ed; QN_SYNC comes in any case */
    const char *type; /**< NULL: every type */
    /** QN_DONE: the next one. QN_LATER. Negative: logged, and QN_SYNC comes again after a delay that doubles (1 s
     * to 1 min). The server is ready when the first one has succeeded, or has failed three times. [loop] */
    int (*fn)(qn_call *call, const qn_change *change, void *ctx);
    void *ctx;
} qn_subscribe_spec;
#define QN_SUBSCRIBE(...) (&(const qn_subscribe_spec){ .size = sizeof(qn_subscribe_spec), __VA_ARGS__ })

/** A field that is computed from an entry: in each save, stored beside the revision with your version, and anew at the
 * next read where it was stored by another version. Asked for with `derived` in content_get(). */
typedef struct {
    uint32_t size;
    const char *type;  /**< "article" */
    const char *field; /**< ^[a-z][a-z0-9_]{0,39}$, one plugin only for each type */
    /** Gives `*value` for `entry` (the members of a draft, as in QN_BEFORE_SAVE), out of nothing but it: the same
     * entry, the same value. Negative: the save goes on without, the log says so. Keep it under 50 ms. [loop] */
    int (*fn)(qn_call *call, const qn_json *entry, qn_json **value, void *ctx);
    void *ctx;
} qn_derive_spec;
#define QN_DERIVE(...) (&(const qn_derive_spec){ .size = sizeof(qn_derive_spec), __VA_ARGS__ })

/** Something that other plugins may ask for by name. */
typedef struct {
    uint32_t size;
    const char *name; /**< "<plugin>.<what>": "recommend.related" */
    /** Answers with service_reply() and QN_DONE, or QN_LATER and service_reply() later, or a negative code. `call`
     * speaks for whom the asking call speaks. `args` is whatever the asker gave, possibly NULL. [loop] */
    int (*fn)(qn_call *call, const qn_json *args, void *ctx);
    void *ctx;
} qn_service_spec;
#define QN_SERVICE(...) (&(const qn_service_spec){ .size = sizeof(qn_service_spec), __VA_ARGS__ })

/* ---- what is asked for ---- */

typedef enum {
    QN_LIVE_VIEW, /**< what readers see */
    QN_DRAFT_VIEW /**< the working copy, for those who may read it */
} qn_content_view;

/** Which entry; give it by QN_GET_ENTRY. */
typedef struct {
    uint32_t size;
    qn_content_view view;
    const char *type;    /**< "article" */
    qn_str ref;          /**< id or slug */
    const char *locale;  /**< where a slug stands in several; NULL: the default one first */
    const char *derived; /**< names of computed fields, blanks between, to come with it; NULL: none */
} qn_get_spec;
#define QN_GET_ENTRY(...) (&(const qn_get_spec){ .size = sizeof(qn_get_spec), __VA_ARGS__ })

/** Which entries; give it by QN_LIST_ENTRIES. */
typedef struct {
    uint32_t size;
    qn_content_view view;
    const char *type;
    const char *locale; /**< NULL: any */
    /** `{"tags":{"_in":["kyiv","war"]},"section":"world"}`: field to value, or to an operator of the API (_eq, _in)
     * with its value; all of them must hold. NULL: none. */
    const qn_json *filter;
    const char *sort;     /**< "-published_at,title"; NULL: newest first */
    uint32_t limit;       /**< 1 to 200; 0: 20 */
    qn_str after, before; /**< a page's cursor; at most one */
} qn_list_spec;
#define QN_LIST_ENTRIES(...) (&(const qn_list_spec){ .size = sizeof(qn_list_spec), __VA_ARGS__ })

/** How the database is asked. */
typedef enum {
    /** Reads, and may take long: one at a time on a connection. */
    QN_DB_READ,
    /** Reads a few rows by key, well under a millisecond: goes into the pipeline, with a fixed short timeout. */
    QN_DB_KEYED,
    /** Writes. One statement is one transaction; for several things at once use WITH, or a function of your schema. In a
     * POST with Idempotency-Key all of the call's queries are one, from the first of this kind on: see `fn` of a route. */
    QN_DB_WRITE
} qn_db_kind;

/** A query; give it by QN_QUERY. */
typedef struct {
    uint32_t size;
    qn_db_kind kind;
    /** One statement with $1, $2 …, the same text every time: it is prepared. Never pasted together from input. Tables
     * are named with their schema: plugin_quotes.confirmation. Of the host's there are, since 1.1, two views, which
     * grow only at their end: quoin.publication (entry, type, locale, publish_at, until, version, published_at, slug,
     * title), of which what has `publish_at <= now() and until > now()` is live, and quoin.publication_tag (tag, type,
     * published_at, entry, publish_at, until, locale), fast by (tag, type) in that order; and the functions
     * quoin.touch() (see touch()) and quoin.valid_ms(): for how long the clock leaves everything as it is. Your tables
     * may refer to quoin.entry(id) "on delete cascade": who erases an entry erases what you keep of it. */
    const char *sql;
    const qn_str *params; /**< as text; an absent one is NULL; copied */
    int32_t nparams;
    int32_t timeout_ms; /**< 0: that of its kind, [database] slow_timeout_ms and so on */
} qn_query_spec;
#define QN_QUERY(...) (&(const qn_query_spec){ .size = sizeof(qn_query_spec), __VA_ARGS__ })

/** How far a right reaches. */
enum { QN_MAY_NOT = 0, QN_MAY_OWN = 1 /**< on entries that the caller created */, QN_MAY_ALL = 2 };

typedef enum {
    QN_JSON_NONE, /**< there is no value: a NULL handle */
    QN_JSON_NULL,
    QN_JSON_BOOL,
    QN_JSON_INT,
    QN_JSON_REAL,
    QN_JSON_STRING,
    QN_JSON_ARRAY,
    QN_JSON_OBJECT
} qn_json_kind;

/** A file to answer with; give it by QN_FILE. Since 1.1. */
typedef struct {
    uint32_t size;
    const char *dir;          /**< the folder; nothing outside of it is reached */
    qn_str path;              /**< below it: names between slashes, as they came from the client */
    const char *content_type; /**< NULL: by the ending of the name */
} qn_file_spec;
#define QN_FILE(...) (&(const qn_file_spec){ .size = sizeof(qn_file_spec), __VA_ARGS__ })

/* ---- the functions ---- */

/** True when the host's table has the function `member`: `if (QN_HAS(qn, subscribe)) …`. Those of 1.0 it always has. */
#define QN_HAS(api, member) ((api)->size >= offsetof(qn_api, member) + sizeof((api)->member) && (api)->member != NULL)
/** True when a structure from the host reaches as far as `member`. */
#define QN_HAS_FIELD(p, type, member) ((p)->size >= offsetof(type, member) + sizeof((p)->member))

#define QN_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/** The host's functions. One table for the life of the process. */
struct qn_api {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    const char *host_version; /**< "0.1.0", for people */

    /* -- registering -- */

    /** Adds a route. `spec` is copied, its texts are borrowed for ever. QN_EEXIST: taken; QN_EINVAL: a bad pattern;
     * QN_EDENIED: `needs` lacks QN_CAP_ROUTES; the log says which. So for all of these. [init] */
    int (*route)(qn_plugin *self, const qn_route_spec *spec);
    /** Adds a hook before something. QN_CAP_HOOKS. [init] */
    int (*hook_before)(qn_plugin *self, const qn_before_spec *spec);
    /** Adds a hook after something. QN_CAP_HOOKS. [init] */
    int (*hook_after)(qn_plugin *self, const qn_after_spec *spec);
    /** Subscribes to what changes, in every worker. QN_CAP_EVENTS. [init] */
    int (*subscribe)(qn_plugin *self, const qn_subscribe_spec *spec);
    /** Adds a computed field. QN_CAP_DERIVE. QN_EEXIST: another plugin computes one of that name. [init] */
    int (*derive)(qn_plugin *self, const qn_derive_spec *spec);
    /** Offers a service. QN_CAP_SERVICES. QN_EINVAL: the name does not begin with "<plugin>.". [init] */
    int (*offer)(qn_plugin *self, const qn_service_spec *spec);
    /** A counter of that name, the same in every process, shown by /v1/plugins; its name is `[a-z][a-z0-9_]{0,47}`.
     * Never NULL: when there are too many it counts nothing, and the log says so. [init] */
    qn_counter *(*counter)(qn_plugin *self, const char *name, const char *help);
    /** Says why `check`, `init` or `selftest` is going to return a negative code. Returns QN_EINVAL, so `return
     * qn->refuse(…)`. [init] */
    int (*refuse)(qn_plugin *self, const char *fmt, ...) QN_PRINTF(2, 3);

    /* -- options, log, counters -- */

    /** The value of one of your options. Asking for one that is not in your table, or as another kind, gives 0, "" or
     * NULL and a line in the log. Texts are borrowed for the life of the process. So for all four. [loop] */
    int (*option_bool)(qn_plugin *self, const char *name);
    /** Of QN_OPTION_INT and QN_OPTION_BYTES. [loop] */
    int64_t (*option_int)(qn_plugin *self, const char *name);
    /** Of QN_OPTION_TEXT and QN_OPTION_ENUM; never NULL. [loop] */
    const char *(*option_text)(qn_plugin *self, const char *name);
    /** An item from 0 of QN_OPTION_LIST; NULL past its end. [loop] */
    const char *(*option_item)(qn_plugin *self, const char *name, size_t i);
    /** A line in the log, under the plugin's name and, where `call` is not NULL, the request's id. [loop] */
    void (*log)(qn_plugin *self, qn_log_level level, qn_call *call, const char *fmt, ...) QN_PRINTF(4, 5);
    /** Adds. [work] */
    void (*count)(qn_counter *counter, uint64_t n);

    /* -- any call -- */

    /** `n` zeroed bytes, aligned for any type; arena. NULL: out of memory, or the call has ended. [loop] */
    void *(*alloc)(qn_call *call, size_t n);
    /** A copy with a zero byte behind it; arena. [loop] */
    char *(*copy)(qn_call *call, qn_str text);
    /** printf; arena. NULL: out of memory. [loop] */
    char *(*print)(qn_call *call, const char *fmt, ...)QN_PRINTF(2, 3);
    /** Has `fn(arg)` called when the call ends, however it ends, last in first out. Negative: it was not kept. [loop]
     */
    int (*defer)(qn_call *call, void (*fn)(void *arg), void *arg);
    /** Milliseconds until the deadline; 0: it has passed, or the call has ended. [loop] */
    int64_t (*left_ms)(qn_call *call);
    /** The request's id, as in the log and in problem documents; never NULL. Arena. [loop] */
    const char *(*request_id)(qn_call *call);
    /** Whom it is done for: the person's id; absent: the public. Arena. [loop] */
    qn_str (*caller_id)(qn_call *call);
    /** "public" where there is nobody. Arena. [loop] */
    qn_str (*caller_name)(qn_call *call);
    /** "public" where there is nobody. Arena. [loop] */
    qn_str (*caller_role)(qn_call *call);
    /** How far the caller may do `action` ("read", "draft", "create", "change", "delete", "publish" …) on entries of
     * `type`: QN_MAY_…. [loop] */
    int (*may)(qn_call *call, const char *type, const char *action);
    /** Ends a wait begun with QN_LATER: 0 is good, negative is as if it had been returned. [loop] */
    int (*resume)(qn_call *call, int result);
    /** Adds to the faults that a following fail() tells: `pointer` is a JSON Pointer into the body, or "?name" of a
     * parameter. [loop] */
    int (*fault)(qn_call *call, const char *pointer, const char *code, const char *fmt, ...) QN_PRINTF(4, 5);
    /** In a request: answers with a problem document (RFC 9457). In a hook before something: vetoes with it. `code` is
     * its type ("not-found", "validation" or one of your own: lower case and dashes), the text its detail. `status` 400
     * to 599. [loop] */
    int (*fail)(qn_call *call, int status, const char *code, const char *fmt, ...) QN_PRINTF(4, 5);
    /** The same for a code that one of these functions gave: 404 for QN_ENOTFOUND, 403 for QN_EDENIED, 503 with
     * Retry-After for QN_EBUSY, QN_EUNAVAIL and QN_ETIMEOUT, 500 for what only the log can explain. Nothing for
     * QN_ECANCELED. [loop] */
    int (*fail_err)(qn_call *call, int err);

    /* -- the request -- */

    /** The method; QN_HEAD comes as QN_GET. [loop] */
    qn_method (*method)(qn_call *req);
    /** The path, decoded, without the query. Arena. [loop] */
    qn_str (*path)(qn_call *req);
    /** A parameter of the path by its name in the pattern, decoded; absent: the pattern has none. Arena. [loop] */
    qn_str (*param)(qn_call *req, const char *name);
    /** A parameter of the query, decoded; absent: not given. Arena. [loop] */
    qn_str (*query)(qn_call *req, const char *name);
    /** A header by its lower-case name; absent: not given. Arena. [loop] */
    qn_str (*header)(qn_call *req, const char *name);
    /** The whole body. Arena. [loop] */
    qn_str (*body)(qn_call *req);
    /** The body as JSON. NULL: it was not, and the request has been answered with 400: just return. Arena. [loop] */
    qn_json *(*body_json)(qn_call *req);
    /** The query parameter `name` as a number from `min` to `max`, `def` where it was not given. Negative: it was not
     * one, and the request has been answered with 400: just return. [loop] */
    int (*query_int)(int64_t *out, qn_call *req, const char *name, int64_t min, int64_t max, int64_t def);

    /* -- the answer: one of these, once; a second one does nothing but a line in the log -- */

    /** A header of the answer to come; copied. One that is given again takes the place of the former, but for Link,
     * Set-Cookie, Surrogate-Key, Vary and WWW-Authenticate, which add up. Control characters are dropped. Length, date,
     * encoding, connection and request id are the host's own. With an ETag or Last-Modified on a 200 to a GET the host
     * answers 304 itself; where you give no ETag it makes one of the bytes. Where you give no Cache-Control it is
     * "no-cache", and with a credential "private, no-store". [loop] */
    int (*reply_header)(qn_call *req, const char *name, const char *value);
    /** Answers with bytes, which must last as long as the call: arena, or static. The host compresses them. [loop] */
    int (*reply)(qn_call *req, int status, const char *content_type, qn_str bytes);
    /** Answers with a JSON value as it is. NULL answers 500, so that one look at the end is enough. [loop] */
    int (*reply_json)(qn_call *req, int status, const qn_json *value);
    /** Answers with `{"data":value}`, as the API does with one thing. [loop] */
    int (*reply_data)(qn_call *req, int status, const qn_json *value);

    /* -- JSON: a value lasts as long as the call that it was made in; every function takes NULL for a value. [loop] --
     */

    /** Makes a value. NULL: out of memory, or the call has ended. Arena. So for all that make one. */
    qn_json *(*json_object)(qn_call *call);
    qn_json *(*json_array)(qn_call *call);
    /** Copies the text, which must be UTF-8 (NULL else). An absent one gives null. */
    qn_json *(*json_str)(qn_call *call, qn_str text);
    qn_json *(*json_int)(qn_call *call, int64_t number);
    /** NULL for what is not finite. */
    qn_json *(*json_real)(qn_call *call, double number);
    qn_json *(*json_bool)(qn_call *call, int truth);
    qn_json *(*json_null)(qn_call *call);
    /** A deep copy: what becomes of it changes nothing of `value`. */
    qn_json *(*json_copy)(qn_call *call, const qn_json *value);
    /** Exactly one value, strictly (no duplicate keys, no bytes behind it). NULL: it is not one. Arena. */
    qn_json *(*json_parse)(qn_call *call, qn_str text);
    /** As text, without blanks. Absent: out of memory. Arena. */
    qn_str (*json_write)(qn_call *call, const qn_json *value);

    /** Puts a value into an object or an array, which keeps it alive by itself: `value` stays yours too. Never a value
     * into itself. QN_EINVAL: not an object (array), no value, or not UTF-8. */
    int (*json_set)(qn_json *object, const char *key, qn_json *value);
    int (*json_add)(qn_json *array, qn_json *value);
    int (*json_set_str)(qn_json *object, const char *key, qn_str text);
    int (*json_set_int)(qn_json *object, const char *key, int64_t number);
    int (*json_set_real)(qn_json *object, const char *key, double number);
    int (*json_set_bool)(qn_json *object, const char *key, int truth);
    /** QN_ENOTFOUND: there was none of that key. */
    int (*json_remove)(qn_json *object, const char *key);

    qn_json_kind (*json_kind)(const qn_json *value);
    /** Members of an object, items of an array; 0 for others. */
    size_t (*json_count)(const qn_json *value);
    /** A member; borrowed from the object. NULL: not there. */
    qn_json *(*json_get)(const qn_json *object, const char *key);
    /** An item from 0; borrowed from the array. NULL: past the end. */
    qn_json *(*json_at)(const qn_json *array, size_t i);
    /** A value by JSON Pointer (RFC 6901): "/body/0/text"; borrowed. NULL: not there. */
    qn_json *(*json_find)(const qn_json *value, const char *pointer);
    /** The next member of an object, in order: begin with `*it` NULL, ends with 0. Members must not come or go
     * meanwhile. */
    int (*json_next)(const qn_json *object, void **it, const char **key, qn_json **value);
    /** The text of a string; absent for others. Borrowed from the value. */
    qn_str (*json_text)(const qn_json *value);
    /** An integer; `other` for what is none. */
    int64_t (*json_integer)(const qn_json *value, int64_t other);
    /** An integer or a real; `other` for what is none. */
    double (*json_number)(const qn_json *value, double other);
    /** true or false; `other` for what is neither. */
    int (*json_truth)(const qn_json *value, int other);

    /* -- content: with the rights of the caller; the callback comes exactly once for each call that returned 0 -- */

    /** Reads one entry. `fn`: 0 and the entry; QN_ENOTFOUND (not there, or not for this caller; `entry` is then NULL,
     * or only says where it has moved: entry_moved_to()); QN_EUNAVAIL, QN_ETIMEOUT, QN_EDB; QN_ECANCELED: the call has
     * ended, tidy up and touch it no more. Returns QN_EINVAL (no such type or computed field; nothing to look for),
     * QN_EDENIED, QN_EBUSY, QN_EUNAVAIL, QN_ENOMEM: then `fn` is not called. [loop] */
    int (*content_get)(qn_call *call, const qn_get_spec *spec,
                       void (*fn)(qn_call *call, int err, const qn_entry *entry, void *ctx), void *ctx);
    /** Reads a page of entries. `fn` as above, and QN_EINVAL for an unknown field or a bad cursor (the log says which).
     * [loop] */
    int (*content_list)(qn_call *call, const qn_list_spec *spec,
                        void (*fn)(qn_call *call, int err, const qn_entries *page, void *ctx), void *ctx);

    /** The entry as the API shows it; yours to change. Arena. [loop] */
    qn_json *(*entry_json)(const qn_entry *entry);
    /** A computed field that was asked for; NULL: it could not be computed. Arena. [loop] */
    qn_json *(*entry_derived)(const qn_entry *entry, const char *field);
    /** Its id. Arena. [loop] */
    qn_str (*entry_id)(const qn_entry *entry);
    /** Its present slug, where `ref` was a former one; else absent. Arena. [loop] */
    qn_str (*entry_moved_to)(const qn_entry *entry);
    /** Its entity tag, with the quotes. Arena. [loop] */
    qn_str (*entry_etag)(const qn_entry *entry);
    /** The version that was read. [loop] */
    int64_t (*entry_version)(const qn_entry *entry);
    /** Milliseconds for which the clock alone leaves it as it is; -1: for ever. What you put in Cache-Control is to be
     * no longer. */
    int64_t (*entry_valid_ms)(const qn_entry *entry);

    /** An array of entries as the API shows them; yours to change. Arena. [loop] */
    qn_json *(*entries_json)(const qn_entries *page);
    /** The cursor for `after`; absent: this is the last page. Arena. [loop] */
    qn_str (*entries_next)(const qn_entries *page);
    /** The cursor for `before`; absent: this is the first page. Arena. [loop] */
    qn_str (*entries_prev)(const qn_entries *page);
    /** As entry_valid_ms(), of the whole page. [loop] */
    int64_t (*entries_valid_ms)(const qn_entries *page);

    /* -- services -- */

    /** Asks for a service. `fn` exactly once, perhaps before this returns: 0 and its result (possibly NULL; arena of
     * this call), or the code that it failed with, QN_EUNAVAIL: it is in quarantine, QN_ECANCELED: the call has ended.
     * Returns QN_ENOTFOUND: nobody offers it, perhaps because who does was left out for its crashes; then `fn` is not
     * called. `args` is borrowed until `fn`. [loop] */
    int (*ask)(qn_call *call, const char *service, const qn_json *args,
               void (*fn)(qn_call *call, int err, const qn_json *result, void *ctx), void *ctx);
    /** Answers a service's call. `result` may be NULL. [loop] */
    int (*service_reply)(qn_call *call, const qn_json *result);

    /* -- the database: the plugin's own tables. QN_CAP_DB -- */

    /** Runs one statement. `fn` exactly once: 0 and the rows; QN_EDB: see rows_sqlstate(); QN_EUNAVAIL, QN_ETIMEOUT: a
     * write may or may not have happened; QN_ECANCELED: the call has ended, a write may have happened. Returns
     * QN_EBUSY, QN_EUNAVAIL, QN_ENOMEM, QN_EINVAL, QN_EDENIED: then `fn` is not called. [loop] */
    int (*db_query)(qn_call *call, const qn_query_spec *spec,
                    void (*fn)(qn_call *call, int err, const qn_rows *rows, void *ctx), void *ctx);
    /** How many rows there are. [loop] */
    int32_t (*rows_count)(const qn_rows *rows);
    /** The value of a row and column from 0, as PostgreSQL writes it; absent: NULL. Arena. [loop] */
    qn_str (*rows_value)(const qn_rows *rows, int32_t row, int32_t col);
    /** The same as a number; `if_null` for NULL and for what is none. [loop] */
    int64_t (*rows_int)(const qn_rows *rows, int32_t row, int32_t col, int64_t if_null);
    /** Five characters of an error (PostgreSQL's appendix A); "" without one. Arena. [loop] */
    const char *(*rows_sqlstate)(const qn_rows *rows);

    /* -- off the loop -- */

    /** Calls `work(ctx)` on another thread, where of this table only count() may be used, then `done(call, err, ctx)`
     * on the loop, exactly once: err 0, or QN_ECANCELED: the call has ended (the work was done, or not begun). `ctx` is
     * heap memory of yours, freed in `done`: the call may end while `work` runs, and its arena with it. Returns
     * QN_EBUSY, QN_ENOMEM, QN_ESTATE: neither is called. [loop] */
    int (*work)(qn_call *call, void (*work)(void *ctx), void (*done)(qn_call *call, int err, void *ctx), void *ctx);

    /* -- since 1.1: files -- */

    /** Answers with a regular file, and with conditions, ranges, HEAD and codings as they are asked for; ETag and
     * Last-Modified are the file's. Names that begin with a point, links that lead out of the folder and what is no
     * file are QN_ENOTFOUND, as what is not there. Put a new file in the place of an old one by renaming: one that
     * changes while it is sent arrives broken. QN_ENOTFOUND, QN_EBUSY, QN_EIO, QN_ENOMEM, QN_EINVAL: then it has not
     * answered. [loop] */
    int (*reply_file)(qn_call *req, const qn_file_spec *spec);

    /* -- since 1.1: pages, slugs, computed fields by version -- */

    /** Answers with a page as the API's lists are:
     * `{"data":items,"meta":{"limit","count"},"links":{"self","next","prev"}}`, and the Link header. `items` is an
     * array; `next` and `prev` are cursors for the parameters `after` and `before` of the same request, absent: no
     * link. [loop] */
    int (*reply_page)(qn_call *req, const qn_json *items, uint32_t limit, qn_str next, qn_str prev);
    /** A cursor of characters that a URL takes as they are: the `n` (at most 8) keys of a row, absent ones included,
     * and `list`, which says what is listed and in which order. Absent: out of memory. Arena. [loop] */
    qn_str (*cursor)(qn_call *call, const char *list, const qn_str *keys, size_t n);
    /** Reads one back into exactly `n` keys. It comes from outside: look at the keys as at any input. QN_EINVAL: no
     * cursor of this list; QN_ENOMEM. Arena. [loop] */
    int (*cursor_keys)(qn_str *keys, size_t n, qn_call *call, const char *list, qn_str cursor);
    /** A slug of a text in any script, as entries get theirs: 1 to 80 small letters, digits and single dashes; "entry"
     * where the text has none. NULL: out of memory. Arena. [loop] */
    const char *(*slug)(qn_call *call, qn_str text);
    /** Computed fields of one version of an entry, of a draft or of what is live or will be: for calls that may read
     * all drafts. `fields`: names, blanks between. `fn` exactly once: 0 and an object of them (one that could not be
     * computed is absent), or as content_get() says. Returns QN_EDENIED, QN_EINVAL (no such type, no id, nobody
     * computes such a field), QN_EBUSY, QN_EUNAVAIL, QN_ENOMEM: then `fn` is not called. [loop] */
    int (*content_derived)(qn_call *call, const char *type, qn_str id, int64_t version, const char *fields,
                           void (*fn)(qn_call *call, int err, const qn_json *values, void *ctx), void *ctx);

    /* -- since 1.1: answers that are kept -- */

    /** The answer that is about to be given depends on these and on nothing else that changes, but for the caller's
     * rights: names with blanks between, at most 64: "entry:<id>", "type:article" (any of its entries) and
     * "tag:<slug>", which stand for what readers see of them, and those that you touch(). It stays true for `valid_ms`
     * milliseconds by the clock; -1: for ever. Say it before the answer, on a route that is `kept`; what it depends on
     * must have been read since the call began. Sets Surrogate-Key, and Cache-Control where you have not. QN_EINVAL:
     * what is no name; it is not kept then. [loop] */
    int (*keep)(qn_call *req, int64_t valid_ms, const char *depends);
    /** What answers depend on by "plugin:<you>" or, with `what`, "plugin:<you>:<what>" has changed: none that was made
     * before is given again on this node. Say it after the change was made and before you tell of it. Other nodes and a
     * crash in between hear of it by `select quoin.touch('<you>:<what>')` in the transaction of the change. QN_EINVAL:
     * characters other than letters, digits, and : _ -. [loop] */
    int (*touch)(qn_call *call, const char *what);
};

#endif
