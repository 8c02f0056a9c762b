/*
 * Guesses cost: an address from which ten wrong secrets came within a minute is barred for a
 * minute. The addresses are in a table of fixed size; where it is full, the one that was wrong
 * longest ago makes room.
 */
#ifndef BC_BROKER_PLUGIN_SIGNIN_GUESSES_H
#define BC_BROKER_PLUGIN_SIGNIN_GUESSES_H

#include <stdbool.h>
#include <stdint.h>

/* So many wrong ones in BC_GUESSES_MS bar for BC_GUESSES_MS. */
#define BC_GUESSES    10
#define BC_GUESSES_MS 60000

struct bc_guesses;

/* NULL if memory is short. To be freed with bc_guesses_free(), which takes NULL as well. */
struct bc_guesses *bc_guesses_new(void);
void bc_guesses_free(struct bc_guesses *guesses);

/*
 * Is ${address} barred at ${now_ms}, of a clock that never goes back? It is a number of IPv4, of
 * IPv6, which counts by its first 64 bits as they are one customer's, or anything else, NULL
 * included, which is one address.
 */
bool bc_guesses_barred(const struct bc_guesses *guesses, const char *address, uint64_t now_ms);

/* A wrong one came from ${address} at ${now_ms}. */
void bc_guesses_wrong(struct bc_guesses *guesses, const char *address, uint64_t now_ms);

#endif
