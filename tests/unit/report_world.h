/* What the tests of reports and moderators have in common: who has written what, and what is asked.
 */
#ifndef BC_TESTS_UNIT_REPORT_WORLD_H
#define BC_TESTS_UNIT_REPORT_WORLD_H

#include "decide_rows.h"
#include "messaging/id.h"

#define REPORT_ID 500

/*
 * Bob wrote 15 messages to alice (101 to 115), and she answered in between (108); her stance to him
 * is ${stance}. What he wrote as 116 she was never to see. In the group team bob wrote 201 to 203,
 * and alice came before the last. Carol has reported bob, as REPORT_ID. To be freed with free().
 */
struct bc_view *report_world(struct bc_relation stance);

/* The stance of who has got all of it as a request. */
extern const struct bc_relation report_world_held;

/* A request with nothing but its action, and a report: of a message, a user or a group. */
struct bc_request report_world_request(enum bc_action action, const char *from);
struct bc_request report_world_report(
    const char *from, uint64_t message, const char *user, const char *group);

/* The last decision, and a word for it. It borrows from itself, so it stays where it is. */
extern struct bc_decision report_decision;
void report_world_decide(const struct bc_view *view, const struct bc_request *asked);
const char *report_world_outcome(void);

#endif
