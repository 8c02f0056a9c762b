/* LMDB read beside its owner: opened without writing, counted and copied. */
#include "storage/tables/inspect.h"

#include <stdlib.h>

#include "storage/tables/layers.h"
#include "storage/tables/mdb.h"

/* LMDB takes what the file says if that is more. */
#define MAP_BYTES ((size_t)1 << 28)

const char *bc_table_name(enum bc_table table)
{
    return bc_mdb_table_names[table];
}

static int open_env(struct bc_environment *environment, bool alone)
{
    int code = mdb_env_create(&environment->env);

    if (code != MDB_SUCCESS) {
        environment->env = NULL;
        return code;
    }
    code = mdb_env_set_maxdbs(environment->env, BC_TABLE_COUNT);
    if (code == MDB_SUCCESS) {
        code = mdb_env_set_mapsize(environment->env, MAP_BYTES);
    }
    /* Without thread-local storage for readers: copying reads beside the snapshot. */
    return code == MDB_SUCCESS ? mdb_env_open(environment->env, environment->dir,
                                     MDB_RDONLY | MDB_NOTLS | (alone ? MDB_NOLOCK : 0U), 0600)
                               : code;
}

static enum bc_error open_environment(
    struct bc_environment **environment, const char *dir, bool alone)
{
    struct bc_environment *opened = calloc(1, sizeof(*opened));
    enum bc_error error;

    *environment = opened;
    if (opened == NULL) {
        return BC_NOMEM;
    }
    opened->map_bytes = MAP_BYTES;
    opened->dir = strdup(dir);
    if (opened->dir == NULL) {
        return BC_NOMEM;
    }
    error = bc_mdb_error(open_env(opened, alone));
    return error == BC_OK ? bc_mdb_check_length(opened->env) : error;
}

static enum bc_error begin(struct bc_tables *tables)
{
    enum bc_error error = bc_tables_begin(tables);

    /* Its owner may have made the map larger since: MDB_MAP_RESIZED. */
    if (error == BC_IO && mdb_env_set_mapsize(tables->environment->env, 0) == MDB_SUCCESS) {
        error = bc_tables_begin(tables);
    }
    return error;
}

enum bc_error bc_tables_open_snapshot(struct bc_tables **tables, const char *dir, bool alone)
{
    struct bc_tables *opened = calloc(1, sizeof(*opened));
    enum bc_error error;

    *tables = NULL;
    if (opened == NULL) {
        return BC_NOMEM;
    }
    error = open_environment(&opened->environment, dir, alone);
    if (error == BC_OK) {
        error = begin(opened);
    }
    if (error != BC_OK) {
        bc_tables_close(opened);
        return error;
    }
    *tables = opened;
    return BC_OK;
}

enum bc_error bc_tables_renew_snapshot(struct bc_tables *tables)
{
    return begin(tables);
}

enum bc_error bc_tables_stat(
    const struct bc_tables *tables, enum bc_table table, struct bc_table_stat *stat)
{
    struct bc_environment *environment = tables->environment;
    MDB_stat mdb = { 0 };
    int code = MDB_SUCCESS;

    if (environment->dbi[table] != 0) {
        code = mdb_stat(environment->snapshot, environment->dbi[table], &mdb);
    }
    *stat = (struct bc_table_stat){ .rows = mdb.ms_entries,
        .bytes = (mdb.ms_branch_pages + mdb.ms_leaf_pages + mdb.ms_overflow_pages) *
                 (uint64_t)mdb.ms_psize };
    return bc_mdb_error(code);
}

enum bc_error bc_tables_space(const struct bc_tables *tables, struct bc_tables_space *space)
{
    struct bc_environment *environment = tables->environment;
    MDB_envinfo info;
    MDB_stat stat;
    uint64_t free_pages = 0;
    int code = mdb_env_info(environment->env, &info);

    if (code == MDB_SUCCESS) {
        code = mdb_env_stat(environment->env, &stat);
    }
    if (code == MDB_SUCCESS) {
        code = bc_mdb_count_free(environment->snapshot, &free_pages);
    }
    if (code == MDB_SUCCESS) {
        *space = (struct bc_tables_space){ .bytes = (info.me_last_pgno + 1) * stat.ms_psize,
            .free = free_pages * stat.ms_psize };
    }
    return bc_mdb_error(code);
}

enum bc_error bc_tables_copy(const struct bc_tables *tables, int fd)
{
    return bc_mdb_error(mdb_env_copyfd2(tables->environment->env, fd, MDB_CP_COMPACT));
}
