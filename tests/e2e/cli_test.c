/* Mosquitto's own command-line programs talk to each other, over TCP and over TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

enum {
    PATH_SIZE = 256
};

static int start(void **state)
{
    *state = broker_start(&(struct broker_options){ .lines_before = talk_lines, .tls = true });
    return 0;
}

static void run(const struct broker *b, const char *me, const char *you,
    enum broker_listener listener, const char *cafile)
{
    char port[8];
    char output[PATH_SIZE];

    snprintf(port, sizeof port, "%u", (unsigned)broker_port(b, listener));
    snprintf(output, sizeof output, "%s/cli.log", broker_dir(b));
    process_run((const char *const[]){ CLI_SCRIPT, me, you, port, cafile, NULL }, output);
}

static void users_talk_with_mosquittos_programs_over_tcp(void **state)
{
    run(*state, "alice", "bob", BROKER_TCP, NULL);
}

static void users_talk_with_mosquittos_programs_over_tls(void **state)
{
    char cafile[PATH_SIZE];

    snprintf(cafile, sizeof cafile, "%s/ca.crt", broker_dir(*state));
    run(*state, "carol", "dave", BROKER_TLS, cafile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_talk_with_mosquittos_programs_over_tcp),
        cmocka_unit_test(users_talk_with_mosquittos_programs_over_tls),
    };

    return cmocka_run_group_tests(tests, start, broker_teardown);
}
