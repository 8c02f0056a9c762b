/* A clock that only goes forward, and that nobody sets. */
#ifndef BC_STORAGE_BASE_STEADY_H
#define BC_STORAGE_BASE_STEADY_H

#include <stdint.h>

uint64_t bc_steady_us(void);
uint64_t bc_steady_ms(void);

#endif
