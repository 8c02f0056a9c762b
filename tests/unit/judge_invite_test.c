/* Invitations to have an account: who may make one, and whom it lets in. */
#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decide_rows.h"

#define HASH   "0123456789abcdef0123456789abcdef"
#define OTHER  "fedcba9876543210fedcba9876543210"
#define DAY_MS UINT64_C(86400000)

static struct bc_request asked(enum bc_action action, const char *user, const char *hash)
{
    return (struct bc_request){ .action = action,
        .from = bc_bytes_text(user),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .account = { .hash = bc_bytes_text(hash), .days = 7, .uses = 1 } };
}

static struct bc_decision decide(const struct bc_view *view, const struct bc_request *request)
{
    struct bc_decision decision;
    assert_int_equal(bc_decide(view, &limits, request, &decision), BC_OK);
    return decision;
}

static void make_to(struct bc_view *view, uint64_t id, uint64_t until_ms, const char *group)
{
    struct bc_fact fact = { .id = id,
        .type = BC_FACT_INVITE,
        .invite = { .user = bc_bytes_text("alice"),
            .change = BC_INVITE_MADE,
            .hash = bc_bytes_text(HASH),
            .until_ms = until_ms,
            .group = bc_bytes_text(group),
            .uses = 1 } };
    fake_view_apply(view, &fact);
}

static void make(struct bc_view *view, uint64_t id, uint64_t until_ms)
{
    make_to(view, id, until_ms, "");
}

/* Alice's group, in which she has ${role} beside ${others} more. */
static struct bc_view *with_group(enum bc_role role, unsigned others)
{
    static const char *const names[] = { "u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8" };
    struct bc_view *view = fake_view_new();
    fake_view_group(view, "choir");
    fake_view_membership(view, "choir", "alice")->role = role;
    for (unsigned i = 0; i < others; i++) {
        assert_true(i < COUNT(names));
        fake_view_membership(view, "choir", names[i])->role = BC_ROLE_MEMBER;
    }
    make_to(view, 5, NOW + 1, "choir");
    return view;
}

