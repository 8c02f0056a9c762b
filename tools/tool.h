/* What the commands of `backchannel` share. */
#ifndef BC_TOOLS_TOOL_H
#define BC_TOOLS_TOOL_H

#include "storage/snapshot.h"

/* Exit codes. */
enum bc_exit {
    BC_EXIT_WELL = 0,
    BC_EXIT_PROBLEM = 1, /* check or test-config found something */
    BC_EXIT_FAILED = 2   /* it could not be done */
};

/* What a command takes behind DIR. */
#define BC_OPERANDS_MAX 2

/* The command line, read. What isn't given is NULL, or false. */
struct bc_tool {
    const char *command;
    const char *dir;
    const char *operands[BC_OPERANDS_MAX]; /* behind it */
    const char *user;                      /* of dump, NULL for everybody, and of erase */
    const char *with;
    const char *group;
    const char *textfile; /* of metrics */
    const char *days;     /* of acts ... */
    const char *reason;
    const char *uses;
    const char *message; /* of erase */
    bool wait;
    bool now;
    bool resolved; /* of reports */
    bool json;
    bool quiet;
};

/*
 * The commands. Each prints what it finds on stdout, problems included, and one sentence on stderr
 * if it could not be done.
 */
enum bc_exit bc_tool_check(const struct bc_tool *tool);
enum bc_exit bc_tool_dump(const struct bc_tool *tool);
enum bc_exit bc_tool_stats(const struct bc_tool *tool);
enum bc_exit bc_tool_backup(const struct bc_tool *tool);
enum bc_exit bc_tool_metrics(const struct bc_tool *tool);
enum bc_exit bc_tool_test_config(const struct bc_tool *tool); /* DIR is a file */
enum bc_exit bc_tool_export(const struct bc_tool *tool);

/* "backchannel: " and the sentence, on stderr. Returns BC_EXIT_FAILED. */
enum bc_exit bc_tool_failed(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A bc_log_fn: the same for a line. */
void bc_tool_say(void *context, bool warning, const char *line);

/* Up to where the tables go: the last fact in them, and its time. */
const char *bc_tool_as_of(const struct bc_meta *meta, char text[64]);

/* The time ${ms} as "2026-01-31 12:00:00 UTC"; "never" for 0. */
const char *bc_tool_time(uint64_t ms, char text[32]);

#endif
