/* Tokens: which may be made, replaced, used and ended. */
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

#define DAY_MS UINT64_C(86400000)
#define HASH   "0123456789abcdef0123456789abcdef"
#define TODAY  ((uint32_t)(NOW / DAY_MS))

static struct bc_decision decide(const struct bc_view *view, enum bc_action action,
    const char *user, struct bc_bytes device, uint32_t days)
{
    struct bc_request request = { .action = action,
        .from = bc_bytes_text(user),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .token = { .device = device, .hash = bc_bytes_text(HASH), .days = days } };
    struct bc_decision decision;
    assert_int_equal(bc_decide(view, &limits, &request, &decision), BC_OK);
    return decision;
}

static void make(struct bc_view *view, const char *user, const char *device, uint64_t until_ms)
{
    struct bc_fact fact = { .id = 1,
        .type = BC_FACT_TOKEN,
        .token = { .user = bc_bytes_text(user),
            .device = bc_bytes_text(device),
            .change = BC_TOKEN_MADE,
            .hash = bc_bytes_text(HASH),
            .until_ms = until_ms } };
    fake_view_apply(view, &fact);
}

static void devices_have_names_like_titles(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        enum bc_action action;
        const char *user, *device; /* alice has a token for "phone" */
        enum bc_verdict verdict;
        enum bc_refusal refusal;
    } rows[] = {
        { "a new device", BC_TOKEN_CREATE, "alice", "laptop", BC_CHANGES, BC_ACCEPTED },
        { "who is new", BC_TOKEN_CREATE, "zoe", "laptop", BC_CHANGES, BC_ACCEPTED },
        { "the same device again", BC_TOKEN_CREATE, "alice", "phone", BC_CHANGES, BC_ACCEPTED },
        { "spaces and others' letters", BC_TOKEN_CREATE, "alice", "Anna's \xC3\xA9t\xC3\xA9",
            BC_CHANGES, BC_ACCEPTED },
        { "the longest", BC_TOKEN_CREATE, "alice", SIXTY_FOUR, BC_CHANGES, BC_ACCEPTED },
        { "a longer one", BC_TOKEN_CREATE, "alice", SIXTY_FOUR "5", BC_REFUSED, BC_BAD_REQUEST },
        { "none", BC_TOKEN_CREATE, "alice", "", BC_REFUSED, BC_BAD_REQUEST },
        { "a control character", BC_TOKEN_CREATE, "alice", "a\nb", BC_REFUSED, BC_BAD_REQUEST },
        { "not UTF-8", BC_TOKEN_CREATE, "alice", "\xC3", BC_REFUSED, BC_BAD_REQUEST },
        { "ending one", BC_TOKEN_REVOKE, "alice", "phone", BC_CHANGES, BC_ACCEPTED },
        { "ending none", BC_TOKEN_REVOKE, "alice", "laptop", BC_REFUSED, BC_NOT_FOUND },
        { "ending another's", BC_TOKEN_REVOKE, "bob", "phone", BC_REFUSED, BC_NOT_FOUND },
        { "ending, of who is new", BC_TOKEN_REVOKE, "zoe", "phone", BC_REFUSED, BC_NOT_FOUND },
        { "ending what is no name", BC_TOKEN_REVOKE, "alice", "", BC_REFUSED, BC_BAD_REQUEST },
        { "using one", BC_TOKEN_USE, "alice", "phone", BC_CHANGES, BC_ACCEPTED },
        { "using none", BC_TOKEN_USE, "alice", "laptop", BC_NOTHING, BC_ACCEPTED },
    };
    int failures = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        make(view, "alice", "phone", 0);
        fake_view_user(view, "bob");
        struct bc_decision is =
            decide(view, rows[i].action, rows[i].user, bc_bytes_text(rows[i].device), 0);
        const struct bc_fact_token *fact = &is.fact.token;
        bool as_asked =
            is.verdict != BC_CHANGES ||
            (is.fact.type == BC_FACT_TOKEN && fact->until_ms == 0 && fact->ends.len == 0 &&
                bc_bytes_equal(fact->user, bc_bytes_text(rows[i].user)) &&
                bc_bytes_equal(fact->device, bc_bytes_text(rows[i].device)));
        if (is.verdict != rows[i].verdict || is.refusal != rows[i].refusal || !as_asked ||
            is.took_token) {
            print_error(
                "row \"%s\": %d, %s\n", rows[i].what, is.verdict, bc_refusal_code(is.refusal));
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}

