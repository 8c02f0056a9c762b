/*
 * What users hold about each other, and the rows that list it: contacts, blocked users, requests,
 * stretches of blocks, and whom a sender waits for.
 */
#include "tools/check.h"

#define PAGE 200

/* ---- held messages ---- */

/* What is held follows from the relation and the ids: is it as the relation's counters say? */
static enum bc_error count_held(struct bc_check *check, uint32_t owner, uint32_t other,
    const struct bc_relation *relation, uint32_t *held, uint64_t *first)
{
    uint64_t ids[PAGE];
    uint64_t after = relation->inbox_upto > relation->declined_upto ? relation->inbox_upto
                                                                    : relation->declined_upto;
    bool more = relation->stance != BC_CONTACT;
    enum bc_error error = BC_OK;

    *held = 0;
    *first = 0;
    while (more && error == BC_OK) {
        struct bc_range range = { .after = after, .before = UINT64_MAX, .limit = PAGE };
        uint32_t count = 0;

        error = bc_view_conversation(check->view, owner, other, range, ids, &count, &more);
        for (uint32_t i = 0; i < count && error == BC_OK; i++) {
            struct bc_message_row row;

            error = bc_codec_get_message(check->tables, ids[i], &check->other, &row);
            if (error == BC_OK && row.from == other) {
                *first = *held == 0 ? ids[i] : *first;
                ++*held;
            }
            after = ids[i];
        }
    }
    return error;
}

static enum bc_error check_held(
    struct bc_check *check, uint32_t owner, uint32_t other, const struct bc_relation *relation)
{
    uint32_t held = 0;
    uint64_t first = 0;
    enum bc_error error = count_held(check, owner, other, relation, &held, &first);

    if (error == BC_OK && (held != relation->held || first != relation->held_first)) {
        bc_check_problem(check,
            "relations: %u towards %u: %u messages are held, but it says %u; the first is %016llx, "
            "but it says %016llx",
            owner, other, held, relation->held, (unsigned long long)first,
            (unsigned long long)relation->held_first);
    }
    return error;
}

/* ---- a relation's other rows ---- */

static enum bc_error check_list(
    struct bc_check *check, uint32_t owner, enum bc_list list, struct bc_bytes name, bool listed)
{
    struct bc_key key = bc_key_list(owner, list, name);

    return listed ? bc_check_has(check, BC_TABLE_LISTS, &key, &(struct bc_value){ 0 },
                        "a list has whom the relation says")
                  : BC_OK;
}

/* The last stretch of blocks lasts exactly while the relation is blocked, and ends as it says. */
static enum bc_error check_block(
    struct bc_check *check, uint32_t owner, uint32_t other, const struct bc_relation *relation)
{
    struct bc_walk walk = { .tables = check->tables,
        .table = BC_TABLE_BLOCKS,
        .start = bc_key_block(owner, other, UINT64_MAX),
        .prefix = BC_PREFIX_PAIR,
        .backwards = true };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);
    uint64_t until = error == BC_OK ? value.id : relation->unblocked + 1;

    if (bc_or_nothing(error) != BC_OK) {
        return error;
    }
    if (error == BC_NOTFOUND && !relation->blocked && relation->unblocked == 0) {
        return BC_OK;
    }
    if (until != (relation->blocked ? 0 : relation->unblocked)) {
        bc_check_problem(check, "blocks: %u has %sblocked %u, and the last block doesn't say so",
            owner, relation->blocked ? "" : "un", other);
    }
    return bc_or_nothing(error);
}

static enum bc_error check_request(struct bc_check *check, uint32_t owner, uint32_t other,
    struct bc_bytes name, const struct bc_relation *relation)
{
    struct bc_key key = bc_key_request(owner, relation->held_first);
    const struct bc_value value = { .peer = BC_PEER_USER, .number = other, .name = name };

    if (!bc_approval_in_requests(relation)) {
        return BC_OK;
    }
    return bc_check_has(
        check, BC_TABLE_REQUESTS, &key, &value, "held messages stand in the requests");
}

static enum bc_error check_relation(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t owner = key->owner;
    uint32_t other = key->other;
    struct bc_relation relation;
    struct bc_bytes name;
    enum bc_error error;

    (void)value;
    if (!bc_check_user(check, owner) || !bc_check_user(check, other)) {
        return BC_OK;
    }
    error = bc_codec_get_relation(check->tables, owner, other, &check->record, &relation);
    if (error == BC_OK) {
        error = check_held(check, owner, other, &relation);
    }
    if (error == BC_OK) {
        error = check_block(check, owner, other, &relation);
    }
    if (error == BC_OK) {
        error = bc_check_user_name(check, other, &name);
    }
    if (error == BC_OK) {
        error = check_list(check, owner, BC_LIST_CONTACTS, name,
            relation.stance == BC_CONTACT && !relation.blocked);
    }
    if (error == BC_OK) {
        error = check_list(check, owner, BC_LIST_BLOCKED, name, relation.blocked);
    }
    return error == BC_OK ? check_request(check, owner, other, name, &relation) : error;
}

