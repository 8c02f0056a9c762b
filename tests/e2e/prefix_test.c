/* A store whose topic_prefix is changed: only if it is said, and the topics from before stay
 * closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "raw.h"
#include "talk.h"

enum {
    SESSION_S = 1000,
    REFUSED_311 = 0x80,
    QUIET_MS = 300,
    READ_MS = 3000,
    UNSUBSCRIBE = 0xA2,
    UNSUBACK = 0xB0
};

/* What the options are is changed between two starts: they are borrowed. */
static const char *options[4];

static void configure(const char *prefix, const char *was)
{
    size_t n = 0;

    options[n++] = "other_topics allow";
    if (prefix != NULL)
        options[n++] = prefix;
    if (was != NULL)
        options[n++] = was;
    options[n] = NULL;
}

static struct client *bobs_phone(struct broker *b)
{
    return client_connect(b,
        &(struct client_options){
            .user = "bob", .id = "bobs-phone", .keep_session = true, .session_expiry = SESSION_S });
}

/* A store that was written with bc: alice has written to bob, whose phone was away. */
static struct broker *written_with_bc(void **state)
{
    struct broker *b;
    struct client *alice;
    struct client *bob;

    configure(NULL, NULL);
    *state = b = broker_start(&(struct broker_options){
        .persistence = true, .lines_before = talk_lines, .plugin_options = options });
    bob = bobs_phone(b);
    assert_int_equal(client_subscribe(bob, "bc/user/bob/#", 1), 1);
    client_disconnect(bob);
    alice = client_login(b, "alice");
    talk_send(alice, "bob", "hello");
    talk_settle(alice);
    assert_int_equal(broker_stop(b), 0);
    return b;
}

/* Nobody subscribes, publishes or reads below bc. */
static void bc_is_closed(struct broker *b)
{
    static const char *const filters[] = { "bc/#", "bc", "bc/user/bob/#", "bc/user/bob/inbox/+/+",
        "bc/error", "$share/all/bc/#" };
    static const char *const topics[] = { "bc/user/bob", "bc/user/bob/inbox/alice/68811d082ac00000",
        "bc/do/whoami", "bc", "bc/whatever" };
    struct client *all = client_connect(b, &(struct client_options){ .user = "carol" });

    assert_int_equal(client_subscribe(all, "#", 1), 1);
    assert_int_equal(client_subscribe(all, "+/user/bob", 1), 1);
    for (int version = 4; version <= 5; version++) {
        struct client *bob =
            client_connect(b, &(struct client_options){ .user = "bob", .version = version });

        for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
            int code = client_subscribe(bob, filters[i], 1);

            if (code != (version == 4 ? REFUSED_311 : TALK_REFUSED))
                fail_msg("bob subscribes to %s: code %d", filters[i], code);
        }
        for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
            int code = client_send(bob, topics[i], "forged");

            if (version == 5 && code != TALK_REFUSED)
                fail_msg("bob publishes to %s: code %d", topics[i], code);
        }
        client_drop(client_connect(b, &(struct client_options){ .user = "bob",
                                          .version = version,
                                          .will_topic = "bc/user/bob",
                                          .will_payload = "forged" }));
        client_free(bob);
    }
    /* What only begins with the same letters is anybody's. */
    assert_true(client_send(all, "bcd/user/bob", "for all") < TALK_REFUSED);
    client_expect(all, "bcd/user/bob", CLIENT_WAIT_MS);
    client_expect_none(all, "bc/*", QUIET_MS);
    client_free(all);
}

/* What was written is there, below the prefix as it is now. */
static void msg_has_it_all(struct broker *b)
{
    struct client *bob = client_connect(b, &(struct client_options){ .user = "bob" });

    assert_int_equal(client_subscribe(bob, "msg/user/bob/#", 1), 1);
    assert_true(client_send(bob, "msg/do/history", "{\"user\":\"alice\"}") < TALK_REFUSED);
    assert_non_null(
        strstr(client_expect(bob, "msg/reply/history", CLIENT_WAIT_MS)->payload, "\"hello\""));
    client_free(bob);
}

static void a_change_that_is_not_said_is_refused(void **state)
{
    struct broker *b = written_with_bc(state);

    configure("topic_prefix msg", NULL);
    assert_int_not_equal(broker_try_restart(b), 0);
    assert_true(broker_log_contains(b, "belongs to topic_prefix bc"));
    assert_true(broker_log_contains(b, "plugin_opt_topic_prefix_was bc"));
    configure("topic_prefix msg", "topic_prefix_was other");
    assert_int_not_equal(broker_try_restart(b), 0);
    configure(NULL, NULL); /* nothing has been changed */
    broker_restart(b);
    talk_history(client_login(b, "bob"), "alice", "hello:held");
}

static void the_former_topics_stay_closed(void **state)
{
    struct broker *b = written_with_bc(state);
    struct client *bob;

    configure("topic_prefix msg", "topic_prefix_was bc");
    broker_restart(b);
    msg_has_it_all(b);
    bob = bobs_phone(b); /* whose session has a message in its queue, and the subscription */
    assert_true(client_session_present(bob));
    bc_is_closed(b);
    client_expect_none(bob, "bc/*", QUIET_MS);
    client_disconnect(bob);

    /* It is said once: the store remembers. */
    configure("topic_prefix msg", NULL);
    broker_restart(b);
    msg_has_it_all(b);
    bc_is_closed(b);
}

static void who_is_subscribed_there_may_leave(void **state)
{
    static const char filter[] = "bc/user/bob/#";
    uint8_t packet[64] = { UNSUBSCRIBE, 5 + sizeof filter - 1, 0, 7, 0, 0, sizeof filter - 1 };
    struct broker *b = written_with_bc(state);
    uint8_t answer[64];
    size_t len;
    int fd;

    configure("topic_prefix msg", "topic_prefix_was bc");
    broker_restart(b);
    fd = raw_open(broker_port(b, BROKER_TCP));
    raw_connect(fd, &(struct raw_connect){ .version = 5, .id = "bobs-phone", .user = "bob" });
    assert_true(raw_read(fd, answer, sizeof answer, READ_MS) > 0);
    memcpy(packet + 7, filter, sizeof filter - 1);
    raw_write(fd, packet, 7 + sizeof filter - 1);
    len = raw_read(fd, answer, sizeof answer, READ_MS);
    raw_close(fd);
    assert_true(len >= 6);
    assert_int_equal(answer[0], UNSUBACK);
    assert_int_equal(answer[len - 1], 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_change_that_is_not_said_is_refused),
        TEST(the_former_topics_stay_closed),
        TEST(who_is_subscribed_there_may_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
