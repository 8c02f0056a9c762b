/*
 * The plugin beside what else an operator has: a password file, an acl_file, dynamic-security; and
 * with another prefix than bc.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

enum {
    LINE_SIZE = 512,
    CONTROL_MS = 5000,
    LOG_MS = 5000,
    QUIET_MS = 20,
    REFUSED_311 = 0x80
};

#define CONTROL "$CONTROL/dynamic-security/v1"

/* Files that a broker reads before it has a directory. */
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/backchannel-beside-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    directory_remove(folder);
    return broker_teardown(state);
}

/* Write ${text} to the file ${name} in the folder, as only the broker's user may read it. */
static void write_file(const char *name, const char *text)
{
    char path[LINE_SIZE];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, S_IRUSR | S_IWUSR), 0);
}

/* Everything that two users do with each other, once. */
static void converse(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_send(alice, "bob", "hello");
    talk_get_text(alice, "sent", "bob", "hello");
    talk_get_text(bob, "requests", "alice", "hello");
    talk_list(bob, "contacts", "");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_get_text(bob, "inbox", "alice", "hello");
    talk_event(alice, "approved");
    talk_send(bob, "alice", "hello yourself");
    talk_get_text(alice, "inbox", "bob", "hello yourself");
    talk_refused(alice, "bc/nothing", "x", "bad-topic");
    assert_int_equal(client_send(bob, "bc/user/alice/typing", ""), TALK_ACCEPTED);
    client_expect(alice, "bc/user/alice/typing/bob", CLIENT_WAIT_MS);
    assert_int_equal(client_subscribe(alice, "bc/user/bob/#", 1), TALK_REFUSED);
    client_free(alice);
    client_free(bob);
}

/* What a user may do with a topic that isn't below the prefix. */
struct rights {
    bool subscribe;
    bool write;
    bool read;
};

static const struct rights all = { true, true, true };
static const struct rights none = { false, false, false };
/* An acl_file lets everybody subscribe to everything, and looks at what is delivered. */
static const struct rights vain = { true, false, false };

static void may(struct broker *b, const char *user, const char *topic, struct rights rights)
{
    struct client *c = client_connect(b, &(struct client_options){ .user = user });
    int code = client_subscribe(c, topic, 1);

    if (code != (rights.subscribe ? 1 : TALK_REFUSED))
        fail_msg("%s subscribes to %s: code %d", user, topic, code);
    code = client_send(c, strchr(topic, '#') == NULL ? topic : "elsewhere", "hello");
    if ((code < TALK_REFUSED) != rights.write)
        fail_msg("%s publishes to %s: code %d", user, topic, code);
    if (rights.read)
        client_expect(c, topic, CLIENT_WAIT_MS);
    client_expect_none(c, topic, QUIET_MS);
    client_free(c);
}

/* ---- password file alone ---- */

static struct broker *with_other_topics(const char *option, const char *const *lines_after)
{
    const char *options[] = { option, NULL };

    return broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = options, .lines_after = lines_after });
}

static void beside_a_password_file_other_topics_are_as_the_option_says(void **state)
{
    struct client *alice;

    *state = with_other_topics("other_topics allow", NULL);
    converse(*state);
    may(*state, "carol", "lobby", all);
    alice = client_connect(*state, &(struct client_options){ .user = "alice" });
    /* $SYS and $CONTROL are left to others, and there are none. */
    assert_int_equal(client_subscribe(alice, "$SYS/#", 1), TALK_REFUSED);
    assert_int_equal(client_send(alice, CONTROL, "{}"), TALK_REFUSED);
    assert_int_equal(client_connect_code(client_try_connect(
                         *state, &(struct client_options){ .user = "alice", .password = "wrong" })),
        0x87);
    broker_teardown(state);
    *state = with_other_topics("other_topics deny", NULL);
    converse(*state);
    may(*state, "carol", "lobby", none);
    broker_teardown(state);
    *state = with_other_topics("other_topics defer", NULL);
    converse(*state);
    may(*state, "carol", "lobby", none); /* nobody says yes */
}

