/* Writes over a preallocated file, each followed by fdatasync. */
#include "bench/durable.h"

#include <fcntl.h>
#include <unistd.h>

#define FILE_BYTES  (16 << 20)
#define WRITE_BYTES 320 /* a frame with a message of 200 bytes */

int durable_file(const char *path)
{
    static const char zeros[1 << 16];
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool good = file >= 0;

    for (off_t at = 0; good && at < FILE_BYTES; at += (off_t)sizeof(zeros)) {
        good = pwrite(file, zeros, sizeof(zeros), at) == (ssize_t)sizeof(zeros);
    }
    good = good && fsync(file) == 0;
    if (!good && file >= 0) {
        (void)close(file);
    }
    return good ? file : -1;
}

bool durable_write(int file)
{
    static const char bytes[WRITE_BYTES] = "a message";
    static off_t next;

    if (next + WRITE_BYTES > FILE_BYTES) {
        next = 0;
    }
    next += WRITE_BYTES;
    return pwrite(file, bytes, WRITE_BYTES, next - WRITE_BYTES) == WRITE_BYTES &&
           fdatasync(file) == 0;
}
