/* Profiles: what may be in them, who sees which version, and who is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "talk.h"

#define PNG  "iVBORw0KGgo="     /* the signature alone, in base64 */
#define JPEG "/9j/4AAQ"         /* FF D8 FF E0 00 10 */
#define WEBP "UklGRjEyMzRXRUJQ" /* RIFF1234WEBP */
#define GIF  "R0lGODlh"         /* GIF89a */

#define PICTURE_MAX 65536

/* The answer about ${user}: the whole of it as text, to be freed. */
static char *seen(struct client *c, const char *command, const char *user)
{
    char *text = cJSON_PrintUnformatted(talk_ok(c, command, "{\"user\":\"%s\"}", user));

    assert_non_null(text);
    return text;
}

/* Demand that ${c} sees nothing of ${user}, byte for byte. */
static void sees_nothing(struct client *c, const char *user)
{
    char *text = seen(c, "profile", user);
    char wanted[128];

    snprintf(wanted, sizeof wanted, "{\"ok\":true,\"profile\":{\"user\":\"%s\"}}", user);
    assert_string_equal(text, wanted);
    free(text);
}

/* Demand that ${c} sees the name ${name} of ${user}. */
static void sees(struct client *c, const char *user, const char *name)
{
    const cJSON *answer = talk_ok(c, "profile", "{\"user\":\"%s\"}", user);
    const cJSON *profile = cJSON_GetObjectItemCaseSensitive(answer, "profile");

    talk_is(profile, "user", user);
    talk_is(profile, "name", name);
    assert_int_equal(strlen(answer_string(profile, "version")), 16);
}

static void a_profile_is_what_was_set_and_lasts(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    char version[17];
    const cJSON *profile;

    sees_nothing(alice, "alice");
    snprintf(version, sizeof version, "%s",
        answer_string(talk_ok(alice, "set-profile",
                          "{\"name\":\"Alice \\u00fc\",\"about\":\"lines\\nof text\","
                          "\"picture-base64\":\"" PNG "\"}"),
            "profile"));
    /* Nothing of it changes: it is the same version. */
    talk_is(talk_ok(alice, "set-profile", "{\"picture-base64\":\"" PNG "\"}"), "profile", version);
    talk_is(talk_ok(alice, "set-profile", "{}"), "profile", version);
    broker_kill(b);
    broker_restart(b);
    alice = client_login(b, "alice");
    profile = cJSON_GetObjectItemCaseSensitive(
        talk_ok(alice, "profile", "{\"user\":\"alice\"}"), "profile");
    talk_is(profile, "version", version);
    talk_is(profile, "name", "Alice \xC3\xBC");
    talk_is(profile, "about", "lines\nof text");
    talk_is(profile, "picture-base64", PNG);
    talk_is(profile, "content-type", "image/png");
    assert_int_equal(cJSON_GetArraySize(profile), 6);

    /* A name changes, and the picture stays; and then all of it is removed. */
    talk_ok(alice, "set-profile", "{\"name\":\"Al\",\"about\":\"\"}");
    profile = cJSON_GetObjectItemCaseSensitive(
        talk_ok(alice, "profile", "{\"user\":\"alice\"}"), "profile");
    assert_string_not_equal(answer_string(profile, "version"), version);
    talk_is(profile, "picture-base64", PNG);
    assert_false(talk_has(profile, "about"));
    talk_ok(alice, "set-profile", "{\"picture-base64\":\"" JPEG "\"}");
    profile = cJSON_GetObjectItemCaseSensitive(
        talk_ok(alice, "profile", "{\"user\":\"alice\"}"), "profile");
    talk_is(profile, "content-type", "image/jpeg");
    talk_is(profile, "name", "Al");
    talk_ok(alice, "set-profile", "{\"picture-base64\":\"" WEBP "\"}");
    talk_ok(alice, "set-profile", "{\"name\":\"\",\"picture-base64\":\"\"}");
    sees_nothing(alice, "alice");
}

static void what_cannot_be_in_a_profile_is_refused(void **state)
{
    static const struct {
        const char *json, *code;
    } rows[] = {
        { "{\"name\":7}", "bad-request" },
        { "{\"about\":null}", "bad-request" },
        { "{\"name\":\"a\\nb\"}", "bad-request" },
        { "{\"picture-base64\":\"not base64\"}", "bad-request" },
        { "{\"picture-base64\":\"" GIF "\"}", "kind-not-allowed" },
        { "{\"picture-base64\":\"aGVsbG8=\"}", "kind-not-allowed" },
        { "{\"name\":\"fine\",\"picture-base64\":\"" GIF "\"}", "kind-not-allowed" },
    };
    static char base64[(PICTURE_MAX / 3 + 1) * 4 + 1];
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    size_t len;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        talk_no(alice, rows[i].code, "set-profile", "%s", rows[i].json);
    talk_no(alice, "bad-request", "set-profile", "{\"name\":\"%0129d\"}", 0);
    talk_no(alice, "bad-request", "set-profile", "{\"about\":\"%0513d\"}", 0);
    /* 65,537 bytes, and 65,536: "iVBORw0KGgoA" begins a PNG and ends between two groups of three.
     */
    len = (PICTURE_MAX + 2) / 3 * 4;
    memset(base64, 'A', len);
    memcpy(base64, "iVBORw0KGgoA", 12);
    memcpy(base64 + len - 4, "AAA=", 5);
    talk_no(alice, "too-large", "set-profile", "{\"picture-base64\":\"%s\"}", base64);
    sees_nothing(alice, "alice");
    assert_int_equal(talk_count(talk_ok(alice, "sync", "{}"), "items"), 0);
    memcpy(base64 + len - 4, "AA==", 5);
    talk_ok(alice, "set-profile",
        "{\"name\":\"%0128d\",\"about\":\"%0512d\","
        "\"picture-base64\":\"%s\"}",
        0, 0, base64);
    talk_is(cJSON_GetObjectItemCaseSensitive(
                talk_ok(alice, "profile", "{\"user\":\"alice\"}"), "profile"),
        "picture-base64", base64);
}

