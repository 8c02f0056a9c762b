/* The commands users, kick and disable. */
#include <stdio.h>
#include <time.h>

#include "messaging/shown.h"
#include "tools/live.h"
#include "json/operator_rows.h"

/* ---- users ---- */

static void print_day(const cJSON *row, const char *name, const char *before)
{
    char time[32];
    double ms = bc_live_number(row, name);

    if (ms > 0) {
        printf("%s%.10s", before, bc_tool_time((uint64_t)ms, time));
    }
}

static void print_user(const cJSON *row)
{
    char name[BC_SHOWN_NAME_MAX];

    printf("%-20s  %.0f messages  %.0f devices with tokens",
        bc_live_shown(row, "user", name, sizeof(name)), bc_live_number(row, "messages"),
        bc_live_number(row, "devices"));
    print_day(row, "seen", "  last seen ");
    if (bc_live_number(row, "connected") > 0) {
        printf("  %.0f connected", bc_live_number(row, "connected"));
    }
    print_day(row, "suspended", "  suspended until ");
    printf("\n");
}

static void print_token(const cJSON *row)
{
    char device[BC_SHOWN_NAME_MAX];

    printf("    device %s", bc_live_shown(row, "device", device, sizeof(device)));
    print_day(row, "created", "  since ");
    print_day(row, "used", "  last used ");
    print_day(row, "until", "  until ");
    printf("\n");
}

static void print_invite(const cJSON *row)
{
    char group[BC_SHOWN_NAME_MAX];

    printf(
        "    invitation %s  %.0f uses", bc_live_text(row, "invite"), bc_live_number(row, "uses"));
    print_day(row, "until", "  until ");
    if (bc_live_text(row, "group")[0] != '\0') {
        printf("  to %s", bc_live_shown(row, "group", group, sizeof(group)));
    }
    printf("\n");
}

static void print_row(const struct bc_tool *tool, const cJSON *row)
{
    const char *type = bc_live_text(row, "type");

    (void)tool;
    if (type[0] == 'u') {
        print_user(row);
    } else if (type[0] == 't') {
        print_token(row);
    } else {
        print_invite(row);
    }
}

static cJSON *next_row(
    const struct bc_tool *tool, const struct bc_view *view, uint64_t *at, enum bc_error *error)
{
    uint64_t now_ms = (uint64_t)time(NULL) * 1000;
    uint32_t user = 0;

    if (tool->operands[0] == NULL) {
        return bc_row_user(view, now_ms, at, error);
    }
    *error = bc_view_user(view, bc_bytes_text(tool->operands[0]), &user);
    if (*error == BC_OK && user == 0) {
        *error = BC_NOTFOUND;
    }
    return *error == BC_OK ? bc_row_of_user(view, user, now_ms, at, error) : NULL;
}

static enum bc_exit users_of_store(const struct bc_tool *tool)
{
    return bc_live_from_store(tool, &bc_live_users, next_row);
}

const struct bc_live bc_live_users = {
    .operands = { "user" }, .row = print_row, .offline = users_of_store
};

/* ---- kick ---- */

static void print_kicked(const struct bc_tool *tool, const cJSON *last)
{
    char name[BC_SHOWN_NAME_MAX];
    double connections = bc_live_number(last, "connections");

    (void)tool;
    printf("%s: %.0f connection%s ended\n", bc_live_shown(last, "user", name, sizeof(name)),
        connections, connections == 1 ? "" : "s");
}

const struct bc_live bc_live_kick = { .acts = true, .operands = { "user" }, .last = print_kicked };

/* ---- disable ---- */

static void print_disabled(const struct bc_tool *tool, const cJSON *last)
{
    char name[BC_SHOWN_NAME_MAX];

    (void)tool;
    printf("%s is suspended for good, and has no token, invitation or connection left\n",
        bc_live_shown(last, "user", name, sizeof(name)));
}

const struct bc_live bc_live_disable = {
    .acts = true, .operands = { "user" }, .last = print_disabled
};
