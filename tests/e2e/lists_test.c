/*
 * What lists and events tell beside what the other tests look at: pages of any size, how one stands
 * with others, and who is told of what (protocol sections 5 and 6).
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
    SMALLEST = 512, /* that max-bytes may be */
    LAST_MAX = 1024,
    TITLE_MAX = 128,
    MANY = 12
};

/* ---- pages ---- */

/* As a JSON string has it. */
static const char *escaped(const char *name)
{
    static char text[256];
    size_t len = 0;

    for (; *name != '\0'; name++) {
        if (*name == '"')
            text[len++] = '\\';
        text[len++] = *name;
    }
    text[len] = '\0';
    return text;
}

/* Read the list of ${command} to its end in pages of ${limit} and SMALLEST bytes; count the rows.
 */
static size_t read_in_small_pages(struct client *c, const char *command, const char *list,
    const char *cursor, const char *arguments, int limit)
{
    char from[512] = "";
    size_t found = 0;
    bool more = true;

    while (more) {
        const cJSON *answer = talk_ok(
            c, command, "{\"limit\":%d,\"max-bytes\":%d%s%s}", limit, SMALLEST, arguments, from);
        char *text = cJSON_PrintUnformatted(answer);

        assert_true(strlen(text) <= SMALLEST);
        found += talk_count(answer, list);
        assert_true(talk_count(answer, list) > 0 || found == 0);
        more = talk_has(answer, "more");
        if (more)
            snprintf(from, sizeof from, ",\"%s\":\"%s\"", cursor,
                escaped(answer_string(answer, cursor)));
        cJSON_free(text);
    }
    return found;
}

/* Names of 64 bytes, half of which JSON needs two bytes for. */
static const char *long_name(int i)
{
    static char names[MANY][65];

    snprintf(names[i], 65, "%02d%s", i,
        "\"a\"b\"c\"d\"e\"f\"g\"h\"i\"j\"k\"l\"m\"n\"o\"p\"q\"r\"s\"t\"u"
        "\"v\"w\"x\"y\"z\"a\"b\"c\"d\"e");
    return names[i];
}

static void every_list_honours_max_bytes(void **state)
{
    static const char *const options[] = { "moderators alice", "kinds text,link,image,video,binary",
        "rate_burst 1000", NULL };
    const char *users[MANY + 2] = { "alice" };
    char title[TITLE_MAX + 1];
    char text[200];
    struct broker *b;
    struct client *alice;

    memset(title, '\'', TITLE_MAX);
    title[TITLE_MAX] = '\0';
    memset(text, '\n', sizeof text - 1);
    text[0] = 'x';
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < MANY; i++)
        users[i + 1] = long_name(i);
    b = *state = broker_start(&(struct broker_options){
        .users = users, .lines_before = talk_lines, .plugin_options = options });
    alice = client_login(b, "alice");
    talk_ok(alice, "create-group", "{\"group\":\"mine\",\"title\":\"%s\"}", title);
    for (int i = 0; i < MANY; i++) {
        struct client *other = client_login(b, long_name(i));
        char name[256];
        char group[65];

        snprintf(name, sizeof name, "%s", escaped(long_name(i)));
        memset(group, 'g', 64);
        snprintf(group, sizeof group, "%02d", i);
        group[2] = 'g';
        group[64] = '\0';
        if (i < 10)
            talk_send(other, "alice", text);
        talk_ok(other, "create-group", "{\"group\":\"%s\",\"title\":\"%s\",\"users\":[\"alice\"]}",
            group, title);
        talk_ok(other, "add-contact", "{\"user\":\"alice\"}");
        talk_ok(alice, "invite", "{\"group\":\"mine\",\"user\":\"%s\"}", name);
        if (i < 4) {
            talk_ok(other, "report", "{\"group\":\"mine\",\"reason\":\"other\",\"note\":\"%s%s\"}",
                title, title);
            talk_ok(alice, "approve", "{\"user\":\"%s\"}", name);
            talk_ok(alice, "approve", "{\"group\":\"%s\"}", group);
            crowd_say(other, group, text);
        } else if (i < 6) {
            talk_ok(alice, "decline", "{\"user\":\"%s\"}", name);
        } else if (i < 8) {
            talk_ok(alice, "block", "{\"user\":\"%s\"}", name);
        }
        client_free(other);
    }
    for (int limit = 1; limit <= 50; limit += 49) {
        assert_int_equal(read_in_small_pages(alice, "requests", "requests", "after", "", limit), 8);
        assert_int_equal(read_in_small_pages(alice, "contacts", "users", "after", "", limit), 4);
        assert_int_equal(read_in_small_pages(alice, "declined", "users", "after", "", limit), 2);
        assert_int_equal(read_in_small_pages(alice, "blocked", "users", "after", "", limit), 2);
        assert_int_equal(read_in_small_pages(alice, "groups", "groups", "after", "", limit), 5);
        assert_int_equal(
            read_in_small_pages(alice, "members", "members", "after", ",\"group\":\"mine\"", limit),
            MANY + 1);
        assert_int_equal(
            read_in_small_pages(alice, "conversations", "conversations", "before", "", limit), 8);
        assert_int_equal(read_in_small_pages(alice, "reports", "reports", "after", "", limit), 4);
    }
}