static void it_is_seen_by_who_was_let_in_and_by_the_members_of_a_group(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");

    talk_ok(bob, "set-profile", "{\"name\":\"Bob\"}");
    sees_nothing(alice, "bob");
    sees_nothing(alice, "nobody");
    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    talk_send(alice, "bob", "hello");
    sees_nothing(alice, "bob");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    sees(alice, "bob", "Bob");
    talk_ok(bob, "remove-contact", "{\"user\":\"alice\"}");
    sees(alice, "bob", "Bob");
    /* Who writes shows themselves. */
    sees_nothing(carol, "bob");
    talk_send(bob, "carol", "hello");
    sees(carol, "bob", "Bob");
    talk_is(talk_item(talk_ok(carol, "requests", "{}"), "requests", 0), "profile",
        answer_string(cJSON_GetObjectItemCaseSensitive(
                          talk_ok(bob, "profile", "{\"user\":\"bob\"}"), "profile"),
            "version"));

    talk_ok(carol, "set-profile", "{\"name\":\"Carol\"}");
    sees_nothing(alice, "carol");
    talk_ok(alice, "create-group", "{\"group\":\"choir\",\"users\":[\"carol\"]}");
    sees_nothing(alice, "carol"); /* she is only invited */
    talk_ok(carol, "approve", "{\"group\":\"choir\"}");
    sees(alice, "carol", "Carol");
    talk_ok(carol, "leave", "{\"group\":\"choir\"}");
    sees_nothing(alice, "carol");
    talk_no(alice, "bad-name", "profile", "{\"user\":\"a/b\"}");
    talk_no(alice, "bad-request", "profile", "{}");
}

static void who_is_blocked_goes_on_to_see_what_they_saw(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char *before;
    char *after;

    talk_ok(bob, "set-profile", "{\"name\":\"Bob\",\"picture-base64\":\"" PNG "\"}");
    talk_ok(bob, "settings", "{\"findable\":true}");
    before = seen(alice, "profile", "bob");
    talk_ok(bob, "block", "{\"user\":\"alice\"}");
    talk_ok(bob, "set-profile", "{\"name\":\"Robert\",\"picture-base64\":\"\"}");
    talk_ok(bob, "set-profile", "{\"about\":\"Leave me alone\"}");
    after = seen(alice, "profile", "bob");
    assert_string_equal(after, before);
    free(after);
    after = seen(alice, "find", "bob");
    assert_string_equal(after, before);
    free(after);
    free(before);
    sees(bob, "bob", "Robert");
    sees(client_login(b, "carol"), "bob", "Robert");
    talk_ok(bob, "unblock", "{\"user\":\"alice\"}");
    sees(alice, "bob", "Robert");

    /* A block that found no profile leaves none, also when it came with a report. */
    talk_send(alice, "carol", "hello");
    talk_ok(client_login(b, "carol"), "settings", "{\"findable\":true}");
    talk_ok(client_login(b, "carol"), "report",
        "{\"user\":\"alice\",\"reason\":\"spam\",\"block\":true}");
    talk_ok(client_login(b, "carol"), "set-profile", "{\"name\":\"Carol\"}");
    sees_nothing(alice, "carol");
    sees(bob, "carol", "Carol");
}

static void a_change_is_told_to_own_devices_alone(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *tablet = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    const cJSON *event;
    const char *version;

    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    talk_event(bob, "contact");
    version = answer_string(talk_ok(alice, "set-profile", "{\"name\":\"Alice\"}"), "profile");
    event = talk_event(tablet, "profile");
    talk_is(event, "version", version);
    assert_int_equal(cJSON_GetArraySize(event), 3);
    event = talk_ok(tablet, "sync", "{}");
    event = talk_item(event, "items", talk_count(event, "items") - 1);
    talk_is(event, "event", "profile");
    talk_is(event, "version", version);
    talk_nothing(bob, "*");
}

