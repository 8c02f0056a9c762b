/* The naive model's mailboxes: everything is put into everybody's list when it happens. */
#include "messaging/event.h"
#include "tests/storage/support.h"

#include <stdlib.h>

static unsigned index_of(struct bc_bytes name)
{
    unsigned user = 0;

    while (user < USERS && !bc_bytes_equal(name_of(user), name)) {
        user++;
    }
    assert_true(user < USERS);
    return user;
}

static const struct circle *circle_of(const struct model *model, struct bc_bytes name)
{
    unsigned circle = 0;

    while (!bc_bytes_equal(bc_bytes_text(circle_names[circle]), name)) {
        circle++;
    }
    return &model->circles[circle];
}

static void to_members(struct model *model, struct bc_bytes group, uint64_t id, unsigned sender)
{
    const struct circle *circle = circle_of(model, group);

    for (unsigned user = 0; user < USERS; user++) {
        const struct bc_membership *is = &circle->members[user];
        bool blocked = sender < USERS && model->pairs[user][sender].relation.blocked;

        if (is->role != BC_ROLE_NONE && is->joined <= id && !blocked) {
            model_add_id(&model->mail[user], id);
        }
    }
}

static enum bc_error take_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    struct model *model = context;

    if (bc_event_is_groups(event->type)) {
        to_members(model, to, event->id, USERS);
    } else {
        model_add_id(&model->mail[index_of(to)], event->id);
    }
    return BC_OK;
}

void model_apply_mail(struct model *model, const struct bc_fact *fact)
{
    const struct bc_fact_sent *sent = &fact->sent;

    if (fact->type == BC_FACT_SENT && sent->message.group.len > 0) {
        to_members(model, sent->message.group, fact->id, index_of(sent->message.from));
    } else if (fact->type == BC_FACT_SENT) {
        model_add_id(&model->mail[index_of(sent->message.from)], fact->id);
        if (!bc_bytes_equal(sent->message.from, sent->message.to) && sent->placement != BC_KEPT) {
            model_add_id(&model->mail[index_of(sent->message.to)], fact->id);
        }
    }
    assert_int_equal(bc_events(fact, take_event, model), BC_OK);
}

void model_forget_mail(struct model *model)
{
    for (unsigned user = 0; user < USERS; user++) {
        struct pair *mail = &model->mail[user];

        *mail = (struct pair){ .ids = mail->ids, .size = mail->size };
    }
}

void model_free_mail(struct model *model)
{
    for (unsigned user = 0; user < USERS; user++) {
        free(model->mail[user].ids);
    }
}

/* ---- comparing ---- */

/* Read the mailbox to its end, in pages of ${limit}, from behind its entry ${from}. */
static void check_mailbox(const struct pair *mail, const struct bc_view *view, uint32_t user,
    uint32_t limit, uint32_t from)
{
    uint64_t after = from == 0 ? 0 : mail->ids[from - 1];
    bool more = true;

    while (more) {
        struct bc_mail page[200];
        struct bc_message message;
        uint32_t count;

        assert_int_equal(
            bc_view_mailbox(view, user, after, limit, page, &count, &more, &after), BC_OK);
        assert_in_range(count, more ? 1 : 0, limit);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(from < mail->count);
            assert_int_equal(page[i].id, mail->ids[from++]);
            assert_int_equal(
                bc_view_message(view, page[i].id, &message), page[i].event ? BC_NOTFOUND : BC_OK);
        }
        assert_true(count == 0 || after >= page[count - 1].id);
    }
    assert_int_equal(from, mail->count);
}

struct checking {
    const struct bc_view *view;
};

static enum bc_error check_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    const struct checking *checking = context;
    struct bc_event is;

    (void)to;
    assert_int_equal(bc_view_event(checking->view, event->id, &is), BC_OK);
    assert_int_equal(is.type, event->type);
    assert_int_equal(is.id, event->id);
    assert_true(bc_bytes_equal(is.user, event->user));
    assert_true(bc_bytes_equal(is.by, event->by));
    assert_true(bc_bytes_equal(is.group, event->group));
    assert_true(bc_bytes_equal(is.title, event->title));
    assert_int_equal(is.role, event->role);
    assert_int_equal(is.contact, event->contact);
    assert_int_equal(is.settings.contacts_only, event->settings.contacts_only);
    assert_int_equal(is.settings.receipts_off, event->settings.receipts_off);
    assert_int_equal(is.settings.group_invites, event->settings.group_invites);
    return BC_OK;
}

void model_check_mail(const struct model *model, const struct bc_view *view)
{
    struct checking checking = { .view = view };
    struct bc_event none;

    for (unsigned user = 0; user < USERS; user++) {
        const struct pair *mail = &model->mail[user];
        uint32_t number = model->order[user];

        if (number != 0) {
            check_mailbox(mail, view, number, 200, 0);
            check_mailbox(mail, view, number, 7, mail->count / 2);
            check_mailbox(mail, view, number, 1, mail->count - mail->count % 20);
        }
    }
    for (unsigned i = 0; i < model->count; i++) {
        assert_int_equal(bc_events(&model->facts[i], check_event, &checking), BC_OK);
        assert_int_equal(bc_view_event(view, model->facts[i].id + 3, &none), BC_NOTFOUND);
    }
}
