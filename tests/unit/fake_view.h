/*
 * A view (messaging/view.h) of the state as plainly as can be (tests/naive), so that the rules are
 * tested without a store. Tests fill it; everything is borrowed, so names and payloads are best
 * literals. The lists that only commands read are left out. Since tests put memberships there
 * without facts, a group's message is shown to those who joined it before, also when they have
 * left.
 */
#ifndef BC_TESTS_UNIT_FAKE_VIEW_H
#define BC_TESTS_UNIT_FAKE_VIEW_H

#include "messaging/fact.h"

/* Empty. Fails the test without memory. */
struct bc_view *fake_view_new(void);
void fake_view_free(struct bc_view *view);

/* The number of who is called ${name}, who is known from now on. */
uint32_t fake_view_user(struct bc_view *view, const char *name);

/* To be changed in place; good until the next user or relation is added. */
struct bc_settings *fake_view_settings(struct bc_view *view, const char *name);
struct bc_relation *fake_view_relation(struct bc_view *view, const char *owner, const char *other);

/* The number of the group called ${name}, which is there from now on. */
uint32_t fake_view_group(struct bc_view *view, const char *name);

/* To be changed in place; good until the next membership is added. A role is what makes a member.
 */
struct bc_membership *fake_view_membership(
    struct bc_view *view, const char *group, const char *user);

/* Store ${message} and its msgid. Its sender sees it, and its recipient unless it is BC_KEPT. */
void fake_view_sent(
    struct bc_view *view, const struct bc_message *message, enum bc_placement placement);

/* To be changed in place. */
struct bc_timeline *fake_view_timeline(struct bc_view *view);

/* Suspend ${name} until ${until_ms}. */
void fake_view_suspend(struct bc_view *view, const char *name, uint64_t until_ms);

/* Store ${report}. */
void fake_view_report(struct bc_view *view, const struct bc_report *report);

/* ${user} wrote a title or a note, of ${step}, which an open report may keep. In the order of ids.
 */
void fake_view_written(
    struct bc_view *view, enum bc_erasure_step step, const char *user, uint64_t id, bool kept);

/* Up to ${upto} mailboxes are full of what isn't shown; FAKE_VIEW_WALK ids are passed over a call.
 */
#define FAKE_VIEW_WALK 1000
void fake_view_hide(struct bc_view *view, uint64_t upto);

/* Do to the view what ${fact} says. */
void fake_view_apply(struct bc_view *view, const struct bc_fact *fact);

/*
 * After ${calls} more calls of the view's functions each fails with ${error}. Their outcomes are
 * then filled with rubbish, so that whoever goes on to use them is found out.
 */
void fake_view_fail(struct bc_view *view, unsigned calls, enum bc_error error);

/* The view works again; says whether any call has failed. */
bool fake_view_mend(struct bc_view *view);

#endif
