/* Deliveries that are owed: after an opening, those of facts that no checkpoint knows as delivered.
 */
#include "tests/storage/fixture.h"

#include <stdlib.h>

/* At the last opening, the facts from the number ${first} to the last were handed out, in order. */
static void expect_owed(const struct fixture *fixture, const struct store *store, unsigned first)
{
    assert_int_equal(store->owed_count, fixture->model->count - (first - 1));
    for (unsigned i = 0; i < store->owed_count; i++) {
        assert_int_equal(store->owed[i], fixture->model->facts[first - 1 + i].id);
    }
}

static void the_facts_after_the_delivered_one_are_owed(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 20);
    bc_store_delivered(fixture->a.open, 13);
    store_checkpoint(&fixture->a);
    fixture_append(fixture, &fixture->a, 6);
    bc_store_delivered(fixture->a.open, 22); /* which no checkpoint remembers */
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    expect_owed(fixture, &fixture->b, 14);
    /* Nor has anything been delivered since. */
    store_close(&fixture->b);
    store_must_open(&fixture->b);
    expect_owed(fixture, &fixture->b, 14);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    expect_owed(fixture, &fixture->a, 23);
    bc_store_delivered(fixture->a.open, 26);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    assert_int_equal(fixture->a.owed_count, 0);
    fixture_check(fixture, &fixture->a);
}

static void without_a_checkpoint_everything_is_owed(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 20);
    bc_store_delivered(fixture->a.open, 20);
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    expect_owed(fixture, &fixture->b, 1);
    fixture_check(fixture, &fixture->b);
}

static void a_checkpoint_for_deliveries_alone_is_made(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 5);
    store_checkpoint(&fixture->a);
    bc_store_delivered(fixture->a.open, 5);
    store_checkpoint(&fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    assert_int_equal(fixture->b.owed_count, 0);
}

/* The journal keeps two segments; what was owed from before them is not handed out, and no error.
 */
static void what_is_owed_from_a_recycled_segment_is_not_handed_out(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_bytes = 8192;
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 20);
    bc_store_delivered(fixture->a.open, 10);
    for (unsigned i = 0; i < 20; i++) {
        fixture_append(fixture, &fixture->a, 20);
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    }
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
    assert_in_range(fixture->b.owed_count, 1, fixture->model->count - 11);
    expect_owed(fixture, &fixture->b, fixture->model->count - fixture->b.owed_count + 1);
    assert_int_equal(fixture->b.lines.warnings, 0);
    store_close(&fixture->b);
    fixture->b.options.owed = NULL;
    store_must_open(&fixture->b);
    assert_int_equal(fixture->b.lines.warnings, 0);
}

static bool is_same_change(const struct bc_fact_group *a, const struct bc_fact_group *b)
{
    bool same = bc_bytes_equal(a->group, b->group) && a->change == b->change &&
                bc_bytes_equal(a->title, b->title) && bc_bytes_equal(a->user, b->user) &&
                bc_bytes_equal(a->by, b->by) && bc_bytes_equal(a->successor, b->successor) &&
                a->role == b->role && a->until_ms == b->until_ms && a->members == b->members &&
                a->invitation_count == b->invitation_count;

    for (uint32_t i = 0; same && i < a->invitation_count; i++) {
        same = bc_bytes_equal(a->invitations[i].user, b->invitations[i].user) &&
               a->invitations[i].reach == b->invitations[i].reach;
    }
    return same;
}

static bool same_moderators(const struct bc_fact_reported *a, const struct bc_fact_reported *b)
{
    bool same = a->moderator_count == b->moderator_count;

    for (uint32_t i = 0; same && i < a->moderator_count; i++) {
        same = bc_bytes_equal(a->moderators[i], b->moderators[i]);
    }
    return same;
}

