/* Groups are created, and what becomes of invitations to them (protocol section 4). */
#include "messaging/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "group_rows.h"
#include "messaging/id.h"

/* ---- creating ---- */

#define ASKED_MAX 8

/* Ask to invite ${users}, up to a NULL, or to create a group with them. */
static struct bc_decision invite(const struct bc_view *view, enum bc_action action,
    const char *from, const char *group, const char *const *users,
    struct bc_invitation invitations[ASKED_MAX])
{
    struct bc_request request = group_request(action, from, group);
    struct bc_decision decision;

    request.invite.title = bc_bytes_text("Title");
    request.invite.invitations = invitations;
    for (uint32_t i = 0; users[i] != NULL; i++) {
        assert_true(i < ASKED_MAX);
        invitations[i] = (struct bc_invitation){ bc_bytes_text(users[i]), BC_REACH_JOINS };
        request.invite.count++;
    }
    assert_int_equal(bc_decide(view, &limits, &request, &decision), BC_OK);
    return decision;
}

static void anybody_creates_a_group_with_a_free_name(void **state)
{
    (void)state;
    static const char *const users[] = { "mia", NULL };
    static const char *const creators[] = { "sid", "new" };

    for (size_t i = 0; i < COUNT(creators); i++) {
        struct bc_view *view = group_team();
        struct bc_invitation invitations[ASKED_MAX];
        struct bc_decision decision =
            invite(view, BC_GROUP_CREATE, creators[i], "fresh", users, invitations);
        const struct bc_fact_group *fact = &decision.fact.group;

        assert_string_equal(group_outcome(&decision), "ok");
        assert_int_equal(decision.fact.type, BC_FACT_GROUP);
        assert_int_equal(decision.fact.id, bc_id_at(NOW) + 77);
        assert_int_equal(fact->change, BC_GROUP_CREATED);
        assert_true(bc_bytes_equal(fact->group, bc_bytes_text("fresh")));
        assert_true(bc_bytes_equal(fact->title, bc_bytes_text("Title")));
        assert_true(bc_bytes_equal(fact->by, bc_bytes_text(creators[i])));
        assert_int_equal(fact->invitation_count, 1);
        assert_int_equal(fact->invitations[0].reach, BC_REACH_WAITS);
        fake_view_free(view);
    }
}

static void a_name_that_was_ever_taken_is_taken(void **state)
{
    (void)state;
    static const struct row_of_group rows[] = {
        { BC_GROUP_CREATE, "sid", "team", NULL, 0, "group-exists" },
        { BC_GROUP_CREATE, "sid", "closed", NULL, 0, "group-exists" },
        { BC_GROUP_CREATE, "olga", "team", NULL, 0, "group-exists" },
        { BC_GROUP_CREATE, "lea", "closed", NULL, 0, "group-exists" },
        { BC_GROUP_CREATE, "lea", "Team", NULL, 0, "ok" },
        { BC_GROUP_CREATE, "lea", "a/b", NULL, 0, "bad-name" },
    };
    CHECK_GROUP(rows);
}

/* Those that others put one into leave the room for one's own alone. */
static void who_was_put_into_many_groups_creates_and_joins_others(void **state)
{
    (void)state;
    static const char *const nobody[] = { NULL };
    static const char *const groups[] = { "g1", "g2", "g3", "g4" };
    struct bc_view *view = group_team();
    struct bc_invitation invitations[ASKED_MAX];
    struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };

    for (uint32_t i = 0; i < limits.groups_per_user; i++) {
        group_put(view, groups[i], "ida", BC_ROLE_MEMBER, 10);
        fake_view_membership(view, groups[i], "ida")->put_in = true;
    }
    struct bc_decision decision =
        invite(view, BC_GROUP_CREATE, "ida", "fresh", nobody, invitations);
    assert_string_equal(group_outcome(&decision), "ok");
    group_decide(view, &row, invitations, &decision);
    assert_string_equal(group_outcome(&decision), "ok");
    fake_view_free(view);
}

