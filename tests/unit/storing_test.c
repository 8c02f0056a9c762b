#include "broker-plugin/context.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#define MINUTE 60000
#define START  1800000000000 /* ms since the epoch */

static char logged[256];

/* In the place of the plugin's: keep the line, with what it is at its beginning. */
void bc_plugin_log(int level, const char *format, ...)
{
    va_list arguments;

    logged[0] = level == MOSQ_LOG_WARNING ? '!' : level == MOSQ_LOG_NOTICE ? ' ' : '?';
    va_start(arguments, format);
    (void)vsnprintf(logged + 1, sizeof(logged) - 1, format, arguments);
    va_end(arguments);
}

static const char full[] = "!messages and changes are refused, since nothing can be stored: no "
                           "room left";
static const char again[] = " messages and changes are stored again";

static void failing_is_told_once_a_minute_and_its_end_if_it_was(void **state)
{
    static const struct {
        uint64_t at_ms;
        enum bc_error error;
        const char *logs;
    } rows[] = {
        { 0, BC_OK, "" }, { 0, BC_DAMAGED, "" }, { 1, BC_FULL, full }, { 2, BC_FULL, "" },
        { 2 + 2 * MINUTE, BC_IO, "" }, /* it is known */
        { 3 + 2 * MINUTE, BC_DAMAGED, "" }, { 3 + 2 * MINUTE, BC_OK, again },
        { 4 + 2 * MINUTE, BC_OK, "" }, { 5 + 2 * MINUTE, BC_FULL, full },
        { 6 + 2 * MINUTE, BC_OK, again }, { 7 + 2 * MINUTE, BC_FULL, "" }, /* so soon */
        { 8 + 2 * MINUTE, BC_OK, "" }, /* what wasn't told has no end */
        { 4 + 3 * MINUTE, BC_FULL, "" }, { 5 + 3 * MINUTE, BC_FULL, full }, /* it lasts */
        { 6 + 3 * MINUTE, BC_OK, again }, { 0, BC_FULL, full }, /* the clock was set back */
    };
    struct bc_storing storing = { .told = false };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        logged[0] = '\0';
        bc_storing_outcome(&storing, rows[i].error, START + rows[i].at_ms);
        if (strcmp(logged, rows[i].logs) != 0) {
            fail_msg("row %zu: \"%s\" instead of \"%s\"", i, logged, rows[i].logs);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failing_is_told_once_a_minute_and_its_end_if_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
