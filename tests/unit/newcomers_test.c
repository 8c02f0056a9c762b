/* Who has connected since the last TICK: nobody is forgotten, not even without memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker-plugin/broker/newcomers.h"

enum {
    CROWD = 1000
};

static bool without_memory;

/* NOLINTBEGIN(bugprone-reserved-identifier): the names that the linker gives */
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);

void *__wrap_realloc(void *memory, size_t size)
{
    return without_memory ? NULL : __real_realloc(memory, size);
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* Clients are only compared. */
static const struct mosquitto *client(size_t number)
{
    static const char places[CROWD + 1];

    return (const struct mosquitto *)(const void *)&places[number];
}

static void they_are_so_until_the_next_tick(void **state)
{
    struct bc_newcomers newcomers = { .clients = NULL };

    (void)state;
    assert_false(bc_newcomers_has(&newcomers, client(0)));
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < CROWD; i++) {
            bc_newcomers_add(&newcomers, client(i));
        }
        for (size_t i = 0; i < CROWD; i++) {
            assert_true(bc_newcomers_has(&newcomers, client(i)));
        }
        assert_false(bc_newcomers_has(&newcomers, client(CROWD)));
        bc_newcomers_clear(&newcomers);
        assert_false(bc_newcomers_has(&newcomers, client(0)));
    }
    bc_newcomers_free(&newcomers);
}

static void without_memory_everybody_is_one(void **state)
{
    struct bc_newcomers newcomers = { .clients = NULL };

    (void)state;
    without_memory = true;
    bc_newcomers_add(&newcomers, client(0));
    without_memory = false;
    assert_true(bc_newcomers_has(&newcomers, client(0)));
    assert_true(bc_newcomers_has(&newcomers, client(1)));
    bc_newcomers_clear(&newcomers);
    assert_false(bc_newcomers_has(&newcomers, client(0)));
    bc_newcomers_free(&newcomers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_so_until_the_next_tick),
        cmocka_unit_test(without_memory_everybody_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
