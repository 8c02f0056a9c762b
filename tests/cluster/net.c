/*
 * The hosts know each other's hardware addresses from the start, and never ask. What a host sends
 * to another one is lost when it thinks that this one has an address that nobody has.
 */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"

#define THIS_NAMESPACE "/proc/thread-self/ns/net"
#define ADDRESS        "10.77.0.%u"
#define HARDWARE       "02:00:00:00:00:%02x"
#define NOBODY         0xff

struct host {
    int network;
    char address[16];
    unsigned lost; /* the hosts that nothing of what this one sends reaches, a bit each */
};

struct net {
    char dir[64];
    int before; /* where this thread was */
    struct host hosts[NET_HOSTS];
    unsigned count;
};

int net_host(const struct net *net, unsigned index)
{
    return net->hosts[index].network;
}

const char *net_address(const struct net *net, unsigned index)
{
    return net->hosts[index].address;
}

/* ---- commands of `ip` ---- */

static void path_in(const struct net *net, const char *name, char path[96])
{
    snprintf(path, 96, "%s/%s", net->dir, name);
}

static FILE *begin_commands(const struct net *net)
{
    char path[96];
    FILE *file;

    path_in(net, "commands", path);
    file = fopen(path, "we");
    if (file == NULL)
        fail_msg("cannot write %s: %s", path, strerror(errno));
    return file;
}

/* Run what was written to ${file} in the namespace ${network}, 0 for the bridge's. */
static void run_commands(const struct net *net, FILE *file, int network)
{
    char commands[96];
    char output[96];
    const char *const command[] = { "ip", "-batch", commands, NULL };
    int before;

    fclose(file);
    path_in(net, "commands", commands);
    path_in(net, "output", output);
    before = process_enter(network);
    process_run(command, output);
    process_leave(before);
}

/* ---- hosts ---- */

/* A namespace of its own, in which this thread is then. */
static int new_namespace(void)
{
    int network = -1;

    if (unshare(CLONE_NEWNET) == 0)
        network = open(THIS_NAMESPACE, O_RDONLY | O_CLOEXEC);
    return network;
}

static void make_bridge(const struct net *net)
{
    FILE *file = begin_commands(net);

    fputs("link set lo up\nlink add bridge type bridge\nlink set bridge up\n", file);
    run_commands(net, file, 0);
}

/* Tell ${from} where the others are, or aren't. */
static void tell(const struct net *net, const struct host *from)
{
    FILE *file = begin_commands(net);

    for (unsigned i = 0; i < net->count; i++) {
        unsigned hardware = (from->lost >> i & 1) != 0 ? NOBODY : i + 1;

        if (&net->hosts[i] != from)
            fprintf(file, "neigh replace " ADDRESS " lladdr " HARDWARE " nud permanent dev eth0\n",
                i + 1, hardware);
    }
    run_commands(net, file, from->network);
}

static void make_host(struct net *net, unsigned index, int bridge)
{
    struct host *host = &net->hosts[index];
    FILE *file;

    snprintf(host->address, sizeof host->address, ADDRESS, index + 1);
    host->network = new_namespace();
    if (host->network == -1 || setns(bridge, CLONE_NEWNET) != 0)
        fail_msg("cannot make a network namespace: %s", strerror(errno));
    file = begin_commands(net);
    fprintf(file,
        "link add port%u type veth peer name eth0 address " HARDWARE " netns /proc/%d/fd/%d\n"
        "link set port%u master bridge\nlink set port%u up\n",
        index, index + 1, (int)getpid(), host->network, index, index);
    run_commands(net, file, 0);
    file = begin_commands(net);
    fprintf(file, "link set lo up\naddress add %s/24 dev eth0\nlink set eth0 up\n", host->address);
    run_commands(net, file, host->network);
}

struct net *net_new(unsigned hosts)
{
    const char *tmp = getenv("TMPDIR");
    struct net *net;
    int before = open(THIS_NAMESPACE, O_RDONLY | O_CLOEXEC);
    int bridge = before != -1 ? new_namespace() : -1;

    if (bridge == -1) {
        print_message("no network namespace may be made here: %s\n", strerror(errno));
        close(before);
        return NULL;
    }
    net = calloc(1, sizeof *net);
    assert_non_null(net);
    assert_true(hosts <= NET_HOSTS);
    net->before = before;
    net->count = hosts;
    snprintf(net->dir, sizeof net->dir, "%s/bc-net.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(net->dir));
    make_bridge(net);
    for (unsigned i = 0; i < hosts; i++)
        make_host(net, i, bridge);
    for (unsigned i = 0; i < hosts; i++)
        tell(net, &net->hosts[i]);
    close(bridge);
    return net;
}

void net_free(struct net *net)
{
    if (net == NULL)
        return;
    process_leave(net->before);
    for (unsigned i = 0; i < net->count; i++)
        close(net->hosts[i].network);
    directory_remove(net->dir);
    free(net);
}

/* ---- what is lost ---- */

static void set_lost(struct net *net, unsigned from, unsigned lost)
{
    struct host *host = &net->hosts[from];

    if (host->lost == lost)
        return;
    host->lost = lost;
    tell(net, host);
}

void net_lose(struct net *net, unsigned from, unsigned to)
{
    for (unsigned i = 0; i < net->count; i++) {
        if ((from >> i & 1) != 0)
            set_lost(net, i, net->hosts[i].lost | to);
    }
}

void net_part(struct net *net, unsigned set)
{
    net_lose(net, set, ~set);
    net_lose(net, ~set, set);
}

void net_heal(struct net *net)
{
    for (unsigned i = 0; i < net->count; i++)
        set_lost(net, i, 0);
}
