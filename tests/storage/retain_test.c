/* Retention: what has ended is in nothing that is shown, beside the naive model. */
#include <stdlib.h>

#include "tests/storage/fixture.h"

/* An id that is among the last ${facts} facts' or so, or before them all. */
static uint64_t some_upto(struct model *model, enum bc_retain part, unsigned facts)
{
    uint64_t upto =
        model->facts[model->count > facts ? model->count - facts : 0].id + model_draw(model, 3);
    enum bc_retain first = part == BC_RETAIN_ERASED_DIRECT  ? BC_RETAIN_DIRECT
                           : part == BC_RETAIN_ERASED_GROUP ? BC_RETAIN_GROUP
                                                            : part;

    return first != part && upto > model->state->retained.upto[first]
               ? model->state->retained.upto[first]
               : upto;
}

/* A slice of ${part}, up to about ${facts} facts ago. */
static void end(struct fixture *fixture, enum bc_retain part, unsigned facts)
{
    uint64_t upto = some_upto(fixture->model, part, facts);
    struct bc_fact fact;

    if (upto > fixture->model->state->retained.upto[part]) {
        fact = model_think_retain(fixture->model, part, upto);
        store_append(&fixture->a, &fact);
        model_apply(fixture->model, &fact);
    }
}

static void what_has_ended_is_in_nothing_that_is_shown(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    for (unsigned round = 0; round < 40; round++) {
        fixture_append(fixture, &fixture->a, 100);
        for (unsigned i = 0; i < 4; i++) {
            enum bc_retain part = (enum bc_retain)model_draw(fixture->model, BC_RETAINS);

            end(fixture, part, model_draw(fixture->model, 400));
        }
        if (round % 3 == 0) {
            store_checkpoint(&fixture->a);
        }
        if (round % 4 == 3) {
            fixture_check(fixture, &fixture->a);
        }
    }
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
}

/* All that there is, and then it goes on as if it had never been. */
static void everything_can_end(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    for (unsigned round = 0; round < 3; round++) {
        fixture_append(fixture, &fixture->a, 600);
        for (unsigned part = 0; part < BC_RETAINS; part++) {
            end(fixture, (enum bc_retain)part, 1);
        }
        fixture_check(fixture, &fixture->a);
    }
    fixture_append(fixture, &fixture->a, 300);
    fixture_check(fixture, &fixture->a);
}

/* Killed in the midst of it: the journal gives the same tables. */
static void a_replay_gives_the_same_tables(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 500);
    store_checkpoint(&fixture->a);
    for (unsigned facts = 400; facts > 0; facts -= 50) {
        for (unsigned part = 0; part < BC_RETAINS; part++) {
            end(fixture, (enum bc_retain)part, facts);
            fixture_append(fixture, &fixture->a, 5);
        }
    }
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
    store_close(&fixture->b);
    store_close(&fixture->a);
    expect_same_tables(&fixture->a, &fixture->b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(what_has_ended_is_in_nothing_that_is_shown),
        TEST(everything_can_end),
        TEST(a_replay_gives_the_same_tables),
    };

    return fixture_run("retain", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
