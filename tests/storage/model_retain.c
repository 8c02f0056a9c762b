/* What ends by itself, as the rules would have it end. */
#include "messaging/id.h"
#include "tests/storage/model.h"

static bool ends(
    const struct model *model, enum bc_retain part, uint64_t upto, const struct bc_message *message)
{
    bool groups = part == BC_RETAIN_GROUP || part == BC_RETAIN_ERASED_GROUP;
    bool erases = part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP;

    return message->id >= model->state->retained.upto[part] && message->id < upto &&
           (message->group.len > 0) == groups &&
           !(erases && naive_is_erased(model->state, message));
}

static void keep(
    const struct model *model, const struct bc_message *message, struct bc_fact_erased *erased)
{
    static struct bc_erased_message kept[BC_ERASED_MAX];
    uint32_t reports = naive_evidence(model->state, message->id);

    if (reports > 0 && erased->message_count < BC_ERASED_MAX) {
        kept[erased->message_count++] =
            (struct bc_erased_message){ .id = message->id, .reports = reports };
    }
    erased->messages = kept;
}

struct bc_fact model_think_retain(struct model *model, enum bc_retain part, uint64_t upto)
{
    uint64_t id = bc_id_at(++model->ms);
    struct bc_fact fact = { .id = id,
        .type = BC_FACT_RETAINED,
        .retained = { .part = part,
            .upto = upto,
            .clock_ms = model->ms,
            .erased = { .after = model->state->retained.upto[part],
                .erasure = {
                    .id = model->state->retained.pass != 0 ? model->state->retained.pass : id,
                    .by = bc_bytes_text(BC_RETENTION),
                    .reason = bc_bytes_text("retention"),
                    .step = BC_ERASE_MESSAGES,
                    .changed = id } } } };

    for (unsigned i = 0; i < model->count; i++) {
        const struct bc_message *message = &model->facts[i].sent.message;

        if (model->facts[i].type == BC_FACT_SENT && ends(model, part, upto, message)) {
            fact.retained.rows++;
            if (part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP) {
                keep(model, message, &fact.retained.erased);
            }
        }
    }
    model->kept += fact.retained.erased.message_count;
    fact.retained.erased.erasure.kept = model->kept;
    return fact;
}