static void what_fits_into_no_page_is_refused(void **state)
{
    static const char *const lists[] = { "requests", "conversations", "contacts" };
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_send(alice, "bob", "hello");
    for (size_t i = 0; i < 2; i++) {
        const cJSON *answer = talk_no(bob, "bad-request", lists[i],
            "{\"max-bytes\":512,\"ref\":\"%s\"}",
            "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001"
            "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001"
            "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001"
            "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001"
            "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001"
            "\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001\\u0001");

        assert_non_null(strstr(answer_string(answer, "message"), "max-bytes"));
        if (i == 0)
            talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    }
    talk_no(bob, "bad-request", "contacts", "{\"max-bytes\":511}");
    talk_no(bob, "bad-request", "groups", "{\"max-bytes\":\"512\"}");
}

/* ---- conversations ---- */

/* The row of ${user} among the conversations of ${c}. */
static const cJSON *row_of(struct client *c, const char *user)
{
    const cJSON *answer = talk_ok(c, "conversations", "{}");

    for (size_t i = 0; i < talk_count(answer, "conversations"); i++) {
        const cJSON *row = talk_item(answer, "conversations", i);

        if (talk_has(row, "user") && strcmp(answer_string(row, "user"), user) == 0)
            return row;
    }
    fail_msg("there is no conversation with %s", user);
    return NULL;
}

static void conversations_say_how_one_stands_from_ones_own_sends(void **state)
{
    static const char *const options[] = { "request_max_messages 3", NULL };
    static const char *const acts[] = { NULL, "block", "decline" };

    for (size_t i = 0; i < 3; i++) {
        struct broker *b = *state = broker_start(
            &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
        struct client *alice = client_login(b, "alice");
        struct client *bob = client_login(b, "bob");

        for (int left = 2; left >= 0; left--) {
            talk_send(alice, "bob", "hello");
            talk_is(row_of(alice, "bob"), "standing", "pending");
            assert_int_equal(answer_number(row_of(alice, "bob"), "left"), left);
            if (left == 2 && acts[i] != NULL)
                talk_ok(bob, acts[i], "{\"user\":\"alice\"}");
        }
        assert_false(talk_has(row_of(alice, "bob"), "their-read"));
        talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
        talk_ok(bob, "approve", "{\"user\":\"alice\"}");
        talk_is(row_of(alice, "bob"), "standing", "open");
        assert_false(talk_has(row_of(alice, "bob"), "left"));
        talk_is(row_of(bob, "alice"), "standing", "open"); /* since she wrote to him */
        talk_ok(bob, "block", "{\"user\":\"alice\"}");
        talk_is(row_of(alice, "bob"), "standing", "open");
        talk_send(alice, "alice", "a note");
        talk_is(row_of(alice, "alice"), "standing", "open");
        broker_teardown(state);
    }
}

static void conversations_have_what_receipts_told(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char first[17];
    char second[17];

    crowd_know(alice, bob);
    crowd_know(bob, alice);
    talk_send(alice, "bob", "one");
    snprintf(first, sizeof first, "%s", talk_id(talk_get_text(bob, "inbox", "alice", "one")));
    talk_send(alice, "bob", "two");
    snprintf(second, sizeof second, "%s", talk_id(talk_get_text(bob, "inbox", "alice", "two")));
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"delivered\":\"%s\"}", second);
    talk_is(row_of(alice, "bob"), "their-delivered", second);
    assert_false(talk_has(row_of(alice, "bob"), "their-read"));
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", first);
    for (int time = 0; time < 2; time++) {
        talk_is(row_of(alice, "bob"), "their-read", first);
        talk_is(row_of(alice, "bob"), "their-delivered", second);
        talk_is(row_of(bob, "alice"), "read", first);
        assert_false(talk_has(row_of(bob, "alice"), "their-read"));
        if (time == 0) {
            broker_restart(b);
            alice = client_login(b, "alice");
            bob = client_login(b, "bob");
        }
    }
    /* Who wants no receipts tells nothing. */
    talk_ok(bob, "settings", "{\"read-receipts\":false}");
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", second);
    talk_is(row_of(alice, "bob"), "their-read", first);
    talk_is(row_of(bob, "alice"), "read", second);
}