/* ---- acl_file ---- */

static void beside_an_acl_file_other_topics_follow_it(void **state)
{
    char line[LINE_SIZE];
    const char *const after[] = { line, NULL };
    struct client *bob;

    write_file("acl", "topic read news\ntopic read $SYS/#\nuser alice\ntopic readwrite lobby\n"
                      "topic deny bc/#\nuser bob\ntopic write news\ntopic read news\n");
    snprintf(line, sizeof line, "acl_file %s/acl", folder);
    *state = with_other_topics("other_topics defer", after);
    converse(*state);
    may(*state, "alice", "lobby", all);
    may(*state, "alice", "news", vain);
    may(*state, "bob", "news", all);
    may(*state, "carol", "lobby", vain);
    broker_teardown(state);
    /* Without our opinion on them, `allow` overrules the file, but for what begins with $. */
    *state = with_other_topics("other_topics allow", after);
    converse(*state);
    may(*state, "carol", "lobby", all);
    bob = client_connect(*state, &(struct client_options){ .user = "bob" });
    assert_int_equal(client_send(bob, CONTROL, "{}"), TALK_REFUSED);
    assert_int_equal(client_send(bob, "$other", "{}"), TALK_REFUSED);
}

/* ---- dynamic-security ---- */

/* Make a configuration with the user admin, as its owner would. */
static void make_dynamic_security(void)
{
    char file[LINE_SIZE];
    char log[LINE_SIZE];

    snprintf(file, sizeof file, "%s/dynsec.json", folder);
    snprintf(log, sizeof log, "%s/log", folder);
    process_run(
        (const char *const[]){ "mosquitto_ctrl", "dynsec", "init", file, "admin", "admin", NULL },
        log);
}

/* What is asked of dynamic-security: roles first, then the clients that have them. */
static const char roles[] =
    "{\"commands\":["
    "{\"command\":\"createRole\",\"rolename\":\"talker\",\"acls\":["
    "{\"acltype\":\"publishClientSend\",\"topic\":\"lobby/#\",\"allow\":true},"
    "{\"acltype\":\"publishClientSend\",\"topic\":\"bc/#\",\"allow\":true},"
    "{\"acltype\":\"subscribePattern\",\"topic\":\"lobby/#\",\"allow\":true},"
    "{\"acltype\":\"subscribePattern\",\"topic\":\"bc/#\",\"allow\":true}]},"
    "{\"command\":\"createClient\",\"username\":\"alice\",\"password\":\"alice\","
    "\"roles\":[{\"rolename\":\"talker\"}]},"
    "{\"command\":\"createClient\",\"username\":\"bob\",\"password\":\"bob\","
    "\"roles\":[{\"rolename\":\"talker\"}]}]}";

/* The same, with leave to write to carol alone: who writes to others is for us to judge. */
static const char roles_for_carol[] =
    "{\"commands\":["
    "{\"command\":\"createRole\",\"rolename\":\"talker\",\"acls\":["
    "{\"acltype\":\"publishClientSend\",\"topic\":\"bc/user/carol\",\"allow\":true}]},"
    "{\"command\":\"createClient\",\"username\":\"alice\",\"password\":\"alice\","
    "\"roles\":[{\"rolename\":\"talker\"}]}]}";

/* The administrator's commands go through a broker that has both plugins. */
static void set_up(struct broker *b, const char *commands)
{
    struct client *admin = client_connect(b, &(struct client_options){ .user = "admin" });
    const struct message *m;

    assert_int_equal(client_subscribe(admin, CONTROL "/response", 1), 1);
    client_publish_nowait(admin, CONTROL, commands, strlen(commands), 1, false, NULL);
    m = client_expect(admin, CONTROL "/response", CONTROL_MS);
    if (strstr(m->payload, "\"error\"") != NULL)
        fail_msg("dynamic-security answers %s", m->payload);
    client_free(admin);
}

