/* Frames that wait to be written, in a mapped file. */
#include "storage/journal/unwritten.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/io.h"

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

    errno = bc_io_write(fd, 0, bc_bytes(zeros, sizeof(zeros)));
    if (errno == 0) {
        errno = bc_io_sync(fd);
    }
    return errno == 0;
}

enum bc_mapping bc_unwritten_open(struct bc_unwritten *unwritten, const char *dir)
{
    enum bc_mapping mapping;
    void *bytes;

    *unwritten = (struct bc_unwritten){ .fd = open_in(dir, O_RDWR | O_CREAT) };
    mapping = unwritten->fd >= 0 ? bc_mapping_of(unwritten->fd) : BC_MAPPING_NO_FILE;
    if (mapping == BC_MAPPING_GOOD && !fill(unwritten->fd)) {
        mapping = BC_MAPPING_NO_FILE;
    }
    if (mapping != BC_MAPPING_GOOD) {
        return mapping;
    }
    bytes = mmap(NULL, BC_UNWRITTEN_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, unwritten->fd, 0);
    if (bytes == MAP_FAILED) {
        return BC_MAPPING_NO_MEMORY;
    }
    if (mlock(bytes, BC_UNWRITTEN_BYTES) != 0) {
        (void)munmap(bytes, BC_UNWRITTEN_BYTES);
        return BC_MAPPING_NO_MEMORY;
    }
    unwritten->bytes = bytes;
    return BC_MAPPING_GOOD;
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

enum bc_error bc_unwritten_wipe(const struct bc_unwritten *unwritten, const struct bc_log *log)
{
    assert(unwritten->len == 0);
    return fill(unwritten->fd) ? BC_OK : failed("data_dir", log, "overwrite", errno);
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

/* The size of the frame with ${mark} that is at ${at}; 0 if none is. */
static size_t frame_at(
    const struct bc_unwritten_copy *copy, size_t at, uint64_t mark, struct bc_frame *frame)
{
    const uint8_t *bytes = copy->bytes + at;
    size_t size = bc_frame_claimed_size(bytes);

    return size <= copy->len - at && bc_frame_claimed_mark(bytes) == mark &&
                   bc_frame_decode(bc_bytes(bytes, size), frame)
               ? size
               : 0;
}

enum bc_error bc_unwritten_walk(const struct bc_unwritten_copy *copy, uint64_t mark, uint64_t last,
    bc_unwritten_fn fn, void *context)
{
    size_t at = 0;
    enum bc_error error = BC_OK;

    while (error == BC_OK && copy->len - at >= BC_JOURNAL_FRAME_HEADER) {
        struct bc_frame frame;
        size_t size = frame_at(copy, at, mark, &frame);

        if (size == 0) {
            break;
        }
        if (frame.number == last + 1) { /* those before it have been written */
            last++;
            error = fn(context, &frame, bc_bytes(copy->bytes + at, size));
        }
        at += size;
    }
    return error;
}

uint64_t bc_unwritten_synced(const struct bc_unwritten_copy *copy, uint64_t mark)
{
    uint64_t synced = 0;
    size_t at = 0;

    while (copy->len - at >= BC_JOURNAL_FRAME_HEADER) {
        struct bc_frame frame;
        size_t size = frame_at(copy, at, mark, &frame);

        if (size > 0 && frame.synced > synced) {
            synced = frame.synced;
        }
        at += size > 0 ? size : 8;
    }
    return synced;
}

enum bc_error bc_unwritten_clear(
    const struct bc_unwritten_copy *copy, const char *dir, const struct bc_log *log)
{
    bool filled;
    int fd;

    if (copy->bytes == NULL) {
        return BC_OK;
    }
    fd = open_in(dir, O_RDWR);
    filled = fd >= 0 && fill(fd);
    if (fd >= 0) {
        close(fd);
    }
    return filled ? BC_OK : failed(dir, log, "overwrite", errno);
}
