#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "decide_rows.h"

static void approving_moves_and_tells_once(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "a request", .own = { .held = 2, .held_first = 1 }, .theirs = { .stance = BC_CONTACT },
            WRITTEN(2, BC_HELD), .moved = 2, .tell_other = true },
        { "one declined",
            .own = { .stance = BC_DECLINED,
                .declined_until = NOW + 1,
                .declined_upto = UINT64_MAX },
            .theirs = { .stance = BC_CONTACT }, WRITTEN(3, BC_HELD), .moved = 3,
            .tell_other = true },
        { "one declined, who wrote unseen as well",
            .own = { .stance = BC_DECLINED, .declined_until = NOW + 1 },
            .theirs = { .stance = BC_CONTACT },
            .sent = { { .from = "bob",
                          .to = "alice",
                          .age_ms = 3,
                          .times = 2,
                          .placement = BC_HELD },
                { .from = "bob", .to = "alice", .age_ms = 2, .times = 2 } },
            .moved = 2, .tell_other = true },
        { "one who wrote unseen only", .theirs = { .stance = BC_CONTACT }, WRITTEN(2, BC_KEPT),
            .tell_other = true },
        { "one who hasn't written", .moved = 0, .tell_other = false },
        { "one who doesn't exist", .new_to = true },
        { "one who doesn't exist, by one who doesn't yet", .new_to = true, .new_from = true },
        { "by one who doesn't exist yet", .new_from = true },
        { "one who has blocked the approver", .own = { .held = 2, .held_first = 1 },
            .theirs = { .stance = BC_CONTACT, .blocked = true }, WRITTEN(2, BC_HELD), .moved = 2,
            .tell_other = false },
        { "one who is open since long", .own = { .held = 1, .held_first = 1 },
            .theirs = { .stance = BC_CONTACT, .open = true }, WRITTEN(1, BC_HELD), .moved = 1,
            .tell_other = false },
        { "a contact", OPEN_CONTACT, WRITTEN(2, BC_INBOX), .verdict = BC_NOTHING },
        { "one blocked", .own = { .blocked = true }, WRITTEN(2, BC_HELD),
            REFUSED(BC_NOT_POSSIBLE) },
        { "a blocked contact", BLOCKED, REFUSED(BC_NOT_POSSIBLE) },
    };
    struct row again[COUNT(rows)];
    memcpy(again, rows, sizeof(rows));
    for (size_t i = 0; i < COUNT(rows); i++) {
        again[i].action = BC_APPROVE;
    }
    CHECK(again);
}

static void only_what_came_since_they_were_a_contact_moves(void **state)
{
    (void)state;
    const struct row row = { "once a contact", .action = BC_APPROVE,
        .own = { .open = true, .inbox_upto = bc_id_at(NOW - 11) + 6, .held = 2, .held_first = 1 },
        .theirs = { .stance = BC_CONTACT, .open = true },
        .sent = { { .from = "bob", .to = "alice", .age_ms = 11, .times = 3, .placement = BC_INBOX },
            { .age_ms = 11, .times = 4, .placement = BC_INBOX },
            { .from = "bob", .to = "alice", .age_ms = 9, .times = 2, .placement = BC_HELD } },
        .moved = 2 };
    check(&row, 1);
}

