/* The tables, whose rows lie in layers, against one sorted array: no reader can tell them apart. */
#include "tests/storage/fixture.h"

#include <lmdb.h>
#include <stdlib.h>

#include "storage/state/codec.h"

#define KEYS      400 /* different ones, in each table */
#define VALUE_MAX 600
#define TABLES    2

static const enum bc_table tables_used[TABLES] = { BC_TABLE_RELATIONS, BC_TABLE_LISTS };

/* Beside the tables: what is where, by the number of the key, whose order is that of the keys. */
struct rows {
    uint32_t seed[TABLES][KEYS]; /* what the value is made of; 0 without a row */
    size_t len[TABLES][KEYS];
};

struct world {
    struct fixture *fixture;
    struct bc_tables *tables;
    struct rows now;
    struct rows base; /* frozen, or in LMDB */
    uint64_t bytes;   /* what the tables are opened with: how much is cached of LMDB's rows */
    uint64_t random;
    uint32_t seeds;
};

static unsigned draw(struct world *world, unsigned below)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(world->random >> 33) % below;
}

/* Keys of one to three bytes, so that some begin with others, in the order of their numbers. */
static struct bc_key key_of(unsigned number)
{
    struct bc_key key = { .bytes = { (uint8_t)(number / 40) }, .len = 1 };

    if (number % 40 > 0) {
        key.bytes[key.len++] = (uint8_t)((number % 40 - 1) / 10 + 252);
    }
    if (number % 40 > 0 && (number % 40 - 1) % 10 > 0) {
        key.bytes[key.len++] = (uint8_t)((number % 40 - 1) % 10);
    }
    return key;
}

static void value_of(uint32_t seed, size_t len, uint8_t value[VALUE_MAX])
{
    for (size_t i = 0; i < len; i++) {
        value[i] = (uint8_t)((seed + i) * 2654435761U >> 24);
    }
}

static void expect_image(
    const struct world *world, unsigned table, unsigned key, struct bc_bytes is)
{
    uint8_t value[VALUE_MAX];

    assert_int_not_equal(world->now.seed[table][key], 0);
    assert_int_equal(is.len, world->now.len[table][key]);
    value_of(world->now.seed[table][key], is.len, value);
    assert_true(bc_bytes_equal(is, bc_bytes(value, is.len)));
}

static void put(struct world *world, unsigned table, unsigned key)
{
    struct bc_key bytes = key_of(key);
    uint8_t value[VALUE_MAX];
    size_t len = draw(world, 4) > 0 ? draw(world, 40) : draw(world, VALUE_MAX);

    value_of(++world->seeds, len, value);
    world->now.seed[table][key] = world->seeds;
    world->now.len[table][key] = len;
    assert_int_equal(
        bc_tables_put(world->tables, tables_used[table], &bytes, bc_bytes(value, len)), BC_OK);
}

static void delete_row(struct world *world, unsigned table, unsigned key)
{
    struct bc_key bytes = key_of(key);

    assert_int_equal(bc_tables_delete(world->tables, tables_used[table], &bytes),
        world->now.seed[table][key] != 0 ? BC_OK : BC_NOTFOUND);
    world->now.seed[table][key] = 0;
}

static void get(const struct world *world, unsigned table, unsigned key)
{
    struct bc_key bytes = key_of(key);
    struct bc_bytes value;
    enum bc_error error = bc_tables_get(world->tables, tables_used[table], &bytes, &value);

    assert_int_equal(error, world->now.seed[table][key] != 0 ? BC_OK : BC_NOTFOUND);
    if (error == BC_OK) {
        expect_image(world, table, key, value);
    }
}

/* The key from ${at} on, in the direction of ${walk}, that has a row in it; -1 at its end. */
static int next_in(const struct world *world, const struct bc_walk *walk, unsigned table, int at)
{
    struct bc_key key;

    while (at >= 0 && at < KEYS && world->now.seed[table][at] == 0) {
        at += walk->backwards ? -1 : 1;
    }
    if (at < 0 || at >= KEYS) {
        return -1;
    }
    key = key_of((unsigned)at);
    return key.len >= walk->prefix && memcmp(key.bytes, walk->start.bytes, walk->prefix) == 0 ? at
                                                                                              : -1;
}

