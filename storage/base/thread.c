/* Threads beside the broker's. */
#include "storage/base/thread.h"

#include <dirent.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/close_range.h has it, from 5.9 on. */
#define CLOSE_RANGE_UNSHARE_FLAG 2U

bool bc_thread_start(pthread_t *thread, void *(*run)(void *), void *context)
{
    sigset_t all;
    sigset_t before;
    int code;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    code = pthread_create(thread, NULL, run, context);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0;
}

/* Close ${from} to ${upto} in this thread's table. By number: the C library of musl lacks it. */
static bool close_range_of(unsigned from, unsigned upto, unsigned flags)
{
#ifdef SYS_close_range
    return syscall(SYS_close_range, from, upto, flags) == 0;
#else
    (void)from;
    (void)upto;
    (void)flags;
    return false;
#endif
}

/*
 * A client's connection must not stay open in here, where nobody would close it. The numbers are
 * those of files, unless one has been closed, and a connection has its number since.
 */
static bool is_to_stay(int fd)
{
    struct stat about;
    int domain = AF_UNSPEC;
    socklen_t size = sizeof(domain);

    if (fstat(fd, &about) != 0) {
        return false;
    }
    if (fd != STDERR_FILENO) {
        return S_ISREG(about.st_mode);
    }
    return !S_ISSOCK(about.st_mode) ||
           (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX);
}

static int by_number(const void *one, const void *two)
{
    return *(const int *)one - *(const int *)two;
}

void bc_thread_keep_only(const struct bc_thread_files *files)
{
    int kept[BC_THREAD_FILES_MAX + 1] = { STDERR_FILENO };
    size_t count = 1;
    unsigned from = 0;

    for (size_t i = 0; i < files->count; i++) {
        kept[count++] = files->fds[i];
    }
    qsort(kept, count, sizeof(kept[0]), by_number);
    /* What is above is never in the new table: so no connection is, however shortly. */
    if (files->count == 0 ||
        !close_range_of((unsigned)kept[count - 1] + 1, UINT_MAX, CLOSE_RANGE_UNSHARE_FLAG)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        unsigned fd = (unsigned)kept[i];

        if (fd > from) {
            (void)close_range_of(from, fd - 1, 0);
        }
        if (!is_to_stay(kept[i])) {
            (void)close_range_of(fd, fd, 0);
        }
        from = fd + 1;
    }
}

bool bc_thread_files_add(struct bc_thread_files *files, const char *path)
{
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    struct stat wanted;
    bool room = true;

    if (dir == NULL) {
        return false;
    }
    if (stat(path, &wanted) != 0) {
        (void)closedir(dir);
        return false;
    }
    while (room && (entry = readdir(dir)) != NULL) {
        struct stat about;

        if (fstatat(dirfd(dir), entry->d_name, &about, 0) == 0 && about.st_ino == wanted.st_ino &&
            about.st_dev == wanted.st_dev) {
            room = files->count < BC_THREAD_FILES_MAX;
            if (room) {
                files->fds[files->count++] = (int)strtol(entry->d_name, NULL, 10);
            }
        }
    }
    (void)closedir(dir);
    return room;
}
