/*
 * A disk that is full, which is a small file system in memory, or that the system has made
 * read-only under a broker that runs: sending is refused, reading goes on, and once it can be
 * written to again all heals by itself.
 */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "scene.h"
#include "talk.h"

enum {
    TEXT_SIZE = 4000,
    MOST = 50000, /* messages that a full disk has room for, by far */
    PAGE = 100,
    HEALS_MS = 15000,
    FILES = 2, /* of the journal */
    RETRIES = 20
};

/* Mount a small file system on data_dir, which nobody else sees and which ends with this process.
 */
static bool mount_small(const struct rig *rig)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    return mount("tmpfs", rig_data(rig), "tmpfs", 0, "size=2m,mode=0700") == 0;
}

static void make_room(const struct rig *rig)
{
    assert_int_equal(0, mount("tmpfs", rig_data(rig), "tmpfs", MS_REMOUNT, "size=64m,mode=0700"));
}

/* The text of message ${number}, longer by ${padding}. */
static void write_text(int number, size_t padding, char text[TEXT_SIZE])
{
    snprintf(text, TEXT_SIZE, "%0*d%*s", 8, number, (int)padding, padding > 0 ? "." : "");
}

/* After ${count} messages, send more, longer by ${padding}, until one is refused. Returns the new
 * count. */
static int fill(struct client *alice, int count, size_t padding)
{
    char text[TEXT_SIZE];
    int code = TALK_ACCEPTED;

    for (count--; code == TALK_ACCEPTED || code == 0;) {
        assert_true(++count < MOST);
        write_text(count, padding, text);
        code = client_send(alice, "bc/user/bob", text);
    }
    assert_int_equal(code, talk_full(alice));
    talk_error(alice, "bc/user/bob", "storage-full", NULL);
    return count;
}

/* Demand the messages 0 to ${count} - 1, each once and in order. */
static void demand_history(struct client *bob, int count)
{
    char after[17] = "0000000000000000";

    for (int number = 0; number < count;) {
        const cJSON *page = talk_ok(
            bob, "history", "{\"user\":\"alice\",\"limit\":%d,\"after\":\"%s\"}", PAGE, after);
        size_t size = talk_count(page, "messages");

        assert_true(size > 0);
        for (size_t i = 0; i < size; i++, number++) {
            const cJSON *m = talk_item(page, "messages", i);

            assert_int_equal(strtol(answer_string(m, "payload"), NULL, 10), number);
            snprintf(after, sizeof after, "%s", answer_string(m, "id"));
        }
    }
    assert_int_equal(
        0, talk_count(talk_ok(bob, "history", "{\"user\":\"alice\",\"after\":\"%s\"}", after),
               "messages"));
}

/* Refused to all, and whatever could be read can be. */
static void demand_refusals(
    struct broker *b, struct client *alice, struct client *bob, int count, const char *code)
{
    struct client *old =
        client_connect(b, &(struct client_options){ .user = "carol", .version = 4 });

    assert_int_equal(client_send(old, "bc/user/bob", "without an acknowledgement"), CLIENT_LOST);
    talk_refused(alice, "bc/user/bob", "once more", code);
    talk_no(alice, code, "send", "{\"user\":\"bob\",\"payload\":\"%s\"}", "as a command");
    talk_no(bob, code, "block", "{\"user\":\"dave\"}");
    talk_list(bob, "contacts", "alice");
    talk_list(bob, "blocked", "");
    demand_history(bob, count);
}

/* Returns how many messages there are by then. */
static int demand_healing(struct client *alice, int count)
{
    char text[TEXT_SIZE];
    int code;

    write_text(count, 0, text);
    for (int waited = 0;
         (code = client_send(alice, "bc/user/bob", text)) != TALK_ACCEPTED && code != 0;
         waited += PAGE) {
        assert_true(waited < HEALS_MS);
        client_idle(alice, PAGE);
    }
    return count + 1;
}

