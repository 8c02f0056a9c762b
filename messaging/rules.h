/*
 * Rules by number, for brokers of several versions that share a log: one row is judged alike by
 * all of them. Whoever changes what becomes of a request, or how a fact is stored, raises the
 * newest number, and leaves what was before for requests whose ${rules} are below it.
 */
#ifndef BC_MESSAGING_RULES_H
#define BC_MESSAGING_RULES_H

#include <stdint.h>

/* The first ones, which every version knows. */
#define BC_RULES_FIRST UINT32_C(1)

/* What reports keep is waited for by later erasures, too; own data goes in fewer facts. */
#define BC_RULES_KEPT UINT32_C(2)

/* The newest that this version knows, with all before them. */
uint32_t bc_rules_newest(void);

#endif
