/* Answers to commands and refusals of publishes: to the one connection that asked (section 5, 7).
 */
#ifndef BC_BROKER_PLUGIN_REPLY_H
#define BC_BROKER_PLUGIN_REPLY_H

#include <cjson/cJSON.h>

#include "broker-plugin/context.h"

/* Who asked, what, and how the answer finds them. */
struct bc_asker {
    const struct mosquitto *client;
    struct bc_bytes user;
    struct bc_bytes command;
    char topic[BC_TOPIC_MAX]; /* where the answer goes */
    void *correlation;        /* as mosquitto_property_read_binary() gave it, or NULL */
    uint16_t correlation_len;
    struct bc_bytes ref; /* empty if none was given */
};

/* An answer that says ok, to be filled; NULL without memory. */
cJSON *bc_reply_begin(void);

/**
 * bc_reply(plugin, asker, answer, good):
 * Send ${answer}, which was begun with bc_reply_begin(). If it is NULL, or not ${good} for want of
 * memory while it was filled, there is no answer: the log says so.
 * Memory: takes ${answer}.
 */
void bc_reply(struct bc_plugin *plugin, const struct bc_asker *asker, cJSON *answer, bool good);

/*
 * Send ${payload}, an answer of ${len} bytes of the type ${content_type}, which is static.
 * Memory: takes ${payload}, which is of mosquitto_malloc(); NULL says that there was none.
 */
void bc_reply_bytes(struct bc_plugin *plugin, const struct bc_asker *asker, void *payload,
    uint32_t len, const char *content_type);

/*
 * Answer that the command is refused, and why; but who is refused without end is told of so many
 * refusals only, since what isn't read would fill the broker's memory.
 */
void bc_reply_refuse(struct bc_plugin *plugin, const struct bc_asker *asker,
    enum bc_refusal refusal, const char *sentence);

/* Would ${user}, whose name is valid, be told of one more refusal? */
bool bc_reply_tells(struct bc_plugin *plugin, struct bc_bytes user);

/* Tell ${client} on bc/error why its publish to ${topic} is refused. ${msgid} may be empty. */
void bc_reply_error(struct bc_plugin *plugin, const struct mosquitto *client, const char *topic,
    enum bc_refusal refusal, const char *sentence, struct bc_bytes msgid);

#endif
