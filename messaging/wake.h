/*
 * Whom what has happened may wake (protocol section 9): who should look at it, and how soon.
 * Whether a device of theirs is there already is for others to know. Pure.
 */
#ifndef BC_MESSAGING_WAKE_H
#define BC_MESSAGING_WAKE_H

#include "messaging/fact.h"

/* In order. */
enum bc_urgency {
    BC_WAKE_NOBODY,
    BC_WAKE_LOW, /* requests */
    BC_WAKE_HIGH /* messages */
};

/* A reason to wake somebody. */
struct bc_wake_reason {
    struct bc_bytes user;        /* who should look; empty: who is in the group */
    struct bc_bytes by;          /* whose doing it is */
    struct bc_bytes group;       /* empty for what isn't of a group */
    uint64_t id;                 /* of the message; 0 for an invitation */
    enum bc_placement placement; /* of a direct message; unused for others */
};

typedef void bc_wake_reason_fn(void *context, const struct bc_wake_reason *reason);

/* Call ${take} for each reason that ${fact} gives, in as long whatever the placement is. */
void bc_wake_reasons(const struct bc_fact *fact, bc_wake_reason_fn *take, void *context);

/**
 * bc_wake_judge(view, reason, user, name, urgency):
 * Set *${urgency} to how soon the user ${user}, who is called ${name}, is to look at what ${reason}
 * is about, which is applied in ${view}: BC_WAKE_NOBODY if they have muted or blocked who it is of,
 * were not shown it, or did it themselves.
 *
 * Errors: those of the view.
 */
enum bc_error bc_wake_judge(const struct bc_view *view, const struct bc_wake_reason *reason,
    uint32_t user, struct bc_bytes name, enum bc_urgency *urgency) BC_MUST_CHECK;

#endif
