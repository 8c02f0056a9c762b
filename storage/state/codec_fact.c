/* Facts to the journal's bytes and back. Enums have the same values on both sides. */
#include "fact.pb-c.h"
#include "messaging/media.h"
#include "messaging/text.h"
#include "storage/state/codec.h"
#include "storage/state/wire.h"

_Static_assert((int)BC_INBOX == (int)BACKCHANNEL__SENT__PLACEMENT__INBOX, "journaled as they are");
_Static_assert(
    (int)BC_UNBLOCKED_USER == (int)BACKCHANNEL__RELATION_CHANGED__CHANGE__UNBLOCKED, "changes too");
_Static_assert(
    (int)BC_GROUP_RENAMED == (int)BACKCHANNEL__GROUP_CHANGED__CHANGE__RENAMED, "these too");
_Static_assert((int)BC_REACH_JOINS == (int)BACKCHANNEL__INVITATION__REACH__JOINS, "reaches too");
_Static_assert((int)BC_FACT_REACTED == (int)BACKCHANNEL__FACT__BODY_REACTED, "facts too");
_Static_assert((int)BC_FACT_STORED == (int)BACKCHANNEL__FACT__BODY_STORED, "facts too");
_Static_assert((int)BC_FACT_PUSH == (int)BACKCHANNEL__FACT__BODY_PUSH_CHANGED, "this too");
_Static_assert(
    (int)BC_PUSH_GONE == (int)BACKCHANNEL__PUSH_CHANGED__CHANGE__GONE, "its changes too");
_Static_assert((int)BC_FACT_ERASED == (int)BACKCHANNEL__FACT__BODY_ERASED, "this too");
_Static_assert((int)BC_FACT_RETAINED == (int)BACKCHANNEL__FACT__BODY_RETAINED, "this too");
_Static_assert((int)BC_FACT_TOKEN == (int)BACKCHANNEL__FACT__BODY_TOKEN_CHANGED, "this too");
_Static_assert(
    (int)BC_TOKEN_ENDED == (int)BACKCHANNEL__TOKEN_CHANGED__CHANGE__ENDED, "its changes too");

/* Into ${out}, with the invitations in the arrays, which have room for BC_INVITATIONS_MAX. */
static void group_out(const struct bc_fact_group *group, Backchannel__GroupChanged *out,
    Backchannel__Invitation *invitations, Backchannel__Invitation **pointers)
{
    for (uint32_t i = 0; i < group->invitation_count; i++) {
        backchannel__invitation__init(&invitations[i]);
        invitations[i].user = bc_wire_binary(group->invitations[i].user);
        invitations[i].reach = (Backchannel__Invitation__Reach)group->invitations[i].reach;
        pointers[i] = &invitations[i];
    }
    out->n_invitations = group->invitation_count;
    out->invitations = pointers;
    out->group = bc_wire_binary(group->group);
    out->change = (Backchannel__GroupChanged__Change)group->change;
    out->title = bc_wire_binary(group->title);
    out->user = bc_wire_binary(group->user);
    out->by = bc_wire_binary(group->by);
    out->successor = bc_wire_binary(group->successor);
    out->role = (Backchannel__Role)group->role;
    out->until = group->until_ms;
    out->members = group->members;
}

static void marked_out(const struct bc_fact_marked *marked, Backchannel__Marked *out)
{
    out->user = bc_wire_binary(marked->user);
    out->other = bc_wire_binary(marked->other);
    out->group = bc_wire_binary(marked->group);
    out->read = marked->markers.read;
    out->delivered = marked->markers.delivered;
    out->read_receipt = marked->read_receipt;
    out->delivered_receipt = marked->delivered_receipt;
    out->unread = marked->counted ? marked->unread + 1 : 0;
}

