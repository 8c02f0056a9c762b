/* Who may do what in a group, and what becomes of invitations (protocol section 4). */
#include "messaging/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "decide_rows.h"
#include "fake_view.h"
#include "messaging/id.h"

/* ---- a group of each kind ---- */

static void put(
    struct bc_view *view, const char *group, const char *user, enum bc_role role, uint64_t joined)
{
    struct bc_membership *membership = fake_view_membership(view, group, user);

    membership->role = role;
    membership->joined = joined;
}

/*
 * "team": olga owns it, adam and ann are admins, mia and max members; lea has left, ida is invited
 * by olga. "closed" has been left by all, of whom lea was one; "other" is somebody else's.
 */
static struct bc_view *team(void)
{
    struct bc_view *view = fake_view_new();

    put(view, "team", "olga", BC_ROLE_OWNER, 1);
    put(view, "team", "max", BC_ROLE_MEMBER, 2);
    put(view, "team", "adam", BC_ROLE_ADMIN, 9);
    put(view, "team", "ann", BC_ROLE_ADMIN, 5);
    put(view, "team", "mia", BC_ROLE_MEMBER, 4);
    fake_view_membership(view, "team", "lea")->ask_again = true;
    fake_view_membership(view, "closed", "lea")->ask_again = true;
    fake_view_membership(view, "team", "ida")->invited = 3;
    fake_view_membership(view, "team", "ida")->invited_by = fake_view_user(view, "olga");
    fake_view_membership(view, "closed", "ida")->invited = 4;
    fake_view_membership(view, "closed", "ida")->invited_by = fake_view_user(view, "lea");
    put(view, "other", "zoe", BC_ROLE_OWNER, 6);
    fake_view_user(view, "sid"); /* a stranger to all of them */
    return view;
}

static struct bc_request request_by(enum bc_action action, const char *from, const char *group)
{
    return (struct bc_request){ .action = action,
        .from = bc_bytes_text(from),
        .group = bc_bytes_text(group),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .within_rate = true };
}

/* ---- who may do what ---- */

static const enum bc_action of_groups[] = { BC_GROUP_SEND, BC_GROUP_INVITE, BC_GROUP_APPROVE,
    BC_GROUP_LEAVE, BC_GROUP_REMOVE, BC_GROUP_SET_ROLE, BC_GROUP_RENAME };

/* What a decision is like, in a word. */
static const char *outcome_of(const struct bc_decision *decision)
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

struct row_of_group {
    enum bc_action action;
    const char *from, *group, *to;
    enum bc_role role;
    const char *outcome;
};

