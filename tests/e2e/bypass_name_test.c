/* Clients whose user is no user by protocol section 1: without a name, or with an invalid one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raw.h"
#include "talk.h"

enum {
    READ_MS = 500,
    CONNACK_LEN = 4
};

#define NAME_64 "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789"
#define NAME_65 "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789x"

/* U+FEFF, for which some clients end the connection. */
#define INVISIBLE "bob\xef\xbb\xbf"

static const char *const valid[] = { "a", NAME_64, "with space", "dot.dot", "..", "a$b", "a@b",
    "\xc3\xa9t\xc3\xa9", "\xf0\x9f\x98\x80", "typing", "inbox", "user", "bc" };
static const char *const invalid[] = { "al+ice", "+", "alice#", "al/ice", "/", "alice/inbox",
    "bob/", "$alice", "$share", "@alice", NAME_65, INVISIBLE,
    "al\xe2\x80\x8d"
    "ice",
    "al\xe2\x80\xae"
    "ice",
    "al\xe2\x80\xa8"
    "ice",
    "al\xc2\xad"
    "ice" };

enum {
    VALID = sizeof valid / sizeof *valid,
    INVALID = sizeof invalid / sizeof *invalid
};

static int start(void **state)
{
    static const char *users[VALID + INVALID + 2] = { "bob" };

    memcpy(users + 1, valid, sizeof valid);
    memcpy(users + 1 + VALID, invalid, sizeof invalid);
    *state = broker_start(&(struct broker_options){ .users = users,
        .lines_before = talk_lines,
        .plugin_options = (const char *const[]){ "other_topics allow", NULL },
        .allow_anonymous = true });
    return 0;
}

static void valid_names_are_users(void **state)
{
    struct client *bob = client_login(*state, "bob");

    for (size_t i = 0; i < VALID; i++) {
        struct client *c = client_login(*state, valid[i]);
        char topic[128];

        talk_send(c, "bob", "hello");
        talk_get_text(bob, "requests", valid[i], "hello");
        snprintf(topic, sizeof topic, "bc/user/%s", valid[i]);
        talk_send(bob, valid[i], "hello to you");
        talk_get_text(c, "inbox", "bob", "hello to you");
        assert_string_equal(answer_string(talk_ok(c, "whoami", "{}"), "user"), valid[i]);
        client_free(c);
    }
}

/* It may do nothing below the prefix, and is told so; beyond it the operator's rules stand. */
static void may_nothing(struct broker *b, const char *user)
{
    static const char *const filters[] = { "bc/user/bob/#", "bc/user/+/#", "bc/#", "bc/error",
        "bc/reply/#", "bc/user/alice/#", "bc/user//#" };
    static const char *const topics[] = { "bc/user/bob", "bc/user/bob/typing", "bc/do/whoami",
        "bc/do/send", "bc/group/g", "bc/nothing" };
    struct client *c = client_connect(b, &(struct client_options){ .user = user });
    char own[128];

    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        assert_int_equal(client_subscribe(c, filters[i], 1), TALK_REFUSED);
    if (user != NULL && strpbrk(user, "+#") == NULL) {
        snprintf(own, sizeof own, "bc/user/%s/#", user);
        assert_int_equal(client_subscribe(c, own, 1), TALK_REFUSED);
    }
    assert_int_equal(client_subscribe(c, "#", 1), 1);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        assert_int_equal(client_send(c, topics[i], "{}"), TALK_REFUSED);
        talk_error(c, topics[i], "not-authorized", NULL);
    }
    assert_int_equal(client_send(c, "elsewhere", "hello"), 0);
    client_expect(c, "elsewhere", CLIENT_WAIT_MS);
    assert_int_equal(client_count(c, "*"), 0);
    client_free(c);
}

static void a_client_without_a_name_may_nothing(void **state)
{
    struct client *bob = client_login(*state, "bob");

    may_nothing(*state, NULL);
    talk_nothing(bob, "*");
}

static void clients_with_invalid_names_may_nothing(void **state)
{
    struct client *bob = client_login(*state, "bob");

    for (size_t i = 0; i < INVALID; i++)
        may_nothing(*state, invalid[i]);
    talk_nothing(bob, "*");
}

static void nobody_can_be_written_to_by_an_invalid_name(void **state)
{
    static const char *const bad[] = { "$alice", "@alice", NAME_65, "\xc2\xa0", "$" };
    struct client *bob = client_login(*state, "bob");

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char topic[128];

        if (strcmp(bad[i], "\xc2\xa0") == 0)
            continue; /* a no-break space is no control character */
        snprintf(topic, sizeof topic, "bc/user/%s", bad[i]);
        talk_refused(bob, topic, "hello", "bad-name");
        talk_no(bob, "bad-name", "add-contact", "{\"user\":\"%s\"}", bad[i]);
    }
    talk_no(bob, "bad-name", "send", "{\"user\":\"a/b\",\"payload\":\"x\"}");
    talk_no(bob, "bad-name", "block", "{\"user\":\"a+b\"}");
    talk_no(bob, "bad-name", "history", "{\"user\":\"#\"}");
    talk_no(bob, "bad-name", "approve", "{\"user\":\"a\\u0001b\"}");
    talk_no(bob, "bad-name", "approve", "{\"user\":\"a\\u0085b\"}");
    talk_no(bob, "bad-name", "approve", "{\"user\":\"\"}");
    talk_refused(bob, "bc/user/" INVISIBLE, "hello", "bad-name");
    talk_no(bob, "bad-name", "create-group", "{\"group\":\"g\",\"users\":[\"a\\u202eb\"]}");
    talk_no(bob, "bad-name", "members", "{\"group\":\"g\\ufeff\"}");
    talk_ok(bob, "create-group", "{\"group\":\"g\",\"title\":\"\\u200c\\u200d\"}");
    talk_no(bob, "bad-request", "rename-group", "{\"group\":\"g\",\"title\":\"a\\ufeff\"}");
    talk_no(bob, "bad-request", "create-group", "{\"title\":\"a\\u202e\"}");
}

/* MQTT itself forbids these, so the connection ends before there is a user. */
static void names_with_control_characters_do_not_connect(void **state)
{
    static const char *const names[] = { "al\x01ice", "al\nice", "al\x7fice", "al\xc2\x85ice",
        "al\xffice", "al\xed\xa0\x80ice" };
    uint8_t answer[64];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int fd = raw_open(broker_port(*state, BROKER_TCP));
        size_t len;

        raw_connect(fd, &(struct raw_connect){ .version = 4, .clean = true, .user = names[i] });
        len = raw_read(fd, answer, sizeof answer, READ_MS);
        assert_true(len == 0 || (len == CONNACK_LEN && answer[3] != 0));
        raw_close(fd);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(valid_names_are_users),
        TEST(a_client_without_a_name_may_nothing),
        TEST(clients_with_invalid_names_may_nothing),
        TEST(nobody_can_be_written_to_by_an_invalid_name),
        TEST(names_with_control_characters_do_not_connect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
