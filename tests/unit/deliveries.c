#include "deliveries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

enum bc_error record_line(struct record *record, char **line)
{
    assert_true(record->count < LINES);
    *line = record->lines[record->count++];
    return record->count == record->fail_at ? BC_NOMEM : BC_OK;
}

void record_expect(const struct record *record, const char *const *lines, size_t count)
{
    bool same = record->count == count;

    for (size_t i = 0; same && i < count; i++) {
        same = strcmp(record->lines[i], lines[i]) == 0;
    }
    for (size_t i = 0; !same && i < record->count; i++) {
        print_error("is        %s\n", record->lines[i]);
    }
    for (size_t i = 0; !same && i < count; i++) {
        print_error("should be %s\n", lines[i]);
    }
    assert_true(same);
}