static void relation_out(const struct bc_fact_relation *relation, Backchannel__RelationChanged *out)
{
    out->user = bc_wire_binary(relation->user);
    out->other = bc_wire_binary(relation->other);
    out->change = (Backchannel__RelationChanged__Change)relation->change;
    out->until = relation->until_ms;
    out->tell_other = relation->tell_other;
    out->moved_after = relation->moved_after;
}

static void settings_out(const struct bc_fact_settings *settings, Backchannel__SettingsChanged *out)
{
    out->user = bc_wire_binary(settings->user);
    out->contacts_only = settings->settings.contacts_only;
    out->receipts_off = settings->settings.receipts_off;
    out->group_invites = settings->settings.group_invites;
    out->findable = settings->settings.findable;
}

static void stored_out(const struct bc_fact_stored *stored, Backchannel__Stored *out)
{
    out->user = bc_wire_binary(stored->user);
    out->key = bc_wire_binary(stored->key);
    out->value = bc_wire_binary(stored->value);
    out->removed = stored->removed;
}

static void token_out(const struct bc_fact_token *token, Backchannel__TokenChanged *out)
{
    out->user = bc_wire_binary(token->user);
    out->device = bc_wire_binary(token->device);
    out->change = (Backchannel__TokenChanged__Change)token->change;
    out->hash = bc_wire_binary(token->hash);
    out->until = token->until_ms;
    out->ends = bc_wire_binary(token->ends);
    out->day = token->day;
}

static void invite_out(const struct bc_fact_invite *invite, Backchannel__InviteChanged *out)
{
    out->user = bc_wire_binary(invite->user);
    out->change = (Backchannel__InviteChanged__Change)invite->change;
    out->invite = invite->invite;
    out->hash = bc_wire_binary(invite->hash);
    out->until = invite->until_ms;
    out->uses = invite->uses;
    out->group = bc_wire_binary(invite->group);
    out->ends = invite->ends;
    out->by = bc_wire_binary(invite->by);
    out->title = bc_wire_binary(invite->title);
    out->members = invite->members;
}

static void push_out(const struct bc_fact_push *push, Backchannel__PushChanged *out)
{
    out->user = bc_wire_binary(push->user);
    out->device = bc_wire_binary(push->device);
    out->change = (Backchannel__PushChanged__Change)push->change;
    out->endpoint = bc_wire_binary(push->endpoint);
    out->p256dh = bc_wire_binary(push->p256dh);
    out->auth = bc_wire_binary(push->auth);
    out->hash = bc_wire_binary(push->hash);
    out->ends = bc_wire_binary(push->ends);
}

/* Into ${out}, by ${names}, which has room for BC_MODERATORS_TOLD. */
static void moderators_out(
    const struct bc_fact_reported *reported, Backchannel__Reported *out, ProtobufCBinaryData *names)
{
    for (uint32_t i = 0; i < reported->moderator_count; i++) {
        names[i] = bc_wire_binary(reported->moderators[i]);
    }
    out->n_moderators = reported->moderator_count;
    out->moderators = names;
}

static void profile_out(const struct bc_fact_profile *profile, Backchannel__ProfileChanged *out)
{
    out->user = bc_wire_binary(profile->user);
    out->name = bc_wire_binary(profile->name);
    out->about = bc_wire_binary(profile->about);
    out->picture = bc_wire_binary(profile->picture);
    out->picture_stays = profile->picture_stays;
}

static void reacted_out(const struct bc_fact_reacted *reacted, Backchannel__Reacted *out)
{
    out->by = bc_wire_binary(reacted->by);
    out->message = reacted->message;
    out->emoji = bc_wire_binary(reacted->emoji);
    out->user = bc_wire_binary(reacted->user);
    out->group = bc_wire_binary(reacted->group);
    out->kept = reacted->kept;
}

