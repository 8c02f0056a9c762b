/* The module that has the log, opened where there is to be one. */
#ifndef BC_BROKER_PLUGIN_LOG_MODULE_H
#define BC_BROKER_PLUGIN_LOG_MODULE_H

#include "replication/shared_log.h"

/* As bc_shared_open_fn says. It stays loaded until the process ends. */
struct bc_shared_log *bc_log_module_open(const struct bc_shared_options *options);

#endif
