/*
 * Connections that were signed in by a token, so that they end with it. Who is a user is the
 * broker's to say; this says by what.
 */
#ifndef BC_BROKER_PLUGIN_SIGNIN_SESSIONS_H
#define BC_BROKER_PLUGIN_SIGNIN_SESSIONS_H

#include <mosquitto.h>

#include "messaging/view.h"

struct bc_sessions;

/* NULL if memory is short. To be freed with bc_sessions_free(), which takes NULL as well. */
struct bc_sessions *bc_sessions_new(void);
void bc_sessions_free(struct bc_sessions *sessions);

/* ${client} is ${user}, by the token ${token}. False if memory is short: nothing is known then. */
bool bc_sessions_add(struct bc_sessions *sessions, const struct mosquitto *client, uint32_t user,
    uint64_t token) BC_MUST_CHECK;

/* ${client} has gone, or was never known. */
void bc_sessions_forget(struct bc_sessions *sessions, const struct mosquitto *client);

/* The token that ${client} was signed in by; 0 if by none. */
uint64_t bc_sessions_token(const struct bc_sessions *sessions, const struct mosquitto *client);

/**
 * bc_sessions_review(sessions, user, tokens, count, heir, token):
 * ${user} has these tokens from now on: connections by others end soon. But ${heir}, if its token
 * is gone, goes on with ${token}; NULL for nobody.
 */
void bc_sessions_review(struct bc_sessions *sessions, uint32_t user, const struct bc_token *tokens,
    uint32_t count, const struct mosquitto *heir, uint64_t token);

/*
 * At TICK: end the connections that are due. They are given one turn of the loop, in which what was
 * published to them goes out: an answer, if it was theirs. Was any ended?
 */
bool bc_sessions_turn(struct bc_sessions *sessions);

#endif
