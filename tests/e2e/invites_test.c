/* Invitations: who comes by one has an account, once, and a contact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "raw.h"
#include "talk.h"

enum {
    SECRET_LENGTH = 47,
    NOT_AUTHORIZED = 0x87
};

static const char *const options[] = { "accounts invites", "moderators alice",
    "rate_per_minute 1000000", "rate_burst 1000000", NULL };

static struct broker *broker(void)
{
    return broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
}

/* As whoami says it. */
static bool may_invite(struct client *client)
{
    return cJSON_IsTrue(cJSON_GetObjectItem(talk_ok(client, "whoami", "{}"), "may-invite"));
}

static int code_with(struct broker *b, const char *user, const char *password)
{
    return client_connect_code(
        client_try_connect(b, &(struct client_options){ .user = user, .password = password }));
}

static const char *create(struct client *c, const char *arguments)
{
    const cJSON *answer = talk_ok(c, "create-invite", "%s", arguments);
    const char *invite = answer_string(answer, "invite");

    assert_true(answer_number(answer, "until") > 0);
    assert_int_equal(strlen(invite), SECRET_LENGTH);
    assert_memory_equal(invite, "bci-", 4);
    return invite;
}

static struct client *come(struct broker *b, const char *user, const char *invite)
{
    struct client *c =
        client_connect(b, &(struct client_options){ .user = user, .password = invite });
    char filter[64];

    snprintf(filter, sizeof filter, "bc/user/%s/#", user);
    assert_int_equal(client_subscribe(c, filter, 1), 1);
    return c;
}

static void who_comes_has_an_account_and_a_contact(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const char *invite = create(alice, "{}");
    struct client *zoe = come(b, "zoe", invite);
    const char *token;

    talk_is(talk_event(alice, "contact"), "user", "zoe");
    talk_is(talk_event(alice, "invited"), "user", "zoe");
    talk_list(alice, "contacts", "zoe");
    talk_list(zoe, "contacts", "alice");
    talk_send(zoe, "alice", "hello");
    talk_get_text(alice, "inbox", "zoe", "hello");
    talk_send(alice, "zoe", "welcome");
    talk_get_text(zoe, "inbox", "alice", "welcome");
    /* The same again, and nobody else, until a token exists. */
    assert_int_equal(code_with(b, "zoe", invite), 0);
    assert_int_equal(code_with(b, "zack", invite), NOT_AUTHORIZED);
    assert_int_equal(talk_count(talk_ok(alice, "invites", "{}"), "invites"), 0);
    broker_kill(b);
    broker_restart(b);
    zoe = come(b, "zoe", invite);
    token = answer_string(talk_ok(zoe, "create-token", "{\"device\":\"phone\"}"), "token");
    assert_int_equal(code_with(b, "zoe", invite), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "zoe", token), 0);
}

static void names_that_are_taken_and_names_that_are_none_are_refused_alike(void **state)
{
    static const char *const names[] = { "bob" /* in the password file, never here */, "carol",
        "Zoe", "z", "-zoe", "z e", "z\xc3\xa9", "zoe/a", "abcdefghijabcdefghijabcdefghijabc" };
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const char *invite = create(alice, "{}");

    talk_ok(client_login(b, "carol"), "add-contact", "{\"user\":\"nobody\"}");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(code_with(b, names[i], invite), NOT_AUTHORIZED);
    assert_int_equal(talk_count(talk_ok(alice, "invites", "{}"), "invites"), 1);
    assert_int_equal(
        code_with(b, "z1", "bci-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"), NOT_AUTHORIZED);
}

static void an_invitation_is_used_up_revoked_and_listed(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    char invite[SECRET_LENGTH + 1];
    const cJSON *row;

    snprintf(invite, sizeof invite, "%s", create(alice, "{\"uses\":3,\"days\":30}"));
    come(b, "u1", invite);
    row = talk_item(talk_ok(alice, "invites", "{}"), "invites", 0);
    assert_int_equal(answer_number(row, "uses"), 2);
    assert_int_equal(strlen(answer_string(row, "invite")), 16);
    come(b, "u2", invite);
    talk_ok(alice, "revoke-invite", "{\"invite\":\"%s\"}", invite);
    talk_no(alice, "not-found", "revoke-invite", "{\"invite\":\"%s\"}", invite);
    assert_int_equal(code_with(b, "u3", invite), NOT_AUTHORIZED);
    assert_int_equal(code_with(b, "u2", invite), 0);
    create(alice, "{}");
    row = talk_item(talk_ok(alice, "invites", "{}"), "invites", 0);
    talk_ok(alice, "revoke-invite", "{\"invite\":\"%s\"}", answer_string(row, "invite"));
    talk_list(alice, "contacts", "u1 u2");
}