/* Into ${out}, with the messages in the arrays, which have room for BC_ERASED_MAX. */
static void erased_out(const struct bc_fact_erased *erased, Backchannel__Erased *out,
    Backchannel__ErasureRecord *erasure, Backchannel__ErasedMessage *messages,
    Backchannel__ErasedMessage **pointers)
{
    bc_wire_erasure_out(&erased->erasure, erasure);
    for (uint32_t i = 0; i < erased->message_count; i++) {
        backchannel__erased_message__init(&messages[i]);
        messages[i].id = erased->messages[i].id;
        messages[i].reports = erased->messages[i].reports;
        pointers[i] = &messages[i];
    }
    out->id = erased->erasure.id;
    out->erasure = erasure;
    out->state = erased->erasure.state;
    out->from = erased->from;
    out->step = erased->step;
    out->after = erased->after;
    out->inside = erased->inside;
    out->n_messages = erased->message_count;
    out->messages = pointers;
}

/* As erased_out(), for what tells of it. */
static void retained_out(const struct bc_fact_retained *retained, Backchannel__Erased *erased,
    Backchannel__Retained *out)
{
    out->part = retained->part;
    out->upto = retained->upto;
    out->clock = retained->clock_ms;
    out->rows = retained->rows;
    out->reactions = retained->reactions;
    out->erased = erased;
}

/* Every fact but the one of each message. */
static enum bc_error pack_other(const struct bc_fact *fact, struct bc_buffer *buffer)
{
    Backchannel__Fact out = BACKCHANNEL__FACT__INIT;
    Backchannel__RelationChanged relation = BACKCHANNEL__RELATION_CHANGED__INIT;
    Backchannel__SettingsChanged settings = BACKCHANNEL__SETTINGS_CHANGED__INIT;
    Backchannel__GroupChanged group = BACKCHANNEL__GROUP_CHANGED__INIT;
    Backchannel__Marked marked = BACKCHANNEL__MARKED__INIT;
    Backchannel__Reported reported = BACKCHANNEL__REPORTED__INIT;
    ProtobufCBinaryData moderators[BC_MODERATORS_TOLD];
    Backchannel__ModerationRecord moderated;
    Backchannel__Stored stored = BACKCHANNEL__STORED__INIT;
    Backchannel__ProfileChanged profile = BACKCHANNEL__PROFILE_CHANGED__INIT;
    Backchannel__Reacted reacted = BACKCHANNEL__REACTED__INIT;
    Backchannel__TokenChanged token = BACKCHANNEL__TOKEN_CHANGED__INIT;
    Backchannel__InviteChanged invite = BACKCHANNEL__INVITE_CHANGED__INIT;
    Backchannel__PushChanged push = BACKCHANNEL__PUSH_CHANGED__INIT;
    Backchannel__Invitation invitations[BC_INVITATIONS_MAX];
    Backchannel__Invitation *pointers[BC_INVITATIONS_MAX];
    Backchannel__Erased erased = BACKCHANNEL__ERASED__INIT;
    Backchannel__Retained retained = BACKCHANNEL__RETAINED__INIT;
    Backchannel__ErasureRecord erasure;
    Backchannel__ErasedMessage messages[BC_ERASED_MAX];
    Backchannel__ErasedMessage *message_pointers[BC_ERASED_MAX];
    struct bc_report_out report;
    enum bc_error error;

