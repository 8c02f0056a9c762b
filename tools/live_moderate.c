/* The commands suspend, unsuspend, reports and resolve. */
#include <stdio.h>

#include "messaging/report.h"
#include "messaging/shown.h"
#include "tools/live.h"
#include "json/operator_rows.h"

/* The beginning of a text of somebody's, as it is shown. */
#define SHOWN_MAX 400

/* ---- suspend and unsuspend ---- */

static void print_until(const cJSON *last)
{
    char until[32];
    double ms = bc_live_number(last, "until");

    if (ms > 0) {
        printf(" until %s", bc_tool_time((uint64_t)ms, until));
    }
    printf("\n");
}

static void print_suspended(const struct bc_tool *tool, const cJSON *last)
{
    char name[BC_SHOWN_NAME_MAX];

    (void)tool;
    printf("%s is suspended", bc_live_shown(last, "user", name, sizeof(name)));
    print_until(last);
}

static void print_unsuspended(const struct bc_tool *tool, const cJSON *last)
{
    char name[BC_SHOWN_NAME_MAX];

    (void)tool;
    printf("%s %s\n", bc_live_shown(last, "user", name, sizeof(name)),
        bc_live_flag(last, "changed") ? "is no longer suspended" : "was not suspended");
}

const struct bc_live bc_live_suspend = {
    .acts = true, .operands = { "user" }, .last = print_suspended
};
const struct bc_live bc_live_unsuspend = {
    .acts = true, .operands = { "user" }, .last = print_unsuspended
};

/* ---- reports ---- */

static void print_named(const cJSON *row, const char *before, const char *field)
{
    char shown[SHOWN_MAX];

    if (bc_live_text(row, field)[0] != '\0') {
        printf("%s%s", before, bc_live_shown(row, field, shown, sizeof(shown)));
    }
}

/* What can be read of it; the rest is there with --json. */
static void print_evidence(const cJSON *message)
{
    char time[32];

    printf("    %s", bc_tool_time((uint64_t)bc_live_number(message, "time"), time));
    print_named(message, "  ", "from");
    print_named(message, ": ", "payload");
    if (bc_live_text(message, "payload")[0] == '\0') {
        print_named(message, ": ", "kind");
    }
    printf("\n");
}

static void print_report(const struct bc_tool *tool, const cJSON *row)
{
    const cJSON *resolution = cJSON_GetObjectItemCaseSensitive(row, "resolution");
    const cJSON *message;
    char time[32];

    (void)tool;
    printf("%s  %s  %s", bc_live_text(row, "report"),
        bc_tool_time((uint64_t)bc_live_number(row, "time"), time), bc_live_text(row, "reason"));
    print_named(row, "  by ", "by");
    print_named(row, "  about ", "user");
    print_named(row, "  in the group ", "group");
    print_named(row, "\n    note: ", "note");
    printf("\n");
    cJSON_ArrayForEach(message, cJSON_GetObjectItemCaseSensitive(row, "evidence"))
    {
        print_evidence(message);
    }
    if (resolution != NULL) {
        printf("    %s: %s", bc_tool_time((uint64_t)bc_live_number(resolution, "time"), time),
            bc_live_text(resolution, "action"));
        print_named(resolution, " by ", "by");
        print_named(resolution, ": ", "note");
        printf("\n");
    }
}

static cJSON *next_report(
    const struct bc_tool *tool, const struct bc_view *view, uint64_t *at, enum bc_error *error)
{
    return bc_row_report(view, tool->resolved, at, error);
}

static enum bc_exit reports_of_store(const struct bc_tool *tool)
{
    return bc_live_from_store(tool, &bc_live_reports, next_report);
}

const struct bc_live bc_live_reports = { .row = print_report, .offline = reports_of_store };

/* ---- resolve ---- */

static void print_resolved(const struct bc_tool *tool, const cJSON *last)
{
    (void)tool;
    printf("%s: %s", bc_live_text(last, "report"), bc_live_text(last, "action"));
    print_named(last, " ", "user");
    print_until(last);
}

const struct bc_live bc_live_resolve = {
    .acts = true, .operands = { "report", "action" }, .last = print_resolved
};
