#include "gateway/push.h"
#include "gateway/log.h"
#include "gateway/push_broker.h"
#include "gateway/push_queue.h"
#include "gateway/push_send.h"

#include <mosquitto.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    WAIT_MS = 200,       /* at most, before what waits is looked at again */
    LOG_EVERY_MS = 60000 /* a line about a service's refusals */
};

struct bc_push {
    const struct bc_settings *settings;
    pthread_t thread;
    bool running;
    atomic_bool stop;
    struct bc_vapid *vapid;
    struct bc_push_broker *broker;
    struct bc_push_queue *queue;
    struct bc_push_sending sending;
    uint64_t logged_at;
    /* What /health reads from the other thread. */
    atomic_bool connected;
    atomic_uint_fast32_t waiting;
    atomic_uint_fast64_t taken;
    atomic_uint_fast64_t gone;
    atomic_uint_fast64_t refused;
    atomic_uint_fast64_t failed;
    atomic_uint_fast64_t dropped;
};

static uint64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void on_wake(void *context, const struct bc_wake *wake)
{
    struct bc_push *push = context;

    if (wake == NULL || !bc_push_queue_add(push->queue, wake, now_ms()))
        atomic_fetch_add(&push->dropped, 1);
}

/* One line a minute at most: a service may refuse thousands. */
static void log_answer(struct bc_push *push, const struct bc_push_answer *answer, uint64_t now)
{
    if (answer->why[0] == '\0' || (push->logged_at != 0 && now - push->logged_at < LOG_EVERY_MS))
        return;
    push->logged_at = now;
    bc_log("push: %s didn't take one: %s (HTTP %ld)", bc_push_job_wake(answer->job)->origin,
        answer->why, answer->status);
}

static void take_answer(struct bc_push *push, const struct bc_push_answer *answer)
{
    uint64_t now = now_ms();

    log_answer(push, answer, now);
    if (answer->gone) {
        bc_push_broker_gone(push->broker, bc_push_job_wake(answer->job)->endpoint);
        atomic_fetch_add(&push->gone, 1);
    } else if (answer->result == BC_PUSH_TAKEN) {
        atomic_fetch_add(&push->taken, 1);
    } else if (answer->result == BC_PUSH_REFUSED) {
        atomic_fetch_add(&push->refused, 1);
    }
    if (!bc_push_queue_end(push->queue, answer->job, answer->result, answer->retry_ms, now) &&
        answer->result == BC_PUSH_FAILED)
        atomic_fetch_add(&push->failed, 1);
}

static void send_due(struct bc_push *push)
{
    struct bc_push_job *job;
    uint32_t expired = 0;

    while ((job = bc_push_queue_next(push->queue, now_ms(), &expired)) != NULL) {
        if (!bc_push_send(&push->sending, job)) {
            (void)bc_push_queue_end(push->queue, job, BC_PUSH_FAILED, 0, now_ms());
            break;
        }
    }
    atomic_fetch_add(&push->failed, expired);
}

static void wait_for_events(struct bc_push *push)
{
    struct curl_waitfd broker = { .fd = bc_push_broker_socket(push->broker),
        .events = CURL_WAIT_POLLIN };
    bool with_broker = broker.fd >= 0;

    if (bc_push_broker_wants_write(push->broker))
        broker.events |= CURL_WAIT_POLLOUT;
    (void)curl_multi_poll(
        push->sending.multi, with_broker ? &broker : NULL, with_broker ? 1 : 0, WAIT_MS, NULL);
}

static void *run(void *context)
{
    struct bc_push *push = context;
    struct bc_push_answer answer;
    int running = 0;

    while (!atomic_load(&push->stop)) {
        bc_push_broker_run(push->broker, now_ms());
        send_due(push);
        (void)curl_multi_perform(push->sending.multi, &running);
        while (bc_push_receive(&push->sending, &answer))
            take_answer(push, &answer);
        atomic_store(&push->connected, bc_push_broker_is_up(push->broker));
        atomic_store(&push->waiting, bc_push_queue_count(push->queue));
        wait_for_events(push);
    }
    return NULL;
}

/* Start the thread without the signals, which are the other one's. */
static bool start_thread(struct bc_push *push)
{
    sigset_t all;
    sigset_t before;
    bool good;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    good = pthread_create(&push->thread, NULL, run, push) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return good;
}

static bool open_parts(struct bc_push *push, char *line, size_t size)
{
    const struct bc_settings *settings = push->settings;
    struct bc_push_limits limits = { .waiting = settings->push_queue,
        .parallel = settings->push_parallel,
        .attempts = settings->push_attempts };

    push->vapid = bc_vapid_open(settings->push_key, line, size);
    if (push->vapid == NULL)
        return false;
    push->broker = bc_push_broker_new(settings, on_wake, push, line, size);
    if (push->broker == NULL)
        return false;
    (void)snprintf(line, size, "out of memory");
    push->queue = bc_push_queue_new(&limits);
    push->sending = (struct bc_push_sending){ .multi = curl_multi_init(),
        .vapid = push->vapid,
        .contact = settings->push_contact,
        .authorities = settings->push_authorities,
        .ttl = settings->push_ttl,
        .seconds = settings->push_seconds,
        .private_addresses = settings->push_private_addresses,
        .without_tls = settings->test_push_without_tls };
    return push->queue != NULL && push->sending.multi != NULL;
}

struct bc_push *bc_push_start(const struct bc_settings *settings, char *line, size_t size)
{
    struct bc_push *push = calloc(1, sizeof(*push));

    (void)snprintf(line, size, "push: out of memory");
    if (push == NULL)
        return NULL;
    push->settings = settings;
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)mosquitto_lib_init();
    if (open_parts(push, line, size))
        push->running = start_thread(push);
    if (push->running)
        return push;
    bc_push_end(push);
    return NULL;
}

void bc_push_end(struct bc_push *push)
{
    if (push == NULL)
        return;
    if (push->running) {
        atomic_store(&push->stop, true);
        (void)curl_multi_wakeup(push->sending.multi);
        (void)pthread_join(push->thread, NULL);
    }
    bc_push_drop_all(&push->sending);
    curl_multi_cleanup(push->sending.multi);
    bc_push_queue_free(push->queue);
    bc_push_broker_free(push->broker);
    bc_vapid_free(push->vapid);
    free(push);
    (void)mosquitto_lib_cleanup();
    curl_global_cleanup();
}

void bc_push_count(const struct bc_push *push, struct bc_push_counts *counts)
{
    *counts = (struct bc_push_counts){ .connected = atomic_load(&push->connected),
        .waiting = (uint32_t)atomic_load(&push->waiting),
        .taken = atomic_load(&push->taken),
        .gone = atomic_load(&push->gone),
        .refused = atomic_load(&push->refused),
        .failed = atomic_load(&push->failed),
        .dropped = atomic_load(&push->dropped) };
}

const char *bc_push_public_key(const struct bc_push *push)
{
    return bc_vapid_public_key(push->vapid);
}
