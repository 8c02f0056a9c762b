/*
 * Reactions: a row for each user who reacts to a message, with what they reacted with, and when.
 *
 * What somebody was shown stays for them what it was, when a later change is kept from them. So a
 * row has more than the last: of a direct message the last that the other was shown, and the last
 * that was kept from them; of a group's, where members have come, left and blocked, the last few.
 */
#include <stdlib.h>

#include "storage/state/apply.h"
#include "storage/state/sight.h"

static enum bc_error get_changes(const struct bc_view *view, uint64_t message, uint32_t user,
    struct bc_reaction_changes *changes)
{
    struct bc_key key = bc_key_reaction(message, user);
    struct bc_value value;
    enum bc_error error = bc_row_get(view->tables, BC_TABLE_REACTIONS, &key, &value);

    changes->count = 0;
    return error == BC_OK ? bc_reaction_read(value.rest, changes) : bc_or_nothing(error);
}

enum bc_error bc_view_reaction(
    const struct bc_view *view, uint64_t message, uint32_t user, struct bc_bytes *emoji)
{
    struct bc_reaction_changes changes;
    enum bc_error error = get_changes(view, message, user, &changes);

    *emoji = error == BC_OK && changes.count > 0 ? changes.all[changes.count - 1].emoji
                                                 : bc_bytes(NULL, 0);
    return error;
}

/* ---- writing ---- */

/* Drop what nobody sees any more, now that ${fact} comes last. */
static void make_room(struct bc_reaction_changes *changes, const struct bc_fact_reacted *fact)
{
    uint32_t stay = 0;

    for (uint32_t i = 0; i < changes->count; i++) {
        bool oldest = i == 0 && changes->count == BC_REACTION_CHANGES_MAX;
        bool stays = fact->group.len > 0 ? !oldest : fact->kept && !changes->all[i].kept;

        if (stays) {
            changes->all[stay++] = changes->all[i];
        }
    }
    changes->count = stay;
}

/* That all were taken back is said by no row as well. */
static enum bc_error put_changes(
    struct bc_state *state, const struct bc_key *key, const struct bc_reaction_changes *changes)
{
    struct bc_reaction_bytes value = bc_reaction_write(changes);
    bool empty = true;

    for (uint32_t i = 0; i < changes->count; i++) {
        empty = empty && changes->all[i].emoji.len == 0;
    }
    return empty ? bc_or_nothing(bc_tables_delete(state->tables, BC_TABLE_REACTIONS, key))
                 : bc_tables_put(
                       state->tables, BC_TABLE_REACTIONS, key, bc_bytes(value.bytes, value.len));
}

enum bc_error bc_apply_reacted(
    struct bc_state *state, uint64_t id, const struct bc_fact_reacted *fact)
{
    struct bc_reaction_changes changes;
    struct bc_key key;
    uint32_t user;
    enum bc_error error = bc_view_user(&state->view, fact->by, &user);

    if (error != BC_OK || user == 0) {
        return error != BC_OK ? error : BC_DAMAGED;
    }
    error = get_changes(&state->view, fact->message, user, &changes);
    if (error != BC_OK) {
        return error;
    }
    make_room(&changes, fact);
    if (changes.count == BC_REACTION_CHANGES_MAX) {
        return BC_DAMAGED; /* of a direct message there are no more than two */
    }
    changes.all[changes.count++] =
        (struct bc_reaction_change){ .id = id, .kept = fact->kept, .emoji = fact->emoji };
    key = bc_key_reaction(fact->message, user);
    return put_changes(state, &key, &changes);
}

/* ---- reading ---- */

/* Who looks at the reactions to a message. */
struct looking {
    const struct bc_view *view;
    uint32_t viewer;
    uint32_t group; /* 0: a direct message */
    bool all;       /* as in bc_view_group_messages() */
    struct bc_sight sight;
    uint64_t from; /* of this stretch of ids it is known whether they were a member ... */
    uint64_t until;
    bool member; /* ... and this says it */
};

/* Was the viewer in the group at ${id}, or may they see all that was before they came? */
static enum bc_error was_member(struct looking *looking, uint64_t id, bool *member)
{
    struct bc_walk walk = bc_stints_from(
        looking->view, looking->group, looking->viewer, looking->all ? UINT64_MAX : id, true);
    struct bc_stint stint;
    enum bc_error error = BC_OK;

    if (id < looking->from || id >= looking->until) {
        error = bc_stints_next(&walk, &stint);
        looking->member = error == BC_OK && id < stint.left;
        looking->from = looking->member ? (looking->all ? 0 : stint.joined) : id;
        looking->until = looking->member ? stint.left : id + 1;
    }
    *member = looking->member;
    return bc_or_nothing(error);
}

/* Does the viewer see ${change} of ${user}'s reaction? */
static enum bc_error is_seen(
    struct looking *looking, uint32_t user, const struct bc_reaction_change *change, bool *seen)
{
    bool hidden = false;
    enum bc_error error;

    if (looking->group == 0 || user == looking->viewer) {
        *seen = user == looking->viewer || !change->kept;
        return BC_OK;
    }
    error = was_member(looking, change->id, seen);
    if (error == BC_OK && *seen) {
        error = bc_sight_hides(&looking->sight, user, change->id, &hidden);
        *seen = !hidden;
    }
    return error;
}

/* What somebody reacts with, as the viewer sees it. */
struct seen {
    uint64_t id;
    uint32_t user;
    struct bc_bytes emoji; /* empty: nothing */
};

