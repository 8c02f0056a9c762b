#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "decide_rows.h"

/* What users do is decided, and applied to a view, so that the next is decided by it. */

struct world {
    struct bc_view *view;
    uint64_t now_ms;
    uint64_t next; /* counts requests */
};

static struct bc_decision act(
    struct world *world, const char *from, enum bc_action action, const char *to)
{
    struct bc_request request = { .action = action,
        .from = bc_bytes_text(from),
        .to = bc_bytes_text(to),
        .id = bc_id_at(world->now_ms) + world->next,
        .now_ms = world->now_ms,
        .within_rate = true };
    struct bc_decision decision;
    world->next += BC_IDS_PER_REQUEST;
    if (action == BC_SEND) {
        request.message.payload = bc_bytes_text("hello");
    }
    assert_int_equal(bc_decide(world->view, &limits, &request, &decision), BC_OK);
    if (decision.verdict == BC_CHANGES) {
        fake_view_apply(world->view, &decision.fact);
    }
    return decision;
}

static bool may_send(struct world *world, const char *from, const char *to)
{
    struct bc_decision decision = act(world, from, BC_SEND, to);
    if (decision.verdict != BC_CHANGES) {
        assert_int_equal(decision.refusal, BC_REQUEST_LIMIT);
    }
    return decision.verdict == BC_CHANGES;
}

static void nothing_but_time_changes_a_pending_sender_s_count(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum bc_action actions[3];
        size_t count;
    } rows[] = {
        { "nothing", { 0 }, 0 },
        { "declined", { BC_DECLINE }, 1 },
        { "blocked", { BC_BLOCK }, 1 },
        { "blocked and unblocked", { BC_BLOCK, BC_UNBLOCK }, 2 },
        { "declined, blocked and unblocked", { BC_DECLINE, BC_BLOCK, BC_UNBLOCK }, 3 },
        { "removed, which does nothing", { BC_REMOVE_CONTACT }, 1 },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world world = { .view = fake_view_new(), .now_ms = NOW };
        bool good = may_send(&world, "alice", "bob") && may_send(&world, "alice", "bob");
        for (size_t j = 0; j < rows[i].count; j++) {
            (void)act(&world, "bob", rows[i].actions[j], "alice");
        }
        world.now_ms = NOW + DAY;
        for (int j = 0; j < 3; j++) {
            good = good && may_send(&world, "alice", "bob");
        }
        good = good && !may_send(&world, "alice", "bob");
        world.now_ms = NOW + 30 * DAY - 1;
        good = good && !may_send(&world, "alice", "bob");
        world.now_ms = NOW + 30 * DAY;
        good = good && may_send(&world, "alice", "bob") && may_send(&world, "alice", "bob") &&
               !may_send(&world, "alice", "bob");
        if (!good) {
            print_error("row \"%s\"\n", rows[i].what);
            failures++;
        }
        fake_view_free(world.view);
    }
    assert_int_equal(failures, 0);
}

static void a_declined_request_may_be_asked_again_and_approved(void **state)
{
    (void)state;
    struct world world = { .view = fake_view_new(), .now_ms = NOW };
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_HELD);
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_HELD);
    assert_int_equal(act(&world, "bob", BC_DECLINE, "alice").verdict, BC_CHANGES);
    assert_int_equal(act(&world, "bob", BC_DECLINE, "alice").verdict, BC_NOTHING);
    world.now_ms = NOW + 30 * DAY - 1;
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_KEPT);
    world.now_ms = NOW + 30 * DAY;
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_HELD);

    struct bc_decision approval = act(&world, "bob", BC_APPROVE, "alice");
    assert_int_equal(approval.moved, 3);
    assert_true(approval.fact.relation.tell_other);
    approval = act(&world, "bob", BC_APPROVE, "alice");
    assert_int_equal(approval.verdict, BC_NOTHING);
    assert_int_equal(approval.moved, 0);

    /* Open for ever: removal is not felt, and a second approval is not told. */
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_INBOX);
    assert_int_equal(act(&world, "bob", BC_REMOVE_CONTACT, "alice").verdict, BC_CHANGES);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_HELD);
    }
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_KEPT);
    assert_int_equal(act(&world, "bob", BC_DECLINE, "alice").verdict, BC_CHANGES);
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_KEPT);
    approval = act(&world, "bob", BC_APPROVE, "alice");
    assert_int_equal(approval.moved, 5);
    assert_false(approval.fact.relation.tell_other);
    fake_view_free(world.view);
}

