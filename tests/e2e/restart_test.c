/* What is there after a restart and after a kill, in both durabilities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "process.h"
#include "talk.h"

static const char *const everyone[] = { "alice", "bob", "carol", "dave", "erin", NULL };

/* The plugin's options, by durability; the last has every change in a checkpoint of its own. */
static const char *const durabilities[][5] = {
    { "durability publish", "rate_per_minute 1000000", "rate_burst 1000000", NULL },
    { "durability batch", "rate_per_minute 1000000", "rate_burst 1000000", NULL },
    { "checkpoint_facts 1", "rate_per_minute 1000000", "rate_burst 1000000", NULL },
};

enum {
    DURABILITIES = sizeof durabilities / sizeof *durabilities,
    ROUNDS = 4,  /* of kills under load */
    FLYING = 200 /* messages on their way at the time */
};

static struct broker *start(size_t durability, bool persistence)
{
    print_message("  %s\n", durabilities[durability][0]);
    return broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .plugin_options = durabilities[durability],
        .persistence = persistence,
        .users = everyone });
}

/* End the broker, by a kill in every second ${round}, and start it again. */
static void again(struct broker *b, int round)
{
    if (round % 2 == 1)
        broker_kill(b);
    broker_restart(b);
}

/* Some of everything that can be stored. */
static void live(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");

    talk_send(alice, "bob", "one");
    talk_send(alice, "bob", "two");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_send(bob, "alice", "three");
    for (int i = 0; i < 5; i++)
        talk_send(alice, "dave", "hello?");
    talk_send(carol, "bob", "held");
    talk_ok(bob, "decline", "{\"user\":\"carol\"}");
    talk_send(carol, "bob", "swallowed");
    talk_send(dave, "carol", "hidden");
    talk_ok(carol, "block", "{\"user\":\"dave\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"nobody\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"dave\"}");
    talk_ok(bob, "remove-contact", "{\"user\":\"dave\"}");
    talk_ok(carol, "settings", "{\"read-receipts\":false,\"group-invites\":\"ask\"}");
    talk_ok(dave, "settings", "{\"who-can-message\":\"contacts\"}");
    talk_send(alice, "erin", "before you came");
}

static void states_of_all(struct broker *b, char *states[5])
{
    for (size_t i = 0; everyone[i] != NULL; i++) {
        struct client *c = client_login(b, everyone[i]);

        states[i] = talk_state(c, everyone);
        client_free(c);
    }
}

static void everything_is_there_after_a_restart_and_a_kill(void **state)
{
    for (size_t durability = 0; durability < DURABILITIES; durability++) {
        struct broker *b = *state = start(durability, false);
        char *before[5];

        live(b);
        states_of_all(b, before);
        for (int round = 0; round < 2; round++) {
            char *after[5];

            again(b, round);
            states_of_all(b, after);
            for (size_t i = 0; everyone[i] != NULL; i++) {
                assert_string_equal(after[i], before[i]);
                free(after[i]);
            }
        }
        for (size_t i = 0; everyone[i] != NULL; i++)
            free(before[i]);
        *state = NULL;
        broker_free(b);
    }
}

static void standings_and_limits_are_there_after_a_restart_and_a_kill(void **state)
{
    for (size_t durability = 0; durability < DURABILITIES; durability++) {
        struct broker *b = *state = start(durability, false);

        live(b);
        for (int round = 0; round < 2; round++) {
            struct client *alice;
            struct client *bob;
            struct client *carol;

            again(b, round);
            alice = client_login(b, "alice");
            bob = client_login(b, "bob");
            carol = client_login(b, "carol");
            talk_refused(alice, "bc/user/dave", "the sixth", "request-limit");
            for (int i = 0; i < 6; i++) {
                talk_send(alice, "bob", "open");
                talk_get_text(bob, "inbox", "alice", "open");
            }
            talk_refused(carol, "bc/user/dave", "own block", "not-possible");
            talk_send(carol, "bob", "swallowed");
            talk_nothing(bob, "requests/*");
        }
        *state = NULL;
        broker_free(b);
    }
}

static void ids_rise_over_restarts_and_kills(void **state)
{
    struct broker *b = *state = start(1, false);
    char last[17] = "";

    for (int round = 0; round < 6; round++) {
        struct client *alice = client_login(b, "alice");

        for (int i = 0; i < 5; i++) {
            const struct message *m;

            talk_send(alice, "alice", "note");
            m = talk_get(alice, "sent", "alice");
            assert_true(strcmp(talk_id(m), last) > 0);
            snprintf(last, sizeof last, "%s", talk_id(m));
        }
        again(b, round);
    }
}

static struct client *device(struct broker *b)
{
    struct client *c = client_connect(
        b, &(struct client_options){
               .user = "bob", .id = "bobs-phone", .keep_session = true, .session_expiry = 3600 });

    return c;
}

/* Take all that ${bob} has been sent, and demand each of ${ids} among it, in order, repeats aside.
 */
static void demand_inbox(struct client *bob, char ids[][17], int count)
{
    char newest[17] = "";
    int found = 0;

    while (found < count) {
        const struct message *m = talk_get(bob, "inbox", "alice");

        if (strcmp(talk_id(m), newest) <= 0)
            continue; /* delivered twice */
        snprintf(newest, sizeof newest, "%s", talk_id(m));
        assert_string_equal(newest, ids[found]);
        found++;
    }
}

