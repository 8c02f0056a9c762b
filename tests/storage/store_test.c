/* The store on a disk that works: what is appended is there, whatever becomes of the process. */
#include "tests/storage/fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messaging/id.h"

static void an_empty_directory_becomes_an_empty_store(void **state)
{
    struct fixture *fixture = *state;

    for (int time = 0; time < 3; time++) {
        store_must_open(&fixture->a);
        fixture_check(fixture, &fixture->a);
        assert_int_equal(bc_store_unsynced(fixture->a.open), 0);
        assert_int_equal(bc_store_checkpoint(fixture->a.open, true), BC_OK);
        store_close(&fixture->a);
        assert_string_equal(fixture->a.lines.text, "");
        assert_int_equal(fixture->a.owed_count, 0);
    }
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    bc_store_close(NULL);
}

/* Every type of fact, and every change of a relation, one by one. */
static void the_view_shows_each_fact_as_soon_as_it_is_appended(void **state)
{
    struct fixture *fixture = *state;
    struct bc_settings settings = { true, true, BC_INVITES_NONE, true };
    struct bc_fact facts[] = {
        fact_sent(id_at(1), 0, 0, BC_KEPT, false),
        fact_sent(id_at(2), 0, 1, BC_HELD, true),
        fact_sent(id_at(3), 0, 1, BC_HELD, false),
        fact_sent(id_at(4), 2, 1, BC_KEPT, true),
        fact_sent(id_at(5), 3, 1, BC_HELD, true),
        fact_relation(id_at(6), 1, 3, BC_DECLINED_REQUEST),
        fact_relation(id_at(7), 1, 0, BC_BLOCKED_USER),
        fact_relation(id_at(8), 1, 0, BC_UNBLOCKED_USER),
        fact_relation(id_at(9), 1, 0, BC_CONTACT_ADDED),
        fact_sent(id_at(10), 0, 1, BC_INBOX, false),
        fact_relation(id_at(11), 1, 0, BC_CONTACT_REMOVED),
        fact_relation(id_at(12), 1, 4, BC_BLOCKED_USER), /* nobody has heard of them */
        fact_relation(id_at(13), 1, 4, BC_UNBLOCKED_USER),
        fact_relation(id_at(14), 1, 5, BC_CONTACT_ADDED),
        fact_settings(id_at(15), 1, settings),
        fact_settings(id_at(16), 6, settings),
        fact_settings(id_at(17), 1, (struct bc_settings){ 0 }),
    };

    facts[5].relation.until_ms = 1000;
    store_must_open(&fixture->a);
    for (unsigned i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        store_append(&fixture->a, &facts[i]);
        model_apply(fixture->model, &facts[i]);
        assert_int_equal(bc_store_unsynced(fixture->a.open), i + 1);
        fixture_check(fixture, &fixture->a);
    }
    store_sync(&fixture->a);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
}

static void what_was_appended_is_there_after_closing(void **state)
{
    struct fixture *fixture = *state;

    for (int time = 0; time < 10; time++) {
        store_must_open(&fixture->a);
        fixture_check(fixture, &fixture->a);
        fixture_append(fixture, &fixture->a, 30);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        if (time % 3 == 1) {
            store_checkpoint(&fixture->a);
        }
        store_close(&fixture->a);
        assert_string_equal(fixture->a.lines.text, "");
    }
}

static void closing_syncs_what_was_not(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact = fact_sent(id_at(1), 0, 1, BC_HELD, true);

    store_must_open(&fixture->a);
    store_append(&fixture->a, &fact);
    model_apply(fixture->model, &fact);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
    assert_int_equal(bc_store_unsynced(fixture->a.open), 0);
}

/* What a kill leaves, at every fact of a life with checkpoints in it. */
static void what_was_appended_is_there_after_a_kill_at_any_moment(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    for (unsigned i = 0; i < 120; i++) {
        struct bc_fact fact = model_think(fixture->model);

        store_append(&fixture->a, &fact);
        model_apply(fixture->model, &fact);
        if (i % 7 == 3) {
            store_sync(&fixture->a);
        }
        if (i % 25 == 20) {
            store_checkpoint(&fixture->a);
        }
        store_as_killed(&fixture->a, &fixture->b);
        store_must_open(&fixture->b);
        assert_string_equal(fixture->b.lines.text, "");
        assert_int_equal(bc_store_last(fixture->b.open), i + 1);
        assert_int_equal(bc_store_newest_id(fixture->b.open), bc_fact_last_id(&fact));
        if (i % 10 == 9) {
            fixture_check(fixture, &fixture->b);
        }
        store_close(&fixture->b);
    }
}

