/* `backchannel check`: what is well, and every way in which a row can be wrong. */
#include "life.h"

#include <lmdb.h>
#include <stdio.h>
#include <string.h>

static int begin(void **state)
{
    (void)state;
    life = life_broker();
    return 0;
}

static void a_store_in_use_is_well(void **state)
{
    (void)state;
    tool_expect(life, 0, "0 problems", "check", life_path(life, "data"), NULL);
}

static void a_store_that_was_closed_is_well(void **state)
{
    (void)state;
    assert_int_equal(broker_stop(life), 0);
    tool_expect(life, 0, "0 problems", "check", life_path(life, "data"), NULL);
    tool_expect(life, 0, "last checkpoint: fact ", "check", life_path(life, "data"), NULL);
    tool_expect(life, 0, "158", "stats", life_path(life, "data"), NULL);
    tool_expect(life, 0, "\nlast checkpoint  fact ", "stats", life_path(life, "data"), NULL);
    tool_expect(life, 0, "\njournal.1        ", "stats", life_path(life, "data"), NULL);
}

static void a_store_without_a_checkpoint_is_well(void **state)
{
    static const char none[] = "none yet: the journal has everything";
    struct broker *fresh = broker_start(&(struct broker_options){ .users = NULL });

    (void)state;
    tool_expect(fresh, 0, none, "check", life_path(fresh, "data"), NULL);
    tool_expect(fresh, 0, none, "stats", life_path(fresh, "data"), NULL);
    broker_free(fresh);
}

/* What a test does to one row. */
enum harm {
    DROP,
    FLIP
};

static MDB_txn *open_copy(MDB_env **env)
{
    MDB_txn *txn = NULL;

    directory_copy(life_path(life, "data"), life_path(life, "harmed"));
    assert_int_equal(mdb_env_create(env), 0);
    assert_int_equal(mdb_env_set_maxdbs(*env, 64), 0);
    assert_int_equal(mdb_env_set_mapsize(*env, (size_t)1 << 30), 0);
    assert_int_equal(mdb_env_open(*env, life_path(life, "harmed"), 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(*env, NULL, 0, &txn), 0);
    return txn;
}

/* Harm the first or the last row of ${table}. */
static void harm(const char *table, enum harm how, MDB_cursor_op which)
{
    MDB_env *env;
    MDB_txn *txn = open_copy(&env);
    MDB_cursor *cursor;
    MDB_dbi dbi;
    MDB_val key;
    MDB_val value;
    uint8_t copy[4096];

    assert_int_equal(mdb_dbi_open(txn, table, 0, &dbi), 0);
    assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
    assert_int_equal(mdb_cursor_get(cursor, &key, &value, which), 0);
    if (how == DROP) {
        assert_int_equal(mdb_cursor_del(cursor, 0), 0);
    } else {
        assert_true(value.mv_size <= sizeof(copy));
        memcpy(copy, value.mv_data, value.mv_size);
        copy[value.mv_size - 1] ^= 1;
        value.mv_data = copy;
        assert_int_equal(mdb_cursor_put(cursor, &key, &value, MDB_CURRENT), 0);
    }
    mdb_cursor_close(cursor);
    assert_int_equal(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

/* All tables; that a marker, a reaction or a token was dropped can't be told: none is there
 * without, too. */
static const char *const tables[] = { "meta", "names", "users", "messages", "relations",
    "conversations", "mailboxes", "recent", "requests", "lists", "pending", "msgids", "group_names",
    "groups", "memberships", "members", "ranks", "user_groups", "stints", "user_stints",
    "group_messages", "group_events", "blocks", "events", "markers", "suspensions", "reports",
    "report_queue", "report_targets", "moderations", "own", "profiles", "pictures", "reactions",
    "tokens", "invites", "invite_hashes", "pushes", "push_endpoints" };

static void expect_harm_found(enum harm how, MDB_cursor_op which)
{
    static struct tool_run run;

    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
        if (how == DROP &&
            (strcmp(tables[i], "markers") == 0 || strcmp(tables[i], "reactions") == 0 ||
                strcmp(tables[i], "tokens") == 0)) {
            continue;
        }
        harm(tables[i], how, which);
        tool_run(life, &run, "check", life_path(life, "harmed"), NULL);
        if (run.code != 1) {
            print_error("%s: the row that was %s is not missed: %s\n", tables[i],
                how == DROP ? "dropped" : "changed", run.text);
            fail();
        }
    }
}

static void a_first_row_that_is_missing_is_found_in_every_table(void **state)
{
    (void)state;
    expect_harm_found(DROP, MDB_FIRST);
}

static void a_last_row_that_is_missing_is_found_in_every_table(void **state)
{
    (void)state;
    expect_harm_found(DROP, MDB_LAST);
}

static void a_value_with_another_bit_is_found_in_every_table(void **state)
{
    (void)state;
    expect_harm_found(FLIP, MDB_FIRST);
}

static void what_cannot_be_checked_is_said_in_one_line(void **state)
{
    (void)state;
    tool_expect(life, 2, "holds no store", "check", life_path(life, "nothing"), NULL);
    tool_expect(life, 2, "which directory?", "check", NULL);
    tool_expect(life, 2, "too many arguments", "check", "a", "b", NULL);
    tool_expect(life, 2, "there is no command chek", "chek", "a", NULL);
    tool_expect(life, 2, "--json is not for check", "check", "--json", "a", NULL);
    tool_expect(life, 0, "usage: backchannel check DIR", "--help", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_in_use_is_well),
        cmocka_unit_test(a_store_that_was_closed_is_well),
        cmocka_unit_test(a_store_without_a_checkpoint_is_well),
        cmocka_unit_test(a_first_row_that_is_missing_is_found_in_every_table),
        cmocka_unit_test(a_last_row_that_is_missing_is_found_in_every_table),
        cmocka_unit_test(a_value_with_another_bit_is_found_in_every_table),
        cmocka_unit_test(what_cannot_be_checked_is_said_in_one_line),
    };

    return cmocka_run_group_tests(tests, begin, life_end);
}
