/* Facts into tables: the one writer, for live facts and for replayed ones. */
#include "storage/state/apply.h"

static enum bc_error change(struct bc_state *state, const struct bc_fact *fact)
{
    switch (fact->type) {
    case BC_FACT_SENT:
        return bc_apply_sent(state, &fact->sent);
    case BC_FACT_RELATION:
        return bc_apply_relation(state, fact->id, &fact->relation);
    case BC_FACT_SETTINGS:
        return bc_apply_settings(state, &fact->settings);
    case BC_FACT_GROUP:
        return bc_apply_group(state, fact->id, &fact->group);
    case BC_FACT_MARKED:
        return bc_apply_marked(state, &fact->marked);
    case BC_FACT_REPORTED:
        return bc_apply_reported(state, fact->id, &fact->reported);
    case BC_FACT_MODERATED:
        return bc_apply_moderated(state, &fact->moderated);
    case BC_FACT_STORED:
        return bc_apply_stored(state, &fact->stored);
    case BC_FACT_PROFILE:
        return bc_apply_profile(state, fact->id, &fact->profile);
    case BC_FACT_REACTED:
        return bc_apply_reacted(state, fact->id, &fact->reacted);
    case BC_FACT_TOKEN:
        return bc_apply_token(state, fact->id, &fact->token);
    case BC_FACT_INVITE:
        return bc_apply_invite(state, fact->id, &fact->invite);
    case BC_FACT_PUSH:
        return bc_apply_push(state, fact->id, &fact->push);
    case BC_FACT_ERASED:
        return bc_apply_erased(state, &fact->erased);
    case BC_FACT_RETAINED:
        return bc_apply_retained(state, &fact->retained);
    }
    return BC_DAMAGED;
}

enum bc_error bc_apply(struct bc_state *state, const struct bc_fact *fact)
{
    enum bc_error error = change(state, fact);

    return error == BC_OK ? bc_apply_events(state, fact) : error;
}
