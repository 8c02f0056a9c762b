/* Users and groups have one name and one number each. */
#include "messaging/text.h"
#include "tools/check.h"

static enum bc_error check_name(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_bytes name;
    enum bc_error error = check->table == BC_TABLE_NAMES
                              ? bc_check_user_name(check, value->number, &name)
                              : bc_check_group_name(check, value->number, &name);

    if (error == BC_OK && !bc_bytes_equal(name, key->name)) {
        bc_check_problem(check, "%s: \"%.*s\" has the number of \"%.*s\"",
            bc_table_name(check->table), (int)key->name.len, (const char *)key->name.data,
            (int)name.len, (const char *)name.data);
    }
    return error;
}

/* Numbers are 1, 2, 3 and so on: bc_check_user() relies on it. */
static enum bc_error check_number(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    bool user = check->table == BC_TABLE_USERS;
    uint32_t number = key->owner;
    struct bc_bytes name;
    struct bc_key name_key;
    enum bc_error error =
        user ? bc_check_user_name(check, number, &name) : bc_check_group_name(check, number, &name);

    (void)value;
    if (number == 0 || number > (user ? check->users : check->groups)) {
        bc_check_problem(check, "%s: number %u leaves a gap", bc_table_name(check->table), number);
    }
    if (error == BC_OK && !(user ? bc_text_was_user(name) : bc_text_is_group(name))) {
        bc_check_problem(
            check, "%s: %u has a name that none may have", bc_table_name(check->table), number);
        return BC_OK;
    }
    if (error == BC_OK) {
        name_key = bc_key_name(name);
        error = bc_check_has(check, user ? BC_TABLE_NAMES : BC_TABLE_GROUP_NAMES, &name_key,
            &(struct bc_value){ .number = number }, "a number's name leads back to it");
    }
    return error;
}

enum bc_error bc_check_users(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_NAMES, check_name);

    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_USERS, check_number);
    }
    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_GROUP_NAMES, check_name);
    }
    return error == BC_OK ? bc_check_rows(check, BC_TABLE_GROUPS, check_number) : error;
}
