/* The loop as a plugin sees it: on a real epoll descriptor, whose sleeps a real timer ends. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker-plugin/broker/loop.h"

#define SLEEP_MS 400 /* more than a busy machine takes to deliver a signal */

enum {
    PAIRS = 20 /* connections: more than are looked at */
};

struct world {
    struct bc_loop *loop;
    int epoll;
    int ours[PAIRS];
    int theirs[PAIRS];
};

/* Wait for ${events} of all connections. */
static void watch(struct world *w, int operation, uint32_t events)
{
    for (int i = 0; i < PAIRS; i++) {
        struct epoll_event event = { .events = events, .data.fd = w->ours[i] };

        assert_int_equal(epoll_ctl(w->epoll, operation, w->ours[i], &event), 0);
    }
}

static int set_up(void **state)
{
    struct world *w = *state = calloc(1, sizeof(*w));

    assert_non_null(w);
    w->loop = bc_loop_new(false);
    assert_non_null(w->loop);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    assert_true(w->epoll >= 0);
    for (int i = 0; i < PAIRS; i++) {
        int both[2];

        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
        w->ours[i] = both[0];
        w->theirs[i] = both[1];
    }
    watch(w, EPOLL_CTL_ADD, EPOLLIN);
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < PAIRS; i++) {
        close(w->ours[i]);
        close(w->theirs[i]);
    }
    close(w->epoll);
    bc_loop_free(w->loop);
    free(w);
    return 0;
}

/* Sleep as the broker does. Was that ended early? */
static bool sleep_is_ended(const struct world *w)
{
    struct epoll_event event;
    int count = epoll_wait(w->epoll, &event, 1, SLEEP_MS);

    assert_true(count == 0 || (count < 0 && errno == EINTR));
    return count < 0;
}

static void input_is_seen_and_left(void **state)
{
    struct world *w = *state;
    char byte;

    assert_false(bc_loop_input_waiting(w->loop));
    assert_int_equal(write(w->theirs[3], "x", 1), 1);
    assert_true(bc_loop_input_waiting(w->loop));
    assert_true(bc_loop_input_waiting(w->loop));
    assert_int_equal(read(w->ours[3], &byte, 1), 1);
    assert_false(bc_loop_input_waiting(w->loop));
}

