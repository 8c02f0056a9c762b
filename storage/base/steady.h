/* A clock that only goes forward, and that nobody sets. */
#ifndef BC_STORAGE_BASE_STEADY_H
#define BC_STORAGE_BASE_STEADY_H

#include <stdint.h>

uint64_t bc_steady_us(void);
uint64_t bc_steady_ms(void);

/* What this thread has had of a processor: what it took for something, whoever else ran meanwhile.
 */
uint64_t bc_steady_own_us(void);

#endif
