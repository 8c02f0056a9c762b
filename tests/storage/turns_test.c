/* Erasing never holds the broker for long: no turn of its loop does more than a little of it. */
#include "tests/storage/fixture.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "messaging/decide.h"
#include "messaging/rules.h"
#include "storage/store_inside.h"

#define MESSAGES 20000
#define LEN      900
#define IN       100    /* groups, as many as one may be in */
#define WRITTEN  3000   /* titles of theirs, and reports with a note */
#define TURNS    100000 /* of a millisecond: what a test waits for */

/*
 * What a turn may take of the processor, which a loaded machine makes little longer; built with
 * sanitizers it takes several times that. The one that opens LMDB anew gives back the memory of the
 * largest merge, and may take more.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOWER 5
#else
#define SLOWER 1
#endif
#define TURN_US   (SLOWER * 10000U)
#define REOPEN_US (SLOWER * 100000U)

static const struct bc_limits limits = { .groups_per_user = IN };

static uint64_t time_ms = 1000000;

static uint64_t processor_us(void)
{
    struct timespec now;

    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* All that somebody sent, in LMDB. */
static void fill(struct store *store)
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        struct bc_fact fact = fact_sent(id_at(++time_ms), 0, 1 + i % 3, BC_INBOX, false);

        fact.sent.message.kind = BC_TEXT;
        fact.sent.message.payload = payload_of(i, LEN);
        store_append(store, &fact);
        if (i % 2000 == 0) {
            store_checkpoint(store);
        }
    }
    store_checkpoint(store);
}

static void write_title(struct store *store, const char *group, enum bc_group_change change)
{
    struct bc_fact fact = fact_group(id_at(++time_ms), group, change);

    fact.group.by = name_of(0);
    fact.group.title = bc_bytes_text("what the group is about");
    store_append(store, &fact);
}

/* Every second one is resolved, by who is erased as well. */
static void write_notes(struct store *store, unsigned i)
{
    struct bc_fact fact = { .id = id_at(++time_ms), .type = BC_FACT_REPORTED };
    struct bc_fact resolves = { .id = id_at(++time_ms), .type = BC_FACT_MODERATED };

    fact.reported.report = (struct bc_report){ .id = fact.id,
        .by = name_of(0),
        .user = name_of(1),
        .reason = BC_REASON_SPAM,
        .note = bc_bytes_text("why it was reported") };
    store_append(store, &fact);
    resolves.moderated = (struct bc_moderation){ .id = resolves.id,
        .by = name_of(0),
        .measure = BC_WARN,
        .user = name_of(1),
        .report = fact.id,
        .reporter = name_of(0),
        .note = bc_bytes_text("what was done") };
    if (i % 2 == 0) {
        store_append(store, &resolves);
    }
}

/* What else they wrote: titles in groups, stints and events, and notes. */
static void fill_written(struct store *store)
{
    for (unsigned i = 0; i < WRITTEN; i++) {
        char group[16];

        (void)snprintf(group, sizeof(group), "group-%u", i % IN);
        write_title(store, group, i < IN ? BC_GROUP_CREATED : BC_GROUP_RENAMED);
        write_notes(store, i);
        if (i % 500 == 0) {
            store_checkpoint(store);
        }
    }
    store_checkpoint(store);
}

/* What the erasure ${id} has counted beside messages. */
static uint64_t rows_of(const struct store *store, uint64_t id)
{
    struct bc_erasure erasure;

    assert_int_equal(
        bc_view_erasure(bc_store_view(store->open), BC_ERASURE_OPEN, id, &erasure), BC_OK);
    return erasure.rows;
}

static bool ask(struct store *store, struct bc_request request)
{
    static struct bc_decision decision;
    struct bc_erased_message messages[BC_ERASED_MAX];

    request.id = id_at(++time_ms);
    request.now_ms = time_ms;
    request.from = bc_bytes_text(BC_OPERATOR);
    request.erase.messages = messages;
    assert_int_equal(bc_decide(bc_store_view(store->open), &limits, &request, &decision), BC_OK);
    if (decision.verdict != BC_CHANGES) {
        return false;
    }
    store_append(store, &decision.fact);
    return true;
}

/* A turn of the broker's loop, as erasing.c has it. What it took of the processor. */
static uint64_t turn(struct store *store, uint64_t erasure)
{
    uint64_t began_us = processor_us();
    struct bc_request next = { .action = BC_ERASE_ON, .erase = { .erasure = erasure } };

    if (!ask(store, next)) {
        bc_store_clean(store->open);
    }
    assert_int_equal(bc_store_sync_beside(store->open, true), BC_OK);
    assert_int_equal(bc_store_checkpoint(store->open, false), BC_OK);
    return processor_us() - began_us;
}

static void no_turn_is_long(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = &fixture->a;
    uint64_t longest[BC_CLEANING_SCRUBS + 1] = { 0 };
    struct bc_request begins = { .action = BC_ERASE,
        .rules = bc_rules_newest(),
        .to = name_of(0),
        .erase = { .reason = bc_bytes_text("asked for") } };
    uint64_t erasure;
    unsigned turns;

    store->options.checkpoint_bytes = 4 << 20;
    store->options.checkpoint_facts = 100000;
    store_must_open(store);
    fill(store);
    fill_written(store);
    assert_true(ask(store, begins));
    erasure = id_at(time_ms);
    for (turns = 0; turns < TURNS && bc_store_cleaned(store->open) < erasure; turns++) {
        enum bc_cleaning_state before = store->open->cleaning.state;
        uint64_t us = turn(store, erasure);

        longest[before] = us > longest[before] ? us : longest[before];
        usleep(200);
    }
    assert_true(rows_of(store, erasure) > (uint64_t)2 * WRITTEN);
    assert_in_range(turns, MESSAGES / BC_ERASED_MAX, TURNS - 1);
    for (unsigned i = 0; i <= BC_CLEANING_SCRUBS; i++) {
        uint64_t most = i == BC_CLEANING_WIPES_AGAIN ? REOPEN_US : TURN_US;

        print_message("cleaning state %u: %u us at most\n", i, (unsigned)longest[i]);
        assert_in_range(longest[i], 0, most);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_turn_is_long, fixture_setup, fixture_teardown),
    };

    return fixture_run("turns", tests, sizeof(tests) / sizeof(tests[0]), argc, argv);
}
