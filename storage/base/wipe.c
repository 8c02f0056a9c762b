/* Looked at before it is written: most of it is zero already, or was never given a place. */
#include "storage/base/wipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/base/io.h"

#define CHUNK      ((uint64_t)64 * 1024)
#define SYNC_BYTES ((uint64_t)1024 * 1024)

static const uint8_t zeros[CHUNK];

bool bc_wipe_stops(const struct bc_wipe *wipe)
{
    return wipe->stop != NULL && atomic_load(wipe->stop);
}

int bc_wipe_sync(struct bc_wipe *wipe)
{
    int code = bc_io_sync(wipe->fd);

    if (code == 0) {
        wipe->unsynced = 0;
    }
    return code;
}

static int zero(struct bc_wipe *wipe, uint64_t at, size_t len)
{
    int code = bc_io_write(wipe->fd, at, bc_bytes(zeros, len));

    if (code != 0) {
        return code;
    }
    wipe->bytes += len;
    wipe->unsynced += len;
    return wipe->unsynced >= SYNC_BYTES ? bc_wipe_sync(wipe) : 0;
}

/* Holes are none of the file's bytes: where the next that are begin; ${upto} if there are none. */
static uint64_t next_data(const struct bc_wipe *wipe, uint64_t from, uint64_t upto)
{
    off_t at = lseek(wipe->fd, (off_t)from, SEEK_DATA);

    if (at < 0) {
        return errno == ENXIO ? upto : from;
    }
    return (uint64_t)at < upto ? (uint64_t)at : upto;
}

static int wipe_chunks(struct bc_wipe *wipe, uint8_t *chunk, uint64_t from, uint64_t upto)
{
    int code = 0;

    while (code == 0 && (from = next_data(wipe, from, upto)) < upto) {
        size_t len = upto - from < CHUNK ? (size_t)(upto - from) : CHUNK;
        size_t got = 0;

        if (bc_wipe_stops(wipe)) {
            return ECANCELED;
        }
        code = bc_io_read(wipe->fd, from, chunk, len, &got);
        if (code == 0 && memcmp(chunk, zeros, got) != 0) {
            code = zero(wipe, from, got);
        }
        from = got == len ? from + len : upto; /* the file ends */
    }
    return code;
}

int bc_wipe_range(struct bc_wipe *wipe, uint64_t from, uint64_t upto)
{
    uint8_t *chunk = malloc(CHUNK);
    int code = chunk != NULL ? wipe_chunks(wipe, chunk, from, upto) : ENOMEM;

    free(chunk);
    return code;
}
