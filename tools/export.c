/*
 * `backchannel export`: all that is kept of a user, for that person, as a zip.
 *
 * The file is made under another name, and gets its own when it is whole. Who reads the store and
 * writes it is a child: it may die of a damaged store, and whatever ends it or the user, what it
 * wrote is removed.
 */
#include "tools/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/destination.h"
#include "tools/json_line.h"
#include "tools/owner.h"
#include "tools/tool.h"

/* ---- the files ---- */

/* In their order in the zip; who has no name begins files by themselves. */
static const struct {
    const char *name;
    enum bc_error (*write)(struct bc_export *export);
} sections[] = {
    { "README.txt", bc_export_readme },
    { "account.jsonl", bc_export_account },
    { "profile.jsonl", bc_export_profiles },
    { "own.jsonl", bc_export_own },
    { "devices.jsonl", bc_export_devices },
    { "invitations.jsonl", bc_export_invitations },
    { "people.jsonl", bc_export_people },
    { "requests.jsonl", bc_export_requests },
    { "conversations.jsonl", bc_export_conversations },
    { "groups.jsonl", bc_export_groups },
    { "reports.jsonl", bc_export_reports },
    { "erasures.jsonl", bc_export_erasures },
    { "messages.jsonl", bc_export_messages },
    { "events.jsonl", bc_export_events },
    { NULL, bc_export_pictures },
    { NULL, bc_export_media },
};

static enum bc_error write_sections(struct bc_export *export)
{
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]) && error == BC_OK; i++) {
        error = bc_export_breathe(export);
        if (error == BC_OK && sections[i].name != NULL &&
            !bc_zip_file(export->zip, sections[i].name)) {
            export->unwritten = true;
            error = BC_IO;
        }
        if (error == BC_OK) {
            error = sections[i].write(export);
        }
    }
    if (error == BC_OK && !bc_zip_end(export->zip)) {
        export->unwritten = true;
        error = BC_IO;
    }
    return error;
}

/* Begin with what the store has now. */
static enum bc_error begin(struct bc_export *export, int fd)
{
    const struct bc_meta *meta = bc_snapshot_meta(export->snapshot);

    export->view = bc_snapshot_view(export->snapshot);
    export->tables = bc_snapshot_tables(export->snapshot);
    export->newest = meta->newest_id;
    export->counts->time =
        meta->newest_id != 0 ? bc_timeline_time(&meta->timeline, meta->newest_id) : 0;
    export->line = open_memstream(&export->text, &export->size);
    export->zip = bc_zip_begin(fd);
    return export->line != NULL && export->zip != NULL ? BC_OK : BC_NOMEM;
}

static enum bc_exit outcome(
    const struct bc_tool *tool, const struct bc_export *export, enum bc_error error)
{
    if (error == BC_OK) {
        return BC_EXIT_WELL;
    }
    return export->unwritten
               ? bc_tool_failed(
                     "%s can't be written: %s", tool->operands[1], bc_zip_why(export->zip))
               : bc_tool_failed("%s can't be read: %s", tool->dir, bc_error_text(error));
}

/* All of it into ${fd}. */
static enum bc_exit fill(const struct bc_tool *tool, int fd, struct bc_export_counts *counts)
{
    struct bc_export export = { .name = bc_bytes_text(tool->operands[0]), .counts = counts };
    enum bc_exit code;
    enum bc_error error = bc_snapshot_open(&export.snapshot, tool->dir, bc_tool_say, NULL);

    if (error != BC_OK) {
        return BC_EXIT_FAILED; /* which has been said */
    }
    if (bc_view_user(bc_snapshot_view(export.snapshot), export.name, &export.user) != BC_OK ||
        export.user == 0) {
        bc_snapshot_close(export.snapshot);
        return bc_tool_failed(
            "the store knows no user %s, as of its last checkpoint", tool->operands[0]);
    }
    export.progress = bc_progress_begin("exporting, items", 0, tool->quiet);
    error = begin(&export, fd);
    if (error == BC_OK) {
        error = write_sections(&export);
    }
    bc_progress_end(&export.progress);
    code = outcome(tool, &export, error);
    if (export.line != NULL) {
        (void)fclose(export.line);
    }
    free(export.text);
    bc_zip_free(export.zip);
    bc_snapshot_close(export.snapshot);
    return code;
}

/* ---- the child that does it ---- */

/* What ends a command, and what says that a child has ended. */
static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGCHLD };

static void ends_set(sigset_t *set)
{
    (void)sigemptyset(set);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        (void)sigaddset(set, ends[i]);
    }
}

static enum bc_exit be_child(
    const struct bc_tool *tool, int fd, struct bc_export_counts *counts, const sigset_t *before)
{
    struct bc_owner owner;

    (void)signal(SIGSEGV, SIG_DFL);
    (void)signal(SIGBUS, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_IGN); /* writing fails, then, and that is said */
    (void)sigprocmask(SIG_SETMASK, before, NULL);
    if (bc_owner_is_another(tool->dir, &owner) && !bc_owner_become(&owner)) {
        return BC_EXIT_FAILED;
    }
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would name what it writes */
    return fill(tool, fd, counts);
}

/* What a child that has ended says. */
static enum bc_exit read_end(const struct bc_tool *tool, int status)
{
    if (WIFEXITED(status)) {
        return (enum bc_exit)WEXITSTATUS(status);
    }
    return WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS
               ? bc_tool_failed("%s could not be read: it is damaged", tool->dir)
               : bc_tool_failed("export: ended by a signal; nothing is left of it");
}

