/* The commands invite, revoke-token and revoke-invite. */
#include <stdio.h>

#include "messaging/shown.h"
#include "tools/live.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum bc_exit ask_invite(const struct bc_tool *tool, cJSON *request)
{
    const struct bc_live_field fields[] = {
        { "user", tool->operands[0], false },
        { "days", tool->days, true },
        { "uses", tool->uses, true },
        { "group", tool->group, false },
    };

    return bc_live_ask(request, fields, COUNT(fields));
}

/* The invitation alone on the standard output: for who pipes it on. */
static void print_invitation(const struct bc_tool *tool, const cJSON *last)
{
    char until[32];

    (void)tool;
    (void)fprintf(stderr, "good until %s, for %.0f; it is shown this once\n",
        bc_tool_time((uint64_t)bc_live_number(last, "until"), until), bc_live_number(last, "uses"));
    printf("%s\n", bc_live_text(last, "invite"));
}

static enum bc_exit ask_revoke_token(const struct bc_tool *tool, cJSON *request)
{
    const struct bc_live_field fields[] = {
        { "user", tool->operands[0], false },
        { "device", tool->operands[1], false },
    };

    return bc_live_ask(request, fields, COUNT(fields));
}

static enum bc_exit ask_revoke_invite(const struct bc_tool *tool, cJSON *request)
{
    const struct bc_live_field fields[] = {
        { "user", tool->operands[0], false },
        { "invite", tool->operands[1], false },
    };

    return bc_live_ask(request, fields, COUNT(fields));
}

static void print_revoked(const struct bc_tool *tool, const cJSON *last)
{
    char name[BC_SHOWN_NAME_MAX];

    printf(
        "%s of %s is ended\n", tool->operands[1], bc_live_shown(last, "user", name, sizeof(name)));
}

const struct bc_live bc_live_invite = { .acts = true, .ask = ask_invite, .last = print_invitation };
const struct bc_live bc_live_revoke_token = {
    .acts = true, .ask = ask_revoke_token, .last = print_revoked
};
const struct bc_live bc_live_revoke_invite = {
    .acts = true, .ask = ask_revoke_invite, .last = print_revoked
};
