#include "broker-plugin/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#define BILLION UINT32_C(1000000000)
#define NOW     UINT64_C(1700000000000)

static struct bc_bytes alice(void)
{
    return bc_bytes_text("alice");
}

/* Take tokens of ${name} until none is left, but at most ${most}; how many there were. */
static uint32_t drain(struct bc_limit *limit, struct bc_bytes name, uint64_t now_ms, uint32_t most)
{
    uint32_t count = 0;
    while (count < most && bc_limit_has(limit, name, now_ms)) {
        assert_true(bc_limit_take(limit, name, now_ms));
        count++;
    }
    if (count < most) {
        assert_false(bc_limit_take(limit, name, now_ms));
    }
    return count;
}

static void tokens_come_back_with_time(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t per_minute, burst;
        uint64_t wait_ms;
        uint32_t tokens;
    } rows[] = {
        { "none at once", 600, 100, 0, 0 },
        { "none a moment too early", 600, 100, 99, 0 },
        { "one in its time", 600, 100, 100, 1 },
        { "ten a second", 600, 100, 1000, 10 },
        { "half of it", 600, 100, 5000, 50 },
        { "all of it", 600, 100, 10000, 100 },
        { "no more than the burst", 600, 100, 86400000, 100 },
        { "no more than the burst, ever", 600, 100, UINT64_MAX - NOW, 100 },
        { "the slowest, too early", 1, 1, 59999, 0 },
        { "the slowest", 1, 1, 60000, 1 },
        { "a rate that divides badly", 7, 100, 60000, 7 },
        { "a rate that divides badly, too early", 7, 100, 8571, 0 },
        { "a rate that divides badly, just", 7, 100, 8572, 1 },
        { "the fastest", BILLION, 1000, 1, 1000 },
        { "the slowest of the largest", 1, 1000, 600000, 10 },
    };
    int failures = 0;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_limit *limit = bc_limit_new(rows[i].per_minute, rows[i].burst);
        assert_non_null(limit);
        uint32_t burst = drain(limit, alice(), NOW, rows[i].burst + 1);
        uint32_t tokens = drain(limit, alice(), NOW + rows[i].wait_ms, rows[i].burst + 1);
        if (burst != rows[i].burst || tokens != rows[i].tokens) {
            print_error("row \"%s\": %u at first, then %u, should be %u and %u\n", rows[i].what,
                burst, tokens, rows[i].burst, rows[i].tokens);
            failures++;
        }
        bc_limit_free(limit);
    }
    assert_int_equal(failures, 0);
}

static void a_changed_limit_holds_from_then_on(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t per_minute, burst, later;
    } rows[] = {
        { "the same", 600, 100, 70 },
        { "a smaller burst", 600, 5, 5 },
        { "a larger burst, filling up", 600, 200, 70 },
        { "a slower rate", 60, 100, 61 },
        { "a faster one", 60000, 100, 100 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_limit *limit = bc_limit_new(600, 100);
        assert_int_equal(drain(limit, alice(), NOW, 40), 40);
        bc_limit_change(limit, rows[i].per_minute, rows[i].burst);
        uint32_t tokens = 0;
        while (bc_limit_has(limit, alice(), NOW + 1000) && tokens < 1000) {
            assert_true(bc_limit_take(limit, alice(), NOW + 1000));
            tokens++;
        }
        if (tokens != rows[i].later) {
            fail_msg("row \"%s\": %u", rows[i].what, tokens);
        }
        bc_limit_free(limit);
    }
}

static void waiting_in_small_steps_gives_as_much(void **state)
{
    (void)state;
    struct bc_limit *limit = bc_limit_new(7, 100);
    drain(limit, alice(), NOW, 101);
    uint32_t tokens = 0;
    for (uint64_t ms = 1; ms <= 600000; ms++) {
        tokens += drain(limit, alice(), NOW + ms, 2);
    }
    assert_int_equal(tokens, 70);
    bc_limit_free(limit);
}

static void the_largest_burst_and_rate_do_not_overflow(void **state)
{
    (void)state;
    struct bc_limit *limit = bc_limit_new(BILLION, BILLION);
    assert_int_equal(drain(limit, alice(), NOW, 1000), 1000);
    assert_true(bc_limit_take(limit, alice(), NOW + 59999));
    assert_true(bc_limit_take(limit, alice(), UINT64_MAX));
    bc_limit_free(limit);

    limit = bc_limit_new(1, BILLION);
    assert_int_equal(drain(limit, alice(), NOW, 1000), 1000);
    assert_true(bc_limit_take(limit, alice(), UINT64_MAX));
    bc_limit_free(limit);
}

