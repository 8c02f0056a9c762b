/* What a view is inside storage, and how facts change it. */
#ifndef BC_STORAGE_STATE_STATE_H
#define BC_STORAGE_STATE_STATE_H

#include "storage/state/codec.h"
#include "storage/state/posting.h"
#include "storage/state/recall.h"
#include "storage/state/record.h"
#include "storage/state/walks.h"

struct bc_view {
    struct bc_tables *tables;
    const struct bc_timeline *timeline;
    struct bc_recall *recall; /* what was asked for lately; NULL: nothing is kept */
    struct bc_arena *scratch; /* of small records, reset by each lookup */
    struct bc_arena *from;    /* names and message of the last bc_view_message() */
    struct bc_arena *to;
    struct bc_arena *message;
    struct bc_arena *name;       /* of the last bc_view_name() */
    struct bc_arena *group;      /* of the last bc_view_group() */
    struct bc_arena *report;     /* of the last bc_view_report() */
    struct bc_arena *moderation; /* of the last bc_view_moderation() */
    struct bc_arena *profile;    /* of the last bc_view_profile() */
};

/* The memory of a view; all zero is empty. */
struct bc_arenas {
    struct bc_arena scratch, from, to, message, name, group, report, moderation, profile;
};

/* A view without tables, and that keeps nothing of what it was asked, which answers from ${arenas}.
 */
void bc_view_init(struct bc_view *view, struct bc_arenas *arenas);

/* Give back the arenas and what is kept; the tables are the caller's. */
void bc_view_free(struct bc_view *view);

/* The posting lists of the tables (row.h). */
static inline struct bc_posting bc_posting_conversation(
    const struct bc_view *view, uint32_t owner, uint32_t other)
{
    return (struct bc_posting){
        .tables = view->tables, .table = BC_TABLE_CONVERSATIONS, .owner = owner, .other = other
    };
}

static inline struct bc_posting bc_posting_mailbox(const struct bc_view *view, uint32_t owner)
{
    return (
        struct bc_posting){ .tables = view->tables, .table = BC_TABLE_MAILBOXES, .owner = owner };
}

static inline struct bc_posting bc_posting_group_messages(
    const struct bc_view *view, uint32_t group)
{
    return (struct bc_posting){
        .tables = view->tables, .table = BC_TABLE_GROUP_MESSAGES, .owner = group, .numbered = true
    };
}

static inline struct bc_posting bc_posting_group_events(const struct bc_view *view, uint32_t group)
{
    return (struct bc_posting){
        .tables = view->tables, .table = BC_TABLE_GROUP_EVENTS, .owner = group
    };
}

/**
 * bc_apply(state, fact):
 * Change the tables as ${fact} says. Deterministic: the same tables and fact give the same tables,
 * so that a replay of the journal rebuilds them.
 *
 * Errors: those of writing to the tables; the transaction is then unusable.
 */
enum bc_error bc_apply(const struct bc_view *state, const struct bc_fact *fact) BC_MUST_CHECK;

/*
 * Set *${id} to the newest message that ${owner}'s conversation with ${other} shows outside of the
 * requests: neither held nor declined; 0 if there is none.
 */
enum bc_error bc_view_last_shown(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t *id) BC_MUST_CHECK;

/*
 * For the files of apply: the number of the user ${name}, who is given one if there is none yet,
 * and the number that follows the greatest in ${table}, whose keys are numbers.
 */
enum bc_error bc_apply_intern(
    const struct bc_view *state, struct bc_bytes name, uint32_t *number) BC_MUST_CHECK;
enum bc_error bc_apply_next_number(
    const struct bc_view *state, enum bc_table table, uint32_t *number) BC_MUST_CHECK;

/*
 * For the files of apply: a change of ${owner}'s relation towards ${other}, who is called
 * ${other_name}, with the rows that list it. The rest is as for bc_approval_change().
 */
enum bc_error bc_apply_change_relation(const struct bc_view *state, uint32_t owner, uint32_t other,
    struct bc_bytes other_name, enum bc_change change, uint64_t id,
    uint64_t until_ms) BC_MUST_CHECK;

/* For the files of apply: a row in ${owner}'s requests, begun by ${first}. */
enum bc_error bc_apply_put_request(const struct bc_view *state, uint32_t owner, uint64_t first,
    enum bc_peer peer, uint32_t number, struct bc_bytes name) BC_MUST_CHECK;
