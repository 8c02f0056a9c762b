/*
 * What the operator is told was done is on the disk: a disk that can't sync lets nothing be said to
 * be done, and a power cut right behind an answer takes nothing of it back.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "life.h"
#include "rig.h"
#include "traces.h"

/* A broker with sanitizers takes long. */
#ifdef BACKCHANNEL_SANITIZED
enum {
    ERASE_CUTS = 6
};
#else
enum {
    ERASE_CUTS = 16 /* lives in which messages are erased */
};
#endif

enum {
    CUTS = 8,
    CHANGES = 40, /* until a cut, at most */
    ACTS = 200,
    END_MS = 60000,
    HEALS_MS = 20000,
    PAUSE_US = 200000,
    ERASED = 6,          /* messages of a life, one after the other */
    ERASE_CHANGES = 150, /* of each */
    ID_SIZE = 32
};

#define DAY_MS 86400000.0

static struct tool_run run;

static struct broker *begin(struct rig **rig)
{
    static const char *const options[] = { "durability batch", "checkpoint_bytes 65536",
        "message_max_bytes 8192", NULL };
    struct client *bob;
    struct broker *b;

    *rig = rig_new(options);
    b = rig_start(*rig);
    bob = client_login(b, "bob");
    talk_send(bob, "alice", "hello");
    (void)talk_get_text(bob, "sent", "alice", "hello"); /* it is durable */
    return b;
}

/* For how many days from now on bob is suspended, in whole days; 0 if he isn't. */
static int days_left(const struct broker *b, const struct rig *rig)
{
    const char *found;

    tool_run(b, &run, "users", rig_data(rig), "bob", "--json", NULL);
    assert_int_equal(run.code, 0);
    found = strstr(run.text, "\"suspended\":");
    if (found == NULL) {
        return 0;
    }
    return (int)((strtod(found + strlen("\"suspended\":"), NULL) - (double)time(NULL) * 1000.0) /
                     DAY_MS +
                 0.5);
}

static void what_cannot_be_synced_is_not_said_to_be_done(void **state)
{
    int64_t deadline;
    struct rig *rig;
    struct broker *b = begin(&rig);

    (void)state;
    rig_fail(rig, DISK_SYNC, 1, 1000000, EIO);
    tool_expect(b, 2, "(storage-error)", "suspend", rig_data(rig), "bob", "--days", "9", NULL);
    rig_heal(rig);
    deadline = now_ms() + HEALS_MS;
    do {
        rig_pass_time(rig, 1);
        usleep(PAUSE_US);
        tool_run(b, &run, "suspend", rig_data(rig), "alice", NULL);
    } while (run.code != 0 && now_ms() < deadline);
    assert_int_equal(run.code, 0);
    assert_int_equal(days_left(b, rig), 0);
    broker_free(b);
    rig_free(rig);
}

/* Each suspension is a day longer than the one before: what was answered is never taken back. */
static void a_power_cut_takes_back_nothing_that_was_answered(void **state)
{
    int days = 0;
    int status;
    int found;
    char text[16];
    struct rig *rig;
    struct broker *b = begin(&rig);

    (void)state;
    for (unsigned cut = 0; cut < CUTS; cut++) {
        rig_cut_power(rig, 1 + (cut * 13) % CHANGES, 4711 + cut);
        for (int i = 0; i < ACTS; i++) {
            (void)snprintf(text, sizeof(text), "%d", days + 1);
            tool_run(b, &run, "suspend", rig_data(rig), "bob", "--days", text, NULL);
            if (run.code != 0) {
                break;
            }
            days++;
        }
        assert_true(broker_wait_end(b, END_MS, &status));
        rig_cut_power(rig, 0, 0);
        broker_restart(b);
        found = days_left(b, rig);
        if (found < days || found > days + 1) {
            fail_msg("%d days were answered, and there are %d", days, found);
        }
        days = found;
    }
    assert_true(days > CUTS);
    broker_free(b);
    rig_free(rig);
}

/* ---- erasing ---- */

/* What becomes of a message. */
enum fate {
    STAYS,
    MAY_GO, /* nothing was answered */
    GONE
};

struct secret {
    char text[ID_SIZE];
    char id[ID_SIZE];
    enum fate fate;
};

