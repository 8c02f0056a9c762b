/*
 * The preloaded disk's insides: disk.c (power, lies and faults), data.c, open.c and memory.c (the
 * functions that come before the C library's). Whatever is called below must be called with the
 * lock held.
 */
#ifndef BC_TESTS_CRASH_DISK_DISK_H
#define BC_TESTS_CRASH_DISK_DISK_H

#include <stdbool.h>

#include "control.h"

#define DISK_EXPORT __attribute__((visibility("default")))

#define DISK_LMDB_LOCK                                                                             \
    "lock.mdb" /* mapped and written to; LMDB takes nothing in it for granted                      \
                */

void disk_lock(void);
void disk_unlock(void);

/* A change of the directory or of a file in it begins. This may be where the power goes. */
void disk_change(void);

/* What was written through memory since the last change is one, too, if anything was. */
void disk_look(void);

/* How the disk lies about the file ${name}, or the directory if it is ".". */
enum disk_lie disk_lie_of(const char *name);

/* Count a ${call}, lock or not. Returns how it fails, an errno or DISK_SHORT, or 0: it does not. */
int disk_fault(enum disk_call call);

/* Count a ${call}, which is a change. Returns whether it fails, with errno set. */
bool disk_fails(enum disk_call call);

/* Whether the test wants DISK_MEMORY to be counted, for it to fail; needs no lock. */
bool disk_memory_matters(void);

#endif
