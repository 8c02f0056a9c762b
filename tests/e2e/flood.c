#include "flood.h"

#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <mosquitto.h>

enum {
    TEXT_SIZE = 8192,
    PER_TURN = 16,
    LOOP_MS = 10,
    KEEPALIVE_S = 600
};

/* Counted by the floods, in memory that they share with their test. */
static atomic_uint *sent;

/* The patterns have one %u, or none, so there is a number for it. */
static void fill(char text[TEXT_SIZE], const char *pattern, unsigned number)
{
    const char *at = strstr(pattern, "%u");

    if (at == NULL)
        snprintf(text, TEXT_SIZE, "%s", pattern);
    else
        snprintf(text, TEXT_SIZE, "%.*s%u%s", (int)(at - pattern), pattern, number, at + 2);
}

/* Write what is there to be written, and read unless the flood is of those that never do. */
static bool turn(struct mosquitto *m, const struct flood *flood)
{
    struct pollfd fd = { .fd = mosquitto_socket(m), .events = POLLOUT };
    int result = MOSQ_ERR_SUCCESS;

    if (!flood->never_reads)
        return mosquitto_loop(m, 0, 1) == MOSQ_ERR_SUCCESS;
    while (result == MOSQ_ERR_SUCCESS && mosquitto_want_write(m)) {
        poll(&fd, 1, LOOP_MS);
        result = mosquitto_loop_write(m, 1);
    }
    return result == MOSQ_ERR_SUCCESS;
}

/* In the child: never returns. */
static void run(uint16_t port, const struct flood *flood)
{
    char topic[TEXT_SIZE];
    char payload[TEXT_SIZE];
    struct mosquitto *m;
    bool up;

    mosquitto_lib_init();
    m = mosquitto_new(NULL, true, NULL);
    up = m != NULL && mosquitto_username_pw_set(m, flood->user, flood->user) == MOSQ_ERR_SUCCESS &&
         mosquitto_connect(m, "127.0.0.1", port, KEEPALIVE_S) == MOSQ_ERR_SUCCESS;
    for (int i = 0; up && i < LOOP_MS; i++)
        up = mosquitto_loop(m, LOOP_MS, 1) == MOSQ_ERR_SUCCESS; /* until it is connected */
    for (unsigned number = 0; up; number++) {
        fill(topic, flood->topic, number);
        fill(payload, flood->payload, number);
        up = mosquitto_publish(m, NULL, topic, (int)strlen(payload), payload, flood->qos, false) ==
             MOSQ_ERR_SUCCESS;
        if (up && number % PER_TURN == 0)
            up = turn(m, flood);
        atomic_fetch_add(sent, 1);
    }
    _exit(1);
}

pid_t flood_start(const struct broker *b, const struct flood *flood)
{
    uint16_t port = broker_port(b, BROKER_TCP);
    pid_t pid;

    if (sent == NULL)
        sent = mmap(NULL, sizeof *sent, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(sent != MAP_FAILED);
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        /*
         * It would have a machine of its own: whoever measures goes first on this one, at once.
         * Being merely nice isn't enough, since it may use up a slice of the scheduler's first.
         */
        if (sched_setscheduler(0, SCHED_IDLE, &(struct sched_param){ .sched_priority = 0 }) != 0)
            _exit(1);
        run(port, flood);
    }
    assert_true(pid > 0);
    return pid;
}

unsigned flood_sent(void)
{
    return sent != NULL ? atomic_load(sent) : 0;
}

void flood_stop(pid_t pid)
{
    int status;

    if (waitpid(pid, &status, WNOHANG) != 0)
        fail_msg("the flood ended by itself");
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
}
