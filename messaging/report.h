/* Reports, and what moderators do about them and to users (protocol section 5). */
#ifndef BC_MESSAGING_REPORT_H
#define BC_MESSAGING_REPORT_H

#include "messaging/erasure.h"
#include "messaging/message.h"

/* Why something is reported. The values are those of the stored records. */
enum bc_reason {
    BC_REASON_SPAM = 1,
    BC_REASON_ABUSE = 2,
    BC_REASON_ILLEGAL = 3,
    BC_REASON_OTHER = 4
};

/* What a moderator does. The values are those of the stored records. */
enum bc_measure {
    BC_DISMISS = 1,
    BC_WARN = 2,
    BC_SUSPEND = 3,
    BC_UNSUSPEND = 4
};

/* The words on the wire, by value; the first is that of none. */
#define BC_REASONS  5
#define BC_MEASURES 5
extern const char *const bc_reason_names[BC_REASONS];
extern const char *const bc_measure_names[BC_MEASURES];

/* The most messages that a report keeps: the one that is reported and ten before it. */
#define BC_EVIDENCE_MAX 11

/*
 * A message that a report keeps. Its bytes stay where they are, since messages are never changed;
 * of one that the operator erases they are kept as long as the report is open (erasure.h). What it
 * was to the reporter, which does change, is kept as it was.
 */
struct bc_evidence {
    uint64_t id;
    enum bc_message_state state;
};

/* A report. Every run of bytes is borrowed; absent fields are empty or 0. */
struct bc_report {
    uint64_t id;
    struct bc_bytes by;
    struct bc_bytes user;  /* who is reported; empty if it is the group as such */
    struct bc_bytes group; /* the group, or the one that the message is in */
    uint64_t message;      /* what is reported, 0 if it is a user or group */
    enum bc_reason reason;
    struct bc_bytes note;
    struct bc_evidence evidence[BC_EVIDENCE_MAX]; /* in the order of their ids */
    uint32_t evidence_count;
    uint64_t resolution;         /* id of the moderation that resolved it; 0 while it is open */
    struct bc_erasures erasures; /* with any, the note goes when it is resolved */
};

/* By whom the operator's acts are: a name that no user can have. */
#define BC_OPERATOR "#operator"

/* An act of a moderator: what is kept of it, with who, when (in its id) and why. */
struct bc_moderation {
    uint64_t id;
    struct bc_bytes by; /* a moderator, or BC_OPERATOR */
    enum bc_measure measure;
    struct bc_bytes user; /* whom it is about; empty if nobody */
    uint64_t report;      /* what it resolves, 0 for none ... */
    struct bc_bytes reporter;
    uint64_t until_ms; /* of BC_SUSPEND: when it ends */
    struct bc_bytes note;
};

/* What can be reported: the keys of open reports have these values. */
enum bc_target {
    BC_TARGET_MESSAGE = 1, /* by its id */
    BC_TARGET_USER = 2,    /* by their numbers, as the next */
    BC_TARGET_GROUP = 3
};

/*
 * How long a suspension may be. One without a length has the longest: for ever, for all purposes.
 */
#define BC_SUSPENSION_DAYS_MAX 36500

#endif
