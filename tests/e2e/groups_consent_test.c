/*
 * What groups can't be used for: reaching those who have blocked somebody, showing titles that
 * nobody asked for, and filling up the groups that somebody may be in (protocol section 4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

enum {
    WORDS = 2048
};

/* Demand that the events of ${group} that ${c} syncs are "<event>:<title, role or user>" each. */
static void group_events(struct client *c, const char *group, const char *words)
{
    const cJSON *answer = talk_ok(c, "sync", "{\"limit\":200}");
    char found[WORDS] = "";

    for (size_t i = 0; i < talk_count(answer, "items"); i++) {
        const cJSON *item = talk_item(answer, "items", i);
        const char *event = talk_has(item, "event") ? answer_string(item, "event") : "";
        size_t len = strlen(found);

        if (*event == '\0' || strncmp(event, "group-", 6) == 0 || !talk_has(item, "group") ||
            strcmp(answer_string(item, "group"), group) != 0)
            continue;
        snprintf(found + len, sizeof found - len, "%s%s:%s", len > 0 ? " " : "", event,
            answer_string(item, talk_has(item, "title")  ? "title"
                                : talk_has(item, "role") ? "role"
                                                         : "user"));
    }
    assert_string_equal(found, words);
}

static const char *title_of(struct client *c, const char *command, const char *list)
{
    const cJSON *answer = talk_ok(c, command, "{}");

    for (size_t i = 0; i < talk_count(answer, list); i++) {
        const cJSON *row = talk_item(answer, list, i);

        if (talk_has(row, "group"))
            return answer_string(row, "title");
    }
    return "none";
}

/* ---- what the blocked do ---- */

/* alice does all that an owner can, and dave is asked to make it joining and leaving. */
static void do_everything(struct client *alice, struct client *dave)
{
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"Hello, Bob\"}");
    talk_ok(alice, "set-role", "{\"group\":\"g\",\"user\":\"carol\",\"role\":\"admin\"}");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"dave\"}");
    talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"dave\"}");
    talk_settle(dave);
}

static void what_somebody_blocked_does_in_a_group_is_not_shown(void **state)
{
    for (int version = 4; version <= 5; version++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob = crowd_login(b, "bob", version);
        struct client *carol = client_login(b, "carol");
        struct client *dave = client_login(b, "dave");

        crowd_know(dave, alice);
        crowd_start(alice, "g", bob, carol, NULL);
        talk_ok(bob, "block", "{\"user\":\"alice\"}");
        crowd_forget(bob);
        do_everything(alice, dave);
        crowd_event(carol, "g", "renamed");
        crowd_event(carol, "g", "role");
        crowd_event(carol, "g", "joined");
        crowd_event(carol, "g", "removed");
        crowd_deaf(bob, "g");
        group_events(bob, "g", "joined:bob joined:carol");
        /* What it changed shows where he looks for it. */
        assert_string_equal(title_of(bob, "groups", "groups"), "Hello, Bob");
        crowd_members(bob, "g", "alice:owner bob:member carol:admin");
        /* Others' doings are shown as ever. */
        talk_ok(carol, "rename-group", "{\"group\":\"g\",\"title\":\"Carol's\"}");
        talk_is(crowd_event(bob, "g", "renamed"), "title", "Carol's");
        /* Whoever leaves is told of by themselves. */
        talk_ok(alice, "set-role", "{\"group\":\"g\",\"user\":\"carol\",\"role\":\"owner\"}");
        talk_ok(alice, "leave", "{\"group\":\"g\"}");
        crowd_event(carol, "g", "left");
        crowd_deaf(bob, "g");
        talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
        group_events(bob, "g", "joined:bob joined:carol renamed:Carol's");
        group_events(carol, "g",
            "joined:carol renamed:Hello, Bob role:admin joined:dave removed:dave renamed:Carol's "
            "role:owner role:admin left:alice");
        broker_teardown(state);
    }
}

