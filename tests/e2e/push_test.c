/* Pushes: who sleeps is woken through the push user, once, and nobody else hears of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

enum {
    PAUSE_MS = 30000,
    TURNS_MS = 600 /* what would be published has been */
};

static const char *const users[] = { "alice", "bob", "carol", "dave", "erin", "push", NULL };
static const char *const options[] = { "push_user push", "accounts invites", "moderators dave",
    "rate_per_minute 1000000", "rate_burst 1000000", NULL };

static struct broker *broker(void)
{
    return broker_start(&(struct broker_options){
        .users = users, .lines_before = talk_lines, .plugin_options = options });
}

#define ENDPOINT(user) "https://push.example/" user

static void subscribe(struct client *c, const char *user)
{
    talk_ok(c, "push-subscribe",
        "{\"device\":\"phone\",\"endpoint\":\"" ENDPOINT(
            "%s") "\",\"p256dh\":\"BPk\",\"auth\":\"aA\"}",
        user);
}

/* The broker has read ${c}'s goodbye when it has answered what somebody asked it later. */
static void leave(struct broker *b, struct client *c)
{
    client_disconnect(c);
    talk_settle(client_login(b, "erin"));
}

/* ${user} has a device that can be woken, and none that is there. */
static void put_to_sleep(struct broker *b, const char *user)
{
    struct client *c = client_login(b, user);

    subscribe(c, user);
    leave(b, c);
}

static struct client *push_user(struct broker *b)
{
    struct client *push = client_connect(b, &(struct client_options){ .user = "push" });

    assert_int_equal(client_subscribe(push, "bc/user/push/wake", 1), 1);
    return push;
}

static void woken(struct client *push, const char *user, const char *urgency)
{
    const cJSON *wake = talk_json(push, client_expect(push, "bc/user/push/wake", CLIENT_WAIT_MS));
    char endpoint[128];

    (void)snprintf(endpoint, sizeof(endpoint), ENDPOINT("%s"), user);
    talk_is(wake, "endpoint", endpoint);
    talk_is(wake, "p256dh", "BPk");
    talk_is(wake, "auth", "aA");
    talk_is(wake, "urgency", urgency);
    assert_int_equal(cJSON_GetArraySize(wake), 4); /* no name and no content */
}

static void nobody_is_woken(struct client *push)
{
    client_expect_none(push, "bc/user/push/wake", TURNS_MS);
}

static void a_request_wakes_low_and_a_message_high_once_each(void **state)
{
    struct broker *b = *state = broker();
    struct client *push = push_user(b);
    struct client *alice = client_login(b, "alice");
    struct client *carol = client_login(b, "carol");
    struct client *bob = client_login(b, "bob");

    talk_ok(bob, "add-contact", "{\"user\":\"carol\"}");
    leave(b, bob);
    put_to_sleep(b, "bob");
    talk_send(alice, "bob", "hello?");
    woken(push, "bob", "low");
    talk_send(alice, "bob", "are you there?");
    talk_send(carol, "bob", "lunch?");
    talk_send(carol, "bob", "at one?");
    nobody_is_woken(push);
    /* Within the pause it comes at its end. */
    client_idle(push, PAUSE_MS - 3 * TURNS_MS);
    woken(push, "bob", "high");
    nobody_is_woken(push);
}

static void who_is_there_is_not_woken(void **state)
{
    struct broker *b = *state = broker();
    struct client *push = push_user(b);
    struct client *bob = client_login(b, "bob");
    struct client *second = client_login(b, "bob");

    subscribe(bob, "bob");
    leave(b, second);
    talk_send(client_login(b, "alice"), "bob", "hello");
    nobody_is_woken(push);
    client_drop(bob);
    talk_settle(client_login(b, "erin"));
    talk_send(client_login(b, "carol"), "bob", "hello");
    woken(push, "bob", "low");
}

