/* How many open reports have a message as evidence: written. */
#include "storage/state/apply.h"

static enum bc_error put(struct bc_state *state, uint64_t id, uint32_t reports)
{
    struct bc_key key = bc_key_evidence(id);

    return reports > 0 ? bc_row_put(state->tables, BC_TABLE_EVIDENCE, &key,
                             &(struct bc_value){ .number = reports })
                       : bc_or_nothing(bc_tables_delete(state->tables, BC_TABLE_EVIDENCE, &key));
}

/* What was removed while a report had it is no more, now that none has. */
static enum bc_error remove_if_ended(struct bc_state *state, uint64_t message)
{
    struct bc_key key = bc_key_message(message);
    struct bc_message_row row;
    enum bc_error error = bc_codec_get_message(state->tables, message, state->view.message, &row);

    if (error != BC_OK) {
        return bc_or_nothing(error);
    }
    return message < bc_view_upto(&state->view,
                         row.group != 0 ? BC_RETAIN_ERASED_GROUP : BC_RETAIN_ERASED_DIRECT)
               ? bc_tables_delete(state->tables, BC_TABLE_MESSAGES, &key)
               : BC_OK;
}

enum bc_error bc_apply_evidence(struct bc_state *state, const struct bc_report *report, bool opened)
{
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < report->evidence_count; i++) {
        uint64_t id = report->evidence[i].id;
        uint32_t reports = 0;

        error = bc_view_evidence(&state->view, id, &reports);
        if (error == BC_OK && opened) {
            error = put(state, id, reports + 1);
        } else if (error == BC_OK && reports > 0) {
            error = put(state, id, reports - 1);
        }
        if (error == BC_OK && !opened && reports == 1) {
            error = remove_if_ended(state, id);
        }
    }
    return error;
}

/* None, whatever there was: earlier versions kept no count, and those of this one begin anew. */
static enum bc_error clear(struct bc_state *state)
{
    enum bc_error error = BC_OK;

    while (error == BC_OK) {
        struct bc_walk walk = {
            .tables = state->tables, .table = BC_TABLE_EVIDENCE, .start = bc_key_least()
        };
        struct bc_key_parts key;
        struct bc_value value;

        error = bc_row_next(&walk, &key, &value);
        if (error == BC_OK) {
            error = put(state, key.id, 0);
        }
    }
    return bc_or_nothing(error);
}

enum bc_error bc_apply_count_evidence(struct bc_state *state)
{
    struct bc_report report;
    uint64_t after = 0;
    bool more = true;
    enum bc_error error = clear(state);

    while (error == BC_OK && more) {
        uint32_t count = 0;

        error = bc_view_reports(&state->view, false, after, 1, &after, &count, &more);
        if (error == BC_OK && count > 0) {
            error = bc_view_report(&state->view, after, &report);
        }
        if (error == BC_OK && count > 0) {
            error = bc_apply_evidence(state, &report, true);
        }
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}
