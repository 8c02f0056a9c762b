/*
 * What one durable write costs here: bytes written over in a preallocated file, each time followed
 * by fdatasync. Prints the mean in us, over a second. It is what `durability publish` adds to each
 * message at least.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FILE_BYTES  (16 << 20)
#define WRITE_BYTES 320 /* a frame with a message of 200 bytes */

static double now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static uint8_t zeros[1 << 16];
    uint8_t bytes[WRITE_BYTES];
    uint32_t writes = 0;
    double begun;
    int fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    int good = fd >= 0;

    if (argc != 2) {
        (void)fputs("usage: disk FILE\n", stderr);
        return 2;
    }
    for (off_t at = 0; good && at < FILE_BYTES; at += (off_t)sizeof(zeros)) {
        good = pwrite(fd, zeros, sizeof(zeros), at) == (ssize_t)sizeof(zeros);
    }
    good = good && fsync(fd) == 0;
    memset(bytes, 'x', sizeof(bytes));
    for (begun = now(); good && now() - begun < 1; writes++) {
        good = pwrite(fd, bytes, sizeof(bytes),
                   (off_t)writes * WRITE_BYTES % (FILE_BYTES - WRITE_BYTES)) == WRITE_BYTES &&
               fdatasync(fd) == 0;
    }
    if (!good) {
        perror("disk");
        return 1;
    }
    printf("%.1f\n", (now() - begun) * 1e6 / writes);
    (void)unlink(argv[1]);
    return 0;
}
