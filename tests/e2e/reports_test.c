/* Reports (protocol section 5): who can report what, what a moderator sees, and what comes of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"

enum {
    WORDS_SIZE = 2048,
    COUNT_SEEN = 3
};

static const char *const options[] = { "moderators mo max", "rate_per_minute 100000",
    "rate_burst 10000", "request_max_messages 20", NULL };
static const char *const small[] = { "moderators mo", "rate_per_minute 100000", "rate_burst 10000",
    "reply_max_bytes 4096", "kinds text,link,image,video,binary", NULL };
static const char *const users[] = { "alice", "bob", "carol", "mo", "max", "mallory", NULL };
static const struct broker_options moderated = {
    .lines_before = talk_lines, .plugin_options = options, .users = users
};

/* The open or resolved reports, of which there are ${count}. */
static const cJSON *reports(struct client *mo, const char *state, size_t count)
{
    const cJSON *answer = talk_ok(mo, "reports", "{\"state\":\"%s\"}", state);

    assert_int_equal(talk_count(answer, "reports"), count);
    assert_false(talk_has(answer, "more"));
    return answer;
}

/* Demand that the evidence is ${words}: "<from>:<payload>:<state>" each. */
static void evidence(const cJSON *report, const char *words)
{
    char found[WORDS_SIZE] = "";
    size_t len = 0;

    for (size_t i = 0; i < talk_count(report, "evidence"); i++) {
        const cJSON *message = talk_item(report, "evidence", i);

        len += (size_t)snprintf(found + len, sizeof found - len, "%s%s:%s:%s", i > 0 ? " " : "",
            answer_string(message, "from"), answer_string(message, "payload"),
            answer_string(message, "state"));
        assert_in_range(len, 0, sizeof found - 1);
    }
    assert_string_equal(found, words);
}

static const char *report(struct client *c, const char *arguments)
{
    return answer_string(talk_ok(c, "report", "%s", arguments), "report");
}

/* The id of the last of ${count} messages of ${from}'s, called ${name}, in the requests of ${c}. */
static const char *hear(
    struct client *from, const char *name, struct client *c, const char *to, int count)
{
    const char *id = NULL;
    char text[16];

    for (int i = 1; i <= count; i++) {
        snprintf(text, sizeof text, "m%d", i);
        talk_send(from, to, text);
        id = talk_id(talk_get_text(c, "requests", name, text));
    }
    return id;
}

static void a_held_message_is_reported_with_what_came_before_it(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = client_login(b, "mallory");
    struct client *bob = client_login(b, "bob");
    struct client *mo = client_login(b, "mo");
    const char *id = hear(mallory, "mallory", bob, "bob", 12);
    const cJSON *item;
    const char *of;

    talk_send(mallory, "bob", "m13");
    talk_settle(mallory);
    crowd_forget(mallory);
    of = answer_string(
        talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"abuse\",\"note\":\"look\"}", id),
        "report");
    assert_int_equal(strlen(of), 16);
    item = talk_item(reports(mo, "open", 1), "reports", 0);
    talk_is(item, "report", of);
    talk_is(item, "by", "bob");
    talk_is(item, "user", "mallory");
    talk_is(item, "id", id);
    talk_is(item, "reason", "abuse");
    talk_is(item, "note", "look");
    talk_is(item, "state", "open");
    assert_true(answer_number(item, "time") > 0);
    assert_false(talk_has(item, "group"));
    assert_false(talk_has(item, "resolution"));
    evidence(item, "mallory:m2:held mallory:m3:held mallory:m4:held mallory:m5:held "
                   "mallory:m6:held mallory:m7:held mallory:m8:held mallory:m9:held "
                   "mallory:m10:held mallory:m11:held mallory:m12:held");
    talk_nothing(mallory, "events/*");
}