static void dynamic_security_lines(char plugin[LINE_SIZE], char option[LINE_SIZE])
{
    snprintf(plugin, LINE_SIZE, "plugin %s", DYNAMIC_SECURITY);
    snprintf(option, LINE_SIZE, "plugin_opt_config_file %s/dynsec.json", folder);
}

static void behind_us_dynamic_security_rules_users_and_other_topics(void **state)
{
    static const char *const no_users[] = { "unused", NULL };
    char plugin[LINE_SIZE];
    char option[LINE_SIZE];
    const char *const after[] = { plugin, option, NULL };

    if (DYNAMIC_SECURITY[0] == '\0')
        skip();
    make_dynamic_security();
    dynamic_security_lines(plugin, option);
    *state = broker_start(&(struct broker_options){
        .users = no_users, .lines_before = talk_lines, .lines_after = after });
    set_up(*state, roles);
    converse(*state);
    may(*state, "alice", "lobby/a", all);
    may(*state, "alice", "elsewhere", none);
    may(*state, "alice", "#", none);
    may(*state, "alice", "$SYS/#", none);
    assert_int_equal(client_connect_code(
                         client_try_connect(*state, &(struct client_options){ .user = "carol" })),
        0x87);
    assert_false(broker_log_contains(*state, "access check"));
    assert_false(broker_log_contains(*state, "another plugin line"));
}

/* Alice's client of a broker in which dynamic-security, told ${commands}, comes before us. */
static struct client *alice_behind_dynamic_security(void **state, const char *commands)
{
    static const char *const no_users[] = { "unused", NULL };
    static char plugin[LINE_SIZE];
    static char option[LINE_SIZE];
    static const char *const before[] = { plugin, option, NULL };

    if (DYNAMIC_SECURITY[0] == '\0')
        skip();
    make_dynamic_security();
    dynamic_security_lines(plugin, option);
    *state = broker_start(&(struct broker_options){ .users = no_users, .lines_before = before });
    set_up(*state, commands);
    return client_connect(*state, &(struct client_options){ .user = "alice" });
}

/* What its role allows never passes our access check; the operator is told so, once. */
static void before_us_dynamic_security_is_complained_of(void **state)
{
    static const char complaint[] = "was let through without Backchannel's access check";
    struct client *alice = alice_behind_dynamic_security(state, roles);

    assert_true(broker_log_contains(*state, "another plugin line comes before Backchannel's"));
    assert_false(broker_log_contains(*state, complaint));
    client_send(alice, "bc/user/bob", "hello");
    broker_expect_log(*state, complaint, LOG_MS);
    assert_true(broker_log_contains(*state, "must come before"));
    /* What the role allows of publishing is judged once more. */
    assert_int_equal(
        client_send(alice, "bc/user/bob/inbox/carol/01a12b3c4d5e6f70", "x"), TALK_REFUSED);
    assert_int_equal(client_publish(alice, "bc/user/bob", "x", 1, 1, true, NULL), TALK_REFUSED);
}

/* That it was checked is said of one publish, and not of the next by the same client. */
static void before_us_one_publish_that_is_checked_speaks_for_no_other(void **state)
{
    static const char complaint[] = "a publish by client";
    struct client *alice = alice_behind_dynamic_security(state, roles_for_carol);

    assert_int_not_equal(client_send(alice, "bc/user/bob", "checked"), TALK_REFUSED);
    assert_false(broker_log_contains(*state, complaint));
    (void)client_send(alice, "bc/user/carol", "unchecked");
    broker_expect_log(*state, complaint, LOG_MS);
    assert_true(broker_log_contains(*state, "bc/user/carol"));
}

/* ---- tokens ---- */

static const char *const with_tokens[] = { "accounts tokens", "other_topics allow", NULL };

