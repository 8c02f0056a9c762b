/* The log in PostgreSQL, as the broker's thread sees it. */
#include "replication/log_postgres.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The broker starts without a log that hasn't said a word for so long. */
#define START_MS 5000

#define ENTRY_POINT __attribute__((visibility("default")))

static struct bc_postgres *of(struct bc_shared_log *log)
{
    return (struct bc_postgres *)log;
}

static enum bc_error submit(struct bc_shared_log *log, struct bc_bytes head, struct bc_bytes item)
{
    return bc_gather_put(&of(log)->gather, head, item);
}

static void seek(struct bc_shared_log *log, uint64_t row)
{
    struct bc_postgres *postgres = of(log);

    (void)pthread_mutex_lock(&postgres->mutex);
    postgres->seek = row;
    postgres->reading++;
    (void)pthread_mutex_unlock(&postgres->mutex);
}

static bool take(struct bc_shared_log *log, struct bc_shared_row *row)
{
    struct bc_postgres *postgres = of(log);

    do {
        free(postgres->taken);
        postgres->taken = bc_rows_take(&postgres->rows);
        /* Only this thread seeks. */
    } while (postgres->taken != NULL && postgres->taken->reading != postgres->reading);
    if (postgres->taken == NULL) {
        return false;
    }
    *row = postgres->taken->row;
    return true;
}

static bool wait_for_row(struct bc_shared_log *log, unsigned ms)
{
    return bc_rows_wait(&of(log)->rows, ms);
}

static void state(struct bc_shared_log *log, struct bc_shared_state *state)
{
    struct bc_postgres *postgres = of(log);
    uint64_t since = 0;

    *state = (struct bc_shared_state){ .answers = true,
        .waiting = bc_gather_waiting(&postgres->gather, &since),
        .rows = atomic_load(&postgres->read),
        .appended = atomic_load(&postgres->appended),
        .connected = atomic_load(&postgres->connected),
        .cut = atomic_load(&postgres->cut) };
    state->waiting_ms = since;
    (void)pthread_mutex_lock(&postgres->mutex);
    state->others = postgres->others;
    if (postgres->clock_ms != 0) {
        state->clock_ms = postgres->clock_ms + bc_queue_now_ms() - postgres->clock_at_ms;
    }
    for (unsigned part = 0; part < BC_PARTS; part++) {
        const struct bc_trouble *trouble = &postgres->troubles[part];

        if (trouble->there && !state->ended) {
            state->answers = false;
            state->ended = trouble->for_ever;
            state->ill = trouble->ill;
            (void)snprintf(state->why, sizeof(state->why), "%s", trouble->why);
        }
    }
    (void)pthread_mutex_unlock(&postgres->mutex);
}

static void tell(struct bc_shared_log *log, const struct bc_shared_own *own)
{
    atomic_store(&of(log)->saved, own->saved);
    atomic_store(&of(log)->cleaned, own->cleaned);
    atomic_store(&of(log)->wakes, own->wakes);
    atomic_store(&of(log)->stopped, own->stopped);
    if (own->stopped) {
        bc_rows_drop(&of(log)->rows); /* nobody takes them, and who reads may wait for room */
    }
}

static bool notify(struct bc_shared_log *log, struct bc_bytes notice)
{
    const uint16_t len = (uint16_t)notice.len;

    return notice.len <= BC_POSTGRES_NOTICES &&
           bc_gather_put_aside(
               &of(log)->gather, bc_bytes(&len, sizeof(len)), notice, BC_POSTGRES_SAYS);
}

static bool hear(struct bc_shared_log *log, struct bc_bytes *notices)
{
    struct bc_postgres *postgres = of(log);
    bool heard = bc_gather_take_aside(&postgres->heard, &postgres->hearing);

    *notices = bc_bytes(postgres->hearing.bytes, postgres->hearing.len);
    return heard;
}

