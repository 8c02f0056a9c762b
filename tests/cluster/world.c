#include "world.h"

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

#include "clock.h"
#include "cluster.h"
#include "ledger.h"
#include "process.h"

enum {
    READY_MS = 60000,
    STEP_US = 50000,
    PATH_SIZE = 192,
    DISK_MB = 1024
};

static void disk_path(const struct world *world, unsigned index, char path[PATH_SIZE])
{
    snprintf(path, PATH_SIZE, "%s/disk%u", world->disk_dir, index);
}

static void make_disks(struct world *world, unsigned count)
{
    const char *tmp = getenv("TMPDIR");
    char path[PATH_SIZE];

    snprintf(world->disk_dir, sizeof world->disk_dir, "%s/bc-disks.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(world->disk_dir));
    assert_int_equal(chmod(world->disk_dir, 0755), 0); /* servers have a user of their own */
    for (unsigned i = 0; i < count; i++) {
        disk_path(world, i, path);
        world->disks[i] = disk_new(path, DISK_MB);
    }
}

static void start_servers(struct world *world, const struct world_options *given)
{
    char paths[POSTGRES_SERVERS][PATH_SIZE];
    const char *dirs[POSTGRES_SERVERS];
    struct postgres_host hosts[POSTGRES_SERVERS];

    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        disk_path(world, i, paths[i]);
        dirs[i] = paths[i];
        if (given->net != NULL) {
            hosts[i].network = net_host(given->net, world_host_of_server(i));
            hosts[i].address = net_address(given->net, world_host_of_server(i));
        }
    }
    world->postgres = postgres_start_with(&(struct postgres_options){ .servers = POSTGRES_SERVERS,
        .shim = given->clocks ? CLOCK_SHIM : NULL,
        .hosts = given->net != NULL ? hosts : NULL,
        .dirs = given->disks ? dirs : NULL,
        .synced = given->disks && !given->unsynced });
}

/* What the broker, which has no plugin yet, is to store goes to a disk of its own. */
static void give_disk(struct world *world, unsigned index)
{
    char path[PATH_SIZE];

    assert_int_equal(rmdir(world_data(world, index)), 0);
    disk_path(world, POSTGRES_SERVERS + index, path);
    assert_int_equal(symlink(path, world_data(world, index)), 0);
    broker_add_plugin(world->brokers[index]);
}

static void start_broker(struct world *world, unsigned index, const struct world_options *given)
{
    const char **own = world->options[index];
    size_t count = 0;

    snprintf(world->nodes[index], sizeof world->nodes[index], "node_id %u", index + 1);
    own[count++] = given->log != NULL ? given->log : postgres_option(world->postgres);
    own[count++] = world->nodes[index];
    own[count++] = "rate_burst 1000000000";
    own[count++] = "rate_per_minute 1000000000";
    if (given->of_last != NULL && index + 1 == given->count)
        own[count++] = given->of_last;
    for (const char *const *option = given->options; *option != NULL; option++) {
        assert_true(count + 1 < WORLD_OPTIONS);
        own[count++] = *option;
    }
    if (given->clocks)
        snprintf(world->clocks[index], sizeof world->clocks[index], "CLOCK_SHIM=%s/broker%u.clock",
            postgres_dir(world->postgres), index);
    world->environment[index][0] = given->clocks ? world->clocks[index] : NULL;
    world->brokers[index] = broker_start(&(struct broker_options){ .users = ledger_users,
        .network = given->net != NULL ? net_host(given->net, world_host_of_broker(index)) : 0,
        .lines_before = ledger_lines,
        .plugin_options = own,
        .environment = world->environment[index],
        .preload = world->preload,
        .bare = given->disks });
    if (given->disks)
        give_disk(world, index);
}

unsigned world_host_of_server(unsigned index)
{
    return index;
}

unsigned world_host_of_broker(unsigned index)
{
    return POSTGRES_SERVERS + index;
}

struct world *world_new(const struct world_options *options)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    assert_true(options->count <= WORLD_BROKERS);
    world->count = options->count;
    if (options->disks)
        make_disks(world, POSTGRES_SERVERS + world->count);
    if (options->log == NULL)
        start_servers(world, options);
    snprintf(world->preload, sizeof world->preload, "%s:%s",
        cluster_preload != NULL ? cluster_preload : "", options->clocks ? CLOCK_SHIM : "");
    for (unsigned i = 0; i < world->count; i++)
        start_broker(world, i, options);
    return world;
}

