/*
 * Connections that end while something waits for them: an answer, a refusal, or a will. With
 * durability batch the broker may have freed what it knew of them before the batch goes out.
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

enum {
    BUSY = 4,
    GONE = 12,
    BURST = 100,
    ROUNDS = 5,
    SETTLE_US = 20000,
    CONNECT_MS = 60,
    READ_SIZE = 256 * 1024
};

static const char *const users[] = { "alice", "bob", "mallory", NULL };

static int start(void **state)
{
    *state = broker_start(&(struct broker_options){ .users = users,
        .lines_before = talk_lines,
        .plugin_options = (const char *const[]){
            "rate_per_minute 1000000", "rate_burst 1000000", "durability batch", NULL } });
    return 0;
}

static int connect_raw(struct broker *b, const struct raw_connect *fields)
{
    int fd = raw_open(broker_port(b, BROKER_TCP));

    raw_connect(fd, fields);
    return fd;
}

/* Input that keeps a batch going while others vanish. */
static void be_busy(const int *busy)
{
    for (int i = 0; i < BUSY; i++) {
        for (int k = 0; k < BURST; k++)
            raw_publish(busy[i], 4, "bc/user/alice", "note to self", (uint16_t)(k + 1));
    }
}

/* ${gone} connections, made by ${connect} with their number, vanish in the middle of a batch. */
static void vanish(struct broker *b, const struct raw_connect *fields, const char *last_words)
{
    static uint8_t bytes[READ_SIZE];
    int busy[BUSY];
    int gone[GONE];

    for (int i = 0; i < BUSY; i++)
        busy[i] =
            connect_raw(b, &(struct raw_connect){ .version = 4, .clean = true, .user = "alice" });
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < GONE; i++)
            gone[i] = connect_raw(b, fields);
        raw_read(gone[GONE - 1], bytes, 4, CONNECT_MS);
        kill(broker_pid(b), SIGSTOP);
        be_busy(busy);
        for (int i = 0; i < GONE; i++) {
            if (last_words != NULL)
                raw_publish(gone[i], fields->version, last_words, "{}", 1);
            raw_reset(gone[i]);
        }
        usleep(SETTLE_US);
        kill(broker_pid(b), SIGCONT);
        for (int i = 0; i < BUSY; i++)
            raw_read(busy[i], bytes, BURST * 4, CLIENT_WAIT_MS);
    }
    for (int i = 0; i < BUSY; i++)
        raw_close(busy[i]);
    assert_true(answer_ok(client_command(client_login(b, "bob"), "whoami", "{}")));
}

static void a_refused_will_is_told_to_nobody_else(void **state)
{
    vanish(*state,
        &(struct raw_connect){ .version = 5,
            .clean = true,
            .user = "mallory",
            .will_topic = "bc/user/bob",
            .will_retain = true },
        NULL);
}

static void a_forged_will_is_told_to_nobody_else(void **state)
{
    vanish(*state,
        &(struct raw_connect){ .version = 4,
            .clean = true,
            .user = "mallory",
            .will_topic = "bc/user/bob/inbox/alice/01a12b3c4d5e6f70" },
        NULL);
}

static void a_command_of_a_client_that_is_gone_is_answered_to_nobody(void **state)
{
    vanish(*state, &(struct raw_connect){ .version = 5, .clean = true, .user = "mallory" },
        "bc/do/whoami");
}

static void a_refusal_for_a_client_that_is_gone_is_told_to_nobody(void **state)
{
    vanish(*state, &(struct raw_connect){ .version = 4, .clean = true, .user = "mallory" },
        "bc/nothing");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_refused_will_is_told_to_nobody_else),
        TEST(a_forged_will_is_told_to_nobody_else),
        TEST(a_command_of_a_client_that_is_gone_is_answered_to_nobody),
        TEST(a_refusal_for_a_client_that_is_gone_is_told_to_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
