/* Frames that wait to be written, in a mapped file. */
#include "storage/journal/unwritten.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "storage/base/io.h"

/*
 * On these a page of a file that has its blocks, and that is locked in memory, can be written to
 * whatever happens to the disk. Others need room for a copy of it, or ask for the file system's
 * health, and answer with SIGBUS.
 */
static const unsigned long writable_ever[] = { EXT4_SUPER_MAGIC, TMPFS_MAGIC };

static bool is_writable_ever(int fd)
{
    struct statfs status;

    if (fstatfs(fd, &status) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof(writable_ever) / sizeof(writable_ever[0]); i++) {
        if ((unsigned long)status.f_type == writable_ever[i]) {
            return true;
        }
    }
    return false;
}

static int open_in(const char *dir, int mode)
{
    int in = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = in >= 0 ? openat(in, BC_UNWRITTEN_FILE, mode | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;

    if (in >= 0) {
        int code = errno;

        close(in);
        errno = code;
    }
    return fd;
}

/* Give the file its length, its blocks, and nothing that counts. */
static bool fill(int fd)
{
    static const uint8_t zeros[BC_UNWRITTEN_BYTES];

    return bc_io_write(fd, 0, bc_bytes(zeros, sizeof(zeros))) == 0 && bc_io_sync(fd) == 0;
}

void bc_unwritten_open(struct bc_unwritten *unwritten, const char *dir)
{
    void *bytes = MAP_FAILED;

    *unwritten = (struct bc_unwritten){ .fd = open_in(dir, O_RDWR | O_CREAT) };
    if (unwritten->fd >= 0 && is_writable_ever(unwritten->fd) && fill(unwritten->fd)) {
        bytes =
            mmap(NULL, BC_UNWRITTEN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, unwritten->fd, 0);
    }
    if (bytes == MAP_FAILED) {
        return;
    }
    if (mlock(bytes, BC_UNWRITTEN_BYTES) != 0) {
        (void)munmap(bytes, BC_UNWRITTEN_BYTES);
        return;
    }
    unwritten->bytes = bytes;
}

void bc_unwritten_close(struct bc_unwritten *unwritten)
{
    if (unwritten->bytes != NULL) {
        (void)munmap(unwritten->bytes, BC_UNWRITTEN_BYTES);
    }
    if (unwritten->fd >= 0) {
        close(unwritten->fd);
    }
    *unwritten = (struct bc_unwritten){ .fd = -1 };
}

bool bc_unwritten_add(struct bc_unwritten *unwritten, struct bc_bytes frame)
{
    if (unwritten->bytes == NULL || frame.len > BC_UNWRITTEN_BYTES - unwritten->len) {
        return false;
    }
    memcpy(unwritten->bytes + unwritten->len, frame.data, frame.len);
    unwritten->len += frame.len;
    return true;
}

void bc_unwritten_cut(struct bc_unwritten *unwritten, size_t len)
{
    assert(len <= unwritten->len);
    if (len < unwritten->len) {
        memset(unwritten->bytes + len, 0, unwritten->len - len);
        unwritten->len = len;
    }
}

/* Log that the file in ${dir} can't be used, with errno's ${code}. */
static enum bc_error failed(const char *dir, const struct bc_log *log, const char *what, int code)
{
    bc_log_line(log, true, "%s/%s: cannot %s it: %s", dir, BC_UNWRITTEN_FILE, what, strerror(code));
    return BC_IO;
}

enum bc_error bc_unwritten_read(
    struct bc_unwritten_copy *copy, const char *dir, const struct bc_log *log)
{
    int fd = open_in(dir, O_RDONLY | O_NONBLOCK);
    int code = errno;

    *copy = (struct bc_unwritten_copy){ .len = 0 };
    if (fd < 0) {
        return code == ENOENT ? BC_OK : failed(dir, log, "open", code);
    }
    copy->bytes = malloc(BC_UNWRITTEN_BYTES);
    code = copy->bytes != NULL ? bc_io_read(fd, 0, copy->bytes, BC_UNWRITTEN_BYTES, &copy->len)
                               : ENOMEM;
    close(fd);
    if (code == ENOMEM) {
        return BC_NOMEM;
    }
    return code == 0 ? BC_OK : failed(dir, log, "read", code);
}

void bc_unwritten_copy_free(struct bc_unwritten_copy *copy)
{
    free(copy->bytes);
}

enum bc_error bc_unwritten_walk(const struct bc_unwritten_copy *copy, uint64_t mark, uint64_t last,
    bc_unwritten_fn fn, void *context)
{
    size_t at = 0;
    enum bc_error error = BC_OK;

    while (error == BC_OK && copy->len - at >= BC_JOURNAL_FRAME_HEADER) {
        const uint8_t *bytes = copy->bytes + at;
        size_t size = bc_frame_claimed_size(bytes);
        struct bc_frame frame;

        if (size == 0 || size > copy->len - at || !bc_frame_decode(bc_bytes(bytes, size), &frame) ||
            frame.mark != mark) {
            break;
        }
        if (frame.number == last + 1) { /* those before it have been written */
            last++;
            error = fn(context, &frame, bc_bytes(bytes, size));
        }
        at += size;
    }
    return error;
}

enum bc_error bc_unwritten_clear(
    const struct bc_unwritten_copy *copy, const char *dir, const struct bc_log *log)
{
    bool filled;
    int fd;

    if (bc_bytes_zero(bc_bytes(copy->bytes, copy->len))) {
        return BC_OK;
    }
    fd = open_in(dir, O_RDWR);
    filled = fd >= 0 && fill(fd);
    if (fd >= 0) {
        close(fd);
    }
    return filled ? BC_OK : failed(dir, log, "overwrite", errno);
}
