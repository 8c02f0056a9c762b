#include "fake_view_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

struct room {
    struct bc_view view;
    struct failure failure;
};

struct bc_view *fake_view_new(void)
{
    struct room *room = calloc(1, sizeof(*room));
    assert_non_null(room);
    room->view.failure = &room->failure;
    return &room->view;
}

uint32_t fake_view_find_user(const struct bc_view *view, struct bc_bytes name)
{
    for (uint32_t i = 0; i < view->user_count; i++) {
        if (bc_bytes_equal(view->users[i].name, name)) {
            return i + 1;
        }
    }
    return 0;
}

uint32_t fake_view_intern(struct bc_view *view, struct bc_bytes name)
{
    uint32_t user = fake_view_find_user(view, name);
    if (user == 0) {
        assert_true(view->user_count < USERS);
        view->users[view->user_count++].name = name;
        user = view->user_count;
    }
    return user;
}

static struct bc_relation *find_relation(const struct bc_view *view, uint32_t owner, uint32_t other)
{
    for (size_t i = 0; i < view->relation_count; i++) {
        const struct relation *row = &view->relations[i];
        if (row->owner == owner && row->other == other) {
            return (struct bc_relation *)&row->relation;
        }
    }
    return NULL;
}

static struct bc_relation *relation_of(struct bc_view *view, uint32_t owner, uint32_t other)
{
    struct bc_relation *found = find_relation(view, owner, other);
    if (found == NULL) {
        assert_true(view->relation_count < RELATIONS);
        struct relation *row = &view->relations[view->relation_count++];
        row->owner = owner;
        row->other = other;
        found = &row->relation;
    }
    return found;
}

uint32_t fake_view_find_group(const struct bc_view *view, struct bc_bytes name)
{
    for (uint32_t i = 0; i < view->group_count; i++) {
        if (bc_bytes_equal(view->groups[i].name, name)) {
            return i + 1;
        }
    }
    return 0;
}

static uint32_t group_of(struct bc_view *view, struct bc_bytes name)
{
    uint32_t group = fake_view_find_group(view, name);
    if (group == 0) {
        assert_true(view->group_count < GROUPS);
        group = ++view->group_count;
        view->groups[group - 1] = (struct bc_group){ .number = group, .name = name };
    }
    return group;
}

struct bc_membership *fake_view_find_membership(
    const struct bc_view *view, uint32_t group, uint32_t user)
{
    for (size_t i = 0; i < view->membership_count; i++) {
        const struct membership *row = &view->memberships[i];
        if (row->group == group && row->user == user) {
            return (struct bc_membership *)&row->membership;
        }
    }
    return NULL;
}

static struct bc_membership *membership_of(struct bc_view *view, uint32_t group, uint32_t user)
{
    struct bc_membership *found = fake_view_find_membership(view, group, user);
    if (found == NULL) {
        assert_true(view->membership_count < MEMBERS);
        struct membership *row = &view->memberships[view->membership_count++];
        row->group = group;
        row->user = user;
        found = &row->membership;
    }
    return found;
}

/* ---- filling ---- */

uint32_t fake_view_user(struct bc_view *view, const char *name)
{
    return fake_view_intern(view, bc_bytes_text(name));
}

struct bc_settings *fake_view_settings(struct bc_view *view, const char *name)
{
    return &view->users[fake_view_user(view, name) - 1].settings;
}

struct bc_relation *fake_view_relation(struct bc_view *view, const char *owner, const char *other)
{
    uint32_t number = fake_view_user(view, owner);
    return relation_of(view, number, fake_view_user(view, other));
}

void fake_view_sent(
    struct bc_view *view, const struct bc_message *message, enum bc_placement placement)
{
    assert_true(view->message_count < MESSAGES);
    struct message *row = &view->messages[view->message_count++];
    row->message = *message;
    row->from = fake_view_intern(view, message->from);
    row->to = message->group.len == 0 ? fake_view_intern(view, message->to) : 0;
    row->kept = placement == BC_KEPT;
}