static void who_is_in_as_many_groups_as_one_may_be_creates_and_joins_no_more(void **state)
{
    (void)state;
    static const char *const nobody[] = { NULL };
    static const char *const groups[] = { "g1", "g2", "g3", "g4" };

    for (uint32_t in = 0; in <= limits.groups_per_user; in++) {
        struct bc_view *view = group_team();
        struct bc_invitation invitations[ASKED_MAX];
        const char *wanted = in < limits.groups_per_user ? "ok" : "not-possible";
        struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };

        for (uint32_t i = 0; i < in; i++) {
            group_put(view, groups[i], "ida", BC_ROLE_MEMBER, 10);
        }
        struct bc_decision decision =
            invite(view, BC_GROUP_CREATE, "ida", "fresh", nobody, invitations);
        assert_string_equal(group_outcome(&decision), wanted);
        group_decide(view, &row, invitations, &decision);
        assert_string_equal(group_outcome(&decision), wanted);
        fake_view_free(view);
    }
}

/* ---- what becomes of an invitation ---- */

/* Bob, whom adam invites to the team, unless it is new. */
struct invitee {
    const char *what;
    bool unknown;
    struct bc_relation theirs;
    enum bc_group_invites setting;
    bool contacts_only;
    struct bc_membership membership;
    bool invited_by_blocked; /* an invitation waits, of somebody whom bob has blocked since */
    bool invited;            /* of somebody else */
    bool busy;               /* was put into as many groups as one may be */
    bool busy_by_choice;     /* is in as many others */
    enum bc_reach reach;
};

