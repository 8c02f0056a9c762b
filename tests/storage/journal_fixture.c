/* A journal in a directory of its own, what ought to be in it, and disks that fail. */
#include "tests/storage/journal_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PAYLOAD_MAX 300
#define PATH_BYTES  96

struct faults faults;

unsigned unwritten_syncs;

static atomic_bool syncs_held;

/* The linker's names for --wrap. NOLINTBEGIN(bugprone-reserved-identifier) */
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset);
/* NOLINTEND(bugprone-reserved-identifier) */

static bool fails(void)
{
    faults.calls++;
    if (faults.calls == faults.kill) {
        _exit(FIXTURE_KILLED);
    }
    return faults.first > 0 && faults.calls >= faults.first &&
           faults.calls - faults.first < faults.count;
}

/* Nothing is really synced: no test cuts the power, and they are many. */
int __wrap_fdatasync(int fd)
{
    bool of_unwritten = lseek(fd, 0, SEEK_END) == BC_UNWRITTEN_BYTES; /* no segment is as long */

    while (atomic_load(&syncs_held) && !of_unwritten) {
        usleep(100);
    }
    if (!faults.only_write && fails()) {
        errno = faults.code;
        return -1;
    }
    unwritten_syncs += of_unwritten;
    return fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

int __wrap_fsync(int fd)
{
    return fcntl(fd, F_GETFD) < 0 ? -1 : 0;
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
    static bool interrupted;

    if (!faults.only_sync && fails()) {
        if (faults.half) {
            faults.half = false;
            faults.first++;
            return __real_pwrite64(fd, bytes, len / 2, offset);
        }
        errno = faults.code;
        return -1;
    }
    if (faults.in_small_pieces) {
        interrupted = !interrupted;
        if (interrupted) {
            errno = EINTR;
            return -1;
        }
        len = len < 7 ? len : 7;
    }
    return __real_pwrite64(fd, bytes, len, offset);
}

void hold_syncs(bool hold)
{
    atomic_store(&syncs_held, hold);
}

void fail_calls(struct faults how)
{
    faults = how;
}

int fixture_setup(void **state)
{
    const char *tmp = getenv("TMPDIR");
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    faults = (struct faults){ .calls = 0 };
    fixture->segment_bytes = SEGMENT_BYTES;
    fixture->gathers = getenv("JOURNAL_GATHERS") != NULL;
    fixture->next_tag = 1;
    snprintf(
        fixture->dir, sizeof(fixture->dir), "%s/journal_test.XXXXXX", tmp != NULL ? tmp : "/tmp");
    *state = fixture;
    return mkdtemp(fixture->dir) != NULL ? 0 : -1;
}

static const char *const segment_names[] = { "journal.0", "journal.1" };

static void path_of(const struct fixture *fixture, const char *name, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", fixture->dir, name);
}

static void delete_named(const struct fixture *fixture, const char *name)
{
    char path[PATH_BYTES];

    path_of(fixture, name, path);
    unlink(path);
}

int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    bc_journal_close(fixture->journal);
    delete_file(fixture, 0);
    delete_file(fixture, 1);
    delete_named(fixture, BC_UNWRITTEN_FILE);
    rmdir(fixture->dir);
    free(fixture);
    return 0;
}

static void take_line(void *context, bool warning, const char *line)
{
    struct fixture *fixture = context;
    size_t len = strlen(fixture->log);

    (void)warning;
    snprintf(fixture->log + len, sizeof(fixture->log) - len, "%s\n", line);
}

enum bc_error reopen(struct fixture *fixture)
{
    enum bc_error error;

    if (fixture->gathers && fixture->journal != NULL) {
        be_killed(fixture);
    }
    bc_journal_close(fixture->journal);
    fixture->log[0] = '\0';
    error = bc_journal_open(
        &fixture->journal, fixture->dir, fixture->segment_bytes, take_line, fixture);
    assert_true((error == BC_OK) == (fixture->journal != NULL));
    if (error == BC_OK && fixture->gathers) {
        bc_journal_map(fixture->journal, fixture->dir);
        bc_journal_gather(fixture->journal, true);
    }
    return error;
}

void reopen_at(struct fixture *fixture, uint64_t last)
{
    assert_int_equal(reopen(fixture), BC_OK);
    assert_int_equal(bc_journal_last(fixture->journal), last);
    assert_int_equal(bc_journal_synced(fixture->journal), last);
}

/* Every tag has a payload of its own, of lengths with every remainder by 8. */
static struct bc_bytes payload_of(uint32_t tag, uint8_t bytes[PAYLOAD_MAX])
{
    size_t len = 4 + tag * 37 % (PAYLOAD_MAX - 4);

    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i < 4 ? tag >> 8 * i : tag * 7 + i);
    }
    return bc_bytes(bytes, len);
}

enum bc_error append(struct fixture *fixture)
{
    uint8_t bytes[PAYLOAD_MAX];
    uint64_t last = bc_journal_last(fixture->journal);
    uint64_t used = bc_journal_bytes(fixture->journal);
    enum bc_error error = bc_journal_append(fixture->journal, payload_of(fixture->next_tag, bytes));

