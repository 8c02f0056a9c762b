/* Retention: what has ended is in nothing that is shown, beside the naive model. */
#include <stdlib.h>

#include "tests/storage/support.h"

/* An id that is among the last ${facts} facts' or so, or before them all. */
static uint64_t some_upto(struct model *model, enum bc_retain part, unsigned facts)
{
    uint64_t upto =
        model->facts[model->count > facts ? model->count - facts : 0].id + model_draw(model, 3);
    enum bc_retain first = part == BC_RETAIN_ERASED_DIRECT  ? BC_RETAIN_DIRECT
                           : part == BC_RETAIN_ERASED_GROUP ? BC_RETAIN_GROUP
                                                            : part;

    return first != part && upto > model->retained.upto[first] ? model->retained.upto[first] : upto;
}

/* A slice of ${part}, up to about ${facts} facts ago. */
static void end(struct bench *bench, enum bc_retain part, unsigned facts)
{
    uint64_t upto = some_upto(bench->model, part, facts);
    struct bc_fact fact;

    if (upto > bench->model->retained.upto[part]) {
        fact = model_think_retain(bench->model, part, upto);
        home_append(&bench->a, &fact);
        model_apply(bench->model, &fact);
    }
}

static void what_has_ended_is_in_nothing_that_is_shown(void **state)
{
    struct bench *bench = *state;

    home_must_open(&bench->a);
    for (unsigned round = 0; round < 40; round++) {
        bench_append(bench, &bench->a, 100);
        for (unsigned i = 0; i < 4; i++) {
            enum bc_retain part = (enum bc_retain)model_draw(bench->model, BC_RETAINS);

            end(bench, part, model_draw(bench->model, 400));
        }
        if (round % 3 == 0) {
            home_checkpoint(&bench->a);
        }
        if (round % 4 == 3) {
            bench_check(bench, &bench->a);
        }
    }
    home_close(&bench->a);
    home_must_open(&bench->a);
    bench_check(bench, &bench->a);
}

/* All that there is, and then it goes on as if it had never been. */
static void everything_can_end(void **state)
{
    struct bench *bench = *state;

    home_must_open(&bench->a);
    for (unsigned round = 0; round < 3; round++) {
        bench_append(bench, &bench->a, 600);
        for (unsigned part = 0; part < BC_RETAINS; part++) {
            end(bench, (enum bc_retain)part, 1);
        }
        bench_check(bench, &bench->a);
    }
    bench_append(bench, &bench->a, 300);
    bench_check(bench, &bench->a);
}

/* Killed in the midst of it: the journal gives the same tables. */
static void a_replay_gives_the_same_tables(void **state)
{
    struct bench *bench = *state;

    home_must_open(&bench->a);
    bench_append(bench, &bench->a, 500);
    home_checkpoint(&bench->a);
    for (unsigned facts = 400; facts > 0; facts -= 50) {
        for (unsigned part = 0; part < BC_RETAINS; part++) {
            end(bench, (enum bc_retain)part, facts);
            bench_append(bench, &bench->a, 5);
        }
    }
    home_as_killed(&bench->a, &bench->b);
    home_must_open(&bench->b);
    bench_check(bench, &bench->b);
    home_close(&bench->b);
    home_close(&bench->a);
    expect_same_tables(&bench->a, &bench->b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(what_has_ended_is_in_nothing_that_is_shown),
        TEST(everything_can_end),
        TEST(a_replay_gives_the_same_tables),
    };

    return bench_run("retain", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
