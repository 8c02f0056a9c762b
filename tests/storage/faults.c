#include "tests/storage/faults.h"

#include <errno.h>
#include <lmdb.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* A thread that merges meets it, too. */
static struct {
    atomic_bool on; /* nothing fails, nor counts, while it isn't */
    _Atomic enum what what;
    atomic_int code;   /* errno, or of LMDB */
    atomic_uint first; /* the first call that fails, from 1 */
    atomic_uint count; /* how many fail from there on */
    atomic_uint calls; /* of that kind, so far */
} fault;

static bool fails(enum what what)
{
    unsigned call;

    if (!fault.on || fault.what != what) {
        return false;
    }
    call = atomic_fetch_add(&fault.calls, 1) + 1;
    return call >= fault.first && call - fault.first < fault.count;
}

/* ---- the disk, for the journal and, being found before the C library's, for LMDB ---- */

#define FOR_ALL __attribute__((visibility("default")))

/* Neither calls pwritev(), which takes an offset to the system as each kind of machine has it. */
FOR_ALL ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    struct iovec piece = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = len };

    if (fails(FAIL_WRITE)) {
        errno = fault.code;
        return -1;
    }
    return pwritev(fd, &piece, 1, offset);
}

/* LMDB calls it by its other name, whose offset has no more bits than an address. */
FOR_ALL ssize_t pwrite_by_its_name(int fd, const void *bytes, size_t len, long offset) __asm__(
    "pwrite");

ssize_t pwrite_by_its_name(int fd, const void *bytes, size_t len, long offset)
{
    return pwrite(fd, bytes, len, offset);
}

FOR_ALL ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    if (fails(FAIL_WRITE)) {
        errno = fault.code;
        return -1;
    }
    return syscall(SYS_writev, fd, pieces, count);
}

/* Nothing is really synced: no test cuts the power, and they are many. */
FOR_ALL int fdatasync(int fd)
{
    (void)fd;
    errno = fault.code;
    return fails(FAIL_SYNC) ? -1 : 0;
}

FOR_ALL int fsync(int fd)
{
    return fdatasync(fd);
}

/* ---- the clock: between a failed checkpoint and the next try, time passes ---- */

static _Atomic time_t seconds;

/* The linker's names for --wrap. NOLINTBEGIN(bugprone-reserved-identifier) */

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    (void)clock;
    *now = (struct timespec){ .tv_sec = 1000 + seconds };
    return 0;
}

/* Its name where time has more bits than an address. */
int __wrap___clock_gettime64(clockid_t clock, struct timespec *now);

int __wrap___clock_gettime64(clockid_t clock, struct timespec *now)
{
    return __wrap_clock_gettime(clock, now);
}

/* ---- memory, of our own code ---- */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *data, size_t size);
void *__wrap_realloc(void *data, size_t size);

void *__wrap_malloc(size_t size)
{
    return fails(FAIL_MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(FAIL_MEMORY) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *data, size_t size)
{
    return fails(FAIL_MEMORY) ? NULL : __real_realloc(data, size);
}

/* ---- LMDB ---- */

int __real_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn);
int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __real_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags);
int __real_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __real_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value);
int __real_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op);
int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op);

int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    return fails(FAIL_BEGIN) ? fault.code : __real_mdb_txn_begin(env, parent, flags, txn);
}

/* A commit that fails leaves no transaction. */
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (fails(FAIL_COMMIT)) {
        mdb_txn_abort(txn);
        return fault.code;
    }
    return __real_mdb_txn_commit(txn);
}

int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags)
{
    return fails(FAIL_PUT) ? fault.code : __real_mdb_cursor_put(cursor, key, value, flags);
}

int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags)
{
    return fails(FAIL_DELETE) ? fault.code : __real_mdb_cursor_del(cursor, flags);
}

int __wrap_mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *value)
{
    return fails(FAIL_READ) ? fault.code : __real_mdb_get(txn, dbi, key, value);
}

int __wrap_mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *value, MDB_cursor_op op)
{
    return fails(FAIL_WALK) ? fault.code : __real_mdb_cursor_get(cursor, key, value, op);
}

/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- what tests say ---- */

void faults_plan(enum what what, int code, unsigned first, unsigned count)
{
    fault.on = false;
    fault.what = what;
    fault.code = code;
    fault.first = first;
    fault.count = count;
    fault.calls = 0;
}

void faults_on(bool on)
{
    fault.on = on;
}

unsigned faults_calls(void)
{
    return fault.calls;
}

void faults_end(void)
{
    fault.on = false;
    fault.what = FAIL_NOTHING;
    seconds += 10;
}

void faults_wait(unsigned more)
{
    seconds += more;
}