static const struct invitee invitees[] = {
    { .what = "unknown", .unknown = true, .reach = BC_REACH_WAITS },
    { .what = "a stranger", .reach = BC_REACH_WAITS },
    { .what = "a contact", .theirs = { .stance = BC_CONTACT }, .reach = BC_REACH_JOINS },
    { .what = "one who has declined the inviter",
        .theirs = { .stance = BC_DECLINED, .declined_until = NOW + DAY },
        .reach = BC_REACH_NOTHING },
    { .what = "one whose decline of the inviter has ended",
        .theirs = { .stance = BC_DECLINED, .declined_until = NOW },
        .reach = BC_REACH_WAITS },
    { .what = "one whom only contacts may write to",
        .contacts_only = true,
        .reach = BC_REACH_NOTHING },
    { .what = "a contact whom only contacts may write to",
        .theirs = { .stance = BC_CONTACT },
        .contacts_only = true,
        .reach = BC_REACH_JOINS },
    { .what = "one who has blocked the inviter",
        .theirs = { .blocked = true },
        .reach = BC_REACH_NOTHING },
    { .what = "a contact who has blocked the inviter",
        .theirs = { .stance = BC_CONTACT, .blocked = true },
        .reach = BC_REACH_NOTHING },
    { .what = "a contact who wants to be asked",
        .theirs = { .stance = BC_CONTACT },
        .setting = BC_INVITES_ASK,
        .reach = BC_REACH_WAITS },
    { .what = "a stranger who wants to be asked",
        .setting = BC_INVITES_ASK,
        .reach = BC_REACH_WAITS },
    { .what = "a contact who wants none",
        .theirs = { .stance = BC_CONTACT },
        .setting = BC_INVITES_NONE,
        .reach = BC_REACH_NOTHING },
    { .what = "a stranger who wants none", .setting = BC_INVITES_NONE, .reach = BC_REACH_NOTHING },
    { .what = "a member",
        .theirs = { .stance = BC_CONTACT },
        .membership = { .role = BC_ROLE_MEMBER, .joined = 8 },
        .reach = BC_REACH_NOTHING },
    { .what = "a contact who was in it before",
        .theirs = { .stance = BC_CONTACT },
        .membership = { .ask_again = true },
        .reach = BC_REACH_WAITS },
    { .what = "a contact who declined it a moment ago",
        .theirs = { .stance = BC_CONTACT },
        .membership = { .ask_again = true, .declined_until = NOW + 1 },
        .reach = BC_REACH_NOTHING },
    { .what = "a contact who declined it long ago",
        .theirs = { .stance = BC_CONTACT },
        .membership = { .ask_again = true, .declined_until = NOW },
        .reach = BC_REACH_WAITS },
    { .what = "a stranger for whom an invitation waits",
        .invited = true,
        .reach = BC_REACH_NOTHING },
    { .what = "a contact for whom a stranger's invitation waits",
        .theirs = { .stance = BC_CONTACT },
        .invited = true,
        .reach = BC_REACH_JOINS },
    { .what = "one whose invitation has vanished with its inviter",
        .invited_by_blocked = true,
        .reach = BC_REACH_WAITS },
    { .what = "a contact who is in too many groups",
        .theirs = { .stance = BC_CONTACT },
        .busy = true,
        .reach = BC_REACH_WAITS },
    { .what = "a contact who is in too many groups, for whom an invitation waits",
        .theirs = { .stance = BC_CONTACT },
        .invited = true,
        .busy = true,
        .reach = BC_REACH_NOTHING },
    { .what = "a contact who has created and approved as many groups as one may be in",
        .theirs = { .stance = BC_CONTACT },
        .busy_by_choice = true,
        .reach = BC_REACH_JOINS },
    { .what = "a contact whom the inviter may put into one more group",
        .theirs = { .stance = BC_CONTACT, .put_in = 4 },
        .reach = BC_REACH_JOINS },
    { .what = "a contact whom the inviter may put into no more groups",
        .theirs = { .stance = BC_CONTACT, .put_in = 5 },
        .reach = BC_REACH_WAITS },
    { .what = "such a contact, for whom an invitation waits",
        .theirs = { .stance = BC_CONTACT, .put_in = 5 },
        .invited = true,
        .reach = BC_REACH_NOTHING },
    { .what = "a stranger with whom the inviter has one invitation left",
        .theirs = { .invitations = 4 },
        .reach = BC_REACH_WAITS },
    { .what = "a stranger with whom the inviter has none left",
        .theirs = { .invitations = 5 },
        .reach = BC_REACH_NOTHING },
    { .what = "a stranger with whom the limit was lowered since",
        .theirs = { .invitations = 6 },
        .reach = BC_REACH_NOTHING },
    { .what = "one whose decline has ended, with none left",
        .theirs = { .stance = BC_DECLINED, .declined_until = NOW, .invitations = 5 },
        .reach = BC_REACH_NOTHING },
    { .what = "a contact who wants to be asked, whatever was left",
        .theirs = { .stance = BC_CONTACT, .invitations = 5 },
        .setting = BC_INVITES_ASK,
        .reach = BC_REACH_WAITS },
    { .what = "a stranger who is in too many groups", .busy = true, .reach = BC_REACH_WAITS },
};

static struct bc_view *view_with(const struct invitee *invitee)
{
    static const char *const groups[] = { "g1", "g2", "g3", "g4" };
    struct bc_view *view = group_team();
    struct bc_membership *membership;

    if (invitee->unknown) {
        return view;
    }
    *fake_view_relation(view, "bob", "adam") = invitee->theirs;
    fake_view_settings(view, "bob")->group_invites = invitee->setting;
    fake_view_settings(view, "bob")->contacts_only = invitee->contacts_only;
    for (size_t i = 0; (invitee->busy || invitee->busy_by_choice) && i < COUNT(groups); i++) {
        group_put(view, groups[i], "bob", BC_ROLE_MEMBER, 10);
        fake_view_membership(view, groups[i], "bob")->put_in = invitee->busy;
    }
    membership = fake_view_membership(view, "team", "bob");
    *membership = invitee->membership;
    if (membership->role != BC_ROLE_NONE) {
        fake_view_membership(view, "team", "max")->role = BC_ROLE_NONE; /* who makes room */
    }
    if (invitee->invited || invitee->invited_by_blocked) {
        membership->invited = 50;
        membership->invited_by = fake_view_user(view, "olga");
        fake_view_relation(view, "bob", "olga")->blocked = invitee->invited_by_blocked;
    }
    return view;
}

