/*
 * How facts change the tables: for the files of apply alone, of which each calls only those further
 * down here. apply.c, above them, knows the file of each kind of fact.
 */
#ifndef BC_STORAGE_STATE_APPLY_H
#define BC_STORAGE_STATE_APPLY_H

#include "storage/state/state.h"

/* ---- of a fact, what each kind of it changes; and its events ---- */

enum bc_error bc_apply_sent(struct bc_state *state, const struct bc_fact_sent *fact) BC_MUST_CHECK;
enum bc_error bc_apply_marked(
    struct bc_state *state, const struct bc_fact_marked *fact) BC_MUST_CHECK;
enum bc_error bc_apply_reported(
    struct bc_state *state, uint64_t id, const struct bc_fact_reported *fact) BC_MUST_CHECK;
enum bc_error bc_apply_moderated(
    struct bc_state *state, const struct bc_moderation *moderation) BC_MUST_CHECK;
enum bc_error bc_apply_stored(
    struct bc_state *state, const struct bc_fact_stored *fact) BC_MUST_CHECK;
enum bc_error bc_apply_profile(
    struct bc_state *state, uint64_t id, const struct bc_fact_profile *fact) BC_MUST_CHECK;
enum bc_error bc_apply_reacted(
    struct bc_state *state, uint64_t id, const struct bc_fact_reacted *fact) BC_MUST_CHECK;
enum bc_error bc_apply_token(
    struct bc_state *state, uint64_t id, const struct bc_fact_token *fact) BC_MUST_CHECK;
enum bc_error bc_apply_invite(
    struct bc_state *state, uint64_t id, const struct bc_fact_invite *fact) BC_MUST_CHECK;
enum bc_error bc_apply_push(
    struct bc_state *state, uint64_t id, const struct bc_fact_push *fact) BC_MUST_CHECK;
enum bc_error bc_apply_group(
    struct bc_state *state, uint64_t id, const struct bc_fact_group *fact) BC_MUST_CHECK;
enum bc_error bc_apply_retained(
    struct bc_state *state, const struct bc_fact_retained *fact) BC_MUST_CHECK;
enum bc_error bc_apply_erased(
    struct bc_state *state, const struct bc_fact_erased *fact) BC_MUST_CHECK;
enum bc_error bc_apply_events(struct bc_state *state, const struct bc_fact *fact) BC_MUST_CHECK;

/* ---- what is erased, for erasures and for retention ---- */

/* ${message} has no payload from now on, but for who decides on reports that have it. */
enum bc_error bc_apply_erase_message(struct bc_state *state,
    const struct bc_erased_message *message, const struct bc_erasure *erasure) BC_MUST_CHECK;

/* ${erasure} in the place of what it was, which may be in another state: ${from}. */
enum bc_error bc_apply_put_erasure(struct bc_state *state, const struct bc_erasure *erasure,
    enum bc_erasure_state from) BC_MUST_CHECK;

/* ---- what reports keep of erased messages ---- */

/* ${report} is open from now on, or no more: its evidence counts. */
enum bc_error bc_apply_evidence(
    struct bc_state *state, const struct bc_report *report, bool opened) BC_MUST_CHECK;

/* ${report} is resolved, by the fact ${id}: what no other keeps is gone. */
enum bc_error bc_apply_let_go(
    struct bc_state *state, uint64_t id, const struct bc_report *report) BC_MUST_CHECK;

/* ---- titles, notes, own data and profiles of who is erased ---- */

/* The titles and notes of ${user}'s, in what the step of ${fact} goes through. */
enum bc_error bc_apply_forget_written(
    struct bc_state *state, uint32_t user, const struct bc_fact_erased *fact) BC_MUST_CHECK;

/* ${user} has nothing under the first ${count} of their keys any more. */
enum bc_error bc_apply_forget_own(
    struct bc_state *state, uint32_t user, uint32_t count) BC_MUST_CHECK;

/*
 * Those whom ${user} has blocked, from behind ${after} up to ${reached}, see no profile from before
 * any more; and with ${present} ${user} has none.
 */
enum bc_error bc_apply_forget_profiles(struct bc_state *state, uint32_t user, uint32_t after,
    uint32_t reached, bool present) BC_MUST_CHECK;

/* ---- groups ---- */

/* ${from} sent the message ${id} to ${group}, whose number is *${number}. */
enum bc_error bc_apply_group_message(struct bc_state *state, uint32_t from, struct bc_bytes group,
    uint64_t id, uint32_t *number) BC_MUST_CHECK;

