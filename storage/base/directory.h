/* The data directory: owned by one process at a time. */
#ifndef BC_STORAGE_BASE_DIRECTORY_H
#define BC_STORAGE_BASE_DIRECTORY_H

#include <stdbool.h>

#include "messaging/error.h"
#include "storage/base/log.h"

/**
 * bc_directory_own(dir, log, context, lock):
 * Take ${dir} for this process, and set *${lock} to a descriptor that keeps it as long as it is
 * open; -1 on errors.
 *
 * Errors: BC_MISSING if it isn't there or can't be written to, BC_BUSY if another process has it;
 * one line has been logged.
 */
enum bc_error bc_directory_own(
    const char *dir, bc_log_fn log, void *context, int *lock) BC_MUST_CHECK;

/**
 * bc_directory_sync(dir, log, context):
 * Make durable which files are in ${dir}, and by what names.
 *
 * Errors: BC_IO; one line has been logged.
 */
enum bc_error bc_directory_sync(const char *dir, bc_log_fn log, void *context) BC_MUST_CHECK;

/* Is there a file ${name} in ${dir}? */
bool bc_directory_has(const char *dir, const char *name);

#endif
