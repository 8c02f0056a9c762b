/*
 * Messages and events that end by themselves: as days go by in the broker's process (clock_shim.c),
 * they are erased, and then it is as if they had never been.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "crowd.h"
#include "days.h"

enum {
    WAIT_MS = 30000
};

static const char *const options[] = { "rate_per_minute 100000", "rate_burst 10000",
    "moderators mo", "retain_direct_days 7", "retain_group_days 3", "retain_event_days 1",
    "retain_erased_days 2", NULL };
static const char *const users[] = { "alice", "bob", "carol", "mo", NULL };

/*
 * Demand that ${user}'s history with ${peer} comes to be ${words}: "<payload>" for each message, or
 * "erased", with a space between each two.
 */
static void history_becomes(struct broker *b, const char *user, const char *peer, const char *words)
{
    struct client *c = client_login(b, user);
    char found[1024] = "";

    for (int waited = 0; waited < WAIT_MS; waited += 100) {
        const cJSON *answer = talk_ok(c, "history", "{%s}", peer);

        found[0] = '\0';
        for (size_t i = 0; i < talk_count(answer, "messages"); i++) {
            const cJSON *message = talk_item(answer, "messages", i);
            bool erased = strcmp(answer_string(message, "kind"), "erased") == 0;

            assert_int_equal(erased, talk_has(message, "erased"));
            assert_int_equal(erased, !talk_has(message, "payload"));
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s", i > 0 ? " " : "",
                erased ? "erased" : answer_string(message, "payload"));
        }
        if (strcmp(found, words) == 0) {
            client_free(c);
            return;
        }
        days_pause(100);
    }
    fail_msg("the history of %s is \"%s\" and should become \"%s\"", user, found, words);
}

/* Alice and bob are contacts and have written to each other, and alice to a group and to carol. */
static void write_all(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    if (talk_count(talk_ok(alice, "groups", "{}"), "groups") == 0) {
        talk_ok(alice, "create-group", "{\"group\":\"team\",\"title\":\"T\",\"users\":[\"bob\"]}");
    }
    talk_send(alice, "bob", "one");
    talk_send(bob, "alice", "two");
    talk_send(alice, "carol", "hello");
    talk_settle(bob);
    assert_int_equal(
        client_publish(alice, "bc/group/team", "all", 3, 1, false, NULL), TALK_ACCEPTED);
    talk_settle(alice);
    client_free(alice);
    client_free(bob);
}

static size_t count_of(struct broker *b, const char *user, const char *command, const char *list)
{
    struct client *c = client_login(b, user);
    size_t count = talk_count(talk_ok(c, command, "{}"), list);

    client_free(c);
    return count;
}

/* The parts of what is past end beside each other. */
static void count_becomes(
    struct broker *b, const char *user, const char *command, const char *list, size_t wanted)
{
    size_t count = count_of(b, user, command, list);

    for (int waited = 0; count != wanted && waited < WAIT_MS; waited += 100) {
        days_pause(100);
        count = count_of(b, user, command, list);
    }
    assert_int_equal(count, wanted);
}

static void what_is_past_is_erased_and_then_removed(void **state)
{
    struct broker *b = days_start(state, options, users);

    write_all(b);
    days_pass(3);
    history_becomes(b, "alice", "\"group\":\"team\"", "all");
    days_pass(1);
    history_becomes(b, "bob", "\"group\":\"team\"", "erased");
    history_becomes(b, "bob", "\"user\":\"alice\"", "one two");
    days_pass(2);
    history_becomes(b, "bob", "\"group\":\"team\"", "");
    days_pass(2);
    history_becomes(b, "alice", "\"user\":\"bob\"", "erased erased");
    history_becomes(b, "carol", "\"user\":\"alice\"", "erased");
    assert_int_equal(count_of(b, "carol", "requests", "requests"), 1);
    assert_int_equal(count_of(b, "alice", "conversations", "conversations"), 2);
    days_pass(2);
    history_becomes(b, "alice", "\"user\":\"bob\"", "");
    history_becomes(b, "carol", "\"user\":\"alice\"", "");
    count_becomes(b, "carol", "requests", "requests", 0);
    count_becomes(b, "alice", "conversations", "conversations", 0);
    count_becomes(b, "bob", "sync", "items", 0);
    /* It goes on as before: the two are contacts, and in the group. */
    write_all(b);
    history_becomes(b, "alice", "\"user\":\"bob\"", "one two");
    history_becomes(b, "bob", "\"group\":\"team\"", "all");
    assert_int_equal(count_of(b, "carol", "requests", "requests"), 1);
    assert_int_equal(count_of(b, "alice", "conversations", "conversations"), 3);
}

