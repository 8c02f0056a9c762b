/* Looking at the broker's epoll descriptor, and a timer signal that ends its sleep. */
#include "broker-plugin/loop.h"

#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The broker uses none of the real-time signals. */
#define WAKE_SIGNAL (SIGRTMIN + 3)

/* Long enough for the broker to be asleep again, short enough that nobody notices. */
#define WAKE_AFTER_NS 300000

#define WAKES                2
#define WEBSOCKET_TURN_BYTES 4096

struct bc_loop {
    int epoll;
    bool looked; /* for the descriptor: it isn't open yet when the plugin is loaded */
    bool busy;   /* something was waiting: there is hardly a sleep to be ended */
    bool timer_made;
    size_t wakes; /* how many more sleeps are to be ended */
    timer_t timer;
    struct sigaction before; /* of the signal, before the handler was ours */
};

/* The timer is set, and hasn't fired yet. */
static volatile sig_atomic_t timer_runs;

/* That it interrupts the sleep is all that the signal is for. */
static void wake_up(int signal_number)
{
    (void)signal_number;
    timer_runs = 0;
}

/* epoll_wait() is interrupted even by a handler with SA_RESTART; what should not be isn't. */
static bool make_timer(timer_t *timer, struct sigaction *before)
{
    struct sigaction action = { .sa_handler = wake_up, .sa_flags = SA_RESTART };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = WAKE_SIGNAL };

    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    (void)sigemptyset(&action.sa_mask);
    return sigaction(WAKE_SIGNAL, &action, before) == 0 &&
           timer_create(CLOCK_MONOTONIC, &event, timer) == 0;
}

struct bc_loop *bc_loop_new(void)
{
    struct bc_loop *loop = calloc(1, sizeof(*loop));

    if (loop != NULL) {
        loop->epoll = -1;
        loop->timer_made = make_timer(&loop->timer, &loop->before);
    }
    return loop;
}

void bc_loop_free(struct bc_loop *loop)
{
    if (loop != NULL) {
        if (loop->timer_made) {
            (void)timer_delete(loop->timer);
            (void)sigaction(WAKE_SIGNAL, &loop->before, NULL);
        }
        free(loop);
    }
}

/* The descriptor whose link in /proc/self/fd says that it is an epoll instance; -1 if none. */
static int find_epoll(void)
{
    static const char epoll_link[] = "anon_inode:[eventpoll]";
    DIR *dir = opendir("/proc/self/fd");
    const struct dirent *entry;
    int found = -1;

    if (dir == NULL) {
        return -1;
    }
    while (found < 0 && (entry = readdir(dir)) != NULL) {
        char link[sizeof(epoll_link)] = "";
        ssize_t len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link));

        if (len == (ssize_t)sizeof(epoll_link) - 1 && memcmp(link, epoll_link, (size_t)len) == 0) {
            found = (int)strtol(entry->d_name, NULL, 10);
        }
    }
    (void)closedir(dir);
    return found;
}

bool bc_loop_input_waiting(struct bc_loop *loop)
{
    struct pollfd poll_for;

    if (!loop->looked) {
        loop->looked = true;
        loop->epoll = find_epoll();
    }
    poll_for = (struct pollfd){ .fd = loop->epoll, .events = POLLIN };
    loop->busy = loop->epoll >= 0 && poll(&poll_for, 1, 0) == 1 && (poll_for.revents & POLLIN) != 0;
    return loop->busy;
}

static void set_timer(const struct bc_loop *loop)
{
    const struct itimerspec soon = { .it_value = { .tv_nsec = WAKE_AFTER_NS } };

    timer_runs = 1;
    (void)timer_settime(loop->timer, 0, &soon, NULL);
}

/*
 * Where something is waiting, the next sleep won't be one, and is none of those that are counted.
 * But it may be output that is waiting to be written, and be gone by then: so the timer runs.
 */
void bc_loop_wake(struct bc_loop *loop, bool published, size_t bytes)
{
    if (published && loop->wakes < WAKES + bytes / WEBSOCKET_TURN_BYTES) {
        loop->wakes = WAKES + bytes / WEBSOCKET_TURN_BYTES;
    }
    if (loop->wakes > 0 && loop->timer_made && !(loop->busy && timer_runs != 0)) {
        loop->wakes -= loop->busy ? 0 : 1;
        set_timer(loop);
    }
    loop->busy = false;
}
