/*
 * Each call by which what is erased is overwritten, failing in turn, or the last before a kill:
 * nothing is said to be gone that isn't, nothing else is lost, it goes on, and the operator is
 * told.
 */
#include "tests/storage/fixture.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECRET   "Quetzalcoatl"
#define OTHER    "Popocatepetl"
#define MESSAGES 240
#define LEN_MAX  9000
#define ROUNDS   20000 /* of a millisecond at most: what a test waits for */
#define LATER_S  10    /* longer than the store waits before it tries again */
#define POINTS   6     /* so many calls of each kind fail in turn, of all that there are */

static uint64_t time_ms = 1000000;

/* ---- a disk that fails for threads beside the broker's ---- */

enum call {
    WRITES,
    SYNCS,
    CALLS
};

static struct {
    pthread_t broker;
    atomic_uint calls[CALLS]; /* of threads beside it */
    enum call what;
    atomic_uint first; /* the number of the first that fails, 0 for none ... */
    atomic_uint count; /* ... and how many from there on */
    int code;          /* errno, 0: the process is killed */
    atomic_uint failed;
    atomic_uint ahead_s; /* of the clock */
} disk;

static bool fails(enum call what)
{
    unsigned number;
    unsigned first = atomic_load(&disk.first);

    if (pthread_equal(pthread_self(), disk.broker)) {
        return false;
    }
    number = atomic_fetch_add(&disk.calls[what], 1) + 1;
    if (first == 0 || what != disk.what || number < first ||
        number - first >= atomic_load(&disk.count)) {
        return false;
    }
    atomic_fetch_add(&disk.failed, 1);
    return true;
}

/* The linker's names for --wrap. NOLINTBEGIN(bugprone-reserved-identifier) */
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time);

int __wrap_fdatasync(int fd)
{
    if (!fails(SYNCS)) {
        return __real_fdatasync(fd);
    }
    if (disk.code == 0) {
        _exit(0);
    }
    errno = disk.code;
    return -1;
}

/* Half of it is written before. */
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
    if (!fails(WRITES)) {
        return __real_pwrite64(fd, bytes, len, offset);
    }
    if (len > 1) {
        (void)!__real_pwrite64(fd, bytes, len / 2, offset);
    }
    if (disk.code == 0) {
        _exit(0);
    }
    errno = disk.code;
    return -1;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *time)
{
    int code = __real_clock_gettime(clock, time);

    time->tv_sec += (time_t)atomic_load(&disk.ahead_s);
    return code;
}
/* NOLINTEND(bugprone-reserved-identifier) */

static void heal(void)
{
    atomic_store(&disk.first, 0);
    atomic_fetch_add(&disk.ahead_s, LATER_S);
}

static void fail_from(enum call what, unsigned first, unsigned count, int code)
{
    for (unsigned i = 0; i < CALLS; i++) {
        atomic_store(&disk.calls[i], 0);
    }
    atomic_store(&disk.failed, 0);
    disk.what = what;
    disk.code = code;
    atomic_store(&disk.count, count);
    atomic_store(&disk.first, first);
}

/* ---- a store with something that is erased ---- */

static uint64_t send(struct store *store, const char *text, size_t len)
{
    static uint8_t payload[LEN_MAX];
    struct bc_fact fact = fact_sent(id_at(++time_ms), 0, 1, BC_INBOX, false);

    for (size_t i = 0; i < len; i++) {
        payload[i] = (uint8_t)text[i % strlen(text)];
    }
    fact.sent.message.kind = BC_TEXT;
    fact.sent.message.payload = bc_bytes(payload, len);
    store_append(store, &fact);
    return fact.id;
}

/* Returns the id of what erased them. */
static uint64_t erase(struct store *store, const struct bc_erased_message *messages, uint32_t count)
{
    struct bc_fact fact = { .id = id_at(++time_ms), .type = BC_FACT_ERASED };

    fact.erased = (struct bc_fact_erased){ .erasure = { .id = fact.id,
                                               .by = bc_bytes_text(BC_OPERATOR),
                                               .user = name_of(0),
                                               .reason = bc_bytes_text("asked for"),
                                               .step = BC_ERASE_DONE,
                                               .changed = fact.id,
                                               .messages = count },
        .step = BC_ERASE_MESSAGES,
        .messages = messages,
        .message_count = count };
    store_append(store, &fact);
    return fact.id;
}

/* Every fourth message is erased. */
static uint64_t fill(struct store *store)
{
    struct bc_erased_message erased[BC_ERASED_MAX];
    uint32_t count = 0;
    uint64_t upto;

    for (unsigned i = 0; i < MESSAGES; i++) {
        uint64_t id = send(store, i % 4 == 0 ? SECRET : OTHER, 13 + i * 37 % (LEN_MAX - 13));

        if (i % 4 == 0) {
            erased[count++] = (struct bc_erased_message){ .id = id };
        }
        if (i % 60 == 59) {
            store_checkpoint(store);
        }
    }
    upto = erase(store, erased, count);
    store_checkpoint(store);
    return upto;
}

static unsigned count_in(const struct store *store, const char *text)
{
    unsigned count = 0;

    for (int i = 0; i < STORE_FILES; i++) {
        struct file file = store_load(store, store_files[i]);
        const uint8_t *at = file.data;

        while (at != NULL &&
               (at = memmem(at, file.len - (size_t)(at - file.data), text, strlen(text))) != NULL) {
            count++;
            at++;
        }
        free(file.data);
    }
    return count;
}