static void conversations_have_a_preview_and_no_large_payloads(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char text[LAST_MAX + 2];
    const cJSON *row;

    memset(text, 'x', LAST_MAX + 1);
    text[LAST_MAX + 1] = '\0';
    talk_send(alice, "alice", text);
    row = row_of(alice, "alice");
    assert_int_equal(strlen(answer_string(row, "preview")), 120);
    row = cJSON_GetObjectItemCaseSensitive(row, "last");
    assert_true(talk_has(row, "payload-omitted"));
    assert_int_equal(answer_number(row, "size"), LAST_MAX + 1);
    assert_false(talk_has(row, "payload"));
    text[LAST_MAX] = '\0';
    talk_send(alice, "alice", text);
    row = cJSON_GetObjectItemCaseSensitive(row_of(alice, "alice"), "last");
    talk_is(row, "payload", text);
    assert_int_equal(
        client_publish(alice, "bc/user/alice", "GIF89a\x01", 7, 1, false, NULL), TALK_ACCEPTED);
    assert_false(talk_has(row_of(alice, "alice"), "preview"));
}

/* ---- declined ---- */

static void declined_has_whom_one_has_declined(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");

    talk_list(bob, "declined", "");
    talk_send(alice, "bob", "hello");
    talk_send(carol, "bob", "hello");
    talk_send(dave, "bob", "hello");
    talk_ok(bob, "decline", "{\"user\":\"carol\"}");
    talk_ok(bob, "decline", "{\"user\":\"alice\"}");
    talk_list(bob, "declined", "alice carol");
    talk_list(alice, "declined", "");
    talk_is(talk_ok(bob, "declined", "{\"limit\":1}"), "after", "alice");
    assert_int_equal(
        talk_count(talk_ok(bob, "declined", "{\"limit\":1,\"after\":\"alice\"}"), "users"), 1);
    talk_ok(bob, "block", "{\"user\":\"carol\"}");
    talk_list(bob, "declined", "alice");
    talk_ok(bob, "unblock", "{\"user\":\"carol\"}");
    talk_list(bob, "declined", "alice carol");
    broker_restart(b);
    bob = client_login(b, "bob");
    talk_list(bob, "declined", "alice carol");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_list(bob, "declined", "carol");
}

/* ---- events ---- */

