/* Titles and notes of who is erased, out of the tables that are gone through for them. */
#include <stdlib.h>

#include "storage/state/apply.h"

/* Behind the id of what a moderator did comes that of the reporter's event, and then this. */
#define TOLD 2

static enum bc_error erase_group(
    struct bc_state *state, struct bc_reached place, const struct bc_erasure *erasure)
{
    struct bc_group group;
    enum bc_error error = bc_view_group_number(&state->view, (uint32_t)place.id, &group);

    (void)erasure;
    group.title = bc_bytes(NULL, 0);
    return error == BC_OK ? bc_codec_put_group(state->tables, &group) : error;
}

static enum bc_error erase_stint(
    struct bc_state *state, struct bc_reached place, const struct bc_erasure *erasure)
{
    struct bc_key key = bc_key_stint((uint32_t)(place.id >> 32), (uint32_t)place.id, place.inside);
    struct bc_value value;
    enum bc_error error = bc_row_get(state->tables, BC_TABLE_STINTS, &key, &value);

    (void)erasure;
    return error == BC_OK ? bc_row_put(state->tables, BC_TABLE_STINTS, &key,
                                &(struct bc_value){ .id = value.id })
                          : error;
}

static enum bc_error erase_event(
    struct bc_state *state, struct bc_reached place, const struct bc_erasure *erasure)
{
    struct bc_event_row row;
    enum bc_error error = bc_codec_get_event(state->tables, place.id, state->view.message, &row);

    (void)erasure;
    row.event.title = row.event.note = bc_bytes(NULL, 0);
    row.titled_by = 0;
    return error == BC_OK ? bc_codec_replace_event(state->tables, &row) : error;
}

/* Add ${erasure} to *${erasures}, whose array is new, and the caller's to free. */
static enum bc_error add(struct bc_erasures *erasures, uint64_t erasure, uint64_t **array)
{
    *array = calloc(erasures->count + 1U, sizeof(**array));
    if (*array == NULL) {
        return BC_NOMEM;
    }
    for (uint32_t i = 0; i < erasures->count; i++) {
        (*array)[i] = erasures->ids[i];
    }
    (*array)[erasures->count++] = erasure;
    erasures->ids = *array;
    return BC_OK;
}

/* Those who decide on the report are told why it was made for so long. */
static enum bc_error erase_report(
    struct bc_state *state, struct bc_reached place, const struct bc_erasure *erasure)
{
    struct bc_report report;
    uint64_t *array = NULL;
    enum bc_error error = bc_view_report(&state->view, place.id, &report);

    if (error == BC_OK && report.resolution == 0) {
        error = add(&report.erasures, erasure->id, &array);
    } else if (error == BC_OK) {
        report.note = bc_bytes(NULL, 0);
    }
    if (error == BC_OK) {
        error = bc_codec_put_report(state->tables, &report);
    }
    free(array);
    return error;
}

/* What reports keep of an earlier erasure stays, and is waited for by this one, too. */
static enum bc_error wait_for_kept(
    struct bc_state *state, struct bc_reached place, const struct bc_erasure *erasure)
{
    struct bc_kept kept;
    uint64_t *array = NULL;
    enum bc_error error = bc_view_kept(&state->view, place.id, &kept);

    if (error == BC_OK) {
        error = add(&kept.erasures, erasure->id, &array);
    }
    if (error == BC_OK) {
        error = bc_codec_put_kept(state->tables, place.id, &kept);
    }
    free(array);
    return error;
}

static enum bc_error erase_moderation(
    struct bc_state *state, struct bc_reached place, const struct bc_erasure *erasure)
{
    struct bc_reached told = { .id = place.id + TOLD };
    struct bc_moderation moderation;
    enum bc_error error = bc_view_moderation(&state->view, place.id, &moderation);

    if (error == BC_OK) {
        moderation.note = bc_bytes(NULL, 0);
        error = bc_codec_replace_moderation(state->tables, &moderation);
    }
    return error == BC_OK ? bc_or_nothing(erase_event(state, told, erasure)) : error;
}

enum bc_error bc_apply_forget_written(
    struct bc_state *state, uint32_t user, const struct bc_fact_erased *fact)
{
    static enum bc_error (*const erase[BC_ERASE_STEPS])(
        struct bc_state *, struct bc_reached, const struct bc_erasure *) = {
        [BC_ERASE_KEPT] = wait_for_kept,
        [BC_ERASE_GROUPS] = erase_group,
        [BC_ERASE_STINTS] = erase_stint,
        [BC_ERASE_EVENTS] = erase_event,
        [BC_ERASE_REPORTS] = erase_report,
        [BC_ERASE_MODERATIONS] = erase_moderation,
    };
    const struct bc_erasure *erasure = &fact->erasure;
    struct bc_written written = { .erasure = erasure,
        .after = { .id = fact->after, .inside = fact->inside },
        .upto = erasure->step == fact->step ? erasure->reached : BC_REACHED_END,
        .rows = UINT32_MAX };
    enum bc_error error = bc_view_written(&state->view, fact->step, user, &written);

    for (uint32_t i = 0; error == BC_OK && i < written.count; i++) {
        error = erase[fact->step](state, written.found[i], erasure);
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

/* ---- whose titles are ---- */

/* The last who gave each group a title, from what events tell; by the group's number. */
static enum bc_error find_titlers(struct bc_state *state, uint32_t *titlers, uint32_t groups)
{
    struct bc_walk walk = {
        .tables = state->tables, .table = BC_TABLE_EVENTS, .start = bc_key_least()
    };
    struct bc_key_parts key;
    struct bc_value value;
    struct bc_event_row row;
    enum bc_error error;

    while ((error = bc_row_next(&walk, &key, &value)) == BC_OK) {
        error = bc_codec_get_event(state->tables, key.id, state->view.message, &row);
        if (error != BC_OK) {
            return error;
        }
        if (row.group < groups &&
            (row.event.type == BC_EVENT_RENAMED ||
                (row.event.type == BC_EVENT_GROUP_JOINED && row.event.role == BC_ROLE_OWNER))) {
            titlers[row.group] = row.by;
        }
    }
    return bc_or_nothing(error);
}

enum bc_error bc_apply_name_titlers(struct bc_state *state)
{
    struct bc_group group;
    uint32_t *titlers = NULL;
    uint32_t groups = 0;
    enum bc_error error = bc_apply_next_number(state, BC_TABLE_GROUPS, &groups);

    if (error == BC_OK) {
        titlers = calloc(groups, sizeof(*titlers));
        error = titlers != NULL ? find_titlers(state, titlers, groups) : BC_NOMEM;
    }
    for (uint32_t i = 1; error == BC_OK && i < groups; i++) {
        error = bc_view_group_number(&state->view, i, &group);
        if (error == BC_OK && group.titled_by == 0) {
            group.titled_by = titlers[i];
            error = bc_codec_put_group(state->tables, &group);
        }
    }
    free(titlers);
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}
