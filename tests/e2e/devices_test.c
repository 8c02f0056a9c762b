/* One user's many devices: what reaches all of them, what one alone, and what sessions keep. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client_internal.h"
#include "crowd.h"

enum {
    DEVICES = 4,
    SESSION_S = 1000,
    TURNS = 20,
    QUEUED = 25
};

/* MQTT of each version, twice. */
static const int versions[DEVICES] = { 4, 5, 4, 5 };

/* ${user} connects with the client id ${id}; subscribed to all of its own if the session is new. */
static struct client *device(
    struct broker *b, const char *user, const char *id, int version, bool keep)
{
    struct client *c =
        client_connect(b, &(struct client_options){ .user = user,
                              .id = id,
                              .version = version,
                              .keep_session = keep,
                              .session_expiry = keep && version == 5 ? SESSION_S : 0 });
    char filter[128];

    if (!client_session_present(c)) {
        snprintf(filter, sizeof filter, "bc/user/%s/#", user);
        assert_int_equal(client_subscribe(c, filter, 1), 1);
    }
    return c;
}

static void devices_of(struct broker *b, const char *user, struct client *all[DEVICES])
{
    char id[64];

    for (int i = 0; i < DEVICES; i++) {
        snprintf(id, sizeof id, "%s-%d", user, i);
        all[i] = device(b, user, id, versions[i], false);
    }
}

/* All devices get the same message, with one id. */
static void all_get(struct client *const *all, const char *box, const char *other, const char *text)
{
    const char *id = talk_id(talk_get_text(all[0], box, other, text));

    for (int i = 1; i < DEVICES; i++)
        assert_string_equal(talk_id(talk_get_text(all[i], box, other, text)), id);
}

static void all_hear(struct client *const *all, const char *type)
{
    const char *id = answer_string(talk_event(all[0], type), "id");

    for (int i = 1; i < DEVICES; i++)
        assert_string_equal(answer_string(talk_event(all[i], type), "id"), id);
}

static void nothing_else(struct client *const *all)
{
    for (int i = 0; i < DEVICES; i++)
        talk_nothing(all[i], "*");
}

static void messages_echoes_and_events_reach_all_devices_whichever_acts(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice[DEVICES];
    struct client *bob[DEVICES];

    devices_of(b, "alice", alice);
    devices_of(b, "bob", bob);
    for (int i = 0; i < DEVICES; i++) {
        talk_send(alice[i], "bob", "hello");
        all_get(alice, "sent", "bob", "hello");
        all_get(bob, "requests", "alice", "hello");
    }
    all_hear(alice, "contact");
    talk_ok(bob[1], "approve", "{\"user\":\"alice\"}");
    for (int i = 0; i < DEVICES; i++)
        all_get(bob, "inbox", "alice", "hello");
    all_hear(bob, "contact");
    all_hear(alice, "approved");
    talk_ok(bob[0], "send", "{\"user\":\"alice\",\"payload\":\"by command\"}");
    all_get(bob, "sent", "alice", "by command");
    all_get(alice, "inbox", "bob", "by command");
    talk_send(alice[2], "alice", "note to self");
    all_get(alice, "sent", "alice", "note to self");
    talk_ok(bob[3], "mark", "{\"user\":\"alice\",\"read\":\"ffffffffffffffff\"}");
    all_hear(bob, "marked");
    all_hear(alice, "read");
    talk_ok(alice[1], "mark", "{\"user\":\"bob\",\"delivered\":\"ffffffffffffffff\"}");
    all_hear(alice, "marked");
    all_hear(bob, "delivered");
    talk_ok(alice[0], "settings", "{\"read-receipts\":false}");
    all_hear(alice, "settings");
    talk_ok(alice[3], "block", "{\"user\":\"carol\"}");
    all_hear(alice, "blocked");
    talk_ok(alice[2], "unblock", "{\"user\":\"carol\"}");
    all_hear(alice, "unblocked");
    talk_ok(alice[1], "create-group", "{\"group\":\"g\",\"users\":[\"bob\"]}");
    all_hear(alice, "group-joined");
    all_hear(bob, "group-joined");
    nothing_else(alice);
    nothing_else(bob);
}

/* Ask for the history with ${other} and with ${ref}, without waiting. */
static void ask(struct client *c, const char *other, const char *ref)
{
    char json[128];

    snprintf(json, sizeof json, "{\"user\":\"%s\",\"ref\":\"%s\"}", other, ref);
    client_publish_nowait(c, "bc/do/history", json, strlen(json), 1, false, NULL);
}