static void declined_blocked_and_group_messages_can_be_reported(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = crowd_login(b, "mallory", 5);
    struct client *bob = crowd_login(b, "bob", 5);
    struct client *carol = crowd_login(b, "carol", 5);
    struct client *mo = client_login(b, "mo");
    const char *id = hear(mallory, "mallory", bob, "bob", 2);
    const cJSON *answer;
    const cJSON *message;

    talk_ok(bob, "decline", "{\"user\":\"mallory\"}");
    talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id);
    talk_ok(bob, "block", "{\"user\":\"mallory\"}");
    report(bob, "{\"user\":\"mallory\",\"reason\":\"spam\"}");
    crowd_start(mallory, "team", carol, NULL);
    crowd_say(mallory, "team", "g1");
    crowd_say(carol, "team", "g2");
    crowd_say(mallory, "team", "g3");
    crowd_hear(carol, "team", "mallory", "g1");
    crowd_hear(carol, "team", "carol", "g2");
    id = talk_id(crowd_hear(carol, "team", "mallory", "g3"));
    talk_ok(carol, "report", "{\"id\":\"%s\",\"reason\":\"illegal\"}", id);
    talk_ok(carol, "leave", "{\"group\":\"team\"}");
    report(carol, "{\"group\":\"team\",\"reason\":\"other\"}");

    answer = reports(mo, "open", 4);
    evidence(talk_item(answer, "reports", 0), "mallory:m1:declined mallory:m2:declined");
    evidence(talk_item(answer, "reports", 1), "mallory:m1:declined mallory:m2:declined");
    evidence(talk_item(answer, "reports", 2), "mallory:g1:group carol:g2:sent mallory:g3:group");
    talk_is(talk_item(answer, "reports", 2), "group", "team");
    talk_is(talk_item(answer, "reports", 2), "user", "mallory");
    evidence(talk_item(answer, "reports", 3), "mallory:g1:group carol:g2:sent mallory:g3:group");
    talk_no(mo, "bad-request", "resolve", "{\"report\":\"%s\",\"action\":\"warn\"}",
        answer_string(talk_item(answer, "reports", 3), "report"));
    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}",
        answer_string(talk_item(answer, "reports", 3), "report"));
    assert_true(broker_log_contains(b, "moderator \"mo\": dismiss a group, report "));
    talk_is(talk_event(carol, "report-resolved"), "action", "dismiss");
    talk_is(talk_item(answer, "reports", 3), "group", "team");
    assert_false(talk_has(talk_item(answer, "reports", 3), "user"));
    message = talk_item(talk_item(answer, "reports", 3), "evidence", 0);
    talk_is(message, "group", "team");
}

