#include "messaging/id.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <stdlib.h>

#include "decide_rows.h"

/* What bob may be to alice, as far as she may not know. */
struct secret {
    const char *what;
    bool new_to;
    bool contacts_only;
    struct bc_relation theirs;
    enum bc_placement earlier; /* where what she sent before went */
};

static const struct secret pending_secrets[] = {
    { "stranger", .earlier = BC_HELD },
    { "declined", .theirs = { .stance = BC_DECLINED, .declined_until = NOW + DAY },
        .earlier = BC_HELD },
    { "declined before she wrote", .theirs = { .stance = BC_DECLINED, .declined_until = NOW + 1 },
        .earlier = BC_KEPT },
    { "declined long ago", .theirs = { .stance = BC_DECLINED, .declined_until = NOW },
        .earlier = BC_KEPT },
    { "blocked", .theirs = { .blocked = true }, .earlier = BC_KEPT },
    { "blocked after she wrote", .theirs = { .blocked = true, .held = 1, .held_first = 1 },
        .earlier = BC_HELD },
    { "blocked, then unblocked", .theirs = { .stance = BC_STRANGER }, .earlier = BC_KEPT },
    { "contacts only", .contacts_only = true, .earlier = BC_KEPT },
    { "very full", .theirs = { .held = 50, .held_first = 1 }, .earlier = BC_HELD },
};

/* Only before she wrote can he be nobody. */
static const struct secret nobody = { "no such user", .new_to = true };

static const struct secret open_secrets[] = {
    { "contact", .theirs = { .stance = BC_CONTACT }, .earlier = BC_INBOX },
    { "stranger", .theirs = { .inbox_upto = 1 }, .earlier = BC_HELD },
    { "stranger with much held", .theirs = { .inbox_upto = 1, .held = 50, .held_first = 2 },
        .earlier = BC_HELD },
    { "declined", .theirs = { .stance = BC_DECLINED, .declined_until = NOW + 1 },
        .earlier = BC_KEPT },
    { "declined long ago", .theirs = { .stance = BC_DECLINED, .declined_until = NOW },
        .earlier = BC_KEPT },
    { "blocked contact", .theirs = { .stance = BC_CONTACT, .blocked = true }, .earlier = BC_KEPT },
    { "blocked stranger", .theirs = { .blocked = true }, .earlier = BC_KEPT },
    { "blocked, then unblocked", .theirs = { .stance = BC_CONTACT }, .earlier = BC_KEPT },
    { "contacts only", .contacts_only = true, .earlier = BC_KEPT },
};

static const char *seen_difference(const struct bc_decision *a, const struct bc_decision *b)
{
    if (a->verdict != b->verdict || a->refusal != b->refusal) {
        return "verdict";
    }
    if ((a->sentence == NULL) != (b->sentence == NULL) ||
        (a->sentence != NULL && strcmp(a->sentence, b->sentence) != 0)) {
        return "sentence";
    }
    if (a->took_token != b->took_token || a->repeated != b->repeated || a->moved != b->moved) {
        return "token, repeated or moved";
    }
    if (a->verdict != BC_CHANGES) {
        return NULL;
    }
    if (a->fact.type != b->fact.type || a->fact.id != b->fact.id) {
        return "fact";
    }
    if (a->fact.type == BC_FACT_RELATION) {
        return a->fact.relation.change == b->fact.relation.change &&
                       a->fact.relation.until_ms == b->fact.relation.until_ms
                   ? NULL
                   : "change";
    }
    const struct bc_message *x = &a->fact.sent.message;
    const struct bc_message *y = &b->fact.sent.message;
    return a->fact.sent.approves == b->fact.sent.approves && x->id == y->id && x->kind == y->kind &&
                   x->reply_to == y->reply_to && bc_bytes_equal(x->from, y->from) &&
                   bc_bytes_equal(x->to, y->to) && bc_bytes_equal(x->payload, y->payload) &&
                   bc_bytes_equal(x->content_type, y->content_type) &&
                   bc_bytes_equal(x->msgid, y->msgid)
               ? NULL
               : "message";
}

/* What alice does, and what she did before. */
static const struct row deeds[] = {
    { .what = "text" },
    { "a link", .payload = "https://example.org/" },
    { "another kind", .payload = BINARY },
    { "much", .payload = FORTY "0" },
    { "too much", .payload = SIXTY "0" },
    { "nothing", .payload = "" },
    { "too fast", .out_of_rate = true },
    { "too fast and another kind", .payload = BINARY, .out_of_rate = true },
    { "again", .msgid = "m" },
    { "again, otherwise", .msgid = "m", .payload = "other" },
    { "with a new msgid", .msgid = "new" },
    { "approve", .action = BC_APPROVE },
    { "decline", .action = BC_DECLINE },
    { "block", .action = BC_BLOCK },
    { "unblock", .action = BC_UNBLOCK },
    { "remove", .action = BC_REMOVE_CONTACT },
};

