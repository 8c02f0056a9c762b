/* The first data.mdb. */
#ifndef BC_STORAGE_TABLES_CREATE_H
#define BC_STORAGE_TABLES_CREATE_H

#include "messaging/error.h"
#include "storage/base/log.h"

/**
 * bc_create_tables(dir, log, context):
 * Make an empty data.mdb in ${dir}, which is durable when this returns. Whenever the power fails,
 * it is either not there or whole: LMDB itself leaves what it begins a file with unsynced.
 *
 * Errors: BC_FULL, BC_IO, BC_NOMEM; one line has been logged, and the next try begins anew.
 */
enum bc_error bc_create_tables(const char *dir, bc_log_fn log, void *context) BC_MUST_CHECK;

#endif
