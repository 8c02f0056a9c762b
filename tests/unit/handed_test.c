/* What is known of deliveries that have just been handed out, and what makes it untrue. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "broker-plugin/handed.h"

#define TOPIC "bc/user/bea/inbox/al/0190000000000001"

static const struct bc_topics topics = { .prefix = "bc", .length = 2 };

static int set_up(void **state)
{
    *state = bc_handed_new(&topics);
    return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    bc_handed_free(*state);
    return 0;
}

static bool shows(
    const struct bc_handed *handed, const char *topic, const char *user, uint64_t hidden)
{
    return bc_handed_shows(handed, topic, bc_bytes_text(user), hidden);
}

static void nothing_is_known_at_first(void **state)
{
    assert_false(shows(*state, TOPIC, "bea", 0));
    assert_false(shows(*state, "", "bea", 0));
    assert_false(shows(*state, "", "", 0));
}

static void it_is_the_owner_s_alone(void **state)
{
    static const char *const others[] = { "al", "be", "beas", "Bea", "inbox", "bea/", "bea/inbox",
        "" };

    bc_handed_add(*state, TOPIC, 5);
    assert_true(shows(*state, TOPIC, "bea", 5));
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(shows(*state, TOPIC, others[i], 5));
    }
}

static void another_topic_is_another_s(void **state)
{
    static const char *const others[] = { "bc/user/bea/inbox/al/0190000000000002",
        "bc/user/bea/inbox/al/019000000000000", "bc/user/bea/requests/al/0190000000000001",
        "bc/user/bea/inbox/al/0190000000000001x", "bc/user/bea/inbox/alf/0190000000000001" };

    bc_handed_add(*state, TOPIC, 5);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(shows(*state, others[i], "bea", 5));
    }
}

/* It was right with the fact 5: a later one may have hidden it. */
static void what_may_have_been_hidden_since_is_not_known(void **state)
{
    bc_handed_add(*state, TOPIC, 5);
    assert_true(shows(*state, TOPIC, "bea", 0));
    assert_true(shows(*state, TOPIC, "bea", 4));
    assert_true(shows(*state, TOPIC, "bea", 5));
    assert_false(shows(*state, TOPIC, "bea", 6));
    bc_handed_add(*state, TOPIC, 7);
    assert_true(shows(*state, TOPIC, "bea", 6));
}

static void what_is_forgotten_is_not_known(void **state)
{
    bc_handed_add(*state, TOPIC, 5);
    bc_handed_forget(*state);
    assert_false(shows(*state, TOPIC, "bea", 0));
    assert_false(shows(*state, TOPIC, "bea", 5));
    bc_handed_add(*state, TOPIC, 4);
    assert_true(shows(*state, TOPIC, "bea", 4));
}

static void several_devices_are_asked_about_one_after_the_other(void **state)
{
    bc_handed_add(*state, TOPIC, 5);
    for (int i = 0; i < 3; i++) {
        assert_true(shows(*state, TOPIC, "bea", 5));
    }
}

/* Of many the latest are known, whatever place they have. */
static void what_comes_later_takes_the_place(void **state)
{
    char topic[BC_TOPIC_MAX];
    int known = 0;

    for (int i = 0; i < 100000; i++) {
        (void)snprintf(topic, sizeof(topic), "bc/user/bea/inbox/al/%016x", (unsigned)i);
        bc_handed_add(*state, topic, 5);
        assert_true(shows(*state, topic, "bea", 5));
    }
    for (int i = 0; i < 100000; i++) {
        (void)snprintf(topic, sizeof(topic), "bc/user/bea/inbox/al/%016x", (unsigned)i);
        known += shows(*state, topic, "bea", 5) ? 1 : 0;
    }
    assert_in_range(known, 1000, 1024);
}

/* The longest that is kept has 119 bytes. */
static void a_long_topic_is_not_kept(void **state)
{
    char topic[BC_TOPIC_MAX];
    int length = snprintf(topic, sizeof(topic), "bc/user/bea/inbox/%0101d", 1);

    assert_int_equal(length, 119);
    bc_handed_add(*state, topic, 5);
    assert_true(shows(*state, topic, "bea", 5));
    (void)snprintf(topic, sizeof(topic), "bc/user/bea/inbox/%0102d", 1);
    bc_handed_add(*state, topic, 5);
    assert_false(shows(*state, topic, "bea", 5));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = { TEST(nothing_is_known_at_first),
        TEST(it_is_the_owner_s_alone), TEST(another_topic_is_another_s),
        TEST(what_may_have_been_hidden_since_is_not_known), TEST(what_is_forgotten_is_not_known),
        TEST(several_devices_are_asked_about_one_after_the_other),
        TEST(what_comes_later_takes_the_place), TEST(a_long_topic_is_not_kept) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