    out.id = fact->id;
    out.ahead = fact->ahead_ms;
    out.row = fact->place.row;
    out.index = fact->place.index;
    out.body_case = (Backchannel__Fact__BodyCase)fact->type;
    switch (fact->type) {
    case BC_FACT_SENT:
        break;
    case BC_FACT_RELATION:
        relation_out(&fact->relation, &relation);
        out.relation_changed = &relation;
        break;
    case BC_FACT_SETTINGS:
        settings_out(&fact->settings, &settings);
        out.settings_changed = &settings;
        break;
    case BC_FACT_GROUP:
        group_out(&fact->group, &group, invitations, pointers);
        out.group_changed = &group;
        break;
    case BC_FACT_MARKED:
        marked_out(&fact->marked, &marked);
        out.marked = &marked;
        break;
    case BC_FACT_REPORTED:
        bc_wire_report_out(&fact->reported.report, &report);
        reported.report = &report.record;
        reported.blocks = fact->reported.blocks;
        moderators_out(&fact->reported, &reported, moderators);
        out.reported = &reported;
        break;
    case BC_FACT_MODERATED:
        bc_wire_moderation_out(&fact->moderated, &moderated);
        out.moderated = &moderated;
        break;
    case BC_FACT_STORED:
        stored_out(&fact->stored, &stored);
        out.stored = &stored;
        break;
    case BC_FACT_PROFILE:
        profile_out(&fact->profile, &profile);
        out.profile_changed = &profile;
        break;
    case BC_FACT_REACTED:
        reacted_out(&fact->reacted, &reacted);
        out.reacted = &reacted;
        break;
    case BC_FACT_TOKEN:
        token_out(&fact->token, &token);
        out.token_changed = &token;
        break;
    case BC_FACT_INVITE:
        invite_out(&fact->invite, &invite);
        out.invite_changed = &invite;
        break;
    case BC_FACT_PUSH:
        push_out(&fact->push, &push);
        out.push_changed = &push;
        break;
    case BC_FACT_ERASED:
        erased_out(&fact->erased, &erased, &erasure, messages, message_pointers);
        out.erased = &erased;
        break;
    case BC_FACT_RETAINED:
        erased_out(&fact->retained.erased, &erased, &erasure, messages, message_pointers);
        retained_out(&fact->retained, &erased, &retained);
        out.retained = &retained;
        break;
    }
    error = bc_buffer_resize(buffer, backchannel__fact__get_packed_size(&out));
    if (error == BC_OK) {
        backchannel__fact__pack(&out, buffer->data);
    }
    return error;
}

enum bc_error bc_codec_pack_fact(const struct bc_fact *fact, struct bc_buffer *buffer)
{
    return fact->type == BC_FACT_SENT ? bc_codec_pack_sent(fact, buffer) : pack_other(fact, buffer);
}

static bool sent_from(const Backchannel__Sent *in, uint64_t id, struct bc_fact_sent *sent)
{
    *sent = (struct bc_fact_sent){
        .message = {
            .id = id,
            .from = bc_wire_bytes(in->from),
            .to = bc_wire_bytes(in->to),
            .group = bc_wire_bytes(in->group),
            .kind = (enum bc_kind)in->kind,
            .payload = bc_wire_bytes(in->payload),
            .content_type = bc_media_content_type((enum bc_kind)in->kind,
                bc_wire_bytes(in->payload), bc_wire_bytes(in->content_type)),
            .msgid = bc_wire_bytes(in->msgid),
            .reply_to = in->reply_to,
            .origin = in->origin,
        },
        .placement = (enum bc_placement)in->placement,
        .approves = in->approves,
        .moved_after = in->moved_after,
    };
    return in->placement >= BACKCHANNEL__SENT__PLACEMENT__KEPT &&
           in->placement <= BACKCHANNEL__SENT__PLACEMENT__INBOX &&
           in->kind > BACKCHANNEL__KIND__KIND_UNKNOWN && in->kind <= BACKCHANNEL__KIND__KIND_BINARY;
}

static bool relation_from(const Backchannel__RelationChanged *in, struct bc_fact_relation *relation)
{
    *relation = (struct bc_fact_relation){
        .user = bc_wire_bytes(in->user),
        .other = bc_wire_bytes(in->other),
        .change = (enum bc_change)in->change,
        .until_ms = in->until,
        .tell_other = in->tell_other,
        .moved_after = in->moved_after,
    };
    return in->change >= BACKCHANNEL__RELATION_CHANGED__CHANGE__CONTACT_ADDED &&
           in->change <= BACKCHANNEL__RELATION_CHANGED__CHANGE__UNBLOCKED;
}

