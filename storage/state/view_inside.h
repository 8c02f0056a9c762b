/* What a view is inside storage: tables to read, and memory for what is read of them. */
#ifndef BC_STORAGE_STATE_VIEW_INSIDE_H
#define BC_STORAGE_STATE_VIEW_INSIDE_H

#include "storage/state/codec.h"
#include "storage/state/posting.h"
#include "storage/state/recall.h"
#include "storage/state/record.h"
#include "storage/state/walks.h"

struct bc_view {
    const struct bc_tables *tables; /* nothing is written through a view */
    const struct bc_timeline *timeline;
    const uint64_t
        *erased; /* no message behind this id is erased by the operator; NULL: any may be */
    const struct bc_retained *retained; /* what has ended by itself; NULL: nothing */
    struct bc_recall *recall;           /* what was asked for lately; NULL: nothing is kept */
    struct bc_arena *scratch;           /* of small records, reset by each lookup */
    struct bc_arena *from;              /* names and message of the last bc_view_message() */
    struct bc_arena *to;
    struct bc_arena *message;
    struct bc_arena *name;       /* of the last bc_view_name() */
    struct bc_arena *group;      /* of the last bc_view_group() */
    struct bc_arena *report;     /* of the last bc_view_report() */
    struct bc_arena *moderation; /* of the last bc_view_moderation() */
    struct bc_arena *profile;    /* of the last bc_view_profile() */
    struct bc_arena *erasure;    /* of the last bc_view_erasure() */
    struct bc_arena *kept;       /* of the last bc_view_kept() */
};

/* The memory of a view; all zero is empty. */
struct bc_arenas {
    struct bc_arena scratch, from, to, message, name, group, report, moderation, profile, erasure,
        kept;
};

/* A view without tables, and that keeps nothing of what it was asked, which answers from ${arenas}.
 */
void bc_view_init(struct bc_view *view, struct bc_arenas *arenas);

/* Give back the arenas and what is kept; the tables are the caller's. */
void bc_view_free(struct bc_view *view);

/* All of ${part} with ids before this have ended. */
static inline uint64_t bc_view_upto(const struct bc_view *view, enum bc_retain part)
{
    return view->retained != NULL ? view->retained->upto[part] : 0;
}

/* The posting lists of the tables (row.h). What has ended is in none. */
static inline struct bc_posting bc_posting_conversation(
    const struct bc_view *view, uint32_t owner, uint32_t other)
{
    return (struct bc_posting){ .tables = view->tables,
        .table = BC_TABLE_CONVERSATIONS,
        .owner = owner,
        .other = other,
        .past = bc_view_upto(view, BC_RETAIN_ERASED_DIRECT),
        .marked_past = bc_view_upto(view, BC_RETAIN_ERASED_DIRECT) };
}

static inline struct bc_posting bc_posting_mailbox(const struct bc_view *view, uint32_t owner)
{
    return (struct bc_posting){ .tables = view->tables,
        .table = BC_TABLE_MAILBOXES,
        .owner = owner,
        .past = bc_view_upto(view, BC_RETAIN_ERASED_DIRECT),
        .marked_past = bc_view_upto(view, BC_RETAIN_EVENTS) };
}

static inline struct bc_posting bc_posting_group_messages(
    const struct bc_view *view, uint32_t group)
{
    return (struct bc_posting){ .tables = view->tables,
        .table = BC_TABLE_GROUP_MESSAGES,
        .owner = group,
        .numbered = true,
        .past = bc_view_upto(view, BC_RETAIN_ERASED_GROUP) };
}

/* All its entries are marked. */
static inline struct bc_posting bc_posting_group_events(const struct bc_view *view, uint32_t group)
{
    return (struct bc_posting){ .tables = view->tables,
        .table = BC_TABLE_GROUP_EVENTS,
        .owner = group,
        .marked_past = bc_view_upto(view, BC_RETAIN_EVENTS) };
}

/*
 * Set *${id} to the newest message that ${owner}'s conversation with ${other} shows outside of the
 * requests: neither held nor declined; 0 if there is none.
 */
enum bc_error bc_view_last_shown(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t *id) BC_MUST_CHECK;

#endif
