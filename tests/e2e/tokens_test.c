/* Tokens: a device signs in without a password, until its token is ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

enum {
    SECRET_LENGTH = 47,
    TOKENS_MAX = 20,
    WRONG = 10,
    NOT_AUTHORIZED = 0x87
};

#define WRONG_TOKEN "bct-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const char *const options[] = { "accounts tokens", "rate_per_minute 1000000",
    "rate_burst 1000000", NULL };

static struct broker *broker(void)
{
    return broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
}

static int code_with(struct broker *b, const char *user, const char *password)
{
    return client_connect_code(
        client_try_connect(b, &(struct client_options){ .user = user, .password = password }));
}

static struct client *by_token(struct broker *b, const char *user, const char *token)
{
    return client_connect(b, &(struct client_options){ .user = user, .password = token });
}

/* A token for ${device}, the client's. */
static const char *create(struct client *c, const char *device)
{
    const char *token =
        answer_string(talk_ok(c, "create-token", "{\"device\":\"%s\"}", device), "token");

    assert_int_equal(strlen(token), SECRET_LENGTH);
    assert_memory_equal(token, "bct-", 4);
    return token;
}

static void a_token_is_a_password_for_its_user_alone(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const char *token = create(alice, "phone");
    struct client *phone = by_token(b, "alice", token);
    const cJSON *answer = talk_ok(phone, "tokens", "{}");

    talk_is(talk_ok(phone, "whoami", "{}"), "user", "alice");
    talk_is(talk_ok(phone, "whoami", "{}"), "accounts", "tokens");
    assert_int_equal(talk_count(answer, "tokens"), 1);
    talk_is(talk_item(answer, "tokens", 0), "device", "phone");
    assert_true(answer_number(talk_item(answer, "tokens", 0), "created") > 0);
    assert_int_equal(answer_number(talk_item(answer, "tokens", 0), "used") % 86400000, 0);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(talk_item(answer, "tokens", 0), "current")));
    assert_false(talk_has(talk_item(answer, "tokens", 0), "until"));
    assert_false(talk_has(talk_item(talk_ok(alice, "tokens", "{}"), "tokens", 0), "current"));
    assert_int_equal(code_with(b, "bob", token), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "nobody", token), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "alice", WRONG_TOKEN), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "alice", "wrong"), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "alice", "alice"), 0);
    broker_kill(b);
    broker_restart(b);
    talk_is(talk_ok(by_token(b, "alice", token), "whoami", "{}"), "user", "alice");
}

static void a_revoked_token_ends_its_connections_and_no_others(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const char *phone = create(alice, "phone");
    const char *tablet = create(alice, "tablet");
    struct client *one = by_token(b, "alice", phone);
    struct client *two = by_token(b, "alice", phone);
    struct client *three = by_token(b, "alice", tablet);

    talk_ok(three, "revoke-token", "{\"device\":\"phone\"}");
    client_expect_lost(one, CLIENT_WAIT_MS);
    client_expect_lost(two, CLIENT_WAIT_MS);
    talk_ok(three, "whoami", "{}");
    talk_ok(alice, "whoami", "{}");
    assert_int_equal(code_with(b, "alice", phone), NOT_AUTHORIZED);
    talk_no(three, "not-found", "revoke-token", "{\"device\":\"phone\"}");
    talk_no(three, "not-found", "revoke-token", "{\"device\":\"Phone\"}");
    /* Its own: it is answered first. */
    talk_ok(three, "revoke-token", "{\"device\":\"tablet\"}");
    client_expect_lost(three, CLIENT_WAIT_MS);
    assert_int_equal(talk_count(talk_ok(alice, "tokens", "{}"), "tokens"), 0);
}

static void a_revoked_token_resumes_no_session_after_a_restart(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = options, .persistence = true });
    struct client *alice = client_login(b, "alice");
    const char *token = create(alice, "phone");
    struct client_options phone = { .user = "alice",
        .password = token,
        .id = "phone",
        .keep_session = true,
        .session_expiry = 3600 };

    client_disconnect(client_connect(b, &phone));
    talk_ok(alice, "revoke-token", "{\"device\":\"phone\"}");
    broker_restart(b);
    assert_int_equal(client_connect_code(client_try_connect(b, &phone)), NOT_AUTHORIZED);
}

static void a_device_replaces_its_token_and_stays(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const char *former = create(alice, "phone");
    struct client *phone = by_token(b, "alice", former);
    struct client *thief = by_token(b, "alice", former);
    const char *token = create(phone, "phone");
    const cJSON *answer;

    assert_string_not_equal(former, token);
    client_expect_lost(thief, CLIENT_WAIT_MS);
    answer = talk_ok(phone, "tokens", "{}");
    assert_int_equal(talk_count(answer, "tokens"), 1);
    assert_true(talk_has(talk_item(answer, "tokens", 0), "current"));
    assert_int_equal(code_with(b, "alice", former), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "alice", token), 0);
}

