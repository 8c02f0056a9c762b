/* Nobody misses what they have subscribed to, however and whenever they did. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "talk.h"

static struct client *connect_as(struct broker *b, const char *user, const char *id, int version)
{
    return client_connect(
        b, &(struct client_options){
               .user = user, .id = id, .version = version, .keep_session = id != NULL });
}

static void one_who_subscribes_later_hears_from_then_on(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = connect_as(b, "alice", NULL, 5);
    struct client *bob = connect_as(b, "bob", NULL, 4);
    talk_send(alice, "bob", "to nobody yet");
    assert_int_equal(client_subscribe(bob, "bc/user/bob/requests/#", 1), 1);
    talk_send(alice, "bob", "now");
    talk_get_text(bob, "requests", "alice", "now");
    assert_int_equal(client_subscribe(alice, "bc/user/alice/sent/#", 1), 1);
    talk_send(alice, "bob", "with an echo");
    talk_get_text(alice, "sent", "bob", "with an echo");
}

static void properties_come_with_the_first_client_that_can_read_them(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = connect_as(b, "alice", NULL, 4);
    struct client *bob = connect_as(b, "bob", NULL, 4);
    struct client *tablet = connect_as(b, "bob", NULL, 5);
    assert_int_equal(client_subscribe(bob, "bc/user/bob/#", 1), 1);
    talk_send(alice, "bob", "one");
    talk_get_text(bob, "requests", "alice", "one");
    assert_int_equal(client_subscribe(tablet, "bc/user/bob/#", 1), 1);
    talk_send(alice, "bob", "two");
    assert_string_equal(
        message_property(talk_get_text(tablet, "requests", "alice", "two"), "from"), "alice");
    talk_get_text(bob, "requests", "alice", "two");
}

static void one_with_a_wildcard_hears_their_own_and_their_groups(void **state)
{
    static const char *const options[] = { "other_topics allow", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_after = talk_lines, .plugin_options = options });
    struct client *alice = connect_as(b, "alice", NULL, 5);
    struct client *bob = connect_as(b, "bob", NULL, 5);
    assert_int_equal(client_subscribe(bob, "#", 1), 1);
    talk_send(alice, "bob", "hello");
    talk_get_text(bob, "requests", "alice", "hello");
    talk_ok(bob, "create-group", "{\"group\":\"team\"}");
    assert_int_equal(client_publish(bob, "bc/group/team", "all", 3, 1, false, NULL), TALK_ACCEPTED);
    client_expect(bob, "bc/group/team/messages/bob/*", CLIENT_WAIT_MS);
}

static void a_session_that_the_broker_kept_over_its_restart_hears(void **state)
{
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .lines_after = talk_lines, .persistence = true });
    struct client *bob = connect_as(b, "bob", "bob-phone", 4);
    struct client *alice;
    assert_int_equal(client_subscribe(bob, "bc/user/bob/#", 1), 1);
    client_disconnect(bob);
    broker_restart(b);
    alice = connect_as(b, "alice", NULL, 5);
    talk_send(alice, "bob", "still there?");
    bob = connect_as(b, "bob", "bob-phone", 4);
    assert_true(client_session_present(bob));
    talk_get_text(bob, "requests", "alice", "still there?");
}

static void a_session_taken_up_by_a_client_of_mqtt_5_has_properties(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = connect_as(b, "alice", NULL, 4);
    struct client *bob = connect_as(b, "bob", "bob-phone", 4);
    assert_int_equal(client_subscribe(bob, "bc/user/bob/#", 1), 1);
    client_disconnect(bob);
    bob = connect_as(b, "bob", "bob-phone", 5);
    assert_true(client_session_present(bob));
    talk_send(alice, "bob", "one");
    assert_string_equal(
        message_property(talk_get_text(bob, "requests", "alice", "one"), "from"), "alice");
}

static void a_session_with_a_wildcard_taken_up_by_another_user_hears_theirs(void **state)
{
    static const char *const options[] = { "other_topics allow", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_after = talk_lines, .plugin_options = options });
    struct client *alice = connect_as(b, "alice", NULL, 5);
    struct client *tablet = connect_as(b, "carol", "tablet", 4);
    assert_int_equal(client_subscribe(tablet, "#", 1), 1);
    client_disconnect(tablet);
    tablet = connect_as(b, "bob", "tablet", 4);
    assert_true(client_session_present(tablet));
    talk_send(alice, "bob", "hello");
    talk_get_text(tablet, "requests", "alice", "hello");
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_who_subscribes_later_hears_from_then_on),
        TEST(properties_come_with_the_first_client_that_can_read_them),
        TEST(one_with_a_wildcard_hears_their_own_and_their_groups),
        TEST(a_session_that_the_broker_kept_over_its_restart_hears),
        TEST(a_session_taken_up_by_a_client_of_mqtt_5_has_properties),
        TEST(a_session_with_a_wildcard_taken_up_by_another_user_hears_theirs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
