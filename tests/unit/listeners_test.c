#include "broker-plugin/listeners.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define BY_ALL (BC_HEARD | BC_HEARD_BY_MQTT5)

static struct bc_bytes name(const char *text)
{
    return bc_bytes_text(text);
}

static void nobody_is_heard_by_somebody_who_has_not_subscribed(void **state)
{
    struct bc_listeners *listeners = bc_listeners_new(false);
    (void)state;
    bc_listeners_add(listeners, BC_LISTENED_USER, name("alice"), true);
    bc_listeners_add(listeners, BC_LISTENED_GROUP, name("team"), false);

    static const struct {
        enum bc_listened listened;
        const char *name;
        unsigned heard;
    } rows[] = {
        { BC_LISTENED_USER, "alice", BY_ALL },
        { BC_LISTENED_USER, "alic", BC_HEARD_BY_NOBODY },
        { BC_LISTENED_USER, "alice2", BC_HEARD_BY_NOBODY },
        { BC_LISTENED_USER, "team", BC_HEARD_BY_NOBODY },
        { BC_LISTENED_GROUP, "team", BC_HEARD },
        { BC_LISTENED_GROUP, "alice", BC_HEARD_BY_NOBODY },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        unsigned heard = bc_listeners_of(listeners, rows[i].listened, name(rows[i].name));
        if (heard != rows[i].heard) {
            print_error("%c %s\n", (char)rows[i].listened, rows[i].name);
        }
        assert_int_equal(heard, rows[i].heard);
    }
    bc_listeners_free(listeners);
}

static void what_one_client_can_read_is_not_forgotten_for_another(void **state)
{
    struct bc_listeners *listeners = bc_listeners_new(false);
    (void)state;
    bc_listeners_add(listeners, BC_LISTENED_USER, name("alice"), false);
    assert_int_equal(bc_listeners_of(listeners, BC_LISTENED_USER, name("alice")), BC_HEARD);
    bc_listeners_add(listeners, BC_LISTENED_USER, name("alice"), true);
    bc_listeners_add(listeners, BC_LISTENED_USER, name("alice"), false);
    assert_int_equal(bc_listeners_of(listeners, BC_LISTENED_USER, name("alice")), BY_ALL);
    bc_listeners_free(listeners);
}

static void who_hears_any_group_hears_every_group_and_no_user(void **state)
{
    struct bc_listeners *listeners = bc_listeners_new(false);
    (void)state;
    bc_listeners_add_groups(listeners);
    assert_int_equal(bc_listeners_of(listeners, BC_LISTENED_GROUP, name("team")), BY_ALL);
    assert_int_equal(
        bc_listeners_of(listeners, BC_LISTENED_USER, name("team")), BC_HEARD_BY_NOBODY);
    bc_listeners_add_all(listeners);
    assert_int_equal(bc_listeners_of(listeners, BC_LISTENED_USER, name("team")), BY_ALL);
    bc_listeners_free(listeners);
}

static void where_subscriptions_are_unknown_everything_is_heard(void **state)
{
    struct bc_listeners *listeners = bc_listeners_new(true);
    (void)state;
    assert_int_equal(bc_listeners_of(listeners, BC_LISTENED_USER, name("alice")), BY_ALL);
    bc_listeners_add(listeners, BC_LISTENED_USER, name("alice"), false);
    assert_int_equal(bc_listeners_of(listeners, BC_LISTENED_USER, name("alice")), BY_ALL);
    bc_listeners_free(listeners);
    bc_listeners_free(NULL);
}

static void many_are_told_apart(void **state)
{
    struct bc_listeners *listeners = bc_listeners_new(false);
    char text[16];
    (void)state;
    for (int i = 0; i < 10000; i += 2) {
        (void)snprintf(text, sizeof(text), "user%d", i);
        bc_listeners_add(listeners, BC_LISTENED_USER, name(text), i % 4 == 0);
    }
    for (int i = 0; i < 10000; i++) {
        unsigned expected = i % 2 != 0   ? BC_HEARD_BY_NOBODY
                            : i % 4 == 0 ? (unsigned)BY_ALL
                                         : BC_HEARD;
        (void)snprintf(text, sizeof(text), "user%d", i);
        assert_int_equal(bc_listeners_of(listeners, BC_LISTENED_USER, name(text)), expected);
    }
    bc_listeners_free(listeners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_heard_by_somebody_who_has_not_subscribed),
        cmocka_unit_test(what_one_client_can_read_is_not_forgotten_for_another),
        cmocka_unit_test(who_hears_any_group_hears_every_group_and_no_user),
        cmocka_unit_test(where_subscriptions_are_unknown_everything_is_heard),
        cmocka_unit_test(many_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
