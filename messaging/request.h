/*
 * A request: what a user asks to be changed. Everything the rules need to know of it is in here;
 * who asks is stamped by the broker. All bytes are borrowed.
 */
#ifndef BC_MESSAGING_REQUEST_H
#define BC_MESSAGING_REQUEST_H

#include "messaging/message.h"
#include "messaging/view.h"

enum bc_action {
    BC_SEND,
    BC_APPROVE, /* add-contact is the same */
    BC_DECLINE,
    BC_BLOCK,
    BC_UNBLOCK,
    BC_REMOVE_CONTACT,
    BC_SETTINGS
};

/* What `settings` sets; a flag that is false leaves its setting alone. */
struct bc_settings_change {
    bool has_contacts_only;
    bool has_receipts_off;
    bool has_group_invites;
    struct bc_settings value;
};

struct bc_request {
    enum bc_action action;
    struct bc_bytes from; /* who asks: a valid name */
    struct bc_bytes to;   /* whom it is about; unused by BC_SETTINGS */
    uint64_t id;          /* the first of BC_IDS_PER_REQUEST ids drawn for it */
    uint64_t now_ms;
    bool within_rate; /* a token of the user's rate is left */
    union {
        struct { /* BC_SEND */
            struct bc_bytes payload;
            struct bc_bytes content_type;
            struct bc_bytes msgid;
            uint64_t reply_to;
        } message;
        struct bc_settings_change settings; /* BC_SETTINGS */
    };
};

#endif
