/* What a user has set, under the names of the command `settings`. */
#ifndef BC_JSON_SETTINGS_JSON_H
#define BC_JSON_SETTINGS_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "messaging/view.h"

/* The words of the setting `group-invites`, by enum bc_group_invites. */
#define BC_JSON_INVITES 3
extern const char *const bc_json_invites[BC_JSON_INVITES];

/* The word of the setting `who-can-message`. */
const char *bc_json_audience(const struct bc_settings *settings);

/* The settings, under the names of the command `settings`. */
bool bc_json_add_settings(cJSON *object, const struct bc_settings *settings);

#endif