static void a_block_swallows_and_its_end_restores(void **state)
{
    (void)state;
    struct world world = { .view = fake_view_new(), .now_ms = NOW };
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_HELD);
    assert_int_equal(act(&world, "bob", BC_BLOCK, "alice").verdict, BC_CHANGES);
    assert_int_equal(act(&world, "bob", BC_BLOCK, "alice").verdict, BC_NOTHING);
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_KEPT);
    assert_int_equal(act(&world, "bob", BC_SEND, "alice").refusal, BC_NOT_POSSIBLE);
    assert_int_equal(act(&world, "bob", BC_APPROVE, "alice").refusal, BC_NOT_POSSIBLE);
    assert_int_equal(act(&world, "bob", BC_UNBLOCK, "alice").verdict, BC_CHANGES);
    assert_int_equal(act(&world, "bob", BC_UNBLOCK, "alice").verdict, BC_NOTHING);
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_HELD);
    assert_int_equal(act(&world, "bob", BC_APPROVE, "alice").moved, 2);

    assert_int_equal(act(&world, "bob", BC_BLOCK, "alice").verdict, BC_CHANGES);
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_KEPT);
    assert_int_equal(act(&world, "bob", BC_UNBLOCK, "alice").verdict, BC_CHANGES);
    assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_INBOX);
    fake_view_free(world.view);
}

static void an_answer_opens_the_standing_of_who_was_answered(void **state)
{
    (void)state;
    struct world world = { .view = fake_view_new(), .now_ms = NOW };
    for (int i = 0; i < 5; i++) {
        assert_true(may_send(&world, "alice", "bob"));
    }
    assert_false(may_send(&world, "alice", "bob"));
    struct bc_decision answer = act(&world, "bob", BC_SEND, "alice");
    assert_true(answer.fact.sent.approves);
    assert_int_equal(answer.fact.sent.placement, BC_INBOX);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(act(&world, "alice", BC_SEND, "bob").fact.sent.placement, BC_INBOX);
    }
    /* Approving who has written is told once, and not after an answer. */
    assert_int_equal(act(&world, "bob", BC_APPROVE, "alice").verdict, BC_NOTHING);
    fake_view_free(world.view);
}

static void an_approval_frees_the_place_of_a_pending_user(void **state)
{
    (void)state;
    struct world world = { .view = fake_view_new(), .now_ms = NOW };
    assert_true(may_send(&world, "alice", "bob"));
    assert_true(may_send(&world, "alice", "carol"));
    assert_true(may_send(&world, "alice", "dave"));
    assert_false(may_send(&world, "alice", "erin"));
    (void)act(&world, "bob", BC_DECLINE, "alice");
    (void)act(&world, "carol", BC_BLOCK, "alice");
    assert_false(may_send(&world, "alice", "erin"));
    (void)act(&world, "dave", BC_APPROVE, "alice");
    assert_true(may_send(&world, "alice", "erin"));
    assert_false(may_send(&world, "alice", "frank"));
    fake_view_free(world.view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_but_time_changes_a_pending_sender_s_count),
        cmocka_unit_test(a_declined_request_may_be_asked_again_and_approved),
        cmocka_unit_test(a_block_swallows_and_its_end_restores),
        cmocka_unit_test(an_answer_opens_the_standing_of_who_was_answered),
        cmocka_unit_test(an_approval_frees_the_place_of_a_pending_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
