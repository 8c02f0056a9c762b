/* Servers of PostgreSQL, whose processes are this one's children. */
#include "postgres_internal.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "process.h"

/* Below the ports that the system gives to whoever connects. */
#define PORT_MIN 20000
#define PORTS    12000

#define PRINTED 6000

/* What a connection tries first takes seconds in a process with sanitizers. */
#define UNSECURED "sslmode=disable gssencmode=disable"

/* Where the power is cut, checkpoints and new files of the log ought to be among what it meets. */
#define SYNCED   "fsync = on\nmin_wal_size = 32MB\nmax_wal_size = 32MB\n"
#define UNSYNCED "fsync = off\n"

#define ARGUMENTS 24

/* ${command} as the user postgres, since root may not run a server; ends with NULL. */
static const char *const *as_postgres(const char *argv[ARGUMENTS], const char *const *command)
{
    static const char *const become[] = { "setpriv", "--reuid=postgres", "--regid=postgres",
        "--clear-groups", "--pdeathsig=QUIT", "--" };
    size_t count = 0;

    for (size_t i = 0; geteuid() == 0 && i < sizeof(become) / sizeof(become[0]); i++) {
        argv[count++] = become[i];
    }
    for (size_t i = 0; command[i] != NULL; i++) {
        assert_true(count + 1 < ARGUMENTS);
        argv[count++] = command[i];
    }
    argv[count] = NULL;
    return argv;
}

void postgres_program(const char *name, char path[96])
{
    DIR *versions = opendir("/usr/lib/postgresql");
    const struct dirent *entry;
    unsigned long newest = 0;

    assert_non_null(versions);
    while ((entry = readdir(versions)) != NULL) {
        unsigned long version = strtoul(entry->d_name, NULL, 10);

        newest = version > newest ? version : newest;
    }
    closedir(versions);
    assert_true(newest >= 15);
    snprintf(path, 96, "/usr/lib/postgresql/%lu/bin/%s", newest, name);
}

static bool is_free(unsigned port)
{
    const struct sockaddr_in address = { .sin_family = AF_INET,
        .sin_port = htons((uint16_t)port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool bound = bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;

    close(fd);
    return bound;
}

static unsigned find_port(void)
{
    static unsigned next;

    for (unsigned i = 0; i < PORTS; i++) {
        unsigned port = PORT_MIN + ((unsigned)getpid() * 37 + next++) % PORTS;

        if (is_free(port)) {
            return port;
        }
    }
    fail_msg("no port is free");
    return 0;
}

void postgres_configure(const struct postgres *postgres, const struct server *server)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/postgresql.auto.conf", server->dir);
    file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
        "port = %u\nlisten_addresses = '127.0.0.1%s%s'\nunix_socket_directories = ''\n"
        "cluster_name = 's%zd'\nmax_connections = 50\nshared_buffers = 16MB\nwal_keep_size = "
        "256MB\n"
        "wal_retrieve_retry_interval = 100ms\nlog_min_messages = warning\nwal_init_zero = off\n"
        "dynamic_shared_memory_type = mmap\nwal_log_hints = on\nwal_sender_timeout = 5s\n"
        "wal_receiver_timeout = 5s\n%s",
        server->port, server->host.network != 0 ? "," : "",
        server->host.network != 0 ? server->host.address : "", server - postgres->servers,
        postgres->synced ? SYNCED : UNSYNCED);
    if (postgres->count > 1) {
        fprintf(file,
            "synchronous_standby_names = 'ANY 1 (*)'\n"
            "primary_conninfo = 'host=%s port=%u user=postgres application_name=s%zd'\n",
            postgres->servers[postgres->primary].host.address,
            postgres->servers[postgres->primary].port, server - postgres->servers);
    }
    fclose(file);
}

static void wait_ready(const struct postgres *postgres, const struct server *server)
{
    char path[96];
    char port[16];
    const char *const command[] = { path, "-q", "-h", "127.0.0.1", "-p", port, "-U", "postgres",
        NULL };
    int64_t until = now_ms() + READY_MS;
    int before = process_enter(server->host.network);
    int status = 1;

    postgres_program("pg_isready", path);
    snprintf(port, sizeof(port), "%u", server->port);
    do {
        pid_t pid = process_start(command, NULL, postgres->output);

        assert_true(process_wait(pid, READY_MS, &status));
        if (status != 0) {
            usleep(50000);
        }
    } while (status != 0 && now_ms() < until);
    process_leave(before);
    if (status != 0) {
        char *output = file_read(postgres->output, 0);

        fail_msg("PostgreSQL doesn't start: %s", output);
    }
}

