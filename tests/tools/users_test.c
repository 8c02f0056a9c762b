/* Who there is, and what the operator does about them: connections, tokens, invitations. */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

enum {
    SECRET_LENGTH = 47,
    NOT_AUTHORIZED = 0x87
};

static struct tool_run run;

static char limits[] = "/tmp/backchannel-limits-XXXXXX";

static void write_limits(const char *text)
{
    FILE *file = fopen(limits, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int begin(void **state)
{
    static char file[64];
    static const char *const options[] = { "moderators mo", "accounts invites",
        "rate_per_minute 1000000", "rate_burst 1000000", file, NULL };
    static const char *const users[] = { "alice", "bob", "mo", NULL };

    int fd = mkstemp(limits);

    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(file, sizeof(file), "limits_file %s", limits);
    write_limits("request_days 20\n");
    *state = broker_start(&(struct broker_options){
        .plugin_options = options, .users = users, .lines_before = talk_lines });
    return 0;
}

static int end(void **state)
{
    (void)remove(limits);
    return broker_teardown(state);
}

static int code_with(struct broker *b, const char *user, const char *password)
{
    return client_connect_code(
        client_try_connect(b, &(struct client_options){ .user = user, .password = password }));
}

/* ---- users ---- */

static void users_are_listed_with_what_they_have(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *again = client_login(b, "alice");

    talk_send(alice, "bob", "one");
    talk_send(again, "bob", "two");
    tool_expect(b, 0, "\"alice\"               2 messages  0 devices with tokens  2 connected\n",
        "users", life_data(b), NULL);
    tool_expect(b, 0, "\"bob\"                 2 messages  0 devices", "users", life_data(b), NULL);
    tool_run(b, &run, "users", life_data(b), "--json", NULL);
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.text, "{\"user\":\"alice\",\"devices\":0,\"messages\":2,"
                                     "\"type\":\"user\",\"connected\":2}"));
    assert_non_null(strstr(run.text, "{\"ok\":true}\n"));
    tool_expect(b, 2, "has been here. (not-found)", "users", life_data(b), "nobody", NULL);
    tool_expect(b, 2, "(bad-name)", "users", life_data(b), "a/b", NULL);
    client_disconnect(again);
    client_disconnect(alice);
}

/* More than a turn has room for. */
static void hundreds_of_users_come_a_few_at_a_turn(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    int lines = 0;
    char name[32];

    for (int i = 0; i < 300; i++) {
        (void)snprintf(name, sizeof(name), "{\"user\":\"stranger%d\"}", i);
        talk_ok(alice, "block", "%s", name);
    }
    tool_run(b, &run, "users", life_data(b), NULL);
    assert_int_equal(run.code, 0);
    for (const char *at = run.text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_true(lines >= 302);
    assert_non_null(strstr(run.text, "\"stranger299\""));
    client_disconnect(alice);
}

static void without_a_broker_users_are_those_of_the_store(void **state)
{
    struct broker *b = *state;

    talk_send(client_login(b, "alice"), "bob", "hello");
    tool_expect(b, 0, "is suspended", "suspend", life_data(b), "bob", NULL);
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 0, "\"alice\"", "users", life_data(b), NULL);
    tool_expect(b, 0, "suspended until 2", "users", life_data(b), "bob", NULL);
    tool_expect(b, 0, "{\"ok\":true}", "users", life_data(b), "--json", NULL);
    tool_expect(b, 2, "has been here. (not-found)", "users", life_data(b), "nobody", NULL);
    tool_expect(b, 2, "no broker runs", "kick", life_data(b), "alice", NULL);
    tool_expect(b, 2, "no broker runs", "invite", life_data(b), "alice", NULL);
    tool_expect(b, 2, "no broker runs", "revoke-token", life_data(b), "alice", "phone", NULL);
    broker_restart(b);
    tool_expect(b, 0, "no longer", "unsuspend", life_data(b), "bob", NULL);
}

/* ---- kick ---- */

static void who_is_kicked_is_gone_and_may_come_again(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *again = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    tool_expect(b, 0, "\"alice\": 2 connections ended", "kick", life_data(b), "alice", NULL);
    (void)client_expect_lost(alice, 5000);
    (void)client_expect_lost(again, 5000);
    assert_true(broker_log_contains(b, "the operator: kick \"alice\""));
    talk_settle(bob);
    talk_send(client_login(b, "alice"), "bob", "here again");
    tool_expect(b, 0, "\"connections\":0", "kick", life_data(b), "nobody", "--json", NULL);
    tool_expect(b, 2, "(bad-name)", "kick", life_data(b), "a/b", NULL);
    tool_expect(b, 2, "too few", "kick", life_data(b), NULL);
}

/* ---- tokens ---- */

