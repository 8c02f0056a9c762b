/* Reactions: what both sides see, what is kept from whom, and pages with many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define MANY 60

/* The id of the last message of ${c}'s conversation with ${other}. */
static const char *last_id(struct client *c, const char *other)
{
    return answer_string(
        talk_item(talk_ok(c, "history", "{\"user\":\"%s\",\"limit\":1}", other), "messages", 0),
        "id");
}

static void react(struct client *c, const char *id, const char *emoji)
{
    if (emoji != NULL)
        talk_ok(c, "react", "{\"id\":\"%s\",\"emoji\":\"%s\"}", id, emoji);
    else
        talk_ok(c, "react", "{\"id\":\"%s\"}", id);
}

/* Demand that the message ${id} has ${wanted} as its reactions for ${c}, NULL for none. */
static void has(struct client *c, const char *id, const char *wanted)
{
    const cJSON *message =
        cJSON_GetObjectItemCaseSensitive(talk_ok(c, "get", "{\"id\":\"%s\"}", id), "message");
    const cJSON *reactions = cJSON_GetObjectItemCaseSensitive(message, "reactions");
    char *text = reactions != NULL ? cJSON_PrintUnformatted(reactions) : NULL;

    if (wanted == NULL)
        assert_null(text);
    else
        assert_string_equal(text, wanted);
    free(text);
}