static void decide(const struct bc_view *view, const struct row_of_group *row,
    struct bc_invitation *invitation, struct bc_decision *decision)
{
    struct bc_request request = request_by(row->action, row->from, row->group);

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

static void check_group_rows(const struct row_of_group *rows, size_t count)
{
    int failures = 0;

    for (size_t i = 0; i < count; i++) {
        struct bc_view *view = team();
        struct bc_invitation invitation;
        struct bc_decision decision;
        const char *is;

        decide(view, &rows[i], &invitation, &decision);
        is = outcome_of(&decision);

        if (strcmp(is, rows[i].outcome) != 0 ||
            (decision.sentence != NULL) != (decision.verdict == BC_REFUSED) ||
            decision.took_token != (rows[i].action == BC_GROUP_SEND)) {
            print_error("row %zu: %s, action %d in %s about %s: is %s, should be %s\n", i,
                rows[i].from, (int)rows[i].action, rows[i].group,
                rows[i].to != NULL ? rows[i].to : "nobody", is, rows[i].outcome);
            failures++;
        }
        free(view);
    }
    assert_int_equal(failures, 0);
}

#define CHECK_GROUP(rows) check_group_rows(rows, COUNT(rows))

static void members_send_and_leave(void **state)
{
    (void)state;
    static const char *const members[] = { "olga", "adam", "mia" };
    for (size_t i = 0; i < COUNT(members); i++) {
        const struct row_of_group rows[] = {
            { BC_GROUP_SEND, members[i], "team", NULL, 0, "ok" },
            { BC_GROUP_LEAVE, members[i], "team", NULL, 0, "ok" },
            { BC_GROUP_APPROVE, members[i], "team", NULL, 0, "nothing" },
            { BC_GROUP_DECLINE, members[i], "team", NULL, 0, "not-possible" },
        };
        CHECK_GROUP(rows);
    }
}

static void admins_and_the_owner_invite_and_rename(void **state)
{
    (void)state;
    static const struct row_of_group rows[] = {
        { BC_GROUP_INVITE, "olga", "team", NULL, 0, "ok" },
        { BC_GROUP_INVITE, "adam", "team", NULL, 0, "ok" },
        { BC_GROUP_INVITE, "mia", "team", NULL, 0, "not-authorized" },
        { BC_GROUP_RENAME, "olga", "team", NULL, 0, "ok" },
        { BC_GROUP_RENAME, "adam", "team", NULL, 0, "ok" },
        { BC_GROUP_RENAME, "mia", "team", NULL, 0, "not-authorized" },
    };
    CHECK_GROUP(rows);
}

static void admins_remove_members_and_the_owner_everyone(void **state)
{
    (void)state;
    static const struct row_of_group rows[] = {
        { BC_GROUP_REMOVE, "olga", "team", "mia", 0, "ok" },
        { BC_GROUP_REMOVE, "olga", "team", "adam", 0, "ok" },
        { BC_GROUP_REMOVE, "olga", "team", "olga", 0, "bad-request" },
        { BC_GROUP_REMOVE, "adam", "team", "mia", 0, "ok" },
        { BC_GROUP_REMOVE, "adam", "team", "ann", 0, "not-authorized" },
        { BC_GROUP_REMOVE, "adam", "team", "olga", 0, "not-authorized" },
        { BC_GROUP_REMOVE, "adam", "team", "adam", 0, "bad-request" },
        { BC_GROUP_REMOVE, "mia", "team", "max", 0, "not-authorized" },
        { BC_GROUP_REMOVE, "mia", "team", "sid", 0, "not-authorized" },
        { BC_GROUP_REMOVE, "adam", "team", "sid", 0, "not-found" },
        { BC_GROUP_REMOVE, "adam", "team", "lea", 0, "not-found" },
        { BC_GROUP_REMOVE, "adam", "team", "ida", 0, "not-found" },
        { BC_GROUP_REMOVE, "adam", "team", "nobody", 0, "not-found" },
        { BC_GROUP_REMOVE, "adam", "team", "a/b", 0, "bad-name" },
    };
    CHECK_GROUP(rows);
}

static void the_owner_alone_grants_roles_and_hands_the_group_on(void **state)
{
    (void)state;
    static const struct row_of_group rows[] = {
        { BC_GROUP_SET_ROLE, "olga", "team", "mia", BC_ROLE_ADMIN, "ok" },
        { BC_GROUP_SET_ROLE, "olga", "team", "mia", BC_ROLE_OWNER, "ok" },
        { BC_GROUP_SET_ROLE, "olga", "team", "mia", BC_ROLE_MEMBER, "nothing" },
        { BC_GROUP_SET_ROLE, "olga", "team", "adam", BC_ROLE_MEMBER, "ok" },
        { BC_GROUP_SET_ROLE, "olga", "team", "adam", BC_ROLE_ADMIN, "nothing" },
        { BC_GROUP_SET_ROLE, "olga", "team", "olga", BC_ROLE_OWNER, "nothing" },
        { BC_GROUP_SET_ROLE, "olga", "team", "olga", BC_ROLE_ADMIN, "not-possible" },
        { BC_GROUP_SET_ROLE, "olga", "team", "olga", BC_ROLE_MEMBER, "not-possible" },
        { BC_GROUP_SET_ROLE, "olga", "team", "sid", BC_ROLE_ADMIN, "not-found" },
        { BC_GROUP_SET_ROLE, "olga", "team", "ida", BC_ROLE_ADMIN, "not-found" },
        { BC_GROUP_SET_ROLE, "olga", "team", "nobody", BC_ROLE_ADMIN, "not-found" },
        { BC_GROUP_SET_ROLE, "adam", "team", "mia", BC_ROLE_ADMIN, "not-authorized" },
        { BC_GROUP_SET_ROLE, "adam", "team", "adam", BC_ROLE_OWNER, "not-authorized" },
        { BC_GROUP_SET_ROLE, "mia", "team", "mia", BC_ROLE_OWNER, "not-authorized" },
    };
    CHECK_GROUP(rows);
}

/* The code and the sentence: a group that exists is told from one that doesn't by neither. */
static void to_others_every_group_is_the_same(void **state)
{
    (void)state;
    static const char *const others[] = { "sid", "lea", "new", "zoe" };
    static const char *const groups[] = { "none", "team", "closed" };
    struct bc_view *view = team();

    for (size_t i = 0; i < COUNT(others); i++) {
        for (size_t j = 0; j < COUNT(of_groups); j++) {
            const char *sentence = NULL;

            for (size_t k = 0; k < COUNT(groups); k++) {
                struct row_of_group row = { of_groups[j], others[i], groups[k], "mia",
                    BC_ROLE_ADMIN, NULL };
                struct bc_invitation invitation;
                struct bc_decision decision;

                decide(view, &row, &invitation, &decision);

                assert_string_equal(outcome_of(&decision), "not-a-member");
                assert_true(sentence == NULL || strcmp(sentence, decision.sentence) == 0);
                sentence = decision.sentence;
            }
        }
        for (size_t k = 0; k < COUNT(groups); k++) {
            struct row_of_group row = { BC_GROUP_DECLINE, others[i], groups[k], NULL, 0, NULL };
            struct bc_invitation invitation;
            struct bc_decision decision;

            decide(view, &row, &invitation, &decision);

            assert_string_equal(outcome_of(&decision), "nothing");
        }
    }
    free(view);
}

static void a_name_that_is_no_group_id_is_a_bad_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(of_groups); i++) {
        const struct row_of_group rows[] = { { of_groups[i], "olga", "te am", "mia", 0,
            "bad-name" } };
        struct bc_view *view = team();
        struct bc_invitation invitation;
        struct bc_decision decision;

        decide(view, &rows[0], &invitation, &decision);

        assert_string_equal(outcome_of(&decision), "bad-name");
        assert_false(decision.took_token);
        free(view);
    }
}

