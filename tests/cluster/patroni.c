#include "patroni.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "postgres_internal.h"
#include "process.h"

enum {
    WHOLE_MS = 120000,
    STEP_US = 200000,
    PATH_SIZE = 128,
    COMMAND_SIZE = 24,
    PRINTED = 8000
};

struct patroni {
    char dir[64];
    char output[PATH_SIZE];
    char printed[PATH_SIZE];
    char option[640];
    unsigned port; /* of patroni.sh */
    pid_t etcd;
    pid_t machines[PATRONI_SERVERS]; /* 0: it is off */
};

static unsigned rest_port(const struct patroni *p, unsigned index)
{
    return p->port + 2 + index;
}

static unsigned sql_port(const struct patroni *p, unsigned index)
{
    return p->port + 5 + index;
}

void patroni_print(const struct patroni *p)
{
    off_t size = file_size(p->output);
    char *text = file_read(p->output, size > PRINTED ? size - PRINTED : 0);

    fprintf(stderr, "%s\n", text); /* cmocka's functions cut off what is long */
    free(text);
}

/* Run ${command}. What it prints is the caller's to free; NULL if it fails. */
static char *printed_by(const struct patroni *p, const char *const *command)
{
    int status = 1;
    pid_t pid;

    unlink(p->printed);
    pid = process_start(command, NULL, p->printed);
    if (!process_wait(pid, WHOLE_MS, &status)) {
        process_kill_family(pid);
        fail_msg("%s doesn't end", command[0]);
    }
    return status == 0 ? file_read(p->printed, 0) : NULL;
}

/* What Patroni of the machine ${index} says at ${path}; NULL if it isn't there, or says no. */
static char *ask(const struct patroni *p, unsigned index, const char *path)
{
    char url[PATH_SIZE];
    const char *const command[] = { "curl", "-s", "-f", "-m", "10", url, NULL };

    snprintf(url, sizeof url, "http://127.0.0.1:%u/%s", rest_port(p, index), path);
    return printed_by(p, command);
}

/* The superuser's psql on the machine ${index}, with an ${option} of it and its ${value}. */
static char *sql(const struct patroni *p, unsigned index, const char *option, const char *value)
{
    char where[2 * PATH_SIZE];
    const char *const command[] = { "psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", where,
        option, value, NULL };

    snprintf(where, sizeof where,
        "host=127.0.0.1 port=%u user=postgres dbname=postgres sslmode=require gssencmode=disable "
        "connect_timeout=5 passfile=%s/pgpass",
        sql_port(p, index), p->dir);
    return printed_by(p, command);
}

unsigned patroni_primary(const struct patroni *p)
{
    unsigned index = 0;

    for (; index < PATRONI_SERVERS; index++) {
        char *said = p->machines[index] != 0 ? ask(p, index, "primary") : NULL;
        bool primary = said != NULL;

        free(said);
        if (primary)
            break;
    }
    return index;
}

/* Whom etcd has as the one that may take over is known to Patroni alone. */
static bool is_whole(const struct patroni *p)
{
    static const char streaming[] = "select count(*) from pg_stat_replication where state = "
                                    "'streaming'";
    unsigned primary = patroni_primary(p);
    char *members;
    char *standbys;
    bool whole;

    if (primary == PATRONI_SERVERS)
        return false;
    members = ask(p, primary, "cluster");
    standbys = sql(p, primary, "-c", streaming);
    whole = members != NULL && strstr(members, "\"sync_standby\"") != NULL && standbys != NULL &&
            strcmp(standbys, "2\n") == 0;
    free(members);
    free(standbys);
    return whole;
}

void patroni_expect_whole(const struct patroni *p)
{
    int64_t until = now_ms() + WHOLE_MS;
    bool whole = is_whole(p);

    while (!whole && now_ms() < until) {
        usleep(STEP_US);
        whole = is_whole(p);
    }
    if (!whole) {
        patroni_print(p);
        fail_msg("Patroni doesn't get three servers together");
    }
}

pid_t patroni_ctl(const struct patroni *p, const char *verb, const char *const *more)
{
    char config[PATH_SIZE];
    const char *command[COMMAND_SIZE] = { "patronictl", "-c", config, verb };
    size_t count = 4;

    for (size_t i = 0; more[i] != NULL; i++) {
        assert_true(count + 1 < COMMAND_SIZE);
        command[count++] = more[i];
    }
    snprintf(config, sizeof config, "%s/db0.yml", p->dir);
    return process_start(command, NULL, p->output);
}

/* ---- machines ---- */