/* Alice and bob have each other as contacts, and alice has written: *${id} is to be freed. */
static void befriend(struct broker *b, struct client **alice, struct client **bob, char id[17])
{
    *alice = client_login(b, "alice");
    *bob = client_login(b, "bob");
    talk_ok(*bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(*alice, "add-contact", "{\"user\":\"bob\"}");
    talk_send(*alice, "bob", "hello");
    snprintf(id, 17, "%s", talk_id(talk_get_text(*bob, "inbox", "alice", "hello")));
}

static void both_see_it_live_and_later(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice;
    struct client *bob;
    const cJSON *event;
    const cJSON *answer;
    char id[17];

    befriend(b, &alice, &bob, id);
    react(bob, id, "\\ud83d\\udc4d");
    event = talk_event(alice, "reaction");
    talk_is(event, "by", "bob");
    talk_is(event, "user", "bob");
    talk_is(event, "message", id);
    talk_is(event, "emoji", "\xF0\x9F\x91\x8D");
    assert_int_equal(cJSON_GetArraySize(event), 6);
    event = talk_event(bob, "reaction");
    talk_is(event, "by", "bob");
    talk_is(event, "user", "alice");
    has(alice, id, "[{\"emoji\":\"\xF0\x9F\x91\x8D\",\"by\":[\"bob\"],\"count\":1}]");
    react(bob, id, "\\ud83d\\udc4d"); /* the same is nothing new */
    talk_nothing(alice, "events/reaction");
    react(alice, id, "+1");
    has(bob, id,
        "[{\"emoji\":\"\xF0\x9F\x91\x8D\",\"by\":[\"bob\"],\"count\":1},"
        "{\"emoji\":\"+1\",\"by\":[\"alice\"],\"count\":1}]");
    react(bob, id, "+1");
    has(bob, id, "[{\"emoji\":\"+1\",\"by\":[\"alice\",\"bob\"],\"count\":2}]");
    answer = talk_ok(bob, "history", "{\"user\":\"alice\"}");
    assert_int_equal(talk_count(talk_item(answer, "messages", 0), "reactions"), 1);
    broker_kill(b);
    broker_restart(b);
    bob = client_login(b, "bob");
    alice = client_login(b, "alice");
    has(bob, id, "[{\"emoji\":\"+1\",\"by\":[\"alice\",\"bob\"],\"count\":2}]");
    react(bob, id, NULL);
    react(alice, id, NULL);
    has(alice, id, NULL);
    answer = talk_ok(alice, "sync", "{}");
    event = talk_item(answer, "items", talk_count(answer, "items") - 1);
    talk_is(event, "event", "reaction");
    talk_is(event, "by", "alice");
    assert_false(talk_has(event, "emoji"));
}

static void it_is_never_unread_nor_last_nor_counted(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice;
    struct client *bob;
    const cJSON *row;
    char id[17];

    befriend(b, &alice, &bob, id);
    react(bob, id, "+1");
    row = talk_item(talk_ok(alice, "conversations", "{}"), "conversations", 0);
    assert_int_equal(answer_number(row, "unread"), 0);
    talk_is(cJSON_GetObjectItemCaseSensitive(row, "last"), "id", id);
    assert_int_equal(talk_count(talk_ok(alice, "requests", "{}"), "requests"), 0);
}

static void what_one_may_not_react_to(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice;
    struct client *bob;
    struct client *carol = client_login(b, "carol");
    char id[17];
    char held[17];

    befriend(b, &alice, &bob, id);
    talk_no(carol, "no-such-message", "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", id);
    talk_no(bob, "no-such-message", "react", "{\"id\":\"0000000000000001\",\"emoji\":\"+1\"}");
    talk_no(bob, "bad-request", "react", "{\"emoji\":\"+1\"}");
    talk_no(bob, "bad-request", "react", "{\"id\":\"%s\",\"emoji\":\"\"}", id);
    talk_no(bob, "bad-request", "react", "{\"id\":\"%s\",\"emoji\":7}", id);
    talk_no(bob, "bad-request", "react", "{\"id\":\"%s\",\"emoji\":\"%033d\"}", id, 0);
    talk_no(bob, "bad-request", "react", "{\"id\":\"%s\",\"emoji\":\"a\\u0007\"}", id);
    talk_ok(bob, "react", "{\"id\":\"%s\",\"emoji\":\"%032d\"}", id, 0);

    /* Neither to what is held, nor while one waits oneself, nor to what was declined. */
    talk_send(carol, "bob", "who are you?");
    snprintf(held, sizeof held, "%s", talk_id(talk_get(bob, "requests", "carol")));
    talk_no(bob, "not-possible", "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", held);
    talk_no(carol, "not-possible", "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", held);
    talk_ok(bob, "decline", "{\"user\":\"carol\"}");
    talk_no(bob, "no-such-message", "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", held);
    talk_no(carol, "not-possible", "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", held);
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_no(bob, "not-possible", "react", "{\"id\":\"%s\",\"emoji\":\"-1\"}", id);
    talk_nothing(carol, "events/reaction");
}

/* To whom a message would be kept from, a reaction is for ever; and who reacts sees no difference.
 */
static void a_block_keeps_what_was_shown_as_it_was(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice;
    struct client *bob;
    char id[17];

    befriend(b, &alice, &bob, id);
    react(bob, id, "+1");
    talk_event(alice, "reaction");
    talk_event(bob, "reaction");
    talk_ok(alice, "block", "{\"user\":\"bob\"}");
    react(bob, id, "-1");
    talk_is(talk_event(bob, "reaction"), "emoji", "-1");
    has(bob, id, "[{\"emoji\":\"-1\",\"by\":[\"bob\"],\"count\":1}]");
    has(alice, id, "[{\"emoji\":\"+1\",\"by\":[\"bob\"],\"count\":1}]");
    react(bob, id, NULL);
    has(bob, id, NULL);
    talk_ok(alice, "unblock", "{\"user\":\"bob\"}");
    has(alice, id, "[{\"emoji\":\"+1\",\"by\":[\"bob\"],\"count\":1}]");
    talk_nothing(alice, "events/reaction");
    react(bob, id, "*");
    has(alice, id, "[{\"emoji\":\"*\",\"by\":[\"bob\"],\"count\":1}]");

    /* The same of who is a stranger again. */
    talk_ok(alice, "remove-contact", "{\"user\":\"bob\"}");
    react(bob, id, "+2");
    has(bob, id, "[{\"emoji\":\"+2\",\"by\":[\"bob\"],\"count\":1}]");
    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    has(alice, id, "[{\"emoji\":\"*\",\"by\":[\"bob\"],\"count\":1}]");
}

static void members_see_those_of_members(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    const cJSON *event;
    char id[17];

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(carol, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(alice, "create-group", "{\"group\":\"choir\",\"users\":[\"bob\",\"carol\"]}");
    client_subscribe(carol, "bc/group/choir/#", 1);
    snprintf(id, sizeof id, "%s",
        answer_string(talk_ok(alice, "send", "{\"group\":\"choir\",\"payload\":\"la\"}"), "id"));
    react(bob, id, "+1");
    event =
        talk_json(carol, client_expect(carol, "bc/group/choir/events/reaction", CLIENT_WAIT_MS));
    talk_is(event, "by", "bob");
    talk_is(event, "group", "choir");
    talk_is(event, "message", id);
    assert_int_equal(cJSON_GetArraySize(event), 6);
    has(carol, id, "[{\"emoji\":\"+1\",\"by\":[\"bob\"],\"count\":1}]");
    /* Whom one has blocked is not seen, and goes on to be seen by others. */
    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    react(bob, id, "-1");
    has(alice, id, "[{\"emoji\":\"-1\",\"by\":[\"bob\"],\"count\":1}]");
    has(carol, id, "[{\"emoji\":\"+1\",\"by\":[\"bob\"],\"count\":1}]");
    /* Who has left sees what was there, and reacts no more. */
    talk_ok(carol, "unblock", "{\"user\":\"bob\"}");
    talk_ok(carol, "leave", "{\"group\":\"choir\"}");
    react(alice, id, "+1");
    has(carol, id, "[{\"emoji\":\"+1\",\"by\":[\"bob\"],\"count\":1}]");
    talk_no(carol, "not-a-member", "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", id);
}

static void many_are_counted_and_fifty_named(void **state)
{
    static char names[MANY][8];
    const char *users[MANY + 1] = { NULL };
    struct broker *b;
    struct client *owner;
    const cJSON *message;
    const cJSON *reaction;
    char id[17];

    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "u%02d", i);
        users[i] = names[i];
    }
    b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = talk_unhurried, .users = users });
    owner = client_login(b, "u00");
    talk_ok(owner, "create-group", "{\"group\":\"g\"}");
    for (int i = 1; i < MANY; i++) {
        struct client *c = client_connect(b, &(struct client_options){ .user = users[i] });

        talk_ok(c, "add-contact", "{\"user\":\"u00\"}");
        talk_ok(owner, "invite", "{\"group\":\"g\",\"user\":\"%s\"}", users[i]);
        client_free(c);
    }
    snprintf(id, sizeof id, "%s",
        answer_string(talk_ok(owner, "send", "{\"group\":\"g\",\"payload\":\"la\"}"), "id"));
    for (int i = 0; i < MANY; i++) {
        struct client *c = client_connect(b, &(struct client_options){ .user = users[i] });

        react(c, id, i == 7 ? "7" : "+1");
        client_free(c);
    }
    message = talk_item(talk_ok(owner, "history", "{\"group\":\"g\"}"), "messages", 0);
    assert_int_equal(talk_count(message, "reactions"), 2);
    reaction = talk_item(message, "reactions", 0);
    assert_int_equal(answer_number(reaction, "count"), MANY - 1);
    assert_int_equal(talk_count(reaction, "by"), 50);
    assert_false(talk_has(message, "reactions-omitted"));
    /* They are the first that a small page does without. */
    message =
        talk_item(talk_ok(owner, "history", "{\"group\":\"g\",\"max-bytes\":512}"), "messages", 0);
    talk_is(message, "payload", "la");
    assert_true(talk_has(message, "reactions-omitted"));
    assert_false(talk_has(message, "reactions"));
}

