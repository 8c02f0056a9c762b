/* Erasures into tables: what they take away, and what reports go on to keep. */
#include "storage/state/apply.h"

/* ---- messages ---- */

/* What open reports have as evidence is kept for those who decide on them, and for nobody else. */
static enum bc_error keep(struct bc_state *state, const struct bc_message_row *row,
    const struct bc_erased_message *message, const struct bc_erasure *erasure)
{
    const struct bc_kept kept = { .kind = row->message.kind,
        .payload = row->message.payload,
        .content_type = row->message.content_type,
        .reports = message->reports,
        .erasures = { .ids = &erasure->id, .count = 1 },
        .since = erasure->changed };

    return message->reports > 0 ? bc_codec_put_kept(state->tables, message->id, &kept) : BC_OK;
}

/* What they called what they stored for themselves. */
static enum bc_error erase_key(struct bc_state *state, uint64_t id)
{
    struct bc_event_row row;
    enum bc_error error = bc_codec_get_event(state->tables, id, state->view.message, &row);

    if (error == BC_OK) {
        row.event.key = bc_bytes(NULL, 0);
        error = bc_codec_replace_event(state->tables, &row);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_apply_erase_message(struct bc_state *state,
    const struct bc_erased_message *message, const struct bc_erasure *erasure)
{
    struct bc_message_row row;
    enum bc_error error =
        bc_codec_get_message(state->tables, message->id, state->view.message, &row);

    if (error == BC_NOTFOUND) {
        return erase_key(state, message->id);
    }
    if (error == BC_OK && row.message.kind != BC_ERASED) {
        error = keep(state, &row, message, erasure);
    }
    if (error == BC_OK) {
        row.message.kind = BC_ERASED;
        row.message.payload = row.message.content_type = bc_bytes(NULL, 0);
        error = bc_codec_replace_message(state->tables, &row);
    }
    return error;
}

static enum bc_error erase_messages(struct bc_state *state, const struct bc_fact_erased *fact)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < fact->message_count; i++) {
        error = bc_apply_erase_message(state, &fact->messages[i], &fact->erasure);
    }
    return error;
}

/* ---- what else is a user's ---- */

static enum bc_error erase_pushes(struct bc_state *state, uint32_t user)
{
    struct bc_push pushes[BC_PUSHES_MAX];
    uint8_t device[BC_DEVICE_MAX]; /* what is borrowed ends with the writing */
    uint32_t count = 1;
    enum bc_error error = BC_OK;

    while (error == BC_OK && count > 0) {
        error = bc_view_pushes(&state->view, user, pushes, &count);
        if (error == BC_OK && count > 0) {
            memcpy(device, pushes[0].device.data, pushes[0].device.len);
            error = bc_apply_end_push(state, user, bc_bytes(device, pushes[0].device.len));
        }
    }
    return error;
}

static enum bc_error take_away(struct bc_state *state, const struct bc_fact_erased *fact)
{
    const struct bc_erasure *erasure = &fact->erasure;
    uint32_t user = 0; /* of what ends by itself there is none */
    enum bc_error error =
        erasure->user.len > 0 ? bc_apply_intern(state, erasure->user, &user) : BC_OK;

    if (error != BC_OK) {
        return error;
    }
    switch (fact->step) {
    case BC_ERASE_MESSAGES:
        return erase_messages(state, fact);
    case BC_ERASE_PROFILES:
        return bc_apply_forget_profiles(state, user, (uint32_t)fact->after,
            (uint32_t)erasure->reached.id, erasure->step != BC_ERASE_PROFILES);
    case BC_ERASE_OWN:
        return bc_apply_forget_own(state, user, bc_erasure_own(erasure));
    case BC_ERASE_PUSHES:
        return erase_pushes(state, user);
    case BC_ERASE_KEPT:
    case BC_ERASE_GROUPS:
    case BC_ERASE_STINTS:
    case BC_ERASE_EVENTS:
    case BC_ERASE_REPORTS:
    case BC_ERASE_MODERATIONS:
        return bc_apply_forget_written(state, user, fact);
    case BC_ERASE_NOTHING:
    case BC_ERASE_DONE:
        break;
    }
    return BC_OK;
}

enum bc_error bc_apply_put_erasure(
    struct bc_state *state, const struct bc_erasure *erasure, enum bc_erasure_state from)
{
    struct bc_key before = bc_key_erasure(from, erasure->id);
    enum bc_error error = from == erasure->state
                              ? BC_OK
                              : bc_tables_delete(state->tables, BC_TABLE_ERASURES, &before);

    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    return bc_codec_put_erasure(state->tables, erasure);
}

enum bc_error bc_apply_erased(struct bc_state *state, const struct bc_fact_erased *fact)
{
    enum bc_error error = take_away(state, fact);

    return error == BC_OK ? bc_apply_put_erasure(state, &fact->erasure, fact->from) : error;
}

/* ---- what reports keep ---- */

/* The erasure ${id}, which is open or waits: nothing is proven while something is kept. */
static enum bc_error find(struct bc_state *state, uint64_t id, struct bc_erasure *erasure)
{
    enum bc_error error = bc_view_erasure(&state->view, BC_ERASURE_WAITS, id, erasure);

    if (error == BC_NOTFOUND) {
        error = bc_view_erasure(&state->view, BC_ERASURE_OPEN, id, erasure);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* One less is kept for the erasure ${id}: the disk is to be cleaned of it. */
static enum bc_error count_down_one(struct bc_state *state, uint64_t id, uint64_t fact)
{
    struct bc_erasure erasure;
    enum bc_erasure_state from;
    enum bc_error error = find(state, id, &erasure);

    if (error == BC_OK && erasure.kept == 0) {
        error = BC_DAMAGED;
    }
    if (error != BC_OK) {
        return error;
    }
    from = erasure.state;
    erasure.state = BC_ERASURE_OPEN;
    erasure.kept--;
    erasure.changed = fact;
    return bc_apply_put_erasure(state, &erasure, from);
}

static enum bc_error count_down(struct bc_state *state, struct bc_erasures erasures, uint64_t fact)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < erasures.count; i++) {
        error = count_down_one(state, erasures.ids[i], fact);
    }
    return error;
}

/* Nobody keeps the message ${message} any more, for which ${erasures} wait. */
static enum bc_error drop(
    struct bc_state *state, uint64_t message, struct bc_erasures erasures, uint64_t fact)
{
    struct bc_key key = bc_key_kept(message);
    enum bc_error error = bc_tables_delete(state->tables, BC_TABLE_KEPT, &key);

    return error == BC_OK ? count_down(state, erasures, fact) : error;
}

enum bc_error bc_apply_let_go(struct bc_state *state, uint64_t id, const struct bc_report *report)
{
    enum bc_error error = count_down(state, report->erasures, id);

    for (uint32_t i = 0; error == BC_OK && i < report->evidence_count; i++) {
        uint64_t message = report->evidence[i].id;
        struct bc_kept kept;

        error = bc_view_kept(&state->view, message, &kept);
        /* A report from after the erasure has the message as it was then: erased. */
        if (error == BC_NOTFOUND || (error == BC_OK && report->id > kept.since)) {
            error = BC_OK;
        } else if (error == BC_OK && kept.reports > 1) {
            kept.reports--;
            error = bc_codec_put_kept(state->tables, message, &kept);
        } else if (error == BC_OK) {
            error = drop(state, message, kept.erasures, id);
        }
    }
    return error;
}
