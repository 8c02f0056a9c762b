/*
 * What was asked for lately, decoded: a message asks eight times for the numbers of its two users,
 * four times for their relations, and once whether its sender is suspended. And what was before the
 * latest message, which is asked for when it goes out. What is kept here is what the tables say;
 * who changes them says so here as well.
 */
#ifndef BC_STORAGE_STATE_RECALL_H
#define BC_STORAGE_STATE_RECALL_H

#include "messaging/approval.h"

struct bc_recall;

/* NULL without memory, with which all of the following is allowed, and nothing is kept. */
struct bc_recall *bc_recall_new(void);

void bc_recall_free(struct bc_recall *recall);

/* The number of the user ${name}, 0 if that isn't kept. O(1). */
uint32_t bc_recall_user(const struct bc_recall *recall, struct bc_bytes name);

/* Keep that ${name}, which is valid, has the number ${user}. It never gets another. */
void bc_recall_keep_user(struct bc_recall *recall, struct bc_bytes name, uint32_t user);

/* Set *${relation} to what ${owner} holds about ${other}. False if that isn't kept. O(1). */
bool bc_recall_relation(
    const struct bc_recall *recall, uint32_t owner, uint32_t other, struct bc_relation *relation);

/* Keep ${relation}, in the place of what was there. ${owner} and ${other} are not 0. */
void bc_recall_keep_relation(
    struct bc_recall *recall, uint32_t owner, uint32_t other, const struct bc_relation *relation);

/*
 * Set *${previous} to the message before ${id} in ${owner}'s conversation with ${other}, 0 if it
 * was the first, whether or not it has ended by itself since (retention.h). False if ${id} isn't
 * the latest of all that was kept. O(1).
 */
bool bc_recall_previous(const struct bc_recall *recall, uint32_t owner, uint32_t other, uint64_t id,
    uint64_t *previous);

/* The message ${id} came into, or was kept from, a conversation whose last was ${previous}. */
void bc_recall_keep_previous(
    struct bc_recall *recall, uint32_t owner, uint32_t other, uint64_t id, uint64_t previous);

/* Set *${until_ms} to when ${user}'s suspension ends, 0 without one. False if it isn't kept. O(1).
 */
bool bc_recall_suspension(const struct bc_recall *recall, uint32_t user, uint64_t *until_ms);

/* Keep ${until_ms}, in the place of what was there. ${user} is not 0. */
void bc_recall_keep_suspension(struct bc_recall *recall, uint32_t user, uint64_t until_ms);

/* Keep nothing any longer: the tables may say something else now. */
void bc_recall_forget(struct bc_recall *recall);

#endif
