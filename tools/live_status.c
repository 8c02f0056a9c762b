/* The commands status, health, reload and log-level. */
#include <stdio.h>
#include <string.h>

#include "tools/live.h"

static void print_log(const cJSON *log)
{
    printf("%-16s broker %.0f of %.0f, row %.0f %.1f s ago; %.0f standbys\n", "log",
        bc_live_number(log, "node"), bc_live_number(log, "brokers"), bc_live_number(log, "row"),
        bc_live_number(log, "age-ms") / 1000, bc_live_number(log, "standbys"));
    if (bc_live_number(log, "rules") < bc_live_number(log, "newest-rules")) {
        printf("%-16s rules %.0f hold, until all brokers know %.0f\n", "",
            bc_live_number(log, "rules"), bc_live_number(log, "newest-rules"));
    }
    if (bc_live_number(log, "waiting-bytes") > 0) {
        printf("%-16s %.0f bytes wait, for %.1f s\n", "", bc_live_number(log, "waiting-bytes"),
            bc_live_number(log, "waiting-ms") / 1000);
    }
    if (cJSON_HasObjectItem(log, "sentence")) {
        printf("%-16s %s: %s\n", "", bc_live_text(log, "problem"), bc_live_text(log, "sentence"));
    }
}

static void print_status(const struct bc_tool *tool, const cJSON *answer)
{
    char started[32];

    printf("%-16s %s, version %s\n", "broker", tool->dir, bc_live_text(answer, "version"));
    printf("%-16s %s\n", "started",
        bc_tool_time((uint64_t)bc_live_number(answer, "started"), started));
    printf("%-16s %.0f users by %.0f devices\n", "connected",
        bc_live_number(answer, "connected-users"), bc_live_number(answer, "connected-devices"));
    printf("%-16s %.0f, %.0f of them durable\n", "facts", bc_live_number(answer, "facts"),
        bc_live_number(answer, "durable"));
    printf("%-16s %.0f bytes\n", "waiting to go out", bc_live_number(answer, "outbox-bytes"));
    printf("%-16s %.0f s ago\n", "last checkpoint", bc_live_number(answer, "checkpoint-age"));
    printf("%-16s %.0f, %.0f users, %.0f groups then\n", "messages",
        bc_live_number(answer, "messages"), bc_live_number(answer, "users"),
        bc_live_number(answer, "groups"));
    if (bc_live_number(answer, "ended") > 0) {
        printf("%-16s %.0f messages and events so far\n", "ended by itself",
            bc_live_number(answer, "ended"));
    }
    printf("%-16s %.0f MB\n", "room on the disk", bc_live_number(answer, "disk-free") / 1e6);
    printf("%-16s %s\n", "gather_writes", bc_live_text(answer, "gather-writes"));
    if (cJSON_HasObjectItem(answer, "log")) {
        print_log(cJSON_GetObjectItemCaseSensitive(answer, "log"));
    }
}

const struct bc_live bc_live_status = { .last = print_status, .offline = bc_tool_stats };

static void print_health(const struct bc_tool *tool, const cJSON *answer)
{
    const cJSON *problem;

    (void)tool;
    if (bc_live_flag(answer, "ready")) {
        printf("ready\n");
    }
    cJSON_ArrayForEach(problem, cJSON_GetObjectItemCaseSensitive(answer, "problems"))
    {
        printf("not ready: %s\n", bc_live_text(problem, "sentence"));
    }
}

static enum bc_exit health_code(const cJSON *answer)
{
    return bc_live_flag(answer, "ready") ? BC_EXIT_WELL : BC_EXIT_PROBLEM;
}

static enum bc_exit nobody_is_there(const struct bc_tool *tool)
{
    if (tool->json) {
        printf("{\"ok\":true,\"ready\":false,\"problems\":[{\"problem\":\"broker\",\"sentence\":"
               "\"no broker runs\"}]}\n");
    } else {
        printf("not ready: no broker runs on %s\n", tool->dir);
    }
    return BC_EXIT_PROBLEM;
}

const struct bc_live bc_live_health = {
    .last = print_health, .code = health_code, .offline = nobody_is_there
};

static void print_reloaded(const struct bc_tool *tool, const cJSON *last)
{
    (void)tool;
    if (!bc_live_flag(last, "read")) {
        printf("there is no limits_file to be read again\n");
        return;
    }
    printf("read again: %.0f changed, %.0f wrong%s\n", bc_live_number(last, "changed"),
        bc_live_number(last, "wrong"),
        bc_live_number(last, "wrong") > 0 ? ", so nothing is different: the broker's log says what"
                                          : "; the broker's log says what");
}

static enum bc_exit reload_code(const cJSON *last)
{
    return bc_live_number(last, "wrong") > 0 ? BC_EXIT_PROBLEM : BC_EXIT_WELL;
}

const struct bc_live bc_live_reload = { .acts = true, .last = print_reloaded, .code = reload_code };

static void print_level(const struct bc_tool *tool, const cJSON *last)
{
    (void)tool;
    printf("the log has %s from now on\n", strcmp(bc_live_text(last, "level"), "info") == 0
                                               ? "each request and refusal"
                                               : "what an operator needs to know");
}

const struct bc_live bc_live_log_level = {
    .acts = true, .operands = { "level" }, .last = print_level
};