/* A walk that begins anywhere, in either direction, over any prefix, to its end or for a while. */
static void walk_rows(struct world *world, unsigned table)
{
    int at = (int)draw(world, KEYS);
    unsigned steps = draw(world, 2) == 1 ? KEYS + 1 : draw(world, 20);
    struct bc_walk walk = { .tables = world->tables,
        .table = tables_used[table],
        .start = key_of((unsigned)at),
        .backwards = draw(world, 2) == 1 };
    struct bc_bytes key;
    struct bc_bytes value;

    walk.prefix = draw(world, (unsigned)walk.start.len + 1);
    while (steps-- > 0) {
        struct bc_key wanted;

        at = next_in(world, &walk, table, at);
        assert_int_equal(bc_walk_next(&walk, &key, &value), at < 0 ? BC_NOTFOUND : BC_OK);
        if (at < 0) {
            return;
        }
        wanted = key_of((unsigned)at);
        assert_true(bc_bytes_equal(key, bc_key_bytes(&wanted)));
        expect_image(world, table, (unsigned)at, value);
        at += walk.backwards ? -1 : 1;
    }
}

/* One step of the merging: freeze and begin, or look whether it is done, or wait for it. */
static void merge(struct world *world)
{
    if (!bc_tables_merging(world->tables)) {
        assert_int_equal(bc_tables_freeze(world->tables), BC_OK);
        world->base = world->now;
        if (draw(world, 2) == 1) {
            return; /* frozen for a while, as after a merge that failed */
        }
        assert_int_equal(bc_tables_merge(world->tables), BC_OK);
    } else {
        enum bc_error error = bc_tables_merged(world->tables, draw(world, 2) == 1);

        assert_true(error == BC_OK || error == BC_BUSY);
    }
}

static void merge_or_wait(struct world *world)
{
    if (bc_tables_frozen(world->tables) && !bc_tables_merging(world->tables)) {
        assert_int_equal(bc_tables_merge(world->tables), BC_OK);
    } else {
        merge(world);
    }
}

/* Drop what has changed, sometimes with the process as it were. */
static void begin_anew(struct world *world)
{
    if (bc_tables_merging(world->tables)) {
        assert_int_equal(bc_tables_merged(world->tables, true), BC_OK);
    }
    if (draw(world, 2) == 1 && !bc_tables_frozen(world->tables)) {
        bc_tables_close(world->tables);
        assert_int_equal(
            bc_tables_open(&world->tables, world->fixture->a.dir, world->bytes), BC_OK);
    }
    assert_int_equal(bc_tables_begin(world->tables), BC_OK);
    world->now = world->base;
}

static void live(struct world *world)
{
    for (unsigned i = 0; i < 20000; i++) {
        unsigned what = draw(world, 1000);
        unsigned table = draw(world, TABLES);
        unsigned key = draw(world, KEYS);

        if (what < 350) {
            put(world, table, key);
        } else if (what < 650) {
            delete_row(world, table, key);
        } else if (what < 850) {
            get(world, table, key);
        } else if (what < 990) {
            walk_rows(world, table);
        } else if (what < 998) {
            merge_or_wait(world);
        } else {
            begin_anew(world);
        }
    }
}

static void no_reader_can_tell_in_which_layer_a_row_is(void **state)
{
    for (unsigned life = 0; life < 4; life++) {
        struct world *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        *world = (struct world){
            .fixture = *state, .bytes = life % 2 == 0 ? 4096 : 1 << 20, .random = life
        };
        assert_int_equal(
            bc_tables_open(&world->tables, world->fixture->a.dir, world->bytes), BC_OK);
        assert_int_equal(bc_tables_begin(world->tables), BC_OK);
        live(world);
        bc_tables_close(world->tables);
        free(world);
        fixture_teardown(state);
        assert_int_equal(fixture_setup(state), 0);
    }
}

/* A record that is appended must come after all others, wherever those are. */
static void what_is_appended_comes_after_every_row_of_every_layer(void **state)
{
    struct fixture *fixture = *state;
    struct bc_tables *tables;
    struct bc_meta meta = { .version = 1 };

    assert_int_equal(bc_tables_open(&tables, fixture->a.dir, 4096), BC_OK);
    assert_int_equal(bc_tables_begin(tables), BC_OK);
    for (uint64_t id = 10; id < 40; id += 10) {
        struct bc_message_row row = { .message = { .id = id } };

        for (int time = 0; time < 3; time++) { /* in the changes, then frozen, then in LMDB */
            assert_int_equal(bc_codec_put_message(tables, &row), time == 0 ? BC_OK : BC_DAMAGED);
            assert_int_equal(bc_codec_put_meta(tables, &meta), BC_OK);
            if (time == 0) {
                assert_int_equal(bc_tables_freeze(tables), BC_OK);
            } else if (time == 1) {
                assert_int_equal(bc_tables_merge(tables), BC_OK);
                assert_int_equal(bc_tables_merged(tables, true), BC_OK);
            }
            row.message.id--;
            assert_int_equal(bc_codec_put_message(tables, &row), BC_DAMAGED);
            row.message.id++;
        }
    }
    bc_tables_close(tables);
}

