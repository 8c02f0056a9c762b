/* Judgements of messages: the order of protocol section 3. */
#include "messaging/id.h"
#include "messaging/judge.h"
#include "messaging/media.h"
#include "messaging/text.h"

/* Is the request a repeat of a message with the same msgid? Then *${decision} says so. */
static enum bc_error judge_repeat(const struct bc_case *c, struct bc_decision *decision, bool *done)
{
    const struct bc_request *request = c->request;
    struct bc_message before;
    uint64_t id = 0;
    enum bc_error error;

    *done = false;
    if (request->message.msgid.len == 0 || c->from == 0) {
        return BC_OK;
    }
    error = bc_view_msgid(c->view, c->from, request->message.msgid, &id);
    if (error != BC_OK || id < bc_judge_window(c->view, request->now_ms, c->limits->msgid_days) ||
        id == 0) {
        return error;
    }
    error = bc_view_message(c->view, id, &before);
    if (error != BC_OK) {
        return error;
    }
    *done = true;
    if (!bc_bytes_equal(before.to, request->to) || !bc_bytes_equal(before.group, request->group) ||
        (before.kind != BC_ERASED && !bc_bytes_equal(before.payload, request->message.payload))) {
        return bc_judge_refuse(decision, BC_BAD_REQUEST,
            "This msgid was used for another message; choose a new one for each message.");
    }
    decision->verdict = BC_REPEATS;
    decision->repeated = id;
    return BC_OK;
}

/* The limits of a sender whom the recipient has not approved: they follow from own sends alone. */
static enum bc_error judge_pending(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_limits *limits = c->limits;
    uint64_t first = bc_judge_window(c->view, c->request->now_ms, limits->request_days);
    uint32_t count = 0;
    enum bc_error error;

    if (c->request->message.payload.len > limits->request_max_bytes) {
        return bc_judge_refuse(decision, BC_REQUEST_LIMIT,
            "This is longer than a message may be until the recipient approves you.");
    }
    if (c->from == 0) {
        return BC_OK;
    }
    if (c->to != 0) {
        error = bc_view_count(c->view, c->from, c->to, first, &count);
        if (error != BC_OK || count > 0) {
            return error != BC_OK || count < limits->request_max_messages
                       ? error
                       : bc_judge_refuse(decision, BC_REQUEST_LIMIT,
                             "You have sent all you may until the recipient approves you.");
        }
    }
    error = bc_view_pending(c->view, c->from, first, limits->request_max_pending, &count);
    if (error != BC_OK || count < limits->request_max_pending) {
        return error;
    }
    return bc_judge_refuse(
        decision, BC_REQUEST_LIMIT, "Too many people whom you wrote to have not approved you yet.");
}

enum bc_error bc_decide_left(const struct bc_view *view, const struct bc_limits *limits,
    uint32_t from, uint32_t to, uint64_t now_ms, uint32_t *left)
{
    uint64_t first = bc_judge_window(view, now_ms, limits->request_days);
    uint32_t most = limits->request_max_messages;
    uint32_t pending = 0;
    uint32_t count = 0;
    enum bc_error error = bc_view_count(view, from, to, first, &count);

    if (error == BC_OK && count == 0) {
        error = bc_view_pending(view, from, first, limits->request_max_pending, &pending);
    }
    *left =
        count >= most || (count == 0 && pending >= limits->request_max_pending) ? 0 : most - count;
    return error;
}

/* Does a stranger's message pass the recipient's limits? Who is open is never told if not. */
static bool passes_limits(const struct bc_case *c, enum bc_kind kind)
{
    const struct bc_limits *limits = c->limits;

    /* A pending sender was judged by these already. */
    return !c->own.open || ((BC_KIND_BIT(kind) & limits->request_kinds) != 0 &&
                               c->request->message.payload.len <= limits->request_max_bytes &&
                               c->theirs.held < limits->request_max_messages);
}

/*
 * Where the message goes: the recipient's stance, which the sender must not be able to observe.
 * Everybody's settings are read who is not a contact, or time would tell who has no need of them.
 */
static enum bc_error place(const struct bc_case *c, enum bc_kind kind, enum bc_placement *placement)
{
    enum bc_stance stance = bc_approval_stance(&c->theirs, c->request->now_ms);
    struct bc_settings settings;
    enum bc_error error;

    *placement = stance == BC_CONTACT && !c->self ? BC_INBOX : BC_KEPT;
    if (c->self || stance == BC_CONTACT) {
        return BC_OK;
    }
    error = bc_view_settings(c->view, c->to, &settings);
    if (error == BC_OK && stance == BC_STRANGER && !settings.contacts_only &&
        passes_limits(c, kind)) {
        *placement = BC_HELD;
    }
    return error;
}