/* The segment of shared memory that a server which is killed leaves, and for ever. */
static int memory_of(const struct server *server)
{
    char path[128];
    char *text;
    const char *line;
    int id = -1;

    snprintf(path, sizeof(path), "%s/postmaster.pid", server->dir);
    text = file_read(path, 0);
    line = text;
    for (int i = 0; line != NULL && i < 6; i++) {
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    if (line != NULL && strchr(line, ' ') != NULL) {
        char *rest = NULL;

        (void)strtoul(line, &rest, 10);
        id = (int)strtol(rest, NULL, 10);
    }
    free(text);
    return id;
}

static void run_server(struct postgres *postgres, struct server *server)
{
    char path[96];
    const char *const command[] = { path, "-D", server->dir, NULL };
    char preload[256];
    char clock_file[128];
    const char *const environment[] = { preload, clock_file, NULL };
    const char *argv[ARGUMENTS];
    int before;

    postgres_program("postgres", path);
    postgres_configure(postgres, server);
    snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", postgres->shim ? postgres->shim : "");
    snprintf(clock_file, sizeof(clock_file), "CLOCK_SHIM=%s.clock", server->dir);
    before = process_enter(server->host.network);
    server->pid = process_start(
        as_postgres(argv, command), postgres->shim != NULL ? environment : NULL, postgres->output);
    process_leave(before);
    wait_ready(postgres, server);
    server->memory = memory_of(server);
}

void postgres_run(
    const struct postgres *postgres, const struct server *server, const char *const *command)
{
    const char *argv[ARGUMENTS];
    int before = process_enter(server->host.network);

    process_run(as_postgres(argv, command), postgres->output);
    process_leave(before);
}

/* Whoever comes from another machine may do all, too. */
static void let_in(const struct server *server)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/pg_hba.conf", server->dir);
    file = fopen(path, "a");
    assert_non_null(file);
    fputs("host all,replication postgres samenet trust\n", file);
    fclose(file);
}

const char *postgres_no_sync(const struct postgres *postgres, const char *argument)
{
    return postgres->synced ? NULL : argument;
}

static void make_first(struct postgres *postgres)
{
    char path[96];
    const char *const command[] = { path, "-D", postgres->servers[0].dir, "-A", "trust", "-U",
        "postgres", "-E", "UTF8", "--locale=C", postgres_no_sync(postgres, "-N"), NULL };

    postgres_program("initdb", path);
    postgres_run(postgres, &postgres->servers[0], command);
    let_in(&postgres->servers[0]);
    run_server(postgres, &postgres->servers[0]);
}

void postgres_copy_primary(struct postgres *postgres, const struct server *server)
{
    char path[96];
    char port[16];
    const char *const command[] = { path, "-h", postgres->servers[postgres->primary].host.address,
        "-p", port, "-U", "postgres", "-D", server->dir, "-c", "fast", "-X", "stream",
        postgres_no_sync(postgres, "--no-sync"), NULL };

    postgres_program("pg_basebackup", path);
    snprintf(port, sizeof(port), "%u", postgres->servers[postgres->primary].port);
    postgres_run(postgres, server, command);
}

void postgres_run_standby(struct postgres *postgres, struct server *server)
{
    char signal_file[128];
    const char *const touch[] = { "touch", signal_file, NULL };
    const char *const sync[] = { "sync", signal_file, server->dir, NULL };

    snprintf(signal_file, sizeof(signal_file), "%s/standby.signal", server->dir);
    postgres_run(postgres, server, touch);
    if (postgres->synced) {
        postgres_run(postgres, server, sync);
    }
    run_server(postgres, server);
}

static void make_standby(struct postgres *postgres, struct server *server)
{
    postgres_copy_primary(postgres, server);
    postgres_run_standby(postgres, server);
}

/* The option for all of them. */
static void write_option(struct postgres *postgres)
{
    const struct server *servers = postgres->servers;

    if (postgres->count == 1) {
        snprintf(postgres->option, sizeof(postgres->option),
            "log host=%s port=%u user=postgres dbname=postgres " UNSECURED, servers[0].host.address,
            servers[0].port);
    } else {
        snprintf(postgres->option, sizeof(postgres->option),
            "log host=%s,%s,%s port=%u,%u,%u user=postgres dbname=postgres " UNSECURED,
            servers[0].host.address, servers[1].host.address, servers[2].host.address,
            servers[0].port, servers[1].port, servers[2].port);
    }
}

struct postgres *postgres_start(unsigned servers)
{
    return postgres_start_with(&(struct postgres_options){ .servers = servers });
}

/* ${path} is the user's who runs servers. */
static void give_away(const char *path)
{
    const struct passwd *user = getpwnam("postgres");

    assert_true(geteuid() != 0 || (user != NULL && chown(path, user->pw_uid, user->pw_gid) == 0));
}

static void choose_dir(struct server *server, const char *given)
{
    assert_true(strlen(given) < sizeof(server->dir));
    snprintf(server->dir, sizeof(server->dir), "%s", given);
    give_away(server->dir);
    assert_int_equal(chmod(server->dir, S_IRWXU), 0);
}