/* ---- rows that rot ---- */

#define ROTTEN_ROWS 3

/* Flip a bit of the value that ${key} has on the disk, its checksum included. */
static void flip_on_disk(const struct fixture *fixture, const struct bc_key *key, size_t bit)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    MDB_val k = { .mv_size = key->len, .mv_data = (void *)(uintptr_t)key->bytes };
    MDB_val v;
    uint8_t bytes[64];

    assert_int_equal(mdb_env_create(&env), 0);
    assert_int_equal(mdb_env_set_maxdbs(env, 64), 0);
    assert_int_equal(mdb_env_set_mapsize(env, (size_t)1 << 28), 0);
    assert_int_equal(mdb_env_open(env, fixture->a.dir, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_dbi_open(txn, "lists", 0, &dbi), 0);
    assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
    assert_true(bit / 8 < v.mv_size && v.mv_size <= sizeof(bytes));
    memcpy(bytes, v.mv_data, v.mv_size);
    bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    v.mv_data = bytes;
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

/* Rows 0 to 2, of which the second is ${second}: walked over from either end. */
static void expect_walked(struct bc_tables *tables, bool backwards, enum bc_error second)
{
    struct bc_walk walk = {
        .tables = tables, .table = BC_TABLE_LISTS, .start = key_of(0), .backwards = backwards
    };
    struct bc_bytes key;
    struct bc_bytes value;

    if (backwards) {
        walk.start = key_of(KEYS);
    }
    for (unsigned i = 0; i < ROTTEN_ROWS; i++) {
        struct bc_key expected = key_of(backwards ? ROTTEN_ROWS - 1 - i : i);

        assert_int_equal(bc_walk_next(&walk, &key, &value), i == 1 ? second : BC_OK);
        assert_true(bc_bytes_equal(key, bc_key_bytes(&expected)));
    }
    assert_int_equal(bc_walk_next(&walk, &key, &value), BC_NOTFOUND);
}

static void any_bit_of_a_row_that_flips_on_the_disk_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct bc_key rotten = key_of(1);
    struct bc_tables *tables;
    struct bc_bytes value;
    const size_t bits = (4 + 5) * 8;

    assert_int_equal(bc_tables_open(&tables, fixture->a.dir, 4096), BC_OK);
    assert_int_equal(bc_tables_begin(tables), BC_OK);
    for (unsigned i = 0; i < ROTTEN_ROWS; i++) {
        struct bc_key key = key_of(i);

        assert_int_equal(
            bc_tables_put(tables, BC_TABLE_LISTS, &key, bc_bytes_text("value")), BC_OK);
    }
    assert_int_equal(bc_tables_freeze(tables), BC_OK);
    assert_int_equal(bc_tables_merge(tables), BC_OK);
    assert_int_equal(bc_tables_merged(tables, true), BC_OK);
    bc_tables_close(tables);
    for (size_t bit = 0; bit <= bits; bit++) {
        enum bc_error second = bit < bits ? BC_DAMAGED : BC_OK;

        if (bit < bits) {
            flip_on_disk(fixture, &rotten, bit);
        }
        assert_int_equal(bc_tables_open(&tables, fixture->a.dir, 4096), BC_OK);
        assert_int_equal(bc_tables_begin(tables), BC_OK);
        assert_int_equal(bc_tables_get(tables, BC_TABLE_LISTS, &rotten, &value), second);
        expect_walked(tables, false, second);
        expect_walked(tables, true, second);
        assert_int_equal(bc_tables_put(tables, BC_TABLE_LISTS, &rotten, bc_bytes_text("")), BC_OK);
        expect_walked(tables, false, BC_OK);
        bc_tables_close(tables);
        if (bit < bits) {
            flip_on_disk(fixture, &rotten, bit);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_reader_can_tell_in_which_layer_a_row_is),
        TEST(what_is_appended_comes_after_every_row_of_every_layer),
        TEST(any_bit_of_a_row_that_flips_on_the_disk_is_found),
    };

    return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
