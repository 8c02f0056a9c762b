/*
 * A fact: the whole of one change of state, decided by the rules, journaled, applied, delivered.
 * Self-contained: it names users, carries its id and so its time, and holds every outcome that the
 * rules chose. All bytes are borrowed.
 */
#ifndef BC_MESSAGING_FACT_H
#define BC_MESSAGING_FACT_H

#include "messaging/approval.h"
#include "messaging/erasure.h"
#include "messaging/report.h"
#include "messaging/retention.h"
#include "messaging/view.h"

/* The values are those of the stored facts. */
enum bc_fact_type {
    BC_FACT_SENT = 2,
    BC_FACT_RELATION = 3,
    BC_FACT_SETTINGS = 4,
    BC_FACT_GROUP = 5,
    BC_FACT_MARKED = 6,
    BC_FACT_REPORTED = 7,
    BC_FACT_MODERATED = 8,
    BC_FACT_STORED = 9,
    BC_FACT_PROFILE = 10,
    BC_FACT_REACTED = 11,
    BC_FACT_TOKEN = 12,
    BC_FACT_INVITE = 13,
    BC_FACT_PUSH = 14,
    BC_FACT_ERASED = 15,
    BC_FACT_RETAINED = 16
};

/* A message was sent; its id is the fact's. */
struct bc_fact_sent {
    struct bc_message message;
    enum bc_placement placement; /* unused when sender and recipient are the same */
    bool approves;               /* writing made the recipient a contact of the sender ... */
    uint64_t moved_after;        /* ... and what they had sent since this id moves to the inbox */
};

/* ${user}'s relation towards ${other} changed, in one of the five ways that are stored. */
struct bc_fact_relation {
    struct bc_bytes user;
    struct bc_bytes other;
    enum bc_change change;
    uint64_t until_ms;    /* of BC_DECLINED_REQUEST */
    bool tell_other;      /* of BC_CONTACT_ADDED: the other gets the event "approved" */
    uint64_t moved_after; /* of BC_CONTACT_ADDED: what came since this id moves to the inbox */
};

struct bc_fact_settings {
    struct bc_bytes user;
    struct bc_settings settings; /* all of them, as they are now */
};

/* The most users that one request may invite. */
#define BC_INVITATIONS_MAX 200

/* One whom an invitation is for, and what becomes of it. */
struct bc_invitation {
    struct bc_bytes user;
    enum bc_reach reach;
};

/* What happened in a group, and the fields below that say it. The values are the stored ones. */
enum bc_group_change {
    BC_GROUP_CREATED = 0,  /* title, by, invitations */
    BC_GROUP_INVITED = 1,  /* title, by, invitations */
    BC_GROUP_JOINED = 2,   /* user approved the waiting invitation of by; title */
    BC_GROUP_LEFT = 3,     /* user left (by is empty) or was removed by by; successor */
    BC_GROUP_DECLINED = 4, /* user declined the waiting invitation; until_ms */
    BC_GROUP_ROLE_SET = 5, /* user has role; by, who becomes an admin under a new owner */
    BC_GROUP_RENAMED = 6   /* title, by */
};

struct bc_fact_group {
    struct bc_bytes group;
    enum bc_group_change change;
    struct bc_bytes title; /* as it is after the change */
    struct bc_bytes user;
    struct bc_bytes by;
    struct bc_bytes successor; /* who owns the group from now on; empty if that doesn't change */
    enum bc_role role;
    uint64_t until_ms;
    const struct bc_invitation *invitations;
    uint32_t invitation_count;
    uint32_t members; /* before INVITED and JOINED; 0 in facts of earlier versions */
};

/* ${user} has read, or got, what ${other} or ${group} sent, as far as the markers say. */
struct bc_fact_marked {
    struct bc_bytes user;
    struct bc_bytes other;      /* empty for a group */
    struct bc_bytes group;      /* empty for a user */
    struct bc_markers markers;  /* both, as they are now */
    bool counted;               /* earlier versions didn't count ... */
    uint32_t unread;            /* ... what is unread then, up to BC_UNREAD_MAX */
    uint64_t read_receipt;      /* what the other is told that was read, 0 for nothing ... */
    uint64_t delivered_receipt; /* ... and delivered */
};

/* So many moderators are told of a report. */
#define BC_MODERATORS_TOLD 64

/* Something was reported; the report's id is the fact's. */
struct bc_fact_reported {
    struct bc_report report;
    bool blocks;                       /* the reporter blocked the user too */
    const struct bc_bytes *moderators; /* who are told, but for whom it is about */
    uint32_t moderator_count;          /* at most BC_MODERATORS_TOLD */
};

/* ${user} keeps ${value} under ${key}, or nothing any more. */
struct bc_fact_stored {
    struct bc_bytes user;
    struct bc_bytes key;
    struct bc_bytes value;
    bool removed;
};

/* ${user} has another profile; its version is the fact's id. */
struct bc_fact_profile {
    struct bc_bytes user;
    struct bc_bytes name;
    struct bc_bytes about;
    struct bc_bytes picture;
    bool picture_stays; /* that of the profile before, which isn't repeated here */
};

/* ${by} reacts to a message in another way than before; its place among all things is the fact's.
 */
struct bc_fact_reacted {
    struct bc_bytes by;
    uint64_t message;
    struct bc_bytes emoji; /* empty: it is taken back */
    struct bc_bytes user;  /* of a direct message: the other of the conversation ... */
    struct bc_bytes group;
    bool kept; /* ... who never gets to see it */
};

/* What became of a token. The values are those of the stored facts. */
enum bc_token_change {
    BC_TOKEN_MADE = 0, /* hash, until_ms, ends; in place of the device's former one */
    BC_TOKEN_SEEN = 1, /* it signed the device in on ${day}, for the first time that day */
    BC_TOKEN_ENDED = 2
};

