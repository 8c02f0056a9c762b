/* Forwarding: a copy goes on, marked, by the rule; where it is from is not shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

/* The message that alice has sent, with all its metadata, to ${to}; its id into ${id}. */
static void write_original(struct client *alice, const char *to, char id[17])
{
    snprintf(id, 17, "%s",
        answer_string(talk_ok(alice, "send",
                          "{\"user\":\"%s\",\"payload\":\"# minutes\",\"msgid\":\"m-%s\","
                          "\"reply-to\":\"0123456789abcdef\",\"content-type\":\"text/markdown\"}",
                          to, to),
            "id"));
    talk_get_text(alice, "sent", to, "# minutes");
}

/* Forward ${id} to the user or group ${to}, and return the copy's id, which is the client's. */
static const char *forward(struct client *c, const char *id, const char *what, const char *to)
{
    return answer_string(
        talk_ok(c, "forward", "{\"id\":\"%s\",\"%s\":\"%s\"}", id, what, to), "id");
}

/* Demand that the copy says nothing but what a new message of its sender would, and its mark. */
static void demand_copy(const struct message *m, const char *id, const char *names)
{
    char found[256] = "";

    assert_string_equal(m->payload, "# minutes");
    assert_string_equal(talk_id(m), id);
    assert_string_equal(m->content_type, "text/markdown");
    assert_string_equal(message_property(m, "forwarded"), "1");
    for (size_t i = 0; i < m->property_count; i++)
        snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i > 0 ? " " : "",
            m->properties[i].name);
    assert_string_equal(found, names);
}

static void a_copy_goes_on_marked_and_without_a_trace_of_its_origin(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    const cJSON *m;
    char original[17];
    char copy[17];

    talk_ok(carol, "add-contact", "{\"user\":\"bob\"}");
    write_original(alice, "bob", original);
    snprintf(copy, sizeof copy, "%s", forward(bob, original, "user", "carol"));
    assert_string_not_equal(copy, original);
    demand_copy(talk_get(bob, "sent", "carol"), copy, "id from to time kind forwarded");
    demand_copy(talk_get(carol, "inbox", "bob"), copy, "id from to time kind forwarded");
    for (int i = 0; i < 2; i++) {
        m = talk_item(talk_ok(i ? carol : bob, "history", "{\"user\":\"%s\"}", i ? "bob" : "carol"),
            "messages", 0);
        talk_is(m, "id", copy);
        talk_is(m, "from", "bob");
        talk_is(m, "payload", "# minutes");
        talk_is(m, "content-type", "text/markdown");
        assert_true(cJSON_IsTrue(cJSON_GetObjectItem(m, "forwarded")));
        assert_int_equal(cJSON_GetArraySize(m), 9);
    }
    /* The original is as it was, and a copy can be forwarded in turn. */
    m = cJSON_GetObjectItem(talk_ok(bob, "get", "{\"id\":\"%s\"}", original), "message");
    assert_false(talk_has(m, "forwarded"));
    snprintf(original, sizeof original, "%s", forward(carol, copy, "user", "carol"));
    demand_copy(talk_get(carol, "sent", "carol"), original, "id from to time kind forwarded");
}

static void a_group_gets_copies_and_they_come_out_of_groups(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *dave = client_login(b, "dave");
    char original[17];
    char copy[17];

    crowd_start(alice, "g", bob, NULL);
    write_original(alice, "alice", original);
    snprintf(copy, sizeof copy, "%s", forward(alice, original, "group", "g"));
    demand_copy(
        crowd_hear(bob, "g", "alice", "# minutes"), copy, "id from group time kind forwarded");
    crowd_hear(alice, "g", "alice", "# minutes");
    forward(bob, copy, "user", "bob");
    talk_get_text(bob, "sent", "bob", "# minutes");
    talk_no(dave, "no-such-message", "forward", "{\"id\":\"%s\",\"user\":\"dave\"}", copy);
    talk_ok(dave, "send", "{\"user\":\"dave\",\"payload\":\"mine\"}");
    talk_no(dave, "not-a-member", "forward", "{\"id\":\"%s\",\"group\":\"g\"}",
        talk_id(talk_get(dave, "sent", "dave")));
}

