/*
 * A profile (protocol section 5): what a user shows of themselves. Each version of it has an id,
 * that of the fact that made it.
 */
#ifndef BC_MESSAGING_PROFILE_H
#define BC_MESSAGING_PROFILE_H

#include "messaging/bytes.h"

/* Bytes of each; a name has at most those of a title. */
#define BC_ABOUT_MAX   512
#define BC_PICTURE_MAX 65536

/* All zero is none. Borrowed as views are. */
struct bc_profile {
    uint64_t version;
    struct bc_bytes name;
    struct bc_bytes about;
    struct bc_bytes picture; /* PNG, JPEG or WebP; empty for none */
};

#endif
