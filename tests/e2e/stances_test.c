/* The approval rule (protocol section 3) as both sides see it, and what they never see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "process.h"
#include "talk.h"

static void a_strangers_message_is_held_in_requests_and_echoed_to_its_sender(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const struct message *held;
    const struct message *echo;

    talk_send(alice, "bob", "hello");
    held = talk_get_text(bob, "requests", "alice", "hello");
    echo = talk_get_text(alice, "sent", "bob", "hello");
    assert_string_equal(talk_id(held), talk_id(echo));
    talk_list(bob, "requests", "alice");
    talk_history(bob, "alice", "hello:held");
    talk_history(alice, "bob", "hello:sent");
    talk_nothing(bob, "*");
    talk_is(talk_event(alice, "contact"), "user", "bob");
    talk_nothing(alice, "*");
}

static void approving_moves_what_is_held_to_the_inbox_in_order_and_once(void **state)
{
    static const char *const texts[] = { "one", "two", "three" };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const struct message *held[3];

    for (size_t i = 0; i < 3; i++) {
        talk_send(alice, "bob", texts[i]);
        held[i] = talk_get_text(bob, "requests", "alice", texts[i]);
    }
    assert_int_equal(answer_number(talk_ok(bob, "approve", "{\"user\":\"alice\"}"), "moved"), 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(
            talk_id(talk_get_text(bob, "inbox", "alice", texts[i])), talk_id(held[i]));
    talk_is(talk_event(alice, "approved"), "user", "bob");
    talk_is(talk_event(bob, "contact"), "user", "alice");
    talk_event(alice, "contact");
    assert_int_equal(answer_number(talk_ok(bob, "approve", "{\"user\":\"alice\"}"), "moved"), 0);
    assert_int_equal(
        answer_number(talk_ok(bob, "add-contact", "{\"user\":\"alice\"}"), "moved"), 0);
    talk_nothing(bob, "*");
    talk_nothing(alice, "events/*");
    talk_history(bob, "alice", "one:inbox two:inbox three:inbox");
    talk_list(bob, "requests", "");
    talk_list(bob, "contacts", "alice");

    talk_send(alice, "bob", "four");
    talk_get_text(bob, "inbox", "alice", "four");
    talk_nothing(bob, "requests/*");
}

/* One broker, a pair of users for each row: the sender s00 and the recipient r00, and so on. */
enum {
    PAIRS = 32
};

