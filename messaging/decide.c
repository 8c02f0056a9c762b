/* A request becomes a fact or a refusal: the judgements, in the order of protocol section 3. */
#include "messaging/decide.h"

#include "messaging/id.h"
#include "messaging/text.h"

#define DAY_MS UINT64_C(86400000)

/* What a judgement works with: the request and what the view says of the two users. */
struct bc_case {
    const struct bc_view *view;
    const struct bc_limits *limits;
    const struct bc_request *request;
    uint32_t from; /* the users' numbers, 0 for one who isn't known yet */
    uint32_t to;
    struct bc_relation own;    /* what the asking user holds about the other */
    struct bc_relation theirs; /* what the other holds about the asking user */
    bool self;
};

static enum bc_error refuse(struct bc_decision *decision, enum bc_refusal refusal, const char *why)
{
    decision->verdict = BC_REFUSED;
    decision->refusal = refusal;
    decision->sentence = why != NULL ? why : bc_refusal_sentence(refusal);
    return BC_OK;
}

static enum bc_error nothing(struct bc_decision *decision)
{
    decision->verdict = BC_NOTHING;
    return BC_OK;
}

/* Look up both users and what they hold about each other. */
static enum bc_error look_up(struct bc_case *c)
{
    enum bc_error error = bc_view_user(c->view, c->request->from, &c->from);

    c->self = bc_bytes_equal(c->request->from, c->request->to);
    if (error == BC_OK && c->request->to.len > 0) {
        error = bc_view_user(c->view, c->request->to, &c->to);
    }
    if (error == BC_OK && c->from != 0 && c->to != 0) {
        error = bc_view_relation(c->view, c->from, c->to, &c->own);
        if (error == BC_OK) {
            error = bc_view_relation(c->view, c->to, c->from, &c->theirs);
        }
    }
    return error;
}

/* The first id of the window of ${days} that ends now: what is older has left it. */
static uint64_t window_start(uint64_t now_ms, uint32_t days)
{
    uint64_t window = days * DAY_MS;

    return now_ms < window ? 0 : bc_id_at(now_ms - window + 1);
}

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
    if (error != BC_OK || id < window_start(request->now_ms, c->limits->msgid_days) || id == 0) {
        return error;
    }
    error = bc_view_message(c->view, id, &before);
    if (error != BC_OK) {
        return error;
    }
    *done = true;
    if (!bc_bytes_equal(before.to, request->to) ||
        !bc_bytes_equal(before.payload, request->message.payload)) {
        return refuse(decision, BC_BAD_REQUEST,
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
    uint64_t first = window_start(c->request->now_ms, limits->request_days);
    uint32_t count = 0;
    enum bc_error error;

    if (c->request->message.payload.len > limits->request_max_bytes) {
        return refuse(decision, BC_REQUEST_LIMIT,
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
                       : refuse(decision, BC_REQUEST_LIMIT,
                             "You have sent all you may until the recipient approves you.");
        }
    }
    error = bc_view_pending(c->view, c->from, first, limits->request_max_pending, &count);
    if (error != BC_OK || count < limits->request_max_pending) {
        return error;
    }
    return refuse(
        decision, BC_REQUEST_LIMIT, "Too many people whom you wrote to have not approved you yet.");
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

/* Where the message goes: the recipient's stance, which the sender must not be able to observe. */
static enum bc_error place(const struct bc_case *c, enum bc_kind kind, enum bc_placement *placement)
{
    struct bc_settings settings;
    enum bc_error error = BC_OK;

    *placement = BC_KEPT;
    if (c->self) {
        return BC_OK;
    }
    switch (bc_approval_stance(&c->theirs, c->request->now_ms)) {
    case BC_CONTACT:
        *placement = BC_INBOX;
        break;
    case BC_DECLINED:
    case BC_BLOCKED:
        break;
    case BC_STRANGER:
        error = bc_view_settings(c->view, c->to, &settings);
        if (error == BC_OK && !settings.contacts_only && passes_limits(c, kind)) {
            *placement = BC_HELD;
        }
        break;
    }
    return error;
}

static enum bc_error sent(const struct bc_case *c, enum bc_kind kind, struct bc_decision *decision)
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
                .kind = kind,
                .payload = request->message.payload,
                .content_type = request->message.content_type,
                .msgid = request->message.msgid,
                .reply_to = request->message.reply_to,
            },
            .approves = !c->self && c->own.stance != BC_CONTACT,
            .moved_after = c->self || c->own.stance == BC_CONTACT ? 0 : c->own.inbox_upto,
        },
    };
    return place(c, kind, &decision->fact.sent.placement);
}

static enum bc_error decide_send(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_limits *limits = c->limits;
    struct bc_bytes payload = c->request->message.payload;
    bool pending = !c->self && !c->own.open;
    bool done = false;
    enum bc_error error;
    enum bc_kind kind;

    if (payload.len == 0) {
        return refuse(decision, BC_EMPTY_MESSAGE, NULL);
    }
    if (payload.len > limits->message_max_bytes) {
        return refuse(decision, BC_TOO_LARGE, NULL);
    }
    error = judge_repeat(c, decision, &done);
    if (error != BC_OK || done) {
        return error;
    }
    if (!c->request->within_rate) {
        return refuse(decision, BC_RATE_LIMIT, NULL);
    }
    decision->took_token = true;
    if (c->own.blocked) {
        return refuse(decision, BC_NOT_POSSIBLE,
            "You have blocked this user; unblock them to write to them.");
    }
    kind = bc_kind_of(payload);
    if ((BC_KIND_BIT(kind) & limits->kinds) == 0) {
        return refuse(decision, BC_KIND_NOT_ALLOWED, NULL);
    }
    if (pending && (BC_KIND_BIT(kind) & limits->request_kinds) == 0) {
        return refuse(decision, BC_KIND_NOT_ALLOWED,
            "This kind of message may not be sent until the recipient approves you.");
    }
    if (pending) {
        error = judge_pending(c, decision);
        if (error != BC_OK || decision->verdict == BC_REFUSED) {
            return error;
        }
    }
    return sent(c, kind, decision);
}

