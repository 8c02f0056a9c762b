/*
 * The log in one process, with what goes wrong with one elsewhere, as often as a test likes: what
 * was submitted waits, is appended and not acknowledged, and so sent again; rows are read late.
 */
#ifndef BC_TESTS_REPLICATION_LOG_MEMORY_H
#define BC_TESTS_REPLICATION_LOG_MEMORY_H

#include "replication/shared_log.h"

struct memory;

/* How often of a hundred times. */
struct log_faults {
    unsigned delays; /* a turn comes and goes and nothing is appended */
    unsigned loses;  /* the acknowledgement is lost: the same is sent again */
    unsigned hides;  /* there is a row, and it isn't seen yet */
};

/* Memory: to be freed with memory_free(), behind all that were opened on it. */
struct memory *memory_new(uint64_t random, struct log_faults faults);
void memory_free(struct memory *shared);

/* A broker's side of it, with the number ${node}, below 16, which nobody else has now. */
struct bc_shared_log *memory_open(struct memory *shared, unsigned node);

/* ${log} has its turn: what has gathered may be appended, at ${at_ms}. */
void memory_turn(struct bc_shared_log *log, uint64_t at_ms);

/* From now on all goes well. */
void memory_mend(struct memory *shared);

/* Does anything that ${log} was given wait? */
bool memory_waits(const struct bc_shared_log *log);

size_t memory_count(const struct memory *shared);

/* Change a byte of the row ${index}, for a test of what finds that. */
void memory_spoil(struct memory *shared, size_t index, size_t byte, uint8_t value);

#endif