static void what_one_cannot_see_cannot_be_reported(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = crowd_login(b, "mallory", 5);
    struct client *bob = crowd_login(b, "bob", 5);
    struct client *alice = crowd_login(b, "alice", 5);
    struct client *mo = client_login(b, "mo");
    const char *id = hear(mallory, "mallory", bob, "bob", 1);
    const char *own;

    talk_no(alice, "no-such-message", "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id);
    talk_no(alice, "no-such-message", "report", "{\"id\":\"%016x\",\"reason\":\"spam\"}", 99);
    talk_ok(bob, "block", "{\"user\":\"mallory\"}");
    talk_send(mallory, "bob", "swallowed");
    client_expect(mallory, "bc/user/mallory/sent/bob/*", CLIENT_WAIT_MS);
    own = talk_id(talk_get_text(mallory, "sent", "bob", "swallowed"));
    talk_no(bob, "no-such-message", "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", own);
    talk_no(mallory, "bad-request", "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", own);
    crowd_start(mallory, "team", NULL);
    talk_no(bob, "not-a-member", "report", "{\"group\":\"team\",\"reason\":\"spam\"}");
    talk_no(bob, "not-a-member", "report", "{\"group\":\"none\",\"reason\":\"spam\"}");
    talk_no(bob, "not-found", "report", "{\"user\":\"alice\",\"reason\":\"spam\"}");
    talk_no(bob, "not-found", "report", "{\"user\":\"nobody\",\"reason\":\"spam\"}");
    talk_no(bob, "bad-request", "report", "{\"user\":\"bob\",\"reason\":\"spam\"}");
    /* Whoever has written to somebody may report them, whether they are there or not. */
    talk_send(alice, "nobody", "hello");
    report(alice, "{\"user\":\"nobody\",\"reason\":\"other\"}");
    talk_no(mallory, "no-such-message", "get", "{\"id\":\"%016x\"}", 99);
    reports(mo, "open", 1);
}

static void malformed_reports_are_refused(void **state)
{
    static const char *const rows[] = { "{}", "{\"reason\":\"spam\"}", "{\"user\":\"mallory\"}",
        "{\"user\":\"mallory\",\"reason\":\"\"}", "{\"user\":\"mallory\",\"reason\":\"boring\"}",
        "{\"user\":\"mallory\",\"reason\":1}",
        "{\"user\":\"mallory\",\"group\":\"team\",\"reason\":\"spam\"}",
        "{\"user\":\"mallory\",\"id\":\"0000000000000001\",\"reason\":\"spam\"}",
        "{\"id\":\"1\",\"reason\":\"spam\"}", "{\"id\":1,\"reason\":\"spam\"}",
        "{\"user\":\"mallory\",\"reason\":\"spam\",\"note\":1}",
        "{\"user\":\"mallory\",\"reason\":\"spam\",\"block\":\"yes\"}",
        "{\"group\":\"team\",\"reason\":\"spam\",\"block\":true}" };
    static const char *const of_moderators[] = { "{\"action\":\"dismiss\"}",
        "{\"report\":\"0000000000000001\"}", "{\"report\":\"x\",\"action\":\"dismiss\"}",
        "{\"report\":\"0000000000000001\",\"action\":\"unsuspend\"}",
        "{\"report\":\"0000000000000001\",\"action\":\"suspend\",\"days\":-1}" };
    struct broker *b = *state = broker_start(&moderated);
    struct client *bob = crowd_login(b, "bob", 5);
    struct client *mo = client_login(b, "mo");
    char note[1102];

    talk_send(bob, "mallory", "hello");
    crowd_start(bob, "team", NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        talk_no(bob, "bad-request", "report", "%s", rows[i]);
    memset(note, 'x', sizeof note);
    note[1001] = '\0';
    talk_no(bob, "bad-request", "report",
        "{\"user\":\"mallory\",\"reason\":\"spam\",\"note\":\"%s\"}", note);
    note[1000] = '\0';
    talk_ok(bob, "report", "{\"user\":\"mallory\",\"reason\":\"spam\",\"note\":\"%s\"}", note);
    for (size_t i = 0; i < sizeof of_moderators / sizeof *of_moderators; i++)
        talk_no(mo, "bad-request", "resolve", "%s", of_moderators[i]);
    talk_no(mo, "bad-request", "reports", "{\"state\":\"closed\"}");
    talk_no(mo, "bad-request", "reports", "{\"limit\":0}");
    talk_no(mo, "not-found", "resolve", "{\"report\":\"%016x\",\"action\":\"dismiss\"}", 1);
}

static void reporting_again_is_the_same_report_and_may_block(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = client_login(b, "mallory");
    struct client *bob = client_login(b, "bob");
    struct client *phone = client_login(b, "bob");
    struct client *mo = client_login(b, "mo");
    const char *first;

    hear(mallory, "mallory", bob, "bob", 1);
    talk_settle(mallory);
    crowd_forget(mallory);
    first = report(bob, "{\"user\":\"mallory\",\"reason\":\"spam\"}");
    assert_string_equal(report(bob, "{\"user\":\"mallory\",\"reason\":\"abuse\"}"), first);
    talk_list(bob, "blocked", "");
    assert_string_equal(
        report(bob, "{\"user\":\"mallory\",\"reason\":\"spam\",\"block\":true}"), first);
    talk_list(bob, "blocked", "mallory");
    talk_event(phone, "blocked");
    reports(mo, "open", 1);
    talk_ok(bob, "unblock", "{\"user\":\"mallory\"}");
    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", first);
    talk_event(phone, "report-resolved");
    assert_string_not_equal(
        report(bob, "{\"user\":\"mallory\",\"reason\":\"spam\",\"block\":true}"), first);
    talk_event(phone, "unblocked");
    talk_event(phone, "blocked");
    talk_nothing(phone, "events/*");
    talk_nothing(mallory, "events/*");
}

static void a_resolved_report_is_told_and_kept(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = client_login(b, "mallory");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *mo = client_login(b, "mo");
    struct client *max = client_login(b, "max");
    const char *ids[3];
    const cJSON *item;

    hear(mallory, "mallory", bob, "bob", 2);
    hear(mallory, "mallory", carol, "carol", 1);
    ids[0] = report(bob, "{\"user\":\"mallory\",\"reason\":\"spam\"}");
    ids[1] = report(carol, "{\"user\":\"mallory\",\"reason\":\"spam\"}");
    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"warn\",\"note\":\"be kind\"}", ids[0]);
    item = talk_event(bob, "report-resolved");
    talk_is(item, "report", ids[0]);
    talk_is(item, "action", "warn");
    assert_false(talk_has(item, "note"));
    item = talk_event(mallory, "warned");
    talk_is(item, "note", "be kind");
    assert_int_equal(cJSON_GetArraySize(item), 3); /* id, time, note */
    talk_no(max, "not-possible", "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", ids[0]);
    talk_ok(max, "resolve",
        "{\"report\":\"%s\",\"action\":\"suspend\",\"days\":3,\"note\":\"enough\"}", ids[1]);
    talk_is(talk_event(carol, "report-resolved"), "action", "suspend");
    item = talk_event(mallory, "suspended");
    talk_is(item, "note", "enough");
    assert_int_equal(cJSON_GetArraySize(item), 4); /* and until */
    talk_refused(mallory, "bc/user/bob", "but", "suspended");
    assert_true(broker_log_contains(b, "moderator \"max\": suspend \"mallory\" until 20"));
    assert_true(broker_log_contains(b, ids[1]));

    broker_restart(b);
    mo = client_login(b, "mo");
    reports(mo, "open", 0);
    item = reports(mo, "resolved", 2);
    evidence(talk_item(item, "reports", 0), "mallory:m1:held mallory:m2:held");
    item = cJSON_GetObjectItem(talk_item(item, "reports", 1), "resolution");
    talk_is(item, "by", "max");
    talk_is(item, "action", "suspend");
    talk_is(item, "note", "enough");
    assert_true(answer_number(item, "until") > answer_number(item, "time"));
}

/* Demand that ${c}'s events in sync are ${words}. */
static void synced(struct client *c, const char *words)
{
    const cJSON *answer = talk_ok(c, "sync", "{\"limit\":200}");
    char found[WORDS_SIZE] = "";
    size_t len = 0;

    for (size_t i = 0; i < talk_count(answer, "items"); i++) {
        const cJSON *item = talk_item(answer, "items", i);

        if (strcmp(answer_string(item, "type"), "event") == 0)
            len += (size_t)snprintf(found + len, sizeof found - len, "%s%s", len > 0 ? " " : "",
                answer_string(item, "event"));
        assert_in_range(len, 0, sizeof found - 1);
    }
    assert_string_equal(found, words);
}

static void what_moderators_did_is_in_sync_for_those_who_were_away(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = client_login(b, "mallory");
    struct client *bob = client_login(b, "bob");
    struct client *mo = client_login(b, "mo");
    const char *id;

    hear(mallory, "mallory", bob, "bob", 1);
    id = report(bob, "{\"user\":\"mallory\",\"reason\":\"spam\",\"block\":true}");
    client_disconnect(bob);
    client_disconnect(mallory);
    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"warn\"}", id);
    talk_ok(mo, "suspend", "{\"user\":\"mallory\"}");
    talk_ok(mo, "unsuspend", "{\"user\":\"mallory\"}");
    bob = client_login(b, "bob");
    synced(bob, "blocked report-resolved");
    mallory = client_login(b, "mallory");
    synced(mallory, "contact warned suspended unsuspended");
    synced(mo, "reported");
}