static void a_device_that_was_away_gets_what_came_before_a_kill(void **state)
{
    enum {
        COUNT = 15
    };

    for (size_t durability = 0; durability < 2; durability++) {
        struct broker *b = *state = start(durability, true);
        struct client *bob = device(b);
        struct client *alice;
        char ids[COUNT][17];

        assert_int_equal(client_subscribe(bob, "bc/user/bob/#", 1), 1);
        talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
        client_disconnect(bob);
        broker_restart(b); /* Now the broker has saved the session. */
        alice = client_login(b, "alice");
        for (int i = 0; i < COUNT; i++) {
            talk_send(alice, "bob", "while you were away");
            snprintf(ids[i], 17, "%s", talk_id(talk_get(alice, "sent", "bob")));
        }
        talk_settle(alice);
        broker_kill(b);
        broker_restart(b);
        bob = device(b);
        assert_true(client_session_present(bob));
        demand_inbox(bob, ids, COUNT);
        *state = NULL;
        broker_free(b);
    }
}

/* Demand each ${acknowledged} note once in ${alice}'s history. Returns how many there are in all.
 */
static int count_in_history(struct client *alice, char notes[][8], const bool *acknowledged)
{
    char after[17] = "0000000000000000";
    bool more = true;
    int total = 0;
    bool seen[ROUNDS * FLYING] = { false };

    while (more) {
        const cJSON *page =
            talk_ok(alice, "history", "{\"user\":\"alice\",\"limit\":200,\"after\":\"%s\"}", after);
        size_t count = talk_count(page, "messages");

        for (size_t i = 0; i < count; i++) {
            int number = talk_number(answer_string(talk_item(page, "messages", i), "payload"));

            assert_in_range(number, 0, ROUNDS * FLYING - 1);
            assert_false(seen[number]);
            seen[number] = true;
            total++;
        }
        more = talk_has(page, "more");
        if (more)
            snprintf(after, sizeof after, "%s", answer_string(page, "after"));
    }
    for (int i = 0; i < ROUNDS * FLYING; i++) {
        if (acknowledged[i] && !seen[i])
            fail_msg("the note %s was acknowledged and is gone", notes[i]);
    }
    return total;
}

static void nothing_acknowledged_is_lost_when_the_broker_is_killed_under_load(void **state)
{
    static char notes[ROUNDS * FLYING][8];

    for (size_t durability = 0; durability < 2; durability++) {
        struct broker *b = *state = start(durability, false);
        bool acknowledged[ROUNDS * FLYING] = { false };
        int confirmed = 0;
        int stored = 0;

        for (int round = 0; round < ROUNDS; round++) {
            struct client *alice = client_login(b, "alice");
            const struct message *echo;
            int mids[FLYING];

            for (int i = 0; i < FLYING; i++) {
                char *note = notes[round * FLYING + i];

                snprintf(note, sizeof notes[0], "%d", round * FLYING + i);
                mids[i] = client_publish_nowait(
                    alice, "bc/user/alice", note, strlen(note), 1, false, NULL);
            }
            client_idle(alice, 20 + 30 * round);
            broker_kill(b);
            client_expect_lost(alice, CLIENT_WAIT_MS);
            for (int i = 0; i < FLYING; i++) {
                if (client_wait_ack(alice, mids[i]) == TALK_ACCEPTED)
                    acknowledged[round * FLYING + i] = true;
            }
            /* An echo says that it is durable, acknowledged or not. */
            while ((echo = client_next(alice, "bc/user/alice/sent/*", 0)) != NULL) {
                acknowledged[talk_number(echo->payload)] = true;
            }
            broker_restart(b);
            alice = client_login(b, "alice");
            stored = count_in_history(alice, notes, acknowledged);
        }
        for (int i = 0; i < ROUNDS * FLYING; i++)
            confirmed += acknowledged[i];
        print_message("  %d confirmed, %d stored\n", confirmed, stored);
        assert_true(confirmed > 0);
        *state = NULL;
        broker_free(b);
    }
}

static void what_was_not_acknowledged_is_sent_again_and_stored_once(void **state)
{
    struct broker *b = *state = start(0, false);
    struct client *alice = client_login(b, "alice");
    char msgid[16];

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 50; i++) {
            mosquitto_property *p = NULL;

            snprintf(msgid, sizeof msgid, "note-%d", i);
            assert_int_equal(
                0, mosquitto_property_add_string_pair(&p, MQTT_PROP_USER_PROPERTY, "msgid", msgid));
            client_publish_nowait(alice, "bc/user/alice", msgid, strlen(msgid), 1, false, p);
            mosquitto_property_free_all(&p);
        }
        if (round < 2) {
            client_idle(alice, 3 + 5 * round);
            broker_kill(b);
            broker_restart(b);
            alice = client_login(b, "alice");
        }
    }
    for (int i = 0; i < 50; i++)
        talk_get(alice, "sent", "alice");
    assert_int_equal(
        talk_count(talk_ok(alice, "history", "{\"user\":\"alice\",\"limit\":200}"), "messages"),
        50);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(everything_is_there_after_a_restart_and_a_kill),
        TEST(standings_and_limits_are_there_after_a_restart_and_a_kill),
        TEST(ids_rise_over_restarts_and_kills),
        TEST(a_device_that_was_away_gets_what_came_before_a_kill),
        TEST(nothing_acknowledged_is_lost_when_the_broker_is_killed_under_load),
        TEST(what_was_not_acknowledged_is_sent_again_and_stored_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
