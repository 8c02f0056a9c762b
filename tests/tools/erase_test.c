/* What the operator erases: gone for clients at once, and then from every byte of data_dir. */
#include "traces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"

#define SECRET "Quetzalcoatl"
#define OTHER  "Popocatepetl"

static struct tool_run run;

static int begin(void **state)
{
    static const char *const options[] = { "moderators mo", "rate_per_minute 60000",
        "rate_burst 60000", "push_user pusher", "checkpoint_bytes 1048576", NULL };
    static const char *const users[] = { "alice", "bob", "carol", "mo", "pusher", NULL };

    *state = broker_start(&(struct broker_options){
        .plugin_options = options, .users = users, .lines_after = talk_lines });
    return 0;
}

static void printed(const char *text)
{
    if (strstr(run.text, text) == NULL) {
        fail_msg("there is no \"%s\" in: %s", text, run.text);
    }
}

static unsigned count_of(const char *in, const char *text)
{
    unsigned count = 0;

    for (const char *at = in; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

/* Send ${text} from ${c} to ${to}; its id is ${id}. */
static void send_text(struct client *c, const char *to, const char *text, char id[32])
{
    (void)snprintf(id, 32, "%s",
        answer_string(talk_ok(c, "send", "{\"user\":\"%s\",\"payload\":\"%s\"}", to, text), "id"));
}

/* What alice sends to bob is held from nobody any more. */
static void make_contacts(struct client *alice, struct client *bob)
{
    char id[32];

    send_text(alice, "bob", "hello", id);
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
}

/* ---- one message ---- */

static void a_message_is_gone_for_clients_and_from_the_disk(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const cJSON *message;
    char backup[4096];
    char id[32];
    char kept[32];

    (void)snprintf(backup, sizeof(backup), "%s", life_path(b, "copy"));
    send_text(alice, "bob", SECRET " one", id);
    send_text(alice, "bob", OTHER, kept);
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    assert_true(traces_in(life_data(b), SECRET) > 0);

    tool_expect(b, 0, "no byte of", "erase", life_data(b), "--message", id, "--reason",
        "court order 7", "--wait", NULL);
    traces_gone(b, SECRET);
    assert_true(traces_in(life_data(b), OTHER) > 0);

    message = talk_item(talk_ok(bob, "history", "{\"user\":\"alice\"}"), "messages", 0);
    talk_is(message, "id", id);
    talk_is(message, "kind", "erased");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(message, "erased")));
    assert_false(talk_has(message, "payload"));
    assert_false(talk_has(message, "payload-base64"));
    assert_false(talk_has(message, "content-type"));
    talk_no(bob, "no-such-message", "forward", "{\"id\":\"%s\",\"user\":\"carol\"}", id);
    talk_no(bob, "no-such-message", "react", "{\"id\":\"%s\",\"emoji\":\"\xf0\x9f\x91\x8d\"}", id);
    talk_no(bob, "no-such-message", "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id);
    tool_expect(
        b, 2, "erased already", "erase", life_data(b), "--message", id, "--reason", "x", NULL);

    tool_run(b, &run, "erasures", life_data(b), NULL);
    printed("by #operator");
    printed("court order 7");
    printed("gone from the disk 2");
    assert_true(broker_log_contains(b, "nothing of it is left in data_dir"));
    tool_expect(b, 0, "", "backup", life_data(b), backup, NULL);
    assert_int_equal(traces_in(backup, SECRET), 0);
    tool_expect(b, 0, "", "check", backup, NULL);
}

/* ---- a conversation, a user ---- */

static void a_conversation_or_all_of_a_user_can_be_erased(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char id[32];

    make_contacts(alice, bob);
    for (int i = 0; i < 150; i++) {
        send_text(alice, "bob", SECRET " to bob", id);
    }
    send_text(alice, "carol", SECRET "-for-carol", id);
    send_text(bob, "alice", OTHER " of bob", id);
    talk_ok(alice, "set-profile", "{\"name\":\"" SECRET " Alice\",\"about\":\"" SECRET "\"}");
    talk_ok(alice, "store", "{\"key\":\"draft/" SECRET "\",\"value\":\"" SECRET "\"}");

    tool_run(b, &run, "erase", life_data(b), "--user", "alice", "--with", "bob", "--reason",
        "asked for", "--wait", "--json", NULL);
    assert_int_equal(run.code, 0);
    printed("\"with\":\"bob\"");
    printed("\"state\":\"proven\"");
    assert_int_equal(traces_in(life_data(b), SECRET " to bob"), 0);
    assert_true(traces_in(life_data(b), SECRET "-for-carol") > 0);
    talk_settle(carol);

    tool_expect(b, 0, "no byte of", "erase", life_data(b), "--user", "alice", "--reason",
        "asked for", "--wait", NULL);
    traces_gone(b, SECRET);
    assert_true(traces_in(life_data(b), OTHER " of bob") > 0);
    assert_int_equal(talk_count(talk_ok(alice, "stored", "{}"), "values"), 0);
    send_text(alice, "bob", "still here", id);
}

/* ---- titles and notes ---- */

/* Titles that alice gave, as they are, as an invitation has one, and as who has left sees one. */
static void write_titles(struct client *alice, struct client *bob)
{
    talk_ok(alice, "create-group", "{\"group\":\"g\",\"title\":\"" SECRET " one\"}");
    talk_ok(alice, "invite", "{\"group\":\"g\",\"users\":[\"bob\",\"carol\"]}");
    talk_ok(bob, "approve", "{\"group\":\"g\"}");
    talk_ok(bob, "leave", "{\"group\":\"g\"}");
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"" SECRET " two\"}");
    talk_ok(bob, "create-group", "{\"group\":\"h\",\"title\":\"" OTHER " of bob\"}");
}

