/* The tool on a store that somebody hostile has laid out, and what it prints of what they wrote. */
#include "life.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static struct tool_run run;

static int begin(void **state)
{
    (void)state;
    life = life_broker();
    talk_send(client_login(life, "alice"), "alice",
        "\xc2\x9b\xe2\x80\xae"
        "end\xf3\xa0\x81\x81");
    return broker_stop(life);
}

static void write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void what_is_dumped_drives_no_terminal(void **state)
{
    (void)state;
    tool_run(life, &run, "dump", life_path(life, "data"), "--user", "alice", NULL);
    assert_int_equal(run.code, 0);
    assert_non_null(strstr(run.text, "\\u009b\\u202eend\\udb40\\udc41"));
    assert_null(strstr(run.text, "\xc2\x9b"));
    tool_run(life, &run, "dump", life_path(life, "data"), "--user", "no\x1b[2Jbody", NULL);
    assert_int_equal(run.code, 2);
    assert_non_null(strstr(run.text, "no user no\\u{1b}[2Jbody"));
}

/* What LMDB would write its lock into stays as it is. */
static void a_link_in_the_place_of_a_file_is_not_followed(void **state)
{
    static const char *const names[] = { "data.mdb", "lock.mdb", "journal.0", "journal.1",
        "journal.unwritten" };
    static const char *const commands[] = { "check", "stats", "dump" };
    char path[300];
    char kept[320];
    char victim[300];
    struct stat info;

    (void)state;
    (void)snprintf(victim, sizeof(victim), "%s", life_path(life, "victim"));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        bool there;

        write_text(victim, "precious");
        (void)snprintf(path, sizeof(path), "%s/%s", life_path(life, "data"), names[i]);
        (void)snprintf(kept, sizeof(kept), "%s.kept", path);
        there = rename(path, kept) == 0;
        for (int kind = 0; kind < 2; kind++) { /* a link, and a pipe that nobody writes to */
            assert_int_equal(kind == 0 ? symlink(victim, path) : mkfifo(path, S_IRWXU), 0);
            for (size_t j = 0; j < sizeof(commands) / sizeof(commands[0]); j++) {
                tool_expect(life, 2, "plain file", commands[j], life_path(life, "data"), NULL);
            }
            tool_expect(life, 2, "plain file", "backup", life_path(life, "data"),
                life_path(life, "stolen"), NULL);
            assert_int_equal(unlink(path), 0);
        }
        assert_int_equal(stat(victim, &info), 0);
        assert_int_equal(info.st_size, strlen("precious"));
        assert_true(!there || rename(kept, path) == 0);
    }
    tool_expect(life, 0, "0 problems", "check", life_path(life, "data"), NULL);
}

static void a_backup_that_was_interrupted_blocks_no_other(void **state)
{
    char partial[300];
    int lock;

    (void)state;
    (void)snprintf(partial, sizeof(partial), "%s", life_path(life, "copy.partial"));
    assert_int_equal(mkdir(partial, S_IRWXU), 0);
    write_text(life_path(life, "copy.partial/data.mdb"), "half");
    lock = open(partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(lock >= 0 && flock(lock, LOCK_EX) == 0);
    tool_expect(life, 2, "another backup is busy", "backup", life_path(life, "data"),
        life_path(life, "copy"), NULL);
    assert_int_equal(close(lock), 0);
    tool_expect(life, 0, "", "backup", life_path(life, "data"), life_path(life, "copy//"), NULL);
    tool_expect(life, 0, "0 problems", "check", life_path(life, "copy"), NULL);
    assert_int_not_equal(access(partial, F_OK), 0);
}

static void a_backup_within_the_store_is_refused(void **state)
{
    char back[400];

    (void)state;
    tool_expect(life, 2, "within the store", "backup", life_path(life, "data"),
        life_path(life, "data/copy"), NULL);
    (void)snprintf(back, sizeof(back), "%s/../data/copy/", life_path(life, "data"));
    tool_expect(life, 2, "within the store", "backup", life_path(life, "data"), back, NULL);
}

/* Root reads somebody's store with their rights, and the copy is theirs. */
static void root_goes_on_as_the_owner(void **state)
{
    struct passwd *nobody = getpwnam("nobody");
    char file[300];
    struct stat info;

    (void)state;
    if (geteuid() != 0 || nobody == NULL) {
        skip(); /* there are no rights to give up */
    }
    assert_int_equal(chmod(broker_dir(life), S_IRWXU | S_IXGRP | S_IXOTH), 0);
    (void)snprintf(file, sizeof(file), "%s", life_path(life, "data"));
    assert_int_equal(chown(file, nobody->pw_uid, nobody->pw_gid), 0);
    /* Its files are root's alone, so that with the owner's rights they can't be read. */
    tool_expect(life, 2, "can't be read", "check", life_path(life, "data"), NULL);
    tool_run(life, &run, "backup", life_path(life, "data"), life_path(life, "theirs"), NULL);
    assert_int_equal(run.code, 2);
    static const char *const names[] = { "data.mdb", "lock.mdb", "journal.0", "journal.1",
        "journal.unwritten" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(file, sizeof(file), "%s/%s", life_path(life, "data"), names[i]);
        if (access(file, F_OK) == 0) {
            assert_int_equal(chown(file, nobody->pw_uid, nobody->pw_gid), 0);
        }
    }
    tool_expect(life, 0, "0 problems", "check", life_path(life, "data"), NULL);
    tool_expect(life, 0, "", "backup", life_path(life, "data"), life_path(life, "theirs"), NULL);
    assert_int_equal(stat(life_path(life, "theirs"), &info), 0);
    assert_int_equal(info.st_uid, nobody->pw_uid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_dumped_drives_no_terminal),
        cmocka_unit_test(a_link_in_the_place_of_a_file_is_not_followed),
        cmocka_unit_test(a_backup_that_was_interrupted_blocks_no_other),
        cmocka_unit_test(a_backup_within_the_store_is_refused),
        cmocka_unit_test(root_goes_on_as_the_owner),
    };

    return cmocka_run_group_tests(tests, begin, life_end);
}
