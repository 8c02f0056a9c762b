/*
 * What the broker keeps of the longest answers for one connection that asks and never reads, with
 * the bounds of the configuration that is shipped. Not built with sanitizers, whose memory is not
 * the broker's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "process.h"
#include "raw.h"
#include "talk.h"

enum {
    NOTES = 80, /* which fill a page */
    NOTE_SIZE = 4000,
    ASKED = 800, /* 200 MB of answers */
    CONNACK_MS = 500,
    WAIT_MS = 120000, /* on a machine that is busy with other things */
    LIMIT_KB = 56 * 1024,
    PAGE_KB = 270, /* of an answer, in the broker's memory */
    LINES_MAX = 8,
    LINE_SIZE = 128
};

/* The broker's bounds in the file that is shipped. */
static char bounds[LINES_MAX][LINE_SIZE];
static const char *lines[LINES_MAX + 2] = { "set_tcp_nodelay true" };

static int read_bounds(void **state)
{
    FILE *f = fopen(SHIPPED_FILE, "r");
    char line[LINE_SIZE * 2];
    size_t count = 0;

    (void)state;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "max_queued", 10) != 0 && strncmp(line, "max_inflight", 12) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        assert_true(count < LINES_MAX);
        snprintf(bounds[count], LINE_SIZE, "%.100s", line);
        lines[count + 1] = bounds[count];
        count++;
    }
    fclose(f);
    assert_true(count >= 3);
    return 0;
}

static void fill(struct client *alice)
{
    char note[NOTE_SIZE + 1];

    memset(note, 'x', NOTE_SIZE);
    note[NOTE_SIZE] = '\0';
    for (int i = 0; i < NOTES; i++)
        talk_send(alice, "alice", note);
}

/* Ask for the longest page again and again, and never read; returns what the broker keeps, kB. */
static long ask_and_never_read(struct broker *b, struct client *watch, int version, int *fd)
{
    const int size = 65536;
    uint8_t connack[64];
    long before = process_anonymous_kb(broker_pid(b));

    *fd = raw_open(broker_port(b, BROKER_TCP));
    assert_int_equal(setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size), 0);
    raw_connect(*fd,
        &(struct raw_connect){
            .version = version, .clean = true, .user = "alice", .receive_maximum = UINT16_MAX });
    assert_true(raw_read(*fd, connack, sizeof connack, CONNACK_MS) > 0);
    for (int i = 0; i < ASKED; i++)
        raw_publish(
            *fd, version, "bc/do/history", "{\"user\":\"alice\",\"limit\":200}", (uint16_t)(i + 1));
    raw_publish(*fd, version, "asked/end", "x", ASKED + 1);
    client_expect(watch, "asked/end", WAIT_MS);
    talk_settle(watch);
    return process_anonymous_kb(broker_pid(b)) - before;
}

static void little_is_kept(void **state, int version)
{
    static const char *const options[] = { "other_topics allow", "durability batch",
        "rate_per_minute 1000000000", "rate_burst 1000000000", NULL };
    struct broker *b = *state =
        broker_start(&(struct broker_options){ .lines_before = lines, .plugin_options = options });
    struct client *alice = client_login(b, "alice");
    struct client *watch = client_connect(b, &(struct client_options){ .user = "bob" });
    long kept;
    int fd;

    assert_int_equal(client_subscribe(watch, "asked/end", 1), 1);
    fill(alice);
    client_free(alice);
    kept = ask_and_never_read(b, watch, version, &fd);
    print_message("  MQTT %d: %ld kB are kept for one connection\n", version, kept);
    raw_close(fd);
    if (kept > (broker_keeps_dropped(b) ? ASKED * PAGE_KB : LIMIT_KB))
        fail_msg("%ld kB of answers are kept for one connection", kept);
}

static void whoever_asks_and_never_reads_is_kept_little(void **state)
{
    little_is_kept(state, 4);
}

/* Receive Maximum is the client's, which the broker's own number of messages doesn't bound. */
static void nor_much_whatever_an_mqtt_5_client_says_that_it_can_take(void **state)
{
    little_is_kept(state, 5);
}

#define TEST(name) cmocka_unit_test_teardown(name, broker_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whoever_asks_and_never_reads_is_kept_little),
        TEST(nor_much_whatever_an_mqtt_5_client_says_that_it_can_take),
    };

    return cmocka_run_group_tests(tests, read_bounds, NULL);
}
