/* Every answer of a view, compared with what the model says. */
#include "messaging/id.h"
#include "tests/storage/model.h"

static void check_user(const struct model *model, const struct bc_view *view, unsigned user)
{
    const struct bc_settings *wanted = &model->state->users[model->users[user]].settings;
    struct bc_settings settings;
    uint32_t number;

    assert_int_equal(bc_view_user(view, name_of(user), &number), BC_OK);
    assert_int_equal(number, model->users[user]);
    assert_int_equal(bc_view_settings(view, number, &settings), BC_OK);
    assert_int_equal(settings.contacts_only, wanted->contacts_only);
    assert_int_equal(settings.receipts_off, wanted->receipts_off);
    assert_int_equal(settings.group_invites, wanted->group_invites);
    assert_int_equal(settings.findable, wanted->findable);
    model_check_own(model, view, user);
    model_check_tokens(model, view, user);
    model_check_pushes(model, view, user);
}

static void check_relation(const struct bc_relation *is, const struct bc_relation *wanted)
{
    assert_int_equal(is->stance, wanted->stance);
    assert_int_equal(is->blocked, wanted->blocked);
    assert_int_equal(is->open, wanted->open);
    assert_int_equal(is->declined_until, wanted->declined_until);
    assert_int_equal(is->inbox_upto, wanted->inbox_upto);
    assert_int_equal(is->declined_upto, wanted->declined_upto);
    assert_int_equal(is->held_first, wanted->held_first);
    assert_int_equal(is->held, wanted->held);
    assert_int_equal(is->invitations, wanted->invitations);
    assert_int_equal(is->put_in, wanted->put_in);
    assert_int_equal(is->profile, wanted->profile);
}

static void check_range(const struct bc_view *view, uint32_t owner, uint32_t other,
    const struct naive_ids *conversation, struct bc_range range)
{
    uint64_t wanted[64];
    bool wanted_more;
    uint32_t wanted_count = naive_range(conversation, range, wanted, &wanted_more);
    uint64_t ids[64];
    uint32_t count;
    bool more;

    assert_int_equal(bc_view_conversation(view, owner, other, range, ids, &count, &more), BC_OK);
    assert_int_equal(count, wanted_count);
    assert_int_equal(more, wanted_more);
    assert_memory_equal(ids, wanted, count * sizeof(ids[0]));
}

/*
 * The counts from, what is before, and the stretches around, the first, the last and a middle
 * message, and ${newest}, that of the last fact, which may have been a message that is in no
 * conversation but the sender's.
 */
static void check_conversation(const struct bc_view *view, uint32_t owner, uint32_t other,
    const struct naive_ids *ids, uint64_t newest)
{
    uint64_t middle = ids->count == 0 ? 5 : ids->all[ids->count / 2];
    uint64_t last = ids->count == 0 ? 6 : ids->all[ids->count - 1];
    uint64_t points[] = { 0, middle, middle + 1, last, last + 1, newest };
    uint32_t count;
    uint64_t previous;
    bool shown;

    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        assert_int_equal(bc_view_count(view, owner, other, points[i], &count), BC_OK);
        assert_int_equal(count, naive_count(ids, points[i]));
        assert_int_equal(bc_view_previous(view, owner, other, points[i], &previous), BC_OK);
        assert_int_equal(previous, naive_previous(ids, points[i]));
        for (unsigned newer = 0; newer < 2; newer++) {
            check_range(view, owner, other, ids,
                (struct bc_range){ points[i], UINT64_MAX, 1 + (uint32_t)i, newer == 1 });
            check_range(view, owner, other, ids,
                (struct bc_range){ 0, points[i], 3 + 60 * newer, newer == 1 });
        }
    }
    assert_int_equal(bc_view_shows(view, owner, other, last, &shown), BC_OK);
    assert_int_equal(shown, ids->count > 0);
    assert_int_equal(bc_view_shows(view, owner, other, last + 1, &shown), BC_OK);
    assert_false(shown);
    assert_int_equal(bc_view_shows(view, owner, other, newest, &shown), BC_OK);
    assert_int_equal(shown, ids->count > 0 && newest == last);
}

