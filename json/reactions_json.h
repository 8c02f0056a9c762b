/* The reactions to a message as protocol section 5 has them. */
#ifndef BC_JSON_REACTIONS_JSON_H
#define BC_JSON_REACTIONS_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "messaging/view.h"

/* `reactions` to a message, as protocol section 5 has them; false also if a name can't be read. */
bool bc_json_add_reactions(
    cJSON *object, const struct bc_view *view, const struct bc_reactions *reactions);

#endif
