/* The events of facts into tables. */
#include "storage/state/apply.h"

/* The number of the user called ${name}: 0 without a name. Whoever an event tells of is known. */
static enum bc_error number_of(const struct bc_view *view, struct bc_bytes name, uint32_t *number)
{
    enum bc_error error = BC_OK;

    *number = 0;
    if (name.len > 0) {
        error = bc_view_user(view, name, number);
        if (error == BC_OK && *number == 0) {
            error = BC_DAMAGED;
        }
    }
    return error;
}

/* List the event with those of the group, or in the mailbox of the user, that it goes to. */
static enum bc_error list_event(struct bc_state *state, const struct bc_event_row *row)
{
    struct bc_posting posting = row->owner == 0 ? bc_posting_group_events(&state->view, row->group)
                                                : bc_posting_mailbox(&state->view, row->owner);

    return bc_posting_append(
        state->tables, &posting, (struct bc_posting_entry){ .id = row->event.id, .marked = true });
}

/* What they never see changes nothing, in about as long as it takes to list it. */
static enum bc_error list_nowhere(const struct bc_state *state, struct bc_bytes to)
{
    struct bc_posting posting;
    struct bc_posting_tail tail;
    uint32_t user;
    enum bc_error error = number_of(&state->view, to, &user);

    if (error == BC_OK) {
        posting = bc_posting_mailbox(&state->view, user);
        error = bc_posting_load(&posting, &tail);
    }
    return error == BC_OK && tail.chunk.count > 0 ? bc_posting_store(state->tables, &tail) : error;
}

static enum bc_error store_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    struct bc_state *state = context;
    struct bc_event_row row = { .event = *event };
    struct bc_group group = { 0 };
    enum bc_error error = number_of(&state->view, event->user, &row.user);

    if (error == BC_OK) {
        error = number_of(&state->view, event->by, &row.by);
    }
    if (error == BC_OK && event->group.len > 0) {
        error = bc_view_group(&state->view, event->group, &group);
    }
    row.group = group.number;
    row.titled_by = event->title.len > 0 ? group.titled_by : 0;
    if (error == BC_OK && event->nowhere) {
        return list_nowhere(state, to);
    }
    if (error == BC_OK && !bc_event_is_groups(event->type)) {
        error = number_of(&state->view, to, &row.owner);
    }
    if (error == BC_OK) {
        error = bc_codec_put_event(state->tables, &row);
    }
    return error == BC_OK ? list_event(state, &row) : error;
}

enum bc_error bc_apply_events(struct bc_state *state, const struct bc_fact *fact)
{
    return bc_events(fact, store_event, state);
}
