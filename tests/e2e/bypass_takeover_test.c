/*
 * mallory connects with alice's client id, which the broker lets anybody do: she gets alice's
 * subscriptions and what the broker has queued for them, and must learn nothing by it.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "raw.h"
#include "talk.h"
#include "ws_relay.h"

enum {
    SESSION_S = 1000,
    READ_SIZE = 65536,
    READ_MS = 400,
    TURNS = 20,
    HANDSHAKE_US = 200000,
    RELAY_US = 50000,
    MOMENTS = 32,
    MOMENT_MS = 60,
    MOMENT_US = 60,
    COMMANDS = 24 /* more than a client has to acknowledge before it is sent others */
};

#define ID "alices-phone"

static const char *const users[] = { "alice", "bob", "mallory", NULL };

static int start(void **state)
{
    *state = broker_start(&(struct broker_options){
        .users = users, .lines_before = talk_lines, .plugin_options = talk_unhurried });
    return 0;
}

static int start_with_websockets(void **state)
{
    *state = broker_start(&(struct broker_options){ .users = users,
        .lines_before = talk_lines,
        .plugin_options = talk_unhurried,
        .websockets = true });
    return 0;
}

static struct client *connect_as(struct broker *b, const char *user, int version, bool keep)
{
    struct client_options options = { .user = user,
        .id = ID,
        .version = version,
        .keep_session = keep,
        .session_expiry = version == 5 ? SESSION_S : 0 };

    return client_connect(b, &options);
}

/* alice's subscriptions, with messages in all of her boxes that she hasn't been sent. */
static void leave_a_session(struct broker *b, int version)
{
    struct client *alice = connect_as(b, "alice", version, true);
    struct client *bob = client_login(b, "bob");

    assert_int_equal(client_subscribe(alice, "bc/user/alice/#", 1), 1);
    assert_int_equal(client_subscribe(alice, "bc/reply/#", 1), 1);
    assert_int_equal(client_subscribe(alice, "bc/error", 1), 1);
    client_drop(alice);
    talk_send(bob, "alice", "secret request");
    talk_settle(bob);
    alice = client_login(b, "alice");
    talk_ok(alice, "approve", "{\"user\":\"bob\"}");
    talk_send(alice, "bob", "secret sent");
    talk_send(bob, "alice", "secret inbox");
    talk_settle(bob);
    client_free(alice);
    client_free(bob);
}

/* What comes to alice while mallory has her client id. */
static void talk_on(struct broker *b)
{
    struct client *bob = client_login(b, "bob");

    talk_send(bob, "alice", "more secrets");
    talk_settle(bob);
    client_free(bob);
}

static void a_session_taken_over_withholds_what_was_queued_for_its_owner(void **state)
{
    for (int version = 4; version <= 5; version++) {
        for (int keep = 0; keep <= 1; keep++) {
            struct client *mallory;
            struct client *alice;

            leave_a_session(*state, version);
            mallory = connect_as(*state, "mallory", version, keep);
            assert_int_equal(client_session_present(mallory), keep);
            talk_on(*state);
            talk_nothing(mallory, "*");
            client_disconnect(mallory);
            /* And alice, who comes back, has lost nothing that history doesn't have. */
            alice = client_login(*state, "alice");
            talk_ok(alice, "history", "{\"user\":\"bob\"}");
            talk_ok(alice, "remove-contact", "{\"user\":\"bob\"}");
            client_free(alice);
            client_free(mallory);
        }
    }
}

static void messages_that_were_sent_but_not_acknowledged_are_withheld_too(void **state)
{
    for (int keep = 0; keep <= 1; keep++) {
        int fd = raw_open(broker_port(*state, BROKER_TCP));
        struct client *alice = connect_as(*state, "alice", 4, true);
        struct client *mallory;

        /* The raw connection resumes alice's session and never acknowledges anything. */
        assert_int_equal(client_subscribe(alice, "bc/user/alice/#", 1), 1);
        raw_connect(fd, &(struct raw_connect){ .version = 4, .id = ID, .user = "alice" });
        client_expect_lost(alice, CLIENT_WAIT_MS);
        talk_on(*state);
        raw_publish(fd, 4, "bc/do/whoami", "{}", 1);
        client_idle(alice, READ_MS);
        mallory = connect_as(*state, "mallory", 4, keep);
        talk_nothing(mallory, "*");
        client_free(mallory);
        raw_close(fd);
    }
}

/* The broker sees alice's commands and mallory's CONNECT in one turn of its loop. */
static void take_over_at_once(struct broker *b, int alice, int mallory, bool clean)
{
    kill(broker_pid(b), SIGSTOP);
    raw_publish(alice, 5, "bc/do/history", "{\"user\":\"bob\",\"ref\":\"secret\"}", 1);
    raw_publish(alice, 5, "bc/nothing/secret", "x", 2);
    raw_publish(alice, 5, "bc/do/contacts", "{\"ref\":\"secret\"}", 3);
    usleep(RELAY_US);
    raw_connect(mallory,
        &(struct raw_connect){ .version = 5, .clean = clean, .id = ID, .user = "mallory" });
    usleep(RELAY_US);
    kill(broker_pid(b), SIGCONT);
}

/* Wait for the CONNACK, and ${ms} for what comes after it. Returns the length of all. */
static size_t read_connack(int fd, uint8_t *bytes, size_t size, int ms)
{
    size_t len = 0;

    for (int tries = 0; len == 0; tries++) {
        assert_true(tries < CLIENT_WAIT_MS / MOMENT_MS);
        len = raw_read(fd, bytes, size, MOMENT_MS);
    }
    return len + raw_read(fd, bytes + len, size - len, ms);
}

