/* Users, and what facts make. */
#include "tests/naive/naive_inside.h"

#include <stdlib.h>

struct naive *naive_new(void)
{
    struct naive *naive = calloc(1, sizeof(*naive));

    assert_non_null(naive);
    return naive;
}

void naive_forget(struct naive *naive)
{
    for (uint32_t owner = 0; owner <= naive->user_count; owner++) {
        for (uint32_t other = 0; other <= naive->user_count; other++) {
            free(naive->pairs[owner][other].ids.all);
            naive->pairs[owner][other] = (struct naive_pair){ .there = false };
        }
        naive->users[owner] = (struct naive_user){ .profile = 0 };
    }
    for (uint32_t group = 0; group <= naive->group_count; group++) {
        free(naive->groups[group].ids.all);
        memset(&naive->groups[group], 0, sizeof(naive->groups[group]));
    }
    free(naive->messages);
    free(naive->own);
    free(naive->profiles);
    free(naive->reactions);
    free(naive->tokens);
    free(naive->pushes);
    free(naive->invites);
    free(naive->signups);
    free(naive->reports);
    free(naive->moderations);
    free(naive->erasures);
    memset(&naive->retained, 0, sizeof(*naive) - offsetof(struct naive, retained));
}

void *naive_grow(void *rows, size_t size, uint32_t count)
{
    uint32_t room = count < 16 ? 16 : 2 * count;

    if (count == 0 || (count >= 16 && (count & (count - 1)) == 0)) {
        rows = realloc(rows, room * size);
        assert_non_null(rows);
    }
    memset((char *)rows + count * size, 0, size);
    return rows;
}

uint32_t naive_user(const struct naive *naive, struct bc_bytes name)
{
    for (uint32_t user = 1; user <= naive->user_count; user++) {
        if (bc_bytes_equal(naive->users[user].name, name)) {
            return user;
        }
    }
    return 0;
}

uint32_t naive_meet(struct naive *naive, struct bc_bytes name)
{
    uint32_t user = naive_user(naive, name);

    if (user == 0) {
        assert_true(naive->user_count < NAIVE_USERS);
        user = ++naive->user_count;
        naive->users[user].name = name;
    }
    return user;
}

uint64_t naive_bit(uint32_t user)
{
    return user == 0 ? 0 : UINT64_C(1) << (user - 1);
}

struct naive_pair *naive_relate(struct naive *naive, uint32_t owner, uint32_t other)
{
    naive->pairs[owner][other].there = true;
    return &naive->pairs[owner][other];
}

void naive_change(struct naive *naive, uint32_t owner, uint32_t other, enum bc_change how,
    uint64_t id, uint64_t until_ms)
{
    struct bc_relation *relation = &naive_relate(naive, owner, other)->relation;

    if (how == BC_CONTACT_ADDED) {
        relation->stance = BC_CONTACT;
        relation->declined_until = 0;
        relation->invitations = 0;
        relation->put_in = 0;
        naive_relate(naive, other, owner)->relation.open = true;
    } else if (how == BC_CONTACT_REMOVED) {
        relation->stance = BC_STRANGER;
        relation->inbox_upto = id;
    } else if (how == BC_DECLINED_REQUEST) {
        relation->stance = BC_DECLINED;
        relation->declined_until = until_ms;
        relation->declined_upto = id;
    } else {
        relation->blocked = how == BC_BLOCKED_USER;
        relation->profile = relation->blocked ? naive->users[owner].profile : 0;
        relation->unblocked = how == BC_UNBLOCKED_USER ? id : relation->unblocked;
    }
    if (how == BC_CONTACT_ADDED || how == BC_DECLINED_REQUEST) {
        relation->held = 0;
        relation->held_first = 0;
    }
}

static void apply_sent(struct naive *naive, const struct bc_fact_sent *sent)
{
    uint64_t id = sent->message.id;
    uint32_t from = naive_meet(naive, sent->message.from);
    uint32_t to;

    naive_sent(naive, &sent->message, sent->placement);
    to = naive_user(naive, sent->message.to);
    if (sent->message.group.len > 0 || from == to) {
        return;
    }
    if (sent->approves) {
        naive_change(naive, from, to, BC_CONTACT_ADDED, id, 0);
    }
    if (sent->placement == BC_HELD) {
        struct naive_pair *theirs = naive_relate(naive, to, from);

        theirs->relation.held_first = theirs->relation.held == 0 ? id : theirs->relation.held_first;
        theirs->relation.held++;
        theirs->held_last = id;
    }
}

static void apply_marked(struct naive *naive, const struct bc_fact_marked *fact)
{
    uint32_t user = naive_meet(naive, fact->user);
    uint32_t other;
    struct bc_markers *receipts;

    if (fact->group.len > 0) {
        naive->groups[naive_found(naive, fact->group)].members[user].markers = fact->markers;
        return;
    }
    other = naive_meet(naive, fact->other);
    receipts = &naive->pairs[other][user].receipts;
    naive->pairs[user][other].markers = fact->markers;
    receipts->read = fact->read_receipt != 0 ? fact->read_receipt : receipts->read;
    receipts->delivered =
        fact->delivered_receipt != 0 ? fact->delivered_receipt : receipts->delivered;
}

void naive_apply(struct naive *naive, const struct bc_fact *fact)
{
    const struct bc_fact_relation *relation = &fact->relation;
    uint32_t user;

    switch (fact->type) {
    case BC_FACT_SENT:
        apply_sent(naive, &fact->sent);
        break;
    case BC_FACT_RELATION:
        user = naive_meet(naive, relation->user);
        naive_change(naive, user, naive_meet(naive, relation->other), relation->change, fact->id,
            relation->until_ms);
        break;
    case BC_FACT_SETTINGS:
        user = naive_meet(naive, fact->settings.user);
        naive->users[user].settings = fact->settings.settings;
        break;
    case BC_FACT_GROUP:
        naive_apply_group(naive, fact->id, &fact->group);
        break;
    case BC_FACT_MARKED:
        apply_marked(naive, &fact->marked);
        break;
    case BC_FACT_REPORTED:
        naive_apply_reported(naive, &fact->reported);
        break;
    case BC_FACT_MODERATED:
        naive_apply_moderated(naive, &fact->moderated);
        break;
    case BC_FACT_STORED:
        naive_apply_stored(naive, &fact->stored);
        break;
    case BC_FACT_PROFILE:
        naive_apply_profile(naive, fact->id, &fact->profile);
        break;
    case BC_FACT_REACTED:
        naive_apply_reacted(naive, &fact->reacted);
        break;
    case BC_FACT_TOKEN:
        naive_apply_token(naive, fact->id, &fact->token);
        break;
    case BC_FACT_INVITE:
        naive_apply_invite(naive, fact->id, &fact->invite);
        break;
    case BC_FACT_PUSH:
        naive_apply_push(naive, fact->id, &fact->push);
        break;
    case BC_FACT_ERASED:
        naive_apply_erased(naive, &fact->erased);
        break;
    case BC_FACT_RETAINED:
        naive_apply_retained(naive, &fact->retained);
        break;
    }
}
