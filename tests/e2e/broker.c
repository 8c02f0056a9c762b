#include "broker_internal.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"
#include "process.h"

enum {
    START_MS = 60000, /* on a machine that is busy with other things */
    STOP_MS = 30000,
    STOP_AGAIN_MS = 1000,
    CHECK_MS = 60000,
    STEP_US = 2000,
    PORT_ATTEMPTS = 5
};

/* The sanitizers' runtimes, if there are any, want to be the first. */
#ifdef BACKCHANNEL_SANITIZED
#define PRELOAD "LD_PRELOAD=" BACKCHANNEL_PRELOAD ":"
#else
#define PRELOAD "LD_PRELOAD="
#endif

static void run_mosquitto(struct broker *b)
{
    const char *environment[32] = { NULL };
    char preload[1024];
    size_t n = 0;
    int before;

    snprintf(preload, sizeof preload, PRELOAD "%s", b->options->preload ? b->options->preload : "");
    environment[n++] = preload;
#ifdef BACKCHANNEL_SANITIZED
    environment[n++] =
        "ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0:max_free_fill_size=4096";
    environment[n++] = "LSAN_OPTIONS=print_suppressions=0:suppressions=" BACKCHANNEL_LSAN_SUPP;
    environment[n++] = "UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1";
    /* libwebsockets reads all of the system's certificates, which costs seconds of unwinding. */
    environment[n++] = "SSL_CERT_FILE=/dev/null";
    environment[n++] = "SSL_CERT_DIR=/dev/null";
#endif
    for (const char *const *e = b->options->environment; e != NULL && *e != NULL; e++) {
        assert_true(n + 1 < sizeof environment / sizeof *environment);
        environment[n++] = *e;
    }
    broker_choose_ports(b);
    broker_write_conf(b);
    b->log_start = file_size(b->log);
    before = process_enter(b->options->network);
    b->pid = process_start(
        (const char *const[]){ "mosquitto", "-c", b->conf, NULL }, environment, b->log);
    process_leave(before);
}

/* Make the directory of a broker that has not been started yet. */
static struct broker *prepare(const struct broker_options *options)
{
    const char *tmp = getenv("TMPDIR");
    struct broker *b = calloc(1, sizeof *b);
    char path[PATH_SIZE];

    if (b == NULL)
        fail_msg("out of memory");
    if (options != NULL)
        b->own_options = *options;
    b->options = &b->own_options;
    snprintf(b->dir, sizeof b->dir, "%s/backchannel-XXXXXX", tmp ? tmp : "/tmp");
    if (mkdtemp(b->dir) == NULL)
        fail_msg("cannot make the directory %s: %s", b->dir, strerror(errno));
    if (getenv("BACKCHANNEL_KEEP") != NULL)
        print_message("the broker's directory, kept: %s\n", b->dir);
    snprintf(b->conf, sizeof b->conf, "%s/mosquitto.conf", b->dir);
    snprintf(b->log, sizeof b->log, "%s/broker.log", b->dir);
    snprintf(path, sizeof path, "%s/data", b->dir);
    if (mkdir(path, S_IRWXU) != 0)
        fail_msg("cannot make the directory %s: %s", path, strerror(errno));
    broker_write_credentials(b);
    return b;
}

static void release(struct broker *b)
{
    while (b->clients != NULL)
        client_free(b->clients);
    if (getenv("BACKCHANNEL_KEEP") == NULL)
        directory_remove(b->dir);
    free(b);
}

static bool sanitizer_complained(const struct broker *b)
{
    return broker_log_contains(b, "ERROR: AddressSanitizer") ||
           broker_log_contains(b, "ERROR: LeakSanitizer") ||
           broker_log_contains(b, "runtime error: ");
}