static struct secret secrets[ERASE_CUTS * ERASED];

static void write_secrets(struct broker *b, size_t first)
{
    struct client *bob = client_login(b, "bob");

    for (size_t i = first; i < first + ERASED; i++) {
        (void)snprintf(secrets[i].text, ID_SIZE, "<secret %zu>", i);
        (void)snprintf(secrets[i].id, ID_SIZE, "%s",
            answer_string(
                talk_ok(bob, "send", "{\"user\":\"alice\",\"payload\":\"%s\"}", secrets[i].text),
                "id"));
        (void)talk_get_text(bob, "sent", "alice", secrets[i].text); /* it is durable */
        secrets[i].fate = STAYS;
    }
    client_free(bob);
}

/* One after the other, until the power goes. */
static void erase_secrets(struct broker *b, const struct rig *rig, size_t first)
{
    size_t i = first;

    do {
        tool_run(b, &run, "erase", rig_data(rig), "--message", secrets[i].id, "--reason", "x",
            "--wait", NULL);
        secrets[i].fate = run.code == 0 ? GONE : MAY_GO;
        i++;
    } while (run.code == 0 && i < first + ERASED);
}

/* Returns what is left of what was said to be gone, or NULL. */
static const char *left_of(const struct rig *rig, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (secrets[i].fate == GONE && traces_in(rig_data(rig), secrets[i].text) > 0) {
            return secrets[i].text;
        }
    }
    return NULL;
}

/* Each is shown as it was, or erased; what was not answered is either from now on. */
static void expect_secrets(struct broker *b, const struct rig *rig, size_t count)
{
    struct client *alice = client_login(b, "alice");

    traces_wait_in(b, rig_data(rig), "erasures", "\"state\":\"open\"");
    for (size_t i = 0; i < count; i++) {
        const cJSON *message =
            cJSON_GetObjectItem(talk_ok(alice, "get", "{\"id\":\"%s\"}", secrets[i].id), "message");
        bool erased = strcmp(answer_string(message, "kind"), "erased") == 0;

        if (secrets[i].fate == MAY_GO) {
            secrets[i].fate = erased ? GONE : STAYS;
        }
        assert_int_equal(erased, secrets[i].fate == GONE);
        assert_true(erased || strcmp(answer_string(message, "payload"), secrets[i].text) == 0);
    }
    client_free(alice);
}

/*
 * Lives that a power cut ends while messages are erased. What was said to be gone is in no byte of
 * the disk, as the cut leaves it and as the broker goes on with it. Returns what was found, or
 * NULL.
 */
static const char *erase_and_cut(struct broker *b, struct rig *rig, unsigned cuts)
{
    const char *left = NULL;
    unsigned answered = 0;

    for (unsigned cut = 0; cut < cuts && left == NULL; cut++) {
        size_t count = (size_t)(cut + 1) * ERASED;

        write_secrets(b, count - ERASED);
        rig_cut_power(rig, 1 + (cut * 37) % ERASE_CHANGES, 4711 + cut);
        erase_secrets(b, rig, count - ERASED);
        broker_kill(b);
        rig_cut_power(rig, 0, 0);
        left = left_of(rig, count);
        for (size_t i = count - ERASED; i < count; i++) {
            answered += secrets[i].fate == GONE;
        }
        broker_restart(b);
        if (left == NULL) {
            expect_secrets(b, rig, count);
            left = left_of(rig, count);
        }
    }
    print_message("  %u erasures were answered\n", answered);
    assert_true(answered > 0);
    return left;
}

static void a_power_cut_brings_nothing_back_that_was_erased(void **state)
{
    struct rig *rig;
    struct broker *b = begin(&rig);
    const char *left;

    (void)state;
    talk_ok(client_login(b, "alice"), "add-contact", "{\"user\":\"bob\"}");
    left = erase_and_cut(b, rig, ERASE_CUTS);
    if (left != NULL) {
        fail_msg("%s was said to be erased, and is on the disk", left);
    }
    broker_free(b);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_synced_is_not_said_to_be_done),
        cmocka_unit_test(a_power_cut_takes_back_nothing_that_was_answered),
        cmocka_unit_test(a_power_cut_brings_nothing_back_that_was_erased),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
