/* Titles and notes of who is erased: gone from every table, and nothing of anybody else's. */
#include "tests/storage/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messaging/decide.h"
#include "messaging/event.h"
#include "messaging/rules.h"
#include "storage/store_inside.h"
#include "tests/storage/left.h"
#include "tests/storage/stored_version.h"

#define SECRET "Quetzalcoatl"
#define OTHER  "Popocatepetl"

/* Who is erased, and others. */
enum {
    ANNA,
    BEN,
    CLARA
};

/* Changes of rows by one fact, and facts of one erasure, at most. */
#define FACTS_OF_ONE 1000

/* However much there is, one fact looks at no more than so many rows, twice, and changes 64. */
#define STEPS_MAX 3000

static const struct bc_limits limits = { .groups_per_user = 100 };

static uint64_t time_ms = 1000000;

static uint64_t next_id(void)
{
    return id_at(++time_ms);
}

static struct bc_bytes text(const char *text_of)
{
    return bc_bytes_text(text_of);
}

/* ---- what is written ---- */

static uint64_t group(struct store *store, const char *name, enum bc_group_change change,
    unsigned by, const char *title)
{
    struct bc_fact fact = fact_group(next_id(), name, change);

    fact.group.by = name_of(by);
    fact.group.title = text(title);
    store_append(store, &fact);
    return fact.id;
}

static uint64_t invite(
    struct store *store, const char *name, unsigned by, unsigned user, enum bc_reach reach)
{
    struct bc_fact fact = fact_group(next_id(), name, BC_GROUP_INVITED);
    struct bc_invitation invitation = { .user = name_of(user), .reach = reach };
    struct bc_group is;

    assert_int_equal(bc_view_group(bc_store_view(store->open), text(name), &is), BC_OK);
    fact.group.by = name_of(by);
    fact.group.title = is.title;
    fact.group.invitations = &invitation;
    fact.group.invitation_count = 1;
    store_append(store, &fact);
    return bc_fact_invitation_id(fact.id, 0);
}

static void leave(struct store *store, const char *name, unsigned user)
{
    struct bc_fact fact = fact_group(next_id(), name, BC_GROUP_LEFT);

    fact.group.user = name_of(user);
    store_append(store, &fact);
}

static uint64_t report(struct store *store, unsigned by, unsigned user, const char *note)
{
    struct bc_fact fact = { .id = next_id(), .type = BC_FACT_REPORTED };

    fact.reported.report = (struct bc_report){ .id = fact.id,
        .by = name_of(by),
        .user = name_of(user),
        .reason = BC_REASON_SPAM,
        .note = text(note) };
    store_append(store, &fact);
    return fact.id;
}

static uint64_t moderate(
    struct store *store, unsigned by, unsigned user, uint64_t resolves, const char *note)
{
    struct bc_fact fact = { .id = next_id(), .type = BC_FACT_MODERATED };
    struct bc_report is;

    fact.moderated = (struct bc_moderation){ .id = fact.id,
        .by = name_of(by),
        .measure = resolves != 0 ? BC_WARN : BC_SUSPEND,
        .user = name_of(user),
        .report = resolves,
        .until_ms = resolves != 0 ? 0 : time_ms + 1,
        .note = text(note) };
    if (resolves != 0) {
        assert_int_equal(bc_view_report(bc_store_view(store->open), resolves, &is), BC_OK);
        fact.moderated.reporter = is.by;
    }
    store_append(store, &fact);
    return fact.id;
}

/* ---- erasing ---- */

static enum bc_verdict ask(struct store *store, const struct bc_request *request, uint64_t *steps)
{
    static struct bc_decision decision;
    uint64_t before = bc_tables_steps(store->open->tables);

    assert_int_equal(bc_decide(bc_store_view(store->open), &limits, request, &decision), BC_OK);
    if (decision.verdict == BC_CHANGES) {
        store_append(store, &decision.fact);
    }
    *steps = bc_tables_steps(store->open->tables) - before;
    return decision.verdict;
}

static struct bc_erasure erasure_of(struct store *store, uint64_t id)
{
    struct bc_erasure erasure;
    unsigned state = 0;

    while (state < BC_ERASURE_STATES && bc_view_erasure(bc_store_view(store->open),
                                            (enum bc_erasure_state)state, id, &erasure) != BC_OK) {
        state++;
    }
    assert_true(state < BC_ERASURE_STATES);
    return erasure;
}

