/* Being put into a group by someone one doesn't know is a request too (protocol section 4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

enum {
    TITLE_MAX = 128
};

static void a_group_is_named_by_its_creator_or_by_the_broker(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = crowd_login(b, "bob", 4);
    const cJSON *joined;
    char drawn[65];

    talk_is(talk_ok(alice, "create-group", "{\"group\":\"choir\",\"title\":\"The choir\"}"),
        "group", "choir");
    joined = talk_event(alice, "group-joined");
    talk_is(joined, "group", "choir");
    talk_is(joined, "title", "The choir");
    talk_is(joined, "by", "alice");
    crowd_groups(alice, "choir:owner:1");
    crowd_members(alice, "choir", "alice:owner");

    snprintf(drawn, sizeof drawn, "%s", answer_string(talk_ok(bob, "create-group", "{}"), "group"));
    talk_is(talk_event(bob, "group-joined"), "group", drawn);
    crowd_members(bob, drawn, "bob:owner");
    assert_string_not_equal(
        answer_string(client_command(bob, "create-group", NULL), "group"), drawn);

    talk_no(bob, "group-exists", "create-group", "{\"group\":\"choir\"}");
    talk_no(alice, "group-exists", "create-group", "{\"group\":\"choir\"}");
    talk_ok(bob, "create-group", "{\"group\":\"Choir\"}");
    crowd_groups(alice, "choir:owner:1");
}

static void names_and_titles_have_their_longest(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char name[66];
    char title[TITLE_MAX + 2];

    memset(name, 'g', 65);
    name[65] = '\0';
    talk_no(alice, "bad-name", "create-group", "{\"group\":\"%s\"}", name);
    name[64] = '\0';
    memset(title, 't', TITLE_MAX + 1);
    title[TITLE_MAX + 1] = '\0';
    talk_no(
        alice, "bad-request", "create-group", "{\"group\":\"%s\",\"title\":\"%s\"}", name, title);
    title[TITLE_MAX] = '\0';
    talk_ok(alice, "create-group", "{\"group\":\"%s\",\"title\":\"%s\"}", name, title);
    crowd_listen(alice, name);
    crowd_say(alice, name, "hello");
    crowd_hear(alice, name, "alice", "hello");
    talk_ok(alice, "create-group", "{\"group\":\"A-Z_a.0\"}");
}

static void who_has_the_inviter_as_a_contact_joins_at_once_and_the_group_is_told(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = crowd_login(b, "carol", 4);
    const cJSON *event;

    crowd_know(bob, alice);
    crowd_know(carol, alice);
    talk_ok(alice, "create-group", "{\"group\":\"g\",\"title\":\"G\",\"users\":[\"bob\"]}");
    event = talk_event(bob, "group-joined");
    talk_is(event, "group", "g");
    talk_is(event, "title", "G");
    talk_is(event, "by", "alice");
    crowd_listen(alice, "g");
    crowd_listen(bob, "g");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"carol\"}");
    for (int i = 0; i < 2; i++) {
        event = crowd_event(i == 0 ? alice : bob, "g", "joined");
        talk_is(event, "user", "carol");
        talk_is(event, "by", "alice");
    }
    talk_is(talk_event(carol, "group-joined"), "by", "alice");
    crowd_invitations(carol, "");
    crowd_members(carol, "g", "alice:owner bob:member carol:member");
    crowd_groups(carol, "g:member:3");
}

static void a_strangers_invitation_waits_until_it_is_approved(void **state)
{
    for (int version = 4; version <= 5; version++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob = crowd_login(b, "bob", version);
        const cJSON *event;

        talk_ok(alice, "create-group", "{\"group\":\"g\",\"title\":\"G\",\"users\":[\"bob\"]}");
        crowd_listen(alice, "g");
        event = talk_event(bob, "group-invited");
        talk_is(event, "group", "g");
        talk_is(event, "title", "G");
        talk_is(event, "by", "alice");
        crowd_invitations(bob, "g:alice");
        crowd_groups(bob, "");
        crowd_say(alice, "g", "before");
        talk_refused(bob, "bc/group/g", "too early", "not-a-member");
        talk_no(bob, "not-a-member", "members", "{\"group\":\"g\"}");
        talk_no(bob, "not-a-member", "history", "{\"group\":\"g\"}");
        talk_no(bob, "not-a-member", "invite", "{\"group\":\"g\",\"user\":\"carol\"}");
        talk_no(bob, "not-a-member", "leave", "{\"group\":\"g\"}");
        assert_true(client_subscribe(bob, "bc/group/g/#", 1) >= 0x80);
        crowd_members(alice, "g", "alice:owner");
        talk_nothing(alice, "events/joined");

        assert_int_equal(answer_number(talk_ok(bob, "approve", "{\"group\":\"g\"}"), "moved"), 0);
        talk_is(talk_event(bob, "group-joined"), "by", "alice");
        event = crowd_event(alice, "g", "joined");
        talk_is(event, "user", "bob");
        talk_is(event, "by", "alice");
        crowd_listen(bob, "g");
        crowd_invitations(bob, "");
        crowd_say(bob, "g", "here I am");
        crowd_hear(alice, "g", "bob", "here I am");
        assert_int_equal(answer_number(talk_ok(bob, "approve", "{\"group\":\"g\"}"), "moved"), 0);
        crowd_members(bob, "g", "alice:owner bob:member");
        broker_teardown(state);
    }
}

static void a_group_is_no_way_round_the_approval_rule(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_know(carol, alice);
    talk_ok(alice, "create-group", "{\"group\":\"g\",\"users\":[\"bob\",\"carol\"]}");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    crowd_forget(bob);
    crowd_forget(alice);
    talk_list(bob, "contacts", "");
    talk_list(alice, "contacts", "");
    talk_send(alice, "bob", "directly");
    talk_get_text(bob, "requests", "alice", "directly");
    talk_send(carol, "bob", "from a fellow member");
    talk_get_text(bob, "requests", "carol", "from a fellow member");
    crowd_listen(bob, "g");
    crowd_listen(alice, "g");
    crowd_say(bob, "g", "hello all");
    crowd_hear(alice, "g", "bob", "hello all");
    talk_list(bob, "contacts", "");
    talk_list(bob, "requests", "alice carol");
    talk_send(alice, "bob", "still held");
    talk_get_text(bob, "requests", "alice", "still held");
    talk_nothing(alice, "events/approved");
    /* alice's five are counted whatever bob says in the group. */
    for (int i = 0; i < 3; i++)
        talk_send(alice, "bob", "more");
    talk_refused(alice, "bc/user/bob", "the sixth", "request-limit");
}