static void answers_reach_the_device_that_asked_even_with_the_same_ref_at_once(void **state)
{
    static const char *const others[DEVICES] = { "bob", "carol", "dave", "alice" };
    struct broker *b = *state = talk_broker();
    struct client *alice[DEVICES];

    devices_of(b, "alice", alice);
    for (int i = 0; i < DEVICES; i++) {
        /* Those who subscribe to answers are granted it, and get no more than the others. */
        if (i % 2 == 0)
            client_subscribe(alice[i], "bc/reply/#", 1);
        talk_send(alice[i], others[i], others[i]);
        for (int j = 0; j < DEVICES; j++)
            talk_get(alice[j], "sent", others[i]);
    }
    for (int turn = 0; turn < TURNS; turn++) {
        for (int i = 0; i < DEVICES; i++)
            ask(alice[i], others[i], "same");
        for (int i = 0; i < DEVICES; i++) {
            const cJSON *answer =
                talk_json(alice[i], client_expect(alice[i], "bc/reply/history", CLIENT_WAIT_MS));

            talk_is(answer, "ref", "same");
            assert_int_equal(talk_count(answer, "messages"), 1);
            talk_is(talk_item(answer, "messages", 0), "to", others[i]);
        }
    }
    for (int i = 0; i < DEVICES; i++)
        assert_int_equal(client_count(alice[i], "bc/reply/*"), 0);
}

static void a_device_that_takes_its_own_session_over_goes_on_with_it(void **state)
{
    for (int i = 0; i < 2; i++) {
        int version = versions[i];
        struct broker *b = *state = talk_broker();
        struct client *bob = client_login(b, "bob");
        struct client *before = device(b, "alice", "phone", version, true);
        struct client *after;

        talk_send(bob, "alice", "one");
        talk_get_text(before, "requests", "bob", "one");
        talk_settle(before);
        after = device(b, "alice", "phone", version, true);
        assert_true(client_session_present(after));
        client_expect_lost(before, CLIENT_WAIT_MS);
        talk_send(bob, "alice", "two");
        talk_get_text(after, "requests", "bob", "two");
        talk_ok(after, "approve", "{\"user\":\"bob\"}");
        talk_get_text(after, "inbox", "bob", "one");
        talk_get_text(after, "inbox", "bob", "two");
        talk_event(after, "contact");
        talk_nothing(after, "*");
        broker_free(b);
        *state = NULL;
    }
}

/* The answer went to the connection that asked, and not to the one after it. */
static void an_answer_is_not_for_the_next_connection_of_the_same_device(void **state)
{
    struct broker *b = *state = talk_broker();

    for (int turn = 0; turn < TURNS; turn++) {
        int version = versions[turn % DEVICES];
        struct client *before = device(b, "alice", "phone", version, turn % 3 != 0);
        struct client *after;

        ask(before, "alice", "before");
        after = device(b, "alice", "phone", version, turn % 3 != 0);
        talk_is(talk_ok(after, "whoami", "{\"ref\":\"after\"}"), "ref", "after");
        assert_int_equal(client_count(after, "bc/reply/*"), 0);
    }
}

/* Demand that ${item} of sync is what comes next to ${c}, queued or live. */
static void is_next(struct client *c, const cJSON *item)
{
    const struct message *m = client_expect(c, "bc/*", CLIENT_WAIT_MS);
    const char *event = cJSON_GetStringValue(cJSON_GetObjectItem(item, "event"));
    char topic[256];

    if (event != NULL) {
        snprintf(topic, sizeof topic, "bc/user/%s/events/%s", c->name, event);
        assert_string_equal(m->topic, topic);
        talk_is(talk_json(c, m), "id", answer_string(item, "id"));
    } else {
        assert_string_equal(talk_id(m), answer_string(item, "id"));
        assert_string_equal(m->payload, answer_string(item, "payload"));
    }
}

static void what_was_queued_for_a_device_is_what_sync_has_since_its_cursor(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct broker *b = *state = talk_broker();
        struct client *bob = client_login(b, "bob");
        struct client *carol = client_login(b, "carol");
        struct client *tablet = device(b, "alice", "tablet", 5, false);
        struct client *phone = device(b, "alice", "phone", versions[i], true);
        const cJSON *items;
        const cJSON *item;
        char cursor[17];

        talk_ok(phone, "add-contact", "{\"user\":\"bob\"}");
        talk_event(phone, "contact");
        snprintf(cursor, sizeof cursor, "%s", answer_string(talk_ok(phone, "sync", "{}"), "after"));
        client_disconnect(phone);
        talk_send(bob, "alice", "one");
        talk_send(tablet, "bob", "two");
        talk_send(carol, "alice", "held");
        talk_ok(tablet, "settings", "{\"read-receipts\":false}");
        talk_ok(tablet, "block", "{\"user\":\"dave\"}");
        talk_send(bob, "alice", "three");
        phone = device(b, "alice", "phone", versions[i], true);
        assert_true(client_session_present(phone));
        items = cJSON_GetObjectItem(talk_ok(tablet, "sync", "{\"after\":\"%s\"}", cursor), "items");
        assert_true(cJSON_GetArraySize(items) >= 6);
        cJSON_ArrayForEach(item, items)
        {
            is_next(phone, item);
        }
        talk_nothing(phone, "*");
        /* The phone's own cursor is where it was: it says the same. */
        assert_true(cJSON_Compare(items,
            cJSON_GetObjectItem(talk_ok(phone, "sync", "{\"after\":\"%s\"}", cursor), "items"),
            true));
        broker_free(b);
        *state = NULL;
    }
}

