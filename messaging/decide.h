/* The rules: a request and the state of things become one fact, or a refusal. Pure. */
#ifndef BC_MESSAGING_DECIDE_H
#define BC_MESSAGING_DECIDE_H

#include "messaging/fact.h"
#include "messaging/limits.h"
#include "messaging/refusal.h"
#include "messaging/request.h"
#include "messaging/text.h"

enum bc_verdict {
    BC_CHANGES, /* ${fact} is to be journaled */
    BC_REPEATS, /* sent before with the same msgid, as ${repeated} */
    BC_NOTHING, /* accepted, and nothing changes */
    BC_REFUSED  /* for ${refusal} */
};

struct bc_decision {
    enum bc_verdict verdict;
    enum bc_refusal refusal;
    const char *sentence; /* for the client; static */
    bool took_token;      /* the judgement reached the rate: one token is used */
    bool pending;         /* of a message: the recipient has not approved its sender */
    uint32_t moved;       /* of an approval: messages that move to the inbox */
    uint64_t repeated;
    uint64_t report;     /* of one that there is already, of the same by the same user */
    uint64_t profile;    /* the version of who set it */
    struct bc_fact fact; /* borrows from the request, and from here */
    uint8_t title[BC_TITLE_MAX];
    uint8_t names[2][BC_NAME_MAX];
};

/**
 * bc_decide(view, limits, request, decision):
 * Judge ${request} by the state in ${view} and by ${limits}, in the order of protocol section 3,
 * and fill *${decision}. What a sender learns follows from the sender's own standing and sends.
 *
 * Errors: those of the view; *${decision} is then unusable.
 */
enum bc_error bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision) BC_MUST_CHECK;

/**
 * bc_decide_left(view, limits, from, to, now_ms, left):
 * Set *${left} to how many messages ${from}, who is pending with ${to}, may still send them, by
 * ${from}'s own sends alone.
 *
 * Errors: those of the view.
 */
enum bc_error bc_decide_left(const struct bc_view *view, const struct bc_limits *limits,
    uint32_t from, uint32_t to, uint64_t now_ms, uint32_t *left) BC_MUST_CHECK;

#endif
