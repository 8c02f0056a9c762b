/* Who is known to listen, where the broker tells of subscriptions and of their end. */
#include "broker-plugin/subscriptions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BY_ALL (BC_HEARD | BC_HEARD_BY_MQTT5)

static struct bc_topics topics;
static struct bc_listeners *listeners;
static struct bc_subscriptions *subscriptions;

/* Clients are compared, never looked into. */
static const char old, newer, third;

static const struct mosquitto *client(const char *which)
{
    return (const struct mosquitto *)(const void *)which;
}

static struct bc_bytes name(const char *text)
{
    return bc_bytes(text, strlen(text));
}

static void subscribe(const char *which, const char *user, const char *filter)
{
    bc_subscriptions_add(subscriptions, client(which), name(user), which != &old, filter);
}

static void unsubscribe(const char *which, const char *filter)
{
    bc_subscriptions_remove(subscriptions, client(which), filter);
}

static unsigned user(const char *of)
{
    return bc_listeners_of(listeners, BC_LISTENED_USER, name(of));
}

static unsigned group(const char *of)
{
    return bc_listeners_of(listeners, BC_LISTENED_GROUP, name(of));
}

static int begin(void **state)
{
    (void)state;
    assert_true(bc_topics_init(&topics, "bc"));
    listeners = bc_listeners_new(false);
    subscriptions = bc_subscriptions_new(listeners, &topics);
    return listeners != NULL && subscriptions != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    bc_subscriptions_free(subscriptions);
    bc_listeners_free(listeners);
    return 0;
}

static void who_gives_a_filter_up_is_heard_no_more(void **state)
{
    (void)state;
    subscribe(&newer, "alice", "bc/user/alice/inbox/#");
    assert_int_equal(user("alice"), BY_ALL);
    unsubscribe(&newer, "bc/user/alice/sent/#");
    assert_int_equal(user("alice"), BY_ALL);
    unsubscribe(&newer, "bc/user/alice/inbox/#");
    assert_int_equal(user("alice"), BC_HEARD_BY_NOBODY);
    unsubscribe(&newer, "bc/user/alice/inbox/#");
    unsubscribe(&third, "bc/user/alice/inbox/#");
    assert_int_equal(user("alice"), BC_HEARD_BY_NOBODY);
}

static void each_filter_counts_once_and_for_itself(void **state)
{
    (void)state;
    subscribe(&old, "alice", "bc/user/alice/inbox/#");
    subscribe(&old, "alice", "bc/user/alice/inbox/#");
    subscribe(&old, "alice", "bc/user/alice/sent/#");
    unsubscribe(&old, "bc/user/alice/inbox/#");
    assert_int_equal(user("alice"), BC_HEARD);
    unsubscribe(&old, "bc/user/alice/sent/#");
    assert_int_equal(user("alice"), BC_HEARD_BY_NOBODY);
}

static void the_last_of_mqtt_5_takes_the_properties_along(void **state)
{
    (void)state;
    subscribe(&old, "alice", "bc/group/team/messages/#");
    subscribe(&newer, "bob", "bc/group/team/messages/#");
    subscribe(&third, "carol", "bc/group/team/messages/#");
    assert_int_equal(group("team"), BY_ALL);
    bc_subscriptions_end(subscriptions, client(&newer), false);
    assert_int_equal(group("team"), BY_ALL);
    bc_subscriptions_end(subscriptions, client(&third), false);
    assert_int_equal(group("team"), BC_HEARD);
    bc_subscriptions_end(subscriptions, client(&old), false);
    assert_int_equal(group("team"), BC_HEARD_BY_NOBODY);
}

static void a_wildcard_hears_its_user_and_every_group_while_it_lasts(void **state)
{
    (void)state;
    subscribe(&old, "alice", "#");
    assert_int_equal(user("alice"), BC_HEARD);
    assert_int_equal(user("bob"), BC_HEARD_BY_NOBODY);
    assert_int_equal(group("team"), BY_ALL);
    unsubscribe(&old, "#");
    assert_int_equal(user("alice"), BC_HEARD_BY_NOBODY);
    assert_int_equal(group("team"), BC_HEARD_BY_NOBODY);
}

/* Another user, with another version of MQTT, may take a session up. */
static void what_outlives_its_connection_is_heard_for_good(void **state)
{
    (void)state;
    subscribe(&old, "alice", "bc/user/alice/inbox/#");
    bc_subscriptions_end(subscriptions, client(&old), true);
    assert_int_equal(user("alice"), BY_ALL);
    subscribe(&newer, "alice", "bc/user/alice/inbox/#");
    bc_subscriptions_end(subscriptions, client(&newer), false);
    assert_int_equal(user("alice"), BY_ALL);
    assert_int_equal(user("bob"), BC_HEARD_BY_NOBODY);
    subscribe(&newer, "carol", "+/user/#");
    bc_subscriptions_end(subscriptions, client(&newer), true);
    assert_int_equal(user("bob"), BY_ALL);
}

static void what_reaches_nothing_of_ours_is_not_kept(void **state)
{
    (void)state;
    subscribe(&newer, "alice", "bc/reply/#");
    subscribe(&newer, "alice", "bc/error");
    subscribe(&newer, "alice", "other/#");
    subscribe(&newer, "", "#");
    bc_subscriptions_end(subscriptions, client(&newer), true);
    assert_int_equal(user("alice"), BC_HEARD_BY_NOBODY);
    assert_int_equal(group("team"), BC_HEARD_BY_NOBODY);
}

/* What is too much to remember is heard: the memory of one connection has an end. */
static void too_many_filters_are_heard_for_good(void **state)
{
    char filter[32];
    (void)state;
    for (int i = 0; i < 1001; i++) {
        assert_int_equal(user("bob"), BC_HEARD_BY_NOBODY);
        (void)snprintf(filter, sizeof(filter), "+/%d", i);
        subscribe(&newer, "alice", filter);
    }
    bc_subscriptions_end(subscriptions, client(&newer), false);
    assert_int_equal(user("bob"), BY_ALL);
}

int main(void)
{
#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(who_gives_a_filter_up_is_heard_no_more),
        CASE(each_filter_counts_once_and_for_itself),
        CASE(the_last_of_mqtt_5_takes_the_properties_along),
        CASE(a_wildcard_hears_its_user_and_every_group_while_it_lasts),
        CASE(what_outlives_its_connection_is_heard_for_good),
        CASE(what_reaches_nothing_of_ours_is_not_kept),
        CASE(too_many_filters_are_heard_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
