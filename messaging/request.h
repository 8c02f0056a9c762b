/*
 * A request: what a user asks to be changed. Everything the rules need to know of it is in here;
 * who asks is stamped by the broker. All bytes are borrowed.
 */
#ifndef BC_MESSAGING_REQUEST_H
#define BC_MESSAGING_REQUEST_H

#include "messaging/fact.h"
#include "messaging/id.h"

enum bc_action {
    BC_SEND,
    BC_APPROVE, /* add-contact is the same */
    BC_DECLINE,
    BC_BLOCK,
    BC_UNBLOCK,
    BC_REMOVE_CONTACT,
    BC_SETTINGS,
    BC_GROUP_SEND,
    BC_GROUP_CREATE,
    BC_GROUP_INVITE,
    BC_GROUP_APPROVE,
    BC_GROUP_DECLINE,
    BC_GROUP_LEAVE,
    BC_GROUP_REMOVE,
    BC_GROUP_SET_ROLE,
    BC_GROUP_RENAME,
    BC_MARK,
    BC_GROUP_MARK,
    BC_REPORT_MESSAGE,
    BC_REPORT_USER,
    BC_REPORT_GROUP,
    BC_MODERATE, /* suspend or unsuspend a user */
    BC_RESOLVE,  /* decide on a report */
    BC_STORE,    /* own data */
    BC_SET_PROFILE,
    BC_REACT,
    BC_TOKEN_CREATE,
    BC_TOKEN_REVOKE,
    BC_TOKEN_USE, /* a device has signed in with its token */
    BC_INVITE_CREATE,
    BC_GROUP_INVITE_CREATE, /* ... to a group as well */
    BC_INVITE_REVOKE,
    BC_INVITE_USE, /* somebody new comes by an invitation */
    BC_PUSH_SUBSCRIBE,
    BC_PUSH_UNSUBSCRIBE,
    BC_PUSH_REMOVE, /* an endpoint is gone, as the push user says */
    BC_ERASE,       /* the operator erases: what goes by nobody else's request ... */
    BC_ERASE_ON,    /* ... the next part of what is being erased ... */
    BC_ERASE_PROVE, /* ... all of which is gone from the disk */
    BC_RETAIN,      /* what is past ends, a part of it ... */
    BC_RETAIN_REST  /* ... and now all of it has */
};

/* What `settings` sets; a flag that is false leaves its setting alone. */
struct bc_settings_change {
    bool has_contacts_only;
    bool has_receipts_off;
    bool has_group_invites;
    bool has_findable;
    struct bc_settings value;
};

/* What `set-profile` sets; NULL leaves it alone, and what is empty is removed. */
struct bc_profile_change {
    struct bc_bytes name;
    struct bc_bytes about;
    struct bc_bytes picture;
};

struct bc_request {
    enum bc_action action;
    struct bc_bytes from;  /* who asks: a valid name */
    struct bc_bytes to;    /* the user it is about, or empty */
    struct bc_bytes group; /* the group it is about, or empty */
    uint64_t id;           /* the first of bc_request_ids() ids drawn for it */
    uint64_t now_ms;
    uint32_t rules;   /* to judge by: messaging/rules.h */
    bool within_rate; /* a token of the user's rate is left */
    union {
        struct { /* BC_SEND, BC_GROUP_SEND: as the sender gave it; the rules say what it may be */
            struct bc_bytes payload;
            struct bc_bytes content_type; /* empty: none */
            struct bc_bytes msgid;        /* NULL: none; given and empty is malformed */
            uint64_t reply_to;
            uint64_t origin; /* the message that is forwarded, which the sender sees, or 0 */
        } message;
        struct bc_settings_change settings; /* BC_SETTINGS */
        struct {                            /* BC_GROUP_CREATE, BC_GROUP_INVITE */
            struct bc_bytes title;
            struct bc_invitation *invitations; /* the users; the rules say what becomes of each */
            uint32_t count;                    /* at most BC_INVITATIONS_MAX */
        } invite;
        struct bc_bytes title;  /* BC_GROUP_RENAME */
        struct bc_markers mark; /* BC_MARK, BC_GROUP_MARK: positions, 0 where none is given */
        struct {                /* BC_REPORT_MESSAGE, BC_REPORT_USER, BC_REPORT_GROUP */
            uint64_t message;
            enum bc_reason reason;
            struct bc_bytes note;
            bool block;
            const struct bc_bytes *moderators; /* of the server, at most BC_MODERATORS_TOLD */
            uint32_t moderator_count;
        } report;
        struct { /* BC_MODERATE, BC_RESOLVE, by a moderator */
            enum bc_measure measure;
            uint64_t report;
            uint32_t days; /* of BC_SUSPEND */
            struct bc_bytes note;
        } moderate;
        enum bc_role role; /* BC_GROUP_SET_ROLE */
        struct {           /* BC_STORE */
            struct bc_bytes key;
            struct bc_bytes value; /* NULL: the key is removed */
        } own;
        struct bc_profile_change profile; /* BC_SET_PROFILE */
        struct {                          /* BC_REACT */
            uint64_t message;
            struct bc_bytes emoji; /* NULL: taken back */
        } react;
        struct { /* BC_TOKEN_CREATE, BC_TOKEN_REVOKE, BC_TOKEN_USE */
            struct bc_bytes device;
            struct bc_bytes hash; /* of BC_TOKEN_CREATE */
            uint32_t days;        /* ... 0: for ever */
        } token;
        struct {                  /* BC_INVITE_CREATE and its like */
            struct bc_bytes hash; /* not of BC_INVITE_REVOKE by id */
            uint64_t id;
            uint32_t days;
            uint32_t uses;
        } account;
        struct { /* BC_PUSH_SUBSCRIBE, BC_PUSH_UNSUBSCRIBE, BC_PUSH_REMOVE */
            struct bc_bytes device;
            struct bc_bytes endpoint;
            struct bc_bytes p256dh; /* NULL: none, as auth */
            struct bc_bytes auth;
            struct bc_bytes hash; /* of the endpoint: BC_DIGEST bytes */
        } push;
        struct {                   /* BC_ERASE: of a user, ${to}, or one message */
            struct bc_bytes other; /* of one conversation; empty for all of them */
            uint64_t message;      /* 0 for more than one */
            struct bc_bytes reason;
            uint64_t erasure; /* of BC_ERASE_ON, BC_ERASE_PROVE: its id ... */
            uint64_t upto;    /* ... the last id that the disk has been cleaned of */
            struct bc_erased_message *messages; /* the rules say which: room for BC_ERASED_MAX */
        } erase;
        struct { /* BC_RETAIN, BC_RETAIN_REST */
            enum bc_retain part;
            uint32_t rows;                      /* at most: 1 to BC_RETAIN_ROWS */
            uint64_t clock_ms;                  /* the time to go by */
            struct bc_erased_message *messages; /* as for erasures */
        } retain;
    };
};

/* How many ids ${request} draws, whatever becomes of it. */
static inline uint32_t bc_request_ids(const struct bc_request *request)
{
    bool invites = request->action == BC_GROUP_CREATE || request->action == BC_GROUP_INVITE;
    bool comes = request->action == BC_INVITE_USE;
    bool reports = request->action == BC_REPORT_MESSAGE || request->action == BC_REPORT_USER ||
                   request->action == BC_REPORT_GROUP;

    return BC_IDS_PER_REQUEST + (invites      ? request->invite.count * BC_IDS_PER_INVITATION
                                    : comes   ? BC_IDS_PER_INVITATION
                                    : reports ? request->report.moderator_count
                                              : 0);
}

#endif
