/* Looking at the broker's epoll descriptor, and a timer signal that ends its sleep. */
#include "broker-plugin/broker/loop.h"

#include <dirent.h>
#include <errno.h>
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
 * The first as soon as the broker is likely to sleep: one that comes before it does is lost. Each
 * of the others after twice the time, since a broker that has not slept until then is busy, and
 * isn't kept by what it need not hear. So it sleeps for no longer than it was busy.
 */
#define WAKE_FIRST_NS  100000
#define WAKE_SELDOM_NS 50000000

/* What a WebSocket client gets of a message in one turn of the loop, and what MQTT adds to it. */
#define TURN_BYTES   ((size_t)4096)
#define PACKET_BYTES ((size_t)512)

/* Turns for anything, and for whatever comes: many clients are written to in the same ones. */
#define TURNS_MIN 2
#define TURNS_MAX 8192

/* Connections that are looked at for input. There may be more that only wait to be written to. */
#define LOOKED_AT 16

/* A timer that ends the sleep, again and again until it is stopped. */
struct waker {
    timer_t timer;
    atomic_long next_ns; /* from its next time to the one behind that; 0 while it doesn't run */
};

struct bc_loop {
    int epoll;
    bool looked;      /* for the descriptor: it isn't open yet when the plugin is loaded */
    bool drains_late; /* what a plugin publishes in TICK goes out only after the next sleep */
    bool timer_made;
    bool busy;          /* the next sleep ends at once, of itself */
    size_t turns;       /* that are still to be had without sleep */
    pid_t thread;       /* the broker's */
    atomic_bool awaits; /* another thread, whose word ends its sleep */
    struct waker waker;
    pthread_mutex_t calls;   /* of whether that runs which follows */
    struct waker caller;     /* that of bc_loop_call() */
    struct sigaction before; /* of the signal, before the handler was ours */
    bool hears;
    struct sigaction unheard; /* of SIGIO, likewise */
};

static void set_timer(const struct waker *waker, long ns)
{
    const struct itimerspec when = { .it_value.tv_nsec = ns };

    (void)timer_settime(waker->timer, 0, &when, NULL);
}

static bool is_running(struct waker *waker)
{
    return atomic_load(&waker->next_ns) > 0;
}

static void run(struct waker *waker, bool runs)
{
    atomic_store(&waker->next_ns, runs ? 2 * WAKE_FIRST_NS : 0);
    set_timer(waker, runs ? WAKE_FIRST_NS : 0);
}

/* That it interrupts the sleep is all that the signal is for; if by a timer, it will come again. */
static void wake_up(int signal_number, siginfo_t *info, void *unused)
{
    struct waker *waker = info->si_code == SI_TIMER ? info->si_value.sival_ptr : NULL;
    long next_ns = waker != NULL ? atomic_load(&waker->next_ns) : 0;
    int code = errno;

    (void)signal_number;
    (void)unused;
    if (next_ns > 0) {
        atomic_store(&waker->next_ns, next_ns < WAKE_SELDOM_NS ? 2 * next_ns : next_ns);
        set_timer(waker, next_ns);
        errno = code;
    }
}

static bool make_timer(struct waker *waker, pid_t thread)
{
    struct sigevent event = {
        .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = WAKE_SIGNAL, .sigev_value.sival_ptr = waker
    };

    event.sigev_notify_thread_id = thread;
    atomic_init(&waker->next_ns, 0);
    return timer_create(CLOCK_MONOTONIC, &event, &waker->timer) == 0;
}

/* epoll_wait() is interrupted even by a handler with SA_RESTART; what should not be isn't. */
static bool make_timers(struct bc_loop *loop)
{
    struct sigaction action = { .sa_sigaction = wake_up, .sa_flags = SA_RESTART | SA_SIGINFO };

    loop->thread = (pid_t)syscall(SYS_gettid);
    (void)sigemptyset(&action.sa_mask);
    if (sigaction(WAKE_SIGNAL, &action, &loop->before) != 0 ||
        !make_timer(&loop->waker, loop->thread)) {
        return false;
    }
    if (!make_timer(&loop->caller, loop->thread)) {
        (void)timer_delete(loop->waker.timer);
        return false;
    }
    return true;
}

static void hear(int signal_number)
{
    (void)signal_number;
}

/* SIGIO, which is never lost for want of a place in a queue; unless somebody else has a use for it.
 */
static bool begin_to_hear(struct sigaction *before)
{
    struct sigaction action = { .sa_handler = hear, .sa_flags = SA_RESTART };

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
            (void)timer_delete(loop->waker.timer);
            (void)timer_delete(loop->caller.timer);
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

static void run_timer(struct bc_loop *loop)
{
    bool runs = loop->turns > 0 && !loop->busy;

    if (loop->timer_made && is_running(&loop->waker) != runs) {
        run(&loop->waker, runs);
    }
}

/* Has it changed that the caller runs? Then nobody came between. */
static bool change_call(struct bc_loop *loop, bool called)
{
    bool changed;

    (void)pthread_mutex_lock(&loop->calls);
    changed = is_running(&loop->caller) != called;
    if (changed) {
        run(&loop->caller, called);
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
    if (is_running(&loop->caller)) {
        (void)change_call(loop, false);
    }
    if (loop->turns > 0) {
        loop->turns--;
    }
}

/* Has it come since it was set, so that it would be long before it did again? */
static bool has_come(struct waker *waker)
{
    return atomic_load(&waker->next_ns) > 2 * WAKE_FIRST_NS;
}

void bc_loop_busy(struct bc_loop *loop, bool busy)
{
    loop->busy = busy;
    run_timer(loop);
    if (has_come(&loop->waker)) {
        run(&loop->waker, true);
    }
}

void bc_loop_published(struct bc_loop *loop)
{
    if (loop->drains_late) {
        bc_loop_hurry(loop, 0);
    }
}
