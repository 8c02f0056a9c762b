/* The limits in limits_file: read at the start, and again on SIGHUP. */
#ifndef BC_BROKER_PLUGIN_RELOAD_H
#define BC_BROKER_PLUGIN_RELOAD_H

#include "broker-plugin/context.h"

/**
 * bc_reload_start(plugin):
 * Read limits_file, if there is one, over the options that were read. False, and one line has been
 * logged, if anything in it is wrong.
 */
bool bc_reload_start(struct bc_plugin *plugin) BC_MUST_CHECK;

/* What became of it: with one entry wrong nothing has changed. */
struct bc_reloaded {
    bool read; /* there is such a file */
    unsigned changed;
    unsigned wrong;
};

/* Read it again: a line is logged for each entry that is wrong, and for each limit that changed. */
struct bc_reloaded bc_reload(struct bc_plugin *plugin);

#endif