/* With memory of its own as well, which otherwise would outlive who is killed. */
static pid_t start_machine(const struct patroni *p, unsigned index)
{
    char config[PATH_SIZE];
    char home[PATH_SIZE];
    const char *const command[] = { "unshare", "--pid", "--ipc", "--mount", "--mount-proc",
        "--fork", "--kill-child", "--", "sh", "-c",
        "mount -t tmpfs -o mode=1777 tmpfs /dev/shm && exec \"$@\"", "sh", "setpriv",
        "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL", "--", "env",
        home, "patroni", config, NULL };

    snprintf(config, sizeof config, "%s/db%u.yml", p->dir, index);
    snprintf(home, sizeof home, "HOME=%s/db%u", p->dir, index);
    return process_start(command, NULL, p->output);
}

void patroni_kill(struct patroni *p, unsigned index)
{
    if (p->machines[index] != 0)
        process_kill_family(p->machines[index]);
    p->machines[index] = 0;
}

void patroni_revive(struct patroni *p, unsigned index)
{
    p->machines[index] = start_machine(p, index);
}

static void start_etcd(struct patroni *p)
{
    char data[PATH_SIZE];
    char here[PATH_SIZE];
    char peer[PATH_SIZE];
    char members[2 * PATH_SIZE];
    const char *const command[] = { "etcd", "--name=one", data, "--listen-client-urls", here,
        "--advertise-client-urls", here, "--listen-peer-urls", peer,
        "--initial-advertise-peer-urls", peer, "--initial-cluster", members, NULL };

    snprintf(data, sizeof data, "--data-dir=%s/etcd", p->dir);
    snprintf(here, sizeof here, "http://127.0.0.1:%u", p->port);
    snprintf(peer, sizeof peer, "http://127.0.0.1:%u", p->port + 1);
    snprintf(members, sizeof members, "one=%s", peer);
    p->etcd = process_start(command, NULL, p->output);
}

/* ---- all of them ---- */

static bool runs(const char *command)
{
    const char *const argv[] = { "sh", "-c", command, NULL };
    pid_t pid = process_start(argv, NULL, "/dev/null");
    int status = 1;

    return process_wait(pid, WHOLE_MS, &status) && status == 0;
}

static bool can_be(void)
{
    static const struct {
        const char *command;
        const char *why;
    } needs[] = {
        { "test $(id -u) = 0 && unshare --pid --ipc --mount --mount-proc --fork true",
            "no namespaces of processes may be made here" },
        { "command -v etcd && command -v patronictl",
            "etcd-server and patroni aren't installed here" },
    };

    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (!runs(needs[i].command)) {
            print_message("%s\n", needs[i].why);
            return false;
        }
    }
    return true;
}

static void make_files(struct patroni *p)
{
    char programs[96];
    const char *const command[] = { MACHINES, SOURCE_DIR, p->dir, programs, NULL };
    char *port;

    postgres_program("", programs);
    programs[strlen(programs) - 1] = '\0';
    port = printed_by(p, command);
    assert_non_null(port);
    p->port = (unsigned)strtoul(port, NULL, 10);
    free(port);
}

static void write_option(struct patroni *p)
{
    snprintf(p->option, sizeof p->option,
        "log host=127.0.0.1,127.0.0.1,127.0.0.1 port=%u,%u,%u user=backchannel dbname=backchannel "
        "passfile=%s/pgpass sslmode=verify-full sslrootcert=%s/server.pem gssencmode=disable",
        sql_port(p, 0), sql_port(p, 1), sql_port(p, 2), p->dir, p->dir);
}

static void prepare_first(const struct patroni *p)
{
    char file[PATH_SIZE];
    char *printed;

    snprintf(file, sizeof file, "%s/first.sql", p->dir);
    printed = sql(p, patroni_primary(p), "-f", file);
    assert_non_null(printed);
    free(printed);
}

struct patroni *patroni_new(void)
{
    const char *tmp = getenv("TMPDIR");
    struct patroni *p;

    if (!can_be())
        return NULL;
    p = calloc(1, sizeof *p);
    assert_non_null(p);
    snprintf(p->dir, sizeof p->dir, "%s/bc-patroni.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p->dir));
    snprintf(p->output, sizeof p->output, "%s/output", p->dir);
    snprintf(p->printed, sizeof p->printed, "%s/printed", p->dir);
    make_files(p);
    write_option(p);
    return p;
}

void patroni_start(struct patroni *p)
{
    start_etcd(p);
    for (unsigned i = 0; i < PATRONI_SERVERS; i++)
        patroni_revive(p, i);
    patroni_expect_whole(p);
    prepare_first(p);
}

void patroni_free(struct patroni *p)
{
    if (p == NULL)
        return;
    for (unsigned i = 0; i < PATRONI_SERVERS; i++)
        patroni_kill(p, i);
    if (p->etcd != 0)
        process_kill_family(p->etcd);
    directory_remove(p->dir);
    free(p);
}

const char *patroni_option(const struct patroni *p)
{
    return p->option;
}
