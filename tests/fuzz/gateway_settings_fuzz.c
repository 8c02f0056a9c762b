/* The settings, from a file and as an argument. */
#include "gateway/setting.h"

#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("settings", MFD_CLOEXEC);
    char program[] = "gateway";
    char config[] = "--config";
    char path[32];
    char *argument = fuzz_string(data, size);
    char *argv[] = { program, config, path, NULL };
    char *direct[] = { program, argument, NULL };
    struct bc_settings settings;
    char line[512];

    MUST(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (bc_settings_read(&settings, 3, argv, line, sizeof(line)) == BC_SETTINGS_READ)
        MUST(settings.listen_port > 0 && settings.broker[0] != '\0');
    else
        MUST(line[0] != '\0');
    bc_settings_free(&settings);
    if (bc_settings_read(&settings, 2, direct, line, sizeof(line)) == BC_SETTINGS_WRONG)
        MUST(line[0] != '\0');
    bc_settings_free(&settings);
    free(argument);
    (void)close(fd);
    return 0;
}
