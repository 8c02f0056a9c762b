/* What is said in groups: messages, repeats, typing, and what others learn of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

static void a_message_reaches_every_device_once_and_its_sender_too(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *devices[6];
    static const char *const users[] = { "alice", "alice", "bob", "bob", "carol", "carol" };
    char id[17] = "";

    for (size_t i = 0; i < 6; i++)
        devices[i] = crowd_login(b, users[i], i % 2 == 0 ? 5 : 4);
    crowd_start(devices[0], "g", devices[2], devices[4], NULL);
    for (size_t i = 1; i < 6; i += 2) {
        crowd_listen(devices[i], "g");
        crowd_forget(devices[i]);
    }
    for (size_t sender = 0; sender < 6; sender++) {
        crowd_say(devices[sender], "g", "hello");
        for (size_t i = 0; i < 6; i++) {
            const struct message *m = crowd_hear(devices[i], "g", users[sender], "hello");

            if (i == 0)
                snprintf(id, sizeof id, "%s", talk_id(m));
            assert_string_equal(talk_id(m), id);
            assert_int_equal(m->qos, 1);
            assert_false(m->retain);
        }
    }
    for (size_t i = 0; i < 6; i++)
        talk_nothing(devices[i], "*");
    for (size_t i = 0; i < 6; i++)
        crowd_deaf(devices[i], "g");
}

static void demand(const struct message *m, const char *name, const char *value)
{
    const char *found = message_property(m, name);

    if (found == NULL || strcmp(found, value) != 0)
        fail_msg("\"%s\" is \"%s\" instead of \"%s\"", name, found ? found : "(none)", value);
}

static void its_properties_tell_what_the_topic_tells_and_more(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const struct message *m;
    char first[17];

    crowd_start(alice, "g", bob, NULL);
    crowd_say(alice, "g", "first");
    m = crowd_hear(bob, "g", "alice", "first");
    snprintf(first, sizeof first, "%s", talk_id(m));
    demand(m, "id", first);
    demand(m, "from", "alice");
    demand(m, "group", "g");
    demand(m, "kind", "text");
    assert_non_null(message_property(m, "time"));
    assert_null(message_property(m, "to"));
    assert_null(message_property(m, "msgid"));
    assert_null(message_property(m, "prev"));
    assert_int_equal(m->payload_format, 1);

    client_send_with(bob, "bc/group/g", "https://example.org", "msgid", "m-1", "reply-to", first,
        "from", "alice", "id", "0123456789abcdef", NULL);
    for (int i = 0; i < 2; i++) {
        m = crowd_hear(i == 0 ? alice : bob, "g", "bob", "https://example.org");
        demand(m, "kind", "link");
        demand(m, "from", "bob");
        demand(m, "id", talk_id(m));
        demand(m, "msgid", "m-1");
        demand(m, "reply-to", first);
        demand(m, "prev", first);
        assert_int_equal(m->property_count, 8);
    }
}

static void prev_names_the_groups_preceding_message_visible_or_not(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char hidden[17];

    crowd_start(alice, "g", bob, carol, NULL);
    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    crowd_say(bob, "g", "hidden from carol");
    snprintf(
        hidden, sizeof hidden, "%s", talk_id(crowd_hear(alice, "g", "bob", "hidden from carol")));
    crowd_say(alice, "g", "for all");
    demand(crowd_hear(carol, "g", "alice", "for all"), "prev", hidden);
    demand(crowd_hear(bob, "g", "alice", "for all"), "prev", hidden);
}

static void all_members_see_the_same_order(void **state)
{
    enum {
        EACH = 40
    };
    struct broker *b = *state = talk_broker();
    struct client *all[] = { client_login(b, "alice"), crowd_login(b, "bob", 4),
        client_login(b, "carol") };
    char order[3 * EACH][17];

    crowd_start(all[0], "g", all[1], all[2], NULL);
    for (int i = 0; i < EACH; i++) {
        for (int j = 0; j < 3; j++)
            client_publish_nowait(all[j], "bc/group/g", "x", 1, 1, false, NULL);
    }
    for (int j = 0; j < 3; j++) {
        for (int i = 0; i < 3 * EACH; i++) {
            const char *id =
                talk_id(client_expect(all[j], "bc/group/g/messages/*", CLIENT_WAIT_MS));

            if (j == 0)
                snprintf(order[i], sizeof order[i], "%s", id);
            assert_string_equal(order[i], id);
            assert_true(i == 0 || strcmp(order[i - 1], id) < 0);
        }
    }
}

static void a_repeat_is_echoed_to_its_sender_and_to_nobody_else(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = crowd_login(b, "bob", 4);
    const struct message *m;
    const cJSON *sent;
    char before[17];
    char id[17];

    crowd_start(alice, "g", bob, NULL);
    crowd_say(alice, "g", "before");
    snprintf(before, sizeof before, "%s", talk_id(crowd_hear(alice, "g", "alice", "before")));
    crowd_hear(bob, "g", "alice", "before");
    for (int round = 0; round < 3; round++) {
        assert_int_equal(
            client_send_with(alice, "bc/group/g", "once", "msgid", "m-1", NULL), TALK_ACCEPTED);
        m = crowd_hear(alice, "g", "alice", "once");
        demand(m, "msgid", "m-1");
        demand(m, "prev", before);
        if (round == 0) {
            snprintf(id, sizeof id, "%s", talk_id(m));
            crowd_hear(bob, "g", "alice", "once");
        }
        assert_string_equal(talk_id(m), id);
        crowd_deaf(bob, "g");
    }
    sent = talk_ok(alice, "send", "{\"group\":\"g\",\"payload\":\"once\",\"msgid\":\"m-1\"}");
    talk_is(sent, "id", id);
    crowd_deaf(bob, "g");
    crowd_hear(alice, "g", "alice", "once");
    crowd_deaf(alice, "g");
    crowd_history(alice, "g", "before:sent once:sent");
    /* Another sender's msgids are others. */
    talk_ok(bob, "send", "{\"group\":\"g\",\"payload\":\"mine\",\"msgid\":\"m-1\"}");
    crowd_hear(alice, "g", "bob", "mine");
}