struct killed_child {
    struct fixture *fixture;
    int told; /* after each append its number is written here */
};

/* Append for ever, now and then with a checkpoint, saying what was appended. */
static void append_until_killed(void *argument)
{
    const struct killed_child *child = argument;
    struct fixture *fixture = child->fixture;

    CHILD_EXPECT(bc_store_open(&fixture->a.open, &fixture->a.options) == BC_OK);
    for (unsigned i = 1; i < FACTS_MAX; i++) {
        struct bc_fact fact = model_think(fixture->model);

        CHILD_EXPECT(bc_store_append(fixture->a.open, &fact) == BC_OK);
        model_apply(fixture->model, &fact);
        CHILD_EXPECT(write(child->told, &i, sizeof(i)) == sizeof(i));
        if (i % 16 == 0) {
            CHILD_EXPECT(bc_store_sync(fixture->a.open) == BC_OK);
        }
        if (i % 160 == 0) {
            CHILD_EXPECT(bc_store_checkpoint(fixture->a.open, true) == BC_OK);
        }
    }
}

/* Kill a child that appends when it has told ${enough}; returns how many it has. */
static unsigned kill_after(struct fixture *fixture, unsigned enough)
{
    struct killed_child argument = { .fixture = fixture };
    unsigned last = 0;
    unsigned told;
    int status;
    int ends[2];
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    argument.told = ends[1];
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        append_until_killed(&argument);
        _exit(0);
    }
    close(ends[1]);
    while (last < enough && read(ends[0], &told, sizeof(told)) == sizeof(told)) {
        last = told;
    }
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &status, 0), child);
    while (read(ends[0], &told, sizeof(told)) == sizeof(told)) {
        last = told;
    }
    close(ends[0]);
    assert_true(WIFSIGNALED(status));
    return last;
}

static void a_killed_process_loses_nothing_that_it_appended(void **state)
{
    static const unsigned moments[] = { 1, 15, 33, 170, 305 };

    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        struct fixture *fixture = *state;
        unsigned told;
        unsigned last;

        fixture->a.options.dir = fixture->a.dir;
        told = kill_after(fixture, moments[i]);
        store_must_open(&fixture->a);
        last = (unsigned)bc_store_last(fixture->a.open);
        assert_in_range(last, told, told + 1);
        while (fixture->model->count < last) { /* what the child thought of */
            struct bc_fact fact = model_think(fixture->model);

            model_apply(fixture->model, &fact);
        }
        fixture_check(fixture, &fixture->a);
        assert_int_equal(bc_store_unsynced(fixture->a.open), 0);
        fixture_append(fixture, &fixture->a, 5);
        store_close(&fixture->a);
        fixture_teardown(state);
        assert_int_equal(fixture_setup(state), 0);
    }
}

static void leave_without_closing(void *argument)
{
    struct fixture *fixture = argument;

    CHILD_EXPECT(bc_store_open(&fixture->a.open, &fixture->a.options) == BC_OK);
    for (unsigned i = 0; i < 10; i++) {
        struct bc_fact fact = model_think(fixture->model);

        CHILD_EXPECT(bc_store_append(fixture->a.open, &fact) == BC_OK);
        model_apply(fixture->model, &fact);
    }
    _exit(0);
}

static void a_process_that_ends_without_closing_loses_nothing(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.dir = fixture->a.dir;
    for (unsigned time = 1; time <= 3; time++) {
        assert_int_equal(in_child(leave_without_closing, fixture), 0);
        store_must_open(&fixture->a);
        for (unsigned i = 0; i < 10; i++) {
            struct bc_fact fact = model_think(fixture->model);

            model_apply(fixture->model, &fact);
        }
        fixture_check(fixture, &fixture->a);
        store_close(&fixture->a);
    }
}

/* Is what the tables on the disk hold behind the store, so that a checkpoint didn't happen? */
static bool has_committed(struct fixture *fixture)
{
    struct file file;
    bool committed;

    store_as_killed(&fixture->a, &fixture->b);
    store_delete(&fixture->b, "journal.0");
    store_delete(&fixture->b, "journal.1");
    fixture->b.options.owed = NULL;
    /* Without its journal the store is refused exactly if the tables hold anything. */
    committed = store_open(&fixture->b) != BC_OK;
    store_close(&fixture->b);
    file = store_load(&fixture->b, "data.mdb");
    free(file.data);
    store_delete(&fixture->b, "lock.mdb");
    return committed;
}