static void an_invitation_reaches_by_the_invitees_own_choices(void **state)
{
    (void)state;
    static const char *const bob[] = { "bob", NULL };
    int failures = 0;

    for (size_t i = 0; i < COUNT(invitees); i++) {
        struct bc_view *view = view_with(&invitees[i]);
        struct bc_invitation invitations[ASKED_MAX];
        struct bc_decision decision =
            invite(view, BC_GROUP_INVITE, "adam", "team", bob, invitations);
        const struct bc_fact_group *fact = &decision.fact.group;

        /* The outcome is the same for all but in what is journaled. */
        assert_string_equal(group_outcome(&decision), "ok");
        assert_int_equal(fact->change, BC_GROUP_INVITED);
        assert_true(bc_bytes_equal(fact->by, bc_bytes_text("adam")));
        assert_int_equal(fact->invitation_count, 1);
        assert_true(bc_bytes_equal(fact->invitations[0].user, bc_bytes_text("bob")));
        if (fact->invitations[0].reach != invitees[i].reach) {
            print_error("%s: is %d, should be %d\n", invitees[i].what,
                (int)fact->invitations[0].reach, (int)invitees[i].reach);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void each_who_is_named_is_invited_once_and_nobody_invites_themselves(void **state)
{
    (void)state;
    static const char *const users[] = { "bob", "olga", "carol", "bob", NULL };
    static const enum bc_reach reaches[] = { BC_REACH_JOINS, BC_REACH_NOTHING, BC_REACH_WAITS,
        BC_REACH_NOTHING };
    static const enum bc_action actions[] = { BC_GROUP_CREATE, BC_GROUP_INVITE };

    for (size_t i = 0; i < COUNT(actions); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_invitation invitations[ASKED_MAX];
        const char *group = actions[i] == BC_GROUP_CREATE ? "fresh" : "small";

        group_put(view, "small", "olga", BC_ROLE_OWNER, 1);
        fake_view_relation(view, "bob", "olga")->stance = BC_CONTACT;
        struct bc_decision decision = invite(view, actions[i], "olga", group, users, invitations);
        assert_string_equal(group_outcome(&decision), "ok");
        assert_int_equal(decision.fact.group.invitation_count, 4);
        for (size_t j = 0; j < COUNT(reaches); j++) {
            assert_int_equal(decision.fact.group.invitations[j].reach, reaches[j]);
        }
        fake_view_free(view);
    }
}

static void a_bad_name_among_the_invited_refuses_all_of_them(void **state)
{
    (void)state;
    static const char *const users[] = { "bob", "a/b", NULL };
    struct bc_view *view = group_team();
    struct bc_invitation invitations[ASKED_MAX];
    struct bc_decision decision = invite(view, BC_GROUP_INVITE, "adam", "team", users, invitations);

    assert_string_equal(group_outcome(&decision), "bad-name");
    decision = invite(view, BC_GROUP_CREATE, "adam", "fresh", users, invitations);
    assert_string_equal(group_outcome(&decision), "bad-name");
    fake_view_free(view);
}

/* The limit is six; the team has five, and who creates a group is one. */
static void a_group_has_room_for_as_many_as_it_may_have(void **state)
{
    (void)state;
    static const char *const users[] = { "u1", "u2", "u3", "u4", "u5", "u6", NULL };
    struct bc_view *view = group_team();
    struct bc_invitation invitations[ASKED_MAX];
    struct row_of_group join = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };
    struct bc_decision decision =
        invite(view, BC_GROUP_INVITE, "adam", "team", users + 5, invitations);

    assert_string_equal(group_outcome(&decision), "ok");
    decision = invite(view, BC_GROUP_INVITE, "adam", "team", users + 4, invitations);
    assert_string_equal(group_outcome(&decision), "group-full");
    decision = invite(view, BC_GROUP_CREATE, "adam", "fresh", users + 1, invitations);
    assert_string_equal(group_outcome(&decision), "ok");
    decision = invite(view, BC_GROUP_CREATE, "adam", "fresh", users, invitations);
    assert_string_equal(group_outcome(&decision), "group-full");
    group_decide(view, &join, invitations, &decision);
    assert_string_equal(group_outcome(&decision), "ok");
    group_put(view, "team", "u1", BC_ROLE_MEMBER, 11);
    group_decide(view, &join, invitations, &decision);
    assert_string_equal(group_outcome(&decision), "group-full");
    decision = invite(view, BC_GROUP_INVITE, "adam", "team", users + 5, invitations);
    assert_string_equal(group_outcome(&decision), "group-full");
    /* The limit may have been lowered since. */
    group_put(view, "team", "u2", BC_ROLE_MEMBER, 12);
    decision = invite(view, BC_GROUP_INVITE, "adam", "team", users + 5, invitations);
    assert_string_equal(group_outcome(&decision), "group-full");
    fake_view_free(view);
}

/* ---- answers to an invitation ---- */

static void an_invitation_is_approved_or_declined(void **state)
{
    (void)state;
    struct bc_view *view = group_team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };
    struct bc_decision decision;

    group_decide(view, &row, &unused, &decision);

    assert_string_equal(group_outcome(&decision), "ok");
    assert_int_equal(decision.fact.group.change, BC_GROUP_JOINED);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("ida")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("olga")));
    row.action = BC_GROUP_DECLINE;
    group_decide(view, &row, &unused, &decision);
    assert_string_equal(group_outcome(&decision), "ok");
    assert_int_equal(decision.fact.group.change, BC_GROUP_DECLINED);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("ida")));
    assert_int_equal(decision.fact.group.until_ms, NOW + 30 * DAY);
    fake_view_free(view);
}

