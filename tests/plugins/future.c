/* As a plugin of a later minor of the interface is: its descriptor and its specifications are longer, it has functions
 * in mind that this host does not have, and it asks before it calls them. */
#include <quoin.h>

static const qn_api *qn;

typedef struct {
    qn_descriptor d;
    uint64_t more[4];
} later_descriptor;

typedef struct {
    qn_route_spec s;
    uint64_t more[4];
} later_route;

struct later_api {
    qn_api t;
    int (*from_the_future)(qn_plugin *self);
};

static void route(qn_call *req, void *ctx)
{
    (void)ctx;
    const struct later_api *later = (const struct later_api *)(const void *)qn;
    int has = qn->size >= offsetof(struct later_api, from_the_future) + sizeof later->from_the_future &&
              later->from_the_future != NULL;
    qn_json *a = qn->json_object(req);
    qn->json_set_bool(a, "has", has);
    qn->reply_data(req, 200, a);
}

static int init(qn_plugin *self, const qn_api *api)
{
    qn = api;
    later_route r = { .s = { .size = sizeof r, .methods = QN_GET, .pattern = "/v1/future", .fn = route },
                      .more = { 1, 2, 3, 4 } };
    return qn->route(self, &r.s);
}

extern const later_descriptor qn_plugin_v1;
__attribute__((visibility("default"), used)) const later_descriptor qn_plugin_v1 = {
    .d = { .size = sizeof(later_descriptor),
           .abi_major = QN_ABI_MAJOR,
           .abi_minor = QN_ABI_MINOR + 7,
           .option_size = sizeof(qn_option) + 16,
           .sql_step_size = sizeof(qn_sql_step) + 8,
           .name = "future",
           .version = "9.0.0",
           .summary = "Of a later minor.",
           .needs = QN_CAP_ROUTES,
           .init = init },
    .more = { 1, 2, 3, 4 },
};
