/* What a sender may say of a message beside its bytes: MQTT 5 properties. */
#ifndef BC_BROKER_PLUGIN_METADATA_H
#define BC_BROKER_PLUGIN_METADATA_H

#include <mosquitto.h>
#include <stdint.h>

#include "messaging/refusal.h"

/* All zero is nothing said; owns its texts, which are NULL where they aren't given. */
struct bc_metadata {
    char *content_type;
    char *msgid;
    char *reply_to_text;
    uint64_t reply_to;
};

/*
 * Read ${properties} into ${metadata}, which is to be freed whatever is returned: BC_ACCEPTED, or
 * why the message is refused, with *${sentence} set where there is more to say than usual.
 * ${counted} is what bc_property_counted() says.
 */
enum bc_refusal bc_metadata_read(struct bc_metadata *metadata, const mosquitto_property *properties,
    bool counted, const char **sentence);

void bc_metadata_free(struct bc_metadata *metadata);

#endif