static int code_with(struct broker *b, const char *user, const char *password)
{
    return client_connect_code(
        client_try_connect(b, &(struct client_options){ .user = user, .password = password }));
}

/* A token of ${user}, who signs in by their password, signs in until it is revoked. */
static void sign_in_by_token(struct broker *b, const char *user)
{
    struct client *c = client_login(b, user);
    const char *token =
        answer_string(talk_ok(c, "create-token", "{\"device\":\"phone\"}"), "token");

    assert_int_equal(code_with(b, user, token), 0);
    assert_int_equal(code_with(b, "carol", token), TALK_REFUSED);
    assert_int_equal(code_with(b, user, "wrong"), TALK_REFUSED);
    talk_ok(c, "revoke-token", "{\"device\":\"phone\"}");
    assert_int_equal(code_with(b, user, token), TALK_REFUSED);
    client_free(c);
}

static void tokens_are_beside_a_password_file(void **state)
{
    *state = broker_start(
        &(struct broker_options){ .plugin_options = with_tokens, .lines_before = talk_lines });
    converse(*state);
    sign_in_by_token(*state, "alice");
}

static void tokens_are_beside_dynamic_security(void **state)
{
    static const char *const no_users[] = { "unused", NULL };
    char plugin[LINE_SIZE];
    char option[LINE_SIZE];
    const char *const after[] = { plugin, option, NULL };

    if (DYNAMIC_SECURITY[0] == '\0')
        skip();
    make_dynamic_security();
    dynamic_security_lines(plugin, option);
    *state = broker_start(&(struct broker_options){ .users = no_users,
        .plugin_options = with_tokens,
        .lines_before = talk_lines,
        .lines_after = after });
    set_up(*state, roles);
    converse(*state);
    sign_in_by_token(*state, "alice");
}

/* Who has no name goes on as before; who has one needs a password that somebody knows. */
static void tokens_are_beside_anonymous_clients(void **state)
{
    struct client *nobody;

    *state = broker_start(&(struct broker_options){
        .plugin_options = with_tokens, .lines_before = talk_lines, .allow_anonymous = true });
    nobody = client_connect(*state, &(struct client_options){ .user = NULL });
    assert_int_equal(client_subscribe(nobody, "lobby", 1), 1);
    assert_int_equal(client_subscribe(nobody, "bc/user/alice/#", 1), TALK_REFUSED);
    sign_in_by_token(*state, "alice");
    assert_int_equal(code_with(*state, "stranger", "stranger"), TALK_REFUSED);
}

/* By TLS the certificate decides, whatever is said beside it; elsewhere a token does. */
static void tokens_are_beside_identities_of_tls(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){
        .plugin_options = with_tokens, .lines_before = talk_lines, .tls_identity = true });
    struct client *alice = client_connect(b, &(struct client_options){ .user = "carol",
                                                 .password = "whatever",
                                                 .transport = BROKER_TLS,
                                                 .certificate = "alice" });
    const char *token;

    talk_is(talk_ok(alice, "whoami", "{}"), "user", "alice");
    token = answer_string(talk_ok(alice, "create-token", "{\"device\":\"phone\"}"), "token");
    assert_int_equal(code_with(b, "alice", token), 0);
    assert_int_equal(code_with(b, "bob", token), TALK_REFUSED);
    assert_int_equal(
        client_connect_code(client_try_connect(b, &(struct client_options){ .user = "alice",
                                                      .password = token,
                                                      .transport = BROKER_TLS,
                                                      .certificate = "bob" })),
        0);
    talk_ok(alice, "revoke-token", "{\"device\":\"phone\"}");
    assert_int_equal(code_with(b, "alice", token), TALK_REFUSED);
    talk_is(talk_ok(alice, "whoami", "{}"), "user", "alice"); /* came by no token */
    sign_in_by_token(b, "bob");
}

/* Whom dynamic-security knows isn't new; whom it doesn't know comes by an invitation all the same.
 */