static void a_token_of_days_ends_with_the_last(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_decision is = decide(view, BC_TOKEN_CREATE, "alice", bc_bytes_text("phone"), 30);
    assert_int_equal(is.fact.token.until_ms, NOW + 30 * DAY_MS);
    assert_true(bc_bytes_equal(is.fact.token.hash, bc_bytes_text(HASH)));
    fake_view_free(view);
}

static void a_twenty_first_device_takes_the_place_of_an_expired_one_or_of_none(void **state)
{
    (void)state;
    static char names[20][8];
    struct bc_view *view = fake_view_new();
    struct bc_bytes more = bc_bytes_text("more");
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(decide(view, BC_TOKEN_CREATE, "alice", more, 0).verdict, BC_CHANGES);
        (void)snprintf(names[i], sizeof(names[i]), "%zu", i);
        make(view, "alice", names[i], i == 7 ? NOW + 1 : 0);
    }
    assert_int_equal(decide(view, BC_TOKEN_CREATE, "alice", more, 0).refusal, BC_NOT_POSSIBLE);
    assert_int_equal(
        decide(view, BC_TOKEN_CREATE, "alice", bc_bytes_text("3"), 0).verdict, BC_CHANGES);
    make(view, "alice", "7", NOW);
    struct bc_decision is = decide(view, BC_TOKEN_CREATE, "alice", more, 0);
    assert_int_equal(is.verdict, BC_CHANGES);
    assert_true(bc_bytes_equal(is.fact.token.ends, bc_bytes_text("7")));
    fake_view_free(view);
}

static void use_is_written_down_once_a_day(void **state)
{
    (void)state;
    struct bc_view *view = fake_view_new();
    struct bc_bytes phone = bc_bytes_text("phone");
    make(view, "alice", "phone", 0);
    struct bc_decision is = decide(view, BC_TOKEN_USE, "alice", phone, 0);
    assert_int_equal(is.fact.token.change, BC_TOKEN_SEEN);
    assert_int_equal(is.fact.token.day, TODAY);
    fake_view_apply(view, &is.fact);
    assert_int_equal(decide(view, BC_TOKEN_USE, "alice", phone, 0).verdict, BC_NOTHING);
    fake_view_free(view);
}

static void a_view_that_fails_is_an_error(void **state)
{
    (void)state;
    static const enum bc_action actions[] = { BC_TOKEN_CREATE, BC_TOKEN_REVOKE, BC_TOKEN_USE };
    for (size_t i = 0; i < COUNT(actions); i++) {
        struct bc_request request = { .action = actions[i],
            .from = bc_bytes_text("alice"),
            .now_ms = NOW,
            .token = { .device = bc_bytes_text("phone"), .hash = bc_bytes_text(HASH) } };
        bool failed = true;
        for (unsigned calls = 0; failed; calls++) {
            struct bc_view *view = fake_view_new();
            struct bc_decision decision;
            make(view, "alice", "phone", 0);
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
        cmocka_unit_test(devices_have_names_like_titles),
        cmocka_unit_test(a_token_of_days_ends_with_the_last),
        cmocka_unit_test(a_twenty_first_device_takes_the_place_of_an_expired_one_or_of_none),
        cmocka_unit_test(use_is_written_down_once_a_day),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };
    return cmocka_run_group_tests_name("judge_account", tests, NULL, NULL);
}
