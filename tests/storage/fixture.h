/* What every test of the store has: two stores in directories of their own, and a model. */
#ifndef BC_TESTS_STORAGE_FIXTURE_H
#define BC_TESTS_STORAGE_FIXTURE_H

#include "tests/storage/model.h"
#include "tests/storage/test_store.h"

struct fixture {
    struct store a;
    struct store b; /* for an oracle, or for what a kill leaves */
    struct model *model;
};

/*
 * Run the tests[0..${count}), or, of a command line "K N", those of them whose turn it is in the
 * part K of N, from 0: long ones run beside each other so. Returns what the process is to.
 */
int fixture_run(
    const char *group, const struct CMUnitTest *tests, size_t count, int argc, char **argv);

int fixture_setup(void **state);
int fixture_teardown(void **state);

/* Think of ${count} facts and append each to the open ${store}. Synced at the end. */
void fixture_append(struct fixture *fixture, struct store *store, unsigned count);

/* The open ${store} shows what the model does, and knows its newest id and its last fact. */
void fixture_check(const struct fixture *fixture, const struct store *store);

#endif