uint32_t fake_view_group(struct bc_view *view, const char *name)
{
    return group_of(view, bc_bytes_text(name));
}

struct bc_membership *fake_view_membership(
    struct bc_view *view, const char *group, const char *user)
{
    uint32_t number = fake_view_group(view, group);
    return membership_of(view, number, fake_view_user(view, user));
}

static void add_contact(struct bc_view *view, uint32_t user, uint32_t other, uint64_t id)
{
    bc_approval_change(relation_of(view, user, other), BC_CONTACT_ADDED, id, 0);
    bc_approval_change(relation_of(view, other, user), BC_STANDING_OPENED, id, 0);
}

static void apply_sent(struct bc_view *view, const struct bc_fact_sent *sent)
{
    const struct bc_message *message = &sent->message;
    fake_view_sent(view, message, sent->placement);
    if (message->group.len > 0) {
        return;
    }
    uint32_t from = fake_view_find_user(view, message->from);
    uint32_t to = fake_view_find_user(view, message->to);
    if (from != to && sent->approves) {
        add_contact(view, from, to, message->id);
    }
    if (from != to && sent->placement == BC_HELD) {
        bc_approval_change(relation_of(view, to, from), BC_MESSAGE_HELD, message->id, 0);
    }
}

static void change_membership(struct bc_view *view, uint32_t group, struct bc_bytes user,
    enum bc_membership_change change, struct bc_membership_details details)
{
    bc_group_change(membership_of(view, group, fake_view_intern(view, user)), change, &details);
}

static void change_towards(
    struct bc_view *view, struct bc_bytes user, struct bc_bytes inviter, enum bc_change change)
{
    uint32_t number = fake_view_intern(view, user);
    bc_approval_change(relation_of(view, number, fake_view_intern(view, inviter)), change, 0, 0);
}

static void apply_invitations(
    struct bc_view *view, uint32_t group, uint64_t id, const struct bc_fact_group *fact)
{
    for (uint32_t i = 0; i < fact->invitation_count; i++) {
        struct bc_membership_details details = { .id = bc_fact_invitation_id(id, i),
            .by = fake_view_intern(view, fact->by),
            .role = BC_ROLE_MEMBER,
            .put_in = fact->invitations[i].reach == BC_REACH_JOINS };
        if (fact->invitations[i].reach != BC_REACH_NOTHING) {
            change_membership(view, group, fact->invitations[i].user,
                fact->invitations[i].reach == BC_REACH_JOINS ? BC_MEMBER_JOINED : BC_MEMBER_INVITED,
                details);
        }
        if (fact->invitations[i].reach == BC_REACH_WAITS) {
            change_towards(view, fact->invitations[i].user, fact->by, BC_INVITATION_WAITS);
        }
        if (fact->invitations[i].reach == BC_REACH_JOINS) {
            change_towards(view, fact->invitations[i].user, fact->by, BC_INVITATION_JOINS);
        }
    }
}

static void apply_group(struct bc_view *view, uint64_t id, const struct bc_fact_group *fact)
{
    uint32_t group = group_of(view, fact->group);
    struct bc_membership_details owner = { .id = id, .role = BC_ROLE_OWNER };
    struct bc_membership_details admin = { .id = id, .role = BC_ROLE_ADMIN };
    struct bc_membership_details member = { .id = id, .role = BC_ROLE_MEMBER };
    struct bc_membership_details details = {
        .id = id, .role = fact->role, .until_ms = fact->until_ms
    };
    switch (fact->change) {
    case BC_GROUP_CREATED:
        view->groups[group - 1].title = fact->title;
        change_membership(view, group, fact->by, BC_MEMBER_JOINED, owner);
        for (uint32_t i = 0; i < fact->invitation_count; i++) {
            change_towards(view, fact->by, fact->invitations[i].user, BC_INVITED_BACK);
        }
        apply_invitations(view, group, id, fact);
        break;
    case BC_GROUP_INVITED:
        apply_invitations(view, group, id, fact);
        break;
    case BC_GROUP_JOINED:
        change_membership(view, group, fact->user, BC_MEMBER_JOINED, member);
        change_towards(view, fact->user, fact->by, BC_INVITATION_APPROVED);
        break;
    case BC_GROUP_LEFT:
        change_membership(view, group, fact->user, BC_MEMBER_LEFT, details);
        if (fact->successor.len > 0) {
            change_membership(view, group, fact->successor, BC_MEMBER_ROLE, owner);
        }
        break;
    case BC_GROUP_DECLINED:
        change_membership(view, group, fact->user, BC_MEMBER_DECLINED, details);
        break;
    case BC_GROUP_ROLE_SET:
        if (fact->role == BC_ROLE_OWNER) {
            change_membership(view, group, fact->by, BC_MEMBER_ROLE, admin);
        }
        change_membership(view, group, fact->user, BC_MEMBER_ROLE, details);
        break;
    case BC_GROUP_RENAMED:
        view->groups[group - 1].title = fact->title;
        break;
    }
}

