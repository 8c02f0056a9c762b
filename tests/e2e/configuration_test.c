/*
 * What the plugin reads of the broker's own configuration, and refuses: what would leave topics
 * open, and what it can't read.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "raw.h"
#include "talk.h"

enum {
    LINE_SIZE = 512,
    TICK_MISSING_MS = 2200,
    LOG_MS = 5000
};

/* Files that a broker reads before it has a directory. */
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/backchannel-conf-XXXXXX");
    return mkdtemp(folder) != NULL ? chmod(folder, 0755) : -1;
}

static int remove_folder(void **state)
{
    directory_remove(folder);
    return broker_teardown(state);
}

/* Write ${text} to the file ${name} in the folder. */
static void write_file(const char *name, const char *text)
{
    char path[2 * LINE_SIZE];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* Demand that the broker doesn't start, and that one line of ours has ${words}, up to a NULL. */
static void refused(const struct broker_options *options, const char *const *words)
{
    char *log = broker_start_refused(options);
    char *line = strstr(log, "Backchannel: ");

    if (line == NULL)
        fail_msg("refused without saying why: %s", log);
    line[strcspn(line, "\n")] = '\0';
    for (; *words != NULL; words++) {
        if (strstr(line, *words) == NULL)
            fail_msg("\"%s\" isn't in: %s", *words, line);
    }
    free(log);
}

/* ---- what isn't supported ---- */

/* By 2.1 itself, where the plugin's line isn't a listener's. */
static bool says_why_per_listener_settings_are_refused(const char *log)
{
    return strstr(log, "per_listener_settings true is not supported") != NULL ||
           strstr(log, "option requires a listener to be defined first") != NULL;
}

static void per_listener_settings_are_refused(void **state)
{
    static const char *const written[] = { "per_listener_settings true",
        "per_listener_settings 1" };

    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        const char *const before[] = { written[i], NULL };
        char *log = broker_start_refused(&(struct broker_options){ .lines_before = before });

        assert_true(says_why_per_listener_settings_are_refused(log));
        free(log);
    }
}

/* Write ${text} to the file ${name} of conf.d, which is then included by the line ${include}. */
static void include_file(const char *name, const char *text, char include[LINE_SIZE])
{
    char path[LINE_SIZE];

    snprintf(path, sizeof path, "%s/conf.d", folder);
    (void)mkdir(path, 0755);
    snprintf(path, sizeof path, "conf.d/%s", name);
    write_file(path, text);
    snprintf(include, LINE_SIZE, "include_dir %s/conf.d", folder);
}

static void per_listener_settings_of_an_included_file_are_refused(void **state)
{
    char include[LINE_SIZE];
    const char *const before[] = { include, NULL };
    char *log;

    (void)state;
    include_file("a.conf", "max_queued_messages 7\n", include);
    include_file("b.conf", "per_listener_settings true\n", include);
    log = broker_start_refused(&(struct broker_options){ .lines_before = before });
    assert_true(says_why_per_listener_settings_are_refused(log));
    free(log);
}

/* 2.1 can load a plugin for single listeners, and doesn't ask it about the clients of others. */
static void a_plugin_of_single_listeners_is_refused(void **state)
{
    char load[LINE_SIZE];
    const char *const before[] = { load, NULL };
    const char *const after[] = { "plugin_use guard", NULL };
    bool is_2_1;
    char *log;

    is_2_1 = broker_is_2_1(*state = broker_start(&(struct broker_options){ .tls = false }));
    broker_free(*state);
    *state = NULL;
    snprintf(load, sizeof load, "plugin_load guard %s", broker_plugin_file());
    log = broker_start_refused(
        &(struct broker_options){ .lines_before = before, .plugin = "", .lines_after = after });
    if (strstr(log, is_2_1 ? "plugin_load guard is not supported" : "plugin_load") == NULL)
        fail_msg("refused without saying why: %s", log);
    free(log);
}

static void a_global_plugin_guards_every_listener(void **state)
{
    char load[LINE_SIZE];
    const char *const before[] = { load, NULL };
    struct broker *b = *state = broker_start(&(struct broker_options){ .tls = false });
    struct client *bob;

    if (!broker_is_2_1(b))
        return; /* it has no such line */
    broker_free(b);
    snprintf(load, sizeof load, "global_plugin %s", broker_plugin_file());
    *state = b = broker_start(
        &(struct broker_options){ .lines_before = before, .plugin = "", .websockets = true });
    bob = client_login(b, "bob");
    assert_int_equal(client_subscribe(bob, "bc/user/alice/#", 1), TALK_REFUSED);
    bob = client_connect(b, &(struct client_options){ .user = "bob", .transport = BROKER_WS });
    assert_int_equal(client_subscribe(bob, "bc/user/alice/#", 1), TALK_REFUSED);
}

