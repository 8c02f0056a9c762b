/* Pages in protobuf, decoded by an implementation that shares no code with ours: protobuf_test.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

static const char *const options[] = { "rate_per_minute 1000000", "rate_burst 1000000",
    "kinds text,link,binary", NULL };

static void pages_in_protobuf_say_what_json_says(void **state)
{
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    char port[8];
    char output[256];

    snprintf(port, sizeof port, "%u", (unsigned)broker_port(b, BROKER_TCP));
    snprintf(output, sizeof output, "%s/python.log", broker_dir(b));
    process_run((const char *const[]){ PYTHON, SCRIPT, port, GENERATED, NULL }, output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(pages_in_protobuf_say_what_json_says, broker_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
