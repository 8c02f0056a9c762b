/* Subscriptions to pushes: which may be made, replaced, ended and removed. */
#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decide_rows.h"
#include "messaging/text.h"

#define A       "https://push.example/a"
#define B       "https://push.example/b"
#define HUNDRED FORTY FORTY TEN TEN

/* Hashes stand for their endpoints: they are of the right length, and another for another. */
static struct bc_bytes hash_of(const char *endpoint, char hash[BC_DIGEST + 1])
{
    size_t len = strlen(endpoint);
    (void)snprintf(hash, BC_DIGEST + 1, "%32s", endpoint + (len > 32 ? len - 32 : 0));
    return bc_bytes(hash, BC_DIGEST);
}

static struct bc_decision decide(const struct bc_view *view, enum bc_action action,
    const char *user, const char *device, const char *endpoint, const char *key)
{
    static char hash[BC_DIGEST + 1];
    struct bc_request request = { .action = action,
        .from = bc_bytes_text(user),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .push = { .device = bc_bytes_text(device),
            .endpoint = bc_bytes_text(endpoint),
            .p256dh = bc_bytes_text(key),
            .hash = hash_of(endpoint, hash) } };
    struct bc_decision decision;
    assert_int_equal(bc_decide(view, &limits, &request, &decision), BC_OK);
    return decision;
}

/* What lasts as long as the test: a fact's bytes are borrowed. */
static void make(struct bc_view *view, const char *user, const char *device, const char *endpoint)
{
    static char hashes[64][BC_DIGEST + 1];
    static size_t next;
    struct bc_fact fact = { .id = 1,
        .type = BC_FACT_PUSH,
        .push = { .user = bc_bytes_text(user),
            .device = bc_bytes_text(device),
            .endpoint = bc_bytes_text(endpoint),
            .p256dh = bc_bytes_text("BPk"),
            .hash = hash_of(endpoint, hashes[next++ % COUNT(hashes)]) } };
    fake_view_apply(view, &fact);
}

