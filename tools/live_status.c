/* The command status. */
#include <stdio.h>

#include "tools/live.h"

static void last(const struct bc_tool *tool, const cJSON *answer)
{
    char started[32];

    printf("%-16s %s, version %s\n", "broker", tool->dir, bc_live_text(answer, "version"));
    printf("%-16s %s\n", "started",
        bc_tool_time((uint64_t)bc_live_number(answer, "started"), started));
    printf("%-16s %.0f, %.0f of them durable\n", "facts", bc_live_number(answer, "facts"),
        bc_live_number(answer, "durable"));
    printf("%-16s %.0f bytes\n", "waiting to go out", bc_live_number(answer, "outbox-bytes"));
}

const struct bc_live bc_live_status = { .last = last, .offline = bc_tool_stats };