static void mount_points_are_refused(void **state)
{
    const char *const mounted[] = { "mount_point elsewhere/", NULL };
    const char *const chat[] = { "topic_prefix chat", NULL };
    char include[LINE_SIZE];
    const char *const included[] = { include, NULL };
    const struct broker_options brokers[] = { { .lines_after = mounted },
        { .lines_after = mounted, .plugin_options = chat },
        { .lines_after = mounted, .websockets = true }, { .lines_after = included } };
    const char *const prefixes[] = { "bc/", "chat/", "bc/", "bc/" };
    char file[LINE_SIZE];

    (void)state;
    /* With a listener of its own: 2.1 doesn't take the one before for an included file's. */
    snprintf(file, sizeof file, "listener %u 127.0.0.1\nmount_point elsewhere/\n",
        (unsigned)raw_free_port());
    include_file("mount.conf", file, include);
    for (size_t i = 0; i < sizeof brokers / sizeof brokers[0]; i++) {
        char *log = broker_start_refused(&brokers[i]);

        assert_non_null(strstr(log, "mount_point elsewhere/ is not supported"));
        assert_non_null(strstr(log, prefixes[i]));
        free(log);
    }
}

static void the_same_plugin_twice_is_refused(void **state)
{
    const char *const again[] = { "plugin /nowhere/mosquitto_backchannel.so", NULL };
    char *log = broker_start_refused(&(struct broker_options){ .lines_after = again });

    (void)state;
    assert_non_null(strstr(log, "2 plugin lines with mosquitto_backchannel.so: keep one"));
    free(log);
}

static void files_that_mosquitto_does_not_include_are_not_read(void **state)
{
    char include[LINE_SIZE];
    const char *const before[] = { include, NULL };

    include_file("a.conf", "max_queued_messages 7\n", include);
    include_file("a.conf.old", "per_listener_settings true\n", include);
    include_file(".conf", "per_listener_settings true\n", include);
    *state = broker_start(&(struct broker_options){ .lines_before = before });
}

/*
 * Where the setting isn't seen, it shows when the first client comes. The file that had it is gone
 * when the plugin looks: the broker has written its process id over it.
 */
static void per_listener_settings_that_are_not_seen_are_complained_of(void **state)
{
    char include[LINE_SIZE];
    char listener[LINE_SIZE];
    char pid_file[LINE_SIZE];
    const char *const before[] = { include, listener, pid_file, NULL };
    struct client *nobody;
    uint16_t port = raw_free_port();
    int fd;

    include_file("per_listener.conf", "per_listener_settings true\n", include);
    snprintf(pid_file, sizeof pid_file, "pid_file %s/conf.d/per_listener.conf", folder);
    snprintf(listener, sizeof listener, "listener %u 127.0.0.1", (unsigned)port);
    *state = broker_start(&(struct broker_options){ .lines_before = before });
    if (broker_is_newer(*state))
        return; /* it calls TICK all the same, and nothing shows: it starts */
    fd = raw_open(port);
    raw_connect(fd, &(struct raw_connect){ .version = 4, .clean = true, .user = "alice" });
    nobody = client_try_connect(*state, &(struct client_options){ .user = "alice" });
    client_idle(nobody, TICK_MISSING_MS);
    raw_publish(fd, 4, "bc/user/bob", "hello", 1);
    broker_expect_log(*state, "the broker never calls TICK", LOG_MS);
    raw_close(fd);
}

/* ---- what can't be read ---- */

/* A copy of the plugin that anybody may read, by another name. */
static const char *copy_plugin(const char *name)
{
    static char path[LINE_SIZE];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    process_run((const char *const[]){ "cp", broker_plugin_file(), path, NULL }, "/dev/null");
    assert_int_equal(chmod(path, 0644), 0);
    return path;
}

/* Where only root can become somebody else, and be kept from nothing. */
static bool is_root(const char *test)
{
    if (geteuid() != 0)
        print_message("SKIPPED, since only root can start a broker as somebody else: %s\n", test);
    return geteuid() == 0;
}

/*
 * Mosquitto reads its file as root, and is nobody by the time it starts plugins. What is read
 * without a word by root alone is what hides per_listener_settings and mount points.
 */
static void a_file_that_root_alone_may_read_is_refused(void **state)
{
    struct broker_options options = { .plugin = copy_plugin("mosquitto_backchannel.so"),
        .user = "nobody" };
    mode_t before;

    if (!is_root(__func__))
        skip();
    before = umask(0077);
    refused(&options,
        (const char *const[]){ "the broker's configuration can't be read", "/mosquitto.conf",
            strerror(EACCES), "let its user read it", "chgrp mosquitto", NULL });
    umask(before);
    *state = broker_start(&options); /* as anybody may read it */
    talk_ok(client_login(*state, "alice"), "whoami", "{}");
}

