/* What a command makes beside the store. */
#include "tools/destination.h"

#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Is ${destination}, which isn't there yet, in ${dir}? There it would be in the broker's way. */
static bool is_within(const char *dir, const char *destination)
{
    char *parent = strdup(destination);
    char *outer = realpath(dir, NULL);
    char *inner = parent != NULL ? realpath(dirname(parent), NULL) : NULL;
    size_t len = outer != NULL ? strlen(outer) : 0;
    bool within = outer != NULL && inner != NULL && strncmp(outer, inner, len) == 0 &&
                  (inner[len] == '\0' || inner[len] == '/');

    free(parent);
    free(outer);
    free(inner);
    return within;
}

const char *bc_destination(
    const char *dir, const char *wanted, char destination[PATH_MAX], char partial[BC_PARTIAL_MAX])
{
    struct stat there;
    size_t len = strlen(wanted);

    if (len >= PATH_MAX) {
        return "is too long a path";
    }
    memcpy(destination, wanted, len + 1);
    while (len > 1 && destination[len - 1] == '/') {
        destination[--len] = '\0';
    }
    if (lstat(destination, &there) == 0) {
        return "is there already: choose another destination";
    }
    if (is_within(dir, destination)) {
        return "is within the store: choose a destination outside of it";
    }
    (void)snprintf(partial, BC_PARTIAL_MAX, "%s.partial", destination);
    return NULL;
}
