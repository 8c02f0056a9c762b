/* The command metrics: what the broker counts, in the text format that Prometheus reads. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "door/metric_text.h"
#include "tools/live.h"

static void print_row(const struct bc_tool *tool, const cJSON *row)
{
    (void)tool;
    bc_metric_print(stdout, row);
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
        bc_metric_print_up(stdout, code == BC_EXIT_WELL);
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