/* ---- messages ---- */

static struct bc_decision send(
    struct bc_view *view, const char *from, const char *payload, const char *msgid, bool in_rate)
{
    struct bc_request request = request_by(BC_GROUP_SEND, from, "team");
    struct bc_limits without_links = limits;
    struct bc_decision decision;

    without_links.kinds &= ~(uint32_t)BC_KIND_BIT(BC_LINK);
    request.message.payload = bc_bytes_text(payload);
    request.message.msgid = bc_bytes_text(msgid);
    request.message.content_type = bc_bytes_text("text/plain");
    request.message.reply_to = 5;
    request.within_rate = in_rate;
    assert_int_equal(bc_decide(view, &without_links, &request, &decision), BC_OK);
    return decision;
}

static void a_message_to_a_group_is_sent_as_asked(void **state)
{
    (void)state;
    struct bc_view *view = team();
    struct bc_decision decision = send(view, "mia", "hello", "m1", true);
    const struct bc_message *message = &decision.fact.sent.message;

    assert_string_equal(outcome_of(&decision), "ok");
    assert_int_equal(decision.fact.type, BC_FACT_SENT);
    assert_int_equal(decision.fact.id, bc_id_at(NOW) + 77);
    assert_int_equal(message->id, decision.fact.id);
    assert_true(bc_bytes_equal(message->from, bc_bytes_text("mia")));
    assert_true(bc_bytes_equal(message->group, bc_bytes_text("team")));
    assert_int_equal(message->to.len, 0);
    assert_int_equal(message->kind, BC_TEXT);
    assert_true(bc_bytes_equal(message->payload, bc_bytes_text("hello")));
    assert_true(bc_bytes_equal(message->msgid, bc_bytes_text("m1")));
    assert_true(bc_bytes_equal(message->content_type, bc_bytes_text("text/plain")));
    assert_int_equal(message->reply_to, 5);
    assert_int_equal(decision.fact.sent.placement, BC_KEPT);
    assert_false(decision.fact.sent.approves);
    free(view);
}

