/* Links to something of the server, which no plugin does. Built without -z defs, which would have told. */
#include <quoin.h>

extern int qn_something_of_the_host(void);

static int init(qn_plugin *self, const qn_api *api)
{
    (void)self;
    (void)api;
    return qn_something_of_the_host();
}

QN_PLUGIN(.name = "undefined", .version = "1.0.0", .summary = "Cannot be linked.", .init = init);
