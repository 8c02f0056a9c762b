#include "group_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "messaging/id.h"

void group_put(
    struct bc_view *view, const char *group, const char *user, enum bc_role role, uint64_t joined)
{
    struct bc_membership *membership = fake_view_membership(view, group, user);

    membership->role = role;
    membership->joined = joined;
}

struct bc_view *group_team(void)
{
    struct bc_view *view = fake_view_new();

    group_put(view, "team", "olga", BC_ROLE_OWNER, 1);
    group_put(view, "team", "max", BC_ROLE_MEMBER, 2);
    group_put(view, "team", "adam", BC_ROLE_ADMIN, 9);
    group_put(view, "team", "ann", BC_ROLE_ADMIN, 5);
    group_put(view, "team", "mia", BC_ROLE_MEMBER, 4);
    fake_view_membership(view, "team", "lea")->ask_again = true;
    fake_view_membership(view, "closed", "lea")->ask_again = true;
    fake_view_membership(view, "team", "ida")->invited = 3;
    fake_view_membership(view, "team", "ida")->invited_by = fake_view_user(view, "olga");
    fake_view_membership(view, "closed", "ida")->invited = 4;
    fake_view_membership(view, "closed", "ida")->invited_by = fake_view_user(view, "lea");
    group_put(view, "other", "zoe", BC_ROLE_OWNER, 6);
    fake_view_user(view, "sid"); /* a stranger to all of them */
    return view;
}

struct bc_request group_request(enum bc_action action, const char *from, const char *group)
{
    return (struct bc_request){ .action = action,
        .from = bc_bytes_text(from),
        .group = bc_bytes_text(group),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .within_rate = true };
}

const char *group_outcome(const struct bc_decision *decision)
{
    switch (decision->verdict) {
    case BC_CHANGES:
        return "ok";
    case BC_REPEATS:
        return "repeats";
    case BC_NOTHING:
        return "nothing";
    case BC_REFUSED:
        break;
    }
    return bc_refusal_code(decision->refusal);
}

void group_decide(const struct bc_view *view, const struct row_of_group *row,
    struct bc_invitation *invitation, struct bc_decision *decision)
{
    struct bc_request request = group_request(row->action, row->from, row->group);

    request.to = bc_bytes_text(row->to);
    if (row->action == BC_GROUP_SEND) {
        request.message.payload = bc_bytes_text("hello");
    } else if (row->action == BC_GROUP_INVITE || row->action == BC_GROUP_CREATE) {
        invitation->user = bc_bytes_text("sid");
        request.invite.invitations = invitation;
        request.invite.count = 1;
    } else if (row->action == BC_GROUP_RENAME) {
        request.title = bc_bytes_text("Title");
    } else if (row->action == BC_GROUP_SET_ROLE) {
        request.role = row->role;
    }
    assert_int_equal(bc_decide(view, &limits, &request, decision), BC_OK);
}

void group_check_rows(const struct row_of_group *rows, size_t count)
{
    int failures = 0;

    for (size_t i = 0; i < count; i++) {
        struct bc_view *view = group_team();
        struct bc_invitation invitation;
        struct bc_decision decision;
        const char *is;

        group_decide(view, &rows[i], &invitation, &decision);
        is = group_outcome(&decision);

        if (strcmp(is, rows[i].outcome) != 0 ||
            (decision.sentence != NULL) != (decision.verdict == BC_REFUSED) ||
            decision.took_token != (rows[i].action == BC_GROUP_SEND)) {
            print_error("row %zu: %s, action %d in %s about %s: is %s, should be %s\n", i,
                rows[i].from, (int)rows[i].action, rows[i].group,
                rows[i].to != NULL ? rows[i].to : "nobody", is, rows[i].outcome);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}
