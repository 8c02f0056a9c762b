/* Own data: what may be stored, and how much. */
#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "decide_rows.h"

#define LONG 8192

/* As many bytes as a value may have, and one more. */
static char longest[LONG + 2];

static struct bc_bytes text_of(const char *text, size_t len)
{
    return text == NULL ? bc_bytes(NULL, 0) : bc_bytes(text, len != 0 ? len : strlen(text));
}

static void store(struct bc_view *view, const char *user, const char *key, struct bc_bytes value)
{
    struct bc_fact fact = { .id = 1,
        .type = BC_FACT_STORED,
        .stored = { .user = bc_bytes_text(user), .key = bc_bytes_text(key), .value = value } };
    fake_view_apply(view, &fact);
}

static struct bc_decision decide(
    const struct bc_view *view, const char *user, struct bc_bytes key, struct bc_bytes value)
{
    struct bc_request request = { .action = BC_STORE,
        .from = bc_bytes_text(user),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .own = { .key = key, .value = value } };
    struct bc_decision decision;
    assert_int_equal(bc_decide(view, &limits, &request, &decision), BC_OK);
    return decision;
}

static void keys_and_values_are_of_a_size_and_alphabet(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *user; /* alice keeps "old" under "k" */
        const char *key, *value;
        size_t len; /* of the value, if it isn't a text */
        enum bc_verdict verdict;
        enum bc_refusal refusal;
    } rows[] = {
        { "a new key", "alice", "mute/user/bob", "1", 0, BC_CHANGES, BC_ACCEPTED },
        { "who is new", "zoe", "k", "v", 0, BC_CHANGES, BC_ACCEPTED },
        { "another value", "alice", "k", "new", 0, BC_CHANGES, BC_ACCEPTED },
        { "the same value", "alice", "k", "old", 0, BC_NOTHING, BC_ACCEPTED },
        { "an empty value is a value", "alice", "e", "", 0, BC_CHANGES, BC_ACCEPTED },
        { "removing", "alice", "k", NULL, 0, BC_CHANGES, BC_ACCEPTED },
        { "removing what isn't there", "alice", "x", NULL, 0, BC_NOTHING, BC_ACCEPTED },
        { "another's is another", "bob", "k", NULL, 0, BC_NOTHING, BC_ACCEPTED },
        { "who is new removes nothing", "zoe", "k", NULL, 0, BC_NOTHING, BC_ACCEPTED },
        { "the longest key", "alice", SIXTY_FOUR, "v", 0, BC_CHANGES, BC_ACCEPTED },
        { "a longer key", "alice", SIXTY_FOUR "5", "v", 0, BC_REFUSED, BC_BAD_REQUEST },
        { "no key", "alice", "", "v", 0, BC_REFUSED, BC_BAD_REQUEST },
        { "a space", "alice", "a b", "v", 0, BC_REFUSED, BC_BAD_REQUEST },
        { "not ASCII", "alice", "\xC3\xA9", "v", 0, BC_REFUSED, BC_BAD_REQUEST },
        { "removing a wrong key", "alice", "a b", NULL, 0, BC_REFUSED, BC_BAD_REQUEST },
        { "the first and the last character", "alice", "!~", "v", 0, BC_CHANGES, BC_ACCEPTED },
        { "the longest value", "alice", "l", longest, LONG, BC_CHANGES, BC_ACCEPTED },
        { "a longer value", "alice", "l", longest, LONG + 1, BC_REFUSED, BC_BAD_REQUEST },
        { "not a string", "alice", "l", "a\0b", 3, BC_REFUSED, BC_BAD_REQUEST },
    };
    int failures = 0;
    memset(longest, 'x', LONG + 1);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bc_view *view = fake_view_new();
        struct bc_bytes value = text_of(rows[i].value, rows[i].len);
        store(view, "alice", "k", bc_bytes_text("old"));
        fake_view_user(view, "bob");
        struct bc_decision is = decide(view, rows[i].user, bc_bytes_text(rows[i].key), value);
        const struct bc_fact_stored *fact = &is.fact.stored;
        bool as_asked =
            is.verdict != BC_CHANGES ||
            (is.fact.type == BC_FACT_STORED && fact->removed == (rows[i].value == NULL) &&
                bc_bytes_equal(fact->value, value) &&
                bc_bytes_equal(fact->user, bc_bytes_text(rows[i].user)) &&
                bc_bytes_equal(fact->key, bc_bytes_text(rows[i].key)));
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

static void all_together_are_65536_bytes(void **state)
{
    (void)state;
    static const char *const keys[] = { "1", "2", "3", "4", "5", "6", "7" };
    struct bc_view *view = fake_view_new();
    memset(longest, 'x', LONG + 1);
    for (size_t i = 0; i < COUNT(keys); i++) {
        store(view, "alice", keys[i], bc_bytes(longest, LONG));
    }
    size_t left = 65536 - COUNT(keys) * (LONG + 1); /* for a key and its value */
    struct bc_bytes key = bc_bytes_text("8");
    assert_int_equal(decide(view, "alice", key, bc_bytes(longest, left - 1)).verdict, BC_CHANGES);
    assert_int_equal(decide(view, "alice", key, bc_bytes(longest, left)).refusal, BC_NOT_POSSIBLE);
    assert_int_equal(decide(view, "bob", key, bc_bytes(longest, left)).verdict, BC_CHANGES);
    /* What it takes the place of doesn't count. */
    store(view, "alice", "8", bc_bytes(longest, left - 1));
    assert_int_equal(
        decide(view, "alice", key, bc_bytes(longest + 1, left - 1)).verdict, BC_NOTHING);
    assert_int_equal(decide(view, "alice", key, bc_bytes(longest, left)).refusal, BC_NOT_POSSIBLE);
    assert_int_equal(decide(view, "alice", key, bc_bytes("y", 1)).verdict, BC_CHANGES);
    assert_int_equal(decide(view, "alice", key, bc_bytes(NULL, 0)).verdict, BC_CHANGES);
    fake_view_free(view);
}

static void a_view_that_fails_is_an_error(void **state)
{
    (void)state;
    struct bc_request request = { .action = BC_STORE,
        .from = bc_bytes_text("alice"),
        .own = { .key = bc_bytes_text("k"), .value = bc_bytes_text("v") } };
    bool failed = true;
    for (unsigned calls = 0; failed; calls++) {
        struct bc_view *view = fake_view_new();
        struct bc_decision decision;
        store(view, "alice", "k", bc_bytes_text("old"));
        fake_view_fail(view, calls, BC_DAMAGED);
        enum bc_error error = bc_decide(view, &limits, &request, &decision);
        failed = fake_view_mend(view);
        assert_int_equal(error, failed ? BC_DAMAGED : BC_OK);
        fake_view_free(view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_and_values_are_of_a_size_and_alphabet),
        cmocka_unit_test(all_together_are_65536_bytes),
        cmocka_unit_test(a_view_that_fails_is_an_error),
    };
    return cmocka_run_group_tests_name("judge_own", tests, NULL, NULL);
}
