/*
 * A hostile client subscribes: to what is others', in every form that a filter can have. What the
 * operator lets it subscribe to beyond the prefix, it still can't read below the prefix.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "broker-plugin/broker/broker_api.h"
#include "talk.h"

enum {
    SUBSCRIPTION_ID = 7,
    REFUSED_311 = 0x80
};

static const char *const users[] = { "alice", "bob", "mallory", "carol", NULL };

static struct broker *start(const char *other_topics, const char *const *lines_after)
{
    const char *options[] = { "rate_per_minute 1000000", "rate_burst 1000000", other_topics, NULL };

    return broker_start(&(struct broker_options){ .users = users,
        .lines_before = talk_lines,
        .plugin_options = options,
        .lines_after = lines_after });
}

static const char *const forbidden_filters[] = {
    /* others', in every box */
    "bc/user/bob/#",
    "bc/user/bob/+",
    "bc/user/bob/inbox/#",
    "bc/user/bob/requests/+/+",
    "bc/user/bob/sent/#",
    "bc/user/bob/events/+",
    "bc/user/bob/typing/+",
    "bc/user/Mallory/#",
    "bc/user/mallor/#",
    "bc/user/mallory2/#",
    "bc/group/g/#",
    "bc/group/mallory/#",
    "bc/group/mallory/messages/+/+",
    /* wildcards in the first two levels below the prefix */
    "bc/#",
    "bc/+",
    "bc/+/#",
    "bc/+/bob/#",
    "bc/+/mallory/#",
    "bc/+/+/+/+/+",
    "bc/user/#",
    "bc/user/+",
    "bc/user/+/#",
    "bc/user/+/inbox",
    "bc/user/+/inbox/#",
    "bc/group/#",
    "bc/group/+/#",
    /* what is published to */
    "bc",
    "bc/",
    "bc/user",
    "bc/user/",
    "bc/user//#",
    "bc/user/bob",
    "bc/user/mallory",
    "bc/user/mallory/",
    "bc/user/bob/typing",
    "bc/group/g",
    "bc/do",
    "bc/do/#",
    "bc/do/send",
    "bc/do/+",
    "bc/reply",
    "bc/reply/",
    "bc/error/#",
    "bc/error/",
    "bc/anything",
    "bc/anything/mallory/#",
    /* the sink */
    "$bc",
    "$bc/#",
    "$bc/+",
    /* shared, even of one's own */
    "$share/g/bc/user/mallory/#",
    "$share/g/bc/user/bob/#",
    "$share/g/bc/user/+/inbox/#",
    "$share/g/bc/#",
    "$share/g/bc/error",
    "$share/g/bc/reply/#",
    "$share/g/bc/group/g/#",
    "$share/bc/bc/#",
    "$share/g/$bc",
    "$share/g/$bc/#",
    "$share/$share/bc/user/mallory/#",
    /* one's own, where nothing is ever delivered */
    "bc/user/mallory/anything",
    "bc/user/mallory/inbox",
    "bc/user/mallory/messages/#",
    "bc/user/mallory/inbox/bob/x",
    "bc/user/mallory/events/+/+",
    "bc/user/mallory/+/+/+/+",
    "bc/user/mallory/+/+/+/+/#",
    "bc/reply/1/2/3/4/5/6/7/8/9",
    "bc/reply/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/#",
};

static void forbidden_filters_are_refused(void **state)
{
    struct client *mallory;
    struct client *old;

    *state = start("other_topics allow", NULL);
    mallory = client_connect(*state, &(struct client_options){ .user = "mallory" });
    old = client_connect(*state, &(struct client_options){ .user = "mallory", .version = 4 });
    for (size_t i = 0; i < sizeof forbidden_filters / sizeof *forbidden_filters; i++) {
        int code = client_subscribe(mallory, forbidden_filters[i], 1);
        int old_code = client_subscribe(old, forbidden_filters[i], 1);

        if (code != TALK_REFUSED || old_code != REFUSED_311)
            fail_msg("%s was answered with %d and %d", forbidden_filters[i], code, old_code);
    }
}

