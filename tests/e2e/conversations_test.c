/* The command conversations: newest first, with what was said last and what is unread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"
#include "crowd.h"

#define WORDS 1024

static void add_words(char words[WORDS], const cJSON *answer)
{
    for (size_t i = 0; i < talk_count(answer, "conversations"); i++) {
        const cJSON *row = talk_item(answer, "conversations", i);
        const cJSON *last = cJSON_GetObjectItemCaseSensitive(row, "last");
        size_t len = strlen(words);

        snprintf(words + len, WORDS - len, "%s%s:%s:%s:%d", len > 0 ? " " : "",
            answer_string(row, talk_has(row, "user") ? "user" : "group"),
            answer_string(last, "payload"), answer_string(last, "state"),
            (int)answer_number(row, "unread"));
        assert_true(talk_has(row, "user") != talk_has(row, "title"));
    }
}

/* Demand "<user or group>:<last payload>:<its state>:<unread>" for each, in pages of any size. */
static void expect(struct client *c, const char *words)
{
    for (int limit = 1; limit < 60; limit += 7) {
        char is[WORDS] = "";
        char before[17] = "ffffffffffffffff";
        bool more = true;

        while (more) {
            const cJSON *answer =
                talk_ok(c, "conversations", "{\"limit\":%d,\"before\":\"%s\"}", limit, before);

            add_words(is, answer);
            more = talk_has(answer, "more");
            if (more) {
                snprintf(before, sizeof(before), "%s", answer_string(answer, "before"));
            }
        }
        assert_string_equal(is, words);
    }
}

static void the_newest_is_first_and_requests_are_not_there(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    expect(bob, "");
    talk_send(alice, "bob", "one");
    expect(bob, "");
    expect(alice, "bob:one:sent:0");
    talk_send(bob, "carol", "two");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    expect(bob, "carol:two:sent:0 alice:one:inbox:1");
    talk_send(carol, "bob", "three");
    talk_send(carol, "bob", "four");
    talk_send(bob, "bob", "note");
    expect(bob, "bob:note:sent:0 carol:four:inbox:2 alice:one:inbox:1");
    talk_send(alice, "bob", "five");
    talk_send(alice, "bob", "six");
    expect(bob, "alice:six:inbox:3 bob:note:sent:0 carol:four:inbox:2");
    talk_ok(bob, "remove-contact", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "held");
    expect(bob, "alice:six:inbox:3 bob:note:sent:0 carol:four:inbox:2");
    talk_send(carol, "bob", "seven");
    talk_ok(bob, "decline", "{\"user\":\"alice\"}");
    expect(bob, "carol:seven:inbox:3 alice:six:inbox:3 bob:note:sent:0");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    expect(bob, "carol:seven:inbox:3 alice:held:inbox:4 bob:note:sent:0");
    talk_ok(bob, "block", "{\"user\":\"carol\"}");
    talk_send(carol, "bob", "swallowed");
    expect(bob, "carol:seven:inbox:3 alice:held:inbox:4 bob:note:sent:0");
    expect(carol, "bob:swallowed:sent:1");
}

static void what_is_unread_follows_the_marker(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const cJSON *answer;
    char id[17];

    crowd_know(bob, alice);
    talk_send(alice, "bob", "one");
    talk_send(alice, "bob", "two");
    snprintf(id, sizeof(id), "%s", talk_id(talk_get_text(bob, "inbox", "alice", "one")));
    talk_send(bob, "alice", "three");
    expect(bob, "alice:three:sent:2");
    answer = talk_ok(bob, "conversations", "{}");
    assert_false(talk_has(talk_item(answer, "conversations", 0), "read"));
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", id);
    expect(bob, "alice:three:sent:1");
    answer = talk_ok(bob, "conversations", "{}");
    talk_is(talk_item(answer, "conversations", 0), "read", id);
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"ffffffffffffffff\"}");
    expect(bob, "alice:three:sent:0");
    for (int i = 0; i < 1010; i++) {
        talk_send(alice, "bob", "more");
    }
    expect(bob, "alice:more:inbox:999");
}

static void groups_stand_among_them_and_stay_where_they_were_left(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_know(bob, alice);
    crowd_start(alice, "g", bob, carol, NULL);
    crowd_start(alice, "h", bob, NULL);
    expect(bob, "");
    crowd_say(alice, "g", "one");
    talk_send(alice, "bob", "two");
    crowd_say(bob, "h", "three");
    expect(bob, "h:three:sent:0 alice:two:inbox:1 g:one:group:1");
    talk_ok(bob, "block", "{\"user\":\"carol\"}");
    crowd_say(carol, "g", "hidden");
    expect(bob, "h:three:sent:0 alice:two:inbox:1 g:one:group:1");
    crowd_say(alice, "g", "four");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    crowd_say(alice, "g", "gone");
    expect(bob, "g:four:group:2 h:three:sent:0 alice:two:inbox:1");
    talk_send(alice, "bob", "five");
    talk_ok(bob, "mark", "{\"group\":\"g\",\"read\":\"ffffffffffffffff\"}");
    expect(bob, "alice:five:inbox:2 g:four:group:0 h:three:sent:0");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    expect(bob, "alice:five:inbox:2 g:four:group:0 h:three:sent:0");
    crowd_say(alice, "g", "six");
    expect(bob, "g:six:group:1 alice:five:inbox:2 h:three:sent:0");
}

static void what_new_members_may_read_is_not_unread(void **state)
{
    static const char *const options[] = { "history_for_new_members all", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_start(alice, "g", NULL);
    crowd_say(alice, "g", "one");
    crowd_know(bob, alice);
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    expect(bob, "g:one:group:0");
    crowd_say(alice, "g", "two");
    expect(bob, "g:two:group:1");
}

static void a_group_that_was_left_stays_for_what_was_said_before_one_came(void **state)
{
    static const char *const options[] = { "history_for_new_members all", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_know(bob, alice);
    crowd_start(alice, "empty", bob, NULL);
    crowd_start(alice, "g", NULL);
    crowd_say(alice, "g", "one");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_ok(bob, "leave", "{\"group\":\"empty\"}");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    expect(bob, "g:one:group:0");
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_is_first_and_requests_are_not_there),
        TEST(what_is_unread_follows_the_marker),
        TEST(groups_stand_among_them_and_stay_where_they_were_left),
        TEST(what_new_members_may_read_is_not_unread),
        TEST(a_group_that_was_left_stays_for_what_was_said_before_one_came),
    };

    return cmocka_run_group_tests_name("conversations", tests, NULL, NULL);
}