static void twenty_devices_have_a_token_in_pages(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const cJSON *answer;

    for (int i = 0; i < TOKENS_MAX; i++) {
        answer = talk_ok(alice, "create-token", "{\"device\":\"d%02d\",\"days\":1}", i);
        assert_true(answer_number(answer, "until") > 0);
    }
    talk_no(alice, "not-possible", "create-token", "{\"device\":\"more\"}");
    talk_ok(alice, "create-token", "{\"device\":\"d07\"}");
    assert_int_equal(talk_count(talk_ok(alice, "tokens", "{}"), "tokens"), TOKENS_MAX);
    answer = talk_ok(alice, "tokens", "{\"limit\":15}");
    assert_int_equal(talk_count(answer, "tokens"), 15);
    talk_is(answer, "after", "d14");
    answer = talk_ok(alice, "tokens", "{\"after\":\"d14\",\"max-bytes\":512}");
    assert_true(talk_count(answer, "tokens") >= 3);
    talk_is(talk_item(answer, "tokens", 0), "device", "d15");
}

static void what_is_wrong_is_said(void **state)
{
    static const char *const wrong[] = { "{}", "{\"device\":\"\"}", "{\"device\":7}",
        "{\"device\":\"a\\u0007\"}",
        "{\"device\":\"12345678901234567890123456789012345678901234567890123456789012345\"}",
        "{\"device\":\"d\",\"days\":0}", "{\"device\":\"d\",\"days\":3651}",
        "{\"device\":\"d\",\"days\":1.5}" };
    struct client *alice;

    *state = broker();
    alice = client_login(*state, "alice");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        talk_no(alice, "bad-request", "create-token", "%s", wrong[i]);
    talk_no(alice, "bad-request", "revoke-token", "{}");
    assert_int_equal(talk_count(talk_ok(alice, "tokens", "{}"), "tokens"), 0);
}

/* Wrong tokens cost the address; passwords are the broker's to judge. */
static void ten_wrong_tokens_bar_right_ones_and_no_passwords(void **state)
{
    struct broker *b = *state = broker();
    const char *token = create(client_login(b, "alice"), "phone");

    for (int i = 0; i < WRONG; i++) {
        assert_int_equal(code_with(b, "alice", token), 0);
        assert_int_equal(code_with(b, "alice", "bct-short"), NOT_AUTHORIZED);
        assert_int_equal(code_with(b, "alice",
                             i % 2 == 0 ? WRONG_TOKEN
                                        : "bci-"
                                          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
            NOT_AUTHORIZED);
    }
    assert_int_equal(code_with(b, "alice", token), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "alice", "alice"), 0);
}

static void without_the_option_there_are_none(void **state)
{
    struct client *alice;

    *state = talk_broker();
    alice = client_login(*state, "alice");
    talk_is(talk_ok(alice, "whoami", "{}"), "accounts", "off");
    talk_no(alice, "not-possible", "create-token", "{\"device\":\"phone\"}");
    talk_no(alice, "not-possible", "revoke-token", "{\"device\":\"phone\"}");
    talk_no(alice, "not-possible", "tokens", "{}");
    assert_int_equal(code_with(*state, "alice", WRONG_TOKEN), NOT_AUTHORIZED);
}

/* Whether any file of the broker's directory, its log and the store among them, has ${text}. */
static bool is_anywhere(struct broker *b, const char *text)
{
    char command[512];

    snprintf(command, sizeof command, "grep -raqF -e %s %s", text, broker_dir(b));
    return system(command) == 0; /* NOLINT(cert-env33-c): the words are the test's own */
}

static void nothing_that_is_kept_signs_anybody_in(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const char *token = create(alice, "the-phone");
    char kept[SECRET_LENGTH + 1];

    snprintf(kept, sizeof kept, "%s", token);
    by_token(b, "alice", kept);
    assert_int_equal(broker_stop(b), 0);
    assert_true(is_anywhere(b, "the-phone"));
    assert_false(is_anywhere(b, kept + 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_token_is_a_password_for_its_user_alone, broker_teardown),
        cmocka_unit_test_teardown(
            a_revoked_token_ends_its_connections_and_no_others, broker_teardown),
        cmocka_unit_test_teardown(
            a_revoked_token_resumes_no_session_after_a_restart, broker_teardown),
        cmocka_unit_test_teardown(a_device_replaces_its_token_and_stays, broker_teardown),
        cmocka_unit_test_teardown(twenty_devices_have_a_token_in_pages, broker_teardown),
        cmocka_unit_test_teardown(what_is_wrong_is_said, broker_teardown),
        cmocka_unit_test_teardown(
            ten_wrong_tokens_bar_right_ones_and_no_passwords, broker_teardown),
        cmocka_unit_test_teardown(without_the_option_there_are_none, broker_teardown),
        cmocka_unit_test_teardown(nothing_that_is_kept_signs_anybody_in, broker_teardown),
    };
    return cmocka_run_group_tests_name("tokens", tests, NULL, NULL);
}