static void a_decline_silences_the_group_whoever_invites(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", carol, NULL);
    talk_ok(alice, "set-role", "{\"group\":\"g\",\"user\":\"carol\",\"role\":\"admin\"}");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    crowd_forget(alice);
    talk_event(bob, "group-invited");
    talk_ok(bob, "decline", "{\"group\":\"g\"}");
    talk_is(talk_event(bob, "request-declined"), "group", "g");
    crowd_invitations(bob, "");
    talk_no(bob, "not-a-member", "approve", "{\"group\":\"g\"}");
    crowd_know(bob, carol);
    talk_event(bob, "contact");
    talk_ok(carol, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_nothing(bob, "*");
    crowd_invitations(bob, "");
    crowd_members(alice, "g", "alice:owner carol:admin");
    crowd_deaf(alice, "g");
    talk_nothing(alice, "*");
    /* Other groups of theirs are not silent. */
    talk_ok(alice, "create-group", "{\"group\":\"h\",\"users\":[\"bob\"]}");
    talk_is(talk_event(bob, "group-invited"), "group", "h");
}

static void declining_what_is_not_there_tells_nothing(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(alice, "create-group", "{\"group\":\"g\"}");
    talk_ok(bob, "decline", "{\"group\":\"g\"}");
    talk_ok(bob, "decline", "{\"group\":\"nothing\"}");
    talk_nothing(bob, "*");
    talk_no(alice, "not-possible", "decline", "{\"group\":\"g\"}");
    crowd_groups(alice, "g:owner:1");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_event(bob, "group-invited");
}

static const struct {
    const char *setting;
    bool contact;
    char becomes; /* j(oins), w(aits), n(othing) */
} settings[] = {
    { "contacts", true, 'j' },
    { "contacts", false, 'w' },
    { "ask", true, 'w' },
    { "ask", false, 'w' },
    { "none", true, 'n' },
    { "none", false, 'n' },
};

static void the_invitees_settings_say_what_becomes_of_an_invitation(void **state)
{
    enum {
        ROWS = sizeof settings / sizeof *settings
    };
    static const char *const users[] = { "alice", "u0", "u1", "u2", "u3", "u4", "u5", NULL };
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = talk_unhurried, .users = users });
    struct client *alice = client_login(b, "alice");

    talk_ok(alice, "create-group", "{\"group\":\"g\"}");
    for (size_t i = 0; i < ROWS; i++) {
        struct client *u = client_login(b, users[i + 1]);
        bool joins = settings[i].becomes == 'j';
        bool waits = settings[i].becomes == 'w';

        print_message(
            "  %s, %s\n", settings[i].setting, settings[i].contact ? "contact" : "stranger");
        talk_ok(u, "settings", "{\"group-invites\":\"%s\"}", settings[i].setting);
        if (settings[i].contact)
            crowd_know(u, alice);
        crowd_forget(u);
        talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"%s\"}", users[i + 1]);
        crowd_invitations(u, waits ? "g:alice" : "");
        assert_int_equal(talk_count(talk_ok(u, "groups", "{}"), "groups"), joins ? 1 : 0);
        if (joins)
            talk_event(u, "group-joined");
        if (waits)
            talk_event(u, "group-invited");
        talk_nothing(u, "*");
    }
}