/* How many of ${count} filters of one's own are granted, all of them different. */
static int granted(struct client *c, int count)
{
    int good = 0;

    for (int i = 0; i < count; i++) {
        char filter[64];

        snprintf(filter, sizeof filter, "bc/user/mallory/inbox/u%d/+", i);
        good += client_subscribe(c, filter, 0) == 0;
    }
    return good;
}

static void filters_have_a_rate_of_their_own(void **state)
{
    static const char *const options[] = { "rate_per_minute 1", "rate_burst 2",
        "other_topics allow", NULL };
    struct client *mallory;
    struct client *alice;

    *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .users = (const char *const[]){ "mallory", "alice", NULL },
        .plugin_options = options });
    mallory = client_connect(*state, &(struct client_options){ .user = "mallory" });
    alice = client_connect(*state, &(struct client_options){ .user = "alice" });
    assert_int_equal(client_subscribe(mallory, "bc/user/alice/#", 0), TALK_REFUSED);
    assert_int_equal(granted(mallory, 40), 20);
    assert_int_equal(client_subscribe(mallory, "bc/user/mallory/#", 0), TALK_REFUSED);
    assert_int_equal(client_subscribe(mallory, "other/#", 0), 0);
    assert_int_equal(client_subscribe(alice, "bc/user/alice/#", 0), 0);
    talk_ok(mallory, "whoami", "{}");
    client_idle(mallory, 6100);
    assert_int_equal(granted(mallory, 40), 1);
}

static void a_client_has_so_many_filters(void **state)
{
    static const char *const options[] = { "filters_per_client 5", "other_topics allow", NULL };
    struct client *mallory;
    struct client *another;

    *state = broker_start(&(struct broker_options){ .lines_before = talk_lines,
        .users = (const char *const[]){ "mallory", NULL },
        .plugin_options = options });
    mallory = client_connect(*state, &(struct client_options){ .user = "mallory" });
    another = client_connect(*state, &(struct client_options){ .user = "mallory" });
    assert_int_equal(granted(mallory, 9), 5);
    assert_int_equal(client_subscribe(mallory, "other/#", 0), 0);
    assert_int_equal(granted(another, 9), 5);
}

static void own_filters_of_every_form_are_granted(void **state)
{
    static const char *const filters[] = { "bc/user/mallory/#", "bc/user/mallory/+",
        "bc/user/mallory/+/bob/+", "bc/user/mallory/inbox/#", "bc/user/mallory/inbox/bob/+",
        "bc/user/mallory/events/+", "bc/user/mallory/typing/bob", "bc/error", "bc/reply/#",
        "bc/reply/+", "bc/reply/whoami", "bc/reply/a/b/c" };
    struct client *mallory;

    *state = start("other_topics deny", NULL);
    mallory = client_connect(*state, &(struct client_options){ .user = "mallory" });
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        int code = client_subscribe(mallory, filters[i], 2);

        if (code != 2)
            fail_msg("%s was answered with %d", filters[i], code);
    }
}

/* Everything that the broker can be asked to deliver, between alice and bob. */
static void talk_of_alice_and_bob(struct broker *b)
{
    struct client *alice = client_login(b, "alice");
    struct client *bob = client_login(b, "bob");

    talk_send(alice, "bob", "secret request");
    talk_get(bob, "requests", "alice");
    talk_ok(bob, "approve", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "secret");
    talk_send(bob, "alice", "secret answer");
    assert_int_equal(client_send(alice, "bc/user/bob/typing", ""), TALK_ACCEPTED);
    client_expect(bob, "bc/user/bob/typing/alice", CLIENT_WAIT_MS);
    assert_int_equal(client_send(alice, "bc/user/bob/bad", "secret"), TALK_REFUSED);
    talk_error(alice, "bc/user/bob/bad", "bad-topic", NULL);
    talk_ok(alice, "history", "{\"user\":\"bob\"}");
    talk_settle(alice);
    talk_settle(bob);
    client_free(alice);
    client_free(bob);
}

