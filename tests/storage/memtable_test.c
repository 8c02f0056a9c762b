/* A memtable alone: what is found by its key and in what order, and what memory it takes. */
#include "tests/storage/fixture.h"

#include "storage/base/integers.h"
#include "storage/state/row.h"
#include "storage/tables/memtable.h"

static struct bc_key numbered(uint32_t number)
{
    return bc_key_user(number * 2654435761U);
}

static void many_more_rows_than_were_reckoned_with_are_found_and_in_order(void **state)
{
    struct bc_memtable *memtable = bc_memtable_new(0);
    const struct bc_memtable_row *row;
    uint32_t count = 0;

    (void)state;
    assert_non_null(memtable);
    for (uint32_t i = 0; i < 20000; i++) {
        struct bc_key key = numbered(i);

        row = bc_memtable_put(memtable, BC_TABLE_USERS, &key, 4);
        assert_non_null(row);
        bc_put_u32(row->value, i);
    }
    for (uint32_t i = 0; i < 20000; i++) {
        struct bc_key key = numbered(i);

        row = bc_memtable_find(memtable, BC_TABLE_USERS, &key);
        assert_non_null(row);
        assert_int_equal(bc_get_u32(row->value), i);
        assert_null(bc_memtable_find(memtable, BC_TABLE_GROUPS, &key));
    }
    for (row = bc_memtable_end(memtable, BC_TABLE_USERS, false); row != NULL; count++) {
        const struct bc_memtable_row *next = bc_memtable_next(row, false);

        assert_true(
            next == NULL || bc_key_compare(bc_memtable_key(row), bc_memtable_key(next)) < 0);
        assert_true(next == NULL || bc_memtable_next(next, true) == row);
        row = next;
    }
    assert_int_equal(count, 20000);
    bc_memtable_free(memtable);
}

/* Rows of lists are rewritten with every message: most of the time they stay where they are. */
static void a_row_that_grows_takes_little_more_memory_than_its_last_image(void **state)
{
    struct bc_memtable *memtable = bc_memtable_new(0);
    struct bc_key key = numbered(1);

    (void)state;
    assert_non_null(memtable);
    for (size_t len = 8; len <= 1024; len += 8) {
        struct bc_memtable_row *row = bc_memtable_put(memtable, BC_TABLE_USERS, &key, len);

        assert_non_null(row);
        memset(row->value, 1, len);
    }
    assert_in_range(bc_memtable_bytes(memtable), 1024, 6 * 1024);
    bc_memtable_free(memtable);
}

static void what_is_removed_says_nothing_and_what_is_deleted_says_so(void **state)
{
    struct bc_memtable *memtable = bc_memtable_new(0);
    struct bc_key key = numbered(1);
    struct bc_memtable_row *row;

    (void)state;
    assert_non_null(memtable);
    row = bc_memtable_put(memtable, BC_TABLE_USERS, &key, 4);
    assert_non_null(row);
    bc_memtable_remove(memtable, row);
    assert_null(bc_memtable_find(memtable, BC_TABLE_USERS, &key));
    assert_null(bc_memtable_end(memtable, BC_TABLE_USERS, false));
    row = bc_memtable_delete(memtable, BC_TABLE_USERS, &key);
    assert_non_null(row);
    assert_true(row->deleted);
    assert_ptr_equal(bc_memtable_find(memtable, BC_TABLE_USERS, &key), row);
    assert_ptr_equal(bc_memtable_put(memtable, BC_TABLE_USERS, &key, 0), row);
    assert_false(row->deleted);
    bc_memtable_free(memtable);
    bc_memtable_free(NULL);
}

/* What was found last is looked at first, by its key alone. */
static void keys_of_any_length_that_differ_in_any_byte_are_told_apart(void **state)
{
    struct bc_memtable *memtable = bc_memtable_new(0);

    (void)state;
    assert_non_null(memtable);
    for (size_t len = 1; len <= BC_KEY_MAX; len++) {
        struct bc_key key = { .len = len };
        const struct bc_memtable_row *row;

        memset(key.bytes, 'k', len);
        row = bc_memtable_put(memtable, BC_TABLE_USERS, &key, 0);
        assert_non_null(row);
        for (size_t at = 0; at < len; at++) {
            key.bytes[at] ^= 1;
            assert_null(bc_memtable_find(memtable, BC_TABLE_USERS, &key));
            key.bytes[at] ^= 1;
            assert_ptr_equal(bc_memtable_find(memtable, BC_TABLE_USERS, &key), row);
        }
    }
    bc_memtable_free(memtable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_more_rows_than_were_reckoned_with_are_found_and_in_order),
        cmocka_unit_test(a_row_that_grows_takes_little_more_memory_than_its_last_image),
        cmocka_unit_test(what_is_removed_says_nothing_and_what_is_deleted_says_so),
        cmocka_unit_test(keys_of_any_length_that_differ_in_any_byte_are_told_apart),
    };

    return cmocka_run_group_tests_name("memtable", tests, NULL, NULL);
}
