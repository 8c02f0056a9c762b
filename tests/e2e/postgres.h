/*
 * PostgreSQL of Debian's package, in a directory and on ports of its own: one server, or three of
 * which one takes changes and acknowledges them when another has them, too. As with broker.h,
 * whatever goes wrong fails the running test with a sentence.
 */
#ifndef BC_TESTS_E2E_POSTGRES_H
#define BC_TESTS_E2E_POSTGRES_H

#include <stdbool.h>

#define POSTGRES_SERVERS 3

struct postgres;

/* A machine: its network namespace, as process_enter() takes it, and its address there. */
struct postgres_host {
    int network;
    const char *address;
};

struct postgres_options {
    unsigned servers; /* one, or three */
    const char *shim; /* tests/e2e/clock_shim.c, built: they have clocks of their own */
    const struct postgres_host *hosts; /* one for each; NULL: all are on this machine */
    const char *const *dirs; /* empty folders for what each has; NULL: in postgres_dir() */
    bool synced;             /* what they acknowledge survives a power cut; else a kill only */
};

/* Start servers. Memory: to be freed with postgres_free(), which stops them. */
struct postgres *postgres_start_with(const struct postgres_options *options);

/* The same with nothing of the kind. */
struct postgres *postgres_start(unsigned servers);

/* The clock of the server ${index} is off by so many seconds from now on. */
void postgres_set_clock(struct postgres *postgres, unsigned index, long long seconds);
void postgres_free(struct postgres *postgres);

/* The directory that goes with them. */
const char *postgres_dir(const struct postgres *postgres);

/* The option `log` for all of them: "log host=..."; as long-lived as ${postgres}. */
const char *postgres_option(const struct postgres *postgres);

/* The same of the server ${index} alone. The caller frees. */
char *postgres_option_of(const struct postgres *postgres, unsigned index);

/* End the server ${index} at once: killed, or with all that it knows on its disk. */
void postgres_kill(struct postgres *postgres, unsigned index);
void postgres_stop(struct postgres *postgres, unsigned index);

/* The server ${index} and all that it has started are killed with SIGKILL, at one moment. */
void postgres_kill_hard(struct postgres *postgres, unsigned index);

/* Start it again, as what it was. */
void postgres_restart(struct postgres *postgres, unsigned index);

/*
 * The server ${index}, which has ended, comes back behind the one that takes changes: as a copy of
 * it, or with what the other hasn't taken back if it is to be ${rewound}.
 */
void postgres_rejoin(struct postgres *postgres, unsigned index, bool rewound);

/* The server that takes changes, and whether the server ${index} runs. */
unsigned postgres_primary(const struct postgres *postgres);
bool postgres_runs(const struct postgres *postgres, unsigned index);

/* Wait until all servers but the one that takes changes are behind it, and have what it has. */
void postgres_expect_whole(struct postgres *postgres);

/* The server ${index} lets nobody in, and doesn't say so, until it is no longer ${silent}. */
void postgres_silence(struct postgres *postgres, unsigned index, bool silent);

/* The server ${index} stops as a whole, until it no longer is to be ${stopped}. */
void postgres_pause(struct postgres *postgres, unsigned index, bool stopped);

/*
 * Of the standbys that run, the one that has most takes changes from now on, with the others behind
 * it. The server that did so has ended.
 */
void postgres_promote(struct postgres *postgres);

/* The end of what all servers have printed, for who wonders why. */
void postgres_print(const struct postgres *postgres);

/* Run ${sql} on the server ${index}. Returns what it prints, for the caller to free. */
char *postgres_sql(struct postgres *postgres, unsigned index, const char *sql);

#endif
