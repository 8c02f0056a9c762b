/*
 * Filling a store through its own interface, so that it is what a broker would have made of as many
 * requests. Whatever goes wrong ends the process with a sentence.
 */
#ifndef BC_BENCH_FILL_H
#define BC_BENCH_FILL_H

#include "messaging/id.h"
#include "storage/store.h"

struct bc_fill {
    struct bc_store *store;
    struct bc_id_source ids;
    uint64_t time_ms;
    uint64_t done; /* facts appended ... */
    uint64_t all;  /* ... of so many, for who watches; 0: not known */
};

/* Open the store in ${dir}; what is appended happened from ${ago_ms} before now on. */
struct bc_fill bc_fill_open(const char *dir, uint64_t ago_ms);

/* The id of the next fact, a millisecond after the one before. */
uint64_t bc_fill_next_id(struct bc_fill *fill);

/* Append ${fact}, whose id is from bc_fill_next_id(); synced and merged now and then. */
void bc_fill_append(struct bc_fill *fill, const struct bc_fact *fact);

/* Make the rest durable, and close. */
void bc_fill_close(struct bc_fill *fill);

#endif