/* The next of the model's facts, as it was appended. */
static void compare_owed(void *context, const struct bc_view *view, const struct bc_fact *fact)
{
    struct model *model = context;
    const struct bc_fact *wanted = &model->facts[model->count++];
    bool same = fact->id == wanted->id && fact->type == wanted->type;

    (void)view;
    if (same && fact->type == BC_FACT_SENT) {
        const struct bc_message *a = &fact->sent.message;
        const struct bc_message *b = &wanted->sent.message;

        same = a->id == b->id && bc_bytes_equal(a->from, b->from) && bc_bytes_equal(a->to, b->to) &&
               bc_bytes_equal(a->group, b->group) && a->kind == b->kind &&
               bc_bytes_equal(a->payload, b->payload) &&
               bc_bytes_equal(a->content_type, b->content_type) &&
               bc_bytes_equal(a->msgid, b->msgid) && a->reply_to == b->reply_to &&
               a->origin == b->origin && fact->sent.placement == wanted->sent.placement &&
               fact->sent.approves == wanted->sent.approves &&
               fact->sent.moved_after == wanted->sent.moved_after;
    } else if (same && fact->type == BC_FACT_RELATION) {
        const struct bc_fact_relation *a = &fact->relation;
        const struct bc_fact_relation *b = &wanted->relation;

        same = bc_bytes_equal(a->user, b->user) && bc_bytes_equal(a->other, b->other) &&
               a->change == b->change && a->until_ms == b->until_ms &&
               a->tell_other == b->tell_other && a->moved_after == b->moved_after;
    } else if (same && fact->type == BC_FACT_GROUP) {
        same = is_same_change(&fact->group, &wanted->group);
    } else if (same && fact->type == BC_FACT_MARKED) {
        const struct bc_fact_marked *a = &fact->marked;
        const struct bc_fact_marked *b = &wanted->marked;

        same = bc_bytes_equal(a->user, b->user) && bc_bytes_equal(a->other, b->other) &&
               bc_bytes_equal(a->group, b->group) && a->markers.read == b->markers.read &&
               a->markers.delivered == b->markers.delivered && a->read_receipt == b->read_receipt &&
               a->delivered_receipt == b->delivered_receipt && a->counted == b->counted &&
               a->unread == b->unread;
    } else if (same && fact->type == BC_FACT_REPORTED) {
        same = same_report(&fact->reported.report, &wanted->reported.report) &&
               fact->reported.blocks == wanted->reported.blocks &&
               same_moderators(&fact->reported, &wanted->reported);
    } else if (same && fact->type == BC_FACT_MODERATED) {
        same = same_moderation(&fact->moderated, &wanted->moderated);
    } else if (same && fact->type == BC_FACT_TOKEN) {
        const struct bc_fact_token *a = &fact->token;
        const struct bc_fact_token *b = &wanted->token;

        same = bc_bytes_equal(a->user, b->user) && bc_bytes_equal(a->device, b->device) &&
               a->change == b->change && bc_bytes_equal(a->hash, b->hash) &&
               a->until_ms == b->until_ms && bc_bytes_equal(a->ends, b->ends) && a->day == b->day;
    } else if (same && fact->type == BC_FACT_PUSH) {
        const struct bc_fact_push *a = &fact->push;
        const struct bc_fact_push *b = &wanted->push;

        same = bc_bytes_equal(a->user, b->user) && bc_bytes_equal(a->device, b->device) &&
               a->change == b->change && bc_bytes_equal(a->hash, b->hash) &&
               bc_bytes_equal(a->endpoint, b->endpoint) && bc_bytes_equal(a->ends, b->ends) &&
               bc_bytes_equal(a->p256dh, b->p256dh) && bc_bytes_equal(a->auth, b->auth);
    } else if (same && fact->type == BC_FACT_STORED) {
        same = bc_bytes_equal(fact->stored.user, wanted->stored.user) &&
               bc_bytes_equal(fact->stored.key, wanted->stored.key) &&
               bc_bytes_equal(fact->stored.value, wanted->stored.value) &&
               fact->stored.removed == wanted->stored.removed;
    } else if (same && fact->type == BC_FACT_REACTED) {
        same = bc_bytes_equal(fact->reacted.by, wanted->reacted.by) &&
               bc_bytes_equal(fact->reacted.emoji, wanted->reacted.emoji) &&
               bc_bytes_equal(fact->reacted.user, wanted->reacted.user) &&
               bc_bytes_equal(fact->reacted.group, wanted->reacted.group) &&
               fact->reacted.message == wanted->reacted.message &&
               fact->reacted.kept == wanted->reacted.kept;
    } else if (same && fact->type == BC_FACT_PROFILE) {
        same = bc_bytes_equal(fact->profile.user, wanted->profile.user) &&
               bc_bytes_equal(fact->profile.name, wanted->profile.name) &&
               bc_bytes_equal(fact->profile.about, wanted->profile.about) &&
               bc_bytes_equal(fact->profile.picture, wanted->profile.picture) &&
               fact->profile.picture_stays == wanted->profile.picture_stays;
    } else if (same) {
        same = bc_bytes_equal(fact->settings.user, wanted->settings.user) &&
               fact->settings.settings.contacts_only == wanted->settings.settings.contacts_only &&
               fact->settings.settings.receipts_off == wanted->settings.settings.receipts_off &&
               fact->settings.settings.group_invites == wanted->settings.settings.group_invites &&
               fact->settings.settings.findable == wanted->settings.settings.findable;
    }
    assert_true(same);
}

static void what_is_owed_is_every_field_of_what_was_appended(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 200);
    store_as_killed(&fixture->a, &fixture->b);
    fixture->b.options.owed = compare_owed;
    fixture->b.options.owed_context = fixture->model;
    fixture->model->count = 0;
    store_must_open(&fixture->b);
    assert_int_equal(fixture->model->count, 200);
}

static void what_went_out_once_is_not_owed_again(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 20);
    bc_store_delivered(fixture->a.open, 20);
    bc_store_delivered(fixture->a.open, 0); /* it never goes back */
    assert_int_equal(bc_store_sync(fixture->a.open), BC_OK);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, true), BC_OK);
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    assert_int_equal(fixture->b.owed_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_facts_after_the_delivered_one_are_owed),
        TEST(without_a_checkpoint_everything_is_owed),
        TEST(a_checkpoint_for_deliveries_alone_is_made),
        TEST(what_is_owed_from_a_recycled_segment_is_not_handed_out),
        TEST(what_is_owed_is_every_field_of_what_was_appended),
        TEST(what_went_out_once_is_not_owed_again),
    };

    return cmocka_run_group_tests_name("owed", tests, NULL, NULL);
}
