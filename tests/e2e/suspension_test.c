/* Suspended users (protocol section 5): what they can't do, on all devices, and what goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>

#include <cmocka.h>

#include "crowd.h"

static const char *const options[] = { "moderators mo other", "rate_per_minute 100000",
    "rate_burst 10000", NULL };
static const char *const users[] = { "alice", "bob", "carol", "mo", "mallory", NULL };
static const struct broker_options moderated = {
    .lines_before = talk_lines, .plugin_options = options, .users = users, .persistence = true
};

/* A broker where alice and mallory know each other and are in a group that mallory owns. */
static struct broker *start(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *alice = crowd_login(b, "alice", 5);
    struct client *mallory = crowd_login(b, "mallory", 5);

    crowd_start(mallory, "team", alice, NULL);
    talk_ok(mallory, "add-contact", "{\"user\":\"alice\"}");
    client_disconnect(alice);
    client_disconnect(mallory);
    return b;
}

static const cJSON *whoami(struct client *c)
{
    return talk_ok(c, "whoami", "{}");
}

static int64_t now(void)
{
    struct timeval time;

    gettimeofday(&time, NULL);
    return (int64_t)time.tv_sec * 1000 + time.tv_usec / 1000;
}

static void only_moderators_moderate(void **state)
{
    static const struct {
        const char *command, *arguments;
    } rows[] = {
        { "suspend", "{\"user\":\"mallory\"}" },
        { "unsuspend", "{\"user\":\"mallory\"}" },
        { "reports", "{}" },
        { "resolve", "{\"report\":\"0000000000000001\",\"action\":\"dismiss\"}" },
        { "suspend", "{}" },
    };
    struct broker *b = *state = broker_start(&moderated);
    struct client *alice = client_login(b, "alice");
    struct client *mo = client_login(b, "mo");

    assert_true(cJSON_IsFalse(cJSON_GetObjectItem(whoami(alice), "moderator")));
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(whoami(mo), "moderator")));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        talk_no(alice, "not-authorized", rows[i].command, "%s", rows[i].arguments);
    talk_no(mo, "bad-request", "suspend", "{}");
    talk_no(mo, "bad-request", "suspend", "{\"user\":\"mallory\",\"days\":0}");
    talk_no(mo, "bad-request", "suspend", "{\"user\":\"mallory\",\"days\":36501}");
    talk_no(mo, "bad-request", "suspend", "{\"user\":\"mallory\",\"days\":\"1\"}");
    talk_no(mo, "bad-request", "suspend", "{\"user\":\"mallory\",\"note\":1}");
    talk_no(mo, "bad-request", "suspend", "{\"user\":\"mo\"}");
    talk_no(mo, "bad-name", "suspend", "{\"user\":\"a/b\"}");
    talk_ok(mo, "unsuspend", "{\"user\":\"mallory\"}");
    talk_ok(mo, "suspend", "{\"user\":\"not-here-yet\"}");
}

/* All that others would hear of, by mallory. */
static void is_silent(struct client *mallory)
{
    talk_refused(mallory, "bc/user/alice", "hello", "suspended");
    talk_refused(mallory, "bc/user/mallory", "a note", "suspended");
    talk_refused(mallory, "bc/user/bob", "hello", "suspended");
    talk_refused(mallory, "bc/group/team", "hello", "suspended");
    talk_no(mallory, "suspended", "send", "{\"user\":\"alice\",\"payload\":\"hello\"}");
    talk_no(mallory, "suspended", "send", "{\"group\":\"team\",\"payload\":\"hello\"}");
    talk_no(mallory, "suspended", "create-group", "{\"users\":[\"alice\"]}");
    talk_no(mallory, "suspended", "invite", "{\"group\":\"team\",\"user\":\"bob\"}");
    talk_no(mallory, "suspended", "rename-group", "{\"group\":\"team\",\"title\":\"x\"}");
    assert_int_equal(client_send(mallory, "bc/user/alice/typing", "1"), TALK_ACCEPTED);
    assert_int_equal(client_send(mallory, "bc/group/team/typing", "1"), TALK_ACCEPTED);
}

