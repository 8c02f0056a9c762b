#include "tests/storage/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messaging/id.h"

/* ---- thinking of facts ---- */

struct model *model_new(uint64_t seed)
{
    struct model *model = calloc(1, sizeof(*model));

    if (model != NULL) {
        model->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        model->ms = UINT64_C(1700000000000);
    }
    return model;
}

void model_free(struct model *model)
{
    for (unsigned owner = 0; model != NULL && owner < USERS; owner++) {
        for (unsigned other = 0; other < USERS; other++) {
            free(model->pairs[owner][other].ids);
        }
    }
    if (model != NULL) {
        model_free_groups(model);
        model_free_mail(model);
    }
    free(model);
}

unsigned model_draw(struct model *model, unsigned below)
{
    model->random ^= model->random << 13;
    model->random ^= model->random >> 7;
    model->random ^= model->random << 17;
    return (unsigned)(model->random >> 20) % below;
}

static struct bc_fact think_send(struct model *model, uint64_t id, unsigned from, unsigned to)
{
    static const size_t lengths[] = { 1, 7, 20, 60, 200, 2500 };
    const struct bc_relation *own = &model->pairs[from][to].relation;
    const struct bc_relation *theirs = &model->pairs[to][from].relation;
    bool stranger = theirs->stance == BC_STRANGER ||
                    (theirs->stance == BC_DECLINED && theirs->declined_until <= bc_id_time(id));
    enum bc_placement placement = BC_KEPT;
    struct bc_fact fact;
    size_t length;

    if (from != to && !theirs->blocked) {
        placement = theirs->stance == BC_CONTACT           ? BC_INBOX
                    : stranger && model_draw(model, 5) > 0 ? BC_HELD
                                                           : BC_KEPT;
    }
    fact = fact_sent(id, from, to, placement, from != to && own->stance != BC_CONTACT);
    length = lengths[model_draw(model, 6)];
    fact.sent.message.payload = payload_of(model_draw(model, 4096), length);
    fact.sent.moved_after = fact.sent.approves ? model_draw(model, 1000) : 0;
    fact.sent.message.kind = (enum bc_kind)(BC_TEXT + model_draw(model, 5));
    if (model_draw(model, 3) == 0) { /* some are used again: the last message counts */
        snprintf(
            model->msgids[model->count], sizeof(model->msgids[0]), "m%u", model_draw(model, 50));
        fact.sent.message.msgid = bc_bytes_text(model->msgids[model->count]);
        fact.sent.message.content_type = bc_bytes_text("text/plain");
        fact.sent.message.reply_to = id - 1;
        fact.sent.message.origin = id - 2;
    }
    return fact;
}

/* Could the rules decide on ${change}? */
static bool allowed(const struct bc_relation *relation, enum bc_change change)
{
    switch (change) {
    case BC_CONTACT_ADDED:
        return !relation->blocked && relation->stance != BC_CONTACT;
    case BC_CONTACT_REMOVED:
        return !relation->blocked && relation->stance == BC_CONTACT;
    case BC_DECLINED_REQUEST:
        return !relation->blocked && relation->held > 0;
    case BC_BLOCKED_USER:
        return !relation->blocked;
    case BC_UNBLOCKED_USER:
        return relation->blocked;
    case BC_MESSAGE_HELD:
    case BC_STANDING_OPENED:
    case BC_INVITATION_WAITS:
    case BC_INVITATION_APPROVED:
    case BC_INVITATION_JOINS:
    case BC_INVITED_BACK:
        break;
    }
    return false;
}

struct bc_fact model_think(struct model *model)
{
    uint64_t id;

    model->ms += 1 + model_draw(model, 20);
    id = bc_id_at(model->ms) + model_draw(model, 1000);
    for (;;) {
        unsigned a = model_draw(model, USERS);
        unsigned b = model_draw(model, USERS);
        unsigned what = model_draw(model, 30);
        enum bc_change change = (enum bc_change)model_draw(model, 5);
        struct bc_fact other;

        if (what == 29 && model_think_push(model, id, &other)) {
            return other;
        }
        if (what == 28 && model_think_token(model, id, &other)) {
            return other;
        }
        if (what >= 26 && model_think_react(model, id, &other)) {
            return other;
        }
        if (what == 25 && model_think_profile(model, id, &other)) {
            return other;
        }
        if (what == 24 && model_think_own(model, id, &other)) {
            return other;
        }
        if (what >= 22 && what < 24 && model_think_report(model, id, &other)) {
            return other;
        }
        if (what >= 16 && model_think_group(model, id, &other)) {
            return other;
        }

        if (what == 1 && model_think_mark(model, id, a, b, &other)) {
            return other;
        }
        if (what == 0) {
            struct bc_settings settings = { .contacts_only = model_draw(model, 2) == 1 };

            settings.receipts_off = model_draw(model, 2) == 1;
            settings.group_invites = (enum bc_group_invites)model_draw(model, 3);
            settings.findable = model_draw(model, 2) == 1;
            return fact_settings(id, a, settings);
        }
        if (what < 8 && a != b && allowed(&model->pairs[a][b].relation, change)) {
            struct bc_fact fact = fact_relation(id, a, b, change);

            fact.relation.until_ms = change == BC_DECLINED_REQUEST ? model->ms + 200 : 0;
            fact.relation.tell_other = change == BC_CONTACT_ADDED && model_draw(model, 2) == 1;
            fact.relation.moved_after = model_draw(model, 1000);
            return fact;
        }
        if (what >= 8 && what < 16 && !model->pairs[a][b].relation.blocked) {
            return think_send(model, id, a, b);
        }
    }
}