static void with_a_group_who_comes_is_a_member(void **state)
{
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");
    const char *invite;
    struct client *zoe;

    talk_ok(alice, "create-group", "{\"group\":\"choir\",\"title\":\"The choir\"}");
    talk_no(alice, "not-a-member", "create-invite", "{\"group\":\"none\"}");
    talk_no(alice, "bad-name", "create-invite", "{\"group\":\"a b\"}");
    invite = create(alice, "{\"group\":\"choir\"}");
    talk_is(talk_item(talk_ok(alice, "invites", "{}"), "invites", 0), "group", "choir");
    assert_int_equal(client_subscribe(alice, "bc/group/choir/#", 1), 1);
    zoe = come(b, "zoe", invite);
    talk_is(talk_event(alice, "contact"), "user", "zoe");
    talk_is(talk_event(alice, "invited"), "user", "zoe");
    talk_is(talk_json(alice, client_expect(alice, "bc/group/choir/events/joined", CLIENT_WAIT_MS)),
        "user", "zoe");
    assert_int_equal(talk_count(talk_ok(zoe, "members", "{\"group\":\"choir\"}"), "members"), 2);
    talk_is(talk_item(talk_ok(zoe, "sync", "{}"), "items", 1), "event", "group-joined");
    /* Account, contact and membership are one: none is there without the others. */
    invite = create(alice, "{\"group\":\"choir\"}");
    assert_int_equal(code_with(b, "yan", invite), 0);
    broker_kill(b);
    broker_restart(b);
    alice = client_login(b, "alice");
    talk_list(alice, "contacts", "yan zoe");
    assert_int_equal(talk_count(talk_ok(alice, "members", "{\"group\":\"choir\"}"), "members"), 3);
}

/* Who has left the group's offices lets nobody in any more, and a full group has no room. */
static void without_the_right_or_room_there_is_an_account_and_no_membership(void **state)
{
    static const char *const small[] = { "accounts invites", "invites_by everyone",
        "group_max_members 2", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = small });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const char *invite;

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(alice, "create-group", "{\"group\":\"choir\",\"users\":[\"bob\"]}");
    invite = create(alice, "{\"group\":\"choir\"}");
    assert_int_equal(code_with(b, "zoe", invite), 0);
    assert_int_equal(talk_count(talk_ok(alice, "members", "{\"group\":\"choir\"}"), "members"), 2);
    invite = create(alice, "{\"group\":\"choir\"}");
    talk_ok(alice, "set-role", "{\"group\":\"choir\",\"user\":\"bob\",\"role\":\"owner\"}");
    talk_ok(alice, "leave", "{\"group\":\"choir\"}");
    assert_int_equal(code_with(b, "yan", invite), 0);
    assert_int_equal(talk_count(talk_ok(bob, "members", "{\"group\":\"choir\"}"), "members"), 1);
    talk_list(alice, "contacts", "yan zoe");
}

enum {
    AT_ONCE = 8
};

/* How many are let in who come by ${invite} before anybody has been answered: CONNACK's code is 0.
 */
static unsigned come_at_once(struct broker *b, const char *const names[AT_ONCE], const char *invite)
{
    int fds[AT_ONCE];
    unsigned in = 0;

    for (size_t i = 0; i < AT_ONCE; i++)
        fds[i] = raw_open(broker_port(b, BROKER_TCP));
    for (size_t i = 0; i < AT_ONCE; i++)
        raw_connect(
            fds[i], &(struct raw_connect){
                        .version = 4, .clean = true, .user = names[i], .password = invite });
    for (size_t i = 0; i < AT_ONCE; i++) {
        uint8_t connack[4] = { 0 };

        assert_int_equal(raw_read(fds[i], connack, sizeof connack, CLIENT_WAIT_MS), 4);
        in += connack[3] == 0;
        raw_close(fds[i]);
    }
    return in;
}

