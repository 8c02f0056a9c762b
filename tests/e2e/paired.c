/* What the timing tests have in common: brokers, a client that doesn't sleep, medians of
 * differences. */
#include "paired.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "raw.h"
#include "talk.h"

enum {
    INPUT_SIZE = 16384,
    CONNACK = 0x20,
    PUBACK = 0x40
};

struct broker *paired_broker(
    const char *planted, const char *plant, const char *const *users, const char *const *options)
{
    char environment[64];

    snprintf(environment, sizeof environment, "BACKCHANNEL_PLANT=%s", plant ? plant : "");
    return broker_start(&(struct broker_options){ .users = users,
        .lines_before = talk_lines,
        .plugin = plant ? planted : NULL,
        .environment = (const char *const[]){ environment, NULL },
        .plugin_options = options });
}

int paired_log_in(struct broker *b, const char *user)
{
    uint8_t connack[4];
    int on = 1;
    int fd = raw_open(broker_port(b, BROKER_TCP));

    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), 0);
    raw_connect(fd, &(struct raw_connect){ .version = 4, .clean = true, .user = user });
    assert_int_equal(raw_read(fd, connack, sizeof connack, 5000), sizeof connack);
    assert_int_equal(connack[0], CONNACK);
    return fd;
}

void paired_answer(int fd, const char *command, const char *text, int wait_s)
{
    int64_t deadline = paired_now_ns(CLOCK_MONOTONIC) + wait_s * INT64_C(1000000000);
    char topic[64];
    size_t topic_len = (size_t)snprintf(topic, sizeof topic, "bc/reply/%s", command);
    uint8_t bytes[INPUT_SIZE];
    size_t len = 0;
    const uint8_t *mid = NULL;

    do {
        ssize_t got = recv(fd, bytes + len, sizeof bytes - len, MSG_DONTWAIT);

        if (got > 0)
            len += (size_t)got;
        else if (got == 0 || errno != EAGAIN || paired_now_ns(CLOCK_MONOTONIC) > deadline)
            fail_msg("nothing comes from the broker");
        mid = len > 0 && bytes[len - 1] == '}' ? memmem(bytes, len, topic, topic_len) : NULL;
    } while (mid == NULL);
    mid += topic_len;
    assert_true(raw_contains(mid, (size_t)(bytes + len - mid), text));
    raw_write(fd, (const uint8_t[]){ PUBACK, 2, mid[0], mid[1] }, 4);
}

int64_t paired_now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void paired_shuffle(size_t *order, size_t count)
{
    static unsigned seed = 1;

    for (size_t i = count - 1; i > 0; i--) {
        size_t j = (size_t)rand_r(&seed) % (i + 1);
        size_t swapped = order[i];

        order[i] = order[j];
        order[j] = swapped;
    }
}

static int compare(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;

    return (*x > *y) - (*x < *y);
}

int64_t paired_difference(const int64_t *one, const int64_t *other, size_t count)
{
    int64_t *differences = calloc(count, sizeof *differences);
    int64_t median;

    assert_non_null(differences);
    for (size_t i = 0; i < count; i++)
        differences[i] = one[i] - other[i];
    qsort(differences, count, sizeof *differences, compare);
    median = differences[count / 2];
    free(differences);
    return median;
}
