/* Who may subscribe to a group, and what reaches whom: checked at every delivery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

static bool granted(struct client *c, const char *filter)
{
    int code = client_subscribe(c, filter, 1);

    if (code != 1 && code != TALK_REFUSED && code != 0x80)
        fail_msg("%s was answered with %d", filter, code);
    return code == 1;
}

static void only_members_may_subscribe_and_only_literally(void **state)
{
    static const char *const good[] = { "bc/group/g/#", "bc/group/g/messages/#",
        "bc/group/g/messages/+/+", "bc/group/g/messages/alice/+", "bc/group/g/events/+",
        "bc/group/g/+/bob", "bc/group/g/+" };
    static const char *const bad[] = { "bc/group/g", "bc/group/+/#", "bc/group/+/messages/#",
        "bc/group/#", "bc/+/g/#", "bc/#", "bc/group/+", "$share/s/bc/group/g/#",
        "$share/s/bc/group/+/#", "$share/s/bc/group/g/messages/+/+", "$share/g/bc/group/G/#",
        "bc/group/G/#", "bc/group/g2/#", "bc/group//#" };

    for (int version = 4; version <= 5; version++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = crowd_login(b, "alice", version);
        struct client *bob = crowd_login(b, "bob", version);

        talk_ok(alice, "create-group", "{\"group\":\"g\",\"users\":[\"bob\"]}");
        for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
            if (!granted(alice, good[i]) || granted(bob, good[i]))
                fail_msg("%s ought to be for members", good[i]);
        }
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            if (granted(alice, bad[i]) || granted(bob, bad[i]))
                fail_msg("%s ought to be refused", bad[i]);
        }
        talk_ok(bob, "approve", "{\"group\":\"g\"}");
        assert_true(granted(bob, good[0]));
        talk_ok(bob, "leave", "{\"group\":\"g\"}");
        assert_false(granted(bob, good[1]));
        broker_teardown(state);
    }
}

/* Something of everything that a group's topics carry. */
static void be_busy(struct client *alice, const char *text)
{
    crowd_say(alice, "g", text);
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"%s\"}", text);
    client_send(alice, "bc/group/g/typing", text);
    talk_settle(alice);
}

static void who_is_out_hears_nothing_from_then_on(void **state)
{
    for (int removed = 0; removed < 2; removed++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob[] = { crowd_login(b, "bob", 5), crowd_login(b, "bob", 4) };

        crowd_start(alice, "g", bob[0], NULL);
        crowd_listen(bob[1], "g");
        be_busy(alice, "heard");
        for (int i = 0; i < 2; i++) {
            crowd_hear(bob[i], "g", "alice", "heard");
            crowd_event(bob[i], "g", "renamed");
            client_expect(bob[i], "bc/group/g/typing/alice", CLIENT_WAIT_MS);
        }
        if (removed)
            talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
        else
            talk_ok(bob[0], "leave", "{\"group\":\"g\"}");
        be_busy(alice, "unheard");
        for (int i = 0; i < 2; i++) {
            crowd_deaf(bob[i], "g");
            talk_event(bob[i], removed ? "group-removed" : "group-left");
        }
        crowd_history(bob[0], "g", "heard:group");
        broker_teardown(state);
    }
}

static void wildcards_before_the_prefix_show_members_only_what_is_theirs(void **state)
{
    static const char *const options[] = { "other_topics allow", NULL };
    static const char *const filters[] = { "#", "+/group/#", "+/+/g/messages/#" };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *spies[3];

    crowd_start(alice, "g", bob, NULL);
    for (int i = 0; i < 3; i++) {
        spies[i] = client_connect(b, &(struct client_options){ .user = i == 0 ? "bob" : "carol" });
        assert_int_equal(client_subscribe(spies[i], filters[i], 1), 1);
    }
    be_busy(alice, "hello");
    crowd_hear(spies[0], "g", "alice", "hello");
    crowd_event(spies[0], "g", "renamed");
    for (int i = 1; i < 3; i++)
        crowd_deaf(spies[i], "g");
    talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
    crowd_forget(spies[0]);
    be_busy(alice, "again");
    for (int i = 0; i < 3; i++)
        crowd_deaf(spies[i], "g");
}

