/* A thread that syncs one file at a time. */
#include "storage/journal/syncer.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "storage/base/io.h"
#include "storage/base/steady.h"
#include "storage/base/thread.h"

#define SECOND_NS 1000000000L
#define SELDOM_US 100000L /* no more seldom than between this and twice that */

enum state {
    IDLE,
    ASKED,
    DONE,
    LEAVE
};

struct bc_syncer {
    pthread_t thread;
    bool started;
    bool shares;                  /* the process's descriptors */
    struct bc_thread_files files; /* else those that the thread began with */
    pthread_mutex_t mutex;        /* for waiting until the state changes */
    pthread_cond_t changed;       /* measures time by the clock that only goes forward */
    void (*done)(void *context);  /* NULL: nobody is told */
    void *context;
    _Atomic enum state state;
    int fd;      /* of who is to act on the state: the thread's while ASKED, else the owner's */
    int code;    /* so is this ... */
    uint64_t us; /* ... and this: microseconds that it took */
};

static void change(struct bc_syncer *syncer, enum state state)
{
    (void)pthread_mutex_lock(&syncer->mutex);
    atomic_store(&syncer->state, state);
    (void)pthread_cond_signal(&syncer->changed);
    (void)pthread_mutex_unlock(&syncer->mutex);
}

/* Wait until the state is none of the two. */
static enum state wait_while(struct bc_syncer *syncer, enum state one, enum state two)
{
    enum state state;

    (void)pthread_mutex_lock(&syncer->mutex);
    while ((state = atomic_load(&syncer->state)) == one || state == two) {
        (void)pthread_cond_wait(&syncer->changed, &syncer->mutex);
    }
    (void)pthread_mutex_unlock(&syncer->mutex);
    return state;
}

static struct timespec time_in(long us)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    time.tv_nsec += us * 1000;
    if (time.tv_nsec >= SECOND_NS) {
        time.tv_nsec -= SECOND_NS;
        time.tv_sec++;
    }
    return time;
}

/* Who is told may just have been about to sleep, and not have heard it; or may be busy. */
static void tell_until_ended(struct bc_syncer *syncer)
{
    for (long us = BC_SYNCER_AGAIN_US; atomic_load(&syncer->state) == DONE;
         us = us < SELDOM_US ? us * 2 : us) {
        struct timespec again = time_in(us);
        int code = 0;

        syncer->done(syncer->context);
        (void)pthread_mutex_lock(&syncer->mutex);
        while (code == 0 && atomic_load(&syncer->state) == DONE) {
            code = pthread_cond_timedwait(&syncer->changed, &syncer->mutex, &again);
        }
        (void)pthread_mutex_unlock(&syncer->mutex);
    }
}

static void *run(void *context)
{
    struct bc_syncer *syncer = context;

    bc_thread_keep_only(&syncer->files);
    while (wait_while(syncer, IDLE, DONE) != LEAVE) {
        uint64_t began_us = bc_steady_us();

        syncer->code = bc_io_sync(syncer->fd);
        syncer->us = bc_steady_us() - began_us;
        change(syncer, DONE);
        if (syncer->done != NULL) {
            tell_until_ended(syncer);
        }
    }
    return NULL;
}

struct bc_syncer *bc_syncer_new(void)
{
    struct bc_syncer *syncer = calloc(1, sizeof(*syncer));

    if (syncer != NULL) {
        pthread_condattr_t monotonic;

        (void)pthread_condattr_init(&monotonic);
        (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        (void)pthread_mutex_init(&syncer->mutex, NULL);
        (void)pthread_cond_init(&syncer->changed, &monotonic);
        (void)pthread_condattr_destroy(&monotonic);
        atomic_init(&syncer->state, IDLE);
    }
    return syncer;
}

void bc_syncer_share_files(struct bc_syncer *syncer)
{
    syncer->shares = true;
}

void bc_syncer_tell(struct bc_syncer *syncer, void (*done)(void *context), void *context)
{
    syncer->done = done;
    syncer->context = context;
}

static void leave(struct bc_syncer *syncer)
{
    if (syncer->started) {
        (void)wait_while(syncer, ASKED, ASKED);
        change(syncer, LEAVE);
        (void)pthread_join(syncer->thread, NULL);
        syncer->started = false;
        atomic_store(&syncer->state, IDLE);
    }
}

void bc_syncer_free(struct bc_syncer *syncer)
{
    if (syncer == NULL) {
        return;
    }
    leave(syncer);
    (void)pthread_cond_destroy(&syncer->changed);
    (void)pthread_mutex_destroy(&syncer->mutex);
    free(syncer);
}

static bool knows(const struct bc_syncer *syncer, int fd)
{
    for (size_t i = 0; i < syncer->files.count; i++) {
        if (syncer->files.fds[i] == fd) {
            return true;
        }
    }
    return syncer->shares;
}

/* There are two segments, which stay open. */
static void learn(struct bc_syncer *syncer, int fd)
{
    assert(syncer->files.count < BC_THREAD_FILES_MAX);
    leave(syncer);
    syncer->files.fds[syncer->files.count++] = fd;
}

bool bc_syncer_begin(struct bc_syncer *syncer, int fd)
{
    if (!knows(syncer, fd)) {
        learn(syncer, fd);
    }
    if (!syncer->started) {
        syncer->started = bc_thread_start(&syncer->thread, run, syncer);
    }
    if (syncer->started) {
        syncer->fd = fd;
        change(syncer, ASKED);
    }
    return syncer->started;
}

bool bc_syncer_busy(const struct bc_syncer *syncer)
{
    return atomic_load(&syncer->state) != IDLE;
}

bool bc_syncer_done(const struct bc_syncer *syncer)
{
    return atomic_load(&syncer->state) == DONE;
}

int bc_syncer_end(struct bc_syncer *syncer, uint64_t *us)
{
    (void)wait_while(syncer, ASKED, ASKED);
    *us = syncer->us;
    atomic_store(&syncer->state, IDLE);
    return syncer->code;
}
