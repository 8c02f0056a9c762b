#include "gateway/visitors.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Without memory, what was to be added has no table then. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum {
    WRONG_SECONDS = 60,
    /* Those who left are kept for their wrong logins; beyond this many the oldest are forgotten. */
    GONE_MAX = 65536
};

struct bc_visitor {
    UT_hash_handle hh;
    struct bc_address household;
    uint32_t connections;
    uint32_t wrong;
    uint64_t wrong_since;
};

struct bc_visitors {
    struct bc_visitor *table;
    struct bc_visitor_limits limits;
    uint32_t gone; /* of the table, those without a connection */
};

struct bc_visitors *bc_visitors_new(const struct bc_visitor_limits *limits)
{
    struct bc_visitors *visitors = calloc(1, sizeof(*visitors));

    if (visitors != NULL)
        visitors->limits = *limits;
    return visitors;
}

static void forget(struct bc_visitors *visitors, struct bc_visitor *visitor)
{
    assert(visitor->connections == 0 && visitors->gone > 0);
    visitors->gone--;
    HASH_DEL(visitors->table, visitor); /* NOLINT(clang-analyzer-unix.Malloc): uthash */
    free(visitor);
}

static bool is_wrong_over(const struct bc_visitor *visitor, uint64_t now)
{
    return visitor->wrong == 0 || now - visitor->wrong_since >= WRONG_SECONDS;
}

/* Forget who has left: all of them, or those whose wrong logins are over. */
static void forget_gone(struct bc_visitors *visitors, bool all, uint64_t now)
{
    struct bc_visitor *visitor = NULL;
    struct bc_visitor *next = NULL;

    HASH_ITER(hh, visitors->table, visitor, next)
    {
        if (visitor->connections == 0 && (all || is_wrong_over(visitor, now)))
            forget(visitors, visitor);
    }
}

void bc_visitors_free(struct bc_visitors *visitors)
{
    if (visitors == NULL)
        return;
    forget_gone(visitors, true, 0);
    assert(visitors->table == NULL);
    free(visitors);
}

static struct bc_visitor *add(struct bc_visitors *visitors, const struct bc_address *household)
{
    struct bc_visitor *visitor = calloc(1, sizeof(*visitor));

    if (visitor == NULL)
        return NULL;
    visitor->household = *household;
    HASH_ADD(hh, visitors->table, household, sizeof(visitor->household), visitor);
    if (visitor->hh.tbl == NULL) {
        free(visitor);
        return NULL;
    }
    visitors->gone++;
    return visitor;
}

struct bc_visitor *bc_visitors_enter(struct bc_visitors *visitors, const struct bc_address *address)
{
    struct bc_address household = bc_address_household(address);
    struct bc_visitor *visitor = NULL;

    HASH_FIND(hh, visitors->table, &household, sizeof(household), visitor);
    if (visitor == NULL)
        visitor = add(visitors, &household);
    if (visitor == NULL || visitor->connections >= visitors->limits.connections)
        return NULL;
    if (visitor->connections == 0)
        visitors->gone--;
    visitor->connections++;
    return visitor;
}

void bc_visitors_leave(struct bc_visitors *visitors, struct bc_visitor *visitor)
{
    assert(visitor->connections > 0);
    visitor->connections--;
    if (visitor->connections > 0)
        return;
    visitors->gone++;
    if (visitor->wrong == 0 || visitors->gone > GONE_MAX)
        forget(visitors, visitor);
}

bool bc_visitors_may_login(
    const struct bc_visitors *visitors, const struct bc_visitor *visitor, uint64_t now)
{
    return visitor->wrong < visitors->limits.wrong_logins || is_wrong_over(visitor, now);
}

void bc_visitors_wrong_login(
    const struct bc_visitors *visitors, struct bc_visitor *visitor, uint64_t now)
{
    if (is_wrong_over(visitor, now)) {
        visitor->wrong = 0;
        visitor->wrong_since = now;
    }
    if (visitor->wrong < visitors->limits.wrong_logins)
        visitor->wrong++;
}

void bc_visitors_sweep(struct bc_visitors *visitors, uint64_t now)
{
    forget_gone(visitors, false, now);
}