static const struct {
    const char *what;
    const char *steps; /* ">x": s writes x, "<x": r writes x; else a command of r about s */
    const char *lists; /* which of r's lists have s: q(requests) c(ontacts) b(locked) */
    const char *history;
    const char *sent; /* the history of s, if it is not the same with the state sent */
} rows[] = {
    { "messages of a stranger are held", ">1 >2", "q", "1:held 2:held", "1:sent 2:sent" },
    { "an approved one is a contact", ">1 approve=1 >2", "c", "1:inbox 2:inbox", "1:sent 2:sent" },
    { "adding is approving", ">1 add-contact=1 >2", "c", "1:inbox 2:inbox", "1:sent 2:sent" },
    { "who has not written can be added", "add-contact=0 >1", "c", "1:inbox", "1:sent" },
    { "who has not written can be approved", "approve=0 >1", "c", "1:inbox", "1:sent" },
    { "what comes after a decline is kept by its sender alone", ">1 decline >2", "", "1:declined",
        "1:sent 2:sent" },
    { "a decline of nothing changes nothing", "decline >1", "q", "1:held", "1:sent" },
    { "approving moves what was held before a decline", ">1 decline >2 approve=1 >3", "c",
        "1:inbox 3:inbox", "1:sent 2:sent 3:sent" },
    { "writing approves", ">1 <2 >3", "c", "1:inbox 2:sent 3:inbox", "1:sent 2:inbox 3:sent" },
    { "writing approves whom one declined", ">1 decline >2 <3", "c", "1:inbox 3:sent",
        "1:sent 2:sent 3:inbox" },
    { "writing first makes a contact", "<1 >2", "c", "1:sent 2:inbox", "1:inbox 2:sent" },
    { "a block hides what is held", ">1 block >2", "b", "1:declined", "1:sent 2:sent" },
    { "an unblock brings it back, but nothing that was swallowed", ">1 block >2 unblock >3", "q",
        "1:held 3:held", "1:sent 2:sent 3:sent" },
    { "approving after a block moves what is held", ">1 block >2 unblock approve=1 >3", "c",
        "1:inbox 3:inbox", "1:sent 2:sent 3:sent" },
    { "a block before the first message swallows it", "block >1 unblock", "", "", "1:sent" },
    { "and it does not arrive by approving", "block >1 unblock approve=0 >2", "c", "2:inbox",
        "1:sent 2:sent" },
    { "an unblocked contact is one again", ">1 approve=1 block >2 unblock >3", "c",
        "1:inbox 3:inbox", "1:sent 2:sent 3:sent" },
    { "an unblocked declined one is declined", ">1 decline block unblock >2", "", "1:declined",
        "1:sent 2:sent" },
    { "and can be approved", ">1 decline >2 block >3 unblock >4 approve=1 >5", "c",
        "1:inbox 5:inbox", "1:sent 2:sent 3:sent 4:sent 5:sent" },
    { "declining a blocked one changes nothing", ">1 block decline unblock", "q", "1:held",
        "1:sent" },
    { "blocking twice is blocking once", ">1 block block unblock unblock", "q", "1:held",
        "1:sent" },
    { "a removed contact is a stranger", ">1 approve=1 remove-contact >2", "q", "1:inbox 2:held",
        "1:sent 2:sent" },
    { "and can be approved again", ">1 approve=1 remove-contact >2 approve=1", "c",
        "1:inbox 2:inbox", "1:sent 2:sent" },
    { "or declined", ">1 approve=1 remove-contact >2 decline >3", "", "1:inbox 2:declined",
        "1:sent 2:sent 3:sent" },
    { "or blocked and unblocked", ">1 approve=1 remove-contact >2 block >3 unblock", "q",
        "1:inbox 2:held", "1:sent 2:sent 3:sent" },
    { "removing nobody, unblocking nobody", "remove-contact unblock >1", "q", "1:held", "1:sent" },
    { "removing a declined one changes nothing", ">1 decline remove-contact >2", "", "1:declined",
        "1:sent 2:sent" },
    { "who was written to and is removed is held", "<1 remove-contact >2", "q", "1:sent 2:held",
        "1:inbox 2:sent" },
    { "to an open sender a stranger's limits show nothing, and hold no more than they say",
        ">1 approve=1 remove-contact >2 >3 >4 >5 >6 >7", "q",
        "1:inbox 2:held 3:held 4:held 5:held 6:held",
        "1:sent 2:sent 3:sent 4:sent 5:sent 6:sent 7:sent" },
};

/* A step of r's: a command, with "=n" for what it moves. */
static void command_step(struct client *r, const char *s, const char *step)
{
    size_t len = strcspn(step, "=");
    char command[32];
    const cJSON *answer;

    snprintf(command, sizeof command, "%.*s", (int)len, step);
    answer = talk_ok(r, command, "{\"user\":\"%s\"}", s);
    if (step[len] == '=')
        assert_int_equal(answer_number(answer, "moved"), talk_number(step + len + 1));
}

static void take_steps(struct client *s, struct client *r, const char *names[2], const char *steps)
{
    char text[128];
    char *rest = NULL;

    snprintf(text, sizeof text, "%s", steps);
    for (char *step = strtok_r(text, " ", &rest); step; step = strtok_r(NULL, " ", &rest)) {
        if (step[0] == '>')
            talk_send(s, names[1], step + 1);
        else if (step[0] == '<')
            talk_send(r, names[0], step + 1);
        else
            command_step(r, names[0], step);
    }
}

