/* What is erased is nowhere in the directory any more, in any byte of any file. */
#include "tests/storage/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "messaging/id.h"
#include "storage/store_inside.h"
#include "tests/storage/left.h"

#define SECRET   "Quetzalcoatl"
#define MESSAGES 600
#define ROUNDS   20000 /* of a millisecond at most: what a test waits for */

static uint64_t time_ms = 1000000;

static uint64_t next_id(void)
{
    return id_at(++time_ms);
}

/* A message of ${len} bytes, which say ${text} again and again. */
static uint64_t send(struct store *store, const char *text, size_t len)
{
    static uint8_t payload[65536];
    struct bc_fact fact = fact_sent(next_id(), 0, 1, BC_INBOX, false);

    for (size_t i = 0; i < len; i++) {
        payload[i] = (uint8_t)text[i % strlen(text)];
    }
    fact.sent.message.kind = BC_TEXT;
    fact.sent.message.payload = bc_bytes(payload, len);
    store_append(store, &fact);
    return fact.id;
}

/* The operator erases the messages, and says that it is done. */
static uint64_t erase(struct store *store, const uint64_t *ids, uint32_t count)
{
    struct bc_erased_message messages[BC_ERASED_MAX];
    uint64_t id = next_id();
    struct bc_fact fact = { .id = id,
        .type = BC_FACT_ERASED,
        .erased = { .erasure = { .id = id,
                        .by = bc_bytes_text("#operator"),
                        .user = name_of(0),
                        .reason = bc_bytes_text("asked for"),
                        .step = BC_ERASE_DONE,
                        .changed = id,
                        .messages = count },
            .step = BC_ERASE_MESSAGES,
            .messages = messages,
            .message_count = count } };

    assert_true(count <= BC_ERASED_MAX);
    for (uint32_t i = 0; i < count; i++) {
        messages[i] = (struct bc_erased_message){ .id = ids[i] };
    }
    store_append(store, &fact);
    return id;
}

/* Messages of all lengths, every third of which has the secret; with merges between them. */
static uint32_t fill(struct store *store, uint64_t *secrets)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < MESSAGES; i++) {
        size_t len = 13 + i * 37 % 3000 + (i % 7 == 0 ? i * 31 % 20000 : 0);

        if (i % 3 == 0) {
            secrets[count++] = send(store, SECRET, len);
        } else {
            (void)send(store, "Popocatepetl", len);
        }
        if (i % 50 == 49) {
            store_checkpoint(store);
        }
    }
    return count;
}

static uint64_t erase_all(struct store *store, const uint64_t *ids, uint32_t count)
{
    uint64_t last = 0;

    for (uint32_t i = 0; i < count; i += 50) {
        last = erase(store, ids + i, count - i < 50 ? count - i : 50);
        store_checkpoint(store);
    }
    return last;
}

static void nothing_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t secrets[MESSAGES];
    uint32_t count;
    uint64_t upto;

    store_must_open(store);
    count = fill(store, secrets);
    upto = erase_all(store, secrets, count);
    assert_true(left_in_files(store, SECRET) > 0); /* or this finds nothing */
    assert_true(left_clean(store, upto, ROUNDS));
    assert_int_equal(left_in_files(store, SECRET), 0);
    assert_true(left_in_files(store, "Popocatepetl") > MESSAGES / 2);

    /* What is written from then on is not what was in memory, either. */
    for (unsigned i = 0; i < 200; i++) {
        (void)send(store, "Popocatepetl", 13 + i * 37 % 3000);
        if (i % 20 == 19) {
            store_checkpoint(store);
        }
    }
    assert_int_equal(left_in_files(store, SECRET), 0);
    store_close(store);
    assert_int_equal(left_in_files(store, SECRET), 0);
    store_must_open(store);
    store_close(store);
}

/* Merges, and messages, come between. */
static void cleans_beside_others(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t secrets[MESSAGES];
    uint32_t count;
    uint64_t upto;

    store_must_open(store);
    count = fill(store, secrets);
    upto = erase_all(store, secrets, count);
    for (unsigned i = 0; i < ROUNDS && bc_store_cleaned(store->open) < upto; i++) {
        (void)send(store, "Popocatepetl", 13 + i * 37 % 3000);
        store_sync(store);
        if (i % 5 == 0) {
            store_checkpoint(store);
        }
        bc_store_clean(store->open);
        assert_int_equal(bc_store_checkpoint(store->open, false), BC_OK);
        usleep(200);
    }
    assert_true(bc_store_cleaned(store->open) >= upto);
    assert_int_equal(left_in_files(store, SECRET), 0);
    store_close(store);
    store_must_open(store);
    store_close(store);
}

/* Killed at any step, it begins again, and ends. */
static void killed_it_begins_again(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t secrets[MESSAGES];
    unsigned turns = 0;
    uint32_t count;
    uint64_t upto;

    store_must_open(store);
    count = fill(store, secrets);
    upto = erase_all(store, secrets, count);
    do { /* how many of these there are is the machine's affair */
        store_as_killed(store, &fixture->b);
        store_must_open(&fixture->b);
        assert_true(left_clean(&fixture->b, upto, ROUNDS));
        assert_int_equal(left_in_files(&fixture->b, SECRET), 0);
        store_close(&fixture->b);
    } while (!left_clean(store, upto, ++turns) && turns < 15);
    store_close(store);
}

/*
 * Killed while it merges there are facts in both segments that aren't in the tables. That is no
 * reason to wait until a checkpoint is due.
 */
static void killed_while_it_merges_it_goes_on_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t secret;
    uint64_t upto;
    struct file before;

    store_must_open(store);
    secret = send(store, SECRET, 100);
    store_checkpoint(store);
    upto = erase(store, &secret, 1);
    before = store_load(store, "data.mdb");
    for (unsigned i = 0; i < ROUNDS && store->open->cleaning.state != BC_CLEANING_MERGES; i++) {
        (void)left_clean(store, upto, 1);
    }
    assert_int_equal(store->open->cleaning.state, BC_CLEANING_MERGES);
    (void)send(store, "Popocatepetl", 100);
    store_sync(store);
    store_as_killed(store, &fixture->b);
    store_save(&fixture->b, "data.mdb", before.data, before.len);
    free(before.data);
    store_must_open(&fixture->b);
    assert_true(left_clean(&fixture->b, upto, ROUNDS));
    assert_int_equal(left_in_files(&fixture->b, SECRET), 0);
    store_close(&fixture->b);
    store_close(store);
}

/* ---- a tool that reads ---- */

/* Whoever reads what was there before goes on to read it: so long it isn't overwritten. */
static void who_reads_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t secrets[MESSAGES];
    uint32_t count;
    uint64_t upto;
    struct left_reader reader;

    left_make_reader(&reader, store, SECRET);
    store_must_open(store);
    count = fill(store, secrets);
    store_checkpoint(store);
    left_begin_to_read(&reader);
    upto = erase_all(store, secrets, count);
    assert_false(left_clean(store, upto, 500));
    left_read_again(&reader);
    assert_true(left_clean(store, upto, ROUNDS));
    assert_int_equal(left_in_files(store, SECRET), 0);
    store_close(store);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_left, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(cleans_beside_others, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(killed_it_begins_again, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(
            killed_while_it_merges_it_goes_on_at_once, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(who_reads_is_waited_for, fixture_setup, fixture_teardown),
    };

    return fixture_run("clean", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