static void who_is_removed_by_somebody_blocked_is_told(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_start(alice, "g", bob, NULL);
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_is(talk_event(bob, "group-removed"), "by", "alice");
}

static void events_that_were_queued_before_a_block_are_withheld(void **state)
{
    for (int version = 4; version <= 5; version++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob = client_login(b, "bob");
        struct client *carol = client_login(b, "carol");
        struct client *phone;

        crowd_start(alice, "g", bob, carol, NULL);
        client_disconnect(crowd_device(b, "bob", version, "g"));
        talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"before\"}");
        talk_ok(bob, "block", "{\"user\":\"alice\"}");
        talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"within\"}");
        phone = crowd_device(b, "bob", version, "g");
        talk_settle(phone);
        assert_int_equal(client_count(phone, "bc/group/g/events/*"), 0);
        client_disconnect(phone);
        talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"within, too\"}");
        talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
        talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"after\"}");
        phone = crowd_device(b, "bob", version, "g");
        talk_is(crowd_event(phone, "g", "renamed"), "title", "after");
        talk_settle(phone);
        assert_int_equal(client_count(phone, "bc/group/g/events/*"), 0);
        group_events(bob, "g", "joined:bob joined:carol renamed:before renamed:after");
        broker_teardown(state);
    }
}

/* An event that nobody but the store's own would have is shown to nobody. */
static void events_from_before_the_plugin_are_withheld(void **state)
{
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .bare = true, .persistence = true });
    struct client *phone = crowd_device(b, "bob", 5, "g");
    struct client *alice = client_login(b, "alice");
    struct client *bob;

    client_disconnect(phone);
    assert_true(client_send(alice, "bc/group/g/events/renamed", "{\"title\":\"forged\"}") < 0x80);
    assert_true(client_send(alice, "bc/group/g/events/renamed",
                    "{\"id\":\"68811d082ac00000\",\"title\":\"forged\"}") < 0x80);
    client_free(alice);
    broker_add_plugin(b);
    alice = client_login(b, "alice");
    bob = client_login(b, "bob");
    crowd_start(alice, "g", bob, NULL);
    phone = crowd_device(b, "bob", 5, "g");
    talk_settle(phone);
    assert_int_equal(client_count(phone, "bc/group/g/events/renamed"), 0);
}

/* ---- titles ---- */

static void an_invitation_shows_the_title_that_it_was_made_with(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(alice, "create-group", "{\"group\":\"g\",\"title\":\"Choir\",\"users\":[\"bob\"]}");
    for (int i = 0; i < 3; i++) {
        talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"Buy now %d\"}", i);
        talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
        assert_string_equal(title_of(bob, "requests", "requests"), "Choir");
    }
    talk_is(talk_event(bob, "group-invited"), "title", "Choir");
    talk_nothing(bob, "events/*");
    broker_restart(b);
    bob = client_login(b, "bob");
    assert_string_equal(title_of(bob, "requests", "requests"), "Choir");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    assert_string_equal(title_of(bob, "groups", "groups"), "Buy now 2");
}

static void who_is_not_in_a_group_any_more_sees_the_title_as_it_was_then(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", bob, carol, NULL);
    crowd_say(alice, "g", "hello");
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"As it was\"}");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"carol\"}");
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"Buy now\"}");
    for (int time = 0; time < 2; time++) {
        assert_string_equal(title_of(bob, "conversations", "conversations"), "As it was");
        assert_string_equal(title_of(carol, "conversations", "conversations"), "As it was");
        assert_string_equal(title_of(alice, "conversations", "conversations"), "Buy now");
        group_events(bob, "g", "joined:bob joined:carol renamed:As it was");
        if (time == 0) {
            broker_restart(b);
            alice = client_login(b, "alice");
            bob = client_login(b, "bob");
            carol = client_login(b, "carol");
        }
    }
    /* Who comes back sees it as it is. */
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    assert_string_equal(title_of(bob, "requests", "requests"), "Buy now");
    assert_string_equal(title_of(bob, "conversations", "conversations"), "As it was");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    assert_string_equal(title_of(bob, "conversations", "conversations"), "Buy now");
    /* And what a group was called without a title is seen as well. */
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"\"}");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"Buy now\"}");
    assert_string_equal(title_of(bob, "conversations", "conversations"), "");
}