static void every_sequence_of_decisions_leaves_what_the_rule_says(void **state)
{
    static char names[2 * PAIRS][8];
    const char *users[2 * PAIRS + 1] = { NULL };
    struct broker *b;

    assert_true(sizeof rows / sizeof *rows <= PAIRS);
    for (int i = 0; i < 2 * PAIRS; i++) {
        snprintf(names[i], sizeof names[i], "%c%02d", i % 2 == 0 ? 's' : 'r', i / 2);
        users[i] = names[i];
    }
    b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = talk_unhurried, .users = users });
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *pair[2] = { users[2 * i], users[2 * i + 1] };
        struct client *s = client_login(b, pair[0]);
        struct client *r = client_login(b, pair[1]);

        print_message("  %s: %s\n", rows[i].what, rows[i].steps);
        take_steps(s, r, pair, rows[i].steps);
        talk_list(r, "requests", strchr(rows[i].lists, 'q') ? pair[0] : "");
        talk_list(r, "contacts", strchr(rows[i].lists, 'c') ? pair[0] : "");
        talk_list(r, "blocked", strchr(rows[i].lists, 'b') ? pair[0] : "");
        talk_history(r, pair[0], rows[i].history);
        talk_history(s, pair[1], rows[i].sent);
        client_free(s);
        client_free(r);
    }
}

static void what_was_swallowed_is_delivered_to_nobody(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_is(talk_event(bob, "blocked"), "user", "alice");
    talk_send(alice, "bob", "swallowed");
    talk_get_text(alice, "sent", "bob", "swallowed");
    talk_nothing(bob, "*");
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    talk_is(talk_event(bob, "unblocked"), "user", "alice");
    talk_send(alice, "bob", "held");
    talk_get_text(bob, "requests", "alice", "held");
    talk_ok(bob, "decline", "{\"user\":\"alice\"}");
    talk_is(talk_event(bob, "request-declined"), "user", "alice");
    talk_send(alice, "bob", "swallowed as well");
    talk_nothing(bob, "*");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_get_text(bob, "inbox", "alice", "held");
    talk_event(bob, "contact");
    talk_nothing(bob, "*");
}

static void writing_to_a_stranger_approves_them_without_telling_of_it(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const cJSON *event;

    for (int i = 0; i < 5; i++)
        talk_send(alice, "bob", "hello?");
    talk_send(bob, "alice", "yes?");
    event = talk_event(bob, "contact");
    talk_is(event, "user", "alice");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(event, "contact")));
    for (int i = 0; i < 5; i++)
        talk_get_text(bob, "inbox", "alice", "hello?");
    talk_get_text(alice, "inbox", "bob", "yes?");
    talk_nothing(alice, "events/approved");
    talk_send(alice, "bob", "the sixth");
    talk_get_text(bob, "inbox", "alice", "the sixth");
}

static void approval_is_told_once_and_only_to_who_wrote_and_has_not_blocked(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_nothing(alice, "*");

    talk_send(carol, "bob", "hello");
    talk_ok(carol, "block", "{\"user\":\"bob\"}");
    talk_ok(bob, "approve", "{\"user\":\"carol\"}");
    talk_nothing(carol, "events/approved");

    talk_send(dave, "bob", "hello");
    talk_ok(bob, "approve", "{\"user\":\"dave\"}");
    talk_is(talk_event(dave, "approved"), "user", "bob");
    talk_ok(bob, "remove-contact", "{\"user\":\"dave\"}");
    talk_ok(bob, "approve", "{\"user\":\"dave\"}");
    talk_nothing(dave, "events/approved");
}

static void a_note_to_self_is_stored_once_and_echoed(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");

    for (int i = 0; i < 7; i++) {
        talk_send(alice, "alice", "note");
        talk_get_text(alice, "sent", "alice", "note");
    }
    talk_nothing(alice, "*");
    talk_list(alice, "requests", "");
    talk_list(alice, "contacts", "");
    talk_history(
        alice, "alice", "note:sent note:sent note:sent note:sent note:sent note:sent note:sent");
}

static void a_message_to_an_unknown_user_waits_for_their_first_connection(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *dave;
    char id[17];

    talk_send(alice, "dave", "welcome");
    snprintf(id, sizeof id, "%s", talk_id(talk_get(alice, "sent", "dave")));
    broker_restart(b);
    dave = client_login(b, "dave");
    talk_list(dave, "requests", "alice");
    talk_history(dave, "alice", "welcome:held");
    assert_int_equal(answer_number(talk_ok(dave, "approve", "{\"user\":\"alice\"}"), "moved"), 1);
    assert_string_equal(talk_id(talk_get_text(dave, "inbox", "alice", "welcome")), id);
}