/* Demand that the payloads "0", "1" ... of the history with bob are all there. */
static void history_has(struct client *c, int count)
{
    const cJSON *answer = talk_ok(c, "history", "{\"user\":\"bob\",\"limit\":200}");

    assert_int_equal(talk_count(answer, "messages"), count);
    for (int i = 0; i < count; i++)
        assert_int_equal(
            talk_number(answer_string(talk_item(answer, "messages", (size_t)i), "payload")), i);
}

static void send_numbers(struct client *bob, int from, int to)
{
    char text[16];

    for (int i = from; i < to; i++) {
        snprintf(text, sizeof text, "%d", i);
        talk_send(bob, "alice", text);
    }
}

static void a_device_that_was_away_gets_what_was_queued_in_order_and_history_says_the_same(
    void **state)
{
    for (int i = 0; i < 2; i++) {
        struct broker *b = *state = talk_broker();
        struct client *bob = client_login(b, "bob");
        struct client *tablet = device(b, "alice", "tablet", 5, false);
        struct client *phone = device(b, "alice", "phone", versions[i], true);
        const cJSON *messages;
        const cJSON *m;

        talk_ok(tablet, "add-contact", "{\"user\":\"bob\"}");
        talk_event(phone, "contact");
        client_disconnect(phone);
        send_numbers(bob, 0, QUEUED);
        talk_send(tablet, "bob", "from the tablet");
        phone = device(b, "alice", "phone", versions[i], true);
        assert_true(client_session_present(phone));
        messages = cJSON_GetObjectItem(
            talk_ok(tablet, "history", "{\"user\":\"bob\",\"limit\":200}"), "messages");
        assert_int_equal(cJSON_GetArraySize(messages), QUEUED + 1);
        cJSON_ArrayForEach(m, messages)
        {
            bool own = strcmp(answer_string(m, "state"), "sent") == 0;
            const struct message *queued = talk_get(phone, own ? "sent" : "inbox", "bob");

            assert_string_equal(queued->payload, answer_string(m, "payload"));
            assert_string_equal(talk_id(queued), answer_string(m, "id"));
        }
        talk_nothing(phone, "*");
        broker_free(b);
        *state = NULL;
    }
}

static void a_clean_start_leaves_what_was_queued_behind_and_history_has_it(void **state)
{
    for (int i = 0; i < 2; i++) {
        struct broker *b = *state = talk_broker();
        struct client *bob = client_login(b, "bob");
        struct client *phone = device(b, "alice", "phone", versions[i], true);

        talk_ok(phone, "add-contact", "{\"user\":\"bob\"}");
        client_disconnect(phone);
        send_numbers(bob, 0, QUEUED);
        phone = device(b, "alice", "phone", versions[i], false);
        assert_false(client_session_present(phone));
        talk_nothing(phone, "*");
        history_has(phone, QUEUED);
        /* Nor is anything kept for the id after a session that was clean. */
        client_disconnect(phone);
        send_numbers(bob, QUEUED, QUEUED + 2);
        phone = device(b, "alice", "phone", versions[i], true);
        assert_false(client_session_present(phone));
        talk_nothing(phone, "*");
        history_has(phone, QUEUED + 2);
        send_numbers(bob, QUEUED + 2, QUEUED + 3);
        talk_get(phone, "inbox", "bob");
        broker_free(b);
        *state = NULL;
    }
}

static void a_client_id_that_another_user_had_brings_nothing_of_theirs(void **state)
{
    for (int keep = 0; keep < 2; keep++) {
        struct broker *b = *state = talk_broker();
        struct client *bob = client_login(b, "bob");
        struct client *phone = device(b, "alice", "phone", 5, true);

        crowd_start(bob, "g", NULL);
        talk_ok(phone, "add-contact", "{\"user\":\"bob\"}");
        talk_event(phone, "contact");
        client_disconnect(phone);
        send_numbers(bob, 0, 3);
        /* Carol buys alice's phone, with what is on it. */
        phone = client_connect(b, &(struct client_options){ .user = "carol",
                                      .id = "phone",
                                      .keep_session = keep == 1,
                                      .session_expiry = SESSION_S });
        talk_nothing(phone, "*");
        assert_int_equal(client_subscribe(phone, "bc/user/carol/#", 1), 1);
        send_numbers(bob, 3, 4);
        talk_send(bob, "carol", "welcome");
        talk_get_text(phone, "requests", "bob", "welcome");
        talk_nothing(phone, "*");
        /* And alice, on a new one, has everything. */
        history_has(device(b, "alice", "new", 5, false), 4);
        broker_free(b);
        *state = NULL;
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(messages_echoes_and_events_reach_all_devices_whichever_acts),
        TEST(answers_reach_the_device_that_asked_even_with_the_same_ref_at_once),
        TEST(a_device_that_takes_its_own_session_over_goes_on_with_it),
        TEST(an_answer_is_not_for_the_next_connection_of_the_same_device),
        TEST(a_device_that_was_away_gets_what_was_queued_in_order_and_history_says_the_same),
        TEST(what_was_queued_for_a_device_is_what_sync_has_since_its_cursor),
        TEST(a_clean_start_leaves_what_was_queued_behind_and_history_has_it),
        TEST(a_client_id_that_another_user_had_brings_nothing_of_theirs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
