/* A message as protocol section 5 has it. */
#ifndef BC_JSON_MESSAGE_JSON_H
#define BC_JSON_MESSAGE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "messaging/message.h"

/*
 * A message as protocol section 5 has it, in the state that it has for the user who asks; without
 * its payload if ${omit_payload}.
 */
bool bc_json_add_message(cJSON *object, const struct bc_message *message,
    enum bc_message_state state, bool omit_payload);

/* Add the `preview` of ${message} if it is a text or a link: its first 120 bytes. */
bool bc_json_add_preview(cJSON *object, const struct bc_message *message);

#endif