/* Begin to erase ${user}. */
static uint64_t begin(struct store *store, unsigned user)
{
    struct bc_request request = { .action = BC_ERASE,
        .rules = bc_rules_newest(),
        .id = next_id(),
        .now_ms = time_ms,
        .from = text(BC_OPERATOR),
        .to = name_of(user),
        .erase = { .reason = text("asked for") } };
    uint64_t unused;

    assert_int_equal(ask(store, &request, &unused), BC_CHANGES);
    return request.id;
}

/* Go on with the erasure ${id}, one fact. *${steps} is what it took. */
static void go_on_once(struct store *store, uint64_t id, uint64_t *steps)
{
    struct bc_erased_message messages[BC_ERASED_MAX];
    struct bc_request request = { .action = BC_ERASE_ON,
        .id = next_id(),
        .now_ms = time_ms,
        .from = text(BC_OPERATOR),
        .erase = { .erasure = id, .messages = messages } };

    assert_int_equal(ask(store, &request, steps), BC_CHANGES);
}

/* Until nothing is left in the tables. Returns the most steps that one of the facts took. */
static uint64_t go_on(struct store *store, uint64_t id, unsigned *facts)
{
    uint64_t most = 0;

    for (*facts = 0; erasure_of(store, id).step != BC_ERASE_DONE; ++*facts) {
        uint64_t steps = 0;

        assert_true(*facts < FACTS_OF_ONE);
        go_on_once(store, id, &steps);
        most = steps > most ? steps : most;
    }
    return most;
}

static uint64_t erase(struct store *store, unsigned user)
{
    uint64_t id = begin(store, user);
    unsigned facts;

    (void)go_on(store, id, &facts);
    return id;
}

/* ---- what is there ---- */

/* How often ${secret} is in the rows of the closed store. */
static unsigned count_in_tables(const struct store *store, const char *secret)
{
    struct file dump = dump_tables(store);
    const uint8_t *at = dump.data;
    unsigned count = 0;

    while (at != NULL &&
           (at = memmem(at, dump.len - (size_t)(at - dump.data), secret, strlen(secret))) != NULL) {
        count++;
        at++;
    }
    free(dump.data);
    return count;
}

static void expect_title(struct store *store, const char *name, const char *title)
{
    struct bc_group is;

    assert_int_equal(bc_view_group(bc_store_view(store->open), text(name), &is), BC_OK);
    assert_true(bc_bytes_equal(is.title, text(title)));
}

/* The title that ${user} is shown. */
static void expect_shown(struct store *store, const char *name, unsigned user, const char *title)
{
    const struct bc_view *view = bc_store_view(store->open);
    struct bc_bytes shown;
    struct bc_group is;
    uint32_t number = 0;

    assert_int_equal(bc_view_user(view, name_of(user), &number), BC_OK);
    assert_int_equal(bc_view_group(view, text(name), &is), BC_OK);
    assert_int_equal(bc_view_title(view, &is, number, &shown), BC_OK);
    assert_true(bc_bytes_equal(shown, text(title)));
}

static void expect_note(struct store *store, uint64_t id, const char *note)
{
    struct bc_report is;

    assert_int_equal(bc_view_report(bc_store_view(store->open), id, &is), BC_OK);
    assert_true(bc_bytes_equal(is.note, text(note)));
}

/* Titles of groups, as they are, as invitations have them, and as who has left sees them. */
static void write_titles(struct store *store)
{
    group(store, "annas", BC_GROUP_CREATED, ANNA, SECRET " first");
    invite(store, "annas", ANNA, BEN, BC_REACH_JOINS);
    invite(store, "annas", ANNA, CLARA, BC_REACH_WAITS);
    leave(store, "annas", BEN);
    group(store, "annas", BC_GROUP_RENAMED, ANNA, SECRET " second");
    group(store, "bens", BC_GROUP_CREATED, BEN, OTHER " first");
    invite(store, "bens", BEN, ANNA, BC_REACH_JOINS);
    invite(store, "bens", BEN, CLARA, BC_REACH_JOINS);
    group(store, "bens", BC_GROUP_RENAMED, ANNA, SECRET " third");
    leave(store, "bens", CLARA);
    group(store, "bens", BC_GROUP_RENAMED, BEN, OTHER " second");
}

