#include "decide_rows.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "messaging/id.h"

const struct bc_limits limits = {
    .kinds = BC_KIND_BIT(BC_TEXT) | BC_KIND_BIT(BC_LINK) | BC_KIND_BIT(BC_BINARY),
    .request_kinds = BC_KIND_BIT(BC_TEXT) | BC_KIND_BIT(BC_LINK),
    .request_max_messages = 5,
    .request_max_pending = 3,
    .request_max_bytes = 40,
    .request_days = 30,
    .message_max_bytes = 60,
    .group_max_members = 6,
    .groups_per_user = 4,
    .msgid_days = 7,
};

static struct bc_bytes text_or(const char *text, const char *otherwise)
{
    return bc_bytes_text(text != NULL ? text : otherwise);
}

static void fill_sent(struct bc_view *view, const struct sent *sent)
{
    for (uint32_t i = 0; i < sent->times; i++) {
        struct bc_message message = {
            .id = bc_id_at(NOW - sent->age_ms) + i,
            .from = text_or(sent->from, "alice"),
            .to = text_or(sent->to, "bob"),
            .kind = BC_TEXT,
            .payload = text_or(sent->payload, "hello"),
            .msgid = bc_bytes_text(sent->msgid),
        };
        /* Several rows may be of one millisecond: each message gets an id of its own. */
        struct bc_message other;
        while (bc_view_message(view, message.id, &other) == BC_OK) {
            message.id++;
        }
        fake_view_sent(view, &message, sent->placement);
    }
}

struct bc_view *view_of(const struct row *row)
{
    struct bc_view *view = fake_view_new();
    const char *from = row->from != NULL ? row->from : "alice";
    const char *to = row->to != NULL ? row->to : "bob";
    fake_view_user(view, "somebody");
    if (!row->new_from) {
        fake_view_user(view, from);
    }
    if (!row->new_to) {
        fake_view_settings(view, to)->contacts_only = row->contacts_only;
    }
    if (!row->new_from && !row->new_to) {
        *fake_view_relation(view, from, to) = row->own;
        *fake_view_relation(view, to, from) = row->theirs;
    }
    for (size_t i = 0; i < COUNT(row->sent); i++) {
        fill_sent(view, &row->sent[i]);
    }
    return view;
}

struct bc_request request_of(const struct row *row)
{
    struct bc_request request = {
        .action = row->action,
        .from = text_or(row->from, "alice"),
        .to = text_or(row->to, "bob"),
        .id = bc_id_at(NOW) + 77,
        .now_ms = NOW,
        .within_rate = !row->out_of_rate,
    };
    if (row->action == BC_SEND) {
        request.message.payload = text_or(row->payload, "hello");
        request.message.msgid = bc_bytes_text(row->msgid);
        request.message.content_type = text_or(row->content_type, "text/plain");
        request.message.reply_to = 5;
        request.message.origin = row->origin;
    }
    return request;
}

static struct bc_limits limits_of(const struct row *row)
{
    struct bc_limits own = limits;
    own.kinds = row->kinds != 0 ? row->kinds : own.kinds;
    return own;
}

static bool is_sent_as_asked(const struct bc_request *request, const struct bc_fact *fact)
{
    const struct bc_message *message = &fact->sent.message;
    return fact->type == BC_FACT_SENT && fact->id == request->id && message->id == request->id &&
           bc_bytes_equal(message->from, request->from) &&
           bc_bytes_equal(message->to, request->to) &&
           message->kind == bc_kind_of(request->message.payload) &&
           bc_bytes_equal(message->payload, request->message.payload) &&
           bc_bytes_equal(message->content_type, request->message.content_type) &&
           bc_bytes_equal(message->msgid, request->message.msgid) &&
           message->reply_to == request->message.reply_to &&
           message->origin == request->message.origin;
}

static bool is_change_as_asked(const struct bc_request *request, const struct bc_fact *fact)
{
    static const enum bc_change changes[] = {
        [BC_APPROVE] = BC_CONTACT_ADDED,
        [BC_DECLINE] = BC_DECLINED_REQUEST,
        [BC_BLOCK] = BC_BLOCKED_USER,
        [BC_UNBLOCK] = BC_UNBLOCKED_USER,
        [BC_REMOVE_CONTACT] = BC_CONTACT_REMOVED,
    };
    const struct bc_fact_relation *relation = &fact->relation;
    uint64_t until_ms = request->action == BC_DECLINE ? NOW + 30 * DAY : 0;
    return fact->type == BC_FACT_RELATION && fact->id == request->id &&
           bc_bytes_equal(relation->user, request->from) &&
           bc_bytes_equal(relation->other, request->to) &&
           relation->change == changes[request->action] && relation->until_ms == until_ms;
}

/* What is wrong with the decision; NULL if nothing. */
static const char *compare(
    const struct row *row, const struct bc_request *request, const struct bc_decision *decision)
{
    const struct bc_fact *fact = &decision->fact;
    bool changes = decision->verdict == BC_CHANGES;
    bool sends = row->action == BC_SEND;

    if (decision->verdict != row->verdict || decision->refusal != row->refusal) {
        return "verdict";
    }
    if ((decision->sentence != NULL) != (row->verdict == BC_REFUSED)) {
        return "sentence";
    }
    if (decision->took_token != row->took_token) {
        return "token";
    }
    if (decision->moved != row->moved) {
        return "moved";
    }
    if (row->verdict == BC_REPEATS && decision->repeated == 0) {
        return "repeated";
    }
    if (changes && !(sends ? is_sent_as_asked(request, fact) : is_change_as_asked(request, fact))) {
        return "fact";
    }
    if (changes && sends &&
        (fact->sent.placement != row->placement || fact->sent.approves != row->approves)) {
        return "placement";
    }
    if (changes && !sends && fact->relation.tell_other != row->tell_other) {
        return "tell other";
    }
    return NULL;
}

static void print_decision(const struct row *row, const struct bc_decision *decision)
{
    const struct bc_fact *fact = &decision->fact;
    print_error("  is: verdict %d, %s, \"%s\", token %d, moved %u", decision->verdict,
        bc_refusal_code(decision->refusal), decision->sentence != NULL ? decision->sentence : "",
        decision->took_token, decision->moved);
    if (decision->verdict == BC_CHANGES && fact->type == BC_FACT_SENT) {
        print_error(", placement %d, approves %d", fact->sent.placement, fact->sent.approves);
    } else if (decision->verdict == BC_CHANGES) {
        print_error(", change %d, tell other %d", fact->relation.change, fact->relation.tell_other);
    }
    print_error("\n  should be: verdict %d, %s, token %d, moved %u, placement %d, approves %d, "
                "tell other %d\n",
        row->verdict, bc_refusal_code(row->refusal), row->took_token, row->moved, row->placement,
        row->approves, row->tell_other);
}

void check(const struct row *rows, size_t count)
{
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        struct bc_view *view = view_of(&rows[i]);
        struct bc_request request = request_of(&rows[i]);
        struct bc_limits own = limits_of(&rows[i]);
        struct bc_decision decision;
        assert_int_equal(bc_decide(view, &own, &request, &decision), BC_OK);
        const char *wrong = compare(&rows[i], &request, &decision);
        if (wrong != NULL) {
            print_error("row \"%s\": %s\n", rows[i].what, wrong);
            print_decision(&rows[i], &decision);
            failures++;
        }
        fake_view_free(view);
    }
    assert_int_equal(failures, 0);
}
