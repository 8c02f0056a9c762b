/* Erasures go on beside the broker's work: a part of one at a turn, and then the disk. */
#ifndef BC_BROKER_PLUGIN_ERASING_H
#define BC_BROKER_PLUGIN_ERASING_H

#include "broker-plugin/context.h"

/* Go on with what there is, at the end of a turn of the broker's loop. */
void bc_erasing_turn(struct bc_plugin *plugin);

/* Log what was erased, or what has come of it, as the operator may read it: not what it was. */
void bc_erasing_log(const struct bc_erasure *erasure);

#endif
