/* Requests at the door: read, found in the table of verbs, answered. */
#include "broker-plugin/operator/operate.h"

#include <stdlib.h>

#include "broker-plugin/arguments.h"
#include "door/door_words.h"

static const struct bc_verb verbs[] = {
    { .name = "disable", .run = bc_verb_disable },
    { .name = "erase", .run = bc_verb_erase },
    { .name = "erasures", .run = bc_verb_erasures },
    { .name = "health", .run = bc_verb_health },
    { .name = "invite",
        .ask = bc_act_invite,
        .took = bc_acted_account,
        .answer = bc_acted_invite,
        .action = BC_INVITE_CREATE },
    { .name = "kick", .run = bc_verb_kick },
    { .name = "log-level", .run = bc_verb_log_level },
    { .name = "metrics", .run = bc_verb_metrics },
    { .name = "reload", .run = bc_verb_reload },
    { .name = "reports", .run = bc_verb_reports },
    { .name = "resolve",
        .ask = bc_act_resolve,
        .took = bc_acted_moderate,
        .answer = bc_acted_resolve,
        .action = BC_RESOLVE },
    { .name = "retain", .run = bc_verb_retain },
    { .name = "revoke-invite",
        .ask = bc_act_revoke_invite,
        .took = bc_acted_account,
        .answer = bc_acted_revoked,
        .action = BC_INVITE_REVOKE },
    { .name = "revoke-token",
        .ask = bc_act_revoke_token,
        .took = bc_acted_revoke_token,
        .answer = bc_acted_revoked,
        .action = BC_TOKEN_REVOKE },
    { .name = "status", .run = bc_verb_status },
    { .name = "suspend",
        .ask = bc_act_suspend,
        .took = bc_acted_moderate,
        .answer = bc_acted_suspend,
        .action = BC_MODERATE },
    { .name = "unsuspend",
        .ask = bc_act_unsuspend,
        .took = bc_acted_moderate,
        .answer = bc_acted_suspend,
        .action = BC_MODERATE },
    { .name = "users", .run = bc_verb_users },
};

static const char greeting[] = "{\"backchannel\":\"" BACKCHANNEL_VERSION "\",\"door\":1}\n";
_Static_assert(BC_DOOR_VERSION == 1, "the greeting says so");

static const struct bc_verb *find(struct bc_bytes name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (bc_bytes_equal(name, bc_bytes_text(verbs[i].name))) {
            return &verbs[i];
        }
    }
    return NULL;
}

static void free_call(struct bc_call *call)
{
    bc_pipeline_await_no_more(call->plugin, &call->awaited);
    cJSON_Delete(call->request);
    free(call->own);
    free(call);
}

static enum bc_answering step(struct bc_call *call)
{
    return call->verb->run != NULL ? call->verb->run(call) : bc_call_act(call);
}

/* The first step: a request of another version, or for what there isn't, goes no further. */
static enum bc_answering start(struct bc_call *call, const char *why)
{
    const uint32_t version = bc_arguments_number(&call->arguments, "door", 0, UINT32_MAX, 0);
    const struct bc_bytes name = bc_arguments_text(&call->arguments, "verb");

    if (call->request == NULL) {
        return bc_call_refuse(call, BC_DOOR_BAD_REQUEST, why);
    }
    if (version != BC_DOOR_VERSION) {
        return bc_call_refuse(call, BC_DOOR_OTHER_VERSION,
            "The broker runs Backchannel " BACKCHANNEL_VERSION
            ", to which this request is not understandable.");
    }
    call->verb = find(name);
    if (call->verb == NULL) {
        return bc_call_refuse(call, BC_DOOR_UNKNOWN,
            "The broker runs Backchannel " BACKCHANNEL_VERSION ", which doesn't know this verb.");
    }
    return step(call);
}

static enum bc_answering end_if_whole(struct bc_call *call, enum bc_answering state)
{
    if (state == BC_ANSWERED) {
        *bc_guest_call(call->guest) = NULL;
        free_call(call);
    }
    return state;
}

static enum bc_answering ask(void *context, struct bc_guest *guest, struct bc_bytes line)
{
    struct bc_call *call = calloc(1, sizeof(*call));
    const char *why = "";

    if (call == NULL) {
        bc_guest_fail(guest);
        return BC_ANSWERED;
    }
    call->plugin = context;
    call->guest = guest;
    call->request = bc_json_parse(line, &why);
    call->arguments.object = call->request;
    *bc_guest_call(guest) = call;
    return end_if_whole(call, start(call, why));
}

static enum bc_answering go_on(void *context, struct bc_guest *guest)
{
    struct bc_call *call = *bc_guest_call(guest);

    (void)context;
    return end_if_whole(call, step(call));
}

static void leave(void *context, struct bc_guest *guest)
{
    (void)context;
    free_call(*bc_guest_call(guest));
}

struct bc_door *bc_operate_open(struct bc_plugin *plugin)
{
    return bc_door_new(plugin->options.data_dir, greeting, plugin->loop,
        (struct bc_door_desk){ .context = plugin, .ask = ask, .go_on = go_on, .leave = leave },
        (struct bc_door_bounds){ .guests = plugin->options.operator_guests,
            .idle_ms = plugin->options.operator_idle_seconds * UINT64_C(1000) });
}