enum bc_error bc_apply_delete_request(
    const struct bc_view *state, uint32_t owner, uint64_t first) BC_MUST_CHECK;

/*
 * For apply.c: the message of ${entry} comes into ${owner}'s conversation with ${other} and into
 * their mailbox; if it is ${shown}, rather than held, the conversation is now the newest one.
 * *${previous} is the message before it in the conversation, 0 for none.
 */
enum bc_error bc_apply_show(const struct bc_view *state, uint32_t owner, uint32_t other,
    struct bc_posting_entry entry, bool shown, uint64_t *previous) BC_MUST_CHECK;

/*
 * For apply.c: a message of ${other}'s is to be shown to ${owner} never. Nothing changes, in as
 * long as it takes to show one: the sender is not to tell the two from each other.
 */
enum bc_error bc_apply_hide(
    const struct bc_view *state, uint32_t owner, uint32_t other) BC_MUST_CHECK;

/* For apply.c: what was held in ${owner}'s conversation with ${other} is shown from now on. */
enum bc_error bc_apply_surface(
    const struct bc_view *state, uint32_t owner, uint32_t other) BC_MUST_CHECK;

/*
 * For apply_group.c: ${group}, which ${user} has left, keeps its place among their conversations:
 * *${recent}, that of the last message that they see of it. If none was sent while they were in, it
 * is the last one of all, which they see with history_for_new_members, and 0 without one. And it
 * has none of its own any more.
 */
enum bc_error bc_apply_keep_group(
    const struct bc_view *state, uint32_t user, uint32_t group, uint64_t *recent) BC_MUST_CHECK;
enum bc_error bc_apply_forget_group(
    const struct bc_view *state, uint32_t user, uint32_t group, uint64_t recent) BC_MUST_CHECK;

/* For apply.c: the events of a fact that is applied. */
enum bc_error bc_apply_events(
    const struct bc_view *state, const struct bc_fact *fact) BC_MUST_CHECK;

/* For apply_report.c: a change of relation as a fact has it. */
enum bc_error bc_apply_relation(
    const struct bc_view *state, uint64_t id, const struct bc_fact_relation *fact) BC_MUST_CHECK;

/* For apply.c: a report, and what a moderator did. */
enum bc_error bc_apply_reported(
    const struct bc_view *state, uint64_t id, const struct bc_fact_reported *fact) BC_MUST_CHECK;
enum bc_error bc_apply_moderated(
    const struct bc_view *state, const struct bc_moderation *moderation) BC_MUST_CHECK;

/*
 * For apply.c: a profile. And under a block, or when it ends: somebody sees ${user}'s profile as it
 * is now, from now on, *${version}; or ${version} no more.
 */
enum bc_error bc_apply_profile(
    const struct bc_view *state, uint64_t id, const struct bc_fact_profile *fact) BC_MUST_CHECK;
enum bc_error bc_apply_hold_profile(
    const struct bc_view *state, uint32_t user, uint64_t *version) BC_MUST_CHECK;
enum bc_error bc_apply_release_profile(
    const struct bc_view *state, uint32_t user, uint64_t version) BC_MUST_CHECK;

/* For apply.c: a reaction. */
enum bc_error bc_apply_reacted(
    const struct bc_view *state, uint64_t id, const struct bc_fact_reacted *fact) BC_MUST_CHECK;

/* For apply.c: own data. */
enum bc_error bc_apply_stored(
    const struct bc_view *state, const struct bc_fact_stored *fact) BC_MUST_CHECK;

/* For apply.c: what became of a token. */
enum bc_error bc_apply_token(
    const struct bc_view *state, uint64_t id, const struct bc_fact_token *fact) BC_MUST_CHECK;

/* For apply.c: what became of an invitation. */
enum bc_error bc_apply_invite(
    const struct bc_view *state, uint64_t id, const struct bc_fact_invite *fact) BC_MUST_CHECK;

/* For account.c: ${user} has a token, and comes by their invitation no more. */
enum bc_error bc_apply_settle(const struct bc_view *state, uint32_t user) BC_MUST_CHECK;

/* For apply.c: a fact about a group, and a message to one. */
enum bc_error bc_apply_group(
    const struct bc_view *state, uint64_t id, const struct bc_fact_group *fact) BC_MUST_CHECK;
enum bc_error bc_apply_group_message(const struct bc_view *state, uint32_t from,
    struct bc_bytes group, uint64_t id, uint32_t *number) BC_MUST_CHECK;

#endif
