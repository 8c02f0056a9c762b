/* Retention in the naive model: what has ended is taken out of every list. */
#include "messaging/id.h"
#include "tests/storage/model.h"

static const struct bc_message *message_of(const struct model *model, uint64_t id)
{
    for (unsigned i = model->count; i > 0; i--) {
        const struct bc_fact *fact = &model->facts[i - 1];

        if (fact->type == BC_FACT_SENT && fact->id == id) {
            return &fact->sent.message;
        }
    }
    return NULL;
}

static bool before(const struct model *model, const struct bc_message *message,
    enum bc_retain direct, enum bc_retain group)
{
    return message->id < model->retained.upto[message->group.len > 0 ? group : direct];
}

bool model_is_erased(const struct model *model, const struct bc_message *message)
{
    return before(model, message, BC_RETAIN_DIRECT, BC_RETAIN_GROUP);
}

bool model_is_removed(const struct model *model, const struct bc_message *message)
{
    return before(model, message, BC_RETAIN_ERASED_DIRECT, BC_RETAIN_ERASED_GROUP);
}

uint32_t model_reports_with(const struct model *model, uint64_t id)
{
    uint32_t reports = 0;

    for (unsigned i = 0; i < model->report_count; i++) {
        const struct bc_report *report = &model->reports[i];

        for (uint32_t j = 0; report->resolution == 0 && j < report->evidence_count; j++) {
            reports += report->evidence[j].id == id ? 1 : 0;
        }
    }
    return reports;
}

/* ---- thinking of facts ---- */

static bool ends(
    const struct model *model, enum bc_retain part, uint64_t upto, const struct bc_message *message)
{
    bool groups = part == BC_RETAIN_GROUP || part == BC_RETAIN_ERASED_GROUP;
    bool erases = part == BC_RETAIN_DIRECT || part == BC_RETAIN_GROUP;

    return message->id >= model->retained.upto[part] && message->id < upto &&
           (message->group.len > 0) == groups && !(erases && model_is_erased(model, message));
}

static void keep(
    const struct model *model, const struct bc_message *message, struct bc_fact_erased *erased)
{
    static struct bc_erased_message kept[BC_ERASED_MAX];
    uint32_t reports = model_reports_with(model, message->id);

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
            .erased = { .after = model->retained.upto[part],
                .erasure = { .id = model->retained.pass != 0 ? model->retained.pass : id,
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

/* ---- what facts make ---- */

/* Of the list, the ids that ${gone} says, with ${model}. */
static void drop(const struct model *model, struct pair *pair, uint64_t upto,
    bool (*gone)(const struct bc_message *message))
{
    uint32_t stay = 0;

    for (uint32_t i = 0; i < pair->count; i++) {
        if (pair->ids[i] < upto && gone(message_of(model, pair->ids[i]))) {
            pair->cut = pair->ids[i];
        } else {
            pair->ids[stay++] = pair->ids[i];
        }
    }
    pair->count = stay;
}

static bool is_direct(const struct bc_message *message)
{
    return message != NULL && message->group.len == 0;
}

static bool is_of_group(const struct bc_message *message)
{
    return message != NULL && message->group.len > 0;
}

static bool is_event(const struct bc_message *message)
{
    return message == NULL;
}

static void count_held(struct pair *pair)
{
    struct bc_relation relation = pair->relation;
    uint32_t held = 0;
    uint64_t first = 0;

    relation.blocked = false;
    for (uint32_t i = pair->count; pair->relation.held > 0 && i > 0; i--) {
        if (pair->ids[i - 1] >= pair->relation.held_first &&
            bc_approval_state(&relation, pair->ids[i - 1]) == BC_STATE_HELD) {
            first = pair->ids[i - 1];
            held++;
        }
    }
    pair->relation.held = held;
    pair->relation.held_first = first;
}

static void forget_reacts(struct model *model)
{
    unsigned stay = 0;

    for (unsigned i = 0; i < model->react_count; i++) {
        if (!model_is_removed(model, message_of(model, model->reacts[i].message))) {
            model->reacts[stay++] = model->reacts[i];
        }
    }
    model->react_count = stay;
}

void model_apply_retained(struct model *model, const struct bc_fact_retained *fact)
{
    for (unsigned user = 0; user < USERS; user++) {
        for (unsigned other = 0; fact->part == BC_RETAIN_ERASED_DIRECT && other < USERS; other++) {
            drop(model, &model->pairs[user][other], fact->upto, is_direct);
            count_held(&model->pairs[user][other]);
        }
        for (unsigned i = 0; fact->part == BC_RETAIN_ERASED_GROUP && i < GROUPS; i++) {
            drop(model, &model->groups[i].shown[user], fact->upto, is_of_group);
            drop(model, &model->groups[i].sent[user], fact->upto, is_of_group);
        }
        if (fact->part == BC_RETAIN_ERASED_DIRECT || fact->part == BC_RETAIN_ERASED_GROUP ||
            fact->part == BC_RETAIN_EVENTS) {
            drop(model, &model->mail[user], fact->upto,
                fact->part == BC_RETAIN_EVENTS         ? is_event
                : fact->part == BC_RETAIN_ERASED_GROUP ? is_of_group
                                                       : is_direct);
        }
    }
    bc_fact_retain(fact, &model->retained);
    forget_reacts(model);
}