static struct bc_markers *markers_of(
    const struct bc_view *view, uint32_t owner, enum bc_peer peer, uint32_t number)
{
    for (size_t i = 0; i < view->marked_count; i++) {
        const struct marked *row = &view->marked[i];
        if (row->owner == owner && row->peer == peer && row->number == number) {
            return (struct bc_markers *)&row->markers;
        }
    }
    return NULL;
}

static void apply_marked(struct bc_view *view, const struct bc_fact_marked *fact)
{
    bool group = fact->group.len > 0;
    struct marked marked = { .owner = fake_view_intern(view, fact->user),
        .peer = group ? BC_PEER_GROUP : BC_PEER_USER,
        .number = group ? group_of(view, fact->group) : fake_view_intern(view, fact->other),
        .markers = fact->markers };
    struct bc_markers *before = markers_of(view, marked.owner, marked.peer, marked.number);
    if (before != NULL) {
        *before = marked.markers;
        return;
    }
    assert_true(view->marked_count < MARKED);
    view->marked[view->marked_count++] = marked;
}

void fake_view_apply(struct bc_view *view, const struct bc_fact *fact)
{
    const struct bc_fact_relation *relation = &fact->relation;
    uint32_t user;
    switch (fact->type) {
    case BC_FACT_SENT:
        apply_sent(view, &fact->sent);
        break;
    case BC_FACT_RELATION:
        user = fake_view_intern(view, relation->user);
        if (relation->change == BC_CONTACT_ADDED) {
            add_contact(view, user, fake_view_intern(view, relation->other), fact->id);
        } else {
            bc_approval_change(relation_of(view, user, fake_view_intern(view, relation->other)),
                relation->change, fact->id, relation->until_ms);
        }
        break;
    case BC_FACT_SETTINGS:
        user = fake_view_intern(view, fact->settings.user);
        view->users[user - 1].settings = fact->settings.settings;
        break;
    case BC_FACT_GROUP:
        apply_group(view, fact->id, &fact->group);
        break;
    case BC_FACT_MARKED:
        apply_marked(view, &fact->marked);
        break;
    case BC_FACT_REPORTED:
        fake_view_apply_reported(view, &fact->reported);
        break;
    case BC_FACT_MODERATED:
        fake_view_apply_moderated(view, &fact->moderated);
        break;
    case BC_FACT_STORED:
        fake_view_apply_stored(view, &fact->stored);
        break;
    case BC_FACT_PROFILE:
        fake_view_apply_profile(view, fact->id, &fact->profile);
        break;
    case BC_FACT_REACTED:
        fake_view_apply_reacted(view, &fact->reacted);
        break;
    case BC_FACT_TOKEN:
        fake_view_apply_token(view, fact->id, &fact->token);
        break;
    case BC_FACT_INVITE:
        fake_view_apply_invite(view, fact->id, &fact->invite);
        break;
    case BC_FACT_PUSH:
        fake_view_apply_push(view, fact->id, &fact->push);
        break;
    case BC_FACT_ERASED:
        fake_view_apply_erased(view, &fact->erased);
        break;
    case BC_FACT_RETAINED:
        bc_fact_retain(&fact->retained, &view->retained);
        break;
    }
}

