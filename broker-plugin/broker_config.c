/* The file is named on the command line, which /proc/self has. */
#include "broker-plugin/broker_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The settings that matter, and what they mean when they are switched on, or, without a switch, are
 * there. */
static const struct {
    const char *name;
    bool has_switch;
    struct bc_broker_config means;
} settings[] = {
    { "per_listener_settings", true, { .per_listener = true } },
    { "persistence", true, { .unasked_subscriptions = true } },
    { "connection", false, { .unasked_subscriptions = true } },
    { "include_dir", false, { .unasked_subscriptions = true } },
};

/* As the broker reads its switches. */
static bool is_on(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static void read_line(const char *line, struct bc_broker_config *config)
{
    char name[32] = "";
    char value[8] = "";

    if (sscanf(line, " %31s %7s", name, value) < 1) {
        return;
    }
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
        if (strcmp(name, settings[i].name) == 0 && (!settings[i].has_switch || is_on(value))) {
            config->per_listener |= settings[i].means.per_listener;
            config->unasked_subscriptions |= settings[i].means.unasked_subscriptions;
        }
    }
}

struct bc_broker_config bc_broker_config_read(void)
{
    struct bc_broker_config config = { .unasked_subscriptions = false };
    char *path = config_path();
    FILE *file = path != NULL ? fopen(path, "re") : NULL;
    char *line = NULL;
    size_t size = 0;

    if (file == NULL) {
        config.unasked_subscriptions = true;
    } else {
        while (getline(&line, &size, file) > 0) {
            read_line(line, &config);
        }
        (void)fclose(file);
    }
    free(line);
    free(path);
    return config;
}
