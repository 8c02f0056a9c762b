#include "messaging/approval.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define EVER UINT64_MAX

static void print_relation(const char *which, const struct bc_relation *relation)
{
    print_error("  %s: stance %d%s%s, declined until %llu up to %llu, inbox up to %llu, "
                "%u held from %llu, %u invitations\n",
        which, relation->stance, relation->blocked ? ", blocked" : "",
        relation->open ? ", open" : "", (unsigned long long)relation->declined_until,
        (unsigned long long)relation->declined_upto, (unsigned long long)relation->inbox_upto,
        relation->held, (unsigned long long)relation->held_first, relation->invitations);
}

static bool same(const struct bc_relation *a, const struct bc_relation *b)
{
    return a->stance == b->stance && a->blocked == b->blocked && a->open == b->open &&
           a->declined_until == b->declined_until && a->inbox_upto == b->inbox_upto &&
           a->declined_upto == b->declined_upto && a->held_first == b->held_first &&
           a->held == b->held && a->invitations == b->invitations;
}

#define STRANGER_WITH_TWO .open = true, .held = 2, .held_first = 3, .inbox_upto = 2
#define CONTACT           .stance = BC_CONTACT, .open = true, .inbox_upto = 2, .declined_upto = 1
#define DECLINED          .stance = BC_DECLINED, .declined_until = 50, .declined_upto = 5
#define EXPIRED_WITH_ONE  DECLINED, .held = 1, .held_first = 6

