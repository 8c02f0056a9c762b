/* The file is named on the command line, which /proc/self has. */
#include "settings/broker_config.h"
#include "messaging/shown.h"
#include "settings/broker_lines.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OWN_FILE "mosquitto_backchannel.so"

/* The argument behind -c or --config-file, to be freed; NULL if there is none. */
static char *config_path(void)
{
    FILE *arguments = fopen("/proc/self/cmdline", "re");
    char *argument = NULL;
    char *path = NULL;
    size_t size = 0;
    bool next = false;

    if (arguments == NULL) {
        return NULL;
    }
    while (path == NULL && getdelim(&argument, &size, '\0', arguments) > 0) {
        if (next) {
            path = strdup(argument);
        }
        next = strcmp(argument, "-c") == 0 || strcmp(argument, "--config-file") == 0;
    }
    free(argument);
    (void)fclose(arguments);
    return path;
}

/* The switches that matter, and what they mean when they are switched on, or, without a switch, are
 * there. */
static const struct {
    const char *name;
    bool has_switch;
    struct bc_broker_config means;
} settings[] = {
    { "per_listener_settings", true, { .per_listener = true } },
    { "persistence", true, { .unasked_subscriptions = true } },
    { "connection", false, { .unasked_subscriptions = true } },
};

/* As the broker reads its switches. */
static bool is_on(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

bool bc_broker_config_is_own(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct stat named;
    struct stat own;
    Dl_info info;

    if (strcmp(slash != NULL ? slash + 1 : path, OWN_FILE) == 0) {
        return true;
    }
    return dladdr((const void *)settings, &info) != 0 && stat(path, &named) == 0 &&
           stat(info.dli_fname, &own) == 0 && named.st_dev == own.st_dev &&
           named.st_ino == own.st_ino;
}

/* A line that loads the plugin at ${path}. The broker asks plugins in the order of their lines. */
static void read_plugin(const char *path, struct bc_broker_config *config)
{
    if (bc_broker_config_is_own(path)) {
        config->listed++;
    } else if (config->listed == 0) {
        config->others_first++;
    }
}

static uint32_t read_size(const char *value)
{
    long long size = strtoll(value, NULL, 10);

    return size > 0 && size < UINT32_MAX ? (uint32_t)size : 0;
}

static void read_value(const char *name, const char *value, struct bc_broker_config *config)
{
    if (strcmp(name, "plugin") == 0 || strcmp(name, "auth_plugin") == 0 ||
        strcmp(name, "global_plugin") == 0) {
        read_plugin(value, config);
    } else if (strcmp(name, "password_file") == 0) {
        (void)snprintf(
            config->names.password_file, sizeof(config->names.password_file), "%s", value);
    } else if (strcmp(name, "plugin_opt_config_file") == 0) {
        (void)snprintf(config->names.clients_file, sizeof(config->names.clients_file), "%s", value);
    } else if (strcmp(name, "mount_point") == 0) {
        (void)snprintf(config->mount_point, sizeof(config->mount_point), "%s", value);
    } else if (strcmp(name, "max_packet_size") == 0) {
        config->packet_max = read_size(value);
    } else if (strcmp(name, "message_size_limit") == 0) {
        config->message_max = read_size(value);
    } else if (strcmp(name, "max_inflight_messages") == 0) {
        config->inflight_max = read_size(value);
    } else if (strcmp(name, "max_queued_messages") == 0) {
        config->queues_unlimited = read_size(value) == 0;
    }
}

/* A line that loads a plugin under a name, for listeners that name it. */
static void read_loaded(const char *line, struct bc_broker_config *config)
{
    char name[64] = "";
    char path[PATH_MAX] = "";

    if (sscanf(line, " %*s %63s %4095[^\r\n]", name, path) == 2) {
        bc_broker_line_trim(path);
        if (bc_broker_config_is_own(path)) {
            (void)snprintf(config->loaded_as, sizeof(config->loaded_as), "%s", name);
        }
    }
}

/* What is read, and by what it is judged. */
struct reading {
    const char *prefix;
    struct bc_broker_config *config;
};

/*
 * Does the local side of a bridge's topic reach below the prefix? It is two words put together, of
 * which "" is an empty one.
 */
static bool is_below(const char *before, const char *pattern, const char *prefix)
{
    char topic[PATH_MAX];
    size_t len;

    (void)snprintf(topic, sizeof(topic), "%s%s", strcmp(before, "\"\"") == 0 ? "" : before,
        strcmp(pattern, "\"\"") == 0 ? "" : pattern);
    len = strcspn(topic, "/");
    return strcmp(topic, "#") == 0 || (len == 1 && topic[0] == '+') ||
           (len == strlen(prefix) && strncmp(topic, prefix, len) == 0);
}

/* topic pattern [direction [qos [local prefix [remote prefix]]]] */
static void read_bridged(const char *line, const struct reading *reading)
{
    char pattern[1024] = "";
    char local[1024] = "";
    int read = sscanf(line, " topic %1023s %*s %*s %1023s", pattern, local);

    if (read >= 1 && reading->config->bridged[0] == '\0' &&
        is_below(local, pattern, reading->prefix)) {
        (void)bc_shown_line(
            line + strspn(line, " \t"), reading->config->bridged, sizeof(reading->config->bridged));
        reading->config->bridged[strcspn(reading->config->bridged, "\\\r\n")] = '\0';
    }
}

static void read_line(const char *line, const struct reading *reading)
{
    struct bc_broker_config *config = reading->config;
    char name[32] = "";
    char value[PATH_MAX] = "";

    /* A value is the rest of the line: the names of files may have blanks in them. */
    if (sscanf(line, " %31s %4095[^\r\n]", name, value) < 1) {
        return;
    }
    bc_broker_line_trim(value);
    if (strcmp(name, "topic") == 0) {
        read_bridged(line, reading);
    }
    read_value(name, value, config);
    if (strcmp(name, "plugin_load") == 0) {
        read_loaded(line, config);
    }
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (strcmp(name, settings[i].name) == 0 && (!settings[i].has_switch || is_on(value))) {
            config->per_listener |= settings[i].means.per_listener;
            config->unasked_subscriptions |= settings[i].means.unasked_subscriptions;
        }
    }
}