static void a_report_is_not_there_for_the_moderator_it_is_about(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mo = client_login(b, "mo");
    struct client *max = client_login(b, "max");
    struct client *bob = client_login(b, "bob");
    const char *message = hear(mo, "mo", bob, "bob", 1);
    const char *ids[2];

    talk_settle(mo);
    crowd_forget(mo);
    ids[0] = report(bob, "{\"user\":\"mo\",\"reason\":\"abuse\",\"note\":\"I fear mo\"}");
    ids[1] = answer_string(
        talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"abuse\"}", message), "report");
    reports(mo, "open", 0);
    reports(max, "open", 2);
    for (int i = 0; i < 2; i++) {
        talk_no(mo, "not-found", "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", ids[i]);
        talk_ok(max, "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", ids[i]);
        talk_no(mo, "not-found", "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", ids[i]);
    }
    reports(mo, "resolved", 0);
    reports(max, "resolved", 2);
    talk_nothing(mo, "events/*");
}

/* What is hidden must show in nothing: no short page, and no `more` with nothing behind it. */
static void pages_are_as_if_reports_about_oneself_were_not_there(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mo = client_login(b, "mo");
    struct client *bob = client_login(b, "bob");
    static const char *const senders[] = { "mo", "alice", "mo", "mo", "carol", "alice", "mo" };
    const char *seen[COUNT_SEEN] = { NULL };
    const cJSON *answer;
    char after[32];
    size_t count = 0;

    for (size_t i = 0; i < sizeof senders / sizeof *senders; i++) {
        struct client *sender = client_login(b, senders[i]);
        char text[16];
        const char *id;

        snprintf(text, sizeof text, "n%zu", i);
        talk_send(sender, "bob", text);
        id = talk_id(talk_get_text(bob, "requests", senders[i], text));
        id = answer_string(
            talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id), "report");
        if (strcmp(senders[i], "mo") != 0)
            seen[count++] = id;
    }
    assert_int_equal(count, COUNT_SEEN);
    snprintf(after, sizeof after, "%016x", 0);
    for (size_t i = 0; i < COUNT_SEEN; i++) {
        answer = talk_ok(mo, "reports", "{\"limit\":1,\"after\":\"%s\"}", after);
        assert_int_equal(talk_count(answer, "reports"), 1);
        talk_is(talk_item(answer, "reports", 0), "report", seen[i]);
        assert_true(talk_has(answer, "more") == (i + 1 < COUNT_SEEN));
        snprintf(after, sizeof after, "%s", seen[i]);
    }
    answer = talk_ok(mo, "reports", "{\"limit\":%d}", COUNT_SEEN);
    assert_int_equal(talk_count(answer, "reports"), COUNT_SEEN);
    assert_false(talk_has(answer, "more"));
}