static const char *const wildcards[] = { "#", "+/#", "+/user/#", "+/user/bob/#", "+/user/+/inbox/#",
    "+/+/bob/+/+/+", "+/+/+/+/+/+", "+/+/+/+/+", "+/+/+", "+/error", "+/reply/#", "/#", "/+",
    "$share/g/#", "$share/h/+/#", "$share/i/+/user/bob/#", "$share/j/+/error" };

/* What is granted of the wildcards reads nothing below the prefix, and the rest as before. */
static void wildcards_read_nothing(struct broker *b, bool granted)
{
    struct client *mallory = client_connect(b, &(struct client_options){ .user = "mallory" });
    struct client *old =
        client_connect(b, &(struct client_options){ .user = "mallory", .version = 4 });

    for (size_t i = 0; i < sizeof wildcards / sizeof *wildcards; i++) {
        int code = client_subscribe(mallory, wildcards[i], 1);
        int old_code = client_subscribe(old, wildcards[i], 1);

        if (code != (granted ? 1 : TALK_REFUSED) || old_code != (granted ? 1 : REFUSED_311))
            fail_msg("%s was answered with %d and %d", wildcards[i], code, old_code);
    }
    talk_of_alice_and_bob(b);
    talk_nothing(mallory, "*");
    talk_nothing(old, "*");
    assert_int_equal(client_send(mallory, "other/topic", "free"), granted ? 0 : TALK_REFUSED);
    talk_settle(old);
    assert_true((client_count(old, "other/topic") > 0) == granted);
}

static void wildcards_read_nothing_with_other_topics_allowed(void **state)
{
    *state = start("other_topics allow", NULL);
    wildcards_read_nothing(*state, true);
}

static void wildcards_are_refused_with_other_topics_denied(void **state)
{
    *state = start("other_topics deny", NULL);
    wildcards_read_nothing(*state, false);
}

static void wildcards_are_refused_without_any_other_rules(void **state)
{
    *state = start("other_topics defer", NULL);
    wildcards_read_nothing(*state, false);
}

/* An acl_file that lets everybody do everything rules only beyond the prefix. */
static void wildcards_read_nothing_by_an_acl_file_that_allows_all(void **state)
{
    const char *after[2] = { NULL };
    char acl[] = "/tmp/backchannel-acl-XXXXXX";
    char line[sizeof acl + 16];
    int fd = mkstemp(acl);
    FILE *f = fdopen(fd, "w");

    assert_non_null(f);
    fputs("topic readwrite #\ntopic readwrite bc/#\ntopic readwrite $bc/#\n"
          "pattern readwrite bc/user/bob/#\npattern readwrite #\n",
        f);
    fchmod(fd, S_IRUSR | S_IWUSR);
    fclose(f);
    snprintf(line, sizeof line, "acl_file %s", acl);
    after[0] = line;
    *state = start("other_topics defer", after);
    remove(acl);
    wildcards_read_nothing(*state, true);
    for (size_t i = 0; i < sizeof forbidden_filters / sizeof *forbidden_filters; i++) {
        struct client *mallory =
            client_connect(*state, &(struct client_options){ .user = "mallory" });

        assert_int_equal(client_subscribe(mallory, forbidden_filters[i], 1), TALK_REFUSED);
        client_free(mallory);
    }
}

/* ---- one's own, twice over ---- */

static void answers_and_errors_come_once_however_many_filters_match(void **state)
{
    struct client *mallory;
    struct client *carol;

    *state = start("other_topics allow", NULL);
    mallory = client_login(*state, "mallory");
    carol = client_login(*state, "carol");
    assert_int_equal(client_subscribe(mallory, "bc/reply/#", 1), 1);
    assert_int_equal(client_subscribe(mallory, "bc/error", 1), 1);
    assert_int_equal(client_subscribe(mallory, "#", 1), 1);
    assert_int_equal(client_subscribe(carol, "bc/reply/#", 1), 1);
    assert_int_equal(client_subscribe(carol, "bc/error", 1), 1);
    talk_ok(mallory, "contacts", "{}");
    talk_refused(mallory, "bc/nothing", "x", "bad-topic");
    talk_nothing(mallory, "*");
    talk_nothing(carol, "*");
}

