/*
 * A copy of a store that is being written to.
 *
 * First the facts behind the last checkpoint are read from the journal: with the tables of that
 * checkpoint they are everything that was acknowledged so far. Then LMDB copies its tables, of that
 * checkpoint or a later one, for as long as it takes; the broker may use the journal's segments
 * anew meanwhile, since nothing of them is needed any more. At the end the copy gets a journal of
 * its own, with the facts that its tables don't have: as many as were read, or none.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/journal/journal_read.h"
#include "tools/destination.h"
#include "tools/owner.h"
#include "tools/progress.h"
#include "tools/tool.h"

#define TRIES   20 /* a broker can begin a segment anew while the journal is read */
#define LOOK_US 100000

/* The facts that were read from the journal, by number from ${first}. */
struct facts {
    uint64_t first;
    struct bc_bytes *payloads;
    size_t count;
    size_t size;
    uint64_t generation;
};

static void free_facts(struct facts *facts)
{
    for (size_t i = 0; i < facts->count; i++) {
        free((void *)(uintptr_t)facts->payloads[i].data);
    }
    free(facts->payloads);
    *facts = (struct facts){ 0 };
}

static enum bc_error keep_fact(void *context, uint64_t number, struct bc_bytes payload)
{
    struct facts *facts = context;
    uint8_t *copy = malloc(payload.len);

    if (facts->count == facts->size) {
        size_t size = facts->size > 0 ? 2 * facts->size : 1024;
        struct bc_bytes *grown = reallocarray(facts->payloads, size, sizeof(*grown));

        if (grown == NULL) {
            free(copy);
            return BC_NOMEM;
        }
        facts->payloads = grown;
        facts->size = size;
    }
    if (copy == NULL) {
        return BC_NOMEM;
    }
    memcpy(copy, payload.data, payload.len);
    facts->first = facts->count == 0 ? number : facts->first;
    facts->payloads[facts->count++] = bc_bytes(copy, payload.len);
    return BC_OK;
}

static void ignore_line(void *context, bool warning, const char *line)
{
    (void)context;
    (void)warning;
    (void)line;
}

/*
 * The facts behind the last checkpoint. When the broker checkpoints twice between the look at the
 * tables and the look at the journal, they have gone, and both are looked at again.
 */
static enum bc_error read_facts(const char *dir, struct facts *facts)
{
    enum bc_error error = BC_BUSY;

    for (int i = 0; i < TRIES && (error == BC_BUSY || error == BC_DAMAGED); i++) {
        struct bc_log log = { .fn = i + 1 < TRIES ? ignore_line : bc_tool_say };
        struct bc_snapshot *snapshot;
        struct bc_journal_info info;

        free_facts(facts);
        error = bc_snapshot_open(&snapshot, dir, bc_tool_say, NULL);
        if (error != BC_OK) {
            return error;
        }
        /* A number of 0 asks for all facts, and nothing is committed before the first. */
        error = bc_journal_read(
            dir, bc_snapshot_meta(snapshot)->applied, &log, keep_fact, facts, &info);
        if (error == BC_OK) {
            facts->generation = info.segments[info.active].generation;
        }
        bc_snapshot_close(snapshot);
    }
    return error;
}

/* ---- copying the tables, with progress ---- */

struct copying {
    int fd;
    uint64_t bytes; /* as many as there will be, about */
    bool quiet;
    atomic_bool done;
};

static void *watch(void *context)
{
    struct copying *copying = context;
    struct bc_progress progress =
        bc_progress_begin("copying, bytes", copying->bytes, copying->quiet);
    struct stat file;

    while (!atomic_load(&copying->done)) {
        if (fstat(copying->fd, &file) == 0) {
            bc_progress_at(&progress, (uint64_t)file.st_size);
        }
        (void)usleep(LOOK_US);
    }
    bc_progress_end(&progress);
    return NULL;
}

static enum bc_error copy_tables(const struct bc_tool *tool, const char *to)
{
    struct copying copying = { .quiet = tool->quiet };
    struct bc_snapshot *snapshot;
    struct bc_tables_space space;
    pthread_t watcher;
    bool watched;
    enum bc_error error = bc_snapshot_open(&snapshot, tool->dir, bc_tool_say, NULL);

    if (error != BC_OK) {
        return error;
    }
    copying.fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    error = copying.fd < 0 ? BC_IO : bc_tables_space(bc_snapshot_tables(snapshot), &space);
    if (error == BC_OK) {
        copying.bytes = space.bytes - space.free;
        watched = pthread_create(&watcher, NULL, watch, &copying) == 0;
        error = bc_tables_copy(bc_snapshot_tables(snapshot), copying.fd);
        atomic_store(&copying.done, true);
        if (watched) {
            (void)pthread_join(watcher, NULL);
        }
    }
    if (error == BC_OK && fsync(copying.fd) != 0) {
        error = BC_IO;
    }
    if (copying.fd >= 0 && close(copying.fd) != 0 && error == BC_OK) {
        error = BC_IO;
    }
    bc_snapshot_close(snapshot);
    return error;
}

