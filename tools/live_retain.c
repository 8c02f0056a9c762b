/* The command retain. */
#include <stdio.h>
#include <string.h>

#include "tools/live.h"

static void print_part(const struct bc_tool *tool, const cJSON *row)
{
    double days = bc_live_number(row, "days");
    double since = bc_live_number(row, "since");
    char time[32];

    (void)tool;
    printf("%-16s ", bc_live_text(row, "part"));
    if (days == 0) {
        printf("for ever");
    } else {
        printf("for %.0f day%s", days, days == 1 ? "" : "s");
    }
    if (since > 0) {
        printf("; those from before %s are gone, %.0f so far", bc_tool_time((uint64_t)since, time),
            bc_live_number(row, "ended"));
    }
    printf("%s\n", bc_live_flag(row, "due") ? "; going on" : "");
}

static void print_rest(const struct bc_tool *tool, const cJSON *last)
{
    char time[32];

    printf("%-16s %s%s\n", "by the clock of",
        bc_tool_time((uint64_t)bc_live_number(last, "time"), time),
        bc_live_flag(last, "doubted") ? ": the clock is further, and isn't believed for a day"
                                      : "");
    if (bc_live_flag(last, "doubted")) {
        printf("if the clock is right: backchannel retain %s --now\n", tool->dir);
    }
}

/* Something waits for somebody. */
static enum bc_exit code_of(const cJSON *last)
{
    return bc_live_flag(last, "doubted") ? BC_EXIT_PROBLEM : BC_EXIT_WELL;
}

const struct bc_live bc_live_retain = {
    .acts = true, .row = print_part, .last = print_rest, .code = code_of
};