/* ---- failing ---- */

void fake_view_fail(struct bc_view *view, unsigned calls, enum bc_error error)
{
    *view->failure = (struct failure){ .planned = true, .calls = calls, .error = error };
}

bool fake_view_mend(struct bc_view *view)
{
    bool happened = view->failure->happened;
    *view->failure = (struct failure){ .planned = false };
    return happened;
}

bool fake_view_fails(const struct bc_view *view, void *outcome, size_t size)
{
    struct failure *failure = view->failure;
    if (!failure->planned || failure->calls > 0) {
        failure->calls -= failure->planned ? 1 : 0;
        return false;
    }
    failure->happened = true;
    memset(outcome, 0xA5, size);
    return true;
}

/* ---- reading ---- */

enum bc_error bc_view_user(const struct bc_view *view, struct bc_bytes name, uint32_t *user)
{
    if (fake_view_fails(view, user, sizeof(*user))) {
        return view->failure->error;
    }
    *user = fake_view_find_user(view, name);
    return BC_OK;
}

enum bc_error bc_view_settings(
    const struct bc_view *view, uint32_t user, struct bc_settings *settings)
{
    if (fake_view_fails(view, settings, sizeof(*settings))) {
        return view->failure->error;
    }
    *settings = user != 0 ? view->users[user - 1].settings : (struct bc_settings){ 0 };
    return BC_OK;
}

enum bc_error bc_view_relation(
    const struct bc_view *view, uint32_t owner, uint32_t other, struct bc_relation *relation)
{
    if (fake_view_fails(view, relation, sizeof(*relation))) {
        return view->failure->error;
    }
    const struct bc_relation *found = find_relation(view, owner, other);
    *relation = found != NULL ? *found : (struct bc_relation){ 0 };
    return BC_OK;
}

enum bc_error bc_view_message(const struct bc_view *view, uint64_t id, struct bc_message *message)
{
    if (fake_view_fails(view, message, sizeof(*message))) {
        return view->failure->error;
    }
    for (size_t i = 0; i < view->message_count; i++) {
        if (view->messages[i].message.id == id) {
            *message = view->messages[i].message;
            return BC_OK;
        }
    }
    return BC_NOTFOUND;
}

struct bc_timeline *fake_view_timeline(struct bc_view *view)
{
    return &view->timeline;
}

const struct bc_timeline *bc_view_timeline(const struct bc_view *view)
{
    return &view->timeline;
}

enum bc_error bc_view_msgid(
    const struct bc_view *view, uint32_t from, struct bc_bytes msgid, uint64_t *id)
{
    if (fake_view_fails(view, id, sizeof(*id))) {
        return view->failure->error;
    }
    *id = 0;
    for (size_t i = 0; i < view->message_count; i++) {
        const struct message *row = &view->messages[i];
        if (row->from == from && row->message.id > *id &&
            bc_bytes_equal(row->message.msgid, msgid)) {
            *id = row->message.id;
        }
    }
    return BC_OK;
}

static bool shows(const struct message *row, uint32_t owner, uint32_t other)
{
    return (row->from == owner && row->to == other) ||
           (row->from == other && row->to == owner && !row->kept);
}

enum bc_error bc_view_shows(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id, bool *shown)
{
    if (fake_view_fails(view, shown, sizeof(*shown))) {
        return view->failure->error;
    }
    *shown = false;
    for (size_t i = 0; i < view->message_count; i++) {
        *shown = *shown ||
                 (view->messages[i].message.id == id && shows(&view->messages[i], owner, other));
    }
    return BC_OK;
}

enum bc_error bc_view_count(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t first, uint32_t *count)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    for (size_t i = 0; i < view->message_count; i++) {
        if (view->messages[i].message.id >= first && shows(&view->messages[i], owner, other)) {
            (*count)++;
        }
    }
    return BC_OK;
}

