/* What owners, admins and members may do, and who comes after an owner (protocol section 4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

static const char *const crew[] = { "alice", "bob", "carol", "dave", "erin", "frank", NULL };

static struct broker *start(void)
{
    return broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = talk_unhurried, .users = crew });
}

static void set_role(struct client *c, const char *user, const char *role)
{
    talk_ok(c, "set-role", "{\"group\":\"g\",\"user\":\"%s\",\"role\":\"%s\"}", user, role);
}

/*
 * alice is the owner, bob and carol are admins, dave and erin members, frank is nothing. Nothing
 * that is refused changes anything, so all rows have the same group.
 */
static const struct {
    const char *who;
    const char *command;
    const char *arguments; /* beside the group */
    const char *code;
} rows[] = {
    { "dave", "invite", ",\"user\":\"frank\"", "not-authorized" },
    { "dave", "rename-group", ",\"title\":\"Mine\"", "not-authorized" },
    { "dave", "remove-member", ",\"user\":\"erin\"", "not-authorized" },
    { "dave", "remove-member", ",\"user\":\"frank\"", "not-authorized" },
    { "dave", "set-role", ",\"user\":\"dave\",\"role\":\"admin\"", "not-authorized" },
    { "dave", "set-role", ",\"user\":\"dave\",\"role\":\"owner\"", "not-authorized" },
    { "bob", "remove-member", ",\"user\":\"carol\"", "not-authorized" },
    { "bob", "remove-member", ",\"user\":\"alice\"", "not-authorized" },
    { "bob", "remove-member", ",\"user\":\"bob\"", "bad-request" },
    { "bob", "remove-member", ",\"user\":\"frank\"", "not-found" },
    { "bob", "remove-member", ",\"user\":\"nobody\"", "not-found" },
    { "bob", "set-role", ",\"user\":\"dave\",\"role\":\"admin\"", "not-authorized" },
    { "bob", "set-role", ",\"user\":\"carol\",\"role\":\"member\"", "not-authorized" },
    { "bob", "set-role", ",\"user\":\"bob\",\"role\":\"owner\"", "not-authorized" },
    { "alice", "set-role", ",\"user\":\"frank\",\"role\":\"admin\"", "not-found" },
    { "alice", "set-role", ",\"user\":\"nobody\",\"role\":\"admin\"", "not-found" },
    { "alice", "set-role", ",\"user\":\"alice\",\"role\":\"member\"", "not-possible" },
    { "alice", "remove-member", ",\"user\":\"alice\"", "bad-request" },
    { "frank", "invite", ",\"user\":\"frank\"", "not-a-member" },
    { "frank", "rename-group", ",\"title\":\"Mine\"", "not-a-member" },
    { "frank", "remove-member", ",\"user\":\"erin\"", "not-a-member" },
    { "frank", "set-role", ",\"user\":\"frank\",\"role\":\"owner\"", "not-a-member" },
    { "frank", "leave", "", "not-a-member" },
};

static void each_role_is_refused_what_is_above_it(void **state)
{
    struct broker *b = *state = start();
    struct client *all[6];

    for (size_t i = 0; i < 6; i++)
        all[i] = crowd_login(b, crew[i], i % 2 == 0 ? 5 : 4);
    crowd_start(all[0], "g", all[1], all[2], all[3], all[4], NULL);
    set_role(all[0], "bob", "admin");
    set_role(all[0], "carol", "admin");
    for (size_t i = 0; i < 6; i++)
        crowd_forget(all[i]);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client *c = NULL;

        for (size_t j = 0; j < 6; j++) {
            if (strcmp(crew[j], rows[i].who) == 0)
                c = all[j];
        }
        print_message("  %s: %s%s\n", rows[i].who, rows[i].command, rows[i].arguments);
        talk_no(c, rows[i].code, rows[i].command, "{\"group\":\"g\"%s}", rows[i].arguments);
    }
    crowd_members(all[4], "g", "alice:owner bob:admin carol:admin dave:member erin:member");
    for (size_t i = 0; i < 6; i++) {
        crowd_deaf(all[i], "g");
        talk_nothing(all[i], "*");
    }
}

