#include "tests/storage/fixture.h"

#include <stdio.h>
#include <stdlib.h>

int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    *state = fixture;
    fixture->model = model_new(1);
    return fixture->model != NULL && store_make(&fixture->a) == 0 ? store_make(&fixture->b) : -1;
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    store_remove(&fixture->a);
    store_remove(&fixture->b);
    model_free(fixture->model);
    free(fixture);
    return 0;
}

void fixture_append(struct fixture *fixture, struct store *store, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct bc_fact fact = model_think(fixture->model);

        store_append(store, &fact);
        model_apply(fixture->model, &fact);
    }
    store_sync(store);
}

void fixture_check(const struct fixture *fixture, const struct store *store)
{
    const struct model *model = fixture->model;

    assert_int_equal(bc_store_last(store->open), model->count);
    assert_int_equal(bc_store_newest_id(store->open),
        model->count == 0 ? 0 : bc_fact_last_id(&model->facts[model->count - 1]));
    model_check(model, bc_store_view(store->open));
}

int fixture_run(
    const char *group, const struct CMUnitTest *tests, size_t count, int argc, char **argv)
{
    size_t part = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    size_t parts = argc == 3 ? strtoul(argv[2], NULL, 10) : 1;
    struct CMUnitTest chosen[64];
    size_t of_part = 0;

    if (part >= parts || parts > count || count > sizeof(chosen) / sizeof(*chosen)) {
        (void)fprintf(stderr, "usage: the part, from 0, of how many, up to one for each test\n");
        return 2;
    }
    for (size_t i = part; i < count; i += parts) {
        chosen[of_part++] = tests[i];
    }
    return _cmocka_run_group_tests(group, chosen, of_part, NULL, NULL);
}