static bool has_written(const struct bc_view *view, uint32_t from, uint32_t to, uint64_t first)
{
    for (size_t i = 0; i < view->message_count; i++) {
        const struct message *row = &view->messages[i];
        if (row->from == from && row->to == to && row->message.id >= first) {
            return true;
        }
    }
    return false;
}

enum bc_error bc_view_pending(
    const struct bc_view *view, uint32_t from, uint64_t first, uint32_t enough, uint32_t *count)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    for (uint32_t to = 1; to <= view->user_count && *count < enough; to++) {
        const struct bc_relation *own = find_relation(view, from, to);
        if (to != from && (own == NULL || !own->open) && has_written(view, from, to, first)) {
            (*count)++;
        }
    }
    return BC_OK;
}

static bool in_range(const struct bc_range *range, uint64_t id)
{
    return id > range->after && id < range->before;
}

/* The smallest id of the conversation above ${id}, 0 if there is none. */
static uint64_t next_id(const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id)
{
    uint64_t next = 0;
    for (size_t i = 0; i < view->message_count; i++) {
        uint64_t found = view->messages[i].message.id;
        if (found > id && (next == 0 || found < next) && shows(&view->messages[i], owner, other)) {
            next = found;
        }
    }
    return next;
}

enum bc_error bc_view_conversation(const struct bc_view *view, uint32_t owner, uint32_t other,
    struct bc_range range, uint64_t *ids, uint32_t *count, bool *more)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    uint64_t all[MESSAGES];
    uint32_t found = 0;
    for (uint64_t id = next_id(view, owner, other, range.after); id != 0 && in_range(&range, id);
         id = next_id(view, owner, other, id)) {
        all[found++] = id;
    }
    *more = found > range.limit;
    *count = *more ? range.limit : found;
    for (uint32_t i = 0; i < *count; i++) {
        ids[i] = all[range.newest ? found - *count + i : i];
    }
    return BC_OK;
}

enum bc_error bc_view_previous(
    const struct bc_view *view, uint32_t owner, uint32_t other, uint64_t id, uint64_t *previous)
{
    if (fake_view_fails(view, previous, sizeof(*previous))) {
        return view->failure->error;
    }
    *previous = 0;
    for (uint64_t next = next_id(view, owner, other, 0); next != 0 && next < id;
         next = next_id(view, owner, other, next)) {
        *previous = next;
    }
    return BC_OK;
}

/* ---- reading groups ---- */

enum bc_error bc_view_group(
    const struct bc_view *view, struct bc_bytes name, struct bc_group *group)
{
    if (fake_view_fails(view, group, sizeof(*group))) {
        return view->failure->error;
    }
    uint32_t number = fake_view_find_group(view, name);
    *group = (struct bc_group){ 0 };
    if (number != 0) {
        *group = view->groups[number - 1];
        for (size_t i = 0; i < view->membership_count; i++) {
            const struct membership *row = &view->memberships[i];
            group->members += row->group == number && row->membership.role != BC_ROLE_NONE;
        }
    }
    return BC_OK;
}

enum bc_error bc_view_group_number(
    const struct bc_view *view, uint32_t number, struct bc_group *group)
{
    if (number == 0 || number > view->group_count) {
        return BC_NOTFOUND;
    }
    return bc_view_group(view, view->groups[number - 1].name, group);
}

enum bc_error bc_view_membership(
    const struct bc_view *view, uint32_t group, uint32_t user, struct bc_membership *membership)
{
    if (fake_view_fails(view, membership, sizeof(*membership))) {
        return view->failure->error;
    }
    const struct bc_membership *found = fake_view_find_membership(view, group, user);
    *membership = found != NULL ? *found : (struct bc_membership){ 0 };
    return BC_OK;
}

enum bc_error bc_view_member(const struct bc_view *view, uint32_t group, struct bc_bytes name,
    uint32_t *user, uint64_t *joined)
{
    const struct bc_membership *found = NULL;
    uint32_t number = fake_view_find_user(view, name);

    if (fake_view_fails(view, user, sizeof(*user))) {
        return view->failure->error;
    }
    found = number != 0 ? fake_view_find_membership(view, group, number) : NULL;
    *user = found != NULL && found->role != BC_ROLE_NONE ? number : 0;
    *joined = *user != 0 ? found->joined : 0;
    return BC_OK;
}

