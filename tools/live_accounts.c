/* The commands invite, revoke-token and revoke-invite. */
#include <stdio.h>

#include "messaging/shown.h"
#include "tools/live.h"

/* The invitation alone on the standard output: for who pipes it on. */
static void print_invitation(const struct bc_tool *tool, const cJSON *last)
{
    char until[32];

    (void)tool;
    (void)fprintf(stderr, "good until %s, for %.0f; it is shown this once\n",
        bc_tool_time((uint64_t)bc_live_number(last, "until"), until), bc_live_number(last, "uses"));
    printf("%s\n", bc_live_text(last, "invite"));
}

static void print_revoked(const struct bc_tool *tool, const cJSON *last)
{
    char name[BC_SHOWN_NAME_MAX];

    printf(
        "%s of %s is ended\n", tool->operands[1], bc_live_shown(last, "user", name, sizeof(name)));
}

const struct bc_live bc_live_invite = {
    .acts = true, .operands = { "user" }, .last = print_invitation
};
const struct bc_live bc_live_revoke_token = {
    .acts = true, .operands = { "user", "device" }, .last = print_revoked
};
const struct bc_live bc_live_revoke_invite = {
    .acts = true, .operands = { "user", "invite" }, .last = print_revoked
};