static void the_answer_to_an_invitation_is_the_same_for_everyone(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");
    static const char *const users[] = { "bob", "carol", "dave", "nobody", "alice", "bob" };
    const cJSON *answer;
    char *words;

    crowd_know(bob, alice);
    talk_ok(carol, "block", "{\"user\":\"alice\"}");
    crowd_forget(carol);
    talk_ok(alice, "create-group", "{\"group\":\"g\"}");
    crowd_forget(alice);
    for (size_t i = 0; i < sizeof users / sizeof *users; i++) {
        answer = talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"%s\"}", users[i]);
        words = talk_words(answer, "invited", NULL);
        assert_string_equal(words, users[i]);
        assert_int_equal(cJSON_GetArraySize(answer), 2);
        free(words);
    }
    answer = talk_ok(alice, "invite",
        "{\"group\":\"g\",\"users\":[\"nobody\",\"dave\",\"carol\",\"bob\",\"dave\",\"alice\"]}");
    words = talk_words(answer, "invited", NULL);
    assert_string_equal(words, "nobody dave carol bob dave alice");
    free(words);
    talk_nothing(alice, "*");
    crowd_members(alice, "g", "alice:owner bob:member");
    talk_nothing(carol, "*");
    crowd_invitations(carol, "");
    talk_no(carol, "not-a-member", "approve", "{\"group\":\"g\"}");
    talk_event(dave, "group-invited");
    talk_nothing(dave, "*");
    crowd_invitations(dave, "g:alice");
}

/* As with messages: five, until bob lets alice in by approving one. No answer says so. */
static void a_stranger_fills_nobodys_requests_with_invitations(void **state)
{
    enum {
        GROUPS = 8
    };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    const cJSON *answer;

    for (int i = 0; i < GROUPS; i++) {
        talk_ok(alice, "create-group", "{\"group\":\"g%d\"}", i);
        answer = talk_ok(alice, "invite", "{\"group\":\"g%d\",\"user\":\"bob\"}", i);
        assert_int_equal(cJSON_GetArraySize(answer), 2);
        assert_int_equal(talk_count(answer, "invited"), 1);
    }
    crowd_invitations(bob, "g0:alice g1:alice g2:alice g3:alice g4:alice");
    for (int i = 0; i < 5; i++)
        talk_event(bob, "group-invited");
    talk_nothing(bob, "*");
    /* Neither declining nor a restart makes room for more. */
    talk_ok(bob, "decline", "{\"group\":\"g0\"}");
    broker_restart(b);
    alice = client_login(b, "alice");
    bob = client_login(b, "bob");
    carol = client_login(b, "carol");
    talk_ok(alice, "invite", "{\"group\":\"g5\",\"user\":\"bob\"}");
    crowd_invitations(bob, "g1:alice g2:alice g3:alice g4:alice");
    /* Another stranger has their own. */
    talk_ok(carol, "create-group", "{\"group\":\"c\",\"users\":[\"bob\"]}");
    crowd_invitations(bob, "g1:alice g2:alice g3:alice g4:alice c:carol");
    talk_ok(bob, "approve", "{\"group\":\"g1\"}");
    for (int i = 5; i < GROUPS; i++)
        talk_ok(alice, "invite", "{\"group\":\"g%d\",\"user\":\"bob\"}", i);
    crowd_invitations(bob, "g2:alice g3:alice g4:alice c:carol g5:alice g6:alice g7:alice");
}

static void an_unknown_users_invitation_waits_for_their_first_connection(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *dave;

    talk_ok(alice, "create-group", "{\"group\":\"g\",\"title\":\"G\",\"users\":[\"dave\"]}");
    broker_restart(b);
    dave = crowd_login(b, "dave", 4);
    crowd_invitations(dave, "g:alice");
    talk_ok(dave, "approve", "{\"group\":\"g\"}");
    crowd_groups(dave, "g:member:2");
}