/* ---- the copy's journal ---- */

static enum bc_error write_journal(const char *dir, const struct facts *facts)
{
    struct bc_log log = { .fn = bc_tool_say };
    struct bc_snapshot *copy;
    uint64_t last = facts->first + facts->count; /* one above it */
    uint64_t applied;
    uint64_t generation;
    size_t skipped;
    enum bc_error error = bc_snapshot_open(&copy, dir, bc_tool_say, NULL);

    if (error != BC_OK) {
        return error;
    }
    applied = bc_snapshot_meta(copy)->applied;
    generation = bc_snapshot_meta(copy)->generation;
    generation = facts->generation > generation ? facts->generation : generation;
    bc_snapshot_close(copy);
    skipped = facts->count == 0 || last <= applied + 1 ? facts->count
                                                       : (size_t)(applied + 1 - facts->first);
    return bc_journal_write(dir, (uint32_t)generation, applied + 1, facts->payloads + skipped,
        facts->count - skipped, &log);
}

static enum bc_error sync_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    return good ? BC_OK : BC_IO;
}

/* ---- the command ---- */

static enum bc_error make_copy(const struct bc_tool *tool, const char *partial)
{
    struct facts facts = { 0 };
    char tables[PATH_MAX + 32];
    enum bc_error error = read_facts(tool->dir, &facts);

    (void)snprintf(tables, sizeof(tables), "%s/data.mdb", partial);
    if (error == BC_OK) {
        error = copy_tables(tool, tables);
    }
    if (error == BC_OK) {
        error = write_journal(partial, &facts);
    }
    if (error == BC_OK) {
        error = sync_directory(partial);
    }
    free_facts(&facts);
    return error;
}

static void empty_copy(const char *partial)
{
    static const char *const names[] = { "data.mdb", "journal.0", "journal.1" };
    char path[PATH_MAX + 32];

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", partial, names[i]);
        (void)unlink(path);
    }
}

static void remove_copy(const char *partial)
{
    empty_copy(partial);
    (void)rmdir(partial);
}

/* Fill ${partial}, and say what goes wrong. */
static enum bc_exit fill(const struct bc_tool *tool, const char *partial)
{
    enum bc_error error;
    int code;

    errno = 0;
    error = make_copy(tool, partial);
    code = errno;
    if (error != BC_OK) {
        return bc_tool_failed("%s could not be backed up: %s%s%s", tool->dir, bc_error_text(error),
            error == BC_IO && code != 0 ? ": " : "",
            error == BC_IO && code != 0 ? strerror(code) : "");
    }
    return BC_EXIT_WELL;
}

/* The same as the store's owner: root only makes and names the directory that is filled. */
static enum bc_exit fill_as(
    const struct bc_owner *owner, const struct bc_tool *tool, const char *partial)
{
    int status = 0;
    pid_t child;

    if (chown(partial, owner->user, owner->group) != 0) {
        return bc_tool_failed(
            "%s can't be given to the store's owner: %s", partial, strerror(errno));
    }
    (void)fflush(stdout);
    child = fork();
    if (child == 0) {
        _exit((int)(bc_owner_become(owner) ? fill(tool, partial) : BC_EXIT_FAILED));
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return bc_tool_failed("no process to read the store in");
    }
    return WIFEXITED(status) ? (enum bc_exit)WEXITSTATUS(status)
                             : bc_tool_failed("%s could not be read: it is damaged", tool->dir);
}

/*
 * The directory ${partial}, made, empty and locked: what a backup that was interrupted has left in
 * it is removed. Returns a descriptor that keeps the lock, -1 if that can't be, which has been
 * said.
 */
static int begin_partial(const char *partial)
{
    int lock;

    if (mkdir(partial, 0700) != 0 && errno != EEXIST) {
        (void)bc_tool_failed("%s can't be made: %s", partial, strerror(errno));
        return -1;
    }
    lock = open(partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        (void)bc_tool_failed("%s is in the way, or another backup is busy with it", partial);
        if (lock >= 0) {
            (void)close(lock);
        }
        return -1;
    }
    empty_copy(partial);
    return lock;
}

enum bc_exit bc_tool_backup(const struct bc_tool *tool)
{
    char destination[PATH_MAX];
    char partial[BC_PARTIAL_MAX];
    struct bc_owner owner;
    const char *why = bc_destination(tool->dir, tool->operands[0], destination, partial);
    enum bc_exit code;
    int lock;

    if (why != NULL) {
        return bc_tool_failed("%s %s", tool->operands[0], why);
    }
    lock = begin_partial(partial);
    if (lock < 0) {
        return BC_EXIT_FAILED;
    }
    code = bc_owner_is_another(tool->dir, &owner) ? fill_as(&owner, tool, partial)
                                                  : fill(tool, partial);
    if (code == BC_EXIT_WELL && rename(partial, destination) != 0) {
        code = bc_tool_failed("%s can't be named %s: %s", partial, destination, strerror(errno));
    }
    if (code != BC_EXIT_WELL) {
        remove_copy(partial);
    }
    (void)close(lock);
    return code;
}
