/* Own data: values under keys that may be, and as many bytes as the row before them says. */
#include "messaging/text.h"
#include "tools/check.h"

/* The rows of one user come to their end: they are as many bytes as the first of them said. */
static void end_user(struct bc_check *check)
{
    if (check->own_user != 0 && check->own_counted != check->own_said) {
        bc_check_problem(check, "own: %u has %llu bytes, but it says %llu", check->own_user,
            (unsigned long long)check->own_counted, (unsigned long long)check->own_said);
    }
    check->own_user = 0;
}

static enum bc_error check_row(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t sum = 0;
    enum bc_error error = key->name.len == 0 ? bc_value_read_sum(value->rest, &sum) : BC_OK;

    if (check->own_user != key->owner) {
        end_user(check);
        check->own_user = key->owner;
        check->own_said = sum;
        check->own_counted = 0;
        (void)bc_check_user(check, key->owner);
    }
    if (key->name.len == 0) {
        return error;
    }
    check->own_counted += key->name.len + value->rest.len;
    if (!bc_text_is_own_key(key->name) || !bc_text_is_string(value->rest)) {
        bc_check_problem(check, "own: %u has a key or a value that none may have", key->owner);
    }
    return BC_OK;
}

enum bc_error bc_check_own(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_OWN, check_row);

    end_user(check);
    return error;
}
