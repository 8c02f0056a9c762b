/* A frozen memtable becomes a part of what LMDB holds: in a thread, in one transaction. */
#ifndef BC_STORAGE_TABLES_MERGE_H
#define BC_STORAGE_TABLES_MERGE_H

#include "storage/tables/environment.h"
#include "storage/tables/memtable.h"

struct bc_merge;

/**
 * bc_merge_begin(merge, environment, rows):
 * Begin to put ${rows}, which nobody changes any more, into ${environment}, whose snapshot stays
 * what it is. All of them will be there, or none; those that are there already do no harm.
 *
 * Errors: BC_NOMEM; *${merge} is NULL.
 * Memory: ends with bc_merge_end(), before which both must be left alone.
 */
enum bc_error bc_merge_begin(struct bc_merge **merge, struct bc_environment *environment,
    const struct bc_memtable *rows) BC_MUST_CHECK;

/* Does bc_merge_end() return at once? */
bool bc_merge_done(const struct bc_merge *merge);

/* What a merge that succeeded came to. */
struct bc_merge_result {
    uint64_t us;
    struct bc_tables_size size;
};

/*
 * Wait until it is done, free ${merge} and return what came of it: the errors of writer.h. Without
 * one, *${result} says more.
 */
enum bc_error bc_merge_end(struct bc_merge *merge, struct bc_merge_result *result) BC_MUST_CHECK;

#endif
