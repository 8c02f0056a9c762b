/* Changed rows in memory: a hash for what is asked for by its key, a tree for walks. */
#include "storage/tables/memtable.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <sys/random.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "storage/base/integers.h"

/* Memory is taken in blocks of this size, and given back all at once. */
#define BLOCK_BYTES ((size_t)256 * 1024)

/*
 * A bucket for as much as the smallest row takes, so that there are enough for all of a memtable's
 * bytes: to bring 65,000 rows into more buckets takes some milliseconds, at once.
 */
#define BYTES_PER_BUCKET sizeof(struct bc_memtable_row)
#define BUCKETS_MIN      1024

RB_HEAD(rows, bc_memtable_row);

struct block {
    struct block *next;
    alignas(max_align_t) uint8_t data[];
};

struct bc_memtable {
    struct rows rows[BC_TABLE_COUNT];
    struct bc_memtable_row
        *last[BC_TABLE_COUNT]; /* of each: messages come in the order of their keys */
    struct bc_memtable_row
        *found[BC_TABLE_COUNT]; /* the latest: what is read is often written next */
    struct bc_memtable_row **buckets;
    size_t mask; /* a power of two buckets, less one */
    size_t count;
    uint64_t seed; /* nobody outside can find keys that share a bucket */
    struct block *blocks;
    uint8_t *free; /* in the first of them */
    size_t free_bytes;
    size_t bytes;  /* in all */
    size_t cached; /* of them, for rows that are no changes */
};

/* Most keys differ in these bytes, which are at hand. */
static uint64_t head_of(struct bc_bytes key)
{
    uint8_t bytes[8] = { 0 };

    if (key.len > 0) {
        memcpy(bytes, key.data, key.len < sizeof(bytes) ? key.len : sizeof(bytes));
    }
    return bc_get_u64(bytes);
}

static int compare_to(uint64_t head, struct bc_bytes key, const struct bc_memtable_row *row)
{
    if (head != row->head) {
        return head < row->head ? -1 : 1;
    }
    return bc_key_compare(key, bc_memtable_key(row));
}

static int compare(const struct bc_memtable_row *a, const struct bc_memtable_row *b)
{
    return compare_to(a->head, bc_memtable_key(a), b);
}

/* Not all of what this makes is used. */
RB_GENERATE_INTERNAL(rows, bc_memtable_row, tree, compare, static __attribute__((unused)))

/*
 * What holds of ${memtable} and ${row}, which one of its functions has changed: the row is found by
 * its key, and it is in the order of its table unless it is cached.
 */
static void check(const struct bc_memtable *memtable, const struct bc_memtable_row *row)
{
    const struct bc_memtable_row *last = memtable->last[row->table];

    assert((memtable->mask & (memtable->mask + 1)) == 0);
    assert(memtable->cached <= memtable->bytes);
    assert(memtable->free_bytes <= BLOCK_BYTES);
    assert(memtable->blocks != NULL || memtable->free == NULL);
    assert(row->len <= row->room && (row->room == 0 || row->value != NULL));
    assert(!row->deleted || row->len == 0);
    assert(memtable->found[row->table] == NULL || memtable->found[row->table]->table == row->table);
    assert((last == NULL) == (RB_ROOT(&memtable->rows[row->table]) == NULL));
    assert(last == NULL || (!last->cached && RB_RIGHT(last, tree) == NULL));
    assert(row->cached || compare(row, last) <= 0);
    (void)memtable; /* without assertions */
    (void)row;
    (void)last;
}

struct bc_memtable *bc_memtable_new(size_t bytes)
{
    struct bc_memtable *memtable = calloc(1, sizeof(*memtable));
    size_t buckets = BUCKETS_MIN;

    while (buckets < bytes / BYTES_PER_BUCKET) {
        buckets *= 2;
    }
    if (memtable != NULL) {
        memtable->mask = buckets - 1;
        memtable->buckets = calloc(buckets, sizeof(struct bc_memtable_row *));
    }
    if (memtable == NULL || memtable->buckets == NULL ||
        getrandom(&memtable->seed, sizeof(memtable->seed), 0) < 0) {
        bc_memtable_free(memtable);
        return NULL;
    }
    for (int i = 0; i < BC_TABLE_COUNT; i++) {
        RB_INIT(&memtable->rows[i]);
    }
    return memtable;
}

void bc_memtable_free(struct bc_memtable *memtable)
{
    if (memtable != NULL) {
        while (memtable->blocks != NULL) {
            struct block *next = memtable->blocks->next;

            free(memtable->blocks);
            memtable->blocks = next;
        }
        free(memtable->buckets);
        free(memtable);
    }
}

