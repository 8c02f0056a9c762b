/*
 * Writes a large store: every user's acquaintances (acquaintance.h), contacts of each other, and
 * messages between them, most of them the busy users'. Through the store's own interface, so that
 * it is what a broker would have made of as many publishes.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/acquaintance.h"
#include "bench/fill.h"

#define PAYLOAD 200
#define AGO_MS  ((uint64_t)90 * 86400000) /* the oldest message */

struct preload {
    struct bc_fill fill;
    uint32_t users;
    uint32_t degree;
    uint64_t random;
    uint64_t all;
};

static void append(struct preload *p, const struct bc_fact *fact)
{
    bc_fill_append(&p->fill, fact);
    if (isatty(STDERR_FILENO) && p->fill.done % 100000 == 0) {
        (void)fprintf(stderr, "\rpreload: %" PRIu64 " of %" PRIu64 " facts", p->fill.done, p->all);
    }
}

static struct bc_bytes name_of(uint32_t user, char text[16])
{
    return bc_bytes(text, (size_t)snprintf(text, 16, BC_CROWD_NAME, user));
}

static void add_contacts(struct preload *p)
{
    char user[16];
    char other[16];

    for (uint32_t i = 0; i < p->users; i++) {
        for (uint32_t k = 0; k < p->degree; k++) {
            struct bc_fact fact = { .id = bc_fill_next_id(&p->fill), .type = BC_FACT_RELATION };

            fact.relation = (struct bc_fact_relation){ .user = name_of(i, user),
                .other = name_of(bc_acquaintance(p->users, i, k), other),
                .change = BC_CONTACT_ADDED };
            append(p, &fact);
        }
    }
}

static double random_share(struct preload *p)
{
    p->random ^= p->random << 13;
    p->random ^= p->random >> 7;
    p->random ^= p->random << 17;
    return (double)(p->random >> 11) / 9007199254740992.0;
}

/* One of so many, of whom the n-th comes 1/n as often as the first. */
static uint32_t ranked(struct preload *p, uint32_t count)
{
    return (uint32_t)pow(count, random_share(p)) - 1;
}

static void send_messages(struct preload *p, uint64_t messages)
{
    char from[16];
    char to[16];
    uint8_t payload[PAYLOAD];

    memset(payload, 'x', sizeof(payload));
    for (uint64_t i = 0; i < messages; i++) {
        uint32_t user = bc_ranked_user(p->users, ranked(p, p->users));
        struct bc_fact fact = { .id = bc_fill_next_id(&p->fill), .type = BC_FACT_SENT };

        fact.sent = (struct bc_fact_sent){
            .message = { .id = fact.id,
                .from = name_of(user, from),
                .to = name_of(bc_acquaintance(p->users, user, ranked(p, p->degree)), to),
                .kind = BC_TEXT,
                .payload = bc_bytes(payload, sizeof(payload)) },
            .placement = BC_INBOX
        };
        append(p, &fact);
    }
}

int main(int argc, char **argv)
{
    struct preload p = { .random = 88172645463325252U };
    uint64_t messages;

    if (argc != 5) {
        (void)fputs("usage: preload DIR USERS DEGREE MESSAGES\n", stderr);
        return 2;
    }
    p.users = (uint32_t)strtoul(argv[2], NULL, 10);
    p.degree = (uint32_t)strtoul(argv[3], NULL, 10);
    messages = strtoull(argv[4], NULL, 10);
    p.fill = bc_fill_open(argv[1], AGO_MS);
    /* A store that is there already has its relations. */
    p.all = messages + (bc_store_last(p.fill.store) == 0 ? (uint64_t)p.users * p.degree : 0);
    if (p.all > messages) {
        add_contacts(&p);
    }
    send_messages(&p, messages);
    bc_fill_close(&p.fill);
    return 0;
}