static void a_reaction_costs_what_a_message_does(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 6", "moderators carol",
        NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    char id[17];

    talk_send(alice, "alice", "note");
    snprintf(id, sizeof id, "%s", last_id(alice, "alice"));
    react(alice, id, "1");
    react(alice, id, "2");
    talk_no(alice, "no-such-message", "react", "{\"id\":\"0000000000000001\"}");
    talk_no(alice, "bad-request", "react", "{\"id\":\"%s\",\"emoji\":\"\"}", id);
    talk_no(alice, "rate-limit", "react", "{\"id\":\"%s\",\"emoji\":\"3\"}", id);
    talk_ok(client_login(b, "carol"), "suspend", "{\"user\":\"bob\",\"days\":1}");
    talk_no(client_login(b, "bob"), "suspended", "react", "{\"id\":\"%s\",\"emoji\":\"3\"}", id);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(both_see_it_live_and_later),
        TEST(it_is_never_unread_nor_last_nor_counted),
        TEST(what_one_may_not_react_to),
        TEST(a_block_keeps_what_was_shown_as_it_was),
        TEST(members_see_those_of_members),
        TEST(many_are_counted_and_fifty_named),
        TEST(a_reaction_costs_what_a_message_does),
    };

    return cmocka_run_group_tests_name("react", tests, NULL, NULL);
}
