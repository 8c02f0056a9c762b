/* What the judgements have in common. */
#include "messaging/judge.h"

#include "messaging/text.h"

enum bc_error bc_judge_refuse(
    struct bc_decision *decision, enum bc_refusal refusal, const char *why)
{
    decision->verdict = BC_REFUSED;
    decision->refusal = refusal;
    decision->sentence = why != NULL ? why : bc_refusal_sentence(refusal);
    return BC_OK;
}

enum bc_error bc_judge_nothing(struct bc_decision *decision)
{
    decision->verdict = BC_NOTHING;
    return BC_OK;
}

const char *bc_judge_note(struct bc_bytes note)
{
    return bc_text_is_note(note) ? NULL : "The note is longer than 1000 characters.";
}

struct bc_bytes bc_judge_keep_name(
    struct bc_decision *decision, unsigned place, struct bc_bytes name)
{
    memcpy(decision->names[place], name.data, name.len);
    return bc_bytes(decision->names[place], name.len);
}

uint64_t bc_judge_window(const struct bc_view *view, uint64_t now_ms, uint32_t days)
{
    uint64_t window = days * BC_DAY_MS;

    return now_ms < window ? 0 : bc_timeline_id(bc_view_timeline(view), now_ms - window + 1);
}
