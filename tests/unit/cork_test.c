/* Real connections, on a real epoll descriptor whose events carry their clients, are held and let
 * go. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "broker-plugin/broker/cork.h"

enum {
    CLIENTS = 3,
    BYTES = 100 /* of a publish */
};

struct world {
    struct bc_loop *loop;
    struct bc_cork *cork;
    int epoll;
    int listener;
    int ours[CLIENTS];
    int theirs[CLIENTS];
    uint64_t places[CLIENTS]; /* whose addresses stand for clients */
};

static const struct mosquitto *client(const struct world *w, int which)
{
    return (const struct mosquitto *)&w->places[which];
}

static void join(struct world *w, int which)
{
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = &w->places[which] };
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);

    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&address, &size), 0);
    w->theirs[which] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(w->theirs[which], (const struct sockaddr *)&address, size), 0);
    w->ours[which] = accept(w->listener, NULL, NULL);
    assert_true(w->ours[which] >= 0);
    assert_int_equal(epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->ours[which], &event), 0);
}

static void leave(struct world *w, int which)
{
    close(w->ours[which]);
    close(w->theirs[which]);
}

static int set_up(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    struct world *w = *state = calloc(1, sizeof(*w));

    assert_non_null(w);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    w->loop = bc_loop_new(false);
    w->cork = bc_cork_new(w->loop, false);
    assert_non_null(w->cork);
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(w->listener, (const struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(w->listener, CLIENTS), 0);
    for (int i = 0; i < CLIENTS; i++) {
        join(w, i);
    }
    bc_cork_turn(w->cork, true);
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < CLIENTS; i++) {
        leave(w, i);
    }
    close(w->listener);
    close(w->epoll);
    bc_cork_free(w->cork);
    bc_loop_free(w->loop);
    free(w);
    return 0;
}

static bool held(const struct world *w, int which)
{
    int on = 0;
    socklen_t size = sizeof(on);

    assert_int_equal(getsockopt(w->ours[which], IPPROTO_TCP, TCP_CORK, &on, &size), 0);
    return on != 0;
}

/* Have ${publishes} wait on a connection, and the first be read and handled. */
static void send_some(struct world *w, int which, int publishes)
{
    static const char bytes[BYTES];

    for (int i = 0; i < publishes; i++) {
        assert_int_equal(send(w->theirs[which], bytes, BYTES, 0), BYTES);
    }
}

static void handle_one(struct world *w, int which)
{
    char bytes[BYTES];

    assert_int_equal(recv(w->ours[which], bytes, BYTES, MSG_WAITALL), BYTES);
    bc_cork_writer(w->cork, client(w, which), BYTES);
}

static void a_reader_is_held_for_the_rest_of_a_busy_turn(void **state)
{
    struct world *w = *state;

    bc_cork_reader(w->cork, client(w, 0));
    bc_cork_reader(w->cork, client(w, 1));
    bc_cork_reader(w->cork, client(w, 0));
    assert_true(held(w, 0));
    assert_true(held(w, 1));
    assert_false(held(w, 2));
    bc_cork_turn(w->cork, true);
    assert_false(held(w, 0));
    assert_false(held(w, 1));
}

static void nobody_is_held_when_the_loop_may_sleep(void **state)
{
    struct world *w = *state;

    bc_cork_turn(w->cork, false);
    bc_cork_reader(w->cork, client(w, 0));
    assert_false(held(w, 0));
}

static void all_go_before_the_thread_waits(void **state)
{
    struct world *w = *state;

    bc_cork_reader(w->cork, client(w, 0));
    send_some(w, 1, 2);
    handle_one(w, 1);
    assert_true(held(w, 0));
    assert_true(held(w, 1));
    bc_cork_release(w->cork);
    assert_false(held(w, 0));
    assert_false(held(w, 1));
    bc_cork_reader(w->cork, client(w, 0));
    assert_true(held(w, 0));
}

static void a_writer_is_held_only_while_more_of_its_input_waits(void **state)
{
    struct world *w = *state;

    send_some(w, 0, 1);
    handle_one(w, 0);
    assert_false(held(w, 0));
    send_some(w, 0, 2);
    handle_one(w, 0);
    assert_true(held(w, 0));
    bc_cork_turn(w->cork, true);
    assert_true(held(w, 0));
    handle_one(w, 0);
    bc_cork_turn(w->cork, true);
    assert_false(held(w, 0));
}