static void moderators_see_who_wrote_first_what_was_forwarded(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *alice = client_login(b, "alice");
    struct client *mallory = client_login(b, "mallory");
    struct client *bob = client_login(b, "bob");
    struct client *mo = client_login(b, "mo");
    const char *id = hear(alice, "alice", mallory, "mallory", 1);
    const cJSON *item;

    talk_ok(mallory, "forward", "{\"id\":\"%s\",\"user\":\"bob\"}", id);
    talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"other\"}",
        talk_id(talk_get_text(bob, "requests", "mallory", "m1")));
    item = talk_item(talk_item(reports(mo, "open", 1), "reports", 0), "evidence", 0);
    talk_is(item, "from", "mallory");
    item = cJSON_GetObjectItem(item, "origin");
    talk_is(item, "from", "alice");
    talk_is(item, "to", "mallory");
    talk_is(item, "id", id);
}

/* Five reports, of messages of ${len} bytes. */
static void report_five(struct broker *b, size_t len)
{
    struct client *mallory = client_login(b, "mallory");
    struct client *bob = client_login(b, "bob");
    char text[WORDS_SIZE];

    talk_ok(bob, "add-contact", "{\"user\":\"mallory\"}");
    talk_send(bob, "mallory", "hello");
    memset(text, 1, sizeof text); /* six bytes each in JSON */
    text[len] = '\0';
    for (int i = 0; i < 5; i++) {
        talk_send(mallory, "bob", text);
        talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}",
            talk_id(talk_get_text(bob, "inbox", "mallory", text)));
    }
}