static bool settings_from(const Backchannel__SettingsChanged *in, struct bc_fact_settings *settings)
{
    *settings = (struct bc_fact_settings){
        .user = bc_wire_bytes(in->user),
        .settings = {
            .contacts_only = in->contacts_only,
            .receipts_off = in->receipts_off,
            .group_invites = (enum bc_group_invites)in->group_invites,
            .findable = in->findable,
        },
    };
    return in->group_invites <= BC_INVITES_NONE;
}

/* The invitations go into memory of ${arena}. */
static enum bc_error group_from(
    const Backchannel__GroupChanged *in, struct bc_arena *arena, struct bc_fact_group *group)
{
    size_t count = in->n_invitations;
    bool good = in->role <= BACKCHANNEL__ROLE__ROLE_MEMBER && count <= BC_INVITATIONS_MAX;
    struct bc_invitation *invitations =
        arena->allocator.alloc(arena, (count + 1) * sizeof(*invitations));

    if (invitations == NULL) {
        return BC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        good = good && in->invitations[i]->reach <= BACKCHANNEL__INVITATION__REACH__JOINS;
        invitations[i] = (struct bc_invitation){ .user = bc_wire_bytes(in->invitations[i]->user),
            .reach = (enum bc_reach)in->invitations[i]->reach };
    }
    *group = (struct bc_fact_group){
        .group = bc_wire_bytes(in->group),
        .change = (enum bc_group_change)in->change,
        .title = bc_wire_bytes(in->title),
        .user = bc_wire_bytes(in->user),
        .by = bc_wire_bytes(in->by),
        .successor = bc_wire_bytes(in->successor),
        .role = (enum bc_role)in->role,
        .until_ms = in->until,
        .invitations = invitations,
        .invitation_count = (uint32_t)count,
        .members = in->members,
    };
    return good && in->change >= BACKCHANNEL__GROUP_CHANGED__CHANGE__CREATED &&
                   in->change <= BACKCHANNEL__GROUP_CHANGED__CHANGE__RENAMED
               ? BC_OK
               : BC_DAMAGED;
}

static bool marked_from(const Backchannel__Marked *in, struct bc_fact_marked *marked)
{
    *marked = (struct bc_fact_marked){
        .user = bc_wire_bytes(in->user),
        .other = bc_wire_bytes(in->other),
        .group = bc_wire_bytes(in->group),
        .markers = { .read = in->read, .delivered = in->delivered },
        .read_receipt = in->read_receipt,
        .delivered_receipt = in->delivered_receipt,
        .counted = in->unread > 0,
        .unread = in->unread > 0 ? in->unread - 1 : 0,
    };
    return (in->other.len == 0) != (in->group.len == 0);
}

/* The moderators' names go into memory of ${arena}. */
static enum bc_error reported_from(const Backchannel__Reported *in, uint64_t id,
    struct bc_arena *arena, struct bc_fact_reported *reported)
{
    size_t count = in->n_moderators;
    struct bc_bytes *moderators = arena->allocator.alloc(arena, (count + 1) * sizeof(*moderators));

    if (moderators == NULL) {
        return BC_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        moderators[i] = bc_wire_bytes(in->moderators[i]);
    }
    reported->blocks = in->blocks;
    reported->moderators = moderators;
    reported->moderator_count = (uint32_t)count;
    return count <= BC_MODERATORS_TOLD && in->report != NULL &&
                   bc_wire_report(in->report, id, &reported->report)
               ? BC_OK
               : BC_DAMAGED;
}

static bool stored_from(const Backchannel__Stored *in, struct bc_fact_stored *stored)
{
    *stored = (struct bc_fact_stored){
        .user = bc_wire_bytes(in->user),
        .key = bc_wire_bytes(in->key),
        .value = bc_wire_bytes(in->value),
        .removed = in->removed,
    };
    return stored->key.len > 0 && (!stored->removed || stored->value.len == 0);
}

