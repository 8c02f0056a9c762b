/* Mailboxes beside the store: everything is put into everybody's list when it happens. */
#include "messaging/event.h"
#include "tests/storage/model.h"

#include <stdlib.h>

/* ---- markers ---- */

bool model_think_mark(
    struct model *model, uint64_t id, unsigned user, unsigned other, struct bc_fact *fact)
{
    const struct naive_pair *pair = model_pair(model, user, other);
    unsigned group = model_draw(model, GROUPS);
    struct bc_fact_marked *marked = &fact->marked;
    bool of_group = model_draw(model, 3) == 0;
    static uint64_t shown[FACTS_MAX];
    uint32_t count =
        of_group ? model_shown(model, group, user, false, 0, UINT64_MAX, shown) : pair->ids.count;
    const uint64_t *ids = of_group ? shown : pair->ids.all;

    *fact =
        (struct bc_fact){ .id = id, .type = BC_FACT_MARKED, .marked = { .user = name_of(user) } };
    if (count == 0) {
        return false;
    }
    if (of_group) {
        marked->group = group_name(group);
        marked->markers = model_member(model, group, user)->markers;
    } else {
        marked->other = name_of(other);
        marked->markers = pair->markers;
    }
    marked->markers.read = ids[model_draw(model, count)];
    if (!of_group && user != other && model_draw(model, 2) == 0) {
        marked->markers.delivered = ids[model_draw(model, count)];
        marked->read_receipt = marked->markers.read;
        marked->delivered_receipt = model_draw(model, 2) == 0 ? marked->markers.delivered : 0;
        marked->counted = true;
        marked->unread = model_draw(model, 1000);
    }
    return true;
}

static void check_receipts(const struct model *model, const struct bc_view *view, unsigned owner)
{
    for (unsigned other = 0; other < USERS; other++) {
        const struct bc_markers *wanted = &model_pair(model, owner, other)->receipts;
        struct bc_markers is;

        if (model->users[other] != 0) {
            assert_int_equal(
                bc_view_receipts(view, model->users[owner], model->users[other], &is), BC_OK);
            assert_int_equal(is.read, wanted->read);
            assert_int_equal(is.delivered, wanted->delivered);
        }
    }
}

static void check_marks(const struct model *model, const struct bc_view *view, unsigned owner)
{
    for (unsigned i = 0; i < USERS + GROUPS; i++) {
        const struct bc_markers *wanted = i < USERS
                                              ? &model_pair(model, owner, i)->markers
                                              : &model_member(model, i - USERS, owner)->markers;
        uint32_t number = i < USERS ? model->users[i] : model->groups[i - USERS];
        struct bc_markers is;

        if (number != 0) {
            assert_int_equal(bc_view_markers(view, model->users[owner],
                                 i < USERS ? BC_PEER_USER : BC_PEER_GROUP, number, &is),
                BC_OK);
            assert_int_equal(is.read, wanted->read);
            assert_int_equal(is.delivered, wanted->delivered);
        }
    }
}

/* ---- mailboxes ---- */

static void to_members(struct model *model, struct bc_bytes name, uint64_t id, unsigned sender)
{
    for (unsigned user = 0; user < USERS; user++) {
        const struct bc_membership *is = &model_member(model, group_index(name), user)->is;
        bool blocked = model_pair(model, user, sender)->relation.blocked;

        if (is->role != BC_ROLE_NONE && is->joined <= id && !blocked) {
            naive_add(&model->mail[user], id);
        }
    }
}

static enum bc_error take_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    struct model *model = context;

    if (event->nowhere) {
        return BC_OK;
    }
    if (bc_event_is_groups(event->type)) {
        to_members(model, to, event->id, index_of(bc_event_actor(event)));
    } else {
        naive_add(&model->mail[index_of(to)], event->id);
    }
    return BC_OK;
}

static enum bc_retain part_of(const struct naive_message *row)
{
    return row == NULL       ? BC_RETAIN_EVENTS
           : row->group != 0 ? BC_RETAIN_ERASED_GROUP
                             : BC_RETAIN_ERASED_DIRECT;
}

static void drop(struct model *model, struct naive_ids *mail, const struct bc_fact_retained *fact)
{
    uint32_t stay = 0;

    for (uint32_t i = 0; i < mail->count; i++) {
        uint64_t id = mail->all[i];

        if (id >= fact->upto || part_of(naive_message(model->state, id)) != fact->part) {
            mail->all[stay++] = id;
        }
    }
    mail->count = stay;
}

