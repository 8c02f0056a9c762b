#include "json/settings_json.h"

const char *const bc_json_invites[BC_JSON_INVITES] = { "contacts", "ask", "none" };

const char *bc_json_audience(const struct bc_settings *settings)
{
    return settings->contacts_only ? "contacts" : "everyone";
}

bool bc_json_add_settings(cJSON *object, const struct bc_settings *settings)
{
    return cJSON_AddStringToObject(object, "who-can-message", bc_json_audience(settings)) != NULL &&
           cJSON_AddBoolToObject(object, "read-receipts", !settings->receipts_off) != NULL &&
           cJSON_AddStringToObject(
               object, "group-invites", bc_json_invites[settings->group_invites]) != NULL &&
           cJSON_AddBoolToObject(object, "findable", settings->findable) != NULL;
}
