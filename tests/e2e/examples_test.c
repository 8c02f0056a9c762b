/* The examples, run as a newcomer runs them: examples_test.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

static void run(void **state, const char *which)
{
    static const char *const users[] = { "alice", "bob", "carol", "lamp", NULL };
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .users = users, .lines_before = talk_lines });
    char port[8];
    char output[256];

    snprintf(port, sizeof port, "%u", (unsigned)broker_port(b, BROKER_TCP));
    snprintf(output, sizeof output, "%s/example.log", broker_dir(b));
    process_run((const char *const[]){ SCRIPT, EXAMPLES, port, which, NULL }, output);
}

static void two_people_talk_with_the_shell_messenger(void **state)
{
    run(state, "messenger_sh");
}

static void and_with_the_python_messenger(void **state)
{
    run(state, "messenger_py");
}

static void a_lamp_is_switched_by_whom_its_owner_has_approved(void **state)
{
    run(state, "lamp");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(two_people_talk_with_the_shell_messenger),
        TEST(and_with_the_python_messenger),
        TEST(a_lamp_is_switched_by_whom_its_owner_has_approved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