static int subscribe_with(
    struct client *c, const char *filter, int options, uint32_t subscription_id)
{
    mosquitto_property *properties = NULL;
    int mid = 0;

    if (subscription_id > 0)
        mosquitto_property_add_varint(
            &properties, MQTT_PROP_SUBSCRIPTION_IDENTIFIER, subscription_id);
    assert_int_equal(
        mosquitto_subscribe_v5(client_mosquitto(c), &mid, filter, 1, options, properties), 0);
    mosquitto_property_free_all(&properties);
    client_idle(c, 50);
    return mid;
}

static void subscription_ids_and_no_local_open_nothing_and_hide_nothing(void **state)
{
    struct client *mallory;
    struct client *bob;

    *state = start("other_topics allow", NULL);
    mallory = client_connect(*state, &(struct client_options){ .user = "mallory" });
    bob = client_connect(*state, &(struct client_options){ .user = "bob" });
    subscribe_with(mallory, "bc/user/bob/#", MQTT_SUB_OPT_NO_LOCAL, SUBSCRIPTION_ID);
    subscribe_with(mallory, "#", MQTT_SUB_OPT_NO_LOCAL, SUBSCRIPTION_ID);
    subscribe_with(mallory, "bc/user/mallory/#",
        MQTT_SUB_OPT_NO_LOCAL | MQTT_SUB_OPT_RETAIN_AS_PUBLISHED, SUBSCRIPTION_ID);
    subscribe_with(bob, "bc/user/bob/#", MQTT_SUB_OPT_NO_LOCAL, SUBSCRIPTION_ID);
    subscribe_with(bob, "bc/user/bob/requests/#", MQTT_SUB_OPT_SEND_RETAIN_NEVER, 0);
    talk_send(mallory, "bob", "hello");
    talk_send(bob, "bob", "note to self");
    talk_get_text(bob, "requests", "mallory", "hello");
    talk_get_text(bob, "requests", "mallory", "hello"); /* MQTT 5: once for each filter */
    talk_get_text(bob, "sent", "bob", "note to self");
    talk_nothing(bob, "*");
    talk_get_text(mallory, "sent", "bob", "hello"); /* for # and for her own */
    talk_get_text(mallory, "sent", "bob", "hello");
    talk_settle(mallory);
    assert_int_equal(client_count(mallory, "bc/user/bob/*"), 0);
}

static void a_user_may_always_leave_a_filter(void **state)
{
    struct client *mallory;

    *state = start("other_topics defer", NULL);
    mallory = client_login(*state, "mallory");
    assert_int_equal(client_unsubscribe(mallory, "bc/user/mallory/#"), 0);
    assert_int_equal(client_unsubscribe(mallory, "bc/user/bob/#"), 0);
    assert_int_equal(client_unsubscribe(mallory, "bc/#"), 0);
    talk_send(mallory, "bob", "hello");
    talk_nothing(mallory, "*");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)
    const struct CMUnitTest tests[] = {
        TEST(forbidden_filters_are_refused),
        TEST(own_filters_of_every_form_are_granted),
        TEST(filters_have_a_rate_of_their_own),
        TEST(a_client_has_so_many_filters),
        TEST(wildcards_read_nothing_with_other_topics_allowed),
        TEST(wildcards_are_refused_with_other_topics_denied),
        TEST(wildcards_are_refused_without_any_other_rules),
        TEST(wildcards_read_nothing_by_an_acl_file_that_allows_all),
        TEST(answers_and_errors_come_once_however_many_filters_match),
        TEST(subscription_ids_and_no_local_open_nothing_and_hide_nothing),
        TEST(a_user_may_always_leave_a_filter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