void world_set_clock(struct world *world, unsigned index, long long seconds)
{
    clock_set(strchr(world->clocks[index], '=') + 1, seconds, 0);
}

void world_free(struct world *world)
{
    if (world == NULL)
        return;
    for (unsigned i = 0; i < world->count; i++)
        broker_free(world->brokers[i]);
    postgres_free(world->postgres);
    for (unsigned i = 0; i < WORLD_DISKS; i++)
        disk_free(world->disks[i]);
    if (world->disk_dir[0] != '\0')
        rmdir(world->disk_dir);
    free(world);
}

void world_print(const struct world *world)
{
    for (unsigned i = 0; i < world->count; i++)
        broker_print_log(world->brokers[i]);
    if (world->postgres != NULL)
        postgres_print(world->postgres);
}

/* ---- ends and begins ---- */

static bool is_in(unsigned set, unsigned index)
{
    return (set >> index & 1U) != 0;
}

/*
 * All disks first. What somebody is told until the processes have ended, too, was on the disks of
 * two servers before, since nothing gets there any more: a promise as good as any.
 */
void world_end(struct world *world, unsigned servers, unsigned brokers)
{
    unsigned disks = servers | brokers << POSTGRES_SERVERS;

    for (unsigned i = 0; i < WORLD_DISKS; i++) {
        if (is_in(disks, i) && world->disks[i] != NULL)
            disk_cut(world->disks[i]);
    }
    for (unsigned i = 0; i < world->count; i++) {
        if (is_in(brokers, i))
            broker_kill(world->brokers[i]);
    }
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        if (is_in(servers, i))
            postgres_kill_hard(world->postgres, i);
    }
}

static void mount_again(struct world *world, unsigned disk)
{
    if (world->disks[disk] != NULL)
        disk_mount(world->disks[disk]);
}

void world_begin(struct world *world, unsigned servers, unsigned brokers)
{
    for (unsigned i = 0; i < POSTGRES_SERVERS; i++) {
        if (!is_in(servers, i) || postgres_runs(world->postgres, i))
            continue;
        mount_again(world, i);
        postgres_restart(world->postgres, i);
    }
    for (unsigned i = 0; i < world->count; i++) {
        if (!is_in(brokers, i) || broker_pid(world->brokers[i]) != 0)
            continue;
        mount_again(world, POSTGRES_SERVERS + i);
        broker_restart(world->brokers[i]);
    }
}

void world_rejoin(struct world *world, unsigned server, bool rewound)
{
    mount_again(world, server);
    postgres_rejoin(world->postgres, server, rewound);
}

const char *world_data(const struct world *world, unsigned index)
{
    static char path[PATH_SIZE];

    snprintf(path, sizeof path, "%s/data", broker_dir(world->brokers[index]));
    return path;
}

/* What the tool's ${verb} prints of the broker ${index}, for the caller to free. */
static char *tool(const struct world *world, unsigned index, const char *verb)
{
    const char *const command[] = { TOOL, verb, world_data(world, index), NULL };
    char output[PATH_SIZE];
    int status = 0;

    snprintf(output, sizeof output, "%s/printed", broker_dir(world->brokers[index]));
    unlink(output);
    assert_true(process_wait(process_start(command, NULL, output), READY_MS, &status));
    return file_read(output, 0);
}

void world_expect_ready(const struct world *world)
{
    int64_t deadline = now_ms() + READY_MS;

    for (unsigned i = 0; i < world->count; i++) {
        char *printed = tool(world, i, "health");

        while (strcmp(printed, "ready\n") != 0 && now_ms() < deadline) {
            free(printed);
            usleep(STEP_US);
            printed = tool(world, i, "health");
        }
        if (strcmp(printed, "ready\n") != 0) {
            broker_print_log(world->brokers[i]);
            fail_msg("broker %u says: %s", i + 1, printed);
        }
        free(printed);
    }
}

bool world_is_same(struct world *world)
{
    char *first = NULL;
    bool same = true;

    for (unsigned i = 0; i < world->count; i++)
        assert_int_equal(broker_stop(world->brokers[i]), 0);
    for (unsigned i = 0; i < world->count; i++) {
        char *dump = tool(world, i, "dump");

        if (first == NULL) {
            first = dump;
            assert_true(strlen(first) > PATH_SIZE);
        } else {
            same = same && strcmp(first, dump) == 0;
            free(dump);
        }
    }
    free(first);
    for (unsigned i = 0; i < world->count; i++)
        broker_restart(world->brokers[i]);
    return same;
}
