/*
 * Each call of the broker's that can fail, failing in turn, once and from there on: on the disk,
 * and for memory. Nothing is acknowledged that isn't stored, nothing is stored by half, and the
 * broker lives, or refuses to start with a line that says why. When the fault is over, life goes
 * on.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "inspect.h"
#include "scene.h"

enum {
    STRANGERS_LIVES = 12, /* before the faults, so that there is somebody to approve and to block */
    LIFE_TURNS = 60,
    MERGE_US = 10000, /* the changes of a round are merged a moment later */
    MISSES = 12,
    CHECK_ALL = 50, /* once in so many rounds */
    LATER_S = 40    /* longer than the store waits before it tries again */
};

/* With sanitizers the broker takes long to start, and memory is theirs. */
#ifdef BACKCHANNEL_SANITIZED
enum {
    EVERY = 19 /* call */
};
#else
enum {
    EVERY = 1
};
#endif

static const struct row {
    const char *name;
    enum disk_call what;
    int code;
    uint32_t count;
} rows[] = {
    { "one write, ENOSPC", DISK_WRITE, ENOSPC, 1 },
    { "every write, ENOSPC", DISK_WRITE, ENOSPC, UINT32_MAX },
    { "one write, EIO", DISK_WRITE, EIO, 1 },
    { "every write, EIO", DISK_WRITE, EIO, UINT32_MAX },
    { "one write, short", DISK_WRITE, DISK_SHORT, 1 },
    { "every write, short", DISK_WRITE, DISK_SHORT, UINT32_MAX },
    { "one sync, EIO", DISK_SYNC, EIO, 1 },
    { "two syncs, EIO", DISK_SYNC, EIO, 2 },
    { "every sync, EIO", DISK_SYNC, EIO, UINT32_MAX },
    { "one change of a length, ENOSPC", DISK_LENGTH, ENOSPC, 1 },
    { "every change of a length, EIO", DISK_LENGTH, EIO, UINT32_MAX },
    { "one file opened, EMFILE", DISK_OPEN, EMFILE, 1 },
    { "every file opened, EACCES", DISK_OPEN, EACCES, UINT32_MAX },
    { "one file mapped, ENOMEM", DISK_MAP, ENOMEM, 1 },
    { "every file mapped, ENOMEM", DISK_MAP, ENOMEM, UINT32_MAX },
    { "one thread started, EAGAIN", DISK_THREAD, EAGAIN, 1 },
    { "every thread started, EAGAIN", DISK_THREAD, EAGAIN, UINT32_MAX },
#ifndef BACKCHANNEL_SANITIZED
    { "one allocation", DISK_MEMORY, ENOMEM, 1 },
    { "every allocation", DISK_MEMORY, ENOMEM, UINT32_MAX },
#endif
};

enum {
    ROWS = sizeof rows / sizeof *rows
};

static void demand(struct scene *scene, const struct row *row, uint32_t n, bool good)
{
    if (good)
        return;
    broker_print_log(scene->broker);
    fail_msg("%s, from call %u on: %s", row->name, n,
        story_complaint(scene->story) ? story_complaint(scene->story) : "life does not go on");
}

/* A store with a past: users, a group, strangers. */
static void furnish(struct scene *scene)
{
    story_found(scene->story);
    for (int i = 0; i < STRANGERS_LIVES; i++) {
        int turns = LIFE_TURNS;

        story_meet(scene->story);
        assert_true(story_check(scene->story, false));
        story_live(scene->story, story_turns, &turns);
        story_part(scene->story);
    }
    story_meet(scene->story);
    if (!story_check(scene->story, true))
        fail_msg("%s", story_complaint(scene->story));
}

/* ---- while it serves ---- */

/* Returns whether the round had as many calls as ${n}. */
static bool live_through(struct scene *scene, const struct row *row, uint32_t n)
{
    bool had;

    rig_fail(scene->rig, row->what, n, row->count, row->code);
    story_round(scene->story);
    usleep(MERGE_US);
    had = rig_calls(scene->rig, row->what) >= n;
    rig_heal(scene->rig);
    rig_pass_time(scene->rig, LATER_S);
    demand(scene, row, n, story_goes_on(scene->story));
    demand(scene, row, n, story_check(scene->story, n % CHECK_ALL == 0));
    return had;
}

