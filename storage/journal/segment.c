/* One file of the journal. */
#include "storage/journal/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/io.h"

#define CHUNK 65536

static const uint8_t zeros[CHUNK];

/* Log that ${what} failed, as errno says, and return the error for it. */
static enum bc_error failed(const struct bc_segment *segment, const char *what)
{
    int code = errno;

    bc_log_line(&segment->log, true, "%s: cannot %s: %s", segment->path, what, strerror(code));
    return code == ENOSPC || code == EDQUOT ? BC_FULL : BC_IO;
}

enum bc_error bc_segment_damaged(const struct bc_segment *segment, const char *what, ...)
{
    char text[256];
    va_list arguments;

    va_start(arguments, what);
    vsnprintf(text, sizeof(text), what, arguments);
    va_end(arguments);
    bc_log_line(&segment->log, true, "%s: %s: restore the whole directory from a backup",
        segment->path, text);
    return BC_DAMAGED;
}

static enum bc_error read_header(struct bc_segment *segment)
{
    uint8_t bytes[BC_JOURNAL_HEADER];
    struct bc_segment_header header;
    struct stat status;
    size_t got = 0;
    enum bc_error error = bc_segment_read(segment, 0, bytes, sizeof(bytes), &got);

    if (error != BC_OK) {
        return error;
    }
    if (fstat(segment->fd, &status) != 0) {
        return failed(segment, "look at it");
    }
    segment->bytes = (uint64_t)status.st_size & ~(uint64_t)7;
    if (got < sizeof(bytes) || !bc_segment_header_decode(bytes, &header)) {
        segment->state = bc_bytes_zero(bc_bytes(bytes, got)) ? BC_SEGMENT_BLANK : BC_SEGMENT_TORN;
        return BC_OK;
    }
    if (header.version > BC_STORED_VERSION) {
        bc_log_line(&segment->log, true,
            "%s: was written by a newer version of Backchannel (journal version %u, this one "
            "reads up to %d): start the newer version",
            segment->path, (unsigned)header.version, BC_STORED_VERSION);
        return BC_NEWER;
    }
    segment->state = header.first > 0 ? BC_SEGMENT_BEGUN : BC_SEGMENT_VOID;
    segment->mark = header.mark;
    segment->first = header.first;
    segment->cut_short = segment->bytes < header.bytes;
    segment->bytes = segment->cut_short ? segment->bytes : header.bytes;
    return BC_OK;
}

static enum bc_error open_segment(
    struct bc_segment *segment, const char *dir, int index, int mode, const struct bc_log *log)
{
    *segment = (struct bc_segment){ .log = *log, .fd = -1, .state = BC_SEGMENT_MISSING };
    if (asprintf(&segment->path, "%s/journal.%d", dir, index) < 0) {
        segment->path = NULL;
        return BC_NOMEM;
    }
    segment->fd = open(segment->path, mode | O_CLOEXEC);
    if (segment->fd >= 0) {
        return read_header(segment);
    }
    return errno == ENOENT ? BC_OK : failed(segment, "open it");
}

enum bc_error bc_segment_open(
    struct bc_segment *segment, const char *dir, int index, const struct bc_log *log)
{
    return open_segment(segment, dir, index, O_RDWR, log);
}

enum bc_error bc_segment_open_to_read(
    struct bc_segment *segment, const char *dir, int index, const struct bc_log *log)
{
    return open_segment(segment, dir, index, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, log);
}

void bc_segment_close(struct bc_segment *segment)
{
    if (segment->fd >= 0) {
        close(segment->fd);
    }
    free(segment->path);
}

enum bc_error bc_segment_make(struct bc_segment *segment, uint64_t bytes)
{
    enum bc_error error;

