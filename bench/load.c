/*
 * The load generator: starts a broker, sends, sees that every message arrives exactly once and in
 * order, ends the broker, and prints one line of name=value:
 *
 *     messages   sent, each of which arrived everywhere it should
 *     rate       of them a second, from the first publish to the last arrival
 *     deliveries of them a second, where each has several receivers
 *     cpu_us     CPU time of the broker for each, from the first publish to the end of its process,
 *                so that what it puts off is counted
 *     load_us    the same of this program; where it is the larger one, it may be what is measured
 *     written    bytes that went to the device for each, to the end of the broker's process; by
 *                everybody, so that it is worth something on a quiet machine alone
 *     rss_kb     the broker's RssAnon, the most that was seen
 *     others     percent of the machine's time that went to other processes meanwhile ...
 *     stolen     ... and that it did not get from its hypervisor
 *     p50 p99 p999 max   us from when a message was due (with a window: was sent) to its arrival
 *
 * One thread and one epoll. It costs less for each message than the broker, since everything that
 * comes from a connection at once is answered by one write.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "bench/broker.h"
#include "bench/measure.h"
#include "bench/mqtt.h"
#include "bench/options.h"
#include "bench/traffic.h"

#define EVENTS    256
#define SAMPLE_NS 50000000U /* between looks at the broker's memory */
#define SECOND_NS 1000000000U

struct run {
    struct bc_traffic traffic;
    pid_t broker;
    int epoll;
    int timer; /* with a rate: when the next message is due */
    uint64_t begun_ns;
    uint64_t until_ns;  /* nothing is sent after this */
    uint64_t moved_ns;  /* when something last came */
    uint64_t sample_ns; /* when the memory is looked at again */
    uint64_t rss_kb;
};

static bool may_send(const struct run *run)
{
    const struct bc_options *options = &run->traffic.options;

    return options->messages > 0 ? run->traffic.sent < options->messages
                                 : run->traffic.now_ns < run->until_ns;
}

/* What of ${peer}'s is under way: in a fan until the slowest receivers have it. */
static uint64_t under_way(const struct run *run, const struct bc_peer *peer)
{
    const struct bc_traffic *traffic = &run->traffic;
    uint64_t done = peer->acked;

    if (traffic->options.pattern == BC_GROUP || traffic->options.pattern == BC_FAN) {
        uint64_t arrived = traffic->arrived / traffic->checkers;

        done = arrived < done ? arrived : done;
    }
    return peer->sent - done;
}

static void fill_window(const struct run *run, struct bc_peer *peer)
{
    while (may_send(run) && under_way(run, peer) < run->traffic.options.window) {
        bc_traffic_send(peer, run->traffic.now_ns);
    }
}

static void arm(const struct run *run, uint64_t at_ns)
{
    struct itimerspec when = { .it_value = { .tv_sec = (time_t)(at_ns / SECOND_NS),
                                   .tv_nsec = (long)(at_ns % SECOND_NS) } };

    if (timerfd_settime(run->timer, TFD_TIMER_ABSTIME, &when, NULL) != 0) {
        bc_die("the timer can't be set");
    }
}

/* With a rate: send what has become due, from all senders in turn. */
static void send_due(struct run *run)
{
    struct bc_traffic *traffic = &run->traffic;
    uint64_t expirations;

    if (read(run->timer, &expirations, sizeof(expirations)) < 0) {
        return;
    }
    for (;;) {
        uint64_t due = run->begun_ns + traffic->sent * SECOND_NS / traffic->options.rate;
        uint32_t step = traffic->count / traffic->senders; /* receivers are between senders */
        struct bc_peer *peer = &traffic->peers[traffic->sent % traffic->senders * step];

        bool more = traffic->options.messages > 0 ? traffic->sent < traffic->options.messages
                                                  : due < run->until_ns;

        if (!more || due > traffic->now_ns) {
            if (more) {
                arm(run, due);
            }
            return;
        }
        bc_traffic_send(peer, due);
        bc_mqtt_flush(&peer->mqtt);
    }
}

static void serve(struct run *run, struct bc_peer *peer)
{
    struct bc_traffic *traffic = &run->traffic;

    bc_traffic_read(peer);
    if (traffic->options.rate > 0) {
        /* what is sent doesn't depend on what comes */
    } else if (peer->sends) {
        fill_window(run, peer);
    } else if (traffic->options.pattern == BC_GROUP || traffic->options.pattern == BC_FAN) {
        fill_window(run, &traffic->peers[0]);
        bc_mqtt_flush(&traffic->peers[0].mqtt);
    }
    bc_mqtt_flush(&peer->mqtt);
}

