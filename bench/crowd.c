#include "bench/crowd.h"

#include <string.h>

#include "bench/acquaintance.h"

#define PAYLOAD 200

void bc_crowd_meet(const struct bc_crowd *crowd, struct bc_fill *fill)
{
    char user[BC_CROWD_NAME_BYTES];
    char other[BC_CROWD_NAME_BYTES];

    for (uint32_t i = 0; i < crowd->users; i++) {
        for (uint32_t k = 0; k < crowd->degree; k++) {
            struct bc_fact fact = { .id = bc_fill_next_id(fill), .type = BC_FACT_RELATION };

            fact.relation = (struct bc_fact_relation){ .user = bc_crowd_name(i, user),
                .other = bc_crowd_name(bc_acquaintance(crowd->users, i, k), other),
                .change = BC_CONTACT_ADDED };
            bc_fill_append(fill, &fact);
        }
    }
}

void bc_crowd_send(struct bc_crowd *crowd, struct bc_fill *fill)
{
    char from[BC_CROWD_NAME_BYTES];
    char to[BC_CROWD_NAME_BYTES];
    uint8_t payload[PAYLOAD];
    uint32_t user = bc_ranked_user(crowd->users, bc_crowd_rank(&crowd->random, crowd->users));
    uint32_t rank = bc_crowd_rank(&crowd->random, crowd->degree);
    struct bc_fact fact = { .id = bc_fill_next_id(fill), .type = BC_FACT_SENT };

    memset(payload, 'x', sizeof(payload));
    fact.sent = (struct bc_fact_sent){ .message = { .id = fact.id,
                                           .from = bc_crowd_name(user, from),
                                           .to = bc_crowd_name(
                                               bc_acquaintance(crowd->users, user, rank), to),
                                           .kind = BC_TEXT,
                                           .payload = bc_bytes(payload, sizeof(payload)) },
        .placement = BC_INBOX };
    bc_fill_append(fill, &fact);
}
