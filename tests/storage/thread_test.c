/* Threads with descriptors of their own: a socket that is closed in the broker is closed. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cmocka.h>

#include "storage/base/thread.h"

struct world {
    char path[32];
    int file;
    int sockets[2];
    struct bc_thread_files files;
    bool file_open; /* in the thread */
    bool socket_open;
};

static void check(bool good)
{
    if (!good)
        abort();
}

static void *run(void *context)
{
    struct world *world = context;

    bc_thread_keep_only(&world->files);
    world->file_open = fcntl(world->file, F_GETFD) >= 0;
    world->socket_open = fcntl(world->sockets[0], F_GETFD) >= 0;
    return NULL;
}

static struct world *make(void)
{
    struct world *world = calloc(1, sizeof *world);

    check(world != NULL);
    snprintf(world->path, sizeof world->path, "/tmp/thread_test_XXXXXX");
    /* The socket has the lower number, as after an early file of the broker's was closed. */
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, world->sockets) == 0);
    world->file = mkstemp(world->path);
    check(world->file >= 0);
    return world;
}

static void end(struct world *world)
{
    close(world->file);
    close(world->sockets[0]);
    close(world->sockets[1]);
    unlink(world->path);
    free(world);
}

static void run_through(struct world *world)
{
    pthread_t thread;

    check(bc_thread_start(&thread, run, world));
    check(pthread_join(thread, NULL) == 0);
}

static void a_thread_keeps_what_it_works_with_and_no_socket(void **state)
{
    struct world *world = make();

    (void)state;
    assert_true(bc_thread_files_add(&world->files, world->path));
    assert_int_equal(world->files.count, 1);
    assert_int_equal(world->files.fds[0], world->file);
    run_through(world);
    assert_true(world->file_open);
    assert_false(world->socket_open);
    assert_true(fcntl(world->sockets[0], F_GETFD) >= 0);
    assert_true(fcntl(world->file, F_GETFD) >= 0);
    end(world);
}

static void with_no_files_said_all_are_shared(void **state)
{
    struct world *world = make();

    (void)state;
    run_through(world);
    assert_true(world->file_open);
    assert_true(world->socket_open);
    end(world);
}

static void a_number_that_is_a_socket_by_now_is_not_kept(void **state)
{
    struct world *world = make();

    (void)state;
    world->files = (struct bc_thread_files){ .fds = { world->sockets[0], world->file }, 2 };
    run_through(world);
    assert_true(world->file_open);
    assert_false(world->socket_open);
    end(world);
}

static void every_descriptor_on_a_file_is_found(void **state)
{
    struct world *world = make();
    int second = dup(world->file);

    (void)state;
    assert_true(bc_thread_files_add(&world->files, world->path));
    assert_int_equal(world->files.count, 2);
    assert_false(bc_thread_files_add(&world->files, "/nowhere"));
    close(second);
    end(world);
}

static void more_than_there_is_room_for_is_told(void **state)
{
    struct world *world = make();
    int copies[BC_THREAD_FILES_MAX];

    (void)state;
    for (size_t i = 0; i < BC_THREAD_FILES_MAX; i++)
        copies[i] = dup(world->file);
    assert_false(bc_thread_files_add(&world->files, world->path));
    for (size_t i = 0; i < BC_THREAD_FILES_MAX; i++)
        close(copies[i]);
    end(world);
}

struct held {
    struct world *world;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int step;
};

static void step(struct held *held, int to, int until)
{
    pthread_mutex_lock(&held->mutex);
    held->step = held->step > to ? held->step : to;
    pthread_cond_broadcast(&held->changed);
    while (held->step < until)
        pthread_cond_wait(&held->changed, &held->mutex);
    pthread_mutex_unlock(&held->mutex);
}

static void *hold(void *context)
{
    struct held *held = context;

    bc_thread_keep_only(&held->world->files);
    step(held, 1, 2);
    return NULL;
}

static void who_is_at_the_other_end_sees_that_the_broker_closed(void **state)
{
    struct world *world = make();
    struct held held = {
        .world = world, .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER
    };
    pthread_t thread;
    char byte;

    (void)state;
    assert_true(bc_thread_files_add(&world->files, world->path));
    assert_true(bc_thread_start(&thread, hold, &held));
    step(&held, 0, 1);
    close(world->sockets[0]);
    assert_int_equal(recv(world->sockets[1], &byte, 1, MSG_DONTWAIT), 0);
    step(&held, 2, 2);
    assert_int_equal(pthread_join(thread, NULL), 0);
    end(world);
}

/* A container's rules may deny the system call; then all are shared, and nothing else changes. */
static void where_it_is_denied_all_are_shared(void **state)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { .len = sizeof code / sizeof code[0], .filter = code };
    int status = -1;
    pid_t child;

    (void)state;
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
        print_message("an emulator denies nothing\n");
        skip();
    }
    child = fork();
    if (child == 0) {
        struct world *world = make();

        check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
        check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
        check(bc_thread_files_add(&world->files, world->path));
        run_through(world);
        check(world->file_open && world->socket_open);
        end(world);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_keeps_what_it_works_with_and_no_socket),
        cmocka_unit_test(with_no_files_said_all_are_shared),
        cmocka_unit_test(a_number_that_is_a_socket_by_now_is_not_kept),
        cmocka_unit_test(every_descriptor_on_a_file_is_found),
        cmocka_unit_test(more_than_there_is_room_for_is_told),
        cmocka_unit_test(who_is_at_the_other_end_sees_that_the_broker_closed),
        cmocka_unit_test(where_it_is_denied_all_are_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