static void be_full(struct scene *scene, const struct durability *durability)
{
    struct client *alice;
    struct client *bob;
    int count;

    scene_make_disk(scene, durability);
    if (!mount_small(scene->rig)) {
        assert_int_equal(errno, EPERM); /* who may mount at all has to be able to do this */
        print_message("  no file system may be mounted here: %s\n", strerror(errno));
        skip();
    }
    scene_start(scene, durability);
    alice = client_login(scene->broker, "alice");
    bob = client_login(scene->broker, "bob");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    count = fill(alice, 0, TEXT_SIZE - 16);
    count = fill(alice, count, 0); /* nor is there room for a few bytes */
    print_message("  full after %d messages\n", count);
    broker_expect_log(scene->broker, "nothing can be stored: no room left", HEALS_MS);
    demand_refusals(scene->broker, alice, bob, count, "storage-full");
    make_room(scene->rig);
    count = demand_healing(alice, count);
    broker_expect_log(scene->broker, "messages and changes are stored again", HEALS_MS);
    broker_expect_log(scene->broker, "checkpoints succeed again", HEALS_MS);
    demand_history(bob, count);
    broker_kill(scene->broker);
    broker_restart(scene->broker);
    demand_history(client_login(scene->broker, "bob"), count);
}

static void a_full_disk_refuses_sending_and_heals_with_durability_publish(void **state)
{
    be_full(*state, &scene_publish);
}

static void a_full_disk_refuses_sending_and_heals_with_durability_batch(void **state)
{
    be_full(*state, &scene_batch);
}

/* How many times is ${text} in the log? */
static int lines_of(const struct broker *b, const char *text)
{
    char *log = broker_log(b);
    int count = 0;

    assert_non_null(log);
    for (const char *at = strstr(log, text); at; at = strstr(at + 1, text))
        count++;
    free(log);
    return count;
}

/* With durability batch one may have been acknowledged before it is written, and is taken back. */
static void meet_it(struct scene *scene, struct client *alice, const struct durability *durability)
{
    if (durability == &scene_batch &&
        client_send(alice, "bc/user/bob", "taken back") >= TALK_REFUSED)
        talk_error(alice, "bc/user/bob", "storage-error", NULL);
    else if (durability == &scene_batch)
        broker_expect_log(scene->broker, "what was not synced is refused", HEALS_MS);
}

/* As after an error of the disk's, for which Linux mounts it so by itself. */
static void be_read_only(struct scene *scene, const struct durability *durability)
{
    struct client *alice;
    struct client *bob;

    scene_make_disk(scene, durability);
    scene_start(scene, durability);
    alice = client_login(scene->broker, "alice");
    bob = client_login(scene->broker, "bob");
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    talk_send(alice, "bob", "00000000");
    demand_history(bob, 1); /* what is shown is written, whatever was acknowledged before */
    rig_fail(scene->rig, DISK_WRITE, 1, UINT32_MAX, EROFS);
    meet_it(scene, alice, durability);
    demand_refusals(scene->broker, alice, bob, 1, "storage-error");
    broker_expect_log(
        scene->broker, "journal.0: cannot write to it: Read-only file system", HEALS_MS);
    for (int i = 0; i < RETRIES; i++)
        talk_refused(alice, "bc/user/bob", "again", "storage-error");
    assert_in_range(lines_of(scene->broker, "cannot write to it"), 1, FILES);
    rig_heal(scene->rig);
    assert_int_equal(demand_healing(alice, 1), 2);
    broker_expect_log(scene->broker, "messages and changes are stored again", HEALS_MS);
    demand_history(bob, 2);
    broker_kill(scene->broker);
    broker_restart(scene->broker);
    demand_history(client_login(scene->broker, "bob"), 2);
}

static void a_read_only_disk_refuses_sending_and_heals_with_durability_publish(void **state)
{
    be_read_only(*state, &scene_publish);
}

static void a_read_only_disk_refuses_sending_and_heals_with_durability_batch(void **state)
{
    be_read_only(*state, &scene_batch);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_full_disk_refuses_sending_and_heals_with_durability_publish),
        TEST(a_full_disk_refuses_sending_and_heals_with_durability_batch),
        TEST(a_read_only_disk_refuses_sending_and_heals_with_durability_publish),
        TEST(a_read_only_disk_refuses_sending_and_heals_with_durability_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
