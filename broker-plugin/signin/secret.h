/*
 * Secrets that sign somebody in: a word for what it is and 256 random bits. Whoever draws one gives
 * it to its owner once; what is kept is its SHA-256.
 */
#ifndef BC_BROKER_PLUGIN_SIGNIN_SECRET_H
#define BC_BROKER_PLUGIN_SIGNIN_SECRET_H

#include "messaging/view.h"

/* "bct-" and 43 characters of base64url. */
#define BC_SECRET_LENGTH 47

enum bc_secret_kind {
    BC_SECRET_NONE, /* it doesn't look like one */
    BC_SECRET_TOKEN,
    BC_SECRET_INVITATION
};

struct bc_secret {
    enum bc_secret_kind kind;
    char text[BC_SECRET_LENGTH + 1];
    uint8_t hash[BC_DIGEST];
};

/* Draw a ${kind}, which isn't BC_SECRET_NONE. False if the system gives no random bits. */
bool bc_secret_draw(struct bc_secret *secret, enum bc_secret_kind kind) BC_MUST_CHECK;

/* Fill *${secret} with what ${text} is; the kind says whether it is one at all. NULL is none. */
void bc_secret_read(struct bc_secret *secret, const char *text);

/* Is ${hash} that of ${secret}? In a time that doesn't tell how much of it fits. */
bool bc_secret_is(const struct bc_secret *secret, struct bc_bytes hash);

#endif
