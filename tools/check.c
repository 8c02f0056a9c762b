/* Runs the families of checks, in a process of their own. */
#include "tools/check.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messaging/shown.h"

#define SHOWN_MAX 20 /* problems of one family that are printed */
#define KEY_SHOWN 24 /* bytes of a key */

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
    { "journal", bc_check_journal },
};

void bc_check_problem(struct bc_check *check, const char *format, ...)
{
    char line[1024];
    char shown[1024];
    va_list arguments;

    check->problems++;
    check->shown++;
    if (check->shown > SHOWN_MAX) {
        return;
    }
    bc_progress_end(&check->progress);
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    printf("%s: %s\n", check->family, bc_shown_line(line, shown, sizeof(shown)));
}

/* ${key} in hex, as far as it fits. */
static const char *hex(struct bc_bytes key, char text[2 * KEY_SHOWN + 4])
{
    size_t shown = key.len < KEY_SHOWN ? key.len : KEY_SHOWN;

    for (size_t i = 0; i < shown; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", key.data[i]);
    }
    (void)snprintf(text + 2 * shown, 4, "%s", key.len > shown ? "..." : "");
    return text;
}

static void problem_of_row(struct bc_check *check, struct bc_bytes key, const char *what)
{
    char text[2 * KEY_SHOWN + 4];

    bc_check_problem(check, "%s: row %s: %s", bc_table_name(check->table), hex(key, text), what);
}

static enum bc_error take_row(
    struct bc_check *check, struct bc_bytes key, struct bc_bytes value, bc_check_row_fn *fn)
{
    struct bc_key_parts parts;
    struct bc_value read;
    enum bc_error error = bc_key_read(check->table, key, &parts);

    if (error == BC_OK) {
        error = bc_value_read(check->table, value, &read);
    }
    if (error != BC_OK) {
        check->malformed = true;
        bc_check_problem(check, "%s: a row has a key of %zu bytes and a value of %zu",
            bc_table_name(check->table), key.len, value.len);
        return BC_OK;
    }
    return fn(check, &parts, &read);
}

enum bc_error bc_check_rows(struct bc_check *check, enum bc_table table, bc_check_row_fn *fn)
{
    struct bc_walk walk = { .tables = check->tables, .table = table, .start = bc_key_least() };
    struct bc_bytes key;
    struct bc_bytes value;
    enum bc_error error;

    check->table = table;
    for (;;) {
        key = bc_bytes(NULL, 0);
        error = bc_walk_next(&walk, &key, &value);
        if (error != BC_OK && (error != BC_DAMAGED || key.data == NULL)) {
            break;
        }
        error = error == BC_OK ? take_row(check, key, value, fn) : error;
        if (error == BC_NOTFOUND) {
            problem_of_row(check, key, "a row that it needs is missing");
        } else if (error == BC_DAMAGED) {
            problem_of_row(check, key, "it, or a row that it needs, fails its checksum");
        } else if (error != BC_OK) {
            return error;
        }
        bc_progress_at(&check->progress, ++check->rows);
    }
    return bc_or_nothing(error);
}

enum bc_error bc_check_has(struct bc_check *check, enum bc_table table, const struct bc_key *key,
    const struct bc_value *value, const char *what)
{
    char text[2 * KEY_SHOWN + 4];
    struct bc_value_bytes bytes = bc_value_write(table, value);
    struct bc_bytes found;
    enum bc_error error = bc_tables_get(check->tables, table, key, &found);

    if (error == BC_NOTFOUND ||
        (error == BC_OK && !bc_bytes_equal(found, bc_bytes(bytes.bytes, bytes.len)))) {
        bc_check_problem(check, "%s: row %s: it is %s: %s", bc_table_name(table),
            hex(bc_key_bytes(key), text),
            error == BC_NOTFOUND ? "missing" : "another than it should be", what);
        return BC_OK;
    }
    return error;
}

bool bc_check_user(struct bc_check *check, uint32_t user)
{
    if (user == 0 || user > check->users) {
        bc_check_problem(check, "%s: there is no user %u", bc_table_name(check->table), user);
        return false;
    }
    return true;
}

bool bc_check_group(struct bc_check *check, uint32_t group)
{
    if (group == 0 || group > check->groups) {
        bc_check_problem(check, "%s: there is no group %u", bc_table_name(check->table), group);
        return false;
    }
    return true;
}

enum bc_error bc_check_user_name(struct bc_check *check, uint32_t number, struct bc_bytes *name)
{
    struct bc_user_row row;
    enum bc_error error = bc_codec_get_user(check->tables, number, &check->other, &row);

    *name = error == BC_OK ? row.name : bc_bytes(NULL, 0);
    return error;
}

enum bc_error bc_check_group_name(struct bc_check *check, uint32_t number, struct bc_bytes *name)
{
    struct bc_group row;
    enum bc_error error = bc_codec_get_group(check->tables, number, &check->other, &row);

    *name = error == BC_OK ? row.name : bc_bytes(NULL, 0);
    return error;
}

/* ---- running ---- */

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
        if (check->shown > SHOWN_MAX) {
            printf("%s: and %" PRIu64 " more\n", check->family, check->shown - SHOWN_MAX);
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
