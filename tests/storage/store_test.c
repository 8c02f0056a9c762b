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
