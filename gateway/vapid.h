/* The key by which push services know this server (VAPID, RFC 8292), and what it signs. */
#ifndef BC_GATEWAY_VAPID_H
#define BC_GATEWAY_VAPID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bc_vapid;

enum {
    BC_VAPID_TOKEN_MAX = 2048
};

/**
 * bc_vapid_open(path, line, size):
 * Read the private key, on P-256, from the PEM file ${path}; make one with the mode 0600 if there
 * is no such file. Returns NULL, with a sentence in ${line} of ${size} bytes, if that can't be, or
 * if others may read the file. Memory: freed by bc_vapid_free().
 */
struct bc_vapid *bc_vapid_open(const char *path, char *line, size_t size);
void bc_vapid_free(struct bc_vapid *vapid);

/* The public key, as applicationServerKey takes it: 65 bytes in base64 for URLs. */
const char *bc_vapid_public_key(const struct bc_vapid *vapid);

/**
 * bc_vapid_authorization(vapid, origin, contact, now, text, size):
 * Write the value of the header Authorization for a service at ${origin} (`https://push.example`)
 * to
 * ${text}: a token that holds for twelve hours from ${now}, seconds since 1970. ${contact} may be
 * empty. Returns false if it doesn't fit or can't be signed.
 */
bool bc_vapid_authorization(const struct bc_vapid *vapid, const char *origin, const char *contact,
    uint64_t now, char *text, size_t size);

#endif
