/*
 * The power is cut at random points, under load and while the broker starts, many times on one
 * store; what was not synced is then kept, lost or torn. The store opens, always; and what the
 * chosen durability promises is there.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "inspect.h"
#include "process.h"
#include "scene.h"

/* A broker with sanitizers takes long to start. */
#ifdef BACKCHANNEL_SANITIZED
enum {
    CUTS = 20
};
#else
enum {
    CUTS = 100 /* for each durability, under load */
};
#endif

enum {
    STORE_CUTS = 10, /* after so many the store is a new one */
    CHANGES = 1500,  /* until a cut, at most */
    START_CHANGES = 60,
    TEETH_CUTS = 100, /* within which a lie must be found out */
    END_MS = 60000
};

static void cut_in(struct scene *scene, uint32_t most)
{
    rig_cut_power(
        scene->rig, dice_magnitude(&scene->dice, most), dice_below(&scene->dice, 1U << 31));
}

struct wait {
    struct broker *broker;
    int64_t deadline;
};

static bool has_ended(void *context)
{
    const struct wait *wait = context;
    int status = 0;

    if (now_ms() >= wait->deadline)
        fail_msg("the broker changed nothing on its disk for so long that the power is still on");
    return broker_wait_end(wait->broker, 0, &status);
}

/* Now and then the power is cut again while the broker starts. Returns whether it starts. */
static bool start_again(struct scene *scene)
{
    int status = 128 + SIGKILL;

    while (status == 128 + SIGKILL && dice_one_in(&scene->dice, 3)) {
        cut_in(scene, START_CHANGES);
        status = broker_try_restart(scene->broker);
        rig_cut_power(scene->rig, 0, 0);
        broker_kill(scene->broker);
    }
    return (status == 0 || status == 128 + SIGKILL) && broker_try_restart(scene->broker) == 0;
}

/* A life that a power cut ends. Returns whether all was as it ought to be. */
static bool live_until_cut(struct scene *scene, bool check_all)
{
    struct wait wait = { .broker = scene->broker, .deadline = now_ms() + END_MS };

    story_meet(scene->story);
    if (!story_check(scene->story, check_all))
        return false;
    cut_in(scene, CHANGES);
    story_live(scene->story, has_ended, &wait);
    story_part(scene->story);
    return start_again(scene);
}

static void complain(const struct scene *scene)
{
    if (story_complaint(scene->story) != NULL)
        fail_msg("%s", story_complaint(scene->story));
    broker_print_log(scene->broker);
    fail_msg("the store does not open, with the log above");
}

static void cut_often(struct scene *scene, const struct durability *durability)
{
    for (int i = 0; i < CUTS; i++) {
        if (i % STORE_CUTS == 0) {
            scene_open(scene, durability);
            story_found(scene->story);
        }
        if (!live_until_cut(scene, i % STORE_CUTS == STORE_CUTS / 2))
            complain(scene);
        if (i % STORE_CUTS == STORE_CUTS - 1) {
            story_meet(scene->story);
            if (!story_check(scene->story, true))
                complain(scene);
            inspect(rig_data(scene->rig));
            story_print(scene->story);
        }
    }
}

static void a_power_cut_loses_nothing_acknowledged_with_durability_publish(void **state)
{
    cut_often(*state, &scene_publish);
}

static void a_power_cut_loses_only_what_nobody_was_shown_with_durability_batch(void **state)
{
    cut_often(*state, &scene_batch);
}

static void a_store_that_is_being_made_when_the_power_is_cut_opens(void **state)
{
    struct scene *scene = *state;
    int cuts = 0;

    scene_open(scene, &scene_publish);
    for (uint32_t changes = 1, status = 1; status != 0; changes++) {
        broker_stop(scene->broker);
        rig_wipe(scene->rig);
        rig_cut_power(scene->rig, changes, dice_below(&scene->dice, 1U << 31));
        status = (uint32_t)broker_try_restart(scene->broker);
        rig_cut_power(scene->rig, 0, 0);
        if (status == 0)
            break;
        assert_int_equal(status, 128 + SIGKILL);
        if (broker_try_restart(scene->broker) != 0)
            complain(scene);
        cuts++;
    }
    print_message("  %d cuts\n", cuts);
}

/* ---- teeth ---- */

static const struct lie {
    const char *name;
    const char *about;
    enum disk_lie lie;
    const struct durability *durability;
} lies[] = {
    { "messages are acknowledged before they are synced", "journal", DISK_LATE_SYNC,
        &scene_publish },
    { "messages are echoed before they are synced", "journal", DISK_LATE_SYNC, &scene_batch },
    { "the journal is never synced", "journal", DISK_NO_SYNC, &scene_publish },
    { "the journal is never synced, with durability batch", "journal", DISK_NO_SYNC, &scene_batch },
    { "the directory is never synced", ".", DISK_NO_SYNC, &scene_publish },
};

static bool found_out(struct scene *scene, const struct lie *lie)
{
    for (int i = 0; i < TEETH_CUTS; i++) {
        if (i % STORE_CUTS == 0) {
            scene_open(scene, lie->durability);
            broker_stop(scene->broker);
            rig_wipe(scene->rig);
            rig_lie(scene->rig, lie->lie, lie->about);
            broker_restart(scene->broker);
            story_found(scene->story);
        }
        if (!live_until_cut(scene, i % STORE_CUTS == STORE_CUTS - 1)) {
            print_message("  %s: found out at cut %d: %s\n", lie->name, i + 1,
                story_complaint(scene->story) ? story_complaint(scene->story)
                                              : "the store does not open");
            return true;
        }
    }
    return false;
}

static void a_disk_that_does_not_sync_is_found_out(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        if (!found_out(scene, &lies[i]))
            fail_msg("%s, and nobody has noticed", lies[i].name);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_power_cut_loses_nothing_acknowledged_with_durability_publish),
        TEST(a_power_cut_loses_only_what_nobody_was_shown_with_durability_batch),
        TEST(a_store_that_is_being_made_when_the_power_is_cut_opens),
        TEST(a_disk_that_does_not_sync_is_found_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