static void titles_go_wherever_they_are(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t id;

    store_must_open(store);
    write_titles(store);
    store_checkpoint(store);
    expect_title(store, "annas", SECRET " second");
    expect_shown(store, "annas", BEN, SECRET " first");
    expect_shown(store, "bens", CLARA, SECRET " third");
    id = erase(store, ANNA);
    expect_title(store, "annas", "");
    expect_title(store, "bens", OTHER " second");
    expect_shown(store, "annas", BEN, "");
    expect_shown(store, "bens", CLARA, "");
    /* A group's, two stints', and the events of those who joined, were asked or were told. */
    assert_int_equal(erasure_of(store, id).rows, 1 + 2 + 6);
    invite(store, "annas", ANNA, BEN, BC_REACH_JOINS); /* it goes on */
    group(store, "annas", BC_GROUP_RENAMED, ANNA, OTHER " third");
    expect_title(store, "annas", OTHER " third");
    store_as_killed(store, &fixture->b);
    store_must_open(&fixture->b);
    store_close(&fixture->b);
    store_close(store);
    expect_same_tables(store, &fixture->b);
    assert_int_equal(count_in_tables(store, SECRET), 0);
    assert_true(count_in_tables(store, OTHER) > 0);
}

/* Those of resolved reports and of moderations go at once, those of open ones when they are. */
static void notes_go_when_no_open_report_has_them(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t resolved;
    uint64_t open;
    uint64_t others;
    uint64_t again;
    uint64_t id;

    store_must_open(store);
    resolved = report(store, ANNA, BEN, SECRET " resolved");
    moderate(store, CLARA, BEN, resolved, OTHER " clara's");
    open = report(store, ANNA, CLARA, SECRET " open");
    others = report(store, BEN, ANNA, OTHER " ben's");
    moderate(store, ANNA, BEN, 0, SECRET " suspended");
    moderate(store, CLARA, ANNA, 0, OTHER " of anna");
    id = erase(store, ANNA);
    assert_int_equal(erasure_of(store, id).rows, 3);
    assert_int_equal(erasure_of(store, id).kept, 1);
    expect_note(store, resolved, "");
    expect_note(store, open, SECRET " open");
    expect_note(store, others, OTHER " ben's");
    again = erase(store, ANNA);
    assert_int_equal(erasure_of(store, again).rows, 1);
    assert_int_equal(erasure_of(store, again).kept, 1);
    moderate(store, CLARA, BEN, others, OTHER " clara's");
    expect_note(store, open, SECRET " open");
    moderate(store, BEN, CLARA, open, OTHER " ben's");
    expect_note(store, open, "");
    assert_int_equal(erasure_of(store, id).kept, 0);
    assert_int_equal(erasure_of(store, again).kept, 0);
    expect_note(store, report(store, ANNA, BEN, "from then on"), "from then on");
    store_as_killed(store, &fixture->b);
    store_must_open(&fixture->b);
    store_close(&fixture->b);
    store_close(store);
    expect_same_tables(store, &fixture->b);
    assert_int_equal(count_in_tables(store, SECRET), 0);
    assert_true(count_in_tables(store, OTHER) > 0);
}

/* ---- the disk ---- */

#define ROUNDS 20000 /* of a millisecond at most: what a test waits for */

/* What ANNA wrote: titles of all kinds, a note of a resolved report, one of a moderator's. */
static void write_all(struct store *store)
{
    write_titles(store);
    moderate(store, CLARA, BEN, report(store, ANNA, BEN, SECRET " resolved"), OTHER " clara's");
    moderate(store, ANNA, BEN, 0, SECRET " suspended");
}

static void finish(struct store *store, uint64_t id)
{
    unsigned facts;

    (void)go_on(store, id, &facts);
    store_sync(store);
    assert_true(left_clean(store, erasure_of(store, id).changed, ROUNDS));
    assert_int_equal(left_in_files(store, SECRET), 0);
    assert_true(left_in_files(store, OTHER) > 0);
}

/* A copy of what a killed broker would leave is opened, and ends what was begun. */
static void go_on_as_killed(struct fixture *fixture, uint64_t id)
{
    store_sync(&fixture->a);
    store_as_killed(&fixture->a, &fixture->b);
    store_must_open(&fixture->b);
    finish(&fixture->b, id);
    store_close(&fixture->b);
}