static struct bc_fact_relation *relation_fact(
    const struct bc_case *c, enum bc_change change, struct bc_decision *decision)
{
    decision->verdict = BC_CHANGES;
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_RELATION,
        .relation = { .user = c->request->from, .other = c->request->to, .change = change },
    };
    return &decision->fact.relation;
}

static enum bc_error decide_approve(const struct bc_case *c, struct bc_decision *decision)
{
    struct bc_fact_relation *fact;
    uint32_t written = 0;
    enum bc_error error = BC_OK;

    if (c->self) {
        return refuse(decision, BC_BAD_REQUEST, "You can't approve yourself.");
    }
    if (c->own.blocked) {
        return refuse(decision, BC_NOT_POSSIBLE, "You have blocked this user; unblock them first.");
    }
    if (c->own.stance == BC_CONTACT) {
        return nothing(decision);
    }
    if (c->from != 0 && c->to != 0) {
        error = bc_view_count(c->view, c->from, c->to, c->own.inbox_upto + 1, &decision->moved);
        if (error == BC_OK) {
            error = bc_view_count(c->view, c->to, c->from, 0, &written);
        }
    }
    fact = relation_fact(c, BC_CONTACT_ADDED, decision);
    fact->moved_after = c->own.inbox_upto;
    fact->tell_other = !c->theirs.open && written > 0 && !c->theirs.blocked;
    return error;
}

static enum bc_error decide_decline(const struct bc_case *c, struct bc_decision *decision)
{
    if (c->self) {
        return refuse(decision, BC_BAD_REQUEST, "You can't decline yourself.");
    }
    if (bc_approval_stance(&c->own, c->request->now_ms) == BC_CONTACT) {
        return refuse(
            decision, BC_NOT_POSSIBLE, "This user is a contact; remove or block them instead.");
    }
    if (!bc_approval_in_requests(&c->own)) {
        return nothing(decision);
    }
    relation_fact(c, BC_DECLINED_REQUEST, decision)->until_ms =
        c->request->now_ms + c->limits->request_days * DAY_MS;
    return BC_OK;
}

static enum bc_error decide_block(const struct bc_case *c, struct bc_decision *decision)
{
    if (c->self) {
        return refuse(decision, BC_BAD_REQUEST, "You can't block yourself.");
    }
    if (c->own.blocked) {
        return nothing(decision);
    }
    relation_fact(c, BC_BLOCKED_USER, decision);
    return BC_OK;
}

static enum bc_error decide_unblock(const struct bc_case *c, struct bc_decision *decision)
{
    if (!c->own.blocked) {
        return nothing(decision);
    }
    relation_fact(c, BC_UNBLOCKED_USER, decision);
    return BC_OK;
}

static enum bc_error decide_remove_contact(const struct bc_case *c, struct bc_decision *decision)
{
    if (bc_approval_stance(&c->own, c->request->now_ms) != BC_CONTACT) {
        return nothing(decision);
    }
    relation_fact(c, BC_CONTACT_REMOVED, decision);
    return BC_OK;
}

static enum bc_error decide_settings(const struct bc_case *c, struct bc_decision *decision)
{
    const struct bc_settings_change *change = &c->request->settings;
    struct bc_settings before;
    struct bc_settings after;
    enum bc_error error = bc_view_settings(c->view, c->from, &before);

    if (error != BC_OK) {
        return error;
    }
    after = before;
    if (change->has_contacts_only) {
        after.contacts_only = change->value.contacts_only;
    }
    if (change->has_receipts_off) {
        after.receipts_off = change->value.receipts_off;
    }
    if (change->has_group_invites) {
        after.group_invites = change->value.group_invites;
    }
    decision->fact = (struct bc_fact){
        .id = c->request->id,
        .type = BC_FACT_SETTINGS,
        .settings = { .user = c->request->from, .settings = after },
    };
    decision->verdict = after.contacts_only != before.contacts_only ||
                                after.receipts_off != before.receipts_off ||
                                after.group_invites != before.group_invites
                            ? BC_CHANGES
                            : BC_NOTHING;
    return error;
}

/* Every action but a send is a command: its rate is judged before anything else of it. */
static enum bc_error (*const judgements[])(const struct bc_case *, struct bc_decision *) = {
    [BC_SEND] = decide_send,
    [BC_APPROVE] = decide_approve,
    [BC_DECLINE] = decide_decline,
    [BC_BLOCK] = decide_block,
    [BC_UNBLOCK] = decide_unblock,
    [BC_REMOVE_CONTACT] = decide_remove_contact,
    [BC_SETTINGS] = decide_settings,
};

enum bc_error bc_decide(const struct bc_view *view, const struct bc_limits *limits,
    const struct bc_request *request, struct bc_decision *decision)
{
    struct bc_case c = { .view = view, .limits = limits, .request = request };
    enum bc_error error;

    memset(decision, 0, sizeof(*decision));
    if (request->action != BC_SETTINGS && !bc_text_is_user(request->to)) {
        return refuse(decision, BC_BAD_NAME, NULL);
    }
    error = look_up(&c);
    if (error != BC_OK) {
        return error;
    }
    return judgements[request->action](&c, decision);
}
