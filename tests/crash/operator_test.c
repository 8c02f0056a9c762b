/*
 * What the operator is told was done is on the disk: a disk that can't sync lets nothing be said to
 * be done, and a power cut right behind an answer takes nothing of it back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "life.h"
#include "rig.h"

enum {
    CUTS = 8,
    CHANGES = 40, /* until a cut, at most */
    ACTS = 200,
    END_MS = 60000,
    HEALS_MS = 20000,
    PAUSE_US = 200000
};

#define DAY_MS 86400000.0

static struct tool_run run;

static struct broker *begin(struct rig **rig)
{
    static const char *const options[] = { "durability batch", NULL };
    struct client *bob;
    struct broker *b;

    *rig = rig_new(options);
    b = rig_start(*rig);
    bob = client_login(b, "bob");
    talk_send(bob, "alice", "hello");
    (void)talk_get_text(bob, "sent", "alice", "hello"); /* it is durable */
    return b;
}

/* For how many days from now on bob is suspended, in whole days; 0 if he isn't. */
static int days_left(const struct broker *b, const struct rig *rig)
{
    const char *found;

    tool_run(b, &run, "users", rig_data(rig), "bob", "--json", NULL);
    assert_int_equal(run.code, 0);
    found = strstr(run.text, "\"suspended\":");
    if (found == NULL) {
        return 0;
    }
    return (int)((strtod(found + strlen("\"suspended\":"), NULL) - (double)time(NULL) * 1000.0) /
                     DAY_MS +
                 0.5);
}

static void what_cannot_be_synced_is_not_said_to_be_done(void **state)
{
    int64_t deadline;
    struct rig *rig;
    struct broker *b = begin(&rig);

    (void)state;
    rig_fail(rig, DISK_SYNC, 1, 1000000, EIO);
    tool_expect(b, 2, "(storage-error)", "suspend", rig_data(rig), "bob", "--days", "9", NULL);
    rig_heal(rig);
    deadline = now_ms() + HEALS_MS;
    do {
        rig_pass_time(rig, 1);
        usleep(PAUSE_US);
        tool_run(b, &run, "suspend", rig_data(rig), "alice", NULL);
    } while (run.code != 0 && now_ms() < deadline);
    assert_int_equal(run.code, 0);
    assert_int_equal(days_left(b, rig), 0);
    broker_free(b);
    rig_free(rig);
}

/* Each suspension is a day longer than the one before: what was answered is never taken back. */
static void a_power_cut_takes_back_nothing_that_was_answered(void **state)
{
    int days = 0;
    int status;
    int found;
    char text[16];
    struct rig *rig;
    struct broker *b = begin(&rig);

    (void)state;
    for (unsigned cut = 0; cut < CUTS; cut++) {
        rig_cut_power(rig, 1 + (cut * 13) % CHANGES, 4711 + cut);
        for (int i = 0; i < ACTS; i++) {
            (void)snprintf(text, sizeof(text), "%d", days + 1);
            tool_run(b, &run, "suspend", rig_data(rig), "bob", "--days", text, NULL);
            if (run.code != 0) {
                break;
            }
            days++;
        }
        assert_true(broker_wait_end(b, END_MS, &status));
        rig_cut_power(rig, 0, 0);
        broker_restart(b);
        found = days_left(b, rig);
        if (found < days || found > days + 1) {
            fail_msg("%d days were answered, and there are %d", days, found);
        }
        days = found;
    }
    assert_true(days > CUTS);
    broker_free(b);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_synced_is_not_said_to_be_done),
        cmocka_unit_test(a_power_cut_takes_back_nothing_that_was_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
