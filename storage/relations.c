/* A table in which each pair has one place, shared with others. */
#include "storage/relations.h"

#include <stdlib.h>
#include <string.h>

/* A power of two: 72 KB in all. */
#define PLACES 1024U

struct place {
    uint32_t owner; /* 0: nothing is kept here */
    uint32_t other;
    struct bc_relation relation;
};

struct bc_relations {
    struct place places[PLACES];
};

struct bc_relations *bc_relations_new(void)
{
    return calloc(1, sizeof(struct bc_relations));
}

void bc_relations_free(struct bc_relations *relations)
{
    free(relations);
}

/* Users are numbered in a row: neighbours, and a pair's two sides, have places of their own. */
static size_t place_of(uint32_t owner, uint32_t other)
{
    return (owner * 31U + other * 17U) & (PLACES - 1U);
}

bool bc_relations_find(const struct bc_relations *relations, uint32_t owner, uint32_t other,
    struct bc_relation *relation)
{
    const struct place *place;

    if (relations == NULL) {
        return false;
    }
    place = &relations->places[place_of(owner, other)];
    if (place->owner != owner || place->other != other || owner == 0) {
        return false;
    }
    *relation = place->relation;
    return true;
}

void bc_relations_keep(struct bc_relations *relations, uint32_t owner, uint32_t other,
    const struct bc_relation *relation)
{
    if (relations != NULL) {
        relations->places[place_of(owner, other)] =
            (struct place){ .owner = owner, .other = other, .relation = *relation };
    }
}

void bc_relations_forget(struct bc_relations *relations)
{
    if (relations != NULL) {
        memset(relations, 0, sizeof(*relations));
    }
}