void model_apply_mail(struct model *model, const struct bc_fact *fact)
{
    const struct bc_fact_sent *sent = &fact->sent;

    if (fact->type == BC_FACT_SENT && sent->message.group.len > 0) {
        to_members(model, sent->message.group, fact->id, index_of(sent->message.from));
    } else if (fact->type == BC_FACT_SENT) {
        naive_add(&model->mail[index_of(sent->message.from)], fact->id);
        if (!bc_bytes_equal(sent->message.from, sent->message.to) && sent->placement != BC_KEPT) {
            naive_add(&model->mail[index_of(sent->message.to)], fact->id);
        }
    }
    for (unsigned user = 0; fact->type == BC_FACT_RETAINED && user < USERS; user++) {
        drop(model, &model->mail[user], &fact->retained);
    }
    assert_int_equal(bc_events(fact, take_event, model), BC_OK);
}

void model_free_mail(struct model *model)
{
    for (unsigned user = 0; user < USERS; user++) {
        free(model->mail[user].all);
    }
}

/* ---- comparing ---- */

/* Read the mailbox to its end, in pages of ${limit}, from behind its entry ${from}. */
static void check_mailbox(const struct naive_ids *mail, const struct bc_view *view, uint32_t user,
    uint32_t limit, uint32_t from)
{
    struct bc_part part = {
        .reached = from == 0 ? 0 : mail->all[from - 1], .limit = limit, .more = true
    };

    while (part.more) {
        struct bc_mail page[200];
        struct bc_message message;

        part.after = part.reached;
        assert_int_equal(bc_view_mailbox(view, user, &part, page), BC_OK);
        assert_in_range(part.count, part.more ? 1 : 0, limit);
        for (uint32_t i = 0; i < part.count; i++) {
            assert_true(from < mail->count);
            assert_int_equal(page[i].id, mail->all[from++]);
            assert_int_equal(
                bc_view_message(view, page[i].id, &message), page[i].event ? BC_NOTFOUND : BC_OK);
        }
        assert_true(part.count == 0 || part.reached >= page[part.count - 1].id);
    }
    assert_int_equal(from, mail->count);
}

struct checking {
    const struct model *model;
    const struct bc_view *view;
    uint64_t ended; /* events before this have */
};

/* Is it the event of an invitation that waits still? That one doesn't end. */
static bool waits(const struct model *model, const struct bc_event *event)
{
    for (unsigned i = 0; event->type == BC_EVENT_GROUP_INVITED && i < GROUPS; i++) {
        for (unsigned user = 0; user < USERS; user++) {
            if (model_member(model, i, user)->is.invited == event->id) {
                return true;
            }
        }
    }
    return false;
}

static enum bc_error check_event(void *context, struct bc_bytes to, const struct bc_event *event)
{
    const struct checking *checking = context;
    struct bc_event is;

    bool there = !event->nowhere && (event->id >= checking->ended || waits(checking->model, event));

    (void)to;
    assert_int_equal(bc_view_event(checking->view, event->id, &is), there ? BC_OK : BC_NOTFOUND);
    if (!there) {
        return BC_OK;
    }
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
    assert_int_equal(is.upto, event->upto);
    assert_int_equal(is.markers.read, event->markers.read);
    assert_int_equal(is.markers.delivered, event->markers.delivered);
    assert_true(bc_bytes_equal(is.key, event->key));
    assert_int_equal(is.counted, event->counted);
    assert_int_equal(is.unread, event->unread);
    assert_int_equal(is.members, event->members);
    assert_int_equal(is.reason, event->reason);
    assert_int_equal(is.version, event->version);
    assert_int_equal(is.message, event->message);
    assert_true(bc_bytes_equal(is.emoji, event->emoji));
    assert_int_equal(is.settings.findable, event->settings.findable);
    return BC_OK;
}

void model_check_mail(const struct model *model, const struct bc_view *view)
{
    struct checking checking = {
        .model = model, .view = view, .ended = model->state->retained.upto[BC_RETAIN_EVENTS]
    };
    struct bc_event none;

    for (unsigned user = 0; user < USERS; user++) {
        const struct naive_ids *mail = &model->mail[user];
        uint32_t number = model->users[user];

        if (number != 0) {
            check_marks(model, view, user);
            check_receipts(model, view, user);
            model_check_conversations(model, view, user, 200, false);
            model_check_conversations(model, view, user, 3, true);
            model_check_conversations(model, view, user, 1, false);
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
