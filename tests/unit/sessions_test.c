/* Connections end with the token that they came by. The broker's functions are the test's own. */
#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/signin/sessions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct bc_sessions *sessions;
static char kicked[64];

/* Clients are their ids. */
const char *mosquitto_client_id(const struct mosquitto *client)
{
    return (const char *)client;
}

/* As the broker does it, DISCONNECT comes before this returns. */
int mosquitto_kick_client_by_clientid(const char *id, bool with_will)
{
    assert_false(with_will);
    (void)strncat(kicked, id, sizeof(kicked) - strlen(kicked) - 1);
    bc_sessions_forget(sessions, (const struct mosquitto *)id);
    return 0;
}

static const struct mosquitto *client(const char *id)
{
    return (const struct mosquitto *)id;
}

static const char *const a = "a", *const b = "b", *const c = "c";

static void add(const char *id, uint32_t user, uint64_t token)
{
    assert_true(bc_sessions_add(sessions, client(id), user, token));
}

static int begin(void **state)
{
    (void)state;
    kicked[0] = '\0';
    sessions = bc_sessions_new();
    add(a, 1, 10);
    add(b, 1, 11);
    add(c, 2, 12);
    return sessions != NULL ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    bc_sessions_free(sessions);
    return 0;
}

static void those_whose_token_is_gone_end_a_turn_later(void **state)
{
    (void)state;
    const struct bc_token left[] = { { .id = 11 } };
    bc_sessions_review(sessions, 1, left, 1, NULL, 0);
    assert_string_equal(kicked, "");
    assert_false(bc_sessions_turn(sessions));
    assert_string_equal(kicked, "");
    assert_true(bc_sessions_turn(sessions));
    assert_string_equal(kicked, "a");
    assert_false(bc_sessions_turn(sessions));
    assert_string_equal(kicked, "a");
    assert_int_equal(bc_sessions_token(sessions, client(a)), 0);
    assert_int_equal(bc_sessions_token(sessions, client(b)), 11);
    assert_int_equal(bc_sessions_token(sessions, client(c)), 12);
}

static void who_replaces_its_own_goes_on_by_the_new_one(void **state)
{
    (void)state;
    const struct bc_token left[] = { { .id = 13 } };
    bc_sessions_review(sessions, 1, left, 1, client(a), 13);
    (void)bc_sessions_turn(sessions);
    (void)bc_sessions_turn(sessions);
    assert_string_equal(kicked, "b");
    assert_int_equal(bc_sessions_token(sessions, client(a)), 13);
}

static void who_goes_before_is_ended_no_more(void **state)
{
    (void)state;
    bc_sessions_review(sessions, 1, NULL, 0, NULL, 0);
    bc_sessions_forget(sessions, client(a));
    bc_sessions_forget(sessions, client(a));
    (void)bc_sessions_turn(sessions);
    bc_sessions_forget(sessions, client(b));
    (void)bc_sessions_turn(sessions);
    assert_string_equal(kicked, "");
}

static void who_comes_again_comes_by_the_new_token_alone(void **state)
{
    (void)state;
    const struct bc_token left[] = { { .id = 11 }, { .id = 14 } };
    add(a, 1, 14);
    bc_sessions_review(sessions, 1, left, 2, NULL, 0);
    (void)bc_sessions_turn(sessions);
    (void)bc_sessions_turn(sessions);
    assert_string_equal(kicked, "");
    assert_int_equal(bc_sessions_token(sessions, client(a)), 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(those_whose_token_is_gone_end_a_turn_later, begin, end),
        cmocka_unit_test_setup_teardown(who_replaces_its_own_goes_on_by_the_new_one, begin, end),
        cmocka_unit_test_setup_teardown(who_goes_before_is_ended_no_more, begin, end),
        cmocka_unit_test_setup_teardown(who_comes_again_comes_by_the_new_token_alone, begin, end),
    };
    return cmocka_run_group_tests_name("sessions", tests, NULL, NULL);
}
