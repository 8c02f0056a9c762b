/* The password file has a line for each; dynamic-security's file is JSON. */
#include "broker-plugin/signin/names_taken.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker-plugin/context.h"

/* What is read of dynamic-security's file. */
#define FILE_MAX (64L * 1024 * 1024)

static FILE *open_file(const char *path)
{
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        bc_plugin_log(MOSQ_LOG_WARNING, "%s can't be read, so nobody comes by an invitation: %s",
            path, strerror(errno));
    }
    return file;
}

static bool in_password_file(const char *path, const char *name)
{
    FILE *file = open_file(path);
    size_t len = strlen(name);
    char *line = NULL;
    size_t size = 0;
    bool found = file == NULL;

    while (!found && getline(&line, &size, file) > 0) {
        found = strncmp(line, name, len) == 0 && line[len] == ':';
    }
    free(line);
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

/* All of ${file} as JSON; NULL if it isn't that, or memory is short. */
static cJSON *parse(FILE *file)
{
    cJSON *json = NULL;
    char *text = NULL;
    long len = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;

    if (len >= 0 && len <= FILE_MAX && fseek(file, 0, SEEK_SET) == 0) {
        text = malloc((size_t)len + 1);
    }
    if (text != NULL && fread(text, 1, (size_t)len, file) == (size_t)len) {
        json = cJSON_ParseWithLength(text, (size_t)len);
    }
    free(text);
    return json;
}

static bool in_clients_file(const char *path, const char *name)
{
    FILE *file = open_file(path);
    cJSON *json = file != NULL ? parse(file) : NULL;
    const cJSON *clients = cJSON_GetObjectItemCaseSensitive(json, "clients");
    const cJSON *client;
    bool found = json == NULL;

    cJSON_ArrayForEach(client, clients)
    {
        const char *is = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(client, "username"));

        found = found || (is != NULL && strcmp(is, name) == 0);
    }
    cJSON_Delete(json);
    if (file != NULL) {
        (void)fclose(file);
    }
    return found;
}

bool bc_names_taken(const struct bc_names_taken *files, const char *name)
{
    return (files->password_file[0] != '\0' && in_password_file(files->password_file, name)) ||
           (files->clients_file[0] != '\0' && in_clients_file(files->clients_file, name));
}
