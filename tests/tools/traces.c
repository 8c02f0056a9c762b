#include "traces.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    WAIT_MS = 120000,
    STEP_US = 100000
};

static unsigned count_in_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    size_t len = 0;
    unsigned count = 0;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || ftell(file) <= 0) {
        if (file != NULL) {
            (void)fclose(file);
        }
        return 0; /* a socket, a directory, or empty */
    }
    len = (size_t)ftell(file);
    bytes = malloc(len);
    assert_non_null(bytes);
    rewind(file);
    len = fread(bytes, 1, len, file);
    (void)fclose(file);
    for (const char *at = bytes;
         (at = memmem(at, len - (size_t)(at - bytes), text, strlen(text))) != NULL; at++) {
        count++;
    }
    free(bytes);
    return count;
}

unsigned traces_in(const char *path, const char *text)
{
    DIR *dir = opendir(path);
    unsigned count = 0;

    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char file[4096];

        (void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        if (entry->d_type == DT_REG) {
            count += count_in_file(file, text);
        }
    }
    (void)closedir(dir);
    return count;
}

void traces_gone(const struct broker *b, const char *text)
{
    unsigned count = traces_in(life_data(b), text);

    if (count > 0) {
        fail_msg("\"%s\" is %u times in data_dir", text, count);
    }
}

void traces_wait(const struct broker *b, const char *command, const char *not_any_more)
{
    traces_wait_in(b, life_data(b), command, not_any_more);
}

void traces_wait_in(
    const struct broker *b, const char *data_dir, const char *command, const char *not_any_more)
{
    static struct tool_run run;
    int64_t deadline = now_ms() + WAIT_MS;
    char dir[512]; /* what is given may be good until the next call only */

    snprintf(dir, sizeof(dir), "%s", data_dir);
    do {
        tool_run(b, &run, command, dir, "--json", NULL);
        if (run.code != 0) {
            fail_msg("%s exits with %d: %s", command, run.code, run.text);
        }
        if (strstr(run.text, not_any_more) == NULL) {
            return;
        }
        (void)usleep(STEP_US);
    } while (now_ms() < deadline);
    fail_msg("it is still: %s", run.text);
}