/* An invitation that waits is shown, and can be approved, however old it is. Another waits on. */
static void an_invitation_that_waits_does_not_end(void **state)
{
    struct broker *b = days_start(state, options, users);
    struct client *c;
    const cJSON *answer;

    write_all(b);
    c = client_login(b, "alice");
    talk_ok(c, "invite", "{\"group\":\"team\",\"users\":[\"carol\",\"mo\"]}");
    client_free(c);
    days_pass(10);
    history_becomes(b, "carol", "\"user\":\"alice\"", "");
    count_becomes(b, "carol", "sync", "items", 0);
    c = client_login(b, "carol");
    answer = talk_ok(c, "requests", "{}");
    assert_int_equal(talk_count(answer, "requests"), 1);
    talk_is(talk_item(answer, "requests", 0), "group", "team");
    talk_is(talk_item(answer, "requests", 0), "title", "T");
    talk_ok(c, "approve", "{\"group\":\"team\"}");
    assert_int_equal(talk_count(talk_ok(c, "requests", "{}"), "requests"), 0);
    client_free(c);
}

/* With the last id of alice's history with bob, nothing can be done any more. */
static void what_is_erased_is_no_such_message(void **state)
{
    struct broker *b = days_start(state, options, users);
    struct client *alice;
    char id[17];

    write_all(b);
    days_pass(8);
    history_becomes(b, "alice", "\"user\":\"bob\"", "erased erased");
    alice = client_login(b, "alice");
    snprintf(id, sizeof id, "%s",
        answer_string(
            talk_item(talk_ok(alice, "history", "{\"user\":\"bob\",\"limit\":1}"), "messages", 0),
            "id"));
    talk_no(alice, "no-such-message", "forward", "{\"id\":\"%s\",\"user\":\"bob\"}", id);
    talk_no(alice, "no-such-message", "react", "{\"id\":\"%s\",\"emoji\":\"+1\"}", id);
    talk_no(alice, "no-such-message", "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id);
    client_free(alice);
    days_pass(2);
    history_becomes(b, "alice", "\"user\":\"bob\"", "");
    alice = client_login(b, "alice");
    talk_no(alice, "no-such-message", "forward", "{\"id\":\"%s\",\"user\":\"bob\"}", id);
    talk_no(alice, "no-such-message", "get", "{\"id\":\"%s\"}", id);
}

/* What an open report has as evidence is there for who decides on it, and for nobody else. */
static void evidence_is_kept_until_the_report_is_resolved(void **state)
{
    struct broker *b = days_start(state, options, users);
    struct client *carol;
    struct client *mo;
    const cJSON *message;
    char report[17];

    write_all(b);
    carol = client_login(b, "carol");
    snprintf(report, sizeof report, "%s",
        answer_string(
            talk_ok(carol, "report", "{\"user\":\"alice\",\"reason\":\"spam\"}"), "report"));
    client_free(carol);
    days_pass(12);
    history_becomes(b, "carol", "\"user\":\"alice\"", "");
    mo = client_login(b, "mo");
    message = talk_item(talk_item(talk_ok(mo, "reports", "{}"), "reports", 0), "evidence", 0);
    talk_is(message, "payload", "hello");
    assert_true(talk_has(message, "erased"));
    talk_ok(mo, "resolve", "{\"report\":\"%s\",\"action\":\"dismiss\"}", report);
    message = talk_item(
        talk_item(talk_ok(mo, "reports", "{\"state\":\"resolved\"}"), "reports", 0), "evidence", 0);
    talk_is(message, "kind", "erased");
    assert_false(talk_has(message, "payload"));
}

/* A clock that goes a year ahead, also for long enough that the broker believes it, ends nothing.
 */
static void a_clock_that_leaps_a_year_ends_nothing_for_a_day(void **state)
{
    struct broker *b = days_start(state, options, users);

    write_all(b);
    days_pause(DAYS_STEP_MS);
    days_set(365LL * DAYS_S, 0);
    broker_expect_log(b, "the clock has leapt forward", WAIT_MS);
    days_set(365LL * DAYS_S, 700);
    broker_expect_log(b, "it is believed from now on", WAIT_MS);
    broker_expect_log(b, "retention waits: the clock is 36", WAIT_MS);
    history_becomes(b, "alice", "\"user\":\"bob\"", "one two");
    broker_kill(b);
    broker_restart(b);
    broker_expect_log(b, "retention waits: the clock is 36", WAIT_MS);
    days_pause(DAYS_STEP_MS);
    history_becomes(b, "alice", "\"user\":\"bob\"", "one two");
    days_set(365LL * DAYS_S, 700 + DAYS_S + 60);
    history_becomes(b, "alice", "\"user\":\"bob\"", "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_is_past_is_erased_and_then_removed),
        TEST(an_invitation_that_waits_does_not_end),
        TEST(what_is_erased_is_no_such_message),
        TEST(evidence_is_kept_until_the_report_is_resolved),
        TEST(a_clock_that_leaps_a_year_ends_nothing_for_a_day),
    };

    return cmocka_run_group_tests(tests, days_begin, days_end);
}
