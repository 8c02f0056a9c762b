/*
 * What docs/operating.md says of many clients, done: five thousand that are connected, and say
 * nothing, under the limits of the packaged unit.
 */
#include "life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "raw.h"

enum {
    IDLE = 5000,
    FILES_MORE = 200, /* of the broker, or of the test, beside those */
    ANSWER_S = 60,
    MEMORY_KB = 65536, /* sanitizers take a multiple of it */
#ifdef BACKCHANNEL_SANITIZED
    TIMES = 16,
#else
    TIMES = 1,
#endif
    THREADS = 16
};

static char unit[65536];

/* What the unit says of ${name}; ${otherwise} if it says nothing. */
static long limit_of(const char *name, long otherwise)
{
    char line[64];
    const char *at;

    (void)snprintf(line, sizeof(line), "\n%s=", name);
    at = strstr(unit, line);
    return at != NULL ? strtol(at + strlen(line), NULL, 10) : otherwise;
}

static int read_unit(void **state)
{
    char *text = file_read(UNIT, 0);

    (void)state;
    (void)snprintf(unit, sizeof(unit), "%s", text);
    free(text);
    return strstr(unit, "[Service]") != NULL ? 0 : -1;
}

/* Read exactly ${len} bytes. */
static void hear(int fd, uint8_t *bytes, size_t len)
{
    for (size_t have = 0; have < len;) {
        ssize_t got = recv(fd, bytes + have, len - have, 0);

        if (got <= 0) {
            fail_msg("a client waits for byte %zu of %zu in vain", have + 1, len);
        }
        have += (size_t)got;
    }
}

static int come(struct broker *b, int number)
{
    const struct timeval patience = { .tv_sec = ANSWER_S };
    uint8_t answer[4];
    uint8_t granted[5];
    char id[16];
    int fd = raw_open(broker_port(b, BROKER_TCP));

    (void)snprintf(id, sizeof(id), "idle-%d", number);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    raw_connect(
        fd, &(struct raw_connect){
                .version = 4, .clean = true, .id = id, .user = "bob", .keepalive_s = UINT16_MAX });
    hear(fd, answer, sizeof(answer));
    assert_int_equal(answer[0], 0x20);
    assert_int_equal(answer[3], 0);
    raw_subscribe(fd, 4, "bc/user/bob/#", 1);
    hear(fd, granted, sizeof(granted));
    assert_int_equal(granted[0], 0x90);
    assert_int_equal(granted[4], 0);
    return fd;
}

/* A message has come whole if its text has. */
static void expect_text(int fd, const char *text)
{
    uint8_t packet[256] = { 0 };

    hear(fd, packet, 2);
    assert_int_equal(packet[0] & 0xf0, 0x30);
    assert_in_range(packet[1], strlen(text), 127);
    hear(fd, packet + 2, packet[1]);
    assert_true(raw_contains(packet, sizeof(packet), text));
}

static long threads_of(pid_t pid)
{
    char path[64];
    char line[256];
    long count = -1;
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "Threads:", sizeof("Threads:") - 1) == 0) {
            count = strtol(line + sizeof("Threads:") - 1, NULL, 10);
        }
    }
    (void)fclose(file);
    return count;
}

static void stays_small(pid_t pid)
{
    long most = limit_of("MemoryMax", MEMORY_KB * 1024L) / 1024;

    assert_in_range(process_anonymous_kb(pid), 1, TIMES * (most < MEMORY_KB ? most : MEMORY_KB));
}

/* Of the open files that the unit allows, as many as this system does. */
static void allow_files(void)
{
    struct rlimit files;
    rlim_t allowed = (rlim_t)limit_of("LimitNOFILE", 1024);

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    allowed = allowed < files.rlim_max ? allowed : files.rlim_max;
    if (allowed < IDLE + FILES_MORE) {
        fail_msg("the unit, or this system, allows %lu open files", (unsigned long)allowed);
    }
    files.rlim_cur = allowed;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    (void)setenv("BACKCHANNEL_FILES", "as they are", 1);
}

static void five_thousand_idle_clients_stay_within_the_units_limits(void **state)
{
    static const char *const lines[] = { "memory_limit 268435456", "max_connections -1", NULL };
    static int idle[IDLE];
    struct broker *b;
    struct client *alice;

    allow_files();
    b = *state = broker_start(&(struct broker_options){
        .lines_before = lines, .lines_after = talk_lines, .plugin_options = talk_unhurried });
    (void)unsetenv("BACKCHANNEL_FILES");
    assert_false(broker_log_contains(b, "files open"));
    for (int i = 0; i < IDLE; i++) {
        idle[i] = come(b, i);
    }
    tool_expect(b, 0, "backchannel_connected_devices 5000\n", "metrics", life_data(b), NULL);
    tool_expect(b, 0, "ready", "health", life_data(b), NULL);
    alice = client_login(b, "alice");
    talk_send(alice, "bob", "to all of your devices");
    for (int i = 0; i < IDLE; i++) {
        expect_text(idle[i], "to all of your devices");
    }
    stays_small(broker_pid(b));
    assert_in_range(threads_of(broker_pid(b)), 1, limit_of("TasksMax", THREADS));
    for (int i = 0; i < IDLE; i++) {
        raw_close(idle[i]);
    }
    talk_send(alice, "bob", "and now to none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            five_thousand_idle_clients_stay_within_the_units_limits, broker_teardown),
    };

    return cmocka_run_group_tests_name("idle", tests, read_unit, NULL);
}