size_t bc_memtable_bytes(const struct bc_memtable *memtable)
{
    return memtable->bytes - memtable->cached;
}

size_t bc_memtable_cached(const struct bc_memtable *memtable)
{
    return memtable->cached;
}

static struct block *add_block(struct bc_memtable *memtable, size_t size)
{
    struct block *block = malloc(sizeof(*block) + size);

    if (block != NULL) {
        block->next = memtable->blocks;
        memtable->blocks = block;
    }
    return block;
}

/* ${size} bytes, as aligned as a row has to be. What is large has a block of its own. */
static void *take(struct bc_memtable *memtable, size_t size)
{
    struct block *block;
    void *taken;

    size = (size + alignof(struct bc_memtable_row) - 1) / alignof(struct bc_memtable_row) *
           alignof(struct bc_memtable_row);
    if (size > memtable->free_bytes) {
        block = add_block(memtable, size > BLOCK_BYTES / 4 ? size : BLOCK_BYTES);
        if (block == NULL) {
            return NULL;
        }
        if (size > BLOCK_BYTES / 4) {
            memtable->bytes += size;
            return block->data;
        }
        memtable->free = block->data;
        memtable->free_bytes = BLOCK_BYTES;
    }
    taken = memtable->free;
    memtable->free += size;
    memtable->free_bytes -= size;
    memtable->bytes += size;
    return taken;
}

static uint32_t hash_of(
    const struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key)
{
    return (uint32_t)XXH3_64bits_withSeed(key->bytes, key->len, memtable->seed + table);
}

/* Nearly all keys have 8 to 16 bytes, and are compared without a call: both their ends. */
static inline bool has_key(const struct bc_memtable_row *row, const struct bc_key *key)
{
    size_t len = key->len;

    if (row->key_len != len) {
        return false;
    }
    if (len < 8 || len > 16) {
        return memcmp(row->key, key->bytes, len) == 0;
    }
    return memcmp(row->key, key->bytes, 8) == 0 &&
           memcmp(row->key + len - 8, key->bytes + len - 8, 8) == 0;
}

/* The row for ${key}, whose hash is *${hash} if there is none. */
static struct bc_memtable_row *find(
    struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key, uint32_t *hash)
{
    struct bc_memtable_row *row = memtable->found[table];

    if (row != NULL && has_key(row, key)) {
        return row;
    }
    *hash = hash_of(memtable, table, key);
    row = memtable->buckets[*hash & memtable->mask];
    while (row != NULL && (row->hash != *hash || row->table != table || !has_key(row, key))) {
        row = row->chain;
    }
    if (row != NULL) {
        memtable->found[table] = row;
    }
    return row;
}

struct bc_memtable_row *bc_memtable_find(
    struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key)
{
    uint32_t hash;

    return find(memtable, table, key, &hash);
}

/* Give ${row} room for ${len} bytes. A row that has grown once will grow again: it gets more. */
static bool make_room(struct bc_memtable *memtable, struct bc_memtable_row *row, size_t len)
{
    size_t room = row->value != NULL ? len + len / 2 : len;
    uint8_t *value;

    if (len <= row->room) {
        return true;
    }
    value = room <= UINT32_MAX ? take(memtable, room) : NULL;
    if (value == NULL) {
        return false;
    }
    row->value = value;
    row->room = (uint32_t)room;
    return true;
}

/* More rows than were reckoned with. It takes a while; without memory it only stays slow. */
static void add_buckets(struct bc_memtable *memtable)
{
    size_t mask = 2 * memtable->mask + 1;
    struct bc_memtable_row **buckets = calloc(mask + 1, sizeof(struct bc_memtable_row *));

    if (buckets == NULL) {
        return;
    }
    for (size_t i = 0; i <= memtable->mask; i++) {
        for (struct bc_memtable_row *row = memtable->buckets[i]; row != NULL;) {
            struct bc_memtable_row *next = row->chain;

            row->chain = buckets[row->hash & mask];
            buckets[row->hash & mask] = row;
            row = next;
        }
    }
    free(memtable->buckets);
    memtable->buckets = buckets;
    memtable->mask = mask;
}

/* Add a row for ${key}, with ${len} bytes at its value, that is found by its ${hash}. */
static struct bc_memtable_row *add(struct bc_memtable *memtable, enum bc_table table,
    const struct bc_key *key, uint32_t hash, size_t len)
{
    struct bc_memtable_row *row = take(memtable, sizeof(*row) + key->len);
    struct bc_memtable_row **bucket;

    if (row == NULL) {
        return NULL;
    }
    *row = (struct bc_memtable_row){ .head = head_of(bc_key_bytes(key)),
        .hash = hash,
        .table = (uint8_t)table,
        .key_len = (uint8_t)key->len };
    memcpy(row->key, key->bytes, key->len);
    if (!make_room(memtable, row, len)) {
        return NULL;
    }
    if (memtable->count++ > memtable->mask) {
        add_buckets(memtable);
    }
    bucket = &memtable->buckets[hash & memtable->mask];
    row->chain = *bucket;
    *bucket = row;
    memtable->found[table] = row;
    return row;
}

