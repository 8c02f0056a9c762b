/* Accounts: tokens are of users that there are, by devices, and not more than a user may have. */
#include "messaging/text.h"
#include "tools/check.h"

static enum bc_error check_token(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    if (check->token_user != key->owner) {
        check->token_user = key->owner;
        check->token_count = 0;
        (void)bc_check_user(check, key->owner);
    }
    if (++check->token_count == BC_TOKENS_MAX + 1) {
        bc_check_problem(check, "tokens: %u has more than one may have", key->owner);
    }
    if (!bc_text_is_device(key->name) || value->id == 0) {
        bc_check_problem(check, "tokens: %u has one that none may have", key->owner);
    }
    return BC_OK;
}

static enum bc_error check_invite(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_key hash = bc_key_invite_hash(value->rest);
    const struct bc_value wanted = { .number = key->owner, .id = key->id };

    (void)bc_check_user(check, key->owner);
    if (value->number == 0 || value->number > BC_USES_MAX || value->id > UINT32_MAX) {
        bc_check_problem(check, "invites: %u has one that none may have", key->owner);
    } else if (value->id != 0) {
        (void)bc_check_group(check, (uint32_t)value->id);
    }
    return bc_check_has(check, BC_TABLE_INVITE_HASHES, &hash, &wanted, "hash of an invitation");
}

static enum bc_error check_hash(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    struct bc_invite invite;
    enum bc_error error = bc_view_invite_id(check->view, value->number, value->id, &invite);

    if (error == BC_OK && !bc_bytes_equal(invite.hash, key->name)) {
        bc_check_problem(check, "invite_hashes: one leads to an invitation of another");
    }
    return error;
}

static enum bc_error check_signup(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    (void)value;
    (void)bc_check_user(check, key->owner);
    return BC_OK;
}

enum bc_error bc_check_accounts(struct bc_check *check)
{
    enum bc_error error = bc_check_rows(check, BC_TABLE_TOKENS, check_token);

    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_INVITES, check_invite);
    }
    if (error == BC_OK) {
        error = bc_check_rows(check, BC_TABLE_INVITE_HASHES, check_hash);
    }
    return error == BC_OK ? bc_check_rows(check, BC_TABLE_SIGNUPS, check_signup) : error;
}
