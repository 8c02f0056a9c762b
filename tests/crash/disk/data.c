/* What is done to files' bytes and lengths, in place of the C library's functions. */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "files.h"
#include "names.h"

static ssize_t write_raw(int fd, const struct iovec *pieces, int count, off_t offset)
{
    if (offset < 0)
        return syscall(SYS_writev, fd, pieces, count);
    return syscall(SYS_pwritev, fd, pieces, count, (unsigned long)offset,
        (unsigned long)((uint64_t)offset >> 31 >> 1));
}

static off_t where(int fd, off_t offset)
{
    if (offset >= 0)
        return offset;
    return lseek(fd, 0, (fcntl(fd, F_GETFL) & O_APPEND) != 0 ? SEEK_END : SEEK_CUR);
}

static ssize_t write_known(
    struct file *file, int fd, const struct iovec *pieces, int count, off_t offset)
{
    off_t at = where(fd, offset);
    size_t len = 0;
    ssize_t wrote;

    for (int i = 0; i < count; i++)
        len += pieces[i].iov_len;
    files_before(file, at, len);
    wrote = write_raw(fd, pieces, count, offset);
    if (wrote > 0)
        files_after(file, at, (size_t)wrote);
    if (wrote > 0 && (fcntl(fd, F_GETFL) & (O_DSYNC | O_SYNC)) != 0 &&
        disk_lie_of(files_name(file)) == DISK_HONEST)
        files_durable(file, at, (size_t)wrote);
    return wrote;
}

/* ${offset} is -1 for the descriptor's own. */
static ssize_t write_pieces(int fd, const struct iovec *pieces, int count, off_t offset)
{
    struct iovec half = count > 0 ? pieces[0] : (struct iovec){ .iov_len = 0 };
    struct file *file;
    ssize_t wrote = -1;
    int code;

    disk_lock();
    file = files_find(fd);
    if (file == NULL) {
        disk_look();
        disk_unlock();
        return write_raw(fd, pieces, count, offset);
    }
    code = disk_fault(DISK_WRITE);
    disk_change();
    half.iov_len /= 2;
    if (code == 0)
        wrote = write_known(file, fd, pieces, count, offset);
    else if (code == DISK_SHORT && half.iov_len > 0)
        wrote = write_known(file, fd, &half, 1, offset);
    else
        errno = code == DISK_SHORT ? ENOSPC : code;
    disk_unlock();
    return wrote;
}

/* Before anybody is told anything the power may go. */
DISK_EXPORT ssize_t send(int fd, const void *bytes, size_t len, int flags)
{
    disk_lock();
    disk_look();
    disk_unlock();
    return syscall(SYS_sendto, fd, bytes, len, flags, NULL, 0);
}

DISK_EXPORT ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    return write_pieces(fd, pieces, count, -1);
}

DISK_EXPORT ssize_t write(int fd, const void *bytes, size_t len)
{
    struct iovec piece = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };

    return write_pieces(fd, &piece, 1, -1);
}

DISK_EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
    struct iovec piece = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };

    return write_pieces(fd, &piece, 1, offset);
}

DISK_EXPORT ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t offset)
{
    return write_pieces(fd, pieces, count, offset);
}

/* ---- lengths ---- */

/* What is cut off may come back. */
static int truncate_known(struct file *file, int fd, off_t length)
{
    off_t before = lseek(fd, 0, SEEK_END);
    size_t gone = before > length ? (size_t)(before - length) : 0;
    int result;

    files_before(file, length, gone);
    result = (int)syscall(SYS_ftruncate, fd, length);
    if (result == 0)
        files_after(file, length, gone);
    return result;
}

DISK_EXPORT int ftruncate64(int fd, off64_t length)
{
    struct file *file;
    int result = -1;

    disk_lock();
    file = files_find(fd);
    if (file == NULL)
        result = (int)syscall(SYS_ftruncate, fd, length);
    else if (!disk_fails(DISK_LENGTH))
        result = truncate_known(file, fd, length);
    disk_unlock();
    return result;
}