static void the_other_changes_happen_once_or_not_at_all(void **state)
{
    (void)state;
#define NOTHING .verdict = BC_NOTHING
    static const struct row rows[] = {
        { "decline a request", .action = BC_DECLINE, .own = { .held = 1, .held_first = 1 } },
        { "decline a request after a decline that has ended", .action = BC_DECLINE,
            .own = { .stance = BC_DECLINED, .declined_until = NOW, .held = 1, .held_first = 1 } },
        { "decline one declined", .action = BC_DECLINE,
            .own = { .stance = BC_DECLINED, .declined_until = NOW + 1 }, NOTHING },
        { "decline one declined long ago", .action = BC_DECLINE,
            .own = { .stance = BC_DECLINED, .declined_until = NOW }, NOTHING },
        { "decline a stranger", .action = BC_DECLINE, NOTHING },
        { "decline a contact once", .action = BC_DECLINE, .own = { .inbox_upto = 9 }, NOTHING },
        { "decline nobody", .action = BC_DECLINE, .new_to = true, NOTHING },
        { "decline, by a new user", .action = BC_DECLINE, .new_from = true, NOTHING },
        { "decline a contact", .action = BC_DECLINE, .own = { .stance = BC_CONTACT },
            REFUSED(BC_NOT_POSSIBLE) },
        { "decline one blocked", .action = BC_DECLINE,
            .own = { .blocked = true, .held = 1, .held_first = 1 }, NOTHING },

        { "block a stranger", .action = BC_BLOCK },
        { "block a request", .action = BC_BLOCK, .own = { .held = 1, .held_first = 1 } },
        { "block a contact", .action = BC_BLOCK, .own = { .stance = BC_CONTACT } },
        { "block one declined", .action = BC_BLOCK, .own = { .stance = BC_DECLINED } },
        { "block nobody", .action = BC_BLOCK, .new_to = true },
        { "block, by a new user", .action = BC_BLOCK, .new_from = true, .new_to = true },
        { "block one who has blocked", .action = BC_BLOCK, .theirs = { .blocked = true } },
        { "block one blocked", .action = BC_BLOCK, .own = { .blocked = true }, NOTHING },
        { "block a blocked contact", .action = BC_BLOCK, BLOCKED, NOTHING },

        { "unblock one blocked", .action = BC_UNBLOCK, .own = { .blocked = true } },
        { "unblock a blocked contact", .action = BC_UNBLOCK, BLOCKED },
        { "unblock a stranger", .action = BC_UNBLOCK, NOTHING },
        { "unblock a contact", .action = BC_UNBLOCK, .own = { .stance = BC_CONTACT }, NOTHING },
        { "unblock nobody", .action = BC_UNBLOCK, .new_to = true, NOTHING },
        { "unblock one who has blocked", .action = BC_UNBLOCK, .theirs = { .blocked = true },
            NOTHING },

        { "remove a contact", .action = BC_REMOVE_CONTACT, .own = { .stance = BC_CONTACT } },
        { "remove a stranger", .action = BC_REMOVE_CONTACT, NOTHING },
        { "remove a request", .action = BC_REMOVE_CONTACT, .own = { .held = 1, .held_first = 1 },
            NOTHING },
        { "remove one declined", .action = BC_REMOVE_CONTACT,
            .own = { .stance = BC_DECLINED, .declined_until = NOW + 1 }, NOTHING },
        { "remove nobody", .action = BC_REMOVE_CONTACT, .new_to = true, NOTHING },
        { "remove one of whom one is a contact", .action = BC_REMOVE_CONTACT,
            .theirs = { .stance = BC_CONTACT }, NOTHING },
        { "remove a blocked contact, whom the block hides", .action = BC_REMOVE_CONTACT, BLOCKED,
            NOTHING },

        { "approve oneself", .action = BC_APPROVE, .to = "alice", REFUSED(BC_BAD_REQUEST) },
        { "decline oneself", .action = BC_DECLINE, .to = "alice", REFUSED(BC_BAD_REQUEST) },
        { "block oneself", .action = BC_BLOCK, .to = "alice", REFUSED(BC_BAD_REQUEST) },
        { "unblock oneself", .action = BC_UNBLOCK, .to = "alice", NOTHING },
        { "remove oneself", .action = BC_REMOVE_CONTACT, .to = "alice", NOTHING },
        { "block oneself, who is new", .action = BC_BLOCK, .to = "alice", .new_from = true,
            .new_to = true, REFUSED(BC_BAD_REQUEST) },
    };
#undef NOTHING
    CHECK(rows);
}

static void bad_names_are_refused_first(void **state)
{
    (void)state;
    static const enum bc_action actions[] = { BC_SEND, BC_APPROVE, BC_DECLINE, BC_BLOCK, BC_UNBLOCK,
        BC_REMOVE_CONTACT };
    static const char *const names[] = { "", "a/b", "+", "#", "a+", "$a", "@a", "a\nb", "\x7F",
        "\xC2\x80", "\xFF", SIXTY_FOUR "0" };
    static const char *const good[] = { "a", "a b", "ü", "a@b", "a$", SIXTY_FOUR };
    for (size_t i = 0; i < COUNT(actions); i++) {
        for (size_t j = 0; j < COUNT(names); j++) {
            struct row row = { names[j], .action = actions[i], .to = names[j], .new_to = true,
                REFUSED(BC_BAD_NAME) };
            check(&row, 1);
        }
    }
    for (size_t j = 0; j < COUNT(good); j++) {
        struct row row = { good[j], .to = good[j], .new_to = true, APPROVES, .placement = BC_HELD };
        check(&row, 1);
    }
}