void broker_print_log(const struct broker *b)
{
    enum {
        TAIL = 16000
    };
    off_t size = file_size(b->log);
    char *text = file_read(b->log, size - b->log_start > TAIL ? size - TAIL : b->log_start);
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        print_error("broker: %s\n", line);
    free(text);
}

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* The end of a process that ended by itself or was asked to; *${why} if it is not a clean one. */
static int judge_end(const struct broker *b, int status, const char **why)
{
    if (WIFSIGNALED(status))
        *why = "the broker died by a signal";
    else if (sanitizer_complained(b))
        *why = "a sanitizer complained in the broker";
    if (*why != NULL)
        broker_print_log(b);
    return exit_status(status);
}

/*
 * Mosquitto says that it runs a moment before it does, and forgets a SIGTERM that comes between. So
 * it is asked again.
 */
static bool terminate(pid_t pid, int *status)
{
    for (int waited = 0; waited < STOP_MS; waited += STOP_AGAIN_MS) {
        kill(pid, SIGTERM);
        if (process_wait(pid, STOP_AGAIN_MS, status))
            return true;
    }
    return false;
}

/* Stop without failing the test; *${why} is left alone if there is nothing to complain about. */
static int end_it(struct broker *b, const char **why)
{
    int status = 0;
    pid_t pid = b->pid;

    if (pid == 0)
        return 0;
    b->pid = 0;
    if (!terminate(pid, &status)) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        broker_print_log(b);
        *why = "the broker did not stop within 30 seconds of SIGTERM";
        return -1;
    }
    return judge_end(b, status, why);
}

/* "mosquitto version 2.0.11 running"; 2.1 says "running mosquitto as user" long before that. */
static bool says_that_it_runs(const struct broker *b)
{
    char *log = broker_log(b);
    const char *line = strstr(log, "mosquitto version ");
    bool runs = false;

    while (line != NULL && !runs) {
        size_t len = strcspn(line, "\n");

        runs = len > strlen(" running") &&
               strncmp(line + len - strlen(" running"), " running", strlen(" running")) == 0;
        line = strstr(line + len, "mosquitto version ");
    }
    free(log);
    return runs;
}

/* Wait until the broker listens (true) or has ended with *${status} (false). */
static bool wait_for_start(struct broker *b, int *status)
{
    int64_t deadline = now_ms() + START_MS;

    while (now_ms() < deadline) {
        if (process_wait(b->pid, 0, status)) {
            b->pid = 0;
            return false;
        }
        if (says_that_it_runs(b))
            return true;
        usleep(STEP_US);
    }
    broker_print_log(b);
    fail_msg("the broker neither listened nor ended within %d ms", START_MS);
    return false;
}

/* Another program may take a chosen port before the broker does; then choose again. */
static bool start(struct broker *b, int *status)
{
    for (int attempt = 1;; attempt++) {
        run_mosquitto(b);
        if (wait_for_start(b, status))
            return true;
        if (attempt == PORT_ATTEMPTS || !broker_log_contains(b, "Address already in use"))
            return false;
    }
}

void broker_add_plugin(struct broker *b)
{
    b->own_options.bare = false;
    broker_restart(b);
}

struct broker *broker_start(const struct broker_options *options)
{
    struct broker *b = prepare(options);
    int status = 0;

    if (!start(b, &status)) {
        broker_print_log(b);
        release(b);
        fail_msg("the broker refused to start, with the log above");
    }
    return b;
}

char *broker_start_refused(const struct broker_options *options)
{
    struct broker *b = prepare(options);
    const char *why = NULL;
    char *text = NULL;
    int status = 0;

    if (start(b, &status)) {
        end_it(b, &why);
        why = "the broker started, but it ought to have refused to";
    } else {
        judge_end(b, status, &why);
    }
    text = file_read(b->log, b->log_start);
    release(b);
    if (why != NULL) {
        free(text);
        fail_msg("%s", why);
    }
    return text;
}

int broker_stop(struct broker *b)
{
    const char *why = NULL;
    int status = end_it(b, &why);

    if (why != NULL)
        fail_msg("%s", why);
    return status;
}

void broker_kill(struct broker *b)
{
    int status = 0;

    if (b->pid == 0)
        return;
    kill(b->pid, SIGKILL);
    waitpid(b->pid, &status, 0);
    b->pid = 0;
}

