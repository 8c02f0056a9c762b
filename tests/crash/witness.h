/* All that users can read, as one text, from a broker that may not be able to tell it. */
#ifndef BC_TESTS_CRASH_WITNESS_H
#define BC_TESTS_CRASH_WITNESS_H

#include "broker.h"

/**
 * witness(b):
 * The answers to all that the story's actors can ask: settings, lists, histories; refusals as they
 * come. NULL if the broker ends or stops answering.
 * Memory: the caller frees.
 */
char *witness(struct broker *b);

#endif
