/*
 * Every row has a checksum that fits, which reading it looks at, and a key and a value of the
 * lengths that its table's have. What else is checked relies on the lengths.
 */
#include "messaging/text.h"
#include "tools/check.h"

#define ANY SIZE_MAX

static const struct {
    size_t key_min;
    size_t key_max;
    size_t value_min;
    size_t value_max;
} shapes[BC_TABLE_COUNT] = {
    [BC_TABLE_META] = { 1, 1, 0, ANY },
    [BC_TABLE_NAMES] = { 1, 64, 4, 4 },
    [BC_TABLE_USERS] = { 4, 4, 0, ANY },
    [BC_TABLE_MESSAGES] = { 8, 8, 0, ANY },
    [BC_TABLE_RELATIONS] = { 8, 8, 0, ANY },
    [BC_TABLE_CONVERSATIONS] = { 16, 16, BC_CHUNK_HEADER + 8, BC_CHUNK_BYTES_MAX },
    [BC_TABLE_MAILBOXES] = { 12, 12, BC_CHUNK_HEADER + 8, BC_CHUNK_BYTES_MAX },
    [BC_TABLE_RECENT] = { 12, 12, 5, 5 },
    [BC_TABLE_MARKERS] = { 9, 9, 16, 16 },
    [BC_TABLE_REQUESTS] = { 12, 12, 6, 69 },
    [BC_TABLE_LISTS] = { 6, 69, 0, 0 },
    [BC_TABLE_PENDING] = { 12, 12, 4, 4 },
    [BC_TABLE_MSGIDS] = { 5, 68, 8, 8 },
    [BC_TABLE_GROUP_NAMES] = { 1, 64, 4, 4 },
    [BC_TABLE_GROUPS] = { 4, 4, 0, ANY },
    [BC_TABLE_MEMBERSHIPS] = { 8, 8, 0, ANY },
    [BC_TABLE_MEMBERS] = { 5, 68, 12, 12 },
    [BC_TABLE_RANKS] = { 13, 13, 4, 4 },
    [BC_TABLE_USER_GROUPS] = { 5, 68, 12, 12 },
    [BC_TABLE_STINTS] = { 16, 16, 8, 8 },
    [BC_TABLE_USER_STINTS] = { 12, 12, 12, ANY },
    [BC_TABLE_GROUP_MESSAGES] = { 12, 12, BC_CHUNK_HEADER + 12, BC_CHUNK_BYTES_MAX },
    [BC_TABLE_GROUP_EVENTS] = { 12, 12, BC_CHUNK_HEADER + 8, BC_CHUNK_BYTES_MAX },
    [BC_TABLE_BLOCKS] = { 16, 16, 8, 8 },
    [BC_TABLE_EVENTS] = { 8, 8, 0, ANY },
    [BC_TABLE_SUSPENSIONS] = { 4, 4, 16, 16 },
    [BC_TABLE_REPORTS] = { 8, 8, 0, ANY },
    [BC_TABLE_REPORT_QUEUE] = { 12, 12, 0, 0 },
    [BC_TABLE_REPORT_TARGETS] = { 13, 13, 8, 8 },
    [BC_TABLE_MODERATIONS] = { 8, 8, 0, ANY },
    [BC_TABLE_OWN] = { 4, 68, 0, BC_OWN_VALUE_MAX },
};

static enum bc_error check_row(struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    enum bc_table i = check->table;

    if (key.len < shapes[i].key_min || key.len > shapes[i].key_max ||
        value.len < shapes[i].value_min || value.len > shapes[i].value_max) {
        check->malformed = true;
        bc_check_problem(check, "%s: a row has a key of %zu bytes and a value of %zu",
            bc_table_name(check->table), key.len, value.len);
    }
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
