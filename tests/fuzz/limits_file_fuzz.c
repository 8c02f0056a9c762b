/* The limits file, as it is read when the broker starts and on SIGHUP. */
#include "settings/limits_file.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

static bool wrong(void *context, const char *line)
{
    unsigned *told = context;

    MUST(line[0] != '\0');
    return ++*told < 3; /* sooner or later whoever reads the log has had enough */
}

/* A file in memory, with a path of its own. */
static int file_of(const uint8_t *data, size_t size, char path[32])
{
    int fd = memfd_create("limits", MFD_CLOEXEC);

    MUST(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
    (void)snprintf(path, 32, "/proc/self/fd/%d", fd);
    return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bc_option_pair given = { .key = "data_dir", .value = "/nowhere" };
    struct bc_options base;
    struct bc_options options;
    char path[32];
    char line[512];
    unsigned told = 0;
    int fd = file_of(data, size, path);
    struct bc_limits_file file = {
        .path = path, .base = &base, .message_room = 1000, .wrong = wrong, .context = &told
    };

    MUST(bc_options_read(&base, &given, 1, line, sizeof(line)));
    MUST(bc_options_read(&options, &given, 1, line, sizeof(line)));
    MUST(bc_limits_file_read(&file, &options) == told);
    MUST(options.limits.request_days > 0 && options.rate_burst > 0);
    MUST(options.limits.message_max_bytes <= 1048576);
    bc_options_free(&options);
    bc_options_free(&base);
    (void)close(fd);
    return 0;
}