/* What alice holds about bob, and how often she has written to him, and to three others. */
static const struct standing {
    const char *what;
    struct bc_relation own;
    uint32_t sent;
    uint32_t others;
} pendings[] = {
    { "first", { 0 }, 0, 0 },
    { "first, and too many others", { 0 }, 0, 1 },
    { "added", { .stance = BC_CONTACT }, 0, 0 },
    { "wrote once", { .stance = BC_CONTACT }, 1, 0 },
    { "wrote once, and too many others", { .stance = BC_CONTACT }, 1, 1 },
    { "wrote four times", { .stance = BC_CONTACT }, 4, 0 },
    { "wrote all that they may", { .stance = BC_CONTACT }, 5, 0 },
    { "wrote, then removed him", { .inbox_upto = 1 }, 2, 0 },
    { "wrote, then blocked him", { .stance = BC_CONTACT, .blocked = true }, 2, 0 },
},
  opens[] = {
      { "wrote once", { .stance = BC_CONTACT, .open = true }, 1, 0 },
      { "wrote much", { .stance = BC_CONTACT, .open = true }, 50, 1 },
      { "wrote, then removed him", { .open = true, .inbox_upto = 1 }, 9, 0 },
      { "wrote, then blocked him", { .stance = BC_CONTACT, .open = true, .blocked = true }, 9, 0 },
  };

static void decide_in_secret(const struct row *deed, const struct standing *standing,
    const struct secret *secret, struct bc_decision *decision)
{
    struct row row = *deed;
    row.own = standing->own;
    row.new_to = secret->new_to;
    row.theirs = secret->theirs;
    row.contacts_only = secret->contacts_only;
    row.sent[0] = (struct sent){ .age_ms = DAY,
        .times = standing->sent > 0 ? 1 : 0,
        .msgid = "m",
        .placement = secret->earlier };
    row.sent[1] = (struct sent){ .age_ms = DAY - 1,
        .times = standing->sent > 0 ? standing->sent - 1 : 0,
        .placement = secret->earlier };
    row.sent[2] = (struct sent){ .to = "carol", .age_ms = DAY, .times = standing->others };
    row.sent[3] = (struct sent){ .to = "dave", .age_ms = DAY, .times = standing->others };
    row.sent[4] = (struct sent){ .to = "erin", .age_ms = DAY, .times = standing->others };
    struct bc_view *view = view_of(&row);
    struct bc_request request = request_of(&row);
    assert_int_equal(bc_decide(view, &limits, &request, decision), BC_OK);
    fake_view_free(view); /* names and payloads are literals */
}

static int compare_secrets(const struct standing *standing, const struct secret *secrets,
    size_t count, const struct secret *last)
{
    int failures = 0;
    for (size_t i = 0; i < COUNT(deeds); i++) {
        struct bc_decision first;
        decide_in_secret(&deeds[i], standing, &secrets[0], &first);
        for (size_t j = 1; j <= count; j++) {
            const struct secret *secret = j < count ? &secrets[j] : last;
            struct bc_decision decision;
            if (secret == NULL) {
                break;
            }
            decide_in_secret(&deeds[i], standing, secret, &decision);
            const char *seen = seen_difference(&first, &decision);
            if (seen != NULL) {
                print_error("row \"%s\", \"%s\": %s tells \"%s\" from \"%s\"\n", standing->what,
                    deeds[i].what, seen, secret->what, secrets[0].what);
                failures++;
            }
        }
    }
    return failures;
}

static void a_sender_can_t_tell_what_the_recipient_thinks_of_them(void **state)
{
    (void)state;
    int failures = 0;
    for (size_t i = 0; i < COUNT(pendings); i++) {
        /* Who was written to, or is in a relation, exists. */
        bool first = pendings[i].sent == 0 && pendings[i].own.stance == BC_STRANGER;
        failures += compare_secrets(
            &pendings[i], pending_secrets, COUNT(pending_secrets), first ? &nobody : NULL);
    }
    for (size_t i = 0; i < COUNT(opens); i++) {
        failures += compare_secrets(&opens[i], open_secrets, COUNT(open_secrets), NULL);
    }
    assert_int_equal(failures, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sender_can_t_tell_what_the_recipient_thinks_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
