/* The tokens that a user has, and what their connections owe to them. */
#ifndef BC_BROKER_PLUGIN_SIGNIN_TOKEN_H
#define BC_BROKER_PLUGIN_SIGNIN_TOKEN_H

#include "broker-plugin/context.h"

/**
 * bc_token_list(plugin, name, &user, tokens, &count):
 * Set *${user} to the number of the user ${name}, 0 if there is none, and *${count} to how many
 * tokens they have now, which ${tokens} has then. Errors: those of the view.
 */
enum bc_error bc_token_list(const struct bc_plugin *plugin, struct bc_bytes name, uint32_t *user,
    struct bc_token tokens[BC_TOKENS_MAX], uint32_t *count) BC_MUST_CHECK;

/*
 * End the connections of the user ${name} by tokens that are gone; ${heir}, which replaced its own,
 * goes on by ${token}. Errors: those of the view.
 */
enum bc_error bc_token_review(const struct bc_plugin *plugin, struct bc_bytes name,
    const struct mosquitto *heir, uint64_t token) BC_MUST_CHECK;

#endif