/* ---- invitations to have an account ---- */

/* ${user} has a token, and comes by their invitation no more. */
enum bc_error bc_apply_settle(struct bc_state *state, uint32_t user) BC_MUST_CHECK;

/* ---- pushes ---- */

/* ${user}'s ${device} is woken no more, if it was. */
enum bc_error bc_apply_end_push(
    struct bc_state *state, uint32_t user, struct bc_bytes device) BC_MUST_CHECK;

/* ---- what users hold about each other ---- */

/* A change of relation as a fact has it. */
enum bc_error bc_apply_relation(
    struct bc_state *state, uint64_t id, const struct bc_fact_relation *fact) BC_MUST_CHECK;

/* From now on ${other}, whose names these are, is a contact of ${user}'s, and their standing open.
 */
enum bc_error bc_apply_contact(struct bc_state *state, uint32_t user, struct bc_bytes user_name,
    uint32_t other, struct bc_bytes other_name, uint64_t id) BC_MUST_CHECK;

/*
 * A change of ${owner}'s relation towards ${other}, who is called ${other_name}, with the rows that
 * list it. The rest is as for bc_approval_change().
 */
enum bc_error bc_apply_change_relation(struct bc_state *state, uint32_t owner, uint32_t other,
    struct bc_bytes other_name, enum bc_change change, uint64_t id,
    uint64_t until_ms) BC_MUST_CHECK;

/* A row in ${owner}'s requests, begun by ${first}. */
enum bc_error bc_apply_put_request(struct bc_state *state, uint32_t owner, uint64_t first,
    enum bc_peer peer, uint32_t number, struct bc_bytes name) BC_MUST_CHECK;
enum bc_error bc_apply_delete_request(
    struct bc_state *state, uint32_t owner, uint64_t first) BC_MUST_CHECK;

/* ---- profiles that somebody goes on to see ---- */

/*
 * Under a block, or when it ends: somebody sees ${user}'s profile as it is now, from now on,
 * *${version}; or ${version} no more.
 */
enum bc_error bc_apply_hold_profile(
    struct bc_state *state, uint32_t user, uint64_t *version) BC_MUST_CHECK;
enum bc_error bc_apply_release_profile(
    struct bc_state *state, uint32_t user, uint64_t version) BC_MUST_CHECK;

/* ---- conversations and the order in which they are listed ---- */

/*
 * The message of ${entry} comes into ${owner}'s conversation with ${other} and into their mailbox;
 * if it is ${shown}, rather than held, the conversation is now the newest one. *${previous} is the
 * message before it in the conversation, 0 for none.
 */
enum bc_error bc_apply_show(struct bc_state *state, uint32_t owner, uint32_t other,
    struct bc_posting_entry entry, bool shown, uint64_t *previous) BC_MUST_CHECK;

/*
 * The message ${id} of ${other}'s is to be shown to ${owner} never. Nothing changes, in as long as
 * it takes to show one: the sender is not to tell the two from each other.
 */
enum bc_error bc_apply_hide(
    struct bc_state *state, uint32_t owner, uint32_t other, uint64_t id) BC_MUST_CHECK;

/* What was held in ${owner}'s conversation with ${other} is shown from now on. */
enum bc_error bc_apply_surface(
    struct bc_state *state, uint32_t owner, uint32_t other) BC_MUST_CHECK;

/*
 * ${group}, which ${user} has left, keeps its place among their conversations: *${recent}, that of
 * the last message that they see of it. If none was sent while they were in, it is the last one of
 * all, which they see with history_for_new_members, and 0 without one. And it has none of its own
 * any more.
 */
enum bc_error bc_apply_keep_group(
    struct bc_state *state, uint32_t user, uint32_t group, uint64_t *recent) BC_MUST_CHECK;
enum bc_error bc_apply_forget_group(
    struct bc_state *state, uint32_t user, uint32_t group, uint64_t recent) BC_MUST_CHECK;

/* ---- users and numbers ---- */

/* The number of the user ${name}, who is given one if there is none yet. */
enum bc_error bc_apply_intern(
    struct bc_state *state, struct bc_bytes name, uint32_t *number) BC_MUST_CHECK;

/* The number that follows the greatest in ${table}, whose keys are numbers. */
enum bc_error bc_apply_next_number(
    struct bc_state *state, enum bc_table table, uint32_t *number) BC_MUST_CHECK;

enum bc_error bc_apply_settings(
    struct bc_state *state, const struct bc_fact_settings *settings) BC_MUST_CHECK;

#endif
