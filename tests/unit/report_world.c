#include "report_world.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "fake_view.h"

static void put(struct bc_view *view, uint64_t id, const char *from, const char *to,
    const char *group, enum bc_placement placement)
{
    const struct bc_message message = {
        .id = id,
        .from = bc_bytes_text(from),
        .to = bc_bytes_text(to),
        .group = bc_bytes_text(group),
        .kind = BC_TEXT,
        .payload = bc_bytes_text("hello"),
    };

    fake_view_sent(view, &message, placement);
}

static void join(struct bc_view *view, const char *user, uint64_t joined)
{
    struct bc_membership *membership = fake_view_membership(view, "team", user);

    membership->role = BC_ROLE_MEMBER;
    membership->joined = joined;
}

struct bc_view *report_world(struct bc_relation stance)
{
    struct bc_view *view = fake_view_new();
    const struct bc_report report = { .id = REPORT_ID,
        .by = bc_bytes_text("carol"),
        .user = bc_bytes_text("bob"),
        .message = 101,
        .reason = BC_REASON_SPAM };

    *fake_view_relation(view, "alice", "bob") = stance;
    for (uint64_t id = 101; id <= 115; id++) {
        put(view, id, id == 108 ? "alice" : "bob", id == 108 ? "bob" : "alice", NULL, BC_HELD);
    }
    put(view, 116, "bob", "alice", NULL, BC_KEPT);
    put(view, 117, "bob", "carol", NULL, BC_INBOX);
    join(view, "bob", 1);
    join(view, "alice", 202);
    fake_view_membership(view, "team", "lea")->joined = 1; /* who has left */
    for (uint64_t id = 201; id <= 203; id++) {
        put(view, id, "bob", NULL, "team", BC_KEPT);
    }
    fake_view_user(view, "carol");
    fake_view_report(view, &report);
    return view;
}

const struct bc_relation report_world_held = { .held = 15, .held_first = 101 };

struct bc_request report_world_request(enum bc_action action, const char *from)
{
    return (struct bc_request){ .action = action,
        .from = bc_bytes_text(from),
        .id = bc_id_at(NOW),
        .now_ms = NOW,
        .within_rate = true };
}

struct bc_request report_world_report(
    const char *from, uint64_t message, const char *user, const char *group)
{
    struct bc_request asked = report_world_request(message != 0   ? BC_REPORT_MESSAGE
                                                   : user != NULL ? BC_REPORT_USER
                                                                  : BC_REPORT_GROUP,
        from);

    asked.to = bc_bytes_text(user);
    asked.group = bc_bytes_text(group);
    asked.report.message = message;
    asked.report.reason = BC_REASON_ABUSE;
    return asked;
}

struct bc_decision report_decision;

void report_world_decide(const struct bc_view *view, const struct bc_request *asked)
{
    assert_int_equal(bc_decide(view, &limits, asked, &report_decision), BC_OK);
}

const char *report_world_outcome(void)
{
    return report_decision.verdict == BC_REFUSED   ? bc_refusal_code(report_decision.refusal)
           : report_decision.verdict == BC_CHANGES ? "ok"
                                                   : "nothing";
}