static void mallory_reads_nothing_secret(int mallory, int turn)
{
    static uint8_t bytes[READ_SIZE];
    size_t len = read_connack(mallory, bytes, sizeof bytes, READ_MS);

    if (raw_contains(bytes, len, "secret") || raw_contains(bytes, len, "bc/reply/"))
        fail_msg("turn %d: mallory was given an answer to alice", turn);
}

static void a_client_id_taken_over_right_after_a_command_gets_no_answer(void **state)
{
    static uint8_t bytes[READ_SIZE];

    for (int turn = 0; turn < 4; turn++) {
        int alice = raw_open(broker_port(*state, BROKER_TCP));
        int mallory = raw_open(broker_port(*state, BROKER_TCP));

        raw_connect(
            alice, &(struct raw_connect){ .version = 5, .clean = true, .id = ID, .user = "alice" });
        raw_read(alice, bytes, sizeof bytes, HANDSHAKE_US / 1000);
        take_over_at_once(*state, alice, mallory, turn % 2 == 0);
        mallory_reads_nothing_secret(mallory, turn);
        raw_close(alice);
        raw_close(mallory);
    }
}

/*
 * Not in the same turn of the loop but in the next, or while it sleeps: an answer may have been
 * handed to the broker, and not yet be sent.
 */
static void nor_does_one_taken_over_a_moment_later(void **state)
{
    static uint8_t bytes[READ_SIZE];

    for (int turn = 0; turn < MOMENTS; turn++) {
        int alice = raw_open(broker_port(*state, BROKER_TCP));
        int mallory = raw_open(broker_port(*state, BROKER_TCP));
        size_t len;

        raw_connect(
            alice, &(struct raw_connect){ .version = 5, .clean = true, .id = ID, .user = "alice" });
        read_connack(alice, bytes, sizeof bytes, 1);
        for (int mid = 1; mid <= COMMANDS; mid++)
            raw_publish(alice, 5, "bc/do/contacts", "{\"ref\":\"secret\"}", (uint16_t)mid);
        usleep((useconds_t)(turn % 16 * MOMENT_US));
        raw_connect(
            mallory, &(struct raw_connect){
                         .version = 5, .clean = turn % 2 == 0, .id = ID, .user = "mallory" });
        len = read_connack(mallory, bytes, sizeof bytes, MOMENT_MS);
        if (raw_contains(bytes, len, "secret") || raw_contains(bytes, len, "bc/reply/"))
            fail_msg("turn %d: mallory was given an answer to alice", turn);
        raw_close(alice);
        raw_close(mallory);
    }
}

/* Who comes back at once isn't held up by what was meant for the connection before. */
static void who_takes_their_own_id_over_goes_on(void **state)
{
    for (int turn = 0; turn < TURNS; turn++) {
        int alice = raw_open(broker_port(*state, BROKER_TCP));
        struct client *again;

        raw_connect(
            alice, &(struct raw_connect){ .version = 5, .clean = true, .id = ID, .user = "alice" });
        for (int mid = 1; mid <= COMMANDS; mid++)
            raw_publish(alice, 5, "bc/do/contacts", "{}", (uint16_t)mid);
        usleep((useconds_t)(turn % 16 * MOMENT_US));
        again = connect_as(*state, "alice", 5, true);
        for (int i = 0; i < COMMANDS; i++)
            talk_ok(again, "contacts", "{}");
        client_free(again);
        raw_close(alice);
    }
}

static void nor_over_websockets(void **state)
{
    static uint8_t bytes[READ_SIZE];

    for (int turn = 0; turn < 4; turn++) {
        struct ws_relay *alices = ws_relay_start(broker_port(*state, BROKER_WS));
        struct ws_relay *mallorys = ws_relay_start(broker_port(*state, BROKER_WS));
        int alice = raw_open(ws_relay_port(alices));
        int mallory;

        raw_connect(
            alice, &(struct raw_connect){ .version = 5, .clean = true, .id = ID, .user = "alice" });
        raw_read(alice, bytes, sizeof bytes, HANDSHAKE_US / 1000);
        mallory = raw_open(ws_relay_port(mallorys));
        usleep(HANDSHAKE_US);
        take_over_at_once(*state, alice, mallory, turn % 2 == 0);
        mallory_reads_nothing_secret(mallory, turn);
        raw_close(alice);
        raw_close(mallory);
        ws_relay_stop(alices);
        ws_relay_stop(mallorys);
    }
}

static void client_ids_taken_back_and_forth_give_each_only_its_own(void **state)
{
    static const char *const who[] = { "alice", "mallory" };

    for (int i = 0; i < TURNS; i++) {
        struct client *c = connect_as(*state, who[i % 2], 5, i % 3 != 0);
        const struct message *m;

        client_publish_nowait(c, "bc/do/whoami", "{}", 2, 1, false, NULL);
        client_publish_nowait(c, "bc/nothing", "x", 1, 2, false, NULL);
        m = client_next(c, "bc/reply/whoami", CLIENT_WAIT_MS);
        assert_non_null(m);
        assert_non_null(strstr(m->payload, who[i % 2]));
        client_publish_nowait(c, "bc/do/whoami", "{}", 2, 1, false, NULL);
        if (i % 4 == 3)
            client_drop(c);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_session_taken_over_withholds_what_was_queued_for_its_owner),
        TEST(messages_that_were_sent_but_not_acknowledged_are_withheld_too),
        TEST(a_client_id_taken_over_right_after_a_command_gets_no_answer),
        TEST(nor_does_one_taken_over_a_moment_later),
        TEST(who_takes_their_own_id_over_goes_on),
        cmocka_unit_test_setup_teardown(
            nor_over_websockets, start_with_websockets, broker_teardown),
        TEST(client_ids_taken_back_and_forth_give_each_only_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