static void who_is_findable_is_found_and_nobody_else(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    char *hidden;
    char *absent;

    talk_ok(bob, "set-profile", "{\"name\":\"Bob\"}");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    sees(alice, "bob", "Bob"); /* and is not found all the same */
    hidden = cJSON_PrintUnformatted(talk_no(alice, "not-found", "find", "{\"user\":\"bob\"}"));
    absent = cJSON_PrintUnformatted(talk_no(alice, "not-found", "find", "{\"user\":\"zoe\"}"));
    assert_string_equal(hidden, absent);
    free(hidden);
    free(absent);
    talk_no(bob, "not-found", "find", "{\"user\":\"bob\"}");
    talk_ok(bob, "settings", "{\"findable\":true}");
    talk_is(
        cJSON_GetObjectItemCaseSensitive(talk_ok(alice, "find", "{\"user\":\"bob\"}"), "profile"),
        "name", "Bob");
    talk_ok(alice, "settings", "{\"findable\":true}");
    absent = seen(bob, "find", "alice"); /* who has no profile is found by the name */
    assert_string_equal(absent, "{\"ok\":true,\"profile\":{\"user\":\"alice\"}}");
    free(absent);
    talk_ok(bob, "settings", "{\"findable\":false}");
    talk_no(alice, "not-found", "find", "{\"user\":\"bob\"}");
    talk_no(alice, "bad-request", "settings", "{\"findable\":\"yes\"}");
    talk_no(alice, "bad-request", "find", "{}");
    talk_no(alice, "bad-name", "find", "{\"user\":\"\"}");
}

static void finding_costs_ten_tokens(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 25", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");

    talk_no(alice, "not-found", "find", "{\"user\":\"bob\"}");
    talk_no(alice, "not-found", "find", "{\"user\":\"bob\"}");
    for (int i = 0; i < 5; i++)
        talk_ok(alice, "profile", "{\"user\":\"bob\"}");
    talk_no(alice, "rate-limit", "profile", "{\"user\":\"bob\"}");
}

static void rows_carry_the_version_of_who_may_be_seen(void **state)
{
    struct broker *b = *state = talk_broker();
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");
    struct client *carol = client_login(b, "carol");
    char version[17];
    const cJSON *rows;

    snprintf(version, sizeof version, "%s",
        answer_string(talk_ok(bob, "set-profile", "{\"name\":\"Bob\"}"), "profile"));
    talk_ok(carol, "set-profile", "{\"name\":\"Carol\"}");
    talk_ok(alice, "add-contact", "{\"user\":\"bob\"}");
    talk_ok(alice, "add-contact", "{\"user\":\"carol\"}");
    talk_send(alice, "bob", "hello");
    talk_send(alice, "carol", "hello");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");

    talk_list(alice, "contacts", "bob carol");
    rows = talk_ok(alice, "contacts", "{\"rows\":true}");
    talk_is(talk_item(rows, "users", 0), "user", "bob");
    talk_is(talk_item(rows, "users", 0), "profile", version);
    talk_is(talk_item(rows, "users", 1), "user", "carol");
    assert_false(talk_has(talk_item(rows, "users", 1), "profile"));
    talk_no(alice, "bad-request", "contacts", "{\"rows\":1}");
    rows = talk_ok(alice, "conversations", "{}");
    talk_is(talk_item(rows, "conversations", 0), "user", "carol");
    assert_false(talk_has(talk_item(rows, "conversations", 0), "profile"));
    talk_is(talk_item(rows, "conversations", 1), "profile", version);

    talk_ok(alice, "create-group", "{\"group\":\"choir\",\"users\":[\"bob\"]}");
    talk_ok(bob, "approve", "{\"group\":\"choir\"}");
    rows = talk_ok(alice, "members", "{\"group\":\"choir\"}");
    assert_false(talk_has(talk_item(rows, "members", 0), "profile"));
    talk_is(talk_item(rows, "members", 1), "profile", version);
}

static void a_suspended_user_shows_nothing_new(void **state)
{
    static const char *const options[] = { "moderators carol", NULL };
    struct broker *b = *state = broker_start(
        &(struct broker_options){ .lines_before = talk_lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");

    talk_ok(alice, "set-profile", "{\"name\":\"Alice\"}");
    talk_ok(client_login(b, "carol"), "suspend", "{\"user\":\"alice\",\"days\":1}");
    talk_no(alice, "suspended", "set-profile", "{\"name\":\"Buy this\"}");
    sees(alice, "alice", "Alice");
    talk_ok(alice, "store", "{\"key\":\"k\",\"value\":\"v\"}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_profile_is_what_was_set_and_lasts),
        TEST(what_cannot_be_in_a_profile_is_refused),
        TEST(it_is_seen_by_who_was_let_in_and_by_the_members_of_a_group),
        TEST(who_is_blocked_goes_on_to_see_what_they_saw),
        TEST(a_change_is_told_to_own_devices_alone),
        TEST(who_is_findable_is_found_and_nobody_else),
        TEST(finding_costs_ten_tokens),
        TEST(rows_carry_the_version_of_who_may_be_seen),
        TEST(a_suspended_user_shows_nothing_new),
    };

    return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