static void the_queue_comes_in_pages_oldest_first(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = small, .users = users });
    struct client *mo = client_login(b, "mo");
    const cJSON *answer;
    char after[32] = "";
    int count = 0;
    int pages = 0;

    report_five(b, 100);
    do {
        answer = talk_ok(mo, "reports", "{\"limit\":2%s%s%s}", after[0] ? ",\"after\":\"" : "",
            after, after[0] ? "\"" : "");
        for (size_t i = 0; i < talk_count(answer, "reports"); i++) {
            const cJSON *item = talk_item(answer, "reports", i);

            assert_int_equal(talk_count(item, "evidence"), count + 2);
            assert_true(strcmp(answer_string(item, "report"), after) > 0);
            snprintf(after, sizeof after, "%s", answer_string(item, "report"));
            count++;
        }
        if (talk_has(answer, "more"))
            talk_is(answer, "after", after);
        pages++;
    } while (talk_has(answer, "more"));
    assert_int_equal(count, 5);
    assert_in_range(pages, 3, 5);
}

static void payloads_that_do_not_fit_are_left_out(void **state)
{
    struct broker *b = *state = broker_start(&(struct broker_options){
        .lines_before = talk_lines, .plugin_options = small, .users = users });
    struct client *mo = client_login(b, "mo");
    const cJSON *answer;
    const cJSON *item;
    char *printed;

    report_five(b, 400); /* 2400 bytes each, printed: two don't fit into 4096 */
    answer = talk_ok(mo, "reports", "{\"limit\":1}");
    item = talk_item(answer, "reports", 0);
    assert_int_equal(talk_count(item, "evidence"), 2);
    assert_true(talk_has(talk_item(item, "evidence", 1), "payload"));
    printed = cJSON_PrintUnformatted(answer);
    assert_in_range(strlen(printed), 2400, 4096);
    cJSON_free(printed);
    answer = talk_ok(mo, "reports", "{\"after\":\"%s\"}", answer_string(answer, "after"));
    assert_int_equal(talk_count(answer, "reports"), 1); /* and no room for the next */
    item = talk_item(answer, "reports", 0);
    assert_int_equal(talk_count(item, "evidence"), 3);
    assert_true(talk_has(talk_item(item, "evidence", 2), "payload"));
    assert_true(talk_has(talk_item(item, "evidence", 1), "payload-omitted"));
    assert_int_equal(answer_number(talk_item(item, "evidence", 1), "size"), 400);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_held_message_is_reported_with_what_came_before_it),
        TEST(declined_blocked_and_group_messages_can_be_reported),
        TEST(what_one_cannot_see_cannot_be_reported),
        TEST(malformed_reports_are_refused),
        TEST(reporting_again_is_the_same_report_and_may_block),
        TEST(a_resolved_report_is_told_and_kept),
        TEST(what_moderators_did_is_in_sync_for_those_who_were_away),
        TEST(a_report_is_not_there_for_the_moderator_it_is_about),
        TEST(pages_are_as_if_reports_about_oneself_were_not_there),
        TEST(moderators_see_who_wrote_first_what_was_forwarded),
        TEST(the_queue_comes_in_pages_oldest_first),
        TEST(payloads_that_do_not_fit_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
