/* Every invariant of a store, as the operator's tool checks it. */
#ifndef BC_TESTS_CRASH_INSPECT_H
#define BC_TESTS_CRASH_INSPECT_H

#include "broker.h"

/* Have `backchannel check` look at ${data_dir}; the test fails, with what it says, if it finds any.
 */
void inspect(const char *data_dir);

/* The same for the store of a broker that has the harness's own data_dir. */
void inspect_broker(const struct broker *b);

#endif
