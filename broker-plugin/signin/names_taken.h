/* Names that the broker itself knows: no invitation makes an account of one. */
#ifndef BC_BROKER_PLUGIN_SIGNIN_NAMES_TAKEN_H
#define BC_BROKER_PLUGIN_SIGNIN_NAMES_TAKEN_H

#include <stdbool.h>

#include "settings/broker_config.h"

/*
 * Is ${name} in one of the files, as it is now? Reads both, so it is asked for the few who come
 * with an invitation that holds. A file that can't be read has every name, and the log says so.
 */
bool bc_names_taken(const struct bc_names_taken *files, const char *name);

#endif
