/*
 * Files that were changed while no broker looked: bits that have flipped, ends that are missing.
 * The broker refuses to start and says what to do, or serves all that it has; it never comes up
 * with less and says nothing.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "scene.h"
#include "talk.h"
#include "witness.h"

/* A broker with sanitizers takes long to start. */
#ifdef BACKCHANNEL_SANITIZED
enum {
    DAMAGES = 6 /* for each file and kind */
};
#else
enum {
    DAMAGES = 40
};
#endif

enum {
    LIVES = 8,
    TURNS = 80,
    PATH_SIZE = 256
};

/* What came of a damage. */
enum outcome {
    REFUSED,   /* it doesn't start, and says what to do */
    UNHARMED,  /* all is there */
    CUT,       /* a tail is missing, as after a power cut, and the log says so */
    TOLD,      /* who asks for what is damaged is told that it can't be read */
    DIED,      /* the broker died, or didn't answer */
    DIFFERENT, /* something else is there, and nobody is told */
    EMPTY,     /* the same, and it is nothing */
    OUTCOMES
};

static const char *const outcome_names[OUTCOMES] = { "refused", "unharmed", "cut", "told", "died",
    "different", "empty" };

struct damage {
    const char *file;
    bool truncates;
    const bool *allowed; /* by outcome */
};

/* A store with all kinds of rows, and facts in its journal that the tables don't have yet. */
static char *furnish(struct scene *scene, char *kept)
{
    char *state;

    scene_open(scene, &scene_publish);
    story_found(scene->story);
    for (int i = 0; i < LIVES; i++) {
        int turns = TURNS;

        story_meet(scene->story);
        assert_true(story_check(scene->story, false));
        story_live(scene->story, story_turns, &turns);
        broker_kill(scene->broker);
        story_part(scene->story);
        broker_restart(scene->broker);
    }
    state = witness(scene->broker);
    assert_non_null(state);
    broker_kill(scene->broker);
    snprintf(kept, PATH_SIZE, "%s.kept", rig_data(scene->rig));
    process_run((const char *const[]){ "cp", "-a", rig_data(scene->rig), kept, NULL }, "/dev/null");
    return state;
}

static void restore(struct scene *scene, const char *kept)
{
    directory_remove(rig_data(scene->rig));
    process_run((const char *const[]){ "cp", "-a", kept, rig_data(scene->rig), NULL }, "/dev/null");
}

/* The length of a file without what is only holes at its end. */
static off_t length_used(const char *path)
{
    off_t end = 0;
    off_t hole;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    for (off_t data = 0; (data = lseek(fd, end, SEEK_DATA)) >= 0; end = hole)
        hole = lseek(fd, data, SEEK_HOLE);
    close(fd);
    return end;
}

static void harm(struct scene *scene, const struct damage *damage, char *what)
{
    char path[PATH_SIZE];
    off_t size;
    off_t at;
    uint8_t byte = 0;
    int bit = (int)dice_below(&scene->dice, 8);
    int fd;

    snprintf(path, sizeof path, "%s/%s", rig_data(scene->rig), damage->file);
    size = length_used(path);
    at = (off_t)dice_below(&scene->dice, (uint32_t)size);
    snprintf(what, PATH_SIZE, "%s: %s at byte %lld of %lld", damage->file,
        damage->truncates ? "cut off" : "a bit flipped", (long long)at, (long long)size);
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    if (damage->truncates) {
        assert_int_equal(ftruncate(fd, at), 0);
    } else {
        assert_int_equal(pread(fd, &byte, 1, at), 1);
        byte ^= (uint8_t)(1U << bit);
        assert_int_equal(pwrite(fd, &byte, 1, at), 1);
    }
    close(fd);
}

static enum outcome judge(struct scene *scene, const char *expected)
{
    int status = broker_try_restart(scene->broker);
    enum outcome outcome = DIED;
    char *state = NULL;

    if (status != 0 && status < 128)
        return broker_log_contains(scene->broker, "from a backup") ? REFUSED : DIED;
    if (status == 0)
        state = witness(scene->broker);
    if (state != NULL && strcmp(state, expected) == 0)
        outcome = UNHARMED;
    else if (state != NULL && strstr(state, "\"storage-error\"") != NULL)
        outcome = TOLD;
    else if (state != NULL && broker_log_contains(scene->broker, " are cut: "))
        outcome = CUT;
    else if (state != NULL)
        outcome = strstr(state, "\"payload\"") != NULL ? DIFFERENT : EMPTY;
    free(state);
    broker_kill(scene->broker);
    return outcome;
}

static void damage_often(void **state, const struct damage *damage)
{
    struct scene *scene = *state;
    char kept[PATH_SIZE];
    char what[PATH_SIZE];
    int counts[OUTCOMES] = { 0 };
    char *expected;

    expected = furnish(scene, kept);
    for (int i = 0; i < DAMAGES; i++) {
        enum outcome outcome;

        restore(scene, kept);
        harm(scene, damage, what);
        outcome = judge(scene, expected);
        counts[outcome]++;
        if (!damage->allowed[outcome]) {
            broker_print_log(scene->broker);
            print_error("%s: %s\n", what, outcome_names[outcome]);
        }
    }
    free(expected);
    for (int i = 0; i < OUTCOMES; i++)
        print_message("  %s %d", outcome_names[i], counts[i]);
    print_message("\n");
    for (int i = 0; i < OUTCOMES; i++) {
        if (counts[i] > 0 && !damage->allowed[i])
            fail_msg("%s ought not to be %s", damage->file, outcome_names[i]);
    }
}