static void four_acknowledgements_are_held_at_most(void **state)
{
    struct world *w = *state;

    send_some(w, 0, 10);
    for (int i = 0; i < 3; i++) {
        handle_one(w, 0);
        bc_cork_turn(w->cork, true);
        assert_true(held(w, 0));
    }
    handle_one(w, 0);
    bc_cork_turn(w->cork, true);
    assert_false(held(w, 0));
}

/* What waits may be half a packet, which is read without a word to the plugin. */
static void a_writer_is_held_for_eight_turns_at_most(void **state)
{
    struct world *w = *state;

    send_some(w, 0, 2);
    handle_one(w, 0);
    for (int i = 0; i < 7; i++) {
        bc_cork_turn(w->cork, true);
        assert_true(held(w, 0));
    }
    bc_cork_turn(w->cork, true);
    assert_false(held(w, 0));
}

static void a_writer_goes_when_the_loop_has_no_more_input(void **state)
{
    struct world *w = *state;

    send_some(w, 0, 2);
    handle_one(w, 0);
    bc_cork_turn(w->cork, false);
    assert_false(held(w, 0));
}

static void who_reads_and_writes_is_held_for_both(void **state)
{
    struct world *w = *state;

    send_some(w, 0, 2);
    handle_one(w, 0);
    bc_cork_reader(w->cork, client(w, 0));
    bc_cork_turn(w->cork, true);
    assert_true(held(w, 0));
    bc_cork_turn(w->cork, false);
    assert_false(held(w, 0));
}

/* Looking for connections has to be earned again before it finds a new one. */
static void earn(void)
{
    const struct timespec pause = { .tv_nsec = 100000000 };

    for (int i = 0; i < 5; i++) {
        nanosleep(&pause, NULL);
    }
}

static void another_at_the_same_address_is_found_anew(void **state)
{
    struct world *w = *state;
    const int ours = w->ours[0];
    const int theirs = w->theirs[0];

    bc_cork_reader(w->cork, client(w, 0));
    assert_true(held(w, 0));
    bc_cork_forget(w->cork, client(w, 0));
    join(w, 0); /* before the old one is closed, so that it has another number */
    close(ours);
    close(theirs);
    earn();
    bc_cork_reader(w->cork, client(w, 0));
    assert_true(held(w, 0));
    bc_cork_turn(w->cork, false);
    assert_false(held(w, 0));
}

static void who_has_no_connection_is_left_alone(void **state)
{
    struct world *w = *state;
    const uint64_t nobody = 0;

    bc_cork_reader(w->cork, (const struct mosquitto *)&nobody);
    bc_cork_writer(w->cork, (const struct mosquitto *)&nobody, BYTES);
    bc_cork_turn(w->cork, true);
    bc_cork_forget(w->cork, (const struct mosquitto *)&nobody);
    bc_cork_reader(w->cork, client(w, 0));
    assert_true(held(w, 0));
}

static void off_holds_nobody(void **state)
{
    struct world *w = *state;

    bc_cork_free(w->cork);
    w->cork = bc_cork_new(w->loop, true);
    bc_cork_turn(w->cork, true);
    bc_cork_reader(w->cork, client(w, 0));
    send_some(w, 1, 2);
    handle_one(w, 1);
    assert_false(held(w, 0));
    assert_false(held(w, 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_reader_is_held_for_the_rest_of_a_busy_turn),
        TEST(nobody_is_held_when_the_loop_may_sleep),
        TEST(all_go_before_the_thread_waits),
        TEST(a_writer_is_held_only_while_more_of_its_input_waits),
        TEST(four_acknowledgements_are_held_at_most),
        TEST(a_writer_is_held_for_eight_turns_at_most),
        TEST(a_writer_goes_when_the_loop_has_no_more_input),
        TEST(who_reads_and_writes_is_held_for_both),
        TEST(another_at_the_same_address_is_found_anew),
        TEST(who_has_no_connection_is_left_alone),
        TEST(off_holds_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