/* Killed behind any fact, or in any step of the cleaning, it goes on, and nothing is left. */
static void killed_at_any_time_it_ends_with_nothing_left(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    unsigned facts = 0;
    unsigned kills = 0;
    uint64_t unused;
    uint64_t id;

    store_must_open(store);
    write_all(store);
    store_checkpoint(store);
    assert_true(left_in_files(store, SECRET) > 0); /* or this finds nothing */
    id = begin(store, ANNA);
    while (erasure_of(store, id).step != BC_ERASE_DONE) {
        go_on_as_killed(fixture, id);
        go_on_once(store, id, &unused);
        facts++;
    }
    /* One for each step, of which NOTHING and DONE are none. */
    assert_true(facts >= BC_ERASE_STEPS - 2);
    do { /* how many of these there are is the machine's affair */
        go_on_as_killed(fixture, id);
        kills++;
    } while (kills < 10 && !left_clean(store, erasure_of(store, id).changed, 3 * kills));
    finish(store, id);
    store_close(store);
}

/* A tool that reads titles and notes from before goes on to, and is waited for. */
static void who_reads_titles_and_notes_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    struct left_reader reader;
    unsigned facts;
    uint64_t id;

    left_make_reader(&reader, store, SECRET);
    store_must_open(store);
    write_all(store);
    store_checkpoint(store);
    left_begin_to_read(&reader);
    id = begin(store, ANNA);
    (void)go_on(store, id, &facts);
    store_sync(store);
    assert_false(left_clean(store, erasure_of(store, id).changed, 300));
    left_read_again(&reader);
    finish(store, id);
    store_close(store);
}

/* ---- what reports keep ---- */

#define KEPT     200
#define KEPT_LEN 6000

static uint64_t send(struct store *store, unsigned i, unsigned to, size_t len)
{
    static char payload[KEPT_LEN];
    struct bc_fact fact = fact_sent(next_id(), i % 2 == 0 ? ANNA : BEN, to, BC_INBOX, false);

    for (size_t at = 0; at + sizeof(SECRET) <= len; at += sizeof(SECRET)) {
        memcpy(payload + at, SECRET, sizeof(SECRET));
    }
    fact.sent.message.kind = BC_TEXT;
    fact.sent.message.payload = bc_bytes(payload, len);
    store_append(store, &fact);
    return fact.id;
}

static uint64_t report_message(struct store *store, uint64_t message)
{
    struct bc_fact fact = { .id = next_id(), .type = BC_FACT_REPORTED };

    fact.reported.report = (struct bc_report){ .id = fact.id,
        .by = name_of(CLARA),
        .message = message,
        .reason = BC_REASON_SPAM,
        .evidence = { { .id = message, .state = BC_STATE_INBOX } },
        .evidence_count = 1 };
    store_append(store, &fact);
    return fact.id;
}

/* Of what reports keep of earlier erasures, those of the same user are waited for: in small parts.
 */
static void what_reports_keep_is_waited_for_in_small_parts(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t reports[KEPT];
    uint64_t erasures[3];
    unsigned facts;

    store_must_open(store);
    for (unsigned i = 0; i < KEPT; i++) {
        reports[i] = report_message(store, send(store, i, CLARA, KEPT_LEN));
    }
    erasures[0] = erase(store, ANNA);
    assert_int_equal(erasure_of(store, erasures[0]).kept, KEPT / 2);
    store_checkpoint(store);
    erasures[1] = begin(store, ANNA);
    assert_in_range(go_on(store, erasures[1], &facts), 1, STEPS_MAX);
    assert_true(facts > KEPT / 2 * KEPT_LEN / BC_ERASED_BYTES);
    erasures[2] = erase(store, BEN);
    assert_int_equal(erasure_of(store, erasures[1]).kept, KEPT / 2);
    assert_int_equal(erasure_of(store, erasures[1]).messages, 0);
    assert_int_equal(erasure_of(store, erasures[2]).kept, KEPT / 2);
    store_checkpoint(store);
    for (unsigned i = 0; i < KEPT; i++) {
        moderate(store, BEN, CLARA, reports[i], "");
    }
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(erasure_of(store, erasures[i]).kept, 0);
    }
    store_as_killed(store, &fixture->b);
    store_must_open(&fixture->b);
    store_close(&fixture->b);
    store_close(store);
    expect_same_tables(store, &fixture->b);
    assert_int_equal(count_in_tables(store, SECRET), 0);
}

/* ---- many ---- */

#define MANY 2000

