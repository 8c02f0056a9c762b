/* What is done to the directory's entries, in place of the C library's functions. */
#include "disk.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "names.h"

static int open_raw(int dir, const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* A file in the directory, which is lost by a cut if it is new. */
static int open_known(int dir, const char *path, const char *name, int flags, mode_t mode)
{
    bool made = (flags & O_CREAT) != 0 && faccessat(dir, path, F_OK, 0) != 0;
    int fd = -1;

    if ((flags & O_TRUNC) != 0)
        abort(); /* not known here */
    if (disk_fails(DISK_OPEN))
        return -1;
    fd = open_raw(dir, path, flags, mode);
    if (fd >= 0 && made)
        names_made(name);
    if (fd >= 0 && strcmp(name, DISK_LMDB_LOCK) != 0 && (flags & O_DIRECTORY) == 0)
        files_add(fd, name);
    return fd;
}

/* The name of ${path}, which may be relative to ${dir}, in the directory; NULL if it isn't there.
 */
static const char *name_of(int dir, const char *path)
{
    if (dir != AT_FDCWD && strchr(path, '/') == NULL && names_is_dir(dir))
        return path;
    return names_in(path);
}

static int open_any(int dir, const char *path, int flags, mode_t mode)
{
    const char *name = name_of(dir, path);
    int fd;

    if (name == NULL)
        return open_raw(dir, path, flags, mode);
    disk_lock();
    fd = open_known(dir, path, name, flags, mode);
    disk_unlock();
    return fd;
}

static mode_t mode_of(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

DISK_EXPORT int open64(const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_any(AT_FDCWD, path, flags, mode);
}

DISK_EXPORT int openat64(int dir, const char *path, int flags, ...)
{
    va_list arguments;
    mode_t mode;

    va_start(arguments, flags);
    mode = mode_of(flags, arguments);
    va_end(arguments);
    return open_any(dir, path, flags, mode);
}

DISK_EXPORT int unlink(const char *path)
{
    const char *name = names_in(path);
    int result;

    if (name == NULL)
        return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    disk_lock();
    result = disk_fails(DISK_OPEN) ? -1 : names_remove(name);
    disk_unlock();
    return result;
}

DISK_EXPORT int rename(const char *from, const char *to)
{
    const char *name = names_in(from);
    const char *target = names_in(to);
    int result;

    if (name == NULL || target == NULL)
        return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    disk_lock();
    result = disk_fails(DISK_OPEN) ? -1 : names_move(name, target);
    disk_unlock();
    return result;
}

/* ---- the same by the names that code without large files calls ---- */

DISK_EXPORT int open(const char *path, int flags, ...) __attribute__((alias("open64")));
DISK_EXPORT int openat(int dir, const char *path, int flags, ...)
    __attribute__((alias("openat64")));