static void expect_title(struct client *c, const char *group, const char *title)
{
    const cJSON *groups = cJSON_GetObjectItem(talk_ok(c, "groups", "{}"), "groups");
    const cJSON *row;

    cJSON_ArrayForEach(row, groups)
    {
        if (strcmp(answer_string(row, "group"), group) == 0) {
            talk_is(row, "title", title);
            return;
        }
    }
    fail_msg("%s is in no list of groups", group);
}

static void titles_and_notes_go_too(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *mo = client_login(b, "mo");
    const cJSON *row;
    char backup[4096];
    char id[32];
    char open[32];
    char done[32];

    (void)snprintf(backup, sizeof(backup), "%s", life_path(b, "copy"));
    write_titles(alice, bob);
    send_text(bob, "alice", "one", id);
    (void)snprintf(done, sizeof(done), "%s",
        answer_string(talk_ok(alice, "report",
                          "{\"id\":\"%s\",\"reason\":\"spam\",\"note\":\"" SECRET " done\"}", id),
            "report"));
    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", done);
    (void)snprintf(open, sizeof(open), "%s",
        answer_string(talk_ok(alice, "report",
                          "{\"user\":\"bob\",\"reason\":\"abuse\",\"note\":\"" SECRET " open\"}"),
            "report"));

    tool_expect(b, 1, "1 message or note of theirs is evidence in open reports", "erase",
        life_data(b), "--user", "alice", "--reason", "x", "--wait", NULL);
    assert_int_equal(traces_in(life_data(b), SECRET " one"), 0);
    assert_int_equal(traces_in(life_data(b), SECRET " two"), 0);
    assert_int_equal(traces_in(life_data(b), SECRET " done"), 0);
    expect_title(alice, "g", "");
    expect_title(bob, "h", OTHER " of bob");
    row = talk_item(talk_ok(carol, "requests", "{}"), "requests", 0);
    talk_is(row, "group", "g");
    talk_is(row, "title", "");
    row = talk_item(talk_ok(mo, "reports", "{}"), "reports", 0);
    talk_is(row, "note", SECRET " open");

    tool_expect(b, 0, "", "resolve", life_data(b), open, "dismiss", NULL);
    traces_wait(b, "erasures", "\"state\":\"waits\"");
    traces_wait(b, "erasures", "\"state\":\"open\"");
    traces_gone(b, SECRET);
    tool_expect(b, 0, "", "backup", life_data(b), backup, NULL);
    assert_int_equal(traces_in(backup, SECRET), 0);
    assert_true(traces_in(backup, OTHER " of bob") > 0);
    tool_expect(b, 0, "", "check", backup, NULL);
    talk_ok(alice, "rename-group", "{\"group\":\"g\",\"title\":\"" OTHER " new\"}");
    expect_title(alice, "g", OTHER " new");
}

