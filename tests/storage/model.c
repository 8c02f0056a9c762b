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
        model->state = naive_new();
        model->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
        model->ms = UINT64_C(1700000000000);
    }
    return model;
}

void model_free(struct model *model)
{
    if (model != NULL) {
        naive_forget(model->state);
        free(model->state);
        model_free_mail(model);
    }
    free(model);
}

const struct naive_pair *model_pair(const struct model *model, unsigned owner, unsigned other)
{
    return &model->state->pairs[model->users[owner]][model->users[other]];
}

const struct naive_member *model_member(const struct model *model, unsigned group, unsigned user)
{
    return &model->state->groups[model->groups[group]].members[model->users[user]];
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
    const struct bc_relation *own = &model_pair(model, from, to)->relation;
    const struct bc_relation *theirs = &model_pair(model, to, from)->relation;
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
        if (what < 8 && a != b && allowed(&model_pair(model, a, b)->relation, change)) {
            struct bc_fact fact = fact_relation(id, a, b, change);

            fact.relation.until_ms = change == BC_DECLINED_REQUEST ? model->ms + 200 : 0;
            fact.relation.tell_other = change == BC_CONTACT_ADDED && model_draw(model, 2) == 1;
            fact.relation.moved_after = model_draw(model, 1000);
            return fact;
        }
        if (what >= 8 && what < 16 && !model_pair(model, a, b)->relation.blocked) {
            return think_send(model, id, a, b);
        }
    }
}

/* ---- what facts make ---- */

static void look_up_numbers(struct model *model)
{
    for (unsigned i = 0; i < USERS; i++) {
        model->users[i] = naive_user(model->state, name_of(i));
    }
    for (unsigned i = 0; i < GROUPS; i++) {
        model->groups[i] = naive_group(model->state, group_name(i));
    }
}

void model_apply(struct model *model, const struct bc_fact *fact)
{
    assert_true(model->count < FACTS_MAX);
    model->facts[model->count++] = *fact;
    naive_apply(model->state, fact);
    look_up_numbers(model);
    model_apply_mail(model, fact);
}

void model_rewind(struct model *model, unsigned count)
{
    naive_forget(model->state);
    look_up_numbers(model);
    for (unsigned user = 0; user < USERS; user++) {
        model->mail[user].count = 0;
    }
    model->count = 0;
    for (unsigned i = 0; i < count; i++) {
        struct bc_fact fact = model->facts[i];

        model_apply(model, &fact);
    }
}
