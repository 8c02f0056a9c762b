/* The tables: rows in layers. */
#include "storage/tables/tables.h"

#include <assert.h>
#include <stdlib.h>

#include "storage/base/steady.h"
#include "storage/tables/layers.h"

/* In LMDB, a small row can take many times what it takes here: the pages that it changes. */
#define GROWTH_PER_BYTE 8

/* What is cached of LMDB: rows of up to so many bytes, in all a part of what the changes may take.
 */
#define CACHED_BYTES_MAX 128
#define CACHED_PART      8

/* What holds whenever nobody is within a function of this file: see layers.h. */
static void check(const struct bc_tables *tables)
{
    assert(tables->environment != NULL);
    assert(
        tables->layers[BC_LAYER_CHANGES] == NULL || bc_environment_readable(tables->environment));
    assert(tables->merge == NULL || tables->layers[BC_LAYER_FROZEN] != NULL);
    assert(!tables->failed || tables->layers[BC_LAYER_FROZEN] != NULL);
    assert(tables->merge == NULL || !tables->scrubbing.running);
    (void)tables; /* without assertions */
}

enum bc_error bc_tables_open(struct bc_tables **tables, const char *dir, uint64_t bytes)
{
    struct bc_tables *opened = calloc(1, sizeof(*opened));
    enum bc_error error;

    *tables = NULL;
    if (opened == NULL) {
        return BC_NOMEM;
    }
    opened->bytes = (size_t)bytes;
    error = bc_environment_open(&opened->environment, dir, bytes * GROWTH_PER_BYTE);
    if (error != BC_OK) {
        bc_tables_close(opened);
        return error;
    }
    *tables = opened;
    return BC_OK;
}

void bc_tables_share_files(struct bc_tables *tables)
{
    bc_environment_share_files(tables->environment);
}

void bc_tables_close(struct bc_tables *tables)
{
    if (tables != NULL) {
        if (tables->merge != NULL) {
            (void)!bc_merge_end(tables->merge, &(struct bc_merge_result){ .us = 0 });
        }
        bc_tables_stop_scrub(tables);
        (void)!bc_tables_scrubbed(tables, true);
        for (int layer = 0; layer < BC_LAYER_COUNT; layer++) {
            bc_memtable_free(tables->layers[layer]);
        }
        bc_environment_close(tables->environment);
        free(tables);
    }
}

uint64_t bc_tables_map_bytes(const struct bc_tables *tables)
{
    return bc_environment_map_bytes(tables->environment);
}

bool bc_tables_readable(const struct bc_tables *tables)
{
    return tables->layers[BC_LAYER_CHANGES] != NULL;
}

void bc_tables_drop(struct bc_tables *tables)
{
    bc_memtable_free(tables->layers[BC_LAYER_CHANGES]);
    tables->layers[BC_LAYER_CHANGES] = NULL;
    bc_environment_drop(tables->environment);
}

enum bc_error bc_tables_begin(struct bc_tables *tables)
{
    enum bc_error error;

    check(tables);
    assert(tables->merge == NULL);
    bc_tables_drop(tables);
    error = bc_environment_renew(tables->environment);
    if (error == BC_OK && tables->merges.ended_us == 0) {
        tables->merges.ended_us = bc_steady_us();
        error = bc_environment_size(tables->environment, &tables->merges.size);
    }
    if (error == BC_OK) {
        tables->layers[BC_LAYER_CHANGES] = bc_memtable_new(tables->bytes);
        error = tables->layers[BC_LAYER_CHANGES] != NULL ? BC_OK : BC_NOMEM;
    }
    check(tables);
    return error;
}

/* ---- merging ---- */

size_t bc_tables_changed(const struct bc_tables *tables)
{
    return bc_memtable_bytes(tables->layers[BC_LAYER_CHANGES]);
}

enum bc_error bc_tables_freeze(struct bc_tables *tables)
{
    struct bc_memtable *fresh = bc_memtable_new(tables->bytes);

    check(tables);
    assert(bc_tables_readable(tables) && tables->layers[BC_LAYER_FROZEN] == NULL);
    if (fresh == NULL) {
        return BC_NOMEM;
    }
    tables->layers[BC_LAYER_FROZEN] = tables->layers[BC_LAYER_CHANGES];
    tables->layers[BC_LAYER_CHANGES] = fresh;
    return BC_OK;
}

bool bc_tables_frozen(const struct bc_tables *tables)
{
    return tables->layers[BC_LAYER_FROZEN] != NULL;
}

bool bc_tables_merging(const struct bc_tables *tables)
{
    return tables->merge != NULL;
}

