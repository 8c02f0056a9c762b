/*
 * What has happened since the start, counted where it happens and on the broker's thread alone. The
 * operator is shown it (operate_metrics.c); whatever is in here may be read by users, where the
 * operator shows it to the web, so a message is counted by what its sender may know of its place.
 */
#ifndef BC_BROKER_PLUGIN_COUNTS_H
#define BC_BROKER_PLUGIN_COUNTS_H

#include <stdint.h>

/*
 * Where a message went, by its sender's standing: who is approved writes to inboxes, and who isn't
 * is held, whatever the recipient makes of it.
 */
enum bc_place {
    BC_PLACE_INBOX,
    BC_PLACE_HELD,
    BC_PLACE_GROUP,
    BC_PLACES
};

#define BC_COUNTED_REFUSALS 32
#define BC_COUNTED_COMMANDS 64

struct bc_counts {
    uint64_t messages[BC_PLACES];
    uint64_t repeats;                       /* of messages, by their msgid */
    uint64_t refusals[BC_COUNTED_REFUSALS]; /* by enum bc_refusal, of messages and commands */
    uint64_t facts;
    uint64_t not_stored; /* changes that were refused since the store failed */
    struct {
        uint64_t count;
        uint64_t us;
    } commands[BC_COUNTED_COMMANDS]; /* by their place in the table of commands */
};

#endif
