/*
 * What somebody left below the prefix before the broker had the plugin: retained messages, and what
 * lies in the queue of a session, which look as if the broker had stamped them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define ID         "68811d082ac00000"
#define INVISIBLE  "alice\xEF\xBB\xBF"
#define OUTSIDE    "weather/today"
#define SESSION_ID "bobs-phone"

/* The topics that bob would be delivered on; the last needs no plugin, either. */
static const char *const topics[] = { "bc/user/bob/inbox/alice/" ID,
    "bc/user/bob/requests/alice/" ID, "bc/user/bob/sent/alice/" ID, "bc/user/bob/events/approved",
    "bc/user/bob/typing/alice", "bc/group/g/messages/alice/" ID, "bc/group/g/events/renamed",
    "bc/reply/whoami", "bc/error", OUTSIDE };

enum {
    TOPICS = sizeof topics / sizeof *topics,
    SESSION_S = 1000
};

static const char *const options[] = { "other_topics allow", NULL };

static int start(void **state)
{
    *state = broker_start(&(struct broker_options){
        .bare = true, .persistence = true, .lines_before = talk_lines, .plugin_options = options });
    return 0;
}

static struct client *bobs_phone(struct broker *b, int version)
{
    return client_connect(b, &(struct client_options){ .user = "bob",
                                 .id = SESSION_ID,
                                 .version = version,
                                 .keep_session = true,
                                 .session_expiry = version == 5 ? SESSION_S : 0 });
}

static void leave(struct broker *b, bool retain)
{
    struct client *mallory = client_login(b, "carol");

    for (size_t i = 0; i < TOPICS; i++)
        assert_true(client_publish(mallory, topics[i], "forged", 6, 1, retain, NULL) < 0x80);
    client_free(mallory);
}

/* bob and alice know each other, and are in the group. */
static void meet(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(alice, "create-group", "{\"group\":\"g\",\"users\":[\"bob\"]}");
    client_free(alice);
    client_free(bob);
}

static void nothing_but_outside(struct client *bob)
{
    client_expect(bob, OUTSIDE, CLIENT_WAIT_MS);
    talk_nothing(bob, "*");
}

static void what_was_retained_is_shown_to_nobody(void **state)
{
    leave(*state, true);
    broker_add_plugin(*state);
    meet(*state);
    for (int version = 4; version <= 5; version++) {
        struct client *bob =
            client_connect(*state, &(struct client_options){ .user = "bob", .version = version });

        assert_int_equal(client_subscribe(bob, "#", 1), 1);
        assert_int_equal(client_subscribe(bob, "bc/group/g/#", 1), 1);
        assert_int_equal(client_subscribe(bob, "bc/user/bob/#", 1), 1);
        nothing_but_outside(bob);
        client_free(bob);
    }
}

static void is_withheld_from_a_queue(void **state, bool retain)
{
    for (int version = 4; version <= 5; version++) {
        struct client *bob;

        if (version == 5)
            start(state);
        bob = bobs_phone(*state, version);
        assert_int_equal(client_subscribe(bob, "#", 1), 1);
        client_disconnect(bob);
        leave(*state, retain);
        broker_add_plugin(*state);
        meet(*state);
        bob = bobs_phone(*state, version);
        client_expect(bob, OUTSIDE, CLIENT_WAIT_MS);
        talk_settle(bob);
        for (size_t i = 0; i < TOPICS; i++) {
            if (client_count(bob, topics[i]) != 0)
                fail_msg("%s is shown", topics[i]);
        }
        if (version == 4)
            broker_teardown(state);
    }
}

static void what_a_session_had_queued_as_retained_is_withheld(void **state)
{
    is_withheld_from_a_queue(state, true);
}

static void what_a_session_had_queued_otherwise_is_withheld(void **state)
{
    is_withheld_from_a_queue(state, false);
}

/* A name with a character that some clients end the connection for. */
static void what_names_nobody_that_may_be_named_is_withheld(void **state)
{
    struct client *bob = bobs_phone(*state, 5);
    struct client *mallory = client_login(*state, "carol");

    assert_int_equal(client_subscribe(bob, "bc/#", 1), 1);
    client_disconnect(bob);
    assert_true(client_send(mallory, "bc/user/bob/inbox/" INVISIBLE "/" ID, "x") < 0x80);
    assert_true(client_send(mallory, "bc/user/bob/requests/nobody/" ID, "x") < 0x80);
    client_free(mallory);
    broker_add_plugin(*state);
    meet(*state);
    bob = bobs_phone(*state, 5);
    talk_settle(bob);
    assert_int_equal(client_count(bob, "bc/user/bob/inbox/*"), 0);
    assert_int_equal(client_count(bob, "bc/user/bob/requests/*"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_retained_is_shown_to_nobody),
        TEST(what_a_session_had_queued_as_retained_is_withheld),
        TEST(what_a_session_had_queued_otherwise_is_withheld),
        TEST(what_names_nobody_that_may_be_named_is_withheld),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