static void who_left_or_was_removed_is_asked_again_whoever_invites(void **state)
{
    for (int removed = 0; removed < 2; removed++) {
        struct broker *b = *state = talk_broker();
        struct client *alice = client_login(b, "alice");
        struct client *bob = client_login(b, "bob");

        crowd_start(alice, "g", bob, NULL);
        if (removed)
            talk_ok(alice, "remove-member", "{\"group\":\"g\",\"user\":\"bob\"}");
        else
            talk_ok(bob, "leave", "{\"group\":\"g\"}");
        crowd_members(alice, "g", "alice:owner");
        crowd_forget(bob);
        talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
        talk_event(bob, "group-invited");
        crowd_invitations(bob, "g:alice");
        crowd_members(alice, "g", "alice:owner");
        talk_ok(bob, "approve", "{\"group\":\"g\"}");
        crowd_members(alice, "g", "alice:owner bob:member");
        broker_teardown(state);
    }
}

static void invitations_of_somebody_blocked_vanish_but_not_those_of_others(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    crowd_start(alice, "g", carol, NULL);
    talk_ok(alice, "set-role", "{\"group\":\"g\",\"user\":\"carol\",\"role\":\"admin\"}");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_event(bob, "group-invited");
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    crowd_invitations(bob, "");
    talk_no(bob, "not-a-member", "approve", "{\"group\":\"g\"}");
    talk_ok(carol, "invite", "{\"group\":\"g\",\"user\":\"bob\"}");
    talk_is(talk_event(bob, "group-invited"), "by", "carol");
    crowd_invitations(bob, "g:carol");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    crowd_members(alice, "g", "alice:owner bob:member carol:admin");
}

static void an_invitation_to_a_closed_group_is_gone(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(alice, "create-group", "{\"group\":\"g\",\"users\":[\"bob\"]}");
    crowd_invitations(bob, "g:alice");
    talk_ok(alice, "leave", "{\"group\":\"g\"}");
    crowd_invitations(bob, "");
    talk_no(bob, "not-a-member", "approve", "{\"group\":\"g\"}");
    talk_no(bob, "not-a-member", "members", "{\"group\":\"g\"}");
}

static void a_group_and_a_user_have_their_fill(void **state)
{
    static const char *const options[] = { "group_max_members 2", "groups_per_user 2", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");

    talk_no(alice, "group-full", "create-group", "{\"group\":\"g\",\"users\":[\"bob\",\"carol\"]}");
    talk_ok(alice, "create-group", "{\"group\":\"g\",\"users\":[\"bob\"]}");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"user\":\"carol\"}");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    talk_no(alice, "group-full", "invite", "{\"group\":\"g\",\"user\":\"dave\"}");
    talk_no(carol, "group-full", "approve", "{\"group\":\"g\"}");
    crowd_invitations(carol, "g:alice");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    talk_ok(carol, "approve", "{\"group\":\"g\"}");

    talk_ok(alice, "create-group", "{\"group\":\"h\"}");
    talk_no(alice, "not-possible", "create-group", "{\"group\":\"i\"}");
    crowd_know(alice, bob);
    /* As many again that others put her into. */
    crowd_know(alice, carol);
    crowd_know(alice, dave);
    talk_ok(carol, "create-group", "{\"group\":\"c\",\"users\":[\"alice\"]}");
    talk_ok(dave, "create-group", "{\"group\":\"d\",\"users\":[\"alice\"]}");
    talk_ok(bob, "create-group", "{\"group\":\"j\",\"users\":[\"alice\"]}");
    crowd_invitations(alice, "j:bob");
    talk_no(alice, "not-possible", "approve", "{\"group\":\"j\"}");
    talk_ok(alice, "leave", "{\"group\":\"h\"}");
    talk_ok(alice, "approve", "{\"group\":\"j\"}");
    crowd_groups(alice, "c:member:2 d:member:2 g:owner:2 j:member:2");
    /* A refused name is not taken. */
    talk_ok(bob, "create-group", "{\"group\":\"i\"}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_group_is_named_by_its_creator_or_by_the_broker),
        TEST(names_and_titles_have_their_longest),
        TEST(who_has_the_inviter_as_a_contact_joins_at_once_and_the_group_is_told),
        TEST(a_strangers_invitation_waits_until_it_is_approved),
        TEST(a_group_is_no_way_round_the_approval_rule),
        TEST(a_decline_silences_the_group_whoever_invites),
        TEST(declining_what_is_not_there_tells_nothing),
        TEST(the_invitees_settings_say_what_becomes_of_an_invitation),
        TEST(the_answer_to_an_invitation_is_the_same_for_everyone),
        TEST(a_stranger_fills_nobodys_requests_with_invitations),
        TEST(an_unknown_users_invitation_waits_for_their_first_connection),
        TEST(who_left_or_was_removed_is_asked_again_whoever_invites),
        TEST(invitations_of_somebody_blocked_vanish_but_not_those_of_others),
        TEST(an_invitation_to_a_closed_group_is_gone),
        TEST(a_group_and_a_user_have_their_fill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