/* ---- what facts make ---- */

unsigned model_meet(struct model *model, struct bc_bytes name)
{
    unsigned user = index_of(name);

    if (model->order[user] == 0) {
        model->order[user] = ++model->known;
    }
    return user;
}

void model_add_id(struct pair *pair, uint64_t id)
{
    if (pair->count == pair->size) {
        pair->size = pair->size == 0 ? 16 : 2 * pair->size;
        pair->ids = realloc(pair->ids, pair->size * sizeof(pair->ids[0]));
        assert_non_null(pair->ids);
    }
    pair->ids[pair->count++] = id;
}

static void change(struct model *model, unsigned user, unsigned other, enum bc_change how,
    uint64_t id, uint64_t until_ms)
{
    struct bc_relation *relation = &model->pairs[user][other].relation;

    if (how == BC_CONTACT_ADDED) {
        relation->stance = BC_CONTACT;
        relation->declined_until = 0;
        relation->invitations = 0;
        relation->put_in = 0;
        model->pairs[other][user].relation.open = true;
    } else if (how == BC_CONTACT_REMOVED) {
        relation->stance = BC_STRANGER;
        relation->inbox_upto = id;
    } else if (how == BC_DECLINED_REQUEST) {
        relation->stance = BC_DECLINED;
        relation->declined_until = until_ms;
        relation->declined_upto = id;
    } else {
        relation->blocked = how == BC_BLOCKED_USER;
        relation->profile = relation->blocked ? model->present[user] : 0;
        relation->unblocked = how == BC_UNBLOCKED_USER ? id : relation->unblocked;
    }
    if (how == BC_CONTACT_ADDED || how == BC_DECLINED_REQUEST) {
        relation->held = 0;
        relation->held_first = 0;
    }
}

static void apply_send(struct model *model, const struct bc_fact_sent *sent)
{
    uint64_t id = sent->message.id;
    unsigned from = model_meet(model, sent->message.from);
    unsigned to = model_meet(model, sent->message.to);
    struct pair *theirs = &model->pairs[to][from];

    model_add_id(&model->pairs[from][to], id);
    if (from == to) {
        return;
    }
    if (sent->approves) {
        change(model, from, to, BC_CONTACT_ADDED, id, 0);
    }
    if (sent->placement != BC_KEPT) {
        model_add_id(theirs, id);
    }
    if (sent->placement == BC_HELD) {
        theirs->relation.held_first = theirs->relation.held == 0 ? id : theirs->relation.held_first;
        theirs->relation.held++;
        theirs->held_last = id;
    }
}

void model_apply(struct model *model, const struct bc_fact *fact)
{
    unsigned user;

    assert_true(model->count < FACTS_MAX);
    model->facts[model->count++] = *fact;
    switch (fact->type) {
    case BC_FACT_SENT:
        if (fact->sent.message.group.len > 0) {
            model_apply_group_message(model, &fact->sent.message);
        } else {
            apply_send(model, &fact->sent);
        }
        break;
    case BC_FACT_RELATION:
        user = model_meet(model, fact->relation.user);
        change(model, user, model_meet(model, fact->relation.other), fact->relation.change,
            fact->id, fact->relation.until_ms);
        break;
    case BC_FACT_SETTINGS:
        model->settings[model_meet(model, fact->settings.user)] = fact->settings.settings;
        break;
    case BC_FACT_GROUP:
        model_apply_group(model, fact->id, &fact->group);
        break;
    case BC_FACT_MARKED:
        model_apply_mark(model, &fact->marked);
        break;
    case BC_FACT_REPORTED:
        model_apply_reported(model, &fact->reported);
        if (fact->reported.blocks) {
            change(model, model_meet(model, fact->reported.report.by),
                model_meet(model, fact->reported.report.user), BC_BLOCKED_USER, fact->id, 0);
        }
        break;
    case BC_FACT_MODERATED:
        model_apply_moderated(model, &fact->moderated);
        break;
    case BC_FACT_STORED:
        model_apply_own(model, &fact->stored);
        break;
    case BC_FACT_PROFILE:
        model_apply_profile(model, fact->id, &fact->profile);
        break;
    case BC_FACT_REACTED:
        model_apply_reacted(model, fact->id, &fact->reacted);
        break;
    case BC_FACT_TOKEN:
        model_apply_token(model, fact->id, &fact->token);
        break;
    case BC_FACT_PUSH:
        model_apply_push(model, fact->id, &fact->push);
        break;
    case BC_FACT_RETAINED:
        model_apply_retained(model, &fact->retained);
        break;
    case BC_FACT_ERASED: /* none of either is thought of */
    case BC_FACT_INVITE:
        break;
    }
    model_apply_mail(model, fact);
}

void model_rewind(struct model *model, unsigned count)
{
    for (unsigned owner = 0; owner < USERS; owner++) {
        for (unsigned other = 0; other < USERS; other++) {
            struct pair *pair = &model->pairs[owner][other];

            *pair = (struct pair){ .ids = pair->ids, .size = pair->size };
        }
        model->retained = (struct bc_retained){ .pass = 0 };
        model->order[owner] = 0;
        model->settings[owner] = (struct bc_settings){ 0 };
    }
    model_forget_groups(model);
    model_forget_mail(model);
    model_forget_reports(model);
    model_forget_own(model);
    model_forget_profiles(model);
    model_forget_reacts(model);
    model_forget_tokens(model);
    model_forget_pushes(model);
    model->known = 0;
    model->count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct bc_fact fact = model->facts[i];

        model_apply(model, &fact);
    }
}
