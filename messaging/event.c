/* A fact's events. */
#include "messaging/event.h"

#include <assert.h>

/* Who takes them. */
struct sink {
    bc_event_fn *take;
    void *context;
};

static enum bc_error tell(const struct sink *sink, struct bc_bytes to, struct bc_event event)
{
    return sink->take(sink->context, to, &event);
}

struct bc_bytes bc_event_actor(const struct bc_event *event)
{
    return event->by.len > 0 ? event->by : event->user;
}

struct bc_bytes bc_event_other(const struct bc_event *event, struct bc_bytes owner)
{
    struct bc_bytes nobody = bc_bytes(NULL, 0);

    switch (event->type) {
    case BC_EVENT_APPROVED:
    case BC_EVENT_READ:
    case BC_EVENT_DELIVERED:
    case BC_EVENT_INVITED:
    case BC_EVENT_GROUP_INVITED:
    case BC_EVENT_REACTION:
        return bc_bytes_equal(bc_event_actor(event), owner) ? nobody : bc_event_actor(event);
    case BC_EVENT_CONTACT:
    case BC_EVENT_REQUEST_DECLINED:
    case BC_EVENT_BLOCKED:
    case BC_EVENT_UNBLOCKED:
    case BC_EVENT_SETTINGS:
    case BC_EVENT_GROUP_JOINED:
    case BC_EVENT_GROUP_LEFT:
    case BC_EVENT_GROUP_REMOVED:
    case BC_EVENT_MARKED:
    case BC_EVENT_REPORT_RESOLVED:
    case BC_EVENT_WARNED:
    case BC_EVENT_SUSPENDED:
    case BC_EVENT_UNSUSPENDED:
    case BC_EVENT_STORED:
    case BC_EVENT_REPORTED:
    case BC_EVENT_PROFILE:
    case BC_EVENT_JOINED:
    case BC_EVENT_LEFT:
    case BC_EVENT_REMOVED:
    case BC_EVENT_RENAMED:
    case BC_EVENT_ROLE:
    case BC_EVENT_GROUP_REACTION:
        break;
    }
    return nobody;
}

/* Writing to somebody can make them a contact. */
static enum bc_error of_sent(const struct sink *sink, uint64_t id, const struct bc_fact_sent *sent)
{
    struct bc_event contact = {
        .type = BC_EVENT_CONTACT, .id = id + 1, .user = sent->message.to, .contact = true
    };

    return sent->approves ? tell(sink, sent->message.from, contact) : BC_OK;
}

/* The event that tells a user's own devices of a change of relation. */
static struct bc_event own_event(const struct bc_fact_relation *relation, uint64_t id)
{
    struct bc_event event = { .id = id, .user = relation->other };

    switch (relation->change) {
    case BC_CONTACT_ADDED:
        event.contact = true;
        event.type = BC_EVENT_CONTACT;
        break;
    case BC_CONTACT_REMOVED:
        event.type = BC_EVENT_CONTACT;
        break;
    case BC_DECLINED_REQUEST:
        event.type = BC_EVENT_REQUEST_DECLINED;
        break;
    case BC_BLOCKED_USER:
        event.type = BC_EVENT_BLOCKED;
        break;
    case BC_UNBLOCKED_USER:
        event.type = BC_EVENT_UNBLOCKED;
        break;
    case BC_MESSAGE_HELD:
    case BC_STANDING_OPENED:
    case BC_INVITATION_WAITS:
    case BC_INVITATION_APPROVED:
    case BC_INVITATION_JOINS:
    case BC_INVITED_BACK:
        break; /* never a fact of their own */
    }
    return event;
}

static enum bc_error of_relation(
    const struct sink *sink, uint64_t id, const struct bc_fact_relation *relation)
{
    struct bc_event approved = { .type = BC_EVENT_APPROVED, .id = id + 1, .user = relation->user };
    enum bc_error error = tell(sink, relation->user, own_event(relation, id));

    return error == BC_OK && relation->tell_other ? tell(sink, relation->other, approved) : error;
}

static enum bc_error of_settings(
    const struct sink *sink, uint64_t id, const struct bc_fact_settings *settings)
{
    return tell(sink, settings->user,
        (struct bc_event){ .type = BC_EVENT_SETTINGS, .id = id, .settings = settings->settings });
}

static enum bc_error of_marked(
    const struct sink *sink, uint64_t id, const struct bc_fact_marked *marked)
{
    struct bc_event own = { .type = BC_EVENT_MARKED,
        .id = id,
        .user = marked->other,
        .group = marked->group,
        .markers = marked->markers,
        .counted = marked->counted,
        .unread = marked->unread };
    struct bc_event delivered = { .type = BC_EVENT_DELIVERED,
        .id = id + 1,
        .user = marked->user,
        .upto = marked->delivered_receipt };
    struct bc_event read = {
        .type = BC_EVENT_READ, .id = id + 2, .user = marked->user, .upto = marked->read_receipt
    };
    enum bc_error error = tell(sink, marked->user, own);

    if (error == BC_OK && delivered.upto != 0) {
        error = tell(sink, marked->other, delivered);
    }
    return error == BC_OK && read.upto != 0 ? tell(sink, marked->other, read) : error;
}

/* Moderators learn what is reported, but not of a report about themselves. */
static enum bc_error of_reported(
    const struct sink *sink, uint64_t id, const struct bc_fact_reported *reported)
{
    const struct bc_report *report = &reported->report;
    struct bc_event blocked = { .type = BC_EVENT_BLOCKED, .id = id + 1, .user = report->user };
    struct bc_event told = {
        .type = BC_EVENT_REPORTED, .user = report->user, .report = id, .reason = report->reason
    };
    enum bc_error error = reported->blocks ? tell(sink, report->by, blocked) : BC_OK;

    if (report->user.len == 0) {
        told.group = report->group;
    }
    for (uint32_t i = 0; error == BC_OK && i < reported->moderator_count; i++) {
        told.id = bc_fact_told_id(id, i);
        if (!bc_bytes_equal(reported->moderators[i], report->user)) {
            error = tell(sink, reported->moderators[i], told);
        }
    }
    return error;
}