/* Each row fails for all that comes after it in the order as well. */
static void a_message_to_a_group_is_judged_in_the_order_of_the_protocol(void **state)
{
    (void)state;
    static const struct {
        const char *from, *payload, *msgid;
        bool in_rate;
        const char *outcome;
        bool took_token;
    } rows[] = {
        { "sid", "", "m1", false, "empty-message", false },
        { "sid", SIXTY "1", "m1", false, "too-large", false },
        { "mia", "before", "m1", false, "repeats", false },
        { "lea", "before", "m2", false, "repeats", false },
        { "mia", "another", "m1", false, "bad-request", false },
        { "mia", "to bob", "m3", false, "bad-request", false },
        { "sid", "hello", "m1", false, "rate-limit", false },
        { "sid", "http://a.example", "m1", true, "not-a-member", true },
        { "mia", "http://a.example", "m4", true, "kind-not-allowed", true },
        { "mia", "hello", "m4", true, "ok", true },
        { "mia", FORTY "1", "m4", true, "ok", true }, /* requests' limits don't count here */
        { "mia", BINARY, "m4", true, "ok", true },
    };
    int failures = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = team();
        struct bc_message before = { .id = bc_id_at(NOW - DAY),
            .group = bc_bytes_text("team"),
            .payload = bc_bytes_text("before"),
            .from = bc_bytes_text("mia"),
            .msgid = bc_bytes_text("m1") };

        fake_view_sent(view, &before, BC_KEPT);
        before.id++;
        before.from = bc_bytes_text("lea");
        before.msgid = bc_bytes_text("m2");
        fake_view_sent(view, &before, BC_KEPT);
        before = (struct bc_message){ .id = before.id + 1,
            .from = bc_bytes_text("mia"),
            .to = bc_bytes_text("bob"),
            .payload = bc_bytes_text("to bob"),
            .msgid = bc_bytes_text("m3") };
        fake_view_sent(view, &before, BC_KEPT);
        struct bc_decision decision =
            send(view, rows[i].from, rows[i].payload, rows[i].msgid, rows[i].in_rate);
        if (strcmp(outcome_of(&decision), rows[i].outcome) != 0 ||
            decision.took_token != rows[i].took_token) {
            print_error(
                "row %zu: is %s, should be %s\n", i, outcome_of(&decision), rows[i].outcome);
            failures++;
        }
        free(view);
    }
    assert_int_equal(failures, 0);
}

/* ---- creating ---- */

#define ASKED_MAX 8

/* Ask to invite ${users}, up to a NULL, or to create a group with them. */
static struct bc_decision invite(const struct bc_view *view, enum bc_action action,
    const char *from, const char *group, const char *const *users,
    struct bc_invitation invitations[ASKED_MAX])
{
    struct bc_request request = request_by(action, from, group);
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
        struct bc_view *view = team();
        struct bc_invitation invitations[ASKED_MAX];
        struct bc_decision decision =
            invite(view, BC_GROUP_CREATE, creators[i], "fresh", users, invitations);
        const struct bc_fact_group *fact = &decision.fact.group;

        assert_string_equal(outcome_of(&decision), "ok");
        assert_int_equal(decision.fact.type, BC_FACT_GROUP);
        assert_int_equal(decision.fact.id, bc_id_at(NOW) + 77);
        assert_int_equal(fact->change, BC_GROUP_CREATED);
        assert_true(bc_bytes_equal(fact->group, bc_bytes_text("fresh")));
        assert_true(bc_bytes_equal(fact->title, bc_bytes_text("Title")));
        assert_true(bc_bytes_equal(fact->by, bc_bytes_text(creators[i])));
        assert_int_equal(fact->invitation_count, 1);
        assert_int_equal(fact->invitations[0].reach, BC_REACH_WAITS);
        free(view);
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
    struct bc_view *view = team();
    struct bc_invitation invitations[ASKED_MAX];
    struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };

    for (uint32_t i = 0; i < limits.groups_per_user; i++) {
        put(view, groups[i], "ida", BC_ROLE_MEMBER, 10);
        fake_view_membership(view, groups[i], "ida")->put_in = true;
    }
    struct bc_decision decision =
        invite(view, BC_GROUP_CREATE, "ida", "fresh", nobody, invitations);
    assert_string_equal(outcome_of(&decision), "ok");
    decide(view, &row, invitations, &decision);
    assert_string_equal(outcome_of(&decision), "ok");
    free(view);
}

