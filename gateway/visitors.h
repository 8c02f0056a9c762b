/* Who is connected, by address: how many connections an address has, and how many wrong logins. */
#ifndef BC_GATEWAY_VISITORS_H
#define BC_GATEWAY_VISITORS_H

#include "gateway/address.h"

struct bc_visitors;
struct bc_visitor;

struct bc_visitor_limits {
    uint32_t connections;  /* of one address at a time */
    uint32_t wrong_logins; /* of one address in a minute */
};

/* Memory: freed by bc_visitors_free(), when no visitor is left. NULL without memory. */
struct bc_visitors *bc_visitors_new(const struct bc_visitor_limits *limits);
void bc_visitors_free(struct bc_visitors *visitors);

/**
 * bc_visitors_enter(visitors, address):
 * Count one connection from ${address}. Returns NULL if it has as many as it may; also without
 * memory. Memory: the visitor is given back to bc_visitors_leave().
 */
struct bc_visitor *bc_visitors_enter(
    struct bc_visitors *visitors, const struct bc_address *address);
void bc_visitors_leave(struct bc_visitors *visitors, struct bc_visitor *visitor);

/*
 * Whether ${visitor} may try to log in at ${now}, seconds of any clock that doesn't go back: it has
 * no more wrong logins than it may.
 */
bool bc_visitors_may_login(
    const struct bc_visitors *visitors, const struct bc_visitor *visitor, uint64_t now);

/* The broker has refused a login of ${visitor}'s. */
void bc_visitors_wrong_login(
    const struct bc_visitors *visitors, struct bc_visitor *visitor, uint64_t now);

/* Forget who has left and has no wrong login of the last minute. To be called every few seconds. */
void bc_visitors_sweep(struct bc_visitors *visitors, uint64_t now);

#endif
