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

static enum bc_error check_row(struct bc_check *check, struct bc_bytes key, struct bc_bytes value)
{
    uint32_t user = bc_get_u32(key.data);
    struct bc_bytes own = bc_bytes(key.data + BC_PREFIX_OWNER, key.len - BC_PREFIX_OWNER);

    if (check->own_user != user) {
        end_user(check);
        check->own_user = user;
        check->own_said = own.len == 0 && value.len == 4 ? bc_get_u32(value.data) : 0;
        check->own_counted = 0;
        (void)bc_check_user(check, user);
    }
    if (own.len == 0) {
        return value.len == 4 ? BC_OK : BC_DAMAGED;
    }
    check->own_counted += own.len + value.len;
    if (!bc_text_is_own_key(own) || !bc_text_is_string(value)) {
        bc_check_problem(check, "own: %u has a key or a value that none may have", user);
    }
    return BC_OK;
}

enum bc_error bc_check_own(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_OWN, check_row);

    end_user(check);
    return error;
}