static void who_is_in_as_many_groups_as_one_may_be_creates_and_joins_no_more(void **state)
{
    (void)state;
    static const char *const nobody[] = { NULL };
    static const char *const groups[] = { "g1", "g2", "g3", "g4" };

    for (uint32_t in = 0; in <= limits.groups_per_user; in++) {
        struct bc_view *view = team();
        struct bc_invitation invitations[ASKED_MAX];
        const char *wanted = in < limits.groups_per_user ? "ok" : "not-possible";
        struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };

        for (uint32_t i = 0; i < in; i++) {
            put(view, groups[i], "ida", BC_ROLE_MEMBER, 10);
        }
        struct bc_decision decision =
            invite(view, BC_GROUP_CREATE, "ida", "fresh", nobody, invitations);
        assert_string_equal(outcome_of(&decision), wanted);
        decide(view, &row, invitations, &decision);
        assert_string_equal(outcome_of(&decision), wanted);
        free(view);
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
    struct bc_view *view = team();
    struct bc_membership *membership;

    if (invitee->unknown) {
        return view;
    }
    *fake_view_relation(view, "bob", "adam") = invitee->theirs;
    fake_view_settings(view, "bob")->group_invites = invitee->setting;
    fake_view_settings(view, "bob")->contacts_only = invitee->contacts_only;
    for (size_t i = 0; (invitee->busy || invitee->busy_by_choice) && i < COUNT(groups); i++) {
        put(view, groups[i], "bob", BC_ROLE_MEMBER, 10);
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
        assert_string_equal(outcome_of(&decision), "ok");
        assert_int_equal(fact->change, BC_GROUP_INVITED);
        assert_true(bc_bytes_equal(fact->by, bc_bytes_text("adam")));
        assert_int_equal(fact->invitation_count, 1);
        assert_true(bc_bytes_equal(fact->invitations[0].user, bc_bytes_text("bob")));
        if (fact->invitations[0].reach != invitees[i].reach) {
            print_error("%s: is %d, should be %d\n", invitees[i].what,
                (int)fact->invitations[0].reach, (int)invitees[i].reach);
            failures++;
        }
        free(view);
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

        put(view, "small", "olga", BC_ROLE_OWNER, 1);
        fake_view_relation(view, "bob", "olga")->stance = BC_CONTACT;
        struct bc_decision decision = invite(view, actions[i], "olga", group, users, invitations);
        assert_string_equal(outcome_of(&decision), "ok");
        assert_int_equal(decision.fact.group.invitation_count, 4);
        for (size_t j = 0; j < COUNT(reaches); j++) {
            assert_int_equal(decision.fact.group.invitations[j].reach, reaches[j]);
        }
        free(view);
    }
}

static void a_bad_name_among_the_invited_refuses_all_of_them(void **state)
{
    (void)state;
    static const char *const users[] = { "bob", "a/b", NULL };
    struct bc_view *view = team();
    struct bc_invitation invitations[ASKED_MAX];
    struct bc_decision decision = invite(view, BC_GROUP_INVITE, "adam", "team", users, invitations);

    assert_string_equal(outcome_of(&decision), "bad-name");
    decision = invite(view, BC_GROUP_CREATE, "adam", "fresh", users, invitations);
    assert_string_equal(outcome_of(&decision), "bad-name");
    free(view);
}

/* The limit is six; the team has five, and who creates a group is one. */
static void a_group_has_room_for_as_many_as_it_may_have(void **state)
{
    (void)state;
    static const char *const users[] = { "u1", "u2", "u3", "u4", "u5", "u6", NULL };
    struct bc_view *view = team();
    struct bc_invitation invitations[ASKED_MAX];
    struct row_of_group join = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };
    struct bc_decision decision =
        invite(view, BC_GROUP_INVITE, "adam", "team", users + 5, invitations);

    assert_string_equal(outcome_of(&decision), "ok");
    decision = invite(view, BC_GROUP_INVITE, "adam", "team", users + 4, invitations);
    assert_string_equal(outcome_of(&decision), "group-full");
    decision = invite(view, BC_GROUP_CREATE, "adam", "fresh", users + 1, invitations);
    assert_string_equal(outcome_of(&decision), "ok");
    decision = invite(view, BC_GROUP_CREATE, "adam", "fresh", users, invitations);
    assert_string_equal(outcome_of(&decision), "group-full");
    decide(view, &join, invitations, &decision);
    assert_string_equal(outcome_of(&decision), "ok");
    put(view, "team", "u1", BC_ROLE_MEMBER, 11);
    decide(view, &join, invitations, &decision);
    assert_string_equal(outcome_of(&decision), "group-full");
    decision = invite(view, BC_GROUP_INVITE, "adam", "team", users + 5, invitations);
    assert_string_equal(outcome_of(&decision), "group-full");
    /* The limit may have been lowered since. */
    put(view, "team", "u2", BC_ROLE_MEMBER, 12);
    decision = invite(view, BC_GROUP_INVITE, "adam", "team", users + 5, invitations);
    assert_string_equal(outcome_of(&decision), "group-full");
    free(view);
}