/* A token of ${user}'s, which signs ${device} in. */
struct bc_fact_token {
    struct bc_bytes user;
    struct bc_bytes device;
    enum bc_token_change change;
    struct bc_bytes hash; /* BC_DIGEST bytes */
    uint64_t until_ms;    /* 0: for ever */
    struct bc_bytes ends; /* the device of an expired one that makes room; empty for none */
    uint32_t day;         /* since the Unix epoch */
};

/* What became of an invitation to have an account. The values are those of the stored facts. */
enum bc_invite_change {
    BC_INVITE_MADE = 0, /* hash, until_ms, uses, group, ends; its id is the fact's */
    BC_INVITE_ENDED = 1,
    BC_INVITE_USED = 2 /* by ${by}, who is new; the two are contacts of each other */
};

/* An invitation of ${user}'s. */
struct bc_fact_invite {
    struct bc_bytes user;
    enum bc_invite_change change;
    uint64_t invite;      /* its id, but of MADE */
    struct bc_bytes hash; /* BC_DIGEST bytes */
    uint64_t until_ms;
    uint32_t uses;
    struct bc_bytes group; /* which who comes by it joins: of MADE, or who came, of USED ... */
    struct bc_bytes title; /* ... with its title, and how many are in it: of USED */
    uint32_t members;
    uint64_t ends; /* an expired one that makes room; 0 for none */
    struct bc_bytes by;
};

/* What became of a subscription to pushes. The values are those of the stored facts. */
enum bc_push_change {
    BC_PUSH_SUBSCRIBED =
        0, /* endpoint, p256dh, auth, hash, ends; in place of the device's former */
    BC_PUSH_ENDED = 1,
    BC_PUSH_GONE = 2 /* hash: everybody's with that endpoint; ${user} is who said so */
};

/* ${user}'s ${device} is woken through a push service, or no more. */
struct bc_fact_push {
    struct bc_bytes user;
    struct bc_bytes device; /* not of GONE */
    enum bc_push_change change;
    struct bc_bytes endpoint;
    struct bc_bytes p256dh; /* empty for none, as auth */
    struct bc_bytes auth;
    struct bc_bytes hash; /* of the endpoint: BC_DIGEST bytes */
    struct bc_bytes ends; /* the device of theirs that had the endpoint before; empty for none */
};

/* A part of an erasure, or what it has come to. */
struct bc_fact_erased {
    struct bc_erasure erasure;  /* as it is from now on */
    enum bc_erasure_state from; /* the state that it was in; its own when it begins */
    enum bc_erasure_step step;  /* what is taken away now ... */
    uint64_t after;             /* ... of what comes behind this, up to what was reached; ... */
    uint64_t inside;            /* ... in stints, behind this of that */
    const struct bc_erased_message *messages; /* of BC_ERASE_MESSAGES, by id */
    uint32_t message_count;                   /* at most BC_ERASED_MAX */
};

/* Where a request stands in the log that many brokers share: the row, and which of its requests. */
struct bc_log_place {
    uint64_t row; /* 0: there is no such log */
    uint32_t index;
};

/*
 * What has ended by itself: of ${part}, all with ids from ${erased.after} to before ${upto}. Of the
 * messages that are erased by it, ${erased.messages} are those that open reports keep. The erasure
 * is what tells of it; its id is 0 while nothing was there.
 */
struct bc_fact_retained {
    enum bc_retain part; /* BC_RETAIN_NOTHING: all that was to end has */
    uint64_t upto;
    uint64_t clock_ms;  /* the time that was gone by */
    uint32_t rows;      /* that it takes away, or payloads */
    uint32_t reactions; /* to the message ${upto}, which has too many to go with it at once */
    struct bc_fact_erased erased;
};

struct bc_fact {
    uint64_t id;               /* the first of the ids drawn for the request */
    uint64_t ahead_ms;         /* ids were so far ahead of the clock then */
    struct bc_log_place place; /* of the request */
    enum bc_fact_type type;
    union {
        struct bc_fact_sent sent;
        struct bc_fact_relation relation;
        struct bc_fact_settings settings;
        struct bc_fact_group group;
        struct bc_fact_marked marked;
        struct bc_fact_reported reported;
        struct bc_moderation moderated; /* a moderator did something; its id is the fact's */
        struct bc_fact_stored stored;
        struct bc_fact_profile profile;
        struct bc_fact_reacted reacted;
        struct bc_fact_token token;
        struct bc_fact_invite invite;
        struct bc_fact_push push;
        struct bc_fact_erased erased;
        struct bc_fact_retained retained;
    };
};

/* Make of *${retained} what it is after ${fact}. */
void bc_fact_retain(const struct bc_fact_retained *fact, struct bc_retained *retained);

/* Each invitation has two ids for its events, behind the BC_IDS_PER_REQUEST of every request. */
#define BC_IDS_PER_INVITATION 2

/* The first of the ids of the invitation ${index} of a fact with the id ${id}. */
uint64_t bc_fact_invitation_id(uint64_t id, uint32_t index);

/* The id of the event that tells the moderator ${index} of a report with the id ${id}. */
uint64_t bc_fact_told_id(uint64_t id, uint32_t index);

/*
 * Set *${group} to what the use of an invitation, ${invite}, is for the group that it was to, and
 * *${joins} to who joins it there: the fact of an invitation that is followed at once. False if
 * nobody joins any.
 */
bool bc_fact_of_invite(
    const struct bc_fact_invite *invite, struct bc_fact_group *group, struct bc_invitation *joins);

/* The last of the ids that were drawn for ${fact}. */
uint64_t bc_fact_last_id(const struct bc_fact *fact);

#endif