static void close_log(struct bc_shared_log *log)
{
    struct bc_postgres *postgres = of(log);

    atomic_store(&postgres->stops, true);
    bc_gather_close(&postgres->gather);
    bc_rows_close(&postgres->rows);
    for (unsigned part = 0; part < BC_PARTS; part++) {
        if (postgres->started[part]) {
            (void)pthread_join(postgres->threads[part], NULL);
        }
    }
    free(postgres->taken);
    free(postgres->hearing.bytes);
    bc_gather_free(&postgres->heard);
    bc_rows_free(&postgres->rows);
    bc_gather_free(&postgres->gather);
    (void)pthread_cond_destroy(&postgres->first);
    (void)pthread_mutex_destroy(&postgres->mutex);
    bc_postgres_hosts_free(postgres->hosts);
    free(postgres->address);
    free(postgres);
}

/* Signals are for the broker's thread. */
static bool start(struct bc_postgres *postgres, enum bc_postgres_part part, void *(*run)(void *))
{
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    postgres->started[part] = pthread_create(&postgres->threads[part], NULL, run, postgres) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return postgres->started[part];
}

__attribute__((format(printf, 3, 4))) static void say(
    const struct bc_shared_options *options, bool warning, const char *format, ...)
{
    char line[512];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    options->say(options->say_context, warning, line);
}

/* A connection string with a fault in it is never going to be good. */
static bool is_address(const struct bc_shared_options *options)
{
    char *why = NULL;
    PQconninfoOption *parsed = PQconninfoParse(options->address, &why);

    if (parsed == NULL) {
        size_t len = why != NULL ? strcspn(why, "\n") : 0;

        say(options, true, "log is not a connection string of PostgreSQL: %.*s", (int)len,
            why != NULL ? why : "");
        PQfreemem(why);
        return false;
    }
    PQconninfoFree(parsed);
    return true;
}

/* What the thread that appends has found, once it has; there is nothing yet if that takes long. */
static struct bc_trouble first_word(struct bc_postgres *postgres)
{
    const struct timespec until = bc_queue_in_ms(START_MS);
    struct bc_trouble trouble = { .there = true, .why = "PostgreSQL doesn't answer" };
    int code = 0;

    (void)pthread_mutex_lock(&postgres->mutex);
    while (!postgres->told && code == 0) {
        code = pthread_cond_timedwait(&postgres->first, &postgres->mutex, &until);
    }
    if (postgres->told) {
        trouble = postgres->troubles[BC_APPENDS];
    }
    (void)pthread_mutex_unlock(&postgres->mutex);
    return trouble;
}

/* What can't be connected to now may be later; what answers and won't ever do is said at once. */
static bool can_be(struct bc_postgres *postgres)
{
    const struct bc_trouble trouble = first_word(postgres);

    if (trouble.there) {
        say(&postgres->options, true, "log: %s%s", trouble.why,
            trouble.for_ever ? "" : "; it is tried again and again");
    }
    return !trouble.for_ever;
}

static const struct bc_shared_methods methods = { .submit = submit,
    .seek = seek,
    .take = take,
    .wait = wait_for_row,
    .state = state,
    .tell = tell,
    .notify = notify,
    .hear = hear,
    .close = close_log };

ENTRY_POINT bc_shared_open_fn bc_shared_log_open;

ENTRY_POINT struct bc_shared_log *bc_shared_log_open(const struct bc_shared_options *options)
{
    struct bc_postgres *postgres;

    if (!is_address(options)) {
        return NULL;
    }
    postgres = calloc(1, sizeof(*postgres));
    if (postgres == NULL) {
        say(options, true, "out of memory");
        return NULL;
    }
    postgres->log.methods = &methods;
    postgres->options = *options;
    postgres->address = strdup(options->address);
    postgres->hosts = bc_postgres_hosts_new(options->address);
    if (!bc_gather_init(&postgres->gather, BC_POSTGRES_ROOM) ||
        !bc_rows_init(&postgres->rows, BC_POSTGRES_ROOM) || !bc_gather_init(&postgres->heard, 0) ||
        !bc_queue_init_pair(&postgres->mutex, &postgres->first) || postgres->address == NULL ||
        postgres->hosts == NULL || !start(postgres, BC_APPENDS, bc_postgres_append) ||
        !can_be(postgres) || !start(postgres, BC_READS, bc_postgres_read)) {
        close_log(&postgres->log);
        return NULL;
    }
    atomic_store(&postgres->opened, true);
    return &postgres->log;
}
