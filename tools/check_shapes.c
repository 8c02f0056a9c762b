/*
 * Every row has a checksum that fits, which reading it looks at, and a key and a value of the
 * lengths that its table's have. What else is checked relies on the lengths.
 */
#include "tools/check.h"

/* Being read is all that is asked of it. */
static enum bc_error check_row(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    (void)check;
    (void)key;
    (void)value;
    return BC_OK;
}

enum bc_error bc_check_shapes(struct bc_check *check)
{
    enum bc_error error = BC_OK;

    for (int i = 0; i < BC_TABLE_COUNT && error == BC_OK; i++) {
        error = bc_check_rows(check, (enum bc_table)i, check_row);
    }
    return error;
}