/* ---- and back ---- */

static bool is_in_list(enum bc_list list, const struct bc_relation *relation)
{
    switch (list) {
    case BC_LIST_CONTACTS:
        return relation->stance == BC_CONTACT && !relation->blocked;
    case BC_LIST_BLOCKED:
        return relation->blocked;
    case BC_LIST_DECLINED: /* whom earlier versions declined is in none */
        return relation->stance == BC_DECLINED && !relation->blocked;
    }
    return false;
}

static enum bc_error check_listed(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t owner = key->owner;
    struct bc_bytes name = key->name;
    struct bc_relation relation;
    uint32_t other;
    enum bc_error error = bc_view_user(check->view, name, &other);

    (void)value;
    if (error == BC_OK) {
        error = bc_view_relation(check->view, owner, other, &relation);
    }
    if (error == BC_OK && !is_in_list((enum bc_list)key->kind, &relation)) {
        bc_check_problem(check, "lists: %u has \"%.*s\" in list %u, and the relation says no",
            owner, (int)name.len, (const char *)name.data, key->kind);
    }
    return error;
}

static enum bc_error check_requested(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t owner = key->owner;
    uint64_t first = key->id;
    uint32_t number = value->number;
    struct bc_relation relation;
    struct bc_membership membership;
    bool stands;
    enum bc_error error;

    if (value->peer == BC_PEER_USER) {
        error = bc_view_relation(check->view, owner, number, &relation);
        stands =
            error == BC_OK && bc_approval_in_requests(&relation) && relation.held_first == first;
    } else {
        error = bc_view_membership(check->view, number, owner, &membership);
        stands = error == BC_OK && membership.invited == first;
    }
    if (error == BC_OK && !stands) {
        bc_check_problem(check, "requests: %u has one of %s %u from %016llx that nothing bears out",
            owner, value->peer == BC_PEER_USER ? "user" : "group", number,
            (unsigned long long)first);
    }
    return error;
}

/* Whom a sender waits for: the row goes by the last message, and ends when the standing opens. */
static enum bc_error check_pending(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint32_t sender = key->owner;
    uint32_t recipient = value->number;
    uint64_t last = key->id;
    struct bc_relation relation;
    uint32_t beyond = 0;
    bool shown = false;
    enum bc_error error = bc_view_relation(check->view, sender, recipient, &relation);

    if (error == BC_OK) {
        error = bc_view_shows(check->view, sender, recipient, last, &shown);
    }
    if (error == BC_OK) {
        error = bc_view_count(check->view, sender, recipient, last + 1, &beyond);
    }
    shown = shown || last < bc_view_upto(check->view, BC_RETAIN_ERASED_DIRECT);
    if (error == BC_OK && (relation.open || !shown || beyond > 0)) {
        bc_check_problem(check, "pending: %u towards %u by %016llx: %s", sender, recipient,
            (unsigned long long)last,
            relation.open ? "the standing is open" : "that is not the last message");
    }
    return error;
}

/* Stretches of blocks follow one another, and only the last may last. */
static enum bc_error check_stretch(
    struct bc_check *check, const struct bc_key_parts *key, const struct bc_value *value)
{
    uint64_t until = value->id;

    if (until != 0 && until <= key->id) {
        bc_check_problem(check, "blocks: that of %u against %u from %016llx ends before it begins",
            key->owner, key->other, (unsigned long long)key->id);
    }
    return BC_OK;
}

enum bc_error bc_check_relations(struct bc_check *check)
{
    static const struct {
        enum bc_table table;
        bc_check_row_fn *fn;
    } walks[] = {
        { BC_TABLE_RELATIONS, check_relation },
        { BC_TABLE_LISTS, check_listed },
        { BC_TABLE_REQUESTS, check_requested },
        { BC_TABLE_PENDING, check_pending },
        { BC_TABLE_BLOCKS, check_stretch },
    };
    enum bc_error error = BC_OK;

    for (size_t i = 0; i < sizeof(walks) / sizeof(*walks) && error == BC_OK; i++) {
        error = bc_check_rows(check, walks[i].table, walks[i].fn);
    }
    return error;
}
