/*
 * A real Mosquitto with the plugin, in a directory and on ports of its own.
 *
 *     struct broker *b = broker_start(&(struct broker_options){ .websockets = true });
 *     struct client *alice = client_login(b, "alice");
 *     ...
 *     broker_free(b);
 *
 * Whatever goes wrong fails the running test with a sentence, and every wait is bounded. With
 * BACKCHANNEL_KEEP in the environment the directory stays, and its path is printed. With
 * BACKCHANNEL_OPTIONS, "name value;name value", brokers have these options as well.
 */
#ifndef BC_TESTS_E2E_BROKER_H
#define BC_TESTS_E2E_BROKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct broker;
struct client;

enum broker_listener {
    BROKER_TCP,
    BROKER_WS,
    BROKER_TLS,
    BROKER_LISTENERS
};

/*
 * All zero is a broker with one TCP listener, the plugin with its defaults and the users alice,
 * bob, carol and dave. Lists end with NULL; NULL is the empty list, but for users. What they
 * point to is borrowed until the last broker_restart().
 */
struct broker_options {
    const char *const *users;          /* each with the name as the password */
    const char *const *plugin_options; /* without their prefix: "request_days 3" */
    const char *const *lines_before;   /* of mosquitto.conf, before the plugin's */
    const char *const *lines_after;    /* at the end: what is of a listener, is of the last one */
    const char *const *environment;    /* "NAME=value", for the broker's process */
    const char *plugin;                /* another file than the one built; "": no plugin line */
    const char *preload;               /* a library whose functions come before the C library's */
    const char *user; /* whom a broker that root starts becomes; NULL: root, who can read it all */
    const char *deployed;  /* a file of config/, with the machine's paths and ports replaced: TLS */
    int network;           /* for process_enter(): the broker and its clients' ends; 0: this one */
    bool without_data_dir; /* no plugin_opt_data_dir */
    bool websockets;
    bool tls;          /* with a certificate that client_connect() trusts */
    bool tls_identity; /* the same, and users have certificates, by which they are who they are */
    bool bare;         /* without the plugin, until broker_add_plugin() */
    bool allow_anonymous;
    bool persistence; /* sessions survive broker_stop() and broker_restart() */
};

/**
 * broker_start(options):
 * Start a broker and return when it listens; the test fails if it does not within 20 seconds.
 * Memory: the caller frees with broker_free().
 */
struct broker *broker_start(const struct broker_options *options);

/**
 * broker_start_refused(options):
 * Start a broker that ought to refuse to start, and return what it logged. The test fails if it
 * runs all the same, dies by a signal, or has a sanitizer's report in its log.
 * Memory: the caller frees.
 */
char *broker_start_refused(const struct broker_options *options);

/**
 * broker_stop(b):
 * SIGTERM, and wait for the end. Returns the exit status; the test fails if the broker died by a
 * signal, did not end within 30 seconds, or has a sanitizer's report in its log. The directory and
 * the clients (which find their connections lost) stay. Returns 0 if it isn't running.
 */
int broker_stop(struct broker *b);

/* SIGKILL: no clean-up, no wills, as if the machine's process table had lost it. */
void broker_kill(struct broker *b);

/**
 * broker_restart(b):
 * Start the broker again on its directory, with broker_stop() first if it runs. Its ports are new
 * ones, so clients must connect anew.
 */
void broker_restart(struct broker *b);

/* A broker that was bare has the plugin from now on: broker_restart(). */
void broker_add_plugin(struct broker *b);

/**
 * broker_try_restart(b):
 * The same, but the broker may end before it listens. Returns 0 if it listens, else its exit
 * status, with 128 + N for signal N. The test fails if there is a sanitizer's report in its log.
 */
int broker_try_restart(struct broker *b);

/**
 * broker_wait_end(b, timeout_ms, &status):
 * Wait at most ${timeout_ms} for the broker to end by itself. Returns whether it did, with the
 * status of waitpid() in *${status}.
 */
bool broker_wait_end(struct broker *b, int timeout_ms, int *status);

/* What was logged since the last start: returned, for the caller to free; and printed. */
char *broker_log(const struct broker *b);
void broker_print_log(const struct broker *b);

/**
 * broker_free(b):
 * broker_stop(), demanding exit status 0 if it was running, and that `backchannel check` finds
 * nothing wrong with the store then; remove the directory, the clients and ${b}. NULL is fine.
 */
void broker_free(struct broker *b);

/* The plugin that brokers load: of this build, or what BACKCHANNEL_PLUGIN names instead. */
const char *broker_plugin_file(void);

/* A cmocka teardown for tests that keep their broker in *${state}: broker_free(). */
int broker_teardown(void **state);

int broker_network(const struct broker *b); /* for process_enter() */
uint16_t broker_port(const struct broker *b, enum broker_listener listener);
pid_t broker_pid(const struct broker *b);       /* 0 if it isn't running */
const char *broker_dir(const struct broker *b); /* with data/, mosquitto.conf, broker.log */

/* Whether the broker, which has been started, is Mosquitto 2.1 or newer. */
bool broker_is_2_1(const struct broker *b);

/* Whether it is newer than Debian 12's 2.0.11. */
bool broker_is_newer(const struct broker *b);

/*
 * Whether it keeps the memory of messages that it drops, as its plugin says at the start: a fault
 * of brokers that don't let it call what mends that.
 */
bool broker_keeps_dropped(const struct broker *b);

/* Whether ${text} is in what was logged since the last start, a sanitizer's output included. */
bool broker_log_contains(const struct broker *b, const char *text);

/* Wait for ${text} to be logged, for instance after a signal; fail the test if it doesn't come. */
void broker_expect_log(const struct broker *b, const char *text, int timeout_ms);

/* Where the clients of ${b} are listed; of use to client.c only. */
struct client **broker_clients(struct broker *b);

#endif
