/*
 * Calls that fail as planned: of the disk, under the journal and LMDB alike, of LMDB, and of the
 * memory; and a clock that stands still. The linker has them in the place of the real ones.
 */
#ifndef BC_TESTS_STORAGE_FAULTS_H
#define BC_TESTS_STORAGE_FAULTS_H

#include <stdbool.h>

enum what {
    FAIL_NOTHING,
    FAIL_WRITE,
    FAIL_SYNC,
    FAIL_MEMORY,
    FAIL_BEGIN,
    FAIL_COMMIT,
    FAIL_PUT,
    FAIL_DELETE,
    FAIL_READ,
    FAIL_WALK
};

/*
 * From its call number ${first} on, ${count} calls of ${what} fail with ${code}, errno or one of
 * LMDB's, while faults are on; none counts while they are off, as they are now.
 */
void faults_plan(enum what what, int code, unsigned first, unsigned count);
void faults_on(bool on);

/* How many calls of that kind there were. */
unsigned faults_calls(void);

/* The fault is over, and so is the time that the store waits after one. */
void faults_end(void);

/* Time passes. */
void faults_wait(unsigned seconds);

#endif
