/*
 * The power of servers of PostgreSQL and of brokers is cut at random instants: every second time
 * that of all three servers. With CLUSTER_CUTS in the environment each durability has so many cuts,
 * else as many as fit into half a minute.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "trial.h"

/* Each of them is visibly skipped where there are no disks. */
static void demand_disks(void)
{
    if (!disk_available())
        skip();
}

/* ---- the disk itself ---- */

struct drive {
    char dir[64];
    char path[96];
    struct disk *disk;
};

static void put(const struct drive *d, const char *name, const char *text, bool synced)
{
    char path[128];
    int fd;

    snprintf(path, sizeof path, "%s/%s", d->path, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    assert_true(fd != -1);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_true(!synced || fsync(fd) == 0);
    close(fd);
}

static void expect_there(const struct drive *d, const char *name, const char *text)
{
    char path[128];
    char *found;

    snprintf(path, sizeof path, "%s/%s", d->path, name);
    found = file_read(path, 0);
    assert_string_equal(found, text);
    free(found);
}

static void what_was_synced_before_a_cut_is_there_and_nothing_else(void **state)
{
    const char *tmp = getenv("TMPDIR");
    struct drive *d;
    int fd;

    demand_disks();
    d = *state = calloc(1, sizeof *d);
    assert_non_null(d);
    snprintf(d->dir, sizeof d->dir, "%s/bc-disk.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(d->dir));
    snprintf(d->path, sizeof d->path, "%s/disk", d->dir);
    d->disk = disk_new(d->path, 16);
    put(d, "both", "first", true);
    put(d, "both", "other", false);
    put(d, "synced", "synced", true);
    put(d, "written", "written", false);
    disk_write_all(d->disk);
    put(d, "forgotten", "forgotten", false);
    fd = open(d->path, O_RDONLY | O_CLOEXEC);
    disk_cut(d->disk);
    assert_int_equal(fsync(fd), -1);
    close(fd);
    disk_mount(d->disk);
    expect_there(d, "both", "other");
    expect_there(d, "synced", "synced");
    expect_there(d, "written", "written");
    expect_there(d, "forgotten", "");
    put(d, "both", "third", false);
    disk_cut(d->disk);
    disk_mount(d->disk);
    expect_there(d, "both", "other");
}

static int end_drive(void **state)
{
    struct drive *d = *state;

    *state = NULL;
    if (d == NULL)
        return 0;
    disk_free(d->disk);
    rmdir(d->dir);
    free(d);
    return 0;
}

/* ---- servers and brokers ---- */

static const struct trial_event events[] = {
    { TRIAL_SERVERS, TRIAL_NO_BROKER, .promoted = false },
    { TRIAL_PRIMARY, TRIAL_NO_BROKER, .promoted = true },
    { TRIAL_SERVERS, TRIAL_BROKERS, .promoted = false },
    { TRIAL_NO_SERVER, TRIAL_BROKER, .promoted = false },
    { TRIAL_SERVERS, TRIAL_NO_BROKER, .promoted = true },
    { TRIAL_STANDBYS, TRIAL_BROKER, .promoted = false },
    { TRIAL_SERVERS, TRIAL_BROKER, .promoted = false },
    { TRIAL_PRIMARY, TRIAL_BROKER, .promoted = true },
    { TRIAL_SERVERS, TRIAL_BROKERS, .promoted = true },
    { TRIAL_PRIMARY_AND_STANDBY, TRIAL_NO_BROKER, .promoted = false },
};

static const struct trial_options cutting = {
    .disks = true,
    .events = events,
    .event_count = sizeof events / sizeof *events,
    .variable = "CLUSTER_CUTS",
    .ms = 30000,
};

static void power_cuts_lose_nothing_with_durability_publish(void **state)
{
    demand_disks();
    trial_run(state, &cutting, LEDGER_ACKNOWLEDGED);
}

static void power_cuts_lose_nothing_with_durability_batch(void **state)
{
    demand_disks();
    trial_run(state, &cutting, LEDGER_SHOWN);
}

/* ---- teeth ---- */

enum {
    LIVE_MS = 1000,
    TEETH_CUTS = 5 /* within which it must be found out */
};

/* What there is now is on the disks, and no standby's has more than the primary's. */
static void write_servers(const struct world *world)
{
    unsigned primary = postgres_primary(world->postgres);

    for (unsigned i = 1; i <= POSTGRES_SERVERS; i++)
        disk_write_all(world->disks[(primary + i) % POSTGRES_SERVERS]);
}

/* Brokers that have lost their stores know nothing but what the servers have. */
static void forget_stores(const struct world *world)
{
    for (unsigned i = 0; i < world->count; i++) {
        directory_remove(world_data(world, i));
        assert_int_equal(mkdir(world_data(world, i), S_IRWXU), 0);
    }
}

static bool is_found_out(struct trial *t)
{
    const unsigned all = (1U << POSTGRES_SERVERS) - 1;

    postgres_expect_whole(t->world->postgres);
    world_expect_ready(t->world);
    ledger_meet(t->ledger);
    ledger_live(t->ledger, LIVE_MS);
    write_servers(t->world);
    ledger_live(t->ledger, LIVE_MS);
    world_end(t->world, all, all);
    forget_stores(t->world);
    world_begin(t->world, all, all);
    return !ledger_check(t->ledger);
}

static void servers_that_do_not_sync_are_found_out(void **state)
{
    static const char *const options[] = { "durability publish", "log_wait_ms 2000", NULL };
    struct trial *t;

    demand_disks();
    t = *state = calloc(1, sizeof *t);
    assert_non_null(t);
    t->dice = dice_new();
    t->world = world_new(&(struct world_options){
        .count = WORLD_BROKERS, .options = options, .disks = true, .unsynced = true });
    t->ledger = ledger_new(t->world, &t->dice, LEDGER_ACKNOWLEDGED);
    ledger_found(t->ledger);
    for (int i = 0; i < TEETH_CUTS; i++) {
        if (is_found_out(t)) {
            print_message("  found out at cut %d: %s\n", i + 1, ledger_complaint(t->ledger));
            return;
        }
    }
    fail_msg("servers don't sync, and nobody has noticed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            what_was_synced_before_a_cut_is_there_and_nothing_else, end_drive),
        cmocka_unit_test_teardown(power_cuts_lose_nothing_with_durability_publish, trial_end),
        cmocka_unit_test_teardown(power_cuts_lose_nothing_with_durability_batch, trial_end),
        cmocka_unit_test_teardown(servers_that_do_not_sync_are_found_out, trial_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