static void a_checkpoint_waits_for_as_many_facts_as_were_asked_for(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_facts = 5;
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 4);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_false(has_committed(fixture));
    fixture_append(fixture, &fixture->a, 1);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_true(has_committed(fixture));
}

static void a_checkpoint_waits_for_as_many_bytes_as_were_asked_for(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact = fact_sent(id_at(1), 0, 0, BC_KEPT, false);

    fixture->a.options.checkpoint_bytes = 4096;
    store_must_open(&fixture->a);
    fact.sent.message.payload = payload_of(1, 3000);
    store_append(&fixture->a, &fact);
    store_sync(&fixture->a);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_false(has_committed(fixture));
    fact.id = fact.sent.message.id = id_at(2);
    store_append(&fixture->a, &fact);
    store_sync(&fixture->a);
    assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    assert_true(has_committed(fixture));
}

static void a_forced_checkpoint_waits_for_nothing(void **state)
{
    struct fixture *fixture = *state;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 1);
    store_checkpoint(&fixture->a);
    assert_true(has_committed(fixture));
}

static void segments_are_recycled_over_and_over(void **state)
{
    struct fixture *fixture = *state;
    struct file file;
    size_t sizes[2];

    store_must_open(&fixture->a);
    for (int i = 0; i < 2; i++) {
        file = store_load(&fixture->a, i == 0 ? "journal.0" : "journal.1");
        sizes[i] = file.len;
        free(file.data);
    }
    for (unsigned i = 0; i < 100; i++) {
        fixture_append(fixture, &fixture->a, 50);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
        if (i % 20 == 11) {
            store_close(&fixture->a);
            store_must_open(&fixture->a);
        }
        if (i % 20 == 17) {
            store_as_killed(&fixture->a, &fixture->b);
            store_must_open(&fixture->b);
            assert_int_equal(bc_store_last(fixture->b.open), fixture->model->count);
            store_close(&fixture->b);
        }
    }
    fixture_check(fixture, &fixture->a);
    assert_string_equal(fixture->a.lines.text, "");
    for (int i = 0; i < 2; i++) {
        file = store_load(&fixture->a, i == 0 ? "journal.0" : "journal.1");
        assert_int_equal(file.len, sizes[i]);
        free(file.data);
    }
}

