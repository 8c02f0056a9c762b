/* The tool on a store of another version than its own: a newer one is said to be that, and left. */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/base/version.h"
#include "tests/storage/stored_version.h"

#define NEXT (BC_STORED_VERSION + 1)

/* ${part} of the broker's directory, as long as the test lasts. */
static char *copy_of_path(const char *part)
{
    char *path = strdup(life_path(life, part));

    assert_non_null(path);
    return path;
}

/* A copy of the store with ${set_version} to the next one, and a copy of that. */
static void prepare(void (*set_version)(const char *dir, uint32_t version), char **dir, char **as)
{
    *dir = copy_of_path("newer");
    *as = copy_of_path("newer.as-it-was");
    directory_copy(life_path(life, "data"), *dir);
    set_version(*dir, NEXT);
    directory_copy(*dir, *as);
}

static void is_left_as_it_was(char *dir, char *as)
{
    process_run((const char *const[]){ "diff", "-r", "-x", "lock*", dir, as, NULL },
        life_path(life, "diff.log"));
    free(dir);
    free(as);
}

static void tables_of_the_next_version_are_left_as_they_are(void **state)
{
    static const char *const commands[] = { "check", "stats", "dump" };
    struct stat info;
    char *to = copy_of_path("backup");
    char *dir;
    char *as;

    (void)state;
    prepare(stored_version_set_tables, &dir, &as);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        tool_expect(life, 2, "newer version", commands[i], dir, NULL);
    }
    tool_expect(life, 2, "newer version", "backup", dir, to, NULL);
    assert_int_not_equal(stat(to, &info), 0);
    free(to);
    is_left_as_it_was(dir, as);
}

/* What raises the one raises the other; should only the journal be newer, check says what it is. */
static void so_is_a_journal_of_the_next_version(void **state)
{
    char *dir;
    char *as;

    (void)state;
    prepare(stored_version_set_journal, &dir, &as);
    tool_expect(life, 1, "newer version", "check", dir, NULL);
    is_left_as_it_was(dir, as);
}

/* Of an older version everything is read; only the plugin writes, and makes it its own. */
static void a_store_of_an_older_version_is_read(void **state)
{
    char *dir = copy_of_path("older");
    char *to = copy_of_path("older.backup");

    (void)state;
    directory_copy(life_path(life, "data"), dir);
    stored_version_set_tables(dir, BC_STORED_VERSION - 1);
    stored_version_set_journal(dir, BC_STORED_VERSION - 1);
    tool_expect(life, 0, "0 problems", "check", dir, NULL);
    tool_expect(life, 0, "users", "stats", dir, NULL);
    tool_expect(life, 0, "alice", "dump", dir, "--user", "alice", NULL);
    tool_expect(life, 0, "", "backup", dir, to, NULL);
    tool_expect(life, 0, "0 problems", "check", to, NULL);
    assert_int_equal(stored_version_of_tables(dir), BC_STORED_VERSION - 1);
    free(dir);
    free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_the_next_version_are_left_as_they_are),
        cmocka_unit_test(so_is_a_journal_of_the_next_version),
        cmocka_unit_test(a_store_of_an_older_version_is_read),
    };

    return cmocka_run_group_tests(tests, life_begin, life_end);
}