static void a_suspension_counts_at_once_on_all_devices_and_after_a_restart(void **state)
{
    struct broker *b = start(state);
    struct client *mo = client_login(b, "mo");
    struct client *alice = crowd_login(b, "alice", 5);
    struct client *phone = crowd_device(b, "mallory", 5, "team");
    struct client *laptop = crowd_login(b, "mallory", 4);
    const cJSON *event;
    int64_t until;

    crowd_listen(alice, "team");
    talk_send(phone, "alice", "before");
    talk_get_text(alice, "inbox", "mallory", "before");
    talk_ok(mo, "suspend", "{\"user\":\"mallory\",\"days\":2,\"note\":\"enough\"}");
    event = talk_event(phone, "suspended");
    talk_is(event, "note", "enough");
    until = answer_number(event, "until");
    assert_in_range(until, now() + 172800000 - 60000, now() + 172800000);
    talk_event(laptop, "suspended");
    crowd_forget(phone);
    is_silent(phone);
    talk_no(laptop, "suspended", "send", "{\"user\":\"alice\",\"payload\":\"hello\"}");
    talk_nothing(alice, "*");
    assert_true(broker_log_contains(b, "moderator \"mo\": suspend \"mallory\" until 20"));

    broker_restart(b);
    phone = crowd_device(b, "mallory", 5, "team");
    is_silent(phone);
    mo = client_login(b, "mo");
    talk_ok(mo, "unsuspend", "{\"user\":\"mallory\"}");
    talk_event(phone, "unsuspended");
    talk_send(phone, "alice", "after");
    alice = client_login(b, "alice");
    talk_history(alice, "mallory", "before:inbox after:inbox");
}

static void reading_marking_approving_blocking_and_leaving_go_on(void **state)
{
    struct broker *b = start(state);
    struct client *mo = client_login(b, "mo");
    struct client *mallory = crowd_login(b, "mallory", 5);
    struct client *bob = client_login(b, "bob");
    struct client *alice = client_login(b, "alice");

    talk_ok(mo, "suspend", "{\"user\":\"mallory\"}");
    talk_send(bob, "mallory", "hello");
    talk_get_text(mallory, "requests", "bob", "hello");
    talk_list(mallory, "requests", "bob");
    talk_ok(mallory, "approve", "{\"user\":\"bob\"}");
    talk_event(bob, "approved");
    talk_history(mallory, "bob", "hello:inbox");
    talk_ok(mallory, "block", "{\"user\":\"bob\"}");
    talk_ok(mallory, "unblock", "{\"user\":\"bob\"}");
    talk_ok(mallory, "settings", "{\"read-receipts\":false}");
    talk_ok(mallory, "report", "{\"user\":\"bob\",\"reason\":\"spam\"}");
    /* Still the owner, who may hand the group on, remove members, and leave. */
    crowd_members(mallory, "team", "alice:member mallory:owner");
    talk_ok(mallory, "set-role", "{\"group\":\"team\",\"user\":\"alice\",\"role\":\"owner\"}");
    talk_ok(mallory, "leave", "{\"group\":\"team\"}");
    talk_ok(alice, "rename-group", "{\"group\":\"team\",\"title\":\"mine\"}");
    /* Others write to who is suspended as before. */
    talk_send(alice, "mallory", "are you there?");
    talk_get_text(mallory, "inbox", "alice", "are you there?");
}

static void a_repeat_of_what_was_sent_before_is_still_acknowledged(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = client_login(b, "mallory");
    struct client *mo = client_login(b, "mo");
    const char *id;

    assert_int_equal(
        client_send_with(mallory, "bc/user/alice", "hello", "msgid", "m1", NULL), TALK_ACCEPTED);
    id = talk_id(talk_get(mallory, "sent", "alice"));
    talk_ok(mo, "suspend", "{\"user\":\"mallory\"}");
    assert_int_equal(
        client_send_with(mallory, "bc/user/alice", "hello", "msgid", "m1", NULL), TALK_ACCEPTED);
    assert_string_equal(talk_id(talk_get(mallory, "sent", "alice")), id);
    assert_int_equal(
        client_send_with(mallory, "bc/user/alice", "hello", "msgid", "m2", NULL), TALK_REFUSED);
    talk_error(mallory, "bc/user/alice", "suspended", "m2");
}

static void who_is_suspended_while_away_is_told_and_a_new_end_is_too(void **state)
{
    struct broker *b = *state = broker_start(&moderated);
    struct client *mallory = crowd_device(b, "mallory", 5, NULL);
    struct client *mo = client_login(b, "mo");
    int64_t first;

    client_disconnect(mallory);
    talk_ok(mo, "suspend", "{\"user\":\"mallory\",\"days\":5}");
    talk_ok(mo, "suspend", "{\"user\":\"mallory\",\"days\":1,\"note\":\"less\"}");
    mallory = crowd_device(b, "mallory", 5, NULL);
    first = answer_number(talk_event(mallory, "suspended"), "until");
    assert_true(answer_number(talk_event(mallory, "suspended"), "until") < first);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(only_moderators_moderate),
        TEST(a_suspension_counts_at_once_on_all_devices_and_after_a_restart),
        TEST(reading_marking_approving_blocking_and_leaving_go_on),
        TEST(a_repeat_of_what_was_sent_before_is_still_acknowledged),
        TEST(who_is_suspended_while_away_is_told_and_a_new_end_is_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