/* Read what LMDB holds now. When that fails, it is usually still the snapshot before. */
static enum bc_error renew(struct bc_tables *tables)
{
    enum bc_error error = bc_environment_renew(tables->environment);

    if (!bc_environment_readable(tables->environment)) {
        bc_tables_drop(tables);
    }
    return error;
}

enum bc_error bc_tables_merge(struct bc_tables *tables)
{
    enum bc_error error = tables->failed ? renew(tables) : BC_OK; /* LMDB may have given up */

    check(tables);
    assert(tables->merge == NULL && tables->layers[BC_LAYER_FROZEN] != NULL);
    if (error == BC_OK) {
        error =
            bc_merge_begin(&tables->merge, tables->environment, tables->layers[BC_LAYER_FROZEN]);
    }
    return error;
}

static void count_merge(
    struct bc_tables *tables, enum bc_error error, const struct bc_merge_result *result)
{
    struct bc_tables_merges *merges = &tables->merges;

    if (error != BC_OK) {
        merges->failed++;
        return;
    }
    bc_histogram_add(&merges->us, bc_histogram_us, result->us);
    merges->ended_us = bc_steady_us();
    merges->size = result->size.bytes > 0 ? result->size : merges->size;
}

const struct bc_tables_merges *bc_tables_merges(const struct bc_tables *tables)
{
    return &tables->merges;
}

enum bc_error bc_tables_merged(struct bc_tables *tables, bool wait)
{
    struct bc_merge_result result;
    enum bc_error error;

    check(tables);
    assert(tables->merge != NULL);
    if (!wait && !bc_merge_done(tables->merge)) {
        return BC_BUSY;
    }
    error = bc_merge_end(tables->merge, &result);
    count_merge(tables, error, &result);
    tables->merge = NULL;
    tables->failed = error != BC_OK;
    if (error == BC_OK) {
        error = renew(tables);
    }
    if (error == BC_OK) { /* not before: the snapshot might be the old one */
        bc_memtable_free(tables->layers[BC_LAYER_FROZEN]);
        tables->layers[BC_LAYER_FROZEN] = NULL;
    }
    check(tables);
    return error;
}

/* ---- what is left of rows that are gone ---- */

enum bc_error bc_tables_reopen(struct bc_tables *tables)
{
    enum bc_error error;

    check(tables);
    assert(tables->merge == NULL && !tables->scrubbing.running);
    error = bc_environment_reopen(tables->environment);
    if (!bc_environment_readable(tables->environment)) {
        bc_tables_drop(tables);
    }
    tables->scrub = (struct bc_scrub){ .page = 0 };
    return error;
}

bool bc_tables_are_read(const struct bc_tables *tables)
{
    return bc_environment_is_read(tables->environment);
}

static int scrub(struct bc_job *job)
{
    struct bc_tables *tables =
        (struct bc_tables *)(void *)((char *)job - offsetof(struct bc_tables, scrubbing));

    tables->scrub_error = bc_environment_scrub(tables->environment, &tables->scrub, &job->stop);
    return 0;
}

enum bc_error bc_tables_scrub(struct bc_tables *tables)
{
    check(tables);
    assert(tables->merge == NULL && !tables->scrubbing.running);
    return bc_job_begin(&tables->scrubbing, bc_environment_files(tables->environment), scrub)
               ? BC_OK
               : BC_NOMEM;
}

bool bc_tables_scrubbing(const struct bc_tables *tables)
{
    return tables->scrubbing.running;
}

void bc_tables_stop_scrub(struct bc_tables *tables)
{
    atomic_store(&tables->scrubbing.stop, true);
}

enum bc_error bc_tables_scrubbed(struct bc_tables *tables, bool wait)
{
    if (!tables->scrubbing.running) {
        return BC_OK;
    }
    if (!wait && !bc_job_done(&tables->scrubbing)) {
        return BC_BUSY;
    }
    (void)!bc_job_end(&tables->scrubbing);
    return tables->scrub_error;
}

/* ---- rows ---- */

/* The row of ${key} in the layers from ${layer} on; NULL if none of them says anything. */
static const struct bc_memtable_row *find(
    const struct bc_tables *tables, int layer, enum bc_table table, const struct bc_key *key)
{
    const struct bc_memtable_row *row = NULL;

    for (; layer < BC_LAYER_COUNT && row == NULL; layer++) {
        if (tables->layers[layer] != NULL) {
            row = bc_memtable_find(tables->layers[layer], table, key);
        }
    }
    return row;
}

