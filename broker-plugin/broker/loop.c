/* Looking at the broker's epoll descriptor, and a timer signal that ends its sleep. */
#include "broker-plugin/broker/loop.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The member's name in timer_create(2), which musl has, and glibc from 2.43 on. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* The broker uses none of the real-time signals. */
#define WAKE_SIGNAL (SIGRTMIN + 3)

/*
 * The first as soon as the broker is likely to sleep: one that comes before it does is lost. The
 * others short enough that nobody notices, long enough for the broker to do something in between.
 */
#define WAKE_FIRST_NS 100000
#define WAKE_EVERY_NS 300000

/* What a WebSocket client gets of a message in one turn of the loop, and what MQTT adds to it. */
#define TURN_BYTES   ((size_t)4096)
#define PACKET_BYTES ((size_t)512)

/* Turns for anything, and for whatever comes: many clients are written to in the same ones. */
#define TURNS_MIN 2
#define TURNS_MAX 8192

/* Connections that are looked at for input. There may be more that only wait to be written to. */
#define LOOKED_AT 16

struct bc_loop {
    int epoll;
    bool looked;      /* for the descriptor: it isn't open yet when the plugin is loaded */
    bool drains_late; /* what a plugin publishes in TICK goes out only after the next sleep */
    bool timer_made;
    bool timer_runs;
    bool busy;          /* the next sleep ends at once, of itself */
    size_t turns;       /* that are still to be had without sleep */
    pid_t thread;       /* the broker's */
    atomic_bool awaits; /* another thread, whose word ends its sleep */
    timer_t timer;
    pthread_mutex_t calls;   /* of both that follow */
    timer_t call_timer;      /* that of bc_loop_call() ... */
    atomic_bool called;      /* ... and it runs */
    struct sigaction before; /* of the signal, before the handler was ours */
    bool hears;
    struct sigaction unheard; /* of SIGIO, likewise */
};

/* That it interrupts the sleep is all that the signal is for. */
static void wake_up(int signal_number)
{
    (void)signal_number;
}

/* epoll_wait() is interrupted even by a handler with SA_RESTART; what should not be isn't. */
static bool make_timers(struct bc_loop *loop)
{
    struct sigaction action = { .sa_handler = wake_up, .sa_flags = SA_RESTART };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = WAKE_SIGNAL };

    loop->thread = (pid_t)syscall(SYS_gettid);
    event.sigev_notify_thread_id = loop->thread;
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(WAKE_SIGNAL, &action, &loop->before) != 0 ||
        timer_create(CLOCK_MONOTONIC, &event, &loop->timer) != 0) {
        return false;
    }
    if (timer_create(CLOCK_MONOTONIC, &event, &loop->call_timer) != 0) {
        (void)timer_delete(loop->timer);
        return false;
    }
    return true;
}

/* SIGIO, which is never lost for want of a place in a queue; unless somebody else has a use for it.
 */
static bool begin_to_hear(struct sigaction *before)
{
    struct sigaction action = { .sa_handler = wake_up, .sa_flags = SA_RESTART };

    (void)sigemptyset(&action.sa_mask);
    return sigaction(SIGIO, NULL, before) == 0 && before->sa_handler == SIG_DFL &&
           sigaction(SIGIO, &action, NULL) == 0;
}

struct bc_loop *bc_loop_new(bool ticks_first)
{
    struct bc_loop *loop = calloc(1, sizeof(*loop));

    if (loop != NULL) {
        loop->epoll = -1;
        loop->drains_late = ticks_first;
        atomic_init(&loop->awaits, false);
        (void)pthread_mutex_init(&loop->calls, NULL); /* of this kind, it never fails */
        loop->timer_made = make_timers(loop);
        loop->hears = begin_to_hear(&loop->unheard);
    }
    return loop;
}

void bc_loop_free(struct bc_loop *loop)
{
    if (loop != NULL) {
        if (loop->timer_made) {
            (void)timer_delete(loop->timer);
            (void)timer_delete(loop->call_timer);
            (void)sigaction(WAKE_SIGNAL, &loop->before, NULL);
        }
        if (loop->hears) {
            (void)sigaction(SIGIO, &loop->unheard, NULL);
        }
        (void)pthread_mutex_destroy(&loop->calls);
        free(loop);
    }
}

/*
 * The descriptor whose link in /proc/self/fd says that it is an epoll instance; -1 if none is.
 * Which of several is the broker's can't be told, and to look at another's might take its events
 * away: so -1 as well.
 */
