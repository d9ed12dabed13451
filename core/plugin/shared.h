/**
 * What plugins need of shared memory: who is in quarantine, counters; and the note that each process keeps of the
 * plugin it is in. Anonymous, mapped by the master before it forks; nothing in it is a pointer. Private to plugin/.
 */
#ifndef QN_PLUGIN_SHARED_H
#define QN_PLUGIN_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

#include "loop/shm.h"

enum { QN_PLUGINS_MAX = 32, QN_PLUGIN_NAME_BYTES = 33, QN_PLUGIN_COUNTERS = 512, QN_COUNTER_NAME_BYTES = 49 };

typedef struct {
    _Atomic int32_t quarantined;
    _Atomic uint32_t crashes; /**< since the start */
    char why[256];            /**< written before `quarantined` is set, never after */
} qn_plugin_state;

typedef struct {
    _Atomic int32_t state; /**< 0 free, 1 being named, 2 in use */
    int32_t plugin;
    char name[QN_COUNTER_NAME_BYTES];
    _Atomic uint64_t value;
} qn_plugin_count;

typedef struct {
    qn_plugin_state plugins[QN_PLUGINS_MAX];
    qn_plugin_count counters[QN_PLUGIN_COUNTERS];
} qn_plugin_shared;

/** Returns owned; NULL when there is no memory. */
qn_plugin_shared *qn_plugin_shared_new(void);
void qn_plugin_shared_free(qn_plugin_shared **s);

/** The counter `name` of plugin number `plugin`, made where there is none. NULL: all are taken. */
qn_plugin_count *qn_plugin_counter(qn_plugin_shared *s, int plugin, const char *name);

/** What a process is inside of, in the note of its slot. Read by the master when the process has died. */
typedef struct {
    char plugin[QN_PLUGIN_NAME_BYTES]; /**< "": none */
    char place[50];
    char request[40];
    uint8_t work; /**< number + 1 of the plugin whose work runs on another thread, or 0 */
} qn_plugin_note;

_Static_assert(sizeof(qn_plugin_note) <= QN_SLOT_NOTE_BYTES, "the note has its place in the slot");

#endif
