/*
 * Clients that nobody here wrote, on a network that breaks all the time (cutter.h): no message that
 * was acknowledged is lost, and none is there twice that was sent with a msgid.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "cutter.h"
#include "talk.h"

enum {
    MESSAGES = 250,
    CUTS = 5, /* fewer would be no bad network */
    SECONDS = 90,
    LINE = 512,
    PAGE = 200
};

struct client_kind {
    const char *name;
    const char *program;
    const char *transport;
    int version;
};

static const struct client_kind kinds[] = {
    { "Paho C, 3.1.1", PAHO, "tcp", 4 },
    { "Paho C, 5", PAHO, "tcp", 5 },
    { "MQTT.js, 3.1.1", MQTT_JS, "tcp", 4 },
    { "MQTT.js, 5", MQTT_JS, "tcp", 5 },
    { "MQTT.js, 3.1.1 over WebSockets", MQTT_JS, "ws", 4 },
    { "MQTT.js, 5 over WebSockets", MQTT_JS, "ws", 5 },
};

/* What was said, by the number of the message. */
struct count {
    unsigned acknowledged[MESSAGES + 1];
    unsigned received[MESSAGES + 1];
    unsigned stored[MESSAGES + 1];
};

static FILE *run(const struct client_kind *kind, uint16_t port, const char *role)
{
    char command[LINE];
    FILE *out;

    snprintf(command, sizeof command, "exec timeout %d %s %u %s %d %s %d", SECONDS, kind->program,
        (unsigned)port, kind->transport, kind->version, role, MESSAGES);
    out = popen(command, "r"); /* NOLINT(cert-env33-c): a program of ours, with numbers */
    assert_non_null(out);
    return out;
}

/* Count what is said until the end, which has to be a good one. */
static void listen_to(FILE *out, struct count *count)
{
    char line[LINE];

    while (fgets(line, sizeof line, out) != NULL) {
        unsigned *of = strncmp(line, "ack ", 4) == 0   ? count->acknowledged
                       : strncmp(line, "got ", 4) == 0 ? count->received
                                                       : NULL;
        const char *number = strrchr(line, ' ');
        long n = number == NULL ? 0 : strtol(number + (of == count->received ? 2 : 1), NULL, 10);

        if (of == NULL || n < 1 || n > MESSAGES)
            fail_msg("the client said: %s", line);
        else
            of[n]++;
    }
    assert_int_equal(pclose(out), 0);
}

static void count_stored(struct client *bob, struct count *count)
{
    char before[64] = "";
    const cJSON *page;

    do {
        page = talk_ok(bob, "history", "{\"user\":\"alice\",\"limit\":%d%s}", PAGE, before);
        for (size_t i = 0; i < talk_count(page, "messages"); i++)
            count->stored[talk_number(
                answer_string(talk_item(page, "messages", i), "payload") + 1)]++;
        if (talk_has(page, "more"))
            snprintf(before, sizeof before, ",\"before\":\"%s\"", answer_string(page, "before"));
    } while (talk_has(page, "more"));
}

static void tell_a_story(const struct client_kind *kind, unsigned seed)
{
    struct broker *b = broker_start(&(struct broker_options){
        .websockets = true, .lines_before = talk_lines, .plugin_options = talk_unhurried });
    struct client *bob = client_login(b, "bob");
    struct cutter *c = cutter_start(
        broker_port(b, strcmp(kind->transport, "ws") == 0 ? BROKER_WS : BROKER_TCP), seed);
    struct count *count = calloc(1, sizeof *count);
    char line[LINE] = "";
    FILE *receiver;

    assert_non_null(count);
    print_message("%s, seed %u\n", kind->name, seed);
    talk_ok(bob, "add-contact", "{\"user\":\"alice\"}");
    receiver = run(kind, cutter_port(c), "receive");
    assert_non_null(fgets(line, sizeof line, receiver));
    assert_string_equal(line, "listening\n");
    listen_to(run(kind, cutter_port(c), "send"), count);
    cutter_calm(c);
    listen_to(receiver, count);
    count_stored(bob, count);
    for (int n = 1; n <= MESSAGES; n++) {
        if (count->acknowledged[n] != 1 || count->received[n] != 1 || count->stored[n] != 1)
            fail_msg(
                "message %d was acknowledged %u times, received %u times, and is there %u times", n,
                count->acknowledged[n], count->received[n], count->stored[n]);
    }
    if (cutter_cuts(c) < CUTS)
        fail_msg("only %u connections were cut", cutter_cuts(c));
    cutter_stop(c);
    free(count);
    broker_free(b);
}

static void nothing_acknowledged_is_lost_or_doubled(void **state)
{
    const char *seed = getenv("BACKCHANNEL_SEED");

    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        tell_a_story(&kinds[i], seed != NULL ? (unsigned)strtoul(seed, NULL, 10) : (unsigned)i + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_acknowledged_is_lost_or_doubled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
