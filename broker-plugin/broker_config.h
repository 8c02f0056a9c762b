/*
 * The broker's own configuration, of which the plugin API tells a plugin nothing but its options.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_CONFIG_H
#define BC_BROKER_PLUGIN_BROKER_CONFIG_H

#include <stdbool.h>

/*
 * Does the file that the broker was started with say `per_listener_settings true`? Then the plugin
 * is asked only about the clients of one listener, or none: everything below the prefix would be
 * open to all others. False as well if the file can't be found or read; files of an include_dir are
 * not looked into.
 */
bool bc_broker_config_is_per_listener(void);

#endif
