#include "storage/base/io.h"

#include <errno.h>
#include <unistd.h>

int bc_io_write(int fd, uint64_t offset, struct bc_bytes bytes)
{
    size_t done = 0;

    while (done < bytes.len) {
        ssize_t n = pwrite(fd, bytes.data + done, bytes.len - done, (off_t)(offset + done));

        if (n > 0) {
            done += (size_t)n;
        } else if (n == 0) {
            return ENOSPC;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int bc_io_read(int fd, uint64_t offset, uint8_t *to, size_t len, size_t *got)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = pread(fd, to + *got, len - *got, (off_t)(offset + *got));

        if (n > 0) {
            *got += (size_t)n;
        } else if (n == 0) {
            break;
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

int bc_io_sync(int fd)
{
    int code;

    do {
        code = fdatasync(fd) == 0 ? 0 : errno;
    } while (code == EINTR);
    return code;
}
