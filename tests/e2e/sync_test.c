/* The command sync: everything, once, in order, however it is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"
#include "crowd.h"

#define WORDS 4096

/* What is read of a mailbox, and where it ended. */
struct reading {
    char words[WORDS];
    char after[17];
    unsigned items;
};

static void add_word(struct reading *reading, const char *a, const char *b)
{
    size_t len = strlen(reading->words);

    snprintf(
        reading->words + len, sizeof(reading->words) - len, "%s%s:%s", len > 0 ? " " : "", a, b);
}

/* "<payload>:<state>" of a message, "<name>:<user or group, or whoever it tells of>" of an event.
 */
static void add_item(struct reading *reading, const cJSON *item)
{
    const cJSON *user = cJSON_GetObjectItemCaseSensitive(item, "user");
    const cJSON *group = cJSON_GetObjectItemCaseSensitive(item, "group");

    reading->items++;
    assert_true(talk_has(item, "id") && talk_has(item, "time"));
    if (strcmp(answer_string(item, "type"), "message") == 0) {
        add_word(reading, answer_string(item, "payload"), answer_string(item, "state"));
    } else {
        talk_is(item, "type", "event");
        add_word(reading, answer_string(item, "event"),
            cJSON_IsString(user)    ? user->valuestring
            : cJSON_IsString(group) ? group->valuestring
                                    : "");
    }
}

/* Read on from where ${reading} ended, to the end, in pages of ${limit}. */
static void read_on(struct client *c, struct reading *reading, int limit)
{
    bool more = true;
    char last[17] = "";

    while (more) {
        const cJSON *answer =
            talk_ok(c, "sync", "{\"after\":\"%s\",\"limit\":%d}", reading->after, limit);
        size_t count = talk_count(answer, "items");

        assert_in_range(count, 0, limit);
        for (size_t i = 0; i < count; i++) {
            const char *id = answer_string(talk_item(answer, "items", i), "id");

            assert_true(strcmp(id, last) > 0);
            snprintf(last, sizeof(last), "%s", id);
            add_item(reading, talk_item(answer, "items", i));
        }
        more = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "more"));
        assert_true(!more || strcmp(reading->after, answer_string(answer, "after")) < 0);
        snprintf(reading->after, sizeof(reading->after), "%s", answer_string(answer, "after"));
    }
}

/* Demand that what has come since is ${words}. */
static void expect(struct client *c, struct reading *reading, const char *words)
{
    reading->words[0] = '\0';
    read_on(c, reading, 50);
    assert_string_equal(reading->words, words);
}

/* Demand that the whole mailbox is ${words}, in pages of any size. */
static void expect_all(struct client *c, const char *words)
{
    static const int limits[] = { 1, 2, 3, 200 };

    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct reading reading = { .after = "0000000000000000" };

        read_on(c, &reading, limits[i]);
        assert_string_equal(reading.words, words);
    }
}

static void messages_in_every_state_and_events_come_in_one_stream(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct reading at_bob = { .after = "0000000000000000" };

    talk_send(alice, "bob", "one");
    expect(bob, &at_bob, "one:held");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "two");
    talk_send(bob, "alice", "three");
    talk_send(bob, "bob", "note");
    expect(bob, &at_bob, "contact:alice two:inbox three:sent note:sent");
    talk_send(carol, "bob", "four");
    talk_ok(bob, "decline", "{\"user\":\"carol\"}");
    talk_send(carol, "bob", "swallowed");
    talk_ok(bob, "block", "{\"user\":\"carol\"}");
    talk_ok(bob, "unblock", "{\"user\":\"carol\"}");
    talk_ok(bob, "remove-contact", "{\"user\":\"alice\"}");
    talk_ok(bob, "settings", "{\"read-receipts\":false}");
    expect(bob, &at_bob,
        "four:declined request-declined:carol blocked:carol unblocked:carol contact:alice "
        "settings:");
    expect(bob, &at_bob, "");
    expect_all(bob, "one:inbox contact:alice two:inbox three:sent note:sent four:declined "
                    "request-declined:carol blocked:carol unblocked:carol contact:alice settings:");
    expect_all(alice, "one:sent contact:bob approved:bob two:sent three:inbox");
    expect_all(carol, "four:sent contact:bob swallowed:sent");
}

