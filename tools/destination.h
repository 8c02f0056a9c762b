/* The name of what a command makes beside the store, and of what it is until it is whole. */
#ifndef BC_TOOLS_DESTINATION_H
#define BC_TOOLS_DESTINATION_H

#include <limits.h>

#define BC_PARTIAL_MAX (PATH_MAX + 16)

/*
 * Set ${destination} to ${wanted} without slashes at its end, and ${partial} to that with
 * ".partial" behind it. Returns what is wrong with it, NULL if nothing is: it must not be there
 * yet, nor be in the store ${dir}, where it would be in the broker's way.
 */
const char *bc_destination(
    const char *dir, const char *wanted, char destination[PATH_MAX], char partial[BC_PARTIAL_MAX]);

#endif