static bool profile_from(const Backchannel__ProfileChanged *in, struct bc_fact_profile *profile)
{
    *profile = (struct bc_fact_profile){
        .user = bc_wire_bytes(in->user),
        .name = bc_wire_bytes(in->name),
        .about = bc_wire_bytes(in->about),
        .picture = bc_wire_bytes(in->picture),
        .picture_stays = in->picture_stays,
    };
    return !profile->picture_stays || profile->picture.len == 0;
}

static bool reacted_from(const Backchannel__Reacted *in, struct bc_fact_reacted *reacted)
{
    *reacted = (struct bc_fact_reacted){
        .by = bc_wire_bytes(in->by),
        .message = in->message,
        .emoji = bc_wire_bytes(in->emoji),
        .user = bc_wire_bytes(in->user),
        .group = bc_wire_bytes(in->group),
        .kept = in->kept,
    };
    return in->emoji.len <= BC_EMOJI_MAX && (in->user.len == 0) != (in->group.len == 0) &&
           (in->group.len == 0 || !in->kept);
}

static bool token_from(const Backchannel__TokenChanged *in, struct bc_fact_token *token)
{
    *token = (struct bc_fact_token){
        .user = bc_wire_bytes(in->user),
        .device = bc_wire_bytes(in->device),
        .change = (enum bc_token_change)in->change,
        .hash = bc_wire_bytes(in->hash),
        .until_ms = in->until,
        .ends = bc_wire_bytes(in->ends),
        .day = in->day,
    };
    return in->change >= BACKCHANNEL__TOKEN_CHANGED__CHANGE__MADE &&
           in->change <= BACKCHANNEL__TOKEN_CHANGED__CHANGE__ENDED && token->device.len > 0 &&
           token->hash.len == (token->change == BC_TOKEN_MADE ? BC_DIGEST : 0);
}

static bool invite_from(const Backchannel__InviteChanged *in, struct bc_fact_invite *invite)
{
    *invite = (struct bc_fact_invite){
        .user = bc_wire_bytes(in->user),
        .change = (enum bc_invite_change)in->change,
        .invite = in->invite,
        .hash = bc_wire_bytes(in->hash),
        .until_ms = in->until,
        .uses = in->uses,
        .group = bc_wire_bytes(in->group),
        .ends = in->ends,
        .by = bc_wire_bytes(in->by),
        .title = bc_wire_bytes(in->title),
        .members = in->members,
    };
    return in->change >= BACKCHANNEL__INVITE_CHANGED__CHANGE__MADE &&
           in->change <= BACKCHANNEL__INVITE_CHANGED__CHANGE__USED &&
           (invite->by.len > 0) == (invite->change == BC_INVITE_USED) &&
           invite->hash.len == (invite->change == BC_INVITE_MADE ? BC_DIGEST : 0);
}

static bool push_from(const Backchannel__PushChanged *in, struct bc_fact_push *push)
{
    *push = (struct bc_fact_push){
        .user = bc_wire_bytes(in->user),
        .device = bc_wire_bytes(in->device),
        .change = (enum bc_push_change)in->change,
        .endpoint = bc_wire_bytes(in->endpoint),
        .p256dh = bc_wire_bytes(in->p256dh),
        .auth = bc_wire_bytes(in->auth),
        .hash = bc_wire_bytes(in->hash),
        .ends = bc_wire_bytes(in->ends),
    };
    return in->change >= BACKCHANNEL__PUSH_CHANGED__CHANGE__SUBSCRIBED &&
           in->change <= BACKCHANNEL__PUSH_CHANGED__CHANGE__GONE &&
           (push->device.len > 0) == (push->change != BC_PUSH_GONE) &&
           (push->endpoint.len > 0) == (push->change == BC_PUSH_SUBSCRIBED) &&
           push->hash.len == (push->change == BC_PUSH_ENDED ? 0 : BC_DIGEST) &&
           push->endpoint.len <= BC_ENDPOINT_MAX && push->p256dh.len <= BC_PUSH_KEY_MAX &&
           push->auth.len <= BC_PUSH_KEY_MAX;
}