    if (segment->fd < 0) {
        segment->fd = open(segment->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (segment->fd < 0) {
            return failed(segment, "make it");
        }
    }
    segment->state = BC_SEGMENT_BLANK;
    segment->mark = 0;
    segment->first = 0;
    segment->bytes = 0;
    /* The old header goes first: it must not speak of frames that are half overwritten. */
    error = bc_segment_zero(segment, 0, BC_JOURNAL_HEADER);
    if (error == BC_OK) {
        error = bc_segment_sync(segment);
    }
    if (error == BC_OK) {
        error = bc_segment_zero(segment, BC_JOURNAL_HEADER, bytes);
    }
    if (error == BC_OK && (ftruncate(segment->fd, (off_t)bytes) != 0 || fsync(segment->fd) != 0)) {
        error = failed(segment, "make it");
    }
    if (error == BC_OK) {
        segment->bytes = bytes;
    }
    return error;
}

static enum bc_error write_header(struct bc_segment *segment, uint64_t mark, uint64_t first)
{
    uint8_t bytes[BC_JOURNAL_HEADER] = { 0 };
    const struct bc_segment_header header = {
        .version = BC_STORED_VERSION, .mark = mark, .first = first, .bytes = segment->bytes
    };
    enum bc_error error;

    bc_segment_header_encode(&header, bytes);
    error = bc_segment_write(segment, 0, bc_bytes(bytes, sizeof(bytes)));
    if (error == BC_OK) {
        error = bc_segment_sync(segment);
    }
    if (error == BC_OK) {
        segment->state = first > 0 ? BC_SEGMENT_BEGUN : BC_SEGMENT_VOID;
        segment->mark = mark;
        segment->first = first;
        segment->cut_short = false;
    }
    return error;
}

enum bc_error bc_segment_begin(struct bc_segment *segment, uint64_t generation, uint64_t first)
{
    uint32_t salt = 0;

    segment->first = 0;
    if (getrandom(&salt, sizeof(salt), 0) != (ssize_t)sizeof(salt)) {
        return failed(segment, "draw random bits for it");
    }
    return write_header(segment, BC_MARK(generation, salt), first);
}

enum bc_error bc_segment_count(struct bc_segment *segment, uint64_t first)
{
    return write_header(segment, segment->mark, first);
}

enum bc_error bc_segment_write(
    const struct bc_segment *segment, uint64_t offset, struct bc_bytes bytes)
{
    errno = bc_io_write(segment->fd, offset, bytes);
    return errno == 0 ? BC_OK : failed(segment, "write to it");
}

enum bc_error bc_segment_zero(const struct bc_segment *segment, uint64_t from, uint64_t upto)
{
    enum bc_error error = BC_OK;

    while (from < upto && error == BC_OK) {
        size_t len = upto - from < CHUNK ? (size_t)(upto - from) : CHUNK;

        error = bc_segment_write(segment, from, bc_bytes(zeros, len));
        from += len;
    }
    return error;
}

enum bc_error bc_segment_rewrite(const struct bc_segment *segment, uint64_t from, uint64_t upto)
{
    uint8_t *chunk = malloc(CHUNK);
    enum bc_error error = chunk != NULL ? BC_OK : BC_NOMEM;

    while (from < upto && error == BC_OK) {
        size_t len = upto - from < CHUNK ? (size_t)(upto - from) : CHUNK;

        error = bc_segment_read(segment, from, chunk, len, &len);
        if (error == BC_OK) {
            error = bc_segment_write(segment, from, bc_bytes(chunk, len));
        }
        from = len > 0 ? from + len : upto;
    }
    free(chunk);
    return error;
}

enum bc_error bc_segment_synced(const struct bc_segment *segment, int code)
{
    errno = code;
    return code == 0 ? BC_OK : failed(segment, "sync it");
}

enum bc_error bc_segment_sync(const struct bc_segment *segment)
{
    return bc_segment_synced(segment, bc_io_sync(segment->fd));
}

enum bc_error bc_segment_read(
    const struct bc_segment *segment, uint64_t offset, uint8_t *to, size_t len, size_t *got)
{
    errno = bc_io_read(segment->fd, offset, to, len, got);
    return errno == 0 ? BC_OK : failed(segment, "read it");
}

enum bc_error bc_segment_is_blank(const struct bc_segment *segment, bool *blank)
{
    uint8_t *chunk = malloc(CHUNK);
    uint64_t offset = BC_JOURNAL_HEADER;
    size_t got = 0;
    enum bc_error error = chunk != NULL ? BC_OK : BC_NOMEM;

    *blank = true;
    do {
        if (error == BC_OK) {
            error = bc_segment_read(segment, offset, chunk, CHUNK, &got);
        }
        if (error == BC_OK) {
            *blank = bc_bytes_zero(bc_bytes(chunk, got));
            offset += got;
        }
    } while (error == BC_OK && *blank && got == CHUNK);
    free(chunk);
    return error;
}