DISK_EXPORT int fallocate64(int fd, int mode, off64_t offset, off64_t len)
{
    struct file *file;
    int result = -1;

    disk_lock();
    file = files_find(fd);
    if (file != NULL && (mode & ~FALLOC_FL_KEEP_SIZE) != 0)
        abort(); /* holes and the like are not known here */
    if (file == NULL || !disk_fails(DISK_LENGTH))
        result = (int)syscall(SYS_fallocate, fd, mode, offset, len);
    if (file != NULL && result == 0)
        files_after(file, offset, 0);
    disk_unlock();
    return result;
}

DISK_EXPORT int posix_fallocate64(int fd, off64_t offset, off64_t len)
{
    return fallocate64(fd, 0, offset, len) == 0 ? 0 : errno;
}

/* ---- syncing ---- */

static void sync_known(struct file *file)
{
    switch (disk_lie_of(files_name(file))) {
    case DISK_HONEST:
        files_all_durable(file);
        break;
    case DISK_LATE_SYNC:
        files_promise(file, DISK_LATE);
        break;
    case DISK_NO_SYNC:
        break;
    }
}

DISK_EXPORT int fdatasync(int fd)
{
    struct file *file;
    bool dir;
    int result = 0;

    disk_lock();
    file = files_find(fd);
    dir = file == NULL && names_is_dir(fd);
    if (file == NULL && !dir)
        result = (int)syscall(SYS_fdatasync, fd);
    else if (disk_fails(DISK_SYNC))
        result = -1;
    else if (file != NULL)
        sync_known(file);
    else if (disk_lie_of(".") == DISK_HONEST)
        names_durable();
    disk_unlock();
    return result;
}

DISK_EXPORT int fsync(int fd)
{
    return fdatasync(fd);
}

/* What is mapped is synced by its descriptor alone, so nobody calls this. */
DISK_EXPORT int msync(void *where_to, size_t len, int flags)
{
    (void)where_to;
    (void)len;
    (void)flags;
    abort();
}

/* It promises nothing about a power cut. */
DISK_EXPORT int sync_file_range(int fd, off64_t offset, off64_t len, unsigned flags)
{
    (void)fd;
    (void)offset;
    (void)len;
    (void)flags;
    return 0;
}

static bool may_map(struct file *file, int protection, int flags)
{
    int code;

    if (file == NULL)
        return true;
    code = disk_fault(DISK_MAP);
    if (code != 0)
        errno = code;
    else if ((flags & MAP_SHARED) != 0 && (protection & PROT_WRITE) != 0)
        files_map(file);
    return code == 0;
}

DISK_EXPORT void *mmap64(
    void *where_to, size_t len, int protection, int flags, int fd, off64_t offset)
{
    bool may = true;

    if (fd >= 0) {
        disk_lock();
        may = may_map(files_find(fd), protection, flags);
        disk_unlock();
    }
    return may ? (void *)syscall(SYS_mmap, where_to, len, protection, flags, fd, offset)
               : MAP_FAILED;
}

/* ---- the same by the names that code without large files calls ---- */

DISK_EXPORT ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
    __attribute__((alias("pwrite64")));
DISK_EXPORT ssize_t pwritev(int fd, const struct iovec *pieces, int count, off_t offset)
    __attribute__((alias("pwritev64")));
DISK_EXPORT int ftruncate(int fd, off_t length) __attribute__((alias("ftruncate64")));
DISK_EXPORT int fallocate(int fd, int mode, off_t offset, off_t len)
    __attribute__((alias("fallocate64")));
DISK_EXPORT int posix_fallocate(int fd, off_t offset, off_t len)
    __attribute__((alias("posix_fallocate64")));
DISK_EXPORT void *mmap(void *where_to, size_t len, int protection, int flags, int fd, off_t offset)
    __attribute__((alias("mmap64")));