static void look_at_memory(struct run *run)
{
    uint64_t rss_kb;

    if (run->traffic.now_ns >= run->sample_ns) {
        rss_kb = bc_rss_anon(run->broker);
        run->rss_kb = rss_kb > run->rss_kb ? rss_kb : run->rss_kb;
        run->sample_ns = run->traffic.now_ns + SAMPLE_NS;
    }
}

static bool complete(const struct run *run)
{
    const struct bc_traffic *traffic = &run->traffic;

    return !may_send(run) && traffic->acked == traffic->sent &&
           traffic->arrived == traffic->sent * traffic->checkers;
}

static void begin(struct run *run)
{
    struct bc_traffic *traffic = &run->traffic;

    traffic->now_ns = run->begun_ns = run->moved_ns = bc_now_ns();
    run->until_ns = run->begun_ns + traffic->options.seconds * (uint64_t)SECOND_NS;
    if (traffic->options.rate > 0) {
        arm(run, run->begun_ns);
        return;
    }
    for (uint32_t i = 0; i < traffic->count; i++) {
        if (traffic->peers[i].sends) {
            fill_window(run, &traffic->peers[i]);
            bc_mqtt_flush(&traffic->peers[i].mqtt);
        }
    }
}

static void go(struct run *run)
{
    struct bc_traffic *traffic = &run->traffic;
    struct epoll_event events[EVENTS];

    begin(run);
    while (!complete(run)) {
        int ready = epoll_wait(run->epoll, events, EVENTS, traffic->options.awake ? 0 : 100);

        traffic->now_ns = bc_now_ns();
        run->moved_ns = ready > 0 ? traffic->now_ns : run->moved_ns;
        if (traffic->now_ns - run->moved_ns > traffic->options.patience * (uint64_t)SECOND_NS) {
            bc_die("%" PRIu64 " messages were sent, %" PRIu64 " acknowledged, and %" PRIu64
                   " of %" PRIu64 " arrived",
                traffic->sent, traffic->acked, traffic->arrived, traffic->sent * traffic->checkers);
        }
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr == NULL) {
                send_due(run);
            } else {
                serve(run, events[i].data.ptr);
            }
        }
        look_at_memory(run);
    }
}

static void watch(const struct run *run, int fd, void *what)
{
    struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = what } };

    if (epoll_ctl(run->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        bc_die("epoll fails");
    }
}

static void prepare(struct run *run, const struct bc_options *options)
{
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max; /* for the broker as well, which inherits it */
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    run->broker = bc_broker_start(options->broker, options->conf, options->log, options->port);
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    run->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    bc_traffic_open(&run->traffic, options);
    watch(run, run->timer, NULL);
    for (uint32_t i = 0; i < run->traffic.count; i++) {
        watch(run, run->traffic.peers[i].mqtt.fd, &run->traffic.peers[i]);
    }
}

static void print(struct run *run, const struct bc_usage *before, const struct bc_usage *after,
    uint64_t cpu_us, uint64_t written)
{
    struct bc_traffic *traffic = &run->traffic;
    double count = (double)traffic->sent;
    double seconds = (double)(traffic->now_ns - run->begun_ns) / SECOND_NS;

    bc_traffic_sort(traffic);
    printf("messages=%.0f rate=%.0f deliveries=%.0f cpu_us=%.2f load_us=%.2f written=%.0f "
           "rss_kb=%" PRIu64 " others=%.1f stolen=%.1f p50=%u p99=%u p999=%u max=%u\n",
        count, count / seconds, count * (double)traffic->checkers / seconds,
        (double)(cpu_us - before->broker_us) / count,
        (double)(after->own_us - before->own_us) / count, (double)written / count, run->rss_kb,
        bc_usage_others(before, after), bc_usage_stolen(before, after),
        bc_traffic_latency(traffic, 0.5), bc_traffic_latency(traffic, 0.99),
        bc_traffic_latency(traffic, 0.999), bc_traffic_latency(traffic, 1));
}

int main(int argc, char **argv)
{
    struct bc_options options = bc_options_read(argc, argv);
    struct run run = { .rss_kb = 0 };
    struct bc_usage before;
    struct bc_usage after;
    uint64_t cpu_us;
    uint64_t written;

    prepare(&run, &options);
    written = bc_device_written(options.disk);
    before = bc_usage_now(run.broker);
    go(&run);
    after = bc_usage_now(run.broker);
    cpu_us = bc_broker_stop(run.broker);
    written = bc_device_written(options.disk) - written;
    print(&run, &before, &after, cpu_us, written);
    bc_traffic_close(&run.traffic);
    (void)close(run.epoll);
    (void)close(run.timer);
    return 0;
}