static void a_token_that_is_revoked_ends_with_its_connections(void **state)
{
    struct broker *b = *state;
    struct client *bob = client_login(b, "bob");
    const char *token =
        answer_string(talk_ok(bob, "create-token", "{\"device\":\"phone\"}"), "token");
    struct client *phone =
        client_connect(b, &(struct client_options){ .user = "bob", .password = token });

    tool_expect(b, 0, "device \"phone\"", "users", life_data(b), "bob", NULL);
    tool_expect(b, 0, "1 devices with tokens  last seen 2", "users", life_data(b), NULL);
    tool_run(b, &run, "revoke-token", life_data(b), "bob", "phone", NULL);
    broker_expect_log(b, "the operator: revoke-token \"bob\"", 1000);
    (void)client_expect_lost(phone, 5000);
    broker_kill(b);
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.text, "phone of \"bob\" is ended"));
    broker_restart(b);
    assert_int_equal(code_with(b, "bob", token), NOT_AUTHORIZED);
    tool_expect(b, 2, "(not-found)", "revoke-token", life_data(b), "bob", "phone", NULL);
    tool_expect(b, 2, "(not-found)", "revoke-token", life_data(b), "nobody", "phone", NULL);
    tool_expect(b, 2, "(bad-request)", "revoke-token", life_data(b), "bob", "", NULL);
}

/* ---- invitations ---- */

/* The line that is an invitation, of what was printed. */
static void find_invitation(char invite[SECRET_LENGTH + 1])
{
    const char *found = strstr(run.text, "bci-");

    assert_int_equal(run.code, 0);
    assert_non_null(found);
    (void)snprintf(invite, SECRET_LENGTH + 1, "%s", found);
    assert_int_equal(found[SECRET_LENGTH], '\n');
}

static void an_invitation_outlives_the_broker_that_is_killed_behind_it(void **state)
{
    struct broker *b = *state;
    char invite[SECRET_LENGTH + 1];
    struct client *zoe;

    tool_run(b, &run, "invite", life_data(b), "alice", NULL);
    broker_kill(b);
    find_invitation(invite);
    broker_restart(b);
    zoe = client_connect(b, &(struct client_options){ .user = "zoe", .password = invite });
    talk_list(zoe, "contacts", "alice");
    assert_int_equal(code_with(b, "zack", invite), NOT_AUTHORIZED);
}

static void an_invitation_is_shown_and_ended_by_its_id(void **state)
{
    struct broker *b = *state;
    char invite[SECRET_LENGTH + 1];
    char id[17] = "";
    const char *found;

    tool_run(b, &run, "invite", life_data(b), "alice", "--days", "2", "--uses", "3", NULL);
    find_invitation(invite);
    tool_run(b, &run, "users", life_data(b), "alice", NULL);
    found = strstr(run.text, "    invitation ");
    assert_non_null(found);
    assert_int_equal(sscanf(found, "    invitation %16s", id), 1);
    assert_non_null(strstr(found, "3 uses"));
    assert_null(strstr(run.text, "bci-"));
    tool_expect(b, 0, "is ended", "revoke-invite", life_data(b), "alice", id, NULL);
    assert_int_equal(code_with(b, "yan", invite), NOT_AUTHORIZED);
    tool_expect(b, 2, "(not-found)", "revoke-invite", life_data(b), "alice", id, NULL);
    tool_expect(b, 2, "(bad-request)", "revoke-invite", life_data(b), "alice", "it", NULL);
    tool_expect(b, 2, "(not-found)", "revoke-invite", life_data(b), "nobody", id, NULL);
}

static void invitations_that_make_no_sense_are_not_made(void **state)
{
    struct broker *b = *state;

    tool_expect(b, 2, "(bad-request)", "invite", life_data(b), "alice", "--days", "31", NULL);
    tool_expect(b, 2, "(bad-request)", "invite", life_data(b), "alice", "--uses", "0", NULL);
    tool_expect(b, 2, "whole number", "invite", life_data(b), "alice", "--uses", "many", NULL);
    tool_expect(b, 2, "(bad-name)", "invite", life_data(b), "a/b", NULL);
    tool_expect(b, 2, "(not-a-member)", "invite", life_data(b), "alice", "--group", "none", NULL);
    tool_expect(b, 2, "--uses is not for kick", "kick", life_data(b), "alice", "--uses", "1", NULL);
}

static void where_there_are_no_invitations_none_is_made(void **state)
{
    struct broker *b = broker_start(&(struct broker_options){ .lines_after = talk_lines });

    (void)state;
    tool_expect(b, 2, "(not-possible)", "invite", life_data(b), "alice", NULL);
    broker_free(b);
}

/* ---- disable ---- */