/* ---- being put into groups ---- */

static void put_into(struct client *inviter, const char *user, const char *group)
{
    talk_ok(inviter, "create-group", "{\"group\":\"%s\",\"users\":[\"%s\"]}", group, user);
}

static void a_contact_puts_one_into_so_many_groups_and_others_wait(void **state)
{
    static const char *const options[] = { "request_max_messages 2", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_know(bob, alice);
    put_into(alice, "bob", "g1");
    put_into(alice, "bob", "g2");
    put_into(alice, "bob", "g3");
    crowd_groups(bob, "g1:member:2 g2:member:2");
    crowd_invitations(bob, "g3:alice");
    /* Leaving gives none back. */
    talk_ok(bob, "leave", "{\"group\":\"g1\"}");
    put_into(alice, "bob", "g4");
    crowd_invitations(bob, "g3:alice g4:alice");
    /* Approving one lets the inviter put in as many as at first ... */
    talk_ok(bob, "approve", "{\"group\":\"g3\"}");
    put_into(alice, "bob", "g5");
    put_into(alice, "bob", "g6");
    put_into(alice, "bob", "g7");
    crowd_invitations(bob, "g4:alice g7:alice");
    /* ... and so does creating one with them, a restart in between or not. */
    broker_restart(b);
    alice = client_login(b, "alice");
    bob = client_login(b, "bob");
    put_into(alice, "bob", "g8");
    crowd_invitations(bob, "g4:alice g7:alice g8:alice");
    put_into(bob, "alice", "mine");
    put_into(alice, "bob", "g9");
    crowd_invitations(bob, "g4:alice g7:alice g8:alice");
    crowd_groups(bob, "g2:member:2 g3:member:2 g5:member:2 g6:member:2 g9:member:2 mine:owner:1");
}

static void groups_that_one_is_put_into_leave_the_room_for_ones_own(void **state)
{
    static const char *const options[] = { "groups_per_user 2", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_know(bob, alice);
    crowd_know(bob, carol);
    put_into(alice, "bob", "a1");
    put_into(alice, "bob", "a2");
    talk_ok(alice, "leave", "{\"group\":\"a1\"}");
    talk_ok(alice, "leave", "{\"group\":\"a2\"}");
    put_into(carol, "bob", "c1"); /* as many again, past which they wait */
    crowd_invitations(bob, "c1:carol");
    crowd_groups(bob, "a1:owner:1 a2:owner:1");
    talk_ok(bob, "create-group", "{\"group\":\"b1\"}");
    talk_ok(bob, "approve", "{\"group\":\"c1\"}");
    talk_no(bob, "not-possible", "create-group", "{\"group\":\"b2\"}");
    put_into(carol, "bob", "c2");
    talk_no(bob, "not-possible", "approve", "{\"group\":\"c2\"}");
    /* One place more of those that one is put into. */
    talk_ok(bob, "leave", "{\"group\":\"a1\"}");
    put_into(alice, "bob", "a3");
    crowd_groups(bob, "a2:owner:1 a3:member:2 b1:owner:1 c1:member:2");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_somebody_blocked_does_in_a_group_is_not_shown),
        TEST(who_is_removed_by_somebody_blocked_is_told),
        TEST(events_that_were_queued_before_a_block_are_withheld),
        TEST(events_from_before_the_plugin_are_withheld),
        TEST(an_invitation_shows_the_title_that_it_was_made_with),
        TEST(who_is_not_in_a_group_any_more_sees_the_title_as_it_was_then),
        TEST(a_contact_puts_one_into_so_many_groups_and_others_wait),
        TEST(groups_that_one_is_put_into_leave_the_room_for_ones_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
