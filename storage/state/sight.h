/* What a user sees of the groups they are or were in: stints and blocks. For the files of the view.
 */
#ifndef BC_STORAGE_STATE_SIGHT_H
#define BC_STORAGE_STATE_SIGHT_H

#include "storage/state/view_inside.h"

/* Rows looked at for one page, shown or not. */
#define BC_WALK_MAX 2000

/* The later of two ids. */
static inline uint64_t bc_sight_later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Senders whose blocks are remembered while a page is read. */
#define BC_SIGHT_SENDERS 16

/* What ${sender} sent from the id ${from} to before ${until} is hidden, or isn't. */
struct bc_verdict {
    uint32_t sender;
    bool hidden;
    uint64_t from;
    uint64_t until;
};

/* Whose sight it is; a value without resources. */
struct bc_sight {
    const struct bc_view *view;
    uint32_t viewer;
    uint32_t looked_at; /* messages and stints, for all that was asked */
    bool blocks;        /* they have blocked somebody, some time: few have */
    struct bc_verdict verdicts[BC_SIGHT_SENDERS]; /* by the last bits of the sender */
};

enum bc_error bc_sight_begin(
    const struct bc_view *view, uint32_t viewer, struct bc_sight *sight) BC_MUST_CHECK;

/* Set *${hidden} to whether the viewer had blocked ${sender} when they sent ${id} to a group. */
enum bc_error bc_sight_hides(
    struct bc_sight *sight, uint32_t sender, uint64_t id, bool *hidden) BC_MUST_CHECK;

/* A stretch in which a user was a member: of ids from joined to left, exclusive both. */
struct bc_stint {
    uint64_t joined;
    uint64_t left; /* UINT64_MAX while it lasts */
};

/* A walk over the stints of ${viewer} in ${group}, from the one that began at or before ${id}
 * backwards, or at or after it forwards.
 */
struct bc_walk bc_stints_from(
    const struct bc_view *view, uint32_t group, uint32_t viewer, uint64_t id, bool backwards);

/* The next stint of ${walk}. BC_NOTFOUND after the last. */
enum bc_error bc_stints_next(struct bc_walk *walk, struct bc_stint *stint) BC_MUST_CHECK;

/* Set *${stint} to the one of ${user} in ${group} that began with ${joined}. */
enum bc_error bc_stint_get(const struct bc_view *view, uint32_t group, uint32_t user,
    uint64_t joined, struct bc_stint *stint) BC_MUST_CHECK;

/*
 * Set *${count} to the number of messages of others than ${viewer} that they see in ${group} after
 * the id ${after}, counting no further than ${enough}.
 */
enum bc_error bc_sight_count(struct bc_sight *sight, uint32_t group, bool all, uint64_t after,
    uint32_t enough, uint32_t *count) BC_MUST_CHECK;

/*
 * Set *${last} to the newest message that the viewer sees of ${group}, 0 for none, and *${place} to
 * where the group stands among their conversations: there, or where the looking was given up, 0 if
 * nothing is seen.
 */
enum bc_error bc_sight_last(struct bc_sight *sight, uint32_t group, bool all, uint64_t *last,
    uint64_t *place) BC_MUST_CHECK;

/* As bc_view_group_messages(), for a sight. */
enum bc_error bc_sight_messages(struct bc_sight *sight, uint32_t group, bool all,
    struct bc_range range, uint64_t *ids, struct bc_part *part) BC_MUST_CHECK;

#endif
