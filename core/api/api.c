#include "api/call.h"

/* Before the types are known every collection may be one: the answer is then 503, not 404. So it is where a colleague
 * has made a type that this worker has not read: the call waits for it. */
static bool is_collection(void *ctx, qn_str value)
{
    const qn_api *api = ctx;
    const qn_types *types = qn_store_types(api->store);
    return !types || !qn_store_types_current(api->store) || qn_types_by_collection(types, value) != NULL;
}

int qn_api_routes(qn_router *router, qn_api *api)
{
    static int (*const resources[])(qn_router *, qn_api *) = { qn_api_entries, qn_api_history, qn_api_types,
                                                               qn_api_tags,    qn_api_import,  qn_api_bulk,
                                                               qn_api_health,  qn_api_plugins };
    qn_router_guard(router, "collection", is_collection, api);
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++) {
        int err = resources[i](router, api);
        if (err) return err;
    }
    return QN_OK;
}