static int find_epoll(void)
{
    static const char epoll_link[] = "anon_inode:[eventpoll]";
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    int count = 0;
    int found = -1;

    if (dir == NULL) {
        return -1;
    }
    while ((entry = readdir(dir)) != NULL) {
        char link[sizeof(epoll_link)] = "";
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link));

        if (len == (ssize_t)sizeof(epoll_link) - 1 && memcmp(link, epoll_link, (size_t)len) == 0) {
            found = (int)strtol(entry->d_name, NULL, 10);
            count++;
        }
    }
    (void)closedir(dir);
    return count == 1 ? found : -1;
}

int bc_loop_epoll(struct bc_loop *loop)
{
    if (!loop->looked) {
        loop->looked = true;
        loop->epoll = find_epoll();
    }
    return loop->epoll;
}

/* The broker's events are level-triggered: to look at them takes none of them away. */
bool bc_loop_input_waiting(struct bc_loop *loop)
{
    struct epoll_event ready[LOOKED_AT];
    int epoll = bc_loop_epoll(loop);
    int count = epoll >= 0 ? epoll_wait(epoll, ready, LOOKED_AT, 0) : 0;

    for (int i = 0; i < count; i++) {
        if ((ready[i].events & EPOLLIN) != 0) {
            return true;
        }
    }
    return false;
}

/*
 * The timer goes on until it is stopped: a single one might fire before the broker sleeps, and
 * starting one at each turn would cost more.
 */
static void set_timer(timer_t timer, bool runs)
{
    const struct itimerspec when = { .it_value.tv_nsec = runs ? WAKE_FIRST_NS : 0,
        .it_interval.tv_nsec = runs ? WAKE_EVERY_NS : 0 };

    (void)timer_settime(timer, 0, &when, NULL);
}

static void run_timer(struct bc_loop *loop)
{
    bool runs = loop->turns > 0 && !loop->busy;

    if (loop->timer_made && loop->timer_runs != runs) {
        loop->timer_runs = runs;
        set_timer(loop->timer, runs);
    }
}

/* Has the timer's word changed to ${called}? Then the timer has, too, and nobody came between. */
static bool change_call(struct bc_loop *loop, bool called)
{
    bool changed;

    (void)pthread_mutex_lock(&loop->calls);
    changed = atomic_exchange(&loop->called, called) != called;
    if (changed) {
        set_timer(loop->call_timer, called);
    }
    (void)pthread_mutex_unlock(&loop->calls);
    return changed;
}

void bc_loop_call(struct bc_loop *loop)
{
    if (loop->timer_made && change_call(loop, true)) {
        (void)syscall(SYS_tgkill, getpid(), loop->thread, WAKE_SIGNAL);
    }
}

/* The turns that a message takes. Small ones go out together, a large one bit by bit. */
static size_t turns_for(size_t bytes)
{
    size_t packet = bytes + PACKET_BYTES;

    return packet <= TURN_BYTES ? 0 : (packet + TURN_BYTES - 1) / TURN_BYTES;
}

void bc_loop_hurry(struct bc_loop *loop, size_t bytes)
{
    if (loop->turns < TURNS_MIN) {
        loop->turns = TURNS_MIN;
    }
    loop->turns += turns_for(bytes);
    if (loop->turns > TURNS_MAX) {
        loop->turns = TURNS_MAX;
    }
    run_timer(loop);
}

bool bc_loop_awaits(struct bc_loop *loop)
{
    bool can = loop->timer_made && bc_loop_epoll(loop) >= 0;

    atomic_store(&loop->awaits, can);
    return can;
}

void bc_loop_wake(struct bc_loop *loop)
{
    if (atomic_load(&loop->awaits)) {
        (void)syscall(SYS_tgkill, getpid(), loop->thread, WAKE_SIGNAL);
    }
}

void bc_loop_hears(const struct bc_loop *loop, int fd)
{
    const struct f_owner_ex owner = { .type = F_OWNER_TID, .pid = loop->thread };

    if (loop->hears && fcntl(fd, F_SETOWN_EX, &owner) == 0) {
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC);
    }
}

void bc_loop_turned(struct bc_loop *loop)
{
    atomic_store(&loop->awaits, false);
    /* In this order: whoever wakes it in between has put down what is looked for next. */
    if (atomic_load_explicit(&loop->called, memory_order_relaxed)) {
        (void)change_call(loop, false);
    }
    if (loop->turns > 0) {
        loop->turns--;
    }
}

void bc_loop_busy(struct bc_loop *loop, bool busy)
{
    loop->busy = busy;
    run_timer(loop);
}

void bc_loop_published(struct bc_loop *loop)
{
    if (loop->drains_late) {
        bc_loop_hurry(loop, 0);
    }
}
