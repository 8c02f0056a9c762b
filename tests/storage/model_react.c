/* Reactions beside the store, as each who was shown them sees them. */
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

    if (sent == NULL || sent->type != BC_FACT_SENT) {
        return false;
    }
    message = &sent->sent.message;
    if (naive_is_erased(model->state, message)) {
        return false;
    }
    if (message->group.len == 0) {
        by = index_of(model_draw(model, 2) == 0 ? message->from : message->to);
    } else if (model_member(model, group_index(message->group), by)->is.role == BC_ROLE_NONE) {
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

/* Each that is seen is there, among those of its emoji, and none besides. */
static void check_message(const struct model *model, const struct bc_view *view,
    const struct bc_message *message, unsigned viewer)
{
    struct bc_reaction_reading reading = { 0 };
    struct bc_reactions is;
    uint32_t wanted = 0;
    uint32_t count = 0;

    assert_int_equal(
        bc_view_reactions(view, &reading, model->users[viewer], message, false, &is), BC_OK);
    assert_false(is.more);
    for (uint32_t i = 0; i < is.count; i++) {
        assert_int_equal(is.all[i].count, is.all[i].by_count);
        count += is.all[i].count;
    }
    for (unsigned by = 0; by < USERS; by++) {
        struct bc_bytes emoji =
            naive_reaction(model->state, message->id, model->users[by], model->users[viewer]);
        bool found = false;

        for (uint32_t i = 0; emoji.len > 0 && i < is.count; i++) {
            for (uint32_t j = 0; j < is.all[i].by_count; j++) {
                found = found || (is.all[i].by[j] == model->users[by] &&
                                     bc_bytes_equal(is.all[i].emoji, emoji));
            }
        }
        assert_int_equal(found, emoji.len > 0);
        wanted += emoji.len > 0 ? 1 : 0;
    }
    assert_int_equal(count, wanted);
}

/* The last messages that were reacted to, as each user sees them who has a part in them. */
void model_check_reacts(const struct model *model, const struct bc_view *view)
{
    uint32_t count = model->state->reaction_count;

    for (uint32_t i = count > 20 ? count - 20 : 0; i < count; i++) {
        struct bc_message message;

        assert_int_equal(
            bc_view_message(view, model->state->reactions[i].message, &message), BC_OK);
        for (unsigned viewer = 0; viewer < USERS; viewer++) {
            bool part = message.group.len > 0 || bc_bytes_equal(name_of(viewer), message.from) ||
                        bc_bytes_equal(name_of(viewer), message.to);

            if (part && model->users[viewer] != 0) {
                check_message(model, view, &message, viewer);
            }
        }
    }
}
