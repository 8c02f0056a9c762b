/* The file is named on the command line, which /proc/self has. */
#include "broker-plugin/broker_config.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool is_own(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strcmp(slash != NULL ? slash + 1 : path, OWN_FILE) == 0;
}

/* A line that loads the plugin at ${path}. The broker asks plugins in the order of their lines. */
static void read_plugin(const char *path, struct bc_broker_config *config)
{
    if (is_own(path)) {
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

/* A line that loads a plugin under the name ${name}, for listeners that name it. */
static void read_loaded(const char *name, const char *line, struct bc_broker_config *config)
{
    char path[PATH_MAX] = "";

    if (sscanf(line, " %*s %*s %4095s", path) == 1 && is_own(path)) {
        (void)snprintf(config->loaded_as, sizeof(config->loaded_as), "%s", name);
    }
}

static void read_line(const char *line, struct bc_broker_config *config)
{
    char name[32] = "";
    char value[PATH_MAX] = "";

    if (sscanf(line, " %31s %4095s", name, value) < 1) {
        return;
    }
    read_value(name, value, config);
    if (strcmp(name, "plugin_load") == 0) {
        read_loaded(value, line, config);
    }
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (strcmp(name, settings[i].name) == 0 && (!settings[i].has_switch || is_on(value))) {
            config->per_listener |= settings[i].means.per_listener;
            config->unasked_subscriptions |= settings[i].means.unasked_subscriptions;
        }
    }
}

/* Read the file at ${path} line by line; one that can't be read may say that sessions are kept. */
static void read_file(const char *path, void (*take)(const char *, struct bc_broker_config *),
    struct bc_broker_config *config)
{
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    char *line = NULL;
    size_t size = 0;

    if (file == NULL) {
        config->unasked_subscriptions = true;
        return;
    }
    while (getline(&line, &size, file) > 0) {
        take(line, config);
    }
    free(line);
    (void)fclose(file);
}

static int is_included(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > strlen(".conf") && strcmp(entry->d_name + len - strlen(".conf"), ".conf") == 0;
}

/* Every file of ${dir} whose name ends in .conf, in order; their own include_dir is nobody's. */
static void read_included(const char *dir, struct bc_broker_config *config)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_included, alphasort);

    if (count < 0) {
        config->unasked_subscriptions = true;
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        (void)snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
        read_file(path, read_line, config);
        free(entries[i]);
    }
    free(entries);
}

/* A line of the main file. */
static void read_main_line(const char *line, struct bc_broker_config *config)
{
    char dir[PATH_MAX];

    read_line(line, config);
    if (sscanf(line, " include_dir %4095[^\r\n]", dir) == 1) {
        for (size_t end = strlen(dir); end > 0 && dir[end - 1] == ' '; end--) {
            dir[end - 1] = '\0';
        }
        read_included(dir, config);
    }
}

struct bc_broker_config bc_broker_config_read(uint32_t packet_max)
{
    struct bc_broker_config config = { .packet_max = packet_max };
    char *path = config_path();

    read_file(path, read_main_line, &config);
    free(path);
    return config;
}

bool bc_broker_config_fits(
    const struct bc_broker_config *config, const char *prefix, char *line, size_t size)
{
    if (config->per_listener) {
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