/* The last of the changes in ${value} that is seen. */
static enum bc_error last_seen(struct looking *looking, struct bc_bytes value, struct seen *seen)
{
    struct bc_reaction_changes changes;
    bool found = false;
    enum bc_error error = bc_reaction_read(value, &changes);

    seen->emoji = bc_bytes(NULL, 0);
    for (uint32_t i = changes.count; error == BC_OK && i > 0 && !found; i--) {
        const struct bc_reaction_change *change = &changes.all[i - 1];

        error = is_seen(looking, seen->user, change, &found);
        if (error == BC_OK && found) {
            seen->id = change->id;
            seen->emoji = change->emoji;
        }
    }
    return error;
}

static int by_id(const void *a, const void *b)
{
    const struct seen *one = a;
    const struct seen *other = b;

    return one->id < other->id ? -1 : one->id > other->id ? 1 : 0;
}

/* Count ${seen} with those of the same emoji; ${named} is how many were named so far. */
static void count(struct bc_reactions *reactions, const struct seen *seen, uint32_t *named)
{
    struct bc_reaction *reaction = reactions->all;
    struct bc_reaction *end = reactions->all + reactions->count;

    while (reaction < end && !bc_bytes_equal(reaction->emoji, seen->emoji)) {
        reaction++;
    }
    if (reaction == end && reactions->count == BC_REACTION_EMOJIS) {
        reactions->more = true;
        return;
    }
    if (reaction == end) {
        reactions->count++;
        reaction->emoji = seen->emoji;
        reaction->count = reaction->by_count = 0;
    }
    reaction->count++;
    if (reaction->by_count < BC_REACTION_BY && *named < BC_REACTION_BY_TOTAL) {
        reaction->by[reaction->by_count++] = seen->user;
        ++*named;
    }
}

/* Collect what is seen of the rows of ${message}, as far as there is room for them. */
static enum bc_error collect(struct looking *looking, uint64_t message,
    struct bc_reaction_reading *reading, struct seen *seen, uint32_t *found, bool *more)
{
    struct bc_walk walk = { .tables = looking->view->tables,
        .table = BC_TABLE_REACTIONS,
        .start = bc_key_reaction(message, 0),
        .prefix = BC_PREFIX_ID };
    struct bc_key_parts key;
    struct bc_value value;
    uint32_t walked = 0;
    enum bc_error error;

    *found = 0;
    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        if (walked++ == BC_REACTIONS_MAX) {
            *more = true;
            return BC_OK;
        }
        reading->looked++;
        seen[*found].user = key.owner;
        error = last_seen(looking, value.rest, &seen[*found]);
        if (error != BC_OK) {
            return error;
        }
        *found += seen[*found].emoji.len > 0 ? 1 : 0;
    }
    return bc_or_nothing(error);
}

/* The message of the row next to ${message}, itself included, or before it; ${otherwise} if none.
 */
static enum bc_error neighbour(
    const struct bc_view *view, uint64_t message, bool before, uint64_t otherwise, uint64_t *found)
{
    struct bc_walk walk = { .tables = view->tables,
        .table = BC_TABLE_REACTIONS,
        .start = bc_key_reaction(message, 0),
        .backwards = before };
    struct bc_key_parts key;
    struct bc_value value;
    enum bc_error error = bc_row_next(&walk, &key, &value);

    *found = error == BC_OK ? key.id : otherwise;
    return bc_or_nothing(error);
}

/*
 * Has ${message} any reaction? Most have none: how far around it there is none is remembered, so
 * that a page costs nothing where nobody reacts.
 */
static enum bc_error has_any(
    const struct bc_view *view, struct bc_reaction_reading *reading, uint64_t message, bool *has)
{
    uint64_t next;
    enum bc_error error;

    *has = message <= reading->after || message >= reading->before;
    if (!*has) {
        return BC_OK;
    }
    error = neighbour(view, message, false, UINT64_MAX, &next);
    *has = error == BC_OK && next == message;
    if (error == BC_OK && !*has) {
        reading->before = next;
        error = neighbour(view, message, true, 0, &reading->after);
    }
    return error;
}

static enum bc_error begin(struct looking *looking, const struct bc_message *message)
{
    struct bc_group group = { .number = 0 };
    enum bc_error error;

    if (message->group.len == 0) {
        return BC_OK;
    }
    error = bc_view_group(looking->view, message->group, &group);
    looking->group = group.number;
    return error == BC_OK ? bc_sight_begin(looking->view, looking->viewer, &looking->sight) : error;
}

enum bc_error bc_view_reactions(const struct bc_view *view, struct bc_reaction_reading *reading,
    uint32_t viewer, const struct bc_message *message, bool all, struct bc_reactions *reactions)
{
    struct looking looking = { .view = view, .viewer = viewer, .all = all };
    struct seen *seen;
    uint32_t found = 0;
    uint32_t named = 0;
    bool has;
    enum bc_error error = has_any(view, reading, message->id, &has);

    reactions->count = 0;
    reactions->more = false;
    if (error != BC_OK || !has) {
        return error;
    }
    seen = malloc((BC_REACTIONS_MAX + 1) * sizeof(*seen));
    if (seen == NULL) {
        return BC_NOMEM;
    }
    error = begin(&looking, message);
    if (error == BC_OK) {
        error = collect(&looking, message->id, reading, seen, &found, &reactions->more);
    }
    if (error == BC_OK) {
        qsort(seen, found, sizeof(*seen), by_id);
        for (uint32_t i = 0; i < found; i++) {
            count(reactions, &seen[i], &named);
        }
    }
    free(seen);
    return error;
}
