/* When the store takes a checkpoint, and that the journal begins anew with each. */
#include "tests/storage/fixture.h"

#include <stdlib.h>

/* Is what the tables on the disk hold behind the store, so that a checkpoint didn't happen? */
static bool has_committed(struct fixture *fixture)
{
    struct file file;
    bool committed;

    store_as_killed(&fixture->a, &fixture->b);
    store_delete(&fixture->b, "journal.0");
    store_delete(&fixture->b, "journal.1");
    fixture->b.options.owed = NULL;
    /* Without its journal the store is refused exactly if the tables hold anything. */
    committed = store_open(&fixture->b) != BC_OK;
    store_close(&fixture->b);
    file = store_load(&fixture->b, "data.mdb");
    free(file.data);
    store_delete(&fixture->b, "lock.mdb");
    return committed;
}

static void a_checkpoint_waits_for_as_many_facts_as_were_asked_for(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_facts = 5;
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 4);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_false(has_committed(fixture));
    fixture_append(fixture, &fixture->a, 1);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_true(has_committed(fixture));
}

static void a_checkpoint_waits_for_as_many_bytes_as_were_asked_for(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact = fact_sent(id_at(1), 0, 0, BC_KEPT, false);

    fixture->a.options.checkpoint_bytes = 4096;
    store_must_open(&fixture->a);
    fact.sent.message.payload = payload_of(1, 3000);
    store_append(&fixture->a, &fact);
    store_sync(&fixture->a);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_false(has_committed(fixture));
    fact.id = fact.sent.message.id = id_at(2);
    store_append(&fixture->a, &fact);
    store_sync(&fixture->a);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_true(has_committed(fixture));
}

static void a_forced_checkpoint_waits_for_nothing(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 1);
    store_checkpoint(&fixture->a);
    assert_true(has_committed(fixture));
}

static void segments_are_recycled_over_and_over(void **state)
{
    struct fixture *fixture = *state;
    struct file file;
    size_t sizes[2];

    store_must_open(&fixture->a);
    for (int i = 0; i < 2; i++) {
        file = store_load(&fixture->a, i == 0 ? "journal.0" : "journal.1");
        sizes[i] = file.len;
        free(file.data);
    }
    for (unsigned i = 0; i < 100; i++) {
        fixture_append(fixture, &fixture->a, 50);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
        if (i % 20 == 11) {
            store_close(&fixture->a);
            store_must_open(&fixture->a);
        }
        if (i % 20 == 17) {
            store_as_killed(&fixture->a, &fixture->b);
            store_must_open(&fixture->b);
            assert_int_equal(bc_store_last(fixture->b.open), fixture->model->count);
            store_close(&fixture->b);
        }
    }
    fixture_check(fixture, &fixture->a);
    assert_string_equal(fixture->a.lines.text, "");
    for (int i = 0; i < 2; i++) {
        file = store_load(&fixture->a, i == 0 ? "journal.0" : "journal.1");
        assert_int_equal(file.len, sizes[i]);
        free(file.data);
    }
}

static void a_full_segment_is_left_without_being_asked(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_bytes = 8192;
    store_must_open(&fixture->a);
    for (unsigned i = 0; i < 600; i++) { /* no sync and no checkpoint is asked for */
        struct bc_fact fact = model_think(fixture->model);

        store_append(&fixture->a, &fact);
        model_apply(fixture->model, &fact);
    }
    fixture_check(fixture, &fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    fixture->b.options.owed = NULL;
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_checkpoint_waits_for_as_many_facts_as_were_asked_for),
        TEST(a_checkpoint_waits_for_as_many_bytes_as_were_asked_for),
        TEST(a_forced_checkpoint_waits_for_nothing),
        TEST(segments_are_recycled_over_and_over),
        TEST(a_full_segment_is_left_without_being_asked),
    };

    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