/* A segment may be the one that nothing is needed of any more. */
static const bool of_journal[OUTCOMES] = { [REFUSED] = true, [UNHARMED] = true, [CUT] = true };

static void a_bit_that_flips_in_the_journal_is_told_or_does_no_harm(void **state)
{
    damage_often(state, &(struct damage){ "journal.0", false, of_journal });
    damage_often(state, &(struct damage){ "journal.1", false, of_journal });
}

static void a_journal_that_is_cut_short_is_told_or_does_no_harm(void **state)
{
    damage_often(state, &(struct damage){ "journal.0", true, of_journal });
    damage_often(state, &(struct damage){ "journal.1", true, of_journal });
}

static void tables_that_are_cut_short_are_refused(void **state)
{
    static const bool allowed[OUTCOMES] = { [REFUSED] = true };

    damage_often(state, &(struct damage){ "data.mdb", true, allowed });
}

/*
 * LMDB's pages have no checksums: a bit that flips in one may lead it anywhere. What is stored in
 * them has, and so what is damaged in itself is told.
 */
static void a_bit_that_flips_in_the_tables_never_empties_them(void **state)
{
    static const bool allowed[OUTCOMES] = {
        [REFUSED] = true, [UNHARMED] = true, [TOLD] = true, [DIED] = true, [DIFFERENT] = true
    };

    damage_often(state, &(struct damage){ "data.mdb", false, allowed });
}

/* Where the last byte of the first segment is that is not zero. */
static off_t last_byte(int fd)
{
    off_t at = lseek(fd, 0, SEEK_END);
    uint8_t byte = 0;

    while (at > 0 && byte == 0)
        assert_int_equal(pread(fd, &byte, 1, --at), 1);
    return at;
}

static void a_torn_tail_is_cut_and_told(void **state)
{
    struct scene *scene = *state;
    char path[PATH_SIZE];
    struct client *alice;
    uint8_t torn[4] = { 0 };
    int fd;

    scene_open(scene, &scene_publish);
    alice = client_login(scene->broker, "alice");
    talk_send(alice, "alice", "one");
    talk_send(alice, "alice", "two");
    talk_send(alice, "alice", "three");
    broker_kill(scene->broker);
    snprintf(path, sizeof path, "%s/journal.0", rig_data(scene->rig));
    fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, torn, sizeof torn, last_byte(fd) + 1 - (off_t)sizeof torn), 4);
    close(fd);
    broker_restart(scene->broker);
    broker_expect_log(scene->broker, " are cut: ", CLIENT_WAIT_MS);
    alice = client_login(scene->broker, "alice");
    talk_history(alice, "alice", "one:sent two:sent");
    talk_send(alice, "alice", "three again");
    broker_kill(scene->broker);
    broker_restart(scene->broker);
    assert_false(broker_log_contains(scene->broker, " are cut: "));
    talk_history(
        client_login(scene->broker, "alice"), "alice", "one:sent two:sent three again:sent");
}

/* Flip a bit in every ${text} of the tables, which are not in use. */
static void harm_text(const char *path, const char *text)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    off_t size = length_used(path);
    char *all = malloc((size_t)size);
    size_t count = 0;

    assert_true(fd >= 0);
    assert_non_null(all);
    assert_int_equal(pread(fd, all, (size_t)size, 0), size);
    for (char *at = all; (at = memmem(at, (size_t)(all + size - at), text, strlen(text))) != NULL;
         count++) {
        *at ^= 1;
        assert_int_equal(pwrite(fd, at, 1, at - all), 1);
    }
    assert_true(count > 0);
    free(all);
    close(fd);
}

/* A message that can't be read: those that list it say so, as does who asks for it alone. */
static void a_list_with_a_damaged_message_is_refused_and_not_left_unanswered(void **state)
{
    static const char *const options[] = { "durability publish", "moderators carol", NULL };
    struct scene *scene = *state;
    char path[PATH_SIZE];
    struct client *alice;
    struct client *bob;
    char id[17];

    scene->rig = rig_new(options);
    scene->broker = rig_start(scene->rig);
    scene->story = story_new(scene->broker, &scene->dice, STORY_ACKNOWLEDGED);
    alice = client_login(scene->broker, "alice");
    bob = client_login(scene->broker, "bob");
    talk_send(alice, "bob", "to be damaged");
    snprintf(id, sizeof id, "%s",
        talk_id(client_expect(bob, "bc/user/bob/requests/alice/*", CLIENT_WAIT_MS)));
    talk_ok(bob, "report", "{\"id\":\"%s\",\"reason\":\"spam\"}", id);
    assert_int_equal(broker_stop(scene->broker), 0);
    snprintf(path, sizeof path, "%s/data.mdb", rig_data(scene->rig));
    harm_text(path, "to be damaged");
    broker_restart(scene->broker);
    alice = client_login(scene->broker, "alice");
    bob = client_login(scene->broker, "bob");
    talk_no(alice, "storage-error", "get", "{\"id\":\"%s\"}", id);
    talk_no(alice, "storage-error", "conversations", "{}");
    talk_no(bob, "storage-error", "requests", "{}");
    talk_no(client_login(scene->broker, "carol"), "storage-error", "reports", "{}");
    broker_kill(scene->broker);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_bit_that_flips_in_the_journal_is_told_or_does_no_harm),
        TEST(a_journal_that_is_cut_short_is_told_or_does_no_harm),
        TEST(a_torn_tail_is_cut_and_told),
        TEST(tables_that_are_cut_short_are_refused),
        TEST(a_bit_that_flips_in_the_tables_never_empties_them),
        TEST(a_list_with_a_damaged_message_is_refused_and_not_left_unanswered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