static void used_twice_at_once_it_lets_in_one(void **state)
{
    static const char *const many[AT_ONCE] = { "z0", "z1", "z2", "z3", "z4", "z5", "z6", "z7" };
    static const char *const one[AT_ONCE] = { "yan", "yan", "yan", "yan", "yan", "yan", "yan",
        "yan" };
    struct broker *b = *state = broker();
    struct client *alice = client_login(b, "alice");

    assert_int_equal(come_at_once(b, many, create(alice, "{}")), 1);
    assert_int_equal(talk_count(talk_ok(alice, "contacts", "{}"), "users"), 1);
    /* The same name is the same person. */
    assert_int_equal(come_at_once(b, one, create(alice, "{}")), AT_ONCE);
    assert_int_equal(talk_count(talk_ok(alice, "contacts", "{}"), "users"), 2);
}

static void who_may_and_what_is_wrong_is_said(void **state)
{
    static const char *const wrong[] = { "{\"days\":0}", "{\"days\":31}", "{\"uses\":0}",
        "{\"uses\":101}", "{\"group\":7}" };
    struct client *alice;
    struct client *bob;

    *state = broker();
    alice = client_login(*state, "alice");
    bob = client_login(*state, "bob");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        talk_no(alice, "bad-request", "create-invite", "%s", wrong[i]);
    talk_no(alice, "bad-request", "revoke-invite", "{\"invite\":\"x\"}");
    talk_no(alice, "bad-request", "revoke-invite", "{}");
    talk_no(bob, "not-authorized", "create-invite", "{}");
    talk_is(talk_ok(bob, "whoami", "{}"), "accounts", "invites");
    assert_false(may_invite(bob));
    assert_true(may_invite(alice));
}

static void everyone_may_with_the_option_and_nobody_without_invitations(void **state)
{
    static const char *const everyone[] = { "accounts invites", "invites_by everyone", NULL };
    static const char *const tokens[] = { "accounts tokens", "moderators alice", NULL };
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .plugin_options = everyone });

    assert_int_equal(code_with(b, "zoe", create(client_login(b, "bob"), "{}")), 0);
    assert_true(may_invite(client_login(b, "carol")));
    broker_teardown(state);
    b = *state = broker_start(&(struct broker_options){ .plugin_options = tokens });
    assert_false(may_invite(client_login(b, "bob")));
    talk_no(client_login(b, "alice"), "not-possible", "create-invite", "{}");
    talk_no(client_login(b, "alice"), "not-possible", "invites", "{}");
}

static void a_suspended_inviters_invitation_is_dead_and_they_make_none(void **state)
{
    static const char *const everyone[] = { "accounts invites", "invites_by everyone",
        "moderators alice", NULL };
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .plugin_options = everyone });
    struct client *bob = client_login(b, "bob");
    struct client *alice = client_login(b, "alice");
    const char *invite = create(bob, "{}");

    talk_ok(alice, "suspend", "{\"user\":\"bob\",\"days\":1}");
    assert_int_equal(code_with(b, "zoe", invite), NOT_AUTHORIZED);
    talk_no(bob, "suspended", "create-invite", "{}");
    talk_ok(alice, "unsuspend", "{\"user\":\"bob\"}");
    assert_int_equal(code_with(b, "zoe", invite), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(who_comes_has_an_account_and_a_contact, broker_teardown),
        cmocka_unit_test_teardown(
            names_that_are_taken_and_names_that_are_none_are_refused_alike, broker_teardown),
        cmocka_unit_test_teardown(an_invitation_is_used_up_revoked_and_listed, broker_teardown),
        cmocka_unit_test_teardown(with_a_group_who_comes_is_a_member, broker_teardown),
        cmocka_unit_test_teardown(
            without_the_right_or_room_there_is_an_account_and_no_membership, broker_teardown),
        cmocka_unit_test_teardown(used_twice_at_once_it_lets_in_one, broker_teardown),
        cmocka_unit_test_teardown(who_may_and_what_is_wrong_is_said, broker_teardown),
        cmocka_unit_test_teardown(
            everyone_may_with_the_option_and_nobody_without_invitations, broker_teardown),
        cmocka_unit_test_teardown(
            a_suspended_inviters_invitation_is_dead_and_they_make_none, broker_teardown),
    };
    return cmocka_run_group_tests_name("invites", tests, NULL, NULL);
}
