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

bool bc_broker_config_is_per_listener(void)
{
    char *path = config_path();
    FILE *config = path != NULL ? fopen(path, "re") : NULL;
    char *line = NULL;
    size_t size = 0;
    char value[8];
    bool found = false;

    while (config != NULL && !found && getline(&line, &size, config) > 0) {
        found =
            sscanf(line, " per_listener_settings %7s", value) == 1 && strcmp(value, "true") == 0;
    }
    if (config != NULL) {
        (void)fclose(config);
    }
    free(line);
    free(path);
    return found;
}