static bool is_listed(const struct naive_pair *pair, enum bc_list list)
{
    return list == BC_LIST_BLOCKED ? pair->relation.blocked
                                   : pair->relation.stance == BC_CONTACT && !pair->relation.blocked;
}

/* The whole list in pages of ${limit}. */
static void check_list(const struct model *model, const struct bc_view *view, unsigned owner,
    enum bc_list list, uint32_t limit)
{
    struct bc_bytes page[USERS];
    struct bc_name_part part = { .limit = limit };
    unsigned next = 0;

    do {
        assert_int_equal(bc_view_list(view, model->users[owner], list, &part, page), BC_OK);
        assert_true(part.count <= limit);
        assert_true(!part.more || part.count == limit);
        for (uint32_t i = 0; i < part.count; i++) {
            while (next < USERS && !is_listed(model_pair(model, owner, next), list)) {
                next++;
            }
            assert_true(next < USERS);
            assert_true(bc_bytes_equal(page[i], name_of(next)));
            next++;
        }
        part.after = part.count > 0 ? page[part.count - 1] : part.after;
    } while (part.more);
    while (next < USERS) {
        assert_false(is_listed(model_pair(model, owner, next++), list));
    }
}

/* Of those whose requests ${owner} has after ${after}, who was held first; USERS for nobody. */
static unsigned next_request(const struct model *model, unsigned owner, uint64_t after)
{
    unsigned best = USERS;

    for (unsigned other = 0; other < USERS; other++) {
        const struct bc_relation *relation = &model_pair(model, owner, other)->relation;

        if (relation->held > 0 && !relation->blocked && relation->held_first > after &&
            (best == USERS ||
                relation->held_first < model_pair(model, owner, best)->relation.held_first)) {
            best = other;
        }
    }
    return best;
}

/* ${row} is the next after ${after}: of a user or a group. Returns where it stands. */
static uint64_t check_request(
    const struct model *model, unsigned owner, uint64_t after, const struct bc_request_row *row)
{
    unsigned group = 0;
    uint64_t invited = model_next_invitation(model, owner, after, &group);
    unsigned other = next_request(model, owner, after);
    uint64_t first = other < USERS ? model_pair(model, owner, other)->relation.held_first : 0;

    if (invited != 0 && (first == 0 || invited < first)) {
        assert_int_equal(row->user.len, 0);
        assert_true(bc_bytes_equal(row->group, bc_bytes_text(group_names[group])));
        assert_int_equal(row->first, invited);
        return invited;
    }
    assert_true(other < USERS);
    assert_int_equal(row->group.len, 0);
    assert_true(bc_bytes_equal(row->user, name_of(other)));
    assert_int_equal(row->first, first);
    assert_int_equal(row->last, model_pair(model, owner, other)->held_last);
    assert_int_equal(row->held, model_pair(model, owner, other)->relation.held);
    return first;
}

static void check_requests(
    const struct model *model, const struct bc_view *view, unsigned owner, uint32_t limit)
{
    struct bc_request_row rows[USERS];
    uint64_t after = 0;
    unsigned group;
    struct bc_part part;

    do {
        part = (struct bc_part){ .after = after, .limit = limit };
        assert_int_equal(bc_view_requests(view, model->users[owner], &part, rows), BC_OK);
        for (uint32_t i = 0; i < part.count; i++) {
            after = check_request(model, owner, after, &rows[i]);
        }
        assert_true(!part.more || part.count == limit);
    } while (part.more);
    assert_int_equal(next_request(model, owner, after), USERS);
    assert_int_equal(model_next_invitation(model, owner, after, &group), 0);
}