/* ---- answers to an invitation ---- */

static void an_invitation_is_approved_or_declined(void **state)
{
    (void)state;
    struct bc_view *view = team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };
    struct bc_decision decision;

    decide(view, &row, &unused, &decision);

    assert_string_equal(outcome_of(&decision), "ok");
    assert_int_equal(decision.fact.group.change, BC_GROUP_JOINED);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("ida")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("olga")));
    row.action = BC_GROUP_DECLINE;
    decide(view, &row, &unused, &decision);
    assert_string_equal(outcome_of(&decision), "ok");
    assert_int_equal(decision.fact.group.change, BC_GROUP_DECLINED);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("ida")));
    assert_int_equal(decision.fact.group.until_ms, NOW + 30 * DAY);
    free(view);
}

/* What the view lends is stale once the fact is stored; its events are made after that. */
static void a_fact_borrows_no_name_from_the_view(void **state)
{
    (void)state;
    static const struct row_of_group joins = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };
    static const struct row_of_group leaves = { BC_GROUP_LEAVE, "olga", "team", NULL, 0, NULL };
    struct bc_view *view = team();
    struct bc_invitation unused;
    struct bc_decision decision;

    decide(view, &joins, &unused, &decision);
    assert_ptr_equal(decision.fact.group.by.data, decision.names[0]);
    decide(view, &leaves, &unused, &decision);
    assert_ptr_equal(decision.fact.group.successor.data, decision.names[0]);
    free(view);
}

static void an_invitation_of_someone_blocked_since_has_vanished(void **state)
{
    (void)state;
    struct bc_view *view = team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL };

    fake_view_relation(view, "ida", "olga")->blocked = true;
    struct bc_decision decision;

    decide(view, &row, &unused, &decision);
    assert_string_equal(outcome_of(&decision), "not-a-member");
    row.action = BC_GROUP_DECLINE;
    decide(view, &row, &unused, &decision);
    assert_string_equal(outcome_of(&decision), "nothing");
    free(view);
}

static void an_invitation_to_a_closed_group_can_not_be_approved(void **state)
{
    (void)state;
    static const struct row_of_group rows[] = {
        { BC_GROUP_APPROVE, "ida", "closed", NULL, 0, "not-a-member" },
    };
    CHECK_GROUP(rows);
}

/* ---- what is journaled of the other changes ---- */

static void leaving_names_who_left_and_removal_by_whom(void **state)
{
    (void)state;
    struct bc_view *view = team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_LEAVE, "mia", "team", NULL, 0, NULL };
    struct bc_decision decision;

    decide(view, &row, &unused, &decision);

    assert_int_equal(decision.fact.group.change, BC_GROUP_LEFT);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("mia")));
    assert_int_equal(decision.fact.group.by.len, 0);
    assert_int_equal(decision.fact.group.successor.len, 0);
    row = (struct row_of_group){ BC_GROUP_REMOVE, "olga", "team", "ann", 0, NULL };
    decide(view, &row, &unused, &decision);
    assert_int_equal(decision.fact.group.change, BC_GROUP_LEFT);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("ann")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("olga")));
    assert_int_equal(decision.fact.group.successor.len, 0);
    free(view);
}

/* Ann is the older admin of the two, max the oldest of the rest. */
static void the_oldest_admin_else_the_oldest_member_succeeds_the_owner(void **state)
{
    (void)state;
    static const char *const successors[] = { "ann", "adam", "max", "mia" };
    struct bc_view *view = team();
    const char *owner = "olga";

    for (size_t i = 0; i <= COUNT(successors); i++) {
        struct bc_invitation unused;
        struct row_of_group row = { BC_GROUP_LEAVE, owner, "team", NULL, 0, NULL };
        struct bc_decision decision;

        decide(view, &row, &unused, &decision);

        assert_string_equal(outcome_of(&decision), "ok");
        if (i == COUNT(successors)) {
            assert_int_equal(decision.fact.group.successor.len, 0);
            break;
        }
        assert_true(bc_bytes_equal(decision.fact.group.successor, bc_bytes_text(successors[i])));
        fake_view_apply(view, &decision.fact);
        owner = successors[i];
    }
    free(view);
}

