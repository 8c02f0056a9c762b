/*
 * Judgements of what ends by itself: which rows are next, and when it is over. Who may ask for it
 * has been looked at before: no client can.
 */
#include "messaging/judge.h"

/* The erasure that tells of this pass, as it is; a new one if none does yet. */
static enum bc_error find_pass(const struct bc_case *c, struct bc_fact_erased *fact)
{
    uint64_t pass = bc_view_retained(c->view)->pass;

    fact->from = BC_ERASURE_OPEN;
    if (pass != 0) {
        return bc_view_erasure(c->view, BC_ERASURE_OPEN, pass, &fact->erasure);
    }
    fact->erasure = (struct bc_erasure){ .id = c->request->id,
        .by = c->request->from,
        .reason = bc_bytes_text("retention"),
        .step = BC_ERASE_MESSAGES };
    return BC_OK;
}

/* Which of the messages open reports keep. */
static enum bc_error find_kept(
    const struct bc_case *c, const struct bc_past *past, struct bc_fact_erased *fact)
{
    struct bc_erased_message *messages = c->request->retain.messages;
    enum bc_error error = BC_OK;

    for (uint32_t i = 0; error == BC_OK && i < past->count; i++) {
        uint32_t reports = 0;

        error = bc_view_evidence(c->view, past->ids[i], &reports);
        if (error == BC_OK && reports > 0) {
            messages[fact->message_count++] =
                (struct bc_erased_message){ .id = past->ids[i], .reports = reports };
        }
    }
    fact->messages = messages;
    return error;
}

/* What ends is counted in the erasure, by what it is. */
static enum bc_error tell(
    const struct bc_case *c, const struct bc_past *past, bool erases, struct bc_fact_retained *fact)
{
    struct bc_erasure *erasure = &fact->erased.erasure;
    enum bc_error error = past->count > 0 || bc_view_retained(c->view)->pass != 0
                              ? find_pass(c, &fact->erased)
                              : BC_OK;

    if (error == BC_OK && erases) {
        error = find_kept(c, past, &fact->erased);
    }
    if (error != BC_OK || past->count == 0) {
        return error;
    }
    erasure->changed = c->request->id;
    erasure->kept += fact->erased.message_count;
    if (erases) {
        erasure->messages += past->count;
        erasure->bytes += past->bytes;
    } else {
        erasure->rows += past->count;
    }
    return BC_OK;
}

static struct bc_fact_retained *begin(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_retained *fact = &decision->fact.retained;

    decision->verdict = BC_CHANGES;
    decision->fact.id = c->request->id;
    decision->fact.type = BC_FACT_RETAINED;
    *fact = (struct bc_fact_retained){ .part = c->request->retain.part,
        .clock_ms = c->request->retain.clock_ms,
        .erased = { .erasure = { .step = BC_ERASE_DONE } } };
    return fact;
}

enum bc_error bc_judge_retain(const struct bc_case *c, struct bc_decision *decision)
{
    enum bc_retain part = c->request->retain.part;
    const struct bc_retained *retained = bc_view_retained(c->view);
    struct bc_past past = { .from = retained->upto[part],
        .until = bc_retention_until(
            c->limits, bc_view_timeline(c->view), retained, part, c->request->retain.clock_ms),
        .rows = c->request->retain.rows };
    struct bc_fact_retained *fact;
    enum bc_error error;

    if (past.until <= past.from) {
        return bc_judge_nothing(decision);
    }
    error = bc_view_past(c->view, part, &past);
    if (error != BC_OK) {
        return error == BC_NOTFOUND ? BC_DAMAGED : error;
    }
    fact = begin(c, decision);
    fact->upto = past.upto;
    fact->rows = past.count;
    fact->reactions = past.reactions;
    fact->erased.after = past.from;
    error = tell(c, &past, part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP, fact);
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}

enum bc_error bc_judge_retain_rest(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_retained *retained = bc_view_retained(c->view);
    struct bc_fact_retained *fact;
    enum bc_error error = BC_OK;

    /* That the clock was gone by is stored once a day: it is what a later one is held against. */
    if (retained->pass == 0 &&
        c->request->retain.clock_ms / BC_DAY_MS <= retained->clock_ms / BC_DAY_MS) {
        return bc_judge_nothing(decision);
    }
    fact = begin(c, decision);
    fact->part = BC_RETAIN_NOTHING;
    if (retained->pass != 0) {
        error = find_pass(c, &fact->erased);
        fact->erased.erasure.step = BC_ERASE_DONE;
    }
    return error == BC_NOTFOUND ? BC_DAMAGED : error;
}
