/*
 * What a test and the disk under its broker tell each other, in a file that both have mapped:
 * DISK_CONTROL in the broker's environment names it, DISK_DIR the directory of the files that are
 * meant.
 */
#ifndef BC_TESTS_CRASH_DISK_CONTROL_H
#define BC_TESTS_CRASH_DISK_CONTROL_H

#include <stdatomic.h>
#include <stdint.h>

/* What can fail. */
enum disk_call {
    DISK_WRITE,
    DISK_SYNC,
    DISK_LENGTH, /* ftruncate() and fallocate() */
    DISK_OPEN,   /* and rename() and unlink() */
    DISK_MEMORY, /* malloc() and its like, called by the plugin and its libraries */
    DISK_MAP,    /* mmap() of a file */
    DISK_THREAD, /* pthread_create() */
    DISK_CALLS
};

/* In place of an errno: a write that is cut short. */
#define DISK_SHORT (-1)

/* How the disk lies about the files whose names begin with the control's ${lie_about}. */
enum disk_lie {
    DISK_HONEST,
    DISK_NO_SYNC,  /* a sync does nothing; neither does O_DSYNC */
    DISK_LATE_SYNC /* a sync is done so many changes of anything later: */
};

#define DISK_LATE 32

struct disk_control {
    _Atomic uint32_t cut_in; /* the power goes at the so many-th change from now; 0: it doesn't */
    _Atomic uint32_t seed;   /* of what a cut does to what was not synced */
    _Atomic uint32_t lie;
    char lie_about[32];
    _Atomic uint32_t calls[DISK_CALLS]; /* counted until now */
    _Atomic uint32_t fail_what;         /* an enum disk_call */
    _Atomic uint32_t fail_first;        /* the number of the first call that fails; 0: none */
    _Atomic uint32_t fail_count;        /* how many fail from there on */
    _Atomic int32_t fail_code;          /* errno, or DISK_SHORT */
    _Atomic uint32_t ahead;             /* seconds that the monotonic clock is fast */
};

#endif
