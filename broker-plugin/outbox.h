/*
 * The outbox: everything outgoing waits here until the facts that it follows from are durable, so
 * that nobody is shown what a crash can take back. What is in it goes out in order.
 */
#ifndef BC_BROKER_PLUGIN_OUTBOX_H
#define BC_BROKER_PLUGIN_OUTBOX_H

#include <stddef.h>
#include <string.h>

#include "broker-plugin/broker/broker_api.h"
#include "broker-plugin/broker/dropped.h"
#include "broker-plugin/broker/loop.h"
#include "broker-plugin/describe.h"
#include "broker-plugin/handed.h"
#include "broker-plugin/topic.h"
#include "messaging/error.h"

struct bc_outbox;

/* One publish of the broker's. Payloads and properties are of mosquitto_malloc(). */
struct bc_publication {
    void *payload;
    uint32_t payload_len;
    const char *content_type; /* of the payload: static, or NULL */
    mosquitto_property *properties;
    struct bc_description *description; /* becomes properties when it goes out, or NULL */
    bool unheard;                       /* nobody can hear it: dropped when it would go out */
    bool others;                        /* other people's: what goes out with it comes first */
    bool shown;                         /* in a box whose owner may read it, by the fact itself */
    int qos;
    const struct mosquitto *client; /* to this connection alone; NULL: to who has subscribed */
    char *if_lost; /* JSON of mosquitto_malloc() to send instead if the facts are lost, or NULL */
    /* Filled in by bc_outbox_add(): */
    uint64_t follows; /* the last fact it may follow from */
    char *client_id;  /* whatever becomes of ${client}, whose pointer then only says who it was */
    size_t owner_bit; /* of the user of ${client}: outbox.c */
    bool websocket;   /* ${client} is one ... */
    bool was_clean;   /* ... and its session was clean */
    bool held;        /* it has waited a turn of the loop */
    char topic[BC_TOPIC_MAX];
};

/* ${publication}, at QoS 1, is to be filled; its topic, which is most of it, isn't even emptied. */
static inline void bc_publication_begin(struct bc_publication *publication)
{
    memset(publication, 0, offsetof(struct bc_publication, topic));
    publication->qos = 1;
}

/*
 * What it hands to the broker is to go on at once in ${loop}, and, as far as it is shown, known to
 * ${handed}. ${told} says that bc_outbox_taken() is called in time. NULL without memory.
 */
struct bc_outbox *bc_outbox_new(struct bc_loop *loop, struct bc_handed *handed, bool told);

/* What was handed out for one connection each, for who forgets what the broker dropped of it. */
struct bc_dropped *bc_outbox_dropped(struct bc_outbox *outbox);

/* What is still in it is dropped. NULL is allowed. */
void bc_outbox_free(struct bc_outbox *outbox);

/**
 * bc_outbox_add(outbox, publication):
 * Put *${publication} last.
 *
 * Errors: BC_NOMEM.
 * Memory: takes what ${publication} points to, on errors as well.
 */
enum bc_error bc_outbox_add(
    struct bc_outbox *outbox, const struct bc_publication *publication) BC_MUST_CHECK;

/* Free what *${publication}, which was not added, points to. */
void bc_outbox_drop(struct bc_publication *publication);

/* Payload bytes waiting. */
size_t bc_outbox_bytes(const struct bc_outbox *outbox);

/**
 * bc_outbox_flush(outbox, durable):
 * Hand to the broker what follows from facts up to ${durable} at most: where something is for one
 * connection alone, what is other people's last. So when an answer comes doesn't tell its client
 * what the broker did for others meanwhile.
 *
 * What is for one WebSocket connection waits for a turn where takeovers aren't told: when somebody
 * else takes its client id over, the broker says so one turn late.
 */
void bc_outbox_flush(struct bc_outbox *outbox, uint64_t durable);

/* What is added from now on follows from the fact ${number} and those before it. */
void bc_outbox_follow(struct bc_outbox *outbox, uint64_t number);

/*
 * The facts after ${number} are lost: what follows from them is dropped, or becomes its `if_lost`
 * where it has one.
 */
void bc_outbox_lose(struct bc_outbox *outbox, uint64_t number);

/*
 * ${client} is gone: drop what waits for it alone. Its client id may soon be somebody else's, who
 * must not get it.
 */
void bc_outbox_forget(struct bc_outbox *outbox, const struct mosquitto *client);

/* ${client} has connected: drop what waits for others with its client id. */
void bc_outbox_taken(struct bc_outbox *outbox, const struct mosquitto *client);

#endif