static void marked_tells_what_is_unread(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char ids[3][17];
    const cJSON *marked;

    crowd_start(alice, "g", bob, NULL);
    for (int i = 0; i < 3; i++) {
        talk_send(alice, "bob", "hello");
        snprintf(ids[i], sizeof ids[i], "%s", talk_id(talk_get(bob, "inbox", "alice")));
    }
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"delivered\":\"%s\"}", ids[2]);
    marked = talk_event(bob, "marked");
    assert_int_equal(answer_number(marked, "unread"), 3);
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", ids[0]);
    assert_int_equal(answer_number(talk_event(bob, "marked"), "unread"), 2);
    talk_ok(bob, "mark", "{\"user\":\"alice\",\"read\":\"%s\"}", ids[2]);
    assert_int_equal(answer_number(talk_event(bob, "marked"), "unread"), 0);
    for (int i = 0; i < 3; i++) {
        crowd_say(alice, "g", "hello");
        snprintf(ids[i], sizeof ids[i], "%s", talk_id(crowd_hear(bob, "g", "alice", "hello")));
    }
    talk_ok(bob, "mark", "{\"group\":\"g\",\"read\":\"%s\"}", ids[1]);
    assert_int_equal(answer_number(talk_event(bob, "marked"), "unread"), 1);
}

static void group_joined_tells_the_role_and_how_many_there_are(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");
    const cJSON *joined;

    crowd_know(bob, alice);
    crowd_know(carol, alice);
    talk_ok(alice, "create-group", "{\"group\":\"g\",\"users\":[\"bob\",\"carol\",\"dave\"]}");
    joined = talk_event(alice, "group-joined");
    talk_is(joined, "role", "owner");
    assert_int_equal(answer_number(joined, "members"), 1);
    joined = talk_event(bob, "group-joined");
    talk_is(joined, "role", "member");
    assert_int_equal(answer_number(joined, "members"), 2);
    assert_int_equal(answer_number(talk_event(carol, "group-joined"), "members"), 3);
    talk_ok(dave, "approve", "{\"group\":\"g\"}");
    assert_int_equal(answer_number(talk_event(dave, "group-joined"), "members"), 4);
}

/* Demand that ${c} is told of ${report}, about the user or group ${name}. */
static void told_of(struct client *c, const char *report, const char *what, const char *name)
{
    const cJSON *event = talk_event(c, "reported");

    talk_is(event, "report", report);
    talk_is(event, what, name);
    talk_is(event, "reason", "spam");
    assert_false(talk_has(event, strcmp(what, "user") == 0 ? "group" : "user"));
    assert_false(talk_has(event, "by") || talk_has(event, "note"));
}

static void moderators_are_told_of_reports_but_not_of_those_about_themselves(void **state)
{
    static const char *const options[] = { "moderators alice carol", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    struct client *dave = client_login(b, "dave");
    char report[17];

    talk_send(dave, "bob", "buy now");
    talk_send(carol, "bob", "buy now");
    snprintf(report, sizeof report, "%s",
        answer_string(talk_ok(bob, "report", "{\"user\":\"dave\",\"reason\":\"spam\"}"), "report"));
    told_of(alice, report, "user", "dave");
    told_of(carol, report, "user", "dave");
    talk_ok(bob, "report", "{\"user\":\"dave\",\"reason\":\"spam\"}"); /* is the same report */
    talk_nothing(alice, "events/reported");
    snprintf(report, sizeof report, "%s",
        answer_string(
            talk_ok(bob, "report", "{\"user\":\"carol\",\"reason\":\"spam\",\"block\":true}"),
            "report"));
    told_of(alice, report, "user", "carol");
    talk_nothing(carol, "events/reported");
    talk_ok(bob, "create-group", "{\"group\":\"g\"}");
    snprintf(report, sizeof report, "%s",
        answer_string(talk_ok(bob, "report", "{\"group\":\"g\",\"reason\":\"spam\"}"), "report"));
    told_of(alice, report, "group", "g");
    told_of(carol, report, "group", "g");
    talk_nothing(bob, "events/reported");
    talk_nothing(dave, "events/reported");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_list_honours_max_bytes),
        TEST(what_fits_into_no_page_is_refused),
        TEST(conversations_say_how_one_stands_from_ones_own_sends),
        TEST(conversations_have_what_receipts_told),
        TEST(conversations_have_a_preview_and_no_large_payloads),
        TEST(declined_has_whom_one_has_declined),
        TEST(marked_tells_what_is_unread),
        TEST(group_joined_tells_the_role_and_how_many_there_are),
        TEST(moderators_are_told_of_reports_but_not_of_those_about_themselves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