/* While a user is blocked, the rules neither add nor remove nor decline them, nor hold messages. */
static void every_change_does_its_part_and_nothing_else(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bc_relation before;
        enum bc_change change;
        struct bc_relation after;
    } rows[] = {
        { "nobody, added", { 0 }, BC_CONTACT_ADDED, { .stance = BC_CONTACT } },
        { "nobody, removed", { 0 }, BC_CONTACT_REMOVED, { .inbox_upto = 9 } },
        { "nobody, declined", { 0 }, BC_DECLINED_REQUEST,
            { .stance = BC_DECLINED, .declined_until = 99, .declined_upto = 9 } },
        { "nobody, blocked", { 0 }, BC_BLOCKED_USER, { .blocked = true } },
        { "nobody, unblocked", { 0 }, BC_UNBLOCKED_USER, { 0 } },
        { "nobody, held", { 0 }, BC_MESSAGE_HELD, { .held = 1, .held_first = 9 } },
        { "nobody, opened", { 0 }, BC_STANDING_OPENED, { .open = true } },

        { "nobody, left an invitation", { 0 }, BC_INVITATION_WAITS, { .invitations = 1 } },
        { "nobody, let in by one", { 0 }, BC_INVITATION_APPROVED, { 0 } },

        { "a stranger, added", { STRANGER_WITH_TWO }, BC_CONTACT_ADDED,
            { .stance = BC_CONTACT, .open = true, .inbox_upto = 2 } },
        { "a stranger, declined", { STRANGER_WITH_TWO }, BC_DECLINED_REQUEST,
            { .stance = BC_DECLINED,
                .open = true,
                .inbox_upto = 2,
                .declined_until = 99,
                .declined_upto = 9 } },
        { "a stranger, blocked", { STRANGER_WITH_TWO }, BC_BLOCKED_USER,
            { STRANGER_WITH_TWO, .blocked = true } },
        { "a stranger, unblocked", { STRANGER_WITH_TWO, .blocked = true }, BC_UNBLOCKED_USER,
            { STRANGER_WITH_TWO } },
        { "a stranger, held", { STRANGER_WITH_TWO }, BC_MESSAGE_HELD,
            { .open = true, .held = 3, .held_first = 3, .inbox_upto = 2 } },
        { "a stranger, opened", { STRANGER_WITH_TWO }, BC_STANDING_OPENED, { STRANGER_WITH_TWO } },

        { "a stranger, left an invitation", { STRANGER_WITH_TWO, .invitations = 4 },
            BC_INVITATION_WAITS, { STRANGER_WITH_TWO, .invitations = 5 } },
        { "a stranger, let in by one", { STRANGER_WITH_TWO, .invitations = 4 },
            BC_INVITATION_APPROVED, { STRANGER_WITH_TWO } },
        { "a stranger with invitations, added", { .invitations = 4 }, BC_CONTACT_ADDED,
            { .stance = BC_CONTACT } },
        { "a stranger with invitations, declined", { .invitations = 4 }, BC_DECLINED_REQUEST,
            { .stance = BC_DECLINED, .declined_until = 99, .declined_upto = 9, .invitations = 4 } },
        { "a stranger with invitations, unblocked", { .blocked = true, .invitations = 4 },
            BC_UNBLOCKED_USER, { .invitations = 4 } },
        { "a contact, left an invitation", { CONTACT }, BC_INVITATION_WAITS, { CONTACT } },
        { "declined long ago, left an invitation", { DECLINED }, BC_INVITATION_WAITS,
            { DECLINED, .invitations = 1 } },

        { "a contact, added", { CONTACT }, BC_CONTACT_ADDED, { CONTACT } },
        { "a contact, removed", { CONTACT }, BC_CONTACT_REMOVED,
            { .open = true, .inbox_upto = 9, .declined_upto = 1 } },
        { "a contact, blocked", { CONTACT }, BC_BLOCKED_USER, { CONTACT, .blocked = true } },
        { "a contact, unblocked", { CONTACT, .blocked = true }, BC_UNBLOCKED_USER, { CONTACT } },
        { "a contact, opened", { .stance = BC_CONTACT }, BC_STANDING_OPENED,
            { .stance = BC_CONTACT, .open = true } },

        { "declined, added", { DECLINED }, BC_CONTACT_ADDED,
            { .stance = BC_CONTACT, .declined_upto = 5 } },
        { "declined, declined again", { EXPIRED_WITH_ONE }, BC_DECLINED_REQUEST,
            { .stance = BC_DECLINED, .declined_until = 99, .declined_upto = 9 } },
        { "declined, blocked", { DECLINED }, BC_BLOCKED_USER, { DECLINED, .blocked = true } },
        { "declined, unblocked", { DECLINED, .blocked = true }, BC_UNBLOCKED_USER, { DECLINED } },
        { "declined long ago, held", { DECLINED }, BC_MESSAGE_HELD,
            { DECLINED, .held = 1, .held_first = 9 } },
        { "declined long ago, added", { EXPIRED_WITH_ONE }, BC_CONTACT_ADDED,
            { .stance = BC_CONTACT, .declined_upto = 5 } },
        { "declined, opened", { DECLINED }, BC_STANDING_OPENED, { DECLINED, .open = true } },

        { "blocked, blocked", { .blocked = true }, BC_BLOCKED_USER, { .blocked = true } },
        { "blocked, opened", { .blocked = true }, BC_STANDING_OPENED,
            { .blocked = true, .open = true } },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_relation relation = rows[i].before;
        bc_approval_change(&relation, rows[i].change, 9, 99);
        if (!same(&relation, &rows[i].after)) {
            print_error("row \"%s\":\n", rows[i].what);
            print_relation("is", &relation);
            print_relation("should be", &rows[i].after);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void a_decline_ends_by_itself_and_a_block_does_not(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bc_relation relation;
        uint64_t now_ms;
        enum bc_stance stance;
    } rows[] = {
        { "nothing is a stranger", { 0 }, 0, BC_STRANGER },
        { "a stranger stays one", { .held = 5 }, EVER, BC_STRANGER },
        { "a contact stays one", { .stance = BC_CONTACT }, EVER, BC_CONTACT },
        { "declined at once", { DECLINED }, 0, BC_DECLINED },
        { "declined to the last ms", { DECLINED }, 49, BC_DECLINED },
        { "a stranger from the ms on", { DECLINED }, 50, BC_STRANGER },
        { "a stranger later", { DECLINED }, 51, BC_STRANGER },
        { "a stranger for ever", { DECLINED }, EVER, BC_STRANGER },
        { "a blocked stranger", { .blocked = true }, EVER, BC_BLOCKED },
        { "a blocked contact", { CONTACT, .blocked = true }, EVER, BC_BLOCKED },
        { "declined and blocked", { DECLINED, .blocked = true }, 49, BC_BLOCKED },
        { "declined long ago and blocked", { DECLINED, .blocked = true }, 50, BC_BLOCKED },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum bc_stance stance = bc_approval_stance(&rows[i].relation, rows[i].now_ms);
        if (stance != rows[i].stance) {
            print_error("row \"%s\": is %d, should be %d\n", rows[i].what, stance, rows[i].stance);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void a_message_s_state_follows_from_its_id(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bc_relation relation;
        uint64_t id;
        enum bc_message_state state;
    } rows[] = {
        { "a stranger's first", { .held = 1, .held_first = 1 }, 1, BC_STATE_HELD },
        { "a stranger's last", { .held = 1, .held_first = 1 }, EVER, BC_STATE_HELD },
        { "a contact's first", { .stance = BC_CONTACT }, 1, BC_STATE_INBOX },
        { "a contact's last", { .stance = BC_CONTACT }, EVER, BC_STATE_INBOX },
        { "a contact's, declined once", { .stance = BC_CONTACT, .declined_upto = 9 }, 9,
            BC_STATE_INBOX },
        { "before the decline", { DECLINED }, 1, BC_STATE_DECLINED },
        { "the last before the decline", { DECLINED }, 5, BC_STATE_DECLINED },
        { "the first after it", { DECLINED }, 6, BC_STATE_HELD },
        { "from when they were a contact", { .inbox_upto = 4 }, 4, BC_STATE_INBOX },
        { "from after that", { .inbox_upto = 4 }, 5, BC_STATE_HELD },
        { "from when they were a contact, declined since", { DECLINED, .inbox_upto = 3 }, 3,
            BC_STATE_INBOX },
        { "from after that, declined since", { DECLINED, .inbox_upto = 3 }, 4, BC_STATE_DECLINED },
        { "from after all that", { DECLINED, .inbox_upto = 3 }, 6, BC_STATE_HELD },
        { "declined, then a contact, then removed", { .declined_upto = 3, .inbox_upto = 6 }, 2,
            BC_STATE_INBOX },
        { "held, under a block", { .blocked = true }, 1, BC_STATE_DECLINED },
        { "declined, under a block", { DECLINED, .blocked = true }, 5, BC_STATE_DECLINED },
        { "a blocked contact's", { .stance = BC_CONTACT, .blocked = true }, 1, BC_STATE_INBOX },
        { "from when the blocked were a contact", { .inbox_upto = 4, .blocked = true }, 4,
            BC_STATE_INBOX },
        { "from after that, under a block", { .inbox_upto = 4, .blocked = true }, 5,
            BC_STATE_DECLINED },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum bc_message_state is = bc_approval_state(&rows[i].relation, rows[i].id);
        if (is != rows[i].state) {
            print_error("row \"%s\": is %d, should be %d\n", rows[i].what, is, rows[i].state);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static void what_is_out_of_sight_is_not_shown(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bc_relation relation;
        uint64_t id;
        bool inbox, requests, listed;
    } rows[] = {
        { "nobody", { 0 }, 0, true, true, false },
        { "a stranger who wrote", { .held = 1, .held_first = 1 }, 0, true, true, true },
        /* What is still queued on the requests of one who has been approved is no secret. */
        { "a contact", { .stance = BC_CONTACT }, 0, true, true, false },
        { "declined", { DECLINED }, 5, true, false, false },
        { "declined long ago", { DECLINED }, 1, true, false, false },
        { "declined long ago, who wrote again", { EXPIRED_WITH_ONE }, 6, true, true, true },
        { "a blocked stranger", { .held = 1, .held_first = 1, .blocked = true }, 0, false, false,
            false },
        { "a blocked contact", { CONTACT, .blocked = true }, 0, false, false, false },
        { "blocked, declined long ago", { EXPIRED_WITH_ONE, .blocked = true }, 50, false, false,
            false },
        { "a contact once", { .inbox_upto = 4 }, 0, true, true, false },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct bc_relation *relation = &rows[i].relation;
        bool inbox = bc_approval_shows_inbox(relation);
        bool requests = bc_approval_shows_requests(relation, rows[i].id);
        bool listed = bc_approval_in_requests(relation);
        if (inbox != rows[i].inbox || requests != rows[i].requests || listed != rows[i].listed) {
            print_error("row \"%s\": inbox %d, requests %d, listed %d\n", rows[i].what, inbox,
                requests, listed);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

/* The other's messages have the ids 10, 20, 30, ... and arrive at these times. */
enum {
    NO_CHANGE = -1
};

struct step {
    const char *what;
    int change;
    uint64_t id; /* and the time */
    enum bc_stance stance;
    uint32_t held;
    const char *states; /* of the messages so far: I(nbox), H(eld), D(eclined), '.' if kept */
};

#define STEPS 10

static const char *check_step(const struct bc_relation *relation, const struct step *step)
{
    if (bc_approval_stance(relation, step->id) != step->stance) {
        return "stance";
    }
    if (relation->held != step->held) {
        return "held";
    }
    for (uint64_t i = 0; step->states[i] != '\0'; i++) {
        enum bc_message_state state = bc_approval_state(relation, (i + 1) * 10);
        char letter = state == BC_STATE_INBOX ? 'I' : state == BC_STATE_HELD ? 'H' : 'D';
        if (step->states[i] != '.' && step->states[i] != letter) {
            return "states";
        }
    }
    return NULL;
}

static void a_conversation_moves_as_a_whole(void **state)
{
    (void)state;
    static const struct step rows[][STEPS] = {
        {
            { "asks", BC_MESSAGE_HELD, 10, BC_STRANGER, 1, "H" },
            { "asks again", BC_MESSAGE_HELD, 20, BC_STRANGER, 2, "HH" },
            { "is declined", BC_DECLINED_REQUEST, 21, BC_DECLINED, 0, "DD" },
            { "writes, unseen", NO_CHANGE, 30, BC_DECLINED, 0, "DD." },
            { "waits", NO_CHANGE, 1020, BC_DECLINED, 0, "DD." },
            { "may ask again", NO_CHANGE, 1021, BC_STRANGER, 0, "DD." },
            { "asks again", BC_MESSAGE_HELD, 1030, BC_STRANGER, 1, "DD." },
            { "is approved", BC_CONTACT_ADDED, 1041, BC_CONTACT, 0, "II.IIII" },
            { "is removed", BC_CONTACT_REMOVED, 1050, BC_STRANGER, 0, "II.IIII" },
        },
        {
            { "writes as a contact", BC_CONTACT_ADDED, 5, BC_CONTACT, 0, "I" },
            { "is removed", BC_CONTACT_REMOVED, 15, BC_STRANGER, 0, "IH" },
            { "asks", BC_MESSAGE_HELD, 20, BC_STRANGER, 1, "IH" },
            { "is blocked", BC_BLOCKED_USER, 25, BC_BLOCKED, 1, "ID" },
            { "writes, unseen", NO_CHANGE, 30, BC_BLOCKED, 1, "ID." },
            { "is unblocked", BC_UNBLOCKED_USER, 35, BC_STRANGER, 1, "IH." },
            { "asks again", BC_MESSAGE_HELD, 40, BC_STRANGER, 2, "IH.H" },
            { "is declined", BC_DECLINED_REQUEST, 45, BC_DECLINED, 0, "ID.D" },
            { "is approved", BC_CONTACT_ADDED, 50, BC_CONTACT, 0, "II.I" },
        },
        {
            { "a contact", BC_CONTACT_ADDED, 5, BC_CONTACT, 0, "II" },
            { "is blocked", BC_BLOCKED_USER, 25, BC_BLOCKED, 0, "II" },
            { "stays so", NO_CHANGE, 100000, BC_BLOCKED, 0, "II" },
            { "is unblocked", BC_UNBLOCKED_USER, 100005, BC_CONTACT, 0, "II" },
        },
        {
            { "asks", BC_MESSAGE_HELD, 10, BC_STRANGER, 1, "H" },
            { "is declined", BC_DECLINED_REQUEST, 15, BC_DECLINED, 0, "D" },
            { "is blocked", BC_BLOCKED_USER, 20, BC_BLOCKED, 0, "D" },
            { "is unblocked in time", BC_UNBLOCKED_USER, 30, BC_DECLINED, 0, "D" },
            { "is blocked again", BC_BLOCKED_USER, 40, BC_BLOCKED, 0, "D" },
            { "the decline ends", NO_CHANGE, 1015, BC_BLOCKED, 0, "D" },
            { "is unblocked late", BC_UNBLOCKED_USER, 1020, BC_STRANGER, 0, "D" },
        },
        {
            { "asks", BC_MESSAGE_HELD, 10, BC_STRANGER, 1, "H" },
            { "is declined", BC_DECLINED_REQUEST, 15, BC_DECLINED, 0, "D" },
            { "asks after it", BC_MESSAGE_HELD, 1020, BC_STRANGER, 1, "D" },
            { "is declined again", BC_DECLINED_REQUEST, 1025, BC_DECLINED, 0, "DDD" },
            { "to the last ms", NO_CHANGE, 2024, BC_DECLINED, 0, "DDD" },
            { "which ends as well", NO_CHANGE, 2025, BC_STRANGER, 0, "DDD" },
        },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_relation relation = { 0 };
        for (size_t j = 0; j < STEPS && rows[i][j].what != NULL; j++) {
            const struct step *step = &rows[i][j];
            if (step->change != NO_CHANGE) {
                bc_approval_change(
                    &relation, (enum bc_change)step->change, step->id, step->id + 1000);
            }
            const char *wrong = check_step(&relation, step);
            if (wrong != NULL) {
                print_error("sequence %zu, step %zu \"%s\": %s\n", i, j, step->what, wrong);
                print_relation("is", &relation);
                failures++;
            }
        }
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_does_its_part_and_nothing_else),
        cmocka_unit_test(a_decline_ends_by_itself_and_a_block_does_not),
        cmocka_unit_test(a_message_s_state_follows_from_its_id),
        cmocka_unit_test(what_is_out_of_sight_is_not_shown),
        cmocka_unit_test(a_conversation_moves_as_a_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
