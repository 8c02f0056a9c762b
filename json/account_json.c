/* Tokens and invitations in JSON. */
#include "json/account_json.h"

#include "messaging/id.h"
#include "json/json.h"

cJSON *bc_token_json(const struct bc_view *view, const struct bc_token *token)
{
    uint64_t created = bc_timeline_time(bc_view_timeline(view), token->id);
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_json_add_bytes(json, "device", token->device) &&
        bc_json_add_number(json, "created", created) &&
        (token->day == 0 || bc_json_add_number(json, "used", token->day * BC_DAY_MS)) &&
        (token->until_ms == 0 || bc_json_add_number(json, "until", token->until_ms))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

cJSON *bc_invite_json(const struct bc_view *view, const struct bc_invite *invite)
{
    cJSON *json = cJSON_CreateObject();
    uint64_t created = bc_timeline_time(bc_view_timeline(view), invite->id);
    struct bc_group group = { .number = 0 };

    if (json != NULL && bc_json_add_id(json, "invite", invite->id) &&
        bc_json_add_number(json, "created", created) &&
        bc_json_add_number(json, "until", invite->until_ms) &&
        bc_json_add_number(json, "uses", invite->uses) &&
        (invite->group == 0 || bc_view_group_number(view, invite->group, &group) != BC_OK ||
            bc_json_add_bytes(json, "group", group.name))) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}