/* The broker would not sleep now, but may have written it all before it looks again. */
static void output_that_waits_is_no_input(void **state)
{
    struct world *w = *state;

    watch(w, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
    assert_false(bc_loop_input_waiting(w->loop));
    for (int i = 0; i < PAIRS; i++) {
        assert_int_equal(write(w->theirs[i], "x", 1), 1);
    }
    assert_true(bc_loop_input_waiting(w->loop));
}

/* A TICK, behind which the loop is ${busy} or not. */
static void turn(const struct world *w, bool busy)
{
    bc_loop_turned(w->loop);
    bc_loop_busy(w->loop, busy);
}

static void nobody_is_woken_without_reason(void **state)
{
    struct world *w = *state;

    turn(w, false);
    assert_false(sleep_is_ended(w));
    bc_loop_published(w->loop);
    assert_false(sleep_is_ended(w));
}

/* What a broker that calls TICK before its sleep is handed there goes out after that. */
static void what_would_go_out_after_the_sleep_ends_it(void **state)
{
    struct world *w = *state;

    bc_loop_free(w->loop);
    w->loop = bc_loop_new(true);
    assert_false(sleep_is_ended(w));
    bc_loop_published(w->loop);
    assert_true(sleep_is_ended(w));
    turn(w, false);
    turn(w, false);
    assert_false(sleep_is_ended(w));
}

/* Where input waits the broker doesn't sleep, and a timer would only cost it. */
static void a_busy_loop_has_no_timer(void **state)
{
    struct world *w = *state;

    turn(w, true);
    bc_loop_hurry(w->loop, 0);
    assert_false(sleep_is_ended(w));
    turn(w, false);
    assert_true(sleep_is_ended(w));
    turn(w, true);
    assert_false(sleep_is_ended(w));
    bc_loop_hurry(w->loop, 5000);
    assert_false(sleep_is_ended(w));
    turn(w, false);
    assert_true(sleep_is_ended(w));
}

static double now_ms(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Who comes to no TICK isn't kept from what it does: 8 times at 100 us, doubled, are 25 ms. */
static void who_is_long_in_a_turn_is_interrupted_less_and_less(void **state)
{
    const struct world *w = *state;
    double least = SLEEP_MS;
    double began = now_ms();

    bc_loop_hurry(w->loop, 100000);
    for (int i = 0; i < 8; i++) {
        assert_true(sleep_is_ended(w));
    }
    assert_true(now_ms() - began > 15);
    for (int i = 0; i < 10; i++) {
        turn(w, false);
        began = now_ms();
        assert_true(sleep_is_ended(w));
        least = now_ms() - began < least ? now_ms() - began : least;
    }
    assert_true(least < 10);
}

/* Hurry for one message of so many bytes, or several, and count the sleeps that are ended. */
static int sleeps_ended(const struct world *w, size_t bytes, int messages)
{
    int turns = 0;

    for (int i = 0; i < messages; i++) {
        bc_loop_hurry(w->loop, bytes);
    }
    while (sleep_is_ended(w)) {
        turns++;
        turn(w, false);
    }
    return turns;
}

/* Small messages go out together; of a large one so much at a time. */
static void sleeps_are_ended_until_all_is_out(void **state)
{
    static const struct {
        size_t bytes;
        int messages;
        int turns;
    } rows[] = { { 0, 1, 2 }, { 200, 100, 2 }, { 5000, 1, 4 }, { 5000, 20, 42 }, { 40960, 1, 13 } };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(sleeps_ended(*state, rows[i].bytes, rows[i].messages), rows[i].turns);
    }
}

static void there_is_an_end_to_it(void **state)
{
    assert_in_range(sleeps_ended(*state, 1000000, 100), 1000, 10000);
}

/* Another thread's word, again and again until the turn: it might come just before the sleep. */
static void *say_it(void *context)
{
    struct world *w = context;

    for (int i = 0; i < SLEEP_MS; i++) {
        bc_loop_wake(w->loop);
        usleep(1000);
    }
    return NULL;
}

static void *write_late(void *context)
{
    const int *fd = context;

    usleep(SLEEP_MS * 1000 / 8);
    return write(*fd, "x", 1) == 1 ? context : NULL;
}

static bool sleep_is_ended_by(const struct world *w, void *(*act)(void *context), void *context)
{
    pthread_t thread;
    bool ended;

    assert_int_equal(pthread_create(&thread, NULL, act, context), 0);
    ended = sleep_is_ended(w);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return ended;
}

static void another_thread_ends_the_sleep_if_it_is_awaited(void **state)
{
    struct world *w = *state;

    assert_false(sleep_is_ended_by(w, say_it, w));
    assert_true(bc_loop_awaits(w->loop));
    assert_true(sleep_is_ended_by(w, say_it, w));
    turn(w, false);
    assert_false(sleep_is_ended_by(w, say_it, w));
}

static void what_comes_in_at_a_socket_of_the_plugin_s_ends_the_sleep(void **state)
{
    struct world *w = *state;
    int both[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), 0);
    bc_loop_hears(w->loop, both[0]);
    assert_int_equal(write(both[1], "x", 1), 1);
    assert_false(sleep_is_ended(w)); /* that was before it */
    assert_true(sleep_is_ended_by(w, write_late, &both[1]));
    close(both[0]);
    close(both[1]);
    assert_false(sleep_is_ended(w));
}

static void nobody_is_awaited_whose_word_would_not_be_heard(void **state)
{
    struct world *w = *state;
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    assert_false(bc_loop_awaits(w->loop)); /* there are two */
    close(epoll);
}

/* Which of two is the broker's can't be told, and events of another's may be taken by looking. */
static void another_epoll_descriptor_is_left_alone(void **state)
{
    struct world *w = *state;
    struct epoll_event event = { .events = EPOLLIN | EPOLLET };
    int epoll = epoll_create1(EPOLL_CLOEXEC);

    assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, w->ours[0], &event), 0);
    assert_int_equal(write(w->theirs[0], "x", 1), 1);
    assert_false(bc_loop_input_waiting(w->loop));
    assert_int_equal(epoll_wait(epoll, &event, 1, 0), 1);
    close(epoll);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(input_is_seen_and_left),
        TEST(output_that_waits_is_no_input),
        TEST(nobody_is_woken_without_reason),
        TEST(what_would_go_out_after_the_sleep_ends_it),
        TEST(a_busy_loop_has_no_timer),
        TEST(who_is_long_in_a_turn_is_interrupted_less_and_less),
        TEST(sleeps_are_ended_until_all_is_out),
        TEST(there_is_an_end_to_it),
        TEST(another_thread_ends_the_sleep_if_it_is_awaited),
        TEST(what_comes_in_at_a_socket_of_the_plugin_s_ends_the_sleep),
        TEST(nobody_is_awaited_whose_word_would_not_be_heard),
        TEST(another_epoll_descriptor_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