static void settings_change_what_is_given_alone(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct bc_settings before;
        struct bc_settings_change change;
        struct bc_settings after;
        bool new_user;
        enum bc_verdict verdict;
    } rows[] = {
        { "nothing", { true, true, BC_INVITES_NONE, false }, { .value = { 0 } },
            { true, true, BC_INVITES_NONE, false }, false, BC_NOTHING },
        { "one", { 0 }, { .has_contacts_only = true, .value = { .contacts_only = true } },
            { .contacts_only = true }, false, BC_CHANGES },
        { "one back", { true, true, BC_INVITES_ASK, false }, { .has_receipts_off = true },
            { true, false, BC_INVITES_ASK, false }, false, BC_CHANGES },
        { "one to what it is", { .contacts_only = true },
            { .has_contacts_only = true, .value = { .contacts_only = true } },
            { .contacts_only = true }, false, BC_NOTHING },
        { "all", { 0 }, { true, true, true, true, { true, true, BC_INVITES_ASK, true } },
            { true, true, BC_INVITES_ASK, true }, false, BC_CHANGES },
        { "a value that isn't given", { 0 },
            { .value = { .contacts_only = true, .receipts_off = true } }, { 0 }, false,
            BC_NOTHING },
        { "of a new user", { 0 },
            { .has_group_invites = true, .value = { .group_invites = BC_INVITES_NONE } },
            { .group_invites = BC_INVITES_NONE }, true, BC_CHANGES },
        { "of a new user, to the defaults", { 0 }, { true, true, true, true, { 0 } }, { 0 }, true,
            BC_NOTHING },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_request request = { .action = BC_SETTINGS,
            .from = bc_bytes_text("alice"),
            .id = 7,
            .now_ms = NOW,
            .settings = rows[i].change };
        struct bc_decision decision;
        fake_view_user(view, "somebody");
        if (!rows[i].new_user) {
            *fake_view_settings(view, "alice") = rows[i].before;
        }
        assert_int_equal(bc_decide(view, &limits, &request, &decision), BC_OK);
        const struct bc_settings *after = &decision.fact.settings.settings;
        if (decision.verdict != rows[i].verdict ||
            (decision.verdict == BC_CHANGES &&
                (decision.fact.type != BC_FACT_SETTINGS || decision.fact.id != 7 ||
                    !bc_bytes_equal(decision.fact.settings.user, request.from) ||
                    after->contacts_only != rows[i].after.contacts_only ||
                    after->receipts_off != rows[i].after.receipts_off ||
                    after->group_invites != rows[i].after.group_invites))) {
            print_error("row \"%s\"\n", rows[i].what);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

/* ---- a view that fails ---- */

static void the_view_s_errors_are_passed_on(void **state)
{
    (void)state;
    static const struct row rows[] = {
        { "send", .msgid = "m" },
        { "send to one of several", .msgid = "n", .sent = { { .age_ms = 1, .times = 2 } } },
        { "send again", .msgid = "m", .sent = { { .age_ms = 1, .times = 1, .msgid = "m" } } },
        { "send, open", OPEN_CONTACT, .msgid = "m" },
        { "note to self", .to = "alice", .msgid = "m" },
        { "approve", .action = BC_APPROVE, WRITTEN(2, BC_HELD) },
        { "decline", .action = BC_DECLINE, .own = { .held = 1, .held_first = 1 } },
        { "block", .action = BC_BLOCK },
        { "unblock", .action = BC_UNBLOCK, .own = { .blocked = true } },
        { "remove", .action = BC_REMOVE_CONTACT, .own = { .stance = BC_CONTACT } },
        { "settings", .action = BC_SETTINGS },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = view_of(&rows[i]);
        struct bc_request request = request_of(&rows[i]);
        bool failed = true;
        unsigned calls = 0;
        for (; failed; calls++) {
            struct bc_decision decision;
            fake_view_fail(view, calls, BC_IO);
            enum bc_error error = bc_decide(view, &limits, &request, &decision);
            failed = fake_view_mend(view);
            if ((error == BC_IO) != failed) {
                print_error("row \"%s\", call %u: error %d\n", rows[i].what, calls, error);
                failures++;
            }
        }
        assert_true(calls > 2);
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(approving_moves_and_tells_once),
        cmocka_unit_test(only_what_came_since_they_were_a_contact_moves),
        cmocka_unit_test(the_other_changes_happen_once_or_not_at_all),
        cmocka_unit_test(bad_names_are_refused_first),
        cmocka_unit_test(settings_change_what_is_given_alone),
        cmocka_unit_test(the_view_s_errors_are_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
