#include "messaging/typing.h"

#include "messaging/approval.h"
#include "messaging/text.h"
#include "messaging/visible.h"

/* Set *${contact} to whether ${other} is a contact of ${user}, and not blocked. */
static enum bc_error is_contact(
    const struct bc_view *view, uint32_t user, uint32_t other, uint64_t now_ms, bool *contact)
{
    struct bc_relation relation = { .stance = BC_STRANGER };
    enum bc_error error = bc_view_relation(view, user, other, &relation);

    *contact = error == BC_OK && bc_approval_stance(&relation, now_ms) == BC_CONTACT;
    return error;
}

/* Both ways are looked at whatever the first says: alike for time. */
static enum bc_error are_contacts(
    const struct bc_view *view, const struct bc_typing *typing, uint32_t from, bool *contacts)
{
    bool own = false;
    bool theirs = false;
    uint32_t to;
    enum bc_error error = bc_view_user(view, typing->to, &to);

    if (error == BC_OK && to != 0 && to != from) {
        error = is_contact(view, from, to, typing->now_ms, &own);
        if (error == BC_OK) {
            error = is_contact(view, to, from, typing->now_ms, &theirs);
        }
    }
    *contacts = own && theirs;
    return error;
}

enum bc_error bc_may_type(
    const struct bc_view *view, const struct bc_typing *typing, bool *may, bool *shown)
{
    uint64_t until_ms = 0;
    uint32_t from;
    enum bc_error error = bc_view_user(view, typing->from, &from);

    *may = false;
    *shown = false;
    if (error == BC_OK && from != 0) {
        error = bc_view_suspension(view, from, &until_ms);
    }
    if (error != BC_OK || from == 0 || typing->now_ms < until_ms) {
        return error;
    }
    if (typing->group.len > 0) {
        error = bc_visible_member(view, typing->group, typing->from, may);
        *shown = *may;
        return error;
    }
    *may = bc_text_is_user(typing->to);
    return *may ? are_contacts(view, typing, from, shown) : BC_OK;
}