    if (error == BC_OK) {
        assert_int_equal(bc_journal_last(fixture->journal), ++last);
        assert_true(bc_journal_bytes(fixture->journal) > used);
        assert_true(last < FRAMES_MAX);
        fixture->tags[last] = fixture->next_tag;
    } else {
        assert_int_equal(bc_journal_last(fixture->journal), last);
        assert_int_equal(bc_journal_bytes(fixture->journal), used);
    }
    fixture->next_tag++;
    return error;
}

void append_many(struct fixture *fixture, unsigned count)
{
    while (count-- > 0) {
        assert_int_equal(append(fixture), BC_OK);
    }
}

void sync_all(struct fixture *fixture)
{
    assert_int_equal(bc_journal_sync(fixture->journal), BC_OK);
    assert_int_equal(bc_journal_synced(fixture->journal), bc_journal_last(fixture->journal));
}

void switch_over(struct fixture *fixture)
{
    uint64_t generation = bc_journal_generation(fixture->journal);

    bc_journal_free_upto(fixture->journal, generation - 1);
    assert_int_equal(bc_journal_switch(fixture->journal), BC_OK);
    assert_true(bc_journal_generation(fixture->journal) > generation);
    assert_int_equal(bc_journal_bytes(fixture->journal), 0);
}

struct expected {
    const struct fixture *fixture;
    uint64_t next;
};

static enum bc_error check_frame(void *context, uint64_t number, struct bc_bytes payload)
{
    struct expected *expected = context;
    uint8_t bytes[PAYLOAD_MAX];

    assert_int_equal(number, expected->next);
    assert_true(bc_bytes_equal(payload, payload_of(expected->fixture->tags[number], bytes)));
    expected->next++;
    return BC_OK;
}

void expect_frames(struct fixture *fixture, uint64_t after)
{
    struct expected expected = { .fixture = fixture, .next = after + 1 };

    assert_int_equal(bc_journal_replay(fixture->journal, after, check_frame, &expected), BC_OK);
    assert_int_equal(expected.next, bc_journal_last(fixture->journal) + 1);
}

void expect_logged(const struct fixture *fixture, const char *text)
{
    if (strstr(fixture->log, text) == NULL) {
        fail_msg("the log has no \"%s\":\n%s", text, fixture->log);
    }
}

void load_file(const struct fixture *fixture, const char *name, uint8_t *bytes, size_t len)
{
    char path[PATH_BYTES];
    int fd;

    path_of(fixture, name, path);
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, bytes, len), len);
    close(fd);
}

void save_file(const struct fixture *fixture, const char *name, const uint8_t *bytes, size_t len)
{
    char path[PATH_BYTES];
    int fd;

    path_of(fixture, name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), len);
    close(fd);
}

void load(const struct fixture *fixture, int index, uint8_t *bytes)
{
    load_file(fixture, segment_names[index], bytes, SEGMENT_BYTES);
}

void save(const struct fixture *fixture, int index, const uint8_t *bytes, size_t len)
{
    save_file(fixture, segment_names[index], bytes, len);
}

void delete_file(const struct fixture *fixture, int index)
{
    delete_named(fixture, segment_names[index]);
}

/* Returns its length, 0 if there is none. */
static size_t load_any(const struct fixture *fixture, const char *name, uint8_t *bytes, size_t max)
{
    char path[PATH_BYTES];
    ssize_t len;
    int fd;

    path_of(fixture, name, path);
    fd = open(path, O_RDONLY);
    if (fd < 0) {
        return 0;
    }
    assert_true(lseek(fd, 0, SEEK_END) <= (off_t)max);
    len = pread(fd, bytes, max, 0);
    close(fd);
    assert_true(len >= 0);
    return (size_t)len;
}

static void save_any(
    const struct fixture *fixture, const char *name, const uint8_t *bytes, size_t len)
{
    if (len > 0) {
        save_file(fixture, name, bytes, len);
    } else {
        delete_named(fixture, name);
    }
}

struct image *image_take(const struct fixture *fixture)
{
    struct image *image = calloc(1, sizeof *image);

    assert_non_null(image);
    for (int i = 0; i < 2; i++) {
        image->lens[i] =
            load_any(fixture, segment_names[i], image->segments[i], sizeof image->segments[i]);
    }
    image->unwritten_len =
        load_any(fixture, BC_UNWRITTEN_FILE, image->unwritten, sizeof image->unwritten);
    return image;
}

/* A process that is killed writes nothing, so that nothing fails. */
static void close_well(struct bc_journal *journal)
{
    struct faults kept;

    if (faults.first == 0 && faults.kill == 0) {
        bc_journal_close(journal); /* a thread of its own may be counting calls meanwhile */
        return;
    }
    kept = faults;
    faults = (struct faults){ .calls = 0 };
    bc_journal_close(journal);
    faults = kept;
}

void image_put(struct fixture *fixture, const struct image *image)
{
    close_well(fixture->journal);
    fixture->journal = NULL;
    for (int i = 0; i < 2; i++) {
        save_any(fixture, segment_names[i], image->segments[i], image->lens[i]);
    }
    save_any(fixture, BC_UNWRITTEN_FILE, image->unwritten, image->unwritten_len);
}

void be_killed(struct fixture *fixture)
{
    struct image *image = image_take(fixture);

    image_put(fixture, image);
    free(image);
}
