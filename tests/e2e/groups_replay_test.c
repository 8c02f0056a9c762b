/*
 * What is there of groups after a restart and after a kill; and that what is then published once
 * more, since it may not have gone out, is for those alone for whom it was when it was sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

static const char *const durabilities[][4] = {
    { "durability publish", "rate_per_minute 1000000", "rate_burst 1000000", NULL },
    { "durability batch", "rate_per_minute 1000000", "rate_burst 1000000", NULL },
    { "checkpoint_facts 1", "rate_per_minute 1000000", "rate_burst 1000000", NULL },
};

enum {
    DURABILITIES = sizeof durabilities / sizeof *durabilities
};

static struct broker *start(size_t durability, bool persistence)
{
    print_message("  %s\n", durabilities[durability][0]);
    return broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .plugin_options = durabilities[durability],
        .persistence = persistence });
}

/* Some of everything that groups have. */
static void live(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");

    crowd_start(alice, "g", bob, carol, NULL);
    crowd_say(alice, "g", "one");
    crowd_say(bob, "g", "two");
    talk_ok(alice, "set-role", "{\"group\":\"g\",\"user\":\"carol\",\"role\":\"admin\"}");
    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    crowd_say(bob, "g", "three");
    talk_ok(carol, "unblock", "{\"user\":\"bob\"}");
    talk_ok(carol, "rename-group", "{\"group\":\"g\",\"title\":\"Renamed\"}");
    talk_ok(carol, "invite", "{\"group\":\"g\",\"user\":\"dave\"}");
    talk_ok(alice, "leave", "{\"group\":\"g\"}");
    crowd_say(bob, "g", "four");
    talk_ok(bob, "create-group", "{\"group\":\"h\",\"users\":[\"dave\",\"alice\"]}");
    talk_ok(dave, "decline", "{\"group\":\"h\"}");
    talk_ok(bob, "create-group", "{\"group\":\"closed\"}");
    talk_ok(bob, "leave", "{\"group\":\"closed\"}");
}

static void everything_of_groups_is_there_after_a_restart_and_a_kill(void **state)
{
    for (size_t durability = 0; durability < DURABILITIES; durability++) {
        struct broker *b = *state = start(durability, false);

        live(b);
        for (int round = 0; round < 3; round++) {
            struct client *alice = client_login(b, "alice");
            struct client *bob = client_login(b, "bob");
            struct client *carol = client_login(b, "carol");
            struct client *dave = client_login(b, "dave");

            crowd_groups(alice, "");
            crowd_groups(bob, "g:member:2 h:owner:1");
            crowd_groups(carol, "g:owner:2");
            talk_is(talk_item(talk_ok(carol, "groups", "{}"), "groups", 0), "title", "Renamed");
            crowd_members(bob, "g", "bob:member carol:owner");
            crowd_invitations(dave, "g:carol");
            crowd_invitations(alice, "h:bob");
            crowd_history(alice, "g", "one:sent two:group three:group");
            crowd_history(bob, "g", "one:group two:sent three:sent four:sent");
            crowd_history(carol, "g", "one:group two:group four:group");
            talk_no(dave, "not-a-member", "history", "{\"group\":\"g\"}");
            talk_no(dave, "not-a-member", "approve", "{\"group\":\"h\"}");
            talk_no(alice, "group-exists", "create-group", "{\"group\":\"closed\"}");
            /* A decline outlasts it, and so does having left. */
            talk_ok(bob, "invite", "{\"group\":\"h\",\"user\":\"dave\"}");
            crowd_invitations(dave, "g:carol");
            talk_ok(carol, "invite", "{\"group\":\"g\",\"user\":\"alice\"}");
            crowd_groups(alice, "");
            talk_ok(alice, "decline", "{\"group\":\"g\"}");
            if (round == 0)
                broker_kill(b);
            broker_restart(b);
        }
        *state = NULL;
        broker_free(b);
    }
}

static void a_msgid_is_remembered_after_a_kill(void **state)
{
    struct broker *b = *state = start(0, false);
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char id[17];

    crowd_start(alice, "g", bob, NULL);
    client_send_with(alice, "bc/group/g", "once", "msgid", "m-1", NULL);
    snprintf(id, sizeof id, "%s", talk_id(crowd_hear(alice, "g", "alice", "once")));
    broker_kill(b);
    broker_restart(b);
    alice = client_login(b, "alice");
    bob = client_login(b, "bob");
    crowd_listen(alice, "g");
    crowd_listen(bob, "g");
    assert_int_equal(
        client_send_with(alice, "bc/group/g", "once", "msgid", "m-1", NULL), TALK_ACCEPTED);
    assert_string_equal(talk_id(crowd_hear(alice, "g", "alice", "once")), id);
    crowd_deaf(bob, "g");
    crowd_history(bob, "g", "once:group");
}

/* A group of three with bob's phone away, in a session that a kill leaves. */
static struct broker *with_phone_away(void **state)
{
    struct broker *b = *state = start(0, true);
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", bob, carol, NULL);
    client_disconnect(crowd_device(b, "bob", 5, "g"));
    broker_restart(b); /* Now the broker has saved the session. */
    return b;
}

static struct client *phone_after_a_kill(struct broker *b)
{
    struct client *phone;

    broker_kill(b);
    broker_restart(b);
    phone = crowd_device(b, "bob", 5, "g");
    assert_true(client_session_present(phone));
    return phone;
}

static void a_device_that_was_away_gets_what_came_before_a_kill(void **state)
{
    struct broker *b = with_phone_away(state);
    struct client *alice = client_login(b, "alice");
    struct client *phone;

    crowd_say(alice, "g", "one");
    crowd_say(alice, "g", "two");
    talk_settle(alice);
    phone = phone_after_a_kill(b);
    crowd_hear(phone, "g", "alice", "one");
    crowd_hear(phone, "g", "alice", "two");
}

static void what_was_sent_while_its_sender_was_blocked_stays_hidden_after_a_kill(void **state)
{
    struct broker *b = with_phone_away(state);
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *phone;

    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    crowd_say(alice, "g", "hidden for ever");
    talk_settle(alice);
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    crowd_say(alice, "g", "shown");
    talk_settle(alice);
    phone = phone_after_a_kill(b);
    crowd_history(phone, "g", "shown:group");
    crowd_hear(phone, "g", "alice", "shown");
    crowd_deaf(phone, "g");
}

static void what_was_sent_while_one_was_no_member_stays_unread_after_a_kill(void **state)
{
    struct broker *b = with_phone_away(state);
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *phone;

    talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
    crowd_say(alice, "g", "not for bob");
    talk_settle(alice);
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    crowd_say(alice, "g", "for all");
    talk_settle(alice);
    phone = phone_after_a_kill(b);
    crowd_history(phone, "g", "for all:group");
    crowd_hear(phone, "g", "alice", "for all");
    talk_settle(phone);
    client_expect_none(phone, "bc/group/g/messages/*", 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(everything_of_groups_is_there_after_a_restart_and_a_kill),
        TEST(a_msgid_is_remembered_after_a_kill),
        TEST(a_device_that_was_away_gets_what_came_before_a_kill),
        TEST(what_was_sent_while_its_sender_was_blocked_stays_hidden_after_a_kill),
        TEST(what_was_sent_while_one_was_no_member_stays_unread_after_a_kill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