static void a_msgid_is_of_one_message_of_its_sender_wherever_it_went(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_start(alice, "g", bob, NULL);
    talk_ok(alice, "create-group", "{\"group\":\"bob\"}");
    talk_ok(alice, "send", "{\"group\":\"g\",\"payload\":\"x\",\"msgid\":\"m-1\"}");
    talk_no(alice, "bad-request", "send", "{\"group\":\"g\",\"payload\":\"y\",\"msgid\":\"m-1\"}");
    talk_no(
        alice, "bad-request", "send", "{\"group\":\"bob\",\"payload\":\"x\",\"msgid\":\"m-1\"}");
    talk_no(alice, "bad-request", "send", "{\"user\":\"bob\",\"payload\":\"x\",\"msgid\":\"m-1\"}");
    assert_int_equal(
        client_send_with(alice, "bc/user/bob", "x", "msgid", "m-1", NULL), TALK_REFUSED);
    talk_error(alice, "bc/user/bob", "bad-request", "m-1");
    talk_ok(alice, "send", "{\"user\":\"bob\",\"payload\":\"x\",\"msgid\":\"m-2\"}");
    talk_no(
        alice, "bad-request", "send", "{\"group\":\"bob\",\"payload\":\"x\",\"msgid\":\"m-2\"}");
    assert_int_equal(
        client_send_with(alice, "bc/group/bob", "x", "msgid", "m-2", NULL), TALK_REFUSED);
    talk_error(alice, "bc/group/bob", "bad-request", "m-2");
    crowd_history(alice, "g", "x:sent");
    crowd_history(alice, "bob", "");
    talk_history(alice, "bob", "x:sent");
}

static void the_command_send_answers_with_the_id(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = crowd_login(b, "alice", 4);
    struct client *bob = client_login(b, "bob");
    const struct message *m;
    const cJSON *sent;

    crowd_start(alice, "g", bob, NULL);
    sent = talk_ok(alice, "send",
        "{\"group\":\"g\",\"payload-base64\":\"aGVsbG8=\",\"msgid\":\"m-1\","
        "\"content-type\":\"text/plain\"}");
    m = crowd_hear(bob, "g", "alice", "hello");
    talk_is(sent, "id", talk_id(m));
    assert_string_equal(m->content_type, "text/plain");
    demand(m, "msgid", "m-1");
    crowd_hear(alice, "g", "alice", "hello");
    talk_is(
        talk_item(talk_ok(alice, "history", "{\"group\":\"g\"}"), "messages", 0), "msgid", "m-1");
    assert_false(
        talk_has(talk_item(talk_ok(bob, "history", "{\"group\":\"g\"}"), "messages", 0), "msgid"));
}

