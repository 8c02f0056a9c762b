#include "inspect.h"

#include <stddef.h>
#include <stdio.h>

#include "process.h"

enum {
    PATH_SIZE = 256
};

void inspect(const char *data_dir)
{
    char log[PATH_SIZE + 8];

    snprintf(log, sizeof log, "%s.check", data_dir);
    process_run((const char *const[]){ BACKCHANNEL_TOOL, "check", "--quiet", data_dir, NULL }, log);
}

void inspect_broker(const struct broker *b)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/data", broker_dir(b));
    inspect(path);
}
