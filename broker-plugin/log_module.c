/* replication_postgres.so is beside the file that this is in. */
#include "broker-plugin/log_module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define MODULE "replication_postgres.so"

/* The module's path: in the folder of this code's own file. False if that isn't known. */
static bool find(char path[PATH_MAX])
{
    static const char here = 0;
    Dl_info info;
    const char *slash;

    if (dladdr(&here, &info) == 0 || info.dli_fname == NULL) {
        return false;
    }
    slash = strrchr(info.dli_fname, '/');
    return snprintf(path, PATH_MAX, "%.*s" MODULE,
               slash != NULL ? (int)(slash + 1 - info.dli_fname) : 0, info.dli_fname) < PATH_MAX;
}

struct bc_shared_log *bc_log_module_open(const struct bc_shared_options *options)
{
    char path[PATH_MAX];
    char line[512];
    void *module = find(path) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    bc_shared_open_fn *open_log = NULL;

    if (module != NULL) {
        *(void **)&open_log = dlsym(module, BC_SHARED_OPEN);
    }
    if (open_log == NULL) {
        const char *why = dlerror();

        (void)snprintf(line, sizeof(line),
            "log needs " MODULE " and libpq5, which can't be loaded: %s",
            why != NULL ? why : "it isn't found");
        options->say(options->say_context, true, line);
        return NULL;
    }
    return open_log(options);
}
