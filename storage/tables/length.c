/*
 * LENGTH. LMDB does not write pages at the end of the file that were taken and given back in the
 * same transaction, so a file may rightly be shorter than its meta page says; but one that has been
 * cut short is a SIGBUS at the first page that is missing. So that the length tells, the file is
 * made longer (by a hole, which takes no room) before each commit than the commit can need.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/tables/mdb.h"

/* Set *${needed} to the bytes that the meta page speaks of, and *${length} to those of the file. */
static enum bc_error file_length(MDB_env *env, int *fd, uint64_t *needed, uint64_t *length)
{
    MDB_envinfo info;
    MDB_stat stat;
    struct stat file;
    int code = mdb_env_info(env, &info);

    if (code == MDB_SUCCESS) {
        code = mdb_env_stat(env, &stat);
    }
    if (code == MDB_SUCCESS) {
        code = mdb_env_get_fd(env, fd);
    }
    if (code != MDB_SUCCESS) {
        return bc_mdb_error(code);
    }
    if (fstat(*fd, &file) != 0) {
        return BC_IO;
    }
    *needed = (info.me_last_pgno + 1) * (uint64_t)stat.ms_psize;
    *length = (uint64_t)file.st_size;
    return BC_OK;
}

enum bc_error bc_mdb_check_length(MDB_env *env)
{
    int fd = -1;
    uint64_t needed = 0;
    uint64_t length = 0;
    enum bc_error error = file_length(env, &fd, &needed, &length);

    return error == BC_OK && length < needed ? BC_DAMAGED : error;
}

/* If it has to grow, then by twice ${ahead}, since a changed length makes the next sync dearer. */
enum bc_error bc_mdb_keep_length(MDB_env *env, uint64_t ahead)
{
    int fd = -1;
    uint64_t needed = 0;
    uint64_t length = 0;
    enum bc_error error = file_length(env, &fd, &needed, &length);

    if (error == BC_OK && length < needed + ahead &&
        ftruncate(fd, (off_t)(needed + 2 * ahead)) != 0) {
        error = bc_mdb_error(errno);
    }
    return error;
}
