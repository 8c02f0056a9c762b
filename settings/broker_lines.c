#include "settings/broker_lines.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    bc_broker_line_fn *take;
    void *context;
    char *unreadable;
    size_t size;
    int error; /* why it can't be read; 0 if all can */
};

void bc_broker_line_trim(char *text)
{
    size_t end = strlen(text);

    while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t')) {
        text[--end] = '\0';
    }
}

/* What errno says of ${path}, if it is the first that can't be read. */
static void add_unreadable(const char *path, struct reading *reading)
{
    if (reading->error == 0) {
        reading->error = errno;
        (void)snprintf(reading->unreadable, reading->size, "%s", path);
    }
}

/* Read the file at ${path} line by line. */
static void read_file(
    const char *path, bc_broker_line_fn *take, void *context, struct reading *reading)
{
    struct bc_broker_line line = { .file = path };
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t size = 0;

    if (file == NULL) {
        add_unreadable(path, reading);
        return;
    }
    errno = 0;
    while (getline(&text, &size, file) > 0) {
        line.number++;
        line.text = text;
        take(context, &line);
    }
    if (ferror(file) != 0) {
        add_unreadable(path, reading);
    }
    free(text);
    (void)fclose(file);
}

static int is_included(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > strlen(".conf") && strcmp(entry->d_name + len - strlen(".conf"), ".conf") == 0;
}

/* Every file of ${dir} whose name ends in .conf, in order; their own include_dir is nobody's. */
static void read_included(const char *dir, struct reading *reading)
{
    struct dirent **entries = NULL;
    int count = scandir(dir, &entries, is_included, alphasort);

    if (count < 0) {
        add_unreadable(dir, reading);
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name) < sizeof(path)) {
            read_file(path, reading->take, reading->context, reading);
        } else {
            errno = ENAMETOOLONG;
            add_unreadable(dir, reading);
        }
        free(entries[i]);
    }
    free(entries);
}

/* A line of the main file. */
static void take_main_line(void *context, const struct bc_broker_line *line)
{
    struct reading *reading = context;
    char dir[PATH_MAX];

    reading->take(reading->context, line);
    if (sscanf(line->text, " include_dir %4095[^\r\n]", dir) == 1) {
        bc_broker_line_trim(dir);
        read_included(dir, reading);
    }
}

bool bc_broker_lines(
    const char *path, bc_broker_line_fn *take, void *context, char *unreadable, size_t size)
{
    struct reading reading = {
        .take = take, .context = context, .unreadable = unreadable, .size = size
    };

    unreadable[0] = '\0';
    read_file(path, take_main_line, &reading, &reading);
    errno = reading.error;
    return reading.error == 0;
}