static void invitations_are_beside_dynamic_security(void **state)
{
    static const char *const no_users[] = { "unused", NULL };
    static const char *const with_invites[] = { "accounts invites", "invites_by everyone", NULL };
    char plugin[LINE_SIZE];
    char option[LINE_SIZE];
    const char *const after[] = { plugin, option, NULL };
    const char *invite;
    struct client *alice;
    struct client *zoe;

    if (DYNAMIC_SECURITY[0] == '\0')
        skip();
    make_dynamic_security();
    dynamic_security_lines(plugin, option);
    *state = broker_start(&(struct broker_options){ .users = no_users,
        .plugin_options = with_invites,
        .lines_before = talk_lines,
        .lines_after = after });
    set_up(*state, roles);
    alice = client_login(*state, "alice");
    invite = answer_string(talk_ok(alice, "create-invite", "{}"), "invite");
    assert_int_equal(code_with(*state, "bob", invite), TALK_REFUSED);
    assert_int_equal(code_with(*state, "admin", invite), TALK_REFUSED);
    zoe = client_connect(*state, &(struct client_options){ .user = "zoe", .password = invite });
    talk_list(zoe, "contacts", "alice");
    talk_send(zoe, "alice", "hello");
    talk_get_text(alice, "inbox", "zoe", "hello");
    assert_int_equal(client_subscribe(zoe, "lobby/a", 1), TALK_REFUSED); /* its rules are its own */
}

/* ---- another prefix ---- */

static void with_another_prefix_bc_is_nothing_special(void **state)
{
    struct client *alice;
    struct client *bob;

    *state = broker_start(&(struct broker_options){
        .plugin_options =
            (const char *const[]){ "topic_prefix caf\xc3\xa9 chat", "other_topics allow", NULL } });
    alice = client_connect(*state, &(struct client_options){ .user = "alice" });
    bob = client_connect(*state, &(struct client_options){ .user = "bob", .version = 4 });
    assert_int_equal(client_subscribe(bob, "caf\xc3\xa9 chat/user/bob/#", 1), 1);
    assert_int_equal(client_subscribe(bob, "caf\xc3\xa9 chat/user/alice/#", 1), REFUSED_311);
    assert_int_equal(client_send(alice, "caf\xc3\xa9 chat/user/bob", "hello"), TALK_ACCEPTED);
    client_expect(bob, "caf\xc3\xa9 chat/user/bob/requests/alice/*", CLIENT_WAIT_MS);
    assert_int_equal(client_send(bob, "caf\xc3\xa9 chat/do/approve", "{\"user\":\"alice\"}"), 0);
    client_expect(bob, "caf\xc3\xa9 chat/reply/approve", CLIENT_WAIT_MS);
    client_expect(bob, "caf\xc3\xa9 chat/user/bob/inbox/alice/*", CLIENT_WAIT_MS);
    assert_int_equal(client_send(alice, "caf\xc3\xa9 chat/x", "hello"), TALK_REFUSED);
    client_expect(alice, "caf\xc3\xa9 chat/error", CLIENT_WAIT_MS);
    may(*state, "carol", "bc/user/bob", all);
    /* The sink has one name, whatever the prefix. */
    assert_int_equal(client_send(alice, "$bc", "hello"), TALK_REFUSED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(beside_a_password_file_other_topics_are_as_the_option_says),
        TEST(beside_an_acl_file_other_topics_follow_it),
        TEST(behind_us_dynamic_security_rules_users_and_other_topics),
        TEST(before_us_dynamic_security_is_complained_of),
        TEST(before_us_one_publish_that_is_checked_speaks_for_no_other),
        TEST(tokens_are_beside_a_password_file),
        TEST(tokens_are_beside_dynamic_security),
        TEST(tokens_are_beside_anonymous_clients),
        TEST(tokens_are_beside_identities_of_tls),
        TEST(invitations_are_beside_dynamic_security),
        TEST(with_another_prefix_bc_is_nothing_special),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