static void a_role_and_a_title_are_journaled_as_asked(void **state)
{
    (void)state;
    struct bc_view *view = team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_SET_ROLE, "olga", "team", "mia", BC_ROLE_OWNER, NULL };
    struct bc_decision decision;

    decide(view, &row, &unused, &decision);

    assert_int_equal(decision.fact.group.change, BC_GROUP_ROLE_SET);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("mia")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("olga")));
    assert_int_equal(decision.fact.group.role, BC_ROLE_OWNER);
    row = (struct row_of_group){ BC_GROUP_RENAME, "adam", "team", NULL, 0, NULL };
    decide(view, &row, &unused, &decision);
    assert_int_equal(decision.fact.group.change, BC_GROUP_RENAMED);
    assert_true(bc_bytes_equal(decision.fact.group.title, bc_bytes_text("Title")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("adam")));
    fake_view_apply(view, &decision.fact);
    decide(view, &row, &unused, &decision);
    assert_string_equal(outcome_of(&decision), "nothing");
    free(view);
}

/* ---- failing ---- */

static void a_view_that_fails_fails_the_decision(void **state)
{
    (void)state;
    static const struct row_of_group rows[] = {
        { BC_GROUP_SEND, "mia", "team", NULL, 0, NULL },
        { BC_GROUP_CREATE, "mia", "fresh", NULL, 0, NULL },
        { BC_GROUP_INVITE, "adam", "team", NULL, 0, NULL },
        { BC_GROUP_APPROVE, "ida", "team", NULL, 0, NULL },
        { BC_GROUP_DECLINE, "ida", "team", NULL, 0, NULL },
        { BC_GROUP_LEAVE, "olga", "team", NULL, 0, NULL },
        { BC_GROUP_REMOVE, "adam", "team", "mia", 0, NULL },
        { BC_GROUP_SET_ROLE, "olga", "team", "mia", BC_ROLE_ADMIN, NULL },
        { BC_GROUP_RENAME, "olga", "team", NULL, 0, NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = team();
        bool failed = true;

        for (unsigned calls = 0; failed; calls++) {
            struct bc_request request = request_by(rows[i].action, rows[i].from, rows[i].group);
            struct bc_invitation invitation = { .user = bc_bytes_text("ida") };
            struct bc_decision decision;

            request.to = bc_bytes_text(rows[i].to);
            if (rows[i].action == BC_GROUP_SEND) {
                request.message.payload = bc_bytes_text("hello");
                request.message.msgid = bc_bytes_text("m");
            } else if (rows[i].action == BC_GROUP_CREATE || rows[i].action == BC_GROUP_INVITE) {
                request.invite.invitations = &invitation;
                request.invite.count = 1;
            } else if (rows[i].action == BC_GROUP_SET_ROLE) {
                request.role = rows[i].role;
            }
            fake_view_fail(view, calls, BC_DAMAGED);
            enum bc_error error = bc_decide(view, &limits, &request, &decision);
            failed = fake_view_mend(view);
            if ((error == BC_DAMAGED) != failed) {
                fail_msg("row %zu, call %u: error %d", i, calls, (int)error);
            }
        }
        free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_send_and_leave),
        cmocka_unit_test(admins_and_the_owner_invite_and_rename),
        cmocka_unit_test(admins_remove_members_and_the_owner_everyone),
        cmocka_unit_test(the_owner_alone_grants_roles_and_hands_the_group_on),
        cmocka_unit_test(to_others_every_group_is_the_same),
        cmocka_unit_test(a_name_that_is_no_group_id_is_a_bad_name),
        cmocka_unit_test(a_message_to_a_group_is_sent_as_asked),
        cmocka_unit_test(a_message_to_a_group_is_judged_in_the_order_of_the_protocol),
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
        cmocka_unit_test(leaving_names_who_left_and_removal_by_whom),
        cmocka_unit_test(the_oldest_admin_else_the_oldest_member_succeeds_the_owner),
        cmocka_unit_test(a_role_and_a_title_are_journaled_as_asked),
        cmocka_unit_test(a_view_that_fails_fails_the_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