/* Each fact takes a bounded part of the store, and after a kill at any time it goes on. */
static void large_tables_are_gone_through_in_small_parts(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    unsigned facts;
    uint64_t id;

    store_must_open(store);
    write_titles(store);
    for (unsigned i = 0; i < MANY; i++) {
        group(
            store, "bens", BC_GROUP_RENAMED, i % 3 == 0 ? ANNA : BEN, i % 3 == 0 ? SECRET : OTHER);
        if (i % 10 == 0) {
            invite(store, "bens", BEN, CLARA, BC_REACH_JOINS);
            leave(store, "bens", CLARA);
        }
    }
    for (unsigned i = 0; i < MANY; i++) {
        moderate(store, i % 3 == 0 ? ANNA : BEN, CLARA, 0, i % 3 == 0 ? SECRET : OTHER);
    }
    store_checkpoint(store);
    id = begin(store, ANNA);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t unused;

        go_on_once(store, id, &unused);
    }
    store_as_killed(store, &fixture->b);
    store_must_open(&fixture->b);
    assert_in_range(go_on(&fixture->b, id, &facts), 1, STEPS_MAX);
    assert_in_range(facts, 2, FACTS_OF_ONE);
    assert_in_range(go_on(store, id, &facts), 1, STEPS_MAX);
    store_close(&fixture->b);
    store_close(store);
    assert_int_equal(count_in_tables(&fixture->b, SECRET), 0);
    assert_int_equal(count_in_tables(store, SECRET), 0);
    assert_true(count_in_tables(store, OTHER) > MANY);
}

/* ---- own data ---- */

#define VALUES     2000 /* without a merge while they go, each fact passes over all before */
#define STEPS_OF_A 40   /* of the tables, for each value at the most */

/* As many as somebody can have go in few facts, so that what they pass over stays little. */
static void own_data_goes_in_few_facts(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t before;
    unsigned facts;
    uint64_t id;

    store_must_open(store);
    for (unsigned i = 0; i < VALUES; i++) {
        struct bc_fact fact = { .id = next_id(), .type = BC_FACT_STORED };
        char key[16];

        (void)snprintf(key, sizeof(key), "%u", i);
        fact.stored = (struct bc_fact_stored){
            .user = name_of(i % 50 == 0 ? BEN : ANNA), .key = text(key), .value = text(SECRET)
        };
        store_append(store, &fact);
    }
    id = begin(store, ANNA);
    before = bc_tables_steps(store->open->tables);
    (void)go_on(store, id, &facts);
    assert_in_range(bc_tables_steps(store->open->tables) - before, VALUES, VALUES * STEPS_OF_A);
    assert_int_equal(erasure_of(store, id).rows, 2 * (VALUES - VALUES / 50)); /* and their events */
    store_as_killed(store, &fixture->b);
    store_must_open(&fixture->b);
    store_close(&fixture->b);
    store_close(store);
    expect_same_tables(store, &fixture->b);
    assert_int_equal(count_in_tables(store, SECRET), VALUES / 50);
}

/* ---- stores of earlier versions ---- */

/* Of a present title it is found out whose it is; another goes with who may have given it. */
static void titles_of_earlier_versions_go_too(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;

    store_must_open(store);
    write_titles(store);
    group(store, "claras", BC_GROUP_CREATED, CLARA, OTHER " third");
    invite(store, "claras", CLARA, BEN, BC_REACH_JOINS);
    leave(store, "claras", BEN);
    store_close(store);
    stored_version_forget_titlers(store->dir);
    stored_version_set_tables(store->dir, 2);
    store_must_open(store);
    erase(store, ANNA);
    expect_title(store, "annas", "");
    expect_title(store, "bens", OTHER " second");
    expect_title(store, "claras", OTHER " third");
    expect_shown(store, "claras", BEN, OTHER " third");
    store_close(store);
    assert_int_equal(count_in_tables(store, SECRET), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(titles_go_wherever_they_are),
        TEST(notes_go_when_no_open_report_has_them),
        TEST(killed_at_any_time_it_ends_with_nothing_left),
        TEST(who_reads_titles_and_notes_is_waited_for),
        TEST(what_reports_keep_is_waited_for_in_small_parts),
        TEST(large_tables_are_gone_through_in_small_parts),
        TEST(own_data_goes_in_few_facts),
        TEST(titles_of_earlier_versions_go_too),
    };

    return fixture_run("written", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
