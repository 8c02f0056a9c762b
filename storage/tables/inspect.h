/* Tables read beside their owner, counted and copied. For snapshot.c and tools. */
#ifndef BC_STORAGE_TABLES_INSPECT_H
#define BC_STORAGE_TABLES_INSPECT_H

#include "storage/tables/tables.h"

/*
 * As bc_tables_open(), to read what is committed, with that begun; ${alone} says that nobody writes
 * and LMDB's lock file is left alone.
 */
enum bc_error bc_tables_open_snapshot(
    struct bc_tables **tables, const char *dir, bool alone) BC_MUST_CHECK;

/* Let go of what ${tables} shows, and show what is committed now; on errors, nothing. */
enum bc_error bc_tables_renew_snapshot(struct bc_tables *tables) BC_MUST_CHECK;

const char *bc_table_name(enum bc_table table);

struct bc_table_stat {
    uint64_t rows;
    uint64_t bytes; /* of the pages that hold them */
};

/* Fill *${stat} for ${table}. */
enum bc_error bc_tables_stat(
    const struct bc_tables *tables, enum bc_table table, struct bc_table_stat *stat) BC_MUST_CHECK;

struct bc_tables_space {
    uint64_t bytes; /* of data.mdb that have ever been used */
    uint64_t free;  /* of those that may be used again */
};

enum bc_error bc_tables_space(
    const struct bc_tables *tables, struct bc_tables_space *space) BC_MUST_CHECK;

/*
 * Write a copy of data.mdb, without what is free, to ${fd}: as of now, which may be later than what
 * ${tables} shows.
 */
enum bc_error bc_tables_copy(const struct bc_tables *tables, int fd) BC_MUST_CHECK;

#endif