bool broker_wait_end(struct broker *b, int timeout_ms, int *status)
{
    if (!process_wait(b->pid, timeout_ms, status))
        return false;
    b->pid = 0;
    return true;
}

int broker_try_restart(struct broker *b)
{
    int status = 0;

    broker_stop(b);
    if (start(b, &status))
        return 0;
    if (sanitizer_complained(b)) {
        broker_print_log(b);
        fail_msg("a sanitizer complained in the broker");
    }
    return exit_status(status);
}

void broker_restart(struct broker *b)
{
    if (broker_try_restart(b) != 0) {
        broker_print_log(b);
        fail_msg("the broker refused to start again, with the log above");
    }
}

/* Whether everything in the store fits together; what doesn't is printed. */
static bool store_is_well(const struct broker *b)
{
    char path[PATH_SIZE];
    char output[PATH_SIZE];
    char *problems;
    int status = 0;
    pid_t pid;

    snprintf(path, sizeof path, "%s/data/data.mdb", b->dir);
    if (file_size(path) == 0)
        return true;
    snprintf(path, sizeof path, "%s/data", b->dir);
    snprintf(output, sizeof output, "%s/check.log", b->dir);
    pid = process_start((const char *const[]){ BACKCHANNEL_TOOL, "check", path, NULL },
        (const char *const[]){ NULL }, output);
    if (process_wait(pid, CHECK_MS, &status) && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    problems = file_read(output, 0);
    print_error("%s", problems);
    free(problems);
    return false;
}

void broker_free(struct broker *b)
{
    const char *why = NULL;
    bool ran;
    int status;

    if (b == NULL)
        return;
    ran = b->pid != 0;
    status = end_it(b, &why);
    if (status != 0 && why == NULL) {
        broker_print_log(b);
        why = "the broker ended with an error";
    }
    if (ran && why == NULL && !store_is_well(b))
        why = "the store that the broker has left behind is not well";
    release(b);
    if (why != NULL)
        fail_msg("%s", why);
}

int broker_teardown(void **state)
{
    struct broker *b = *state;

    *state = NULL;
    broker_free(b);
    return 0;
}

int broker_network(const struct broker *b)
{
    return b->options->network;
}

uint16_t broker_port(const struct broker *b, enum broker_listener listener)
{
    return b->ports[listener];
}

pid_t broker_pid(const struct broker *b)
{
    return b->pid;
}

const char *broker_dir(const struct broker *b)
{
    return b->dir;
}

char *broker_log(const struct broker *b)
{
    return file_read(b->log, b->log_start);
}

bool broker_log_contains(const struct broker *b, const char *text)
{
    char *log = broker_log(b);
    bool found = strstr(log, text) != NULL;

    free(log);
    return found;
}

/* As one number: 2.0.11 is 2000011. */
static long version_of(const struct broker *b)
{
    static const char before[] = "mosquitto version ";
    char *log = broker_log(b);
    const char *line = strstr(log, before);
    long version = 0;

    if (line != NULL) {
        char *rest = NULL;

        version = strtol(line + strlen(before), &rest, 10) * 1000000;
        version += *rest == '.' ? strtol(rest + 1, &rest, 10) * 1000 : 0;
        version += *rest == '.' ? strtol(rest + 1, &rest, 10) : 0;
    }
    free(log);
    return version;
}

bool broker_is_2_1(const struct broker *b)
{
    return version_of(b) >= 2001000;
}

bool broker_is_newer(const struct broker *b)
{
    return version_of(b) > 2000011;
}

bool broker_keeps_dropped(const struct broker *b)
{
    return broker_log_contains(
        b, "what this broker drops for clients that don't read stays in its memory");
}

void broker_expect_log(const struct broker *b, const char *text, int timeout_ms)
{
    int64_t deadline = now_ms() + timeout_ms;

    while (!broker_log_contains(b, text)) {
        if (now_ms() >= deadline) {
            broker_print_log(b);
            fail_msg("the broker did not log \"%s\" within %d ms", text, timeout_ms);
        }
        usleep(STEP_US);
    }
}

struct client **broker_clients(struct broker *b)
{
    return &b->clients;
}