static void groups_are_merged_for_as_long_as_one_was_in(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct reading at_bob = { .after = "0000000000000000" };

    crowd_start(alice, "g", carol, NULL);
    crowd_start(carol, "h", NULL);
    crowd_say(alice, "g", "before");
    crowd_know(bob, alice);
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    crowd_say(alice, "g", "one");
    crowd_say(carol, "h", "elsewhere");
    expect(bob, &at_bob, "contact:alice joined:bob group-joined:g one:group");
    talk_ok(bob, "block", "{\"user\":\"carol\"}");
    crowd_say(carol, "g", "hidden");
    crowd_say(bob, "g", "two");
    talk_ok(bob, "unblock", "{\"user\":\"carol\"}");
    crowd_say(carol, "g", "three");
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"G\"}");
    talk_ok(alice, "set-role", "{\"group\":\"g\",\"user\":\"bob\",\"role\":\"admin\"}");
    expect(bob, &at_bob, "blocked:carol two:sent unblocked:carol three:group renamed:g role:bob");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    crowd_say(alice, "g", "without");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    crowd_say(alice, "g", "again");
    talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
    crowd_say(alice, "g", "gone");
    expect(bob, &at_bob,
        "group-left:g group-invited:g joined:bob group-joined:g again:group group-removed:g");
    expect_all(bob,
        "contact:alice joined:bob group-joined:g one:group blocked:carol two:sent unblocked:carol "
        "three:group renamed:g role:bob group-left:g group-invited:g joined:bob group-joined:g "
        "again:group group-removed:g");
}

static void what_new_members_may_read_of_before_is_left_to_history(void **state)
{
    static const char *const options[] = { "history_for_new_members all", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_start(alice, "g", NULL);
    crowd_say(alice, "g", "before");
    crowd_know(bob, alice);
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    crowd_say(alice, "g", "after");
    expect_all(bob, "contact:alice joined:bob group-joined:g after:group");
    crowd_history(bob, "g", "before:group after:group");
}

static void a_cursor_is_a_position_and_newest_is_one(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct reading reading = { .after = "ffffffffffffffff" };

    talk_send(alice, "bob", "one");
    expect(bob, &reading, ""); /* beyond everything: it begins anew */
    assert_string_not_equal(reading.after, "ffffffffffffffff");
    snprintf(reading.after, sizeof(reading.after), "%s",
        answer_string(talk_ok(bob, "whoami", "{}"), "newest"));
    expect(bob, &reading, "");
    talk_send(alice, "bob", "two");
    expect(bob, &reading, "two:held");
    assert_int_equal(talk_count(talk_ok(alice, "sync", "{}"), "items"), 3);
    talk_no(bob, "bad-request", "sync", "{\"after\":\"1\"}");
    talk_no(bob, "bad-request", "sync", "{\"limit\":0}");
}

static void pages_stay_within_their_bytes(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char text[701];
    const cJSON *answer;

    memset(text, 'x', 700);
    text[700] = '\0';
    talk_send(alice, "alice", "one");
    talk_send(alice, "alice", text);
    talk_send(alice, "alice", "two");
    answer = talk_ok(alice, "sync", "{\"max-bytes\":512}");
    assert_int_equal(talk_count(answer, "items"), 1);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "more")));
    answer = talk_ok(
        alice, "sync", "{\"max-bytes\":512,\"after\":\"%s\"}", answer_string(answer, "after"));
    assert_int_equal(talk_count(answer, "items"), 2);
    assert_int_equal(answer_number(talk_item(answer, "items", 0), "size"), 700);
    talk_is(talk_item(answer, "items", 1), "payload", "two");
    assert_false(talk_has(answer, "more"));
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(messages_in_every_state_and_events_come_in_one_stream),
        TEST(groups_are_merged_for_as_long_as_one_was_in),
        TEST(what_new_members_may_read_of_before_is_left_to_history),
        TEST(a_cursor_is_a_position_and_newest_is_one),
        TEST(pages_stay_within_their_bytes),
    };

    return cmocka_run_group_tests_name("sync", tests, NULL, NULL);
}
