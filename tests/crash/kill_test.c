/*
 * The broker is killed at random instants, under load from several clients, many times on one
 * store. What was acknowledged or shown is there, once, in order; what was answered is as it was.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "inspect.h"
#include "story.h"

/* A broker with sanitizers takes long to start. */
#ifdef BACKCHANNEL_SANITIZED
enum {
    KILLS = 8
};
#else
enum {
    KILLS = 30 /* for each test */
};
#endif

enum {
    LONGEST_US = 150000, /* of a life */
    CHECK_ALL = 10       /* once in so many lives */
};

/* With checkpoints all the time; and with none, so that all deliveries remain owed. */
static const char *const publish_committing[] = { "durability publish", "checkpoint_facts 40",
    "rate_per_minute 1000000000", "rate_burst 1000000000", NULL };
static const char *const batch_committing[] = { "durability batch", "checkpoint_facts 40",
    "rate_per_minute 1000000000", "rate_burst 1000000000", NULL };
static const char *const publish_owing[] = { "durability publish", "checkpoint_facts 1000000000",
    "rate_per_minute 1000000000", "rate_burst 1000000000", NULL };
static const char *const batch_owing[] = { "durability batch", "checkpoint_facts 1000000000",
    "rate_per_minute 1000000000", "rate_burst 1000000000", NULL };

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool time_is_up(void *context)
{
    const int64_t *deadline = context;

    return now_us() >= *deadline;
}

static void live_and_die(struct broker *b, struct story *s, struct dice *dice)
{
    uint32_t us =
        dice_one_in(dice, 3) ? dice_magnitude(dice, LONGEST_US) : dice_below(dice, LONGEST_US);
    int64_t deadline = now_us() + us;

    story_live(s, time_is_up, &deadline);
    broker_kill(b);
    story_part(s);
    inspect_broker(b);
    broker_restart(b);
}

static void check(struct story *s, bool all, bool owing)
{
    story_meet(s);
    if (!story_check(s, all) || (owing && !story_check_delivered(s)))
        fail_msg("%s", story_complaint(s));
}

static void kill_many(void **state, const char *const *options, bool owing)
{
    struct dice dice = dice_new();
    struct broker *b = broker_start(&(struct broker_options){ .users = story_users,
        .lines_before = story_lines,
        .plugin_options = options,
        .persistence = true });
    struct story *s = *state = story_new(b, &dice, STORY_ACKNOWLEDGED);

    story_found(s);
    for (int i = 0; i < KILLS; i++) {
        check(s, i % CHECK_ALL == 0, owing);
        live_and_die(b, s, &dice);
    }
    check(s, true, owing);
    inspect_broker(b);
    story_print(s);
}

static void a_kill_loses_nothing_with_durability_publish(void **state)
{
    kill_many(state, publish_committing, false);
}

static void a_kill_loses_nothing_with_durability_batch(void **state)
{
    kill_many(state, batch_committing, false);
}

static void deliveries_owed_at_a_kill_go_out_after_it_with_durability_publish(void **state)
{
    kill_many(state, publish_owing, true);
}

static void deliveries_owed_at_a_kill_go_out_after_it_with_durability_batch(void **state)
{
    kill_many(state, batch_owing, true);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, story_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_kill_loses_nothing_with_durability_publish),
        TEST(a_kill_loses_nothing_with_durability_batch),
        TEST(deliveries_owed_at_a_kill_go_out_after_it_with_durability_publish),
        TEST(deliveries_owed_at_a_kill_go_out_after_it_with_durability_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