static void admins_invite_rename_and_remove_members(void **state)
{
    struct broker *b = *state = start();
    struct client *alice = client_login(b, "alice");
    struct client *bob = crowd_login(b, "bob", 4);
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");
    const cJSON *event;

    crowd_start(alice, "g", bob, carol, NULL);
    set_role(alice, "bob", "admin");
    event = crowd_event(carol, "g", "role");
    talk_is(event, "user", "bob");
    talk_is(event, "role", "admin");
    talk_is(event, "by", "alice");
    crowd_forget(alice);

    talk_ok(bob, "rename-group", "{\"group\":\"g\",\"title\":\"Better\"}");
    event = crowd_event(carol, "g", "renamed");
    talk_is(event, "title", "Better");
    talk_is(event, "by", "bob");
    talk_ok(bob, "rename-group", "{\"group\":\"g\",\"title\":\"Better\"}");
    talk_is(talk_item(talk_ok(alice, "groups", "{}"), "groups", 0), "title", "Better");

    talk_ok(bob, "invite", "{\"group\":\"g\",\"user\":\"dave\"}");
    event = talk_event(dave, "group-invited");
    talk_is(event, "title", "Better");
    talk_is(event, "by", "bob");
    talk_ok(dave, "approve", "{\"group\":\"g\"}");
    event = crowd_event(carol, "g", "joined");
    talk_is(event, "user", "dave");
    talk_is(event, "by", "bob");

    talk_ok(bob, "remove-member", "{\"group\":\"g\",\"user\":\"carol\"}");
    event = talk_event(carol, "group-removed");
    talk_is(event, "group", "g");
    talk_is(event, "by", "bob");
    event = crowd_event(alice, "g", "removed");
    talk_is(event, "user", "carol");
    talk_is(event, "by", "bob");
    crowd_deaf(carol, "g");
    crowd_members(dave, "g", "alice:owner bob:admin dave:member");
}