static enum bc_error erased_from(
    const Backchannel__Erased *in, struct bc_arena *arena, struct bc_fact_erased *erased)
{
    struct bc_erased_message *messages;
    bool good = in->erasure != NULL && in->n_messages <= BC_ERASED_MAX &&
                in->step < BC_ERASE_STEPS && in->from < BC_ERASURE_STATES;

    if (!good || !bc_wire_erasure(in->erasure, in->id, in->state, &erased->erasure)) {
        return BC_DAMAGED;
    }
    messages = arena->allocator.alloc(arena, (in->n_messages + 1) * sizeof(*messages));
    if (messages == NULL) {
        return BC_NOMEM;
    }
    for (size_t i = 0; i < in->n_messages; i++) {
        messages[i] = (struct bc_erased_message){ .id = in->messages[i]->id,
            .reports = in->messages[i]->reports };
    }
    erased->from = (enum bc_erasure_state)in->from;
    erased->step = (enum bc_erasure_step)in->step;
    erased->after = in->after;
    erased->inside = in->inside;
    erased->messages = messages;
    erased->message_count = (uint32_t)in->n_messages;
    return BC_OK;
}

static enum bc_error retained_from(
    const Backchannel__Retained *in, struct bc_arena *arena, struct bc_fact_retained *retained)
{
    *retained = (struct bc_fact_retained){ .part = (enum bc_retain)in->part,
        .upto = in->upto,
        .clock_ms = in->clock,
        .rows = in->rows,
        .reactions = in->reactions };
    return in->part <= BC_RETAIN_NOTHING && in->erased != NULL
               ? erased_from(in->erased, arena, &retained->erased)
               : BC_DAMAGED;
}

/* Keys have room for names that are as long as names may be. */
static bool fits(struct bc_bytes name)
{
    return name.len <= BC_NAME_MAX;
}

static bool names_fit(const struct bc_fact *fact)
{
    switch (fact->type) {
    case BC_FACT_SENT:
        return fits(fact->sent.message.from) && fits(fact->sent.message.to) &&
               fits(fact->sent.message.group) && fits(fact->sent.message.msgid);
    case BC_FACT_RELATION:
        return fits(fact->relation.user) && fits(fact->relation.other);
    case BC_FACT_SETTINGS:
        return fits(fact->settings.user);
    case BC_FACT_GROUP:
        for (uint32_t i = 0; i < fact->group.invitation_count; i++) {
            if (!fits(fact->group.invitations[i].user)) {
                return false;
            }
        }
        return fits(fact->group.group) && fits(fact->group.user) && fits(fact->group.by) &&
               fits(fact->group.successor);
    case BC_FACT_MARKED:
        return fits(fact->marked.user) && fits(fact->marked.other) && fits(fact->marked.group);
    case BC_FACT_REPORTED:
        for (uint32_t i = 0; i < fact->reported.moderator_count; i++) {
            if (!fits(fact->reported.moderators[i])) {
                return false;
            }
        }
        return fits(fact->reported.report.by) && fits(fact->reported.report.user) &&
               fits(fact->reported.report.group);
    case BC_FACT_MODERATED:
        return fits(fact->moderated.by) && fits(fact->moderated.user) &&
               fits(fact->moderated.reporter);
    case BC_FACT_STORED:
        return fits(fact->stored.user) && fits(fact->stored.key);
    case BC_FACT_PROFILE:
        return fits(fact->profile.user);
    case BC_FACT_REACTED:
        return fits(fact->reacted.by) && fits(fact->reacted.user) && fits(fact->reacted.group);
    case BC_FACT_INVITE:
        return fits(fact->invite.user) && fits(fact->invite.group) && fits(fact->invite.by);
    case BC_FACT_TOKEN:
        return fits(fact->token.user) && fits(fact->token.device) && fits(fact->token.ends);
    case BC_FACT_PUSH:
        return fits(fact->push.user) && fits(fact->push.device) && fits(fact->push.ends);
    case BC_FACT_ERASED:
        return fits(fact->erased.erasure.by) && fits(fact->erased.erasure.user) &&
               fits(fact->erased.erasure.other);
    case BC_FACT_RETAINED:
        return fits(fact->retained.erased.erasure.by);
    }
    return false;
}