struct postgres *postgres_start_with(const struct postgres_options *options)
{
    static const struct postgres_host here = { .address = "127.0.0.1" };
    struct postgres *postgres = calloc(1, sizeof(*postgres));
    const char *tmp = getenv("TMPDIR");
    const unsigned servers = options->servers;

    assert_non_null(postgres);
    assert_true(servers >= 1 && servers <= POSTGRES_SERVERS);
    postgres->count = servers;
    postgres->shim = options->shim;
    postgres->synced = options->synced;
    snprintf(postgres->dir, sizeof(postgres->dir), "%s/bc-postgres.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(postgres->dir));
    give_away(postgres->dir);
    snprintf(postgres->output, sizeof(postgres->output), "%s/output", postgres->dir);
    for (unsigned i = 0; i < servers; i++) {
        struct server *server = &postgres->servers[i];

        snprintf(server->dir, sizeof(server->dir), "%s/s%u", postgres->dir, i);
        server->port = find_port();
        server->host = options->hosts != NULL ? options->hosts[i] : here;
        if (options->dirs != NULL) {
            choose_dir(server, options->dirs[i]);
        }
    }
    make_first(postgres);
    for (unsigned i = 1; i < servers; i++) {
        make_standby(postgres, &postgres->servers[i]);
    }
    write_option(postgres);
    return postgres;
}

/* Whoever receives ${signal_number} ends, and its own children with it. */
static void end(struct server *server, int signal_number)
{
    int status;

    if (server->pid != 0) {
        kill(server->pid, signal_number);
        if (!process_wait(server->pid, READY_MS, &status)) {
            fail_msg("PostgreSQL doesn't end");
        }
        server->pid = 0;
    }
}

void postgres_free(struct postgres *postgres)
{
    if (postgres != NULL) {
        for (unsigned i = 0; i < postgres->count; i++) {
            end(&postgres->servers[i], SIGQUIT);
        }
        directory_remove(postgres->dir);
        free(postgres);
    }
}

const char *postgres_dir(const struct postgres *postgres)
{
    return postgres->dir;
}

const char *postgres_option(const struct postgres *postgres)
{
    return postgres->option;
}

char *postgres_option_of(const struct postgres *postgres, unsigned index)
{
    char *option = NULL;

    assert_true(asprintf(&option, "log host=%s port=%u user=postgres dbname=postgres " UNSECURED,
                    postgres->servers[index].host.address, postgres->servers[index].port) > 0);
    return option;
}

void postgres_kill(struct postgres *postgres, unsigned index)
{
    end(&postgres->servers[index],
        SIGQUIT); /* children of one that is killed live on for a while */
}

void postgres_kill_hard(struct postgres *postgres, unsigned index)
{
    struct server *server = &postgres->servers[index];

    if (server->pid != 0) {
        process_kill_family(server->pid);
        server->pid = 0;
        if (server->memory != -1) {
            shmctl(server->memory, IPC_RMID, NULL);
        }
    }
}

void postgres_stop(struct postgres *postgres, unsigned index)
{
    end(&postgres->servers[index], SIGINT);
}

void postgres_restart(struct postgres *postgres, unsigned index)
{
    run_server(postgres, &postgres->servers[index]);
}

unsigned postgres_primary(const struct postgres *postgres)
{
    return postgres->primary;
}

bool postgres_runs(const struct postgres *postgres, unsigned index)
{
    return postgres->servers[index].pid != 0;
}

void postgres_silence(struct postgres *postgres, unsigned index, bool silent)
{
    assert_int_equal(kill(postgres->servers[index].pid, silent ? SIGSTOP : SIGCONT), 0);
}

void postgres_pause(struct postgres *postgres, unsigned index, bool stopped)
{
    process_stop_family(postgres->servers[index].pid, stopped);
}

void postgres_set_clock(struct postgres *postgres, unsigned index, long long seconds)
{
    char path[128];

    snprintf(path, sizeof(path), "%s.clock", postgres->servers[index].dir);
    clock_set(path, seconds, 0);
}

void postgres_print(const struct postgres *postgres)
{
    off_t size = file_size(postgres->output);
    char *text = file_read(postgres->output, size > PRINTED ? size - PRINTED : 0);

    print_error("%s\n", text);
    free(text);
}

char *postgres_sql(struct postgres *postgres, unsigned index, const char *sql)
{
    char port[16];
    char output[96];
    char path[96];
    const char *const command[] = { path, "-X", "-q", "-t", "-A", "-h", "127.0.0.1", "-p", port,
        "-U", "postgres", "-c", sql, NULL };
    int before = process_enter(postgres->servers[index].host.network);

    snprintf(port, sizeof(port), "%u", postgres->servers[index].port);
    postgres_program("psql", path);
    snprintf(output, sizeof(output), "%s/printed", postgres->dir);
    unlink(output);
    process_run(command, output);
    process_leave(before);
    return file_read(output, 0);
}