static void typing_shows_to_members_only(void **state)
{
    char large[66];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = crowd_login(b, "bob", 4);
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", bob, NULL);
    assert_true(crowd_sees_typing(alice, bob, "g"));
    assert_true(crowd_sees_typing(bob, alice, "g"));
    assert_false(crowd_sees_typing(carol, alice, "g"));
    assert_false(crowd_sees_typing(alice, carol, "g"));
    assert_false(crowd_sees_typing(carol, alice, "nothing"));
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    assert_false(crowd_sees_typing(alice, bob, "g"));
    assert_true(crowd_sees_typing(bob, alice, "g"));
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    assert_true(crowd_sees_typing(alice, bob, "g"));
    memset(large, '.', 65);
    large[65] = '\0';
    crowd_forget(bob);
    assert_int_equal(client_send(alice, "bc/group/g/typing", large), TALK_ACCEPTED);
    talk_settle(bob);
    assert_int_equal(client_count(bob, "bc/group/g/typing/*"), 0);
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    assert_false(crowd_sees_typing(bob, alice, "g"));
    assert_false(crowd_sees_typing(alice, bob, "g"));
    crowd_history(alice, "g", "");
}

static void kinds_and_sizes_are_those_of_all_messages(void **state)
{
    static const char *const options[] = { "kinds link", "message_max_bytes 100", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char large[102];

    memset(large, 'x', 101);
    large[101] = '\0';
    crowd_start(alice, "g", bob, NULL);
    talk_refused(alice, "bc/group/g", "words", "kind-not-allowed");
    talk_refused(alice, "bc/group/g", "", "empty-message");
    talk_refused(alice, "bc/group/g", large, "too-large");
    talk_no(alice, "kind-not-allowed", "send", "{\"group\":\"g\",\"payload\":\"words\"}");
    /* What holds for strangers holds for no group. */
    crowd_say(alice, "g", "https://example.org");
    crowd_hear(bob, "g", "alice", "https://example.org");
    crowd_hear(alice, "g", "alice", "https://example.org");
    crowd_deaf(alice, "g");
    crowd_deaf(bob, "g");
}

static void to_others_a_group_is_as_one_that_does_not_exist(void **state)
{
    static const struct {
        const char *command;
        const char *rest;
    } rows[] = {
        { "send", ",\"payload\":\"x\"" },
        { "send", ",\"payload\":\"\\u0001\"" },
        { "approve", "" },
        { "decline", "" },
        { "history", "" },
        { "members", "" },
        { "leave", "" },
        { "invite", ",\"user\":\"dave\"" },
        { "remove-member", ",\"user\":\"bob\"" },
        { "remove-member", ",\"user\":\"carol\"" },
        { "set-role", ",\"user\":\"bob\",\"role\":\"admin\"" },
        { "rename-group", ",\"title\":\"x\"" },
    };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", bob, NULL);
    crowd_start(alice, "c", NULL);
    talk_ok(alice, "leave", "{\"group\":\"c\"}");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static const char *const groups[] = { "x", "g", "c" };
        char *first = NULL;

        for (size_t j = 0; j < 3; j++) {
            char *text = cJSON_PrintUnformatted(
                talk_ask(carol, rows[i].command, "{\"group\":\"%s\"%s}", groups[j], rows[i].rest));

            assert_non_null(text);
            if (first == NULL)
                first = strdup(text);
            assert_string_equal(text, first);
            free(text);
        }
        free(first);
    }
    talk_refused(carol, "bc/group/g", "x", "not-a-member");
    talk_refused(carol, "bc/group/x", "x", "not-a-member");
    assert_int_equal(client_subscribe(carol, "bc/group/x/#", 1), TALK_REFUSED);
    assert_int_equal(client_subscribe(carol, "bc/group/g/#", 1), TALK_REFUSED);
    talk_nothing(carol, "*");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_message_reaches_every_device_once_and_its_sender_too),
        TEST(its_properties_tell_what_the_topic_tells_and_more),
        TEST(prev_names_the_groups_preceding_message_visible_or_not),
        TEST(all_members_see_the_same_order),
        TEST(a_repeat_is_echoed_to_its_sender_and_to_nobody_else),
        TEST(a_msgid_is_of_one_message_of_its_sender_wherever_it_went),
        TEST(the_command_send_answers_with_the_id),
        TEST(typing_shows_to_members_only),
        TEST(kinds_and_sizes_are_those_of_all_messages),
        TEST(to_others_a_group_is_as_one_that_does_not_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
