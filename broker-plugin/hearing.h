/* What other brokers that share the log say of the moment (replication/notice.h), heard. */
#ifndef BC_BROKER_PLUGIN_HEARING_H
#define BC_BROKER_PLUGIN_HEARING_H

#include "broker-plugin/context.h"

/* At TICK: hear what has been said, if there is a log. */
void bc_hearing_turn(struct bc_plugin *plugin);

#endif