/* As bc_tables_get(), of the layers from ${layer} on. */
static enum bc_error get_from(const struct bc_tables *tables, int layer, enum bc_table table,
    const struct bc_key *key, struct bc_bytes *value)
{
    const struct bc_memtable_row *row = find(tables, layer, table, key);

    if (row == NULL) {
        return bc_environment_get(tables->environment, table, bc_key_bytes(key), value);
    }
    *value = bc_memtable_value(row);
    return row->deleted ? BC_NOTFOUND : BC_OK;
}

/*
 * Names and relations are asked for again and again, and rarely change: small rows from LMDB are
 * cached among the changes, where a look costs a tenth. What changes them finds them there.
 */
static void cache(const struct bc_tables *tables, enum bc_table table, const struct bc_key *key,
    enum bc_error error, const struct bc_bytes *value)
{
    struct bc_memtable *changes = tables->layers[BC_LAYER_CHANGES];

    if (bc_memtable_cached(changes) >= tables->bytes / CACHED_PART) {
        return;
    }
    if (error == BC_NOTFOUND) {
        bc_memtable_cache(changes, table, key, NULL);
    } else if (error == BC_OK && value->len <= CACHED_BYTES_MAX) {
        bc_memtable_cache(changes, table, key, value);
    }
}

enum bc_error bc_tables_get(const struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, struct bc_bytes *value)
{
    const struct bc_memtable_row *row;
    enum bc_error error;

    if (!bc_tables_readable(tables)) {
        return BC_IO;
    }
    row = find(tables, BC_LAYER_CHANGES, table, key);
    if (row != NULL) {
        *value = bc_memtable_value(row);
        return row->deleted ? BC_NOTFOUND : BC_OK;
    }
    error = bc_environment_get(tables->environment, table, bc_key_bytes(key), value);
    cache(tables, table, key, error, value);
    return error;
}

enum bc_error bc_tables_reserve(struct bc_tables *tables, enum bc_table table,
    const struct bc_key *key, size_t len, uint8_t **to)
{
    struct bc_memtable_row *row;

    if (!bc_tables_readable(tables)) {
        return BC_IO;
    }
    row = bc_memtable_put(tables->layers[BC_LAYER_CHANGES], table, key, len);
    if (row == NULL) {
        return BC_NOMEM;
    }
    *to = row->value;
    return BC_OK;
}

enum bc_error bc_tables_put(
    struct bc_tables *tables, enum bc_table table, const struct bc_key *key, struct bc_bytes value)
{
    uint8_t *to = NULL;
    enum bc_error error = bc_tables_reserve(tables, table, key, value.len, &to);

    if (error == BC_OK && value.len > 0) {
        memmove(to, value.data, value.len); /* it may have been read from there */
    }
    return error;
}

/* A row that is in no layer below needs no mark of its end. */
enum bc_error bc_tables_delete(
    struct bc_tables *tables, enum bc_table table, const struct bc_key *key)
{
    struct bc_memtable *changes = tables->layers[BC_LAYER_CHANGES];
    struct bc_memtable_row *row;
    struct bc_bytes value;
    enum bc_error below;

    if (!bc_tables_readable(tables)) {
        return BC_IO;
    }
    row = bc_memtable_find(changes, table, key);
    if (row != NULL && row->deleted) {
        return BC_NOTFOUND;
    }
    below = get_from(tables, BC_LAYER_FROZEN, table, key, &value);
    if (below == BC_NOTFOUND && row != NULL) {
        bc_memtable_remove(changes, row);
        return BC_OK;
    }
    if (below == BC_OK && bc_memtable_delete(changes, table, key) == NULL) {
        return BC_NOMEM;
    }
    return below;
}

enum bc_error bc_tables_check_append(
    const struct bc_tables *tables, enum bc_table table, const struct bc_key *key)
{
    const struct bc_memtable_row *row = NULL;
    struct bc_bytes last;
    enum bc_error error = BC_OK;

    if (!bc_tables_readable(tables)) {
        return BC_IO;
    }
    for (int layer = 0; layer < BC_LAYER_COUNT && row == NULL; layer++) {
        if (tables->layers[layer] != NULL) {
            row = bc_memtable_end(tables->layers[layer], table, true);
        }
    }
    if (row != NULL) { /* and that one was beyond those of the layers below */
        last = bc_memtable_key(row);
    } else {
        error = bc_environment_last(tables->environment, table, &last);
    }
    if (error == BC_OK && bc_key_compare(bc_key_bytes(key), last) <= 0) {
        return BC_DAMAGED;
    }
    return bc_or_nothing(error);
}

uint64_t bc_tables_steps(const struct bc_tables *tables)
{
    return bc_environment_counted(tables->environment);
}