/* A turn. Returns whether it is done. */
static bool turn(struct store *store, uint64_t upto)
{
    bc_store_clean(store->open);
    assert_int_equal(bc_store_checkpoint(store->open, false), BC_OK);
    usleep(500);
    return bc_store_cleaned(store->open) >= upto;
}

static void clean(struct store *store, uint64_t upto)
{
    unsigned turns = 0;

    while (!turn(store, upto)) {
        assert_true(++turns < ROUNDS);
    }
    assert_int_equal(count_in(store, SECRET), 0);
    assert_true(count_in(store, OTHER) > MESSAGES);
}

/* How many calls of each kind there are when nothing fails. */
static void count_calls(struct fixture *fixture, uint64_t upto, unsigned calls[CALLS])
{
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    fail_from(WRITES, 0, 0, 0);
    clean(&fixture->b, upto);
    for (unsigned i = 0; i < CALLS; i++) {
        calls[i] = atomic_load(&disk.calls[i]);
        assert_true(calls[i] >= 3); /* two segments, and the tables */
    }
    store_close(&fixture->b);
}

/* What is left is what was there before. */
static void expect_whole(struct store *store)
{
    store_close(store);
    store_must_open(store);
    assert_int_equal(store->lines.warnings, 0);
    store_close(store);
    assert_int_equal(count_in(store, SECRET), 0);
}

/* So far from one call that fails to the next, for so many ${points} or fewer. */
static unsigned step_of(unsigned calls, unsigned points)
{
    return calls > points ? (calls + points - 1) / points : 1;
}

/* ---- the tests ---- */

static const struct row {
    const char *name;
    enum call what;
    unsigned count;
    int code;
} rows[] = {
    { "one write, ENOSPC", WRITES, 1, ENOSPC },
    { "every write, ENOSPC", WRITES, 1U << 30, ENOSPC },
    { "every write, EIO", WRITES, 1U << 30, EIO },
    { "one sync, EIO", SYNCS, 1, EIO },
    { "every sync, EIO", SYNCS, 1U << 30, EIO },
};

static void fail_at(struct fixture *fixture, uint64_t upto, const struct row *row, unsigned first)
{
    struct store *store = &fixture->b;
    unsigned turns = 0;

    store_as_killed(&fixture->a, store);
    store_must_open(store);
    fail_from(row->what, first, row->count, row->code);
    while (atomic_load(&disk.failed) == 0 && ++turns < ROUNDS) {
        (void)turn(store, upto);
    }
    for (unsigned i = 0; i < 20; i++) { /* it is noticed */
        (void)turn(store, upto);
    }
    if (atomic_load(&disk.failed) == 0 || bc_store_cleaned(store->open) >= upto ||
        store->lines.warnings == 0 || store->lines.warnings > 2 ||
        strstr(store->lines.text, "can't be overwritten") == NULL) {
        fail_msg("%s, from %u on: failed %u, %u warnings: %s", row->name, first,
            atomic_load(&disk.failed), store->lines.warnings, store->lines.text);
    }
    heal();
    clean(store, upto);
    expect_whole(store);
}

static void whatever_call_fails_it_is_told_and_goes_on(void **state)
{
    struct fixture *fixture = *state;
    unsigned calls[CALLS];
    uint64_t upto;

    store_must_open(&fixture->a);
    upto = fill(&fixture->a);
    count_calls(fixture, upto, calls);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (unsigned first = 1; first <= calls[rows[i].what];
             first += step_of(calls[rows[i].what], POINTS)) {
            fail_at(fixture, upto, &rows[i], first);
        }
    }
    store_close(&fixture->a);
}

struct killed {
    struct store *store;
    uint64_t upto;
};

static void clean_until_killed(void *argument)
{
    const struct killed *killed = argument;

    disk.broker = pthread_self();
    CHILD_EXPECT(store_open(killed->store) == BC_OK);
    for (unsigned i = 0; i < ROUNDS; i++) {
        bc_store_clean(killed->store->open);
        CHILD_EXPECT(bc_store_checkpoint(killed->store->open, false) == BC_OK);
        CHILD_EXPECT(bc_store_cleaned(killed->store->open) < killed->upto);
        usleep(500);
    }
    _exit(1); /* it wasn't */
}

static void killed_at_any_call_it_goes_on_at_the_next_start(void **state)
{
    struct fixture *fixture = *state;
    struct killed killed = { .store = &fixture->b };
    unsigned calls[CALLS];

    store_must_open(&fixture->a);
    killed.upto = fill(&fixture->a);
    count_calls(fixture, killed.upto, calls);
    for (unsigned what = 0; what < CALLS; what++) {
        for (unsigned first = 1; first <= calls[what]; first += step_of(calls[what], 2 * POINTS)) {
            store_as_killed(&fixture->a, &fixture->b);
            fail_from((enum call)what, first, 1, 0);
            assert_int_equal(in_child(clean_until_killed, &killed), 0);
            heal();
            store_must_open(&fixture->b);
            assert_int_equal(fixture->b.lines.warnings, 0);
            clean(&fixture->b, killed.upto);
            expect_whole(&fixture->b);
        }
    }
    store_close(&fixture->a);
}

static int setup(void **state)
{
    disk.broker = pthread_self();
    fail_from(WRITES, 0, 0, 0);
    return fixture_setup(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(whatever_call_fails_it_is_told_and_goes_on),
        TEST(killed_at_any_call_it_goes_on_at_the_next_start),
    };

    return fixture_run("clean_faults", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
