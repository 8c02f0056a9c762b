/* Reports and suspensions beside the store. */
#include <string.h>

#include "messaging/id.h"
#include "tests/storage/model.h"

static const char *const notes[] = { "", "why", "\xf0\x9f\x99\x82 \"quoted\"\n" };

/* ---- thinking of facts ---- */

static bool same_target(const struct bc_report *a, const struct bc_report *b)
{
    return bc_bytes_equal(a->by, b->by) && a->message == b->message &&
           (a->message != 0 ||
               (bc_bytes_equal(a->user, b->user) && bc_bytes_equal(a->group, b->group)));
}

/* The rules let nobody report the same twice while it is open. */
static bool is_open(const struct model *model, const struct bc_report *report)
{
    for (unsigned i = 0; i < model->state->report_count; i++) {
        if (model->state->reports[i].resolution == 0 &&
            same_target(&model->state->reports[i], report)) {
            return true;
        }
    }
    return false;
}

static bool think_report(struct model *model, uint64_t id, struct bc_fact *fact)
{
    struct bc_report *report = &fact->reported.report;
    unsigned by = model_draw(model, USERS);
    unsigned user = model_draw(model, USERS);
    unsigned group = model_draw(model, GROUPS);
    unsigned target = 1 + model_draw(model, 3);

    *fact = (struct bc_fact){ .id = id, .type = BC_FACT_REPORTED };
    report->id = id;
    report->by = name_of(by);
    report->reason = (enum bc_reason)(1 + model_draw(model, BC_REASONS - 1));
    report->note = bc_bytes_text(notes[model_draw(model, 3)]);
    report->evidence_count = model_draw(model, BC_EVIDENCE_MAX + 1);
    for (uint32_t i = 0; i < report->evidence_count; i++) {
        const struct bc_fact *sent = &model->facts[model->count - model->count % 40 + i];
        bool there = model->count > 40 && sent < model->facts + model->count &&
                     sent->type == BC_FACT_SENT &&
                     !naive_is_erased(model->state, &sent->sent.message);

        report->evidence[i] = (struct bc_evidence){ .id = there ? sent->id : id - 100 + i,
            .state = (enum bc_message_state)model_draw(model, 5) };
    }
    if (target != BC_TARGET_GROUP) {
        report->user = name_of(user);
        fact->reported.blocks = user != by && !model_pair(model, by, user)->relation.blocked &&
                                model_draw(model, 2) == 1;
    }
    if (target == BC_TARGET_MESSAGE) {
        report->message = 1 + model_draw(model, 20);
    } else if (target == BC_TARGET_GROUP) {
        report->group = bc_bytes_text(group_names[group]);
    }
    return by != user && model->state->report_count < REPORTS_MAX && !is_open(model, report) &&
           (target != BC_TARGET_GROUP || model->groups[group] != 0);
}

static bool think_moderation(struct model *model, uint64_t id, struct bc_fact *fact)
{
    struct bc_moderation *moderation = &fact->moderated;
    unsigned chosen =
        model->state->report_count > 0 ? model_draw(model, model->state->report_count) : 0;
    const struct bc_report *report = &model->state->reports[chosen];

    *fact = (struct bc_fact){ .id = id, .type = BC_FACT_MODERATED };
    moderation->id = id;
    moderation->by = name_of(model_draw(model, USERS));
    moderation->note = bc_bytes_text(notes[model_draw(model, 3)]);
    if (model_draw(model, 3) > 0 && chosen < model->state->report_count &&
        report->resolution == 0) {
        moderation->report = report->id;
        moderation->reporter = report->by;
        moderation->user = report->user;
        moderation->measure =
            report->user.len > 0 ? (enum bc_measure)(1 + model_draw(model, 3)) : BC_DISMISS;
    } else {
        moderation->user = name_of(model_draw(model, USERS));
        moderation->measure = model_draw(model, 2) == 0 ? BC_SUSPEND : BC_UNSUSPEND;
    }
    moderation->until_ms = moderation->measure == BC_SUSPEND ? model->ms + 50 : 0;
    return true;
}

bool model_think_report(struct model *model, uint64_t id, struct bc_fact *fact)
{
    return model_draw(model, 2) == 0 ? think_report(model, id, fact)
                                     : think_moderation(model, id, fact);
}

