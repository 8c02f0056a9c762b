/* What is erased is nowhere in the directory any more, in any byte of any file. */
#include "tests/storage/fixture.h"

#include <dirent.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messaging/id.h"

#define SECRET   "Quetzalcoatl"
#define MESSAGES 600
#define ROUNDS   20000 /* of a millisecond at most: what a test waits for */

static uint64_t time_ms = 1000000;

static uint64_t next_id(void)
{
    return id_at(++time_ms);
}

/* How often ${text} is in the files of ${store}. */
static unsigned count_in_files(const struct store *store, const char *text)
{
    DIR *dir = opendir(store->dir);
    unsigned count = 0;

    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct file file = { .data = NULL };
        const uint8_t *at;

        if (entry->d_name[0] != '.') {
            file = store_load(store, entry->d_name);
        }
        at = file.data;
        while (at != NULL &&
               (at = memmem(at, file.len - (size_t)(at - file.data), text, strlen(text))) != NULL) {
            count++;
            at++;
        }
        free(file.data);
    }
    closedir(dir);
    return count;
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

/* Let the store clean, until it has, or ${turns} are over. */
static bool clean(struct store *store, uint64_t upto, unsigned turns)
{
    for (unsigned i = 0; i < turns && bc_store_cleaned(store->open) < upto; i++) {
        bc_store_clean(store->open);
        assert_int_equal(bc_store_checkpoint(store->open, false), BC_OK);
        usleep(1000);
    }
    return bc_store_cleaned(store->open) >= upto;
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
    assert_true(count_in_files(store, SECRET) > 0); /* or this finds nothing */
    assert_true(clean(store, upto, ROUNDS));
    assert_int_equal(count_in_files(store, SECRET), 0);
    assert_true(count_in_files(store, "Popocatepetl") > MESSAGES / 2);

    /* What is written from then on is not what was in memory, either. */
    for (unsigned i = 0; i < 200; i++) {
        (void)send(store, "Popocatepetl", 13 + i * 37 % 3000);
        if (i % 20 == 19) {
            store_checkpoint(store);
        }
    }
    assert_int_equal(count_in_files(store, SECRET), 0);
    store_close(store);
    assert_int_equal(count_in_files(store, SECRET), 0);
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
    assert_int_equal(count_in_files(store, SECRET), 0);
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
    uint32_t count;
    uint64_t upto;

    store_must_open(store);
    count = fill(store, secrets);
    upto = erase_all(store, secrets, count);
    for (unsigned turns = 1; turns < 30; turns += 2) {
        if (clean(store, upto, turns)) {
            break;
        }
        store_as_killed(store, &fixture->b);
        store_must_open(&fixture->b);
        assert_true(clean(&fixture->b, upto, ROUNDS));
        assert_int_equal(count_in_files(&fixture->b, SECRET), 0);
        store_close(&fixture->b);
    }
    store_close(store);
}

/* ---- a tool that reads ---- */

/* How often the secret is in the messages of ${txn}. */
static unsigned count_in_messages(MDB_txn *txn, MDB_dbi dbi)
{
    MDB_cursor *cursor;
    MDB_val key;
    MDB_val value;
    unsigned count = 0;

    CHILD_EXPECT(mdb_cursor_open(txn, dbi, &cursor) == MDB_SUCCESS);
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
        count += memmem(value.mv_data, value.mv_size, SECRET, strlen(SECRET)) != NULL ? 1 : 0;
    }
    mdb_cursor_close(cursor);
    return count;
}

/* Read at once, and once more when there is something to be read from ${told}. */
static void read_twice(const char *dir, int tell, int told)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    unsigned before;
    char byte = 1;

    CHILD_EXPECT(mdb_env_create(&env) == MDB_SUCCESS && mdb_env_set_maxdbs(env, 64) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_env_open(env, dir, MDB_RDONLY | MDB_NOTLS, 0600) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == MDB_SUCCESS);
    CHILD_EXPECT(mdb_dbi_open(txn, "messages", 0, &dbi) == MDB_SUCCESS);
    before = count_in_messages(txn, dbi);
    CHILD_EXPECT(before > 0);
    CHILD_EXPECT(write(tell, &byte, 1) == 1 && read(told, &byte, 1) == 1);
    CHILD_EXPECT(count_in_messages(txn, dbi) == before);
    mdb_txn_abort(txn);
    mdb_env_close(env);
    _exit(0);
}

/* Whoever reads what was there before goes on to read it: so long it isn't overwritten. */
static void who_reads_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t secrets[MESSAGES];
    uint32_t count;
    uint64_t upto;
    int up[2];
    int down[2];
    int status = -1;
    char byte = 1;
    pid_t child;

    store_must_open(store);
    count = fill(store, secrets);
    store_checkpoint(store);
    assert_true(pipe(up) == 0 && pipe(down) == 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        read_twice(store->dir, up[1], down[0]);
    }
    assert_int_equal(read(up[0], &byte, 1), 1);
    upto = erase_all(store, secrets, count);
    assert_false(clean(store, upto, 500));
    assert_int_equal(write(down[1], &byte, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_true(clean(store, upto, ROUNDS));
    assert_int_equal(count_in_files(store, SECRET), 0);
    for (int i = 0; i < 2; i++) {
        (void)close(up[i]);
        (void)close(down[i]);
    }
    store_close(store);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_left, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(cleans_beside_others, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(killed_it_begins_again, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(who_reads_is_waited_for, fixture_setup, fixture_teardown),
    };

    return fixture_run("clean", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
