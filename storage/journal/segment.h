/* One file of the journal: opened, made, begun, written to and read. Only the journal uses it. */
#ifndef BC_STORAGE_JOURNAL_SEGMENT_H
#define BC_STORAGE_JOURNAL_SEGMENT_H

#include "storage/base/log.h"
#include "storage/journal/frame.h"

enum bc_segment_state {
    BC_SEGMENT_MISSING, /* there is no such file */
    BC_SEGMENT_BLANK,   /* no header, but zeros: never begun */
    BC_SEGMENT_TORN,    /* no header, and something else there */
    BC_SEGMENT_VOID,    /* a header that says that there is nothing in it */
    BC_SEGMENT_BEGUN
};

struct bc_segment {
    struct bc_log log;
    char *path;
    int fd; /* -1 when it is missing */
    enum bc_segment_state state;
    uint64_t mark;  /* 0 without a header */
    uint64_t first; /* the number of the first frame; 0 unless it is begun */
    uint64_t bytes; /* of the file that may be used */
    bool cut_short; /* the file is shorter than its header says */
};

/* Log that ${what} of the segment is damaged, and what to do. Returns BC_DAMAGED. */
enum bc_error bc_segment_damaged(const struct bc_segment *segment, const char *what, ...)
    __attribute__((format(printf, 2, 3))) BC_MUST_CHECK;

/*
 * All that return an error here, but for BC_NOMEM, BC_NOTFOUND and where it says otherwise, have
 * logged what went wrong, with the file's name.
 */

/**
 * bc_segment_open(segment, dir, index, log):
 * Open the file number ${index} in ${dir}, if it is there, and read its header.
 *
 * Errors: BC_NEWER, BC_IO, BC_NOMEM. On errors, too, *${segment} is to be closed.
 */
enum bc_error bc_segment_open(
    struct bc_segment *segment, const char *dir, int index, const struct bc_log *log) BC_MUST_CHECK;

/* The same, with whatever writes failing. */
enum bc_error bc_segment_open_to_read(
    struct bc_segment *segment, const char *dir, int index, const struct bc_log *log) BC_MUST_CHECK;

void bc_segment_close(struct bc_segment *segment);

/**
 * bc_segment_make(segment, bytes):
 * Make the file one of ${bytes} that is never begun: zeros, really written, for overwriting what is
 * there costs half of a growing file when it is synced. Durable, but for its name in the directory.
 * On errors, and after a power cut midway, it is blank and of any size.
 */
enum bc_error bc_segment_make(struct bc_segment *segment, uint64_t bytes) BC_MUST_CHECK;

/**
 * bc_segment_begin(segment, generation, first):
 * Write a header, durably, with a new mark of ${generation}: frames follow, from the number
 * ${first}; 0 makes the segment void. On errors any part of the header may be there.
 */
enum bc_error bc_segment_begin(
    struct bc_segment *segment, uint64_t generation, uint64_t first) BC_MUST_CHECK;

/**
 * bc_segment_count(segment, first):
 * Have the void ${segment} be begun, durably, with the mark that it has and the frames that are
 * durable in it, from the number ${first} on. On errors it is one or the other, or any part of the
 * header.
 */
enum bc_error bc_segment_count(struct bc_segment *segment, uint64_t first) BC_MUST_CHECK;

/* Write all of ${bytes} at ${offset}. On errors any part of it may be there. */
enum bc_error bc_segment_write(
    const struct bc_segment *segment, uint64_t offset, struct bc_bytes bytes) BC_MUST_CHECK;

/* Write zeros from ${from} up to ${upto}, exclusive. */
enum bc_error bc_segment_zero(
    const struct bc_segment *segment, uint64_t from, uint64_t upto) BC_MUST_CHECK;

/* Write once more what is there from ${from} up to ${upto}, exclusive. BC_NOMEM isn't logged. */
enum bc_error bc_segment_rewrite(
    const struct bc_segment *segment, uint64_t from, uint64_t upto) BC_MUST_CHECK;

/* Make durable what was written. */
enum bc_error bc_segment_sync(const struct bc_segment *segment) BC_MUST_CHECK;

/* The same of what bc_io_sync() has come to in another thread. */
enum bc_error bc_segment_synced(const struct bc_segment *segment, int code) BC_MUST_CHECK;

/* Read up to ${len} bytes at ${offset}; *${got} is less only at the end of the file. */
enum bc_error bc_segment_read(const struct bc_segment *segment, uint64_t offset, uint8_t *to,
    size_t len, size_t *got) BC_MUST_CHECK;

/* Set *${blank} to whether the file has nothing but zeros behind its header. */
enum bc_error bc_segment_is_blank(const struct bc_segment *segment, bool *blank) BC_MUST_CHECK;

#endif
