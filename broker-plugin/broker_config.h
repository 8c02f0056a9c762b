/*
 * The broker's own configuration, of which the plugin API tells a plugin nothing but its options.
 */
#ifndef BC_BROKER_PLUGIN_BROKER_CONFIG_H
#define BC_BROKER_PLUGIN_BROKER_CONFIG_H

#include <stdbool.h>

struct bc_broker_config {
    /*
     * `per_listener_settings true`: the plugin is asked only about the clients of one listener, or
     * none, and everything below the prefix would be open to all others.
     */
    bool per_listener;
    /*
     * There may be subscriptions that the plugin is never asked about: those of sessions that the
     * broker has kept over its restart (`persistence true`), or of bridges (`connection`).
     */
    bool unasked_subscriptions;
};

/*
 * Read the file that the broker was started with, and those that it includes (`include_dir`): what
 * one of them switches on is on. If one can't be found or read, there may be unasked subscriptions;
 * whether it has settings per listener can't be told then.
 */
struct bc_broker_config bc_broker_config_read(void);

#endif
