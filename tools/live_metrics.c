/* The command metrics: what the broker counts, in the text format that Prometheus reads. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/live.h"

/* In a label's value these three are escaped. */
static void put_escaped(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            (void)fputs("\\n", stdout);
        } else {
            printf(*text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
        }
    }
}

static void put_metric(const char *name, const char *kind, const char *help)
{
    printf("# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void print_row(const struct bc_tool *tool, const cJSON *row)
{
    const char *name = bc_live_text(row, "name");
    const cJSON *sample;

    (void)tool;
    put_metric(name, bc_live_text(row, "kind"), bc_live_text(row, "help"));
    cJSON_ArrayForEach(sample, cJSON_GetObjectItemCaseSensitive(row, "samples"))
    {
        const char *label = bc_live_text(sample, "label");

        printf("%s%s", name, bc_live_text(sample, "suffix"));
        if (label[0] != '\0') {
            printf("{%s=\"", label);
            put_escaped(bc_live_text(sample, "of"));
            printf("\"}");
        }
        printf(" %.17g\n", bc_live_number(sample, "value"));
    }
}

static void print_up(bool up)
{
    put_metric("backchannel_up", "gauge", "1 if the broker answers.");
    printf("backchannel_up %d\n", up ? 1 : 0);
}

static enum bc_exit nobody_is_there(const struct bc_tool *tool)
{
    return bc_tool_failed("no broker runs on %s", tool->dir);
}

static const struct bc_live live = { .row = print_row, .offline = nobody_is_there };

static enum bc_exit print(const struct bc_tool *tool)
{
    enum bc_exit code = bc_live_run(tool, &live);

    if (!tool->json) {
        print_up(code == BC_EXIT_WELL);
    }
    return fflush(stdout) == 0 ? code : bc_tool_failed("the output can't be written");
}

/* Whoever reads the file sees all of it, before or after. */
static enum bc_exit print_into(const struct bc_tool *tool, const char *path)
{
    char fresh[PATH_MAX];
    int fd;
    enum bc_exit code;

    if (snprintf(fresh, sizeof(fresh), "%s.%ld", path, (long)getpid()) >= (int)sizeof(fresh)) {
        return bc_tool_failed("%s has too long a path", path);
    }
    fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
        S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        return bc_tool_failed("%s can't be written: %s", fresh, strerror(errno));
    }
    (void)close(fd);
    code = print(tool);
    if (ferror(stdout) || rename(fresh, path) != 0) {
        (void)unlink(fresh);
        return bc_tool_failed("%s can't be written: %s", path, strerror(errno));
    }
    return code;
}

enum bc_exit bc_tool_metrics(const struct bc_tool *tool)
{
    return tool->textfile != NULL ? print_into(tool, tool->textfile) : print(tool);
}