static void all_devices_of_a_user_see_the_same(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice[] = { client_login(b, "alice"), client_login(b, "alice") };
    struct client *bob[] = { client_login(b, "bob"), client_login(b, "bob") };

    talk_send(alice[0], "bob", "hello");
    talk_ok(bob[0], "approve", "{\"user\":\"alice\"}");
    talk_send(bob[1], "alice", "hi");
    for (int i = 0; i < 2; i++) {
        talk_get_text(alice[i], "sent", "bob", "hello");
        talk_get_text(alice[i], "inbox", "bob", "hi");
        talk_event(alice[i], "approved");
        talk_event(alice[i], "contact");
        talk_nothing(alice[i], "*");
        talk_get_text(bob[i], "requests", "alice", "hello");
        talk_get_text(bob[i], "inbox", "alice", "hello");
        talk_get_text(bob[i], "sent", "alice", "hi");
        talk_event(bob[i], "contact");
        talk_nothing(bob[i], "*");
    }
}

static void who_admits_contacts_only_gets_nothing_from_strangers(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(bob, "settings", "{\"who-can-message\":\"contacts\"}");
    talk_event(bob, "settings");
    talk_send(alice, "bob", "lost");
    talk_nothing(bob, "*");
    talk_history(bob, "alice", "");
    talk_history(alice, "bob", "lost:sent");
    talk_ok(bob, "settings", "{\"who-can-message\":\"everyone\"}");
    talk_history(bob, "alice", "");
    talk_send(alice, "bob", "held");
    talk_get_text(bob, "requests", "alice", "held");
    talk_ok(bob, "settings", "{\"who-can-message\":\"contacts\"}");
    talk_history(bob, "alice", "held:held");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_get_text(bob, "inbox", "alice", "held");
    talk_send(alice, "bob", "a contact's");
    talk_get_text(bob, "inbox", "alice", "a contact's");
    talk_history(bob, "alice", "held:inbox a contact's:inbox");
}

static void an_open_sender_is_refused_nothing_whatever_the_recipient_has_done_since(void **state)
{
    static const char binary[] = { 1, 2, 3 };
    static char large[5000];
    struct broker *b = *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .plugin_options = (const char *const[]){ "kinds text,link,binary", NULL } });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const cJSON *answer;

    memset(large, 'x', sizeof large - 1);
    talk_send(alice, "bob", "hello");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_ok(bob, "remove-contact", "{\"user\":\"alice\"}");
    assert_int_equal(
        client_publish(alice, "bc/user/bob", binary, sizeof binary, 1, false, NULL), TALK_ACCEPTED);
    talk_send(alice, "bob", large);
    talk_nothing(alice, "bc/error");
    talk_list(bob, "requests", "");
    talk_history(bob, "alice", "hello:inbox");
    answer = talk_ok(alice, "history", "{\"user\":\"bob\"}");
    assert_int_equal(talk_count(answer, "messages"), 3);
}

static int hello(struct client *alice, const char *to, int number)
{
    char msgid[16];
    char topic[64];

    snprintf(topic, sizeof topic, "bc/user/%s", to);
    snprintf(msgid, sizeof msgid, "%s-%c", to, number);
    return client_send_with(alice, topic, "hello", "msgid", msgid, NULL);
}

/* Append all that ${alice} sees of a fixed course of sends to ${to}, with ids and times left out.
 */
static void observe(struct client *alice, const char *to, char *seen, size_t size)
{
    static char large[4098];
    char topic[64];
    size_t len = 0;
    const struct message *m;
    const cJSON *answer;

    memset(large, 'x', sizeof large - 1);
    snprintf(topic, sizeof topic, "bc/user/%s", to);
    len += (size_t)snprintf(seen + len, size - len, "%x ", client_send(alice, topic, large));
    len += (size_t)snprintf(seen + len, size - len, "%x ", client_send(alice, topic, "\x01"));
    for (int i = 0; i < 6; i++)
        len += (size_t)snprintf(seen + len, size - len, "%x ", hello(alice, to, 'a' + i));
    len += (size_t)snprintf(seen + len, size - len, "%x ", hello(alice, to, 'a'));
    answer = talk_ask(alice, "send", "{\"user\":\"%s\",\"payload\":\"x\"}", to);
    len += (size_t)snprintf(seen + len, size - len, "%s ", answer_error(answer));
    answer = talk_ok(alice, "history", "{\"user\":\"%s\"}", to);
    for (size_t i = 0; i < talk_count(answer, "messages"); i++) {
        const cJSON *item = talk_item(answer, "messages", i);

        len += (size_t)snprintf(seen + len, size - len, "%s:%s:%zu ", answer_string(item, "state"),
            strchr(answer_string(item, "msgid"), '-'), (size_t)cJSON_GetArraySize(item));
        talk_ok(alice, "get", "{\"id\":\"%s\"}", answer_string(item, "id"));
    }
    talk_settle(alice);
    while ((m = client_next(alice, "*", 0)) != NULL) {
        bool echo = strncmp(m->topic, "bc/user/", 8) == 0;

        len += (size_t)snprintf(seen + len, size - len, "%.*s=%.*s+%zu ", echo ? 19 : 8, m->topic,
            echo ? 5 : 11, echo ? m->payload : strstr(m->payload, "error"), m->property_count);
    }
    assert_in_range(len, 1, size - 1);
}