static void check_pending(
    const struct model *model, const struct bc_view *view, unsigned from, uint64_t first)
{
    uint32_t wanted = naive_pending(model->state, model->users[from], first, UINT32_MAX);
    uint32_t count;

    for (uint32_t enough = 0; enough <= wanted + 1; enough++) {
        assert_int_equal(bc_view_pending(view, model->users[from], first, enough, &count), BC_OK);
        assert_int_equal(count, enough < wanted ? enough : wanted);
    }
}

static void check_message(
    const struct model *model, const struct bc_view *view, const struct bc_message *wanted)
{
    bool erased = naive_is_erased(model->state, wanted);
    bool removed = naive_is_removed(model->state, wanted);
    uint32_t reports = 0;
    uint32_t from = model->users[index_of(wanted->from)];
    struct bc_message is;
    uint64_t id;

    assert_int_equal(bc_view_evidence(view, wanted->id, &reports), BC_OK);
    assert_int_equal(reports, naive_evidence(model->state, wanted->id));
    assert_int_equal(
        bc_view_message(view, wanted->id, &is), removed && reports == 0 ? BC_NOTFOUND : BC_OK);
    if (removed && reports == 0) {
        return;
    }
    assert_int_equal(is.id, wanted->id);
    assert_int_equal(is.kind, erased ? BC_ERASED : wanted->kind);
    assert_int_equal(is.reply_to, wanted->reply_to);
    assert_int_equal(is.origin, wanted->origin);
    assert_true(bc_bytes_equal(is.from, wanted->from));
    assert_true(bc_bytes_equal(is.to, wanted->to));
    assert_true(bc_bytes_equal(is.group, wanted->group));
    if (wanted->group.len > 0) {
        model_check_group_message(model, view, wanted);
    }
    assert_true(bc_bytes_equal(is.payload, erased ? bc_bytes(NULL, 0) : wanted->payload));
    assert_true(bc_bytes_equal(is.content_type, erased ? bc_bytes(NULL, 0) : wanted->content_type));
    assert_true(bc_bytes_equal(is.msgid, wanted->msgid));
    assert_int_equal(bc_view_msgid(view, from, wanted->msgid, &id), BC_OK);
    assert_int_equal(
        id, wanted->msgid.len > 0 ? naive_msgid(model->state, from, wanted->msgid) : 0);
}

static void check_pairs(const struct model *model, const struct bc_view *view, unsigned owner)
{
    uint64_t newest = model->count > 0 ? model->facts[model->count - 1].id : 0;

    for (unsigned other = 0; other < USERS; other++) {
        const struct naive_pair *pair = model_pair(model, owner, other);
        struct bc_relation relation;

        if (model->users[other] != 0) {
            assert_int_equal(
                bc_view_relation(view, model->users[owner], model->users[other], &relation), BC_OK);
            check_relation(&relation, &pair->relation);
            check_conversation(view, model->users[owner], model->users[other], &pair->ids, newest);
        }
    }
}

void model_check(const struct model *model, const struct bc_view *view)
{
    model_check_profiles(model, view);
    model_check_reacts(model, view);
    struct bc_message message;

    for (unsigned user = 0; user < USERS; user++) {
        check_user(model, view, user);
        if (model->users[user] == 0) {
            continue;
        }
        check_pairs(model, view, user);
        for (uint32_t limit = 1; limit <= USERS; limit += 3) {
            check_list(model, view, user, BC_LIST_CONTACTS, limit);
            check_list(model, view, user, BC_LIST_BLOCKED, limit);
            check_requests(model, view, user, limit);
        }
        check_pending(model, view, user, 0);
        check_pending(model, view, user, bc_id_at(model->ms - 300));
    }
    model_check_groups(model, view);
    model_check_mail(model, view);
    model_check_reports(model, view);
    for (unsigned i = 0; i < model->count; i++) {
        if (model->facts[i].type == BC_FACT_SENT) {
            check_message(model, view, &model->facts[i].sent.message);
        } else {
            assert_int_equal(bc_view_message(view, model->facts[i].id, &message), BC_NOTFOUND);
        }
    }
}