/* ---- comparing ---- */

bool same_report(const struct bc_report *a, const struct bc_report *b)
{
    bool same = a->id == b->id && bc_bytes_equal(a->by, b->by) &&
                bc_bytes_equal(a->user, b->user) && bc_bytes_equal(a->group, b->group) &&
                a->message == b->message && a->reason == b->reason &&
                bc_bytes_equal(a->note, b->note) && a->evidence_count == b->evidence_count &&
                a->resolution == b->resolution;

    for (uint32_t i = 0; same && i < a->evidence_count; i++) {
        same =
            a->evidence[i].id == b->evidence[i].id && a->evidence[i].state == b->evidence[i].state;
    }
    return same;
}

bool same_moderation(const struct bc_moderation *a, const struct bc_moderation *b)
{
    return a->id == b->id && bc_bytes_equal(a->by, b->by) && a->measure == b->measure &&
           bc_bytes_equal(a->user, b->user) && a->report == b->report &&
           bc_bytes_equal(a->reporter, b->reporter) && a->until_ms == b->until_ms &&
           bc_bytes_equal(a->note, b->note);
}

/* The number of what ${report} is about, and its target. */
static enum bc_target target_of(
    const struct model *model, const struct bc_report *report, uint64_t *number)
{
    bool user = report->user.len > 0;

    if (report->message != 0) {
        *number = report->message;
        return BC_TARGET_MESSAGE;
    }
    *number =
        user ? naive_user(model->state, report->user) : naive_group(model->state, report->group);
    return user ? BC_TARGET_USER : BC_TARGET_GROUP;
}

static void check_report(
    const struct model *model, const struct bc_view *view, const struct bc_report *wanted)
{
    struct bc_report report;
    uint64_t number;
    uint64_t open;
    uint32_t by;

    assert_int_equal(bc_view_report(view, wanted->id, &report), BC_OK);
    assert_true(same_report(&report, wanted));
    if (wanted->resolution == 0) {
        enum bc_target target = target_of(model, wanted, &number);

        assert_int_equal(bc_view_user(view, wanted->by, &by), BC_OK);
        assert_int_equal(bc_view_open_report(view, by, target, number, &open), BC_OK);
        assert_int_equal(open, wanted->id);
    }
}

/* All reports of one queue, ${limit} at a time. */
static void check_queue(
    const struct model *model, const struct bc_view *view, bool resolved, uint32_t limit)
{
    uint64_t ids[REPORTS_MAX];
    uint64_t wanted[REPORTS_MAX];
    uint64_t after = 0;
    uint32_t count;

    do {
        bool wanted_more;
        uint32_t wanted_count =
            naive_reports(model->state, resolved, after, limit, wanted, &wanted_more);
        bool more;

        assert_int_equal(bc_view_reports(view, resolved, after, limit, ids, &count, &more), BC_OK);
        assert_int_equal(count, wanted_count);
        assert_int_equal(more, wanted_more);
        assert_memory_equal(ids, wanted, count * sizeof(ids[0]));
        after = count > 0 ? ids[count - 1] : after;
    } while (count > 0);
}

static void check_moderations(const struct model *model, const struct bc_view *view)
{
    struct bc_moderation moderation;

    for (unsigned i = 0; i < model->count; i++) {
        if (model->facts[i].type == BC_FACT_MODERATED) {
            assert_int_equal(bc_view_moderation(view, model->facts[i].id, &moderation), BC_OK);
            assert_true(same_moderation(&moderation, &model->facts[i].moderated));
        }
    }
}

void model_check_reports(const struct model *model, const struct bc_view *view)
{
    for (unsigned user = 0; user < USERS; user++) {
        uint64_t until_ms;

        assert_int_equal(bc_view_suspension(view, model->users[user], &until_ms), BC_OK);
        assert_int_equal(until_ms, model->state->users[model->users[user]].suspended_until);
    }
    for (unsigned i = 0; i < model->state->report_count; i++) {
        check_report(model, view, &model->state->reports[i]);
    }
    for (uint32_t limit = 1; limit <= REPORTS_MAX; limit *= 7) {
        check_queue(model, view, false, limit);
        check_queue(model, view, true, limit);
    }
    check_moderations(model, view);
}
