/* Owning the data directory, by a lock on a file in it. */
#include "storage/base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool path_in(const char *dir, const char *name, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/%s", dir, name);

    return len > 0 && len < PATH_MAX;
}

/* What is wrong with the directory, with what to do; NULL if it is owned now. */
static const char *take(const char *dir, int *lock, enum bc_error *error)
{
    char path[PATH_MAX];
    struct stat info;

    *error = BC_MISSING;
    if (stat(dir, &info) != 0) {
        return "is not there: make the directory, with the broker's user as its owner";
    }
    if (!S_ISDIR(info.st_mode)) {
        return "is not a directory";
    }
    if (!path_in(dir, "lock", path)) {
        return "has too long a path";
    }
    *lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*lock < 0 || access(dir, R_OK | W_OK | X_OK) != 0) {
        return "is not writable: make the broker's user its owner";
    }
    if (flock(*lock, LOCK_EX | LOCK_NB) != 0) {
        *error = BC_BUSY;
        return "is in use by another process";
    }
    *error = BC_OK;
    return NULL;
}

enum bc_error bc_directory_own(const char *dir, bc_log_fn log, void *context, int *lock)
{
    char line[PATH_MAX + 128];
    enum bc_error error;
    const char *why;

    *lock = -1;
    why = take(dir, lock, &error);
    if (why != NULL) {
        (void)snprintf(line, sizeof(line), "data_dir %s %s", dir, why);
        log(context, true, line);
        if (*lock >= 0) {
            (void)close(*lock);
            *lock = -1;
        }
    }
    return error;
}

enum bc_error bc_directory_sync(const char *dir, bc_log_fn log, void *context)
{
    char line[PATH_MAX + 128];
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum bc_error error = fd >= 0 && fsync(fd) == 0 ? BC_OK : BC_IO;

    if (error != BC_OK) {
        (void)snprintf(line, sizeof(line), "%s: cannot sync it: %s", dir, strerror(errno));
        log(context, true, line);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    return error;
}

bool bc_directory_has(const char *dir, const char *name)
{
    char path[PATH_MAX];

    return path_in(dir, name, path) && access(path, F_OK) == 0;
}