static void notes_of_moderators_go_with_what_they_told(void **state)
{
    struct broker *b = *state;
    struct client *bob = client_login(b, "bob");
    struct client *mo = client_login(b, "mo");
    const cJSON *items;
    const cJSON *item;
    bool suspended = false;

    talk_ok(mo, "suspend", "{\"user\":\"bob\",\"days\":1,\"note\":\"" SECRET "\"}");
    assert_true(traces_in(life_data(b), SECRET) > 0);
    tool_expect(b, 0, "1 other thing", "erase", life_data(b), "--user", "mo", "--reason", "x",
        "--wait", NULL);
    traces_gone(b, SECRET);
    items = cJSON_GetObjectItem(talk_ok(bob, "sync", "{}"), "items");
    cJSON_ArrayForEach(item, items)
    {
        if (strcmp(answer_string(item, "event"), "suspended") == 0) {
            suspended = true;
            assert_string_equal(answer_string(item, "note"), "");
        }
    }
    assert_true(suspended);
    tool_expect(b, 0, "", "check", life_data(b), NULL);
}

/* ---- evidence ---- */

static void evidence_stays_until_the_report_is_resolved(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *mo = client_login(b, "mo");
    const cJSON *evidence;
    char id[32];
    char report[32];

    send_text(alice, "bob", SECRET " offends", id);
    (void)snprintf(report, sizeof(report), "%s",
        answer_string(talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id), "report"));
    tool_expect(b, 1, "1 message or note of theirs is evidence in open reports", "erase",
        life_data(b), "--message", id, "--reason", "x", "--wait", NULL);
    assert_true(traces_in(life_data(b), SECRET) > 0);
    evidence =
        cJSON_GetObjectItem(talk_item(talk_ok(mo, "reports", "{}"), "reports", 0), "evidence");
    evidence = cJSON_GetArrayItem(evidence, cJSON_GetArraySize(evidence) - 1);
    talk_is(evidence, "payload", SECRET " offends");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(evidence, "erased")));

    tool_expect(b, 0, "", "resolve", life_data(b), report, "dismiss", NULL);
    traces_wait(b, "erasures", "\"state\":\"waits\"");
    traces_wait(b, "erasures", "\"state\":\"open\"");
    traces_gone(b, SECRET);
}

/* The evidence of ${report} that is the message ${id}. */
static const cJSON *evidence_in(const cJSON *report, const char *id)
{
    const cJSON *message;

    cJSON_ArrayForEach(message, cJSON_GetObjectItem(report, "evidence"))
    {
        if (strcmp(answer_string(message, "id"), id) == 0) {
            return message;
        }
    }
    fail_msg("%s is no evidence", id);
    return NULL;
}

/* What is kept of an earlier erasure is theirs as well: none is told to be done before it is gone.
 */
