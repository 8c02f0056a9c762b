/* The first data.mdb: made under another name, synced, renamed. */
#include "storage/tables/create.h"

#include <errno.h>
#include <limits.h>
#include <lmdb.h>
#include <stdio.h>
#include <unistd.h>

#include "storage/base/directory.h"

#define MODE 0600

/* An empty environment in the file ${path}, durable. */
static int make(const char *path)
{
    MDB_env *env = NULL;
    int code = mdb_env_create(&env);

    if (code != MDB_SUCCESS) {
        return code;
    }
    code = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, MODE);
    if (code == MDB_SUCCESS) {
        code = mdb_env_sync(env, 1);
    }
    mdb_env_close(env);
    return code;
}

static enum bc_error error_of(int code)
{
    switch (code) {
    case 0:
        return BC_OK;
    case ENOSPC:
    case EDQUOT:
        return BC_FULL;
    case ENOMEM:
        return BC_NOMEM;
    default:
        return BC_IO;
    }
}

enum bc_error bc_create_tables(const char *dir, bc_log_fn log, void *context)
{
    char fresh[PATH_MAX];
    char path[PATH_MAX];
    char line[PATH_MAX + 128];
    int code;

    (void)snprintf(fresh, sizeof(fresh), "%s/data.mdb.new", dir);
    (void)snprintf(path, sizeof(path), "%s/data.mdb", dir);
    (void)unlink(fresh); /* of a time when this was interrupted */
    code = make(fresh);
    if (code == 0 && rename(fresh, path) != 0) {
        code = errno;
    }
    if (code != 0) {
        (void)snprintf(line, sizeof(line), "%s can't be made: %s", path, mdb_strerror(code));
        log(context, true, line);
        return error_of(code);
    }
    return bc_directory_sync(dir, log, context);
}
