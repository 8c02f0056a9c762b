#include "json/reactions_json.h"

#include "json/json.h"

static bool add_by(cJSON *json, const struct bc_view *view, const struct bc_reaction *reaction)
{
    cJSON *by = cJSON_AddArrayToObject(json, "by");
    bool good = by != NULL;

    for (uint32_t i = 0; good && i < reaction->by_count; i++) {
        struct bc_bytes name;
        cJSON *item =
            bc_view_name(view, reaction->by[i], &name) == BC_OK ? bc_json_string(name) : NULL;

        good = item != NULL && cJSON_AddItemToArray(by, item);
    }
    return good;
}

static cJSON *reaction_json(const struct bc_view *view, const struct bc_reaction *reaction)
{
    cJSON *json = cJSON_CreateObject();

    if (json != NULL && bc_json_add_bytes(json, "emoji", reaction->emoji) &&
        add_by(json, view, reaction) && bc_json_add_number(json, "count", reaction->count)) {
        return json;
    }
    cJSON_Delete(json);
    return NULL;
}

bool bc_json_add_reactions(
    cJSON *object, const struct bc_view *view, const struct bc_reactions *reactions)
{
    cJSON *list = cJSON_AddArrayToObject(object, "reactions");
    bool good = list != NULL;

    for (uint32_t i = 0; good && i < reactions->count; i++) {
        cJSON *reaction = reaction_json(view, &reactions->all[i]);

        good = reaction != NULL && cJSON_AddItemToArray(list, reaction);
    }
    return good;
}