static void the_wait_for_a_token_is_told_exactly(void **state)
{
    (void)state;
    static const struct {
        uint32_t per_minute, burst, taken, owed;
        uint64_t wait_ms;
    } rows[] = {
        { 600, 1, 0, 0, 0 },
        { 600, 1, 1, 0, 100 },
        { 600, 3, 3, 2, 300 },
        { 7, 1, 1, 0, 8572 }, /* rounded up */
        { 1000000000, 1, 1, 0, 1 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_limit *limit = bc_limit_new(rows[i].per_minute, rows[i].burst);
        drain(limit, alice(), NOW, rows[i].taken);
        bc_limit_charge(limit, alice(), rows[i].owed, NOW);
        uint64_t wait = bc_limit_wait(limit, alice(), NOW);
        if (wait != rows[i].wait_ms) {
            fail_msg("row %zu: %llu", i, (unsigned long long)wait);
        }
        assert_true(wait == 0 || !bc_limit_has(limit, alice(), NOW + wait - 1));
        assert_true(bc_limit_has(limit, alice(), NOW + wait));
        bc_limit_free(limit);
    }
}

static void asking_takes_no_token(void **state)
{
    (void)state;
    struct bc_limit *limit = bc_limit_new(1, 1);
    for (int i = 0; i < 10; i++) {
        assert_true(bc_limit_has(limit, alice(), NOW));
    }
    assert_int_equal(bc_limit_count(limit), 0);
    assert_true(bc_limit_take(limit, alice(), NOW));
    assert_false(bc_limit_has(limit, alice(), NOW));
    bc_limit_free(limit);
}

static void one_user_does_not_use_up_another_s_tokens(void **state)
{
    (void)state;
    static const char *const rows[] = { "bob", "alic", "alice2", "Alice", "ALICE", "älice" };
    struct bc_limit *limit = bc_limit_new(1, 3);
    drain(limit, alice(), NOW, 4);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (drain(limit, bc_bytes_text(rows[i]), NOW, 4) != 3) {
            fail_msg("row \"%s\"", rows[i]);
        }
    }
    assert_false(bc_limit_has(limit, alice(), NOW));
    bc_limit_free(limit);
}

static void a_clock_that_goes_back_neither_gives_nor_locks_out(void **state)
{
    (void)state;
    struct bc_limit *limit = bc_limit_new(60, 10);
    drain(limit, alice(), NOW, 11);
    uint64_t back = NOW - 86400000;
    assert_int_equal(drain(limit, alice(), back, 11), 0);
    assert_int_equal(drain(limit, alice(), back + 999, 11), 0);
    assert_int_equal(drain(limit, alice(), back + 1000, 11), 1);

    /* Asking alone is enough for it to go on from the earlier time. */
    back -= 86400000;
    assert_false(bc_limit_has(limit, alice(), back));
    assert_true(bc_limit_has(limit, alice(), back + 1000));
    bc_limit_free(limit);
}

static struct bc_bytes numbered(char *buffer, size_t size, const char *what, uint32_t number)
{
    snprintf(buffer, size, "%s-%u", what, number);
    return bc_bytes_text(buffer);
}

static void buckets_that_have_filled_up_are_dropped(void **state)
{
    (void)state;
    char name[32];
    struct bc_limit *limit = bc_limit_new(600, 100);
    for (uint32_t i = 0; i < 10000; i++) {
        assert_true(bc_limit_take(limit, numbered(name, sizeof(name), "user", i), NOW));
    }
    assert_int_equal(bc_limit_count(limit), 10000);
    for (uint32_t i = 0; i < 10000; i++) {
        bc_limit_take(limit, alice(), NOW + 100 + i);
    }
    assert_int_equal(bc_limit_count(limit), BC_LIMIT_KEPT);
    bc_limit_free(limit);
}

static void a_bucket_that_was_asked_for_last_can_be_dropped(void **state)
{
    (void)state;
    char name[32];
    struct bc_limit *limit = bc_limit_new(600, 100);
    for (uint32_t i = 0; i <= BC_LIMIT_KEPT; i++) {
        bc_limit_take(limit, numbered(name, sizeof(name), "user", i), NOW);
    }
    struct bc_bytes first = numbered(name, sizeof(name), "user", 0);
    assert_true(bc_limit_has(limit, first, NOW));
    assert_true(bc_limit_take(limit, alice(), NOW + 60000));
    assert_int_equal(bc_limit_count(limit), BC_LIMIT_KEPT + 1); /* one more, one less */
    assert_true(bc_limit_has(limit, first, NOW + 60000));
    bc_limit_free(limit);
}

