/* What the tests of groups have in common: a group of each kind, and rows of who does what there.
 */
#ifndef BC_TESTS_UNIT_GROUP_ROWS_H
#define BC_TESTS_UNIT_GROUP_ROWS_H

#include "decide_rows.h"

struct row_of_group {
    enum bc_action action;
    const char *from, *group, *to;
    enum bc_role role;
    const char *outcome;
};

/*
 * "team": olga owns it, adam and ann are admins, mia and max members; lea has left, ida is invited
 * by olga. "closed" has been left by all, of whom lea was one; "other" is somebody else's.
 */
struct bc_view *group_team(void);

/* Make ${user} a member of ${group}. */
void group_put(
    struct bc_view *view, const char *group, const char *user, enum bc_role role, uint64_t joined);

/* A request within its rate, at NOW. */
struct bc_request group_request(enum bc_action action, const char *from, const char *group);

/* What a decision is like, in a word. */
const char *group_outcome(const struct bc_decision *decision);

/* Decide what ${row} asks for; ${invitation} is the only one of an invitation. */
void group_decide(const struct bc_view *view, const struct row_of_group *row,
    struct bc_invitation *invitation, struct bc_decision *decision);

/* Each of the rows, of the team, has its outcome. */
void group_check_rows(const struct row_of_group *rows, size_t count);
#define CHECK_GROUP(rows) group_check_rows(rows, COUNT(rows))

#endif