static void who_comes_joins_the_group_while_its_inviter_may_invite_and_there_is_room(void **state)
{
    (void)state;
    static const struct {
        enum bc_role role;
        bool full, joins;
    } rows[] = {
        { BC_ROLE_OWNER, false, true },
        { BC_ROLE_ADMIN, false, true },
        { BC_ROLE_MEMBER, false, false },
        { BC_ROLE_NONE, false, false },
        { BC_ROLE_OWNER, true, false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned others = rows[i].full ? limits.group_max_members - 1 : 1;
        struct bc_view *view = with_group(rows[i].role, others);
        struct bc_request request = asked(BC_INVITE_USE, "zoe", HASH);
        struct bc_decision is; /* where it is: names are borrowed from it */
        struct bc_invitation joins;
        struct bc_fact_group group;
        assert_int_equal(bc_decide(view, &limits, &request, &is), BC_OK);
        assert_int_equal(is.verdict, BC_CHANGES); /* there is an account all the same */
        assert_int_equal(bc_request_ids(&request), BC_IDS_PER_REQUEST + BC_IDS_PER_INVITATION);
        assert_int_equal(bc_fact_last_id(&is.fact), request.id + bc_request_ids(&request) - 1);
        if (bc_fact_of_invite(&is.fact.invite, &group, &joins) != rows[i].joins) {
            fail_msg("row %zu", i);
        }
        if (rows[i].joins) {
            assert_true(bc_bytes_equal(group.group, bc_bytes_text("choir")));
            assert_true(bc_bytes_equal(group.by, bc_bytes_text("alice")));
            assert_true(bc_bytes_equal(joins.user, bc_bytes_text("zoe")));
            assert_int_equal(group.members, 2);
        }
        fake_view_free(view);
    }
}

static void an_invitation_lets_in_who_is_new_while_it_lasts(void **state)
{
    (void)state;
    static const struct {
        const char *what, *user, *hash;
        uint64_t until_ms;
        bool in;
    } rows[] = {
        { "who is new", "zoe", HASH, NOW + 1, true },
        { "the shortest name", "z1", HASH, NOW + 1, true },
        { "one that has expired", "zoe", HASH, NOW, false },
        { "one that there is not", "zoe", OTHER, NOW + 1, false },
        { "who is known", "bob", HASH, NOW + 1, false },
        { "who invites", "alice", HASH, NOW + 1, false },
        { "capitals", "Zoe", HASH, NOW + 1, false },
        { "too short", "z", HASH, NOW + 1, false },
        { "too long", "abcdefghijabcdefghijabcdefghijabc", HASH, NOW + 1, false },
        { "a dot first", ".zoe", HASH, NOW + 1, false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_request request = asked(BC_INVITE_USE, rows[i].user, rows[i].hash);
        fake_view_user(view, "bob");
        make(view, 5, rows[i].until_ms);
        struct bc_decision is; /* where it is: the inviter's name is borrowed from it */
        assert_int_equal(bc_decide(view, &limits, &request, &is), BC_OK);
        if (is.verdict != (rows[i].in ? BC_CHANGES : BC_REFUSED) ||
            is.refusal != (rows[i].in ? BC_ACCEPTED : BC_NOT_AUTHORIZED)) {
            fail_msg("%s", rows[i].what);
        }
        if (rows[i].in) {
            assert_true(bc_bytes_equal(is.fact.invite.user, bc_bytes_text("alice")));
            assert_true(bc_bytes_equal(is.fact.invite.by, bc_bytes_text(rows[i].user)));
            assert_int_equal(is.fact.invite.invite, 5);
            fake_view_apply(view, &is.fact);
            request.from = bc_bytes_text("zack");
            assert_int_equal(decide(view, &request).refusal, BC_NOT_AUTHORIZED);
        }
        fake_view_free(view);
    }
}

static void a_hundred_are_kept_and_an_expired_one_makes_room(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_request request = asked(BC_INVITE_CREATE, "alice", OTHER);
    for (uint64_t i = 1; i <= BC_INVITES_MAX; i++) {
        assert_int_equal(decide(view, &request).fact.invite.until_ms, NOW + 7 * DAY_MS);
        make(view, i, i == 7 ? NOW : NOW + 1);
    }
    struct bc_decision is = decide(view, &request);
    assert_int_equal(is.verdict, BC_CHANGES);
    assert_int_equal(is.fact.invite.ends, 7);
    is.fact.invite.until_ms = NOW + 1;
    fake_view_apply(view, &is.fact);
    assert_int_equal(decide(view, &request).refusal, BC_NOT_POSSIBLE);
    fake_view_free(view);
}

static void only_its_maker_revokes_one(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_request request = asked(BC_INVITE_REVOKE, "bob", HASH);
    fake_view_user(view, "bob");
    make(view, 5, NOW + 1);
    assert_int_equal(decide(view, &request).refusal, BC_NOT_FOUND);
    request.from = bc_bytes_text("alice");
    assert_int_equal(decide(view, &request).fact.invite.invite, 5);
    request.account.hash = bc_bytes(NULL, 0);
    assert_int_equal(decide(view, &request).refusal, BC_NOT_FOUND);
    request.account.id = 5;
    assert_int_equal(decide(view, &request).fact.invite.invite, 5);
    fake_view_free(view);
}

static void a_view_that_fails_is_an_error(void **state)
{
    (void)state;
    static const enum bc_action actions[] = { BC_INVITE_CREATE, BC_INVITE_REVOKE, BC_INVITE_USE };
    for (size_t i = 0; i < COUNT(actions); i++) {
        struct bc_request request =
            asked(actions[i], actions[i] == BC_INVITE_USE ? "zoe" : "alice", HASH);
        bool failed = true;
        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = fake_view_new();
            struct bc_decision decision;
            fake_view_group(view, "choir");
            make_to(view, 5, NOW + 1, actions[i] == BC_INVITE_USE ? "choir" : "");
            fake_view_fail(view, calls, BC_DAMAGED);
            enum bc_error error = bc_decide(view, &limits, &request, &decision);
            failed = fake_view_mend(view);
            assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
            fake_view_free(view);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_invitation_lets_in_who_is_new_while_it_lasts),
        cmocka_unit_test(who_comes_joins_the_group_while_its_inviter_may_invite_and_there_is_room),
        cmocka_unit_test(a_hundred_are_kept_and_an_expired_one_makes_room),
        cmocka_unit_test(only_its_maker_revokes_one),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };
    return cmocka_run_group_tests_name("judge_invite", tests, NULL, NULL);
}
