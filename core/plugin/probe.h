/**
 * The probe: a throwaway child that loads a plugin, calls its `check` and `init`, and tells what it is. Private to
 * plugin/.
 */
#ifndef QN_PLUGIN_PROBE_H
#define QN_PLUGIN_PROBE_H

#include <fcntl.h>

#include "plugin/host.h"

enum { QN_PROBE_STAGE_BYTES = 64 };

typedef struct {
    const char *path;
    const char *name;  /**< that it must have; NULL: any */
    qn_config *config; /**< its options are read from there, in the child's own copy */
    bool selftest;
    int (*become)(void *ctx, qn_errmsg *e); /**< gives up root; may be NULL */
    void *ctx;
} qn_probe;

/** Tries it. `*out` (owned) is what it is: name, version, summary, abi_major, abi_minor, needs, depends, options,
 * migrations, registered, selftest. QN_EINVAL and others with what was found and what to do; `*of_config`: it is the
 * ini that is wrong. [init] */
int qn_probe_run(json_t **out, const qn_probe *probe, bool *of_config, qn_errmsg *e);

#endif
