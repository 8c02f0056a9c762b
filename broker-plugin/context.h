/* The plugin's one context, handed to every part of it, and what they all ask. */
#ifndef BC_BROKER_PLUGIN_CONTEXT_H
#define BC_BROKER_PLUGIN_CONTEXT_H

#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/broker/cork.h"
#include "broker-plugin/broker/loop.h"
#include "broker-plugin/broker/newcomers.h"
#include "broker-plugin/clock.h"
#include "broker-plugin/counts.h"
#include "broker-plugin/listeners.h"
#include "broker-plugin/outbox.h"
#include "broker-plugin/rates.h"
#include "broker-plugin/retention.h"
#include "broker-plugin/said.h"
#include "broker-plugin/signin/guesses.h"
#include "broker-plugin/signin/names_taken.h"
#include "broker-plugin/signin/sessions.h"
#include "broker-plugin/sleepers.h"
#include "broker-plugin/storing.h"
#include "broker-plugin/subscriptions.h"
#include "broker-plugin/topic.h"
#include "broker-plugin/wakes.h"
#include "messaging/id.h"
#include "messaging/refusal.h"
#include "messaging/visible.h"
#include "settings/option.h"
#include "storage/store.h"

/* What access.c found out about the topic of a group that it was asked about last. */
struct bc_audience {
    char topic[BC_TOPIC_MAX];
    uint64_t changes; /* the number of the last fact when it did */
    struct bc_live_item item;
};

/* What the operator is told once a minute, since clients can cause it as often as they like. */
enum bc_rare_line {
    BC_RARE_DELIVERIES,
    BC_RARE_ANSWERS,
    BC_RARE_REFUSALS,
    BC_RARE_TYPING,
    BC_RARE_WAKES,
    BC_RARE_LINES
};

/* What the operator erases, as far as it isn't done: erasing.h. */
struct bc_erasing {
    bool open;            /* there may be something to be gone on with */
    bool asked;           /* ... and is, but hasn't come back from the log */
    bool left;            /* another broker goes on with it: this one does if that one stops */
    uint64_t changed;     /* the last fact since the start that took something away */
    uint64_t after;       /* the last that was looked at of those */
    uint64_t retry_at_ms; /* nothing before; 0 for any time */
};

/* With a log: the disk has the facts of rows up to ${row} when it has the fact ${fact}. */
struct bc_saved {
    uint64_t row;
    uint64_t fact;
    uint64_t told; /* the last row of which the disk is known to have the facts */
};

struct bc_door;
struct bc_awaited;
struct bc_pending;
struct bc_replica;

struct bc_plugin {
    mosquitto_plugin_id_t *identifier;
    struct bc_options options;
    struct bc_options
        configured;        /* as in mosquitto.conf, without limits_file; borrows its pointers */
    uint32_t message_room; /* the largest message that the journal was opened for */
    struct bc_topics topics;
    struct bc_store *store;
    struct bc_rates rates;
    struct bc_handed *handed;
    struct bc_outbox *outbox;
    struct bc_listeners *listeners;
    struct bc_subscriptions *subscriptions; /* known where the broker is 2.1 */
    struct bc_sessions *sessions;
    struct bc_sleepers *sleepers; /* who is connected, and whom there may be to wake */
    struct bc_guesses *guesses;
    struct bc_wakes *wakes; /* NULL if nobody is woken */
    struct bc_names_taken names;
    struct bc_loop *loop;
    struct bc_cork *cork;
    struct bc_door *door;
    struct bc_erasing erasing;
    struct bc_awaited *awaited; /* facts that somebody waits for: pipeline.h */
    struct bc_replica *replica; /* with a log, else NULL; then ${ids} are its ... */
    struct bc_pending *pending; /* ... and these wait for it, */
    struct bc_log_place told;   /* who were told of what is up to here */
    struct bc_saved saved;
    struct bc_id_source ids;
    struct bc_storing storing;
    struct bc_counts counts;
    struct bc_retention retention;
    struct bc_clock *clock;
    struct bc_said said;             /* warnings of the store's */
    uint64_t told_ms[BC_RARE_LINES]; /* when the operator was last told of each */
    uint64_t batch_since_ms;         /* when the first was stored that no sync is under way for */
    bool comes_meanwhile;            /* something came in while the last sync went on */
    uint64_t given_upto;             /* the last fact whose deliveries the broker was given */
    const struct mosquitto *write_checked; /* whose publish access.c allowed last */
    struct bc_audience audience;
    struct bc_bytes actor; /* whose request the pipeline is delivering; empty: nobody's */
    uint64_t delivering;   /* the fact that has just been stored, and is delivered; 0 for none */
    uint64_t hidden;       /* the last fact that can have hidden anything that was to be shown */
    struct bc_newcomers newcomers;
    const struct mosquitto *gone; /* who was disconnected last in this turn of the loop */
    bool is_2_1;                  /* the broker is 2.1 or newer */
    bool values_counted;          /* as bc_property_counted() says */
    bool told_unchecked; /* the operator has been told of publishes that access.c didn't check */
    bool told_not_ticking;
    bool tells_requests; /* each publish, and each refusal, has a line in the log */
    bool ticked;
    uint64_t started_ms;
};

/* How far the newest id is ahead of the clock, ms; 0 if it isn't. */
uint64_t bc_plugin_ahead(const struct bc_plugin *plugin);

/* The time, ms since the Unix epoch, as far as the clock is believed. */
uint64_t bc_plugin_now(const struct bc_plugin *plugin);

/* How much time has passed since some fixed moment, ms, while the machine slept as well. */
uint64_t bc_plugin_passed(void);

/* A cursor for now: as bc_id_cursor() says. With a log it is as old as its last row. */
uint64_t bc_plugin_cursor(struct bc_plugin *plugin);

/* Log what there is to be told of the clock. */
void bc_plugin_tell_of_clock(struct bc_plugin *plugin);

/*
 * Log one line at the broker's level ${level} (MOSQ_LOG_*). Whatever is in it stays one line that
 * can be read; names and other words from outside go through bc_shown() first, which quotes them.
 */
__attribute__((format(printf, 2, 3))) void bc_plugin_log(int level, const char *format, ...);

/* The same, a warning or not, for who takes a function to say lines by. */
void bc_plugin_log_line(void *context, bool warning, const char *line);

/* With tells_requests: a line of what ${user} does, or is refused, by names and codes alone. */
void bc_plugin_tell_request(
    const struct bc_plugin *plugin, struct bc_bytes user, const char *does, const char *what);

/* Is it time to tell of ${line}? From then on it isn't for a minute. */
bool bc_plugin_tells(struct bc_plugin *plugin, enum bc_rare_line line) BC_MUST_CHECK;

/*
 * The user that ${client} is, borrowed from it: empty for a client without a username or with one
 * that isn't valid, who may not use the namespace (protocol section 1).
 */
struct bc_bytes bc_plugin_user(const struct mosquitto *client);

/*
 * End all connections here of ${user}, whose name is valid. The broker knows those as well that
 * have done nothing yet.
 */
void bc_plugin_kick(struct bc_bytes user);

#endif
