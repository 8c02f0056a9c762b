/* A frozen memtable becomes a part of what LMDB holds. */
#include "storage/tables/merge.h"

#include <stdlib.h>

#include "storage/base/job.h"
#include "storage/base/steady.h"
#include "storage/tables/writer.h"

struct bc_merge {
    struct bc_job job; /* first: it is one */
    struct bc_environment *environment;
    const struct bc_memtable *rows;
    enum bc_error error;
    struct bc_merge_result result;
};

static enum bc_error write_table(
    struct bc_writer *writer, const struct bc_memtable *rows, enum bc_table table)
{
    const struct bc_memtable_row *row = bc_memtable_end(rows, table, false);
    enum bc_error error = row != NULL ? bc_writer_table(writer, table) : BC_OK;

    for (; row != NULL && error == BC_OK; row = bc_memtable_next(row, false)) {
        error = row->deleted ? bc_writer_delete(writer, bc_memtable_key(row))
                             : bc_writer_put(writer, bc_memtable_key(row), bc_memtable_value(row));
    }
    return error;
}

static enum bc_error write_all(struct bc_merge *merge)
{
    struct bc_writer *writer;
    enum bc_error error = bc_writer_begin(&writer, merge->environment);

    for (int table = 0; table < BC_TABLE_COUNT && error == BC_OK; table++) {
        error = write_table(writer, merge->rows, (enum bc_table)table);
    }
    if (error == BC_OK) {
        return bc_writer_commit(writer, &merge->result.size);
    }
    bc_writer_abort(writer);
    return error;
}

static int run(struct bc_job *job)
{
    struct bc_merge *merge = (struct bc_merge *)job;
    uint64_t began_us = bc_steady_us();

    merge->error = write_all(merge);
    merge->result.us = bc_steady_us() - began_us;
    return 0;
}

enum bc_error bc_merge_begin(
    struct bc_merge **merge, struct bc_environment *environment, const struct bc_memtable *rows)
{
    struct bc_merge *begun = calloc(1, sizeof(*begun));

    *merge = NULL;
    if (begun == NULL) {
        return BC_NOMEM;
    }
    begun->environment = environment;
    begun->rows = rows;
    if (!bc_job_begin(&begun->job, bc_environment_files(environment), run)) {
        free(begun);
        return BC_NOMEM;
    }
    *merge = begun;
    return BC_OK;
}

bool bc_merge_done(const struct bc_merge *merge)
{
    return bc_job_done(&merge->job);
}

enum bc_error bc_merge_end(struct bc_merge *merge, struct bc_merge_result *result)
{
    enum bc_error error;

    (void)!bc_job_end(&merge->job);
    error = merge->error;
    *result = merge->result;
    free(merge);
    return error;
}