static void the_owner_grants_and_takes_roles_and_hands_ownership_on(void **state)
{
    struct broker *b = *state = start();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = crowd_login(b, "carol", 4);
    const cJSON *event;

    crowd_start(alice, "g", bob, carol, NULL);
    set_role(alice, "bob", "admin");
    set_role(alice, "bob", "admin");
    set_role(alice, "alice", "owner");
    set_role(alice, "bob", "member");
    talk_is(crowd_event(carol, "g", "role"), "role", "admin");
    talk_is(crowd_event(carol, "g", "role"), "role", "member");
    crowd_deaf(carol, "g");
    talk_no(bob, "not-authorized", "rename-group", "{\"group\":\"g\",\"title\":\"Mine\"}");

    set_role(alice, "bob", "owner");
    event = crowd_event(carol, "g", "role");
    talk_is(event, "user", "bob");
    talk_is(event, "role", "owner");
    talk_is(event, "by", "alice");
    event = crowd_event(carol, "g", "role");
    talk_is(event, "user", "alice");
    talk_is(event, "role", "admin");
    crowd_members(carol, "g", "alice:admin bob:owner carol:member");
    talk_no(alice, "not-authorized", "set-role",
        "{\"group\":\"g\",\"user\":\"alice\",\"role\":\"owner\"}");
    talk_no(alice, "not-authorized", "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_ok(bob, "remove-member", "{\"group\":\"g\",\"user\":\"alice\"}");
    talk_is(talk_event(alice, "group-removed"), "by", "bob");
    crowd_members(carol, "g", "bob:owner carol:member");
}

static void leave(struct client *c)
{
    talk_ok(c, "leave", "{\"group\":\"g\"}");
    talk_is(talk_event(c, "group-left"), "group", "g");
}

static void the_oldest_admin_else_the_oldest_member_succeeds_an_owner_who_leaves(void **state)
{
    struct broker *b = *state = start();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = crowd_login(b, "dave", 4);
    struct client *erin = client_login(b, "erin");
    const cJSON *event;

    /* erin joined first, then dave, carol, bob; of these carol and bob become admins, bob first. */
    crowd_start(alice, "g", erin, dave, carol, bob, NULL);
    set_role(alice, "bob", "admin");
    set_role(alice, "carol", "admin");
    crowd_forget(erin);
    leave(alice);
    talk_is(crowd_event(erin, "g", "left"), "user", "alice");
    event = crowd_event(erin, "g", "role");
    talk_is(event, "user", "carol");
    talk_is(event, "role", "owner");
    talk_is(event, "by", "alice");
    crowd_members(erin, "g", "bob:admin carol:owner dave:member erin:member");
    leave(carol);
    crowd_members(erin, "g", "bob:owner dave:member erin:member");
    leave(bob);
    crowd_members(erin, "g", "dave:member erin:owner");
    leave(erin);
    crowd_members(dave, "g", "dave:owner");
    talk_no(alice, "not-a-member", "members", "{\"group\":\"g\"}");
}

static void an_ordinary_member_who_leaves_leaves_the_roles_as_they_are(void **state)
{
    struct broker *b = *state = start();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", bob, carol, NULL);
    leave(bob);
    talk_is(crowd_event(carol, "g", "left"), "user", "bob");
    talk_settle(carol);
    assert_int_equal(client_count(carol, "bc/group/g/events/role"), 0);
    crowd_members(alice, "g", "alice:owner carol:member");
    crowd_groups(bob, "");
    talk_no(bob, "not-a-member", "leave", "{\"group\":\"g\"}");
    talk_refused(bob, "bc/group/g", "I forgot", "not-a-member");
}

static void an_emptied_group_is_closed_and_its_name_is_never_free(void **state)
{
    struct broker *b = *state = start();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    crowd_start(alice, "g", bob, NULL);
    crowd_say(alice, "g", "hello");
    leave(bob);
    leave(alice);
    for (int round = 0; round < 2; round++) {
        talk_no(alice, "group-exists", "create-group", "{\"group\":\"g\"}");
        talk_no(bob, "group-exists", "create-group", "{\"group\":\"g\"}");
        talk_no(alice, "not-a-member", "members", "{\"group\":\"g\"}");
        talk_no(alice, "not-a-member", "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
        talk_no(alice, "not-a-member", "approve", "{\"group\":\"g\"}");
        talk_refused(alice, "bc/group/g", "anybody?", "not-a-member");
        crowd_history(alice, "g", "hello:sent");
        crowd_history(bob, "g", "hello:group");
        crowd_groups(alice, "");
        broker_restart(b);
        alice = client_login(b, "alice");
        bob = client_login(b, "bob");
    }
}

static void two_people_are_a_group(void **state)
{
    struct broker *b = *state = start();
    struct client *alice = client_login(b, "alice");
    struct client *bob = crowd_login(b, "bob", 4);

    crowd_start(alice, "g", bob, NULL);
    crowd_say(bob, "g", "just us");
    crowd_hear(alice, "g", "bob", "just us");
    leave(alice);
    crowd_members(bob, "g", "bob:owner");
    crowd_say(bob, "g", "just me");
    crowd_hear(bob, "g", "bob", "just us");
    crowd_hear(bob, "g", "bob", "just me");
    crowd_deaf(alice, "g");
    crowd_history(alice, "g", "just us:group");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_role_is_refused_what_is_above_it),
        TEST(admins_invite_rename_and_remove_members),
        TEST(the_owner_grants_and_takes_roles_and_hands_ownership_on),
        TEST(the_oldest_admin_else_the_oldest_member_succeeds_an_owner_who_leaves),
        TEST(an_ordinary_member_who_leaves_leaves_the_roles_as_they_are),
        TEST(an_emptied_group_is_closed_and_its_name_is_never_free),
        TEST(two_people_are_a_group),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
