/* The data directory: owned by one process at a time. */
#ifndef BC_STORAGE_BASE_DIRECTORY_H
#define BC_STORAGE_BASE_DIRECTORY_H

#include <stdbool.h>

#include "messaging/error.h"
#include "storage/base/log.h"

/* Descriptors, -1 for none: of the directory, and of a file in it that is locked as well. */
struct bc_owned {
    int dir;
    int file;
};

/**
 * bc_directory_own(dir, log, context, owned):
 * Take ${dir} for this process, and set *${owned} to what keeps it until bc_directory_disown(). The
 * lock is on the directory itself, which nobody can remove and make anew by mistake, and, for
 * versions before 0.2, on a file in it.
 *
 * Errors: BC_MISSING if it isn't there or can't be written to, BC_BUSY if another process has it;
 * one line has been logged.
 */
enum bc_error bc_directory_own(
    const char *dir, bc_log_fn log, void *context, struct bc_owned *owned) BC_MUST_CHECK;

/* Let it go. All -1 is allowed, and what it is after this. */
void bc_directory_disown(struct bc_owned *owned);

/* Is the directory that is ${owned} still the one at ${dir}? */
bool bc_directory_is_ours(const char *dir, const struct bc_owned *owned);

/**
 * bc_directory_sync(dir, log, context):
 * Make durable which files are in ${dir}, and by what names.
 *
 * Errors: BC_IO; one line has been logged.
 */
enum bc_error bc_directory_sync(const char *dir, bc_log_fn log, void *context) BC_MUST_CHECK;

/*
 * Is ${name} in ${dir}, if it is there, a plain file: no symbolic link, no pipe, no device? If it
 * is going to be ${written}, it may have no other name either.
 */
bool bc_directory_is_plain(const char *dir, const char *name, bool written);

/* Is there a file ${name} in ${dir}? */
bool bc_directory_has(const char *dir, const char *name);

#endif
