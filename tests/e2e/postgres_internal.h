/* The servers' insides: postgres.c has their processes, postgres_roles.c who takes changes. */
#ifndef BC_TESTS_E2E_POSTGRES_INTERNAL_H
#define BC_TESTS_E2E_POSTGRES_INTERNAL_H

#include <sys/types.h>

#include "postgres.h"

#define READY_MS 90000

struct server {
    char dir[96];
    struct postgres_host host;
    unsigned port;
    pid_t pid;  /* 0: it doesn't run */
    int memory; /* by which it knows whether its directory is in use; -1: none */
};

struct postgres {
    char dir[64];
    char output[80];
    char option[256];
    const char *shim; /* of the clocks, or NULL */
    bool synced;
    struct server servers[POSTGRES_SERVERS];
    unsigned count;
    unsigned primary;
};

/* The program ${name} of the newest version that is installed. */
void postgres_program(const char *name, char path[96]);

/* Run ${command} to its end where ${server} is, as the user that it runs as. */
void postgres_run(
    const struct postgres *postgres, const struct server *server, const char *const *command);

/* The last argument of a program that isn't to sync what it makes, where that is so; or NULL. */
const char *postgres_no_sync(const struct postgres *postgres, const char *argument);

/* Write the configuration of ${server}, which is that of a standby but for the primary. */
void postgres_configure(const struct postgres *postgres, const struct server *server);

/* Make the directory of ${server}, and start it behind the primary. */
void postgres_copy_primary(struct postgres *postgres, const struct server *server);
void postgres_run_standby(struct postgres *postgres, struct server *server);

#endif