static void a_full_segment_is_left_without_being_asked(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_bytes = 8192;
    store_must_open(&fixture->a);
    for (unsigned i = 0; i < 600; i++) { /* no sync and no checkpoint is asked for */
        struct bc_fact fact = model_think(fixture->model);

        store_append(&fixture->a, &fact);
        model_apply(fixture->model, &fact);
    }
    fixture_check(fixture, &fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    fixture->b.options.owed = NULL;
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
}

/* ---- deliveries that are owed ---- */

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

/* ---- large things, and many ---- */

static void messages_of_a_mebibyte_are_stored(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.message_max_bytes = 1 << 20;
    store_must_open(&fixture->a);
    for (unsigned i = 0; i < 12; i++) {
        struct bc_fact fact = fact_sent(id_at(1 + i), 0, 1, BC_HELD, i == 0);

        fact.sent.message.payload = payload_of(i, i % 4 == 3 ? 100 : 1 << 20);
        fact.sent.message.content_type = bc_bytes(payload_of(i, 127).data, 127);
        fact.sent.message.msgid = bc_bytes(payload_of(i, 64).data, 64);
        fact.sent.message.reply_to = UINT64_MAX;
        fact.sent.message.origin = UINT64_MAX - 1;
        store_append(&fixture->a, &fact);
        model_apply(fixture->model, &fact);
        if (i % 5 == 4) {
            store_sync(&fixture->a);
            assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
        }
    }
    bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
    for (int time = 0; time < 2; time++) {
        for (unsigned i = 0; i < 12; i++) {
            const struct bc_message *wanted = &fixture->model->facts[i].sent.message;
            struct bc_message is;

            assert_int_equal(
                bc_view_message(bc_store_view(fixture->a.open), wanted->id, &is), BC_OK);
            assert_true(bc_bytes_equal(is.payload, wanted->payload));
            assert_true(bc_bytes_equal(is.msgid, wanted->msgid));
            assert_true(bc_bytes_equal(is.content_type, wanted->content_type));
        }
        store_close(&fixture->a);
        store_must_open(&fixture->a);
    }
}

static void look_for_type(void *context, const struct bc_view *view, const struct bc_fact *fact)
{
    (void)view;
    *(bool *)context = bc_bytes_equal(fact->sent.message.content_type, bc_bytes_text("image/png"));
}

/* Earlier versions stored the sender's word; clients act on what they are told a picture is. */
static void the_content_type_of_media_is_what_the_bytes_say_whatever_was_stored(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact = fact_sent(id_at(1), 0, 1, BC_HELD, false);
    struct bc_message is;
    bool owed_right = false;

    fact.sent.message.kind = BC_IMAGE;
    fact.sent.message.payload = bc_bytes_text("\x89PNG\r\n\x1A\n<script>");
    fact.sent.message.content_type = bc_bytes_text("text/html");
    store_must_open(&fixture->a);
    store_append(&fixture->a, &fact);
    assert_int_equal(bc_view_message(bc_store_view(fixture->a.open), fact.id, &is), BC_OK);
    assert_true(bc_bytes_equal(is.content_type, bc_bytes_text("image/png")));
    store_as_killed(&fixture->a, &fixture->b);
    fixture->b.options.owed = look_for_type;
    fixture->b.options.owed_context = &owed_right;
    store_must_open(&fixture->b);
    assert_true(owed_right);
}

/* Files that were made for smaller limits must not be in the way of larger ones. */
static void larger_limits_hold_from_the_next_opening(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact = fact_sent(id_at(1), 0, 0, BC_KEPT, false);

    fixture->a.options.message_max_bytes = 4096;
    store_must_open(&fixture->a);
    store_append(&fixture->a, &fact);
    store_close(&fixture->a);
    fixture->a.options.message_max_bytes = 1 << 20;
    store_must_open(&fixture->a);
    fact.id = fact.sent.message.id = id_at(2);
    fact.sent.message.payload = payload_of(1, 1 << 20);
    store_append(&fixture->a, &fact);
}

static void a_larger_distance_of_checkpoints_holds_from_the_next_opening(void **state)
{
    struct fixture *fixture = *state;

    fixture->a.options.checkpoint_bytes = 8192;
    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 5);
    store_close(&fixture->a);
    fixture->a.options.checkpoint_bytes = 262144;
    store_must_open(&fixture->a);
    for (unsigned i = 0; i < 40; i++) {
        fixture_append(fixture, &fixture->a, 10);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        assert_int_equal(bc_store_checkpoint(fixture->a.open, false), BC_OK);
    }
    fixture_check(fixture, &fixture->a);
}

static struct bc_bytes numbered(unsigned i, char name[16])
{
    snprintf(name, 16, "user%u", i * 7919 % 10007);
    return bc_bytes_text(name);
}

static void users_are_numbered_in_the_order_in_which_they_appear(void **state)
{
    struct fixture *fixture = *state;
    char name[16];
    char other[16];
    uint32_t number;

    store_must_open(&fixture->a);
    for (unsigned i = 1; i <= 10000; i += 2) {
        struct bc_fact fact = fact_relation(id_at(i), 0, 0, BC_BLOCKED_USER);

        fact.relation.user = numbered(i, name);
        fact.relation.other = numbered(i + 1, other);
        store_append(&fixture->a, &fact);
        if (i % 1000 == 1) {
            bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
            store_checkpoint(&fixture->a);
        }
    }
    for (int time = 0; time < 2; time++) {
        for (unsigned i = 1; i <= 10000; i++) {
            assert_int_equal(
                bc_view_user(bc_store_view(fixture->a.open), numbered(i, name), &number), BC_OK);
            assert_int_equal(number, i);
        }
        assert_int_equal(
            bc_view_user(bc_store_view(fixture->a.open), bc_bytes_text("user"), &number), BC_OK);
        assert_int_equal(number, 0);
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        store_close(&fixture->a);
        store_must_open(&fixture->a);
    }
}

/* ---- what a caller may get wrong, and what is at the edges ---- */