/* The reporter learns how it ended; whom it was about learns neither of the reporter nor of what
 * was reported. */
static enum bc_error of_moderated(const struct sink *sink, const struct bc_moderation *moderation)
{
    static const enum bc_event_type types[] = {
        [BC_WARN] = BC_EVENT_WARNED,
        [BC_SUSPEND] = BC_EVENT_SUSPENDED,
        [BC_UNSUSPEND] = BC_EVENT_UNSUSPENDED,
    };
    enum bc_error error = BC_OK;

    if (moderation->report != 0) {
        error = tell(sink, moderation->reporter,
            (struct bc_event){ .type = BC_EVENT_REPORT_RESOLVED,
                .id = moderation->id + 1,
                .report = moderation->report,
                .measure = moderation->measure });
    }
    if (error != BC_OK || moderation->measure == BC_DISMISS) {
        return error;
    }
    return tell(sink, moderation->user,
        (struct bc_event){ .type = types[moderation->measure],
            .id = moderation->id + 2,
            .note = moderation->note,
            .until_ms = moderation->until_ms });
}

static enum bc_error of_stored(
    const struct sink *sink, uint64_t id, const struct bc_fact_stored *stored)
{
    return tell(sink, stored->user,
        (struct bc_event){ .type = BC_EVENT_STORED, .id = id, .key = stored->key });
}

static enum bc_error of_reacted(
    const struct sink *sink, uint64_t id, const struct bc_fact_reacted *reacted)
{
    struct bc_event event = { .type = BC_EVENT_REACTION,
        .id = id,
        .user = reacted->user,
        .group = reacted->group,
        .by = reacted->by,
        .message = reacted->message,
        .emoji = reacted->emoji };
    enum bc_error error;

    if (reacted->group.len > 0) {
        event.type = BC_EVENT_GROUP_REACTION;
        return tell(sink, reacted->group, event);
    }
    error = tell(sink, reacted->by, event);
    if (error != BC_OK || bc_bytes_equal(reacted->user, reacted->by)) {
        return error;
    }
    event.id = id + 1;
    event.user = reacted->by;
    event.nowhere = reacted->kept;
    return tell(sink, reacted->user, event);
}

/* Who takes the events of a fact, which say how far ids were ahead, and have ids of its own. */
struct timing {
    struct sink sink;
    const struct bc_fact *fact;
};

static enum bc_error take_timed(void *context, struct bc_bytes to, const struct bc_event *event)
{
    const struct timing *timing = context;
    struct bc_event timed = *event;

    assert(event->id >= timing->fact->id && event->id <= bc_fact_last_id(timing->fact));
    timed.ahead_ms = timing->fact->ahead_ms;
    return tell(&timing->sink, to, timed);
}

/* Both have the other as a contact from now on; who is new has no device yet that hears of it. */
static enum bc_error of_invite(
    const struct sink *sink, uint64_t id, const struct bc_fact_invite *invite)
{
    struct bc_event contact = {
        .type = BC_EVENT_CONTACT, .id = id, .user = invite->by, .contact = true
    };
    struct bc_event invited = { .type = BC_EVENT_INVITED, .id = id + 1, .user = invite->by };
    struct bc_invitation joins;
    struct bc_fact_group group;
    enum bc_error error = BC_OK;

    if (invite->change == BC_INVITE_USED) {
        error = tell(sink, invite->user, contact);
        error = error == BC_OK ? tell(sink, invite->user, invited) : error;
    }
    return error == BC_OK && bc_fact_of_invite(invite, &group, &joins)
               ? bc_events_of_group(id, &group, sink->take, sink->context)
               : error;
}

enum bc_error bc_events(const struct bc_fact *fact, bc_event_fn *take, void *context)
{
    struct timing timing = { .sink = { .take = take, .context = context }, .fact = fact };
    const struct sink sink = { .take = take_timed, .context = &timing };

    switch (fact->type) {
    case BC_FACT_SENT:
        return of_sent(&sink, fact->id, &fact->sent);
    case BC_FACT_RELATION:
        return of_relation(&sink, fact->id, &fact->relation);
    case BC_FACT_SETTINGS:
        return of_settings(&sink, fact->id, &fact->settings);
    case BC_FACT_GROUP:
        return bc_events_of_group(fact->id, &fact->group, sink.take, sink.context);
    case BC_FACT_MARKED:
        return of_marked(&sink, fact->id, &fact->marked);
    case BC_FACT_REPORTED:
        return of_reported(&sink, fact->id, &fact->reported);
    case BC_FACT_MODERATED:
        return of_moderated(&sink, &fact->moderated);
    case BC_FACT_STORED:
        return of_stored(&sink, fact->id, &fact->stored);
    case BC_FACT_PROFILE:
        return tell(&sink, fact->profile.user,
            (struct bc_event){ .type = BC_EVENT_PROFILE, .id = fact->id, .version = fact->id });
    case BC_FACT_REACTED:
        return of_reacted(&sink, fact->id, &fact->reacted);
    case BC_FACT_TOKEN:
    case BC_FACT_PUSH:
    case BC_FACT_ERASED:
    case BC_FACT_RETAINED:
        return BC_OK;
    case BC_FACT_INVITE:
        return of_invite(&sink, fact->id, &fact->invite);
    }
    return BC_DAMAGED;
}
