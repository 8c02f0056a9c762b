/*
 * The broker's own configuration, of which the plugin API tells a plugin nothing but its options.
 */
#ifndef BC_SETTINGS_BROKER_CONFIG_H
#define BC_SETTINGS_BROKER_CONFIG_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the broker has its users: empty for no such file. */
struct bc_names_taken {
    char password_file[PATH_MAX];
    char clients_file[PATH_MAX]; /* dynamic-security's */
};

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
    /*
     * A listener's `mount_point`, as far as it fits; empty if there is none. The broker puts it
     * before the topics of the listener's clients, which are not below the prefix then.
     */
    char mount_point[64];
    unsigned listed;       /* plugin lines with this plugin, told by the name of its file */
    unsigned others_first; /* plugin lines with another before the first of those */
    /*
     * A line of 2.1 that loads this plugin for single listeners (`plugin_load`), whose clients
     * alone it would be asked about; empty if there is none.
     */
    char loaded_as[64];
    struct bc_names_taken names;
    uint32_t packet_max;   /* `max_packet_size`; 0 is no limit */
    uint32_t message_max;  /* `message_size_limit`, likewise */
    uint32_t inflight_max; /* `max_inflight_messages`, likewise, or not said */
    bool queues_unlimited; /* `max_queued_messages 0` */
    /*
     * The first local topics of bridges (`topic` below `connection`), for which the broker asks
     * nobody, that reach below the prefix; as far as they fit, empty if none does.
     */
    char bridged[128];
    /* The first file or folder that can't be read, with why; empty if all can. */
    char unreadable[PATH_MAX];
    int unreadable_errno;
};

/*
 * Read the file that the broker was started with, and those that it includes (`include_dir`): what
 * one of them switches on is on. ${prefix} is the first level of the topics that are protected,
 * ${packet_max} what the broker takes without a `max_packet_size`. Without such a file, there may
 * be unasked subscriptions.
 */
struct bc_broker_config bc_broker_config_read(const char *prefix, uint32_t packet_max);

/* The same of the file at ${path}, for who isn't the broker. */
struct bc_broker_config bc_broker_config_read_file(
    const char *path, const char *prefix, uint32_t packet_max);

/* Is the plugin at ${path} this one? Told by its name, or, if it was given another, by the file. */
bool bc_broker_config_is_own(const char *path);

/**
 * bc_broker_config_fits(config, prefix, line, size):
 * Can this plugin protect what is below ${prefix} in a broker of that ${config}? If not, say in
 * line[0..${size}) what is in the way.
 */
bool bc_broker_config_fits(
    const struct bc_broker_config *config, const char *prefix, char *line, size_t size);

#endif