static void who_is_disabled_has_nothing_left_to_come_in_by(void **state)
{
    struct broker *b = *state;
    struct client *bob = client_login(b, "bob");
    const char *token =
        answer_string(talk_ok(bob, "create-token", "{\"device\":\"phone\"}"), "token");
    char invite[SECRET_LENGTH + 1];

    talk_ok(bob, "create-token", "{\"device\":\"laptop\"}");
    tool_run(b, &run, "invite", life_data(b), "bob", NULL);
    find_invitation(invite);
    tool_expect(b, 0, "device \"laptop\"", "users", life_data(b), "bob", NULL);
    tool_run(b, &run, "disable", life_data(b), "bob", "--reason", "left us", NULL);
    broker_expect_log(b, "the operator: disable \"bob\"", 1000);
    (void)client_expect_lost(bob, 5000);
    broker_kill(b);
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.text, "\"bob\" is suspended for good"));
    broker_restart(b);
    assert_int_equal(code_with(b, "bob", token), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "xaver", invite), NOT_AUTHORIZED);
    tool_run(b, &run, "users", life_data(b), "bob", NULL);
    assert_non_null(strstr(run.text, "0 devices with tokens  suspended until 2"));
    assert_null(strstr(run.text, "invitation"));
    talk_no(client_login(b, "bob"), "suspended", "send", "{\"user\":\"alice\",\"payload\":\"x\"}");
    tool_expect(
        b, 0, "is suspended for good", "disable", life_data(b), "bob", NULL); /* once more */
    tool_expect(b, 0, "no longer", "unsuspend", life_data(b), "bob", NULL);
    tool_expect(b, 2, "(not-found)", "disable", life_data(b), "nobody", NULL);
    tool_expect(b, 2, "(bad-name)", "disable", life_data(b), "a/b", NULL);
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 2, "no broker runs", "disable", life_data(b), "bob", NULL);
    tool_expect(b, 0, "", "check", life_data(b), NULL);
    broker_restart(b);
}

/* ---- reload ---- */

static void limits_are_read_again_when_the_operator_asks(void **state)
{
    struct broker *b = *state;

    write_limits("request_days 10\n");
    tool_expect(b, 0, "read again: 1 changed, 0 wrong;", "reload", life_data(b), NULL);
    broker_expect_log(b, "request_days", 1000);
    assert_true(broker_log_contains(b, "the operator: reload"));
    assert_true(broker_log_contains(b, "1 changed, 0 wrong"));
    write_limits("request_days many\n");
    tool_expect(b, 1, "{\"ok\":true,\"read\":true,\"changed\":0,\"wrong\":1}\n", "reload",
        life_data(b), "--json", NULL);
    broker_expect_log(b, "nothing changes", 1000);
    tool_expect(b, 1, "0 changed, 1 wrong, so nothing is different", "reload", life_data(b), NULL);
    write_limits("request_days 10\n");
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 2, "no broker runs", "reload", life_data(b), NULL);
    broker_restart(b);
}

/* ---- log-level ---- */

static void the_log_tells_of_requests_as_long_as_the_operator_wants(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");

    talk_settle(alice);
    assert_false(broker_log_contains(b, "\"alice\" publishes"));
    tool_expect(b, 0, "each request", "log-level", life_data(b), "info", NULL);
    talk_send(alice, "bob", "a secret");
    talk_no(alice, "bad-request", "approve", "{\"user\":7}");
    assert_true(broker_log_contains(b, "\"alice\" publishes to bc/user/bob"));
    assert_true(broker_log_contains(b, "\"alice\" publishes to bc/do/approve"));
    assert_true(broker_log_contains(b, "\"alice\" is refused bad-request"));
    assert_false(broker_log_contains(b, "a secret"));
    tool_expect(b, 0, "\"level\":\"notice\"", "log-level", life_data(b), "notice", "--json", NULL);
    talk_send(alice, "carol", "a secret");
    assert_false(broker_log_contains(b, "bc/user/carol"));
    tool_expect(b, 2, "(bad-request)", "log-level", life_data(b), "everything", NULL);
    tool_expect(b, 2, "too few", "log-level", life_data(b), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_are_listed_with_what_they_have),
        cmocka_unit_test(hundreds_of_users_come_a_few_at_a_turn),
        cmocka_unit_test(without_a_broker_users_are_those_of_the_store),
        cmocka_unit_test(who_is_kicked_is_gone_and_may_come_again),
        cmocka_unit_test(a_token_that_is_revoked_ends_with_its_connections),
        cmocka_unit_test(an_invitation_outlives_the_broker_that_is_killed_behind_it),
        cmocka_unit_test(an_invitation_is_shown_and_ended_by_its_id),
        cmocka_unit_test(invitations_that_make_no_sense_are_not_made),
        cmocka_unit_test(who_is_disabled_has_nothing_left_to_come_in_by),
        cmocka_unit_test(limits_are_read_again_when_the_operator_asks),
        cmocka_unit_test(the_log_tells_of_requests_as_long_as_the_operator_wants),
        cmocka_unit_test(where_there_are_no_invitations_none_is_made),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
