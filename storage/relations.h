/*
 * Relations that were asked for lately, decoded: a message asks four times for those of its two
 * users. What is kept here is what the tables say; who changes them says so here as well.
 */
#ifndef BC_STORAGE_RELATIONS_H
#define BC_STORAGE_RELATIONS_H

#include "messaging/approval.h"

struct bc_relations;

/* NULL without memory, with which all of the following is allowed, and nothing is kept. */
struct bc_relations *bc_relations_new(void);

void bc_relations_free(struct bc_relations *relations);

/* Set *${relation} to what ${owner} holds about ${other}. False if that isn't kept. O(1). */
bool bc_relations_find(const struct bc_relations *relations, uint32_t owner, uint32_t other,
    struct bc_relation *relation);

/* Keep ${relation}, in the place of what was there. ${owner} and ${other} are not 0. */
void bc_relations_keep(struct bc_relations *relations, uint32_t owner, uint32_t other,
    const struct bc_relation *relation);

/* Keep nothing any longer: the tables may say something else now. */
void bc_relations_forget(struct bc_relations *relations);

#endif
