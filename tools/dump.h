/* What `backchannel dump` prints: one line for a row, whichever table it is in. */
#ifndef BC_TOOLS_DUMP_H
#define BC_TOOLS_DUMP_H

#include "storage/state/view_inside.h"
#include "tools/progress.h"
#include "tools/tool.h"

struct bc_dump {
    const struct bc_view *view;
    const struct bc_tables *tables;
    struct bc_arena record;
    struct bc_arena name;
    struct bc_progress progress;
    uint64_t lines;
};

/*
 * Print the row of ${table} with ${key}, which is there.
 *
 * Errors: those of reading it; BC_IO if it can't be written.
 */
enum bc_error bc_dump_row(
    struct bc_dump *dump, enum bc_table table, const struct bc_key_parts *key) BC_MUST_CHECK;

/* The message ${id}; with its state for ${user} if that isn't 0. */
enum bc_error bc_dump_message(struct bc_dump *dump, uint64_t id, uint32_t user) BC_MUST_CHECK;

/* As of which checkpoint it is: the first line. */
enum bc_error bc_dump_checkpoint(struct bc_dump *dump, const struct bc_meta *meta) BC_MUST_CHECK;

#endif