/* Bring ${row}, which is no change yet, into the order. What comes last hangs on the last one. */
static void insert(struct bc_memtable *memtable, enum bc_table table, struct bc_memtable_row *row)
{
    struct rows *rows = &memtable->rows[table];
    struct bc_memtable_row *last = memtable->last[table];

    row->cached = false;
    if (last != NULL && compare(row, last) < 0) {
        RB_INSERT(rows, rows, row);
        return;
    }
    RB_SET(row, last, tree);
    if (last != NULL) {
        RB_RIGHT(last, tree) = row;
    } else {
        RB_ROOT(rows) = row;
    }
    rows_RB_INSERT_COLOR(rows, row);
    memtable->last[table] = row;
}

struct bc_memtable_row *bc_memtable_put(
    struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key, size_t len)
{
    uint32_t hash = 0;
    struct bc_memtable_row *row = find(memtable, table, key, &hash);
    bool fresh = row == NULL || row->cached;

    if (row == NULL) {
        row = add(memtable, table, key, hash, len);
    } else if (!make_room(memtable, row, len)) {
        row = NULL;
    }
    if (row == NULL) {
        return NULL;
    }
    if (fresh) {
        insert(memtable, table, row);
    }
    row->len = (uint32_t)len;
    row->deleted = false;
    check(memtable, row);
    return row;
}

void bc_memtable_cache(struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key,
    const struct bc_bytes *value)
{
    size_t before = memtable->bytes;
    size_t len = value != NULL ? value->len : 0;
    struct bc_memtable_row *row = add(memtable, table, key, hash_of(memtable, table, key), len);

    if (row != NULL) {
        row->len = (uint32_t)len;
        row->deleted = value == NULL;
        row->cached = true;
        if (len > 0) {
            memcpy(row->value, value->data, len);
        }
    }
    memtable->cached += memtable->bytes - before;
    if (row != NULL) {
        check(memtable, row);
    }
}

struct bc_memtable_row *bc_memtable_delete(
    struct bc_memtable *memtable, enum bc_table table, const struct bc_key *key)
{
    struct bc_memtable_row *row = bc_memtable_put(memtable, table, key, 0);

    if (row != NULL) {
        row->deleted = true;
        check(memtable, row);
    }
    return row;
}

void bc_memtable_remove(struct bc_memtable *memtable, struct bc_memtable_row *row)
{
    struct bc_memtable_row **at = &memtable->buckets[row->hash & memtable->mask];

    assert(!row->cached);
    check(memtable, row);
    while (*at != row) {
        assert(*at != NULL);
        at = &(*at)->chain;
    }
    *at = row->chain;
    memtable->count--;
    if (row == memtable->found[row->table]) {
        memtable->found[row->table] = NULL;
    }
    if (row == memtable->last[row->table]) {
        memtable->last[row->table] = rows_RB_PREV(row);
    }
    RB_REMOVE(rows, &memtable->rows[row->table], row);
    assert((memtable->last[row->table] == NULL) == RB_EMPTY(&memtable->rows[row->table]));
}

struct bc_memtable_row *bc_memtable_seek(
    const struct bc_memtable *memtable, enum bc_table table, struct bc_bytes key, bool backwards)
{
    struct bc_memtable_row *row = RB_ROOT(&memtable->rows[table]);
    struct bc_memtable_row *found = NULL;
    uint64_t head = head_of(key);

    while (row != NULL) {
        int order = compare_to(head, key, row);

        if (order == 0) {
            return row;
        }
        if ((order > 0) == backwards) {
            found = row;
        }
        row = order < 0 ? RB_LEFT(row, tree) : RB_RIGHT(row, tree);
    }
    return found;
}

struct bc_memtable_row *bc_memtable_end(
    const struct bc_memtable *memtable, enum bc_table table, bool backwards)
{
    return backwards ? memtable->last[table]
                     : rows_RB_MINMAX((struct rows *)(uintptr_t)&memtable->rows[table], RB_NEGINF);
}

struct bc_memtable_row *bc_memtable_next(const struct bc_memtable_row *row, bool backwards)
{
    struct bc_memtable_row *from = (struct bc_memtable_row *)(uintptr_t)row;

    return backwards ? rows_RB_PREV(from) : rows_RB_NEXT(from);
}
