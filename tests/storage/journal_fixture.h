/* A journal in a directory of its own, what ought to be in it, and disks that fail. */
#ifndef BC_TESTS_JOURNAL_FIXTURE_H
#define BC_TESTS_JOURNAL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/journal/unwritten.h"

#define SEGMENT_BYTES 32768
#define FRAMES_MAX    1024

/* What a process that kills itself (see below) exits with. */
#define FIXTURE_KILLED 9

struct fixture {
    char dir[64];
    uint64_t segment_bytes; /* what the journal is opened with */
    bool gathers;           /* have frames wait in the mapped file, if it can be; with
                                JOURNAL_GATHERS in the environment to begin with */
    struct bc_journal *journal;
    char log[4096]; /* the lines since the journal was opened */
    uint32_t next_tag;
    uint32_t tags[FRAMES_MAX]; /* by number: what the frame's payload is made of */
};

/* What write and sync calls do; all zero is a disk that works. */
struct faults {
    unsigned calls;       /* of pwrite() and fdatasync(), counted */
    unsigned first;       /* the first call that fails, from 1; 0 for none */
    unsigned count;       /* how many fail from there on */
    int code;             /* errno of those */
    bool half;            /* a failing pwrite() writes half before */
    bool only_sync;       /* pwrite() neither counts nor fails */
    bool only_write;      /* fdatasync() neither counts nor fails */
    bool in_small_pieces; /* pwrite() writes 7 bytes at most and is interrupted in between */
    unsigned kill; /* the process ends at this call, from 1, counted like those; 0: it doesn't */
};

extern struct faults faults;

/* How often the mapped file has been synced: till then anything that was in it may be on the disk.
 */
extern unsigned unwritten_syncs;

/* Make the calls from the ${first}th from now on fail, ${count} of them. */
void fail_calls(struct faults how);

/* Hold every fdatasync() of a segment back, or let them go on. */
void hold_syncs(bool hold);

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* The process is killed, if the journal is open, and opens it again. */
enum bc_error reopen(struct fixture *fixture);

/* The same, and it must succeed; ${last} is the last frame's number, and all of them are synced. */
void reopen_at(struct fixture *fixture, uint64_t last);

/* Append a frame with the next tag's payload, and remember the tag if that succeeds. */
enum bc_error append(struct fixture *fixture);

/* Append ${count} frames. */
void append_many(struct fixture *fixture, unsigned count);

void sync_all(struct fixture *fixture);

/* Free the other segment and switch to it. */
void switch_over(struct fixture *fixture);

/* A replay after ${after} must give the right frames up to the last, and succeed. */
void expect_frames(struct fixture *fixture, uint64_t after);

/* The log since opening must contain ${text}. */
void expect_logged(const struct fixture *fixture, const char *text);

/* The files as they are at one moment, which is what a process that is killed then leaves. */
struct image {
    uint8_t segments[2][SEGMENT_BYTES];
    size_t lens[2]; /* SEGMENT_BYTES at the most; 0 of a file that isn't there */
    uint8_t unwritten[BC_UNWRITTEN_BYTES];
    size_t unwritten_len;
};

/* To be freed with free(). */
struct image *image_take(const struct fixture *fixture);

/* Have the files be those of ${image} again, with nobody who has them open. */
void image_put(struct fixture *fixture, const struct image *image);

/* The process is killed now: the journal is closed, and leaves nothing more in its files. */
void be_killed(struct fixture *fixture);

/* A whole file of the journal's. */
void load_file(const struct fixture *fixture, const char *name, uint8_t *bytes, size_t len);
void save_file(const struct fixture *fixture, const char *name, const uint8_t *bytes, size_t len);

/* The same of a segment, of SEGMENT_BYTES. */
void load(const struct fixture *fixture, int index, uint8_t *bytes);
void save(const struct fixture *fixture, int index, const uint8_t *bytes, size_t len);
void delete_file(const struct fixture *fixture, int index);

#endif