/* What the view lends is stale once the fact is stored; its events are made after that. */
static void a_fact_borrows_no_name_from_the_view(void **state)
{
    (void)state;
    static const struct row_of_group joins = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };
    static const struct row_of_group leaves = { BC_GROUP_LEAVE, "olga", "team", NULL, 0, NULL };
    struct bc_view *view = group_team();
    struct bc_invitation unused;
    struct bc_decision decision;

    group_decide(view, &joins, &unused, &decision);
    assert_ptr_equal(decision.fact.group.by.data, decision.names[0]);
    group_decide(view, &leaves, &unused, &decision);
    assert_ptr_equal(decision.fact.group.successor.data, decision.names[0]);
    fake_view_free(view);
}

static void an_invitation_of_someone_blocked_since_has_vanished(void **state)
{
    (void)state;
    struct bc_view *view = group_team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };

    fake_view_relation(view, "ida", "olga")->blocked = true;
    struct bc_decision decision;

    group_decide(view, &row, &unused, &decision);
    assert_string_equal(group_outcome(&decision), "not-a-member");
    row.action = BC_GROUP_DECLINE;
    group_decide(view, &row, &unused, &decision);
    assert_string_equal(group_outcome(&decision), "nothing");
    fake_view_free(view);
}

static void an_invitation_to_a_closed_group_can_not_be_approved(void **state)
{
    (void)state;
    static const struct row_of_group rows[] = {
        { BC_GROUP_APPROVE, "ida", "closed", NULL, 0, "not-a-member" },
    };
    CHECK_GROUP(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anybody_creates_a_group_with_a_free_name),
        cmocka_unit_test(a_name_that_was_ever_taken_is_taken),
        cmocka_unit_test(who_was_put_into_many_groups_creates_and_joins_others),
        cmocka_unit_test(who_is_in_as_many_groups_as_one_may_be_creates_and_joins_no_more),
        cmocka_unit_test(an_invitation_reaches_by_the_invitees_own_choices),
        cmocka_unit_test(each_who_is_named_is_invited_once_and_nobody_invites_themselves),
        cmocka_unit_test(a_bad_name_among_the_invited_refuses_all_of_them),
        cmocka_unit_test(a_group_has_room_for_as_many_as_it_may_have),
        cmocka_unit_test(an_invitation_is_approved_or_declined),
        cmocka_unit_test(a_fact_borrows_no_name_from_the_view),
        cmocka_unit_test(an_invitation_of_someone_blocked_since_has_vanished),
        cmocka_unit_test(an_invitation_to_a_closed_group_can_not_be_approved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