static void what_one_cannot_see_cannot_be_forwarded(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char held[17];
    char swallowed[17];

    write_original(alice, "bob", held);
    talk_ok(carol, "block", "{\"user\":\"alice\"}");
    write_original(alice, "carol", swallowed);
    forward(alice, swallowed, "user", "alice");
    forward(bob, held, "user", "bob");
    talk_no(carol, "no-such-message", "forward", "{\"id\":\"%s\",\"user\":\"carol\"}", held);
    talk_no(carol, "no-such-message", "forward", "{\"id\":\"%s\",\"user\":\"carol\"}", swallowed);
    talk_no(
        carol, "no-such-message", "forward", "{\"id\":\"0000000000000000\",\"user\":\"carol\"}");
    talk_history(carol, "carol", "");
    talk_no(bob, "bad-request", "forward", "{\"user\":\"bob\"}");
    talk_no(bob, "bad-request", "forward", "{\"id\":\"x\",\"user\":\"bob\"}");
    talk_no(bob, "bad-request", "forward", "{\"id\":\"%s\"}", held);
    talk_no(
        bob, "bad-request", "forward", "{\"id\":\"%s\",\"user\":\"bob\",\"group\":\"g\"}", held);
    talk_no(bob, "bad-name", "forward", "{\"id\":\"%s\",\"user\":\"a/b\"}", held);
}

static void the_rule_applies_to_copies_as_to_any_message(void **state)
{
    static const char *const options[] = { "rate_per_minute 1000000", "rate_burst 1000000",
        "kinds text,link,binary", "request_max_messages 2", "request_max_bytes 40", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char text[17];
    char binary[17];
    char large[17];

    snprintf(text, sizeof text, "%s",
        answer_string(talk_ok(alice, "send", "{\"user\":\"alice\",\"payload\":\"one\"}"), "id"));
    snprintf(binary, sizeof binary, "%s",
        answer_string(
            talk_ok(alice, "send", "{\"user\":\"alice\",\"payload-base64\":\"AAEC\"}"), "id"));
    snprintf(large, sizeof large, "%s",
        answer_string(
            talk_ok(alice, "send", "{\"user\":\"alice\",\"payload\":\"%050d\"}", 0), "id"));
    talk_no(alice, "kind-not-allowed", "forward", "{\"id\":\"%s\",\"user\":\"bob\"}", binary);
    talk_no(alice, "request-limit", "forward", "{\"id\":\"%s\",\"user\":\"bob\"}", large);
    forward(alice, text, "user", "bob");
    forward(alice, text, "user", "bob");
    talk_no(alice, "request-limit", "forward", "{\"id\":\"%s\",\"user\":\"bob\"}", text);
    talk_get_text(bob, "requests", "alice", "one");
    talk_list(bob, "requests", "alice");
    /* Forwarding to someone is writing to them. */
    forward(bob, talk_id(talk_get(bob, "requests", "alice")), "user", "alice");
    talk_list(bob, "contacts", "alice");
    talk_event(alice, "contact");
    talk_get_text(alice, "inbox", "bob", "one");
    talk_get_text(bob, "inbox", "alice", "one");
    forward(alice, binary, "user", "bob");
    forward(alice, large, "user", "bob");
    talk_ok(alice, "block", "{\"user\":\"carol\"}");
    talk_no(alice, "not-possible", "forward", "{\"id\":\"%s\",\"user\":\"carol\"}", text);
    talk_nothing(carol, "requests");
}

static void forwarding_is_rated_as_sending_is(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 4", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    char id[17];

    write_original(alice, "alice", id);
    forward(alice, id, "user", "alice");
    talk_no(alice, "no-such-message", "forward", "{\"id\":\"%016d\",\"user\":\"alice\"}", 1);
    talk_no(alice, "bad-request", "forward", "{\"id\":\"%s\"}", id);
    talk_no(alice, "rate-limit", "forward", "{\"id\":\"%s\",\"user\":\"alice\"}", id);
    talk_no(alice, "rate-limit", "forward", "{\"id\":\"%016d\",\"user\":\"alice\"}", 1);
}

/* The copy is stored with the conversation that it moves to the inbox, and after a kill. */
static void a_copy_is_as_durable_as_a_message(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const cJSON *m;
    char id[17];

    write_original(alice, "bob", id);
    forward(bob, id, "user", "alice");
    broker_kill(b);
    broker_restart(b);
    alice = client_login(b, "alice");
    talk_history(alice, "bob", "# minutes:sent # minutes:inbox");
    m = talk_item(talk_ok(alice, "history", "{\"user\":\"bob\",\"limit\":1}"), "messages", 0);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(m, "forwarded")));
    talk_is(m, "content-type", "text/markdown");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_copy_goes_on_marked_and_without_a_trace_of_its_origin),
        TEST(a_group_gets_copies_and_they_come_out_of_groups),
        TEST(what_one_cannot_see_cannot_be_forwarded),
        TEST(the_rule_applies_to_copies_as_to_any_message),
        TEST(forwarding_is_rated_as_sending_is),
        TEST(a_copy_is_as_durable_as_a_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