static void what_waits_for_a_removed_members_device_is_withheld(void **state)
{
    for (int version = 4; version <= 5; version++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob = crowd_login(b, "bob", version);
        struct client *phone;

        crowd_start(alice, "g", bob, NULL);
        client_disconnect(crowd_device(b, "bob", version, "g"));
        be_busy(alice, "queued");
        talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
        be_busy(alice, "after");
        phone = crowd_device(b, "bob", version, "g");
        assert_true(client_session_present(phone));
        talk_event(phone, "group-removed");
        crowd_deaf(phone, "g");
        crowd_history(phone, "g", "queued:group");
        /* Back in the group, he gets what comes, on the subscription that he still has. */
        talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
        talk_ok(phone, "approve", "{\"group\":\"g\"}");
        crowd_say(alice, "g", "welcome back");
        crowd_hear(phone, "g", "alice", "welcome back");
        crowd_history(phone, "g", "queued:group welcome back:group");
        broker_teardown(state);
    }
}

static void what_waits_for_a_member_who_comes_back_is_delivered_once(void **state)
{
    for (int version = 4; version <= 5; version++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob = crowd_login(b, "bob", version);
        struct client *phone;

        crowd_start(alice, "g", bob, NULL);
        client_disconnect(crowd_device(b, "bob", version, "g"));
        crowd_say(alice, "g", "one");
        crowd_say(alice, "g", "two");
        talk_settle(alice);
        phone = crowd_device(b, "bob", version, "g");
        crowd_hear(phone, "g", "alice", "one");
        crowd_hear(phone, "g", "alice", "two");
        crowd_deaf(phone, "g");
        broker_teardown(state);
    }
}

static void what_waits_of_somebody_blocked_is_withheld(void **state)
{
    for (int version = 4; version <= 5; version++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob = crowd_login(b, "bob", version);
        struct client *carol = client_login(b, "carol");
        struct client *phone;

        crowd_start(alice, "g", bob, carol, NULL);
        client_disconnect(crowd_device(b, "bob", version, "g"));
        crowd_say(alice, "g", "before");
        crowd_say(carol, "g", "carol's");
        talk_settle(alice);
        talk_ok(bob, "block", "{\"user\":\"alice\"}");
        be_busy(alice, "while");
        phone = crowd_device(b, "bob", version, "g");
        crowd_hear(phone, "g", "carol", "carol's");
        crowd_deaf(phone, "g");
        broker_teardown(state);
    }
}

static void an_invitation_lets_nobody_read(void **state)
{
    static const char *const options[] = { "other_topics allow", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    assert_int_equal(client_subscribe(bob, "+/group/#", 1), 1);
    crowd_start(alice, "g", NULL);
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    be_busy(alice, "hello");
    crowd_deaf(bob, "g");
    talk_ok(bob, "decline", "{\"group\":\"g\"}");
    be_busy(alice, "again");
    crowd_deaf(bob, "g");
}

static void nobody_writes_where_a_groups_messages_and_events_come_from(void **state)
{
    static const char *const topics[] = { "bc/group/g/messages/alice/0123456789abcdef",
        "bc/group/g/events/joined", "bc/group/g/typing/bob", "bc/group/g/", "bc/group/g/x" };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_start(alice, "g", bob, NULL);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++)
        talk_refused(alice, topics[i], "forged", "bad-topic");
    crowd_deaf(bob, "g");
    crowd_deaf(alice, "g");
}

static void a_will_is_no_message_to_a_group(void **state)
{
    static const char *const topics[] = { "bc/group/g", "bc/group/g/typing",
        "bc/group/g/messages/alice/0123456789abcdef", "bc/group/g/events/joined" };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_start(alice, "g", bob, NULL);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        client_drop(client_connect(b,
            &(struct client_options){
                .user = "alice", .will_topic = topics[i], .will_payload = "boo", .will_qos = 1 }));
    }
    client_idle(bob, 200);
    crowd_deaf(bob, "g");
    crowd_history(alice, "g", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(only_members_may_subscribe_and_only_literally),
        TEST(who_is_out_hears_nothing_from_then_on),
        TEST(wildcards_before_the_prefix_show_members_only_what_is_theirs),
        TEST(what_waits_for_a_removed_members_device_is_withheld),
        TEST(what_waits_for_a_member_who_comes_back_is_delivered_once),
        TEST(what_waits_of_somebody_blocked_is_withheld),
        TEST(an_invitation_lets_nobody_read),
        TEST(nobody_writes_where_a_groups_messages_and_events_come_from),
        TEST(a_will_is_no_message_to_a_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