static void a_later_erasure_waits_for_what_an_earlier_one_left(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char other[32];
    char id[32];
    char report[32];
    char note[32];

    make_contacts(alice, bob);
    send_text(client_login(b, "carol"), "alice", OTHER, other);
    send_text(alice, "bob", SECRET " offends", id);
    (void)snprintf(report, sizeof(report), "%s",
        answer_string(talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id), "report"));
    (void)snprintf(note, sizeof(note), "%s",
        answer_string(talk_ok(alice, "report",
                          "{\"user\":\"carol\",\"reason\":\"abuse\",\"note\":\"" SECRET "\"}"),
            "report"));
    tool_expect(b, 1, "1 message or note of theirs is evidence", "erase", life_data(b), "--message",
        id, "--reason", "x", "--wait", NULL);
    tool_expect(b, 2, "open reports keep what it said", "erase", life_data(b), "--message", id,
        "--reason", "x", NULL);
    tool_expect(b, 1, "2 messages or notes of theirs are evidence", "erase", life_data(b), "--user",
        "alice", "--with", "bob", "--reason", "x", "--wait", NULL);
    tool_expect(b, 1, "0 messages, 0 bytes", "erase", life_data(b), "--user", "alice", "--with",
        "bob", "--reason", "x", "--wait", NULL);
    tool_expect(b, 0, "no byte of", "erase", life_data(b), "--user", "alice", "--with", "carol",
        "--reason", "x", "--wait", NULL);
    for (unsigned i = 0; i < 2; i++) {
        tool_expect(b, 1, "3 messages or notes of theirs are evidence", "erase", life_data(b),
            "--user", "alice", "--reason", "x", "--wait", NULL);
    }
    tool_expect(b, 0, "no byte of", "erase", life_data(b), "--user", "bob", "--reason", "x",
        "--wait", NULL);
    assert_int_equal(broker_stop(b), 0);
    broker_restart(b);
    tool_expect(b, 0, "", "check", life_data(b), NULL);
    tool_expect(b, 0, "", "resolve", life_data(b), report, "dismiss", NULL);
    traces_wait(b, "erasures", "\"state\":\"open\"");
    assert_int_equal(traces_in(life_data(b), SECRET " offends"), 0);
    tool_run(b, &run, "erasures", life_data(b), "--json", NULL);
    assert_int_equal(count_of(run.text, "\"state\":\"proven\""), 5);
    assert_int_equal(count_of(run.text, "\"state\":\"waits\""), 2);
    tool_expect(b, 0, "", "resolve", life_data(b), note, "dismiss", NULL);
    traces_wait(b, "erasures", "\"state\":\"waits\"");
    traces_wait(b, "erasures", "\"state\":\"open\"");
    traces_gone(b, SECRET);
    assert_int_equal(broker_stop(b), 0);
    tool_expect(b, 0, "", "check", life_data(b), NULL);
    broker_restart(b);
}

/* Else whoever reads another report would know that there is one that is open, about themselves. */
static void what_a_report_keeps_is_in_no_other_report(void **state)
{
    struct broker *b = *state;
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *mo = client_login(b, "mo");
    const cJSON *answer;
    char erased[32];
    char later[32];
    char resolved[32];

    send_text(alice, "bob", SECRET " offends", erased);
    (void)snprintf(resolved, sizeof(resolved), "%s",
        answer_string(
            talk_ok(bob, "report", "{\"user\":\"alice\",\"reason\":\"spam\"}"), "report"));
    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", resolved);
    talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", erased);
    tool_expect(b, 1, "evidence in open reports", "erase", life_data(b), "--message", erased,
        "--reason", "x", "--wait", NULL);
    send_text(alice, "bob", OTHER " follows", later);
    talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", later);

    answer = talk_ok(mo, "reports", "{\"state\":\"resolved\"}");
    answer = evidence_in(talk_item(answer, "reports", 0), erased);
    assert_false(talk_has(answer, "payload"));
    talk_is(answer, "kind", "erased");
    answer = talk_ok(mo, "reports", "{}");
    talk_is(evidence_in(talk_item(answer, "reports", 0), erased), "payload", SECRET " offends");
    talk_is(evidence_in(talk_item(answer, "reports", 1), later), "payload", OTHER " follows");
    answer = evidence_in(talk_item(answer, "reports", 1), erased);
    assert_false(talk_has(answer, "payload"));
    talk_is(answer, "kind", "erased");
}

/* ---- kills ---- */

/* A title as it is now, one as bob saw it last, and the note of a report that is resolved. */
static void write_more(struct broker *b, struct client *alice, unsigned turn)
{
    struct client *bob = client_login(b, "bob");
    char report[32];

    talk_ok(alice, "create-group", "{\"group\":\"k%u\",\"title\":\"" SECRET " one\"}", turn);
    talk_ok(alice, "invite", "{\"group\":\"k%u\",\"users\":[\"bob\"]}", turn);
    talk_ok(bob, "approve", "{\"group\":\"k%u\"}", turn);
    talk_ok(bob, "leave", "{\"group\":\"k%u\"}", turn);
    talk_ok(alice, "rename-group", "{\"group\":\"k%u\",\"title\":\"" SECRET " two\"}", turn);
    (void)snprintf(report, sizeof(report), "%s",
        answer_string(talk_ok(alice, "report",
                          "{\"user\":\"bob\",\"reason\":\"abuse\",\"note\":\"" SECRET " note\"}"),
            "report"));
    tool_expect(b, 0, "", "resolve", life_data(b), report, "dismiss", NULL);
}