static void so_is_a_file_of_its_folder_and_the_folder(void **state)
{
    char include[LINE_SIZE];
    char dir[LINE_SIZE];
    char part[LINE_SIZE];
    const char *const before[] = { include, NULL };
    struct broker_options options = {
        .plugin = copy_plugin("mosquitto_backchannel.so"), .user = "nobody", .lines_before = before
    };

    if (!is_root(__func__))
        skip();
    include_file("a.conf", "max_queued_messages 7\n", include);
    include_file("b.conf", "max_queued_messages 7\n", include);
    snprintf(dir, sizeof dir, "%s/conf.d", folder);
    snprintf(part, sizeof part, "%s/conf.d/b.conf", folder);
    assert_int_equal(chmod(part, 0600), 0);
    refused(&options, (const char *const[]){ "can't be read", part, "chmod g+r", NULL });
    assert_int_equal(chmod(part, 0644), 0);
    assert_int_equal(chmod(dir, 0700), 0);
    refused(&options, (const char *const[]){ "can't be read", dir, "a folder g+rx", NULL });
    assert_int_equal(chmod(dir, 0755), 0);
    *state = broker_start(&options);
}

/* ---- the plugin by another name ---- */

static void a_plugin_by_another_name_is_not_loaded_twice(void **state)
{
    const char *guard = copy_plugin("guard.so");
    char again[2 * LINE_SIZE];
    char linked[LINE_SIZE];
    const char *const after[] = { again, NULL };
    const struct broker_options options = { .plugin = guard, .lines_after = after };

    (void)state;
    snprintf(again, sizeof again, "plugin %s", guard);
    refused(&options, (const char *const[]){ "2 plugin lines", "keep one", NULL });
    snprintf(linked, sizeof linked, "%s/other name.so", folder);
    assert_int_equal(symlink(guard, linked), 0);
    snprintf(again, sizeof again, "plugin   %s", linked);
    refused(&options, (const char *const[]){ "2 plugin lines", "keep one", NULL });
}

static void one_that_comes_behind_another_is_complained_of(void **state)
{
    static const char complaint[] = "another plugin line comes before Backchannel's";
    const char *const idle[] = { "plugin " IDLE_PLUGIN, NULL };

    *state = broker_start(
        &(struct broker_options){ .plugin = copy_plugin("guard.so"), .lines_before = idle });
    assert_true(broker_log_contains(*state, complaint));
    broker_teardown(state);
    *state = broker_start(
        &(struct broker_options){ .plugin = copy_plugin("guard.so"), .lines_after = idle });
    assert_false(broker_log_contains(*state, complaint));
}

/* ---- bridges ---- */

/* The broker asks no plugin about what comes by a bridge that it opened itself. */
static void bridges_that_reach_below_the_prefix_are_refused(void **state)
{
    static const char *const reaching[] = { "topic # both", "topic bc/user/bob/# in 1",
        "topic user/# out 1 bc/ far/" };
    char address[LINE_SIZE];
    const char *after[] = { "connection far", address, NULL, NULL };

    snprintf(address, sizeof address, "address 127.0.0.1:%u", (unsigned)raw_free_port());
    for (size_t i = 0; i < sizeof reaching / sizeof *reaching; i++) {
        after[2] = reaching[i];
        refused(&(struct broker_options){ .lines_after = after },
            (const char *const[]){ "a bridge reaches below bc/", reaching[i],
                "let its topics begin with something else", NULL });
    }
    after[2] = "topic news/# both 0 \"\" far/";
    *state = broker_start(&(struct broker_options){ .lines_after = after });
    talk_ok(client_login(*state, "alice"), "whoami", "{}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(per_listener_settings_are_refused),
        TEST(per_listener_settings_of_an_included_file_are_refused),
        TEST(a_plugin_of_single_listeners_is_refused),
        TEST(a_global_plugin_guards_every_listener),
        TEST(mount_points_are_refused),
        TEST(the_same_plugin_twice_is_refused),
        TEST(files_that_mosquitto_does_not_include_are_not_read),
        TEST(per_listener_settings_that_are_not_seen_are_complained_of),
        TEST(a_file_that_root_alone_may_read_is_refused),
        TEST(so_is_a_file_of_its_folder_and_the_folder),
        TEST(a_plugin_by_another_name_is_not_loaded_twice),
        TEST(one_that_comes_behind_another_is_complained_of),
        TEST(bridges_that_reach_below_the_prefix_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
