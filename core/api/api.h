/**
 * The REST layer: one file a resource. Reads the request, joins content and access, answers. [loop]
 */
#ifndef QN_API_API_H
#define QN_API_API_H

#include "access/access.h"
#include "content/store.h"
#include "http/http.h"
#include "plugin/plugin.h"

/** What the resources work with; outlives the router. */
typedef struct {
    const qn_config *config;
    qn_db *db;
    qn_store *store;
    qn_access *access;
    qn_shm *shm;          /**< may be NULL in tests */
    const char *data_dir; /**< where what is too much for memory lies for a while */
    qn_plugins *plugins;  /**< may be NULL in tests */
} qn_api;

/** For qn_server_options: the rights of a request's caller. `ctx` is a qn_api. */
qn_str qn_api_rights(void *ctx, qn_req *req);

/** Adds every route. `api` is borrowed for the router's life. QN_EEXIST, QN_ENOMEM. */
int qn_api_routes(qn_router *router, qn_api *api);

#endif
