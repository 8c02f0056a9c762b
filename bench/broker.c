/* Starting and ending the broker. */
#include "bench/broker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/mqtt.h"

#define START_TRIES 600
#define TRY_NS      50000000L

static bool listens(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool there = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0;

    if (fd >= 0) {
        (void)close(fd);
    }
    return there;
}

static void become(const char *broker, const char *conf, const char *log)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (fd >= 0) {
        (void)dup2(fd, STDOUT_FILENO);
        (void)dup2(fd, STDERR_FILENO);
    }
    (void)execlp(broker, broker, "-c", conf, (char *)NULL);
    _exit(127);
}

pid_t bc_broker_start(const char *broker, const char *conf, const char *log, uint16_t port)
{
    struct timespec pause = { .tv_nsec = TRY_NS };
    pid_t pid;
    int status;

    if (listens(port)) {
        bc_die("port %d is taken", port);
    }
    pid = fork();
    if (pid == 0) {
        become(broker, conf, log);
    }
    if (pid < 0) {
        bc_die("no process for the broker: %s", strerror(errno));
    }
    for (int i = 0; i < START_TRIES && !listens(port); i++) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            bc_die("the broker did not start: see %s", log);
        }
        (void)nanosleep(&pause, NULL);
    }
    return pid;
}

uint64_t bc_broker_stop(pid_t broker)
{
    struct rusage used;
    int status = 0;

    if (kill(broker, SIGTERM) != 0 || wait4(broker, &status, 0, &used) != broker) {
        bc_die("the broker can't be ended: %s", strerror(errno));
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        bc_die("the broker failed");
    }
    return (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000U +
           (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}