static void take_line(void *context, const struct bc_broker_line *line)
{
    read_line(line->text, context);
}

struct bc_broker_config bc_broker_config_read_file(
    const char *path, const char *prefix, uint32_t packet_max)
{
    struct bc_broker_config config = { .packet_max = packet_max };
    struct reading reading = { .prefix = prefix, .config = &config };

    if (!bc_broker_lines(path, take_line, &reading, config.unreadable, sizeof(config.unreadable))) {
        config.unreadable_errno = errno;
    }
    return config;
}

struct bc_broker_config bc_broker_config_read(const char *prefix, uint32_t packet_max)
{
    struct bc_broker_config config = { .packet_max = packet_max, .unasked_subscriptions = true };
    char *path = config_path();

    if (path != NULL) {
        config = bc_broker_config_read_file(path, prefix, packet_max);
    }
    free(path);
    return config;
}

bool bc_broker_config_fits(
    const struct bc_broker_config *config, const char *prefix, char *line, size_t size)
{
    if (config->unreadable[0] != '\0') {
        (void)snprintf(line, size,
            "the broker's configuration can't be read, so nobody knows whether it leaves %s/ open: "
            "%.200s: %s. Mosquitto has given up root by now: let its user read it (chgrp mosquitto "
            "and chmod g+r; a folder g+rx)",
            prefix, config->unreadable, strerror(config->unreadable_errno));
    } else if (config->bridged[0] != '\0') {
        (void)snprintf(line, size,
            "a bridge reaches below %s/, where the broker asks nobody whether it may: \"%s\"; let "
            "its topics begin with something else",
            prefix, config->bridged);
    } else if (config->per_listener) {
        (void)snprintf(line, size,
            "per_listener_settings true is not supported: what is below %s/ would be open to other "
            "listeners' clients",
            prefix);
    } else if (config->mount_point[0] != '\0') {
        (void)snprintf(line, size,
            "mount_point %s is not supported, for any listener: its clients' topics would begin "
            "with that instead of %s/, and what is below %s/ would be open to them",
            config->mount_point, prefix, prefix);
    } else if (config->loaded_as[0] != '\0') {
        (void)snprintf(line, size,
            "plugin_load %s is not supported: what is below %s/ would be open to the clients of "
            "listeners without plugin_use %s; load " OWN_FILE " with plugin or global_plugin",
            config->loaded_as, prefix, config->loaded_as);
    } else if (config->listed > 1) {
        (void)snprintf(line, size,
            "the broker's configuration has %u plugin lines with " OWN_FILE ": keep one of them",
            config->listed);
    } else {
        return true;
    }
    return false;
}
