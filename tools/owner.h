/* Root's rights are more than a look at a store takes, and what is in it may be somebody else's. */
#ifndef BC_TOOLS_OWNER_H
#define BC_TOOLS_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

/* Whose rights are enough for the store in ${dir}. */
struct bc_owner {
    uid_t user;
    gid_t group;
};

/* Does root run this, and is ${dir} somebody else's? Then *${owner} says whose. */
bool bc_owner_is_another(const char *dir, struct bc_owner *owner);

/* Go on with the rights of ${owner} alone, for good. False, and said, if that can't be. */
bool bc_owner_become(const struct bc_owner *owner);

#endif
