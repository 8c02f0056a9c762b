/* Runs the families of checks, in a process of their own. */
#include "tools/check.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
    const char *name;
    enum bc_error (*run)(struct bc_check *check);
} families[] = {
    { "shapes", bc_check_shapes },
    { "users", bc_check_users },
    { "relations", bc_check_relations },
    { "messages", bc_check_messages },
    { "conversations", bc_check_conversations },
    { "mailboxes", bc_check_mailboxes },
    { "groups", bc_check_groups },
    { "reports", bc_check_reports },
    { "reactions", bc_check_reactions },
    { "profiles", bc_check_profiles },
    { "own data", bc_check_own },
    { "accounts", bc_check_accounts },
    { "push", bc_check_push },
    { "erasures", bc_check_erasures },
    { "journal", bc_check_journal },
};

/* How many rows the walks will pass, for the progress, and the numbers of users and groups. */
static enum bc_error count_rows(struct bc_check *check, uint64_t *all)
{
    struct bc_table_stat stat;
    enum bc_error error = BC_OK;

    *all = 0;
    for (int i = 0; i < BC_TABLE_COUNT && error == BC_OK; i++) {
        error = bc_tables_stat(check->tables, (enum bc_table)i, &stat);
        *all += 2 * stat.rows; /* by their shape, and by what they say */
        check->users = i == BC_TABLE_USERS ? (uint32_t)stat.rows : check->users;
        check->groups = i == BC_TABLE_GROUPS ? (uint32_t)stat.rows : check->groups;
    }
    return error;
}

static enum bc_error run_families(struct bc_check *check)
{
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(families) / sizeof(*families) && error == BC_OK; i++) {
        check->family = families[i].name;
        check->shown = 0;
        error = families[i].run(check);
        if (check->shown > BC_CHECK_SHOWN_MAX) {
            printf("%s: and %" PRIu64 " more\n", check->family, check->shown - BC_CHECK_SHOWN_MAX);
        }
        if (check->malformed) {
            printf("%s: so nothing else is checked\n", check->family);
            break;
        }
    }
    return error;
}

/* A bc_log_fn that keeps the last line: whether it is a finding is known only afterwards. */
struct said {
    char line[PATH_MAX + 160];
};

static void keep(void *context, bool warning, const char *line)
{
    struct said *said = context;

    (void)warning;
    (void)snprintf(said->line, sizeof(said->line), "%s", line);
}

/* Why the store could not be opened: on stdout if the reason is what was looked for. */
static enum bc_exit not_opened(enum bc_error error, const struct said *said)
{
    if (error == BC_DAMAGED) {
        printf("%s\n", said->line);
        return BC_EXIT_PROBLEM;
    }
    return bc_tool_failed("%s", error == BC_NOMEM ? bc_error_text(error) : said->line);
}

static enum bc_exit check_store(const struct bc_tool *tool)
{
    struct bc_snapshot *snapshot;
    struct bc_check check = { .dir = tool->dir, .live = bc_directory_owner(tool->dir) != 0 };
    struct said said = { .line = "" };
    char asof[64];
    uint64_t all = 0;
    enum bc_error error = bc_snapshot_open(&snapshot, tool->dir, keep, &said);

    if (error != BC_OK) {
        return not_opened(error, &said);
    }
    check.tables = bc_snapshot_tables(snapshot);
    check.view = bc_snapshot_view(snapshot);
    check.meta = bc_snapshot_meta(snapshot);
    error = count_rows(&check, &all);
    check.progress = bc_progress_begin("checking", all, tool->quiet);
    if (error == BC_OK) {
        error = run_families(&check);
    }
    bc_progress_end(&check.progress);
    if (error == BC_OK) {
        printf("%s: %" PRIu64 " problems; %" PRIu64 " rows looked at; last checkpoint: %s\n",
            tool->dir, check.problems, check.rows, bc_tool_as_of(check.meta, asof));
    }
    bc_arena_free(&check.record);
    bc_arena_free(&check.other);
    bc_snapshot_close(snapshot);
    if (error == BC_DAMAGED) {
        printf("%s: LMDB finds data.mdb damaged: restore it from a backup\n", tool->dir);
        return BC_EXIT_PROBLEM;
    }
    if (error != BC_OK) {
        return bc_tool_failed("%s can't be checked: %s", tool->dir, bc_error_text(error));
    }
    return check.problems > 0 ? BC_EXIT_PROBLEM : BC_EXIT_WELL;
}

/*
 * LMDB trusts its pages: a damaged one can send it outside of the map, or of the file. So the walk
 * is a child's, whose end by a signal is a finding like any other.
 */
enum bc_exit bc_tool_check(const struct bc_tool *tool)
{
    int status = 0;
    pid_t child;

    (void)fflush(stdout);
    child = fork();
    if (child == 0) {
        enum bc_exit code;

        (void)signal(SIGSEGV, SIG_DFL);
        (void)signal(SIGBUS, SIG_DFL);
        code = check_store(tool);
        _exit((int)(fflush(stdout) == 0 ? code : BC_EXIT_FAILED));
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        return bc_tool_failed("no process to read the store in");
    }
    if (WIFSIGNALED(status)) {
        printf("%s: data.mdb is damaged: a page that it speaks of can't be read (signal %d); "
               "restore it from a backup\n",
            tool->dir, WTERMSIG(status));
        return BC_EXIT_PROBLEM;
    }
    return (enum bc_exit)WEXITSTATUS(status);
}