enum bc_error bc_view_name(const struct bc_view *view, uint32_t user, struct bc_bytes *name)
{
    if (fake_view_fails(view, name, sizeof(*name))) {
        return view->failure->error;
    }
    if (user == 0 || user > view->user_count) {
        return BC_NOTFOUND;
    }
    *name = view->users[user - 1].name;
    return BC_OK;
}

enum bc_error bc_view_group_count(
    const struct bc_view *view, uint32_t user, bool put_in, uint32_t enough, uint32_t *count)
{
    if (fake_view_fails(view, count, sizeof(*count))) {
        return view->failure->error;
    }
    *count = 0;
    for (size_t i = 0; i < view->membership_count && *count < enough; i++) {
        const struct membership *row = &view->memberships[i];
        *count += row->user == user && row->membership.role != BC_ROLE_NONE &&
                  row->membership.put_in == put_in;
    }
    return BC_OK;
}

enum bc_error bc_view_successor(
    const struct bc_view *view, uint32_t group, uint32_t owner, uint32_t *user)
{
    if (fake_view_fails(view, user, sizeof(*user))) {
        return view->failure->error;
    }
    const struct membership *best = NULL;
    for (size_t i = 0; i < view->membership_count; i++) {
        const struct membership *row = &view->memberships[i];
        enum bc_role role = row->membership.role;
        if (row->group == group && row->user != owner && role != BC_ROLE_NONE &&
            (best == NULL || role < best->membership.role ||
                (role == best->membership.role &&
                    row->membership.joined < best->membership.joined))) {
            best = row;
        }
    }
    *user = best != NULL ? best->user : 0;
    return BC_OK;
}

enum bc_error bc_view_group_previous(
    const struct bc_view *view, uint32_t group, uint64_t id, uint64_t *previous)
{
    if (fake_view_fails(view, previous, sizeof(*previous))) {
        return view->failure->error;
    }
    *previous = 0;
    for (size_t i = 0; i < view->message_count; i++) {
        const struct bc_message *message = &view->messages[i].message;
        if (message->group.len > 0 && fake_view_find_group(view, message->group) == group &&
            message->id < id && message->id > *previous) {
            *previous = message->id;
        }
    }
    return BC_OK;
}

enum bc_error bc_view_markers(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, struct bc_markers *markers)
{
    if (fake_view_fails(view, markers, sizeof(*markers))) {
        return view->failure->error;
    }
    const struct bc_markers *found = markers_of(view, owner, peer, number);
    *markers = found != NULL ? *found : (struct bc_markers){ 0 };
    return BC_OK;
}

/* Of a group: what was sent to it by others, whoever was in it then. */
enum bc_error bc_view_unread(const struct bc_view *view, uint32_t owner, enum bc_peer peer,
    uint32_t number, uint64_t read, uint32_t *unread)
{
    struct bc_relation relation;
    if (fake_view_fails(view, unread, sizeof(*unread))) {
        return view->failure->error;
    }
    *unread = 0;
    for (size_t i = 0; i < view->message_count && *unread < BC_UNREAD_MAX; i++) {
        const struct message *row = &view->messages[i];
        uint64_t id = row->message.id;
        bool group = row->message.group.len > 0;
        if (id <= read || row->from == owner) {
            continue;
        }
        if (peer == BC_PEER_GROUP) {
            *unread += group && fake_view_find_group(view, row->message.group) == number;
            continue;
        }
        if (!group && row->from == number && row->to == owner && !row->kept) {
            enum bc_error error = bc_view_relation(view, owner, number, &relation);
            if (error != BC_OK) {
                return error;
            }
            *unread += bc_approval_state(&relation, id) == BC_STATE_INBOX;
        }
    }
    return BC_OK;
}