static void what_may_be_subscribed_ended_and_removed(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum bc_action action;
        const char *user, *device, *endpoint, *key; /* alice's phone has A */
        enum bc_verdict verdict;
        enum bc_refusal refusal;
    } rows[] = {
        { "a new device", BC_PUSH_SUBSCRIBE, "alice", "laptop", B, "BPk", BC_CHANGES, BC_ACCEPTED },
        { "who is new", BC_PUSH_SUBSCRIBE, "zoe", "phone", B, "BPk", BC_CHANGES, BC_ACCEPTED },
        { "without a key", BC_PUSH_SUBSCRIBE, "alice", "x", B, "", BC_CHANGES, BC_ACCEPTED },
        { "another endpoint", BC_PUSH_SUBSCRIBE, "alice", "phone", B, "BPk", BC_CHANGES,
            BC_ACCEPTED },
        { "another key", BC_PUSH_SUBSCRIBE, "alice", "phone", A, "BPl", BC_CHANGES, BC_ACCEPTED },
        { "all the same", BC_PUSH_SUBSCRIBE, "alice", "phone", A, "BPk", BC_NOTHING, BC_ACCEPTED },
        { "somebody else's endpoint", BC_PUSH_SUBSCRIBE, "bob", "phone", A, "BPk", BC_CHANGES,
            BC_ACCEPTED },
        { "no device", BC_PUSH_SUBSCRIBE, "alice", "", B, "BPk", BC_REFUSED, BC_BAD_REQUEST },
        { "a longer device", BC_PUSH_SUBSCRIBE, "alice", SIXTY_FOUR "5", B, "BPk", BC_REFUSED,
            BC_BAD_REQUEST },
        { "no endpoint", BC_PUSH_SUBSCRIBE, "alice", "x", "", "BPk", BC_REFUSED, BC_BAD_REQUEST },
        { "http", BC_PUSH_SUBSCRIBE, "alice", "x", "http://push.example/", "BPk", BC_REFUSED,
            BC_BAD_REQUEST },
        { "a key that isn't one", BC_PUSH_SUBSCRIBE, "alice", "x", B, "B Pk", BC_REFUSED,
            BC_BAD_REQUEST },
        { "a key that is too long", BC_PUSH_SUBSCRIBE, "alice", "x", B, HUNDRED TEN TEN TEN,
            BC_REFUSED, BC_BAD_REQUEST },
        { "ending one", BC_PUSH_UNSUBSCRIBE, "alice", "phone", "", "", BC_CHANGES, BC_ACCEPTED },
        { "ending none", BC_PUSH_UNSUBSCRIBE, "alice", "x", "", "", BC_REFUSED, BC_NOT_FOUND },
        { "ending another's", BC_PUSH_UNSUBSCRIBE, "bob", "phone", "", "", BC_REFUSED,
            BC_NOT_FOUND },
        { "ending, of who is new", BC_PUSH_UNSUBSCRIBE, "zoe", "phone", "", "", BC_REFUSED,
            BC_NOT_FOUND },
        { "ending what is no name", BC_PUSH_UNSUBSCRIBE, "alice", "", "", "", BC_REFUSED,
            BC_BAD_REQUEST },
        { "removing one", BC_PUSH_REMOVE, "push", "", A, "", BC_CHANGES, BC_ACCEPTED },
        { "removing none", BC_PUSH_REMOVE, "push", "", B, "", BC_NOTHING, BC_ACCEPTED },
        { "removing what is none", BC_PUSH_REMOVE, "push", "", "x", "", BC_REFUSED,
            BC_BAD_REQUEST },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        make(view, "alice", "phone", A);
        fake_view_user(view, "bob");
        struct bc_decision is = decide(
            view, rows[i].action, rows[i].user, rows[i].device, rows[i].endpoint, rows[i].key);
        if (is.verdict != rows[i].verdict || is.refusal != rows[i].refusal || is.took_token) {
            print_error(
                "row \"%s\": %d, %s\n", rows[i].what, is.verdict, bc_refusal_code(is.refusal));
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void endpoints_are_https_urls(void **state)
{
    (void)state;
    static const struct {
        const char *endpoint;
        bool good;
    } rows[] = {
        { "https://a", true },
        { "https://a.example:8443/x?y=1&z=%20", true },
        { "https://[::1]/x", true },
        { "https://a/x@y", true },
        { "https://", false },
        { "https:///x", false },
        { "https://?x", false },
        { "https://:443/", false },
        { "https:/a", false },
        { "HTTPS://a", false },
        { "http://a", false },
        { "ftp://a", false },
        { " https://a", false },
        { "https://a b", false },
        { "https://a/\"", false },
        { "https://a/<x>", false },
        { "https://a/#x", false },
        { "https://user@a/", false },
        { "https://user:word@a/", false },
        { "https://a/\xC3\xA9", false },
        { "javascript:alert(1)", false },
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (bc_text_is_endpoint(bc_bytes_text(rows[i].endpoint)) != rows[i].good) {
            fail_msg("%s is %s", rows[i].endpoint, rows[i].good ? "one" : "none");
        }
    }
    char longest[BC_ENDPOINT_MAX + 2] = "https://a/";
    memset(longest + 10, 'x', BC_ENDPOINT_MAX - 10);
    assert_true(bc_text_is_endpoint(bc_bytes_text(longest)));
    longest[BC_ENDPOINT_MAX] = 'x';
    assert_false(bc_text_is_endpoint(bc_bytes_text(longest)));
    assert_false(bc_text_is_push_key(bc_bytes("\0", 1)));
    assert_true(bc_text_is_push_key(bc_bytes_text("azAZ09+/-_==")));
}

static void an_endpoint_moves_with_its_device(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    make(view, "alice", "phone", A);
    struct bc_decision is = decide(view, BC_PUSH_SUBSCRIBE, "alice", "new phone", A, "BPk");
    assert_int_equal(is.verdict, BC_CHANGES);
    assert_true(bc_bytes_equal(is.fact.push.ends, bc_bytes_text("phone")));
    is = decide(view, BC_PUSH_SUBSCRIBE, "alice", "phone", A, "other");
    assert_int_equal(is.fact.push.ends.len, 0);
    fake_view_free(view);
}

static void a_twenty_first_device_and_a_twenty_first_user_of_an_endpoint_have_no_room(void **state)
{
    (void)state;
    static char names[20][8];
    static char endpoints[20][32];
    struct bc_view *view = fake_view_new();
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(
            decide(view, BC_PUSH_SUBSCRIBE, "alice", "more", B, "").verdict, BC_CHANGES);
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        (void)snprintf(endpoints[i], sizeof(endpoints[i]), "https://push.example/%zu", i);
        make(view, "alice", names[i], endpoints[i]);
    }
    assert_int_equal(
        decide(view, BC_PUSH_SUBSCRIBE, "alice", "more", B, "").refusal, BC_NOT_POSSIBLE);
    assert_int_equal(decide(view, BC_PUSH_SUBSCRIBE, "alice", "7", B, "").verdict, BC_CHANGES);
    assert_int_equal(
        decide(view, BC_PUSH_SUBSCRIBE, "alice", "more", endpoints[3], "").verdict, BC_CHANGES);
    fake_view_free(view);
    view = fake_view_new();
    for (size_t i = 0; i < COUNT(names); i++) {
        make(view, names[i], "phone", A);
    }
    fake_view_user(view, "alice");
    assert_int_equal(
        decide(view, BC_PUSH_SUBSCRIBE, "alice", "phone", A, "").refusal, BC_NOT_POSSIBLE);
    assert_int_equal(decide(view, BC_PUSH_SUBSCRIBE, "7", "phone", A, "").verdict, BC_CHANGES);
    fake_view_free(view);
}

static void a_view_that_fails_is_an_error(void **state)
{
    (void)state;
    static const enum bc_action actions[] = { BC_PUSH_SUBSCRIBE, BC_PUSH_UNSUBSCRIBE,
        BC_PUSH_REMOVE };
    for (size_t i = 0; i < COUNT(actions); i++) {
        char hash[BC_DIGEST + 1];
        struct bc_request request = { .action = actions[i],
            .from = bc_bytes_text("alice"),
            .now_ms = NOW,
            .push = { .device = bc_bytes_text("phone"),
                .endpoint = bc_bytes_text(B),
                .hash = hash_of(B, hash) } };
        bool failed = true;
        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = fake_view_new();
            struct bc_decision decision;
            make(view, "alice", "phone", A);
            fake_view_fail(view, calls, BC_DAMAGED);
            enum bc_error error = bc_decide(view, &limits, &request, &decision);
            failed = fake_view_mend(view);
            assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
            fake_view_free(view);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_be_subscribed_ended_and_removed),
        cmocka_unit_test(endpoints_are_https_urls),
        cmocka_unit_test(an_endpoint_moves_with_its_device),
        cmocka_unit_test(a_twenty_first_device_and_a_twenty_first_user_of_an_endpoint_have_no_room),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };
    return cmocka_run_group_tests_name("judge_push", tests, NULL, NULL);
}
