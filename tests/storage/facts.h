/* Facts as the rules would decide them, of a few users and groups. */
#ifndef BC_TESTS_STORAGE_FACTS_H
#define BC_TESTS_STORAGE_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "messaging/fact.h"

#define USERS 8 /* in the order of their names' bytes */
extern const char *const names[USERS];

#define GROUPS 6 /* in the same order */
extern const char *const group_names[GROUPS];

struct bc_bytes name_of(unsigned user);
struct bc_bytes group_name(unsigned group);

/* The places of names among these; one that isn't there fails the test. */
unsigned index_of(struct bc_bytes name);
unsigned group_index(struct bc_bytes name);

uint64_t id_at(uint64_t ms);

/* ${len} bytes for a payload, others for each ${seed}. Up to 1 MiB. */
struct bc_bytes payload_of(unsigned seed, size_t len);

struct bc_fact fact_sent(
    uint64_t id, unsigned from, unsigned to, enum bc_placement placement, bool approves);
struct bc_fact fact_relation(uint64_t id, unsigned user, unsigned other, enum bc_change change);
struct bc_fact fact_settings(uint64_t id, unsigned user, struct bc_settings settings);

/* A fact about a group with nothing but its change in it, and a message to one. */
struct bc_fact fact_group(uint64_t id, const char *group, enum bc_group_change change);
struct bc_fact fact_group_sent(uint64_t id, unsigned from, const char *group);

#endif
