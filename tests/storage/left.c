#include "tests/storage/left.h"

#include <dirent.h>
#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TABLES_MAX 64

static unsigned count_in(const void *data, size_t len, const char *text)
{
    const char *at = data;
    const char *end = at + len;
    unsigned count = 0;

    while (at != NULL && (at = memmem(at, (size_t)(end - at), text, strlen(text))) != NULL) {
        count++;
        at++;
    }
    return count;
}

unsigned left_in_files(const struct store *store, const char *text)
{
    DIR *dir = opendir(store->dir);
    unsigned count = 0;

    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct file file = { .data = NULL };

        if (entry->d_name[0] != '.') {
            file = store_load(store, entry->d_name);
        }
        count += count_in(file.data, file.len, text);
        free(file.data);
    }
    closedir(dir);
    return count;
}

bool left_clean(struct store *store, uint64_t upto, unsigned turns)
{
    for (unsigned i = 0; i < turns && bc_store_cleaned(store->open) < upto; i++) {
        bc_store_clean(store->open);
        assert_int_equal(bc_store_checkpoint(store->open, false), BC_OK);
        usleep(1000);
    }
    return bc_store_cleaned(store->open) >= upto;
}

/* ---- a tool that reads ---- */

/* Of one table: how often ${text} is in its rows. */
static unsigned count_in_table(MDB_txn *txn, const char *name, const char *text)
{
    MDB_cursor *cursor;
    MDB_dbi dbi;
    MDB_val key;
    MDB_val value;
    unsigned count = 0;

    CHILD_EXPECT(mdb_dbi_open(txn, name, 0, &dbi) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_cursor_open(txn, dbi, &cursor) == MDB_SUCCESS);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
        count += count_in(value.mv_data, value.mv_size, text);
    }
    mdb_cursor_close(cursor);
    return count;
}

/* Of all tables, whose names are the keys of LMDB's own. */
static unsigned count_in_tables(MDB_txn *txn, const char *text)
{
    MDB_cursor *cursor;
    MDB_dbi dbi;
    MDB_val key;
    MDB_val value;
    unsigned count = 0;

    CHILD_EXPECT(mdb_dbi_open(txn, NULL, 0, &dbi) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_cursor_open(txn, dbi, &cursor) == MDB_SUCCESS);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
        char *name = strndup(key.mv_data, key.mv_size);

        CHILD_EXPECT(name != NULL);
        count += count_in_table(txn, name, text);
        free(name);
    }
    mdb_cursor_close(cursor);
    return count;
}

/* Read when there is something to be read from ${told}, and once more when there is again. */
static void read_twice(const char *dir, const char *text, int tell, int told)
{
    MDB_env *env;
    MDB_txn *txn;
    unsigned before;
    char byte = 1;

    CHILD_EXPECT(read(told, &byte, 1) == 1);
    CHILD_EXPECT(mdb_env_create(&env) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_env_set_maxdbs(env, TABLES_MAX) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_env_open(env, dir, MDB_RDONLY | MDB_NOTLS, 0600) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == MDB_SUCCESS);
    before = count_in_tables(txn, text);
    CHILD_EXPECT(before > 0);
    CHILD_EXPECT(write(tell, &byte, 1) == 1 && read(told, &byte, 1) == 1);
    CHILD_EXPECT(count_in_tables(txn, text) == before);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    _exit(0);
}

void left_make_reader(struct left_reader *reader, const struct store *store, const char *text)
{
    int up[2];
    int down[2];

    assert_true(pipe(up) == 0 && pipe(down) == 0);
    reader->child = fork();
    assert_true(reader->child >= 0);
    if (reader->child == 0) {
        /* So that it ends with whoever made it. */
        (void)close(up[0]);
        (void)close(down[1]);
        read_twice(store->dir, text, up[1], down[0]);
    }
    (void)close(up[1]);
    (void)close(down[0]);
    reader->tells = up[0];
    reader->told = down[1];
}

void left_begin_to_read(const struct left_reader *reader)
{
    char byte = 1;

    assert_int_equal(write(reader->told, &byte, 1), 1);
    assert_int_equal(read(reader->tells, &byte, 1), 1);
}

void left_read_again(const struct left_reader *reader)
{
    int status = -1;
    char byte = 1;

    assert_int_equal(write(reader->told, &byte, 1), 1);
    assert_int_equal(waitpid(reader->child, &status, 0), reader->child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    (void)close(reader->tells);
    (void)close(reader->told);
}
