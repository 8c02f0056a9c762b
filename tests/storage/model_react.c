/* Reactions in the naive model: each change, and who was shown it. */
#include <string.h>

#include "messaging/event.h"
#include "tests/storage/model.h"

static const char *const emojis[] = { "+1", "-1", "\xF0\x9F\x91\x8D", "" };

/* One that the rules could decide: to a message of the two, or of a group that ${by} is in. */
bool model_think_react(struct model *model, uint64_t id, struct bc_fact *fact)
{
    const struct bc_fact *sent =
        model->count > 0 ? &model->facts[model_draw(model, model->count)] : NULL;
    unsigned by = model_draw(model, USERS);
    struct bc_fact_reacted *reacted = &fact->reacted;
    const struct bc_message *message;

    if (sent == NULL || sent->type != BC_FACT_SENT || model->react_count == FACTS_MAX) {
        return false;
    }
    message = &sent->sent.message;
    if (model_is_erased(model, message)) {
        return false;
    }
    if (message->group.len == 0) {
        by = index_of(model_draw(model, 2) == 0 ? message->from : message->to);
    } else if (model->groups[group_index(message->group)].members[by].role == BC_ROLE_NONE) {
        return false;
    }
    *fact = (struct bc_fact){ .id = id,
        .type = BC_FACT_REACTED,
        .reacted = { .by = name_of(by),
            .message = message->id,
            .emoji = bc_bytes_text(emojis[model_draw(model, 4)]),
            .group = message->group } };
    if (message->group.len == 0) {
        reacted->user = index_of(message->from) == by ? message->to : message->from;
        reacted->kept = !bc_bytes_equal(reacted->user, reacted->by) && model_draw(model, 3) == 0;
    }
    return true;
}

void model_apply_reacted(struct model *model, uint64_t id, const struct bc_fact_reacted *fact)
{
    struct react *react = &model->reacts[model->react_count++];
    unsigned by = index_of(fact->by);

    *react = (struct react){ .id = id,
        .message = fact->message,
        .by = by,
        .group = fact->group.len > 0,
        .emoji = fact->emoji };
    for (unsigned user = 0; user < USERS; user++) {
        react->shown[user] =
            react->group
                ? model->groups[group_index(fact->group)].members[user].role != BC_ROLE_NONE &&
                      !model->pairs[user][by].relation.blocked
                : !fact->kept && bc_bytes_equal(name_of(user), fact->user);
    }
    react->shown[by] = true;
}

void model_forget_reacts(struct model *model)
{
    model->react_count = 0;
}

/* What ${viewer} sees of ${by}'s reaction to ${message}; NULL for nothing. */
static const struct react *seen(
    const struct model *model, uint64_t message, unsigned by, unsigned viewer)
{
    unsigned changes = 0;

    for (unsigned i = model->react_count; i > 0; i--) {
        const struct react *react = &model->reacts[i - 1];

        if (react->message == message && react->by == by) {
            if (react->group && changes++ == 8) {
                return NULL;
            }
            if (react->shown[viewer]) {
                return react->emoji.len > 0 ? react : NULL;
            }
        }
    }
    return NULL;
}

/* Each that is seen is there, among those of its emoji, and none besides. */
static void check_message(const struct model *model, const struct bc_view *view,
    const struct bc_message *message, unsigned viewer)
{
    struct bc_reaction_reading reading = { 0 };
    struct bc_reactions is;
    uint32_t wanted = 0;
    uint32_t count = 0;

    assert_int_equal(
        bc_view_reactions(view, &reading, model->order[viewer], message, false, &is), BC_OK);
    assert_false(is.more);
    for (uint32_t i = 0; i < is.count; i++) {
        assert_int_equal(is.all[i].count, is.all[i].by_count);
        count += is.all[i].count;
    }
    for (unsigned by = 0; by < USERS; by++) {
        const struct react *react = seen(model, message->id, by, viewer);
        bool found = false;

        for (uint32_t i = 0; react != NULL && i < is.count; i++) {
            for (uint32_t j = 0; j < is.all[i].by_count; j++) {
                found = found || (is.all[i].by[j] == model->order[by] &&
                                     bc_bytes_equal(is.all[i].emoji, react->emoji));
            }
        }
        assert_int_equal(found, react != NULL);
        wanted += react != NULL ? 1 : 0;
    }
    assert_int_equal(count, wanted);
}

/* The last messages that were reacted to, as each user sees them who has a part in them. */
void model_check_reacts(const struct model *model, const struct bc_view *view)
{
    unsigned from = model->react_count > 20 ? model->react_count - 20 : 0;

    for (unsigned i = from; i < model->react_count; i++) {
        struct bc_message message;

        assert_int_equal(bc_view_message(view, model->reacts[i].message, &message), BC_OK);
        for (unsigned viewer = 0; viewer < USERS; viewer++) {
            bool part = message.group.len > 0 || bc_bytes_equal(name_of(viewer), message.from) ||
                        bc_bytes_equal(name_of(viewer), message.to);

            if (part && model->order[viewer] != 0) {
                check_message(model, view, &message, viewer);
            }
        }
    }
}