static void a_pending_sender_sees_the_same_whatever_the_recipients_stance(void **state)
{
    static const char *const users[] = { "alice", "u1", "u2", "u3", "u4", "u5", "u6", NULL };
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = talk_unhurried, .users = users });
    struct client *alice = client_login(b, "alice");
    char first[4096] = "";

    for (int i = 1; users[i] != NULL; i++) {
        char seen[4096] = "";
        struct client *other = i == 1 ? NULL : client_login(b, users[i]);

        if (i == 3)
            talk_ok(other, "block", "{\"user\":\"alice\"}");
        if (i == 4)
            talk_ok(other, "settings", "{\"who-can-message\":\"contacts\"}");
        if (i == 5)
            talk_ok(other, "unblock", "{\"user\":\"alice\"}");
        if (i == 6)
            talk_ok(other, "block", "{\"user\":\"u1\"}");
        observe(alice, users[i], seen, sizeof seen);
        if (i == 1)
            snprintf(first, sizeof first, "%s", seen);
        assert_string_equal(seen, first);
    }
}

/* Where ${what}'s first "Sending PUBLISH" stands in the broker's log. */
static long sent_at(const char *log, const char *what)
{
    const char *at = strstr(log, what);

    if (at == NULL)
        fail_msg("the broker did not send anything on %s", what);
    return (long)(at - log);
}

static void the_echo_goes_out_before_the_recipients_copy(void **state)
{
    static const char *const all[] = { "log_type all", NULL };
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .lines_before = talk_lines, .lines_after = all });
    /* The recipient connects first, and so is first in whatever the broker walks. */
    struct client *bob = client_login(b, "bob");
    struct client *alice = client_login(b, "alice");
    char path[256];
    char *log;

    talk_send(alice, "bob", "held");
    talk_get(bob, "requests", "alice");
    talk_send(bob, "alice", "approved");
    talk_get(alice, "inbox", "bob");
    snprintf(path, sizeof path, "%s/broker.log", broker_dir(b));
    log = file_read(path, 0);
    assert_true(sent_at(log, "'bc/user/alice/sent/bob/") < sent_at(log, "'bc/user/bob/requests/"));
    assert_true(sent_at(log, "'bc/user/bob/sent/alice/") < sent_at(log, "'bc/user/alice/inbox/"));
    free(log);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_strangers_message_is_held_in_requests_and_echoed_to_its_sender),
        TEST(approving_moves_what_is_held_to_the_inbox_in_order_and_once),
        TEST(every_sequence_of_decisions_leaves_what_the_rule_says),
        TEST(what_was_swallowed_is_delivered_to_nobody),
        TEST(writing_to_a_stranger_approves_them_without_telling_of_it),
        TEST(approval_is_told_once_and_only_to_who_wrote_and_has_not_blocked),
        TEST(a_note_to_self_is_stored_once_and_echoed),
        TEST(a_message_to_an_unknown_user_waits_for_their_first_connection),
        TEST(all_devices_of_a_user_see_the_same),
        TEST(who_admits_contacts_only_gets_nothing_from_strangers),
        TEST(an_open_sender_is_refused_nothing_whatever_the_recipient_has_done_since),
        TEST(a_pending_sender_sees_the_same_whatever_the_recipients_stance),
        TEST(the_echo_goes_out_before_the_recipients_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