static void memory_follows_those_who_sent_lately(void **state)
{
    (void)state;
    char name[32];
    struct bc_limit *limit = bc_limit_new(600, 100);
    size_t most = 0;
    /* Ten new users a millisecond, each forgotten after 100 ms: 1,000 are needed at a time. */
    for (uint32_t i = 0; i < 200000; i++) {
        bc_limit_take(limit, numbered(name, sizeof(name), "user", i), NOW + i / 10);
        most = bc_limit_count(limit) > most ? bc_limit_count(limit) : most;
    }
    if (most > 3000) {
        fail_msg("%zu buckets at a time", most);
    }
    bc_limit_free(limit);
}

static void a_dropped_bucket_gives_nothing_away(void **state)
{
    (void)state;
    char name[32];
    struct bc_limit *limit = bc_limit_new(60, 5);
    /* Others come and go all the time; alice still gets her burst and one a second, no more. */
    uint32_t tokens = 0;
    for (uint32_t ms = 0; ms < 100000; ms++) {
        bc_limit_take(limit, numbered(name, sizeof(name), "user", ms % 2003), NOW + ms);
        tokens += bc_limit_take(limit, alice(), NOW + ms) ? 1 : 0;
    }
    assert_int_equal(tokens, 5 + 99);
    bc_limit_free(limit);
}

static void a_charge_is_owed_up_to_a_whole_bucket(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint32_t taken, charge;
        uint64_t wait_ms;
        uint32_t tokens;
    } rows[] = {
        { "nothing", 0, 0, 0, 100 },
        { "what is there", 0, 30, 0, 70 },
        { "all that is there", 40, 60, 0, 0 },
        { "more than is there", 90, 30, 1999, 0 },
        { "more than is there, in a while", 90, 30, 2100, 1 },
        { "of an empty one", 100, 1, 199, 0 },
        { "of an empty one, in a while", 100, 1, 200, 1 },
        { "a whole bucket's worth more", 100, 100, 10099, 0 },
        { "a whole bucket's worth more, in a while", 100, 100, 10100, 1 },
        { "far more", 100, UINT32_MAX, 10099, 0 },
        { "far more, in a while", 100, UINT32_MAX, 10100, 1 },
        { "far more, and filled up", 100, UINT32_MAX, 20000, 100 },
        { "far more, long ago", 100, UINT32_MAX, UINT64_MAX - NOW, 100 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bc_limit *limit = bc_limit_new(600, 100);
        assert_int_equal(drain(limit, alice(), NOW, rows[i].taken), rows[i].taken);
        bc_limit_charge(limit, alice(), rows[i].charge, NOW);
        uint32_t tokens = drain(limit, alice(), NOW + rows[i].wait_ms, 200);
        if (tokens != rows[i].tokens) {
            fail_msg("row \"%s\": %u", rows[i].what, tokens);
        }
        bc_limit_free(limit);
    }
    struct bc_limit *limit = bc_limit_new(BILLION, BILLION);
    bc_limit_charge(limit, alice(), UINT32_MAX, NOW);
    assert_false(bc_limit_has(limit, alice(), NOW));
    assert_true(bc_limit_has(limit, alice(), UINT64_MAX));
    bc_limit_free(limit);
}

static void freeing_nothing_is_allowed(void **state)
{
    (void)state;
    bc_limit_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_come_back_with_time),
        cmocka_unit_test(a_changed_limit_holds_from_then_on),
        cmocka_unit_test(waiting_in_small_steps_gives_as_much),
        cmocka_unit_test(the_largest_burst_and_rate_do_not_overflow),
        cmocka_unit_test(the_wait_for_a_token_is_told_exactly),
        cmocka_unit_test(asking_takes_no_token),
        cmocka_unit_test(one_user_does_not_use_up_another_s_tokens),
        cmocka_unit_test(a_clock_that_goes_back_neither_gives_nor_locks_out),
        cmocka_unit_test(buckets_that_have_filled_up_are_dropped),
        cmocka_unit_test(a_bucket_that_was_asked_for_last_can_be_dropped),
        cmocka_unit_test(memory_follows_those_who_sent_lately),
        cmocka_unit_test(a_dropped_bucket_gives_nothing_away),
        cmocka_unit_test(a_charge_is_owed_up_to_a_whole_bucket),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
