/* Tokens and invitations as their owners and the operator are shown them. It knows no broker. */
#ifndef BC_JSON_ACCOUNT_JSON_H
#define BC_JSON_ACCOUNT_JSON_H

#include <cjson/cJSON.h>

#include "messaging/view.h"

/* A token, without what signs in. NULL without memory; to be freed with cJSON_Delete(). */
cJSON *bc_token_json(const struct bc_view *view, const struct bc_token *token);

/* The same of an invitation. */
cJSON *bc_invite_json(const struct bc_view *view, const struct bc_invite *invite);

#endif