static void who_is_muted_blocked_or_declined_wakes_nobody(void **state)
{
    struct broker *b = *state = broker();
    struct client *push = push_user(b);
    struct client *alice = client_login(b, "alice");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");
    struct client *bob = client_login(b, "bob");

    talk_send(carol, "bob", "spam");
    talk_ok(bob, "decline", "{\"user\":\"carol\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(bob, "store", "{\"key\":\"mute/user/alice\",\"value\":\"\"}");
    talk_ok(bob, "block", "{\"user\":\"dave\"}");
    leave(b, bob);
    put_to_sleep(b, "bob");
    talk_send(alice, "bob", "one");
    talk_send(carol, "bob", "two");
    talk_send(dave, "bob", "three");
    talk_ok(dave, "create-group", "{\"group\":\"g\",\"users\":[\"bob\"]}");
    nobody_is_woken(push);
    bob = client_login(b, "bob");
    talk_ok(bob, "store", "{\"key\":\"mute/user/alice\"}");
    leave(b, bob);
    talk_send(alice, "bob", "four");
    woken(push, "bob", "high");
}

static void a_group_wakes_its_members_and_an_invitation_whom_it_waits_for(void **state)
{
    struct broker *b = *state = broker();
    struct client *push = push_user(b);
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(carol, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(alice, "create-group", "{\"group\":\"club\",\"users\":[\"bob\",\"carol\"]}");
    talk_ok(carol, "store", "{\"key\":\"mute/group/club\",\"value\":\"1\"}");
    leave(b, bob);
    leave(b, carol);
    put_to_sleep(b, "bob");
    put_to_sleep(b, "carol");
    put_to_sleep(b, "dave");
    assert_int_equal(client_send(alice, "bc/group/club", "hello"), TALK_ACCEPTED);
    woken(push, "bob", "high");
    talk_ok(alice, "invite", "{\"group\":\"club\",\"user\":\"dave\"}");
    woken(push, "dave", "low");
    nobody_is_woken(push);
}

static void nobody_else_hears_of_wakes_or_makes_them(void **state)
{
    static const char *const filters[] = { "bc/user/push/wake", "bc/user/push/#", "bc/user/push/+",
        "bc/user/alice/wake", "bc/user/alice/wake/#", "bc/user/+/wake",
        "$share/x/bc/user/push/wake" };
    struct broker *b = *state = broker();
    struct client *push = push_user(b);
    struct client *alice = client_login(b, "alice");

    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        assert_int_equal(client_subscribe(alice, filters[i], 1), TALK_REFUSED);
    talk_refused(alice, "bc/user/push/wake", "{\"endpoint\":\"https://a\"}", "bad-topic");
    talk_refused(push, "bc/user/push/wake", "{\"endpoint\":\"https://a\"}", "bad-topic");
    talk_no(alice, "not-authorized", "push-gone", "{\"endpoint\":\"https://a\"}");
    assert_false(talk_has(talk_ok(alice, "whoami", "{}"), "push_user"));
    nobody_is_woken(push);
}

static void subscriptions_are_listed_replaced_and_ended(void **state)
{
    static const char *const wrong[] = { "{}", "{\"device\":\"x\"}", "{\"endpoint\":\"https://a\"}",
        "{\"device\":\"\",\"endpoint\":\"https://a\"}", "{\"device\":7,\"endpoint\":\"https://a\"}",
        "{\"device\":\"x\",\"endpoint\":\"http://a\"}",
        "{\"device\":\"x\",\"endpoint\":\"https://a\",\"auth\":\"?\"}" };
    struct broker *b = *state = broker();
    struct client *push = push_user(b);
    struct client *bob = client_login(b, "bob");
    const cJSON *answer;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        talk_no(bob, "bad-request", "push-subscribe", "%s", wrong[i]);
    subscribe(bob, "bob");
    subscribe(bob, "bob");
    talk_ok(bob, "push-subscribe", "{\"device\":\"laptop\",\"endpoint\":\"https://b.example/\"}");
    answer = talk_ok(bob, "push-subscriptions", "{\"limit\":1}");
    talk_is(answer, "after", "laptop");
    answer = talk_ok(bob, "push-subscriptions", "{\"after\":\"laptop\"}");
    assert_int_equal(talk_count(answer, "subscriptions"), 1);
    talk_is(talk_item(answer, "subscriptions", 0), "endpoint", ENDPOINT("bob"));
    assert_false(talk_has(talk_item(answer, "subscriptions", 0), "auth"));
    talk_ok(bob, "push-subscribe", "{\"device\":\"new\",\"endpoint\":\"" ENDPOINT("bob") "\"}");
    free(talk_words(talk_ok(bob, "push-subscriptions", "{}"), "subscriptions", "device"));
    assert_int_equal(talk_count(talk_ok(bob, "push-subscriptions", "{}"), "subscriptions"), 2);
    talk_ok(bob, "push-unsubscribe", "{\"device\":\"new\"}");
    talk_no(bob, "not-found", "push-unsubscribe", "{\"device\":\"new\"}");
    talk_ok(push, "push-gone", "{\"endpoint\":\"https://b.example/\"}");
    talk_ok(push, "push-gone", "{\"endpoint\":\"https://b.example/\"}");
    broker_kill(b);
    broker_restart(b);
    bob = client_login(b, "bob");
    assert_int_equal(talk_count(talk_ok(bob, "push-subscriptions", "{}"), "subscriptions"), 0);
}

static void a_subscription_ends_with_its_devices_token(void **state)
{
    struct broker *b = *state = broker();
    struct client *push = push_user(b);
    struct client *bob = client_login(b, "bob");

    talk_ok(bob, "create-token", "{\"device\":\"phone\"}");
    subscribe(bob, "bob");
    talk_ok(bob, "create-token", "{\"device\":\"phone\"}");
    assert_int_equal(talk_count(talk_ok(bob, "push-subscriptions", "{}"), "subscriptions"), 1);
    talk_ok(bob, "revoke-token", "{\"device\":\"phone\"}");
    assert_int_equal(talk_count(talk_ok(bob, "push-subscriptions", "{}"), "subscriptions"), 0);
    leave(b, bob);
    talk_send(client_login(b, "alice"), "bob", "hello");
    nobody_is_woken(push);
}

/* Wakes are live only: where nobody was told, nobody was woken. */
static void while_the_push_user_is_away_nobody_counts_as_woken(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *push;

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    leave(b, bob);
    put_to_sleep(b, "bob");
    talk_send(alice, "bob", "one");
    client_idle(alice, TURNS_MS);
    push = push_user(b);
    nobody_is_woken(push);
    talk_send(alice, "bob", "two");
    woken(push, "bob", "high");
}

static void without_a_push_user_there_is_none_of_it(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    talk_no(
        alice, "not-possible", "push-subscribe", "{\"device\":\"x\",\"endpoint\":\"https://a\"}");
    talk_no(alice, "not-possible", "push-unsubscribe", "{\"device\":\"x\"}");
    talk_no(alice, "not-possible", "push-subscriptions", "{}");
    talk_no(alice, "not-authorized", "push-gone", "{\"endpoint\":\"https://a\"}");
    assert_int_equal(client_subscribe(alice, "bc/user/alice/wake", 1), TALK_REFUSED);
}

/* Who has a name of the operator's can't be somebody new. */
static void nobody_signs_up_as_the_push_user_or_a_moderator(void **state)
{
    static const char *const some[] = { "dave", NULL };
    static const char *const named[] = { "push_user push", "accounts invites", "moderators dave mo",
        NULL };
    struct broker *b = *state = broker_start(&(struct broker_options){
        .users = some, .lines_before = talk_lines, .plugin_options = named });
    struct client *dave = client_login(b, "dave");
    const char *invite = answer_string(talk_ok(dave, "create-invite", "{}"), "invite");
    const char *const names[] = { "push", "mo" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(client_connect_code(client_try_connect(
                             b, &(struct client_options){ .user = names[i], .password = invite })),
            TALK_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            a_request_wakes_low_and_a_message_high_once_each, broker_teardown),
        cmocka_unit_test_teardown(who_is_there_is_not_woken, broker_teardown),
        cmocka_unit_test_teardown(who_is_muted_blocked_or_declined_wakes_nobody, broker_teardown),
        cmocka_unit_test_teardown(
            a_group_wakes_its_members_and_an_invitation_whom_it_waits_for, broker_teardown),
        cmocka_unit_test_teardown(nobody_else_hears_of_wakes_or_makes_them, broker_teardown),
        cmocka_unit_test_teardown(subscriptions_are_listed_replaced_and_ended, broker_teardown),
        cmocka_unit_test_teardown(a_subscription_ends_with_its_devices_token, broker_teardown),
        cmocka_unit_test_teardown(
            while_the_push_user_is_away_nobody_counts_as_woken, broker_teardown),
        cmocka_unit_test_teardown(without_a_push_user_there_is_none_of_it, broker_teardown),
        cmocka_unit_test_teardown(nobody_signs_up_as_the_push_user_or_a_moderator, broker_teardown),
    };
    return cmocka_run_group_tests_name("push", tests, NULL, NULL);
}
