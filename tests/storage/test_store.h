/*
 * A store in a directory of its own, and what a test does to it: opened, killed, copied, spoilt and
 * looked into.
 */
#ifndef BC_TESTS_STORAGE_TEST_STORE_H
#define BC_TESTS_STORAGE_TEST_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "storage/store.h"

#define OWED_MAX 8192

/* The lines that were logged. */
struct lines {
    unsigned warnings;
    unsigned others;
    char text[4096]; /* all of them, as far as there is room */
    unsigned narrow; /* that there is little address space, which are none of the others */
};

struct store {
    char dir[64];
    struct bc_store_options options;
    struct bc_store *open; /* NULL when it is closed */
    struct lines lines;    /* since the last opening */
    uint64_t owed[OWED_MAX];
    unsigned owed_count; /* at the last opening */
};

/* A directory of its own for a store that is closed. -1 if there is none; removed with all in it.
 */
int store_make(struct store *store);
void store_remove(struct store *store);

enum bc_error store_open(struct store *store) BC_MUST_CHECK;
void store_must_open(struct store *store);
void store_close(struct store *store);

/* Append ${fact}, which must succeed; make all durable; take a checkpoint of it. */
void store_append(struct store *store, const struct bc_fact *fact);
void store_sync(struct store *store);
void store_checkpoint(struct store *store);

/* Wait for a merge that is under way. */
void store_settle(const struct store *store);

/* Make of ${copy}, a closed one, what is left of ${store} if its process is killed now; a merge
 * is waited for, since files that are written to can't be copied. */
void store_as_killed(const struct store *store, struct store *copy);

/* The path of a file in the directory. */
void store_path(const struct store *store, const char *file, char path[128]);

/* A file's bytes. */
struct file {
    uint8_t *data; /* NULL if it isn't there */
    size_t len;
};
struct file store_load(const struct store *store, const char *file);
void store_save(const struct store *store, const char *file, const uint8_t *data, size_t len);
void store_delete(const struct store *store, const char *file);

/* What matters in a directory: the tables and the journal, byte for byte. */
#define STORE_FILES 3
extern const char *const store_files[STORE_FILES];
struct snapshot {
    struct file files[STORE_FILES];
};
struct snapshot snapshot_take(const struct store *store);
void snapshot_free(struct snapshot *snapshot);
bool snapshot_equal(const struct snapshot *a, const struct snapshot *b);

/* Every row of every table but meta, read with LMDB alone; the store is closed. */
struct file dump_tables(const struct store *store);

/* The two have the same rows. */
void expect_same_tables(const struct store *a, const struct store *b);

/* Run ${fn} in a child process; returns its exit code, or -1 if it was killed by a signal. */
int in_child(void (*fn)(void *argument), void *argument);

/* In a child: leave with the line's number unless ${condition}. */
#define CHILD_EXPECT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error("child: %s:%d: %s\n", __FILE__, __LINE__, #condition);                     \
            _exit(1);                                                                              \
        }                                                                                          \
    } while (0)

#endif