static void a_message_older_than_the_last_is_refused_and_leaves_no_trace(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact;

    store_must_open(&fixture->a);
    fixture_append(fixture, &fixture->a, 30);
    fact = fact_sent(id_at(5), 0, 1, BC_KEPT, false);
    fact.sent.message.msgid = bc_bytes_text("never-stored");
    assert_int_equal(bc_store_append(fixture->a.open, &fact), BC_DAMAGED);
    fixture_check(fixture, &fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    fixture_check(fixture, &fixture->b);
    fixture_append(fixture, &fixture->a, 30);
    fixture_check(fixture, &fixture->a);
    store_close(&fixture->a);
    store_must_open(&fixture->a);
    fixture_check(fixture, &fixture->a);
}

static void no_request_comes_after_the_last_id_of_all(void **state)
{
    struct fixture *fixture = *state;
    struct bc_fact fact = fact_sent(id_at(1), 0, 1, BC_HELD, true);
    struct bc_request_row row;
    struct bc_part part = { .after = UINT64_MAX - 1, .limit = 1 };

    store_must_open(&fixture->a);
    store_append(&fixture->a, &fact);
    assert_int_equal(bc_view_requests(bc_store_view(fixture->a.open), 2, &part, &row), BC_OK);
    assert_int_equal(part.count, 0);
    part.after = UINT64_MAX;
    assert_int_equal(bc_view_requests(bc_store_view(fixture->a.open), 2, &part, &row), BC_OK);
    assert_int_equal(part.count, 0);
}

#define OTHERS 1500

/* One user blocks, or unblocks, those of the ${count} others from ${first} on who aren't, or are.
 */
static void change_many(struct fixture *fixture, uint64_t *ms, bool blocked[OTHERS], unsigned first,
    unsigned count, enum bc_change change)
{
    char name[80];

    for (unsigned i = first; i < first + count; i++) {
        struct bc_fact fact = fact_relation(id_at(++*ms), 0, 0, change);

        if (blocked[i] != (change == BC_BLOCKED_USER)) {
            snprintf(name, sizeof(name), "%05u, whose name is longer than most of them", i);
            fact.relation.other = bc_bytes_text(name);
            store_append(&fixture->a, &fact);
            blocked[i] = !blocked[i];
        }
    }
}

/*
 * Rows that come and go within one checkpoint leave pages at the end of the file that LMDB counts
 * and never writes. A file that ends before them is whole.
 */
static void a_closed_store_opens_whatever_rows_came_and_went(void **state)
{
    struct fixture *fixture = *state;
    bool blocked[OTHERS] = { false };
    uint64_t ms = 0;

    store_must_open(&fixture->a);
    for (unsigned i = 0; i < 100; i++) {
        unsigned first = model_draw(fixture->model, 1000);
        unsigned count = model_draw(fixture->model, 500);

        change_many(fixture, &ms, blocked, first, count, BC_BLOCKED_USER);
        if (model_draw(fixture->model, 2) == 1) {
            change_many(fixture, &ms, blocked, first, count, BC_UNBLOCKED_USER);
        }
        bc_store_delivered(fixture->a.open, bc_store_last(fixture->a.open));
        store_close(&fixture->a);
        store_must_open(&fixture->a);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_directory_becomes_an_empty_store),
        TEST(closing_nothing_is_allowed),
        TEST(the_view_shows_each_fact_as_soon_as_it_is_appended),
        TEST(what_was_appended_is_there_after_closing),
        TEST(closing_syncs_what_was_not),
        TEST(what_was_appended_is_there_after_a_kill_at_any_moment),
        TEST(a_killed_process_loses_nothing_that_it_appended),
        TEST(a_process_that_ends_without_closing_loses_nothing),
        TEST(a_checkpoint_waits_for_as_many_facts_as_were_asked_for),
        TEST(a_checkpoint_waits_for_as_many_bytes_as_were_asked_for),
        TEST(a_forced_checkpoint_waits_for_nothing),
        TEST(segments_are_recycled_over_and_over),
        TEST(a_full_segment_is_left_without_being_asked),
        TEST(the_facts_after_the_delivered_one_are_owed),
        TEST(without_a_checkpoint_everything_is_owed),
        TEST(a_checkpoint_for_deliveries_alone_is_made),
        TEST(what_is_owed_from_a_recycled_segment_is_not_handed_out),
        TEST(what_is_owed_is_every_field_of_what_was_appended),
        TEST(what_went_out_once_is_not_owed_again),
        TEST(messages_of_a_mebibyte_are_stored),
        TEST(the_content_type_of_media_is_what_the_bytes_say_whatever_was_stored),
        TEST(larger_limits_hold_from_the_next_opening),
        TEST(a_larger_distance_of_checkpoints_holds_from_the_next_opening),
        TEST(users_are_numbered_in_the_order_in_which_they_appear),
        TEST(a_message_older_than_the_last_is_refused_and_leaves_no_trace),
        TEST(no_request_comes_after_the_last_id_of_all),
        TEST(a_closed_store_opens_whatever_rows_came_and_went),
    };

    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
