/* Owning the data directory, by a lock on a file in it. */
#include "storage/base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool path_in(const char *dir, const char *name, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/%s", dir, name);

    return len > 0 && len < PATH_MAX;
}

/*
 * What is said of a directory that can't be written to. What a read-only file system is asked for
 * fails however the owner is called.
 */
static const char *why_not_writable(const char *dir)
{
    struct statvfs file_system;

    if (errno == EROFS ||
        (statvfs(dir, &file_system) == 0 && (file_system.f_flag & ST_RDONLY) != 0)) {
        return "is on a file system that is mounted read-only: mount it for writing";
    }
    return errno == ENOSPC || errno == EDQUOT ? "has no room left: make some"
           : errno == EMFILE || errno == ENFILE
               ? "can't be opened: the broker may have no more files open (LimitNOFILE)"
               : "is not writable: make the broker's user its owner";
}

/* Another process has the lock on ${fd}, which file systems without such locks never say. */
static bool is_taken(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

/* What is wrong with the directory, with what to do; NULL if it is owned now. */
static const char *take(const char *dir, struct bc_owned *owned, enum bc_error *error)
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
    owned->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    owned->file = owned->dir < 0 ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (owned->file < 0 || access(dir, R_OK | W_OK | X_OK) != 0) {
        return why_not_writable(dir);
    }
    if (is_taken(owned->dir) || is_taken(owned->file)) {
        *error = BC_BUSY;
        return "is in use by another process";
    }
    *error = BC_OK;
    return NULL;
}

enum bc_error bc_directory_own(
    const char *dir, bc_log_fn log, void *context, struct bc_owned *owned)
{
    char line[PATH_MAX + 128];
    enum bc_error error;
    const char *why;

    *owned = (struct bc_owned){ .dir = -1, .file = -1 };
    why = take(dir, owned, &error);
    if (why != NULL) {
        (void)snprintf(line, sizeof(line), "data_dir %s %s", dir, why);
        log(context, true, line);
        bc_directory_disown(owned);
    }
    return error;
}

void bc_directory_disown(struct bc_owned *owned)
{
    if (owned->file >= 0) {
        (void)close(owned->file);
    }
    if (owned->dir >= 0) {
        (void)close(owned->dir);
    }
    *owned = (struct bc_owned){ .dir = -1, .file = -1 };
}

bool bc_directory_is_ours(const char *dir, const struct bc_owned *owned)
{
    struct stat is;
    struct stat was;

    return stat(dir, &is) == 0 && fstat(owned->dir, &was) == 0 && is.st_dev == was.st_dev &&
           is.st_ino == was.st_ino;
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

bool bc_directory_is_plain(const char *dir, const char *name, bool written)
{
    char path[PATH_MAX];
    struct stat info;

    if (!path_in(dir, name, path) || lstat(path, &info) != 0) {
        return true;
    }
    return S_ISREG(info.st_mode) && (!written || info.st_nlink == 1);
}