enum bc_error bc_codec_unpack_fact(
    struct bc_bytes packed, struct bc_arena *arena, struct bc_fact *fact)
{
    Backchannel__Fact *in;
    bool known = false;
    enum bc_error error = BC_OK;

    if (!bc_arena_reset(arena, packed.len)) {
        return BC_NOMEM;
    }
    in = backchannel__fact__unpack(&arena->allocator, packed.len, packed.data);
    if (in == NULL) {
        return bc_arena_error(arena);
    }
    *fact = (struct bc_fact){ .id = in->id,
        .ahead_ms = in->ahead,
        .place = { .row = in->row, .index = in->index },
        .type = (enum bc_fact_type)in->body_case };
    switch (in->body_case) {
    case BACKCHANNEL__FACT__BODY_SENT:
        known = sent_from(in->sent, in->id, &fact->sent);
        break;
    case BACKCHANNEL__FACT__BODY_RELATION_CHANGED:
        known = relation_from(in->relation_changed, &fact->relation);
        break;
    case BACKCHANNEL__FACT__BODY_SETTINGS_CHANGED:
        known = settings_from(in->settings_changed, &fact->settings);
        break;
    case BACKCHANNEL__FACT__BODY_GROUP_CHANGED:
        error = group_from(in->group_changed, arena, &fact->group);
        known = error == BC_OK;
        break;
    case BACKCHANNEL__FACT__BODY_MARKED:
        known = marked_from(in->marked, &fact->marked);
        break;
    case BACKCHANNEL__FACT__BODY_REPORTED:
        error = reported_from(in->reported, in->id, arena, &fact->reported);
        known = error == BC_OK;
        break;
    case BACKCHANNEL__FACT__BODY_MODERATED:
        known = bc_wire_moderation(in->moderated, in->id, &fact->moderated);
        break;
    case BACKCHANNEL__FACT__BODY_STORED:
        known = stored_from(in->stored, &fact->stored);
        break;
    case BACKCHANNEL__FACT__BODY_PROFILE_CHANGED:
        known = profile_from(in->profile_changed, &fact->profile);
        break;
    case BACKCHANNEL__FACT__BODY_REACTED:
        known = reacted_from(in->reacted, &fact->reacted);
        break;
    case BACKCHANNEL__FACT__BODY_TOKEN_CHANGED:
        known = token_from(in->token_changed, &fact->token);
        break;
    case BACKCHANNEL__FACT__BODY_INVITE_CHANGED:
        known = invite_from(in->invite_changed, &fact->invite);
        break;
    case BACKCHANNEL__FACT__BODY_PUSH_CHANGED:
        known = push_from(in->push_changed, &fact->push);
        break;
    case BACKCHANNEL__FACT__BODY_ERASED:
        error = erased_from(in->erased, arena, &fact->erased);
        known = error == BC_OK;
        break;
    case BACKCHANNEL__FACT__BODY_RETAINED:
        error = retained_from(in->retained, arena, &fact->retained);
        known = error == BC_OK;
        break;
    case BACKCHANNEL__FACT__BODY__NOT_SET:
    case _BACKCHANNEL__FACT__BODY__CASE_IS_INT_SIZE:
        break;
    }
    if (error != BC_OK) {
        return error;
    }
    return known && names_fit(fact) ? BC_OK : BC_DAMAGED;
}