/* Until no round has as many calls any more; they differ. Returns the last that failed. */
static uint32_t live_through_row(struct scene *scene, const struct row *row)
{
    uint32_t last = 0;

    for (uint32_t n = 1 + dice_below(&scene->dice, EVERY); n <= last + MISSES * EVERY; n += EVERY) {
        if (live_through(scene, row, n))
            last = n;
    }
    return last;
}

static void live_through_all(struct scene *scene, const struct durability *durability)
{
    scene_open(scene, durability);
    furnish(scene);
    for (size_t i = 0; i < ROWS; i++) {
        uint32_t n = live_through_row(scene, &rows[i]);

        print_message("  %s: %u calls\n", rows[i].name, n);
        broker_kill(scene->broker);
        story_part(scene->story);
        inspect(rig_data(scene->rig));
        broker_restart(scene->broker);
        story_meet(scene->story);
        demand(scene, &rows[i], n, story_check(scene->story, true));
    }
    story_print(scene->story);
}

static void whatever_call_fails_nothing_is_half_done_with_durability_publish(void **state)
{
    live_through_all(*state, &scene_publish_every_change);
}

static void whatever_call_fails_nothing_is_half_done_with_durability_batch(void **state)
{
    live_through_all(*state, &scene_batch_every_change);
}

/* ---- while it starts ---- */

/* Start with a fault. Returns whether there were as many calls as ${n}. */
static bool start_through(struct scene *scene, const struct row *row, uint32_t n)
{
    int status;
    bool had;

    rig_fail(scene->rig, row->what, n, row->count, row->code);
    status = broker_try_restart(scene->broker);
    had = rig_calls(scene->rig, row->what) >= n;
    rig_heal(scene->rig);
    if (status >= 128 || (status != 0 && !broker_log_contains(scene->broker, "Backchannel: "))) {
        broker_print_log(scene->broker);
        fail_msg("%s, from call %u on: the broker ended with %d", row->name, n, status);
    }
    broker_kill(scene->broker);
    return had;
}

static void whatever_call_fails_at_the_start_it_is_told_and_loses_nothing(void **state)
{
    struct scene *scene = *state;

    scene_open(scene, &scene_publish_every_change);
    furnish(scene);
    for (size_t i = 0; i < ROWS; i++) {
        uint32_t n = 1 + dice_below(&scene->dice, EVERY);

        do {
            int turns = LIFE_TURNS / 4;

            story_live(scene->story, story_turns, &turns); /* something to be replayed */
            broker_kill(scene->broker);
            story_part(scene->story);
            for (uint32_t last = n + 10 * EVERY; n < last; n += EVERY) {
                if (!start_through(scene, &rows[i], n))
                    n = UINT32_MAX - EVERY;
            }
            broker_restart(scene->broker);
            story_meet(scene->story);
            demand(scene, &rows[i], n, story_check(scene->story, false));
        } while (n < UINT32_MAX - EVERY);
        demand(scene, &rows[i], n, story_check(scene->story, true));
    }
    story_print(scene->story);
}

static void whatever_call_fails_while_a_store_is_made_it_is_told_and_made_the_next_time(
    void **state)
{
    struct scene *scene = *state;

    scene_open(scene, &scene_publish_every_change);
    for (size_t i = 0; i < ROWS; i++) {
        uint32_t n = 1 + dice_below(&scene->dice, EVERY);
        bool had;

        do {
            broker_kill(scene->broker);
            rig_wipe(scene->rig);
            had = start_through(scene, &rows[i], n);
            broker_restart(scene->broker);
            n += EVERY;
        } while (had);
        print_message("  %s: %u calls\n", rows[i].name, n - 1 - EVERY);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(whatever_call_fails_nothing_is_half_done_with_durability_publish),
        TEST(whatever_call_fails_nothing_is_half_done_with_durability_batch),
        TEST(whatever_call_fails_at_the_start_it_is_told_and_loses_nothing),
        TEST(whatever_call_fails_while_a_store_is_made_it_is_told_and_made_the_next_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