static void a_kill_at_any_time_ends_in_nothing_left(void **state)
{
    struct broker *b = *state;

    make_contacts(client_login(b, "alice"), client_login(b, "bob"));
    for (unsigned turn = 0; turn < 3; turn++) {
        struct client *alice = client_login(b, "alice");
        char id[32];

        for (int i = 0; i < 140; i++) {
            send_text(alice, "bob", SECRET " again", id);
        }
        write_more(b, alice, turn);
        tool_expect(b, 0, "", "erase", life_data(b), "--user", "alice", "--reason", "x", NULL);
        usleep(turn * 60000U);
        broker_kill(b);
        broker_restart(b);
        traces_wait(b, "erasures", "\"state\":\"open\"");
        traces_gone(b, SECRET);
    }
}

/* ---- bad input ---- */

static void what_makes_no_sense_is_refused(void **state)
{
    struct broker *b = *state;
    char id[32];
    static const char *const wrong[][6] = {
        { "--message", "x", "--reason", "r", NULL },
        { "--message", "0000000000000000", "--reason", "r", NULL },
        { "--message", "fffffffffffffff0", "--reason", "r", NULL },
        { "--user", "nobody-at-all", "--reason", "r", NULL },
        { "--user", "a/b", "--reason", "r", NULL },
        { "--user", "alice", NULL },
        { "--user", "alice", "--reason", "", NULL },
        { "--user", "alice", "--reason", "bad \xff byte", NULL },
        { "--user", "#operator", "--reason", "r", NULL },
        { "--with", "alice", "--reason", "r", NULL },
        { "--reason", "r", NULL },
    };

    send_text(client_login(b, "alice"), "bob", "hello", id);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char *end;

        tool_run(b, &run, "erase", life_data(b), wrong[i][0], wrong[i][1], wrong[i][2], wrong[i][3],
            NULL);
        end = strchr(run.text, '\n');
        if (run.code != 2 || end == NULL || end[1] != '\0') {
            fail_msg("%zu: %d, %s", i, run.code, run.text);
        }
    }
    tool_expect(b, 2, "\"with\" is empty", "erase", life_data(b), "--user", "alice", "--with", "",
        "--reason", "r", NULL);
    tool_expect(b, 2, "--user is given twice", "erase", life_data(b), "--user", "alice", "--user",
        "bob", "--reason", "r", NULL);
    tool_expect(b, 2, "Either one message", "erase", life_data(b), "--message", id, "--user",
        "alice", "--reason", "r", NULL);
    tool_expect(b, 0, "{\"ok\":true}", "erasures", life_data(b), "--json", NULL);
    talk_no(client_login(b, "alice"), "bad-request", "erase", "{\"id\":\"%s\"}", id);
}

static void without_a_broker_nothing_is_erased_and_erasures_are_read(void **state)
{
    struct broker *b = *state;
    char id[32];

    send_text(client_login(b, "alice"), "bob", SECRET, id);
    tool_expect(b, 0, "no byte of", "erase", life_data(b), "--message", id, "--reason", "why not",
        "--wait", NULL);
    assert_int_equal(broker_stop(b), 0);
    traces_gone(b, SECRET);
    tool_expect(b, 0, "why not", "erasures", life_data(b), NULL);
    tool_expect(b, 0, "\"type\":\"erasure\"", "dump", life_data(b), NULL);
    tool_expect(
        b, 2, "this takes one", "erase", life_data(b), "--message", id, "--reason", "x", NULL);
    broker_restart(b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_is_gone_for_clients_and_from_the_disk),
        TEST(a_conversation_or_all_of_a_user_can_be_erased),
        TEST(titles_and_notes_go_too),
        TEST(notes_of_moderators_go_with_what_they_told),
        TEST(evidence_stays_until_the_report_is_resolved),
        TEST(a_later_erasure_waits_for_what_an_earlier_one_left),
        TEST(what_a_report_keeps_is_in_no_other_report),
        TEST(a_kill_at_any_time_ends_in_nothing_left),
        TEST(what_makes_no_sense_is_refused),
        TEST(without_a_broker_nothing_is_erased_and_erasures_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
