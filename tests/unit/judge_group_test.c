/* Who may do what in a group, and what is journaled of it (protocol section 4). */
#include "messaging/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "group_rows.h"
#include "messaging/id.h"

/* ---- who may do what ---- */

static const enum bc_action of_groups[] = { BC_GROUP_SEND, BC_GROUP_INVITE, BC_GROUP_APPROVE,
    BC_GROUP_LEAVE, BC_GROUP_REMOVE, BC_GROUP_SET_ROLE, BC_GROUP_RENAME };

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
    struct bc_view *view = group_team();

    for (size_t i = 0; i < COUNT(others); i++) {
        for (size_t j = 0; j < COUNT(of_groups); j++) {
            const char *sentence = NULL;

            for (size_t k = 0; k < COUNT(groups); k++) {
                struct row_of_group row = { of_groups[j], others[i], groups[k], "mia",
                    BC_ROLE_ADMIN, NULL };
                struct bc_invitation invitation;
                struct bc_decision decision;

                group_decide(view, &row, &invitation, &decision);

                assert_string_equal(group_outcome(&decision), "not-a-member");
                assert_true(sentence == NULL || strcmp(sentence, decision.sentence) == 0);
                sentence = decision.sentence;
            }
        }
        for (size_t k = 0; k < COUNT(groups); k++) {
            struct row_of_group row = { BC_GROUP_DECLINE, others[i], groups[k], NULL, 0, NULL };
            struct bc_invitation invitation;
            struct bc_decision decision;

            group_decide(view, &row, &invitation, &decision);

            assert_string_equal(group_outcome(&decision), "nothing");
        }
    }
    fake_view_free(view);
}

static void a_name_that_is_no_group_id_is_a_bad_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(of_groups); i++) {
        const struct row_of_group rows[] = { { of_groups[i], "olga", "te am", "mia", 0,
            "bad-name" } };
        struct bc_view *view = group_team();
        struct bc_invitation invitation;
        struct bc_decision decision;

        group_decide(view, &rows[0], &invitation, &decision);

        assert_string_equal(group_outcome(&decision), "bad-name");
        assert_false(decision.took_token);
        fake_view_free(view);
    }
}

/* ---- messages ---- */

static struct bc_decision send(
    struct bc_view *view, const char *from, const char *payload, const char *msgid, bool in_rate)
{
    struct bc_request request = group_request(BC_GROUP_SEND, from, "team");
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
    struct bc_view *view = group_team();
    struct bc_decision decision = send(view, "mia", "hello", "m1", true);
    const struct bc_message *message = &decision.fact.sent.message;

    assert_string_equal(group_outcome(&decision), "ok");
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
    fake_view_free(view);
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
        struct bc_view *view = group_team();
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
        if (strcmp(group_outcome(&decision), rows[i].outcome) != 0 ||
            decision.took_token != rows[i].took_token) {
            print_error(
                "row %zu: is %s, should be %s\n", i, group_outcome(&decision), rows[i].outcome);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

/* ---- what is journaled of the other changes ---- */

static void leaving_names_who_left_and_removal_by_whom(void **state)
{
    (void)state;
    struct bc_view *view = group_team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_LEAVE, "mia", "team", NULL, 0, NULL };
    struct bc_decision decision;

    group_decide(view, &row, &unused, &decision);

    assert_int_equal(decision.fact.group.change, BC_GROUP_LEFT);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("mia")));
    assert_int_equal(decision.fact.group.by.len, 0);
    assert_int_equal(decision.fact.group.successor.len, 0);
    row = (struct row_of_group){ BC_GROUP_REMOVE, "olga", "team", "ann", 0, NULL };
    group_decide(view, &row, &unused, &decision);
    assert_int_equal(decision.fact.group.change, BC_GROUP_LEFT);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("ann")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("olga")));
    assert_int_equal(decision.fact.group.successor.len, 0);
    fake_view_free(view);
}

/* Ann is the older admin of the two, max the oldest of the rest. */
static void the_oldest_admin_else_the_oldest_member_succeeds_the_owner(void **state)
{
    (void)state;
    static const char *const successors[] = { "ann", "adam", "max", "mia" };
    struct bc_view *view = group_team();
    const char *owner = "olga";

    for (size_t i = 0; i <= COUNT(successors); i++) {
        struct bc_invitation unused;
        struct row_of_group row = { BC_GROUP_LEAVE, owner, "team", NULL, 0, NULL };
        struct bc_decision decision;

        group_decide(view, &row, &unused, &decision);

        assert_string_equal(group_outcome(&decision), "ok");
        if (i == COUNT(successors)) {
            assert_int_equal(decision.fact.group.successor.len, 0);
            break;
        }
        assert_true(bc_bytes_equal(decision.fact.group.successor, bc_bytes_text(successors[i])));
        fake_view_apply(view, &decision.fact);
        owner = successors[i];
    }
    fake_view_free(view);
}

static void a_role_and_a_title_are_journaled_as_asked(void **state)
{
    (void)state;
    struct bc_view *view = group_team();
    struct bc_invitation unused;
    struct row_of_group row = { BC_GROUP_SET_ROLE, "olga", "team", "mia", BC_ROLE_OWNER, NULL };
    struct bc_decision decision;

    group_decide(view, &row, &unused, &decision);

    assert_int_equal(decision.fact.group.change, BC_GROUP_ROLE_SET);
    assert_true(bc_bytes_equal(decision.fact.group.user, bc_bytes_text("mia")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("olga")));
    assert_int_equal(decision.fact.group.role, BC_ROLE_OWNER);
    row = (struct row_of_group){ BC_GROUP_RENAME, "adam", "team", NULL, 0, NULL };
    group_decide(view, &row, &unused, &decision);
    assert_int_equal(decision.fact.group.change, BC_GROUP_RENAMED);
    assert_true(bc_bytes_equal(decision.fact.group.title, bc_bytes_text("Title")));
    assert_true(bc_bytes_equal(decision.fact.group.by, bc_bytes_text("adam")));
    fake_view_apply(view, &decision.fact);
    group_decide(view, &row, &unused, &decision);
    assert_string_equal(group_outcome(&decision), "nothing");
    fake_view_free(view);
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
        struct bc_view *view = group_team();
        bool failed = true;

        for (unsigned calls = 0; failed; calls++) {
            struct bc_request request = group_request(rows[i].action, rows[i].from, rows[i].group);
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
        fake_view_free(view);
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
        cmocka_unit_test(leaving_names_who_left_and_removal_by_whom),
        cmocka_unit_test(the_oldest_admin_else_the_oldest_member_succeeds_the_owner),
        cmocka_unit_test(a_role_and_a_title_are_journaled_as_asked),
        cmocka_unit_test(a_view_that_fails_fails_the_decision),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