/* The fact that the message was sent; where it goes is for the caller to add. */
static void sent(const struct bc_case *c, enum bc_kind kind, struct bc_decision *decision)
{
    const struct bc_request *request = c->request;

    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = request->id,
        .type = BC_FACT_SENT,
        .sent = {
            .message = {
                .id = request->id,
                .from = request->from,
                .to = request->to,
                .group = request->group,
                .sender = c->from,
                .recipient = c->to,
                .kind = kind,
                .payload = request->message.payload,
                .content_type = bc_media_content_type(
                    kind, request->message.payload, request->message.content_type),
                .msgid = request->message.msgid,
                .reply_to = request->message.reply_to,
                .origin = request->message.origin,
            },
        },
    };
}

/* What is wrong with the metadata that the sender gave: a sentence, or NULL. */
static const char *malformed(const struct bc_request *request)
{
    struct bc_bytes msgid = request->message.msgid;
    struct bc_bytes content_type = request->message.content_type;

    if (msgid.data != NULL && !bc_text_is_msgid(msgid)) {
        return "The msgid is not 1 to 64 printable ASCII characters without spaces.";
    }
    if (content_type.len > 0 && !bc_text_is_content_type(content_type)) {
        return "The content type is not at most 127 printable ASCII characters.";
    }
    return NULL;
}

/* What is judged first of every message, whoever it is for; sets *${done} if that decides it. */
static enum bc_error judge_message(
    const struct bc_case *c, struct bc_decision *decision, bool *done)
{
    size_t len = c->request->message.payload.len;
    const char *wrong = malformed(c->request);
    enum bc_error error;

    *done = true;
    if (wrong != NULL) {
        decision->took_token = true; /* malformed ones count as well */
        return bc_judge_refuse(decision, BC_BAD_REQUEST, wrong);
    }
    if (len == 0) {
        return bc_judge_refuse(decision, BC_EMPTY_MESSAGE, NULL);
    }
    if (len > c->limits->message_max_bytes) {
        return bc_judge_refuse(decision, BC_TOO_LARGE, NULL);
    }
    error = judge_repeat(c, decision, done);
    if (error != BC_OK || *done) {
        return error;
    }
    *done = c->suspended || !c->request->within_rate;
    if (c->suspended) {
        return bc_judge_refuse(decision, BC_SUSPENDED, NULL);
    }
    if (*done) {
        return bc_judge_refuse(decision, BC_RATE_LIMIT, NULL);
    }
    decision->took_token = true;
    return BC_OK;
}

enum bc_error bc_judge_send(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_limits *limits = c->limits;
    bool pending = !c->self && !c->own.open;
    bool done = false;
    enum bc_error error = judge_message(c, decision, &done);
    enum bc_kind kind;

    if (error != BC_OK || done) {
        return error;
    }
    if (c->own.blocked) {
        return bc_judge_refuse(decision, BC_NOT_POSSIBLE,
            "You have blocked this user; unblock them to write to them.");
    }
    kind = bc_kind_of(c->request->message.payload);
    if ((BC_KIND_BIT(kind) & limits->kinds) == 0) {
        return bc_judge_refuse(decision, BC_KIND_NOT_ALLOWED, NULL);
    }
    if (pending && (BC_KIND_BIT(kind) & limits->request_kinds) == 0) {
        return bc_judge_refuse(decision, BC_KIND_NOT_ALLOWED,
            "This kind of message may not be sent until the recipient approves you.");
    }
    if (pending) {
        error = judge_pending(c, decision);
        if (error != BC_OK || decision->verdict == BC_REFUSED) {
            return error;
        }
    }
    sent(c, kind, decision);
    decision->pending = pending;
    if (!c->self && c->own.stance != BC_CONTACT) {
        decision->fact.sent.approves = true;
        decision->fact.sent.moved_after = c->own.inbox_upto;
    }
    return place(c, kind, &decision->fact.sent.placement);
}

enum bc_error bc_judge_group_send(const struct bc_case *c, struct bc_decision *decision)
{
    bool done = false;
    enum bc_error error = judge_message(c, decision, &done);
    enum bc_kind kind;

    if (error != BC_OK || done) {
        return error;
    }
    if (c->membership.role == BC_ROLE_NONE) {
        return bc_judge_refuse(decision, BC_NOT_A_MEMBER, NULL);
    }
    kind = bc_kind_of(c->request->message.payload);
    if ((BC_KIND_BIT(kind) & c->limits->kinds) == 0) {
        return bc_judge_refuse(decision, BC_KIND_NOT_ALLOWED, NULL);
    }
    sent(c, kind, decision);
    return BC_OK;
}