/* Wait for ${child} to end, and end it if this process is to. */
static enum bc_exit await(pid_t child, const struct bc_tool *tool, const sigset_t *set)
{
    int status = 0;

    while (waitpid(child, &status, WNOHANG) == 0) {
        int signal = sigwaitinfo(set, NULL);

        if (signal > 0 && signal != SIGCHLD) {
            (void)kill(child, SIGKILL);
        }
    }
    return read_end(tool, status);
}

static enum bc_exit fill_in_child(const struct bc_tool *tool, int fd,
    struct bc_export_counts *counts, const sigset_t *set, const sigset_t *before)
{
    pid_t child;

    (void)fflush(stdout);
    child = fork();
    if (child == 0) {
        _exit((int)be_child(tool, fd, counts, before));
    }
    return child < 0 ? bc_tool_failed("no process to read the store in") : await(child, tool, set);
}

/* ---- the command ---- */

/*
 * The file ${partial}, made, empty and locked: what an export that was killed has left in it is
 * gone. -1 if that can't be, which has been said.
 */
static int begin_partial(const char *partial)
{
    int fd = open(partial, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    struct stat file;

    if (fd < 0) {
        (void)bc_tool_failed("%s can't be made: %s", partial, strerror(errno));
        return -1;
    }
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_uid != geteuid() ||
        flock(fd, LOCK_EX | LOCK_NB) != 0) {
        (void)bc_tool_failed("%s is in the way, or another export is busy with it", partial);
        (void)close(fd);
        return -1;
    }
    if (fchmod(fd, 0600) != 0 || ftruncate(fd, 0) != 0) {
        (void)bc_tool_failed("%s can't be emptied: %s", partial, strerror(errno));
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* On the disk, under its own name. */
static enum bc_exit finish(
    int fd, const char *partial, const char *destination, struct bc_export_counts *counts)
{
    struct stat file;

    if (fsync(fd) != 0 || fstat(fd, &file) != 0) {
        return bc_tool_failed("%s can't be written: %s", destination, strerror(errno));
    }
    counts->bytes = (uint64_t)file.st_size;
    if (rename(partial, destination) != 0) {
        return bc_tool_failed("%s can't be named %s: %s", partial, destination, strerror(errno));
    }
    return BC_EXIT_WELL;
}

static enum bc_exit tell(const struct bc_tool *tool, const struct bc_export_counts *counts)
{
    char time[32];
    cJSON *line;

    if (counts->kept > 0) {
        (void)fprintf(stderr,
            "what %" PRIu64 " erased message%s of theirs said is kept for open reports, and not in "
            "it: they would learn of those\n",
            counts->kept, counts->kept == 1 ? " or note" : "s or notes");
    }
    if (!tool->json) {
        return printf("%s: %" PRIu64 " messages, %" PRIu64 " events, %" PRIu64
                      " pictures and media, %" PRIu64 " bytes, as of %s\n",
                   tool->operands[1], counts->messages, counts->events, counts->files,
                   counts->bytes, bc_tool_time(counts->time, time)) < 0
                   ? BC_EXIT_FAILED
                   : BC_EXIT_WELL;
    }
    line = bc_json_line("export");
    bc_json_line_text(line, "user", bc_bytes_text(tool->operands[0]));
    bc_json_line_text(line, "file", bc_bytes_text(tool->operands[1]));
    bc_json_line_number(line, "as-of", counts->time);
    bc_json_line_number(line, "messages", counts->messages);
    bc_json_line_number(line, "events", counts->events);
    bc_json_line_number(line, "files", counts->files);
    bc_json_line_number(line, "kept", counts->kept);
    bc_json_line_number(line, "bytes", counts->bytes);
    return bc_json_line_print(line) ? BC_EXIT_WELL : bc_tool_failed("out of memory");
}

static enum bc_exit make(const struct bc_tool *tool, const char *destination, const char *partial,
    struct bc_export_counts *counts)
{
    sigset_t set;
    sigset_t before;
    enum bc_exit code;
    int fd;

    /* From here on nothing ends this process but what it waits for. */
    ends_set(&set);
    (void)sigprocmask(SIG_BLOCK, &set, &before);
    fd = begin_partial(partial);
    if (fd < 0) {
        return BC_EXIT_FAILED;
    }
    code = fill_in_child(tool, fd, counts, &set, &before);
    if (code == BC_EXIT_WELL) {
        code = finish(fd, partial, destination, counts);
    }
    if (code != BC_EXIT_WELL) {
        (void)unlink(partial);
    }
    (void)close(fd);
    return code == BC_EXIT_WELL ? tell(tool, counts) : code;
}

enum bc_exit bc_tool_export(const struct bc_tool *tool)
{
    char destination[PATH_MAX];
    char partial[BC_PARTIAL_MAX];
    const char *why = bc_destination(tool->dir, tool->operands[1], destination, partial);
    struct bc_export_counts *counts; /* of which the child tells */
    enum bc_exit code;

    if (why != NULL) {
        return bc_tool_failed("%s %s", tool->operands[1], why);
    }
    counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counts == MAP_FAILED) {
        return bc_tool_failed("out of memory");
    }
    code = make(tool, destination, partial, counts);
    (void)munmap(counts, sizeof(*counts));
    return code;
}
